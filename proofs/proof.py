"""What a proof is: steps, each of which says how far a machine looked at it, and a saboteur.

A step is one sentence with its *basis*:

    checked     the sentence is, up to notation, a claim that is computed (`claims`)
    standard    it is a textbook theorem, which the sentence names
    argued      it is words: a definition, the frame of an induction, a case distinction. A reader has to follow them.

The scope of a proof is `general` if its steps together cover all sizes: then no checked step that the argument needs is about particular sizes
(steps marked `example` may be). Otherwise it says up to which sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from emt_theory.exact import Certificate
from emt_theory.theorems import theorem

from .claims import Claim, holds

Grounds = Literal["checked", "standard", "argued"]
GENERAL = "general"


@dataclass(frozen=True)
class Step:
    """One sentence of a proof.

    Attributes:
        sentence: what is said.
        basis: why it is believed.
        claim: what is computed, for a checked step.
        example: whether it is an illustration that the argument does not need.
    """

    sentence: str
    basis: Grounds
    claim: Claim | None = None
    example: bool = False


@dataclass(frozen=True)
class Saboteur:
    """A false variant of a step, kept to show that the checker would notice."""

    sentence: str
    claim: Claim


@dataclass(frozen=True)
class Proof:
    """A proof of a registered theorem.

    Attributes:
        id: of the theorem.
        scope: "general", or up to which sizes.
        steps: in order.
        saboteur: what must be rejected.
    """

    id: str
    scope: str
    steps: tuple[Step, ...]
    saboteur: Saboteur

    def failures(self) -> list[str]:
        """The sentences whose checks fail; the saboteur's, if it passes."""
        failed = [step.sentence for step in self.steps if step.claim is not None and not holds(step.claim)]
        return failed + ([f"saboteur not rejected: {self.saboteur.sentence}"] if holds(self.saboteur.claim) else [])

    def certificate(self) -> Certificate:
        """The proof as JSON with its hash, for `proofs/verify.py`."""
        stated = theorem(self.id)
        claims: dict[str, Any] = {
            "id": self.id,
            "title": stated.title,
            "statement": stated.statement,
            "scope": self.scope,
        }
        claims["conditions"] = list(stated.conditions)
        claims["steps"] = [_to_json(step) for step in self.steps]
        claims["saboteur"] = {"sentence": self.saboteur.sentence, "claim": self.saboteur.claim}
        return Certificate("proof", claims)


def checked(sentence: str, claim: Claim) -> Step:
    """A step that is computed."""
    return Step(sentence, "checked", claim)


def example(sentence: str, claim: Claim) -> Step:
    """A computed illustration that the argument does not need."""
    return Step(sentence, "checked", claim, example=True)


def standard(sentence: str) -> Step:
    """A textbook theorem, named."""
    return Step(sentence, "standard")


def argued(sentence: str) -> Step:
    """Words."""
    return Step(sentence, "argued")


def _to_json(step: Step) -> dict[str, Any]:
    told: dict[str, Any] = {"sentence": step.sentence, "basis": step.basis, "example": step.example}
    return told if step.claim is None else {**told, "claim": step.claim}

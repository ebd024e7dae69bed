"""A law: a theorem that a given circuit or network must obey, tested by computing both sides of it in different ways.

A subject is a task with what is claimed about it (Φ, factors, cycles, dimensions, solvability), and possibly a network that is to have the task; laws
about the memory model have one of their own. The premises say in words why a law does not apply, or nothing; the conclusion says in words where it is
broken, or nothing.

A carrier says what carries the law:

    exact     the network that the law writes down itself, or the subject's, in fractions
    numpy     the same in float64, within a tolerance
    compile   the network that `compile` returns, or the subject's, in fractions (tanh in float64)
    certify   what `certify` says of the law's network, or of the subject's: it must say what the theorem promises, and a run must bear it out
    trained   the subject's network, which gradient descent has made: its weights, or what it does (`emt_theory.testing.laws.trained`)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from emt_theory.circuits import Circuit, MinimalDimension, derive
from emt_theory.errors import InvalidOption
from emt_theory.exact import Cycle, Factor
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.ground.text import Shown, shown
from emt_theory.networks import ElmanRNN, ExactRNN
from emt_theory.tasks import LinearTask
from emt_theory.testing.networks import PsiAndDual
from emt_theory.theorems import theorem

Carrier = Literal["exact", "numpy", "compile", "certify", "trained"]
EXACT: tuple[Carrier, ...] = ("exact",)
NUMPY: tuple[Carrier, ...] = ("numpy",)
BOTH: tuple[Carrier, ...] = ("exact", "numpy")
COMPILED: tuple[Carrier, ...] = (*BOTH, "compile")
CERTIFIED: tuple[Carrier, ...] = (*COMPILED, "certify")


def any_network(_subject: Any) -> str:
    """Every trained network is meant."""
    return ""


@dataclass(frozen=True)
class Subject(Shown):
    """What a law is about.

    Attributes:
        task: the task.
        phi: what is claimed to be its companion matrix.
        linear: whether it is claimed to be linearly solvable.
        factors: the claimed factors of the characteristic polynomial.
        cycles: the claimed cycles, None if it is no selection task.
        dimension: the claimed minimal dimensions.
        network: a network that is to have the task, or None: then the law takes its own, or the one that `compile` returns.
        basis: Ψ and what is claimed to be its dual (P12), or None: then the law takes its own.
    """

    task: LinearTask
    phi: RationalMatrix
    linear: bool
    factors: tuple[Factor, ...]
    cycles: Sequence[Cycle] | None
    dimension: MinimalDimension
    network: ExactRNN | None = None
    basis: PsiAndDual | None = None

    @classmethod
    def of(cls, value: Any) -> Subject:
        """The subject that a task, a circuit or a pair (network, task) stands for; a circuit's own claims are taken as they are.

        Raises:
            InvalidOption: if it is none of these.
        """
        network: ExactRNN | None = None
        if isinstance(value, tuple) and len(value) == 2:
            given, value = value
            if not isinstance(given, (ElmanRNN, ExactRNN)):
                raise InvalidOption(f"a pair must be (network, task); its first is a {type(given).__name__}")
            network = given if isinstance(given, ExactRNN) else given.exact or ExactRNN.from_float(given)
        circuit = derive(value) if isinstance(value, LinearTask) else value
        if isinstance(circuit, Subject):
            return circuit
        if not isinstance(circuit, Circuit):
            raise InvalidOption(
                f"a law is about a task, a circuit or a pair (network, task); got a {type(value).__name__}"
            )
        spectrum = circuit.spectrum()
        return cls(
            circuit.task,
            circuit.exact_phi,
            circuit.exactness.linear,
            spectrum.factors,
            spectrum.cycles,
            circuit.dimension,
            network,
        )


@dataclass(frozen=True)
class Law(Shown):
    """A theorem as a test.

    Attributes:
        id: of the theorem.
        premises: why the law does not apply to a subject, or "".
        conclusion: where the subject breaks the law, computed with a carrier, or "".
        carriers: those that it has, of "exact", "numpy", "compile", "certify" and "trained".
        read: makes the subject of what is given to `check_law`.
        learned: why it does not apply to a trained network beside that, or "".
    """

    id: str
    premises: Callable[[Any], str]
    conclusion: Callable[[Any, Carrier], str]
    carriers: tuple[Carrier, ...] = BOTH
    read: Callable[[Any], Any] = Subject.of
    learned: Callable[[Any], str] = any_network

    @property
    def title(self) -> str:
        """The theorem's title."""
        return theorem(self.id).title

    def __str__(self) -> str:
        return str(theorem(self.id))


@dataclass(frozen=True)
class LawCheck(Shown):
    """What came of a law; it is true unless the law is broken.

    Attributes:
        id: of the law.
        carrier: what carried it.
        status: "holds", "broken" or "does not apply".
        evidence: where it is broken, or which premise fails.
    """

    id: str
    carrier: Carrier
    status: Literal["holds", "broken", "does not apply"]
    evidence: str = ""

    def __bool__(self) -> bool:
        return self.status != "broken"

    def __str__(self) -> str:
        return f"{self.id} ({self.carrier}) {self.status}" + (f": {self.evidence}" if self.evidence else "")


def check_law(law: Law | str, subject: Any, carrier: Carrier = "exact") -> LawCheck:
    """Check a law on a subject.

    Args:
        law: a law or its id.
        subject: a task, a circuit, or a pair (network, task); for P01 to P04 also a memory model.
        carrier: "exact", "numpy", "compile", "certify" or "trained"; one that the law does not have is refused.

    Raises:
        InvalidOption: if the law is unknown, does not have the carrier, or the subject is none.

    >>> from emt_theory import derive
    >>> from emt_theory.tasks import parse
    >>> print(check_law("P09", derive(parse("T3"))))
    P09 (exact) holds
    >>> print(check_law("P13", parse("fibonacci", num_variables=2, dim=1)))
    P13 (exact) does not apply: the largest row 1-norm of F is 2, above 1
    >>> print(check_law("P14", parse("compose-copy", num_variables=2), "certify"))
    P14 (certify) holds
    """
    if not isinstance(law, Law):
        from emt_theory.testing.laws import get

        law = get(law)
    if not isinstance(carrier, str) or carrier not in law.carriers:
        raise InvalidOption(f"law {law.id} has no carrier {shown(carrier)}; it has {', '.join(law.carriers)}")
    checked = law.read(subject)
    reason = law.premises(checked)
    if carrier == "trained" and not reason:
        reason = law.learned(checked) if checked.network is not None else "a pair (network, task) is needed"
    if reason:
        return LawCheck(law.id, carrier, "does not apply", reason)
    evidence = law.conclusion(checked, carrier)
    return LawCheck(law.id, carrier, "broken" if evidence else "holds", evidence)

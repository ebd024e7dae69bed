"""A network as a rule on symbols, and what stands behind it: a proof for all t where there is one, else what was run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from emt_theory.analysis.decompiling.symbols import RuleFound
from emt_theory.circuits import Certification, certify, smallest_kind
from emt_theory.errors import EMTError
from emt_theory.ground.json import Record
from emt_theory.ground.text import shown
from emt_theory.networks import ElmanRNN, Network
from emt_theory.networks.provenance import NOTHING, Provenance
from emt_theory.tasks import FiniteTask

SAMPLED = "sampled"
MOST_STATES, MOST_UNITS = 256, 64
"""Of larger ones no proof is tried: `emt_theory.circuits.certify` does, and takes its time."""


@dataclass(frozen=True, eq=False)
class RuleEvidence(Record):
    """The evidence for a rule.

    Attributes:
        found: how it was read off, and how it did.
        proof: that the network has it for all inputs and all t; None where there is none.
        reason: why there is none.
    """

    found: RuleFound
    proof: Certification | None
    reason: str | None

    @property
    def kind(self) -> str:
        """The kind of the proof, such as "orbits" (P27) or "threshold-rows" (P23); "sampled" without one."""
        made = self.proof.certificate if self.proof else None
        return made.kind if made else SAMPLED

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        proof = str(self.proof) if self.proof else None
        return {"kind": self.kind, "proof": proof, "reason": self.reason, **self.found.to_dict()}

    def __str__(self) -> str:
        found = self.found
        which = f"all {found.inputs} inputs" if found.every else f"{found.inputs} random inputs"
        ran = f"run on {which}, horizon {found.horizon}: {found.right} right in every symbol, least margin {found.margin:.2g}"
        proved = (
            f"proved for all inputs and all t: {self.proof}" if self.proof else f"sampled, not proved: {self.reason}"
        )
        beside = [f"it also has {'; '.join(found.others)}"] if found.others else []
        return "\n".join([ran, *beside, proved])


@dataclass(frozen=True, eq=False, repr=False)
class FiniteProgram(Record):
    """A network as a rule on symbols.

    Attributes:
        task: what the network computes; `emt_theory.derive(program.task)` is its circuit.
        certificate: what stands behind it.
        constant: the component that is no variable but always 1, if there is one; the others are counted without it.
        provenance: what was assumed of the network where its file did not say, which arrays were not used, and remarks.
    """

    task: FiniteTask
    certificate: RuleEvidence
    constant: int | None = None
    provenance: Provenance = NOTHING

    @property
    def kind(self) -> str:
        """The smallest kind that it is of: selection, affine or finite."""
        return str(smallest_kind(self.task))

    @property
    def num_variables(self) -> int:
        """s."""
        return self.task.num_variables

    @property
    def dim(self) -> int:
        """d."""
        return self.task.dim

    @property
    def accuracy(self) -> float:
        """The share of right symbols on the inputs that it was tried on."""
        return self.certificate.found.symbols

    @property
    def text(self) -> str:
        """The program alone, an equation a line."""
        return "\n".join(self.task.equations())

    def __call__(self, symbols: Any, horizon: int) -> np.ndarray[Any, Any]:
        """Run it: u(s+1), …, u(s+horizon) after symbols of shape (batch, s, d)."""
        return self.task.targets(symbols, horizon)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: what `emt decompile --json` prints."""
        sizes = {"num_variables": self.num_variables, "dim": self.dim, "constant": self.constant}
        code = {"alphabet": self.task.alphabet.size, "code": str(self.task.alphabet.code)}
        beside = {"intertwining_residual": None, "doubt": None, "certificate": self.certificate.to_dict()}
        measured = {"accuracy": self.accuracy, **beside}
        return {
            "kind": self.kind,
            "program": self.text,
            "matrix": None,
            **sizes,
            **code,
            **measured,
        } | self.provenance.to_dict()

    def __str__(self) -> str:
        held = f"Input and output {self.constant} are a constant, 1; variables are counted without it."
        return "\n".join([*self.provenance.first(), *([] if self.constant is None else [held]), self.text])

    def __repr__(self) -> str:
        return f"FiniteProgram({self.kind}, s={self.num_variables}, d={self.dim}, {shown(self.certificate.kind)})"


def evidence_for(net: Network, found: RuleFound) -> RuleEvidence:
    """What was found, with a proof where one is tried and holds.

    Args:
        net: the network.
        found: the rule.
    """
    if not isinstance(net, ElmanRNN):
        return RuleEvidence(found, None, f"no argument covers a {type(net).__name__}")
    if found.task.states > MOST_STATES or net.hidden > MOST_UNITS:
        many = f"more than {MOST_STATES} states or {MOST_UNITS} units; emt_theory.circuits.certify may prove it"
        return RuleEvidence(found, None, many)
    try:
        proof = certify(net, found.task)
    except EMTError as error:
        return RuleEvidence(found, None, str(error))
    return RuleEvidence(found, proof, None) if proof else RuleEvidence(found, None, proof.reason)

r"""Published constructions of the basis beside this one: how much each decodes, and whether its units are the ones.

The paper takes the newest block from W_uh and the others as powers, Ψ_{k−1} ∝ W_hh Ψ_k; its authors' later code the same from pinv(W_hy). Neither
looks at a state, both mix what outputs write back into the basis (`emt_theory.evidence.memories.powers`), and W_hh is not the step where units
saturate. So each construction is asked the same: how many stored signs its decoder reads, how well conditioned it is, and what the interchange test
makes of the units that it names (those with 90 % of the effect of its Ψ_j).

Source: arXiv 2310.02430, section 5, and the authors' code; the comparison is new.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emt_theory.evidence.basis.interchange import Interchange
from emt_theory.evidence.memories import METHODS, Decoded, Estimate, Memories
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.tasks.digits import write_fraction

if TYPE_CHECKING:
    from emt_theory.evidence.basis.privileged import PrivilegedBasis

NAMES = {
    "powers_input": "powers of W_hh from W_uh (the paper)",
    "powers_output": "powers of W_hh from pinv(W_hy) (the authors' later code)",
    "intertwining": "intertwining, from weights and the theory",
    "regression": "regression on the true variables",
    "basis": "this basis",
}
"""What the rows of the table are called."""


@dataclass(frozen=True)
class Construction(Record):
    """One construction.

    Attributes:
        name: "powers_input", "powers_output", "intertwining", "regression", or "basis", this one.
        description: in words.
        decoded: the fraction of stored signs that its decoder reads; None where it reads none.
        condition: of its decoder; None where that is singular.
        own, others: the fractions of predicted flips that its own units and all others make.
        median_units: how many units a variable has.
        reason: why there is no such construction; None where there is one.
    """

    name: str
    description: str
    decoded: float | None
    condition: float | None
    own: float | None
    others: float | None
    median_units: int | None
    reason: str | None = None

    def __str__(self) -> str:
        if self.reason is not None:
            return f"{self.description}: {self.reason}"
        decoded, own, others = ("–" if x is None else write_fraction(x) for x in (self.decoded, self.own, self.others))
        return f"{self.description}: decodes {decoded}, flips {own} by its units and {others} by all others"


@dataclass(frozen=True, repr=False)
class Constructions(Record):
    """All constructions, this one last."""

    rows: tuple[Construction, ...]

    def __str__(self) -> str:
        return "\n".join(map(str, self.rows))

    def __repr__(self) -> str:
        return f"Constructions({len(self.rows)})"


def compare_constructions(basis: PrivilegedBasis, sequences: int) -> Constructions | Absent:
    """The paper's constructions beside this basis; absent where the task is no selection, for then the paper has none."""
    memories = basis.examination.memories
    if not isinstance(memories, Memories):
        return memories
    rows: list[Construction] = []
    for name in METHODS:
        found = getattr(memories, name)
        estimate, decoded = found.estimate, found.decoded
        if not isinstance(estimate, Estimate):
            rows.append(Construction(name, NAMES[name], None, None, None, None, None, str(estimate)))
            continue
        rows.append(_row(basis, name, estimate.encoder, decoded, found.condition, sequences))
    sizes = np.linalg.svd(basis.decoder, compute_uv=False)
    condition = float(sizes[0] / sizes[-1]) if sizes[-1] > 1e-10 * sizes[0] else None
    rows.append(_row(basis, "basis", basis.encoder, basis.decoded, condition, sequences))
    return Constructions(tuple(rows))


def _row(
    basis: PrivilegedBasis, name: str, encoder: Array, decoded: object, condition: object, sequences: int
) -> Construction:
    tried = basis.exchange_with(encoder, sequences)
    sizes = tried.sizes if isinstance(tried, Interchange) else ()
    return Construction(
        name,
        NAMES[name],
        decoded.accuracy if isinstance(decoded, Decoded) else decoded if isinstance(decoded, float) else None,
        condition if isinstance(condition, float) else None,
        tried.own.flips if isinstance(tried, Interchange) else None,
        tried.others.flips if isinstance(tried, Interchange) else None,
        int(np.median(sizes)) if sizes else None,
    )

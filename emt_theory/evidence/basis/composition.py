r"""How outputs are composed: which variables each reads, how well F is recovered, and the units that it goes through.

At settled times the next output is F̃ c, F̃ = E_sᵀ B Φ the rows of F on the lasting coordinates. In the network, to first order, it is R A Ψ c, with
A the step along trajectories and R the read-out; an output's size is the network's own, so

    F̂ = diag(1/g) R A Ψ,      g_c = E[y_c u_c] / E[u_c²],

is held against F̃. Unit i passes on the share (R A)_ci Ψ_ij / (R A Ψ)_cj of what output c reads of variable j; the smallest set with 90 % of it are
the units that this composition goes through. Interchanging these alone at t − 1 with a run in which only variable j differs flips that output at t,
and no other.

Source: new.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm

import numpy as np

from emt_theory.evidence.basis.units import SHARE, Units, smallest_set
from emt_theory.evidence.effects import Step
from emt_theory.evidence.lasting import Lasting
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record

_READ = 1e-9


@dataclass(frozen=True)
class Path(Record):
    """What an output reads of one variable, and through which units.

    Attributes:
        variable: its number among the lasting coordinates.
        name: in words.
        theory, found: the entries of F̃ and F̂.
        units: the units that it goes through, those with the largest share first.
    """

    variable: int
    name: str
    theory: float
    found: float
    units: tuple[int, ...]


@dataclass(frozen=True, repr=False)
class Composed(Record):
    """One output.

    Attributes:
        output: 0 … d−1.
        reads: what it reads, by theory.
        largest: the largest |F̂ − F̃| of its row.
        exact: whether F̂ rounds to F̃, to multiples of 1/q, q the common denominator of F; None where F̃ is no such multiple.
    """

    output: int
    reads: tuple[Path, ...]
    largest: float
    exact: bool | None

    def __str__(self) -> str:
        terms = " + ".join(f"{path.found:.3g}·({path.name})" for path in self.reads) or "nothing that lasts"
        return f"output {self.output} reads {terms}"

    def __repr__(self) -> str:
        return f"Composed({self})"


@dataclass(frozen=True, eq=False, repr=False)
class Composition(Record):
    """All outputs.

    Attributes:
        outputs: each.
        found: F̂, shape (d, k).
        theory: F̃, of the same shape.
    """

    JSON = ("outputs", "found", "theory", "largest", "exact")

    outputs: tuple[Composed, ...]
    found: Array
    theory: Array

    @property
    def largest(self) -> float:
        """The largest |F̂ − F̃|."""
        return float(np.abs(self.found - self.theory).max(initial=0.0))

    @property
    def exact(self) -> bool | None:
        """Whether all of F̂ rounds to F̃."""
        known = [one.exact for one in self.outputs]
        return None if None in known else all(known)

    def __str__(self) -> str:
        return "\n".join(map(str, self.outputs))

    def __repr__(self) -> str:
        return f"Composition(within {self.largest:.2g} of F, exact after rounding: {self.exact})"


def next_outputs(lasting: Lasting) -> Array:
    """F̃ = E_sᵀ B Φ_L: the next outputs from the lasting coordinates, shape (d, k)."""
    return lasting.extension[list(lasting.task.slots.newest)] @ lasting.phi


def compose(
    lasting: Lasting, units: Units, step: Step, encoder: Array, gains: Array, share: float = SHARE
) -> Composition:
    """The composition of outputs in a network.

    Args:
        lasting: the coordinates.
        units: the network's.
        step: A and R.
        encoder: Ψ.
        gains: g, shape (d,); where one is 0, nothing of that output is recovered.
        share: how much of what an output reads goes through the units that are named.
    """
    onward, theory = step.read @ step.step, next_outputs(lasting)
    whole = onward @ encoder
    found = np.divide(whole, gains[:, None], out=np.zeros_like(whole), where=gains[:, None] != 0)
    denominator = lcm(*(int(entry.q) for entry in lasting.task.F.to_flint().entries()))
    outputs: list[Composed] = []
    for c, row in enumerate(theory):
        reads = [
            Path(
                int(j),
                lasting.name(int(j)),
                float(row[j]),
                float(found[c, j]),
                tuple(smallest_set(units.gather(onward[c] * encoder[:, j]), share).tolist()),
            )
            for j in np.flatnonzero(np.abs(row) > _READ)
        ]
        scaled = row * denominator
        whole_numbers = bool(np.abs(scaled - np.rint(scaled)).max(initial=0.0) < _READ * denominator)
        rounded = bool(np.array_equal(np.rint(found[c] * denominator), np.rint(scaled))) if whole_numbers else None
        outputs.append(Composed(c, tuple(reads), float(np.abs(found[c] - row).max(initial=0.0)), rounded))
    return Composition(tuple(outputs), found, theory)

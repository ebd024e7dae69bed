"""The basis as a table, one row a variable, and variables that stand in one direction.

Source: new.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record

_SAME = 0.95
"""Two variables whose directions have a |cosine| above this stand in one: a convention of naming, which decides nothing."""


@dataclass(frozen=True)
class SharedVariables(Record):
    """Two variables in one direction of the state.

    Attributes:
        one, two: in words.
        cosine: between Ψ_one and Ψ_two.
        ratio: the length of the shorter over that of the longer.
    """

    one: str
    two: str
    cosine: float
    ratio: float

    def other(self, name: str) -> str:
        """The one that is not this."""
        return self.two if name == self.one else self.one

    def __str__(self) -> str:
        return (
            f"{self.one} and {self.two} stand in one direction (cosine {self.cosine:.2f}, sizes 1 : {self.ratio:.2f})"
        )


def share_directions(encoder: Array, names: tuple[str, ...]) -> tuple[SharedVariables, ...]:
    """The pairs of variables whose directions are nearly one, those that are most alike first."""
    length = np.linalg.norm(encoder, axis=0)
    unit = np.divide(encoder, length, out=np.zeros_like(encoder), where=length > 0)
    cosines = unit.T @ unit
    pairs = [
        SharedVariables(
            names[i], names[j], float(cosines[i, j]), float(min(length[i], length[j]) / max(length[i], length[j]))
        )
        for i, j in np.argwhere(np.triu(np.abs(cosines) > _SAME, 1)).tolist()
    ]
    return tuple(sorted(pairs, key=lambda pair: -abs(pair.cosine)))


@dataclass(frozen=True)
class VariableRow(Record):
    """One variable.

    Attributes:
        variable: (block, component), or its number.
        name: in words.
        units: how many units make up 90 % of its effect.
        largest: the three with the largest shares, (unit, share).
        r2: of the decoder, on fresh sequences.
        flips: the fraction of predicted flips that its own units make; None where it was not tried.
        shared: the variables in whose direction it stands.
    """

    variable: tuple[int, int] | int
    name: str
    units: int
    largest: tuple[tuple[int, float], ...]
    r2: float
    flips: float | None
    shared: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class BasisTable(Record):
    """The variables, one a row.

    Attributes:
        rows: one a variable.
        neurons: how many units there are.
    """

    rows: tuple[VariableRow, ...]
    neurons: int

    def __str__(self) -> str:
        head = f"{'variable':28} {'units':>5}  {'largest shares':34} {'R²':>6}  flips"
        lines = [
            f"{row.name:28} {row.units:5d}  {', '.join(f'{i} ({v:.2f})' for i, v in row.largest):34} {row.r2:6.3f}  "
            + ("–" if row.flips is None else f"{row.flips:.3f}")
            + (f"  in one direction with {', '.join(row.shared)}" if row.shared else "")
            for row in self.rows
        ]
        return "\n".join([head, *lines])

    def __repr__(self) -> str:
        return f"BasisTable({len(self.rows)} variables, {self.neurons} units)"

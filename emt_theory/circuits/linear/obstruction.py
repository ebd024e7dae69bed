"""The witness that no linear network computes a task's values (P07)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from emt_theory.exact import blocks
from emt_theory.exact.companion import Matrix
from emt_theory.ground.json import Record
from emt_theory.ground.slots import Slots


@dataclass(frozen=True)
class Obstruction(Record):
    """A non-zero product F_i F_j with j ≥ 2: the witness that no linear network computes the task's values.

    Attributes:
        i: block of the left factor, 1 ≤ i ≤ s.
        j: block of the right factor, 2 ≤ j ≤ s.
        row: an output where the product is not zero.
        column: a component where it is not zero.
        value: the entry there, as "p/q".
        through: a component c with F_i[row, c] ≠ 0 and F_j[c, column] ≠ 0.
    """

    i: int
    j: int
    row: int
    column: int
    value: str
    through: int

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, with the sentence."""
        return {**super().to_dict(), "text": str(self)}

    def __str__(self) -> str:
        return (
            f"F_{self.i} F_{self.j} ≠ 0: output {self.row} reads component {self.through} of block {self.i}, and output "
            f"{self.through} in turn reads component {self.column} of block {self.j}: "
            f"the product's entry [{self.row}, {self.column}] is {self.value}"
        )


def products_of_blocks(F: Matrix, dim: int) -> Iterator[Obstruction]:
    """The non-zero entries of the products F_i F_j with j ≥ 2, over the field that F is over: by i, then row by row.

    >>> from emt_theory.exact import GF
    >>> [(found.i, found.j, found.value) for found in products_of_blocks(GF(3).matrix([[1, 2]]), dim=1)]
    [(1, 2, '2'), (2, 2, '1')]
    """
    slots, split = Slots(F.shape[1] // dim, dim), blocks(F, dim)
    later = F.columns(dim, F.shape[1])
    for i, left in enumerate(split, start=1):
        for row, flat, value in left @ later:
            j, column = slots.place(dim + flat)  # the products begin with block 2
            right = split[j - 1].T
            through = min({c for c, _ in left.row(row)} & {c for c, _ in right.row(column)})
            yield Obstruction(i, j, row, column, str(value), through)

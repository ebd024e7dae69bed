r"""One output of a finite task: which components it reads, and the table of its values on them.

With reads j_1 < … < j_k (flat indices, oldest block first) the output is `table[x_{j_1}, …, x_{j_k}]`. No table over all states is ever made, so a
task of 8 variables of 8 bits costs what its outputs read. Reads that do not matter are left out, so two rules that compute the same are the same:

>>> first = LocalRule((0, 3), np.array([[0, 1], [1, 0]]))
>>> first == LocalRule((3, 0, 5), np.array([[[0, 0], [1, 1]], [[1, 1], [0, 0]]]))
True
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidTask
from emt_theory.ground.arguments import is_integer, sequence
from emt_theory.ground.text import Shown, shown

LARGEST_TABLE = 2**20
"""The most entries of one output's table."""
MOST_READS = 20


def checked_shape(size: int, reads: int) -> tuple[int, ...]:
    """(q, …, q), the shape of a table of so many reads.

    Raises:
        InvalidTask: if it is too large to be made.
    """
    if reads > MOST_READS or size**reads > LARGEST_TABLE:
        count = shown(reads)
        raise InvalidTask(
            f"an output that reads {count} symbols of {size} has {size}^{count} values; at most {LARGEST_TABLE} are tabulated"
        )
    return (size,) * reads


@dataclass(frozen=True, eq=False)
class LocalRule(Shown):
    """A function of some components of the memory.

    Attributes:
        reads: flat indices, ascending; each of them matters.
        table: the values, an array of shape (q, …, q) with one axis for each read, in their order; read-only.

    Raises:
        InvalidTask: if the reads are no distinct indices, or the table has another shape.
    """

    reads: tuple[int, ...]
    table: NDArray[np.int64]

    def __post_init__(self) -> None:
        reads = sequence("reads", self.reads, InvalidTask)
        if not all(is_integer(j) and j >= 0 for j in reads) or len(set(reads)) < len(reads):
            raise InvalidTask(f"reads must be distinct flat indices, integers from 0; got {shown(self.reads)}")
        try:
            table = np.asarray(self.table)
        except ValueError:
            raise InvalidTask("a table is no array: its rows have different lengths") from None
        large = table.dtype.kind == "u" and table.size and int(table.max()) >= 2**63
        if (
            table.dtype.kind not in "iu"
            or large
            or 0 in table.shape
            or table.ndim != len(reads)
            or len({*table.shape}) > 1
        ):
            raise InvalidTask(
                f"a table must be an array of integers with one axis of q values for each of its {len(reads)} reads; got "
                f"{table.dtype} of shape {table.shape}"
            )
        order = sorted(range(len(reads)), key=reads.__getitem__)
        table = table.transpose(order).astype(np.int64)
        axes = range(table.ndim)
        matter = [a for a in axes if (table != table.take([0], axis=a)).any()]
        table = np.array(table[tuple(slice(None) if a in matter else 0 for a in axes)], order="C")
        table.flags.writeable = False
        object.__setattr__(self, "reads", tuple(int(reads[order[a]]) for a in matter))
        object.__setattr__(self, "table", table)

    def apply(self, memory: Any, xp: Any = np) -> Any:
        """The output, from memories of shape (…, n) to shape (…)."""
        index = xp.zeros(memory.shape[:-1], dtype=int)
        for j in self.reads:
            index = index * self.table.shape[0] + memory[..., j]
        return xp.asarray(self.table.reshape(-1), dtype=int)[index]

    def affine(self, size: int) -> tuple[int, tuple[int, ...]] | None:
        """(c, (a_1, …, a_k)) with the output c + Σ a_i x_{j_i} mod q for all values of the reads; None if there are none.

        >>> LocalRule((1, 4), np.array([[1, 0], [0, 1]])).affine(2)
        (1, (1, 1))
        """
        constant = int(self.table.flat[0])
        axes = range(self.table.ndim)
        slopes = [(int(self.table[tuple(int(a == b) for b in axes)]) - constant) % size for a in axes]
        wanted: Any = constant
        for a, slope in zip(axes, slopes, strict=True):
            wanted = wanted + slope * np.arange(size).reshape([size if a == b else 1 for b in axes])
        return (constant, tuple(slopes)) if (wanted % size == self.table).all() else None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LocalRule):
            return NotImplemented
        return self.reads == other.reads and np.array_equal(self.table, other.table)

    def __hash__(self) -> int:
        return hash((self.reads, self.table.tobytes()))

    def __repr__(self) -> str:
        return f"LocalRule(reads={shown(self.reads)}, {self.table.size} values)"

r"""What is exact about a task's linear circuit (P07).

The linear circuit `h(t) = Φ h(t−1) + E_s x(t)`, `y = E_sᵀ h` applies the task's map during the input phase too, so what it loads is
`Σ_k Φ^{s−k} E_s u(k)` instead of the inputs themselves (P06). The contamination does no harm iff

    F_i F_j = 0   for all i and all j ≥ 2,

and then the circuit is exact for every t > s; otherwise *no* linear time-invariant network of any width reproduces the task's values, with or
without biases. For a selection task the condition reads: no output that reads a block ≥ 2 is itself read.

>>> from emt_theory.tasks import repeat_copy, compose_copy
>>> find_obstruction(repeat_copy()) is None
True
>>> print(find_obstruction(compose_copy(2)))
F_2 F_2 ≠ 0: output 1 reads component 1 of block 2, and output 1 in turn reads component 1 of block 2: the product's entry [1, 1] is 1

This page speaks of *values*. Signs alone are easier: see `signs`; and `response_form` decides the same again, and for finite horizons.

Source: new, P06 and P07, proved in `proofs/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from emt_theory.ground.json import Record
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.tasks import LinearTask
from emt_theory.tasks.linear import linear_task


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


def find_obstruction(task: LinearTask) -> Obstruction | None:
    """The first (i, j, row, column) with (F_i F_j)[row, column] ≠ 0 and j ≥ 2, or None: then the linear circuit is exact.

    Args:
        task: any linear task. A selection task takes O(d) steps.
    """
    return next(_selection_obstructions(task) if linear_task(task).reads else _matrix_obstructions(task), None)


def is_linearly_solvable(task: LinearTask) -> bool:
    """Whether some linear time-invariant network, of any width, reproduces the task's values for all t > s (P07)."""
    return find_obstruction(task) is None


def _selection_obstructions(task: LinearTask) -> Iterator[Obstruction]:
    assert task.reads is not None
    blocks, components, _ = task.read_arrays
    for row in np.flatnonzero(blocks[components] >= 2).tolist():
        block, through, sign = task.reads[row]
        inner = task.reads[through]
        yield Obstruction(block, inner.block, row, inner.component, str(sign * inner.sign), through)


def _matrix_obstructions(task: LinearTask) -> Iterator[Obstruction]:
    d = task.dim
    for i in range(1, task.num_variables + 1):
        for row, flat_column, value in _products(task, i):
            j, column = flat_column // d + 2, flat_column % d
            yield Obstruction(i, j, row, column, str(value), _through(task, i, j, row, column))


def _products(task: LinearTask, i: int) -> RationalMatrix:
    """[F_i F_2 … F_i F_s], all products with F_i on the left at once."""
    d = task.dim
    return task.F.columns((i - 1) * d, i * d) @ task.F.columns(d, task.components)


def latest_obstruction(task: LinearTask) -> int:
    """The largest i with F_i F_j ≠ 0 for some j ≥ 2; 0 if there is none."""
    if linear_task(task).reads:
        blocks, components, _ = task.read_arrays
        return int(blocks[blocks[components] >= 2].max(initial=0))
    return next((i for i in range(task.num_variables, 0, -1) if _products(task, i).entries), 0)


def _through(task: LinearTask, i: int, j: int, row: int, column: int) -> int:
    d = task.dim
    left = {index - (i - 1) * d for index, _ in task.F.row(row) if (i - 1) * d <= index < i * d}
    target = (j - 1) * d + column
    return min(c for c in left if any(index == target for index, _ in task.F.row(c)))

"""Theory of a linear task, in the shape in which its map is kept.

A selection is kept as reads, any other map as a matrix. What is a walk over reads for the one, and takes O(d) or O(n) steps, is algebra over Q
for the other; the questions are the same (`LinearTheory`). `theory_of` is the one place of `circuits` that chooses how they are answered:

>>> from emt_theory.tasks import compose_copy, fibonacci
>>> theory_of(compose_copy(2)).cycles
(Cycle(length=2, sign=1, outputs=(0,)), Cycle(length=1, sign=1, outputs=(1,)))
>>> [str(factor) for factor in theory_of(fibonacci()).factors]
['x^2 - x - 1']

Every selection has a matrix as well, so it can be asked both ways:

>>> SelectionTheory(compose_copy(2)).factors == MatrixTheory(compose_copy(2)).factors
True
"""

from __future__ import annotations

from emt_theory.circuits.linear.matrices import MatrixTheory
from emt_theory.circuits.linear.obstruction import Obstruction
from emt_theory.circuits.linear.selections import SelectionTheory
from emt_theory.circuits.linear.theory import LinearTheory
from emt_theory.tasks import LinearTask
from emt_theory.tasks.linear import linear_task
from emt_theory.tasks.maps import SelectionMap

__all__ = ["LinearTheory", "MatrixTheory", "Obstruction", "SelectionTheory", "theory_of"]


def theory_of(task: LinearTask) -> LinearTheory:
    """The theory of a linear task, by walks where it is a selection, by algebra elsewhere.

    Raises:
        InvalidTask: if it is no linear task.
    """
    return (SelectionTheory if isinstance(linear_task(task).map, SelectionMap) else MatrixTheory)(task)

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

from emt_theory.circuits.linear import Obstruction, theory_of
from emt_theory.tasks import LinearTask


def find_obstruction(task: LinearTask) -> Obstruction | None:
    """The first (i, j, row, column) with (F_i F_j)[row, column] ≠ 0 and j ≥ 2, or None: then the linear circuit is exact.

    Args:
        task: any linear task. A selection task takes O(d) steps.
    """
    return next(theory_of(task).obstructions(), None)


def is_linearly_solvable(task: LinearTask) -> bool:
    """Whether some linear time-invariant network, of any width, reproduces the task's values for all t > s (P07).

    >>> from emt_theory.tasks import parse
    >>> [is_linearly_solvable(parse(name)) for name in ("T1", "T2", "T3", "T4")]
    [True, False, False, False]
    """
    return find_obstruction(task) is None

"""The smallest kind that a finite task is of, decided exactly.

    selection       every output copies one component, or for two symbols turns it: linear over Q on signs
    affine          q is prime, and every output is c + Σ a_j x_j mod q: a linear task over GF(q) with constants
    finite          any other

>>> from emt_theory.tasks import parse
>>> [str(smallest_kind(parse(name))) for name in ("xor:lags=3", "xor", "majority")]
['selection', 'affine', 'finite']
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from emt_theory.circuits.finite.fields import affine_map
from emt_theory.tasks.finite.local_rule import LocalRule
from emt_theory.tasks.finite.task import FiniteTask, finite_task


class Kind(StrEnum):
    """See above."""

    SELECTION = "selection"
    AFFINE = "affine"
    FINITE = "finite"


def smallest_kind(task: FiniteTask) -> Kind:
    """The first kind of the list that fits.

    Raises:
        InvalidTask: if it is no finite task.
    """
    q = finite_task(task).alphabet.size
    if all(_is_copy(rule, q) for rule in task.rules):
        return Kind.SELECTION
    return Kind.AFFINE if affine_map(task) else Kind.FINITE


def _is_copy(rule: LocalRule, size: int) -> bool:
    return len(rule.reads) == 1 and (size == 2 or np.array_equal(rule.table, np.arange(size)))

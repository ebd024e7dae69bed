"""How small a linear network for a task can be (P11).

With `O = [CΦ; CΦ²; …; CΦⁿ]`, C = E_sᵀ, the fewest hidden dimensions that carry the scored behaviour linearly are

    rank O                     for the states from t = s+1 on,
    2 rank O − rank(OΦ)        if the state at t = s counts as well.

The two agree iff Φ is injective on what is observed; for a selection task, iff everything that is read lies on a cycle.

>>> from emt_theory.tasks import parse
>>> minimal_dimension(parse("T3"))
MinimalDimension(running=36, with_load=36)

Source: new, P11, proved in `proofs/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from emt_theory.exact import observability_rank
from emt_theory.tasks import LinearTask
from emt_theory.tasks.linear import linear_task

if TYPE_CHECKING:
    from numpy.typing import NDArray


class MinimalDimension(NamedTuple):
    """The fewest hidden dimensions of a linear network for a task.

    Attributes:
        running: for the states from t = s+1 on.
        with_load: with the state at t = s as well.
    """

    running: int
    with_load: int


def minimal_dimension(task: LinearTask) -> MinimalDimension:
    """Both minimal dimensions of a task, exactly; O(d) steps for a selection task."""
    scored, propagated = _selection_ranks(task) if linear_task(task).reads else observability_rank(task.F, task.dim)
    return MinimalDimension(scored, 2 * scored - propagated)


def _selection_ranks(task: LinearTask) -> tuple[int, int]:
    """rank O and rank(OΦ) by counting.

    Each row of CΦ^τ is ± one component, the one that an output's content was in τ steps earlier; so the ranks are the numbers of components
    that are met at τ ≥ 1 and at τ ≥ 2. From (block, c) the walk goes on through block+1, …, s.
    """
    s = task.num_variables
    first = first_blocks_read(task)
    blocks, components, _ = task.read_arrays
    second = first + 1  # s + 1 and more: never
    passed = np.flatnonzero(first <= s)  # what reaches block s is next replaced by what its output reads
    np.minimum.at(second, components[passed], blocks[passed])
    return int(np.maximum(s + 1 - first, 0).sum()), int(np.maximum(s + 1 - second, 0).sum())


def first_blocks_read(task: LinearTask) -> NDArray[np.int64]:
    """For each component of a selection task the oldest block it is read from, s + 1 if none: content passes from there to block s; shape (d,)."""
    blocks, components, _ = task.read_arrays
    first = np.full(task.dim, task.num_variables + 1, dtype=np.int64)
    np.minimum.at(first, components, blocks)
    return first

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

from typing import NamedTuple

from emt_theory.exact import observability_rank
from emt_theory.tasks import Task


class MinimalDimension(NamedTuple):
    """The fewest hidden dimensions of a linear network for a task.

    Attributes:
        running: for the states from t = s+1 on.
        with_load: with the state at t = s as well.
    """

    running: int
    with_load: int


def minimal_dimension(task: Task) -> MinimalDimension:
    """Both minimal dimensions of a task, exactly; O(d) steps for a selection task."""
    scored, propagated = _selection_ranks(task) if task.reads else observability_rank(task.F, task.dim)
    return MinimalDimension(scored, 2 * scored - propagated)


def _selection_ranks(task: Task) -> tuple[int, int]:
    """rank O and rank(OΦ) by counting.

    Each row of CΦ^τ is ± one component, the one that an output's content was in τ steps earlier; so the ranks are the numbers of components
    that are met at τ ≥ 1 and at τ ≥ 2. From (block, c) the walk goes on through block+1, …, s.
    """
    assert task.reads is not None
    s = task.num_variables
    first: dict[int, int] = {}
    for read in task.reads:
        first[read.component] = min(read.block, first.get(read.component, s))
    second = {c: block + 1 for c, block in first.items() if block < s}
    for c in first:
        read = task.reads[c]
        second[read.component] = min(read.block, second.get(read.component, s))
    return sum(s - block + 1 for block in first.values()), sum(s - block + 1 for block in second.values())

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

from emt_theory.circuits.linear import theory_of
from emt_theory.ground.text import shows
from emt_theory.tasks import LinearTask


@shows
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
    scored, propagated = theory_of(task).ranks()
    return MinimalDimension(scored, 2 * scored - propagated)

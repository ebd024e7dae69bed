r"""Do states of one memory agree? If so, the network holds nothing beside the memory of its task.

With M_k the mean of the states z that were seen at memory k, and z̄ the mean of all,

    spread = √(Σ |z − M_k|² / (visits − memories)) / √(Σ |z − z̄|² / visits),

over memories that were visited more than once; where there is one memory alone, z̄ = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emt_theory.evidence.symbols.visits import Visits
from emt_theory.ground.absent import Absent
from emt_theory.ground.json import Record


@dataclass(frozen=True)
class Spread(Record):
    """How far states of one memory lie apart.

    Attributes:
        value: over what states vary in all.
        memories: how many were visited more than once.
        visits: how often.
        time: the last time that was looked at.
        first: the same at an earlier time, where what differed then was looked at again.
    """

    value: float
    memories: int
    visits: int
    time: int
    first: Spread | None = None

    def __str__(self) -> str:
        return f"{self.value:.2g} over {self.visits} visits of {self.memories} memories, to t = {self.time}"


def spread_of(visits: Visits) -> Spread | Absent:
    """The spread of states.

    Args:
        visits: the states.
    """
    counts = np.bincount(visits.memories)
    chosen = counts[visits.memories] > 1
    if not chosen.any():
        return Absent("no memory was visited twice")
    z, which = visits.rows[chosen], visits.memories[chosen]
    sums = np.zeros((len(counts), z.shape[1]))
    np.add.at(sums, which, z)
    memories = int((counts > 1).sum())
    within = float(((z - sums[which] / counts[which, None]) ** 2).sum()) / (len(z) - memories)
    center = z.mean(axis=0) if visits.visited > 1 else 0.0
    whole = float(((z - center) ** 2).sum()) / len(z)
    value = float(np.sqrt(within / whole)) if whole > 0 else 0.0
    return Spread(value, memories, len(z), int(visits.times[-1]))

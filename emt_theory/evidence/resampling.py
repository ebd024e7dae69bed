"""Intervals over sequences: what they are drawn from, and Clopper–Pearson's for a share of them.

>>> [round(end, 4) for end in clopper_pearson(256, 256)]
[0.9857, 1.0]
>>> draw_counts(sequences=3, draws=2, seed=0).sum(axis=1).tolist()
[3.0, 3.0]
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.ground.arrays import Array
from emt_theory.tasks.accuracy import CONFIDENCE
from emt_theory.tasks.words import generator

DRAWS = 200
"""How often sequences are drawn anew."""


@lru_cache(maxsize=8)
def draw_counts(sequences: int, draws: int, seed: int) -> Array:
    """How often each sequence is drawn, in each of so many draws of all of them with replacement; shape (draws, sequences), read-only."""
    rng = generator(seed)
    counts = rng.multinomial(sequences, np.full(sequences, 1 / sequences), size=draws).astype(float)
    counts.setflags(write=False)
    return counts


def ends(values: NDArray[np.floating[Any]]) -> tuple[float, float]:
    """The 2.5 % and 97.5 % quantiles."""
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(values, [tail, 100 - tail])
    return float(low), float(high)


def clopper_pearson(right: int, total: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The interval of a share of independent trials, at 95 % if nothing is said; (0, 1) of none."""
    from scipy.stats import beta

    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, right, total - right + 1)) if right else 0.0
    high = float(beta.ppf(1 - tail, right + 1, total - right)) if right < total else 1.0
    return low, high

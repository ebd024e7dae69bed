"""The trained networks that verdicts are tried on: which tasks, sizes and seeds, listed before any threshold was set by them.

Task k = 0 … 71 is random_selection(s, d, seed=k) with i = ⌊k/2⌋, s = 2 + i mod 6, d = 2 + ⌊i/6⌋: every size from 2 to 7 once with an even and
once with an odd k. Each is trained with N = ⌈1.5 m⌉, 2m and 3m units, m its persistent components, from two seeds. Thresholds are set on even k;
odd k are reported.

    python -m tests.collections.trained      # writes trained.csv anew
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from emt_theory.tasks import LinearTask, random_selection
from emt_theory.training import FastProtocol

PROTOCOL = FastProtocol(steps=2000, learning_rate=6e-3)
"""With which they were trained when they were listed."""
LISTED = Path(__file__).with_name("trained.csv")
TASKS, FACTORS, SEEDS = 72, (1.5, 2, 3), (0, 1)


class Row(NamedTuple):
    """One network: task k with its s, d and m, the number of units, and the seed of the training."""

    k: int
    num_variables: int
    dim: int
    persistent: int
    hidden: int
    seed: int

    @property
    def reported(self) -> bool:
        """Whether it is reported, and no threshold was set by it."""
        return self.k % 2 == 1


def task(k: int) -> LinearTask:
    """Task k."""
    i = k // 2
    return random_selection(2 + i % 6, 2 + i // 6, seed=k)


def rows() -> list[Row]:
    """All networks, by the rule."""
    made: list[Row] = []
    for k in range(TASKS):
        chosen = task(k)
        m = len(chosen.persistent)
        sizes = [-int(-factor * m // 1) for factor in FACTORS]
        made += [Row(k, chosen.num_variables, chosen.dim, m, size, seed) for size in sizes for seed in SEEDS]
    return made


def listed() -> list[Row]:
    """All networks, as the file lists them."""
    with LISTED.open(newline="", encoding="utf-8") as file:
        return [Row(*map(int, row.values())) for row in csv.DictReader(file)]


if __name__ == "__main__":
    with LISTED.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([Row._fields, *rows()])

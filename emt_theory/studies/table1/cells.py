"""What is said of runs that differ in their seeds alone, and the authors' best-of rule.

A share stands with its Clopper–Pearson interval, a mean with a bootstrap interval over runs. No run is left out of a
share: those that failed to solve their task are what it is about. An error in argument exists where the counts of
eigenvalues agree; of how many runs a mean is, it says itself:

>>> share_of([True, True, False, None])
Share(count=2, total=4, low=0.0675..., high=0.9324...)
>>> mean_of([0.5, None, 1.0])
Mean(value=0.75, low=None, high=None, count=2)

**Best of.** The authors train each seed with two thresholds of the curriculum and report, over seeds, the mean of the
smaller spectral error and of the larger accuracy. The two may be of different networks, and both are chosen by the
outcome that is reported: such a mean is no estimate of how a training ends.

>>> names = ("seed", "threshold", "origin_error", "check_accuracy")
>>> ended = [(0, 0.9, 0.5, 0.75), (0, 0.98, 0.25, 0.5), (1, 0.9, None, 0.5), (1, 0.98, None, 1.0)]
>>> best_of([{"status": "done", **dict(zip(names, values))} for values in ended])
BestOf(error=0.25, with_error=1, accuracy=0.875, seeds=2)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emt_theory.analysis import Verdict
from emt_theory.evidence.resampling import clopper_pearson, draw_counts, ends
from emt_theory.ground.json import Record

DRAWS = 2_000
"""How often runs are drawn anew for an interval."""

FEWEST = 5
"""Values below which a bootstrap interval is far too narrow, and is left out."""

Line = Mapping[str, Any]
"""A row of `emt_theory.studies.Table`."""


@dataclass(frozen=True)
class Share(Record):
    """How many of how many, with the 95 % Clopper–Pearson interval of the share."""

    count: int
    total: int
    low: float
    high: float


@dataclass(frozen=True)
class Mean(Record):
    """A mean over runs.

    Attributes:
        value: the mean; None of nothing.
        low, high: 95 % bootstrap interval over runs; None of fewer than five.
        count: how many runs have a value.
    """

    value: float | None
    low: float | None
    high: float | None
    count: int


@dataclass(frozen=True)
class Cell(Record):
    """Runs of one task, N, L2 and threshold.

    Attributes:
        threshold: of the curriculum; None of a schedule.
        runs: how many the grid has.
        done: how many have ended and were checked; the others failed, or are not made yet.
        solved: of those that are done.
        accuracy: of all that are done.
        verdicts: how many of each.
        origin_error: the paper's spectral error, of W_hh itself, where counts agree.
        error: the same of the map along trajectories, where counts agree.
    """

    threshold: float | None
    runs: int
    done: int
    solved: Share
    accuracy: Mean
    verdicts: Mapping[str, int]
    origin_error: Mean
    error: Mean


@dataclass(frozen=True)
class BestOf(Record):
    """What the authors' rule makes of runs of one task, N and L2 with several thresholds.

    Attributes:
        error: mean over seeds of the smallest spectral error of W_hh; None where no seed has one.
        with_error: of how many seeds that is: of the others no network has the right count.
        accuracy: mean over seeds of the largest accuracy; None of no seed.
        seeds: how many have ended with all thresholds.
    """

    error: float | None
    with_error: int
    accuracy: float | None
    seeds: int


def share_of(answers: Sequence[object]) -> Share:
    """How many are True."""
    count = sum(answer is True for answer in answers)
    return Share(count, len(answers), *clopper_pearson(count, len(answers)))


def mean_of(values: Iterable[float | None]) -> Mean:
    """The mean of the values that are there."""
    there = np.array([value for value in values if value is not None], dtype=float)
    n = len(there)
    if not n:
        return Mean(None, None, None, 0)
    low, high = ends(draw_counts(n, DRAWS, seed=0) @ there / n) if n >= FEWEST else (None, None)
    return Mean(float(there.mean()), low, high, n)


def done(lines: Iterable[Line]) -> list[Line]:
    """Those that have ended."""
    return [line for line in lines if line["status"] == "done"]


def cell_of(threshold: float | None, lines: Sequence[Line]) -> Cell:
    """What is said of runs that differ in their seeds alone."""
    ended = done(lines)
    verdicts = Counter(str(line["verdict"]) for line in ended)
    return Cell(
        threshold,
        len(lines),
        len(ended),
        share_of([line["solved"] for line in ended]),
        mean_of(line["check_accuracy"] for line in ended),
        {str(verdict): verdicts[verdict] for verdict in Verdict},
        mean_of(line["origin_error"] for line in ended),
        mean_of(line["argument_error"] for line in ended),
    )


def best_of(lines: Sequence[Line]) -> BestOf:
    """The authors' rule, over the seeds that have ended with every threshold."""
    thresholds = {line["threshold"] for line in lines}
    by_seed: dict[int, list[Line]] = {}
    for line in done(lines):
        by_seed.setdefault(line["seed"], []).append(line)
    whole = [some for some in by_seed.values() if {line["threshold"] for line in some} == thresholds]
    errors = mean_of(_best(min, some, "origin_error") for some in whole)
    accuracies = mean_of(_best(max, some, "check_accuracy") for some in whole)
    return BestOf(errors.value, errors.count, accuracies.value, len(whole))


def _best(choose: Any, lines: Iterable[Line], name: str) -> float | None:
    return choose((line[name] for line in lines if line[name] is not None), default=None)

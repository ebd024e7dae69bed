r"""Which variables does the state show? R² of the codewords of u(t + k), read off the state at t by least squares, for each k.

A network that computes products before they are needed holds a window that is shifted ahead, u(t−a), …, u(t+b); one that holds the lift of its task
(P20) shows u(t + k) for every k, as K is invertible on V|_R. Directions of the states below 5 % of the largest are left out: what is shown there is
too faint to be held. Component c is *read* by the rule at lags up to n_c, and n_c consecutive variables of it determine all that follows: `r2` is the
worst, over components, of the best run of n_c.

Where not all inputs were run, one half of the sequences is fitted and the other one judged, with an interval over sequences.

>>> from emt_theory import derive
>>> from emt_theory.evidence.symbols.visits import visit
>>> from emt_theory.networks import state_space
>>> from emt_theory.tasks import parse
>>> task = parse("lfsr")
>>> visits = visit(state_space(derive(task).compile()), task, horizon=40, seed=0, ahead=8)
>>> reading = read_window(visits)
>>> reading.held(0.85), round(reading.r2, 3)
((4, 0), 1.0)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence.resampling import DRAWS, draw_counts, ends
from emt_theory.evidence.symbols.visits import Visits
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.tasks import FiniteTask

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FAINT = 0.05
"""Directions of the states below this share of the largest are not read: a convention of measuring."""


@dataclass(frozen=True, eq=False, repr=False)
class WindowReading(Record):
    """How well variables are read off the state.

    Attributes:
        lags: k, ascending: u(t + k) was read.
        profile: R² of each, shape (lags, d); 1 where a component does not vary.
        needed: n_c, the consecutive variables that the rule needs of each component.
        r2: of the worst component, the worst of its best n_c.
        low, high: its 95 % interval over sequences; r2 itself where all inputs were run.
        directions: how many of the states' were read.
    """

    JSON = ("r2", "low", "high", "needed", "directions", "lags", "profile")

    lags: tuple[int, ...]
    profile: Array
    needed: tuple[int, ...]
    r2: float
    low: float
    high: float
    directions: int

    def held(self, level: float) -> tuple[int, int] | None:
        """(a, b) of the longest run u(t−a), …, u(t+b) in which every component has at least this R²; None where nothing has.

        Args:
            level: R².
        """
        runs = _runs(np.all(self.profile >= level, axis=1))
        if not runs:
            return None
        first, last = max(runs, key=lambda run: (run[1] - run[0], -abs(self.lags[run[0]] + self.lags[run[1]])))
        return -self.lags[first], self.lags[last]

    def plot(self, ax: Axes | None = None) -> Axes:
        """R² over k, a line for each component."""
        from emt_theory.evidence.symbols.drawing import draw_window

        return draw_window(self, ax)

    def __str__(self) -> str:
        return f"R² {self.r2:.3f} [{self.low:.3f}, {self.high:.3f}] of the worst of {sum(self.needed)} variables"


def span_of(task: FiniteTask) -> int:
    """How far before and behind t variables are read: 2s."""
    return 2 * task.num_variables


def read_window(visits: Visits) -> WindowReading | Absent:
    """Read every variable near t off the states.

    Args:
        visits: the states, with symbols known 2s steps ahead.
    """
    if visits.visited < 2:
        return Absent("one memory alone is visited: no variable lasts")
    task, reach = visits.task, span_of(visits.task)
    lags = tuple(range(-min(reach, int(visits.times[0]) - 1), reach + 1))
    shape = (len(visits.states), len(visits.times), -1)
    fitted = np.arange(len(visits.states)) // visits.together % 2 == 0 if not visits.every else np.full(shape[0], True)
    judged = fitted if visits.every else ~fitted
    z = visits.states[fitted].reshape(-1, visits.states.shape[2])
    mean = z.mean(axis=0)
    left, sizes, right = np.linalg.svd(z - mean, full_matrices=False)
    kept = sizes > FAINT * sizes[0]
    left, reader = left[:, kept], right[kept].T / sizes[kept]
    seen = (visits.states[judged].reshape(-1, z.shape[1]) - mean) @ reader
    errors, totals = (np.empty((int(judged.sum()), len(lags), task.dim)) for _ in range(2))
    for i, k in enumerate(lags):
        code = visits.code(k).reshape(*shape)
        y = code[fitted].reshape(len(z), -1)
        shown, centre = code[judged].reshape(len(seen), -1), y.mean(axis=0)
        off = shown - centre - seen @ (left.T @ (y - centre))
        for array, values in ((errors, off), (totals, shown - centre)):
            array[:, i] = (values**2).reshape(int(judged.sum()), len(visits.times), task.dim, -1).sum(axis=(1, 3))
    needed = tuple(_needed(task, c) for c in range(task.dim))
    profile = _r2(errors.sum(axis=0), totals.sum(axis=0))
    r2 = _worst(profile, needed)
    low = high = r2
    if not visits.every:
        units = (len(errors) // visits.together, visits.together, -1)
        counts = draw_counts(units[0], DRAWS, 0)
        sums = [counts @ part.reshape(units).sum(axis=1) for part in (errors, totals)]
        drawn = [_r2(e.reshape(profile.shape), t.reshape(profile.shape)) for e, t in zip(*sums, strict=True)]
        low, high = ends(np.array([_worst(one, needed) for one in drawn]))
    return WindowReading(lags, profile, needed, r2, low, high, int(kept.sum()))


def _needed(task: FiniteTask, c: int) -> int:
    """The largest lag at which component c is read; 1 where it is only shown."""
    places = [task.slots.place(j) for rule in task.rules for j in rule.reads]
    return max([1, *(task.slots.lag(place.block) for place in places if place.component == c)])


def _r2(errors: Array, totals: Array) -> Array:
    return np.where(totals > 0, 1 - errors / np.where(totals > 0, totals, 1), 1.0)


def _worst(profile: Array, needed: tuple[int, ...]) -> float:
    """Of each component the best run of n_c consecutive lags, by its worst; of these the worst."""
    best = [max(float(profile[i : i + n, c].min()) for i in range(len(profile) - n + 1)) for c, n in enumerate(needed)]
    return min(best)


def _runs(held: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(first, last) of each run of true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], held, [False]]).astype(int)))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]

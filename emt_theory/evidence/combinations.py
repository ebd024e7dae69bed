r"""How well every combination of the lasting coordinates is read by a linear reader.

With e the error of a reader on fresh sequences,

    R²_k = the eigenvalues of I − S_c^{−1/2} E[e eᵀ] S_c^{−1/2},      S_c = E[(c − c̄)(c − c̄)ᵀ],

and R²_min, the smallest, is 1 minus the error of the *worst combination*. Everything is in units of spread, and in those of what grows (ρ^t), so that
nothing is too large or too small to be squared. A bootstrap over sequences gives the interval of R²_min.

What is read by readers of these two kinds stands beside them, `emt_theory.evidence.variables` (the effects of the state) and
`emt_theory.evidence.states` (the whole state).

>>> import numpy as np
>>> whiten = whitener(np.diag([4.0, 0.25]))
>>> (whiten.T @ np.diag([4.0, 0.25]) @ whiten).tolist()
[[1.0, 0.0], [0.0, 1.0]]

Source: new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence.lasting import Lasting
from emt_theory.evidence.recording import Recording, steps_within
from emt_theory.evidence.resampling import DRAWS, draw_counts, ends
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CUT = 1e-12
"""Directions with less than this share of the largest variance are none."""

_DRAWN = 64
"""How many of the worst directions are drawn anew."""

_RANGE = 1e-9
_LARGEST = 1e150
_CHUNK = 32
_STARTS = 5
_RISES = 0.01
WELL = 0.9
"""An R² from which on all is read so well that nothing has to be looked at again."""


class Combinations(Record):
    """R² of every combination of the lasting coordinates; what was read from is said by the class that has it."""

    lasting: Lasting
    r2: Array
    combinations: Array
    low: float
    high: float
    reader: Array
    center: Array
    offset: Array

    def read(self, states: Array) -> Array:
        """The coordinates as read off states of shape (…, S): shape (…, k)."""
        return (states - self.center) @ self.reader.T + self.offset

    @property
    def r2_min(self) -> float:
        """R² of the worst combination."""
        return float(self.r2[0])

    def lost(self, below: float) -> int:
        """How many combinations have an R² below this."""
        return int((self.r2 < below).sum())

    def lost_by_cycle(self, below: float) -> tuple[float, ...] | None:
        """How many dimensions are lost on each of `lasting.cycles`, by projection: their sum is `lost`; None for a task without cycles."""
        if self.lasting.cycles is None:
            return None
        share = (self.combinations[:, self.r2 < below] ** 2).sum(axis=1)
        return tuple(float(share[list(cycle)].sum()) for cycle in self.lasting.cycles)

    def plot(self, ax: Axes | None = None, needed: float | None = None) -> Axes:
        """R² of each combination, the worst first, and a line at what is needed, if one says what that is."""
        from emt_theory.evidence.drawing import draw_combinations

        return draw_combinations(self, ax, needed)


_Read = TypeVar("_Read", bound=Combinations)


def first_settled(lasting: Lasting, first: int, until: int, read: Callable[[int], _Read | Absent]) -> _Read | Absent:
    """What is read from the first step on from which the network has settled.

    That is where the task has, t > s + max(s, ν), or later where the network takes longer: if not all can be read well there, the first of five
    starts up to s + H/2 from which R²_min no longer rises.
    """
    found, s = read(first), lasting.task.num_variables
    latest = s + (until - s) // 2
    if isinstance(found, Absent) or found.r2_min >= WELL or latest <= first:
        return found
    tried = [found, *(read(int(start)) for start in np.linspace(first, latest, _STARTS)[1:])]
    good = [one for one in tried if not isinstance(one, Absent)]
    best = [max((other.r2_min for other in good[i:]), default=-np.inf) for i in range(1, len(good) + 1)]
    return next(one for one, rest in zip(good, best, strict=True) if one.r2_min >= rest - _RISES)


def window_of(lasting: Lasting, *recordings: Recording) -> tuple[int, int] | Absent:
    """(after, until): states at t = after+1, …, until are in the settled window and within float64; or why there are none."""
    until = min(recording.states.shape[1] for recording in recordings)
    for recording in recordings:
        if recording.blow_up is not None:
            return Absent(f"states or outputs are not finite from t = {recording.blow_up} on")
        if recording.range_left is not None:
            until = min(until, recording.range_left - 1)
    if until - lasting.settled < 2:
        return Absent(
            f"the task settles at t = {lasting.settled} and the recording ends at t = {until}; take a horizon of at least {lasting.horizon}"
        )
    return lasting.settled, until


class Window(NamedTuple):
    """A window of time with units in which nothing is too large or too small to be squared.

    Attributes:
        lasting: the coordinates.
        steps: the indices t − 1 of its steps.
        size: of each state variable, shape (S,); no reading depends on the units that a network happens to compute in.
        unit: of the coordinates.
    """

    lasting: Lasting
    steps: NDArray[np.intp]
    size: Array
    unit: float

    @classmethod
    def of(
        cls, lasting: Lasting, runs: tuple[Recording, ...], after: int, until: int, most: int | None = None
    ) -> Window | Absent:
        """The steps t = after+1, …, until, or so many of them, of the recordings that are read, the one that is fitted first."""
        steps = steps_within(after, until, most)
        scale, least = lasting.scale(np.arange(after, until))[:, None], np.finfo(float).tiny
        windows = [run.states[:, after:until] for run in runs]
        reached = [(np.maximum(part.max(axis=0), -part.min(axis=0)) * scale).max(axis=0) for part in windows]
        size = np.max(reached, axis=0)
        unit = float(np.abs(lasting.truth(runs[0], steps)).max())
        if size.max() < least or unit < least:
            return Absent(f"the states at t > {after} do not vary: they hold nothing")
        if size.max() >= _LARGEST:
            return Absent(f"states reach {size.max():.1e}")
        return cls(lasting, steps, np.where(size < least, 1.0, size), unit)

    def parts(self, recording: Recording) -> Iterator[tuple[Array, Array]]:
        """States (rows, S) and coordinates (rows, k) in these units, and in those of what grows, a few sequences at a time."""
        scale = self.lasting.scale(self.steps)[:, None] / self.size
        truth = self.lasting.truth(recording, self.steps) / self.unit
        for start in range(0, len(truth), _CHUNK):
            rows = slice(start, start + _CHUNK)
            states = recording.states[rows, self.steps] * scale
            yield states.reshape(-1, states.shape[2]), truth[rows].reshape(-1, self.lasting.size)

    def rows(self, recording: Recording) -> int:
        """How many states of a recording are in the window."""
        return len(recording.states) * len(self.steps)


class Moments(NamedTuple):
    """Means and covariances of states and coordinates: μ (S,), c̄ (k,), E[hhᵀ] (S, S), E[hcᵀ] (S, k), E[ccᵀ] (k, k), all centred."""

    center: Array
    offset: Array
    states: Array
    mixed: Array
    truth: Array


def moments(window: Window, recording: Recording) -> Moments:
    """The moments of a recording in a window, in its units."""
    rows, size, k = window.rows(recording), recording.states.shape[2], window.lasting.size
    center, offset = np.zeros(size), np.zeros(k)
    for states, truth in window.parts(recording):
        center += states.sum(axis=0) / rows
        offset += truth.sum(axis=0) / rows
    covariance, mixed, between = np.zeros((size, size)), np.zeros((size, k)), np.zeros((k, k))
    for states, truth in window.parts(recording):
        h, c = states - center, truth - offset
        covariance += h.T @ h / rows
        mixed += h.T @ c / rows
        between += c.T @ c / rows
    return Moments(center, offset, covariance, mixed, between)


class Whitened(NamedTuple):
    """States in units of spread 1 without correlation: ξ = `whiten` (h − μ), shape (r, S), and h − μ = `back` ξ, shape (S, r)."""

    whiten: Array
    back: Array

    @classmethod
    def of(cls, found: Moments, after: int) -> Whitened | Absent:
        """From the covariance of the states at t > after; each unit is brought to spread 1 before."""
        spread = np.sqrt(np.diag(found.states))
        # Each unit is of size 1 here: what a mean of equal numbers differs from them by is rounding, and no unit is too small beside another.
        varies = spread > _CUT
        if not varies.any():
            return Absent(f"the states at t > {after} do not vary: they hold nothing")
        # In units of spread 1, S = V diag(σ²) Vᵀ; with the whitened states ξ, h − μ = spread · V σ ξ.
        wide = np.where(varies, spread, np.inf)
        sizes, vectors = np.linalg.eigh(found.states / wide[:, None] / wide)
        kept = sizes > _CUT * sizes[-1]
        root, vectors = np.sqrt(sizes[kept]), vectors[:, kept]
        return cls((vectors / root).T / wide, np.where(varies, spread, 0)[:, None] * vectors * root)


class Judged(NamedTuple):
    """What readers got wrong on fresh sequences.

    Attributes:
        errors: of each reader, shape (readers, rows, k).
        whiten: W with Wᵀ S_c W = I.
        sequences: how many there were.
    """

    errors: Array
    whiten: Array
    sequences: int

    def r2(self, reader: int) -> tuple[Array, Array]:
        """R² of each combination, the worst first, and the combinations, in units of the coordinates' own spread."""
        errors = self.errors[reader]
        sizes, vectors = np.linalg.eigh(self.whiten.T @ (errors.T @ errors / len(errors)) @ self.whiten)
        # In whitened coordinates W'c, W' the pseudo-inverse of Wᵀ, a combination is a unit vector; the orthogonal factor Q of W = Q P takes it to
        # coordinates of spread 1: Q = I where W is symmetric.
        left, _, right = np.linalg.svd(self.whiten, full_matrices=False)
        combinations: Array = np.asarray(left @ right @ vectors, dtype=np.float64)
        return np.asarray(1 - sizes[::-1], dtype=np.float64), combinations[:, ::-1]

    def interval(self, reader: int) -> tuple[float, float]:
        """The interval of R²_min: sequences drawn anew, the worst 64 directions judged again in each draw."""
        errors, count = self.errors[reader] @ self.whiten, self.sequences
        worst = errors @ np.linalg.eigh(errors.T @ errors)[1][:, ::-1][:, :_DRAWN]
        by_sequence = worst.reshape(count, -1, worst.shape[1])
        # One E[e eᵀ] for each sequence, (count, k, k); a draw weighs these by how often it has the sequence, so no
        # error is added up twice.
        outer = np.swapaxes(by_sequence, 1, 2) @ by_sequence / by_sequence.shape[1]
        drawn = draw_counts(count, DRAWS, seed=0) / count @ outer.reshape(count, -1)
        low, high = ends(1 - np.linalg.eigvalsh(drawn.reshape(DRAWS, *outer.shape[1:]))[:, -1])
        # The worst of many is worse in most draws than in the whole: an interval that leaves the estimate out would mislead.
        here = float(self.r2(reader)[0][0])
        return min(low, here), max(high, here)


def judge_readers(window: Window, fresh: Recording, readers: Array, fit: Moments) -> Judged:
    """Read fresh sequences with readers, shape (readers, k, S), whose μ and c̄ are those of the fit."""
    errors: list[Array] = []
    spread = np.zeros((window.lasting.size,) * 2)
    for states, truth in window.parts(fresh):
        c = truth - fit.offset
        # States are rows: X (z − μ) is (z − μ)ᵀ Xᵀ, for each reader X of shape (k, S).
        errors.append((states - fit.center) @ np.swapaxes(readers, 1, 2) - c)
        spread += c.T @ c / window.rows(fresh)
    return Judged(np.concatenate(errors, axis=1), whitener(spread), len(fresh.states))


def whitener(spread: Array) -> Array:
    """W with Wᵀ S W = I on the range of S; symmetric where S has full rank."""
    sizes, vectors = np.linalg.eigh(spread)
    kept = sizes > _RANGE * sizes[-1]
    whiten = vectors[:, kept] / np.sqrt(sizes[kept])
    return whiten @ vectors.T if kept.all() else whiten

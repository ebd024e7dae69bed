r"""Are the variables in the state, where the outputs will see them?

The lasting coordinates c (`emt_theory.evidence.lasting`) are read off z = O h, the effects of the state on the 2s outputs to come
(`emt_theory.evidence.effects`), by a reader that allows for 10 % noise in them:

    X = argmin E‖c − c̄ − X(z − z̄)‖² + λ‖X‖²,      λ = (1/10)² · the mean variance of z's coordinates

X is fitted on one recording. On fresh sequences e = X(z − z̄) + c̄ − c is its error, and

    R²_k = the eigenvalues of I − S_c^{−1/2} E[e eᵀ] S_c^{−1/2},      S_c = E[(c − c̄)(c − c̄)ᵀ].

R²_min is 1 minus the error of the *worst combination* of variables: two variables that stand in one direction, a product that stands for one of them,
or one that decays, have a combination that cannot be read, however well each single one is. The interval is a bootstrap over sequences. Beside it
stands R²_min of the whole state (least squares of c on h): where that is higher, something is shown and not used.

>>> from emt_theory import derive
>>> from emt_theory.evidence.recording import record
>>> from emt_theory.networks import ElmanRNN
>>> from emt_theory.tasks import repeat_copy
>>> circuit = derive(repeat_copy(num_variables=2, dim=1))
>>> net = circuit.compile(scheme="tanh")
>>> fit, fresh = (record(net, circuit.task, sequences=128, horizon=40, seed=seed) for seed in (1, 0))
>>> print(read_variables(net, circuit, fit, fresh))
R²_min 1.000 [1.000, 1.000] of 2 variables; 1.000 of the whole state
>>> fading = ElmanRNN(W_hh=[[0, 0.9], [0.9, 0]], W_uh=[[0], [1]], W_hy=[[0, 1]], activation="identity")
>>> print(read_variables(fading, circuit, *(record(fading, circuit.task, 128, 200, seed) for seed in (1, 0))))
R²_min 0.1... of 2 variables; 0.1... of the whole state

Source: new.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from emt_theory.circuits import Circuit
from emt_theory.evidence.effects import effects_of, step_along
from emt_theory.evidence.lasting import Lasting, lasting_part
from emt_theory.evidence.linearize import Linearization
from emt_theory.evidence.recording import Recording, require_recorded, require_task, steps_within
from emt_theory.evidence.resampling import DRAWS, draw_counts, ends
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.networks import Network, StateSpace, state_space

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NOISE = 0.1
"""Of the reader, relative to the size of what it reads: a convention of measuring."""

_CUT = 1e-12
"""Directions with less than this share of the largest variance are none."""

_DRAWN = 64
"""How many of the worst directions are drawn anew."""

_RANGE = 1e-9
_LARGEST = 1e150
_CHUNK = 32
_STARTS = 5
_RISES = 0.01
_WELL = 0.9


@dataclass(frozen=True, eq=False, repr=False)
class VariableReading(Record):
    """How well the lasting coordinates can be read off the effects of the state.

    Attributes:
        lasting: the k coordinates.
        r2: R² of k combinations of them, the worst first, shape (k,).
        combinations: the combinations, of coordinates brought to spread 1, one a column of length 1, shape (k, k).
        low, high: the 95 % interval of R²_min, over sequences.
        whole_state: R²_min of the best linear reader of the whole state.
        settled: states at t > this were read.
        reader: X O, which reads a state, shape (k, S).
        encoder: Ψ, the states regressed on the coordinates, shape (S, k).
        center: μ, the mean state, shape (S,).
        offset: c̄, shape (k,).
        sequences: how many were judged.
    """

    JSON = ("r2_min", "low", "high", "whole_state", "settled", "sequences")

    lasting: Lasting
    r2: Array
    combinations: Array
    low: float
    high: float
    whole_state: float
    settled: int
    reader: Array
    encoder: Array
    center: Array
    offset: Array
    sequences: int

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

    def read(self, states: Array) -> Array:
        """The coordinates as read off states of shape (…, S): shape (…, k)."""
        return (states - self.center) @ self.reader.T + self.offset

    def plot(self, ax: Axes | None = None) -> Axes:
        """R² of each combination, the worst first."""
        from emt_theory.evidence.drawing import draw_combinations

        return draw_combinations(self, ax)

    def __str__(self) -> str:
        interval = f"{self.r2_min:.3f} [{self.low:.3f}, {self.high:.3f}]"
        return f"R²_min {interval} of {self.lasting.size} variables; {self.whole_state:.3f} of the whole state"

    def __repr__(self) -> str:
        return f"VariableReading({self})"


def read_variables(net: Network, circuit: Circuit, fit: Recording, fresh: Recording) -> VariableReading | Absent:
    """Read the lasting coordinates of a task off the effects of a network's states.

    Args:
        net: the network.
        circuit: the circuit of the task that it was recorded on.
        fit: the recording on which the reader is fitted.
        fresh: the recording on which it is judged; of another seed.

    Raises:
        InvalidNetwork: if a recording is of another network.
        InvalidTask: if a recording is of another task.
    """
    space = state_space(net)
    lasting = lasting_part(circuit)
    require_recorded(space.size, fit=fit, fresh=fresh)
    require_task(circuit, fit, fresh)
    return lasting if isinstance(lasting, Absent) else reading_of(space, lasting, fit, fresh)


def reading_of(
    space: StateSpace, lasting: Lasting, fit: Recording, fresh: Recording, gain: Linearization | Absent | None = None
) -> VariableReading | Absent:
    """As `read_variables`, from the first step from which the network has settled; with its statistical gain where that is known.

    That is where the task has, t > s + max(s, ν), or later where the network takes longer: if not all can be read well there, the first of five
    starts up to s + H/2 from which R²_min no longer rises.
    """
    if isinstance(window := window_of(lasting, fit, fresh), Absent):
        return window
    first, until = window
    found = _read_from(space, lasting, fit, fresh, first, until, gain)
    latest = lasting.task.num_variables + (until - lasting.task.num_variables) // 2
    if isinstance(found, Absent) or found.r2_min >= _WELL or latest <= first:
        return found
    later = (int(start) for start in np.linspace(first, latest, _STARTS)[1:])
    tried = [found, *(_read_from(space, lasting, fit, fresh, start, until) for start in later)]
    read = [one for one in tried if isinstance(one, VariableReading)]
    best = [max((other.r2_min for other in read[i:]), default=-np.inf) for i in range(1, len(read) + 1)]
    return next(one for one, rest in zip(read, best, strict=True) if one.r2_min >= rest - _RISES)


def window_of(lasting: Lasting, *recordings: Recording) -> tuple[int, int] | Absent:
    """(after, until): states at t = after+1, …, until are in the settled window and within float64; or why there are none."""
    until = min(recording.states.shape[1] for recording in recordings)
    for recording in recordings:
        if recording.blow_up is not None:
            return Absent(f"states or outputs are not finite from t = {recording.blow_up} on")
        if recording.range_left is not None:
            until = min(until, recording.range_left - 1)
    if until - lasting.settled < 2:
        needed = lasting.settled + 2 - lasting.task.num_variables
        return Absent(
            f"the task settles at t = {lasting.settled} and the recording ends at t = {until}; take a horizon of at least {needed}"
        )
    return lasting.settled, until


class _Window(NamedTuple):
    """A window of time with units in which nothing is too large or too small to be squared.

    Attributes:
        lasting: the coordinates.
        after, until: t = after+1, …, until.
        size: of the states.
        unit: of the coordinates.
    """

    lasting: Lasting
    after: int
    until: int
    size: float
    unit: float

    @classmethod
    def of(cls, lasting: Lasting, fit: Recording, after: int, until: int) -> _Window | Absent:
        """The window, with units from the recording that is fitted."""
        chosen = steps_within(after, until)
        size = float((np.abs(fit.states[:, chosen]).max(axis=(0, 2)) * lasting.scale(chosen)).max())
        unit = float(np.abs(lasting.truth(fit, chosen)).max())
        if size < np.finfo(float).tiny or unit < np.finfo(float).tiny:
            return Absent(f"the states at t > {after} do not vary: they hold nothing")
        return cls(lasting, after, until, size, unit) if size < _LARGEST else Absent(f"states reach {size:.1e}")

    def parts(self, recording: Recording) -> Iterator[tuple[Array, Array]]:
        """States (rows, S) and coordinates (rows, k) in these units, and in those of what grows, a few sequences at a time."""
        chosen = steps_within(self.after, self.until)
        scale = self.lasting.scale(chosen)[:, None] / self.size
        truth = self.lasting.truth(recording, chosen) / self.unit
        for start in range(0, len(truth), _CHUNK):
            rows = slice(start, start + _CHUNK)
            states = recording.states[rows, chosen] * scale
            yield states.reshape(-1, states.shape[2]), truth[rows].reshape(-1, self.lasting.size)

    def rows(self, recording: Recording) -> int:
        return len(recording.states) * len(steps_within(self.after, self.until))


class _Moments(NamedTuple):
    """Means and covariances of states and coordinates: μ (S,), c̄ (k,), E[hhᵀ] (S, S), E[hcᵀ] (S, k), E[ccᵀ] (k, k), all centred."""

    center: Array
    offset: Array
    states: Array
    mixed: Array
    truth: Array


def _moments(window: _Window, recording: Recording) -> _Moments:
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
    return _Moments(center, offset, covariance, mixed, between)


def _read_from(
    space: StateSpace,
    lasting: Lasting,
    fit: Recording,
    fresh: Recording,
    after: int,
    until: int,
    gain: Linearization | Absent | None = None,
) -> VariableReading | Absent:
    window = _Window.of(lasting, fit, after, until)
    if isinstance(window, Absent):
        return window
    step = step_along(space, fit, after, known=gain)
    if isinstance(step, Absent):
        return step
    effects = effects_of(step, lasting.task.num_variables, lasting.rate)
    if isinstance(effects, Absent):
        return effects
    found = _moments(window, fit)
    spread = np.sqrt(np.diag(found.states))
    # What a mean of equal numbers differs from them by is rounding.
    varies = (spread > np.sqrt(_CUT) * spread.max(initial=0.0)) & (spread > _CUT * np.abs(found.center))
    if not varies.any():
        return Absent(f"the states at t > {after} do not vary: they hold nothing")
    # In units of spread 1, S = V diag(σ²) Vᵀ; with the whitened states ξ, h − μ = spread · V σ ξ and B = E[c ξᵀ].
    wide = np.where(varies, spread, np.inf)
    sizes, vectors = np.linalg.eigh(found.states / wide[:, None] / wide)
    kept = sizes > _CUT * sizes[-1]
    root, vectors = np.sqrt(sizes[kept]), vectors[:, kept]
    whiten = (vectors / root).T / wide
    seen = found.mixed.T @ whiten.T
    shown = effects @ (np.where(varies, spread, 0)[:, None] * vectors * root)
    gram = shown.T @ shown
    noise = _NOISE**2 * float(np.trace(gram)) / len(effects)
    # X O = B Kᵀ (K Kᵀ + λ)⁻¹ O with K = O · spread · V σ, and Kᵀ (K Kᵀ + λ)⁻¹ K = (KᵀK + λ)⁻¹ KᵀK.
    reader = (seen @ np.linalg.solve(gram + noise * np.eye(len(gram)), gram) if noise > 0 else 0 * seen) @ whiten
    encoder = found.mixed @ np.linalg.pinv(found.truth, hermitian=True)
    readers = np.stack([reader, seen @ whiten])
    errors, white = _errors(window, fresh, readers, found)
    values, combinations = _r2(errors[0], white)
    ratio = window.unit / window.size
    made = (reader * ratio, encoder / ratio, found.center * window.size, found.offset * window.unit)
    judged = (*_interval(errors[0] @ white, len(fresh.states)), float(_r2(errors[1], white)[0][0]), after)
    return VariableReading(lasting, values, combinations, *judged, *made, len(fresh.states))


def _errors(window: _Window, fresh: Recording, readers: Array, fit: _Moments) -> tuple[Array, Array]:
    """The errors of readers on fresh sequences, shape (readers, rows, k), and a W with Wᵀ S_c W = I."""
    errors: list[Array] = []
    spread = np.zeros((window.lasting.size,) * 2)
    for states, truth in window.parts(fresh):
        c = truth - fit.offset
        errors.append((states - fit.center) @ np.swapaxes(readers, 1, 2) - c)
        spread += c.T @ c / window.rows(fresh)
    return np.concatenate(errors, axis=1), _whitener(spread)


def _r2(errors: Array, whiten: Array) -> tuple[Array, Array]:
    """R² of each combination, the worst first, and the combinations."""
    sizes, vectors = np.linalg.eigh(whiten.T @ (errors.T @ errors / len(errors)) @ whiten)
    # In whitened coordinates W'c, W' the pseudo-inverse of Wᵀ, a combination is a unit vector; the orthogonal factor Q of W = Q P takes it to
    # coordinates of spread 1: Q = I where W is symmetric.
    left, _, right = np.linalg.svd(whiten, full_matrices=False)
    combinations: Array = np.asarray(left @ right @ vectors, dtype=np.float64)
    return np.asarray(1 - sizes[::-1], dtype=np.float64), combinations[:, ::-1]


def _whitener(spread: Array) -> Array:
    """W with Wᵀ S W = I on the range of S; symmetric where S has full rank."""
    sizes, vectors = np.linalg.eigh(spread)
    kept = sizes > _RANGE * sizes[-1]
    whiten = vectors[:, kept] / np.sqrt(sizes[kept])
    return whiten @ vectors.T if kept.all() else whiten


def _interval(errors: Array, count: int) -> tuple[float, float]:
    """The interval of R²_min, from whitened errors: sequences drawn anew, the worst 64 directions judged again in each draw."""
    worst = errors @ np.linalg.eigh(errors.T @ errors)[1][:, ::-1][:, :_DRAWN]
    by_sequence = worst.reshape(count, -1, worst.shape[1])
    outer = np.swapaxes(by_sequence, 1, 2) @ by_sequence / by_sequence.shape[1]
    drawn = draw_counts(count, DRAWS, seed=0) / count @ outer.reshape(count, -1)
    return ends(1 - np.linalg.eigvalsh(drawn.reshape(DRAWS, *outer.shape[1:]))[:, -1])

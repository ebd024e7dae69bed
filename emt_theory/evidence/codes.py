r"""The code in which states hold the variables, and variables that share a direction.

Linear theory gives each persistent variable a direction of its own. Regress the states on the variables,

    h(t) ≈ μ + Ψ m(t),      Ψ (N × m),

and look at Ψ: *explained* is the share of the states' variance that this linear code has. Where Ψ has full column rank, a linear decoder can read
every variable. A network of low rank may still hold them all: variables are ±1, so the direction that two of them share at gains a > b has four
levels,

    a + b > a − b > −a + b > −a − b,

from which both can be told; where their columns are parallel, a linear decoder reads only the larger, and where they are nearly so, noise drowns the
other. That is *superposition*: more variables than dimensions, told apart because their alphabet is finite. What reads it is the nearest codeword,

    m̂(h) = argmin over m ∈ {±1}^m of (h − μ − Ψm)ᵀ Σ⁻¹ (h − μ − Ψm),      Σ the covariance of the residuals,

found here by local search (single flips, and double flips of variables whose directions correlate) from the linear decoder's answer; that it is the
nearest is not proved. In a network that adds two bits at gains 1 and ½, linear decoding guesses the second one half of the time:

>>> rng = np.random.default_rng(0)
>>> bits = rng.choice([-1.0, 1.0], size=(500, 2))
>>> states = bits @ np.array([[1.0, 0.0], [0.5, 0.0]]) + 0.01 * rng.normal(size=(500, 2))
>>> code = fit_code(states, bits, slots=((1, 0), (1, 1)), odd=True)
>>> print(code.shared[0])
component 1 of block 1 shares the direction of component 0 of block 1 (cosine 1.000, gain 0.50)
>>> [round(float((signs == bits)[:, 1].mean()), 2) for signs in (np.sign(code.read(states)), code.nearest(states))]
[0.52, 1.0]

Source: new. Superposition as a notion: Elhage et al., arXiv 2209.10652.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from emt_theory.errors import InvalidOption
from emt_theory.evidence.memories import Persistent, label_states
from emt_theory.evidence.memories.regression import Labelled, least_squares
from emt_theory.evidence.recording import Recording, require
from emt_theory.evidence.triangular import reduce_rows
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import numeric_array
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.tasks.digits import write_fraction
from emt_theory.tasks.linear import linear_task

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHARED = 0.9
"""Two variables share a direction when the cosine between their columns of Ψ exceeds this in size."""

_CORRELATED = 0.3
_SWEEPS = 8
_EVERY = 5
_RIDGE = 1e-9
_ROUNDING = 1e-14
_LARGEST = 1e290


@dataclass(frozen=True, order=True)
class SharedDirection(Record):
    """A variable whose direction is that of another.

    Attributes:
        slot: (block, component) of the one with the smaller gain.
        partner: (block, component) of the other.
        cosine: between their columns of Ψ.
        gain: the ratio of their lengths, at most 1.
    """

    slot: tuple[int, int]
    partner: tuple[int, int]
    cosine: float
    gain: float

    def __str__(self) -> str:
        one, other = (f"component {c} of block {b}" for b, c in (self.slot, self.partner))
        return f"{one} shares the direction of {other} (cosine {self.cosine:.3f}, gain {self.gain:.2f})"


@dataclass(frozen=True, eq=False, repr=False)
class Code(Record):
    """A linear code of ±1 variables in states.

    Attributes:
        slots: (block, component) of each of the m variables.
        center: μ, shape (N,).
        offset: m̄, the mean of the variables, shape (m,).
        encoder: Ψ, shape (N, m).
        decoder: the best linear decoder, shape (m, N).
        whitener: Σ^{−1/2} up to a rotation, shape (N, N).
        explained: the share of the states' variance about μ that μ + Ψ (m − m̄) has.
        singular_values: of Ψ, descending.
        shared: variables that share a direction, those with the largest cosine first.
    """

    slots: tuple[tuple[int, int], ...]
    center: Array
    offset: Array
    encoder: Array
    decoder: Array
    whitener: Array
    explained: float
    singular_values: Array
    shared: tuple[SharedDirection, ...]

    def read(self, states: Array) -> Array:
        """The linear decoder's values of states of shape (k, N): shape (k, m)."""
        return (states - self.center) @ self.decoder.T + self.offset

    def nearest(self, states: Array) -> Array:
        """The nearest codewords of states of shape (k, N), by local search: ±1, shape (k, m)."""
        words = np.where(self.read(states) < 0, -1.0, 1.0)
        columns = self.whitener @ self.encoder
        gram = columns.T @ columns
        scale = np.sqrt(np.diag(gram))
        couples = np.argwhere(np.triu(np.abs(gram) > _CORRELATED * np.outer(scale, scale), 1))
        moves = [np.array([i]) for i in range(len(gram))] + list(couples)
        # What is left of a state moves along columns alone, so their products with it are all that is needed.
        left = (states - self.center) @ (self.whitener.T @ columns) - (words - self.offset) @ gram
        for _ in range(_SWEEPS):
            moved = False
            for move in moves:
                # Words w and w − s with s = 2w on the bits of the move: ‖z − Cw + Cs‖² − ‖z − Cw‖² = s·(2 Cᵀ(z − Cw) +
                # G s), with G = CᵀC.
                step = 2 * words[:, move]
                better = np.einsum("ij,ij->i", step, 2 * left[:, move] + step @ gram[np.ix_(move, move)]) < 0
                if better.any():
                    moved = True
                    left[better] += step[better] @ gram[move]
                    words[np.ix_(better, move)] *= -1
            if not moved:
                break
        return words

    def __repr__(self) -> str:
        return (
            f"Code({len(self.slots)} variables in {len(self.center)} units, {len(self.shared)} pairs share a direction)"
        )


@dataclass(frozen=True, eq=False)
class CodeReading(Record):
    """A code, and how well it is read on fresh states.

    Attributes:
        code: the code.
        linear: the fraction of signs that the best linear decoder reads, for each variable.
        nearest: the fraction that the nearest codeword has, for each variable.
        levels: for the first pair that shares a direction, where fresh states lie along it once all other variables are subtracted, and the signs of
            the pair (the partner's first); shapes (k,) and (k, 2). None without such a pair.
    """

    code: Code
    linear: tuple[float, ...]
    nearest: tuple[float, ...]
    levels: tuple[Array, Array] | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "explained": self.code.explained,
            "singular_values": self.code.singular_values.tolist(),
            "shared": [pair.to_dict() for pair in self.code.shared],
            "linear": float(np.mean(self.linear)),
            "nearest": float(np.mean(self.nearest)),
            "linear_by_slot": list(self.linear),
            "nearest_by_slot": list(self.nearest),
            "reason": None,
        }

    def __str__(self) -> str:
        linear, nearest = (write_fraction(float(np.mean(values))) for values in (self.linear, self.nearest))
        return (
            f"{len(self.code.slots)} variables, {write_fraction(self.code.explained)} of the states' variance; {len(self.code.shared)} pairs "
            f"share a direction; a linear decoder reads {linear} of the signs, the nearest codeword {nearest}"
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """The states along the direction that two variables share: one histogram for each of the four values of the pair."""
        from emt_theory.evidence.drawing import draw_levels

        return draw_levels(self, ax)


def read_code(persistent: Persistent, fit: Recording, fresh: Recording) -> CodeReading | Absent:
    """The code of a network's states, fitted on one recording and read on another at every fifth time.

    Args:
        persistent: which variables have to be remembered.
        fit: the recording to fit on.
        fresh: the one to read; of another seed.

    Raises:
        InvalidOption: if the two are of different tasks or networks, or the persistent variables are those of another task.

    >>> from emt_theory import derive
    >>> from emt_theory.evidence.memories import persistent_dynamics
    >>> from emt_theory.evidence.recording import record
    >>> from emt_theory.tasks import repeat_copy
    >>> circuit = derive(repeat_copy(num_variables=2, dim=1))
    >>> net = circuit.compile(scheme="tanh")
    >>> fit, fresh = (record(net, circuit.task, sequences=20, horizon=30, seed=seed) for seed in (1, 0))
    >>> print(read_code(persistent_dynamics(circuit), fit, fresh))
    2 variables, 0.99... of the states' variance; 0 pairs share a direction; a linear decoder reads 1.0000 of the signs, the nearest codeword 1.0000
    """
    require(Persistent, persistent=persistent)
    require(Recording, fit=fit, fresh=fresh)
    _require_same(persistent, fit, fresh)
    labelled = label_states(persistent, fit)
    return code_of(persistent, labelled, fit, fresh)


def code_of(
    persistent: Persistent, labelled: Labelled | Absent, fit: Recording, fresh: Recording
) -> CodeReading | Absent:
    """As `read_code`, with the fitted states beside the variables that they hold."""
    if (why := _unfit(persistent, fit, fresh)) is not None:
        return why
    if isinstance(labelled, Absent):
        return labelled
    if not labelled.states.any():  # a code is fitted at other times than it is read
        return Absent("all states are 0")
    code = _fit(labelled, persistent.slots)
    states, words = _samples(persistent, fresh, _EVERY)
    linear = (np.sign(code.read(states)) == words).mean(axis=0)
    nearest = (code.nearest(states) == words).mean(axis=0)
    return CodeReading(code, tuple(map(float, linear)), tuple(map(float, nearest)), _levels(code, states, words))


def _levels(code: Code, states: Array, words: Array) -> tuple[Array, Array] | None:
    if not code.shared:
        return None
    pair = [code.slots.index(code.shared[0].partner), code.slots.index(code.shared[0].slot)]
    others = np.delete(np.arange(len(code.slots)), pair)
    left = states - code.center - (words - code.offset)[:, others] @ code.encoder[:, others].T
    axis, size = code.encoder[:, pair[0]], float(np.abs(code.encoder[:, pair[0]]).max())
    axis = axis / size  # of size 1, since the square of a small one underflows
    return left @ axis / float(axis @ axis) / size, words[:, pair]


def fit_code(states: Array, words: Array, slots: tuple[tuple[int, int], ...], odd: bool) -> Code:
    """The linear code of ±1 words in states.

    Args:
        states: shape (k, N), with k above N + m.
        words: ±1, shape (k, m).
        slots: (block, component) of each variable.
        odd: whether μ and m̄ are 0; else they are means.

    Raises:
        InvalidOption: if shapes do not fit, a number is NaN or infinite, or the states do not vary.
    """
    require(Sequence, slots=slots)
    states, words = (numeric_array(name, x, InvalidOption) for name, x in (("states", states), ("words", words)))
    _require_samples(states, words, slots)
    if (why := _still(states, odd)) is not None:
        raise InvalidOption(f"there is no code: {why}")
    center, offset = (np.zeros(x.shape[1]) if odd else x.mean(axis=0) for x in (states, words))
    factor, size = reduce_rows([(states - center, words - offset)]), states.shape[1]
    return _fit(Labelled(factor[:, :size], factor[:, size:], center, offset, len(states)), slots)


def _fit(labelled: Labelled, slots: tuple[tuple[int, int], ...]) -> Code:
    """The code of states beside the variables that they hold."""
    size = float(np.abs(labelled.states).max())
    centred = labelled.states / size  # of size 1, since squares of small states underflow
    encoder = least_squares(labelled.truth, centred)
    residual = centred - labelled.truth @ encoder.T
    total = float((centred**2).sum())
    covariance = residual.T @ residual / labelled.rows
    floor = _RIDGE * total / (labelled.rows * len(labelled.center))
    sizes, directions = np.linalg.eigh(covariance + floor * np.eye(len(covariance)))
    return Code(
        slots,
        labelled.center,
        labelled.offset,
        encoder * size,
        labelled.decoder,
        (directions / np.sqrt(sizes)).T / size,
        1 - float((residual**2).sum()) / total,
        np.asarray(np.linalg.svd(encoder, compute_uv=False), dtype=np.float64) * size,
        _shared(encoder, slots),
    )


def _shared(encoder: Array, slots: tuple[tuple[int, int], ...]) -> tuple[SharedDirection, ...]:
    lengths = np.linalg.norm(encoder, axis=0)
    usable = lengths > 1e-12 * lengths.max(initial=0.0)
    columns = np.divide(encoder, lengths, out=np.zeros_like(encoder), where=usable)
    cosines = np.triu(columns.T @ columns, 1)
    found: list[SharedDirection] = []
    for i, j in np.argwhere(np.abs(cosines) > _SHARED):
        small, large = (i, j) if lengths[i] < lengths[j] else (j, i)
        gain = float(lengths[small] / lengths[large])
        found.append(SharedDirection(slots[small], slots[large], float(cosines[i, j]), gain))
    return tuple(sorted(found, key=lambda pair: -abs(pair.cosine)))


def _unfit(persistent: Persistent, fit: Recording, fresh: Recording) -> Absent | None:
    if not persistent.components:
        return Absent("the task has no persistent components: nothing stays in memory")
    if fit.blow_up is not None or fresh.blow_up is not None:
        return Absent("states are not finite")
    if any(abs(value) != 1 for value in persistent.task.inputs) or not persistent.task.is_selection:
        return Absent("the stored values are not ±1")
    times = persistent.times(min(fit.horizon, fresh.horizon))
    count, needed = len(times) * len(fit.states), fit.states.shape[2] + len(persistent.components)
    if count <= needed:
        return Absent(f"{count} states are too few for N + m = {needed}: take more sequences or steps")
    why = _still(_samples(persistent, fit, _EVERY)[0], fit.odd)
    return None if why is None else Absent(why)


def _still(states: Array, odd: bool) -> str | None:
    """Why states have no variance about μ that float64 can tell; None if they have."""
    if not states.any():
        return "all states are 0"
    largest = np.abs(states).max(axis=0)
    if largest.max() > _LARGEST:
        return f"states are as large as {largest.max():.1g}, where float64 ends"
    varies = np.abs(states - (0 if odd else states.mean(axis=0))).max(axis=0)
    varies = float(varies[varies > _ROUNDING * largest].max(initial=0.0))
    if varies == 0:
        return "all states are the same"
    return f"states vary by {varies:.1g} only, where float64 ends" if varies < 1 / _LARGEST else None


def _require_samples(states: Array, words: Array, slots: tuple[tuple[int, int], ...]) -> None:
    if states.ndim != 2 or words.shape != (len(states), len(slots)):
        raise InvalidOption(
            f"states and words must have shapes (k, N) and (k, m), here m = {len(slots)} slots; got {states.shape} and {words.shape}"
        )
    needed = states.shape[1] + words.shape[1]
    if len(states) <= needed:
        raise InvalidOption(f"a code needs more than N + m = {needed} states; got {len(states)}")
    if not (np.isfinite(states).all() and (np.abs(words) == 1).all()):
        raise InvalidOption("states must be finite, and words ±1")


def _require_same(persistent: Persistent, fit: Recording, fresh: Recording) -> None:
    if fit.task != fresh.task:
        raise InvalidOption(
            f"one recording is of {fit.task.name}, the other of {fresh.task.name}; both must be of one task"
        )
    if fit.states.shape[2] != fresh.states.shape[2] or fit.odd != fresh.odd:
        raise InvalidOption(
            f"the recordings are of different networks, with {fit.states.shape[2]} and {fresh.states.shape[2]} state variables; record one"
        )
    task, linear = persistent.task, linear_task(fit.task)
    wrong = task.slots != linear.slots
    if not wrong and linear.is_selection and fit.outputs.shape[1] > linear.settled:
        # In the settled window the variables move by Φ_p; those of another task do not.
        before, after = (persistent.truth_at(t, fit) for t in (linear.settled, linear.settled + 1))
        wrong = not np.array_equal(before @ persistent.phi.T, after)
    if wrong:
        raise InvalidOption(f"the persistent variables are not those of {fit.task.name}, of which the recordings are")


def _samples(persistent: Persistent, recording: Recording, every: int) -> tuple[Array, Array]:
    states, words = persistent.states(recording)[::every], persistent.truth(recording)[::every]
    return states.reshape(-1, states.shape[2]), words.reshape(-1, words.shape[2])

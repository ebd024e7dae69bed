r"""A network that shows a function of its last inputs which is linear piece by piece: sizes, differences, the larger of two.

With v for the inputs of the last steps, one after the other,

    y(t) = Σ_i a_i v_i + Σ_i b_i |v_i| + Σ_{i<j} c_ij |v_i − v_j| + Σ_{i<j} d_ij |v_i + v_j| + κ

is a regression, on random integers of many sizes: among inputs of one size every |v| is a constant. Its coefficients are halves of integers,
for max(a, b) is (a + b + |a − b|)/2. Inputs before the first are 0. How far a weight and the constant may be off a half was set by looking at three
trained networks, those of Abs_Current, Abs_Diff and Diff_Abs_Values in docs/results.

>>> from emt_theory.networks import ElmanRNN, state_space
>>> size = ElmanRNN([[0, 0], [0, 0]], [[1], [-1]], [[1, 1]], activation="relu")
>>> find_pieces(state_space(size), (), seed=0).equations()
['y(t) = abs(x(t))']
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations

import numpy as np

from emt_theory.analysis.streams.affine import write_sum
from emt_theory.analysis.thresholds import STREAMS
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.networks import StateSpace
from emt_theory.tasks import RuleTask
from emt_theory.tasks.words import generator

STEPS, MOST_VALUES = 3, 4
"""How many steps are looked at, and how many numbers in all."""
_RANGE, _LARGEST, _SIZES = range(-8, 9), 1000, 4
_WORDS, _CONSTANT_OFF = 1024, 0.25
_TERMS = ("{0}", "abs({0})", "abs({0} - {1})", "abs({0} + {1})")


def find_pieces(space: StateSpace, values: Sequence[Fraction], seed: int) -> RuleTask | Absent:
    """The function of its last inputs that a network shows; or why there is none.

    Args:
        space: the network.
        values: what an input component may be; −8 … 8 where these are no small integers of several sizes and both signs.
        seed: of the words.
    """
    steps = min(STEPS, MOST_VALUES // space.d_in)
    if not steps:
        return Absent(f"{space.d_in} inputs a step are too many for a rule that is linear piece by piece")
    numbers = [int(v) for v in values if v.denominator == 1 and abs(v) <= _LARGEST]
    several = len(numbers) == len(values) and len({abs(v) for v in numbers}) >= _SIZES
    if not (several and min(numbers) < 0 < max(numbers)):  # among inputs of one sign |v| is ±v
        numbers = list(_RANGE)
    words = generator(seed).integers(len(numbers), size=(_WORDS, 2 * steps, space.d_in))
    x = np.array(numbers, dtype=np.float64)[words]
    y = space.run(x).outputs[:, -1]
    if not np.isfinite(y).all():
        return Absent("outputs are not finite while inputs last")
    # v_{k d_in + j} = x(t−k)[j]
    terms = list(_terms(steps * space.d_in))
    columns = _values(terms, x[:, -1 : -steps - 1 : -1].reshape(_WORDS, -1))
    found, *_ = np.linalg.lstsq(columns, y, rcond=None)
    left = np.std(y - columns @ found, axis=0) / np.maximum(np.std(y, axis=0), np.finfo(float).tiny)
    if left.max() > STREAMS.nonlinear:
        return Absent(f"sums of past inputs and of their sizes leave {left.max():.2g} of what its outputs vary")
    if np.abs(found).max() > _LARGEST:
        return Absent("its weights are too large for a rule on integers")
    doubled = np.rint(2 * found).astype(int)
    off = np.abs(2 * found - doubled)
    # A weight's error grows with the inputs; the constant's does not.
    if off[:-1].max() > STREAMS.parameter_error or off[-1].max() > _CONSTANT_OFF:
        return Absent("its weights are no halves of integers")
    if not doubled[:-1][[kind > 0 for kind, *_ in terms[:-1]]].any():
        return Absent("no size of an input or of a difference is shown")
    return _as_rule(doubled, terms, numbers, space.d_in)


def _terms(count: int) -> Iterator[tuple[int, int, int]]:
    """(which of `_TERMS`, i, j) of all terms, and of the constant last."""
    yield from ((kind, i, i) for kind in (0, 1) for i in range(count))
    yield from ((kind, i, j) for kind in (2, 3) for i, j in combinations(range(count), 2))
    yield -1, 0, 0


def _values(terms: list[tuple[int, int, int]], v: Array) -> Array:
    columns = {
        -1: lambda i, j: np.ones(len(v)),
        0: lambda i, j: v[:, i],
        1: lambda i, j: np.abs(v[:, i]),
        2: lambda i, j: np.abs(v[:, i] - v[:, j]),
        3: lambda i, j: np.abs(v[:, i] + v[:, j]),
    }
    return np.stack([columns[kind](i, j) for kind, i, j in terms], axis=1)


def _as_rule(doubled: Array, terms: list[tuple[int, int, int]], values: list[int], channels: int) -> RuleTask:
    """The state holds this input and those before it, as far back as a coefficient reaches."""
    used = [max(i, j) // channels for (kind, i, j), row in zip(terms, doubled, strict=True) if kind >= 0 and row.any()]
    lags = max(used)
    # x(t−k)[j] is x[j] for k = 0, and s[k·channels + j] behind the step: a state that holds x(t) in front
    names = [f"s[{p}]" if lags else f"x[{p}]" for p in range((lags + 1) * channels)]
    moves = [f"x[{p}]" if p < channels else f"s[{p - channels}]" for p in range(len(names))] if lags else []
    show = [_half(doubled[:, output].tolist(), terms, names) for output in range(doubled.shape[1])]
    return RuleTask("decompiled", (0,) * len(moves), tuple(moves), tuple(show), tuple(values), channels)


def _half(doubled: list[int], terms: list[tuple[int, int, int]], names: list[str]) -> str:
    """Half of a sum of terms, of which the constant is the last, written without the half where all are even."""
    part = 2 if all(value % 2 == 0 for value in doubled) else 1
    *weights, constant = (value // part for value in doubled)
    shown = [
        (weight, _TERMS[kind].format(names[i], names[j]))
        for weight, (kind, i, j) in zip(weights, terms, strict=False)  # the constant has no name
        if weight
    ]
    text = write_sum(shown, constant)
    return text if part == 2 else f"({text})//2"

r"""A network as a linear filter: its Markov parameters from random words, made exact.

With an input at every step, y(T) = Σ_k G_k x(T−k) + const is a regression on T inputs, which are free; its coefficients are the first T
Markov parameters. They are read as those of the shortest recurrence with small fractions,

    y(t) = Σ_{k≤q} c_k x(t−k) + Σ_{k≤p} a_k y(t−k):      G_k = Σ_i a_i G_{k−i} for k > q,      c_k = G_k − Σ_i a_i G_{k−i} for k ≤ q,

p + q ascending: a from least squares over the k > q, then c; both are rounded, and the exact recurrence must give all T parameters again.
So parameters themselves need not be small fractions: those of a leaky integrator, 1, ½, ¼, …, are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from emt_theory.analysis.decompiling.recovering import recover_fraction
from emt_theory.analysis.thresholds import STREAMS
from emt_theory.exact.realization import Realization
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import StateSpace
from emt_theory.tasks import SIGNS, LinearFilter, linear_filter
from emt_theory.tasks.streams.filters import filter_of
from emt_theory.tasks.words import generator

MOST_COEFFICIENTS, LONGEST, SHORTEST = 256, 32, 8
"""How many a regression may have, and between how many steps it looks back."""
MOST_PAST, MOST_TOTAL = 4, 16
"""The largest p, and p + q."""
_LEAST_WORDS = 256


@dataclass(frozen=True, eq=False)
class Markov(Record):
    """Markov parameters, measured.

    Attributes:
        parameters: G_0, …, G_{T−1}, shape (T, d_out, d_in).
        constant: what outputs are when all inputs are 0, shape (d_out,).
        residual: the share of the outputs' variation that the regression leaves, the largest over outputs.
        spread: how far a parameter may be off: three standard errors, and what a trained network may be off at least.
    """

    JSON = ("steps", "residual", "spread")

    parameters: Array
    constant: Array
    residual: float
    spread: float

    @property
    def steps(self) -> int:
        """T."""
        return len(self.parameters)


class FoundFilter(NamedTuple):
    """A filter that was read.

    Attributes:
        task: the filter.
        markov: what it was read off.
    """

    task: LinearFilter
    markov: Markov


def measure_markov(space: StateSpace, values: Sequence[Fraction], seed: int) -> Markov | Absent:
    """The regression of y(T) on the T inputs before it.

    Args:
        space: the network.
        values: what an input component may be.
        seed: of the words.
    """
    steps = min(LONGEST, MOST_COEFFICIENTS // space.d_in)
    if steps < SHORTEST:
        return Absent(f"{space.d_in} inputs a step are too many to be weighed one by one")
    columns = steps * space.d_in + 1
    words = max(_LEAST_WORDS, 4 * columns)
    x = np.array([float(v) for v in values])[generator(seed).integers(len(values), size=(words, steps, space.d_in))]
    y = space.run(x).outputs[:, -1]
    if not np.isfinite(y).all():
        return Absent("outputs are not finite while inputs last")
    # x(T−k)[j] stands in column k·d_in + j
    inputs = np.concatenate([x[:, ::-1].reshape(words, -1), np.ones((words, 1))], axis=1)
    found, *_ = np.linalg.lstsq(inputs, y, rcond=None)
    left = y - inputs @ found
    size = np.std(y, axis=0)
    if (size <= STREAMS.idle * max(1.0, float(np.abs(y).max()))).any():
        return Absent("some output is the same after all words")
    noise = np.sqrt((left**2).sum(axis=0) / (words - columns))
    spread = 3 * float(noise.max()) / np.sqrt(words)
    G: Array = found[:-1].reshape(steps, space.d_in, space.d_out).transpose(0, 2, 1).astype(np.float64)
    return Markov(G, found[-1], float((noise / size).max()), max(spread, STREAMS.coefficient_error))


def find_filter(space: StateSpace, values: Sequence[Fraction], max_denominator: int, seed: int) -> FoundFilter | Absent:
    """The linear filter with small fractions that a network is on random words; or why there is none.

    Args:
        space: the network.
        values: what an input component may be.
        max_denominator: of a coefficient.
        seed: of the words.
    """
    markov = measure_markov(space, values, seed)
    if isinstance(markov, Absent):
        return markov
    rows = find_rows(markov, max_denominator)
    if isinstance(rows, Absent):
        return rows
    if np.abs(markov.constant).max() > markov.spread + STREAMS.nonlinear * np.abs(markov.parameters).max():
        return Absent(f"its outputs are {markov.constant.tolist()} where inputs are 0: no filter has a constant")
    return FoundFilter(_stacked(rows, values), markov)


def find_rows(markov: Markov, max_denominator: int) -> list[LinearFilter] | Absent:
    """The filter of each output that Markov parameters are of; or why there is none.

    Args:
        markov: what was measured.
        max_denominator: of a coefficient.
    """
    if markov.residual > STREAMS.nonlinear:
        return Absent(f"sums of past inputs leave {markov.residual:.2g} of what its outputs vary")
    rows: list[LinearFilter] = []
    for i in range(markov.parameters.shape[1]):
        found = _read_row(markov.parameters[:, i], markov.spread, max_denominator)
        if found is None:
            first = ", ".join(f"{g:.3g}" for g in markov.parameters[:6, i].reshape(-1))
            return Absent(f"no short recurrence with small fractions has the weights {first}, … of output {i}")
        rows.append(found)
    return rows


def _read_row(G: Array, spread: float, most: int) -> LinearFilter | None:
    """The shortest recurrence of one output, G of shape (T, d_in); as a filter of one output."""
    orders = sorted(
        ((p, q) for p in range(MOST_PAST + 1) for q in range(min(MOST_TOTAL, len(G) // 2) + 1 - p)),
        key=lambda o: (sum(o), o),
    )
    for p, q in orders:
        past = _past(G, p, q, spread, most)
        if past is None or (p and not past[-1]):
            continue
        weights = _weights(G, past, q, spread, most)
        if weights is not None and any(any(row) for row in weights) and _agrees(G, weights, past, spread):
            return _as_filter(weights, past)
    return None


def _past(G: Array, p: int, q: int, spread: float, most: int) -> list[Fraction] | None:
    """a_1, …, a_p from G_k = Σ_i a_i G_{k−i} for all k > q, rounded."""
    if not p:
        return []
    later = range(max(q + 1, p), len(G))
    before = np.concatenate([np.stack([G[k - i] for i in range(1, p + 1)], axis=-1) for k in later])
    after = np.concatenate([G[k] for k in later])
    scale = np.maximum(1.0, np.abs(after))  # parameters that grow count by their size
    solved: Any = np.linalg.lstsq(before / scale[:, None], after / scale, rcond=1e-6)
    found, rank = solved[0], solved[2]
    return _rounded(found, spread, most) if rank == p else None


def _weights(G: Array, past: list[Fraction], q: int, spread: float, most: int) -> list[list[Fraction]] | None:
    """c_0, …, c_q, rounded."""
    a = [float(v) for v in past]
    rows = [
        G[k] - sum((a[i - 1] * G[k - i] for i in range(1, min(k, len(a)) + 1)), np.zeros(G.shape[1]))
        for k in range(q + 1)
    ]
    found = [_rounded(row, spread * (1 + sum(map(abs, a))), most) for row in rows]
    return None if any(row is None for row in found) else [row for row in found if row is not None]


def _rounded(values: Array, spread: float, most: int) -> list[Fraction] | None:
    found = [recover_fraction(float(v), spread, most) for v in values]
    return None if any(v is None for v in found) else [v for v in found if v is not None]


def _agrees(G: Array, weights: list[list[Fraction]], past: list[Fraction], spread: float) -> bool:
    """Whether the exact recurrence has all of the parameters."""
    a, exact = [float(v) for v in past], np.zeros_like(G)
    for k in range(len(G)):
        exact[k] = [float(v) for v in weights[k]] if k < len(weights) else 0.0
        exact[k] += sum((a[i - 1] * exact[k - i] for i in range(1, min(k, len(a)) + 1)), np.zeros(G.shape[1]))
    return bool((np.abs(exact - G) <= STREAMS.parameter_error * np.maximum(1.0, np.abs(exact)) + spread).all())


def _as_filter(weights: list[list[Fraction]], past: list[Fraction]) -> LinearFilter:
    """One output of several inputs: the outputs of filters of one input each, added up.

    All have the same past, so their realizations side by side are one, which is then reduced.
    """
    parts = [linear_filter([row[j] for row in weights], past).system for j in range(len(weights[0]))]
    return filter_of("decompiled", _beside(parts, add=True), SIGNS)


def _stacked(rows: list[LinearFilter], values: Sequence[Fraction]) -> LinearFilter:
    return filter_of("decompiled", _beside([row.system for row in rows], add=False), values)


def _beside(parts: list[Realization], add: bool) -> Realization:
    """Realizations side by side: of different inputs whose outputs are added, or of the same inputs with outputs below each other."""
    starts = np.concatenate([[0], np.cumsum([part.order for part in parts])]).tolist()
    n = starts[-1]
    step = [(s + i, s + j, v) for s, part in zip(starts, parts, strict=False) for i, j, v in part.A]
    load = [
        (s + i, (k if add else 0) + j, v)
        for k, (s, part) in enumerate(zip(starts, parts, strict=False))
        for i, j, v in part.B
    ]
    read = [
        ((0 if add else k) + i, s + j, v)
        for k, (s, part) in enumerate(zip(starts, parts, strict=False))
        for i, j, v in part.C
    ]
    inputs, outputs = (len(parts), 1) if add else (parts[0].B.shape[1], len(parts))
    return Realization(
        RationalMatrix.from_entries((n, n), step),
        RationalMatrix.from_entries((n, inputs), load),
        RationalMatrix.from_entries((outputs, n), read),
    )

"""Sign accuracy: the fraction of right signs over scored steps and components, with an interval over sequences.

An output of exactly 0 is wrong, and so is NaN; a component whose exact target is 0 is not scored. Wrong signs cluster in few sequences, so a
single sign is no independent trial: the interval is a bootstrap over sequences, and where every sequence is right, Clopper–Pearson's on the
number of sequences. A sequence with a wrong sign may never raise the lower end, so that end is at most what it would be if every
sequence were right; by symmetry the upper end is at least what it would be if every one were wrong. Only sequences with something to score count.

>>> measured = accuracy([[[0.9, -2.0], [0.0, 1.0]]], [[[1, -1], [1, 0]]])
>>> measured.accuracy, measured.sequences_right
(0.6666666666666666, 0)

Source: conventions of this project; Clopper & Pearson, Biometrika 26 (1934).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidOption
from emt_theory.ground.absent import Absent
from emt_theory.ground.json import Record
from emt_theory.ground.text import shown, shows
from emt_theory.tasks.digits import write_fraction, write_fractions
from emt_theory.tasks.words import generator

CONFIDENCE = 0.95
_RESAMPLES = 2000


@dataclass(frozen=True)
class Accuracy(Record):
    """Sign accuracy of a network on a task.

    Attributes:
        accuracy: fraction of right signs.
        accuracy_low: lower end of the 95 % interval over sequences.
        accuracy_high: its upper end.
        sequences: number of sequences in which something is scored.
        sequences_right: how many of them are right in every scored sign.
        horizon: number of scored steps.
        zeros: fraction of scored outputs that are exactly 0 (counted as wrong).
        all_inputs: whether these are all inputs that there are; the interval is then the accuracy itself.
    """

    accuracy: float
    accuracy_low: float
    accuracy_high: float
    sequences: int
    sequences_right: int
    horizon: int
    zeros: float
    all_inputs: bool = False

    def __str__(self) -> str:
        if self.all_inputs:
            return f"{write_fraction(self.accuracy)} on all {self.sequences} inputs, {self.sequences_right} of them all right"
        shown, low, high = write_fractions(self.accuracy, self.accuracy_low, self.accuracy_high)
        return f"{shown} [{low}, {high}], {self.sequences_right} of {self.sequences} sequences all right"


def accuracy(outputs: Any, targets: Any, seed: int = 0) -> Accuracy:
    """The sign accuracy of scored outputs against exact targets.

    Args:
        outputs: y(t) at the scored steps, shape (batch, horizon, d).
        targets: u(t) at the same steps, the same shape; exact integers or fractions.
        seed: of the bootstrap.

    Raises:
        InvalidOption: if shapes differ, or no component is scored because every target is 0.
    """
    y, u, rng = _numbers("outputs", outputs), _numbers("targets", targets), generator(seed)
    if y.shape != u.shape or y.ndim != 3:
        raise InvalidOption(
            f"outputs and targets must have the same shape (batch, horizon, d); got {y.shape} and {u.shape}"
        )
    if u.dtype.kind == "f" and not np.isfinite(u).all():
        raise InvalidOption("targets must be finite: a target of NaN or infinity has no sign to be right about")
    found = measure(sign_marks(y, u), y == 0, y.shape[1], rng)
    if isinstance(found, Absent):
        raise InvalidOption(found.reason)
    return found


@dataclass(frozen=True)
class OutputAccuracy(Record):
    """The accuracy of one output, with an interval that holds for all outputs at once.

    Attributes:
        output: 0 … d−1.
        accuracy: fraction of right values.
        low, high: the ends of its interval over sequences, each at the level 1 − 0.05/d (Bonferroni): all d cover with 95 %.
    """

    output: int
    accuracy: float
    low: float
    high: float

    def __str__(self) -> str:
        shown, low, high = write_fractions(self.accuracy, self.low, self.high)
        return f"output {self.output}: {shown} [{low}, {high}]"


@shows
class Marks(NamedTuple):
    """Which outputs are right.

    Attributes:
        right: shape (…, k), boolean.
        counted: which of them have something to be right about, the same shape.
    """

    right: Any
    counted: Any


def sign_marks(outputs: Any, targets: Any, xp: Any = np) -> Marks:
    """An output is right when it has the target's sign; 0 has none, so an output of 0 is wrong and a target of 0 is not counted."""
    positive, negative = targets > 0, targets < 0
    right = xp.logical_or(xp.logical_and(outputs > 0, positive), xp.logical_and(outputs < 0, negative))
    return Marks(right, xp.logical_or(positive, negative))


def measure(
    marks: Marks,
    zeros: NDArray[np.bool_],
    horizon: int,
    seed: int | np.random.Generator = 0,
    draws: int | None = None,
) -> Accuracy | Absent:
    """The fraction of right outputs, with its interval over sequences.

    Args:
        marks: of outputs of shape (batch, steps, k); only the counted ones matter.
        zeros: which outputs are exactly 0, shape (batch, steps, d).
        horizon: the number of scored steps.
        seed: of the bootstrap.
        draws: of how many draws the sequences are, side by side, which are then the units of the interval; see `Episodes.draws`.
    """
    right, scored = (np.asarray(part, dtype=bool) for part in marks)
    counts = scored.sum(axis=(1, 2)).astype(np.int64)
    total = int(counts.sum())
    if not total:
        return Absent("nothing can be scored: every target is 0, and 0 has no sign")
    wins = (right & scored).sum(axis=(1, 2)).astype(np.int64)
    low = high = int(wins.sum()) / total
    if draws != 0:
        rng = seed if isinstance(seed, np.random.Generator) else generator(seed)
        units = [part.reshape(draws or len(part), -1).sum(axis=1) for part in (wins, counts)]
        won, counted = (part[units[1] > 0] for part in units)
        low, high = _interval(won, counted, rng)
    return Accuracy(
        accuracy=int(wins.sum()) / total,
        accuracy_low=low,
        accuracy_high=high,
        sequences=int((counts > 0).sum()),
        sequences_right=int(((wins == counts) & (counts > 0)).sum()),
        horizon=int(horizon),
        zeros=float(np.sum(zeros & scored) / total) if zeros.shape == scored.shape else 0.0,
        all_inputs=draws == 0,
    )


def measure_outputs(marks: Marks, seed: int = 0, draws: int | None = None) -> tuple[OutputAccuracy, ...]:
    """The accuracy of each output, with intervals over sequences that hold for all of them at once.

    Args:
        marks: of outputs of shape (batch, steps, d).
        seed: of the bootstrap.
        draws: as in `measure`.

    Returns:
        One for each output with anything to score.
    """
    right, scored = (np.asarray(part, dtype=bool) for part in marks)
    wins, counts = (part.sum(axis=1).astype(np.int64) for part in (right & scored, scored))  # (batch, d)
    if draws:
        wins, counts = (part.reshape(draws, -1, part.shape[1]).sum(axis=1) for part in (wins, counts))
    tail = (1 - CONFIDENCE) / 2 / counts.shape[1]
    scored_at_all = np.flatnonzero(counts.any(axis=0))
    wrong = [c for c in scored_at_all.tolist() if not np.array_equal(wins[:, c], counts[:, c])]
    drawn = _drawn_shares(wins[:, wrong], counts[:, wrong], ceil(4 / tail), generator(seed))
    found: list[OutputAccuracy] = []
    for c in scored_at_all.tolist():
        all_right = tail ** (1 / int((counts[:, c] > 0).sum()))
        low, high = all_right, 1.0
        if c in wrong:
            ends = np.quantile(drawn[:, wrong.index(c)], [tail, 1 - tail])
            low, high = min(float(ends[0]), all_right), max(float(ends[1]), 1 - all_right)
        share = float(wins[:, c].sum() / counts[:, c].sum())
        found.append(OutputAccuracy(c, share, share, share) if draws == 0 else OutputAccuracy(c, share, low, high))
    return tuple(found)


def _drawn_shares(right: Any, scored: Any, least: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """The fractions of right values when sequences are drawn anew, shape (draws, k): some draws lie beyond each end of the interval."""
    (batch, count), draws = right.shape, max(_RESAMPLES, least)
    if not count:
        return np.empty((0, 0))
    # Sequences with equal counts are drawn as one: how many of each kind a draw has, is multinomial as well. Counts are exact in float64.
    kinds, sizes = np.unique(np.concatenate([right, scored], axis=1), axis=0, return_counts=True)
    shares = np.empty((draws, count))
    for start in range(0, draws, _RESAMPLES):
        rows = slice(start, min(start + _RESAMPLES, draws))
        drawn = rng.multinomial(batch, sizes / batch, size=rows.stop - rows.start).astype(float) @ kinds.astype(float)
        shares[rows] = drawn[:, :count] / np.maximum(1, drawn[:, count:])
    return shares


def _numbers(name: str, value: Any) -> NDArray[Any]:
    try:
        array = np.asarray(value)
    except Exception:  # noqa: BLE001 — rows of different length, or an object of another library
        array = np.array(None)
    real = all(isinstance(v, Real) for v in array.flat) if array.dtype == object else array.dtype.kind in "biuf"
    if isinstance(value, np.ma.MaskedArray) or not real:
        raise InvalidOption(f"{name} must be an array of real numbers of shape (batch, horizon, d); got {shown(value)}")
    return array


def _interval(right: Any, scored: Any, rng: np.random.Generator) -> tuple[float, float]:
    all_right = ((1 - CONFIDENCE) / 2) ** (1 / len(right))
    if np.array_equal(right, scored):
        return all_right, 1.0
    resampled = _drawn_shares(right[:, None], scored[:, None], _RESAMPLES, rng)
    low, high = np.quantile(resampled, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return min(float(low), all_right), max(float(high), 1 - all_right)

r"""What a unit asks of its pre-activation, so that |h| ≥ m: one value for each way to squash.

With ζ, φ, ι, ω rational bounds of the gates over all |h| ≤ 1 and all inputs:

    tanh         artanh m
    hard tanh    m                        (so m = 1 is possible, and then h is exactly ±1)
    GRU          artanh((m + ζ)/(1 − ζ))             h = (1−z)n + zh, z ≤ ζ
    LSTM         artanh((artanh(m/ω) + φC)/ι)        c = fc + ig, h = o tanh c, f ≤ φ, i ≥ ι, o ≥ ω, |c| ≤ C = 1/(1−φ)

>>> HardTanhNeed()(Fraction(1)), TanhNeed()(Fraction(1)), GRUNeed(kept=Fraction(1))(Fraction(1, 2))
(Fraction(1, 1), None, None)
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from emt_theory.circuits.certifying.bounds import artanh_above, artanh_bounds

ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Need(ABC):
    """What |h| ≥ m takes.

    Attributes:
        kept: ζ or φ, what a gated cell keeps of its own past, at most.
        taken: ι, what it takes of the new value, at least.
        shown: ω, what it shows, at least.
    """

    kept: Fraction = ZERO
    taken: Fraction = ONE
    shown: Fraction = ONE

    @abstractmethod
    def __call__(self, m: Fraction) -> Fraction | None:
        """A pre-activation that is enough for |h| ≥ m, exactly or rounded up; None if there is none."""

    @abstractmethod
    def in_floats(self, m: float) -> float:
        """The same, about: for looking, not for proving."""

    @property
    def top(self) -> Fraction:
        """An upper bound of |h|."""
        return ONE


class TanhNeed(Need):
    """A tanh unit."""

    def __call__(self, m: Fraction) -> Fraction | None:
        """artanh m."""
        return _artanh(m)

    def in_floats(self, m: float) -> float:
        """About the same."""
        return _artanh_in_floats(m)


class HardTanhNeed(Need):
    """A hard-tanh unit."""

    def __call__(self, m: Fraction) -> Fraction | None:
        """m."""
        return m

    def in_floats(self, m: float) -> float:
        """About the same."""
        return m


class GRUNeed(Need):
    """A unit of a GRU."""

    def __call__(self, m: Fraction) -> Fraction | None:
        """artanh((m + ζ)/(1 − ζ))."""
        return None if self.kept >= 1 else _artanh((m + self.kept) / (1 - self.kept))

    def in_floats(self, m: float) -> float:
        """About the same."""
        kept = float(self.kept)
        return math.inf if kept >= 1 else _artanh_in_floats((m + kept) / (1 - kept))


class LSTMNeed(Need):
    """A unit of an LSTM."""

    def __call__(self, m: Fraction) -> Fraction | None:
        """artanh((artanh(m/ω) + φC)/ι)."""
        if self.kept >= 1 or self.taken <= 0 or self.shown <= 0 or (squashed := _artanh(m / self.shown)) is None:
            return None
        return _artanh((squashed + self.kept / (1 - self.kept)) / self.taken)

    def in_floats(self, m: float) -> float:
        """About the same."""
        kept, taken, shown = float(self.kept), float(self.taken), float(self.shown)
        if kept >= 1 or taken <= 0 or shown <= 0:
            return math.inf
        return _artanh_in_floats((_artanh_in_floats(m / shown) + kept / (1 - kept)) / taken)

    @property
    def top(self) -> Fraction:
        """Tanh C with C = 1/(1−φ), rounded up."""
        cell = 1 / (1 - self.kept)
        guess = Fraction(float(np.tanh(float(cell)))) * (1 + Fraction(1, 2**40))
        return guess if guess < 1 and artanh_bounds(guess)[0] >= cell else ONE


def _artanh_in_floats(x: float) -> float:
    return math.atanh(x) if x < 1 else math.inf


def _artanh(x: Fraction) -> Fraction | None:
    return artanh_above(x) if x < 1 else None

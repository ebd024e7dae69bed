r"""Rational bounds of logarithms, artanh and the logistic function: rigorous, in integers, and easy to check again.

    ln y = k ln 2 + 2 artanh w,   y = 2^k (1+w)/(1−w), 0 ≤ w ≤ 1/3,     artanh w = Σ w^(2i+1)/(2i+1)

The series is summed in fixed point, rounded down for a lower and up for an upper bound; its tail after K terms is below `w^(2K+1)/((2K+1)(1−w²))`.

>>> low, high = artanh_bounds(Fraction(1, 2))
>>> float(low), high - low < Fraction(1, 2**100)
(0.5493061443340549, True)
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

_BITS = 128
_ONE = 1 << _BITS
_TERMS = 48  # (1/3)^97 < 2^-150


@lru_cache(maxsize=4096)
def log_bounds(y: Fraction) -> tuple[Fraction, Fraction]:
    """Rational numbers below and above ln y, y > 0, less than 2⁻¹⁰⁰ apart for moderate y."""
    if y <= 0:
        raise ValueError(f"ln {y} is not a real number")
    k = y.numerator.bit_length() - y.denominator.bit_length()
    rest = y / Fraction(2) ** k
    while rest >= 2:
        rest, k = rest / 2, k + 1
    while rest < 1:
        rest, k = rest * 2, k - 1
    low, high = _series((rest - 1) / (rest + 1))
    two_low, two_high = _series(Fraction(1, 3))
    shift = (k * two_low, k * two_high) if k >= 0 else (k * two_high, k * two_low)
    return Fraction(2 * (low + shift[0]), _ONE), Fraction(2 * (high + shift[1]), _ONE)


def artanh_bounds(x: Fraction) -> tuple[Fraction, Fraction]:
    """Rational numbers below and above artanh x, |x| < 1."""
    low, high = log_bounds((1 + x) / (1 - x))
    return low / 2, high / 2


def artanh_above(x: Fraction) -> Fraction:
    """A rational number that is at least artanh x, |x| < 1."""
    return artanh_bounds(x)[1]


@lru_cache(maxsize=4096)
def logistic_above(p: Fraction) -> Fraction:
    """A rational number in (0, 1) that is at least 1/(1 + e^−p)."""
    return 1 - _logistic_below_negative(-p) if p > 0 else _logistic_above_negative(p)


def logistic_below(p: Fraction) -> Fraction:
    """A rational number in (0, 1) that is at most 1/(1 + e^−p)."""
    return 1 - logistic_above(-p)


def _logistic_above_negative(p: Fraction) -> Fraction:
    guess = Fraction(math.exp(max(p, -700))) * (1 + Fraction(1, 2**20))
    bound = guess / (1 + guess)
    if log_bounds(bound / (1 - bound))[0] < p:  # ln(q/(1−q)) ≥ p is what makes q a bound
        raise ArithmeticError(f"no bound for the logistic function at {float(p)}")
    return bound


def _logistic_below_negative(p: Fraction) -> Fraction:
    if p < -700:
        return Fraction(0)
    guess = Fraction(math.exp(float(p))) * (1 - Fraction(1, 2**20))
    bound = guess / (1 + guess)
    if log_bounds(bound / (1 - bound))[1] > p:
        raise ArithmeticError(f"no bound for the logistic function at {float(p)}")
    return bound


def _series(w: Fraction) -> tuple[int, int]:
    """artanh w for 0 ≤ w ≤ 1/3, below and above, in units of 2^−128."""
    low_w, high_w = math.floor(w * _ONE), math.ceil(w * _ONE)
    low_power, high_power = low_w, high_w
    low_square, high_square = low_w * low_w >> _BITS, -(-high_w * high_w >> _BITS)
    low = high = 0
    for i in range(_TERMS):
        low += low_power // (2 * i + 1)
        high += -(-high_power // (2 * i + 1))
        low_power = low_power * low_square >> _BITS
        high_power = -(-high_power * high_square >> _BITS)
    return low, high + 2 * high_power + 1  # the tail: w²  ≤ 1/9, so 1/(1 − w²) < 2

"""P27: floats that stand for rational numbers and balls are on the safe side of them, by little."""

from fractions import Fraction

import flint
import pytest

from emt_theory.circuits.certifying.enclosed import above, below
from emt_theory.circuits.certifying.result import NotProved

SIZES = [Fraction(0), Fraction(1, 3), Fraction(2, 3), Fraction(10**30, 7), Fraction(1, 2**1090)]


def ball(value):
    return flint.arb(flint.fmpq(value.numerator, value.denominator))


@pytest.mark.parametrize("size", SIZES)
def test_what_is_above_is_larger_by_little(size):
    for high in (above(size), above(ball(size))):
        assert size < Fraction(high) <= size * (1 + Fraction(1, 2**45)) + Fraction(1, 2**999)


@pytest.mark.parametrize("value", [*SIZES, *(-size for size in SIZES)])
def test_what_is_below_is_smaller_by_little(value):
    assert value - abs(value) / 2**45 - Fraction(1, 2**999) <= Fraction(below(ball(value))) < value


def test_what_floats_cannot_hold_is_no_bound():
    assert below(flint.arb("nan")) == float("-inf")
    for value in (Fraction(10) ** 400, flint.arb(10) ** 400, flint.arb("nan")):
        with pytest.raises(NotProved, match="beyond float64"):
            above(value)

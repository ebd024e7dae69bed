"""Roots on the unit circle: decided exactly, confirmed by numbers."""

from fractions import Fraction

import flint
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from emt_theory.exact import (
    certified_roots,
    certified_roots_of_unity,
    count_on_unit_circle,
    count_outside_unit_circle,
    numeric_roots,
    trace_polynomial,
)

SALEM = (1, -1, -1, -1, 1)
LEHMER = (1, 1, 0, -1, -1, -1, -1, -1, 0, 1, 1)


@pytest.mark.parametrize(
    ("coefficients", "count"),
    [
        ((-1, 1), 1),
        ((1, 1), 1),
        ((-2, 1), 0),
        ((0, 1), 0),
        ((1, 0, 1), 2),
        ((5, -6, 5), 2),
        ((-1, -1, 1), 0),
        (SALEM, 2),
        (LEHMER, 8),
    ],
)
def test_known_counts(coefficients, count):
    assert count_on_unit_circle(coefficients) == count


@given(st.lists(st.integers(-4, 4), min_size=2, max_size=5), st.integers(-4, 4))
def test_count_agrees_with_certified_balls(half, middle):
    coefficients = (*half, middle, *reversed(half))
    assume(half[0] != 0)
    _, factors = flint.fmpz_poly(list(coefficients)).factor()
    for factor, _ in factors:
        exact = tuple(int(c) for c in factor.coeffs())
        moduli = np.abs(numeric_roots(exact))
        assert count_on_unit_circle(exact) == int(np.sum(np.abs(moduli - 1) < 1e-9))


def test_saboteur_self_reciprocal_alone_does_not_decide():
    """Taking every self-reciprocal polynomial to have all its roots on the circle is wrong for Salem's."""
    assert SALEM[::-1] == SALEM
    assert count_on_unit_circle(SALEM) != len(SALEM) - 1


def test_trace_polynomial_by_substitution():
    x = flint.fmpq_poly([0, 1])
    q = trace_polynomial(LEHMER)
    # x^m q(x + 1/x), cleared of denominators: the sum of q_j (x^2 + 1)^j x^(m - j)
    m = len(q) - 1
    restored = sum((c * (x * x + 1) ** j * x ** (m - j) for j, c in enumerate(q)), flint.fmpq_poly([0]))
    assert [int(c) for c in restored.coeffs()] == list(LEHMER)


@pytest.mark.parametrize(
    ("coefficients", "count"),
    [
        ((-2, 1), 1),
        ((-1, 2), 0),
        ((1, 1), 0),
        (SALEM, 1),
        (LEHMER, 1),
        ((5, -6, 5), 0),
        ((-1, -1, 1), 1),
        ((1, 0, 3), 0),
    ],
)
def test_how_many_roots_lie_outside(coefficients, count):
    assert count_outside_unit_circle(coefficients) == count


@given(st.lists(st.integers(-4, 4), min_size=2, max_size=7))
def test_outside_agrees_with_numpy_and_with_the_reversed_polynomial(coefficients):
    assume(coefficients[-1] and coefficients[0])
    for factor, _ in flint.fmpz_poly(coefficients).factor()[1]:
        p = tuple(int(c) for c in factor.coeffs())
        outside, on = count_outside_unit_circle(p), count_on_unit_circle(p)
        assert outside + on + count_outside_unit_circle(_primitive(p[::-1])) == len(p) - 1  # λ outside ⟺ 1/λ inside
        assert outside == int(np.sum(np.abs(np.roots(p[::-1])) > 1 + 1e-7))


def _primitive(p):
    return p if p[-1] > 0 else tuple(-c for c in p)


def test_roots_that_floats_cannot_tell_from_the_circle():
    """(10^40 + 1) x² − 10^40: both roots are inside by 10^-40 / 2; the reversed polynomial has both outside."""
    inside = (-(10**40), 0, 10**40 + 1)
    assert count_outside_unit_circle(inside) == 0 == count_on_unit_circle(inside)
    assert count_outside_unit_circle(tuple(-c for c in inside[::-1])) == 2
    assert {abs(z) for z in numeric_roots(inside)} == {1.0}


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=4))
def test_kronecker_an_integer_polynomial_with_no_root_outside_is_cyclotomic(lower):
    for factor, _ in flint.fmpz_poly([*lower, 1]).factor()[1]:
        p = tuple(int(c) for c in factor.coeffs())
        assert (count_outside_unit_circle(p) == 0) == (p == (0, 1) or bool(factor.is_cyclotomic()))


@given(st.lists(st.fractions(-3, 3, max_denominator=5), min_size=1, max_size=6, unique=True))
def test_balls_hold_known_roots(roots):
    product = flint.fmpq_poly([1])
    for root in roots:
        product *= flint.fmpq_poly([flint.fmpq(-root.numerator, root.denominator), 1])
    balls = certified_roots(tuple(int(c) for c in product.numer().coeffs()))
    assert len(balls) == len(roots)
    for root in roots:
        z, radius = min(balls, key=lambda ball: abs(ball.midpoint - float(root)))
        assert z.imag == 0
        assert abs(Fraction(z.real) - root) <= Fraction(radius)
        assert radius < 1e-15


@pytest.mark.parametrize("order", [1, 2, 3, 8, 35])
def test_roots_of_unity_in_balls(order):
    balls = certified_roots_of_unity(order)
    for z, radius in balls:
        assert abs(z**order - 1) < 1e-13
        assert radius < 1e-15
    assert len({z for z, _ in balls}) == int(flint.fmpz(order).euler_phi())

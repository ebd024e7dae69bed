"""Roots on the unit circle: decided exactly, confirmed by numbers."""

import flint
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from emt_theory.exact import count_on_unit_circle, numeric_roots, trace_polynomial

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

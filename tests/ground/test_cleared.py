"""Integers over one denominator: lowest terms against Python's fractions, products against sums of products, and what is left to FLINT."""

from fractions import Fraction
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emt_theory.ground.cleared import cleared, over
from emt_theory.ground.rationals import RationalMatrix

DENOMINATORS = (1, 2, 12, 64 * 27, 101 * 103, 2**61 - 1, 6 * (2**89 - 1))


@given(st.sampled_from(DENOMINATORS), st.lists(st.integers(-(10**30), 10**30), min_size=6, max_size=6), st.data())
def test_lowest_terms_are_pythons(common, values, data):
    values = [v * data.draw(st.sampled_from((1, 1, 2, 3**5, 101, 2**61 - 1, common))) for v in values]
    wanted = tuple((i, j, Fraction(values[3 * i + j], common)) for i in (0, 1) for j in (0, 1, 2) if values[3 * i + j])
    found = over(values, 3, common)
    assert found == wanted
    assert all(
        (v.numerator, v.denominator) == (w.numerator, w.denominator)
        for (*_, v), (*_, w) in zip(found, wanted, strict=True)
    )


@given(st.lists(st.sampled_from(DENOMINATORS), min_size=1, max_size=3), st.integers(0, 2**32 - 1))
def test_a_denominator_that_is_a_product_has_the_primes_of_its_factors(factors, seed):
    rng = np.random.default_rng(seed)
    values = [
        int(v) * int(rng.choice((1, 4, 9, 101))) * factors[0] ** int(rng.integers(3)) for v in rng.integers(-99, 99, 6)
    ]
    found = over(values, 3, *factors)
    assert found == over(values, 3, prod(factors))
    assert [(v.numerator, v.denominator) for *_, v in found] == [
        Fraction(v, prod(factors)).as_integer_ratio() for v in values if v
    ]


@given(st.sampled_from(DENOMINATORS), st.integers(0, 2**32 - 1))
def test_products_are_sums_of_products(common, seed):
    rng = np.random.default_rng(seed)
    rows = [
        [[Fraction(int(v), common) for v in row] for row in rng.integers(-9, 10, size=shape)]
        for shape in ((4, 3), (3, 5))
    ]
    A, B = rows
    wanted = [[sum(A[i][k] * B[k][j] for k in range(3)) for j in range(5)] for i in range(4)]
    one, other = map(RationalMatrix.from_rows, rows)
    assert one.dense_product(other) == RationalMatrix.from_rows(wanted)


def test_a_long_common_denominator_is_not_made():
    primes = [p for p in range(10**4, 10**4 + 600) if all(p % q for q in range(2, 102))]
    matrix = RationalMatrix.from_rows([[Fraction(1, p) for p in primes[:25]]])
    assert cleared(matrix) is None
    assert matrix.dense_product(matrix.T) == RationalMatrix.from_rows([[sum(Fraction(1, p * p) for p in primes[:25])]])


@pytest.mark.parametrize("shape", [(0, 0), (2, 0), (0, 3)])
def test_what_is_empty(shape):
    assert cleared(RationalMatrix(shape, ()))[1] == 1
    assert over([0] * (shape[0] * shape[1]), max(1, shape[1]), 6) == ()

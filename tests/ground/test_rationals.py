"""Exact entries and sparse exact matrices."""

from fractions import Fraction

import flint
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from emt_theory.errors import InvalidNetwork, InvalidTask
from emt_theory.ground.rationals import RationalMatrix, from_flint, to_fraction

entries = st.fractions(-3, 3, max_denominator=5) | st.just(Fraction(0))


def matrices(rows, columns):
    return st.lists(st.lists(entries, min_size=columns, max_size=columns), min_size=rows, max_size=rows)


@pytest.mark.parametrize(
    "value",
    [
        -2,
        "-2",
        "-4/2",
        Fraction(-2),
        np.int64(-2),
        sympy.Integer(-2),
        sympy.Rational(-4, 2),
        flint.fmpz(-2),
        flint.fmpq(-2),
    ],
)
def test_exact_numbers_of_every_kind(value):
    assert to_fraction(value) == -2


@pytest.mark.parametrize(
    "value", [0.5, np.float32(0.5), float("nan"), True, None, "a", "1/0", "0.5", 1j, sympy.pi, sympy.Float(0.5), [1]]
)
def test_everything_else_is_refused(value):
    with pytest.raises(InvalidNetwork, match="W_hh"):
        to_fraction(value, "W_hh[0][0]", InvalidNetwork)


@given(matrices(3, 4), matrices(4, 2))
def test_products_are_sympys(a, b):
    left, right = RationalMatrix.from_rows(a), RationalMatrix.from_rows(b)
    assert (left @ right).to_sympy() == left.to_sympy() * right.to_sympy()
    assert (left @ right).T == right.T @ left.T


def test_large_products_by_flint_are_the_same():
    rng = np.random.default_rng(0)
    a, b = (RationalMatrix.from_rows(rng.integers(-3, 4, size=(40, 40))) for _ in range(2))
    assert (a @ b).to_array().tolist() == (a.to_array() @ b.to_array()).tolist()


@given(matrices(2, 3))
def test_round_trips(rows):
    matrix = RationalMatrix.from_rows(rows)
    assert from_flint(matrix.to_flint()) == matrix
    assert RationalMatrix.from_rows(matrix.to_sympy()) == matrix
    assert RationalMatrix.from_json(matrix.to_json()) == matrix


def test_floats_are_taken_for_the_dyadic_rationals_they_are():
    assert RationalMatrix.from_array(np.array([[0.1]])).entries[0][2] == Fraction(3602879701896397, 36028797018963968)


@pytest.mark.parametrize("rows", [[], "12", 3, [1, 2], [[1, 2], [3]], [["x"]], [[1.5]]])
def test_bad_matrices_are_refused(rows):
    with pytest.raises(InvalidTask):
        RationalMatrix.from_rows(rows)

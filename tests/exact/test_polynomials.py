"""P09 against FLINT's characteristic polynomial of the whole Φ, and factorization against the product of the factors."""

from fractions import Fraction

import flint
import numpy as np
import pytest
from hypothesis import Phase, given, settings

from emt_theory.exact import (
    Factor,
    characteristic_polynomial,
    companion,
    factorize,
    polynomial_by_elimination,
    polynomial_by_matrix,
)
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.testing import strategies


def law_p09(characteristic_polynomial, phases=tuple(Phase)):
    @settings(max_examples=30, phases=phases)
    @given(strategies.tasks())
    def law(task):
        assert characteristic_polynomial(task.F, task.dim) == companion(task.F, task.dim).to_flint().charpoly()

    return law


@pytest.mark.parametrize("way", [characteristic_polynomial, polynomial_by_elimination, polynomial_by_matrix])
def test_p09(way):
    law_p09(way)()


def test_the_two_ways_agree_beyond_the_size_where_one_gives_way_to_the_other():
    rng = np.random.default_rng(0)
    F = RationalMatrix.from_rows(rng.integers(-2, 3, size=(18, 54))) * Fraction(1, 3)
    assert polynomial_by_elimination(F, 18) == polynomial_by_matrix(F, 18) == characteristic_polynomial(F, 18)


def test_p09_saboteur_blocks_in_reverse_order():
    def newest_first(F, dim):
        s = F.shape[1] // dim
        entries = ((i, (s - 1 - j // dim) * dim + j % dim, v) for i, j, v in F)
        return characteristic_polynomial(type(F).from_entries(F.shape, entries), dim)

    with pytest.raises(AssertionError):
        law_p09(newest_first, (Phase.generate,))()


@given(strategies.tasks())
def test_factors_multiply_to_the_polynomial(task):
    polynomial = characteristic_polynomial(task.F, task.dim)
    product = flint.fmpq_poly([1])
    for factor in factorize(polynomial):
        product *= flint.fmpq_poly(list(factor.coefficients)) ** factor.multiplicity
    assert product / product.leading_coefficient() == polynomial
    assert sum(f.degree * f.multiplicity for f in factorize(polynomial)) == task.components


def test_cyclotomic_factors_carry_their_order():
    polynomial = flint.fmpq_poly([0, -1] + [0] * 11 + [1])  # x (x^12 - 1)
    assert [(f.order, f.multiplicity) for f in factorize(polynomial)] == [(None, 1)] + [
        (m, 1) for m in (1, 2, 3, 4, 6, 12)
    ]
    assert Factor(1, 12).coefficients == (1, 0, -1, 0, 1)


@pytest.mark.parametrize("order", [1, 2, 7, 105])
def test_degree_of_a_cyclotomic_factor_is_its_length(order):
    factor = Factor(1, order)
    assert factor.degree == len(factor.coefficients) - 1

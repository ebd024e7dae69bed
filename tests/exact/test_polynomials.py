"""P09 against FLINT's characteristic polynomial of the whole Φ, and factorization against the product of the factors."""

import flint
import pytest
from hypothesis import given, settings

from emt_theory.exact import Factor, characteristic_polynomial, companion, factorize
from emt_theory.testing import strategies


def law_p09(characteristic_polynomial):
    @settings(max_examples=150)
    @given(strategies.tasks())
    def law(task):
        assert characteristic_polynomial(task.F, task.dim) == companion(task.F, task.dim).to_flint().charpoly()

    return law


def test_p09():
    law_p09(characteristic_polynomial)()


def test_p09_saboteur_blocks_in_reverse_order():
    def newest_first(F, dim):
        s = F.shape[1] // dim
        entries = ((i, (s - 1 - j // dim) * dim + j % dim, v) for i, j, v in F)
        return characteristic_polynomial(type(F).from_entries(F.shape, entries), dim)

    with pytest.raises(AssertionError):
        law_p09(newest_first)()


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

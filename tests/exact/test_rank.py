"""Exact ranks against SymPy and against the definition of O."""

import pytest
import sympy
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from emt_theory.exact import companion, observability_rank, rank
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.testing import strategies


@given(st.lists(st.lists(st.fractions(-2, 2, max_denominator=3), min_size=4, max_size=4), min_size=1, max_size=5))
def test_rank_is_sympys(rows):
    matrix = RationalMatrix.from_rows(rows)
    assert rank(matrix) == matrix.to_sympy().rank()


def test_a_matrix_that_is_singular_only_modulo_the_prime_has_full_rank():
    assert rank(RationalMatrix.from_rows([[2**61 - 1]])) == 1


def law_of_observability(observability_rank, phases=tuple(Phase)):
    @settings(max_examples=30, phases=phases)
    @given(strategies.tasks())
    def law(task):
        phi = companion(task.F, task.dim).to_flint()
        row = task.F.to_flint()  # CΦ
        rows = []
        for _ in range(task.components):
            rows += row.tolist()
            row = row * phi
        O = RationalMatrix.from_rows(rows)
        scored, propagated = observability_rank(task.F, task.dim)
        assert scored == O.to_flint().rank()
        assert propagated == (O.to_flint() * phi).rank()

    return law


def test_observability_rank_by_definition():
    law_of_observability(observability_rank)()


def test_saboteur_counting_the_output_at_s_itself():
    """O starts with CΦ: the output at t = s is not scored. With C as well the rank is too large."""

    def with_c(F, dim):
        size = F.shape[1]
        rows = [[int(i + size - dim == j) for j in range(size)] for i in range(dim)]
        phi = companion(F, dim).to_flint()
        power = RationalMatrix.from_rows(rows).to_flint()
        stacked = []
        for _ in range(size + 1):
            stacked += power.tolist()
            power = power * phi
        O = RationalMatrix.from_rows(stacked)
        return O.to_flint().rank(), (O.to_flint() * phi).rank()

    with pytest.raises(AssertionError):
        law_of_observability(with_c, (Phase.generate,))()


def test_hankel_rank_where_floats_fail():
    """An integer system of order 20 in 24 dimensions: its Hankel matrix has rank 20 exactly."""
    coefficients = [3, -1, 4, -1, 5, -9, 2, -6, 5, -3, 5, 8, -9, 7, 9, -3, 2, 3, -8, 4]
    series = [1] + [0] * 19
    while len(series) < 48:
        series.append(sum(a * b for a, b in zip(coefficients, series[-20:], strict=True)))
    hankel = [[series[i + j] for j in range(24)] for i in range(24)]
    assert rank(RationalMatrix.from_rows(hankel)) == 20 == sympy.Matrix(hankel).rank()

"""Jordan blocks from the d×d polynomial matrix, against the ranks of p(Φ)^k on the whole of Φ."""

from itertools import pairwise

import flint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory.exact import Factor, characteristic_polynomial, companion, factorize, jordan_blocks
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.testing import strategies


def blocks_by_ranks(F, dim, factor):
    """The number of blocks of size ≥ k for each root is (nullity of p(Φ)^k − nullity of p(Φ)^{k−1}) / deg p."""
    phi = companion(F, dim).to_flint()
    n = phi.nrows()
    value = flint.fmpq_mat(n, n)
    for c in reversed(factor.coefficients):
        value = value * phi
        for i in range(n):
            value[i, i] = value[i, i] + c
    nullity, power = [0], value
    while nullity[-1] < factor.degree * factor.multiplicity:
        nullity.append(n - power.rank())
        power = power * value
    at_least = [(b - a) // factor.degree for a, b in pairwise(nullity)]
    counted = [a - b for a, b in zip(at_least, [*at_least[1:], 0], strict=True)]
    return tuple(size for size in range(len(counted), 0, -1) for _ in range(counted[size - 1]))


@st.composite
def repeated(draw):
    """Recurrences with repeated factors: sparse small entries, or block triangular ones with the same blocks twice."""
    s, d = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    entry = st.sampled_from((0, 0, 0, 0, 1, -1, 2, "1/2"))
    rows = draw(st.lists(st.lists(entry, min_size=s * d, max_size=s * d), min_size=d, max_size=d))
    F = RationalMatrix.from_rows(rows)
    if draw(st.booleans()):
        return F, d
    coupling = draw(st.sampled_from((0, 1)))  # [[F, c I], [0, F]] in each block
    wide = [(i + h * d, j // d * 2 * d + j % d + h * d, v) for i, j, v in F for h in (0, 1)]
    extra = [(c, d + c, coupling) for c in range(d)]
    return RationalMatrix.from_entries((2 * d, 2 * d * s), (*wide, *extra)), 2 * d


def law_of_blocks(jordan_blocks, seen=None):
    @settings(max_examples=50)
    @given(repeated())
    def law(recurrence):
        F, d = recurrence
        for factor in factorize(characteristic_polynomial(F, d)):
            blocks = jordan_blocks(F, d, factor)
            assert blocks == blocks_by_ranks(F, d, factor)
            if seen is not None:
                seen.add((factor.degree > 1, blocks))

    return law


def test_jordan_blocks_by_ranks_and_the_hard_cases_are_reached():
    seen = set()
    law_of_blocks(jordan_blocks, seen)()
    assert {blocks for _, blocks in seen} >= {(1,), (2,), (1, 1), (3,), (2, 2)}
    assert any(irrational and len(blocks) < sum(blocks) for irrational, blocks in seen)


def test_blocks_of_different_sizes_at_one_eigenvalue():
    F = RationalMatrix.from_rows([[1, 1, 0], [0, 1, 0], [0, 0, 1]])
    assert jordan_blocks(F, 3, Factor(3, order=1)) == (2, 1)


def test_saboteur_one_block_for_each_eigenvalue():
    with pytest.raises(AssertionError):
        law_of_blocks(lambda F, d, factor: (factor.multiplicity,))()


def test_saboteur_always_semisimple():
    with pytest.raises(AssertionError):
        law_of_blocks(lambda F, d, factor: (1,) * factor.multiplicity)()


@settings(max_examples=40)
@given(strategies.selection_tasks())
def test_p10_selection_tasks_are_semisimple_on_the_circle(task):
    for factor in factorize(characteristic_polynomial(task.F, task.dim)):
        if factor.order:
            assert jordan_blocks(task.F, task.dim, factor) == (1,) * factor.multiplicity


def test_a_factor_that_does_not_divide_is_refused():
    with pytest.raises(ArithmeticError, match="does not divide"):
        jordan_blocks(RationalMatrix.from_rows([[1, 0], [0, 1]]), 2, Factor(2, order=2))

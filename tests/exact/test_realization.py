"""Minimal realizations against the exact Hankel rank, and laws with their saboteurs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory.errors import InvalidOption
from emt_theory.exact import (
    Realization,
    is_minimal,
    minimal_order,
    minimal_realization,
    pivots,
    rank,
    row_basis,
    same_behaviour,
    take_columns,
    with_free_load,
)
from emt_theory.ground.rationals import RationalMatrix

ENTRIES = st.sampled_from((0, 0, 0, 1, -1, 2, "1/2"))


def matrices(rows, columns):
    row = st.lists(ENTRIES, min_size=columns, max_size=columns)
    return st.lists(row, min_size=rows, max_size=rows).map(RationalMatrix.from_rows)


@st.composite
def realizations(draw, first=None):
    n, m, p = draw(st.integers(1, 4)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    chosen = draw(st.sampled_from((0, 1))) if first is None else first
    return Realization(draw(matrices(n, n)), draw(matrices(n, m)), draw(matrices(p, n)), chosen)


def hankel_rank(realization):
    """The rank of the block Hankel matrix of the Markov parameters, without any realization theory."""
    n, p, m = realization.order, realization.C.shape[0], realization.B.shape[1]
    G = realization.markov(2 * n)
    blocks = ((i * p + a, j * m + b, v) for i in range(n) for j in range(n) for a, b, v in G[i + j])
    return rank(RationalMatrix.from_entries((n * p, n * m), blocks))


@settings(max_examples=30)
@given(realizations(first=0))
def test_minimal_order_is_the_hankel_rank(realization):
    assert minimal_order(realization) == hankel_rank(realization)


@settings(max_examples=30)
@given(realizations(first=1))
def test_no_choice_of_the_free_parameter_does_better(realization):
    """With G_0 free the least Hankel rank over many G_0 is never below the minimal order, and one G_0 reaches it."""
    small = minimal_realization(realization)
    assert hankel_rank(replace(small, first=0)) == small.order == minimal_order(realization)
    p, m = realization.C.shape[0], realization.B.shape[1]
    later = realization.markov(2 * realization.order)
    for values in ((0,) * (p * m), (1,) * (p * m), tuple(range(p * m))):
        G0 = RationalMatrix.from_entries((p, m), ((i, j, values[i * m + j]) for i in range(p) for j in range(m)))
        G = [G0, *later]
        n = realization.order
        blocks = ((i * p + a, j * m + b, v) for i in range(n + 1) for j in range(n) for a, b, v in G[i + j])
        assert rank(RationalMatrix.from_entries(((n + 1) * p, n * m), blocks)) >= small.order - (n == 0)


def law_of_reduction(minimal_realization):
    @settings(max_examples=30)
    @given(realizations())
    def law(realization):
        small = minimal_realization(realization)
        assert same_behaviour(realization, small)
        assert is_minimal(small)
        assert small.order == minimal_order(realization)

    return law


def test_minimal_realization_keeps_the_behaviour():
    law_of_reduction(minimal_realization)()


def test_saboteur_only_what_is_unreachable_is_left_out():
    from emt_theory.exact import realization as module

    def half_done(given):
        return module._restriction(given) if not given.first else minimal_realization(given)

    with pytest.raises(AssertionError):
        law_of_reduction(half_done)()


def test_saboteur_a_load_without_extra_dimensions():
    """With A singular, a load one step earlier does not fit into the same dimensions: L = A⁺B loses what A cannot reach."""
    nilpotent = Realization(
        A=RationalMatrix.from_rows([[0, 1], [0, 0]]),
        B=RationalMatrix.identity(2),
        C=RationalMatrix.from_rows([[1, 0]]),
    )
    loaded = with_free_load(nilpotent)
    assert loaded.order == 3
    assert loaded.markov(5) == nilpotent.markov(5)
    transposed = nilpotent.A.T  # the pseudo-inverse of A
    cheap = Realization(nilpotent.A, transposed @ nilpotent.B, nilpotent.C, first=1)
    assert cheap.markov(5) != nilpotent.markov(5)


def test_is_minimal_on_a_near_miss():
    """A chain of three integrators that is read at its end is minimal; loaded one place further down, it is not."""
    A = RationalMatrix.from_rows([[0, 1, 0], [0, 0, 1], [0, 0, 0]])
    C = RationalMatrix.from_rows([[1, 0, 0]])
    assert is_minimal(Realization(A, RationalMatrix.from_rows([[0], [0], [1]]), C))
    near = Realization(A, RationalMatrix.from_rows([[0], [1], [0]]), C)
    assert not is_minimal(near)
    assert minimal_order(near) == 2
    assert is_minimal(replace(Realization(A, RationalMatrix.from_rows([[0], [0], [1]]), C), first=1))


def test_an_order_that_floats_get_wrong():
    """A random integer system of order 20 with four dimensions that no load reaches: exactly 20, but not for NumPy."""
    rng = np.random.default_rng(0)
    entries = rng.integers(-3, 4, size=(24, 24))
    entries[20:, :20] = 0
    A = RationalMatrix.from_rows(entries)
    B = RationalMatrix.from_rows([[1]] * 20 + [[0]] * 4)
    system = Realization(A, B, RationalMatrix.from_rows([[1] * 24]))
    assert minimal_order(system) == minimal_realization(system).order == hankel_rank(system) == 20
    series = [float(G.entries[0][2]) for G in system.markov(48)]
    hankel = np.array([[series[i + j] for j in range(24)] for i in range(24)])
    assert np.linalg.matrix_rank(hankel) < 20


@given(st.integers(1, 4).flatmap(lambda n: matrices(n, 4)))
def test_row_basis_is_a_basis_with_unit_pivots(matrix):
    basis = row_basis(matrix)
    assert basis.shape[0] == rank(matrix)
    assert take_columns(basis, pivots(matrix)) == RationalMatrix.identity(basis.shape[0])
    stacked = RationalMatrix.from_entries(
        (matrix.shape[0] + basis.shape[0], 4), (*matrix, *((i + matrix.shape[0], j, v) for i, j, v in basis))
    )
    assert rank(stacked) == rank(matrix)


def test_what_does_not_fit_is_refused():
    one = RationalMatrix.identity(1)
    with pytest.raises(InvalidOption, match="shapes"):
        Realization(one, RationalMatrix.identity(2), one)
    with pytest.raises(InvalidOption, match="first must be 0 or 1"):
        Realization(one, one, one, first=2)
    with pytest.raises(InvalidOption, match="count from"):
        same_behaviour(Realization(one, one, one), Realization(one, one, one, first=1))
    assert Realization(one, one, one).markov(0) == []

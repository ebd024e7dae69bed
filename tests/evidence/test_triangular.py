"""Gram matrices in place of a QR: the same least squares, whatever size the columns have."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory.evidence import triangular
from emt_theory.evidence.triangular import reduce_pair, reduce_rows
from emt_theory.ground.arrays import Array

SIZES = st.lists(st.integers(-300, 300), min_size=4, max_size=4)


def by_qr(left: Array, right: Array) -> tuple[Array, Array]:
    """What a QR makes of the same rows: Rᵀ R and Rᵀ P."""
    factor = reduce_rows([(left, right)])[: left.shape[1]]
    r, p = factor[:, : left.shape[1]], factor[:, left.shape[1] :]
    return r.T @ r, r.T @ p


def same_as_qr(reduce: Callable[[Array, Array], tuple[Array, Array]], sizes: list[int], seed: int, rank: int) -> bool:
    """Whether columns of these sizes are reduced as those of size 1 are by QR."""
    rng = np.random.default_rng(seed)
    left, right = rng.normal(size=(50, rank)) @ rng.normal(size=(rank, 4)), rng.normal(size=(50, 2))
    powers = np.array(sizes, dtype=np.float64)
    r, p = reduce(left * 10**powers, right)
    assert r.shape == (4, 4)
    assert p.shape == (4, 2)
    gram, mixed = by_qr(left, right)
    r = r / 10**powers
    return np.allclose(r.T @ r, gram, atol=1e-9) and np.allclose(r.T @ p, mixed, atol=1e-9)


@settings(deadline=None)
@given(SIZES, st.integers(0, 10**6), st.integers(1, 4))
def test_columns_of_any_size_and_rank_are_reduced_as_by_qr(sizes: list[int], seed: int, rank: int):
    assert same_as_qr(reduce_pair, sizes, seed, rank)


def unscaled(left: Array, right: Array) -> tuple[Array, Array]:
    """A saboteur: Gram matrices of what is given as it is."""
    sizes, vectors = np.linalg.eigh(left.T @ left)
    roots = np.sqrt(np.maximum(sizes, 0))
    return roots[:, None] * vectors.T, (vectors / np.where(roots > 0, roots, np.inf)).T @ (left.T @ right)


def test_without_scales_small_columns_are_lost():
    assert same_as_qr(unscaled, [0, 0, 0, 0], 0, rank=4)
    assert not same_as_qr(unscaled, [-200] * 4, 0, rank=4)


@pytest.mark.parametrize("size", [1e-300, 1e-170, 1.0, 1e170, 1e300])
def test_what_is_wanted_has_any_size(size: float):
    left, right = np.random.default_rng(0).normal(size=(2, 50, 3))
    (_, p), (_, scaled) = reduce_pair(left, right), reduce_pair(left, size * right)
    assert np.allclose(scaled / size, p, rtol=1e-12)


def test_of_nothing_nothing_is_found():
    r, p = reduce_pair(np.zeros((50, 3)), np.ones((50, 2)))
    assert not r.any()
    assert not p.any()
    assert r.shape == (3, 3)


def test_a_zero_column_and_fewer_rows_than_columns():
    left, right = np.random.default_rng(0).normal(size=(2, 3, 4))
    left[:, 1] = 0
    r, p = reduce_pair(left, right)
    assert np.allclose(r.T @ r, left.T @ left)
    assert np.allclose(r.T @ p, left.T @ right)


@pytest.mark.parametrize("smallest", [0, -3, -9])
def test_eigenvectors_and_cholesky_factor_give_the_same(smallest: int, monkeypatch: pytest.MonkeyPatch):
    """Where the first factor leaves ZᵀZ near I the second one is Cholesky's; elsewhere, as by 1e-9 here, it is made of eigenvectors."""
    rng = np.random.default_rng(1)
    basis = np.linalg.qr(rng.normal(size=(8, 8)))[0]
    left, right = (rng.normal(size=(200, 8)) * np.geomspace(1, 10.0**smallest, 8)) @ basis, rng.normal(size=(200, 2))
    quick = reduce_pair(left, right)
    monkeypatch.setattr(triangular, "_ORTHONORMAL", 0.0)
    slow = reduce_pair(left, right)
    gram, mixed = by_qr(left, right)
    for r, p in (quick, slow):
        assert np.allclose(r.T @ r, gram, rtol=0, atol=1e-13 * gram.max())
        assert np.allclose(r.T @ p, mixed, rtol=0, atol=1e-12 * abs(mixed).max())
        # What is in the smallest direction is there, too.
        assert np.allclose(np.linalg.svd(r)[1], np.linalg.svd(left)[1], rtol=1e-4)
    assert np.array_equal(quick[0], slow[0]) == (smallest == -9)


def test_where_rounding_makes_the_gram_matrix_indefinite_qr_takes_over(monkeypatch: pytest.MonkeyPatch):
    """A million equal rows round off more than ε on some machines; here it is taken off."""
    monkeypatch.setattr(triangular, "_SHIFT", -4)
    for rank in (1, 3):
        assert same_as_qr(reduce_pair, [0, 200, -200, 0], seed=0, rank=rank)

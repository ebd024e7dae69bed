r"""Many rows reduced to few, with the same least squares.

For a tall matrix H = Q R, ‖H x − Q y‖ differs from ‖R x − y‖ by what no x can change. So regressions of the last columns of H on its first ones
need R only, and H is never squared, nor held at once: R of what was seen is put on top of the rows that come next.

>>> rows = np.random.default_rng(0).normal(size=(50, 3))
>>> factor = reduce_rows([(rows[i : i + 10, :2], rows[i : i + 10, 2:]) for i in range(0, 50, 10)])
>>> factor.shape, bool(np.allclose(factor.T @ factor, rows.T @ rows))
((3, 3), True)

Where only the regression is wanted, and not what it leaves, products of matrices do the same several times faster: `reduce_pair`.

Source: Golub & Van Loan, Matrix Computations, section 5.2; for two Gram matrices Fukaya et al., SIAM J. Sci. Comput. 42 (2020).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from emt_theory.ground.arrays import Array

_ROWS_PER_COLUMN = 8
_SHIFT = 4
_NOTHING = 1e-13
_ORTHONORMAL = 0.5
_PLAIN = 1000  # powers of 2 that are numbers themselves: the product is exact, and many times faster


def reduce_rows(pieces: Iterable[tuple[Array, Array]]) -> Array:
    """R with RᵀR = Σ [A B]ᵀ[A B] over pieces (A, B), upper triangular; fewer rows than columns if all pieces together have fewer.

    Args:
        pieces: pairs of matrices with equally many rows; all A of one width and all B of one width.
    """
    waiting: list[Array] = []
    for left, right in pieces:
        waiting.append(np.concatenate([left, right], axis=1))
        if sum(map(len, waiting)) > (1 + _ROWS_PER_COLUMN) * waiting[0].shape[1]:
            waiting = [_factor(waiting)]
    return _factor(waiting)


def reduce_pair(given: Array, wanted: Array) -> tuple[Array, Array]:
    """(R, P) with RᵀR = AᵀA and RᵀP = AᵀB, both of as many rows as A has columns: ‖A x − B y‖ and ‖R x − P y‖ differ by what no x can change.

    A Gram matrix squares what is small, so it is taken twice. With the triangular factor T of AᵀA + ε I the columns of Z = A T⁻¹ are nearly
    orthonormal, however small they were in A, so that nothing is lost in ZᵀZ = V Λ Vᵀ; then

        R = Λ^{1/2} Vᵀ T,      P = Λ^{−1/2} Vᵀ Zᵀ B.

    Where ZᵀZ is near I its Cholesky factor L takes the place of V Λ^{1/2}, as in CholeskyQR2 (Yamamoto et al., ETNA 44, 2015).

    Columns are brought to size 1 before, by powers of 2 that are exactly undone: columns of any size that float64 holds give the same digits. Among
    300 columns of one size, what stands in a direction that is 1e-10 of the largest was found as by QR (what is left is 1e-5 of it, which is what
    rounding of A leaves), at 1e-11 four times worse; from 3e-12 on it is 0 in P. QR takes over where so many rows are equal that rounding of AᵀA
    is more than ε.

    Args:
        given: A, shape (rows, N).
        wanted: B, shape (rows, k).

    >>> a, b = np.random.default_rng(0).normal(size=(2, 50, 2)) * [[[1, 1e-9]], [[1, 1]]]
    >>> r, p = reduce_pair(a, b)
    >>> bool(np.allclose(np.linalg.solve(r, p), np.linalg.lstsq(a, b)[0]))
    True
    """
    (given, sizes_given), (wanted, sizes_wanted) = _near_one(given), _near_one(wanted)
    gram = given.T @ given
    shift = _SHIFT * gram.shape[0] * np.finfo(float).eps * float(np.trace(gram)) or 1.0  # of A = 0, R and P are 0
    try:
        upper = np.linalg.cholesky(gram + shift * np.eye(len(gram))).T
    except np.linalg.LinAlgError:
        rows = reduce_rows([(given, wanted)])[: len(gram)]
        return np.ldexp(rows[:, : len(gram)], sizes_given), np.ldexp(rows[:, len(gram) :], sizes_wanted)
    near = cast("Any", solve_triangular(upper, given.T, trans="T", check_finite=False)).T
    second, onto = near.T @ near, near.T @ wanted
    if np.linalg.norm(second - np.eye(len(second))) < _ORTHONORMAL:
        lower = np.linalg.cholesky(second)
        moved = np.asarray(solve_triangular(lower, onto, lower=True, check_finite=False), dtype=np.float64)
        return np.ldexp(lower.T @ upper, sizes_given), np.ldexp(moved, sizes_wanted)
    sizes, vectors = np.linalg.eigh(second)
    roots = np.sqrt(np.maximum(sizes, 0))
    inverse = np.divide(1, roots, out=np.zeros_like(roots), where=sizes > _NOTHING)
    factor, moved = roots[:, None] * (vectors.T @ upper), (vectors * inverse).T @ onto
    return np.ldexp(factor, sizes_given), np.ldexp(moved, sizes_wanted)


def _near_one(values: Array) -> tuple[Array, NDArray[np.intc]]:
    """Columns with a largest entry in [1/2, 1), and the powers of 2 that they were divided by."""
    powers = np.frexp(np.maximum(values.max(axis=0, initial=0.0), -values.min(axis=0, initial=0.0)))[1]
    plain = np.abs(powers).max(initial=0) <= _PLAIN
    return (values * np.ldexp(1.0, -powers) if plain else np.ldexp(values, -powers)), powers


def _factor(rows: list[Array]) -> Array:
    return np.asarray(np.linalg.qr(np.concatenate(rows), mode="r"), dtype=np.float64)

r"""Many rows reduced to few, with the same least squares.

For a tall matrix H = Q R, ‖H x − Q y‖ differs from ‖R x − y‖ by what no x can change. So regressions of the last columns of H on its first ones
need R only, and H is never squared, nor held at once: R of what was seen is put on top of the rows that come next.

>>> rows = np.random.default_rng(0).normal(size=(50, 3))
>>> factor = reduce_rows([(rows[i : i + 10, :2], rows[i : i + 10, 2:]) for i in range(0, 50, 10)])
>>> factor.shape, bool(np.allclose(factor.T @ factor, rows.T @ rows))
((3, 3), True)

Source: Golub & Van Loan, Matrix Computations, section 5.2.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from emt_theory.ground.arrays import Array

_ROWS_PER_COLUMN = 8


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


def _factor(rows: list[Array]) -> Array:
    return np.asarray(np.linalg.qr(np.concatenate(rows), mode="r"), dtype=np.float64)

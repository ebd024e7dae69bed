r"""How many memories a weight matrix needs, and which: W = Ξ Φ Ξ† over Q (P04).

With n memories Ξ (N × n), any left inverse Ξ† of them and any Φ, `Ξ Φ Ξ†` is similar to Φ ⊕ 0 with N − n zeros (P12): each of these zeros is a 1×1
Jordan block at 0. So n ≥ N − b if W has b of them, and

    b = N − 2 rank W + rank W²,        n ≥ 2 rank W − rank W².

Nothing else is needed. Split N-space into a part K of the kernel of W of dimension N − n that meets the image of W in 0, and a complement of K that
holds the image. A basis of the complement is Ξ; Ξ† reads the coordinates in it, and is 0 on K. So any n from 2 rank W − rank W² on will do, up to
Ξ = I, Φ = W.

>>> shift = RationalMatrix.from_rows([[0, 1, 0], [0, 0, 0], [0, 0, 0]])       # a Jordan block of size 2 at 0, and one of size 1
>>> fewest_memories(shift)
2
>>> factors = factorize(shift)
>>> factors.memories @ factors.phi @ factors.dual == shift
True

Ξ† is *oblique*: a left inverse, not in general the pseudo-inverse. With the pseudo-inverse, or with orthonormal memories, both the image of W and
that of Wᵀ lie in the span of the memories, so n ≥ rank [W Wᵀ], which is enough, too. Only in such memories is W a limit of the memory model (P02).

Source: the claim that every W is some ΞΦΞ† is EMT's; the fewest memories are new, proved in `proofs/p04`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import is_integer
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.ground.text import shown, shows

if TYPE_CHECKING:
    import flint

_Columns = list[list[Any]]


@shows
class Factors(NamedTuple):
    """W = Ξ Φ Ξ†, exactly.

    Attributes:
        memories: Ξ, shape (N, n).
        phi: Φ, shape (n, n).
        dual: Ξ†, shape (n, N), with Ξ†Ξ = I.
    """

    memories: RationalMatrix
    phi: RationalMatrix
    dual: RationalMatrix


def fewest_memories(W: RationalMatrix) -> int:
    """2 rank W − rank W², W of shape (N, N): the fewest memories n with W = Ξ Φ Ξ†, Ξ† a left inverse of Ξ. It is 0 for W = 0.

    Raises:
        InvalidOption: if W is not square.
    """
    dense = _square(W)
    return 2 * dense.rank() - (dense * dense).rank()


def fewest_orthonormal_memories(W: RationalMatrix) -> int:
    """rank [W Wᵀ], W of shape (N, N): the fewest memories n with W = Ξ Φ Ξ†, Ξ† the pseudo-inverse of Ξ.

    Raises:
        InvalidOption: if W is not square.

    >>> shift = RationalMatrix.from_rows([[0, 1, 0], [0, 0, 1], [0, 0, 0]])
    >>> fewest_memories(shift), fewest_orthonormal_memories(shift)
    (3, 3)
    """
    _square(W)
    size = W.shape[0]
    beside = [(i, j, v) for i, j, v in W] + [(j, size + i, v) for i, j, v in W]
    return RationalMatrix.from_entries((size, 2 * size), beside).to_flint().rank()


def factorize(W: RationalMatrix, size: int | None = None) -> Factors:
    """Memories, interactions and read-out with W = Ξ Φ Ξ†, over Q.

    Args:
        W: shape (N, N).
        size: n; None means the fewest, and at least 1.

    Raises:
        InvalidOption: if W is not square, or n is not between the fewest and N.

    >>> factorize(RationalMatrix.from_rows([[0, 1], [0, 0]]), size=1)
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidOption: n must be from 2 rank W − rank W² = 2 to N = 2; got 1
    """
    dense = _square(W)
    fewest, total = fewest_memories(W), W.shape[0]
    n = max(1, fewest) if size is None else size
    if not is_integer(n) or not max(1, fewest) <= n <= total:
        raise InvalidOption(f"n must be from 2 rank W − rank W² = {fewest} to N = {total}; got {shown(size)}")
    image = _independent(_columns(dense), total)
    nilpotent = _columns(_matrix(image, total) * _matrix(_kernel(dense * _matrix(image, total)), len(image)))
    free = _extension(nilpotent, _kernel(dense), total)[: total - n]
    rest = _extension([*image, *free], _columns(_matrix(None, total)), total)
    T = _matrix([*image, *rest, *free], total)
    memories = RationalMatrix.from_rows(_matrix([*image, *rest], total))
    dual = RationalMatrix.from_rows(T.inv().tolist()[:n])
    return Factors(memories, dual @ W @ memories, dual)


def _square(W: RationalMatrix) -> flint.fmpq_mat:
    if not isinstance(W, RationalMatrix):
        raise InvalidOption(f"W must be a RationalMatrix, such as RationalMatrix.from_rows makes; got {shown(W)}")
    if W.shape[0] != W.shape[1]:
        raise InvalidOption(f"W must be square; got shape {W.shape}")
    return W.to_flint()


def _columns(matrix: flint.fmpq_mat) -> _Columns:
    return [list(column) for column in zip(*matrix.tolist(), strict=True)]


def _matrix(columns: _Columns | None, size: int) -> flint.fmpq_mat:
    """The matrix with these columns of this length; None means those of the identity."""
    import flint

    if columns is None:
        return flint.fmpq_mat(size, size, [int(i == j) for i in range(size) for j in range(size)])
    return flint.fmpq_mat(size, len(columns), [column[i] for i in range(size) for column in columns])


def _pivots(matrix: flint.fmpq_mat) -> tuple[list[list[flint.fmpq]], list[int]]:
    """The non-zero rows of the reduced echelon form, and the columns in which they begin."""
    reduced, rank = matrix.rref()
    rows = reduced.tolist()[:rank]
    return rows, [next(j for j, value in enumerate(row) if value) for row in rows]


def _kernel(matrix: flint.fmpq_mat) -> _Columns:
    """A basis of the kernel: one vector for each column without a pivot."""
    rows, pivots = _pivots(matrix)
    width, basis = matrix.ncols(), _Columns()
    for j in sorted(set(range(width)) - set(pivots)):
        vector: list[Any] = [int(k == j) for k in range(width)]
        for row, pivot in zip(rows, pivots, strict=True):
            vector[pivot] = -row[j]
        basis.append(vector)
    return basis


def _independent(columns: _Columns, size: int) -> _Columns:
    """The first columns that span what all of them span."""
    return [columns[j] for j in _pivots(_matrix(columns, size))[1]]


def _extension(start: _Columns, more: _Columns, size: int) -> _Columns:
    """The first of the columns `more` that together with the independent columns `start` span what all of them span."""
    columns = [*start, *more]
    return [columns[j] for j in _pivots(_matrix(columns, size))[1] if j >= len(start)]

r"""The span of the rows C, CA, CA², …: independent rows of it, found modulo a prime and proved over Q.

Row i of CA^k is looked at only if row i of CA^{k−1} was independent of those before it. So rows are kept along chains c, cA, cA², …, and if the
first row of each chain that is not kept depends on those that are, their span is closed under A: it is the whole span.

>>> from emt_theory.ground.rationals import RationalMatrix
>>> A, C = RationalMatrix.from_rows([[0, 1], [1, 1]]), RationalMatrix.from_rows([[1, 0], [2, 0]])
>>> spanning_rows(A, C)                                                   # c_1 = (1, 0) and c_1 A; c_2 depends on c_1
RationalMatrix 2×2, 2 non-zero: (0,0)=1 (1,1)=1

Independence modulo a prime is independence over Q. Dependence is not: it is decided by an exact rank, and where that is larger the next prime is
taken.

Source: the choice along chains is Kronecker's; Kailath, Linear Systems, 6.4.6.
"""

from __future__ import annotations

from typing import Any, TypeVar

import flint

from emt_theory.exact.rings import ModularMatrix
from emt_theory.ground.sparse import SparseMatrix

_LARGEST_PRIME = 2**61 - 1

Matrix = TypeVar("Matrix", bound=SparseMatrix[Any])


def spanning_rows(A: Matrix, C: Matrix) -> Matrix:
    """Independent rows of C, CA, CA², … that span them all, shape (r, N); over Q each one times a positive integer.

    Args:
        A: shape (N, N).
        C: shape (p, N), over the same field.
    """
    size, p = A.shape[0], C.shape[0]
    if isinstance(A, ModularMatrix):
        step, shown = A.to_flint(), C.to_flint()
        lengths = _chains(step, shown)
        return C.from_dense(flint.nmod_mat(sum(lengths), size, _rows(step, shown, lengths), A.p))
    step, shown = (matrix.to_flint().numer_denom()[0] for matrix in (A, C))
    prime = _LARGEST_PRIME
    while True:
        lengths = _chains(flint.nmod_mat(step, prime), flint.nmod_mat(shown, prime))
        kept = flint.fmpz_mat(sum(lengths), size, _rows(step, shown, lengths))
        if kept.nrows() == size:
            return C.from_dense(kept)
        more = [length + 1 for length in lengths]
        if flint.fmpz_mat(kept.nrows() + p, size, _rows(step, shown, more)).rank() == kept.nrows():
            return C.from_dense(kept)
        prime = next(q for q in range(prime - 2, 1, -2) if flint.fmpz(q).is_prime())


def _chains(A: Any, C: Any) -> list[int]:
    """How many rows of each chain are kept, modulo a prime; looked at in doubling depths."""
    size, lengths = A.nrows(), [0] * C.nrows()
    alive, kept, depth = [*range(C.nrows())], list[Any](), 1
    ends = [C.entries()[i * size : (i + 1) * size] for i in alive]
    while alive:
        candidates = list[Any]()
        for _ in range(depth):
            candidates += ends
            ends = _times(ends, A)
        # The first independent columns of the transpose are the first independent rows; those that are kept stay so.
        chosen = _pivots(
            _like(A, len(kept) + len(candidates), [e for row in (*kept, *candidates) for e in row]).transpose()
        )[len(kept) :]
        places = [at - len(kept) for at in chosen]  # candidate k·|alive| + a is row k of the a-th living chain
        for place in places:
            lengths[alive[place % len(alive)]] += 1
        kept += [candidates[place] for place in places]
        counts = [sum(place % len(alive) == a for place in places) for a in range(len(alive))]
        going = [a for a, found in enumerate(counts) if found == depth]
        alive, ends = [alive[a] for a in going], [ends[a] for a in going]
        depth *= 2
    return lengths


def _rows(A: Any, C: Any, lengths: list[int]) -> list[Any]:
    """The entries of the first rows of each chain, chain by chain within each power: what `lengths` asks for."""
    size, found = A.nrows(), list[Any]()
    ends = {i: C.entries()[i * size : (i + 1) * size] for i in range(C.nrows())}
    for k in range(max(lengths, default=0)):
        ends = {i: row for i, row in ends.items() if k < lengths[i]}
        found += [entry for row in ends.values() for entry in row]
        ends = dict(zip(ends, _times([*ends.values()], A), strict=True))
    return found


def _times(rows: list[Any], A: Any) -> list[Any]:
    """Rows times A, as lists of entries."""
    size = A.nrows()
    product = _like(A, len(rows), [e for row in rows for e in row]) * A
    return [product.entries()[i * size : (i + 1) * size] for i in range(len(rows))]


def _like(A: Any, rows: int, entries: list[Any]) -> Any:
    """A matrix of A's kind."""
    if isinstance(A, flint.nmod_mat):
        return flint.nmod_mat(rows, A.ncols(), entries, A.modulus())
    return flint.fmpz_mat(rows, A.ncols(), entries)


def _pivots(matrix: Any) -> list[int]:
    """The columns of the first non-zero entries of the rows of the reduced row echelon form."""
    reduced, found = matrix.rref()
    columns, entries = reduced.ncols(), reduced.entries()
    firsts, column = list[int](), 0
    for i in range(int(found)):
        column = next(j for j in range(column, columns) if entries[i * columns + j])
        firsts.append(column)
    return firsts

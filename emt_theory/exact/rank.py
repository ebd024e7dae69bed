r"""Exact ranks over Q, and the rank of what a recurrence shows.

Floating-point ranks of integer matrices are guesses: the Hankel matrix of an integer system of order 20 has numerical rank 10. Here a rank
modulo a large prime, which can only be too small, settles every matrix of full rank; the others are reduced over Q.

What a recurrence shows from step s+1 on is spanned by the rows of `O = [CΦ; CΦ²; …; CΦⁿ]`, `C = E_sᵀ`. The fewest dimensions that carry it
linearly are `rank O` for the states from t = s+1 on, and `2 rank O − rank(OΦ)` if the state at t = s counts too (P11).

>>> observability_rank(RationalMatrix.from_rows([[0, 0, 0, 1]]), dim=1)     # u(t+1) = u(t): one number of four is ever used
ObservabilityRank(scored=1, propagated=1)

Source: new, P11, proved in `proofs/`; Kailath, Linear Systems, 2.4.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import flint

from emt_theory.exact.companion import companion
from emt_theory.rationals import RationalMatrix

PRIME = 2**61 - 1


class ObservabilityRank(NamedTuple):
    """Ranks of the observability matrix O of the scored outputs.

    Attributes:
        scored: rank O.
        propagated: rank(OΦ), what is still there one step later.
    """

    scored: int
    propagated: int


def rank(matrix: RationalMatrix) -> int:
    """The rank over Q, exactly.

    >>> rank(RationalMatrix.from_rows([["1/3", "2/3"], [1, 2]]))
    1
    """
    modular = _rank_modulo(matrix)
    return modular if modular == min(matrix.shape) else int(matrix.to_flint().rank())


def _rank_modulo(matrix: RationalMatrix) -> int:
    """Rank modulo a prime: a lower bound on the rank over Q. Rows are cleared of denominators first, which keeps the rank."""
    cleared, _ = matrix.to_flint().numer_denom()
    entries = [int(x) % PRIME for x in cleared.entries()]
    return int(flint.nmod_mat(*matrix.shape, entries, PRIME).rank())


def observability_rank(F: RationalMatrix, dim: int) -> ObservabilityRank:
    """rank O and rank(OΦ) of the recurrence F = [F_1 … F_s], shape (d, s·d).

    The row space of O is the smallest one that holds the rows of CΦ = F and is closed under multiplication by Φ; it is grown by the images of
    the rows that were new, until there are none.
    """
    size = F.shape[1]
    if _is_fully_observable_modulo(F, dim):
        return ObservabilityRank(size, size - dim + rank(F.columns(0, dim)))
    phi = companion(F, dim).to_flint()
    basis = _row_basis(F.to_flint())
    fresh = basis
    while fresh.nrows():
        grown = _row_basis(_stack(basis, fresh * phi))
        if grown.nrows() == basis.nrows():
            break
        basis, fresh = grown, grown
    return ObservabilityRank(int(basis.nrows()), int((basis * phi).rank()) if basis.nrows() else 0)


def _is_fully_observable_modulo(F: RationalMatrix, dim: int) -> bool:
    """Whether O has full rank modulo a prime, hence over Q. If D is the common denominator, the rows of D^τ CΦ^τ are integers."""
    size = F.shape[1]
    phi = companion(F, dim).to_flint()
    integral, denominator = phi.numer_denom()
    modular = flint.nmod_mat(size, size, [int(x) % PRIME for x in integral.entries()], PRIME)
    if not int(denominator) % PRIME:
        return False
    rows = flint.nmod_mat(dim, size, [int(i + size - dim == j) for i in range(dim) for j in range(size)], PRIME)
    table: list[int] = []
    for _ in range(size // dim):
        rows = rows * modular
        table.extend(int(x) for x in rows.entries())
    return int(flint.nmod_mat(size, size, table, PRIME).rank()) == size


def _row_basis(matrix: Any) -> Any:
    reduced, found = matrix.rref()
    return flint.fmpq_mat(int(found), reduced.ncols(), reduced.entries()[: int(found) * reduced.ncols()])


def _stack(above: Any, below: Any) -> Any:
    return flint.fmpq_mat(above.nrows() + below.nrows(), above.ncols(), above.entries() + below.entries())

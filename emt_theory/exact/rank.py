r"""Exact ranks over Q, and the rank of what a recurrence shows.

Floating-point ranks of integer matrices are guesses: the Hankel matrix of an integer system of order 20 has numerical rank 10. Here a rank
modulo a large prime, which can only be too small, settles every matrix of full rank; the others are reduced over Q.

What a recurrence shows from step s+1 on is spanned by the rows of `O = [CΦ; CΦ²; …; CΦⁿ]`, `C = E_sᵀ`. The fewest dimensions that carry it
linearly are `rank O` for the states from t = s+1 on, and `2 rank O − rank(OΦ)` if the state at t = s counts too (P11).

No power is needed: s outputs fill the whole stack, so the first s block rows of O are Φ^s, and they span all the others. And Φ^s = L 𝒯 with L
invertible and 𝒯 the block Toeplitz matrix of F (`block_toeplitz`). So

    rank O = rank Φ^s = rank 𝒯,      ker O = ker 𝒯,      rank(OΦ) = rank Φ^{s+1} = rank(𝒯Φ).

>>> observability_rank(RationalMatrix.from_rows([[0, 0, 0, 1]]), dim=1)     # u(t+1) = u(t): one number of four is ever used
ObservabilityRank(scored=1, propagated=1)

Source: new, P11, proved in `proofs/`; Kailath, Linear Systems, 2.4.
"""

from __future__ import annotations

from typing import NamedTuple

import flint

from emt_theory.exact.arguments import exact_matrix, recurrence
from emt_theory.exact.companion import Matrix, block_toeplitz, companion
from emt_theory.exact.rings import ModularMatrix
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.ground.text import shows

_PRIME = 2**61 - 1


@shows
class ObservabilityRank(NamedTuple):
    """Ranks of the observability matrix O of the scored outputs.

    Attributes:
        scored: rank O.
        propagated: rank(OΦ), what is still there one step later.
    """

    scored: int
    propagated: int


def rank(matrix: RationalMatrix | ModularMatrix) -> int:
    """The rank of a matrix of any shape over Q, exactly; of a matrix over GF(p) over GF(p).

    >>> from emt_theory.exact import GF
    >>> rank(RationalMatrix.from_rows([["1/3", "2/3"], [1, 2]])), rank(GF(2).matrix([[1, 1], [1, 3]]))
    (1, 1)
    """
    given = exact_matrix("matrix", matrix).to_flint()
    if isinstance(matrix, ModularMatrix):
        return int(given.rank())
    cleared, _ = given.numer_denom()  # an integer multiple has the same rank
    modular = int(flint.nmod_mat(cleared, _PRIME).rank())  # a lower bound
    return modular if modular == min(matrix.shape) else int(cleared.rank())


def observability_rank(F: Matrix, dim: int) -> ObservabilityRank:
    """rank O and rank(OΦ) of the recurrence F = [F_1 … F_s], shape (d, s·d).

    If F_1 is invertible, so is Φ, and both are n; otherwise they are the ranks of 𝒯 and 𝒯Φ.
    """
    dim, size = recurrence(F, dim), F.shape[1]
    if rank(F.columns(0, dim)) == dim:
        return ObservabilityRank(size, size)
    shown = block_toeplitz(F, dim)
    return ObservabilityRank(rank(shown), rank(shown @ companion(F, dim)))

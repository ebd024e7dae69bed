r"""The block companion matrix of a linear recurrence.

A recurrence `u(t+1) = Σ_k F_k u(t−s+k)` over vectors of dimension d, with its last s values stacked oldest first, is one matrix:

        ⎡ 0   I           ⎤
    Φ = ⎢         ⋱       ⎥      block k takes block k+1 (the shift), the newest block s takes F = [F_1 … F_s] (the write).
        ⎢             I   ⎥
        ⎣ F_1 F_2 … F_s   ⎦

The smallest example is Fibonacci's, s = 2 and d = 1:

>>> companion(RationalMatrix.from_rows([[1, 1]]), dim=1) == RationalMatrix.from_rows([[0, 1], [1, 1]])
True

Source: Horn & Johnson, Matrix Analysis, 3.3; Karuvally et al., arXiv 2310.02430, section 3.
"""

from __future__ import annotations

from fractions import Fraction

from emt_theory.rationals import RationalMatrix


def companion(F: RationalMatrix, dim: int) -> RationalMatrix:
    """The block companion matrix Φ, shape (s·d, s·d), of F = [F_1 … F_s], shape (d, s·d).

    Args:
        F: the recurrence; block 1, the oldest, comes first.
        dim: d, the dimension of one variable.
    """
    size = F.shape[1]
    shift = ((i, i + dim, Fraction(1)) for i in range(size - dim))
    write = ((size - dim + i, j, value) for i, j, value in F)
    return RationalMatrix((size, size), (*shift, *write))


def injection(block: int, num_variables: int, dim: int) -> RationalMatrix:
    """E_k, shape (s·d, d): puts a variable into block k of the stack, k = 1, …, s.

    >>> injection(2, num_variables=2, dim=1) == RationalMatrix.from_rows([[0], [1]])
    True
    """
    start = (block - 1) * dim
    return RationalMatrix((num_variables * dim, dim), tuple((start + c, c, Fraction(1)) for c in range(dim)))

r"""The block companion matrix of a linear recurrence.

A recurrence `u(t+1) = Σ_k F_k u(t−s+k)` over vectors of dimension d, with its last s values stacked oldest first, is one matrix:

        ⎡ 0   I           ⎤
    Φ = ⎢         ⋱       ⎥      block k takes block k+1 (the shift), the newest block s takes F = [F_1 … F_s] (the write).
        ⎢             I   ⎥
        ⎣ F_1 F_2 … F_s   ⎦

The smallest example is Fibonacci's, s = 2 and d = 1:

>>> companion(RationalMatrix.from_rows([[1, 1]]), dim=1) == RationalMatrix.from_rows([[0, 1], [1, 1]])
True

The entries may be of any field: over Q (`RationalMatrix`) or over GF(p) (`GF(p).matrix`), and what comes out is over the same one.

Source: Horn & Johnson, Matrix Analysis, 3.3; Karuvally et al., arXiv 2310.02430, section 3.
"""

from __future__ import annotations

from typing import Any, TypeVar

from emt_theory.exact.arguments import LARGEST, recurrence
from emt_theory.exact.rings import ModularMatrix, ring_of
from emt_theory.ground.arguments import integer
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.ground.slots import Slots

Matrix = TypeVar("Matrix", RationalMatrix, ModularMatrix)


def companion(F: Matrix, dim: int) -> Matrix:
    """The block companion matrix Φ, shape (s·d, s·d), of F = [F_1 … F_s], shape (d, s·d).

    Args:
        F: the recurrence; block 1, the oldest, comes first.
        dim: d, the dimension of one variable.

    Raises:
        InvalidOption: if F is no exact matrix of this shape. So do all functions of a recurrence.
    """
    dim, size, one = recurrence(F, dim), F.shape[1], ring_of(F).one
    shift = ((i, i + dim, one) for i in range(size - dim))
    write = ((size - dim + i, j, value) for i, j, value in F)
    return F.like((size, size), (*shift, *write))


def injection(block: int, num_variables: int, dim: int) -> RationalMatrix:
    """E_k, shape (s·d, d): puts a variable into block k of the stack, k = 1, …, s.

    Raises:
        InvalidOption: if there is no block k, or a size is not positive.

    >>> injection(2, num_variables=2, dim=1) == RationalMatrix.from_rows([[0], [1]])
    True
    """
    dim, s = integer("dim", dim, least=1, most=LARGEST), integer("num_variables", num_variables, least=1)
    slots = Slots(s, dim)
    into = slots.block(integer("block", block, least=1, most=s))
    return RationalMatrix.from_entries((slots.size, dim), ((j, c, 1) for c, j in enumerate(into)))


def blocks(F: Matrix, dim: int) -> list[Matrix]:
    """F_1, …, F_s, each of shape (d, d).

    >>> [len(block.entries) for block in blocks(RationalMatrix.from_rows([[0, 0, 1, 0], [0, 0, 2, 3]]), dim=2)]
    [0, 3]
    """
    dim = recurrence(F, dim)
    slots = Slots(F.shape[1] // dim, dim)
    entries: list[list[tuple[int, int, Any]]] = [[] for _ in range(slots.num_variables)]
    for i, j, value in F:
        block, component = slots.place(j)
        entries[block - 1].append((i, component, value))
    return [F.like((dim, dim), found) for found in entries]


def block_toeplitz(F: Matrix, dim: int) -> Matrix:
    """𝒯, shape (s·d, s·d): what the stack contributes to the next s outputs, before any of these outputs feeds back.

        ⎡ F_1 F_2 … F_s   ⎤
        ⎢     F_1 … F_s−1 ⎥  = 𝒯,     Φ^s = L 𝒯,
        ⎢         ⋱   ⋮   ⎥
        ⎣             F_1 ⎦

    with L the unit block lower triangular Toeplitz matrix of the impulse responses `E_sᵀΦ^jE_s`. So 𝒯 has the kernel and the row space of Φ^s,
    with the entries of F instead of those of its powers. Source: new, proved with P11.

    >>> block_toeplitz(RationalMatrix.from_rows([[2, 3]]), dim=1) == RationalMatrix.from_rows([[2, 3], [0, 2]])
    True
    """
    dim, size = recurrence(F, dim), F.shape[1]
    rows = ((shift + i, j + shift, v) for shift in range(0, size, dim) for i, j, v in F if j + shift < size)
    return F.like((size, size), rows)


def loaded_memory(F: Matrix, dim: int) -> Matrix:
    """L, shape (s·d, s·d): the memory after s inputs were written one by one into the newest block while Φ already acts (P06).

    Column block k is `Φ^{s−k} E_s`; block (b, k) is the impulse response `E_sᵀ Φ^{b−k} E_s`, 0 above the diagonal and I on it. So L is
    invertible over the integers for integer F: the load is distorted, not lost.

    >>> loaded_memory(RationalMatrix.from_rows([[2, 3]]), dim=1) == RationalMatrix.from_rows([[1, 0], [3, 1]])
    True
    """
    dim, size = recurrence(F, dim), F.shape[1]
    impulse = impulse_responses(F, dim, size // dim)
    entries = [
        (offset + lag * dim + i, offset + j, v)
        for lag, response in enumerate(impulse)
        for offset in range(0, size - lag * dim, dim)
        for i, j, v in response
    ]
    return F.like((size, size), sorted(entries))


def impulse_responses(F: Matrix, dim: int, count: int) -> list[Matrix]:
    """`g_τ = E_sᵀ Φ^τ E_s`, τ = 0, …, count − 1: by the recurrence `g_τ = Σ_k F_k g_{τ−s+k−1}` with g_0 = I and g_τ = 0 before.

    >>> impulse_responses(RationalMatrix.from_rows([[1, 1]]), dim=1, count=5)[4]
    RationalMatrix 1×1, 1 non-zero: (0,0)=5
    """
    dim, s, count = recurrence(F, dim), F.shape[1] // dim, integer("count", count, least=0, most=10**7)
    split = blocks(F, dim)
    one = ring_of(F).one
    found = [F.like((dim, dim), ((i, i, one) for i in range(dim)))][:count]
    while len(found) < count:
        lag = len(found)
        products = [split[k] @ found[lag - s + k] for k in range(max(0, s - lag), s) if split[k].entries]
        found.append(F.summed((dim, dim), (entry for product in products for entry in product)))
    return found

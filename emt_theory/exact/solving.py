r"""The first columns of the inverse of a small integer matrix, exactly: p-adic lifting in float64, each of whose products is exact.

With C = M⁻¹ modulo a prime p, the p-adic digits of X = M⁻¹R come one by one,

    X_k = C R_k mod p,      R_{k+1} = (R_k − M X_k)/p,      X ≡ Σ_k X_k p^k,

and R_k stays below N·max|M| + 1. So p is chosen below 2⁵²/(N·max|M|): M X_k is then exact in float64, where a product of matrices takes
milliseconds. det(M)·X is an integer of at most the size of the cofactors, which as many digits determine:

>>> import numpy as np
>>> numerators, determinant = inverse_columns(np.array([[1, 2], [-2, 1]]), count=1)
>>> numerators, determinant
([[1], [2]], 5)

Source: Dixon, Numerische Mathematik 40 (1982); the determinant and the inverse modulo p by FLINT.
"""

from __future__ import annotations

from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from emt_theory.ground.longproducts import combined

_DIGIT = 40
"""Bits of p."""


def inverse_columns(matrix: NDArray[np.integer[Any]], count: int) -> tuple[list[list[int]], int]:
    """(numerators, D) with the first columns of M⁻¹ = numerators / D, D = |det M|.

    Args:
        matrix: M, shape (N, N), integers with N·max|M| < 2¹².
        count: how many columns.

    Raises:
        ZeroDivisionError: if M is singular.
    """
    size = len(matrix)
    whole = flint.fmpz_mat(matrix.tolist())
    determinant = abs(int(whole.det()))
    if not determinant:
        raise ZeroDivisionError("the matrix is singular")
    p = next(q for q in range(2**_DIGIT - 1, 1, -2) if flint.fmpz(q).is_prime() and determinant % q)
    # |cofactors| ≤ Π of the row norms (Hadamard); one bit for the sign.
    norms = np.maximum(1, (matrix.astype(float) ** 2).sum(axis=1))
    bits = int(np.log2(norms).sum() / 2) + 3
    digits = _digits(matrix, flint.nmod_mat(whole, p).inv(), p, count, bits // (_DIGIT - 1) + 1)
    modulus, half = p ** len(digits), _DIGIT // 2
    powers = [determinant * p**k << half * part for k in range(len(digits)) for part in (0, 1)]
    parts = np.stack([part for digit in digits for part in (digit & ((1 << half) - 1), digit >> half)])
    found = combined(parts.astype(float), [power % modulus for power in powers], modulus)
    return [found[i * count : (i + 1) * count] for i in range(size)], determinant


def _digits(matrix: NDArray[Any], inverse: Any, p: int, count: int, length: int) -> list[NDArray[np.int64]]:
    """X_0, X_1, …: the p-adic digits of the first columns of the inverse, each of shape (N·count,)."""
    size = len(matrix)
    C = np.array([int(v) for v in inverse.entries()], dtype=np.int64).reshape(size, size)
    half = _DIGIT // 2
    high, low, M = (C >> half).astype(float), (C & ((1 << half) - 1)).astype(float), matrix.astype(float)
    rest, found = np.eye(size, count), list[NDArray[np.int64]]()
    for _ in range(length):
        # C R = 2^20 (high R) + low R; the parts have less than 20 + 12 + 12 bits, and 2^20 times a residue less than 60.
        upper = (high @ rest).astype(np.int64) % p
        digit = ((upper << half) + (low @ rest).astype(np.int64)) % p
        found.append(digit.reshape(-1))
        rest = (rest - M @ digit.astype(float)) / p  # exact: p divides it
    return found

r"""Products of integer matrices whose entries are long, by sums of short products: each is exact in float64, where BLAS takes them.

With residues r modulo primes p, |r| ≤ p/2, a sum of k products is exact while k·p²/4 < 2⁵². As many primes as M = Π p > 4·bound
takes determine the entries (Chinese remainders), and these are sums of short times long numbers again:

    x = Σ_i c_i M/p_i − t M,     c_i = r_i (M/p_i)⁻¹ mod p_i,     t = round(Σ_i c_i/p_i).

>>> product([10**30, 1, 2, 3], [1, -1, 0, 10**40], (2, 2, 2))
[1000000000000000000000000000000, 9999999999000000000000000000000000000000, 2, 29999999999999999999999999999999999999998]

Source: residues and remainders as in FLINT's `fmpz_mat_mul_multi_mod`, with primes that float64 has room for.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

_EXACT = 52
"""Integers of so many bits are exact in float64, their sums included."""
_LIMB = 16
_SHORT = 23
"""Bits of a short number: with 16 of a limb, 4,096 of their products are summed exactly."""
_COLUMNS = 8192
"""So many numbers at a time."""


def combined(short: NDArray[np.floating[Any]], long: Sequence[int], modulus: int) -> list[int]:
    """Σ_i c_i w_i modulo M, the one nearest to 0, for each column c: what it is must be known to be below M/4.

    Args:
        short: the columns c, shape (k, count), k ≤ 4,096, integers with |c_i| < 2²³.
        long: w, k integers from 0 to M − 1.
        modulus: M.
    """
    shares = np.array([w / modulus for w in long])
    width = modulus.bit_length() // _LIMB + 4  # room for the sums above M, of at most 23 + 12 bits
    limbs = _limbs([*long, modulus], width).T.copy()
    found = list[int]()
    for start in range(0, short.shape[1], _COLUMNS):
        c = short[:, start : start + _COLUMNS].astype(float)
        sums = (limbs @ np.vstack([c, -np.rint(shares @ c)])).astype(np.int64)
        for place in range(width - 1):
            sums[place + 1] += sums[place] >> _LIMB
        raw, step = np.ascontiguousarray((sums & 0xFFFF).astype("<u2").T).tobytes(), 2 * width
        found += [int.from_bytes(raw[k : k + step], "little", signed=True) for k in range(0, len(raw), step)]
    return found


def product(left: Sequence[int], right: Sequence[int], shape: tuple[int, int, int]) -> list[int]:
    """The entries of A B, row by row.

    Args:
        left: the entries of A, row by row.
        right: those of B.
        shape: (m, k, n): A has m rows and k columns, B has k rows and n columns; none is 0.
    """
    m, k, n = shape
    bound = k * max(map(abs, left)) * max(map(abs, right))
    primes = _primes(min(isqrt(2 ** (_EXACT + 2) // k), 2**_SHORT), 4 * bound + 1)
    modulus = prod(primes)
    cofactors = [modulus // q for q in primes]
    inverses = [pow(w % q, -1, q) for w, q in zip(cofactors, primes, strict=True)]
    A, B = _residues(left, primes), _residues(right, primes)
    remainders = np.empty((len(primes), m * n), dtype=np.float32)
    for q, inverse, a, b, found in zip(primes, inverses, A, B, remainders, strict=True):
        r = _reduced(a.reshape(m, k).astype(float) @ b.reshape(k, n).astype(float), q)
        found[:] = _reduced(r * inverse, q).reshape(-1)
    return combined(remainders, cofactors, modulus)


def _primes(below: int, largest: int) -> list[int]:
    """The largest primes below a number whose product exceeds another one."""
    import flint

    found, total, q = list[int](), 1, below
    while total <= largest:
        q -= 1
        if flint.fmpz(q).is_prime():
            found.append(q)
            total *= q
    return found


def _reduced(x: NDArray[np.float64], p: NDArray[np.float64] | int) -> NDArray[np.float64]:
    """x modulo p, nearest to 0, in place."""
    turns = x / p
    np.rint(turns, out=turns)
    turns *= p
    x -= turns
    return x


def _residues(values: Sequence[int], primes: Sequence[int]) -> NDArray[np.float32]:
    """A row for each prime; float32 is exact up to 2²⁴."""
    width = max(map(int.bit_length, values)) // _LIMB + 1
    powers = np.array([[pow(2, _LIMB * j, p) for j in range(width)] for p in primes], dtype=float)
    p, found = np.array(primes, dtype=float)[:, None], np.empty((len(primes), len(values)), dtype=np.float32)
    for start in range(0, len(values), _COLUMNS):
        limbs = _limbs(values[start : start + _COLUMNS], width)
        found[:, start : start + _COLUMNS] = _reduced(powers @ limbs.T, p)
    return found


def _limbs(values: Sequence[int], width: int) -> NDArray[np.float64]:
    """Each number in base 2¹⁶, lowest limb first; the highest one has the sign."""
    raw = b"".join([value.to_bytes(2 * width, "little", signed=True) for value in values])
    words = np.frombuffer(raw, dtype="<u2").reshape(-1, width)
    limbs = words.astype(float)
    limbs[:, -1] = words[:, -1].astype(np.int16)
    return limbs

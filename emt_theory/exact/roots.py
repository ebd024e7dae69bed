"""Where the roots of an irreducible polynomial lie: exactly on the unit circle, or numerically with certified balls.

An irreducible p over Q with a root λ on the unit circle, λ ≠ ±1, is its own reciprocal, since 1/λ = λ̄ is a root too. Then its degree is 2m
and `p(λ) = λ^m q(λ + 1/λ)`; the roots on the circle are the pairs with λ + 1/λ real in (−2, 2), and Sturm's theorem counts those of q. No
floating point takes part:

>>> count_on_unit_circle((1, -1, -1, -1, 1))          # x⁴ − x³ − x² − x + 1, Salem's: two on the circle, two off it, none a root of unity
2
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flint
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def count_on_unit_circle(coefficients: tuple[int, ...]) -> int:
    """How many roots of an irreducible integer polynomial lie exactly on the unit circle.

    Args:
        coefficients: ascending; the polynomial must be irreducible over Q.
    """
    degree = len(coefficients) - 1
    if degree == 1:
        return int(abs(coefficients[0]) == abs(coefficients[1]))
    if degree % 2 or coefficients != coefficients[::-1]:
        return 0

    import sympy

    x = sympy.Symbol("x")
    q = sympy.Poly(trace_polynomial(coefficients)[::-1], x)
    return 2 * int(q.count_roots(-2, 2))


def trace_polynomial(coefficients: tuple[int, ...]) -> tuple[int, ...]:
    """The q with `p(λ) = λ^m q(λ + 1/λ)` for a self-reciprocal p of degree 2m; ascending coefficients.

    λ^j + λ^−j is the polynomial T_j in x = λ + 1/λ with T_0 = 2, T_1 = x, T_{j+1} = x T_j − T_{j−1}.

    >>> trace_polynomial((1, 0, 1))
    (0, 1)
    """
    m = (len(coefficients) - 1) // 2
    x = flint.fmpz_poly([0, 1])
    before, now = flint.fmpz_poly([2]), x
    q = flint.fmpz_poly([coefficients[m]])
    for j in range(1, m + 1):
        q += coefficients[m - j] * now
        before, now = now, x * now - before
    return tuple(int(c) for c in q.coeffs())


def numeric_roots(coefficients: tuple[int, ...]) -> NDArray[np.complex128]:
    """The roots of a squarefree integer polynomial, each right to the last digits of float64 (FLINT's isolating balls)."""
    found: Any = flint.fmpz_poly(list(coefficients)).complex_roots()
    return np.array([complex(float(z.real), float(z.imag)) for z, _ in found], dtype=np.complex128)

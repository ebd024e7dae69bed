"""Where the roots of an irreducible polynomial lie: decided exactly against the unit circle, and enclosed in certified balls.

An irreducible p over Q with a root λ on the unit circle, λ ≠ ±1, is its own reciprocal, since 1/λ = λ̄ is a root too. Then its degree is 2m
and `p(λ) = λ^m q(λ + 1/λ)`; the roots on the circle are the pairs with λ + 1/λ real in (−2, 2), and Sturm's theorem counts those of q. No
floating point takes part:

>>> count_on_unit_circle((1, -1, -1, -1, 1))          # x⁴ − x³ − x² − x + 1, Salem's: two on the circle, two off it, none a root of unity
2

The roots of a self-reciprocal p that are off the circle come in pairs λ, 1/λ, so half of them lie outside. Any other p has no root on the circle,
and balls around its roots, once small enough, lie on one side each:

>>> count_outside_unit_circle((1, -1, -1, -1, 1)), count_outside_unit_circle((-1, -1, 1))
(1, 1)

Source: Sturm's theorem; balls by FLINT (Arb: Johansson, IEEE Transactions on Computers 66 (2017)).
"""

from __future__ import annotations

from math import gcd, nextafter
from typing import TYPE_CHECKING, Any, NamedTuple

import flint
import numpy as np

from emt_theory.errors import InvalidOption
from emt_theory.exact.arguments import LARGEST, polynomial
from emt_theory.ground.arguments import integer
from emt_theory.ground.text import shows

if TYPE_CHECKING:
    from numpy.typing import NDArray


_BITS = 96
_MOST_BITS = 1 << 20


@shows
class Ball(NamedTuple):
    """A disk in the complex plane that certainly holds a root, rounding included.

    Attributes:
        midpoint: its centre, a float64 complex number.
        radius: a float64 number ≥ 0; the root is at most so far from the midpoint.
    """

    midpoint: complex
    radius: float


def count_on_unit_circle(coefficients: tuple[int, ...]) -> int:
    """How many roots of an irreducible integer polynomial lie exactly on the unit circle.

    Args:
        coefficients: ascending; the polynomial must be irreducible over Q.
    """
    degree = len(coefficients := polynomial(coefficients)) - 1
    if degree == 1:
        return int(abs(coefficients[0]) == abs(coefficients[1]))
    if degree % 2 or coefficients != coefficients[::-1]:
        return 0

    import sympy

    q = sympy.Poly(trace_polynomial(coefficients)[::-1], sympy.Symbol("x"))
    return 2 * int(q.count_roots(-2, 2))


def count_outside_unit_circle(coefficients: tuple[int, ...]) -> int:
    """How many roots of an irreducible integer polynomial have modulus above 1, exactly.

    Args:
        coefficients: ascending; the polynomial must be irreducible over Q.
    """
    degree = len(coefficients := polynomial(coefficients)) - 1
    if degree == 1:
        return int(abs(coefficients[0]) > abs(coefficients[1]))
    if coefficients == coefficients[::-1]:
        return (degree - count_on_unit_circle(coefficients)) // 2
    p, bits = flint.fmpz_poly(list(coefficients)), _BITS
    while bits <= _MOST_BITS:
        with flint.ctx.workprec(bits):
            found: Any = p.complex_roots()
            moduli = [abs(z) for z, _ in found]
            outside = sum(bool(r > 1) for r in moduli)
            if outside + sum(bool(r < 1) for r in moduli) == degree:
                return outside
        bits *= 2
    # of an irreducible one the loop ends
    raise ArithmeticError(f"{p} is not irreducible: it has a root on the unit circle")


def trace_polynomial(coefficients: tuple[int, ...]) -> tuple[int, ...]:
    """The q with `p(λ) = λ^m q(λ + 1/λ)` for a self-reciprocal p of degree 2m; ascending coefficients.

    λ^j + λ^−j is the polynomial T_j in x = λ + 1/λ with T_0 = 2, T_1 = x, T_{j+1} = x T_j − T_{j−1}.

    >>> trace_polynomial((1, 0, 1))
    (0, 1)
    """
    if len(coefficients := polynomial(coefficients)) % 2 == 0 or coefficients != coefficients[::-1]:
        raise InvalidOption("coefficients must be those of a self-reciprocal polynomial of even degree")
    m = (len(coefficients) - 1) // 2
    x = flint.fmpz_poly([0, 1])
    before, now = flint.fmpz_poly([2]), x
    q = flint.fmpz_poly([coefficients[m]])
    for j in range(1, m + 1):
        q += coefficients[m - j] * now
        before, now = now, x * now - before
    return tuple(int(c) for c in q.coeffs())


def numeric_roots(coefficients: tuple[int, ...]) -> NDArray[np.complex128]:
    """The roots of a squarefree integer polynomial, shape (degree,), each right to the last digits of float64: the midpoints of `certified_roots`.

    >>> numeric_roots((-1, -1, 1)).real.round(6).tolist()      # the golden ratio, and −1 over it
    [-0.618034, 1.618034]
    """
    return np.array([ball.midpoint for ball in certified_roots(coefficients)], dtype=np.complex128)


def certified_roots(coefficients: tuple[int, ...]) -> tuple[Ball, ...]:
    """The roots of a squarefree integer polynomial, each in a ball of its own (FLINT isolates them in ball arithmetic).

    >>> [ball.radius < 1e-15 for ball in certified_roots((-1, -1, 1))]
    [True, True]
    """
    with flint.ctx.workprec(_BITS):
        found: Any = flint.fmpz_poly(list(polynomial(coefficients))).complex_roots()
        return tuple(_ball(flint.acb(z)) for z, _ in found)


def certified_roots_of_unity(order: int) -> tuple[Ball, ...]:
    """The primitive roots of unity of this order, by angle, each in a ball.

    >>> [ball.midpoint for ball in certified_roots_of_unity(4)]
    [1j, -1j]
    """
    order = integer("order", order, least=1, most=LARGEST)
    with flint.ctx.workprec(_BITS):
        angles = (flint.fmpq(2 * k, order) for k in range(order) if gcd(k, order) == 1)
        return tuple(_ball(flint.acb(flint.arb.cos_pi_fmpq(a), flint.arb.sin_pi_fmpq(a))) for a in angles)


def _ball(z: Any) -> Ball:
    """A float64 ball around FLINT's: the midpoint rounded, and the radius enlarged by what the rounding moved."""
    midpoint = complex(float(z.real), float(z.imag))
    distance = abs(z - flint.acb(midpoint.real, midpoint.imag)).upper()
    return Ball(midpoint, nextafter(float(distance), float("inf")) if distance > 0 else 0.0)

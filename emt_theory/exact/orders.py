r"""Orders over GF(p): after how many steps does multiplication by x modulo a polynomial return to 1?

For an irreducible π ≠ x of degree m, x lies in the field of p^m elements, so its order divides p^m − 1: it is found by factoring that number and
taking out one prime after another. A power of π adds powers of p alone:

    ord(π^e) = ord(π) · p^t,      p^t the least power of p with p^t ≥ e.

>>> polynomial_order((1, 1, 0, 0, 1), 2), polynomial_order((1, 0, 0, 0, 1), 2)              # x⁴ + x + 1; x⁴ + 1 = (x + 1)⁴
(15, 4)

`p^m − 1 = Π_{d|m} Φ_d(p)`, and each of these cyclotomic values is factored by itself. What stays composite and is longer than 160 bits is not
factored: then the order is `Absent`.

Source: Lidl & Niederreiter, Finite Fields, theorems 3.5, 3.8 and 3.11; factors by FLINT.
"""

from __future__ import annotations

from math import lcm
from typing import Any

import flint

from emt_theory.errors import InvalidOption
from emt_theory.exact.arguments import integers
from emt_theory.exact.rings import GF
from emt_theory.ground.absent import Absent

_SMALL = 40
"""Bits of the factors that are always looked for."""
_FACTORED = 160
"""Bits of a composite number that is factored whatever it is; some seconds at most."""
_LONGEST = 1024
"""Bits of a number whose small factors are looked for."""


def polynomial_order(coefficients: tuple[int, ...], p: int) -> int | Absent:
    """The least k ≥ 1 with x^k ≡ 1 modulo a polynomial over GF(p), or why it is not known.

    Args:
        coefficients: ascending, modulo p; the first and the last are not 0 there.
        p: a prime.

    Raises:
        InvalidOption: if p is no prime, or the polynomial is constant or divisible by x.
    """
    given = GF(p).polynomial(integers("coefficients", coefficients))
    if given.degree() < 1 or not given[0]:
        raise InvalidOption(
            f"a polynomial with an order is not constant, and not divisible by x; got {given} over GF({p})"
        )
    orders = [(irreducible_order(factor, p), int(e)) for factor, e in given.factor()[1]]
    unknown = next((order for order, _ in orders if isinstance(order, Absent)), None)
    if unknown is not None:
        return unknown
    return lcm(*(int(order) * power_above(p, e) for order, e in orders if not isinstance(order, Absent)))


def irreducible_order(factor: Any, p: int) -> int | Absent:
    """The order of x modulo an irreducible polynomial other than x (FLINT's nmod_poly)."""
    m = factor.degree()
    primes = prime_factors(p, m)
    if isinstance(primes, Absent):
        return primes
    order = p**m - 1
    x = GF(p).polynomial([0, 1]) % factor
    for q in primes:
        while order % q == 0 and _is_one(x, order // q, factor):
            order //= q
    return order


def power_above(p: int, e: int) -> int:
    """The least power of p that is at least e.

    >>> [power_above(2, e) for e in (1, 2, 3, 4, 5)]
    [1, 2, 4, 4, 8]
    """
    found = 1
    while found < e:
        found *= p
    return found


def prime_factors(p: int, m: int) -> tuple[int, ...] | Absent:
    """The primes that divide p^m − 1, ascending.

    >>> prime_factors(2, 64)
    (3, 5, 17, 257, 641, 65537, 6700417)
    """
    found = set[int]()
    for d in range(1, m + 1):
        if m % d:
            continue
        rest = flint.fmpz(int(flint.fmpz_poly.cyclotomic(d)(p)))
        if rest.bit_length() > _LONGEST:
            return Absent(f"order unknown: {p}^{m} - 1 has a factor of {rest.bit_length()} bits, which is not factored")
        for q, _ in rest.factor_smooth(_SMALL) if rest > 1 else ():
            if q.is_prime():
                found.add(int(q))
            elif q.bit_length() <= _FACTORED:
                found |= {int(r) for r, _ in q.factor()}
            else:
                return Absent(
                    f"order unknown: {p}^{m} - 1 has a composite factor of {q.bit_length()} bits, which is not factored"
                )
    return tuple(sorted(found))


def _is_one(x: Any, exponent: int, factor: Any) -> bool:
    """Whether x^exponent ≡ 1."""
    return x.pow_mod(exponent, factor).is_one()

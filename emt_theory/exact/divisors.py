r"""Elementary divisors of a recurrence over GF(p), and the cycles of its states, without a state being looked at.

Over GF(p) the memory has p^n states, and Φ moves them. Φ is similar to the direct sum of the companion matrices of its elementary divisors π^e, π
irreducible. One with π ≠ x, of degree m and order o, has beside the zero state

    p^{mk} − p^{m(k−1)} states on cycles of length o·p^t,      p^t the least power of p with p^t ≥ k,      k = 1 … e,

and a cycle of L beside b cycles of L′ makes b·gcd(L, L′) cycles of lcm(L, L′). An elementary divisor x^e is nilpotent: what it holds is gone after e
steps.

>>> [(d.degree, d.exponent, d.order) for d in elementary_divisors(GF(2).matrix([[1, 0, 0, 1]]), dim=1)]            # u(t) = u(t−4) ^ u(t−1)
[(4, 1, 15)]
>>> cycle_counts(elementary_divisors(GF(2).matrix([[1, 0, 1]]), dim=1), 2), cycle_counts(elementary_divisors(GF(5).matrix([[1, 1]]), dim=1), 5)
(((1, 1), (7, 1)), ((1, 1), (4, 1), (20, 1)))

The exponents are the partial multiplicities of the d×d polynomial matrix of P09, by the elimination that finds Jordan blocks over Q; for large d
they are taken from the ranks of the π(Φ)^k.

Source: Elspas 1959; P21, proved in `proofs/`; Gohberg, Lancaster & Rodman, Matrix Polynomials, S1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import gcd, lcm
from typing import Any

import flint

from emt_theory.errors import InvalidOption
from emt_theory.exact.arguments import recurrence
from emt_theory.exact.companion import companion
from emt_theory.exact.jordan import partial_multiplicities
from emt_theory.exact.orders import irreducible_order, power_above
from emt_theory.exact.polynomials import characteristic_polynomial, polynomial_matrix, polynomial_text
from emt_theory.exact.rings import GF, ModularMatrix
from emt_theory.ground.absent import Absent
from emt_theory.ground.json import Record

_ELIMINATION = 16
"""Up to this d polynomials are eliminated; ranks of matrices are the faster beyond."""
MOST_LENGTHS = 4096
"""Distinct lengths of cycles that are counted apart."""


@dataclass(frozen=True)
class ElementaryDivisor(Record):
    """π^e, as often as it occurs.

    Attributes:
        coefficients: of π: ascending residues, irreducible and monic.
        exponent: e.
        count: how many direct summands have it.
        order: of x modulo π, or why it is not known; 0 for π = x, which has none.
    """

    JSON = ("polynomial=text", "exponent", "count", "order")

    coefficients: tuple[int, ...]
    exponent: int
    count: int
    order: int | Absent

    @property
    def degree(self) -> int:
        """m, the degree of π."""
        return len(self.coefficients) - 1

    @property
    def is_nilpotent(self) -> bool:
        """Whether π = x."""
        return self.coefficients == (0, 1)

    @property
    def text(self) -> str:
        """π, as people write it."""
        return polynomial_text(self.coefficients)

    def __str__(self) -> str:
        text = f"({self.text})" if self.exponent > 1 and not self.is_nilpotent else self.text
        return text + (f"^{self.exponent}" if self.exponent > 1 else "")


def elementary_divisors(F: ModularMatrix, dim: int) -> tuple[ElementaryDivisor, ...]:
    """The elementary divisors of Φ, sorted: powers of x first, then by degree.

    Args:
        F: the recurrence over GF(p), shape (d, s·d).
        dim: d.

    Raises:
        InvalidOption: if F is no recurrence, or one over Q.
    """
    dim = recurrence(F, dim)
    if not isinstance(F, ModularMatrix):
        raise InvalidOption("elementary divisors are of a recurrence over GF(p), such as GF(2).matrix gives")
    by = _by_elimination(F, dim) if dim <= _ELIMINATION else _by_ranks(F, dim)
    found = list[ElementaryDivisor]()
    for factor, times in characteristic_polynomial(F, dim).factor()[1]:
        exponents = [int(times)] if dim == 1 or times == 1 else by(factor, int(times))
        nilpotent = factor.degree() == 1 and factor[0] == 0
        order = 0 if nilpotent else irreducible_order(factor, F.p)
        coefficients = tuple(map(int, factor.coeffs()))
        for e, count in Counter(e for e in exponents if e).items():
            found.append(ElementaryDivisor(coefficients, e, count, order))
    return tuple(sorted(found, key=lambda d: (not d.is_nilpotent, d.degree, d.coefficients, d.exponent)))


def _by_elimination(F: ModularMatrix, dim: int) -> Callable[[Any, int], list[int]]:
    """The exponents of a factor, by elimination in the d×d polynomial matrix."""
    rows = polynomial_matrix(F, dim)
    return lambda factor, times: partial_multiplicities(rows, factor, times)


def _by_ranks(F: ModularMatrix, dim: int) -> Callable[[Any, int], list[int]]:
    """The same by ranks of π(Φ)^k: (nullity of the k-th − nullity of the (k−1)-th)/m blocks have an exponent of k or more."""
    phi, size = companion(F, dim).to_flint(), F.shape[1]

    def exponents(factor: Any, times: int) -> list[int]:
        value = _value(factor, phi)
        power, nullities = value, [0, size - int(value.rank())]
        while nullities[-1] < times * factor.degree():
            power *= value
            nullities.append(size - int(power.rank()))
        more = [(b - a) // factor.degree() for a, b in pairwise(nullities)] + [0]
        return [k for k, (a, b) in enumerate(pairwise(more), start=1) for _ in range(a - b)]

    return exponents


def _value(polynomial: Any, matrix: Any) -> Any:
    """The polynomial at a square matrix, by Horner's rule."""
    size, p = matrix.nrows(), int(matrix.modulus())
    one = flint.nmod_mat(size, size, [int(i == j) for i in range(size) for j in range(size)], p)
    total = one * 0
    for c in reversed(polynomial.coeffs()):
        total = total * matrix + one * c
    return total


def invariant_factors(divisors: Iterable[ElementaryDivisor], p: int) -> tuple[tuple[int, ...], ...]:
    """The invariant factors, largest first, each dividing the one before, as ascending coefficients; the first is the minimal polynomial.

    >>> invariant_factors(elementary_divisors(GF(2).matrix([[1, 0], [0, 1]]), dim=2), 2)
    ((1, 1), (1, 1))
    """
    ring, powers = GF(p), dict[tuple[int, ...], list[int]]()
    for d in divisors:
        powers.setdefault(d.coefficients, []).extend([d.exponent] * d.count)
    products = [ring.polynomial([1]) for _ in range(max(map(len, powers.values()), default=0))]
    for coefficients, exponents in powers.items():
        for k, e in enumerate(sorted(exponents, reverse=True)):
            products[k] *= ring.polynomial(coefficients) ** e
    return tuple(tuple(map(int, product.coeffs())) for product in products)


def matrix_order(divisors: Iterable[ElementaryDivisor], p: int) -> int | Absent:
    """The period of Φ: the least k ≥ 1 with Φ^{t+k} = Φ^t for large t; its order, if it is invertible.

    >>> matrix_order(elementary_divisors(GF(10007).matrix([[1, 1]]), dim=1), 10007)                # Fibonacci modulo 10007
    20016
    """
    found = 1
    for d in divisors:
        if isinstance(d.order, Absent):
            return d.order
        found = found if d.is_nilpotent else lcm(found, d.order * power_above(p, d.exponent))
    return found


def cycle_counts(divisors: Iterable[ElementaryDivisor], p: int) -> tuple[tuple[int, int], ...] | Absent:
    """(length, how many) of the cycles of Φ on all p^n states, by length; or why they are not counted."""
    total: Any = {1: 1}
    for d in divisors:
        if isinstance(d.order, Absent):
            return d.order
        if d.is_nilpotent:
            continue
        one = _of_one(d.degree, d.order, d.exponent, p)
        for _ in range(d.count):
            total = _combined(total, one)
            if len(total) > MOST_LENGTHS:
                return Absent(f"the cycles have more than {MOST_LENGTHS} lengths")
    return tuple(sorted(total.items()))


def _of_one(degree: int, order: int, exponent: int, p: int) -> dict[int, int]:
    """Cycles of one elementary divisor, by length, with that of the zero state."""
    found = Counter({1: 1})
    for k in range(1, exponent + 1):
        length = order * power_above(p, k)
        found[length] += (p ** (degree * k) - p ** (degree * (k - 1))) // length
    return found


def _combined(one: dict[int, int], other: dict[int, int]) -> dict[int, int]:
    """Pairs of states: a cycles of L beside b of L′ are ab·gcd(L, L′) of lcm(L, L′)."""
    found = Counter[int]()
    for a, x in one.items():
        for b, y in other.items():
            found[lcm(a, b)] += x * y * gcd(a, b)
    return found


def recurrent_dimensions(divisors: Iterable[ElementaryDivisor], size: int) -> tuple[int, ...]:
    """rank Φ⁰, rank Φ, rank Φ², … down to the rank of what lasts: n − Σ min(k, e) over the divisors x^e.

    >>> recurrent_dimensions(elementary_divisors(GF(2).matrix([[0, 1, 0]]), dim=1), 3)                # u(t) = u(t−2), three kept
    (3, 2)
    """
    fading = [d.exponent for d in divisors if d.is_nilpotent for _ in range(d.count)]
    return tuple(size - sum(min(k, e) for e in fading) for k in range(max(fading, default=0) + 1))

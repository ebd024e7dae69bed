r"""Characteristic polynomials of recurrences, factored over Q.

Eliminating the shift from `det(λI − Φ)` leaves a determinant of the size of one variable (P09):

    det(λI − Φ) = det(λ^s I_d − Σ_k λ^{k−1} F_k),

n = s·d rows become d rows of polynomials: cheap for small d. For large d the integers of Φ itself are the smaller object, and FLINT's modular
algorithm takes their characteristic polynomial. Its irreducible factors over Q tell every eigenvalue exactly: the factor x is the eigenvalue 0, a
cyclotomic factor Φ_m holds the primitive m-th roots of unity, and any other factor is named by its integer coefficients.

>>> [str(f) for f in factorize(characteristic_polynomial(RationalMatrix.from_rows([[1, 0, 0]]), dim=1))]   # u(t+1) = u(t−2)
['x - 1', 'x^2 + x + 1']

Over GF(p) the same determinant and the same matrix give the polynomial of a recurrence there; its factors are those of `divisors`.

Source: P09, proved in `proofs/`; factorization over Z by FLINT.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import lcm
from typing import Any

import flint

from emt_theory.exact.arguments import LARGEST, instance, integers, polynomial, recurrence
from emt_theory.exact.companion import companion
from emt_theory.exact.rings import ModularMatrix, ring_of
from emt_theory.ground.arguments import integer
from emt_theory.ground.json import Record
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.ground.slots import Slots

_ELIMINATION = 16


@dataclass(frozen=True)
class Factor(Record):
    """An irreducible factor p(x) of an integer polynomial, with its multiplicity.

    Attributes:
        multiplicity: how often it divides.
        order: m when the factor is the cyclotomic polynomial Φ_m, whose roots are the primitive m-th roots of unity; else None.
        given: ascending integer coefficients of a factor that is not cyclotomic; empty otherwise (Φ_m is made on demand).

    >>> Factor(multiplicity=2, order=6).coefficients
    (1, -1, 1)

    Raises:
        InvalidOption: if the multiplicity or the order is no positive integer, or neither an order nor a polynomial is given.
    """

    multiplicity: int
    order: int | None = None
    given: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        integer("multiplicity", self.multiplicity, least=1)
        integer("order", 1 if self.order is None else self.order, least=1)
        given = polynomial(self.given, "given") if self.order is None else integers("given", self.given)
        object.__setattr__(self, "given", given)

    @cached_property
    def coefficients(self) -> tuple[int, ...]:
        """Ascending integer coefficients of p."""
        if self.order is None:
            return self.given
        return tuple(map(int, flint.fmpz_poly.cyclotomic(integer("order", self.order, most=LARGEST)).coeffs()))

    @property
    def degree(self) -> int:
        """Degree of p: how many distinct roots it has."""
        return len(self.given) - 1 if self.order is None else int(flint.fmpz(self.order).euler_phi())

    @property
    def is_zero_eigenvalue(self) -> bool:
        """Whether p = x."""
        return self.given == (0, 1)

    def __str__(self) -> str:
        return polynomial_text(self.coefficients)


def characteristic_polynomial(F: RationalMatrix | ModularMatrix, dim: int) -> Any:
    """det(λI − Φ) of the recurrence F = [F_1 … F_s], monic of degree s·d: FLINT's fmpq_poly, or nmod_poly over GF(p).

    Args:
        F: shape (d, s·d), block 1 (the oldest) first.
        dim: d.

    By P09 for d ≤ 16, where n = 512 takes a hundredth of a second; by the matrix Φ for larger d, where it takes some seconds.

    >>> from emt_theory.exact import GF
    >>> characteristic_polynomial(RationalMatrix.from_rows([[1, 1]]), dim=1)
    x^2 + (-1)*x + (-1)
    >>> characteristic_polynomial(GF(5).matrix([[1, 1]]), dim=1)
    x^2 + 4*x + 4
    """
    by = polynomial_by_elimination if recurrence(F, dim) <= _ELIMINATION else polynomial_by_matrix
    return by(F, dim)


def polynomial_by_elimination(F: RationalMatrix | ModularMatrix, dim: int) -> Any:
    """det(λI − Φ) of F, shape (d, s·d), by P09: the d×d determinant of polynomials, by Bareiss' elimination, whose divisions are exact.

    No pivot can vanish: every leading principal minor of size k is monic of degree s·k.

    >>> polynomial_by_elimination(RationalMatrix.from_rows([[1, 1]]), dim=1)      # Fibonacci's
    x^2 + (-1)*x + (-1)
    """
    return _determinant(polynomial_matrix(F, dim), ring_of(F).polynomial([1]))


def polynomial_matrix(F: RationalMatrix | ModularMatrix, dim: int) -> list[list[Any]]:
    """P(λ) = λ^s I_d − Σ_k λ^{k−1} F_k of F = [F_1 … F_s], shape (d, s·d): d rows of d polynomials.

    >>> polynomial_matrix(RationalMatrix.from_rows([[0, 1, 2, 0], [0, 0, 0, 3]]), dim=2)
    [[x^2 + (-2)*x, (-1)], [0, x^2 + (-3)*x]]
    """
    dim = recurrence(F, dim)
    slots = Slots(F.shape[1] // dim, dim)
    rows: list[list[list[Any]]] = [[[0] * slots.num_variables for _ in range(dim)] for _ in range(dim)]
    for i, j, value in F:
        block, component = slots.place(j)
        rows[i][component][block - 1] = -value
    for i in range(dim):
        rows[i][i].append(1)
    ring = ring_of(F)
    return [[ring.polynomial(entry) for entry in row] for row in rows]


def polynomial_by_matrix(F: RationalMatrix | ModularMatrix, dim: int) -> Any:
    """det(λI − Φ) of F, shape (d, s·d), from the matrix Φ, by FLINT.

    With D the common denominator and μ = Dλ, `D^n det(λI − Φ)` is the polynomial in μ of the integer recurrence with `D^{s−k+1} F_k`.

    >>> F = RationalMatrix.from_rows([[0, "1/2", 2, 0], [1, 0, 0, 3]])
    >>> polynomial_by_matrix(F, dim=2) == polynomial_by_elimination(F, dim=2)
    True
    """
    dim, size = recurrence(F, dim), F.shape[1]
    if isinstance(F, ModularMatrix):
        return companion(F, dim).to_flint().charpoly()
    slots = Slots(size // dim, dim)
    common = lcm(*(value.denominator for _, _, value in F))
    scale = {block: common ** slots.lag(block) for block in range(1, slots.num_variables + 1)}
    whole = RationalMatrix(F.shape, tuple((i, j, value * scale[slots.place(j).block]) for i, j, value in F))
    matrix, _ = companion(whole, dim).to_flint().numer_denom()
    coefficients = matrix.charpoly().coeffs()
    return flint.fmpq_poly([flint.fmpq(c, common ** (size - power)) for power, c in enumerate(coefficients)])


def _determinant(m: list[list[Any]], previous: Any) -> Any:
    for k in range(len(m) - 1):
        for i in range(k + 1, len(m)):
            for j in range(k + 1, len(m)):
                m[i][j] = (m[k][k] * m[i][j] - m[i][k] * m[k][j]) // previous
        previous = m[k][k]
    return m[-1][-1]


def factorize(polynomial: flint.fmpq_poly) -> tuple[Factor, ...]:
    """The irreducible factors of a non-zero rational polynomial, sorted: x, then cyclotomic ones by order, then the others by degree."""
    _, found = instance(flint.fmpq_poly, "polynomial", polynomial, "characteristic_polynomial").numer().factor()
    return sort_factors(_name(p, int(multiplicity)) for p, multiplicity in found)


def _name(p: flint.fmpz_poly, multiplicity: int) -> Factor:
    order = int(p.is_cyclotomic())
    return Factor(multiplicity, order) if order else Factor(multiplicity, None, tuple(int(c) for c in p.coeffs()))


def sort_factors(factors: Any) -> tuple[Factor, ...]:
    """Factors in the order in which they are shown: 0 first, roots of unity by order, then the rest by degree and coefficients."""
    return tuple(
        sorted(factors, key=lambda f: (not f.is_zero_eigenvalue, f.order is None, f.order or 0, len(f.given), f.given))
    )


def polynomial_text(coefficients: tuple[int, ...]) -> str:
    """A polynomial as people write it, highest power first.

    >>> polynomial_text((-1, 0, 3, 1))
    'x^3 + 3*x^2 - 1'
    """
    terms: list[str] = []
    for power, c in reversed([*enumerate(integers("coefficients", coefficients))]):
        if not c:
            continue
        body = {0: "", 1: "x"}.get(power, f"x^{power}")
        size = str(flint.fmpz(abs(c))) if not body or abs(c) != 1 else ""
        term = "*".join(part for part in (size, body) if part)
        terms.append(("- " if c < 0 else "+ ") + term)
    text = " ".join(terms)
    return (text[2:] if text.startswith("+") else "-" + text[2:]) if text else "0"

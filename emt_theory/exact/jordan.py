r"""Jordan blocks of a recurrence, exactly, from its d×d polynomial matrix.

The eigenvectors of Φ for λ are the stacked powers of the kernel of `P(λ) = λ^s I_d − Σ_k λ^{k−1} F_k`, and the sizes of the Jordan blocks are the
*partial multiplicities* of P: near a root λ of an irreducible p there are unimodular U, V with

    U P V = diag(p^{m_1}, …, p^{m_d}),      m_1 ≤ … ≤ m_d,      m_1 + … + m_d = multiplicity of p in det P,

the local Smith form, and the blocks have the sizes m_i > 0, the same for each root of p. So no number field and no power of Φ is needed:
elimination over Q[λ] modulo p^{m+1} tells them.

>>> jordan_blocks(RationalMatrix.from_rows([[-1, 2]]), dim=1, factor=Factor(2, order=1))                  # u(t) = 2u(t−1) − u(t−2): u grows like t
(2,)
>>> jordan_blocks(RationalMatrix.from_rows([[1, 0], [0, 1]]), dim=2, factor=Factor(2, order=1))           # Φ = I
(1, 1)

Source: Gohberg, Lancaster & Rodman, Matrix Polynomials, chapters 1 and S1.
"""

from __future__ import annotations

from typing import Any

from emt_theory.exact.arguments import instance, recurrence
from emt_theory.exact.polynomials import Factor, polynomial_matrix
from emt_theory.exact.rings import QQ
from emt_theory.ground.arguments import integer
from emt_theory.ground.rationals import RationalMatrix


def jordan_blocks(F: RationalMatrix, dim: int, factor: Factor) -> tuple[int, ...]:
    """The sizes of the Jordan blocks of Φ for each root of an irreducible factor of its characteristic polynomial, largest first.

    Args:
        F: the recurrence, shape (d, s·d).
        dim: d.
        factor: a factor with its multiplicity, which is the sum of the sizes.

    Raises:
        InvalidOption: if F is no recurrence, or `factor` no factor, or of a higher degree than Φ.
        ArithmeticError: if the factor does not divide the characteristic polynomial as often as it says.
    """
    dim, factor = recurrence(F, dim), instance(Factor, "factor", factor, "factorize")
    integer("multiplicity", factor.multiplicity, most=F.shape[1] // factor.degree)
    if factor.multiplicity == 1 or dim == 1:  # a scalar recurrence has one block for each eigenvalue
        return (factor.multiplicity,)
    found = partial_multiplicities(polynomial_matrix(F, dim), QQ.polynomial(factor.coefficients), factor.multiplicity)
    if sum(found) != factor.multiplicity:
        raise ArithmeticError(f"{factor} does not divide the characteristic polynomial {factor.multiplicity} times")
    return tuple(sorted((m for m in found if m), reverse=True))


def partial_multiplicities(rows: list[list[Any]], p: Any, multiplicity: int) -> list[int]:
    """The exponents m_i, by elimination with pivots of least order; what p^{m+1} divides is 0, as no exponent exceeds m.

    Args:
        rows: P(λ), d×d polynomials over a field.
        p: an irreducible polynomial over it.
        multiplicity: m, how often p divides det P. If it divides it more often, what is returned is [−1] or sums to another number.
    """
    modulus = p ** (multiplicity + 1)
    rows = [[entry % modulus for entry in row] for row in rows]
    found: list[int] = []
    while rows:
        order, i, j = _pivot(rows, p, found[-1] if found else 0)
        if order < 0:
            return [-1]
        found.append(order)
        pivot = rows.pop(i)
        power = p**order
        _, inverse, _ = (pivot[j] // power).xgcd(modulus)
        for row in rows:
            if not row[j].is_zero():
                times = row[j] // power * inverse % modulus
                row[:] = [a if b.is_zero() else (a - times * b) % modulus for a, b in zip(row, pivot, strict=True)]
            del row[j]
    return found


def _pivot(rows: list[list[Any]], p: Any, least: int) -> tuple[int, int, int]:
    """(order at p, row, column) of an entry of least order, which is known to be `least` or more; order −1 if all are 0."""
    best = (-1, 0, 0)
    for i, row in enumerate(rows):
        for j, entry in enumerate(row):
            if entry.is_zero():
                continue
            order = _order(entry, p)
            if order == least:
                return order, i, j
            if best[0] < 0 or order < best[0]:
                best = (order, i, j)
    return best


def _order(entry: Any, p: Any) -> int:
    order, (quotient, rest) = 0, divmod(entry, p)
    while rest.is_zero():
        order += 1
        quotient, rest = divmod(quotient, p)
    return order

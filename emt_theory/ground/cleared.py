r"""Rational entries as integers over one denominator, where that is no longer than their own: then products are products of integers.

>>> from emt_theory.ground.rationals import RationalMatrix
>>> matrix = RationalMatrix.from_rows([["1/2", "1/3"], [0, 2]])
>>> whole, common = cleared(matrix)
>>> whole, common
([3, 2, 0, 12], 6)
>>> over(whole, 2, common) == matrix.entries
True

Lowest terms again, v/D, are the dear part: so many common factors of long numbers. But what some v shares with D has the
primes of gcd(Π v, D) alone, so gcd(v, D) = gcd(v, S), S the part of D that is made of these primes, and S is short where
D has no small factors. Where D is a product, its primes are those of the least common multiple, which may be half as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm, prod
from numbers import Rational
from typing import Any, NamedTuple

from emt_theory.ground.sparse import SparseMatrix

_LONGER, _SPARE = 2, 64
"""A common denominator has at most so many times the bits of the longest one, and these."""


@Rational.register
class _LowestTerms(NamedTuple):
    """A rational number to `Fraction`, which does not look for common factors again."""

    numerator: int
    denominator: int


def lowest_terms(numerator: int, denominator: int) -> Fraction:
    """The fraction of two numbers that are known to have no common factor, the second positive.

    >>> lowest_terms(-2, 3) == Fraction(-2, 3)
    True
    """
    terms: Any = _LowestTerms(numerator, denominator)
    return Fraction(terms)


def cleared(matrix: SparseMatrix[Fraction]) -> tuple[list[int], int] | None:
    """(integers, D) with the matrix = integers / D, row by row; None where D is much longer than the denominators of the entries."""
    denominators = {value.denominator for _, _, value in matrix}
    most = _LONGER * max((d.bit_length() for d in denominators), default=1) + _SPARE
    common = 1
    for d in denominators:
        common = lcm(common, d)
        if common.bit_length() > most:
            return None
    factor, (rows, columns) = {d: common // d for d in denominators}, matrix.shape
    entries = [0] * (rows * columns)
    for i, j, value in matrix:
        entries[i * columns + j] = value.numerator * factor[value.denominator]
    return entries, common


def over(numerators: Sequence[int], columns: int, *denominators: int) -> tuple[tuple[int, int, Fraction], ...]:
    """The non-zero entries of an integer matrix over a number, in lowest terms, row by row.

    Args:
        numerators: the matrix, row by row.
        columns: how many it has.
        denominators: D ≥ 1 is their product.
    """
    import flint

    common, seen, rest = prod(denominators), flint.fmpz(1), flint.fmpz(lcm(*denominators))
    whole = [flint.fmpz(v) for v in numerators]
    for v in filter(None, whole):
        seen = seen * v % rest
    primes, more = flint.fmpz(1), rest.gcd(seen)
    while more != 1:
        primes, rest = primes * more, rest // more
        more = rest.gcd(primes)
    # A product of r numbers has a prime at most r times as often as their least common multiple.
    shared = flint.fmpz(common).gcd(primes ** len(denominators))
    left, found = dict[int, int](), list[tuple[int, int, Fraction]]()
    for k, v in enumerate(numerators):
        if v:
            factor = int(whole[k].gcd(shared))
            if factor not in left:
                left[factor] = common // factor
            found.append((*divmod(k, columns), lowest_terms(v if factor == 1 else v // factor, left[factor])))
    return tuple(found)

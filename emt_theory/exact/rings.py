r"""The field that exact matrices stand over, as a value: the rationals QQ, or the p residues of GF(p).

Companion matrices, ranks, characteristic polynomials and realizations are the same formulas over either; what they ask of a field is its 1, its
matrices and its polynomials. `ring_of` tells it from a matrix.

>>> F = GF(2).matrix([[1, 0, 1]])
>>> F @ F.T, ring_of(F)
(ModularMatrix 1×1, 0 non-zero, GF(2))
>>> GF(5).matrix([["1/2", -1]]) == GF(5).matrix([[3, 4]])                 # 1/2 is the residue x with 2x = 1
True
>>> GF(4)
Traceback (most recent call last):
...
emt_theory.errors.InvalidOption: GF(p) needs a prime p; 4 is none (the residues modulo 4 are no field)

Source: textbook; matrices and polynomials by FLINT (fmpq_mat, nmod_mat, fmpq_poly, nmod_poly).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.ground.arguments import integer
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.ground.sparse import SparseMatrix
from emt_theory.ground.text import Shown

LARGEST_PRIME = 2**63
"""FLINT keeps residues in one machine word."""


class Ring(ABC, Shown):
    """A field: what exact linear algebra asks of one."""

    @property
    @abstractmethod
    def one(self) -> Any:
        """1, as an entry of a matrix."""

    @abstractmethod
    def zeros(self) -> SparseMatrix[Any]:
        """The matrix without rows and columns."""

    @abstractmethod
    def matrix(self, rows: Any) -> SparseMatrix[Any]:
        """The matrix with these rows, each entry exact.

        Raises:
            EMTError: if the rows differ in length, or an entry is no element of the field.
        """

    @abstractmethod
    def dense(self, rows: int, columns: int, entries: Sequence[Any]) -> Any:
        """The FLINT matrix with these entries, row by row."""

    @abstractmethod
    def polynomial(self, coefficients: Sequence[Any]) -> Any:
        """The FLINT polynomial with these ascending coefficients."""

    def identity(self, size: int) -> SparseMatrix[Any]:
        """I of this size."""
        return self.zeros().like((size, size), ((i, i, self.one) for i in range(size)))


@dataclass(frozen=True, repr=False)
class Rationals(Ring):
    """The field Q; its one value is `QQ`.

    >>> QQ.matrix([["1/2", 1]]), QQ == Rationals()
    (RationalMatrix 1×2, 2 non-zero: (0,0)=1/2 (0,1)=1, True)
    """

    @property
    def one(self) -> Fraction:
        """1, as an entry of a matrix."""
        return Fraction(1)

    def zeros(self) -> RationalMatrix:
        """The matrix without rows and columns."""
        return RationalMatrix((0, 0), ())

    def matrix(self, rows: Any) -> RationalMatrix:
        """The matrix with these rows, each entry exact."""
        return RationalMatrix.from_rows(rows)

    def dense(self, rows: int, columns: int, entries: Sequence[Any]) -> flint.fmpq_mat:
        """The FLINT matrix with these entries, row by row."""
        return flint.fmpq_mat(rows, columns, entries)

    def polynomial(self, coefficients: Sequence[Any]) -> flint.fmpq_poly:
        """The FLINT polynomial with these ascending coefficients."""
        return flint.fmpq_poly([flint.fmpq(c.numerator, c.denominator) for c in coefficients])

    def __repr__(self) -> str:
        return "QQ"


QQ = Rationals()
"""The rationals."""


@dataclass(frozen=True, repr=False)
class GF(Ring):
    """The field of the residues modulo a prime.

    Attributes:
        p: the prime, below 2⁶³.

    Raises:
        InvalidOption: if p is no prime below 2⁶³.
    """

    p: int

    def __post_init__(self) -> None:
        p = integer("p", self.p, least=2, most=LARGEST_PRIME)
        object.__setattr__(self, "p", p)
        if not flint.fmpz(p).is_prime():
            raise InvalidOption(f"GF(p) needs a prime p; {p} is none (the residues modulo {p} are no field)")

    @property
    def one(self) -> int:
        """1, as an entry of a matrix."""
        return 1

    def zeros(self) -> ModularMatrix:
        """The matrix without rows and columns."""
        return ModularMatrix(self.p, (0, 0), ())

    def element(self, value: Fraction, name: str = "value") -> int:
        """The residue of a fraction p/q whose q is not 0 modulo p.

        Raises:
            InvalidTask: if p divides q.
        """
        if value.denominator % self.p == 0:
            raise InvalidTask(f"{name} = {value} is no residue modulo {self.p}: its denominator is 0 there")
        return value.numerator * pow(value.denominator, -1, self.p) % self.p

    def matrix(self, rows: Any) -> ModularMatrix:
        """The matrix with these rows: integers, or fractions whose denominators p does not divide."""
        return self.reduce(RationalMatrix.from_rows(rows))

    def reduce(self, matrix: RationalMatrix) -> ModularMatrix:
        """A matrix over Q modulo p.

        Raises:
            InvalidTask: if p divides a denominator.
        """
        found = ((i, j, self.element(v, f"matrix[{i}][{j}]")) for i, j, v in matrix)
        return ModularMatrix(self.p, matrix.shape, tuple(entry for entry in found if entry[2]))

    def dense(self, rows: int, columns: int, entries: Sequence[Any]) -> flint.nmod_mat:
        """The FLINT matrix with these entries, row by row."""
        return flint.nmod_mat(rows, columns, entries, self.p)

    def polynomial(self, coefficients: Sequence[Any]) -> flint.nmod_poly:
        """The FLINT polynomial with these ascending coefficients."""
        return flint.nmod_poly([int(c) % self.p for c in coefficients], self.p)

    def __repr__(self) -> str:
        return f"GF({self.p})"


@dataclass(frozen=True, repr=False)
class ModularMatrix(SparseMatrix[int]):
    """A sparse matrix over GF(p) as a value: hashable, compared exactly. Make one with `GF(p).matrix` or `GF(p).reduce`.

    Attributes:
        p: the prime.
        shape: (rows, columns).
        entries: the non-zero residues (row, column, value), 0 < value < p, sorted by row, then column.
    """

    p: int
    shape: tuple[int, int]
    entries: tuple[tuple[int, int, int], ...]

    def like(self, shape: tuple[int, int], entries: Iterable[tuple[int, int, Any]]) -> ModularMatrix:
        """A matrix over the same field with these non-zero entries, which are in row-major order."""
        return ModularMatrix(self.p, shape, tuple(entries))

    def reduced(self, value: Any) -> int:
        """The residue."""
        return int(value) % self.p

    def to_flint(self) -> flint.nmod_mat:
        """The same matrix in FLINT."""
        matrix = flint.nmod_mat(*self.shape, self.p)
        for i, j, value in self.entries:
            matrix[i, j] = value
        return matrix

    def from_dense(self, matrix: Any) -> ModularMatrix:
        """The sparse form of a FLINT matrix over the same field."""
        columns = matrix.ncols()
        found = ((*divmod(k, columns), int(value)) for k, value in enumerate(matrix.entries()) if value)
        return self.like((matrix.nrows(), columns), found)

    def to_rows(self) -> list[list[int]]:
        """All residues, row by row."""
        rows = [[0] * self.shape[1] for _ in range(self.shape[0])]
        for i, j, value in self.entries:
            rows[i][j] = value
        return rows


def ring_of(matrix: SparseMatrix[Any]) -> Ring:
    """The field that a matrix stands over."""
    return GF(matrix.p) if isinstance(matrix, ModularMatrix) else QQ

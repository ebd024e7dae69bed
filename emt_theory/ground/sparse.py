"""A sparse exact matrix as a value, whatever field its entries are of.

It is a shape and the non-zero entries in row-major order, so two matrices are equal exactly when they are the same matrix, and a million-component
shift costs a million entries and no more. `RationalMatrix` is one over Q, `exact.ModularMatrix` one over GF(p).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, Generic, Self, TypeVar

from emt_theory.ground.text import Shown

Entry = TypeVar("Entry")

_SPARSE_PRODUCT = 20_000
"""Above so many elementary products FLINT's dense product is the faster one."""


class SparseMatrix(Shown, Generic[Entry]):
    """What matrices over all fields do alike.

    Attributes:
        shape: (rows, columns).
        entries: the non-zero entries (row, column, value), sorted by row, then column.
    """

    shape: tuple[int, int]
    entries: tuple[tuple[int, int, Entry], ...]

    @abstractmethod
    def like(self, shape: tuple[int, int], entries: Iterable[tuple[int, int, Any]]) -> Self:
        """A matrix over the same field with these non-zero entries, which are in row-major order."""

    @abstractmethod
    def to_flint(self) -> Any:
        """The same matrix in FLINT, for fast exact linear algebra."""

    @abstractmethod
    def from_dense(self, matrix: Any) -> Self:
        """The sparse form of a FLINT matrix over the same field."""

    @abstractmethod
    def reduced(self, value: Any) -> Entry:
        """A sum or product of entries, as an entry."""

    def summed(self, shape: tuple[int, int], entries: Iterable[tuple[int, int, Any]]) -> Self:
        """A matrix over the same field with these entries; values at the same place add up."""
        total: dict[tuple[int, int], Any] = {}
        for i, j, value in entries:
            before = total.get((i, j))
            total[i, j] = value if before is None else before + value
        reduced = ((i, j, self.reduced(value)) for (i, j), value in sorted(total.items()))
        return self.like(shape, (entry for entry in reduced if entry[2]))

    @cached_property
    def _rows(self) -> tuple[tuple[tuple[int, Entry], ...], ...]:
        rows: list[list[tuple[int, Entry]]] = [[] for _ in range(self.shape[0])]
        for i, j, value in self.entries:
            rows[i].append((j, value))
        return tuple(tuple(row) for row in rows)

    def row(self, i: int) -> tuple[tuple[int, Entry], ...]:
        """The non-zero (column, value) pairs of row i."""
        return self._rows[i]

    def apply(self, vector: Sequence[Any]) -> list[Any]:
        """The product with a dense column vector, exactly."""
        return [self.reduced(sum(value * vector[j] for j, value in row)) for row in self._rows]  # type: ignore[operator]

    @property
    def T(self) -> Self:  # noqa: N802
        """The transpose."""
        return self.like((self.shape[1], self.shape[0]), sorted((j, i, v) for i, j, v in self.entries))

    def columns(self, start: int, stop: int) -> Self:
        """The submatrix of the columns start, …, stop − 1."""
        kept = ((i, j - start, v) for i, j, v in self.entries if start <= j < stop)
        return self.like((self.shape[0], stop - start), kept)

    def __matmul__(self, other: Self) -> Self:
        """The exact matrix product."""
        if self.shape[1] != other.shape[0]:
            raise ValueError(f"cannot multiply matrices of shapes {self.shape} and {other.shape}")
        shape = (self.shape[0], other.shape[1])
        work, given = sum(len(other.row(k)) for _, k, _ in self.entries), len(self.entries) + len(other.entries)
        if work > max(_SPARSE_PRODUCT + 10 * self.shape[0], 2 * given):
            return self.dense_product(other)
        return self.like(shape, self._products(other))

    def _products(self, other: Self) -> Iterator[tuple[int, int, Any]]:
        for i, row in enumerate(self._rows):
            total = dict[int, Any]()
            for k, v in row:
                for j, w in other.row(k):
                    term: Any = v if w == 1 else v * w  # type: ignore[operator]
                    total[j] = total[j] + term if j in total else term
            for j in sorted(total):
                if value := self.reduced(total[j]):
                    yield i, j, value

    def dense_product(self, other: Self) -> Self:
        """The product by FLINT."""
        return self.from_dense(self.to_flint() * other.to_flint())

    def __iter__(self) -> Iterator[tuple[int, int, Entry]]:
        return iter(self.entries)

    def __repr__(self) -> str:
        first = " ".join(f"({i},{j})={v}" for i, j, v in self.entries[:6])
        more = " …" if len(self.entries) > 6 else ""
        head = f"{type(self).__name__} {self.shape[0]}×{self.shape[1]}, {len(self.entries)} non-zero"
        return f"{head}: {first}{more}" if first else head

"""Exact numbers and sparse exact matrices: the values that every exact part of the package passes around.

An entry is a `fractions.Fraction`, p/q in lowest terms. A matrix is its shape and its non-zero entries in row-major order, so that two
matrices are equal exactly when they are the same matrix, and a million-component shift costs a million entries and no more:

>>> shift = RationalMatrix.from_rows([[0, 1], ["1/3", 0]])
>>> shift
RationalMatrix 2×2, 2 non-zero: (0,1)=1 (1,0)=1/3
>>> shift @ shift == RationalMatrix.from_rows([["1/3", 0], [0, "1/3"]])
True

Floats are refused, never rounded: 0.1 is not one tenth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from emt_theory.errors import EMTError, InvalidTask
from emt_theory.ground.cleared import cleared, lowest_terms, over
from emt_theory.ground.sparse import SparseMatrix
from emt_theory.ground.text import shown

if TYPE_CHECKING:
    import flint
    import sympy
    from numpy.typing import NDArray


LARGEST_FLOAT = 1e300
"""What a larger exact number is shown as; a smaller one than its inverse as that."""


def to_fraction(value: object, where: str = "value", error: type[EMTError] = InvalidTask) -> Fraction:
    """Read one exact number.

    Args:
        value: an integer (Python or NumPy), a `Fraction`, a SymPy or FLINT rational, or a string such as ``"-2/3"``.
        where: what the number is, for the message.
        error: the class of the error to raise.

    Returns:
        The same number as a `Fraction`.

    Raises:
        EMTError: (of class `error`) if the value is a float, a boolean or otherwise not an exact rational number.

    >>> to_fraction("-4/6")
    Fraction(-2, 3)
    >>> to_fraction(0.5, "F[0][3]")
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidTask: F[0][3] = 0.5 is a float, which is not exact; write an integer or a fraction such as "1/2"
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return Fraction(int(value))
    if isinstance(value, (float, np.floating)):
        hint = f'"{Fraction(float(value)).limit_denominator(1000)}"' if np.isfinite(value) else '"1/2"'
        raise error(f"{where} = {value} is a float, which is not exact; write an integer or a fraction such as {hint}")
    if isinstance(value, str):
        return _fraction_from_text(value, where, error)
    numerator, denominator = getattr(value, "p", None), getattr(value, "q", None)  # SymPy and FLINT rationals alike
    if numerator is not None and denominator is not None and not callable(numerator) and int(denominator) != 0:
        return Fraction(int(numerator), int(denominator))
    if type(value).__name__ == "fmpz":
        return Fraction(int(value))  # type: ignore[call-overload]
    raise error(
        f'{where} = {shown(value)} is not an exact rational number; write an integer or a fraction such as "1/2"'
    )


def _fraction_from_text(text: str, where: str, error: type[EMTError]) -> Fraction:
    numerator, slash, denominator = text.strip().partition("/")
    try:
        return Fraction(int(numerator), int(denominator) if slash else 1)
    except (ValueError, ZeroDivisionError):
        raise error(f'{where} = {shown(text)} is not a fraction; write an integer or p/q, such as "-2/3"') from None


@dataclass(frozen=True, repr=False)
class RationalMatrix(SparseMatrix[Fraction]):
    """A sparse matrix over Q as a value: hashable, compared exactly.

    Attributes:
        shape: (rows, columns).
        entries: the non-zero entries (row, column, value), sorted by row, then column. Use a `from_…` constructor.
    """

    shape: tuple[int, int]
    entries: tuple[tuple[int, int, Fraction], ...]

    @classmethod
    def from_entries(cls, shape: tuple[int, int], entries: Iterable[tuple[int, int, Any]]) -> RationalMatrix:
        """The matrix with these (row, column, value) entries; values at the same place add up."""
        total: dict[tuple[int, int], Fraction] = {}
        for i, j, value in entries:
            if not (0 <= i < shape[0] and 0 <= j < shape[1]):
                raise InvalidTask(f"entry ({i}, {j}) lies outside a matrix of shape {shape}")
            exact = value if isinstance(value, Fraction) else to_fraction(value, f"entry ({i}, {j})")
            total[i, j] = total.get((i, j), Fraction(0)) + exact
        return cls(shape, tuple((i, j, v) for (i, j), v in sorted(total.items()) if v))

    @classmethod
    def from_rows(cls, rows: Any, name: str = "matrix", error: type[EMTError] = InvalidTask) -> RationalMatrix:
        """Read nested rows, a SymPy or FLINT matrix, or an integer array; every entry must be exact.

        Args:
            rows: the matrix, row by row.
            name: what it is called in messages.
            error: the class of the error to raise.

        Raises:
            EMTError: (of class `error`) if the rows differ in length or an entry is not exact.
        """
        table: Any = rows.tolist() if hasattr(rows, "tolist") and not isinstance(rows, type) else rows
        if not _is_listed(table):
            raise error(f"{name} must be a list of rows; got {shown(rows)}")
        table = list(table)
        if not table or not all(map(_is_listed, table)):
            raise error(f"{name} must be a non-empty list of rows, each a list of exact numbers; got {shown(rows)}")
        table = [list(row) for row in table]
        width = len(table[0])
        for i, row in enumerate(table):
            if len(row) != width:
                raise error(f"{name} has rows of different length: row 0 has {width} entries, row {i} has {len(row)}")
        # What is wrong with an array of floats is its first half, not the 0.0 before it.
        halves = ((i, j, v) for i, row in enumerate(table) for j, v in enumerate(row) if type(v) is float and v % 1)
        for i, j, value in islice(halves, 1):
            to_fraction(value, f"{name}[{i}][{j}]", error)
        entries = tuple(
            (i, j, exact)
            for i, row in enumerate(table)
            for j, value in enumerate(row)
            if (exact := to_fraction(value, f"{name}[{i}][{j}]", error))
        )
        return cls((len(table), width), entries)

    @classmethod
    def from_array(cls, array: NDArray[np.floating[Any]]) -> RationalMatrix:
        """The dyadic rationals that a floating-point array holds: exact, nothing is rounded.

        >>> RationalMatrix.from_array(np.array([[0.5, 0.0]]))
        RationalMatrix 1×2, 1 non-zero: (0,0)=1/2
        """
        rows, columns = np.nonzero(array)
        return cls(
            (int(array.shape[0]), int(array.shape[1])),
            tuple((int(i), int(j), Fraction(float(array[i, j]))) for i, j in zip(rows, columns, strict=True)),
        )

    @classmethod
    def from_json(cls, value: Any) -> RationalMatrix:
        """The inverse of `to_json`."""
        rows, columns = value["shape"]
        return cls.from_entries((int(rows), int(columns)), ((int(i), int(j), v) for i, j, v in value["entries"]))

    @classmethod
    def identity(cls, size: int) -> RationalMatrix:
        """The identity matrix I of the given size."""
        return cls((size, size), tuple((i, i, Fraction(1)) for i in range(size)))

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready form: shape and [row, column, "p/q"] entries.

        >>> RationalMatrix.from_rows([[0, "2/4"]]).to_json()
        {'shape': [1, 2], 'entries': [[0, 1, '1/2']]}
        """
        return {"shape": list(self.shape), "entries": [[i, j, str(v)] for i, j, v in self.entries]}

    @cached_property
    def _nearest(self) -> NDArray[np.float64]:
        array = np.zeros(self.shape)
        for i, j, value in self.entries:
            array[i, j] = value.numerator / value.denominator
        return array

    def to_array(self) -> NDArray[np.float64]:
        """The nearest float64 array."""
        return self._nearest.copy()

    def to_sympy(self) -> sympy.ImmutableDenseMatrix:
        """The same matrix in SymPy."""
        import sympy

        entries = {(i, j): sympy.Rational(v.numerator, v.denominator) for i, j, v in self.entries}
        return sympy.ImmutableDenseMatrix(sympy.SparseMatrix(*self.shape, entries))

    def to_flint(self) -> flint.fmpq_mat:
        """The same matrix in FLINT, for fast exact linear algebra."""
        import flint

        matrix = flint.fmpq_mat(*self.shape)
        for i, j, value in self.entries:
            matrix[i, j] = flint.fmpq(value.numerator, value.denominator)
        return matrix

    def like(self, shape: tuple[int, int], entries: Iterable[tuple[int, int, Any]]) -> RationalMatrix:
        """A matrix over Q with these non-zero entries, which are in row-major order."""
        return RationalMatrix(shape, tuple(entries))

    def from_dense(self, matrix: Any) -> RationalMatrix:
        """The sparse form of a FLINT matrix, also where there are no rows or no columns."""
        return from_flint(matrix)

    def reduced(self, value: Any) -> Fraction:
        """The value as it is."""
        return value

    def dense_product(self, other: Any) -> RationalMatrix:
        """The product of integers if both have a common denominator that is not too long, else by FLINT."""
        mine, its = cleared(self), cleared(other)
        if mine is None or its is None:
            return super().dense_product(other)
        import flint

        (m, k), n = self.shape, other.shape[1]
        whole = flint.fmpz_mat(m, k, mine[0]) * flint.fmpz_mat(k, n, its[0])
        return self.like((m, n), over([int(v) for v in whole.entries()], n, mine[1], its[1]))

    @cached_property
    def row_norm(self) -> Fraction:
        """The largest row 1-norm, max_i Σ_j |a_ij|.

        >>> RationalMatrix.from_rows([[1, "-1/2"], [1, 0]]).row_norm
        Fraction(3, 2)
        """
        whole: dict[int, int] = {}
        parts: dict[int, Fraction] = {}
        for i, _, value in self.entries:
            size = abs(value.numerator)
            if value.denominator == 1:
                whole[i] = whole.get(i, 0) + size
            else:
                parts[i] = parts.get(i, Fraction(0)) + Fraction(size, value.denominator)
        largest = Fraction(max(whole.values(), default=0))
        return max([largest, *(part + whole.get(i, 0) for i, part in parts.items())])

    def __mul__(self, factor: Fraction | int) -> RationalMatrix:
        """The matrix with every entry multiplied by an exact number."""
        factor = to_fraction(factor, "factor")
        if not factor:
            return RationalMatrix(self.shape, ())
        return RationalMatrix(self.shape, tuple((i, j, v * factor) for i, j, v in self.entries))

    __rmul__ = __mul__


def _is_listed(value: object) -> bool:
    """Whether it can be gone through in order; a class, a text and a dictionary are no list."""
    return isinstance(value, Iterable) and not isinstance(value, type | str | bytes | Mapping | Set)


def from_flint(matrix: Any) -> RationalMatrix:
    """The sparse form of a FLINT integer or rational matrix, also where there are no rows or no columns.

    >>> import flint
    >>> from_flint(flint.fmpq_mat(1, 2, [flint.fmpq(1, 2), 0]))
    RationalMatrix 1×2, 1 non-zero: (0,0)=1/2
    """
    rows, columns = matrix.nrows(), matrix.ncols()
    entries = ((*divmod(k, columns), value) for k, value in enumerate(matrix.entries()) if value)
    found = ((i, j, lowest_terms(int(v.numerator), int(v.denominator))) for i, j, v in entries)
    return RationalMatrix((rows, columns), tuple(found))


def to_float(values: NDArray[Any]) -> NDArray[np.float64]:
    """Exact numbers as float64, in the same shape: signs are kept, and a size beyond 1e300 becomes 1e300.

    >>> to_float(np.array([10**400, -3], dtype=object)).tolist()
    [1e+300, -3.0]
    """
    if values.dtype != object:
        return values.astype(np.float64)
    limit = int(LARGEST_FLOAT)
    flat = [
        float(v) or _tiny(v) if -limit < v < limit else (LARGEST_FLOAT if v > 0 else -LARGEST_FLOAT)
        for v in values.flat
    ]
    return np.array(flat).reshape(values.shape)


def _tiny(value: Any) -> float:
    return 0.0 if value == 0 else 1 / LARGEST_FLOAT if value > 0 else -1 / LARGEST_FLOAT

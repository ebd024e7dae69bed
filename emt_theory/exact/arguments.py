"""What the functions here are given: exact values of the right kind, or one line that says what is wanted.

>>> from emt_theory.ground.rationals import RationalMatrix
>>> recurrence(RationalMatrix.from_rows([[1, 1]]), dim=2)
Traceback (most recent call last):
...
emt_theory.errors.InvalidOption: F must have shape (d, s*d) = (2, s*2); got (1, 2)
"""

from __future__ import annotations

from typing import Any, TypeVar

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import integer, sequence
from emt_theory.ground.sparse import SparseMatrix
from emt_theory.ground.text import shown

_Kind = TypeVar("_Kind")

LARGEST = 10**7  # so many components, or roots of unity, are written out: it takes half a minute


def instance(kind: type[_Kind], name: str, value: object, maker: str) -> _Kind:
    """The value, if it is of this kind.

    Args:
        kind: what is wanted.
        name: what it is called in messages.
        value: what was given.
        maker: what makes such a value, for the message.

    Raises:
        InvalidOption: if it is something else.
    """
    if isinstance(value, kind):
        return value
    raise InvalidOption(f"{name} must be a {kind.__name__}, such as {maker} gives; got {type(value).__name__}")


def exact_matrix(name: str, value: object) -> SparseMatrix[Any]:
    """The value, if it is a matrix over Q or over GF(p).

    Raises:
        InvalidOption: if it is something else.

    >>> exact_matrix("phi", 3)
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidOption: phi must be a RationalMatrix, such as RationalMatrix.from_rows gives, or a ModularMatrix; got int
    """
    if isinstance(value, SparseMatrix):
        return value
    raise InvalidOption(
        f"{name} must be a RationalMatrix, such as RationalMatrix.from_rows gives, or a ModularMatrix; got {type(value).__name__}"
    )


def recurrence(F: object, dim: object) -> int:
    """d, once F is an exact matrix of shape (d, s·d).

    Raises:
        InvalidOption: if F is none, d is not a positive integer, or the shape is another.
    """
    rows, columns = exact_matrix("F", F).shape
    d = integer("dim", dim, least=1)
    if rows != d or columns < d or columns % d:
        raise InvalidOption(f"F must have shape (d, s*d) = ({shown(d)}, s*{shown(d)}); got {shown((rows, columns))}")
    return d


def integers(name: str, value: Any, least: int | None = None, most: int | None = None) -> tuple[int, ...]:
    """The entries of a list, each an integer from `least` to `most`.

    Raises:
        InvalidOption: if it is no list, or an entry is something else.
    """
    found = sequence(name, value)
    for entry in {min(found), max(found)} if {*map(type, found)} == {int} else found:  # a million entries are usual
        integer(f"an entry of {name}", entry, least, most)
    return tuple(map(int, found))


def polynomial(coefficients: Any, name: str = "coefficients") -> tuple[int, ...]:
    """The ascending coefficients of an integer polynomial that is not constant.

    Raises:
        InvalidOption: if they are no list of integers, fewer than two, or the last, the leading one, is 0.
    """
    found = integers(name, coefficients)
    if len(found) > 1 and found[-1]:
        return found
    raise InvalidOption(f"{name} must be two integers or more, the last of them not 0; got {shown(found)}")

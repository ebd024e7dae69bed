"""Arguments that callers give: one check for each kind, one wording, one line.

A check returns the value in its plain form (an `int`, a `float`, a member of an enumeration, a float64 array) or raises, with the name of the
argument, what was given, and what would be right:

>>> integer("hidden", np.int64(8), least=1)
8
>>> integer("hidden", True, least=1)
Traceback (most recent call last):
...
emt_theory.errors.InvalidOption: hidden must be a positive integer; got True
>>> choice("scheme", "satuating", ("linear", "saturating"))
Traceback (most recent call last):
...
emt_theory.errors.InvalidOption: unknown scheme 'satuating'; did you mean 'saturating'? Known are linear, saturating
"""

from __future__ import annotations

import difflib
import operator
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, SupportsIndex, TypeVar

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import EMTError, InvalidNetwork, InvalidOption
from emt_theory.ground.progress import shown_progress
from emt_theory.ground.text import shown

_Choice = TypeVar("_Choice", bound=StrEnum)
_SEEDS = 2**64

# The most steps whose exact numbers are kept: their digits grow with t, so that those of 10⁵ steps take about a gigabyte.
MOST_EXACT = 100_000


def is_integer(value: object) -> bool:
    """Whether it counts as an integer: Python's and NumPy's do, truth values do not.

    >>> is_integer(np.int8(3)), is_integer(True), is_integer(3.0)
    (True, False, False)
    """
    return _index(value) is not None


def _index(value: object) -> int | None:
    if not isinstance(value, SupportsIndex) or isinstance(value, bool | np.bool_ | np.ndarray):
        return None
    try:
        return operator.index(value)
    except Exception:  # noqa: BLE001 — an array of another library has the method, and refuses with an error of its own
        return None


def integer(
    name: str,
    value: object,
    least: int | None = None,
    most: int | None = None,
    error: type[EMTError] = InvalidOption,
) -> int:
    """The value as an `int`.

    Args:
        name: what it is called in messages.
        value: what was given.
        least: the smallest that is right, or None.
        most: the largest that is right, or None.
        error: the class of the error to raise.

    Raises:
        EMTError: (of class `error`) if it is no integer, or out of range.

    >>> integer("lag", 9, least=1, most=3)
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidOption: lag must be an integer from 1 to 3; got 9
    """
    number = _index(value)
    if number is not None and (least is None or number >= least) and (most is None or number <= most):
        return number
    raise error(f"{name} must be {_range(least, most)}; got {shown(value)}")


def _range(least: int | None, most: int | None) -> str:
    if most is not None:
        return f"an integer from {least} to {most}" if least is not None else f"an integer, at most {most}"
    return {None: "an integer", 1: "a positive integer"}.get(least, f"an integer, at least {least}")


def seed(value: object) -> int:
    """The seed of a generator: an integer from 0 to 2⁶⁴ − 1.

    Raises:
        InvalidOption: if it is none.
    """
    number = _index(value)
    if number is not None and 0 <= number < _SEEDS:
        return number
    raise InvalidOption(f"seed must be an integer from 0 to 2^64 - 1; got {shown(value)}")


def real(name: str, value: object, error: type[EMTError] = InvalidOption) -> float:
    """The value as a `float`; its range is the caller's to check.

    Raises:
        EMTError: (of class `error`) if it is no real number: a text, a truth value or a complex number is none.

    >>> real("ratio", "2")
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidOption: ratio must be a number; got '2'
    """
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise error(f"{name} must be a number; got {shown(value)}")
    try:
        return float(value)
    except OverflowError:
        raise error(f"{name} is beyond float64") from None


def choice(name: str, value: object, known: Iterable[str], error: type[EMTError] = InvalidOption) -> str:
    """The value, if it is one of these texts.

    Args:
        name: what is chosen, for messages.
        value: what was given.
        known: what there is, in the order in which it is to be listed.
        error: the class of the error to raise.

    Raises:
        EMTError: (of class `error`) if it is none of them; names the nearest.
    """
    names = [str(one) for one in known]
    if isinstance(value, str) and value in names:
        return str(value)
    raise error(f"unknown {name} {shown(value)}; {_nearest(value, names)}nown are {', '.join(names)}")


def member(kind: type[_Choice], name: str, value: object, error: type[EMTError] = InvalidOption) -> _Choice:
    """The member of an enumeration that has this value; see `choice`."""
    return kind(choice(name, value, kind, error))


def sequence(name: str, value: Any, error: type[EMTError] = InvalidOption) -> list[Any]:
    """The entries of a list, a tuple, an array, or anything else that can be gone through and is no text.

    Raises:
        EMTError: (of class `error`) if it is none.
    """
    try:
        if not isinstance(value, str | bytes):
            return list(value)
    except Exception:  # noqa: BLE001 — what an object of another library raises is its own affair
        pass
    raise error(f"{name} must be a list; got {shown(value)}")


def callback(name: str, value: Any) -> Callable[[Any], object]:
    """The function that is to be told; for True one that writes to stderr, for None and False one that does nothing.

    Raises:
        InvalidOption: if it is none of these.
    """
    if isinstance(value, bool):
        return shown_progress() if value else _ignore
    if value is not None and not callable(value):
        raise InvalidOption(f"{name} must be a function, or None; got {shown(value)}")
    return _ignore if value is None else value


def _ignore(_told: Any) -> None:
    """Nobody is told."""


@contextmanager
def within_memory(what: str) -> Generator[None]:
    """Inside, arrays that are too large are an argument out of range.

    >>> with within_memory("10^30 sequences"):
    ...     np.empty(10**30)
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidOption: 10^30 sequences do not fit into memory
    """
    try:
        yield
    except (MemoryError, OverflowError, ValueError):  # ValueError: more than an array can index
        raise InvalidOption(f"{what} do not fit into memory") from None


def empty_array(what: str, *shape: int) -> NDArray[np.float64]:
    """A float64 array of this shape, not filled: whether there is room for so many numbers.

    Raises:
        InvalidOption: if it does not fit into memory.
    """
    with within_memory(what):
        return np.empty(shape)


def _nearest(value: object, names: list[str]) -> str:
    near = difflib.get_close_matches(value, names, n=1) if isinstance(value, str) and len(value) < 100 else []
    return f"did you mean {near[0]!r}? K" if near else "k"


def real_array(
    name: str, value: Any, shape: tuple[int, ...] | None = None, error: type[EMTError] = InvalidNetwork
) -> NDArray[np.float64]:
    """The value as a finite float64 array, copied only where it has to be.

    Args:
        name: what it is called in messages.
        value: an array of integers or floats of at most 64 bits, or nested lists of them.
        shape: the shape that it has to have, or None.
        error: the class of the error to raise.

    Raises:
        EMTError: (of class `error`) if an entry is no real number, masked, NaN or infinite (names the first), or the shape is another.

    >>> real_array("b_h", [0.0, float("nan")])
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidNetwork: b_h[1] is nan; every entry must be finite
    """
    array = numeric_array(name, value, error)
    finite = np.isfinite(array)
    if not finite.all():
        place = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise error(f"{name}{list(place) if place else ''} is {array[place]}; every entry must be finite")
    if shape is not None and array.shape != shape:
        hint = ". Did you pass its transpose?" if array.shape == shape[::-1] else ""
        raise error(f"{name} must have shape {shape}; got {array.shape}{hint}")
    return array


def numeric_array(name: str, value: Any, error: type[EMTError] = InvalidNetwork) -> NDArray[np.float64]:
    """As `real_array`, with NaN and infinity left for the caller to find, and any shape."""
    if isinstance(value, np.ma.MaskedArray):
        raise error(f"{name} is a masked array; fill it first, for example with {name}.filled(0)")
    try:
        array = to_numpy(value)
    except ValueError:  # rows of different length
        raise error(f"{name} is not an array: its rows have different lengths") from None
    except Exception as problem:  # noqa: BLE001 — what an object of another library raises is its own affair
        raise error(f"{name} cannot be made an array of numbers ({type(problem).__name__})") from None
    if array.dtype.kind not in "iuf" or array.dtype.itemsize > 8:
        raise error(f"{name} must hold integers or floats of at most 64 bits; got {array.dtype}")
    with np.errstate(invalid="ignore"):  # some bit patterns of NaN
        return array.astype(np.float64, copy=False)


def to_numpy(value: Any) -> NDArray[Any]:
    """The value as a NumPy array, also where it is a PyTorch tensor with a graph, on a device, or of bfloat16, which NumPy cannot see."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        value = value.float() if str(value.dtype) == "torch.bfloat16" else value
    return np.asarray(value)

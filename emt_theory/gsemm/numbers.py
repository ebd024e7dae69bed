"""Numbers that callers give: a text, a truth value or a complex number is none, and is refused in one line."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidNetwork, InvalidOption


def checked_number(name: str, value: Any) -> float:
    """A real number, NumPy's included; its range is the caller's to check.

    Raises:
        InvalidOption: if it is none.

    >>> checked_number("ratio", "2")
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidOption: ratio must be a number; got '2'
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise InvalidOption(f"{name} must be a number; got {value!r}")
    try:
        return float(value)
    except OverflowError:
        raise InvalidOption(f"{name} is beyond float64") from None


def checked_integer(name: str, value: Any) -> int:
    """An integer, NumPy's included; its range is the caller's to check.

    Raises:
        InvalidOption: if it is none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise InvalidOption(f"{name} must be an integer; got {value!r}")
    return int(value)


def checked_states(name: str, value: Any) -> NDArray[np.float64]:
    """Real numbers as float64, at least one axis; infinity and NaN are the caller's to find.

    Raises:
        InvalidNetwork: if it holds something else.
    """
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different length
        raise InvalidNetwork(f"{name} is not an array: its rows have different lengths") from None
    if array.dtype.kind not in "biuf":
        raise InvalidNetwork(f"{name} must hold real numbers; got {array.dtype}")
    if array.ndim < 1:
        raise InvalidNetwork(f"{name} must be an array; got the number {value!r}")
    return array.astype(np.float64, copy=False)

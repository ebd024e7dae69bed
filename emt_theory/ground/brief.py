r"""A value on one line: what it is made of, arrays by their shape, long lists and texts cut.

>>> from typing import NamedTuple
>>> class Found(NamedTuple):
...     states: Any
...     error: float
...     names: tuple[str, ...]
>>> print(brief(Found(np.zeros((640, 128)), 0.1234567890123, tuple("abcdefgh"))))
Found(states=array of shape (640, 128), error=0.123457, names=('a', 'b', 'c', 'd', … 8 in all))
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sized
from enum import Enum
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np

_LISTED, _FIRST = 6, 4
"""A list of up to so many entries is shown whole; of a longer one, so many."""
_DEPTH = 3
_TEXT = 120
"""How many characters of a text are shown."""
_DIGITS = 12
"""A float that takes more characters is shown with six digits."""


def brief(value: Any, depth: int = 0) -> str:
    """`Name(field=value, …)` of a dataclass or a named tuple, as much as fits on a line."""
    name = type(value).__name__
    if depth == _DEPTH:
        return f"{name}(…)"
    fields = [f.name for f in dataclasses.fields(value) if f.repr] if dataclasses.is_dataclass(value) else ()
    parts = (f"{field}={spelled(getattr(value, field), depth)}" for field in fields or getattr(value, "_fields", ()))
    return f"{name}({', '.join(parts)})"


def spelled(value: Any, depth: int = 0) -> str:
    """A part of a value.

    >>> spelled([1.0, 0.30000000000000004, Fraction(1, 3), np.float64(2)]), spelled("x" * 1000)[-22:], spelled(10**6000)
    ('[1.0, 0.3, 1/3, 2.0]', "xx… (1000 characters)'", 'an integer of 19932 bits')
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float | complex):
        return text if len(text := repr(value)) <= _DIGITS else f"{value:.6g}"
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, str):
        return repr(value if len(value) <= _TEXT else f"{value[:_TEXT]}… ({len(value)} characters)")
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"array of shape {tuple(value.shape)}"
    if isinstance(value, int) and abs(value) >> 4096:  # Python writes no more than 4300 digits
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, Fraction) and value.denominator != 1:
        return f"{spelled(value.numerator, depth)}/{spelled(value.denominator, depth)}"
    if isinstance(value, Fraction):
        return spelled(value.numerator, depth)
    return _composed(value, depth)


def _composed(value: Any, depth: int) -> str:
    how = type(value).__repr__
    if how is brief:
        return brief(value, depth + 1)
    if isinstance(value, Mapping):
        pairs = (f"{spelled(key, depth)}: {spelled(entry, depth)}" for key, entry in value.items())
        return f"{{{_listed(pairs, value)}}}"
    if how in (tuple.__repr__, list.__repr__):
        items = _listed((spelled(item, depth) for item in value), value)
        return f"[{items}]" if how is list.__repr__ else f"({items}{',' * (len(value) == 1)})"
    text = " ".join(repr(value).split())
    return text if len(text) <= 2 * _TEXT else f"{text[: 2 * _TEXT]}…"


def _listed(items: Iterable[str], whole: Sized) -> str:
    if len(whole) <= _LISTED:
        return ", ".join(items)
    return ", ".join([*islice(items, _FIRST), f"… {len(whole)} in all"])

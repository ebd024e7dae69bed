r"""Texts of a stranger, as they may stand in a message: escaped, on one line, and not too long.

A name in a file can hold a terminal's escape sequences, a newline, or fifty megabytes. Whatever comes from outside goes through `shown` on its way
into a message, so that no control character reaches a terminal:

>>> shown("fc.weight"), shown("\x1b[31mred\n")
("'fc.weight'", "'\\x1b[31mred\\n'")
>>> shown(Fraction(2, 4)), shown([10**6000])
('1/2', 'a list')
>>> shown(10**6000), len(shown("x" * 10**6)) < 100
('an integer of 19932 bits', True)
"""

from __future__ import annotations

import html
from cmath import phase
from collections.abc import Iterable
from fractions import Fraction
from math import pi
from typing import Any, TypeVar

from emt_theory.ground.brief import brief


class Shown:
    """A value that a notebook shows as `print` does, and that prints on one line, if it has no better `repr` of its own."""

    __repr__ = brief  # type: ignore[assignment]

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        cls.__repr__ = cls.__repr__  # the one it inherits: else `@dataclass` writes one that prints arrays

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


_Kind = TypeVar("_Kind", bound=type)


def shows(kind: _Kind) -> _Kind:
    """A named tuple, which cannot inherit, made to show itself as a `Shown` does."""
    for name in ("__repr__", "_repr_html_"):
        setattr(kind, name, Shown.__dict__[name])
    return kind


LONGEST = 80
"""How many characters of a value a message shows."""
_END = 15
_SAME = 1e-6
_EXACTLY = 1e-12
_LARGEST_DENOMINATOR = 1000


def shown(value: object) -> str:
    """A value as it stands in a message: its `repr`, escaped and cut in the middle; texts are cut before, so that they stay quoted."""
    try:
        return printable(_spelled(value))
    except Exception:  # noqa: BLE001 — an object of another library, or a list that holds an enormous integer
        return f"a {type(value).__name__}"


def _spelled(value: object) -> str:
    if isinstance(value, str):
        return repr(cut(value))
    if isinstance(value, int) and abs(value) >> 4096:  # Python writes no more than 4300 digits
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, Fraction) and value.denominator != 1:
        return f"{_spelled(value.numerator)}/{_spelled(value.denominator)}"
    return _spelled(value.numerator) if isinstance(value, Fraction) else cut(" ".join(repr(value).split()))


def printable(text: str) -> str:
    r"""The text with what is no printable character escaped, and nothing else changed.

    >>> printable("é \x1b[2J")
    'é \\x1b[2J'
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def cut(text: str, longest: int = LONGEST) -> str:
    """The text, its middle left out where it is longer.

    >>> cut("a" * 30 + "b" * 30, longest=20)
    'aaaa…bbbbbbbbbbbbbbb'
    """
    return text if len(text) <= longest else f"{text[: longest - _END - 1]}…{text[-_END:]}"


def plain(text: str) -> str:
    r"""The text, escaped, cut to a longer length and not quoted: for what another library says about a file.

    >>> plain("unknown variant F\x1b[31m")
    'unknown variant F\\x1b[31m'
    """
    return repr(cut(text, 3 * LONGEST))[1:-1]


def listed(names: Iterable[str]) -> str:
    """The names, quoted, in order.

    >>> listed(["b", "a"])
    "'a' and 'b'"
    """
    return " and ".join(map(shown, sorted(names)))


def number(value: float | None) -> str:
    """Two digits, or a dash.

    >>> number(0.1234), number(None)
    ('0.12', '–')
    """
    return "–" if value is None else f"{value:.2g}"


def polar(value: complex) -> str:
    """An eigenvalue in a few characters: a number where it is real, else modulus and argument, a fraction of π where it is one.

    >>> from cmath import exp
    >>> polar(-0.5), polar(exp(4j * pi / 9)), polar(0.9 * exp(1j))
    ('-0.5', 'e^(4πi/9)', '0.9 e^(0.3183πi)')
    """
    if abs(value.imag) <= _SAME:
        return f"{value.real:.4g}"
    size = "" if abs(abs(value) - 1) <= _SAME else f"{abs(value):.4g} "
    turn = phase(value) / pi
    near = Fraction(turn).limit_denominator(_LARGEST_DENOMINATOR)
    if abs(turn - near) > _EXACTLY:
        return f"{size}e^({turn:.4g}πi)"
    times = {1: "", -1: "-"}.get(near.numerator, str(near.numerator))
    return f"{size}e^({times}πi{'' if near.denominator == 1 else f'/{near.denominator}'})"


def clock(seconds: float) -> str:
    """A time in minutes and seconds, with hours where there are any.

    >>> clock(83), clock(3723)
    ('1:23', '1:02:03')
    """
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def first_line(error: BaseException) -> str:
    """The first line of what an error says, or its kind where it says nothing."""
    return (str(error).splitlines() or [type(error).__name__])[0]

"""The values that an input component takes, as people write them.

In Python any list, range or array of exact numbers; in a file or on the command line also a text, of numbers and of ranges with both ends:

>>> input_values(range(3)) == input_values([0, "4/2", 1]) == parse_inputs("0..2")
True
>>> parse_inputs("-1 0 1/2")
(Fraction(-1, 1), Fraction(0, 1), Fraction(1, 2))
>>> input_values("one-hot")
Traceback (most recent call last):
...
emt_theory.errors.InvalidTask: inputs = 'one-hot': a component of a linear task takes numbers. Symbols, shown one-hot, are an alphabet: ...
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from emt_theory.errors import InvalidTask
from emt_theory.ground.arguments import sequence
from emt_theory.ground.rationals import to_fraction
from emt_theory.ground.text import shown

_MOST = 100_000
_SYMBOLS = ("onehot", "categorical", "symbols")


def input_values(given: Any) -> tuple[Fraction, ...]:
    """The values, ascending, each once.

    Raises:
        InvalidTask: if one is not exact, or they are fewer than two or more than 100,000.
    """
    _refuse_symbols(given)
    read = sequence("inputs", given, InvalidTask)
    # What is wrong with an array of floats is its first half, not the 0.0 before it.
    halves = [(i, v) for i, v in enumerate(read) if isinstance(v, float) and not v.is_integer()]
    for i, value in halves[:1] or enumerate(read):
        to_fraction(value, f"inputs[{i}]")
    values = tuple(sorted({to_fraction(value) for value in read}))
    if len(values) < 2:
        raise InvalidTask(
            f"inputs must hold at least two values, or there is nothing to remember; got {list(map(str, values))}"
        )
    return values


def parse_inputs(text: str) -> tuple[Fraction, ...]:
    """The same from a text such as "-1 0 1/2" or "0..9"."""
    _refuse_symbols(text)
    return input_values(list(_numbers(text)))


def _refuse_symbols(given: Any) -> None:
    if isinstance(given, str) and given.strip().lower().replace("-", "").replace("_", "") in _SYMBOLS:
        raise InvalidTask(
            f"inputs = {shown(given)}: a component of a linear task takes numbers. Symbols, shown one-hot, are an alphabet: "
            'alphabet = q and code = "onehot"'
        )


def _numbers(text: str) -> Iterator[Fraction | int]:
    for word in text.replace(",", " ").split():
        first, dots, last = word.partition("..")
        low, high = (
            to_fraction(end, f"inputs = {shown(text)}: {shown(word)}") for end in (first, last if dots else first)
        )
        if not dots:
            yield low
        elif low.denominator == high.denominator == 1 and 0 <= high - low < _MOST:
            yield from range(int(low), int(high) + 1)
        else:
            raise InvalidTask(
                f"inputs = {shown(text)}: {shown(word)} must be integers from a smaller to a larger one, at most {_MOST} of them"
            )

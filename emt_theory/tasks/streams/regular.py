r"""Machines of regular expressions: whether the word so far is one of the language.

An expression is made of digits, which are symbols, of `.` for any symbol, `|`, `*`, `+`, `?` and parentheses. Its *positions* are the symbols that
stand in it; what may begin, end and follow is read off the expression, and the states of the machine are sets of positions, where a word so far may
stand:

    S ↦ ∪ {p : p follows one of S, and x stands there}

>>> ends_in_two_ones = from_pattern(".*11")
>>> ends_in_two_ones.machine.states, ends_in_two_ones.targets([[[1], [1], [1], [0]]])[0, :, 0].tolist()
(2, [0, 1, 1, 0])

Source: Glushkov, Russian Mathematical Surveys 16 (1961).
"""

from __future__ import annotations

from typing import NamedTuple

from emt_theory.errors import InvalidTask
from emt_theory.ground.text import shown
from emt_theory.tasks.finite.alphabet import Alphabet, as_alphabet
from emt_theory.tasks.streams.machine import MachineTask
from emt_theory.tasks.streams.making import from_step

_LONGEST = 256
_MOST_SYMBOLS = 10

Positions = frozenset[int]


class _Part(NamedTuple):
    """A part of an expression: whether the empty word is in it, and where its words may begin and end."""

    empty: bool
    first: Positions
    last: Positions


class _Reader:
    """An expression, read from left to right; `follow` grows on the way.

    Attributes:
        text: the expression.
        size: q.
        at: which character is next.
        symbols: which symbols stand at each position, from 1; at 0 stands the beginning.
        follow: which positions may follow each.
    """

    def __init__(self, text: str, size: int) -> None:
        self.text, self.size, self.at = text, size, 0
        self.symbols: list[frozenset[int]] = [frozenset()]
        self.follow: list[Positions] = [frozenset()]

    def whole(self) -> _Part:
        part = self._either()
        if self.at < len(self.text):
            raise self._refused("there is no ( before it")
        return part

    def _either(self) -> _Part:
        """Parts with | between them."""
        part = self._row()
        while self._next() == "|":
            self.at += 1
            other = self._row()
            part = _Part(part.empty or other.empty, part.first | other.first, part.last | other.last)
        return part

    def _row(self) -> _Part:
        """Parts one after the other; none are the empty word."""
        part = _Part(True, frozenset(), frozenset())
        while self._next() not in ("", "|", ")"):
            other = self._repeated()
            self._join(part.last, other.first)
            first = part.first | other.first if part.empty else part.first
            last = part.last | other.last if other.empty else other.last
            part = _Part(part.empty and other.empty, first, last)
        return part

    def _repeated(self) -> _Part:
        """One part, and how often."""
        part = self._single()
        while (sign := self._next()) in ("*", "+", "?") and sign:
            self.at += 1
            if sign != "?":
                self._join(part.last, part.first)
            part = part._replace(empty=part.empty or sign != "+")
        return part

    def _single(self) -> _Part:
        """A symbol, or what stands in parentheses."""
        sign = self._next()
        if sign == "(":
            self.at += 1
            part = self._either()
            if self._next() != ")":
                raise self._refused("a ) is missing")
            self.at += 1
            return part
        if sign == ".":
            here = frozenset(range(self.size))
        elif sign.isascii() and sign.isdigit() and int(sign) < self.size:
            here = frozenset([int(sign)])
        else:
            raise self._refused(f"symbols are digits from 0 to {self.size - 1}, and . for any of them")
        self.at += 1
        self.symbols.append(here)
        self.follow.append(frozenset())
        place = frozenset([len(self.symbols) - 1])
        return _Part(False, place, place)

    def _join(self, ends: Positions, begins: Positions) -> None:
        for p in ends:
            self.follow[p] |= begins

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _refused(self, why: str) -> InvalidTask:
        where = f"at {shown(self._next())}, place {self.at}" if self._next() else "at its end"
        return InvalidTask(f"pattern {shown(self.text)} cannot be read {where}: {why}")


def from_pattern(pattern: str, alphabet: int | Alphabet = 2, name: str = "matches") -> MachineTask:
    """y(t) = 1 where the word x(1) … x(t) matches a regular expression, and 0 elsewhere.

    Args:
        pattern: the expression, of at most 256 characters: digits, `.`, `|`, `*`, `+`, `?`, parentheses.
        alphabet: q, or an `Alphabet`, of at most ten symbols.
        name: what to call the task.

    Raises:
        InvalidTask: if the expression cannot be read, says where; or its machine has too many states.

    >>> from_pattern("(01)*", name="alternating").targets([[[0], [1], [0], [0]]])[0, :, 0].tolist()
    [0, 1, 0, 0]
    """
    reads = as_alphabet(alphabet)
    if not isinstance(pattern, str) or len(pattern) > _LONGEST:
        raise InvalidTask(f"pattern must be a text of at most {_LONGEST} characters; got {shown(pattern)}")
    if reads.size > _MOST_SYMBOLS:
        raise InvalidTask(f"symbols of a pattern are digits: an alphabet has at most {_MOST_SYMBOLS}; got {reads!r}")
    reader = _Reader(pattern, reads.size)
    part = reader.whole()
    reader.follow[0], final = part.first, part.last | (frozenset([0]) if part.empty else frozenset())

    def step(here: Positions, x: int) -> tuple[Positions, int]:
        there = frozenset(p for at in here for p in reader.follow[at] if x in reader.symbols[p])
        return there, int(bool(there & final))

    return from_step(step, frozenset([0]), reads, 1, 2, name)

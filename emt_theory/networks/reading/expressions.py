r"""Where a weight comes from, as an expression in the arrays of a file: what a reader found out, and what a user may say with ``names=``.

    Whh                 the array of that key, any key of the file; 'a + b' in quotes where a key is not plain
    Whh.T               its transpose
    rnn.1[:, :3]        a part of it: slices and integers, as in NumPy
    b_ih + b_hh         sums and differences of arrays of one shape; 1 is a number
    W * mask            entry by entry
    W_uh @ embed.T      the matrix product, and @ binds as tightly as *
    abs(W)              entry by entry
    [W_r; W_z; W_n]     on top of each other; 0 is a block of zeros

`parse` reads one, `str` writes it, and `Expression.evaluate` computes it in float64:

>>> found = parse("[b; 0] + shift[0]", {"b", "shift"})
>>> str(found), found.keys
('[b; 0] + shift[0]', ('b', 'shift'))
>>> found.evaluate({"b": np.array([1.0, 2]), "shift": np.array([[1.0, 1, 1, 1]])}.__getitem__).tolist()
[2.0, 3.0, 1.0, 1.0]
>>> parse("Wh + Wx", {"W_h", "W_x"})
Traceback (most recent call last):
...
emt_theory.errors.InvalidOption: no array 'Wh' (in 'Wh + Wx'); did you mean 'W_h'? There are 'W_h' and 'W_x'
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.ground.arrays import Array
from emt_theory.ground.text import cut, listed, shown

_MOST_ENTRIES = 2**28
_LONGEST, _DEEPEST, _MOST_PARTS = 10_000, 20, 100
_PLAIN = re.compile(r"[A-Za-z_][\w./:]*")
_BINDS = {"+": 0, "-": 0, "*": 1, "@": 1}


@dataclass(frozen=True)
class Expression:
    """An expression in arrays.

    Attributes:
        op: ``"key"``, ``"number"``, ``"T"``, ``"index"``, ``"abs"``, ``"+"``, ``"-"``, ``"*"``, ``"@"``, or ``";"`` for blocks on top of each other.
        parts: what it is made of.
        value: the key, the number, or the index, a tuple of slices and integers.
    """

    op: str
    parts: tuple[Expression, ...] = ()
    value: Any = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the arrays in it, in order, each once."""
        own = (self.value,) if self.op == "key" else ()
        return tuple(dict.fromkeys((*own, *(key for part in self.parts for key in part.keys))))

    def __str__(self) -> str:
        texts = [str(part) for part in self.parts]
        if self.op == "key":
            return self.value if _PLAIN.fullmatch(self.value) and not self.value.endswith(".T") else repr(self.value)
        if self.op == "number":
            short = f"{self.value:g}"
            return short if float(short) == self.value else repr(self.value)
        if self.op in ("T", "index"):
            [text] = [f"({text})" if part.op in _BINDS else text for part, text in zip(self.parts, texts, strict=True)]
            return f"{text}.T" if self.op == "T" else f"{text}[{', '.join(map(_index, self.value))}]"
        if self.op == "abs":
            return f"abs({texts[0]})"
        if self.op == ";":
            return f"[{'; '.join(texts)}]"
        left, right = (
            f"({text})" if _BINDS.get(part.op, 2) < _BINDS[self.op] + k else text
            for k, (part, text) in enumerate(zip(self.parts, texts, strict=True))
        )
        return f"{left} {self.op} {right}"

    def evaluate(self, array: Callable[[str], Any]) -> Array:
        """The array.

        Args:
            array: gives the array of a key.

        Raises:
            InvalidNetwork: if shapes do not fit: nothing is broadcast but a number.
        """
        with np.errstate(all="ignore"):  # what is not finite is refused with the network
            return self._evaluated(array)

    def _evaluated(self, array: Callable[[str], Any]) -> Array:
        if self.op == "key":
            return np.asarray(array(self.value), np.float64)
        if self.op == "number":
            return np.array(self.value, np.float64)
        found = [part._evaluated(array) for part in self.parts]
        if self.op == "T":
            return found[0].T
        if self.op == "abs":
            return np.abs(found[0])
        if self.op == "index":
            return self._part(found[0])
        if self.op == "@":
            return self._product(*found)
        shape = self._common(found)
        if self.op == ";":
            return np.concatenate([np.broadcast_to(block, shape) for block in found])
        left, right = found
        return left * right if self.op == "*" else left + right if self.op == "+" else left - right

    def _part(self, found: Array) -> Array:
        try:
            part = found[self.value]
        except IndexError:
            part = None
        if part is None or not part.size:
            raise InvalidNetwork(f"{cut(str(self))} is no part of an array of shape {found.shape}")
        return part

    def _product(self, left: Array, right: Array) -> Array:
        fits = 1 <= left.ndim <= 2 and 1 <= right.ndim <= 2 and left.shape[-1] == right.shape[0]
        if not fits or left.size // left.shape[-1] * right.size // right.shape[0] > _MOST_ENTRIES:
            raise InvalidNetwork(f"{cut(str(self))}: shapes {left.shape} and {right.shape} have no product")
        return left @ right

    def _common(self, found: Sequence[Array]) -> tuple[int, ...]:
        """The one shape that all have but numbers."""
        first = next((k for k, block in enumerate(found) if block.ndim), 0)
        right = found[first].shape
        for part, block in zip(self.parts, found, strict=True):
            if block.ndim and block.shape != right:
                raise InvalidNetwork(
                    f"{cut(str(part))} must have shape {right} like {cut(str(self.parts[first]))}; got {block.shape}"
                )
        return right


def key(name: str, transposed: bool = False) -> Expression:
    """The array of this key, or its transpose."""
    found = Expression("key", value=name)
    return Expression("T", (found,)) if transposed else found


def summed(names: Sequence[str]) -> Expression:
    """The sum of the arrays of these keys."""
    first, *others = names
    found = key(first)
    for name in others:
        found = Expression("+", (found, key(name)))
    return found


def stacked(names: Sequence[str | None], transposed: bool = False) -> Expression:
    """Arrays on top of each other, each transposed first; None for zeros."""
    return Expression(";", tuple(Expression("number", value=0.0) if n is None else key(n, transposed) for n in names))


def parse(text: str, keys: Collection[str]) -> Expression:
    """The expression that a text says.

    Args:
        text: see above.
        keys: the keys that there are.

    Raises:
        InvalidOption: if there is no such key, or it is no expression; says where.
    """
    if not isinstance(text, str) or not 0 < len(text) <= _LONGEST:
        raise InvalidOption(
            f"an expression such as 'Whh.T' is a text of at most {_LONGEST} characters; got {shown(text)}"
        )
    return _Parser(text, keys).whole()


def _index(part: slice | int) -> str:
    if isinstance(part, int):
        return str(part)
    start, stop, step = ("" if end is None else str(end) for end in (part.start, part.stop, part.step))
    return f"{start}:{stop}" + (f":{step}" if step else "")


class _Parser:
    def __init__(self, text: str, keys: Collection[str]) -> None:
        self.text, self.place, self.depth, self.count = text, 0, 0, 0
        self.keys = sorted(keys, key=len, reverse=True)

    def whole(self) -> Expression:
        found = self.joined(0)
        if self.rest:
            raise self.wrong("an operator")
        return found

    @property
    def rest(self) -> str:
        while self.text[self.place : self.place + 1].isspace():
            self.place += 1
        return self.text[self.place :]

    def take(self, mark: str) -> bool:
        there = self.rest.startswith(mark)
        self.place += len(mark) * there
        return there

    def wrong(self, wanted: str) -> InvalidOption:
        return InvalidOption(f"{shown(self.text)}: {wanted} is expected at {shown(self.rest[:20] or 'the end')}")

    def joined(self, level: int) -> Expression:
        """Sums at level 0, products at 1, what is in brackets or has a tail at 2."""
        if level == 2:
            return self.tailed()
        found = self.joined(level + 1)
        while op := next((op for op, binds in _BINDS.items() if binds == level and self.take(op)), None):
            found = Expression(op, (found, self.joined(level + 1)))
        return found

    def tailed(self) -> Expression:
        """An atom with what follows it: .T and indices."""
        found = self.atom()
        while True:
            if re.match(r"\.T(?![\w])", self.rest):
                self.take(".T")
                found = Expression("T", (found,))
            elif self.take("["):
                found = Expression("index", (found,), self.index())
            else:
                return found

    def index(self) -> tuple[slice | int, ...]:
        """What stands between brackets, the first of which is taken."""
        inside, closed, _ = self.rest.partition("]")
        parts = inside.replace(" ", "").split(",")
        if not closed or not all(
            re.fullmatch(r"-?\d{1,9}|(-?\d{1,9})?:(-?\d{1,9})?(:-?[1-9]\d{0,8})?", part) for part in parts
        ):
            raise self.wrong("slices and integers, such as :, :3")
        self.place += len(inside) + 1
        ends = [[int(end) if end else None for end in part.split(":")] for part in parts]
        return tuple(slice(*end) if ":" in part else int(part) for part, end in zip(parts, ends, strict=True))

    def atom(self) -> Expression:
        """A key, a number, or what is in brackets."""
        self.depth, self.count = self.depth + 1, self.count + 1
        if self.depth > _DEEPEST or self.count > _MOST_PARTS:
            raise InvalidOption(
                f"{shown(self.text)} has more than {_MOST_PARTS} parts, or brackets more than {_DEEPEST} deep"
            )
        found = self.bracketed() or self.leaf()
        self.depth -= 1
        return found

    def bracketed(self) -> Expression | None:
        """A key, or what is in brackets; None where neither begins here."""
        if name := self.named():
            return name
        if self.take("["):
            blocks = [self.joined(0)]
            while self.take(";"):
                blocks.append(self.joined(0))
            return self.closed("]", Expression(";", tuple(blocks)))
        if self.take("abs("):
            return self.closed(")", Expression("abs", (self.joined(0),)))
        return self.closed(")", self.joined(0)) if self.take("(") else None

    def closed(self, mark: str, found: Expression) -> Expression:
        if not self.take(mark):
            raise self.wrong(f"{mark!r}")
        return found

    def named(self) -> Expression | None:
        """The longest key that the rest begins with, and that ends there."""
        rest = self.rest
        for name in self.keys:
            for spelled in (name, repr(name), f'"{name}"'):
                if rest.startswith(spelled) and re.match(r"(?!\w)(?![./:]\w)|\.T(?!\w)", rest[len(spelled) :]):
                    self.place += len(spelled)
                    return key(name)
        return None

    def leaf(self) -> Expression:
        """A number; anything else is refused, as no key that there is."""
        if number := re.match(r"\d+(\.\d+)?(e[+-]?\d{1,3})?(?![\w.])", self.rest):
            self.place += number.end()
            return Expression("number", value=float(number[0]))
        word = re.match(r"""'[^']*'|"[^"]*"|[^\s+*@;()\[\]]+""", self.rest)
        if not word:
            raise self.wrong("an array")
        near = difflib.get_close_matches(word[0], self.keys, 1)
        hint = f"did you mean {shown(near[0])}? " if near else ""
        there = cut(listed(sorted(self.keys)), 300) if self.keys else "no arrays"
        raise InvalidOption(f"no array {shown(word[0])} (in {shown(self.text)}); {hint}There are {there}")

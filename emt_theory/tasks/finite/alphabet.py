r"""Symbols 0, …, q − 1, and the numbers that show them to a network.

Rules compute with symbols. A network sees codewords, one for each component of a variable, side by side; all are integers:

=============== =================================================== ==============
code            symbol a                                            numbers each
=============== =================================================== ==============
signs           (−1)^a, for q = 2: XOR is the product               1
one-hot         1 at place a, −1 elsewhere                          q
thermometer     1 at places 1, …, a, −1 at a + 1, …, q − 1          q − 1
numbers         a itself                                            1
indicator       1 at place a, 0 elsewhere                           q
pulses          0, 1 and −1, for q = 3: nothing, set, reset         1
=============== =================================================== ==============

The last two are for tasks with an input at every step, where 0 is an input like any other.

>>> Alphabet(2).encode([[0, 1, 1]]).tolist(), Alphabet(3, "thermometer").encode([[2, 0]]).tolist()
([[1, -1, -1]], [[1, 1, -1, -1]])

What a network shows is read as the symbol with the nearest codeword; where two are nearest it is none, and −1 stands for it:

>>> Alphabet(2).decode([[0.3, -5.0, 0.0]]).tolist(), Alphabet(3).decode([[0.1, 0.7, 0.2]]).tolist()
([[0, 1, -1]], [[1]])
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidTask
from emt_theory.ground.arguments import integer, member, numeric_array
from emt_theory.ground.json import Record
from emt_theory.ground.text import shown
from emt_theory.tasks.accuracy import Marks

MOST_SYMBOLS = 1024


class Code(StrEnum):
    """How a symbol is shown to a network; see the table above."""

    SIGNS = "signs"
    ONEHOT = "onehot"
    THERMOMETER = "thermometer"
    NUMBERS = "numbers"
    INDICATOR = "indicator"
    PULSES = "pulses"


_WORDS: dict[Code, Callable[[int], NDArray[np.int64]]] = {
    Code.SIGNS: lambda q: np.array([[1], [-1]]),
    Code.ONEHOT: lambda q: 2 * np.eye(q, dtype=np.int64) - 1,
    Code.THERMOMETER: lambda q: 2 * np.tri(q, q - 1, -1, dtype=np.int64) - 1,
    Code.NUMBERS: lambda q: np.arange(q)[:, None],
    Code.INDICATOR: lambda q: np.eye(q, dtype=np.int64),
    Code.PULSES: lambda q: np.array([[0], [1], [-1]]),
}


@dataclass(frozen=True)
class Alphabet(Record):
    """q symbols and their code.

    Attributes:
        size: q, from 2 to 1024.
        code: a `Code` or its text; signs for q = 2 and one-hot for more, if left out.

    Raises:
        InvalidTask: if q is out of range, the code unknown, or it is "signs" with more than two symbols, or "pulses" with other than three.

    >>> Alphabet(3, "signs")
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidTask: signs are a code for 2 symbols; for 3 take 'onehot', 'thermometer' or 'numbers'
    """

    size: int
    code: Code | str | None = None

    def __post_init__(self) -> None:
        size = integer("alphabet", self.size, 2, MOST_SYMBOLS, InvalidTask)
        usual = Code.SIGNS if size == 2 else Code.ONEHOT
        code = usual if self.code is None else member(Code, "code", self.code, InvalidTask)
        if code is Code.SIGNS and size > 2:
            raise InvalidTask(f"signs are a code for 2 symbols; for {size} take 'onehot', 'thermometer' or 'numbers'")
        if code is Code.PULSES and size != 3:
            raise InvalidTask(f"pulses are a code for 3 symbols; got {size}")
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "code", code)

    @cached_property
    def codewords(self) -> NDArray[np.int64]:
        """The codeword of each symbol, shape (q, e)."""
        return _WORDS[Code(str(self.code))](self.size)

    @property
    def width(self) -> int:
        """e, how many numbers show one symbol."""
        return self.codewords.shape[1]

    def encode(self, symbols: Any) -> NDArray[np.int64]:
        """The codewords of symbols, shape (…, d) to (…, d·e).

        Raises:
            InvalidTask: if one is no symbol.
        """
        words = self.codewords[self.checked("symbols", symbols)]
        return words.reshape((*words.shape[:-2], words.shape[-2] * words.shape[-1]))

    def decode(self, numbers: Any) -> NDArray[np.int64]:
        """The symbols with the nearest codewords, shape (…, d·e) to (…, d); −1 where no single one is nearest.

        Raises:
            InvalidTask: if these are no numbers of such a shape.
        """
        numbers = numeric_array("numbers", numbers, InvalidTask)
        if numbers.ndim < 1 or numbers.shape[-1] % self.width:
            raise InvalidTask(f"numbers must have shape (…, d·{self.width}); got {numbers.shape}")
        closeness = self.closeness(numbers)
        best = closeness.argmax(axis=-1)
        top = np.take_along_axis(closeness, best[..., None], axis=-1)
        return np.where((closeness < top).sum(axis=-1) == self.size - 1, best, -1)

    def closeness(self, numbers: Any, xp: Any = np) -> Any:
        """How near each codeword is, as a number that falls with the distance alone, shape (…, d·e) to (…, d, q).

        `|y − w|² = |y|² − (2 y·w − |w|²)`, and |y|² is the same for all w.
        """
        split = numbers.reshape((*numbers.shape[:-1], -1, self.width))
        if self.code in (Code.ONEHOT, Code.INDICATOR):
            return split  # all |w| agree, and y·w grows with the number at the symbol's own place alone
        words = xp.asarray(self.codewords, dtype=float)
        with np.errstate(all="ignore"):  # what is not finite is near nothing
            return 2 * split @ words.T - ((words**2).sum(axis=1) - words[0] @ words[0])

    def marks(self, outputs: Any, targets: Any, xp: Any = np) -> Marks:
        """A symbol is right when no codeword is as near as its own; all of its e numbers are marked alike, so that accuracy counts symbols.

        Args:
            outputs: what a network shows, shape (…, d·e).
            targets: codewords, the same shape.
            xp: NumPy, or `jax.numpy`.
        """
        closeness = self.closeness(outputs, xp)
        wanted = self.closeness(targets, xp).argmax(axis=-1)[..., None]
        own = xp.take_along_axis(closeness, wanted, axis=-1)
        right = (closeness < own).sum(axis=-1) == self.size - 1  # false for NaN
        marked = xp.repeat(right, self.width, axis=-1)
        return Marks(marked, xp.ones_like(marked))

    def checked(self, name: str, symbols: Any) -> NDArray[np.int64]:
        """The symbols as an array of integers, of at least one axis.

        Raises:
            InvalidTask: if one is no integer, or out of range: names the first and what is meant.
        """
        try:
            array = np.asarray(symbols)
        except ValueError:
            raise InvalidTask(f"{name} is not an array: its rows have different lengths") from None
        if array.dtype.kind not in "iu" or array.ndim < 1 or isinstance(symbols, np.ma.MaskedArray):
            raise InvalidTask(f"{name} must be an array of integers from 0 to {self.size - 1}; got {shown(symbols)}")
        outside = (array < 0) | (array >= self.size)
        if outside.any():
            place = tuple(int(i) for i in np.argwhere(outside)[0])
            signs = " (write bits: 0 for +1, 1 for −1)" if self.size == 2 and array[place] == -1 else ""
            raise InvalidTask(f"{name}{list(place)} is {array[place]}; symbols run from 0 to {self.size - 1}{signs}")
        return array.astype(np.int64)

    def __repr__(self) -> str:
        return f"Alphabet({self.size}, {str(self.code)!r})"


def as_alphabet(alphabet: object, code: object = None) -> Alphabet:
    """The alphabet of that size with that code, or the one that was given.

    Raises:
        InvalidTask: if it is neither an alphabet nor a size, or has a code already.
    """
    if not isinstance(alphabet, Alphabet):
        return Alphabet(alphabet, code)  # type: ignore[arg-type]
    if code is not None and code != alphabet.code:
        raise InvalidTask(f"the alphabet has the code {str(alphabet.code)!r}; got code = {shown(code)} beside it")
    return alphabet

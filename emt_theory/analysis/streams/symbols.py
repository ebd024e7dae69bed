r"""In which symbols a network may be spoken to, and in which it answers.

What comes in is not known from weights: one number may be a sign, a bit or a pulse, several may be signs or one symbol. Each of these is
tried. What is shown is read from the outputs themselves: near ±1 they are signs, or one-hot where one of them is 1 at a time; near whole
numbers they are numbers; and where they are far apart they are odds, of which the largest is meant, or the sign of the only one.

>>> [str(letters) for letters in possible_letters(2)]
['2 × signs', '1 × onehot', '1 × indicator', '2 × pulses']
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from emt_theory.analysis.thresholds import STREAMS
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.tasks import Alphabet, Code
from emt_theory.tasks.streams.mealy import symbols_of

MOST_LETTERS = 64
_NEAR, _LARGEST = 0.35, 64


@dataclass(frozen=True)
class Letters(Record):
    """Symbols side by side.

    Attributes:
        alphabet: of each.
        count: how many of them.
    """

    alphabet: Alphabet
    count: int

    @property
    def size(self) -> int:
        """How many letters there are."""
        return self.alphabet.size**self.count

    def encode(self) -> Array:
        """The numbers of each letter, shape (k, count·e)."""
        symbols = symbols_of(np.arange(self.size), self.alphabet.size, self.count)
        return self.alphabet.encode(symbols).astype(float)

    def __str__(self) -> str:
        return f"{self.count} × {self.alphabet.code}"


def possible_letters(d_in: int, alphabet: Alphabet | None = None) -> Iterator[Letters]:
    """The letters that so many numbers may show, at most 64 of them, in the order in which they are tried.

    Args:
        d_in: how many numbers come in at a step.
        alphabet: the alphabet, where it is known.
    """
    if alphabet is not None:
        tried = [Letters(alphabet, d_in // alphabet.width)] if d_in % alphabet.width == 0 else []
    else:
        whole = [Letters(Alphabet(d_in, code), 1) for code in (Code.ONEHOT, Code.INDICATOR)] if d_in > 1 else []
        bits = [] if d_in > 1 else [Letters(Alphabet(2, Code.NUMBERS), 1)]
        tried = [Letters(Alphabet(2), d_in), *bits, *whole, Letters(Alphabet(3, Code.PULSES), d_in)]
    yield from (letters for letters in tried if letters.size <= MOST_LETTERS)


def shown_symbols(outputs: Array) -> Letters | None:
    """What outputs of shape (…, d_out) are taken for; None where they are neither near codewords nor odds."""
    flat = outputs.reshape(-1, outputs.shape[-1])
    d = flat.shape[1]
    if are_near(np.abs(flat), np.ones_like(flat)):
        one_each = d > 1 and ((flat > 0).sum(axis=1) != 1).mean() <= STREAMS.unclear_share
        return Letters(Alphabet(d, Code.ONEHOT), 1) if one_each else Letters(Alphabet(2), d)
    whole = np.rint(flat)
    if are_near(flat, whole) and whole.min() >= 0 and whole.max() <= _LARGEST:
        if d > 1 and (whole.sum(axis=1) == 1).all():
            return Letters(Alphabet(d, Code.INDICATOR), 1)
        return Letters(Alphabet(max(2, int(whole.max()) + 1), Code.NUMBERS), d)
    lead = np.sort(flat, axis=1)[:, -1] - np.sort(flat, axis=1)[:, -2] if d > 1 else np.abs(flat)
    if np.median(lead) < STREAMS.logit:
        return None
    return Letters(Alphabet(d, Code.INDICATOR), 1) if d > 1 else Letters(Alphabet(2), 1)


def are_near(values: Array, meant: Array) -> bool:
    """Whether nearly all are where they are meant to be."""
    return bool((np.abs(values - meant) > _NEAR).mean() <= STREAMS.unclear_share)


def leads(letters: Letters, outputs: Array) -> Array:
    """By how much the symbol that is read leads before the next one, shape (…, count)."""
    closeness = np.sort(letters.alphabet.closeness(outputs), axis=-1)
    return closeness[..., -1] - closeness[..., -2]


def unclear(letters: Letters, outputs: Array) -> float:
    """The share of outputs that are no clear symbols: their lead is far below the usual one, as it is where outputs are anything at all."""
    lead = leads(letters, outputs)
    return float((lead < STREAMS.clear * np.median(lead)).mean())

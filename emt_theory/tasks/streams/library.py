"""The named tasks with an input at every step.

=================== ================================================= =================================
name                what it shows                                     remark
=================== ================================================= =================================
echo                y(t) = x(t)
delay               y(t) = x(t−lag)                                   numbers; 0 before
running sum         y(t) = y(t−1) + x(t)                              grows without bound
moving sum          y(t) = x(t) + … + x(t−length+1)
difference          y(t) = x(t) − x(t−1)
leaky               y(t) = rate · y(t−1) + x(t)                       a leaky integrator
double sum          y(t) = 2 y(t−1) − y(t−2) + x(t)                   the sum of the sums
n-back              the symbol of `lag` steps before                  symbol 0 before
flip-flop           k bits, each the last pulse that it got           letters of k pulses 0, +1, −1
running parity      y(t) = y(t−1) ^ x(t)
sum mod             y(t) = (y(t−1) + x(t)) % q
ones mod            the number of ones so far, modulo m
addition            the digits of the sum of two numbers              low digits first, base b
division            the digits of the quotient by an integer          high digits first, base b
contains            whether a word of bits has come                   1 from then on
matches             whether the word so far matches a pattern         regular: (01)*, .*11
counter             up for 1, down for 0, between 0 and n − 1         a saturating counter
=================== ================================================= =================================

The first seven are linear filters, the others machines. A number outside its range is an `InvalidTask`.

>>> print(division(by=3))
Task('division', machine, 3 states, letters of 1 × Alphabet(2, 'signs'), shows 1 × Alphabet(2, 'signs'))
  y(t), q(t) = divmod(2*q(t-1) + x(t), 3)

Source: textbook; the flip-flop of several bits is that of Sussillo & Barak, Neural Computation 25 (2013).
"""

from __future__ import annotations

from typing import Any

from emt_theory.errors import InvalidTask
from emt_theory.ground.arguments import integer
from emt_theory.ground.text import shown
from emt_theory.tasks.finite.alphabet import Alphabet, as_alphabet
from emt_theory.tasks.streams.filters import LinearFilter, linear_filter
from emt_theory.tasks.streams.machine import MachineTask
from emt_theory.tasks.streams.making import affine_machine, from_step
from emt_theory.tasks.streams.regular import from_pattern

_LONGEST = 256


def echo() -> LinearFilter:
    """y(t) = x(t).

    >>> echo().targets([[[1], [-1], [1]]])[0, :, 0].tolist()
    [1, -1, 1]
    """
    return linear_filter([1], name="echo")


def delay(lag: int = 1) -> LinearFilter:
    """y(t) = x(t−lag), and 0 before.

    Args:
        lag: from 0 to 255.

    >>> delay(lag=2).equations(), delay(lag=2).targets([[[1], [-1], [1]]])[0, :, 0].tolist()
    (['y(t) = x(t-2)'], [0, 0, 1])
    """
    lag = integer("lag", lag, 0, _LONGEST - 1, InvalidTask)
    return linear_filter([0] * lag + [1], name="delay")


def running_sum() -> LinearFilter:
    """y(t) = y(t−1) + x(t).

    >>> running_sum().targets([[[1], [1], [-1]]])[0, :, 0].tolist()
    [1, 2, 1]
    """
    return linear_filter([1], [1], "running_sum")


def moving_sum(length: int = 3) -> LinearFilter:
    """y(t) = x(t) + … + x(t−length+1).

    Args:
        length: from 1 to 256.

    >>> moving_sum(length=2).targets([[[1], [1], [-1]]])[0, :, 0].tolist()
    [1, 2, 0]
    """
    return linear_filter([1] * integer("length", length, 1, _LONGEST, InvalidTask), name="moving_sum")


def difference() -> LinearFilter:
    """y(t) = x(t) − x(t−1).

    >>> difference().targets([[[1], [1], [-1]]])[0, :, 0].tolist()
    [1, 0, -2]
    """
    return linear_filter([1, -1], name="difference")


def leaky(rate: Any = "1/2") -> LinearFilter:
    """y(t) = rate · y(t−1) + x(t), a leaky integrator.

    Args:
        rate: an exact number.

    >>> leaky("1/3").equations()
    ['y(t) = 1/3 y(t-1) + x(t)']
    """
    return linear_filter([1], [rate], "leaky")


def double_sum() -> LinearFilter:
    """y(t) = 2 y(t−1) − y(t−2) + x(t): a position that is pushed.

    >>> double_sum().targets([[[1], [1], [-1]]])[0, :, 0].tolist()
    [1, 3, 4]
    """
    return linear_filter([1], [2, -1], "double_sum")


def n_back(lag: int = 1, alphabet: int | Alphabet = 2, code: str | None = None) -> MachineTask:
    """The symbol of `lag` steps before; symbol 0 before there is one.

    Args:
        lag: from 1 to 12.
        alphabet: q, or an `Alphabet`.
        code: how symbols are shown to a network.

    >>> n_back(lag=2, alphabet=3).targets([[[1], [2], [0], [1]]])[0, :, 0].tolist()
    [0, 0, 1, 2]
    """
    lag, symbols = integer("lag", lag, 1, 12, InvalidTask), as_alphabet(alphabet, code)
    return from_step(lambda past, x: ((*past[1:], x), past[0]), (0,) * lag, symbols, 1, symbols, "n_back")


def flip_flop(bits: int = 3) -> MachineTask:
    """k bits, each of which is +1 or −1 as the last pulse that it got; +1 before there was one.

    Args:
        bits: k, from 1 to 7; a letter is k pulses, 0 (symbol 0), +1 (symbol 1) or −1 (symbol 2).

    >>> flip_flop(bits=2).targets([[[1, 0], [2, 1], [0, 0]]]).tolist()      # symbol 0 shows +1, symbol 1 shows −1
    [[[0, 0], [1, 0], [1, 0]]]
    """
    k = integer("bits", bits, 1, 7, InvalidTask)

    def step(held: tuple[int, ...], x: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
        pulses = x if k > 1 else (x,)
        moved = tuple(a - 1 if a else b for a, b in zip(pulses, held, strict=True))
        return moved, moved

    return from_step(step, (0,) * k, Alphabet(3, "pulses"), k, Alphabet(2), "flip_flop")


def running_parity() -> MachineTask:
    """y(t) = y(t−1) ^ x(t): whether the ones so far are odd in number.

    >>> running_parity().targets([[[1], [0], [1], [1]]])[0, :, 0].tolist()
    [1, 1, 0, 1]
    """
    return affine_machine([[1]], [[1]], [[1]], 2, "running_parity")


def sum_mod(alphabet: int | Alphabet = 3, code: str | None = None) -> MachineTask:
    """y(t) = (y(t−1) + x(t)) % q.

    Args:
        alphabet: q, or an `Alphabet`.
        code: how symbols are shown to a network.

    >>> sum_mod(alphabet=3).targets([[[1], [2], [2]]])[0, :, 0].tolist()
    [1, 0, 2]
    """
    symbols = as_alphabet(alphabet, code)
    q = symbols.size
    return from_step(lambda s, x: ((s + x) % q, (s + x) % q), 0, symbols, 1, symbols, "sum_mod")


def ones_mod(modulus: int = 3) -> MachineTask:
    """How many ones have come, modulo m.

    Args:
        modulus: m.

    >>> ones_mod(modulus=3).targets([[[1], [1], [0], [1]]])[0, :, 0].tolist()
    [1, 2, 2, 0]
    """
    m = integer("modulus", modulus, 2, 1024, InvalidTask)
    return from_step(lambda s, x: ((s + x) % m, (s + x) % m), 0, 2, 1, m, "ones_mod")


def addition(base: int = 2, code: str | None = None) -> MachineTask:
    """The digits of a sum: two digits come at a step, low ones first; the state is the carry.

    Args:
        base: b.
        code: how digits are shown to a network.

    >>> addition().targets([[[1, 1], [1, 0], [0, 0]]])[0, :, 0].tolist()      # 3 + 1 = 4
    [0, 0, 1]
    """
    digits = as_alphabet(integer("base", base, 2, 64, InvalidTask), code)
    b = digits.size
    return from_step(lambda c, x: (sum(x, c) // b, sum(x, c) % b), 0, digits, 2, digits, "addition")


def division(by: int = 3, base: int = 2) -> MachineTask:
    """The digits of a quotient, high ones first; the state is the remainder.

    Args:
        by: what is divided by, from 1 to 1024.
        base: b.

    >>> division(by=3).targets([[[1], [1], [1]]])[0, :, 0].tolist()      # 7 divided by 3 is 2
    [0, 1, 0]
    """
    n, b = integer("by", by, 1, 1024, InvalidTask), integer("base", base, 2, 64, InvalidTask)
    return from_step(lambda r, x: ((b * r + x) % n, (b * r + x) // n), 0, b, 1, b, "division")


def contains(word: str = "0110") -> MachineTask:
    """Whether a word of bits has come; 1 from its last letter on.

    Args:
        word: of the letters 0 and 1, at most 256 of them.

    >>> contains("01").targets([[[1], [0], [1], [0]]])[0, :, 0].tolist()
    [0, 0, 1, 1]
    """
    if not isinstance(word, str) or not 1 <= len(word) <= _LONGEST or set(word) - {"0", "1"}:
        raise InvalidTask(f"word must be a text of at most {_LONGEST} letters 0 and 1; got {shown(word)}")

    def step(found: int, x: int) -> tuple[int, int]:
        if found < len(word):  # the longest beginning of the word that what has come ends with
            seen = word[:found] + str(x)
            found = next(k for k in range(len(seen), -1, -1) if word.startswith(seen[len(seen) - k :]))
        return found, int(found == len(word))

    return from_step(step, 0, 2, name="contains")


def matches(pattern: str = "(01)*", alphabet: int | Alphabet = 2, code: str | None = None) -> MachineTask:
    """Whether the word so far matches a regular expression; see `from_pattern`.

    Args:
        pattern: digits, `.`, `|`, `*`, `+`, `?`, parentheses.
        alphabet: q, or an `Alphabet`.
        code: how symbols are shown to a network.

    >>> matches(pattern="1*").targets([[[1], [1], [0]]])[0, :, 0].tolist()
    [1, 1, 0]
    """
    return from_pattern(pattern, as_alphabet(alphabet, code))


def counter(states: int = 8) -> MachineTask:
    """Counts up for 1 and down for 0, and stays between 0 and n − 1.

    Args:
        states: n.

    >>> counter(states=3).targets([[[1], [1], [1], [0]]])[0, :, 0].tolist()
    [1, 2, 2, 1]
    """
    n = integer("states", states, 2, 1024, InvalidTask)

    def step(count: int, x: int) -> tuple[int, int]:
        moved = min(n - 1, max(0, count + 2 * x - 1))
        return moved, moved

    return from_step(step, 0, 2, 1, n, "counter")

"""What each of the 62 tasks shows along a word, straight from its definition: plain functions on lists, which know nothing of tasks.

A word is a list of integers, or of pairs where two come in at a step; before it there is 0.

>>> sum_last(2)([5, 1, 3]), whole_sum(2)([(1, 1), (1, 0)]), add_mod(3)([2, 2])
([5, 6, 4], [0, 0], [2, 1])
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate, pairwise
from math import isqrt
from typing import Any

Word = list[Any]
Truth = Callable[[Word], Word]


def letterwise(f: Callable[[Any], Any]) -> Truth:
    """What a function makes of each letter."""
    return lambda word: [f(x) for x in word]


def window(length: int, f: Callable[[Word], Any]) -> Truth:
    """What a function makes of the last letters, so many of them."""

    def truth(word: Word) -> Word:
        padded = [0] * (length - 1) + word
        return [f(padded[t : t + length]) for t in range(len(word))]

    return truth


def so_far(f: Callable[[Word], Any]) -> Truth:
    """What a function makes of all letters so far."""
    return lambda word: [f(word[: t + 1]) for t in range(len(word))]


# -------------------------------------------------------------------------------------------------------------- numbers


def whole_sum(base: int) -> Truth:
    """The digits of the sum of two numbers, low digits first; a digit more than they have is lost."""

    def truth(word: Word) -> Word:
        rest, digits = sum((a + b) * base**t for t, (a, b) in enumerate(word)), []
        for _ in word:
            rest, digit = divmod(rest, base)
            digits.append(digit)
        return digits

    return truth


def whole_quotient(by: int) -> Truth:
    """The bits of the quotient of a number, high bits first."""

    def truth(word: Word) -> Word:
        quotient = int("".join(map(str, word)), 2) // by
        return [quotient >> t & 1 for t in reversed(range(len(word)))]

    return truth


def sum_all(word: Word) -> Word:
    """The sum so far."""
    return list(accumulate(word))


def sum_last(count: int) -> Truth:
    """The sum of the last inputs."""
    return window(count, sum)


def previous(lag: int) -> Truth:
    """The input so many steps before."""
    return window(lag + 1, lambda last: last[0])


def add_mod(m: int) -> Truth:
    """The sum so far, mod m."""
    return lambda word: [total % m for total in accumulate(word)]


def evens_counter(word: Word) -> Word:
    """How many even numbers have come."""
    return list(accumulate(int(x % 2 == 0) for x in word))


def dithering(word: Word) -> Word:
    """How many times 15 goes into the sum so far, less what was shown before."""
    levels = [total // 15 for total in accumulate(word, initial=0)]
    return [b - a for a, b in pairwise(levels)]


def majority(word: Word) -> Any:
    """The letter that has come most often; of several the smallest."""
    return max(sorted(set(word)), key=word.count)


# ----------------------------------------------------------------------------------------------------------------- bits


def parity_last(count: int) -> Truth:
    """Whether an odd number of the last bits are 1."""
    return window(count, lambda last: sum(last) % 2)


def alternating_last(count: int) -> Truth:
    """Whether of the last bits no two neighbours agree."""
    return window(count, lambda last: int(all(a != b for a, b in pairwise(last))))


def balanced(word: Word) -> Word:
    """Whether parentheses are balanced, 0 opening and 1 closing; never again once one closes that was not open."""
    depth = list(accumulate(1 - 2 * x for x in word))
    lowest = accumulate(depth, min)
    return [int(d == 0 and least == 0) for d, least in zip(depth, lowest, strict=True)]


def same_as_before(word: Word) -> Word:
    """Whether a number is the one before; the first is not."""
    return [0] * bool(word) + [int(a == b) for a, b in pairwise(word)]


# -------------------------------------------------------------------------------------------------------------- motions


def free_body(word: Word) -> Word:
    """The position of a mass that is pushed."""
    return sum_all(sum_all(word))


def gravity(word: Word) -> Word:
    """The same, and falling."""
    return free_body([x - 1 for x in word])


def spring(word: Word) -> Word:
    """The same on a spring: the force is x − the position."""
    position = velocity = 0
    shown = []
    for x in word:
        velocity += x - position
        position += velocity
        shown.append(position)
    return shown


def magnet(word: Word) -> Word:
    """The same in a plane, in a magnetic field: the velocity, turned by a quarter, is added to the force."""
    (p, q), (v, w) = (0, 0), (0, 0)
    shown = []
    for x, y in word:
        v, w = v + x - w, w + y + v
        p, q = p + v, q + w
        shown.append((p, q))
    return shown


TRUTHS: dict[str, Truth] = {
    "Binary_Addition": whole_sum(2),
    **{f"Base_{b}_Addition": whole_sum(b) for b in range(3, 8)},
    "Bitwise_Xor": letterwise(lambda x: x[0] ^ x[1]),
    "Bitwise_Or": letterwise(lambda x: x[0] | x[1]),
    "Bitwise_And": letterwise(lambda x: x[0] & x[1]),
    "Bitwise_Not": letterwise(lambda x: 1 - x),
    **{f"Parity_Last{n}": parity_last(n) for n in range(2, 5)},
    "Parity_All": add_mod(2),
    "Parity_Zeros": lambda word: add_mod(2)([1 - x for x in word]),
    "Evens_Counter": evens_counter,
    "Sum_All": sum_all,
    **{f"Sum_Last{n}": sum_last(n) for n in range(2, 8)},
    "Current_Number": letterwise(lambda x: x),
    **{f"Prev{n}": previous(n) for n in range(1, 6)},
    "Previous_Equals_Current": same_as_before,
    "Diff_Last2": window(2, lambda last: last[1] - last[0]),
    "Abs_Diff": window(2, lambda last: abs(last[1] - last[0])),
    "Abs_Current": letterwise(abs),
    "Diff_Abs_Values": window(2, lambda last: abs(last[1]) - abs(last[0])),
    "Min_Seen": lambda word: list(accumulate(word, min)),
    "Max_Seen": lambda word: list(accumulate(word, max)),
    **{f"Majority_0_{n}": so_far(majority) for n in range(1, 4)},
    "Evens_Detector": letterwise(lambda x: int(x % 2 == 0)),
    "Perfect_Square_Detector": letterwise(lambda x: int(isqrt(x) ** 2 == x)),
    "Bit_Palindrome": so_far(lambda word: int(word == word[::-1])),
    "Balanced_Parenthesis": balanced,
    "Parity_Bits_Mod2": lambda word: [t % 2 for t in range(len(word))],
    **{f"Alternating_Last{n}": alternating_last(n) for n in (3, 4)},
    "Bit_Shift_Right": previous(1),
    "Bit_Dot_Prod_Mod2": lambda word: add_mod(2)([a * b for a, b in word]),
    **{f"Div_{n}": whole_quotient(n) for n in (3, 5, 7)},
    **{f"Add_Mod_{m}": add_mod(m) for m in range(3, 9)},
    "Dithering": dithering,
    "Newton_Freebody": free_body,
    "Newton_Gravity": gravity,
    "Newton_Spring": spring,
    "Newton_Magnetic": magnet,
}
"""By the name that MIPS gives a task, in its order."""

"""The 62 tasks in the form that says most about them: a linear filter, a machine, or, where there is neither, a rule on integers.

Bits are shown to a network as signs and other symbols one-hot, which is this project's way; numbers are shown as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isqrt
from typing import Any

from emt_theory.tasks.finite.alphabet import Alphabet
from emt_theory.tasks.streams.described import StreamTask
from emt_theory.tasks.streams.filters import LinearFilter, from_state_space, linear_filter
from emt_theory.tasks.streams.library import addition, division, n_back, running_parity, sum_mod
from emt_theory.tasks.streams.machine import MachineTask
from emt_theory.tasks.streams.making import from_step
from emt_theory.tasks.streams.rule import RuleTask

Form = Callable[[str], StreamTask]

_TO_99, _HUNDRED, _FORCES = range(100), range(-100, 100), range(-10, 11)


def _filter(inputs: Sequence[Any], past: Sequence[Any] = (), values: range = _TO_99) -> Form:
    return lambda name: linear_filter(inputs, past, name, values)


def _named(make: Callable[[], MachineTask]) -> Form:
    return lambda name: make().named(name)


def _step(step: Any, start: Any = 0, alphabet: int = 2, channels: int = 1, shows: int = 2) -> Form:
    return lambda name: from_step(step, start, alphabet, channels, Alphabet(shows), name)


def _letter(f: Callable[[Any], int], alphabet: int = 2, channels: int = 1) -> Form:
    """A function of the letter alone."""
    return _step(lambda state, x: (state, f(x)), 0, alphabet, channels)


def _window(length: int, f: Callable[[tuple[int, ...]], int]) -> Form:
    """A function of the last bits, 0 before the first."""
    return _step(lambda past, x: ((*past[1:], x), f((*past, x))), (0,) * (length - 1))


def _alternates(bits: tuple[int, ...]) -> int:
    """Whether they are 0101… or 1010…."""
    return int(bits in (tuple(i % 2 for i in range(len(bits))), tuple((i + 1) % 2 for i in range(len(bits)))))


def _rule(first: Sequence[int], moves: Sequence[str], show: str, inputs: range) -> Form:
    return lambda name: RuleTask(name, tuple(first), tuple(moves), (show,), tuple(inputs))


def _magnet(name: str) -> LinearFilter:
    """v ← v + x + v turned by a quarter, p ← p + v, of z = (p, q, v, w)."""
    A = [[1, 0, 1, -1], [0, 1, 1, 1], [0, 0, 1, -1], [0, 0, 1, 1]]
    B = [[1, 0], [0, 1], [1, 0], [0, 1]]
    # from_state_space shows C z(t) + D x(t), z(t+1) = A z(t) + B x(t): what is shown is the first half of z(t+1)
    return from_state_space(A, B, A[:2], B[:2], name, _FORCES)


def _counts(letters: int) -> Form:
    """How often each letter has come; the largest count, of several the first."""
    moves = [f"s[{a}] + (x[0] == {a})" for a in range(letters)]
    show = "0"
    for a in range(1, letters):
        before = ", ".join(f"s[{b}]" for b in range(a))
        show = f"where(s[{a}] > {f'max({before})' if a > 1 else before}, {a}, {show})"
    return _rule([0] * letters, moves, show, range(letters))


FORMS: dict[str, Form] = {
    "Binary_Addition": _named(addition),
    **{f"Base_{b}_Addition": _named(lambda b=b: addition(b)) for b in range(3, 8)},
    "Bitwise_Xor": _letter(lambda x: x[0] ^ x[1], channels=2),
    "Bitwise_Or": _letter(lambda x: x[0] | x[1], channels=2),
    "Bitwise_And": _letter(lambda x: x[0] & x[1], channels=2),
    "Bitwise_Not": _letter(lambda x: 1 - x),
    **{f"Parity_Last{n}": _window(n, lambda bits: sum(bits) % 2) for n in range(2, 5)},
    "Parity_All": _named(running_parity),
    "Parity_Zeros": _step(lambda q, x: (q ^ 1 ^ x, q ^ 1 ^ x)),
    "Evens_Counter": _rule([0], ["s[0] + (x[0] % 2 == 0)"], "s[0]", range(10)),
    "Sum_All": _filter([1], [1]),
    **{f"Sum_Last{n}": _filter([1] * n) for n in range(2, 8)},
    "Current_Number": _filter([1]),
    **{f"Prev{n}": _filter([0] * n + [1]) for n in range(1, 6)},
    "Previous_Equals_Current": _step(lambda q, x: (x, int(q == x)), None, 8),
    "Diff_Last2": _filter([1, -1], values=_HUNDRED),
    "Abs_Diff": _rule([0, 0], ["x[0]", "s[0]"], "abs(s[0] - s[1])", _HUNDRED),
    "Abs_Current": _rule([], [], "abs(x[0])", _HUNDRED),
    "Diff_Abs_Values": _rule([0, 0], ["abs(x[0])", "s[0]"], "s[0] - s[1]", _HUNDRED),
    "Min_Seen": _step(lambda q, x: (min(q, x), min(q, x)), 9, 10, shows=10),
    "Max_Seen": _step(lambda q, x: (max(q, x), max(q, x)), 0, 10, shows=10),
    "Majority_0_1": _rule([0], ["s[0] + 2*x[0] - 1"], "s[0] > 0", range(2)),
    **{f"Majority_0_{n}": _counts(n + 1) for n in (2, 3)},
    "Evens_Detector": _letter(lambda x: int(x % 2 == 0), 10),
    "Perfect_Square_Detector": _letter(lambda x: int(isqrt(x) ** 2 == x), 20),
    "Bit_Palindrome": _rule([1, 0, 0], ["2*s[0]", "2*s[1] + x[0]", "s[2] + x[0]*s[0]"], "s[1] == s[2]", range(2)),
    "Balanced_Parenthesis": _rule([0], ["where(s[0] < 0, -1, s[0] + 1 - 2*x[0])"], "s[0] == 0", range(2)),
    "Parity_Bits_Mod2": _step(lambda q, x: (1 - q, q)),
    **{f"Alternating_Last{n}": _window(n, _alternates) for n in (3, 4)},
    "Bit_Shift_Right": _named(n_back),
    "Bit_Dot_Prod_Mod2": _step(lambda q, x: (q ^ x[0] & x[1], q ^ x[0] & x[1]), channels=2),
    **{f"Div_{n}": _named(lambda n=n: division(n)) for n in (3, 5, 7)},
    **{f"Add_Mod_{m}": _named(lambda m=m: sum_mod(m)) for m in range(3, 9)},
    "Dithering": _step(lambda q, x: ((q + x) % 15, (q + x) // 15), 0, 16),
    "Newton_Freebody": _filter([1], [2, -1], _FORCES),
    "Newton_Gravity": _rule([0, 0], ["s[0] + x[0] - 1", "s[1] + s[0] + x[0] - 1"], "s[1]", _FORCES),
    "Newton_Spring": _filter([1], [1, -1], _FORCES),
    "Newton_Magnetic": _magnet,
}
"""By the name that MIPS gives a task, in its order."""

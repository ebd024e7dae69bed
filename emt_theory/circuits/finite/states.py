r"""All states of a finite task as numbers, and the step as an array.

A state is the memory read in base q, oldest component first: `Σ_j x_j q^{n−1−j}`. A step drops the oldest d digits and writes d new ones behind:

    G(x) = (x mod q^{n−d}) q^d + Σ_c f_c(x) q^{d−1−c}.

>>> from emt_theory.tasks import parse
>>> successors(parse("xor")).tolist()              # 00 → 00, 01 → 11, 10 → 01, 11 → 10
[0, 3, 1, 2]
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidTask
from emt_theory.tasks.finite.task import FiniteTask, finite_task

MOST_STATES = 2**22


def successors(task: FiniteTask) -> NDArray[np.int64]:
    """The number of the next state for each state, shape (|X|,).

    Raises:
        InvalidTask: if there are more than 2²² states; says what is possible instead.
    """
    check_count(finite_task(task))
    states = np.arange(task.states)
    # A state is a number in base q whose first digits are the oldest block: q^{n−d} cuts them off, and the new symbols
    # come in behind.
    after = states % (task.states // task.alphabet.size**task.dim)
    for c in range(task.dim):
        after = after * task.alphabet.size + output(task, states, c)
    return after


def output(task: FiniteTask, states: NDArray[np.int64], c: int) -> NDArray[np.int64]:
    """f_c at states given by number, the same shape."""
    rule, q = task.rules[c], task.alphabet.size
    index = np.zeros_like(states)
    for j in rule.reads:
        index = index * q + digit(task, states, j)
    return rule.table.reshape(-1)[index]


def digit(task: FiniteTask, states: NDArray[np.int64], j: int) -> NDArray[np.int64]:
    """Component j (flat) of states given by number, the same shape."""
    q = task.alphabet.size
    # Digit j counts from the left, where the oldest stands: n − 1 − j digits lie behind it.
    return states // q ** (task.components - 1 - j) % q


def check_count(task: FiniteTask) -> None:
    """Refuse more states than are enumerated.

    Raises:
        InvalidTask: if there are more than 2²².
    """
    q, n = task.alphabet.size, task.components
    if task.components > 22 or task.states > MOST_STATES:
        raise InvalidTask(
            f"{task.name} has {q}^{n} states, and at most {MOST_STATES} are enumerated; sequences, accuracy, the rule, and "
            "whether a step can be undone need no enumeration; of an affine rule field() has cycles, periods and tails"
        )

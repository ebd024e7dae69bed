r"""Where the two kinds meet: a selection task on signs is a finite task on bits, and the other way round.

With 0 for +1 and 1 for −1 a copy is a copy, and a minus sign is 1 − b:

>>> from emt_theory.tasks.linear import selection
>>> task = as_finite(selection("turn", 2, [(1, 0, -1)]))
>>> task.equations(), as_selection(task).reads
(['u(t) = u[2] ^ 1'], (Read(block=1, component=0, sign=-1),))
"""

from __future__ import annotations

import numpy as np

from emt_theory.errors import InvalidTask
from emt_theory.tasks.finite.alphabet import Alphabet, Code
from emt_theory.tasks.finite.local_rule import LocalRule
from emt_theory.tasks.finite.task import FiniteTask, finite_task
from emt_theory.tasks.linear import SIGNS, LinearTask, linear_task
from emt_theory.tasks.maps import Read

_TURNED = np.array([1, 0])


def as_finite(task: LinearTask) -> FiniteTask:
    """The finite task on bits that a selection task on signs is.

    Raises:
        InvalidTask: if it is no selection task, or its inputs are others than −1 and 1.
    """
    reads = linear_task(task).reads
    if reads is None or task.inputs != SIGNS:
        raise InvalidTask(
            f"{task.name} is no selection task on the inputs −1 and 1; only these are tasks on two symbols"
        )
    rules = tuple(
        LocalRule((task.slots.flat(block, component),), np.arange(2) if sign > 0 else _TURNED)
        for block, component, sign in reads
    )
    return FiniteTask(task.name, *task.slots, Alphabet(2), rules)


def as_selection(task: FiniteTask) -> LinearTask | None:
    """The selection task on signs that a finite task on bits is; None if it is none.

    Raises:
        InvalidTask: if it is no finite task.
    """
    if finite_task(task).alphabet.code is not Code.SIGNS or any(len(rule.reads) != 1 for rule in task.rules):
        return None
    signs = (1 - 2 * int(rule.table[0]) for rule in task.rules)
    reads = tuple(Read(*task.slots.place(rule.reads[0]), sign) for rule, sign in zip(task.rules, signs, strict=True))
    return LinearTask(task.name, *task.slots, reads)

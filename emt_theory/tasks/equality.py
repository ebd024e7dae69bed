"""When do two linear tasks compute the same? Steps of memory that nobody reads do not count.

u(t) = u(t−1) with s = 1 and with s = 3 are different tasks, since sequences differ in their number of inputs; they are one program. `trimmed` leaves
out the oldest blocks that no output reads:

>>> from emt_theory.tasks import from_matrix
>>> short, long = from_matrix([[1]], dim=1), from_matrix([[0, 0, 1]], dim=1)
>>> short == long, same_program(short, long)
(False, True)
>>> same_program(short, from_matrix([[0, 0, -1]], dim=1))
False
"""

from __future__ import annotations

from dataclasses import replace

from emt_theory.ground.rationals import RationalMatrix
from emt_theory.tasks.linear import LinearTask, linear_task
from emt_theory.tasks.maps import Read


def trimmed(task: LinearTask) -> LinearTask:
    """The same program with as few steps of memory as it reads; one, if it reads nothing.

    Raises:
        InvalidTask: if it is no linear task.
    """
    task = linear_task(task)
    s, d = task.slots
    if task.reads is not None:
        idle = min(read.block for read in task.reads) - 1
        reads = tuple(Read(read.block - idle, read.component, read.sign) for read in task.reads)
        return replace(task, num_variables=s - idle, rule=reads) if idle else task
    oldest = min((task.slots.place(j)[0] for _, j, _ in task.F), default=s)
    idle = oldest - 1
    entries = ((i, j - idle * d, value) for i, j, value in task.F)
    rule = RationalMatrix.from_entries((d, (s - idle) * d), entries)
    return replace(task, num_variables=s - idle, rule=rule) if idle else task


def same_program(one: LinearTask, other: LinearTask) -> bool:
    """Whether two linear tasks compute the same outputs from the same past, whatever number of steps they keep; their inputs are the same values.

    Raises:
        InvalidTask: if one is no linear task.
    """
    return trimmed(one) == trimmed(other)

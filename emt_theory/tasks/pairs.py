r"""Inputs that lead to one memory at different times.

For a selection task the persistent components move by a signed permutation, c(t+1) = Φ_p c(t) with Φ_p⁻¹ = Φ_pᵀ. So for any inputs x, and times
t_0 < t_1 < … with offsets t_k − t_0, the memory that x leads to at t_0 is that of x^{(k)} at t_k,

    x^{(k)}_p = Φ_p^{−(t_k − t_0)} x_p,      with fresh values in every component that does not last.

What holds the variables and nothing else is in one state then, whatever t_0 is. The offsets are 0, 1, 3, 8: their differences, 1, 2, 3, 5, 7 and 8,
are what a clock is caught by.

>>> from emt_theory.tasks import repeat_copy
>>> pairs = repeat_copy(num_variables=3, dim=2).pairs(count=100, horizon=40)
>>> pairs.inputs.shape, pairs.times, pairs.offsets, pairs.steps
((400, 3, 2), (23, 24, 26, 31), (0, 1, 3, 8), 43)

Source: new.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidTask
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import integer
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.json import Record
from emt_theory.tasks.sampling import draw_inputs

if TYPE_CHECKING:
    from emt_theory.tasks.linear import LinearTask

OFFSETS = (0, 1, 3, 8)
"""Later than t_0 by so much; their differences are 1, 2, 3, 5, 7 and 8."""


@dataclass(frozen=True, eq=False, repr=False)
class Pairs(Record):
    """Inputs to record, and when they lead to equal memories: row k·count + i at `times[k]` to that of row i at `times[0]`.

    Attributes:
        task: the selection task.
        inputs: u(1), …, u(s), exact, shape (groups·count, s, d), one group of `count` after the other.
        times: t_k, one for each group.
        offsets: t_k − t_0.
        steps: T = s + horizon, how many steps to record.
    """

    JSON = ("task=task.name", "inputs", "times", "offsets", "steps")

    task: LinearTask
    inputs: NDArray[Any]
    times: tuple[int, ...]
    offsets: tuple[int, ...]
    steps: int

    @property
    def count(self) -> int:
        """How many inputs are in a group."""
        return len(self.inputs) // len(self.offsets)

    def __repr__(self) -> str:
        return f"Pairs({self.count} inputs of {self.task.name} at each of t = {', '.join(map(str, self.times))})"


def make_pairs(task: LinearTask, count: int, horizon: int, seed: int) -> Pairs:
    """As `LinearTask.pairs`."""
    if not task.is_selection:
        raise InvalidTask(f"inputs that lead to equal memories are made for selection tasks; {task.name} is none")
    if not task.persistent:
        raise InvalidTask(f"nothing of {task.name} lasts: it has no memories that could be equal at different times")
    if (reason := unpaired(task)) is not None:
        raise InvalidTask(f"{task.name} has no such inputs: {reason}")
    count, horizon = integer("count", count, least=1), integer("horizon", horizon, least=least_horizon(task))
    first = meeting_time(task, horizon)
    inputs = equal_memories(task, count, checked_seed(seed)).reshape(-1, *task.slots)
    return Pairs(task, inputs, tuple(first + k for k in OFFSETS), OFFSETS, task.num_variables + horizon)


def unpaired(task: LinearTask) -> Absent | None:
    """Why no two runs of a task can be brought to one memory at different times; None if they can."""
    if not task.is_selection:
        return Absent("runs are brought to equal memories in selection tasks")
    _, signs = _moves(task)
    if (signs < 0).any() and {-value for value in task.inputs} != set(task.inputs):
        return Absent("equal memories would need inputs of the other sign, which the task does not have")
    return None


def least_horizon(task: LinearTask) -> int:
    """The fewest scored steps that hold equal memories at all offsets, in the settled window."""
    return task.settled + OFFSETS[-1] - task.num_variables


def meeting_time(task: LinearTask, horizon: int) -> int:
    """t_0: half of the horizon behind the inputs, where the task has settled by then and the last offset fits in."""
    s = task.num_variables
    return min(max(task.settled, s + horizon // 2), s + horizon - OFFSETS[-1])


def equal_memories(task: LinearTask, count: int, seed: int, first: NDArray[Any] | None = None) -> NDArray[Any]:
    """x^{(k)} for each offset, exact, shape (groups, count, s, d); the first is drawn, or these inputs of shape (count, s, d)."""
    chosen, (source, signs) = list(task.persistent), _moves(task)
    drawn = [draw_inputs(task, count, (seed + 3 + k) % 2**64).reshape(count, -1) for k in range(len(OFFSETS))]
    if first is not None:
        drawn[0] = first.reshape(count, -1)
    wanted, steps = drawn[0][:, chosen], 0
    for k, later in enumerate(OFFSETS):
        for _ in range(later - steps):
            # c(t+1)_i = sign_i c(t)_{source_i}: one step back, component source_i is sign_i times component i.
            back = np.empty_like(wanted)
            back[:, source] = wanted * signs
            wanted = back
        drawn[k][:, chosen], steps = wanted, later
    return np.stack(drawn).reshape(len(OFFSETS), count, *task.slots)


def _moves(task: LinearTask) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Φ_p as (source, sign) of each persistent component: c(t+1)_i = sign_i c(t)_{source_i}."""
    blocks, components, signs = task.read_arrays
    n, d = task.components, task.dim
    # m(t+1) is m(t) without its oldest block, then the new one: entry (b−1)d + c moves on from bd + c, and the last d are read.
    source = np.concatenate([np.arange(d, n), (blocks - 1) * d + components])
    sign = np.concatenate([np.ones(n - d, dtype=np.int64), signs])
    chosen = np.asarray(task.persistent, dtype=np.intp)
    return np.searchsorted(chosen, source[chosen]), sign[chosen]

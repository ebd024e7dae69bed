r"""Late states of a network, and the memory that its task has at each.

Where a task has at most 4096 states all inputs are run. Of more, random ones x are, and beside each an x′ that is x some steps later,

    x′ = (u(δ+1), …, u(δ+s)),      so that x at t + δ and x′ at t hold one memory, whatever the rule,

with δ = 1, 2, 3, 5, 7 in turn: a network that also counts the time differs between them. Only sequences that are right all the way count.

>>> from emt_theory import derive
>>> from emt_theory.networks import state_space
>>> from emt_theory.tasks import parse
>>> task = parse("xor")
>>> visits = visit(state_space(derive(task).compile()), task, horizon=40, seed=0, ahead=2)
>>> visits.states.shape, visits.every, len(np.unique(visits.memories))
((4, 16, 4), True, 4)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.ground.text import Shown
from emt_theory.networks import StateSpace
from emt_theory.tasks import FiniteTask
from emt_theory.tasks.finite.task import MOST_INPUTS
from emt_theory.tasks.words import generator

Symbols = NDArray[np.int64]

DELAYS = (1, 2, 3, 5, 7)
_STEPS, _FEWEST, _ENTRIES, _BLOCK = 16, 256, 2**25, 64


@dataclass(frozen=True, eq=False, repr=False)
class Visits(Shown):
    """States of right sequences at late times.

    Attributes:
        task: the task.
        symbols: u(1), u(2), … of each sequence, shape (batch, more than the last time, d).
        times: the times of the states, consecutive.
        states: shape (batch, times, S).
        every: whether these are all inputs that there are.
        together: so many sequences of one draw stand side by side.
        odd: whether the network is: then no function that it holds is constant.
    """

    task: FiniteTask
    symbols: Symbols
    times: NDArray[np.int64]
    states: Array
    every: bool
    together: int
    odd: bool

    def variable(self, k: int) -> Symbols:
        """u(t + k) at these times, shape (batch, times, d)."""
        return self.symbols[:, self.times + k - 1]

    def code(self, k: int) -> Array:
        """Its codewords, as floats, shape (batch · times, d·e)."""
        shown = self.task.alphabet.encode(self.variable(k)).astype(float)
        return shown.reshape(-1, shown.shape[-1])

    @property
    def rows(self) -> Array:
        """The states one below the other, shape (batch · times, S)."""
        return self.states.reshape(-1, self.states.shape[-1])

    @cached_property
    def memories(self) -> Symbols:
        """For each row the number of the memory (u(t−s+1), …, u(t)) among those that are visited."""
        blocks = [self.variable(k) for k in range(1 - self.task.num_variables, 1)]
        held = np.concatenate(blocks, axis=2).reshape(len(self.rows), -1).astype(np.uint16)
        packed = np.ascontiguousarray(held).view(np.dtype((np.void, held.shape[1] * 2)))
        return np.unique(packed.ravel(), return_inverse=True)[1].reshape(-1)

    @cached_property
    def visited(self) -> int:
        """How many memories are visited."""
        return int(self.memories.max()) + 1

    def __repr__(self) -> str:
        return f"Visits({len(self.states)} sequences of {self.task.name}, {self.visited} memories)"


def visit(
    space: StateSpace, task: FiniteTask, horizon: int, seed: int, ahead: int, most: int | None = None
) -> Visits | Absent:
    """Run a network, and keep what it is at the last steps of a horizon.

    Args:
        space: the network.
        task: the task.
        horizon: scored steps; fewer than 16 are 16.
        seed: of the inputs, where not all are run.
        ahead: for how many steps behind the horizon the symbols are to be known.
        most: of more sequences so many are drawn; None for all.
    """
    every, horizon = task.states <= MOST_INPUTS, max(horizon, _STEPS)
    inputs = _every(task) if every else _drawn(task, max(_FEWEST, 2 * space.size), seed)
    together = 1 if every else 2
    if most is not None and len(inputs) > most:
        units = generator(seed).permutation(len(inputs) // together)[: max(1, most // together)]
        inputs, every = inputs.reshape(-1, together, *task.slots)[units].reshape(-1, *task.slots), False
    s, count = task.num_variables, len(inputs)
    kept = min(_STEPS, horizon, max(8, _ENTRIES // (count * space.size)))
    times = np.arange(s + horizon - kept + 1, s + horizon + 1)
    following = task.targets(inputs, horizon + ahead)
    states, right, shown = np.empty((count, kept, space.size)), np.ones(count, dtype=bool), list[Array]()
    for t, z in enumerate(space.trace(task.encode(task.alphabet.encode(inputs)), s + horizon), 1):
        if t > s:
            shown.append(space.read(z))
        if t >= times[0]:
            states[:, t - times[0]] = z
        if shown and (len(shown) == _BLOCK or t == s + horizon):
            wanted = following[:, t - s - len(shown) : t - s]
            right &= (task.alphabet.decode(np.stack(shown, axis=1)) == wanted).all(axis=(1, 2))
            shown.clear()
    right = right.reshape(-1, together).all(axis=1).repeat(together)
    if not 2 * right.sum() > count or not np.isfinite(states[right]).all():
        return Absent(f"{int(right.sum())} of {count} sequences are right to t = {s + horizon}")
    symbols = np.concatenate([inputs, following], axis=1)[right]
    return Visits(task, symbols, times, states[right], every, together, space.odd)


def _every(task: FiniteTask) -> Symbols:
    q, n = task.alphabet.size, task.components
    return np.indices((q,) * n).reshape(n, -1).T.reshape(-1, *task.slots)


def _drawn(task: FiniteTask, count: int, seed: int) -> Symbols:
    """Random inputs, each beside itself some steps later."""
    first = generator(seed).integers(task.alphabet.size, size=(count, *task.slots))
    whole = np.concatenate([first, task.targets(first, max(DELAYS))], axis=1)
    steps = np.resize(DELAYS, count)[:, None] + np.arange(task.num_variables)
    later = np.take_along_axis(whole, steps[..., None], axis=1)
    return np.stack([first, later], axis=1).reshape(-1, *task.slots)

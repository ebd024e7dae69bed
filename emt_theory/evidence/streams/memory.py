r"""The memory of a task with an input at every step: the state of its smallest machine, or of its smallest realization.

    q(t) = δ(q(t−1), x(t)),        z(t) = A z(t−1) + B x(t)

In both, two words that lead to different memories can be told apart by what the task shows behind them, so a network that does the task for
ever holds its memory in some form. Rules on integers have a state, too, but no smallest one that is known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.ground.arrays import Array
from emt_theory.networks import StateSpace
from emt_theory.tasks import LinearFilter, MachineTask
from emt_theory.tasks.streams.described import StreamTask
from emt_theory.tasks.streams.mealy import letters_of

FITTED, JUDGED, EDITED = 128, 128, 512
"""Words that things are estimated on, words that they are judged on, words in which states are changed."""

WORDS, LETTERS, SETTLED = FITTED + JUDGED + EDITED, 82, 16
"""So many words of so many letters are looked at, behind the first 16 letters."""


def smallest(task: StreamTask) -> StreamTask:
    """The same task by its smallest machine, or its smallest realization; a rule as it is. All of its steps are scored."""
    task = replace(task, quiet=0)
    if isinstance(task, MachineTask):
        return replace(task, machine=task.machine.minimal())
    if isinstance(task, LinearFilter) and task.minimal.order:
        return replace(task, system=task.minimal)
    return task


def follow_words(task: StreamTask, inputs: Array, first: Any = None) -> tuple[Any, Array]:
    """m(1), …, m(T) and y(1), …, y(T) along words, from the start or from these memories.

    Args:
        task: the task, by its smallest system.
        inputs: as a network sees them, shape (batch, T, d_in).
        first: m(0), a row for each word; the task's own start if left out.

    Returns:
        Memories, shape (batch, T) of a machine and (batch, T, n) elsewhere, and targets, shape (batch, T, d_out).
    """
    memory = task.start(np.zeros(len(inputs))) if first is None else first
    passed, shown = list[Any](), list[Any]()
    for t in range(inputs.shape[1]):
        memory, y = task.next(memory, inputs[:, t])
        passed.append(memory)
        shown.append(y)
    return np.stack(passed, axis=1), np.asarray(np.stack(shown, axis=1), dtype=np.float64)


def arrive(space: StateSpace, task: StreamTask, quiet: int, words: int) -> tuple[Array, Any]:
    """Where a network and its task are behind so many random letters, the same for all words: shape (words, S), and a memory for each."""
    z, memory = space.initial[None], task.start(np.zeros(1))
    for x in np.asarray(task.sample(1, quiet, seed=0).inputs)[0] if quiet else ():
        z, memory = space.step(z, x[None]), task.next(memory, x[None])[0]
    return np.repeat(z, words, axis=0), np.repeat(memory, words, axis=0)


def number_rows(rows: Any) -> NDArray[np.intp]:
    """Equal numbers for equal rows, shape (count, …) to (count,)."""
    flat = np.asarray(rows).reshape(len(rows), -1)
    flat = flat.astype(np.int64) if flat.dtype == object else flat
    return np.unique(flat, axis=0, return_inverse=True)[1].reshape(-1)


FIT, FRESH, CHANGED = slice(0, FITTED), slice(FITTED, FITTED + JUDGED), slice(FITTED + JUDGED, None)
_LONGEST_ENDING, _EACH = 4, 32
_RESTS = 0.9
SAME = 1e-6
"""Numbers are the same where they differ by less than this share of the largest."""


@dataclass(frozen=True, eq=False)
class Walk:
    """A network and its task's memory along the same words.

    Attributes:
        task: by its smallest system.
        inputs: x, shape (batch, T, d_in).
        memory: m, shape (batch, T) or (batch, T, n).
        states: z, shape (batch, T, S).
    """

    task: StreamTask
    inputs: Array
    memory: Any
    states: Array

    @classmethod
    def of(cls, space: StateSpace, task: StreamTask, words: int, letters: int, seed: int, quiet: int = 0) -> Walk:
        """Random words, behind so many letters of which nothing is asked."""
        inputs = np.asarray(task.sample(words, letters, seed).inputs)
        z, memory = arrive(space, task, quiet, words)
        states = np.empty((words, letters, space.size))
        for t in range(letters):
            states[:, t] = z = space.step(z, inputs[:, t])
        return cls(task, inputs, follow_words(task, inputs, memory)[0], states)

    @cached_property
    def letters(self) -> NDArray[np.intp]:
        """Which letter comes in, by number, shape (batch, T); a machine's own numbers."""
        if isinstance(self.task, MachineTask):
            return letters_of(self.task.reads.closeness(self.inputs).argmax(axis=-1), self.task.reads.size)
        return number_rows(self.inputs.reshape(-1, self.inputs.shape[2])).reshape(self.inputs.shape[:2])

    @property
    def longest_ending(self) -> int:
        """How many last letters may be told apart: up to four, as many as leave each memory behind each ending 32 states to be found in."""
        k = int(self.letters.max()) + 1
        room = FITTED * (self.letters.shape[1] - SETTLED) / (_EACH * len(np.unique(self.labels)))
        return min(_LONGEST_ENDING, max(1, int(np.log(max(room, 1)) / np.log(max(k, 2)))))

    def endings(self, count: int) -> NDArray[np.intp]:
        """So many last letters by number, shape (batch, T)."""
        letters, k = self.letters, int(self.letters.max()) + 1
        found = np.zeros_like(letters)
        for back in range(count):
            found[:, back:] += letters[:, : letters.shape[1] - back] * k**back
        return found

    @property
    def grows(self) -> bool:
        """Whether the memory's values grow exponentially."""
        return isinstance(self.task, LinearFilter) and self.task.grows

    @cached_property
    def begins(self) -> int:
        """Behind how many letters it is looked: 16, or none where a machine hardly leaves one state by then, as one that waits for a word."""
        if not isinstance(self.task, MachineTask):
            return SETTLED
        late = np.bincount(self.labels[:, SETTLED:].reshape(-1))
        return 0 if late.max() > _RESTS * late.sum() else SETTLED

    @cached_property
    def labels(self) -> NDArray[np.intp]:
        """A number for each memory, shape (batch, T): of a machine its state, of a filter one for each value that comes up."""
        if isinstance(self.task, MachineTask):
            return np.asarray(self.memory, dtype=np.intp)
        rows = np.asarray(self.memory, dtype=float)
        unit = float(np.abs(rows).max()) or 1.0
        return number_rows(np.rint(rows / unit / SAME).reshape(-1, rows.shape[2])).reshape(rows.shape[:2])

    def settled(self, rows: slice, what: Any) -> Any:
        """A part of these words behind the first letters, such as `states`, all in one row."""
        part = np.asarray(what)[rows, self.begins :]
        return part.reshape(-1, *part.shape[2:])

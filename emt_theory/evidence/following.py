"""A network run on from the end of the input phase of a linear task, block by block, beside the exact targets: for runs too long to keep.

>>> from emt_theory import derive
>>> from emt_theory.networks import state_space
>>> from emt_theory.tasks import repeat_copy
>>> task = repeat_copy(num_variables=2, dim=1)
>>> inputs = task.sequences(3, 1, seed=0).inputs
>>> blocks = list(follow(state_space(derive(task).compile()), task, inputs, steps=70))
>>> [(block.done, block.state.shape, block.right.shape, bool(block.right.all())) for block in blocks]
[(50, (3, 2), (3, 50, 1), True), (70, (3, 2), (3, 20, 1), True)]

A run has no memory but its state and the task's: where both are, bit for bit, what they were some blocks before, the blocks between come again. With
`rounds` as many of these rounds are left out as fit, and what remains is run:

>>> blocks = list(follow(state_space(derive(task).compile()), task, inputs, steps=10_000, rounds=True))
>>> [(block.begun, block.done) for block in blocks]
[(0, 50), (50, 100), (9950, 10000)]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.ground.arrays import Array
from emt_theory.networks import StateSpace
from emt_theory.tasks import FiniteTask, LinearTask
from emt_theory.tasks.streams.described import StreamTask
from emt_theory.tasks.words import generator

BLOCK = 50
"""Steps that are run together."""


class Block(NamedTuple):
    """What a network did in some steps.

    Attributes:
        begun: how many steps behind the input phase had been run before.
        done: how many have been now.
        state: after them, shape (batch, S).
        right: which outputs are right, shape (batch, steps, d); where there is nothing to be right about, they are.
        counted: where there is something, the same shape.
    """

    begun: int
    done: int
    state: Array
    right: NDArray[np.bool_]
    counted: NDArray[np.bool_]


def follow(
    space: StateSpace, task: LinearTask | FiniteTask, inputs: Any, steps: int, quiet: int = 0, rounds: bool = False
) -> Iterator[Block]:
    """Run a network on through `steps` steps behind the input phase.

    Args:
        space: the network.
        task: the task.
        inputs: u(1), …, u(s), exact, shape (batch, s, d); symbols of a finite task.
        steps: how many.
        quiet: so many steps first, of which nothing is kept.
        rounds: whether blocks that have been run, bit for bit, may be left out.
    """
    memory: Any
    if isinstance(task, FiniteTask):
        memory = np.asarray(inputs, dtype=np.int64)
        z, done = space.arrive(task.alphabet.encode(memory).reshape(*memory.shape[:2], task.d_in).astype(float)), 0
    else:
        memory = task.encode(inputs)
        z, done = space.arrive(memory), 0
    for k in range(quiet):
        memory, _ = task.next(memory, None)
        z = space.step(z) if k else space.release(z)
    mark = None
    while done < steps:
        length = min(BLOCK, steps - done)
        targets = np.empty((len(memory), length, task.d_out))
        states = np.empty((length, *z.shape))
        for k, moved in enumerate(space.drift(z, length, loaded=not quiet and not done)):
            memory, targets[:, k] = task.next(memory, None)
            states[k], z = moved, moved
        outputs = np.swapaxes(space.read(states), 0, 1)
        marks = task.score(outputs, targets)
        begun, done = done, done + length
        yield Block(begun, done, z, (marks.right & np.isfinite(outputs)) | ~marks.counted, marks.counted)
        if not rounds or done >= steps:
            continue
        if mark and np.array_equal(z, mark.state) and np.array_equal(memory, mark.memory):
            length, rounds = done - mark.done, False
            done += (steps - done - 1) // length * length  # all rounds but a part of one, or one: the last block is run
        elif mark is None or done >= 2 * mark.done:
            mark = _Mark(z, memory, done)


def follow_stream(space: StateSpace, task: StreamTask, sequences: int, steps: int, seed: int) -> Iterator[Block]:
    """Run a network along random words of so many letters; letters are drawn as they are needed.

    Args:
        space: the network.
        task: the task.
        sequences: how many words.
        steps: of how many letters.
        seed: of the letters.
    """
    rng, memory, done = generator(seed), task.start(np.zeros(sequences)), 0
    quiet, task = task.quiet, replace(task, quiet=0)
    z = np.tile(space.initial, (sequences, 1))
    while done < steps:
        length = min(BLOCK, steps - done)
        inputs = np.asarray(task.sample(sequences, length, int(rng.integers(2**32))).inputs)
        outputs, targets = (np.empty((sequences, length, task.d_out)) for _ in range(2))
        for k in range(length):
            memory, targets[:, k] = task.next(memory, inputs[:, k])
            z = space.step(z, inputs[:, k])
            outputs[:, k] = space.read(z)
        with np.errstate(all="ignore"):
            marks = task.score(outputs, targets)
        counted = marks.counted & (np.arange(done, done + length) >= quiet)[:, None]
        begun, done = done, done + length
        yield Block(begun, done, z, (marks.right & np.isfinite(outputs)) | ~counted, counted)


class _Mark(NamedTuple):
    """A moment to come back to, set anew after 1, 2, 4, … blocks, so that a round of any length is met (Brent, BIT 20, 1980)."""

    state: Array
    memory: Array
    done: int

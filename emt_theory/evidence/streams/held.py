"""All that is measured of a network with an input at every step, beside its behaviour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emt_theory.evidence.extra import ExtraMemory
from emt_theory.evidence.streams.edits import StateEdits, edit_states, least_length
from emt_theory.evidence.streams.equal import compare_equal_words
from emt_theory.evidence.streams.letters import LetterMaps, read_letters
from emt_theory.evidence.streams.memory import LETTERS, WORDS, StreamTask, Walk, smallest
from emt_theory.evidence.streams.states import (
    FilterReading,
    StateFunction,
    means_of,
    read_filter_states,
    read_machine_states,
    unreadable,
)
from emt_theory.ground.absent import Absent
from emt_theory.ground.json import Record
from emt_theory.networks import StateSpace
from emt_theory.tasks import MachineTask, RuleTask
from emt_theory.tasks.words import generator

_TRIED = 8
_FEW = 256
"""Memories of a filter that are few enough for each to come up often."""


@dataclass(frozen=True)
class StreamMemory(Record):
    """What a network with an input at every step holds, and how.

    Attributes:
        states: how well the task's memory is read off the state: a machine's states, or a filter's coordinates.
        extra: what states differ by behind words that lead to one memory.
        edits: whether outputs follow a memory that is put in.
        letters: how each letter moves the states, of a machine's task.
    """

    states: StateFunction | FilterReading | Absent
    extra: ExtraMemory | Absent
    edits: StateEdits | Absent
    letters: LetterMaps | Absent

    def __repr__(self) -> str:
        return f"StreamMemory({self.states})"


def _no_state(task: StreamTask) -> Absent | None:
    """Why a network has no state of its task to hold, or None."""
    if isinstance(task, RuleTask):
        return Absent("of a rule on integers no smallest state is known that its network should hold")
    if isinstance(task, MachineTask) and task.machine.states == 1:
        return Absent(f"what {task.name} shows is decided by its letters alone: there is no state to hold")
    return None


def _outgrown(task: StreamTask) -> Absent | None:
    """Why a rule on integers is not followed, if its integers leave 64 bits within the letters that are looked at; or None."""
    if not isinstance(task, RuleTask):
        return None
    memory = task.start(np.zeros(_TRIED))
    words = generator(0).choice(np.array(task.inputs, dtype=np.float64), size=(LETTERS, _TRIED, task.d_in))
    for t, x in enumerate(words, start=1):
        memory = task.next(memory, x)[0]
        if memory.size and np.abs(memory).max() >= 2**63:
            return Absent(f"the integers of {task.name} leave 64 bits within {t} letters")
    return None


def stream_memory(space: StateSpace, task: StreamTask, seed: int) -> StreamMemory:
    """Look at the states of a network beside the memory of its task.

    Args:
        space: the network.
        task: a filter, a machine's task, or a rule on integers.
        seed: of the words.
    """
    quiet, task = task.quiet, smallest(task)
    if (why := _outgrown(task)) is not None:
        return StreamMemory(why, why, why, why)
    walk = Walk.of(space, task, WORDS, LETTERS, seed, quiet)
    if (why := unreadable(walk)) is not None:
        return StreamMemory(why, why, why, why)
    if (none := _no_state(task)) is not None:
        spread = float(walk.states.std(axis=(0, 1)).max()) or None
        return StreamMemory(none, compare_equal_words(space, task, seed, spread, quiet), none, none)
    if not isinstance(task, MachineTask):
        extra = compare_equal_words(space, task, seed, least_length(walk, None), quiet)
        no_letters = Absent("letters move a filter's state all alike")
        # Of what grows only the last values would be told apart, so all of it counts as many.
        few = not walk.grows and len(np.unique(walk.labels)) <= _FEW
        edits = edit_states(space, walk, seed, means_of(walk) if few else None)
        return StreamMemory(read_filter_states(walk), extra, edits, no_letters)
    means = means_of(walk)
    return StreamMemory(
        read_machine_states(walk, means),
        compare_equal_words(space, task, seed, least_length(walk, means), quiet),
        edit_states(space, walk, seed, means),
        read_letters(walk),
    )

r"""A network as a machine: an observation table over short words, then long words decide.

Two words lead to one state if all continuations so far give the same symbols: those of up to four letters at first. Words are followed from
h(0) breadth first, one more letter each, and a new row is a new state. The machine that closes so is run beside the network on long random
words. Where they differ, the ends of the word that shows it are further continuations, and the table is made again: two words that had been
taken for one are then told apart. This is learning from queries with a network in place of the teacher; what is asked is cheap, because
states can be kept and continued.

Source: Angluin, Information and Computation 75 (1987); Weiss, Goldberg, Yahav, ICML 2018, for networks; the ends of counterexamples are
Maler and Pnueli's (1995).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.analysis.streams.symbols import Letters, shown_symbols, unclear
from emt_theory.analysis.thresholds import STREAMS
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.networks import StateSpace
from emt_theory.tasks import Code, MachineTask, Mealy
from emt_theory.tasks.streams.mealy import letters_of
from emt_theory.tasks.words import generator

MOST_STATES, MOST_CONTINUATIONS, ROUNDS = 256, 600, 8
LONGEST_CONTINUATION = 4
_WORDS, _LETTERS = 128, 64
_ENDS = 24

Words = list[tuple[int, ...]]


@dataclass(frozen=True)
class FoundMachine:
    """A machine that was read.

    Attributes:
        task: the machine, with its codes.
        rounds: how often long words added continuations.
        unclear: the share of outputs on long words that are no clear symbols.
    """

    task: MachineTask
    rounds: int
    unclear: float


class _Asked(NamedTuple):
    """A network that is spoken to in letters.

    Attributes:
        space: the network.
        letters: what comes in.
        shown: what is shown.
        start: the state before the first letter, shape (S,).
    """

    space: StateSpace
    letters: Letters
    shown: Letters
    start: Array

    def read(self, outputs: Array) -> NDArray[np.int64]:
        """The numbers of what is shown, −1 where it is nothing."""
        symbols = self.shown.alphabet.decode(outputs)
        return np.where((symbols < 0).any(axis=-1), -1, letters_of(symbols, self.shown.alphabet.size))


def find_machine(space: StateSpace, letters: Letters, seed: int, behind: int = 0) -> FoundMachine | Absent:
    """The machine that a network is on these letters; or why there is none.

    Args:
        space: the network.
        letters: what a step may give.
        seed: of the long words.
        behind: it is read behind so many random letters, where it has left a beginning in which nothing was asked of it.
    """
    rng = generator(seed)
    words, coded = rng.integers(letters.size, size=(_WORDS, _LETTERS)), letters.encode()
    start = space.arrive(coded[rng.integers(letters.size, size=(1, behind))])[0] if behind else space.initial
    outputs = space.answer(np.repeat(start[None], _WORDS, axis=0), coded[words])
    if not np.isfinite(outputs).all():
        return Absent("outputs are not finite while inputs last")
    if np.ptp(outputs, axis=(0, 1)).max() <= STREAMS.idle * max(1.0, float(np.abs(outputs).max())):
        return Absent("outputs are the same after all words")
    if (shown := shown_symbols(outputs)) is None:
        return Absent("its outputs are near no codewords, and too near each other for odds")
    asked = _Asked(space, letters, shown, start)
    doubtful = unclear(asked.shown, outputs)
    if doubtful > STREAMS.unclear_share:
        return Absent(f"{doubtful:.2g} of its outputs are no clear symbols")
    seen = asked.read(outputs)
    continuations, rounds = _short(letters.size), 0
    while True:
        machine = _table(asked, continuations)
        if machine is None:
            return Absent(f"words lead to more than {MOST_STATES} states, or to outputs that are no symbols")
        wrong = np.argwhere((machine.run(words) != seen).T)
        if not len(wrong):
            break
        t, k = wrong[0].tolist()
        more = _ends(words[k, : t + 1], continuations)
        if not more or rounds == ROUNDS:
            break  # what is wrong is wrong; judgement will say how much
        continuations, rounds = [*continuations, *more], rounds + 1
    if (machine.shown == machine.shown[0, 0]).all():
        return Absent("it shows one symbol, whatever comes in")
    if letters.alphabet.code is Code.PULSES and (machine.following[:, 0] != np.arange(machine.states)).any():
        return Absent("it moves where nothing is given, so zeros are no pulses")
    return FoundMachine(_as_task(machine, asked), rounds, doubtful)


def _short(letters: int) -> Words:
    """All words of up to four letters, as many as there may be."""
    longest = max(n for n in range(1, LONGEST_CONTINUATION + 1) if n == 1 or letters**n <= MOST_CONTINUATIONS)
    return list(product(range(letters), repeat=longest))


def _ends(word: NDArray[np.int64], known: Words) -> Words:
    """The ends of a word that are no beginnings of known continuations, short ones first."""
    found = [tuple(word[-n:].tolist()) for n in range(1, min(len(word), _ENDS) + 1)]
    return [end for end in found if not any(one[: len(end)] == end for one in known)]


def _table(asked: _Asked, continuations: Words) -> Mealy | None:
    """The machine whose states are the different rows; None where they are too many."""
    k, start = asked.letters.size, asked.start[None]
    following, shown = list[list[int]](), list[list[int]]()
    states, rows = [start], {_row(asked, start, continuations)[0]: 0}
    for here in range(MOST_STATES):
        if here == len(states):
            return Mealy(np.array(following), np.array(shown)).minimal()
        z = np.repeat(states[here], k, axis=0)
        moved = asked.space.step(z, asked.letters.encode())
        seen = asked.read(asked.space.read(moved))
        if (seen < 0).any():
            return None
        into = list[int]()
        for a, key in enumerate(_row(asked, moved, continuations)):
            if key not in rows:
                rows[key] = len(states)
                states.append(moved[a : a + 1])
            into.append(rows[key])
        following.append(into)
        shown.append(seen.tolist())
    return None


def _row(asked: _Asked, z: Array, continuations: Words) -> list[bytes]:
    """What each state shows along all continuations. Those of one length are followed together, n·w states at once."""
    parts = list[Any]()
    by_length: dict[int, Words] = {}
    for word in continuations:
        by_length.setdefault(len(word), []).append(word)
    coded = asked.letters.encode()
    for length, group in sorted(by_length.items()):
        letters = np.array(group)  # (w, length)
        states = np.repeat(z, len(group), axis=0)
        seen = np.empty((len(states), length), dtype=np.int64)
        for t in range(length):
            states = asked.space.step(states, coded[np.tile(letters[:, t], len(z))])
            seen[:, t] = asked.read(asked.space.read(states))
        parts.append(seen.reshape(len(z), -1))
    return [row.tobytes() for row in np.concatenate(parts, axis=1)]


def _as_task(machine: Mealy, asked: _Asked) -> MachineTask:
    reads, shows = asked.letters, asked.shown
    return MachineTask("decompiled", machine, reads.alphabet, shows.alphabet, reads.count, shows.count)

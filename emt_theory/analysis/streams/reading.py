r"""The program of a network that answers at every step: a filter if it is one, else a machine.

>>> import numpy as np
>>> from emt_theory.networks import ElmanRNN
>>> one = np.eye(1)
>>> print(read_stream(Reading(ElmanRNN(one, one, one, activation="identity"))))
y(t) = y(t−1) + x(t)

A filter is asked first, because a machine is one for every filter with few values; then one with a constant, sizes and differences, and counts,
which have no finite machine. What is claimed was run on fresh long words beside the network, and is certified in the weights where they prove it. A
network that shows what it is given, and no more, is claimed only if it is silent in silence, where it might answer to an input phase: many that do
show so much while inputs last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from emt_theory.analysis.decompiling.limits import MAX_DENOMINATOR
from emt_theory.analysis.streams.affine import find_affine
from emt_theory.analysis.streams.counters import FAR, find_counter, staying_words, there_and_back
from emt_theory.analysis.streams.filters import find_filter
from emt_theory.analysis.streams.listening import Listening, listen
from emt_theory.analysis.streams.machines import FoundMachine, find_machine
from emt_theory.analysis.streams.pieces import find_pieces
from emt_theory.analysis.streams.program import StreamEvidence, StreamProgram
from emt_theory.analysis.streams.symbols import Letters, possible_letters
from emt_theory.analysis.thresholds import STREAMS, THRESHOLDS
from emt_theory.circuits import Certification, certify
from emt_theory.evidence.conventions import HORIZON, SEQUENCES
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.networks import ElmanRNN, Network, StateSpace, state_space
from emt_theory.tasks import SIGNS, Accuracy, Alphabet, Episodes, LinearFilter, MachineTask
from emt_theory.tasks.streams.described import StreamTask

MOST_BEGINS = 32
"""Up to which step a network may show anything, and be judged behind it."""
_LARGEST_PROVED = 64
"""Units of a network whose floats are asked for a proof; of a larger one the fractions are too many."""


@dataclass(frozen=True)
class Reading:
    """A network that is read, and how it is judged.

    Attributes:
        net: the network.
        inputs: the exact values that an input component takes, for filters.
        max_denominator: the largest denominator of a filter's coefficients.
        sequences: fresh words that a program is judged on.
        horizon: letters of each.
        seed: of the words that it is read from; it is judged on those of seed + 2.
    """

    net: Network
    inputs: Sequence[Fraction] = SIGNS
    max_denominator: int = MAX_DENOMINATOR
    sequences: int = SEQUENCES
    horizon: int = HORIZON
    seed: int = 0

    @property
    def space(self) -> StateSpace:
        """The network's state space."""
        return state_space(self.net)

    @cached_property
    def heard(self) -> Listening:
        """Where inputs are remembered."""
        return listen(self.space, np.array([[float(v)] * self.space.d_in for v in self.inputs]), self.seed)

    def judge(self, task: StreamTask, how: str) -> StreamProgram | Absent:
        """The program that the task is, if the network has it on fresh words; or why not.

        Args:
            task: what it is to have.
            how: how that was read off.
        """
        measured, begins = self._measured(task)
        if begins and not _stands(measured):
            # A network that was not trained on its first steps shows anything there: it is judged behind them.
            task, how = replace(task, quiet=begins), f"{how}, from t = {begins + 1} on"
            measured, _ = self._measured(task)
        if isinstance(measured, Absent) or not _stands(measured):
            return Absent(
                f"{'; '.join(task.equations()[:4])} does not hold on words of {self.horizon} letters: {measured}"
            )
        alike = self.space.d_in == self.space.d_out  # else no program after an input phase goes on with what it shows
        if alike and is_echo(task) and self.heard.silent > STREAMS.forgotten:
            return Absent("it shows what it is given, and goes on by itself in silence: it answers to an input phase")
        return StreamProgram(task, StreamEvidence(self.heard, measured, self.certify(task), how, self.seed))

    def _measured(self, task: StreamTask) -> tuple[Accuracy | Absent, int]:
        """How much of what a network shows is the task's, on fresh words; and up to which step some is wrong, 0 where none is, or late ones are."""
        episodes = task.sample(self.sequences, self.horizon, (self.seed + 2) % 2**64)
        outputs = self.net.run(episodes.inputs).outputs
        return task.accuracy(outputs, episodes, self.seed), first_steps_wrong(task, episodes, outputs, self.horizon)

    def certify(self, task: StreamTask) -> Certification:
        """What the weights prove."""
        if not isinstance(self.net, ElmanRNN) or self.net.initial is not None:
            return Certification(None, "no argument covers such a network")
        if self.net.exact is None and self.net.hidden > _LARGEST_PROVED:
            return Certification(None, f"float64 weights are not looked at above {_LARGEST_PROVED} units")
        return certify(self.net, task)


def first_steps_wrong(task: StreamTask, episodes: Episodes, outputs: Array, horizon: int) -> int:
    """Up to which step more outputs are wrong than a network may have; 0 where no step is so, or late ones are."""
    with np.errstate(all="ignore"):
        marks = task.score(outputs, episodes.targets)
    wrong = (~marks.right & marks.counted & episodes.scored[..., None]).any(axis=2).mean(axis=0)
    steps = np.flatnonzero(wrong > 1 - THRESHOLDS.solved_accuracy)
    begins = int(steps[-1]) + 1 if len(steps) else 0
    return begins if begins <= min(MOST_BEGINS, horizon // 4) else 0


def _stands(measured: Accuracy | Absent) -> bool:
    return isinstance(measured, Accuracy) and measured.accuracy_high >= THRESHOLDS.solved_accuracy


def is_echo(task: StreamTask) -> bool:
    """Whether what is shown depends on the input of the same step alone."""
    if isinstance(task, MachineTask):
        return task.machine.minimal().states == 1
    if isinstance(task, LinearFilter):
        return all(len(found.inputs) == 1 and not found.past for found in task.recurrences)
    return not any("s[" in move for move in task.moves)


def read_stream(reading: Reading, say: Callable[[str], object] = lambda step: None) -> StreamProgram | Absent:
    """The program that a network runs with an input at every step; or why there is none.

    Args:
        reading: the network, and how it is judged.
        say: called with the name of each step as it begins.
    """
    say("weigh its past inputs")
    as_filter = read_filter(reading)
    if as_filter:
        return as_filter
    if as_affine := read_affine(reading):
        return as_affine
    if as_pieces := read_pieces(reading):
        return as_pieces
    say("follow its states")
    if as_counter := read_counter(reading):
        return as_counter
    as_machine = read_machine(reading)
    return as_machine or Absent(f"no filter: {as_filter}; no machine: {as_machine}")


def read_filter(reading: Reading) -> StreamProgram | Absent:
    """The linear filter that a network is; or why it is none."""
    found = find_filter(reading.space, reading.inputs, reading.max_denominator, reading.seed)
    if isinstance(found, Absent):
        return found
    steps = found.markov.steps
    return reading.judge(found.task, f"its weights of the last {steps} inputs are a recurrence with small fractions")


def read_affine(reading: Reading) -> StreamProgram | Absent:
    """The filter with a constant that a network is; or why it is none."""
    found = find_affine(reading.space, reading.inputs, reading.max_denominator, reading.seed)
    if isinstance(found, Absent):
        return found
    return reading.judge(
        found, "its weights of the last inputs are a recurrence, and what it shows for inputs 0 adds a constant to it"
    )


def read_pieces(reading: Reading) -> StreamProgram | Absent:
    """The function of its last inputs, linear piece by piece, that a network is, on the given inputs, too; or why it is none."""
    found = find_pieces(reading.space, reading.inputs, reading.seed)
    if isinstance(found, Absent):
        return found
    if all(v.denominator == 1 for v in reading.inputs):
        given = reading.judge(replace(found, inputs=tuple(map(int, reading.inputs))), "")
        if isinstance(given, Absent):
            return given
    how = "what it shows is a sum of its last inputs and of sizes of them and of their differences"
    return reading.judge(found, f"{how}, for inputs from {min(found.inputs)} to {max(found.inputs)}")


def read_counter(reading: Reading) -> StreamProgram | Absent:
    """The counter that a network is, or the machine that it is where it only looks like a counter; or why it is neither."""
    found = find_counter(reading.space, reading.seed)
    if isinstance(found, Absent):
        return found
    how = "a comparison of a count is what it shows after all words of ten letters, and on long ones near its threshold"
    told = f"{how}; it is right after up to {found.reach} equal letters and two more of the other"
    as_counter = reading.judge(found.task, told)
    if found.reach >= FAR or not (machine := read_machine(reading)):
        return as_counter
    # Up to its reach the count is right there and back. A machine that is so, too, and no worse where letters stay, is what the network is.
    same = _right(reading, machine.task, there_and_back(found.reach)) == 1
    far, counted = (_right(reading, task, staying_words(reading.seed)) for task in (machine.task, found.task))
    return machine if same and far >= counted else as_counter or machine


def _right(reading: Reading, task: StreamTask, words: Sequence[NDArray[np.int64]]) -> float:
    """The share of the outputs that are the task's along words of its two letters, given as their places."""
    right = list[NDArray[np.bool_]]()
    for places in words:
        if isinstance(task, MachineTask):
            given, shown = places[..., None], task.reads.encode(places[..., None]).reshape(*places.shape, -1)
        else:
            given = shown = np.array(task.inputs)[places][..., None]
        right.append(task.score(reading.net.run(shown.astype(float)).outputs, task.targets(given)).right.ravel())
    return float(np.concatenate(right).mean())


def read_machine(reading: Reading, alphabet: Alphabet | None = None) -> StreamProgram | Absent:
    """The machine that a network is, in the first letters in which it is one; or why it is none in any.

    Args:
        reading: the network.
        alphabet: of what comes in, where it is known.
    """
    reasons = list[str]()
    # As it begins; and where symbols are known, or inputs are remembered while they last, behind a beginning in which it may show anything.
    late = alphabet is not None or reading.heard.fed > STREAMS.forgotten
    for behind in (0, MOST_BEGINS) if late else (0,):
        for letters in possible_letters(reading.space.d_in, alphabet):
            found = find_machine(reading.space, letters, reading.seed, behind)
            judged = found if isinstance(found, Absent) else reading.judge(found.task, _told(found, letters, behind))
            if judged:
                return judged
            if not behind:
                reasons.append(f"in {letters}, {judged}")
    return Absent("; ".join(reasons))


def _told(found: FoundMachine, letters: Letters, behind: int) -> str:
    states, rounds = found.task.machine.states, found.rounds
    late = f" behind {behind} letters" if behind else ""
    return (
        f"spoken to in {letters}{late}, words lead to {states} state{'s' if states > 1 else ''}, "
        f"after {rounds} round{'s' if rounds != 1 else ''} of counterexamples"
    )

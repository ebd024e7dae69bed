"""Behaviour: does the network solve the task at all?

The network runs on fresh seeded inputs, and its outputs' signs are compared with the exact targets at every scored step. Errors cluster in few
sequences, so the interval is over sequences (`emt_theory.tasks.accuracy`). A network whose states leave the range of floats has not solved the
task; that is a named outcome, with the time at which it happened:

>>> import numpy as np
>>> from emt_theory.networks import ElmanRNN
>>> from emt_theory.tasks import repeat_copy
>>> one = np.eye(1)
>>> net = ElmanRNN(W_hh=1e30 * one, W_uh=one, W_hy=one, activation="identity")
>>> measure_behaviour(net, repeat_copy(num_variables=1, dim=1), sequences=2, horizon=20, seed=0).reason
'the network blows up: from t = 12 on, states or outputs are not finite'

A task's own values can leave the range of floats, too: u(t) = 2 u(t−1) does so after 1000 steps. What a network does from there on says nothing about
it. So the steps before are also scored by themselves, and where only the later ones are wrong the verdict is open.

And values that decay are lost in float64 beside the inputs: 1 + 2⁻⁵³ is 1. A circuit that keeps v + 1, exactly right in rational numbers, has no sign
of v left then. So where targets are *faint*, below 2⁻⁴⁸ of the largest input, the others are scored by themselves too.

Source: conventions of this project; the interval is that of `emt_theory.tasks.accuracy`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence.conventions import FIT_SEQUENCES, HORIZON, SEQUENCES
from emt_theory.evidence.recording import (
    Recording,
    join_episodes,
    pick_episodes,
    range_left,
    require_fit,
    require_sizes,
    trace_episodes,
)
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import empty_array
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.networks import Network, StateSpace, state_space
from emt_theory.tasks import Accuracy, Episodes, LinearTask, Task
from emt_theory.tasks.accuracy import OutputAccuracy

_BATCH = 640
"""Sequences that are run together: products of large matrices are faster with many rows."""


@dataclass(frozen=True)
class Behaviour(Record):
    """How a network does on a task.

    Attributes:
        sequences, horizon: how much was run and scored.
        measured: the fraction of right outputs with its interval; absent if nothing could be scored.
        blow_up: the first time at which a state or output was not finite, or None.
        range_left: the first time at which the task's own values are too large or too small for float64, or None.
        within_range: the same at the scored steps before that; None without such a time, or without anything to score before it.
        quiet: the steps before the first scored one.
        worst_output: the output with the lowest interval; None if nothing could be scored.
        scored_as: what is counted: signs, unless a task scores its outputs otherwise.
        faint: the share of the scored targets that are faint.
        told: the same measurement without them; None where there are none.
    """

    JSON = (
        "accuracy", "accuracy_low", "accuracy_high", "worst_output", "sequences", "sequences_right", "horizon", "zeros",
        "blow_up", "range_left", "accuracy_within_range", "faint", "told", "reason",
    )  # fmt: skip

    sequences: int
    horizon: int
    measured: Accuracy | Absent
    blow_up: int | None = None
    range_left: int | None = None
    within_range: Accuracy | None = None
    quiet: int = 0
    worst_output: OutputAccuracy | None = None
    scored_as: str = "signs"
    faint: float = 0.0
    told: Behaviour | None = None

    @property
    def accuracy(self) -> float | None:
        """The fraction of right outputs; None if none could be scored."""
        return self.measured.accuracy if self.measured else None

    @property
    def accuracy_low(self) -> float | None:
        """The lower end of its 95 % interval over sequences."""
        return self.measured.accuracy_low if self.measured else None

    @property
    def accuracy_high(self) -> float | None:
        """The upper end."""
        return self.measured.accuracy_high if self.measured else None

    @property
    def sequences_right(self) -> int | None:
        """How many sequences are right in everything that is scored."""
        return self.measured.sequences_right if self.measured else None

    @property
    def zeros(self) -> float | None:
        """The fraction of scored outputs that are exactly 0."""
        return self.measured.zeros if self.measured else None

    @property
    def accuracy_within_range(self) -> float | None:
        """The fraction of right outputs before the task's own values leave the range of float64; None where they do not."""
        return self.within_range.accuracy if self.within_range else None

    @property
    def reason(self) -> str | None:
        """Why the measurement cannot show that the task is solved, or None."""
        reasons: list[str] = []
        if isinstance(self.measured, Absent):
            reasons.append(self.measured.reason)
        if self.blow_up is not None:
            reasons.append(f"the network blows up: from t = {self.blow_up} on, states or outputs are not finite")
        if (left := self.range_left) is not None:
            most = left - self.quiet - 1
            remedy = f"; check it with a horizon of at most {most}" if most > 0 else ""
            reasons.append(f"the task's own values leave the range of float64 at t = {left}{remedy}")
        return "; ".join(reasons) or None

    def __str__(self) -> str:
        shown = str(self.measured) if self.measured else "not measured"
        return f"{shown} ({self.reason})" if self.reason else shown


class Watched(NamedTuple):
    """A network's behaviour, and the runs of some of the sequences that it was measured on.

    Attributes:
        behaviour: on all sequences.
        recording: of the first of those of the seed.
        other: of those of another seed.
    """

    behaviour: Behaviour
    recording: Recording
    other: Recording


_FAINT = 2.0**-48
"""Targets below this share of the largest input are faint: a convention of measuring."""


def measure_behaviour(
    net: Network, task: Task, sequences: int = SEQUENCES, horizon: int = HORIZON, seed: int = 0
) -> Behaviour:
    """The fraction of right outputs of a network on fresh inputs of a task.

    Args:
        net: a network with the task's inputs and outputs.
        task: the task.
        sequences: number of fresh sequences.
        horizon: number of scored steps.
        seed: of the inputs, and of the bootstrap.

    Raises:
        InvalidNetwork: if the network has other inputs or outputs than the task.
        InvalidOption: if sequences or horizon is below 1.
    """
    require_fit(net, task)
    require_sizes(sequences=sequences, horizon=horizon)
    return watch(state_space(net), task, sequences, horizon, checked_seed(seed)).behaviour


def watch(
    space: StateSpace,
    task: Task,
    sequences: int,
    horizon: int,
    seed: int,
    keep: int = FIT_SEQUENCES,
    others: int = 0,
) -> Watched:
    """Run a network on what its task is judged on, in batches.

    Args:
        space: the network.
        task: the task.
        sequences: how many.
        horizon: number of scored steps.
        seed: of the sequences.
        keep: of how many of them states are kept, the first ones.
        others: how many of the sequences are those of seed + 1, and their states are kept.
    """
    episodes, window = task.exam(sequences - others, horizon, seed), task.window(horizon)
    if others:
        episodes = join_episodes(episodes, task.sample(others, horizon, (seed + 1) % 2**64))
    sequences = len(episodes.inputs)
    outputs = empty_array(f"outputs of {sequences} sequences", sequences, window.steps, task.d_out)
    keep = min(keep, sequences - others)
    kept = np.concatenate([np.arange(keep), np.arange(sequences - others, sequences)])
    states = empty_array(f"states of {len(kept)} sequences", len(kept), window.steps, space.size)
    finite = np.ones(window.steps, dtype=bool)
    for start in range(0, sequences, _BATCH):
        rows = slice(start, start + _BATCH)
        here = (rows.start <= kept) & (kept < rows.stop)
        for t, z in enumerate(trace_episodes(space, task, pick_episodes(episodes, rows))):
            outputs[rows, t] = space.read(z)
            states[here, t] = z[kept[here] - start]
            finite[t] &= np.isfinite(z).all() and np.isfinite(outputs[rows, t]).all()
    blow_up = None if finite.all() else int(np.argmin(finite)) + 1
    behaviour = behaviour_of(task, episodes, outputs, horizon, seed, blow_up)
    recording = Recording(task, pick_episodes(episodes, kept), outputs[kept], states, space.odd)
    return Watched(behaviour, recording.first(keep), recording.pick(slice(keep, None)))


def behaviour_of(
    task: Task, episodes: Episodes, outputs: Array, horizon: int, seed: int, blow_up: int | None = None
) -> Behaviour:
    """The behaviour that outputs show, wherever they come from.

    Args:
        task: the task.
        episodes: the sequences, exact, of T steps.
        outputs: y(1), …, y(T), shape (batch, T, d_out).
        horizon: number of scored steps.
        seed: of the bootstrap.
        blow_up: the first time at which a state or an output is not finite.
    """
    left, quiet = range_left(task, episodes), task.window(horizon).quiet
    within = _before(task, outputs, episodes, left, seed) if left is not None else None

    def measured(given: Episodes, **more: Any) -> Behaviour:
        found = task.accuracy(outputs, given, seed)
        by_output = task.accuracy_by_output(outputs, given, seed)
        worst = min(by_output, key=lambda one: (one.low, one.accuracy), default=None)
        parts = (blow_up, left, within, quiet, worst, task.scored_as)
        return Behaviour(len(outputs), horizon, found, *parts, **more)

    faint, share = _faint(task, episodes)
    told = None if faint is None else measured(episodes._replace(targets=np.where(faint, 0, episodes.targets)))
    return measured(episodes, faint=share, told=told)


def _faint(task: Task, episodes: Episodes) -> tuple[NDArray[np.bool_] | None, float]:
    """Which scored targets of a linear task are faint, and their share; None where none is."""
    if not isinstance(task, LinearTask) or task.is_selection:
        return None, 0.0
    size = np.abs(task.encode(episodes.targets))
    counted = (size > 0) & episodes.scored[..., None]
    faint = counted & (size < _FAINT * float(task.bound))
    return (faint, float(faint.sum() / counted.sum())) if faint.any() else (None, 0.0)


def _before(task: Task, outputs: Array, episodes: Episodes, left: int, seed: int) -> Accuracy | None:
    """The accuracy at the scored steps before a time; None if nothing is scored there."""
    early = np.arange(1, outputs.shape[1] + 1) < left
    return task.accuracy(outputs, episodes._replace(scored=episodes.scored & early), seed) or None

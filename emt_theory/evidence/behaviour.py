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
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidOption
from emt_theory.evidence.conventions import HORIZON, SEQUENCES
from emt_theory.evidence.recording import first_infinite, range_left, require_fit, require_sizes
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.ground.rationals import to_float
from emt_theory.networks import Network, state_space
from emt_theory.tasks import Accuracy, LinearTask, accuracy

_BATCH = 128


@dataclass(frozen=True)
class Behaviour(Record):
    """How a network does on a task.

    Attributes:
        sequences, horizon: how much was run and scored.
        measured: sign accuracy with its interval; None if no sign could be scored.
        blow_up: the first time at which a state or output was not finite, or None.
        reason: why the measurement cannot show that the task is solved, or None.
        range_left: the first time at which the task's own values are too large or too small for float64, or None.
        within_range: sign accuracy at the scored steps before that; None without such a time, or without a sign to score before it.
    """

    JSON = (
        "accuracy", "accuracy_low", "accuracy_high", "sequences", "sequences_right", "horizon", "zeros",
        "blow_up", "range_left", "accuracy_within_range", "reason",
    )  # fmt: skip

    sequences: int
    horizon: int
    measured: Accuracy | None
    blow_up: int | None = None
    reason: str | None = None
    range_left: int | None = None
    within_range: Accuracy | None = None

    @property
    def accuracy(self) -> float | None:
        """The fraction of right signs; None if no sign could be scored."""
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
        """How many sequences are right in every scored sign."""
        return self.measured.sequences_right if self.measured else None

    @property
    def zeros(self) -> float | None:
        """The fraction of scored outputs that are exactly 0."""
        return self.measured.zeros if self.measured else None

    @property
    def accuracy_within_range(self) -> float | None:
        """The fraction of right signs before the task's own values leave the range of float64; None where they do not."""
        return self.within_range.accuracy if self.within_range else None

    def __str__(self) -> str:
        shown = str(self.measured) if self.measured else "not measured"
        return f"{shown} ({self.reason})" if self.reason else shown


def measure_behaviour(
    net: Network, task: LinearTask, sequences: int = SEQUENCES, horizon: int = HORIZON, seed: int = 0
) -> Behaviour:
    """The sign accuracy of a network on fresh inputs of a task.

    Args:
        net: a network with the task's d.
        task: the task.
        sequences: number of fresh sequences.
        horizon: number of scored steps.
        seed: of the inputs, and of the bootstrap.

    Raises:
        InvalidNetwork: if the network's d is not the task's.
        InvalidOption: if sequences or horizon is below 1.
    """
    require_fit(net, task)
    require_sizes(sequences=sequences, horizon=horizon)
    episodes = task.sequences(sequences, horizon, checked_seed(seed))
    inputs, s = to_float(episodes.inputs), task.num_variables
    outputs, space = np.empty((sequences, horizon, task.dim)), state_space(net)
    ends: list[int | None] = []
    for start in range(0, sequences, _BATCH):
        y, h = space.run(inputs[start : start + _BATCH], steps=s + horizon)
        outputs[start : start + _BATCH] = y[:, s:]
        ends.append(first_infinite(h, y))
    first = min((end for end in ends if end is not None), default=None)
    left = range_left(np.concatenate([inputs, to_float(episodes.targets)], axis=1))
    measured = sign_accuracy(outputs, episodes.targets, seed)
    before = 0 if left is None else max(0, left - s - 1)
    within = sign_accuracy(outputs[:, :before], episodes.targets[:, :before], seed) if before else None
    reasons: list[str] = []
    if measured is None:
        reasons.append("nothing can be scored: every target is 0, and 0 has no sign")
    if first is not None:
        reasons.append(f"the network blows up: from t = {first} on, states or outputs are not finite")
    if left is not None:
        remedy = f"; check it with a horizon of at most {left - s - 1}" if left > s + 1 else ""
        reasons.append(f"the task's own values leave the range of float64 at t = {left}{remedy}")
    return Behaviour(sequences, horizon, measured, first, "; ".join(reasons) or None, left, within)


def sign_accuracy(outputs: Array, targets: NDArray[Any], seed: int) -> Accuracy | None:
    """The sign accuracy; None if there is no sign to score."""
    try:
        return accuracy(outputs, targets, seed=seed)
    except InvalidOption:
        return None

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
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from emt_theory.analysis.recording import require_fit, require_sizes, to_float
from emt_theory.analysis.thresholds import HORIZON, SEQUENCES
from emt_theory.errors import InvalidOption
from emt_theory.networks import ElmanRNN
from emt_theory.tasks import Accuracy, Task, accuracy

_BATCH = 128


@dataclass(frozen=True)
class Behaviour:
    """How a network does on a task.

    Attributes:
        sequences, horizon: how much was run and scored.
        measured: sign accuracy with its interval; None if no sign could be scored.
        blow_up: the first time at which a state or output was not finite, or None.
        reason: why the measurement cannot show that the task is solved, or None.
    """

    sequences: int
    horizon: int
    measured: Accuracy | None
    blow_up: int | None = None
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: the keys that `emt check --json` promises under `behaviour`."""
        found = self.measured
        return {
            "accuracy": found.accuracy if found else None,
            "accuracy_low": found.accuracy_low if found else None,
            "accuracy_high": found.accuracy_high if found else None,
            "sequences": self.sequences,
            "sequences_right": found.sequences_right if found else None,
            "horizon": self.horizon,
            "zeros": found.zeros if found else None,
            "blow_up": self.blow_up,
            "reason": self.reason,
        }

    def __str__(self) -> str:
        shown = str(self.measured) if self.measured else "not measured"
        return f"{shown} ({self.reason})" if self.reason else shown


def measure_behaviour(
    net: ElmanRNN, task: Task, sequences: int = SEQUENCES, horizon: int = HORIZON, seed: int = 0
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
    episodes = task.sample(sequences, horizon, seed)
    inputs, s = to_float(episodes.inputs), task.num_variables
    outputs = np.empty((sequences, horizon, task.dim))
    first: int | None = None
    for start in range(0, sequences, _BATCH):
        y, h = net.run(inputs[start : start + _BATCH], steps=s + horizon)
        outputs[start : start + _BATCH] = y[:, s:]
        finite = np.isfinite(h).all(axis=(0, 2)) & np.isfinite(y).all(axis=(0, 2))
        if not finite.all():
            time = int(np.argmin(finite)) + 1
            first = time if first is None else min(first, time)
    return _judge(outputs, episodes.targets, first, seed)


def _judge(outputs: Any, targets: Any, blow_up: int | None, seed: int) -> Behaviour:
    sequences, horizon = targets.shape[:2]
    try:
        measured = accuracy(outputs, targets, seed=seed)
    except InvalidOption:
        return Behaviour(
            sequences, horizon, None, blow_up, "nothing can be scored: every target is 0, and 0 has no sign"
        )
    reason = None
    if blow_up is not None:
        reason = f"the network blows up: from t = {blow_up} on, states or outputs are not finite"
        if not np.all(np.abs(to_float(targets)) < 1e300):
            reason += "; so do the task's own targets: check it with a shorter horizon"
    return Behaviour(sequences, horizon, measured, blow_up, reason)

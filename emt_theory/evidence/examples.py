"""A few sequences of a check, kept to be looked at: outputs beside targets, decoded variables beside the true ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emt_theory.evidence.memories import Estimate, Memories, Persistent
from emt_theory.evidence.recording import Recording
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHOWN = 4
"""How many sequences are kept."""


@dataclass(frozen=True, eq=False, repr=False)
class Examples(Record):
    """Some fresh sequences. Entries are not finite where the network blew up; `decoded` is None where no memories were found.

    Attributes:
        inputs: the steps with inputs, shape (sequences, fed, d_in).
        outputs, targets: from the first scored step on, shape (sequences, steps, d_out).
        first: the time of that step.
        times: when variables are decoded; empty without any.
        variables: the true persistent components at `times`, shape (sequences, times, m); None where there are no times.
        decoded: the same by the intertwining decoder, or None.
    """

    inputs: Array
    outputs: Array
    targets: Array
    first: int
    times: range
    variables: Array | None
    decoded: Array | None

    def plot(self, ax: Axes | None = None) -> Axes:
        """The outputs of the first sequence on its exact targets."""
        from emt_theory.evidence.drawing import draw_outputs

        return draw_outputs(self, ax)

    def plot_decoded(self, ax: Axes | None = None) -> Axes:
        """The variables of the first sequence over time, true and decoded."""
        from emt_theory.evidence.drawing import draw_decoded

        return draw_decoded(self, ax)

    def __repr__(self) -> str:
        return f"Examples({len(self.inputs)} sequences of horizon {self.targets.shape[1]})"


def keep_examples(recording: Recording, persistent: Persistent | Absent, memories: Memories | Absent) -> Examples:
    """The first few sequences of a recording."""
    window, task = recording.task.window(recording.horizon), recording.task
    inputs, targets = (task.encode(part[:_SHOWN]) for part in recording.episodes[:2])
    times, variables, decoded = range(0), None, None
    if isinstance(persistent, Persistent) and persistent.components:
        times = persistent.times(recording.horizon)
    if isinstance(persistent, Persistent) and times:
        variables = np.swapaxes(persistent.truth(recording)[:, :_SHOWN], 0, 1)
        estimate = memories.intertwining.estimate if isinstance(memories, Memories) else None
        if isinstance(estimate, Estimate):
            decoded = estimate.decode(np.swapaxes(persistent.states(recording)[:, :_SHOWN], 0, 1))
    outputs = recording.outputs[:_SHOWN, window.quiet :].copy()
    return Examples(
        inputs[:, : window.fed], outputs, targets[:, window.quiet :], window.quiet + 1, times, variables, decoded
    )

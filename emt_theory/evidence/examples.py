"""A few sequences of a check, kept to be looked at: outputs beside targets, decoded variables beside the true ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emt_theory.evidence.memories import Memories, Persistent
from emt_theory.evidence.recording import Recording
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
        inputs: u(1), …, u(s), shape (sequences, s, d).
        outputs, targets: at t = s+1, …, s+horizon, shape (sequences, horizon, d).
        times: when variables are decoded.
        variables: the true persistent components at `times`, shape (sequences, times, m); None where there are no times.
        decoded: the same by the intertwining decoder, or None.
    """

    inputs: Array
    outputs: Array
    targets: Array
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


def keep_examples(recording: Recording, persistent: Persistent, memories: Memories) -> Examples:
    """The first few sequences of a recording."""
    s, times = recording.task.num_variables, persistent.times(recording.horizon)
    variables = decoded = None
    if times and persistent.components:
        variables = np.swapaxes(persistent.truth(recording)[:, :_SHOWN], 0, 1)
        estimate = memories.intertwining.estimate
        if len(estimate.decoder):
            decoded = estimate.decode(np.swapaxes(persistent.states(recording)[:, :_SHOWN], 0, 1))
    series = recording.series[:_SHOWN]
    return Examples(series[:, :s], recording.scored[:_SHOWN].copy(), series[:, s:], times, variables, decoded)

"""How a trained network does on fresh sequences."""

from __future__ import annotations

import numpy as np

from emt_theory.ground.absent import Absent
from emt_theory.networks import Network
from emt_theory.tasks import Accuracy
from emt_theory.training.sources import Source

_BATCH = 128


def evaluate(net: Network, source: Source, sequences: int, horizon: int, seed: int) -> Accuracy | None:
    """The accuracy on what the task is judged on, in float64; None if nothing is scored.

    Args:
        net: the network.
        source: where sequences come from; they are not those that it was trained on.
        sequences: how many are asked for.
        horizon: scored steps of each.
        seed: of the sequences.
    """
    episodes, window = source.exam(sequences, horizon, seed), source.window(horizon)
    given = source.encode(episodes.inputs[:, : window.fed])
    outputs = [net.run(given[k : k + _BATCH], steps=window.steps).outputs for k in range(0, len(given), _BATCH)]
    found = source.accuracy(np.concatenate(outputs), episodes, seed)
    return None if isinstance(found, Absent) else found

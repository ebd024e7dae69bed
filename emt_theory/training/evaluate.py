"""How a trained network does on fresh sequences."""

from __future__ import annotations

from typing import Any

import numpy as np

from emt_theory.errors import InvalidOption
from emt_theory.networks import Network
from emt_theory.tasks import Accuracy, accuracy
from emt_theory.training.philox import TEST
from emt_theory.training.sources import Source, TaskSource

_BATCH = 128


def evaluate(net: Network, source: Source, sequences: int, horizon: int, seed: int) -> Accuracy | None:
    """The sign accuracy on fresh sequences, in float64; None if every target is 0.

    Args:
        net: the network.
        source: where sequences come from; they are not those that it was trained on.
        sequences: how many.
        horizon: scored steps of each.
        seed: of the sequences.
    """
    if isinstance(source, TaskSource):
        inputs, targets = source.task.sequences(sequences, horizon, seed)
    else:
        inputs, targets = source.batch(seed, 0, sequences, horizon, stream=TEST)
    given = inputs.astype(np.float64)
    s = given.shape[1]
    outputs: Any = [
        net.run(given[k : k + _BATCH], steps=s + horizon).outputs[:, s:] for k in range(0, sequences, _BATCH)
    ]
    try:
        return accuracy(np.concatenate(outputs), targets, seed=seed)
    except InvalidOption:
        return None

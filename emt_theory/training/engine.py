"""What a backend is: something that takes training steps on one run or on several at once, and knows nothing of files or clocks.

The loop above it (`emt_theory.training.loop`) says how many steps to take at which horizon; the engine draws the batches, takes the steps,
and stops early for two reasons only: a batch's accuracy exceeded the curriculum's threshold, or the loss diverged.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.ground.json import Record
from emt_theory.networks import activation as find_activation
from emt_theory.training.cells import Weights, initial_weights
from emt_theory.training.protocol import Protocol
from emt_theory.training.sources import Source, identity

DIVERGED = 1e6
"""A loss above this many times the targets' mean square (the loss of an output that is always 0) has diverged; so has one that is not finite."""

TINY = 1e-30
"""The least mean square that a loss is compared with; targets may all be 0."""


class Stop(IntEnum):
    """Why an engine returned."""

    LIMIT = 0
    ADVANCED = 1
    DIVERGED = 2


@dataclass(frozen=True)
class Setting(Record):
    """What one run trains; two runs with equal settings end in the same weights.

    Attributes:
        source: where batches come from.
        hidden: N.
        seed: of weights and batches.
        protocol: how.
        activation: the name of σ (Elman).
        cell: the kind of network.
        dtype: "float32" or "float64", in which training computes.
    """

    JSON = ("hidden", "seed", "protocol", "activation", "cell", "dtype")

    source: Source
    hidden: int
    seed: int
    protocol: Protocol
    activation: str = "tanh"
    cell: str = "elman"
    dtype: str = "float32"

    def initial_weights(self) -> Weights:
        """Where the run starts, float64."""
        sizes = (self.hidden, self.source.d_in, self.source.d_out)
        return initial_weights(self.cell, *sizes, self.seed, self.protocol.start, bool(self.protocol.biases))

    def identity(self) -> dict[str, Any]:
        """JSON-ready, and equal for equal settings: what a checkpoint must agree with to be resumed."""
        return {**identity(self.source), **self.to_dict(), "activation": find_activation(self.activation).name}


@dataclass(frozen=True)
class Chunk:
    """What some steps of one run did.

    Attributes:
        loss: of each step, before its update.
        accuracy: fraction of right signs of each step's batch.
        stop: why the last step was the last.
        bad_loss: the loss that diverged; its step is not in the arrays, and its weights were put back.
    """

    loss: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    stop: Stop
    bad_loss: float | None = None


State = dict[str, NDArray[Any]]
"""A run between two steps: `weights.X`, `before.X` (one update ago), `first.X` and `second.X` (Adam's m and v), X the weight's name."""

PARTS = ("weights", "before", "first", "second")


class Engine(ABC):
    """Takes steps on runs that share shapes: source, hidden, cell, activation, dtype, and the protocol but for its learning rate."""

    def __init__(self, settings: Sequence[Setting]) -> None:
        self.settings = tuple(settings)

    @abstractmethod
    def prepare(self, horizon: int) -> None:
        """Compile or allocate what steps at this horizon need, so that `advance` only computes."""

    @abstractmethod
    def advance(
        self, starts: Sequence[int], limits: Sequence[int], horizon: int, threshold: float = math.inf
    ) -> list[Chunk]:
        """Take steps on every run.

        Args:
            starts: the number of steps that each run has taken.
            limits: how many more each may take now; 0 leaves a run as it is.
            horizon: the scored steps.
            threshold: stop a run after the step whose batch has a sign accuracy above this.
        """

    @abstractmethod
    def state(self, run: int) -> State:
        """A copy of a run's state."""

    @abstractmethod
    def restore(self, run: int, state: State) -> None:
        """Put a run back into a state that `state` gave."""

    @property
    @abstractmethod
    def capacity(self) -> int:
        """The most steps that one `advance` takes."""


def fresh_state(setting: Setting) -> State:
    """A run before its first step."""
    made: State = {}
    for name, array in setting.initial_weights().items():
        start = array.astype(setting.dtype)
        made[f"weights.{name}"], made[f"before.{name}"] = start, start.copy()
        made[f"first.{name}"], made[f"second.{name}"] = np.zeros_like(start), np.zeros_like(start)
    return made


def weights_of(state: State) -> Weights:
    """The weights in a state, by name."""
    return {key.removeprefix("weights."): array for key, array in state.items() if key.startswith("weights.")}

"""Training in NumPy: one run, forward and backward written out (`emt_theory.training.backpropagation`)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.ground.blas import one_blas_thread
from emt_theory.tasks import Parts, Task
from emt_theory.training.adam import Adam, norm_of
from emt_theory.training.backpropagation import Backpropagation
from emt_theory.training.cells import Weights, weight_shapes
from emt_theory.training.engine import DIVERGED, TINY, Chunk, Engine, Setting, State, Stop, fresh_state
from emt_theory.training.philox import split_seed, words

_CAPACITY = 100


class NumpyEngine(Engine):
    """One Elman network, trained in NumPy."""

    def __init__(self, settings: Sequence[Setting]) -> None:
        super().__init__(settings)
        (setting,) = self.settings
        self._setting = setting
        source = setting.source
        biases = bool(setting.protocol.biases)
        self._shapes = weight_shapes(setting.cell, setting.hidden, source.d_in, source.d_out, biases)
        size = sum(math.prod(shape) for shape in self._shapes.values())
        self._weights, self._before, self._gradient = (np.zeros(size, setting.dtype) for _ in range(3))
        self._adam = Adam(setting.protocol, size, setting.dtype)
        self._named, self._named_gradient = self._views(self._weights), self._views(self._gradient)
        self._passes: dict[int, tuple[Backpropagation, Batches]] = {}
        self.restore(0, fresh_state(setting))

    def prepare(self, horizon: int) -> None:
        """See `Engine.prepare`."""
        if horizon not in self._passes:
            setting, source = self._setting, self._setting.source
            sizes = (setting.hidden, source.d_in, source.d_out, source.window(horizon), setting.protocol.batch)
            pass_ = Backpropagation(setting.activation, *sizes, setting.dtype, source.score)
            self._passes = {horizon: (pass_, Batches(setting, horizon))}  # the old one is freed

    def advance(
        self, starts: Sequence[int], limits: Sequence[int], horizon: int, threshold: float = math.inf
    ) -> list[Chunk]:
        """See `Engine.advance`."""
        self.prepare(horizon)
        (start,), (limit,) = starts, limits
        protocol, (pass_, batches) = self._setting.protocol, self._passes[horizon]
        losses, accuracies = np.empty(limit), np.empty(limit)
        with one_blas_thread(), np.errstate(all="ignore"):
            batches.draw(np.arange(start, start + limit))
            for k in range(limit):
                inputs, targets, scored = batches.at(k)
                np.copyto(pass_.inputs, inputs.swapaxes(0, 1), casting="unsafe")
                np.copyto(pass_.targets, targets.swapaxes(0, 1), casting="unsafe")
                if pass_.scored is not None:
                    np.copyto(pass_.scored, scored.T)
                loss, accuracy, mean_square = pass_(self._named, self._named_gradient)
                norm = norm_of(self._gradient)
                if not math.isfinite(loss + norm) or loss > DIVERGED * max(mean_square, TINY):
                    np.copyto(self._weights, self._before)
                    return [Chunk(losses[:k], accuracies[:k], Stop.DIVERGED, loss)]
                np.copyto(self._before, self._weights)
                self._adam.update(self._weights, self._gradient, norm, protocol.rate(start + k), start + k)
                losses[k], accuracies[k] = loss, accuracy
                if accuracy > threshold:
                    return [Chunk(losses[: k + 1], accuracies[: k + 1], Stop.ADVANCED)]
        return [Chunk(losses, accuracies, Stop.LIMIT)]

    def state(self, run: int) -> State:
        """See `Engine.state`."""
        return {
            f"{part}.{name}": view.copy() for part, flat in self._flat() for name, view in self._views(flat).items()
        }

    def restore(self, run: int, state: State) -> None:
        """See `Engine.restore`."""
        for part, flat in self._flat():
            for name, view in self._views(flat).items():
                np.copyto(view, state[f"{part}.{name}"])

    @property
    def capacity(self) -> int:
        """See `Engine.capacity`."""
        return _CAPACITY

    def _flat(self) -> tuple[tuple[str, NDArray[Any]], ...]:
        adam = self._adam
        return ("weights", self._weights), ("before", self._before), ("first", adam.first), ("second", adam.second)

    def _views(self, flat: NDArray[Any]) -> Weights:
        made: Weights = {}
        start = 0
        for name, shape in self._shapes.items():
            made[name] = flat[start : start + math.prod(shape)].reshape(shape)
            start += math.prod(shape)
        return made


class Batches:
    """The batches of consecutive steps; their random words are drawn together."""

    def __init__(self, setting: Setting, horizon: int) -> None:
        self._setting, self._horizon = setting, horizon
        self._steps = self._words = np.empty(0, np.uint32)

    def draw(self, steps: NDArray[Any]) -> None:
        """Draw what `at` hands out: batch k is that of steps[k]."""
        source, self._steps = self._setting.source, steps
        if isinstance(source, Task):
            count = source.words(self._setting.protocol.batch, self._horizon)
            self._words = words(np, split_seed(self._setting.seed), steps, count)

    def at(self, k: int) -> Parts:
        """The k-th batch."""
        source, batch = self._setting.source, self._setting.protocol.batch
        if isinstance(source, Task):
            return source.parts(self._words[k], batch, self._horizon)
        return source.parts(self._setting.seed, int(self._steps[k]), batch, self._horizon)

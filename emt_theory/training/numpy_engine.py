"""Training in NumPy: one run, forward and backward written out (`emt_theory.training.backpropagation`)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.ground.blas import one_blas_thread
from emt_theory.training.adam import Adam, norm_of
from emt_theory.training.backpropagation import Backpropagation
from emt_theory.training.cells import Weights, weight_shapes
from emt_theory.training.engine import DIVERGED, TINY, Chunk, Engine, Setting, State, Stop, fresh_state
from emt_theory.training.sources import Source, TaskSource

_CAPACITY = 100


class NumpyEngine(Engine):
    """One Elman network, trained in NumPy."""

    def __init__(self, settings: Sequence[Setting]) -> None:
        super().__init__(settings)
        (setting,) = self.settings
        self._setting = setting
        self._shapes = weight_shapes(setting.cell, setting.hidden, setting.source.shape[1])
        size = sum(rows * columns for rows, columns in self._shapes.values())
        self._weights, self._before, self._gradient = (np.zeros(size, setting.dtype) for _ in range(3))
        self._adam = Adam(setting.protocol, setting.l2, size, setting.dtype)
        self._named, self._named_gradient = self._views(self._weights), self._views(self._gradient)
        self._passes: dict[int, tuple[Backpropagation, Batches]] = {}
        self.restore(0, fresh_state(setting))

    def prepare(self, horizon: int) -> None:
        """See `Engine.prepare`."""
        if horizon not in self._passes:
            s = self._setting
            num_variables, dim = s.source.shape
            sizes = (s.hidden, dim, num_variables, s.protocol.batch, horizon)
            batches = Batches(s.source, s.seed, s.protocol.batch, horizon, s.dtype)
            self._passes = {horizon: (Backpropagation(s.activation, *sizes, s.dtype), batches)}  # the old one is freed

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
                batches.fill(k, pass_.inputs, pass_.targets)
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
        for name, (rows, columns) in self._shapes.items():
            made[name] = flat[start : start + rows * columns].reshape(rows, columns)
            start += rows * columns
        return made


class Batches:
    """The batches of consecutive steps, drawn together and handed out one by one, time first."""

    def __init__(self, source: Source, seed: int, batch: int, horizon: int, dtype: str) -> None:
        self._source, self._seed, self._batch, self._horizon = source, seed, batch, horizon
        self._steps = self._drawn = np.empty(0)
        if isinstance(source, TaskSource):
            index, matrix = source.table(horizon)
            self._matrix = matrix.astype(dtype)
            self._index = None
            if index is not None:
                offsets = np.arange(batch)[:, None] * source.task.components
                self._index = offsets + index[:, None, :]  # (horizon, batch, d) into the flat batch

    def draw(self, steps: NDArray[Any]) -> None:
        """Draw what `fill` hands out: batch k is that of steps[k]."""
        self._steps = steps
        if isinstance(self._source, TaskSource):
            self._drawn = self._source.inputs(self._seed, steps, self._batch)

    def fill(self, k: int, inputs: NDArray[Any], targets: NDArray[Any]) -> None:
        """Write the k-th drawn batch: inputs (s, batch, d), targets (horizon, batch, d)."""
        if not isinstance(self._source, TaskSource):
            x, u = self._source.batch(self._seed, int(self._steps[k]), self._batch, self._horizon)
            inputs[:], targets[:] = x.transpose(1, 0, 2), u.transpose(1, 0, 2)
            return
        drawn = self._drawn[k].astype(inputs.dtype, copy=False)
        inputs[:] = drawn.transpose(1, 0, 2)
        if self._index is None:
            flat = drawn.reshape(self._batch, -1) @ self._matrix.T
            targets[:] = flat.reshape(self._batch, self._horizon, -1).transpose(1, 0, 2)
        else:
            np.take(drawn.reshape(-1), self._index, out=targets, mode="clip")
            targets *= self._matrix[:, None, :]

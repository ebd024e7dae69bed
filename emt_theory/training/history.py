"""What happened at every step of a run."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.ground.json import Record, to_json


@dataclass(frozen=True, eq=False, repr=False)
class History(Record):
    """One entry for each step taken, in order.

    Attributes:
        step: its number, from 0.
        loss: mean square error of the step's batch, before the update.
        accuracy: fraction of right signs of the step's batch.
        horizon: how many steps were scored.
        steps_per_second: the speed at which it was taken, without compilation.
    """

    step: NDArray[np.int64]
    loss: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    horizon: NDArray[np.int64]
    steps_per_second: NDArray[np.float64]

    @classmethod
    def empty(cls) -> History:
        """No step."""
        return cls(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0, np.int64), np.empty(0))

    def then(self, loss: NDArray[np.float64], accuracy: NDArray[np.float64], horizon: int, rate: float) -> History:
        """This history and some more steps."""
        count = len(loss)
        steps = len(self) + np.arange(count)
        more: tuple[Any, ...] = (steps, loss, accuracy, np.full(count, horizon), np.full(count, rate))
        joined: list[Any] = [np.concatenate(pair) for pair in zip(self.to_arrays().values(), more, strict=True)]
        return History(*joined)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def thinned(self, most: int) -> dict[str, list[Any]]:
        """The columns, JSON-ready, at no more than so many steps, evenly spread, the last one among them."""
        if len(self) <= most:
            return to_json(self.to_arrays())
        chosen = np.linspace(0, len(self) - 1, most).round().astype(int)
        return to_json({name: array[chosen] for name, array in self.to_arrays().items()})

    def __len__(self) -> int:
        return len(self.step)

    def __repr__(self) -> str:
        if not len(self):
            return "History(no steps)"
        return f"History({len(self)} steps, loss {self.loss[0]:.3g} … {self.loss[-1]:.3g}, accuracy {self.accuracy[-1]:.4f})"

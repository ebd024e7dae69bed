"""How far a run is: what a progress callback is given."""

from __future__ import annotations

from dataclasses import dataclass

from emt_theory.ground.json import Record
from emt_theory.ground.text import clock


@dataclass(frozen=True)
class Progress(Record):
    """A run on its way.

    Attributes:
        step, steps: taken so far, and in all.
        loss, accuracy: of the last batch.
        horizon: its scored steps.
        steps_per_second: the present speed.
        seconds_left: at the present speed, as far as the present horizon tells: longer horizons are slower.

    >>> print(Progress(step=1000, steps=4000, loss=0.25, accuracy=0.875, horizon=16, steps_per_second=300.0, seconds_left=83.0))
    step 1000 of 4000, horizon 16: loss 0.25, accuracy 0.8750, 300 steps/s, 1:23 left
    """

    step: int
    steps: int
    loss: float
    accuracy: float
    horizon: int
    steps_per_second: float
    seconds_left: float

    @property
    def share(self) -> float:
        """Of its steps, the share that is taken."""
        return self.step / self.steps

    def __str__(self) -> str:
        return (
            f"step {self.step} of {self.steps}, horizon {self.horizon}: loss {self.loss:.3g}, "
            f"accuracy {self.accuracy:.4f}, {self.steps_per_second:.0f} steps/s, {clock(self.seconds_left)} left"
        )

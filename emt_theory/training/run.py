"""What `train` returns."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from emt_theory.ground.json import Record
from emt_theory.ground.text import shows
from emt_theory.networks import Network
from emt_theory.tasks import Accuracy
from emt_theory.training.engine import Setting
from emt_theory.training.history import History
from emt_theory.training.loop import Ending
from emt_theory.training.sources import identity

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@shows
class Snapshot(NamedTuple):
    """A network on its way.

    Attributes:
        step: how many steps it had taken.
        net: the network.
    """

    step: int
    net: Network


@dataclass(frozen=True, eq=False, repr=False)
class TrainingRun(Record):
    """A trained network, and how it came about.

    Attributes:
        net: the network; its metadata say how it was trained.
        setting: what was trained.
        backend: "numpy" or "jax".
        history: loss, accuracy, horizon and speed at every step.
        test: sign accuracy on fresh sequences; None if every target is 0.
        seconds: wall time, compilation included, the test not.
        computing: the part of it that went into steps.
        outcome: "finished", or "diverged".
        reason: what happened, if it did not finish.
        folder: where it was written, or None.
        snapshots: the network at the steps that were asked for and reached, in order.
        restarts: how many runs before it, with other seeds, have missed the task.
    """

    JSON = ("run=folder", "steps", "seconds", "steps_per_second", "loss", "accuracy", "backend", "seed")

    net: Network
    setting: Setting
    backend: str
    history: History
    test: Accuracy | None
    seconds: float
    computing: float
    outcome: Ending = Ending.FINISHED
    reason: str | None = None
    folder: Path | None = None
    snapshots: tuple[Snapshot, ...] = ()
    restarts: int = 0

    @property
    def loss(self) -> float | None:
        """The loss of the last batch."""
        return float(self.history.loss[-1]) if len(self.history) else None

    @property
    def accuracy(self) -> float | None:
        """The sign accuracy on fresh sequences, at the protocol's test horizon."""
        return self.test.accuracy if self.test else None

    @property
    def steps(self) -> int:
        """Steps taken."""
        return len(self.history)

    @property
    def steps_per_second(self) -> float:
        """Steps over seconds, without compilation."""
        return self.steps / self.computing if self.computing > 0 else 0.0

    @property
    def seed(self) -> int:
        """The seed of weights and batches."""
        return self.setting.seed

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: the keys that `emt train --json` promises, and more."""
        source, test = self.setting.source, self.test.to_dict() if self.test else None
        ended = {"outcome": str(self.outcome), "reason": self.reason, "test": test}
        ended |= {"snapshots": [snapshot.step for snapshot in self.snapshots], "restarts": self.restarts}
        trained = {**self.setting.identity(), "task": source.name, "definition": identity(source)}
        return {**super().to_dict(), **ended, **trained}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Loss, accuracy and horizon over steps."""
        from emt_theory.training.drawing import draw_history

        return draw_history(self, ax)

    def __repr__(self) -> str:
        shown = "–" if self.accuracy is None else f"{self.accuracy:.4f}"
        name, kind = self.setting.source.name, self.setting.cell
        return f"TrainingRun({name!r}, {kind}, N={self.setting.hidden}, seed={self.seed}, {self.outcome}, accuracy={shown})"

    def __str__(self) -> str:
        p = self.setting.protocol
        head = f"{self.outcome}: {self.setting.source.name}, {self.setting.cell}, {self.setting.hidden} units, protocol {p.name}"
        speed = (
            f"  {self.steps} steps in {self.seconds:.1f} s, {self.steps_per_second:.0f} steps/s ({self.backend}), "
            f"learning rate {p.learning_rate:g}"
        )
        test = f"  accuracy at horizon {p.test_horizon}: {self.test if self.test else 'nothing is scored'}"
        again = f"  after {self.restarts} restarts, with seed {self.seed}"
        told = [line for line, said in ((f"  {self.reason}", self.reason), (again, self.restarts)) if said]
        return "\n".join([head, *told, speed, test])


def notes_of(setting: Setting, backend: str, steps: int) -> dict[str, str]:
    """What a network's metadata say about its training: nothing that differs between two runs of the same setting."""
    described = {key: v if isinstance(v, str) else json.dumps(v) for key, v in setting.identity().items()}
    described.pop("activation")  # the file of a network says that itself
    return {**described, "task": setting.source.name, "backend": backend, "steps": str(steps)}

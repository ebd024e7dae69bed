r"""The loop above a backend: the curriculum, the history, checkpoints, and what stops a run.

A `Track` is one run's place: how many steps it has taken, in which stage of its curriculum it is, and what has happened. `advance_all` moves the
tracks of an engine on, stage by stage, in chunks of about half a second; where a chunk ends has no influence on what is computed, so neither has
the speed of the machine, a checkpoint or an interruption.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from emt_theory.ground.signals import Interrupted
from emt_theory.training.cells import Weights
from emt_theory.training.curriculum import Scheduled
from emt_theory.training.engine import Chunk, Engine, Setting, Stop, weights_of
from emt_theory.training.history import History
from emt_theory.training.progress import Progress

CHUNK_SECONDS = 0.4
"""About how long a backend computes before the loop looks at the clock, the interrupt and the checkpoint."""


class Ending(StrEnum):
    """How a run ended."""

    FINISHED = "finished"
    DIVERGED = "diverged"


@dataclass
class Track:
    """One run's place in its training.

    Attributes:
        setting: what is trained.
        stage: of the curriculum.
        history: what happened so far; as long as steps were taken.
        computing: seconds spent on steps.
        elapsed: seconds spent in earlier sittings of a resumed run.
        outcome: how it ended, or None.
        reason: what happened, if it did not finish.
        wanted: steps after which the weights are kept.
        snapshots: the weights that were, by step.
    """

    setting: Setting
    stage: int = 0
    history: History = field(default_factory=History.empty)
    computing: float = 0.0
    elapsed: float = 0.0
    outcome: Ending | None = None
    reason: str | None = None
    wanted: tuple[int, ...] = ()
    snapshots: dict[int, Weights] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.settle()

    @property
    def step(self) -> int:
        """Steps taken."""
        return len(self.history)

    @property
    def steps(self) -> int:
        """Steps in all."""
        return self.setting.protocol.steps

    @property
    def horizon(self) -> int:
        """The scored steps of the next batch."""
        return self.setting.protocol.curriculum.horizons[self.stage]

    @property
    def is_last_stage(self) -> bool:
        """Whether no longer horizon follows."""
        return self.stage == len(self.setting.protocol.curriculum.horizons) - 1

    @property
    def room(self) -> int:
        """Steps until the curriculum itself moves on, a snapshot is wanted, or the run ends."""
        curriculum = self.setting.protocol.curriculum
        end = self.steps if self.is_last_stage else curriculum.first_step(self.stage + 1, self.steps)
        return min([end, *(step for step in self.wanted if step > self.step)]) - self.step

    @property
    def threshold(self) -> float:
        """The accuracy of a batch that moves the curriculum on."""
        return float("inf") if self.is_last_stage else self.setting.protocol.curriculum.threshold

    def settle(self) -> None:
        """Enter the stage that a schedule is in, and finish if no step is left."""
        if isinstance(self.setting.protocol.curriculum, Scheduled):
            while not self.is_last_stage and self.room <= 0:
                self.stage += 1
        if self.outcome is None and self.step >= self.steps:
            self.outcome = Ending.FINISHED

    def record(self, chunk: Chunk, seconds: float) -> None:
        """Add what a chunk did, and follow the curriculum."""
        self.computing += seconds
        rate = len(chunk.loss) / seconds if seconds > 0 else 0.0
        horizon = self.horizon
        self.history = self.history.then(chunk.loss, chunk.accuracy, horizon, rate)
        if chunk.stop is Stop.DIVERGED:
            self.outcome = Ending.DIVERGED
            self.reason = (
                f"the loss became {chunk.bad_loss:.3g} at step {self.step} (horizon {horizon}); "
                f"the weights are the last whose loss was sound. A smaller learning rate or clip may help"
            )
        elif chunk.stop is Stop.ADVANCED:
            self.stage += 1
        self.settle()

    def keep(self, weights: Callable[[], Weights]) -> None:
        """Keep the weights, if they are wanted after this step and not there yet."""
        if self.step in self.wanted and self.step not in self.snapshots:
            self.snapshots[self.step] = weights()

    def progress(self) -> Progress:
        """How far it is."""
        h = self.history
        rate = float(h.steps_per_second[-1]) if len(h) else 0.0
        left = (self.steps - self.step) / rate if rate else 0.0
        last = (float(h.loss[-1]), float(h.accuracy[-1]), int(h.horizon[-1])) if len(h) else (0.0, 0.0, self.horizon)
        return Progress(self.step, self.steps, *last, rate, left)


def advance_all(
    engine: Engine,
    tracks: Sequence[Track],
    interrupted: Callable[[], int],
    after: Callable[[], None] = lambda: None,
    last: Callable[[], None] = lambda: None,
) -> None:
    """Take all tracks to their ends.

    Args:
        engine: the backend, with one run for each track.
        tracks: where each run is; they are moved on.
        interrupted: asked between chunks: the number of the signal that came, or 0; see `emt_theory.ground.signals.deferred`.
        after: called between chunks, when every track and the engine agree.
        last: called after that where the loop ends because it is interrupted.

    Raises:
        Interrupted: after `last`.
    """

    def keep() -> None:
        for k, track in enumerate(tracks):
            track.keep(lambda k=k: weights_of(engine.state(k)))

    size = 8
    keep()
    while any(track.outcome is None for track in tracks):
        # Runs in other stages take no step meanwhile: one program has one horizon.
        for stage in sorted({track.stage for track in tracks if track.outcome is None}):
            chosen = [track.outcome is None and track.stage == stage for track in tracks]
            leader = tracks[chosen.index(True)]
            horizon, threshold = leader.horizon, leader.threshold
            engine.prepare(horizon)
            limits = [min(size, track.room) if here else 0 for track, here in zip(tracks, chosen, strict=True)]
            began = time.perf_counter()
            chunks = engine.advance([track.step for track in tracks], limits, horizon, threshold)
            seconds = time.perf_counter() - began
            for track, chunk, here in zip(tracks, chunks, chosen, strict=True):
                if here:
                    track.record(chunk, seconds)
            keep()
            taken = max(len(chunk.loss) for chunk in chunks)
            size = max(1, min(engine.capacity, 4 * size, round(CHUNK_SECONDS * (taken + 1) / max(seconds, 1e-9))))
            after()
            if number := interrupted():
                last()
                raise Interrupted(number)

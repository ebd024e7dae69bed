"""A run on disk.

    weights.safetensors    the network            history.npz     every step
    run.json               how it came about      training.png    its picture
    snapshots/step-K.safetensors    the network after K steps, where asked for
    checkpoint.npz         only while it trains, or after an interruption: what a resumed run continues from

Each file is written whole or not at all, and run.json last: a folder that has it holds a finished run. One lock keeps others out meanwhile.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from emt_theory.errors import InvalidFile
from emt_theory.ground import files
from emt_theory.networks import save
from emt_theory.training import checkpoint
from emt_theory.training.engine import Setting, State
from emt_theory.training.loop import Track

if TYPE_CHECKING:
    from emt_theory.training.run import TrainingRun

CHECKPOINT, WEIGHTS, HISTORY, PICTURE, RECORD = (
    "checkpoint.npz", "weights.safetensors", "history.npz", "training.png", "run.json",
)  # fmt: skip
SNAPSHOTS = "snapshots"
CHECKPOINT_SECONDS = 30.0
"""How often a run is kept, so that a killed one loses no more than this."""


class RunFolder:
    """The folder of one run.

    Args:
        path: where; made if it is not there.
        overwrite: whether an earlier run there may be replaced.
        resume: whether a checkpoint there is to be continued from.

    Raises:
        InvalidFile: if it is a file, or holds a run that must not be replaced.
    """

    def __init__(self, path: str | os.PathLike[str], overwrite: bool = False, resume: bool = False) -> None:
        self.path = files.named_path(path)
        self._overwrite, self._resume = overwrite, resume
        self._refuse_what_is_there()

    def _refuse_what_is_there(self) -> None:
        overwrite, resume = self._overwrite, self._resume
        if self.path.exists() and not self.path.is_dir():
            raise InvalidFile(f"{self.path} is a file; a run needs a folder")
        if (self.path / RECORD).exists() and not overwrite:
            advice = (
                "there is nothing to resume" if resume else "choose another folder, or ask to overwrite it (--force)"
            )
            raise InvalidFile(f"{self.path} holds a finished run already; {advice}")
        if not resume and not overwrite:
            for name in (CHECKPOINT, WEIGHTS, HISTORY, PICTURE):
                if (self.path / name).exists():
                    hint = "go on with it (--resume), " if name == CHECKPOINT else ""
                    raise InvalidFile(
                        f"{self.path} holds {name} already; {hint}choose another folder, or ask to overwrite it (--force)"
                    )

    @contextmanager
    def held(self) -> Generator[None]:
        """Make the folder if it is not there, and keep other processes out of it while the run is made.

        Raises:
            InvalidFile: if the folder cannot be made, or another process trains there or has just ended.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InvalidFile(f"{self.path}: the folder cannot be made ({error.strerror})") from None
        with files.locked(self.path, "training"):
            self._refuse_what_is_there()
            files.clear_drafts(self.path)
            yield

    @property
    def goes_on(self) -> bool:
        """Whether there is a checkpoint that is to be continued from."""
        return self._resume and (self.path / CHECKPOINT).exists()

    def forget(self) -> None:
        """Remove the checkpoint."""
        (self.path / CHECKPOINT).unlink(missing_ok=True)

    def begin(self, setting: Setting, backend: str, wanted: tuple[int, ...] = ()) -> tuple[Track, State | None]:
        """A fresh track, or where the checkpoint left off with its state.

        Raises:
            InvalidFile: if the checkpoint is damaged.
            InvalidOption: if the checkpoint is of another training; names the first difference.
        """
        if self.goes_on:
            return checkpoint.read(self.path / CHECKPOINT, setting, backend, wanted)
        return Track(setting, wanted=wanted), None

    def keep(self, track: Track, state: State, backend: str, seconds: float) -> None:
        """Write the checkpoint."""
        files.write(self.path / CHECKPOINT, checkpoint.to_bytes(track, state, backend, seconds))

    def finish(self, run: TrainingRun) -> None:
        """Write the run, its record last, and remove the checkpoint."""
        picture, record = _picture(run), json.dumps(run.to_dict(), indent=1, allow_nan=False, ensure_ascii=False)
        # An earlier run's record goes first: it must not stand beside this one's weights.
        (self.path / RECORD).unlink(missing_ok=True)
        for earlier in (self.path / SNAPSHOTS).glob("step-*.safetensors"):
            earlier.unlink()
        save(run.net, self.path / WEIGHTS, overwrite=True)
        for snapshot in run.snapshots:
            (self.path / SNAPSHOTS).mkdir(exist_ok=True)
            save(snapshot.net, self.path / SNAPSHOTS / f"step-{snapshot.step}.safetensors", overwrite=True)
        files.write(self.path / HISTORY, checkpoint.archive(run.history.to_arrays()))
        files.write(self.path / PICTURE, picture)
        files.write(self.path / RECORD, record.encode())
        self.forget()


def _picture(run: TrainingRun) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.8), layout="constrained")
    FigureCanvasAgg(figure)
    run.plot(figure.subplots())
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=130)
    return buffer.getvalue()

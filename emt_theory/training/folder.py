"""A run on disk.

    weights.safetensors    the network            history.npz     every step
    run.json               how it came about      training.png    its picture
    checkpoint.npz         only while it trains, or after an interruption: what a resumed run continues from

Each file is written whole or not at all, and run.json last: a folder that has it holds a finished run. A checkpoint is plain arrays and one JSON
text, read without unpickling.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emt_theory.errors import InvalidFile, InvalidOption
from emt_theory.ground import files
from emt_theory.ground.text import first_line, shown
from emt_theory.networks import save
from emt_theory.training.engine import Setting, State
from emt_theory.training.history import History
from emt_theory.training.loop import Track

if TYPE_CHECKING:
    from emt_theory.training.run import TrainingRun

CHECKPOINT, WEIGHTS, HISTORY, PICTURE, RECORD = (
    "checkpoint.npz", "weights.safetensors", "history.npz", "training.png", "run.json",
)  # fmt: skip
CHECKPOINT_SECONDS = 30.0
"""How often a run is kept, so that a killed one loses no more than this."""
_VERSION = 1


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
            for left in self.path.glob(".*.part"):  # by a process that was killed while it wrote
                left.unlink(missing_ok=True)
            yield

    def begin(self, setting: Setting, backend: str) -> tuple[Track, State | None]:
        """A fresh track, or where the checkpoint left off with its state.

        Raises:
            InvalidFile: if the checkpoint is damaged.
            InvalidOption: if the checkpoint is of another training; names the first difference.
        """
        checkpoint = self.path / CHECKPOINT
        if self._resume and checkpoint.exists():
            return _read(checkpoint, setting, backend)
        return Track(setting), None

    def keep(self, track: Track, state: State, backend: str, seconds: float) -> None:
        """Write the checkpoint."""
        about = {
            "version": _VERSION,
            "backend": backend,
            "setting": track.setting.identity(),
            "stage": track.stage,
            "computing": track.computing,
            "seconds": seconds,
        }
        arrays: dict[str, Any] = {f"state.{key}": array for key, array in state.items()}
        arrays |= {f"history.{key}": array for key, array in track.history.to_arrays().items()}
        files.write(self.path / CHECKPOINT, _npz({**arrays, "about": np.array(json.dumps(about))}))

    def finish(self, run: TrainingRun) -> None:
        """Write the run, its record last, and remove the checkpoint."""
        picture, record = _picture(run), json.dumps(run.to_dict(), indent=1, allow_nan=False, ensure_ascii=False)
        # An earlier run's record goes first: it must not stand beside this one's weights.
        (self.path / RECORD).unlink(missing_ok=True)
        save(run.net, self.path / WEIGHTS, overwrite=True)
        files.write(self.path / HISTORY, _npz(run.history.to_arrays()))
        files.write(self.path / PICTURE, picture)
        files.write(self.path / RECORD, record.encode())
        (self.path / CHECKPOINT).unlink(missing_ok=True)


def _npz(arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def _picture(run: TrainingRun) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.8), layout="constrained")
    FigureCanvasAgg(figure)
    run.plot(figure.subplots())
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=130)
    return buffer.getvalue()


def _read(path: Path, setting: Setting, backend: str) -> tuple[Track, State]:
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
        about = json.loads(str(arrays.pop("about")))
        state = {key.removeprefix("state."): array for key, array in arrays.items() if key.startswith("state.")}
        history = History(
            **{key.removeprefix("history."): a for key, a in arrays.items() if key.startswith("history.")}
        )
        kept = {**about["setting"], "backend": about["backend"], "version": about["version"]}
        place = (int(about["stage"]), history, float(about["computing"]), float(about["seconds"]))
    except Exception as error:  # noqa: BLE001 — damaged archives make zipfile, zlib and NumPy's parser raise anything
        raise InvalidFile(f"{path} is damaged, so the run cannot be resumed ({first_line(error)})") from None
    wanted = json.loads(json.dumps({**setting.identity(), "backend": backend, "version": _VERSION}))
    for key in wanted:
        if kept.get(key) != wanted[key]:
            raise InvalidOption(
                f"{path} is of another training: {_difference(key, kept.get(key), wanted[key])}; resume it as it was begun"
            )
    return Track(setting, *place), state


def _difference(key: str, kept: Any, wanted: Any) -> str:
    if isinstance(kept, dict) and isinstance(wanted, dict):
        inner = next(k for k in [*wanted, *kept] if kept.get(k) != wanted.get(k))
        return _difference(f"{key} {inner}", kept.get(inner), wanted.get(inner))
    return f"its {key} is {shown(kept)}, not {shown(wanted)}"

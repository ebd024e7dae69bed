r"""A store of runs: a folder that any number of processes may work on, and be killed at.

    store.json                     which version of a store it is
    3f0c…/weights.safetensors      the network          one folder for each run, named by the hash of its configuration
    3f0c…/run.json                 configuration, versions, curves, results: written last, so a folder that has it holds a finished run
    3f0c…/checkpoint.npz           only while it trains, or after an interruption
    3f0c…/failed.json              configuration and reason, where a run was given up

Each file is written to a temporary name and renamed. Who makes a run holds the lock of its folder, and looks again then whether the run is
there; so no run is made twice, and none is overwritten.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     store = Store(Path(folder) / "runs")
...     len(store), store.path.exists()
(0, False)
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from secrets import token_hex
from typing import Any

from emt_theory.analysis import CheckResult
from emt_theory.errors import EMTError, InvalidFile
from emt_theory.ground import files
from emt_theory.ground.text import Shown, first_line, shown
from emt_theory.networks import save
from emt_theory.studies.configuration import Configuration
from emt_theory.studies.stored import VERSION, StoredRun, file_hash, read_run
from emt_theory.studies.table import Table
from emt_theory.training import TrainingRun
from emt_theory.training.folder import CHECKPOINT, RECORD, WEIGHTS, RunFolder

_ABOUT, _FAILED, _CURVE = "store.json", "failed.json", 200
_BEGINNING = 10.0
"""Seconds that a store is waited for while another process begins it."""
_MOST_BYTES = 2**20
_BEFORE = (CHECKPOINT, _FAILED)
"""What a run has only before it is finished."""
_FORMAT = "emt_theory run store"


class Status(StrEnum):
    """Where a run is."""

    DONE = "done"
    RUNNING = "running"
    FAILED = "failed"
    MISSING = "missing"


class Store(Shown):
    """The runs in a folder, which is made when the first one begins.

    Args:
        path: the folder.

    Raises:
        InvalidFile: if it is a file, holds something else, or is a store of another version.
    """

    def __init__(self, path: str | os.PathLike[str] = "emt-runs") -> None:
        self.path = files.named_path(path)
        if self.path.exists():
            self._look()

    def _look(self) -> None:
        if not self.path.is_dir():
            raise InvalidFile(f"{self.path} is a file; a store of runs is a folder")
        about = self.path / _ABOUT
        if not about.exists():
            if any(not entry.name.startswith(".") for entry in self.path.iterdir()):
                raise InvalidFile(f"{self.path} is no store of runs: it holds other files; choose another folder")
            return
        try:
            told = json.loads(files.read_bytes(about, _MOST_BYTES))
            found = told["version"] if told["format"] == _FORMAT else None
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise InvalidFile(f"{about} does not say what store this is ({first_line(error)})") from None
        if found != VERSION:
            raise InvalidFile(
                f"{self.path} is a store of version {shown(found)}, written by another emt_theory; this one reads version {VERSION}"
            )

    def folder(self, run: Configuration | str) -> Path:
        """The folder of a run, named by its configuration or its key."""
        return self.path / (run if isinstance(run, str) else run.key)

    def __contains__(self, run: Configuration | str) -> bool:
        return (self.folder(run) / RECORD).exists()

    def __getitem__(self, run: Configuration | str) -> StoredRun:
        if run not in self:
            raise InvalidFile(f"{self.path} holds no finished run {self.folder(run).name}")
        return read_run(self.folder(run))

    def __iter__(self) -> Iterator[StoredRun]:
        return (read_run(path.parent) for path in sorted(self.path.glob(f"*/{RECORD}")))

    def __len__(self) -> int:
        return sum(1 for _ in self.path.glob(f"*/{RECORD}"))

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"Store({str(self.path)!r}, {len(self)} runs)"

    def status(self, configuration: Configuration) -> Status:
        """Where a run is: done, running (in this process or another), failed, or missing. Looks, and changes nothing."""
        folder = self.folder(configuration)
        if configuration in self:
            return Status.DONE
        if files.is_locked(folder):
            return Status.RUNNING
        return Status.FAILED if (folder / _FAILED).exists() else Status.MISSING

    def reason(self, configuration: Configuration) -> str | None:
        """Why a run was given up; None if it was not."""
        try:
            return json.loads(files.read_bytes(self.folder(configuration) / _FAILED, _MOST_BYTES))["reason"]
        except (InvalidFile, OSError, ValueError, TypeError, KeyError):
            return None

    def table(self, configurations: Iterable[Configuration] | None = None) -> Table:
        """A row for each run: of these, whether it has ended or not, or of all that have."""
        if configurations is None:
            return Table.of([(run.key, run.labels, Status.DONE, None, run) for run in self])
        rows: list[Any] = []
        for one in configurations:
            status, run = self.status(one), None
            reason = self.reason(one) if status is Status.FAILED else None
            if status is Status.DONE:
                try:
                    run = self[one]
                except InvalidFile as error:  # a damaged record is that run's affair
                    status, reason = Status.FAILED, str(error)
            rows.append((one.key, one.labels(), status, reason, run))
        return Table.of(rows)

    @contextmanager
    def held(self, configuration: Configuration) -> Generator[RunFolder]:
        """The run's folder, for this process alone.

        Raises:
            InUse: if another has it.
            InvalidFile: if the run is finished, or the folder cannot be made.
        """
        self._make()
        folder = RunFolder(self.folder(configuration), resume=True)
        with folder.held():
            yield folder

    def _make(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InvalidFile(f"{self.path}: the folder cannot be made ({error.strerror})") from None
        self._look()
        about = self.path / _ABOUT
        if not about.exists() or files.drafts(self.path):
            with files.locked(self.path, "a sweep's beginning", _BEGINNING):
                files.clear_drafts(self.path)
                if not about.exists():
                    files.write(about, json.dumps({"format": _FORMAT, "version": VERSION}).encode())

    def identity(self) -> str:
        """A text that this store alone carries: a process on another machine that finds it sees the same folder."""
        self._make()
        if self.carried() is None:
            with files.locked(self.path, "a sweep's beginning", _BEGINNING):
                if self.carried() is None:
                    told = json.loads(files.read_bytes(self.path / _ABOUT, _MOST_BYTES))
                    files.write(self.path / _ABOUT, json.dumps({**told, "id": token_hex(8)}).encode())
        return self.carried() or ""

    def carried(self) -> str | None:
        """The identity that the folder carries so far; None if there is none, or no store."""
        try:
            return json.loads(files.read_bytes(self.path / _ABOUT, _MOST_BYTES))["id"]
        except (InvalidFile, OSError, ValueError, KeyError):
            return None

    def write(self, configuration: Configuration, run: TrainingRun, check: CheckResult | None) -> None:
        """Write what came out; for whoever holds the run's folder."""
        folder = self.folder(configuration)
        record: dict[str, Any] = {
            "version": VERSION,
            "labels": configuration.labels(),
            "configuration": configuration.to_dict(),
            "versions": versions(),
            "training": {**run.to_dict(), "run": None},
            "curves": run.history.thinned(_CURVE),
            "check": None if check is None else {**check.to_dict(), "weights": WEIGHTS},
        }
        save(run.net, folder / WEIGHTS, overwrite=True)
        record["sha256"] = file_hash(folder / WEIGHTS)
        files.write(folder / RECORD, json.dumps(record, indent=1, allow_nan=False, ensure_ascii=False).encode())
        for name in _BEFORE:
            (folder / name).unlink(missing_ok=True)

    def tidy(self, configuration: Configuration) -> None:
        """Remove what stays beside a finished run if its process is killed before it can; nothing, if the system does not let us."""
        folder = self.folder(configuration)
        with suppress(EMTError, OSError):
            left = [path for path in (*(folder / name for name in _BEFORE), *files.drafts(folder)) if path.exists()]
            if left and configuration in self:
                with files.locked(folder, "a run"):
                    for path in left:
                        path.unlink(missing_ok=True)

    def give_up(self, configuration: Configuration, reason: str) -> None:
        """Say why a run has no result, if it still has none, and the system lets us."""
        told = {"version": VERSION, "configuration": configuration.to_dict(), "reason": reason}
        try:
            with self.held(configuration) as folder:
                files.write(folder.path / _FAILED, json.dumps(told, indent=1, ensure_ascii=False).encode())
        except EMTError:
            return


def versions() -> dict[str, str | None]:
    """What makes runs here."""
    found: dict[str, str | None] = {"python": python_version()}
    for name in ("emt_theory", "numpy", "scipy", "jax"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found

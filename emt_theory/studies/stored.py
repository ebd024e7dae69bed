"""A run that has ended, as its folder tells it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emt_theory.errors import InvalidFile
from emt_theory.ground.files import check_regular, read_bytes
from emt_theory.ground.json import Record
from emt_theory.ground.text import first_line
from emt_theory.networks import Network, load
from emt_theory.studies.configuration import identities, key_of
from emt_theory.tasks import from_dict
from emt_theory.tasks.parse import AnyTask
from emt_theory.training.folder import RECORD, WEIGHTS

VERSION = 1
_MOST_BYTES = 2**26
"""Of what a store holds. One of another version is refused, never guessed at."""


@dataclass(frozen=True, eq=False, repr=False)
class StoredRun(Record):
    """A finished run.

    Attributes:
        key: the hash of its configuration, which names its folder.
        folder: where it lies.
        labels: task, sizes, protocol, λ, seed, as the first columns of a table.
        configuration: all that determined it; see `Configuration.to_dict`.
        versions: of emt_theory, NumPy, SciPy, JAX and Python that made it.
        training: what `emt train --json` prints of it.
        curves: step, loss, accuracy, horizon, steps_per_second, at 200 steps.
        check: what `emt check --json` prints of it; None if it was not checked.
        sha256: of the file with the network; None in a record that was written before there was one.
    """

    JSON = ("key", "folder", "labels", "configuration", "versions", "training", "curves", "check", "sha256")

    key: str
    folder: Path
    labels: dict[str, Any]
    configuration: dict[str, Any]
    versions: dict[str, str | None]
    training: dict[str, Any]
    curves: dict[str, list[Any]]
    check: dict[str, Any] | None
    sha256: str | None = None

    @property
    def solved(self) -> bool | None:
        """Whether it solves its task: question 1 of its check held; None if it was not checked."""
        findings = [] if self.check is None else self.check["findings"]
        answers = [finding["answer"] == "held" for finding in findings if finding["question"] == "behaviour"]
        return answers[0] if answers else None

    def network(self) -> Network:
        """The trained network.

        Raises:
            InvalidFile: if its file is damaged.
        """
        return load(self.folder / WEIGHTS)

    def task(self) -> AnyTask:
        """What it was trained on.

        Raises:
            InvalidTask: if it is a task of a kind of your own: a folder does not hold your code.
        """
        return from_dict(self.configuration["task"])

    def __repr__(self) -> str:
        return (
            f"StoredRun({self.key!r}, {self.labels['task']!r}, N={self.labels['hidden']}, seed={self.labels['seed']})"
        )


def file_hash(path: Path) -> str:
    """The SHA-256 of what a file holds."""
    if path.exists():
        check_regular(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _require_whole(record: dict[str, Any], folder: Path) -> None:
    """A record is this folder's, beside the weights that it was written with, and what a table reads of it is there.

    Raises:
        ValueError: names what is not so.
        OSError: if the weights cannot be read.
    """
    if (key := key_of(record["configuration"])) != folder.name:
        raise ValueError(f"its configuration is that of the run {key}")
    found, said = file_hash(folder / WEIGHTS), record.get("sha256")
    if said is not None and found != said:
        raise ValueError(f"{WEIGHTS} beside it has another hash than it says")
    training, check = record["training"], record["check"]
    if not isinstance(training, dict) or not isinstance(training.get("accuracy"), float | int | None):
        raise ValueError("training is no result of a training")
    findings = [] if check is None else check.get("findings") if isinstance(check, dict) else None
    if not isinstance(findings, list) or not all(
        isinstance(f, dict) and {"question", "answer"} <= set(f) for f in findings
    ):
        raise ValueError("check is no result of a check")


def read_run(folder: Path) -> StoredRun:
    """The finished run in a folder.

    Raises:
        InvalidFile: if its record or its weights are damaged, of another version or of another run; names them.
    """
    path = folder / RECORD
    try:
        record = json.loads(read_bytes(path, _MOST_BYTES))
        version = record.pop("version")
        if version == VERSION:
            _require_whole(record, folder)
            record["labels"] |= identities(record["configuration"])
            return StoredRun(key=folder.name, folder=folder, **record)
    except OSError as error:
        raise InvalidFile(
            f"{error.filename or path} cannot be read ({error.strerror}); remove the folder, and the run is made again"
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InvalidFile(
            f"{path} is no record of a run ({first_line(error)}); remove the folder, and the run is made again"
        ) from None
    raise InvalidFile(f"{path} is of version {version}; this emt_theory reads {VERSION}")

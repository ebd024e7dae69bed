"""One run in a store, from wherever it was left to its end.

    lock  →  train from the checkpoint  →  check  →  weights, record

The checkpoint of the last step stays until the record is written: a process that is killed in between is followed by one that only checks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from platform import node
from typing import Any

from emt_theory.analysis import CheckResult, check
from emt_theory.errors import InUse, InvalidFile, InvalidOption
from emt_theory.ground.blas import one_blas_thread
from emt_theory.studies.configuration import Configuration
from emt_theory.studies.store import Store
from emt_theory.training import Progress, TrainingRun
from emt_theory.training.folder import RunFolder
from emt_theory.training.many import together
from emt_theory.training.single import advance_runs, train_one


class Ended(StrEnum):
    """What became of a run that was to be made."""

    DONE = "done"
    FOUND = "found"
    """Somebody else has made it."""
    BUSY = "busy"
    """Somebody else is making it."""


@dataclass(frozen=True)
class Job:
    """A run that is to be made, as it is sent to another process.

    Attributes:
        store: the folder.
        configuration: the run.
        identity: of the store, for a process that may be on another machine; see `Store.identity`.
    """

    store: Path
    configuration: Configuration
    identity: str | None = None


def make(job: Job, tell: Callable[[float], Any]) -> Ended:
    """Make a run, unless it is there or another process is at it.

    Args:
        job: which, and where.
        tell: called a few times a second with the share of its steps that is taken.

    Raises:
        InvalidFile: if the store cannot be written, or is not the one that was meant.
        EMTError: what training and checks refuse.
    """
    store, configuration = Store(job.store), job.configuration
    if job.identity is not None and store.carried() != job.identity:
        raise InvalidFile(
            f"the machine {node()} does not see the store {job.store}; workers share its folder through the file system"
        )
    try:
        if configuration in store:
            return Ended.FOUND
        with store.held(configuration) as folder:
            run = _train(configuration, folder, tell)
            store.write(configuration, run, _check(configuration, run))
    except InUse:
        return Ended.BUSY
    except InvalidFile:
        if configuration in store:  # made since we looked
            return Ended.FOUND
        raise
    return Ended.DONE


def _train(configuration: Configuration, folder: RunFolder, tell: Callable[[float], Any]) -> TrainingRun:
    _clear(configuration, folder)
    with one_blas_thread():
        return train_one(configuration.setting, configuration.backend, folder, lambda progress: tell(progress.share))


def _clear(configuration: Configuration, folder: RunFolder) -> None:
    """Remove a checkpoint that is damaged, or of an earlier version: the run is begun again."""
    try:
        folder.begin(configuration.setting, configuration.backend)
    except (InvalidFile, InvalidOption):
        folder.forget()


def train_together(store: Store, runs: Sequence[Configuration], tell: Callable[[int, float], Any]) -> None:
    """Train runs of one shape in one program of JAX, each up to its last checkpoint; `make` has only to check them then.

    What another process makes is left to it; a run whose folder cannot be made says so when it is made.

    Args:
        store: where.
        runs: those that are missing.
        tell: called a few times a second with the index of a run and the share of its steps that is taken.
    """
    with ExitStack() as stack:
        held = dict[int, RunFolder]()
        for index, run in enumerate(runs):
            with suppress(InUse, InvalidFile):
                held[index] = stack.enter_context(store.held(run))
                _clear(run, held[index])
        chosen = [runs[index].setting for index in held]

        def told(all_: Sequence[Progress]) -> None:
            for index, progress in zip(held, all_, strict=True):
                tell(index, progress.share)

        if held:
            advance_runs(together, chosen, "jax", list(held.values()), told)


def _check(configuration: Configuration, run: TrainingRun) -> CheckResult | None:
    if (how := configuration.check) is None:
        return None
    return check(run.net, configuration.task, how.sequences, how.horizon, how.seed, lifetime=how.lifetime)

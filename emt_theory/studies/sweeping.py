"""`sweep`: make the runs of a grid that a store lacks, on as many processes as there are cores or on a cluster, and lose nothing.

    grid  →  what is missing  →  workers, one BLAS thread each  →  table

>>> import tempfile
>>> from emt_theory.training import Protocol, Scheduled
>>> brief = Protocol(steps=5, learning_rate=0.02, curriculum=Scheduled((4,), (0,)), test_horizon=4, test_sequences=8)
>>> task = {"num_variables": 2, "dim": 1, "rule": ["u[2][0]"]}
>>> with tempfile.TemporaryDirectory() as store:
...     grid = {"tasks": task, "hidden": [4, 6], "protocols": brief, "check": False}
...     sweep(grid, store, workers=0), sweep(grid, store, workers=0)
(Sweep(2 runs: 2 done, 0 there before, 0 failed), Sweep(2 runs: 0 done, 2 there before, 0 failed))
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emt_theory.errors import InvalidFile, InvalidOption
from emt_theory.ground import signals
from emt_theory.ground.arguments import callback
from emt_theory.ground.json import Record
from emt_theory.ground.processes import Failure
from emt_theory.ground.text import clock, shown
from emt_theory.studies.configuration import Configuration
from emt_theory.studies.grid import read_grid
from emt_theory.studies.places import Place, place
from emt_theory.studies.store import Status, Store
from emt_theory.studies.table import Table
from emt_theory.studies.work import Ended
from emt_theory.training import Spread

PATIENCE = 1.0
"""Seconds between two looks at runs that another process is making."""

_SOON = 2.0
"""Seconds before which a speed says nothing."""

Config = str | os.PathLike[str] | Mapping[str, Any] | Sequence[Configuration]


@dataclass(frozen=True)
class SweepProgress(Record):
    """A sweep on its way.

    Attributes:
        runs, done, running, failed: in all, ended well, at work, given up.
        seconds_left: at the speed so far; None as long as there is none.

    >>> print(SweepProgress(40, 12, 2, 1, 200.0))
    12 of 40 runs done, 2 running, 1 failed; 3:20 left
    """

    runs: int
    done: int
    running: int
    failed: int
    seconds_left: float | None

    def __str__(self) -> str:
        lost = f", {self.failed} failed" if self.failed else ""
        left = "" if self.seconds_left is None else f"; {clock(self.seconds_left)} left"
        return f"{self.done} of {self.runs} runs done, {self.running} running{lost}{left}"


@dataclass(frozen=True, eq=False, repr=False)
class Sweep(Record):
    """What a sweep has come to.

    Attributes:
        runs: how many there are.
        done: how many were made now.
        skipped: how many were there before, or were made by another process meanwhile.
        failures: key, configuration in words, and reason of each that was given up.
        store: the folder.
        table: a row for each run.
    """

    JSON = ("runs", "done", "failed", "skipped", "store", "failures", "rows=table.rows")

    runs: int
    done: int
    skipped: int
    failures: tuple[dict[str, str], ...]
    store: Path
    table: Table

    @property
    def failed(self) -> int:
        """How many were given up."""
        return len(self.failures)

    def __repr__(self) -> str:
        return f"Sweep({self.runs} runs: {self.done} done, {self.skipped} there before, {self.failed} failed)"

    def __str__(self) -> str:
        return f"{self!r}\n{self.table.summary()}"


def sweep(
    config: Config,
    store: str | os.PathLike[str] | Store = "emt-runs",
    workers: int | None = None,
    progress: Callable[[SweepProgress], object] | bool | None = None,
    retry: bool = False,
    cluster: Any = None,
    spread: str = Spread.AUTO,
) -> Sweep:
    """Make the runs that a store lacks.

    Several processes may do the same sweep, or others, on one store: each run is made by one of them.

    Args:
        config: a TOML file, a dictionary with its keys, or configurations; see `emt_theory.studies.grid`.
        store: a folder of runs, which is made if it is not there.
        workers: how many processes; 0 for this one alone, None for as many as there are cores.
        progress: called a few times a second; True writes it to stderr.
        retry: whether runs that were given up before are tried again.
        cluster: instead of processes here, the workers of a Dask scheduler: its address, a client, a cluster object, or "slurm" for
            jobs as the grid's table `slurm` says; see `emt_theory.studies.places`.
        spread: as for `emt_theory.training.train_many`: on an accelerator ("auto"), or "vectorized", JAX runs that differ in seed, λ and
            learning rate alone are trained in one program; their weights are those of runs alone up to rounding.

    Returns:
        What was done, with the table of all runs of the grid. A run that fails is named in it, and does not end the others.

    Raises:
        InvalidOption, InvalidTask, InvalidFile: if the configuration or the store cannot be read, or a cluster does not answer.
        WorkLost: if the scheduler of a cluster is gone; the same call goes on.
        KeyboardInterrupt: on Ctrl-C, SIGTERM or SIGHUP, after the runs under way were kept; the same call goes on with them.
    """
    runs, kept = read_grid(config), store if isinstance(store, Store) else Store(store)
    if not isinstance(retry, bool):
        raise InvalidOption(f"retry must be True or False; got {shown(retry)}")
    say, meter = callback("progress", progress), _Meter(runs)
    with signals.raised(), place(kept, workers, cluster, spread, config) as made_at:
        for run in runs:
            if run in kept:
                kept.tidy(run)
                meter.end(run, _found(kept, run))
            elif not retry and (reason := kept.reason(run)):
                meter.end(run, Failure(reason))
        while waiting := [run for run in runs if run.key not in meter.ended]:
            if ready := [run for run in waiting if kept.status(run) is not Status.RUNNING]:
                _work(kept, ready, made_at, meter, say)
            else:  # another process is making what is left
                time.sleep(PATIENCE)
        return meter.sweep(kept)


def _work(
    store: Store, runs: Sequence[Configuration], made_at: Place, meter: _Meter, say: Callable[[SweepProgress], object]
) -> None:
    """Have runs made, the longest first, and note what becomes of each."""
    ordered = sorted(runs, key=lambda run: -run.cost)

    def told(index: int, share: float) -> None:
        meter.note(ordered[index], share)
        say(meter.progress())

    with closing(made_at(ordered, told)) as outcomes:
        for index, outcome in outcomes:
            run = ordered[index]
            if isinstance(outcome, Failure) and not isinstance(outcome.error, InvalidFile | OSError):
                store.give_up(run, outcome.reason)  # a full disk is not the run's fault
            meter.end(run, outcome)
            say(meter.progress())


def _found(store: Store, run: Configuration) -> Ended | Failure:
    """That a run was there before; a failure if its record is damaged, which ends no other run."""
    try:
        store[run]
    except InvalidFile as error:
        return Failure(str(error))
    return Ended.FOUND


def count(config: Config, store: str | os.PathLike[str] | Store = "emt-runs") -> tuple[dict[str, int], Table]:
    """How many runs of a grid are done, running, failed and missing, and what is there already; makes nothing.

    Args:
        config: as for `sweep`.
        store: as for `sweep`.

    >>> import tempfile
    >>> grid = {"tasks": "T1", "hidden": [64, 128], "seeds": 3}
    >>> with tempfile.TemporaryDirectory() as store:
    ...     counts, table = count(grid, store)
    >>> counts["missing"], len(table)
    (6, 6)
    """
    table = (store if isinstance(store, Store) else Store(store)).table(read_grid(config))
    counts = Counter(table.column("status"))
    return {str(status): counts[status] for status in Status}, table


class _Meter:
    """What became of runs, how far the others are, and how long they take at the speed so far."""

    def __init__(self, runs: Sequence[Configuration]) -> None:
        self.ended: dict[str, Ended | Failure] = {}
        self._runs, self._left, self._made = runs, {run.key: run.cost for run in runs}, 0.0
        self._shares: dict[str, tuple[float, float]] = {}  # where a run was when it was first heard of, and where it is
        self._began: float | None = None

    def note(self, run: Configuration, share: float) -> None:
        """A run is under way."""
        if self._began is None:
            self._began = time.monotonic()
        first, _ = self._shares.get(run.key, (share, share))
        self._shares[run.key] = first, share

    def end(self, run: Configuration, outcome: Ended | Failure) -> None:
        """A run has ended, unless another process is at it."""
        first, _ = self._shares.pop(run.key, (0.0, 0.0))
        if outcome is not Ended.BUSY:
            self.ended[run.key] = outcome
            cost = self._left.pop(run.key)
            self._made += cost * (1 - first) if outcome is Ended.DONE else 0.0

    def progress(self) -> SweepProgress:
        """How far they are in all."""
        made = self._made + sum(self._left[key] * (share - first) for key, (first, share) in self._shares.items())
        rest = sum(self._left.values()) - sum(self._left[key] * share for key, (_, share) in self._shares.items())
        seconds = 0.0 if self._began is None else time.monotonic() - self._began
        left = rest * seconds / made if made and seconds > _SOON else None
        failed = sum(isinstance(outcome, Failure) for outcome in self.ended.values())
        return SweepProgress(len(self._runs), len(self.ended) - failed, len(self._shares), failed, left)

    def sweep(self, store: Store) -> Sweep:
        """What they have come to."""
        named = [(run, self.ended[run.key]) for run in self._runs]
        failures = [
            {"run": run.key, "what": str(run), "reason": outcome.reason}
            for run, outcome in named
            if isinstance(outcome, Failure)
        ]
        counts = Counter(outcome for _, outcome in named if not isinstance(outcome, Failure))
        table = store.table(self._runs)
        return Sweep(len(self._runs), counts[Ended.DONE], counts[Ended.FOUND], tuple(failures), store.path, table)

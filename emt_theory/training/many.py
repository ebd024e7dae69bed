"""`train_many`: the same task with many seeds.

On an accelerator the runs are one program, vectorized and spread over the devices. On a CPU that is slower than one run after another, so
they go to processes, one core each.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from enum import StrEnum
from pathlib import Path
from typing import Any

from emt_theory.errors import InvalidOption, WorkLost
from emt_theory.ground import signals
from emt_theory.ground.arguments import callback, integer, member, sequence
from emt_theory.ground.files import named_path
from emt_theory.ground.processes import Failure, Tell, compute, cores, require_sendable
from emt_theory.tasks import Task
from emt_theory.training.folder import CHECKPOINT, RunFolder
from emt_theory.training.protocol import Protocol
from emt_theory.training.run import TrainingRun
from emt_theory.training.single import (
    FAST,
    advance_runs,
    find_backend,
    import_jax_engine,
    make_setting,
    refuse_misplaced,
    to_run,
    train,
)
from emt_theory.training.sources import Sampler


class Spread(StrEnum):
    """How several runs share a machine."""

    AUTO = "auto"
    PROCESSES = "processes"
    VECTORIZED = "vectorized"


def train_many(
    task: Task | Sampler,
    seeds: Sequence[int],
    hidden: int = 128,
    backend: str = "numpy",
    protocol: Protocol | Sequence[Protocol] = FAST,
    activation: str = "tanh",
    cell: str = "elman",
    out: str | os.PathLike[str] | None = None,
    spread: str = Spread.AUTO,
    processes: int | None = None,
    finished: Callable[[TrainingRun], None] | None = None,
    dtype: str = "float32",
    **misplaced: object,
) -> list[TrainingRun]:
    """Train one network for each seed.

    Args:
        task: as for `train`; for processes a sampler, or the class of a task of your own, must stand in a module.
        seeds: one for each run.
        hidden: as for `train`.
        backend: as for `train`.
        protocol: one for all runs, or one for each. Vectorized runs may differ in seed, L2 term, learning rate, decay, warm-up and start.
        activation: as for `train`.
        cell: as for `train`.
        out: a folder, which receives one folder `run-K` for each run, K = 0, 1, …; None writes nothing.
        spread: "processes", "vectorized" (JAX), or "auto": vectorized on an accelerator, processes on a CPU.
        processes: how many at once; the number of cores if left out.
        finished: called with each run as it ends, in the order in which they do.
        dtype: as for `train`.
        misplaced: nothing, as for `train`.

    Returns:
        The runs, in the order of the seeds.

    Raises:
        InvalidOption: as `train`; or if a list has another length than `seeds`.
        InvalidFile: if a folder is in the way or cannot be written.
        WorkLost: if the process of a run died three times, each time from its checkpoint on; it has the others, which end first.
    """
    refuse_misplaced("train_many", misplaced)
    seeds = sequence("seeds", seeds)
    callback("finished", finished)
    each = zip(seeds, _one_each("protocol", protocol, len(seeds)), strict=True)
    settings = [make_setting(task, hidden, seed, p, activation, cell, dtype) for seed, p in each]
    if not settings:
        return []
    find_backend(backend, settings[0].cell)
    folders = [None if out is None else named_path(out) / f"run-{k}" for k in range(len(seeds))]
    if _spread(spread, backend) is Spread.VECTORIZED:
        return _vectorized(settings, backend, folders, finished)
    for folder in filter(None, folders):
        RunFolder(folder)  # refuses what is there, before anything is computed
    common = {"hidden": hidden, "backend": backend, "activation": activation, "cell": cell, "dtype": dtype}
    calls = [
        {"task": task, "seed": setting.seed, "protocol": setting.protocol, "out": folder, **common}
        for setting, folder in zip(settings, folders, strict=True)
    ]
    most = cores() if processes is None else integer("processes", processes, least=1)
    return _in_processes(calls, most, finished)


def _spread(spread: str, backend: str) -> Spread:
    chosen = member(Spread, "spread", spread)
    if chosen is Spread.VECTORIZED and backend != "jax":
        raise InvalidOption("only the jax backend is vectorized; choose backend 'jax', or spread 'processes'")
    if chosen is Spread.AUTO:
        on_accelerator = backend == "jax" and import_jax_engine().device_kind() != "cpu"
        return Spread.VECTORIZED if on_accelerator else Spread.PROCESSES
    return chosen


def _one_each(name: str, given: Any, count: int) -> list[Any]:
    if not isinstance(given, (list, tuple)):
        return [given] * count
    if len(given) != count:
        raise InvalidOption(f"{name} must be one value, or one for each of the {count} seeds; got {len(given)}")
    return list(given)


def _vectorized(
    settings: list[Any], backend: str, paths: list[Path | None], finished: Callable[[TrainingRun], None] | None
) -> list[TrainingRun]:
    folders = [None if path is None else RunFolder(path) for path in paths]
    with ExitStack() as held:
        for folder in filter(None, folders):
            held.enter_context(folder.held())
        return _train_at_once(settings, backend, folders, finished)


def _train_at_once(
    settings: list[Any], backend: str, folders: list[RunFolder | None], finished: Callable[[TrainingRun], None] | None
) -> list[TrainingRun]:
    runs: list[TrainingRun] = []
    for trained, folder in zip(
        advance_runs(together, settings, backend, folders, lambda _: None), folders, strict=True
    ):
        run = to_run(trained, backend, folder)
        if folder is not None:
            folder.finish(run)
        if finished is not None:
            finished(run)
        runs.append(run)
    return runs


def together(settings: list[Any]) -> Any:
    """The engine that trains runs of one shape in one program."""
    return import_jax_engine().JaxEngine(settings, many=True)


def _in_processes(
    calls: list[dict[str, Any]], most: int, finished: Callable[[TrainingRun], None] | None
) -> list[TrainingRun]:
    runs, failures = dict[int, TrainingRun](), dict[int, Failure]()
    require_sendable(calls, "the task or the sampler")
    with signals.raised(), closing(compute(_train, calls, most)) as outcomes:
        for k, run in outcomes:
            if isinstance(run, Failure):
                failures[k] = run
                continue
            runs[k] = run
            if finished is not None:
                finished(run)
    for failure in failures.values():
        if failure.error is not None:
            raise failure.error
    if failures:
        lost = "; ".join(f"run {k} (seed {calls[k]['seed']}): {failure.reason}" for k, failure in failures.items())
        raise WorkLost(f"{lost}; the other {len(runs)} have ended", dict(sorted(runs.items())))
    return [runs[k] for k in range(len(calls))]


def _train(call: dict[str, Any], _tell: Tell) -> TrainingRun:
    # A process before this one may have died in the middle of the run: what it kept is gone on with.
    return train(**call, resume=call["out"] is not None and (call["out"] / CHECKPOINT).exists())

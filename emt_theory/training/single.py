"""`train`: one task, one seed, one network."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import fields
from importlib import import_module
from typing import Any, NamedTuple

from emt_theory.errors import InvalidOption
from emt_theory.ground import arguments, signals
from emt_theory.ground.arguments import choice, integer, is_integer, sequence
from emt_theory.ground.text import shown
from emt_theory.networks import ElmanRNN, Network
from emt_theory.networks import activation as find_activation
from emt_theory.networks.kinds import kind as find_kind
from emt_theory.networks.kinds import takes
from emt_theory.tasks import Task
from emt_theory.training.cells import to_network
from emt_theory.training.engine import Engine, Setting, State, weights_of
from emt_theory.training.evaluate import evaluate
from emt_theory.training.fitting import fit
from emt_theory.training.folder import CHECKPOINT_SECONDS, RunFolder
from emt_theory.training.loop import Ending, Track, advance_all
from emt_theory.training.progress import Progress
from emt_theory.training.protocol import FastProtocol, Protocol
from emt_theory.training.restarts import attempts_at, first_solved
from emt_theory.training.run import Snapshot, TrainingRun, notes_of
from emt_theory.training.sources import Sampler, to_source, try_out

BACKENDS = ("numpy", "jax")
_DTYPES = ("float32", "float64")
FAST = FastProtocol()
_LARGEST_NETWORK = 65_536
"""Hidden units; W_hh alone then takes 17 GB in float32."""


def train(
    task: Task | Sampler,
    hidden: int = 128,
    backend: str = "numpy",
    seed: int = 0,
    protocol: Protocol = FAST,
    activation: str = "tanh",
    cell: str = "elman",
    out: str | os.PathLike[str] | None = None,
    progress: Callable[[Progress], None] | bool | None = None,
    resume: bool = False,
    overwrite: bool = False,
    dtype: str = "float32",
    snapshots: int | Sequence[int] = 0,
    restarts: int = 0,
    **misplaced: object,
) -> TrainingRun:
    """Train a network on a task.

    A loss that diverges is an outcome, not an error: `run.outcome` and `run.reason` say so, and `run.net` has the last sound weights.

    Args:
        task: a task of any kind, or a sampler `(rng, batch, horizon) -> (inputs, targets)`; see `emt_theory.training.sources`.
        hidden: N.
        backend: "numpy", or "jax" (an extra).
        seed: of weights and batches; the same on both backends.
        protocol: how; `FastProtocol()`, `PaperProtocol()`, or your own.
        activation: σ of an Elman network, one of `emt_theory.networks.ACTIVATIONS`.
        cell: "elman", or on JAX another of `emt_theory.networks.KINDS`.
        out: a folder for weights, history and picture, and meanwhile for checkpoints; None writes nothing.
        progress: called a few times a second; True writes it to stderr.
        resume: go on from the checkpoint in `out`, if there is one.
        overwrite: whether an earlier run in `out` may be replaced.
        dtype: in which training computes.
        snapshots: after which steps the network is kept, 0 being before the first; or how many, evenly spread, the last one at the end.
        restarts: how many more seeds to try while the task is missed; see `emt_theory.training.restarts`.
        misplaced: nothing; what belongs to the protocol is refused by name.

    Raises:
        InvalidOption: if an argument is outside its range, the task cannot be trained on, or the backend is unknown or not installed.
        InvalidFile: if `out` is in the way or cannot be written.
        KeyboardInterrupt: on Ctrl-C, SIGTERM or SIGHUP, after a checkpoint was written; `resume` ends in the same weights, bit for bit.

    >>> import emt_theory as emt
    >>> brief = emt.FastProtocol(steps=300, test_horizon=8)
    >>> train(emt.tasks.repeat_copy(num_variables=2, dim=1), hidden=8, protocol=brief).accuracy
    1.0
    """
    refuse_misplaced("train", misplaced)
    setting = make_setting(task, hidden, seed, protocol, activation, cell, dtype)
    attempts, wanted = attempts_at(setting, restarts), snapshot_steps(snapshots, setting.protocol.steps)
    find_backend(backend, setting.cell)  # refused before a folder is made
    folder, told = _folder(out, overwrite, resume), arguments.callback("progress", progress)
    with folder.held() if folder else nullcontext():
        run = first_solved(attempts, lambda one: train_one(one, backend, folder, told, wanted), folder, backend, wanted)
        if folder is not None:
            folder.finish(run)
        return run


def _folder(out: str | os.PathLike[str] | None, overwrite: bool, resume: bool) -> RunFolder | None:
    if out is None and resume:
        raise InvalidOption("resume needs the folder of the run to go on with: pass out")
    return None if out is None else RunFolder(out, overwrite, resume)


def refuse_misplaced(function: str, given: Mapping[str, object]) -> None:
    """Refuse arguments that a function does not have.

    Raises:
        InvalidOption: if there is one; says where it goes.

    >>> refuse_misplaced("train", {"l2": 1e-3})
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidOption: l2 is part of the protocol: train(..., protocol=FastProtocol(l2=0.001))
    """
    for name, value in given.items():
        if name in {field.name for field in fields(Protocol)}:
            said = f"{name}={shown(value)}"
            raise InvalidOption(f"{name} is part of the protocol: {function}(..., protocol=FastProtocol({said}))")
        raise InvalidOption(f"{function} has no argument {shown(name)}")


class Trained(NamedTuple):
    """A run at its end: its track, what its engine holds, and the seconds it took in all sittings."""

    track: Track
    state: State
    seconds: float


def advance_runs(
    make_engine: Callable[[list[Setting]], Engine],
    settings: Sequence[Setting],
    backend: str,
    folders: Sequence[RunFolder | None],
    progress: Callable[[Sequence[Progress]], object],
    wanted: tuple[int, ...] = (),
) -> list[Trained]:
    """Take runs from where their folders left them to their ends; the checkpoints there are then those of the ends.

    Args:
        make_engine: makes the engine; not called where all runs have ended before.
        settings: what is trained, one run each.
        backend: its name.
        folders: of the runs.
        progress: called a few times a second with how far each is.
        wanted: after which steps weights are kept.
    """
    began = kept = time.perf_counter()
    begun = [
        folder.begin(setting, backend, wanted) if folder else (Track(setting, wanted=wanted), None)
        for setting, folder in zip(settings, folders, strict=True)
    ]
    tracks = [track for track, _ in begun]
    if all(state is not None and track.outcome is not None for track, state in begun):
        return [Trained(track, state, track.elapsed) for track, state in begun if state is not None]
    engine = make_engine(list(settings))
    for k, (_, state) in enumerate(begun):
        if state is not None:
            engine.restore(k, state)

    def keep() -> None:
        nonlocal kept
        kept = time.perf_counter()
        for k, (track, folder) in enumerate(zip(tracks, folders, strict=True)):
            if folder is not None:
                folder.keep(track, engine.state(k), backend, track.elapsed + kept - began)

    def after() -> None:
        try:
            progress([track.progress() for track in tracks])
        except BaseException:  # the caller's, who loses no step by it
            keep()
            raise
        if time.perf_counter() - kept > CHECKPOINT_SECONDS:
            keep()

    keep()
    with signals.deferred() as interrupted:
        advance_all(engine, tracks, interrupted, after, last=keep)
    keep()
    seconds = time.perf_counter() - began
    return [Trained(track, engine.state(k), track.elapsed + seconds) for k, track in enumerate(tracks)]


def train_one(
    setting: Setting,
    backend: str,
    folder: RunFolder | None,
    progress: Callable[[Progress], object],
    wanted: tuple[int, ...] = (),
) -> TrainingRun:
    """Take a run from where its folder left it to its end, and test it; as `advance_runs`."""
    make_engine = find_backend(backend, setting.cell)
    (trained,) = advance_runs(make_engine, [setting], backend, [folder], lambda runs: progress(runs[0]), wanted)
    return to_run(trained, backend, folder)


def to_run(trained: Trained, backend: str, folder: RunFolder | None) -> TrainingRun:
    """Test what was trained."""
    track, state, seconds = trained
    setting, p = track.setting, track.setting.protocol
    notes = notes_of(setting, backend, track.step)
    net = to_network(setting.cell, weights_of(state), setting.activation, notes)
    test = evaluate(net, setting.source, p.test_sequences, p.test_horizon, setting.seed)
    outcome = track.outcome or Ending.FINISHED
    path = None if folder is None else folder.path
    kept = tuple(
        Snapshot(step, to_network(setting.cell, weights, setting.activation, notes_of(setting, backend, step)))
        for step, weights in sorted(track.snapshots.items())
    )
    return TrainingRun(
        net, setting, backend, track.history, test, seconds, track.computing, outcome, track.reason, path, kept
    )


def snapshot_steps(given: int | Sequence[int], steps: int) -> tuple[int, ...]:
    """After which steps the network is kept, in order.

    Raises:
        InvalidOption: if there are not so many steps; names the entry.

    >>> snapshot_steps(3, 100), snapshot_steps([50, 0], 100)
    ((33, 67, 100), (0, 50))
    """
    if is_integer(given):
        count = integer("snapshots", given, least=0, most=steps)
        return tuple(sorted({round(steps * (k + 1) / count) for k in range(count)}))
    listed = sequence("snapshots", given)
    return tuple(sorted({integer(f"snapshots[{k}]", step, least=0, most=steps) for k, step in enumerate(listed)}))


def make_setting(
    task: Task | Sampler,
    hidden: int,
    seed: int,
    protocol: Protocol,
    activation: str,
    cell: str,
    dtype: str,
) -> Setting:
    """The arguments of `train`, checked."""
    size, number = integer("hidden", hidden, least=1), arguments.seed(seed)
    if size > _LARGEST_NETWORK:
        raise InvalidOption(f"{shown(size)} hidden units are too many; the most is {_LARGEST_NETWORK}")
    if not isinstance(protocol, Protocol):
        raise InvalidOption(f"protocol must be a Protocol, such as FastProtocol(); got {shown(protocol)}")
    choice("dtype", dtype, _DTYPES)
    kind = find_kind(cell).kind
    sigma, source = find_activation(activation), to_source(task)
    sigma.require("slope", "training")
    if sigma.name != "tanh" and not takes(find_kind(cell), "activation"):
        raise InvalidOption(f"the cell {cell} has no activation to choose; leave activation={activation!r} out")
    if protocol.biases and kind != ElmanRNN.kind:
        raise InvalidOption(f"biases are trained in the elman cell only; leave biases out of the protocol for {kind}")
    try_out(source, max(protocol.curriculum.horizons))
    return Setting(source, size, number, fit(protocol, source, size, sigma.name, kind), sigma.name, kind, dtype)


def find_backend(name: str, cell: str = "elman") -> Callable[[list[Setting]], Engine]:
    """What makes a backend's engine.

    Raises:
        InvalidOption: if there is no such backend, it is not installed, or it does not train this cell; says what would help.
    """
    if choice("backend", name, BACKENDS) == "numpy":
        if cell != "elman":
            raise InvalidOption(f"the numpy backend trains the elman cell only; for {cell} choose backend 'jax'")
        from emt_theory.training.numpy_engine import NumpyEngine

        return NumpyEngine
    made = find_kind(cell)
    if made is not ElmanRNN and made.formula is Network.formula:
        raise InvalidOption(f"the jax backend trains cells that are given by a formula; {cell} is not")
    return import_jax_engine().JaxEngine


def import_jax_engine() -> Any:
    """The JAX backend's module.

    Raises:
        InvalidOption: if JAX or Optax is not installed; names the command.
    """
    for name in ("jax", "optax"):
        try:
            import_module(name)
        except ImportError:
            raise InvalidOption(
                f"the jax backend is not installed ({name} is missing); install it with: pip install 'emt_theory[jax]'"
            ) from None
    from emt_theory.training import jax_engine

    return jax_engine

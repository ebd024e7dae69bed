"""Where runs are made: in this process, in others on this machine, or on the workers of a cluster.

    None       processes here, or none           "tcp://host:8786", a Dask client, a Dask cluster      its workers
    "slurm"    workers that are SLURM jobs; see `emt_theory.studies.slurm`

On an accelerator the JAX runs of one shape are trained in one program before, each up to its last checkpoint (`work.train_together`).
Everywhere a run is made by `emt_theory.studies.work.make`, which holds the lock of its folder and goes on from its checkpoint. The workers
of a cluster reach the store through the file system: it is one folder, under the same path on all machines, whose locks all of them see.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import integer, member
from emt_theory.ground.cluster import compute_on, connected
from emt_theory.ground.json import canonical
from emt_theory.ground.processes import Failure, compute, compute_here, cores, require_sendable
from emt_theory.studies.configuration import Configuration
from emt_theory.studies.slurm import jobs_of, slurm_of
from emt_theory.studies.store import Store
from emt_theory.studies.work import Ended, Job, make, train_together
from emt_theory.training import Spread
from emt_theory.training.single import import_jax_engine

_MOST_WORKERS = 1024
_TOGETHER = 256
"""Runs in one program: each holds the lock of its folder, which is an open file."""

Told = Callable[[int, float], None]
Place = Callable[[Sequence[Configuration], Told], Generator[tuple[int, Ended | Failure]]]
"""Has runs made, in their order; tells how far each is, and yields what became of it, both by its index."""


@contextmanager
def place(store: Store, workers: int | None, cluster: Any, spread: str, config: Any) -> Generator[Place]:
    """Where the runs of a sweep are made; see above.

    Args:
        store: the folder.
        workers: how many processes here; 0 for this one alone, None for as many as there are cores, or on a cluster.
        cluster: see above.
        spread: whether runs are vectorized; as for `emt_theory.training.train_many`.
        config: the grid, which may have a table for SLURM.

    Raises:
        InvalidOption: if `workers` or `spread` does not fit, the cluster does not answer, or what it needs is not installed.
    """
    chosen = member(Spread, "spread", spread)
    if cluster is None:
        most = cores() if workers is None else integer("workers", workers, least=0, most=_MOST_WORKERS)
        yield lambda runs, told: _here(store, most, chosen, runs, told)
        return
    if chosen is Spread.VECTORIZED:
        raise InvalidOption(
            "vectorized runs are one program of this machine; leave the cluster out, or choose spread 'processes'"
        )
    if workers is not None:
        raise InvalidOption(
            "workers are processes of this machine, and a cluster has its own; leave one of the two out"
        )
    with ExitStack() as stack:
        tend: Callable[[], object] = lambda: None  # noqa: E731
        if isinstance(cluster, str) and cluster == "slurm":
            cluster, tend = stack.enter_context(jobs_of(slurm_of(config), store.path))
        client = stack.enter_context(connected(cluster))
        identity, folder = store.identity(), store.path.resolve()
        yield lambda runs, told: compute_on(client, make, [Job(folder, run, identity) for run in runs], told, tend)


def _here(
    store: Store, most: int, spread: Spread, runs: Sequence[Configuration], told: Told
) -> Generator[tuple[int, Ended | Failure]]:
    jobs = [Job(store.path, run) for run in runs]
    if most:
        require_sendable(jobs, "the class of the task")
    for group in _groups(runs, spread):
        train_together(store, [runs[index] for index in group], lambda k, share, group=group: told(group[k], share))
    yield from compute(make, jobs, most, told) if most else compute_here(make, jobs, told)


def _groups(runs: Sequence[Configuration], spread: Spread) -> list[list[int]]:
    """The indices of runs that are trained in one program."""
    if spread is Spread.VECTORIZED and (others := {run.backend for run in runs} - {"jax"}):
        raise InvalidOption(f"only the jax backend is vectorized; these runs have backend {', '.join(sorted(others))}")
    vectorized = [k for k, run in enumerate(runs) if run.backend == "jax"]
    if spread is Spread.PROCESSES or not vectorized:
        return []
    engine = import_jax_engine()
    if spread is Spread.AUTO and engine.device_kind() == "cpu":
        return []
    groups = dict[str, list[int]]()
    for k in vectorized:
        groups.setdefault(canonical(engine.shape_of(runs[k].setting)), []).append(k)
    return [group[k : k + _TOGETHER] for group in groups.values() for k in range(0, len(group), _TOGETHER)]

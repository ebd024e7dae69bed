"""Where runs are made: in this process, in others on this machine, or on the workers of a cluster.

    None       processes here, or none           "tcp://host:8786", a Dask client, a Dask cluster      its workers
    "slurm"    workers that are SLURM jobs; see `emt_theory.studies.slurm`

Everywhere a run is made by `emt_theory.studies.work.make`, which holds the lock of its folder and goes on from its checkpoint. The workers
of a cluster reach the store through the file system: it is one folder, under the same path on all machines, whose locks all of them see.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import integer
from emt_theory.ground.cluster import compute_on, connected
from emt_theory.ground.processes import Failure, compute, compute_here, cores, require_sendable
from emt_theory.studies.configuration import Configuration
from emt_theory.studies.slurm import jobs_of, slurm_of
from emt_theory.studies.store import Store
from emt_theory.studies.work import Ended, Job, make

_MOST_WORKERS = 1024

Told = Callable[[int, float], None]
Place = Callable[[Sequence[Configuration], Told], Generator[tuple[int, Ended | Failure]]]
"""Has runs made, in their order; tells how far each is, and yields what became of it, both by its index."""


@contextmanager
def place(store: Store, workers: int | None, cluster: Any, config: Any) -> Generator[Place]:
    """Where the runs of a sweep are made; see above.

    Args:
        store: the folder.
        workers: how many processes here; 0 for this one alone, None for as many as there are cores, or on a cluster.
        cluster: see above.
        config: the grid, which may have a table for SLURM.

    Raises:
        InvalidOption: if `workers` does not fit, the cluster does not answer, or what it needs is not installed.
    """
    if cluster is None:
        most = cores() if workers is None else integer("workers", workers, least=0, most=_MOST_WORKERS)
        yield lambda runs, told: _here(store, most, runs, told)
        return
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


def _here(store: Store, most: int, runs: Sequence[Configuration], told: Told) -> Generator[tuple[int, Ended | Failure]]:
    jobs = [Job(store.path, run) for run in runs]
    if not most:
        return compute_here(make, jobs, told)
    require_sendable(jobs, "the class of the task")
    return compute(make, jobs, most, told)

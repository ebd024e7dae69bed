"""Workers as SLURM jobs, by dask-jobqueue.

    [slurm]                                 # a table of the grid
    jobs = 16                               # so many jobs, each one worker on one core
    walltime = "04:00:00"                   # longer than a run takes; a run whose job ends goes on in another one
    memory = "2GB"
    queue = "short"                         # sbatch -p, and -A; left out, the site's default
    account = "theory"
    interface = "ib0"                       # the network between the jobs and this machine
    directives = ["--exclude=node7"]        # more lines #SBATCH
    prologue = ["module load python"]       # lines of the job before its worker

All of them may be left out. The scheduler runs here, as long as the sweep does; then its jobs are cancelled. What they print lies in
the folder `.slurm` of the store.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from shutil import which
from typing import Any

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import choice, integer, sequence
from emt_theory.ground.cluster import import_cluster
from emt_theory.ground.files import read_toml
from emt_theory.ground.json import Record
from emt_theory.ground.processes import ONE_THREAD
from emt_theory.ground.text import first_line, printable, shown

_MOST_JOBS = 10_000


@dataclass(frozen=True)
class Slurm(Record):
    """What is asked of SLURM; see above.

    Raises:
        InvalidOption: if a value does not fit; names it.
    """

    jobs: int = 1
    walltime: str = "08:00:00"
    memory: str = "2GB"
    queue: str | None = None
    account: str | None = None
    interface: str | None = None
    directives: tuple[str, ...] = ()
    prologue: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "jobs", integer("jobs", self.jobs, least=1, most=_MOST_JOBS))
        for name in ("walltime", "memory", "queue", "account", "interface"):
            value = getattr(self, name)
            if not (_is_line(value) or (value is None and name not in ("walltime", "memory"))):
                raise InvalidOption(f"{name} of slurm must be a text; got {shown(value)}")
        for name in ("directives", "prologue"):
            lines = tuple(sequence(name, getattr(self, name)))
            if not all(_is_line(line) for line in lines):
                raise InvalidOption(f"{name} of slurm must be a list of lines; got {shown(list(lines))}")
            object.__setattr__(self, name, lines)


def _is_line(value: object) -> bool:
    return isinstance(value, str) and bool(value) and value.isprintable()


def slurm_of(config: Any) -> Slurm:
    """What a grid says of SLURM: the table `slurm` of a file or a dictionary; the defaults where there is none.

    Raises:
        InvalidOption: if it has an unknown field (names the nearest known one), or a value does not fit.
        InvalidFile: if the file cannot be read.
    """
    described = read_toml(config) if isinstance(config, str | os.PathLike) else config
    table = described.get("slurm", {}) if isinstance(described, Mapping) else {}
    if not isinstance(table, Mapping):
        raise InvalidOption(f"slurm must be a table; got {shown(table)}")
    for name in table:
        choice("field of slurm", name, [field.name for field in fields(Slurm)])
    return Slurm(**table)


@contextmanager
def jobs_of(slurm: Slurm, store: Path) -> Generator[tuple[Any, Callable[[], object]]]:
    """A Dask cluster of jobs, and what puts new jobs in the place of those that have ended.

    Args:
        slurm: what is asked for.
        store: the folder of runs.

    Raises:
        InvalidOption: if dask-jobqueue is missing, there is no SLURM here, or it refuses the job; says why.
    """
    jobqueue = import_cluster("dask_jobqueue")
    if which("sbatch") is None:
        raise InvalidOption("there is no sbatch on this machine; start the sweep where SLURM takes jobs")
    threads = [f"export {name}={value!r}" for name, value in ONE_THREAD.items()]
    try:
        cluster = jobqueue.SLURMCluster(
            cores=1,
            processes=1,
            memory=slurm.memory,
            walltime=slurm.walltime,
            queue=slurm.queue,
            account=slurm.account,
            interface=slurm.interface,
            job_extra_directives=list(slurm.directives),
            job_script_prologue=[*threads, *slurm.prologue],
            log_directory=str(store.resolve() / ".slurm"),
            python=sys.executable,
            job_name="emt",
            scheduler_options={"dashboard_address": ":0", "dashboard": False},
        )
    except Exception as error:  # noqa: BLE001 — what the package makes of values that do not fit
        raise InvalidOption(f"no scheduler for SLURM jobs can be started ({first_line(error)})") from None
    with cluster:
        _try_out(cluster.job_script())
        cluster.scale(jobs=slurm.jobs)
        yield cluster, lambda: cluster.scale(jobs=slurm.jobs)


def _try_out(script: str) -> None:
    """Have SLURM look at a job without running it: what it refuses later is in no place that a person looks at."""
    with tempfile.NamedTemporaryFile("w", suffix=".sh") as file:
        file.write(script)
        file.flush()
        tried = subprocess.run(["sbatch", "--test-only", file.name], capture_output=True, text=True, check=False)
    if tried.returncode:
        said = tried.stderr.split("\n")[0].strip() or f"exit code {tried.returncode}"
        raise InvalidOption(f"sbatch refuses the job: {printable(said)}")

"""Sweeps on a real Dask scheduler with two workers, which the tests start here, and on SLURM jobs, which a stand-in for `sbatch` runs."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from emt_theory.errors import InvalidOption
from emt_theory.studies import Store, read_grid, sweep
from tests.studies.populations import LONGER, run
from tests.studies.test_kills import finished
from tests.studies.test_sweep import without_times

MISSING = [name for name in ("distributed", "dask_jobqueue") if find_spec(name) is None]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(MISSING), reason="needs the extra emt_theory[cluster]")]
ROOT = Path(__file__).parents[2]
GRID = """
hidden = [4, 5]
l2 = [0, 0.1]
seeds = 2
check = false
[[tasks]]
num_variables = 2
dim = 1
rule = ["u[2][0]"]
[protocols]
steps = 3000
learning_rate = 0.02
batch = 9
test_horizon = 8
test_sequences = 16
curriculum = {horizons = [3, 6], starts = [0, 0.5]}
"""
SBATCH = """#!/bin/sh
case "$1" in --test-only) grep -q forbidden "$2" && { echo "sbatch: error: invalid partition" >&2; exit 1; }; exit 0;; esac
cp "$1" FOLDER/script-$$
PYTHONPATH=ROOT setsid bash FOLDER/script-$$ >FOLDER/out-$$ 2>&1 </dev/null &
echo $! >>FOLDER/jobs
echo "Submitted batch job $!"
"""
SCANCEL = """#!/bin/sh
kill -TERM -- -$1 2>/dev/null
echo $1 >>FOLDER/cancelled
"""


def environment(**more):
    return {**os.environ, "PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT": "1s", **more}


@contextmanager
def started(*words):
    """A process of Dask's, for as long as the block lasts."""
    command = [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:], "--no-dashboard"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def cluster(tmp_path):
    """The address of a scheduler, its two workers, and itself."""
    file = tmp_path / "scheduler.json"
    with ExitStack() as stack:
        scheduler = stack.enter_context(
            started("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file))
        )
        while not file.exists():
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        one = [address, "--nthreads", "1", "--no-nanny", "--local-directory", str(tmp_path / "scratch")]
        yield address, [stack.enter_context(started("worker", *one)) for _ in range(2)], scheduler


def emt(folder, *words, **more):
    """`emt sweep` on the grid, as a process."""
    (folder / "grid.toml").write_text(GRID + more.pop("slurm", ""))
    command = [sys.executable, "-m", "emt_theory.cli", "sweep", "grid.toml", "--store", "runs", "--json", *words]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(**more)
    )


def checkpoints(folder):
    return list((folder / "runs").glob("*/checkpoint.npz"))


def wait_for(what):
    until = time.monotonic() + 120
    while not (found := what()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


def test_a_worker_is_killed(tmp_path, cluster):
    address, workers, _ = cluster
    whole = without_times(sweep(LONGER, tmp_path / "whole", workers=0).table)
    seen = {}

    def kill(progress):
        if progress.done >= 2 and progress.running == 2 and not seen:
            seen.update(finished(tmp_path / "runs"))
            workers[0].send_signal(signal.SIGKILL)

    found = sweep(LONGER, tmp_path / "runs", progress=kill, cluster=address)
    assert len(seen) >= 2
    assert workers[0].wait() == -signal.SIGKILL
    assert (found.done, found.skipped, found.failed) == (len(whole), 0, 0)  # none was made twice
    assert seen.items() <= finished(tmp_path / "runs").items()
    assert without_times(found.table) == whole
    assert {path.name for path in (tmp_path / "runs").glob("*/*")} == {"weights.safetensors", "run.json", ".lock"}


def test_an_interrupted_sweep_stops_its_workers(tmp_path, cluster):
    """They keep a checkpoint, and the same command goes on."""
    address, *_ = cluster
    with emt(tmp_path, "--scheduler", address) as process:
        wait_for(lambda: checkpoints(tmp_path))
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate()
    assert (process.returncode, out) == (143, "")
    assert "Traceback" not in err
    store, grid = Store(tmp_path / "runs"), read_grid(tmp_path / "grid.toml")
    wait_for(lambda: "running" not in store.table(grid).column("status"))
    assert checkpoints(tmp_path)
    with emt(tmp_path, "--scheduler", address) as process:
        found = json.loads(process.communicate()[0])
    assert (found["failed"], found["done"] + found["skipped"]) == (0, 8)
    assert without_times(found["rows"]) == without_times(sweep(grid, tmp_path / "whole", workers=0).table)


def test_clients_and_what_is_none(tmp_path, cluster):
    from distributed import Client

    address, workers, _ = cluster
    with Client(address, set_as_default=False) as client:
        assert sweep([run()], tmp_path / "runs", cluster=client).done == 1
        assert client.status == "running"
        (tmp_path / "runs" / "store.json").write_text('{"format": "emt_theory run store", "version": 1, "id": "x"}')
        assert sweep([run(), run(seed=1)], tmp_path / "runs", cluster=client).done == 1
    with pytest.raises(InvalidOption, match=r"cluster must be an address such as tcp://host:8786, .* got 3"):
        sweep([run()], tmp_path / "runs", cluster=3)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the call, and says nothing
        nobody = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        for wrong in ("tcp://127.0.0.1:9", "nowhere", "tcp://", "foo://x:3", nobody):
            with pytest.raises(InvalidOption, match="no Dask scheduler answers at"):
                sweep([run()], tmp_path / "other", cluster=wrong)
    assert not (tmp_path / "other").exists()
    assert all(worker.poll() is None for worker in workers)


def test_a_machine_that_does_not_see_the_store(tmp_path, cluster, monkeypatch):
    monkeypatch.setattr(Store, "identity", lambda store: "another")
    found = sweep([run()], tmp_path / "runs", cluster=cluster[0])
    assert "does not see the store" in found.failures[0]["reason"]
    assert found.table.column("status") == ["missing"]


def test_a_scheduler_that_is_gone_is_one_line(tmp_path, cluster):
    address, _, scheduler = cluster
    with emt(tmp_path, "--scheduler", address) as process:
        wait_for(lambda: finished(tmp_path / "runs"))
        scheduler.kill()
        out, err = process.communicate()
    assert (process.returncode, out) == (2, "")
    assert err.splitlines()[-1].startswith("emt: the scheduler of the cluster is gone; what has ended is kept")
    assert "Traceback" not in err


@pytest.fixture
def slurm(tmp_path):
    """A folder in which a stand-in keeps its jobs; the path that finds it; how many were begun."""
    folder = tmp_path / "slurm"
    folder.mkdir()
    for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        (folder / name).write_text(text.replace("FOLDER", str(folder)).replace("ROOT", str(ROOT)))
        (folder / name).chmod(0o755)

    def numbers(name):
        return [int(line) for line in (folder / name).read_text().split()] if (folder / name).exists() else []

    yield f"{folder}:{os.environ['PATH']}", numbers
    for job in numbers("jobs"):
        subprocess.run(["kill", "-9", "--", f"-{job}"], stderr=subprocess.DEVNULL, check=False)


def test_slurm_jobs(tmp_path, slurm):
    """Two are asked for; one is killed, as SLURM does when its time is up, and another takes its place."""
    path, numbers = slurm
    with emt(tmp_path, "--slurm", PATH=path, slurm='[slurm]\njobs = 2\nprologue = ["export SEEN=1"]\n') as process:
        wait_for(lambda: len(checkpoints(tmp_path)) == 2)
        os.killpg(numbers("jobs")[0], signal.SIGKILL)
        wait_for(lambda: process.poll() is not None or len(numbers("jobs")) == 3)
        out, err = process.communicate()
    assert process.returncode == 0, err
    found = json.loads(out)
    assert (found["done"], found["failed"]) == (8, 0)
    assert len(numbers("jobs")) >= 3
    assert set(numbers("jobs")) == set(numbers("cancelled"))  # none is left behind
    script = next((tmp_path / "slurm").glob("script-*")).read_text()
    assert "export SEEN=1" in script
    assert "OPENBLAS_NUM_THREADS='1'" in script


def test_what_sbatch_refuses_is_one_line(tmp_path, slurm):
    path, numbers = slurm
    with emt(tmp_path, "--slurm", PATH=path, slurm='[slurm]\nqueue = "forbidden"\n') as process:
        out, err = process.communicate()
    assert (process.returncode, out) == (2, "")
    assert err == "emt: sbatch refuses the job: sbatch: error: invalid partition\n"
    assert numbers("jobs") == []

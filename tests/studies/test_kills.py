"""A sweep is killed twenty times, and a worker of it; two processes share one. The table is that of a sweep that nothing happened to."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emt_theory.studies import Store, read_grid, sweep
from tests.studies.populations import LONGER
from tests.studies.test_sweep import without_times

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def start(store):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(ROOT / "tests" / "studies" / "sweeping.py"), str(store)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def workers_of(process):
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def finished(store):
    return {path.parent.name: path.stat().st_mtime_ns for path in store.glob("*/run.json")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return without_times(sweep(LONGER, tmp_path_factory.mktemp("whole") / "runs", workers=0).table)


def test_a_sweep_that_is_killed_twenty_times_loses_nothing(tmp_path, whole):
    store, rng, seen = tmp_path / "runs", random.Random(0), {}
    resumed = 0
    for k in range(20):
        with start(store) as process:
            while k % 2 and process.poll() is None and not list(store.glob("*/checkpoint.npz")):
                time.sleep(0.02)  # every other one is killed while it trains
            time.sleep(rng.uniform(0, 2 if k % 2 else 6))
            process.send_signal(signal.SIGKILL)
        resumed += len(list(store.glob("*/checkpoint.npz")))
        ended = finished(store)
        assert seen.items() <= ended.items()  # what has ended is not written again
        seen = ended
    assert resumed > 0
    with start(store) as process:
        while process.poll() is None and not (children := workers_of(process)):
            time.sleep(0.05)
        if process.poll() is None:
            os.kill(rng.choice(children), signal.SIGKILL)
        found = json.load(process.stdout)
    assert (process.returncode, found["failed"], found["done"] + found["skipped"]) == (0, 0, len(whole))
    assert without_times(Store(store).table(read_grid(LONGER))) == whole
    assert {path.name for path in store.glob("*/*")} == {"weights.safetensors", "run.json"} | {".lock"}


def test_a_killed_worker_costs_nothing(tmp_path, whole):
    store = tmp_path / "runs"
    with start(store) as process:
        while not list(store.glob("*/checkpoint.npz")):
            time.sleep(0.02)
        os.kill(workers_of(process)[0], signal.SIGKILL)
        found = json.load(process.stdout)
    assert (found["failed"], found["done"]) == (0, len(whole))
    assert without_times(Store(store).table(read_grid(LONGER))) == whole


def test_two_processes_share_one_sweep(tmp_path, whole):
    with start(tmp_path / "runs") as one, start(tmp_path / "runs") as other:
        told = [json.load(process.stdout) for process in (one, other)]
    assert sum(found["done"] for found in told) == len(whole)
    assert all(found["done"] > 0 for found in told)
    for found in told:
        assert (found["failed"], found["done"] + found["skipped"]) == (0, len(whole))
        assert without_times(found["rows"]) == whole

"""How much faster a sweep is on several processes than on one.

    python benchmarks/sweep.py                          40 runs of T2 at N = 128, 400 steps each, on 1 and on 2 processes, 3 rounds
    python benchmarks/sweep.py --processes 1,2,4 --runs 80
    python benchmarks/sweep.py --check --json           with the check of each network

Every sweep is measured in a process of its own, into a store of its own, without OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE, which would choose another
processor's kernels; the start of its workers counts. The numbers of processes alternate, so that a slow minute hits all of them alike. The speedup is
the ratio of the medians; `load` says how busy the machine was, and a figure is taken on an idle one.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

FOREIGN = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--task", default="T2")
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--steps", type=int, default=400, help="of each run")
    parser.add_argument("--check", action="store_true", help="check each network, too")
    parser.add_argument(
        "--processes", default="1,2", help="how many, separated by commas; the first is what others are compared with"
    )
    parser.add_argument("--rounds", type=int, default=3, help="medians are over this many")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.worker is not None:
        print(json.dumps(measure(chosen)))
        return
    counts = [int(count) for count in chosen.processes.split(",")]
    rounds = [{count: run_worker(count) for count in counts} for _ in range(chosen.rounds)]
    seconds = {count: statistics.median(one[count] for one in rounds) for count in counts}
    found = {
        **{name: getattr(chosen, name) for name in ("task", "hidden", "runs", "steps", "check", "rounds")},
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
        "seconds": seconds,
        "all": {count: [one[count] for one in rounds] for count in counts},
        "speedup": {count: seconds[counts[0]] / seconds[count] for count in counts},
    }
    show(found, chosen.json)


def run_worker(count: int) -> float:
    """Seconds of one sweep, in a process of its own."""
    environment = {key: value for key, value in os.environ.items() if key not in FOREIGN}
    command = [sys.executable, str(Path(__file__).resolve()), *sys.argv[1:], "--worker", str(count)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure(chosen: argparse.Namespace) -> float:
    """Seconds of a sweep on so many processes."""
    from emt_theory.studies import sweep

    grid = {
        "tasks": chosen.task,
        "hidden": chosen.hidden,
        "seeds": chosen.runs,
        "protocols": {"base": "fast", "steps": chosen.steps},
        "check": chosen.check,
    }
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        found = sweep(grid, folder, workers=chosen.worker)
        seconds = time.perf_counter() - began
    if found.done != chosen.runs:
        raise SystemExit(f"{found}: {found.failures[:1]}")
    return seconds


def show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(found, indent=1))
        return
    print(
        f"{found['runs']} runs of {found['task']} at N = {found['hidden']}, {found['steps']} steps; load {found['load']:.1f}"
    )
    for count, seconds in found["seconds"].items():
        print(f"  {count:3} processes  {seconds:7.1f} s  × {found['speedup'][count]:.2f}")


if __name__ == "__main__":
    main()

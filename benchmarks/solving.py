"""How often FastProtocol solves a task, against N over the fewest dimensions m that the task needs.

    python benchmarks/solving.py --store solving-runs                  makes what the store lacks; a kill costs half a minute
    python benchmarks/solving.py --store solving-runs --only dense     one group; --json for all numbers
    python benchmarks/solving.py --store solving-runs --status         the table of what is there

    random    24 tasks: s and d from 2 to 8, every read and sign uniform          N = ⌈c m⌉, c = 1, 1.25, 1.5, 2
    dense     24 tasks with distinct reads and m ≥ n/2                            the same
    T1        N = m = 64, 10 seeds
    large     T2 (m = 36), N = 512 and 1024, 2 seeds

Solved is the first question of `emt check`, the only one that is asked here; intervals are Wilson's, 95 %. Each run is a first attempt. Tasks have
odd seeds: the protocol was set by looking at even ones. Processes have one thread each (`--workers`).
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from scipy.stats import binomtest

import emt_theory as emt
from emt_theory.analysis import THRESHOLDS
from emt_theory.analysis.criteria import Answer, judge_behaviour
from emt_theory.circuits import minimal_dimension
from emt_theory.evidence.examination import examine
from emt_theory.networks import Network
from emt_theory.studies import Configuration, Store
from emt_theory.tasks import LinearTask, parse, random_selection

RATIOS = (Fraction(1), Fraction(5, 4), Fraction(3, 2), Fraction(2))
TASKS = 24


def draw(k: int, dense: bool) -> LinearTask:
    """Task k; every 49 of them have all s and d from 2 to 8. Dense ones are drawn anew until m ≥ n/2."""
    i, seed = k // 2, k
    s, d = 2 + i % 7, 2 + i // 7 % 7
    while True:
        task = random_selection(s, d, seed=seed, distinct=dense)
        if not dense or 2 * minimal_dimension(task).running >= s * d:
            return task
        seed += 1000


def groups() -> Iterator[tuple[str, str, list[Configuration]]]:
    """Every row of the table: its group, what it is called, and its runs."""
    for group in ("random", "dense"):
        tasks = [draw(4 * i + 1, group == "dense") for i in range(TASKS)]
        for ratio in RATIOS:
            sizes = [max(2, math.ceil(ratio * minimal_dimension(task).running)) for task in tasks]
            runs = [Configuration(task, N, seed=1, check=None) for task, N in zip(tasks, sizes, strict=True)]
            yield group, f"{group}, N = {float(ratio):g} m", runs
    yield "T1", "T1, N = m = 64", [Configuration(parse("T1"), 64, seed=k, check=None) for k in range(1, 20, 2)]
    for N in (512, 1024):
        yield (
            "large",
            f"T2, N = {N} = {N / 36:.0f} m",
            [Configuration(parse("T2"), N, seed=k, check=None) for k in (1, 3)],
        )


def is_solved(net: Network, task: LinearTask) -> bool:
    """Whether the first question of a check holds."""
    return judge_behaviour(examine(net, task, lifetime=False).behaviour, THRESHOLDS).answer is Answer.HELD


def row(what: str, runs: list[Configuration], store: Store) -> dict[str, Any]:
    """How a group came out, of the runs that are there."""
    there = [run for run in runs if run in store]
    missed = [run for run in there if not is_solved(store[run].network(), run.task)]
    solved, steps = len(there) - len(missed), [run.protocol.steps for run in runs]
    interval = binomtest(solved, len(there)).proportion_ci(method="wilson") if there else (0.0, 1.0)
    return {
        "runs": what,
        "of": len(runs),
        "done": len(there),
        "solved": solved,
        "share": solved / len(there) if there else None,
        "low": float(interval[0]),
        "high": float(interval[1]),
        "steps": [min(steps), max(steps)],
        "median_seconds": statistics.median(store[run].training["seconds"] for run in there) if there else None,
        "missed": [
            [run.task.num_variables, run.task.dim, run.hidden, store[run].training["accuracy"]] for run in missed
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", default="solving-runs")
    parser.add_argument("--only", choices=("random", "dense", "T1", "large"))
    parser.add_argument("--workers", type=int)
    parser.add_argument("--status", action="store_true", help="make nothing")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    store, table = Store(chosen.store), []
    for group, what, runs in groups():
        if chosen.only not in (None, group):
            continue
        if not chosen.status:
            emt.sweep(runs, store, workers=chosen.workers)
        found = row(what, runs, store)
        table.append(found)
        if not chosen.json and found["done"]:
            print(
                f"{what}: {found['solved']} of {found['done']} [{found['low']:.2f}, {found['high']:.2f}], "
                f"{found['steps'][0]}–{found['steps'][1]} steps, median {found['median_seconds']:.1f} s; missed: {found['missed']}",
                flush=True,
            )
    if chosen.json:
        print(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()

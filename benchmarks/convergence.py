"""Seconds to accuracy: how long each protocol takes, and how many of its runs succeed.

    python benchmarks/convergence.py                                        T1–T4, N = 128, fast, 5 seeds
    python benchmarks/convergence.py --hidden 64 --seeds 10 --tasks T2,T3,T4
    python benchmarks/convergence.py --protocols fast,paper,mine.toml --json

Each run is tested at the protocol's end, at horizon 200 on 640 fresh sequences. `seconds` is the run's wall time, compilation included, with
one thread. Runs go through a pool of processes (`--processes`); with more than one, they share the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from typing import Any


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", default="T1,T2,T3,T4")
    parser.add_argument("--protocols", default="fast", help="names and .toml files, separated by commas")
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--backend", default="numpy")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--accuracy", type=float, default=0.999, help="at or above this a run has succeeded")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    rows = [row(task, protocol, chosen) for protocol in chosen.protocols.split(",") for task in chosen.tasks.split(",")]
    found = {
        "hidden": chosen.hidden,
        "backend": chosen.backend,
        "accuracy": chosen.accuracy,
        "load": os.getloadavg()[0],
        "rows": rows,
    }
    if chosen.json:
        print(json.dumps(found, indent=1))


def row(name: str, protocol: str, chosen: argparse.Namespace) -> dict[str, Any]:
    """One task and protocol over the seeds."""
    from emt_theory.tasks import parse
    from emt_theory.training import parse_protocol, train_many

    seeds = list(range(chosen.first_seed, chosen.first_seed + chosen.seeds))
    how = parse_protocol(protocol)
    runs = train_many(parse(name), seeds, chosen.hidden, chosen.backend, how, processes=chosen.processes)
    accuracies = [run.accuracy or 0.0 for run in runs]
    found = {
        "task": name,
        "protocol": protocol,
        "steps": runs[0].setting.protocol.steps,
        "solved": sum(a >= chosen.accuracy for a in accuracies),
        "runs": len(runs),
        "median_seconds": statistics.median(run.seconds for run in runs),
        "median_steps_per_second": statistics.median(run.steps_per_second for run in runs),
        "accuracies": accuracies,
    }
    spread = f"{min(accuracies):.4f} … {statistics.median(accuracies):.5f} … {max(accuracies):.4f}"
    line = (
        f"{name} N={chosen.hidden} {protocol}: {found['solved']} of {found['runs']} at {chosen.accuracy}, "
        f"accuracy {spread}, median {found['median_seconds']:.1f} s, {found['median_steps_per_second']:.0f} steps/s"
    )
    print(line, file=sys.stderr if chosen.json else sys.stdout, flush=True)
    return found


if __name__ == "__main__":
    main()

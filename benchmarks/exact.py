"""What the exact half costs: time and peak memory, each case alone in a fresh process.

    python benchmarks/exact.py            # a table
    python benchmarks/exact.py --json     # one JSON value
    python benchmarks/exact.py --case NAME

The children run without OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE, so that what is measured is what a user gets. Seconds are processor time of the
named step alone, after imports and after the task is made: on a machine that others use too, wall time says little. Peak memory is that of the
whole process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

CASES: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {}
UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def case(title: str) -> Callable[[Callable[[], dict[str, Any]]], Callable[[], dict[str, Any]]]:
    def register(run: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
        CASES[run.__name__.replace("_", "-")] = (title, run)
        return run

    return register


def timed(step: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = step()
    return time.process_time() - start, result


def dense(d: int, s: int, missing: int = 0) -> Any:
    """A random task with entries −3 … 3; its `missing` last columns of F_1 are 0, so that Φ is singular."""
    import numpy as np

    from emt_theory.tasks import from_matrix

    F = np.random.default_rng(0).integers(-3, 4, size=(d, d * s))
    if missing:
        F[:, d - missing : d] = 0
    return from_matrix(F, dim=d)


def selection(s: int, d: int) -> dict[str, Any]:
    from emt_theory import derive
    from emt_theory.tasks import random_selection

    derive(random_selection(2, 2))  # imports
    made, task = timed(lambda: random_selection(s, d))
    seconds, circuit = timed(lambda: derive(task))
    shown = (
        f"{circuit.minimal_dimension} dimensions; {len(circuit.spectrum().cycles)} cycles; task made in {made:.2f} s"
    )
    return {"seconds": seconds, "result": shown, "limit": "3 s, 1 GB"}


@case("derive, selection, s = 1000, d = 1000")
def derive_square() -> dict[str, Any]:
    return selection(1000, 1000)


@case("derive, selection, s = 1, d = 10^6")
def derive_wide() -> dict[str, Any]:
    return selection(1, 10**6)


@case("derive, repeat copy, s = 1, d = 10^6 (10^6 cycles)")
def derive_cycles() -> dict[str, Any]:
    from emt_theory import derive
    from emt_theory.tasks import repeat_copy

    made, task = timed(lambda: repeat_copy(1, 10**6))
    seconds, circuit = timed(lambda: derive(task))
    return {
        "seconds": seconds,
        "result": f"{circuit.spectrum().unit_circle} on the circle; task made in {made:.2f} s",
        "limit": "3 s, 1 GB",
    }


@case("derive, selection, s = 10^6, d = 1")
def derive_long() -> dict[str, Any]:
    return selection(10**6, 1)


def exactness(d: int, s: int) -> dict[str, Any]:
    """A random task, refused at the first product, and a solvable one, whose products must all be looked at."""
    import numpy as np

    from emt_theory.circuits import find_obstruction
    from emt_theory.tasks import from_matrix

    task = dense(d, s)
    blocks = np.random.default_rng(0).integers(-3, 4, size=(d, s, d))
    blocks[d // 2 :, 1:] = 0
    blocks[:, :, : d // 2] = 0
    solvable = from_matrix(blocks.reshape(d, -1), dim=d)
    first, witness = timed(lambda: find_obstruction(task))
    every, nothing = timed(lambda: find_obstruction(solvable))
    shown = (
        f"F_{witness.i} F_{witness.j} is not 0, in {first:.2f} s; a solvable one: {nothing is None}, in {every:.2f} s"
    )
    return {"seconds": first + every, "result": shown, "limit": "10 s"}


@case("exactness, dense integer, n = 512, d = 8, s = 64")
def exactness_narrow() -> dict[str, Any]:
    return exactness(8, 64)


@case("exactness, dense integer, n = 512, d = 64, s = 8")
def exactness_broad() -> dict[str, Any]:
    return exactness(64, 8)


def spectrum(d: int, s: int) -> dict[str, Any]:
    from emt_theory.circuits import resolve_spectrum

    task = dense(d, s)
    seconds, found = timed(lambda: resolve_spectrum(task))
    further, growth = timed(lambda: found.growth)
    shown = f"{len(found.factors)} factor(s); {growth.kind}, decided in {further:.2f} s"
    return {"seconds": seconds, "result": shown}


@case("charpoly and factors, dense integer, n = 512, d = 8, s = 64")
def spectrum_narrow() -> dict[str, Any]:
    return spectrum(8, 64)


@case("charpoly and factors, dense integer, n = 512, d = 64, s = 8")
def spectrum_broad() -> dict[str, Any]:
    return spectrum(64, 8)


def dimension(d: int, s: int, missing: int) -> dict[str, Any]:
    from emt_theory.circuits import minimal_circuit, minimal_dimension

    task = dense(d, s, missing)
    seconds, found = timed(lambda: minimal_dimension(task))
    further, small = timed(lambda: minimal_circuit(task))
    return {
        "seconds": seconds,
        "result": f"{found.running} of 512 ({found.with_load} with load); the circuit itself, order {small.dimension}, in {further:.2f} s",
    }


@case("minimal dimension, n = 512, d = 64, s = 8, F_1 invertible")
def dimension_full() -> dict[str, Any]:
    return dimension(64, 8, 0)


@case("minimal dimension, n = 512, d = 64, s = 8, F_1 of rank 50")
def dimension_broad() -> dict[str, Any]:
    return dimension(64, 8, 14)


@case("minimal dimension, n = 512, d = 8, s = 64, F_1 of rank 6")
def dimension_narrow() -> dict[str, Any]:
    return dimension(8, 64, 2)


@case("against SymPy: charpoly of Φ, n = 128, d = 8, s = 16")
def against_sympy() -> dict[str, Any]:
    import sympy

    from emt_theory.exact import characteristic_polynomial, companion

    task = dense(8, 16)
    characteristic_polynomial(task.F, 8)
    seconds, ours = timed(lambda: characteristic_polynomial(task.F, 8))
    matrix = sympy.Matrix(companion(task.F, 8).to_sympy())
    x = sympy.Symbol("x")
    further, theirs = timed(lambda: matrix.charpoly(x))
    equal = [int(c) for c in theirs.all_coeffs()] == [int(c) for c in ours.coeffs()][::-1]
    shown = f"equal: {equal}; SymPy {further:.2f} s, {further / seconds:,.0f} times as long"
    return {"seconds": seconds, "result": shown, "sympy": further, "equal": equal}


@case("against NumPy: order of an integer system, 20 of 24 dimensions")
def against_numpy() -> dict[str, Any]:
    import numpy as np

    from emt_theory.exact import Realization, minimal_order
    from emt_theory.ground.rationals import RationalMatrix

    entries = np.random.default_rng(0).integers(-3, 4, size=(24, 24))
    entries[20:, :20] = 0
    B, C = RationalMatrix.from_rows([[1]] * 20 + [[0]] * 4), RationalMatrix.from_rows([[1] * 24])
    system = Realization(RationalMatrix.from_rows(entries), B, C)
    seconds, order = timed(lambda: minimal_order(system))
    series = [float(G.entries[0][2]) for G in system.markov(48)]
    guessed = int(np.linalg.matrix_rank(np.array([[series[i + j] for j in range(24)] for i in range(24)])))
    shown = f"exact {order}; NumPy's rank of the Hankel matrix {guessed}"
    return {"seconds": seconds, "result": shown, "numpy": guessed, "exact": order}


def run_alone(name: str) -> dict[str, Any]:
    """One case in a process of its own."""
    environment = {key: value for key, value in os.environ.items() if key not in UNSET}
    command = [sys.executable, __file__, "--case", name, "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"case": name, "title": CASES[name][0], "error": done.stderr.strip().splitlines()[-1]}
    return json.loads(done.stdout)


def run_here(name: str) -> dict[str, Any]:
    title, run = CASES[name]
    measured = run()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if platform.system() == "Darwin" else 2**10)
    return {"case": name, "title": title, **measured, "peak_mb": round(peak)}


def table(rows: list[dict[str, Any]]) -> str:
    lines = ["| case | seconds | peak MB | limit | result |", "|---|---:|---:|---|---|"]
    for row in rows:
        if "error" in row:
            lines.append(f"| {row['title']} | failed | | | {row['error']} |")
        else:
            seconds = f"{row['seconds']:.4f}" if row["seconds"] < 0.1 else f"{row['seconds']:.2f}"
            lines.append(
                f"| {row['title']} | {seconds} | {row['peak_mb']} | {row.get('limit', '')} | {row['result']} |"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--case", choices=sorted(CASES), help="one case, in this process")
    parser.add_argument("--json", action="store_true", help="one JSON value instead of a table")
    chosen = parser.parse_args()
    if chosen.case:
        row = run_here(chosen.case)
        print(json.dumps(row) if chosen.json else table([row]))
        return
    rows = [run_alone(name) for name in CASES]
    about = {"python": platform.python_version(), "machine": platform.machine(), "cpus": os.cpu_count()}
    print(json.dumps({**about, "cases": rows}) if chosen.json else table(rows))


if __name__ == "__main__":
    main()

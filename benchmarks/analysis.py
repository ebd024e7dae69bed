"""What a check costs: its steps at N = 128, its scaling in N to 1024, and memories of n = 512.

    python benchmarks/analysis.py               # a table
    python benchmarks/analysis.py --json        # one JSON value
    python benchmarks/analysis.py --points 128,256 --only scaling
    python benchmarks/analysis.py --against FOLDER --pairs 7    # a check beside that of another version, checked out there

Each point is a process of its own, on one thread, without OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE. Seconds are processor time after imports; peak
memory is that of the whole process. The networks of the scaling are P14's circuit of T1 with Gaussian noise on every weight (row norms 0.03), so that
states fill all N directions; the lifetime is left out; the ratio to N = 128 is of the same run. A network of n = N/2 is the same with 8 variables of
N/16 components each; only its memories are timed. Against another version the same noisy circuits are checked by this one and by that, in turns;
the ratio is of each pair, and the median of the pairs counts.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
SHIPPED = ("T1", "T2", "T3", "T4")
POINTS = (64, 128, 256, 512, 1024)


def noisy(task: Any, hidden: int) -> Any:
    """P14's circuit with noise on all weights."""
    import numpy as np

    from emt_theory import derive

    net = derive(task).compile(hidden=hidden, scheme="tanh")
    rng = np.random.default_rng(0)
    W_hh, W_uh, W_hy = (
        w + 0.03 * rng.normal(size=w.shape) / np.sqrt(w.shape[1]) for w in (net.W_hh, net.W_uh, net.W_hy)
    )
    return replace(net, exact=None, W_hh=W_hh, W_uh=W_uh, W_hy=W_hy)


def shipped(name: str) -> dict[str, Any]:
    """A check of a real network, step by step."""
    import emt_theory
    from emt_theory import check, load
    from emt_theory.tasks import parse

    (path,) = (Path(emt_theory.__file__).parent / "examples" / "weights").glob(f"emt-ref-{name}-*.safetensors")
    net, task = load(path), parse(name)
    steps: list[tuple[str, float]] = []
    check(net, task, sequences=8, horizon=40, lifetime=False)  # imports
    start = time.process_time()
    result = check(net, task, progress=lambda step: steps.append((step, time.process_time())), lifetime=False)
    end = time.process_time()
    spent = {step: after - at for (step, at), (_, after) in zip(steps, [*steps[1:], ("", end)], strict=True)}
    return {"seconds": end - start, "steps": spent, "verdict": str(result.verdict), "hidden": net.hidden}


def scaled(hidden: int) -> dict[str, Any]:
    """A check of a noisy circuit of T1."""
    from emt_theory import check
    from emt_theory.tasks import parse

    task = parse("T1")
    net = noisy(task, hidden)
    without: Any = {"lifetime": False} if "lifetime" in inspect.signature(check).parameters else {}
    check(noisy(task, 64), task, sequences=8, horizon=40, **without)  # imports
    start = time.process_time()
    result = check(net, task, **without)
    return {"seconds": time.process_time() - start, "verdict": str(result.verdict)}


def memories(hidden: int) -> dict[str, Any]:
    """The memories of n = hidden/2 components, and of them the intertwining ones alone."""
    from emt_theory.analysis import examine
    from emt_theory.evidence.memories.intertwining import intertwiner_of
    from emt_theory.ground.blas import one_blas_thread
    from emt_theory.tasks import repeat_copy

    task = repeat_copy(num_variables=8, dim=hidden // 16)
    net = noisy(task, hidden)
    found = examine(net, task, sequences=128, horizon=200)
    with one_blas_thread():
        _ = found.persistent, found.fresh, found.pairs, found.gain
        start = time.process_time()
        estimated = found.memories
        whole = time.process_time() - start
        start = time.process_time()
        intertwiner_of(net.W_hy, found.persistent, found.gain, found.arrivals, found.labelled)
        alone = time.process_time() - start
    return {
        "seconds": whole,
        "intertwining_alone": alone,
        "components": task.components,
        "decoded": estimated.intertwining.decode_accuracy,
    }


KINDS: dict[str, Any] = {"shipped": shipped, "scaling": scaled, "memories": memories}


def point(kind: str, value: str, version: str | None = None) -> dict[str, Any]:
    """One measurement in a process of its own, of this version or of that in a folder."""
    environment = {k: v for k, v in os.environ.items() if k not in UNSET} | {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    if version is not None:
        environment["PYTHONPATH"] = version
    command = [sys.executable, __file__, "--point", kind, value]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1:]}
    return json.loads(done.stdout)


def against(version: str, values: list[str], pairs: int) -> dict[str, Any]:
    """Checks of this version and of another, in turns."""
    here, report = str(Path(__file__).resolve().parents[1]), dict[str, Any]()
    for value in values:
        ratios = list[float]()
        for _ in range(pairs):
            now, before = (point("scaling", value, where) for where in (here, version))
            print(f"{value}: {_line(now)}; before: {_line(before)}", file=sys.stderr, flush=True)
            if "failed" in now or "failed" in before:
                break
            ratios.append(now["seconds"] / before["seconds"])
        report[value] = {"ratios": ratios, "median": statistics.median(ratios) if ratios else None}
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description="What a check costs.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=sorted(KINDS))
    parser.add_argument("--points", default=",".join(map(str, POINTS)), help="N of the scaling, separated by commas")
    parser.add_argument("--point", nargs=2, metavar=("KIND", "VALUE"), help=argparse.SUPPRESS)
    parser.add_argument("--against", metavar="FOLDER", help="a checkout of another version, for ratios to its times")
    parser.add_argument("--pairs", type=int, default=3, help="of measurements, with --against")
    chosen = parser.parse_args()
    if chosen.against:
        print(json.dumps(against(chosen.against, chosen.points.split(","), chosen.pairs), indent=1))
        return
    if chosen.point:
        kind, value = chosen.point
        found = KINDS[kind](value if kind == "shipped" else int(value))
        found["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(found))
        return
    values = {"shipped": SHIPPED, "scaling": chosen.points.split(","), "memories": ("1024",)}
    report: dict[str, Any] = {"machine": platform.processor() or platform.machine(), "load": os.getloadavg()[0]}
    for kind in (chosen.only,) if chosen.only else tuple(KINDS):
        report[kind] = {}
        for value in values[kind]:
            found = report[kind][value] = point(kind, value)
            where = sys.stderr if chosen.json else sys.stdout
            print(f"{kind} {value}: {_line(found)}", file=where, flush=True)
    reference = report.get("scaling", {}).get("128", {}).get("seconds")
    if reference:
        for found in report["scaling"].values():
            found["over_128"] = found["seconds"] / reference
    if chosen.json:
        print(json.dumps(report, indent=1))


def _line(found: dict[str, Any]) -> str:
    if "failed" in found:
        return f"failed: {found['failed']}"
    extra = ", ".join(
        f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}"
        for k, v in found.items()
        if k not in ("seconds", "steps", "peak_mib")
    )
    steps = "".join(f"\n    {s:6.2f} s  {name}" for name, s in found.get("steps", {}).items())
    return f"{found['seconds']:.2f} s, {found['peak_mib']:.0f} MiB, {extra}{steps}"


if __name__ == "__main__":
    main()

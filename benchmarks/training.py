"""Training steps per second: NumPy, JAX, PyTorch compiled and with nn.RNN, and the limit that matrix products alone would set.

    python benchmarks/training.py                       N = 128, d = s = 8, batch 64, horizon 100, float32, one core
    python benchmarks/training.py --scaling             steps/s over N, s·d and horizon, with fitted exponents, and peak memory
    python benchmarks/training.py --json

Every figure is measured in a process of its own, pinned to one core, with one thread, and without OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE,
which would choose another processor's kernels. The contestants alternate, so that a slow minute hits all of them alike, and the figure is the
median of the rounds. Compilation is not counted. `matmul` is the products alone, in NumPy: forward and backward (batch, N) × (N, N) at each step,
and one product over all steps for dW.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CONTESTANTS = ("numpy", "jax", "torch", "torch-rnn", "matmul")
PACKAGES = {"numpy": "numpy", "jax": "jax", "torch": "torch", "torch-rnn": "torch", "matmul": "numpy"}
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JAX_PLATFORMS": "cpu",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
FOREIGN = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
SIZES = {"hidden": 128, "variables": 8, "dim": 8, "batch": 64, "horizon": 100}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in SIZES.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--rounds", type=int, default=5, help="medians are over this many (at least 5 for a figure)")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each measurement computes")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)), help="the core to be pinned to")
    parser.add_argument("--only", default=",".join(CONTESTANTS), help="contestants, separated by commas")
    parser.add_argument("--scaling", action="store_true", help="steps/s over N, s·d and horizon instead")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    sizes = {name: getattr(chosen, name) for name in SIZES}
    if chosen.worker:
        print(json.dumps(measure(chosen.worker, sizes, chosen.seconds)))
        return
    contestants = [name for name in chosen.only.split(",") if importlib.util.find_spec(PACKAGES[name])]
    if chosen.scaling:
        found: Any = scaling([c for c in contestants if c != "matmul"], sizes, chosen)
    else:
        found = compare(contestants, sizes, chosen)
    found["load"] = os.getloadavg()[0]
    show(found, chosen.json)


def compare(contestants: list[str], sizes: dict[str, int], chosen: argparse.Namespace) -> dict[str, Any]:
    """Median steps/s of each contestant, in turns."""
    rounds = [{name: run_worker(name, sizes, chosen) for name in contestants} for _ in range(chosen.rounds)]
    medians = {name: statistics.median(r[name]["steps_per_second"] for r in rounds) for name in contestants}
    return {
        **sizes,
        "rounds": chosen.rounds,
        "steps_per_second": medians,
        "all": {name: [r[name]["steps_per_second"] for r in rounds] for name in contestants},
        "peak_mib": {name: max(r[name]["peak_mib"] for r in rounds) for name in contestants},
        "over_torch": {name: rate / medians["torch"] for name, rate in medians.items()} if "torch" in medians else None,
    }


def scaling(contestants: list[str], sizes: dict[str, int], chosen: argparse.Namespace) -> dict[str, Any]:
    """Seconds a step over each size alone, with the exponent of a fitted power law and peak memory."""
    grid: dict[str, list[dict[str, int]]] = {
        "N": [{"hidden": n} for n in (32, 64, 128, 256, 512)],
        "s·d": [{"variables": k, "dim": k} for k in (2, 4, 8, 16)],
        "horizon": [{"horizon": h} for h in (12, 25, 50, 100, 200)],
    }
    table: dict[str, Any] = {}
    for axis, points in grid.items():
        for name in contestants:
            seconds, peaks = [], []
            for point in points:
                found = [run_worker(name, {**sizes, **point}, chosen) for _ in range(chosen.rounds)]
                seconds.append(1 / statistics.median(f["steps_per_second"] for f in found))
                peaks.append(max(f["peak_mib"] for f in found))
            at = [point.get("hidden") or point.get("horizon") or point["variables"] * point["dim"] for point in points]
            table.setdefault(axis, {})[name] = {
                "at": at,
                "milliseconds": [1e3 * t for t in seconds],
                "exponent": exponent(at, seconds),
                "peak_mib": peaks,
            }
    return {**sizes, "rounds": chosen.rounds, "scaling": table}


def exponent(at: list[int], seconds: list[float]) -> float:
    """The slope of log seconds over log size, by least squares."""
    import numpy as np

    return float(np.polyfit(np.log(at), np.log(seconds), 1)[0])


def run_worker(name: str, sizes: dict[str, int], chosen: argparse.Namespace) -> dict[str, float]:
    """One measurement in its own process, on one core."""
    environment = {key: value for key, value in os.environ.items() if key not in FOREIGN} | ENVIRONMENT
    arguments = [f"--{key}={value}" for key, value in sizes.items()]
    command = [
        sys.executable,
        str(Path(__file__).resolve()),
        "--worker",
        name,
        f"--seconds={chosen.seconds}",
        *arguments,
    ]
    pinned = subprocess.run(
        command,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {chosen.core}),
    )
    return json.loads(pinned.stdout.splitlines()[-1])


def measure(name: str, sizes: dict[str, int], seconds: float) -> dict[str, float]:
    """Steps/s and peak memory of this process."""
    makers = {
        "numpy": our_steps,
        "jax": our_steps,
        "torch": torch_steps,
        "torch-rnn": torch_steps,
        "matmul": matmul_steps,
    }
    steps = makers[name](name, sizes)
    steps(10)
    taken, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        taken += steps(20)
    elapsed = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"steps_per_second": taken / elapsed, "peak_mib": peak}


def our_steps(backend: str, sizes: dict[str, int]) -> Callable[[int], int]:
    from dataclasses import replace

    from emt_theory.tasks import repeat_copy
    from emt_theory.training import PaperProtocol
    from emt_theory.training.engine import Setting
    from emt_theory.training.single import find_backend
    from emt_theory.training.sources import to_source

    task = repeat_copy(num_variables=sizes["variables"], dim=sizes["dim"])
    protocol = replace(PaperProtocol(), batch=sizes["batch"])
    engine = find_backend(backend)([Setting(to_source(task), sizes["hidden"], 0, protocol)])
    engine.prepare(sizes["horizon"])
    at = 0

    def steps(count: int) -> int:
        nonlocal at
        engine.advance([at], [count], sizes["horizon"])
        at += count
        return count

    return steps


def torch_steps(name: str, sizes: dict[str, int]) -> Callable[[int], int]:
    """MSE on the scored steps, clip, Adam: of nn.RNN with a linear read-out, or of the loop over the steps, compiled, which is faster."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    s, d, batch, horizon = sizes["variables"], sizes["dim"], sizes["batch"], sizes["horizon"]
    rnn = torch.nn.RNN(d, sizes["hidden"], bias=False, batch_first=True)
    readout = torch.nn.Linear(sizes["hidden"], d, bias=False)
    weights = [*rnn.parameters(), *readout.parameters()]
    adam = torch.optim.Adam(weights, lr=1e-3, fused=True)
    silence = torch.zeros(batch, horizon, d)

    def plain(u: Any) -> Any:
        return readout(rnn(torch.cat([u, silence], dim=1))[0])[:, s:]

    def unrolled(u: Any) -> Any:
        drive, recurrent = u @ rnn.weight_ih_l0.T, rnn.weight_hh_l0.T
        states = [torch.tanh(drive[:, 0])]
        for t in range(1, s + horizon):
            before = states[-1] @ recurrent
            states.append(torch.tanh(before + drive[:, t] if t < s else before))
        return readout(torch.stack(states[s:], dim=1))

    outputs = plain if name == "torch-rnn" else torch.compile(unrolled)

    def steps(count: int) -> int:
        for _ in range(count):
            u = torch.randint(0, 2, (batch, s, d)).float() * 2 - 1
            target = u.repeat(1, horizon // s + 1, 1)[:, :horizon]
            loss = torch.nn.functional.mse_loss(outputs(u), target)
            adam.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            adam.step()
            loss.item()
        return count

    return steps


def matmul_steps(_: str, sizes: dict[str, int]) -> Callable[[int], int]:
    """The products of a step and nothing else."""
    import numpy as np

    rng = np.random.default_rng(0)
    batch, n, total = sizes["batch"], sizes["hidden"], sizes["variables"] + sizes["horizon"]
    h, w = (rng.normal(size=shape).astype(np.float32) for shape in ((batch, n), (n, n)))
    stacked, out, dw = rng.normal(size=(total * batch, n)).astype(np.float32), np.empty_like(h), np.empty_like(w)

    def steps(count: int) -> int:
        for _ in range(count):
            for _ in range(2 * (total - 1)):
                np.dot(h, w, out=out)
            np.dot(stacked.T, stacked, out=dw)
        return count

    return steps


def show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(found, indent=1))
        return
    sizes = ", ".join(f"{name} {found[name]}" for name in SIZES)
    print(f"{sizes}; medians of {found['rounds']}; load average {found['load']:.1f}")
    if "scaling" in found:
        for axis, rows in found["scaling"].items():
            for name, row in rows.items():
                times = "  ".join(f"{at}: {ms:.2f} ms" for at, ms in zip(row["at"], row["milliseconds"], strict=True))
                print(f"{axis:8} {name:6} {times}   exponent {row['exponent']:.2f}, peak {row['peak_mib'][-1]:.0f} MiB")
        return
    for name, rate in found["steps_per_second"].items():
        over = f"  {found['over_torch'][name]:.2f}× torch" if found["over_torch"] else ""
        spread = " ".join(f"{r:.0f}" for r in found["all"][name])
        print(f"{name:7} {rate:7.1f} steps/s{over}  peak {found['peak_mib'][name]:.0f} MiB  ({spread})")


if __name__ == "__main__":
    main()

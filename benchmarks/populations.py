"""The trained networks that docs/results.md speaks of: which they are, and how to get them again.

    python benchmarks/populations.py runs                     train all of them below runs/; what is there already is kept
    python benchmarks/populations.py runs --only fast128      one group
    python benchmarks/populations.py --list                   names, without training

A run that was interrupted goes on where it was. One process, one thread; start it twice with different groups to use two cores.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from emt_theory.tasks import parse
from emt_theory.training import FastProtocol, PaperProtocol, Protocol, Scheduled, train

TASKS = ("T1", "T2", "T3", "T4")
FAST, PAPER = FastProtocol(steps=2000, learning_rate=6e-3), PaperProtocol()


@dataclass(frozen=True)
class Member:
    """One network of a population."""

    group: str
    name: str
    task: str | Callable[..., Any]
    hidden: int
    seed: int
    protocol: Protocol
    activation: str = "tanh"
    cell: str = "elman"


@dataclass(frozen=True)
class Product:
    """u(t) = u(t−1)·u(t−s), componentwise: a task that is not linear. A sampler for `train`."""

    num_variables: int
    dim: int

    @property
    def __name__(self) -> str:
        return f"product-s{self.num_variables}-d{self.dim}"

    def __call__(self, rng: np.random.Generator, batch: int, horizon: int) -> tuple[Any, Any]:
        s = self.num_variables
        u = np.empty((batch, s + horizon, self.dim))
        u[:, :s] = rng.choice([-1.0, 1.0], size=(batch, s, self.dim))
        for t in range(s, s + horizon):
            u[:, t] = u[:, t - 1] * u[:, t - s]
        return u[:, :s], u[:, s:]


def members() -> Iterator[Member]:
    """Every network, in the order in which they are trained."""
    for task in TASKS:
        for seed in range(5):
            yield Member("fast128", f"{task}-seed{seed}", task, 128, seed, FAST)
    for task, count in (("T3", 8), ("T2", 6), ("T4", 6)):
        for seed in range(count):
            yield Member("paper64-l2", f"{task}-seed{seed}", task, 64, seed, replace(PAPER, l2=1e-3))
    early = replace(PAPER, curriculum=replace(PAPER.curriculum, threshold=0.9))
    for task, count in (("T3", 8), ("T2", 6), ("T4", 6)):
        for seed in range(count):
            yield Member("paper64-l2-early", f"{task}-seed{seed}", task, 64, seed, replace(early, l2=1e-3))
    brief = Scheduled((4, 12, 24), (0.0, 0.4, 0.7))
    products = replace(FAST, steps=3000, learning_rate=2e-3, curriculum=brief)
    for s in (2, 3, 4):
        for seed in range(4):
            yield Member("product", f"relu-s{s}-seed{seed}", Product(s, 2), 64, seed, products, activation="relu")
    for seed in range(4):
        yield Member("product", f"tanh-s8-seed{seed}", Product(8, 8), 128, seed, FAST)
    for seed in range(4):
        yield Member("product", f"gru-s3-seed{seed}", Product(3, 2), 32, seed, products, cell="gru")
    gates = replace(FAST, learning_rate=3e-3, steps=4000, beta2=0.99)
    for cell in ("gru", "lstm"):
        yield Member("gates", f"{cell}-T2", "T2", 128, 0, gates, cell=cell)
    for seed in range(5):
        for task in TASKS:
            yield Member("paper128", f"{task}-seed{seed}", task, 128, seed, PAPER)


def grow(member: Member, store: Path) -> str:
    """Train one member, unless it is there; one line that says how it went."""
    folder = store / member.group / member.name
    if (folder / "run.json").exists():
        return f"{folder}: there already"
    task = parse(member.task) if isinstance(member.task, str) else member.task
    backend = "numpy" if member.cell == "elman" else "jax"
    run = train(
        task, member.hidden, backend, member.seed, member.protocol, member.activation, member.cell,
        out=folder, resume=(folder / "checkpoint.npz").exists(),
    )  # fmt: skip
    return f"{folder}: accuracy {run.accuracy}, {run.seconds:.0f} s, {run.outcome}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the networks that docs/results.md speaks of.")
    parser.add_argument("store", nargs="?", type=Path, default=Path("runs"))
    parser.add_argument("--only", help="groups, separated by commas")
    parser.add_argument("--list", action="store_true")
    chosen = parser.parse_args()
    groups = {member.group for member in members()}
    wanted = set(chosen.only.split(",")) if chosen.only else groups
    if wanted - groups:
        parser.error(f"unknown group {', '.join(sorted(wanted - groups))}; known are {', '.join(sorted(groups))}")
    for member in members():
        if member.group not in wanted:
            continue
        line = f"{member.group}/{member.name}" if chosen.list else grow(member, chosen.store)
        print(time.strftime("%H:%M:%S"), line, f"(load {os.getloadavg()[0]:.1f})", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

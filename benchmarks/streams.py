"""Verdicts on networks with an input at every step: circuits, trained networks, and impostors.

    python benchmarks/streams.py rows.jsonl                    goes on where it was interrupted; a line for each network
    python benchmarks/streams.py rows.jsonl --table            what is there, counted; --json as one JSON value

    circuit     the compiled circuit of a filter or of a machine
    noisy       the same with noise of standard deviation 0.003 on every weight
    trained     a network of `benchmarks/mips.py`, the first of its plan that solves the task
    hoarder     a circuit beside that of another task, which nothing shows: it keeps what its task forgets
    clock       a circuit beside three units that take turns

The first three should be `consistent` where they solve their task, the others never. Linear tasks are checked on ±1, on which their networks were
trained.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from mips import PLAN, planned, protocol

import emt_theory as emt
from emt_theory.errors import EMTError
from emt_theory.evidence.resampling import clopper_pearson
from emt_theory.networks import ElmanRNN
from emt_theory.tasks import MIPS, SIGNS, LinearFilter, MachineTask, mips_task
from emt_theory.tasks.streams.described import StreamTask

NAMED = (
    "n-back:lag=3", "delay:lag=3", "flip-flop", "flip-flop:bits=1", "running-parity", "running-sum", "moving-sum", "difference", "leaky",
    "double-sum", "addition", "addition:base=3", "division", "ones-mod", "contains:word=010", "sum-mod:alphabet=3", "counter",
)  # fmt: skip
NOISE = 0.003
TRUE, IMPOSTORS = ("circuit", "noisy", "trained"), ("hoarder", "clock")


def tasks() -> Iterator[tuple[str, StreamTask]]:
    """The named tasks and MIPS's, but for rules on integers."""
    for name in (*NAMED, *(f"mips:{name}" for name in MIPS)):
        task = emt.tasks.parse(name)
        if isinstance(task, LinearFilter):
            yield name, replace(task, inputs=SIGNS)
        elif isinstance(task, MachineTask):
            yield name, task


def circuit(task: Any) -> ElmanRNN | None:
    """The circuit that is compiled if nothing is said; None where there is none."""
    try:
        return emt.derive(task).compile()
    except EMTError:
        return None


def beside(net: ElmanRNN, other: ElmanRNN) -> ElmanRNN:
    """Two networks that read the same; what the second holds is not shown."""

    def stacked(one: Any, two: Any) -> Any:
        return np.block([[one, np.zeros((len(one), len(two)))], [np.zeros((len(two), len(one))), two]])

    def whole(name: str) -> Any:
        parts = [getattr(part, name) for part in (net, other)]
        sizes = (net.hidden, other.hidden)
        return np.concatenate([np.zeros(n) if part is None else part for part, n in zip(parts, sizes, strict=True)])

    return ElmanRNN(
        W_hh=stacked(net.W_hh, other.W_hh),
        W_uh=np.concatenate([net.W_uh, other.W_uh]),
        W_hy=np.concatenate([net.W_hy, np.zeros((net.d_out, other.hidden))], axis=1),
        b_h=whole("b_h"),
        b_y=net.b_y,
        initial=whole("initial"),
        activation=net.activation,
    )


def hoarder(name: str, task: StreamTask, net: ElmanRNN) -> ElmanRNN | None:
    """A circuit beside one that keeps something else of the same inputs."""
    if isinstance(task, LinearFilter):
        columns = task.d_in
        keeping = ElmanRNN(
            np.array([[-0.9999]]), np.full((1, columns), 0.1), np.zeros((1, 1)), activation=net.activation
        )
        return beside(net, keeping) if net.activation == "identity" else None
    k, rng = task.machine.letters, np.random.default_rng(len(name))
    Q = task.machine.states + 3
    # Letters that permute Q states at random: nothing is forgotten.
    following = np.stack([rng.permutation(Q) for _ in range(k)], axis=1)
    shown = rng.integers(2, size=(Q, k))
    try:
        other = emt.tasks.MachineTask(
            "kept", emt.tasks.Mealy(following, shown).minimal(), task.reads, emt.tasks.Alphabet(2), task.channels
        )
    except EMTError:
        return None
    kept = circuit(other)
    return beside(net, kept) if kept is not None and kept.activation == net.activation else None


def clock(net: ElmanRNN) -> ElmanRNN:
    """A circuit beside three units that take turns: of a sum of ±1 even and odd steps are known, and no period of three is."""
    ticking = ElmanRNN(
        W_hh=np.roll(np.eye(3), 1, axis=0),
        W_uh=np.zeros((3, net.W_uh.shape[1])),
        W_hy=np.zeros((1, 3)),
        initial=np.array([1.0, 0.0, 0.0]),
        activation=net.activation,
    )
    return beside(net, ticking)


def networks(done: set[tuple[str, str]]) -> Iterator[tuple[str, str, StreamTask, Any]]:
    """Kind, name, task and network of all that are not done; the network is None where there is none of that kind."""
    for name, task in tasks():
        net = circuit(task)
        made: dict[str, Any] = {
            "circuit": lambda net=net: net,
            "noisy": lambda net=net, name=name: net and noisy(net, len(name)),
            "hoarder": lambda net=net, name=name, task=task: net and hoarder(name, task, net),
            "clock": lambda net=net: net and clock(net),
        }
        for kind, make in made.items():
            if (kind, name) not in done:
                yield kind, name, task, make()
    for name, task in tasks():
        if name.startswith("mips:") and ("trained", name) not in done:
            yield "trained", name, task, trained(name, task)


def noisy(net: ElmanRNN, seed: int) -> ElmanRNN:
    """The network with noise on every weight."""
    rng = np.random.default_rng(seed)
    moved = {
        part: getattr(net, part) + NOISE * rng.normal(size=getattr(net, part).shape)
        for part in ("W_hh", "W_uh", "W_hy")
    }
    return replace(net, **moved, exact=None)


def trained(name: str, task: StreamTask) -> Any:
    """The first network of the plan that solves the task; None if none of the first four does."""
    plan = planned(mips_task(name.removeprefix("mips:")).task)
    for one in PLAN[plan][:4]:
        if one.cell == "gru":
            continue
        run = emt.train(task, one.hidden, seed=one.seed, protocol=protocol(plan, one), activation=one.cell)
        if run.test and run.test.accuracy_low >= 0.99:
            return run.net
    return None


def judged(kind: str, name: str, task: StreamTask, net: Any) -> dict[str, Any]:
    """A row."""
    if net is None:
        return {"kind": kind, "task": name, "verdict": None}
    began = time.process_time()
    found = emt.check(net, task, lifetime=False)
    row = {"kind": kind, "task": name, "units": net.hidden, "verdict": str(found.verdict)}
    row |= {"seconds": round(time.process_time() - began, 1)}
    row |= {finding.question: str(finding.answer) for finding in found.findings}
    row |= {f"{finding.question}_numbers": finding.numbers for finding in found.findings}
    return row


def table(rows: list[dict[str, Any]]) -> list[str]:
    """How many of each kind solve their task, and are consistent."""
    lines = []
    for kind in (*TRUE, *IMPOSTORS):
        there = [row for row in rows if row["kind"] == kind and row["verdict"]]
        solved = [row for row in there if row["behaviour"] == "held"]
        good = [row for row in solved if row["verdict"] == "consistent"]
        low, high = clopper_pearson(len(good), len(solved))
        lines.append(
            f"{kind}: {len(there)} networks, {len(solved)} solve their task, {len(good)} of these consistent [{low:.3f}, {high:.3f}]"
        )
        for row in solved:
            expected = kind in TRUE
            if (row["verdict"] == "consistent") != expected:
                answers = {question: row[question] for question in ("variables", "extra", "use")}
                lines.append(f"    {row['task']}, {row['units']} units: {row['verdict']} {answers}")
    return lines


def main() -> None:
    """Judge what is missing, or count what is there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("rows", type=Path)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    lines = given.rows.read_text(encoding="utf-8").splitlines() if given.rows.exists() else []
    rows = [json.loads(line) for line in lines]
    if not given.table:
        with given.rows.open("a", encoding="utf-8") as file:
            for one in networks({(row["kind"], row["task"]) for row in rows}):
                rows.append(judged(*one))
                file.write(json.dumps(rows[-1]) + "\n")
                file.flush()
                print(f"{len(rows)}: {rows[-1]['kind']} {rows[-1]['task']}: {rows[-1]['verdict']}", file=sys.stderr)
    print(json.dumps(Counter(f"{r['kind']}: {r['verdict']}" for r in rows)) if given.json else "\n".join(table(rows)))


if __name__ == "__main__":
    main()

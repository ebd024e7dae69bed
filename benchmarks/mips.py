"""MIPS's 62 tasks: networks of our own are trained, decompiled, and their programs held against the definitions on long words.

    python benchmarks/mips.py rows.jsonl                        goes on where it was interrupted; a line for each network
    python benchmarks/mips.py rows.jsonl --only Div_3,Div_5     some of the tasks
    python benchmarks/mips.py rows.jsonl --table                the table of what is there; --json as one JSON value

Networks of a task are trained in the order of `PLAN`, Elman with biases (identity, tanh, ReLU) and GRU, larger and longer ones last, until one is
solved and its program agrees with the task's definition: on 1,000 random words of 50 times the training length, every output. Solved is a network
that shows 99 % of what it should (lower end of the interval) on fresh words of the training length. Bits are shown to a network as signs, other
symbols one-hot, and decompiling is told so; filters, with a constant or without, are trained on signs, which say all of a linear network, and their
programs run on the numbers of the task. Seconds are of processor time.

What is not ours: `solved` by MIPS is what its authors report (gpt4/task_results.csv of ejmichaud/neural-verification).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import emt_theory as emt
from emt_theory.analysis import NoProgram, StreamProgram
from emt_theory.analysis.streams.reading import Reading, read_stream
from emt_theory.networks import Network
from emt_theory.tasks import MIPS, SIGNS, LinearFilter, MachineTask, MipsTask, RuleTask, mips_task
from emt_theory.tasks.streams.described import StreamTask
from emt_theory.training import Protocol, Scheduled

LENGTH, TIMES, WORDS = 20, 50, 1000
SOLVED = 0.99


class Attempt(NamedTuple):
    """A network that is trained."""

    cell: str
    seed: int
    hidden: int
    steps: int


PLAN: dict[str, tuple[Attempt, ...]] = {
    "linear": (
        Attempt("identity", 0, 12, 1_000),
        Attempt("identity", 1, 6, 4_000),
        Attempt("tanh", 0, 24, 2_500),
        Attempt("relu", 0, 24, 2_500),
        Attempt("identity", 2, 8, 8_000),
    ),
    "machine": (
        Attempt("tanh", 0, 32, 1_200),
        Attempt("tanh", 1, 48, 2_500),
        Attempt("relu", 0, 48, 2_500),
        Attempt("tanh", 2, 64, 4_000),
        Attempt("gru", 0, 32, 2_000),
        Attempt("tanh", 3, 96, 6_000),
    ),
    "rule": (Attempt("relu", 0, 32, 1_500), Attempt("gru", 0, 32, 2_000)),
}
"""In this order, by what a task is: a filter, with a constant or without, a machine, or another rule on integers."""

Row = dict[str, Any]


def protocol(plan: str, one: Attempt) -> Protocol:
    """Fast Adam, as `FastProtocol`, with biases, and half of the training length at first.

    Linear networks start small: a mode that no output shows, and no loss sees, must not grow.
    """
    return Protocol(
        one.steps,
        0.02 if plan == "linear" else 0.01,
        Scheduled((LENGTH // 2, LENGTH), (0, 0.4)),
        batch=32,
        decay="cosine",
        beta2=0.95,
        start="uniform" if one.cell == "identity" else "orthogonal",
        biases=None if one.cell == "gru" else True,
        test_horizon=LENGTH,
        test_sequences=400,
    )


def planned(task: StreamTask) -> str:
    """Which plan is the task's."""
    if isinstance(task, LinearFilter) or (isinstance(task, RuleTask) and emt.derive(task).bent is None):
        return "linear"
    return task.kind


def train(known: MipsTask, one: Attempt) -> Row:
    """One network, and what became of it."""
    task, began = known.task, time.process_time()
    plan = planned(task)
    cell: Row = {"backend": "jax", "cell": "gru"} if one.cell == "gru" else {"activation": one.cell}
    given = replace(task, inputs=SIGNS) if plan == "linear" else task
    run = emt.train(given, one.hidden, seed=one.seed, protocol=protocol(plan, one), **cell)
    told = {"task": known.name, **one._asdict(), "seconds": round(time.process_time() - began, 1)}
    low = run.test.accuracy_low if run.test else 0.0
    row = told | {"loss": float(run.history.loss[-1]), "accuracy": run.accuracy, "solved": low >= SOLVED}
    if not row["solved"]:
        return row | {"agrees": False, "reason": f"not solved: {run.accuracy:.3f} right"}
    return row | read(run.net, known, task)


def read(net: Network, known: MipsTask, task: StreamTask) -> Row:
    """What decompiling makes of a solved network, and whether it is the task."""
    alphabet = task.reads if isinstance(task, MachineTask) else None
    try:
        program = emt.decompile(net, max_variables=2, sequences=400, horizon=LENGTH, alphabet=alphabet)
    except NoProgram as refusal:
        why = str(refusal) if alphabet else str(read_stream(Reading(net, sequences=400, horizon=LENGTH)))
        return {"agrees": False, "program": None, "reason": f"refused: {why}"}
    told = {"program": program.text, "proof": program.certificate.kind if isinstance(program, StreamProgram) else None}
    wrong = disagreement(program, known, task)
    return told | {"agrees": wrong is None, "reason": wrong}


def disagreement(program: Any, known: MipsTask, task: StreamTask) -> str | None:
    """Why a program is not the task on long words; None where it is."""
    if not isinstance(program, StreamProgram):
        return "it is taken for a program after an input phase"
    found = program.task
    if isinstance(found, MachineTask) and not isinstance(task, MachineTask):
        return f"read as a machine on two letters, which is no {task.kind}"
    if isinstance(found, MachineTask) and (found.reads, found.channels, found.shows) != (
        task.reads,
        task.channels,
        task.shows,
    ):
        return f"other symbols: {found!r}"
    words = np.random.default_rng(len(known.name)).choice(known.inputs, size=(WORDS, TIMES * LENGTH, known.channels))
    given = words.tolist() if known.channels > 1 else words[..., 0].tolist()
    wanted = np.array([known.truth([tuple(x) if known.channels > 1 else x for x in word]) for word in given])
    if isinstance(task, MachineTask) and not isinstance(
        found, MachineTask
    ):  # a filter on the numbers that show symbols
        shown = task.shows.decode(program(task.reads.encode(words)).astype(float))
    else:
        shown = program(words)
    shown = shown.reshape(wanted.shape)
    right = (shown == wanted).reshape(WORDS, -1).all(axis=1).sum()
    return None if right == WORDS else f"{right} of {WORDS} long words are right"


def rows(there: list[Row], names: list[str]) -> Iterator[Row]:
    """All that is run and not there yet: the first network of each task, then the second of those that need one, and so on."""
    done = {(row["task"], row["cell"], row["seed"]) for row in there}
    reached = {row["task"] for row in there if row["agrees"]}
    plans = {name: PLAN[planned(mips_task(name).task)] for name in names}
    for k in range(max(map(len, plans.values()))):
        for name, plan in plans.items():
            if k < len(plan) and name not in reached and (name, plan[k].cell, plan[k].seed) not in done:
                row = train(mips_task(name), plan[k])
                reached |= {name} if row["agrees"] else set()
                yield row


def table(there: list[Row]) -> list[Row]:
    """A row for each task: of its networks the first that agrees, or else the one that came furthest."""
    found = list[Row]()
    for name in MIPS:
        known, mine = mips_task(name), [row for row in there if row["task"] == name]
        best = max(
            mine,
            key=lambda row: (row["agrees"], row["solved"], bool(row.get("program")), row["accuracy"]),
            default=None,
        )
        told = {"task": name, "kind": known.task.kind, "mips": known.solved, "networks": len(mine)}
        found.append(
            told
            | (
                {key: best.get(key) for key in ("cell", "seed", "solved", "agrees", "program", "proof", "reason")}
                if best
                else {}
            )
        )
    return found


def text(found: list[Row]) -> str:
    """The table as people read it."""
    lines = [
        f"{'task':24} {'kind':8} {'solved':7} {'decompiled':11} {'MIPS':5} {'network':11} program, or why there is none"
    ]
    for row in found:
        if "cell" not in row:
            lines.append(f"{row['task']:24} {row['kind']:8} not run")
            continue
        proved = row["proof"] or "sampled"
        decompiled = (proved if len(proved) < 11 else "certified") if row["agrees"] else "no"
        told = "; ".join(row["program"].splitlines()) if row["agrees"] else row["reason"]
        network = f"{row['cell']} {row['seed']}"
        lines.append(
            f"{row['task']:24} {row['kind']:8} {'yes' if row['solved'] else 'no':7} {decompiled:11} {'yes' if row['mips'] else 'no':5} "
            f"{network:11} {told[:120]}"
        )
    run = [row for row in found if "cell" in row]
    ours, theirs = (sum(bool(row[key]) for row in run) for key in ("agrees", "mips"))
    solved = sum(bool(row["solved"]) for row in run)
    return "\n".join(
        [
            *lines,
            f"{len(run)} of {len(found)} run: {solved} solved, {ours} of them with a program that agrees; MIPS {theirs} of these",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=Path, help="a file of JSON lines, which is gone on with")
    parser.add_argument("--only", default=",".join(MIPS), help="tasks, separated by commas")
    parser.add_argument("--table", action="store_true", help="run nothing")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    there = [json.loads(line) for line in chosen.rows.read_text().splitlines()] if chosen.rows.exists() else []
    if not chosen.table:
        for row in rows(there, [mips_task(name).name for name in chosen.only.split(",")]):
            with chosen.rows.open("a") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
            there.append(row)
            outcome = "agrees" if row["agrees"] else row["reason"]
            print(f"{row['task']} {row['cell']} {row['seed']}: {row['seconds']} s, {outcome}"[:160], file=sys.stderr)
    found = table(there)
    print(json.dumps(found, ensure_ascii=False) if chosen.json else text(found))


if __name__ == "__main__":
    main()

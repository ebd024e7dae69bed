"""Rules read off networks that learned them: 24 tasks on symbols, five networks each, and 100 without a rule.

    python -m docs.results.learned          # goes on where it was interrupted; an hour on one core

What is run stands in this file, which was committed before the first run:

* tasks: `TASKS`, of at most 16 symbols; XOR, AND, majorities, a choice, sums mod 3 and 5, products, pairs, maxima;
* training: N = 32, the fast protocol with 1,500 steps, seeds 0 to 4, one attempt each;
* of each network its check, with the defaults, and what `decompile` with the task's alphabet makes of it: its rule *exactly*, another one, or none;
* refusals: the same 120 networks after 75 of their 1,500 steps, and 100 networks with random weights, five sizes of them.

Counted: how many networks solve their task (verdict not `not-solved` and every input right); of these, how many decompile exactly, with a 95 %
Clopper–Pearson interval, and how many are proved; by which mechanism. Unsolved networks are counted, and none is left out. Of half-trained and
random networks: refused, or a rule, and whether that is proved to be the network's own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import emt_theory as emt
from emt_theory.analysis import NoProgram
from emt_theory.evidence.resampling import clopper_pearson
from emt_theory.networks import ElmanRNN, Network
from emt_theory.tasks import Alphabet, FiniteTask, from_rule, parse

HIDDEN, STEPS, EARLY, SEEDS = 32, 1_500, 75, 5
GAINS = (0.5, 1.0, 1.5, 2.0, 3.0)
RANDOM = 100
ROWS = Path(__file__).parent / "learned.jsonl"

Row = dict[str, Any]


def _rule(name: str, rule: Any, s: int, d: int = 1, q: int = 2) -> FiniteTask:
    return from_rule(rule, s, d, name, alphabet=q)


TASKS: tuple[FiniteTask, ...] = (
    parse("xor"),
    parse("xor:lags=1 3").named("xor13"),
    parse("lfsr"),
    parse("parity"),
    parse("majority"),
    parse("majority", num_variables=5).named("majority5"),
    parse("mux"),
    parse("mux", dim=2).named("mux2"),
    parse("xor", dim=2).named("xor2"),
    _rule("and", lambda u: [u[1][0] & u[2][0]], 2),
    _rule("nand", lambda u: [1 - (u[1][0] & u[2][0])], 2),
    _rule("or13", lambda u: [u[1][0] | u[3][0]], 3),
    _rule("and-or", lambda u: [u[3][0] | (u[2][0] & u[1][0])], 3),
    _rule("and-xor", lambda u: [u[3][0] ^ (u[1][0] & u[2][0])], 3),
    _rule("xorpair", lambda u: [u[3][0] ^ u[1][1], u[3][1] ^ u[2][0]], 3, 2),
    _rule("quad", lambda u: [u[3][1] ^ (u[1][0] & u[2][1]), u[3][0]], 3, 2),
    _rule("mixed", lambda u: [u[3][0] ^ u[1][1], u[2][0] & u[1][1]], 3, 2),
    parse("modular-sum:alphabet=3").named("sum3"),
    parse("modular-sum:alphabet=5").named("sum5"),
    parse("maximum:alphabet=3").named("max3"),
    _rule("min4", lambda u: [min(u[1][0], u[2][0])], 2, q=4),
    _rule("product3", lambda u: [(u[1][0] * u[3][0] + u[2][0]) % 3], 3, q=3),
    _rule("counter3", lambda u: [(u[2][0] + 1) % 3], 2, q=3),
    _rule("difference3", lambda u: [(u[1][0] - u[3][0]) % 3], 3, q=3),
)


def read(net: Network, alphabet: Alphabet, task: FiniteTask | None = None) -> Row:
    """What decompiling makes of a network."""
    try:
        program = emt.decompile(net, alphabet=alphabet)
    except NoProgram as refusal:
        return {"outcome": "refused", "reason": str(refusal)}
    outcome = "exact" if program.task == task else "another rule"
    return {"outcome": outcome, "program": program.text, "certificate": program.certificate.kind}


def learned(task: FiniteTask, seed: int) -> Iterator[Row]:
    """A network at its end, and on its way."""
    protocol = emt.FastProtocol(steps=STEPS)
    run = emt.train(task, HIDDEN, seed=seed, protocol=protocol, snapshots=[EARLY])
    checked = emt.check(run.net, task)
    measured = checked.behaviour.measured
    solved = bool(measured) and measured.sequences_right == measured.sequences
    told = {
        "solved": solved,
        "accuracy": checked.behaviour.accuracy,
        "verdict": str(checked.verdict),
        "mechanism": str(checked.mechanism),
    }
    late, early = (read(net, task.alphabet, task) for net in (run.net, run.snapshots[0].net))
    yield {"kind": "learned", "task": task.name, "seed": seed, **told, **late}
    yield {"kind": "early", "task": task.name, "seed": seed, **early}


def random_network(k: int) -> ElmanRNN:
    """Network k of the random ones: d = 1 or 2, weights normal, of W_hh with a standard deviation of g/√N."""
    rng, d = np.random.default_rng(k), 1 + k % 2
    W, U, R = rng.normal(size=(HIDDEN, HIDDEN)), rng.normal(size=(HIDDEN, d)), rng.normal(size=(d, HIDDEN))
    return ElmanRNN(
        GAINS[k // 2 % len(GAINS)] * W / HIDDEN**0.5,
        U,
        R / HIDDEN**0.5,
        rng.normal(size=HIDDEN) / 10,
        activation="tanh",
    )


def rows() -> Iterator[Row]:
    """All that is run and not there yet; seed by seed, so that what is interrupted is even."""
    there = [json.loads(line) for line in ROWS.read_text().splitlines()] if ROWS.exists() else []
    done = {(row["kind"], row["task"], row["seed"]) for row in there}
    for seed in range(SEEDS):
        for task in TASKS:
            if ("early", task.name, seed) not in done:
                yield from learned(task, seed)
    for k in range(RANDOM):
        if ("random", "", k) not in done:
            yield {"kind": "random", "task": "", "seed": k, **read(random_network(k), Alphabet(2))}


def summary(given: list[Row]) -> str:
    """The counts that are reported."""
    by_kind = {kind: [row for row in given if row["kind"] == kind] for kind in ("learned", "early", "random")}
    solved = [row for row in by_kind["learned"] if row["solved"]]
    exact = [row for row in solved if row["outcome"] == "exact"]
    low, high = clopper_pearson(len(exact), len(solved))
    proved = sum(row["certificate"] != "sampled" for row in exact)
    lines = [
        f"{len(solved)} of {len(by_kind['learned'])} networks solve their task on every input",
        f"{len(exact)} of these decompile exactly (95 %: {low:.3f} to {high:.3f}), {proved} with a proof",
        f"verdicts {dict(Counter(row['verdict'] for row in solved))}, mechanisms {dict(Counter(row['mechanism'] for row in solved))}",
    ]
    for kind in ("early", "random"):
        told = Counter(
            row["outcome"] if row["outcome"] != "another rule" else f"another rule, {row['certificate']}"
            for row in by_kind[kind]
        )
        lines.append(f"{kind}: {dict(told)}")
    unsolved = Counter(row["task"] for row in by_kind["learned"] if not row["solved"])
    return "\n".join([*lines, f"not solved: {dict(unsolved)}"])


def main() -> None:
    """Run what is missing, a line at a time, and print the counts."""
    for row in rows():
        with ROWS.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(summary([json.loads(line) for line in ROWS.read_text().splitlines()]))


if __name__ == "__main__":
    main()

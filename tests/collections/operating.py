"""How often the verdict is right: the table of docs/verdicts.md.

    python -m tests.collections.operating planted impostors          # a quarter of an hour on one core
    python -m tests.collections.operating trained -o runs.jsonl      # trains 422 networks and judges them; resumes
    python -m tests.collections.operating lstms                      # trains 26 LSTMs by JAX, a minute or two each, and judges them

Shares stand with their Clopper–Pearson intervals. The judgement is `check`'s, without what is reported beside it.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from emt_theory import train
from emt_theory.analysis import THRESHOLDS, Answer, Finding, Verdict, examine
from emt_theory.analysis.criteria import CRITERIA
from emt_theory.analysis.verdict import conclude
from emt_theory.evidence.resampling import clopper_pearson
from emt_theory.ground.blas import one_blas_thread
from emt_theory.networks import Network
from emt_theory.tasks import LinearTask, random_selection
from emt_theory.training import FastProtocol
from tests.collections.entry import Entry


@one_blas_thread()
def judge_network(net: Network, task: LinearTask, **given: int) -> tuple[Verdict, tuple[Finding, ...]]:
    """The verdict of `check`, at its defaults if nothing else is given, with its findings."""
    examination = examine(net, task, lifetime=False, **given)
    findings = tuple(criterion(examination, THRESHOLDS) for criterion in CRITERIA)
    return conclude(findings), findings


def share(right: int, total: int) -> str:
    """A share with its interval."""
    low, high = clopper_pearson(right, total)
    return f"{right} of {total} [{low:.3f}, {high:.3f}]"


def families(entries: Iterable[Entry], wanted: Verdict | None) -> None:
    """How many of each family get the verdict; None: any but consistent."""
    counted: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for entry in entries:
        verdict, findings = judge_network(entry.network(), entry.task)
        counted[entry.family] += 1
        good = verdict is wanted if wanted else verdict in (Verdict.SOLVED_OTHERWISE, Verdict.NOT_SOLVED)
        right[entry.family] += good
        if not good:
            print(f"  {entry.name}: {verdict}; {[f.evidence for f in findings if f.answer is not Answer.HELD]}")
    for family, total in counted.items():
        print(f"  {family}: {right[family]} of {total}")
    print(f"  all: {share(sum(right.values()), sum(counted.values()))}")


LSTMS = (
    *((4, 4, 7, seed) for seed in range(6)),
    *((3, 3, k, 0) for k in (0, 100, 101, 104, 111, 112)),
    *((3, 4, k, 0) for k in (3, 109, 111, 116, 131)),
    *((4, 3, k, 0) for k in (1, 100, 103, 110)),
    *((4, 4, k, 0) for k in (8, 100, 104, 105, 109)),
)
"""(s, d, k, seed) of LSTMs of 32 units on `random_selection(s, d, seed=k)`: those by which the second look at `use` was made, and others."""


def lstms() -> None:
    """Train and judge them."""
    protocol = replace(FastProtocol(), steps=4000, learning_rate=4e-3)
    for s, d, k, seed in LSTMS:
        task = random_selection(s, d, seed=k)
        net = train(task, hidden=32, protocol=protocol, seed=seed, backend="jax", cell="lstm").net
        verdict, findings = judge_network(net, task)
        print(f"  {(s, d, k, seed)}: {verdict}; {findings[-1].evidence}", flush=True)


def trained(out: Path) -> None:
    """Train the networks of the list, judge them, and count by half."""
    from tests.collections.trained import PROTOCOL, listed, task

    rows = sorted(set(listed()), key=lambda row: (row.k % 2 == 0, row))  # the half that is reported comes first
    known = {tuple(json.loads(line)["row"]) for line in out.read_text().splitlines()} if out.exists() else set()
    with out.open("a", encoding="utf-8") as file:
        for row in rows:
            if row not in known:
                net = train(task(row.k), hidden=row.hidden, seed=row.seed, protocol=PROTOCOL).net
                verdict, findings = judge_network(net, task(row.k))
                evidence = [finding.evidence for finding in findings]
                answers = [str(finding.answer) for finding in findings]
                file.write(
                    json.dumps({"row": row, "verdict": verdict, "answers": answers, "evidence": evidence}) + "\n"
                )
                file.flush()
    found = [json.loads(line) for line in out.read_text().splitlines()]
    for half, name in ((0, "even k, by which thresholds may be set"), (1, "odd k, reported")):
        some = [one for one in found if one["row"][0] % 2 == half]
        solved = [one for one in some if one["answers"][0] == Answer.HELD]
        consistent = sum(one["verdict"] == Verdict.CONSISTENT for one in solved)
        print(f"{name}: {len(solved)} of {len(some)} solve their task; consistent {share(consistent, len(solved))}")
        for one in solved:
            if one["verdict"] != Verdict.CONSISTENT:
                print(f"  k, s, d, m, N, seed = {one['row']}: {one['verdict']}; {one['evidence'][1:]}")


def main() -> None:
    parser = argparse.ArgumentParser(description="How often the verdict is right.")
    parser.add_argument("collections", nargs="+", choices=("planted", "impostors", "trained", "lstms"))
    parser.add_argument("-o", "--out", type=Path, default=Path("trained.jsonl"))
    chosen = parser.parse_args()
    for collection in chosen.collections:
        print(collection)
        if collection == "planted":
            from tests.collections.planted import PLANTED

            families(PLANTED, Verdict.CONSISTENT)
        elif collection == "impostors":
            from tests.collections.impostors import IMPOSTORS

            families(IMPOSTORS, None)
        elif collection == "lstms":
            lstms()
        else:
            trained(chosen.out)


if __name__ == "__main__":
    main()

"""Universality: do networks that learn a task come to its circuit, whatever the task? 600 random tasks, one network each.

    python -m docs.results.universality --store emt-runs        # resumes; hours on two cores

What is run stands in this file, which was committed before the first run:

* tasks: k = 0 … 599; s and d uniform in 2 … 8; every read and sign uniform. Of an odd k reads are distinct, and the task
  is drawn anew until m ≥ n/2, m its fewest dimensions (P11), n = s d;
* sizes: N = ⌈c m⌉ with c = 1.25, 1.5, 2, 3 in turn, each with as many tasks of either kind;
* training: the fast protocol, L2 = 0, seed k, one attempt;
* check: the defaults of `emt check`, without the long run.

Two rates are reported, with 95 % Clopper–Pearson intervals, by m and by N/m: the share of networks that solve their task, and of
these the share whose verdict is `consistent`. What trained networks are, the same pipeline has to tell from networks that
are known: 100 planted circuits, which are consistent, and 100 impostors, which solve a task another way or do not
quite solve it. They are those of `tests/collections` with m ≤ 64, evenly spaced, and stand beside the rates.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

import emt_theory as emt
from emt_theory.circuits import minimal_dimension
from emt_theory.cli.common import showing
from emt_theory.evidence.resampling import clopper_pearson
from emt_theory.ground.blas import one_blas_thread
from emt_theory.studies import Configuration, Table
from emt_theory.tasks import LinearTask, random_selection
from tests.collections.entry import Entry

TASKS, CONTROLS = 600, 100
FACTORS = (1.25, 1.5, 2.0, 3.0)
SIZES = (2, 8)
BINS = ((1, 4), (5, 8), (9, 16), (17, 32), (33, 64))
HERE = Path(__file__).parent

Row = dict[str, Any]


def minimum(task: LinearTask) -> int:
    """m, the fewest dimensions of a linear network for the task."""
    return minimal_dimension(task).running


def draw_task(k: int) -> LinearTask:
    """Task k."""
    rng = np.random.default_rng(k)
    s, d = (int(size) for size in rng.integers(SIZES[0], SIZES[1] + 1, size=2))
    dense = k % 2 == 1
    while True:
        task = random_selection(s, d, seed=int(rng.integers(2**32)), distinct=dense)
        if not dense or 2 * minimum(task) >= s * d:
            return task


def factor(k: int) -> float:
    """N/m of task k: k/2, since odd and even k are of different kinds."""
    return FACTORS[k // 2 % len(FACTORS)]


def configurations(count: int = TASKS) -> list[Configuration]:
    """The runs, in the order of k."""
    tasks = [draw_task(k) for k in range(count)]
    return [
        Configuration(task, hidden=math.ceil(factor(k) * minimum(task)), protocol=emt.FastProtocol(), seed=k)
        for k, task in enumerate(tasks)
    ]


def rows_of(runs: Sequence[Configuration], table: Table) -> list[Row]:
    """The rows of a sweep, with what the task is."""
    known = [
        {"k": run.seed, "m": minimum(run.task), "factor": factor(run.seed), "distinct": run.seed % 2 == 1}
        for run in runs
        if isinstance(run.task, LinearTask)
    ]
    return [{**what, **line} for what, line in zip(known, table, strict=True)]


# ---------------------------------------------------------------------------------------------------------------- controls


def entries(kind: str, count: int = CONTROLS) -> list[Entry]:
    """So many planted circuits or impostors, evenly spaced in their list."""
    from tests.collections.impostors import IMPOSTORS
    from tests.collections.planted import PLANTED

    fitting = [entry for entry in (PLANTED if kind == "planted" else IMPOSTORS) if minimum(entry.task) <= BINS[-1][1]]
    return [fitting[i * len(fitting) // count] for i in range(count)]


@one_blas_thread()
def judge(kind: str, index: int, count: int) -> Row:
    """One of them through the check that trained networks go through."""
    entry = entries(kind, count)[index]
    result = emt.check(entry.network(), entry.task, lifetime=False)
    solved = str(result.findings[0].answer) == "held"
    return {"kind": kind, "name": entry.name, "m": minimum(entry.task), "solved": solved, "verdict": result.verdict}


def controls(path: Path, count: int, workers: int) -> list[Row]:
    """All of them; those that the file has are not judged again."""
    wanted = {(kind, one.name): (kind, i, count) for kind in KINDS for i, one in enumerate(entries(kind, count))}
    found = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    known = {(row["kind"], row["name"]): row for row in found}
    left = [place for name, place in wanted.items() if name not in known]
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool, path.open("a", encoding="utf-8") as file:
        for job in as_completed([pool.submit(judge, *place) for place in left]):
            row = job.result()
            known[row["kind"], row["name"]] = row
            file.write(json.dumps(row) + "\n")
            file.flush()
    return [known[name] for name in wanted]


KINDS = ("planted", "impostor")


# ------------------------------------------------------------------------------------------------------------------- rates


def share(rows: Iterable[Row], holds: Callable[[Row], bool]) -> Row:
    """Of how many rows something holds, with the interval."""
    answers = [holds(row) for row in rows]
    low, high = clopper_pearson(sum(answers), len(answers))
    return {"count": sum(answers), "total": len(answers), "low": low, "high": high}


def rates(trained: Sequence[Row], known: Sequence[Row]) -> list[Row]:
    """Both rates of each part of the population, with those of the controls of the same m; of N/m with those of all."""
    parts: list[tuple[str, str, Callable[[Row], bool], Callable[[Row], bool]]] = [("all", "", _any, _any)]
    for low, high in BINS:
        within = _within(low, high)
        parts.append(("m", f"{low} – {high}", within, within))
    parts += [("N/m", f"{c:g}", _with("factor", c), _any) for c in FACTORS]
    parts += [
        ("reads", "distinct, m ≥ n/2" if kind else "any", _with("distinct", kind), _any) for kind in (False, True)
    ]
    told = []
    for by, part, chosen, beside in parts:
        ended = [row for row in trained if row["status"] == "done" and chosen(row)]
        solved = [row for row in ended if row["solved"]]
        told.append(
            {
                "by": by,
                "part": part,
                "solved": share(ended, _solves),
                "consistent": share(solved, _is_consistent),
                **{
                    kind: share([row for row in known if row["kind"] == kind and beside(row)], _is_consistent)
                    for kind in KINDS
                },
            }
        )
    return told


def _any(_row: Row) -> bool:
    return True


def _solves(row: Row) -> bool:
    return bool(row["solved"])


def _is_consistent(row: Row) -> bool:
    return row["verdict"] == "consistent"


def _within(low: int, high: int) -> Callable[[Row], bool]:
    return lambda row: low <= row["m"] <= high


def _with(name: str, value: object) -> Callable[[Row], bool]:
    return lambda row: row[name] == value


def written(found: Sequence[Row]) -> str:
    """The rates for people."""
    names = ("solved", "consistent", *KINDS)
    lines = [f"{'':24}" + "".join(f"{name:28}" for name in ("solved", "consistent, of solved", "planted", "impostors"))]
    for row in found:
        cells = [
            f"{c['count']}/{c['total']} [{c['low']:.3f}, {c['high']:.3f}]" if c["total"] else "–"
            for c in (row[name] for name in names)
        ]
        lines.append(f"{row['by'] + ' ' + row['part']:24}" + "".join(f"{cell:28}" for cell in cells))
    return "\n".join(line.rstrip() for line in lines)


def draw(found: Sequence[Row], path: Path) -> None:
    """The rates by m and by N/m, with their intervals."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    from emt_theory.ground.palette import FOUND, GREY, INK, MISSING, THEORY

    figure, axes = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained", sharey=True)
    styles = (
        ("solved", INK, "solves its task"), ("consistent", FOUND, "consistent, of those that solve it"),
        ("planted", THEORY, "consistent, planted circuits"), ("impostor", MISSING, "consistent, impostors"),
    )  # fmt: skip
    for ax, by in zip(axes, ("m", "N/m"), strict=True):
        rows = [row for row in found if row["by"] == by]
        for k, (name, color, label) in enumerate(styles):
            there = [(i, row[name]) for i, row in enumerate(rows) if row[name]["total"]]
            places = np.array([i for i, _ in there]) + (k - 1.5) * 0.08
            shares = np.array([cell["count"] / cell["total"] for _, cell in there])
            ends = np.array([[cell["low"], cell["high"]] for _, cell in there]).reshape(-1, 2).T
            ax.errorbar(places, shares, np.abs(ends - shares), fmt="o", color=color, markersize=4, label=label)
        ax.set_xticks(range(len(rows)), [row["part"] for row in rows])
        ax.set_xlabel("m, the fewest dimensions of the task" if by == "m" else "N/m")
        ax.set_xlim(-0.5, len(rows) - 0.5)
        ax.grid(axis="y", color=GREY, linewidth=0.4)
    axes[0].set_ylabel("share of networks, 95 % interval")
    axes[0].set_ylim(-0.03, 1.03)
    figure.legend(*axes[0].get_legend_handles_labels(), fontsize=8, frameon=False, loc="outside lower center", ncols=4)
    figure.savefig(path, dpi=130)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description="Universality over random tasks.")
    parser.add_argument("--store", default="emt-runs", help="the folder of runs")
    parser.add_argument("--workers", type=int, default=None, help="processes; as many as there are cores if left out")
    parser.add_argument("--tasks", type=int, default=TASKS, help="only the first tasks, to try it")
    parser.add_argument("--controls", type=int, default=CONTROLS, help="of either kind")
    parser.add_argument("-o", "--out", type=Path, default=HERE, help="where the results go")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    runs = configurations(chosen.tasks)
    with showing("universality") as say:
        swept = emt.sweep(runs, chosen.store, chosen.workers, say)
    known = controls(chosen.out / "universality-controls.jsonl", chosen.controls, max(1, chosen.workers or 2))
    trained = rows_of(runs, swept.table)
    found = rates(trained, known)
    (chosen.out / "universality.csv").write_text(Table(tuple(trained)).to_csv(), encoding="utf-8")
    (chosen.out / "universality.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    draw(found, chosen.out / "universality.png")
    print(f"{swept}\n{written(found)}")


if __name__ == "__main__":
    main()

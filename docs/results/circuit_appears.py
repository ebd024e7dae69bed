"""When the circuit appears: eight networks, looked at 25 times along their training.

    python -m docs.results.circuit_appears --store emt-appears     # resumes; half an hour on two cores

What is run stands in this file, which was committed before the first run: T1 – T4, N = 128, L2 = 0, the fast protocol, seeds
0 and 1; the network before the first step, and after each 24th of its steps. Of each:

* accuracy: the share of right signs, on 640 fresh sequences at horizon 200;
* R²_min: how much of the least readable combination of variables its states hold, where its outputs will see it;
* modes: how many eigenvalues its states have along trajectories with |λ| > 0.9, of as many as Φ has;
* basis: the mean cosine between the direction in which a variable is kept and the one in which the finished network keeps it. Directions
  that have nothing to do with each other have a mean within about 1/√N of 0.

The question is which of them comes first: whether a network is right before its variables lie in its state as in the circuit, whether the
basis stays where it first appears, and whether networks that end unsolved have part of it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import emt_theory as emt
from emt_theory.errors import EMTError
from emt_theory.networks import Network
from emt_theory.studies import Configuration
from emt_theory.tasks import LinearTask

LOOKS, HIDDEN = 24, 128
HERE = Path(__file__).parent

Row = dict[str, Any]


class Case(NamedTuple):
    """One network: its task, seed and size, and how it is trained."""

    task: str | LinearTask
    seed: int
    hidden: int = HIDDEN
    protocol: emt.training.Protocol = emt.FastProtocol()
    looks: int = LOOKS

    @property
    def program(self) -> LinearTask:
        """The task."""
        return emt.tasks.linear_task(emt.tasks.parse(self.task)) if isinstance(self.task, str) else self.task

    @property
    def name(self) -> str:
        """Of its folder."""
        return f"{self.program.name}-{self.seed}"

    @property
    def steps(self) -> list[int]:
        """After which steps it is looked at."""
        run = Configuration(self.program, self.hidden, self.protocol, seed=self.seed)
        return [round(k * run.setting.protocol.steps / self.looks) for k in range(self.looks + 1)]


CASES = tuple(Case(task, seed) for task in ("T1", "T2", "T3", "T4") for seed in (0, 1))


def follow(case: Case, store: Path) -> list[Row]:
    """Train a network unless it is there, and look at each snapshot unless that has been done."""
    folder, told = store / case.name, store / f"{case.name}.jsonl"
    if not (folder / "run.json").exists():
        given = {"hidden": case.hidden, "seed": case.seed, "protocol": case.protocol, "out": folder}
        emt.train(case.program, resume=True, snapshots=case.steps, **given)
    known = {row["step"]: row for row in map(json.loads, told.read_text().splitlines())} if told.exists() else {}
    left = [step for step in case.steps if step not in known]
    nets = {step: emt.load(folder / "snapshots" / f"step-{step}.safetensors") for step in (*left, case.steps[-1])}
    last = directions(nets[case.steps[-1]], case.program) if left else None
    with told.open("a", encoding="utf-8") as file:
        for step in left:
            known[step] = {"task": case.program.name, "seed": case.seed, "step": step, **look(nets[step], case, last)}
            file.write(json.dumps(known[step]) + "\n")
            file.flush()
    return [known[step] for step in case.steps]


def directions(net: Network, task: LinearTask) -> NDArray[np.float64] | None:
    """The unit vectors in which variables are kept, one a column; None where there is no basis."""
    try:
        encoder = np.asarray(emt.privileged_basis(net, task).encoder)
    except EMTError:
        return None
    return encoder / np.maximum(np.linalg.norm(encoder, axis=0), 1e-300)


def alignment(one: NDArray[np.float64] | None, other: NDArray[np.float64] | None) -> float | None:
    """The mean cosine between the directions of the same variable."""
    return None if one is None or other is None else float(np.mean(np.sum(one * other, axis=0)))


def look(net: Network, case: Case, last: NDArray[np.float64] | None) -> Row:
    """What a network is at one step."""
    found = emt.check(net, case.program, lifetime=False).to_dict()
    spectrum = found["spectrum"]
    return {
        "verdict": found["verdict"],
        "accuracy": found["behaviour"]["accuracy"],
        "r2_min": found["variables"]["r2_min"],
        "modes": spectrum["trajectory"]["count"],
        "theory_modes": spectrum["theory_count"],
        "argument_error": spectrum["trajectory"]["argument_error"],
        "basis": alignment(directions(net, case.program), last),
    }


def first_step(rows: Sequence[Row], name: str, least: float) -> int | None:
    """The first step from which on a quantity stays at least so large; None if it never does."""
    reached = None
    for row in rows:
        there = row[name] is not None and row[name] >= least
        reached = (row["step"] if reached is None else reached) if there else None
    return reached


LEVELS = (("accuracy", 0.99), ("r2_min", 0.9), ("basis", 0.9))
"""From which step on each stays above this."""


def written(found: dict[Case, list[Row]]) -> str:
    """For each network, when what is reached for good, and how it ends."""
    lines = [
        f"{'network':16}" + "".join(f"{f'{name} ≥ {least:g}':18}" for name, least in LEVELS) + f"{'modes':10}verdict"
    ]
    for case, rows in found.items():
        steps = [first_step(rows, name, least) for name, least in LEVELS]
        cells = "".join(f"{'never' if step is None else f'from {step}':18}" for step in steps)
        last = rows[-1]
        modes = f"{last['modes']} of {last['theory_modes']}"
        lines.append(f"{case.name:16}{cells}{modes:10}{last['verdict']}")
    return "\n".join(lines)


def draw(found: dict[Case, list[Row]], path: Path) -> None:
    """One panel for each network; what is beyond 1.3 is drawn there."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    from emt_theory.ground.palette import FOUND, GREY, INK, MISSING, THEORY

    columns = min(4, len(found))
    rows = -(-len(found) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(2.9 * columns, 2.3 * rows + 0.5), layout="constrained", sharey=True, squeeze=False
    )
    order = sorted(found, key=lambda case: case.seed)  # one task a column
    for ax, case in zip(axes.flat, order, strict=False):
        told = found[case]
        steps = [row["step"] for row in told]
        series = {
            "accuracy": (INK, [row["accuracy"] for row in told]),
            "R²_min": (FOUND, [row["r2_min"] for row in told]),
            "modes, of Φ's": (
                THEORY,
                [None if row["modes"] is None else row["modes"] / row["theory_modes"] for row in told],
            ),
            "basis, cosine to the last": (MISSING, [row["basis"] for row in told]),
        }
        for label, (color, values) in series.items():
            heights = np.array([np.nan if value is None else value for value in values])
            ax.plot(
                steps, np.clip(heights, -0.1, 1.3), color=color, marker="o", markersize=2.5, linewidth=1, label=label
            )
        ax.set_title(f"{case.program.name}, seed {case.seed}: {told[-1]['verdict']}", fontsize=9, color=INK)
        ax.set_ylim(-0.12, 1.35)
        ax.axhline(1, color=GREY, linewidth=0.5, zorder=0)
    for ax in axes[-1]:
        ax.set_xlabel("step")
    figure.legend(
        *axes[0, 0].get_legend_handles_labels(), fontsize=8, frameon=False, loc="outside lower center", ncols=4
    )
    figure.savefig(path, dpi=130)
    plt.close(figure)


def run(cases: Sequence[Case], store: Path, out: Path, workers: int) -> dict[Case, list[Row]]:
    """All of them; tables and picture go into `out`."""
    store.mkdir(parents=True, exist_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        jobs = {pool.submit(follow, case, store): case for case in cases}
        ended = {jobs[job]: job.result() for job in as_completed(jobs)}
    found = {case: ended[case] for case in cases}
    (out / "circuit_appears.json").write_text(
        json.dumps([row for rows in found.values() for row in rows], indent=1) + "\n", encoding="utf-8"
    )
    draw(found, out / "circuit_appears.png")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="When the circuit appears.")
    parser.add_argument("--store", type=Path, default=Path("emt-appears"), help="a folder for runs and looks")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("-o", "--out", type=Path, default=HERE, help="where the results go")
    chosen = parser.parse_args()
    print(written(run(CASES, chosen.store, chosen.out, chosen.workers)))


if __name__ == "__main__":
    main()

"""The studies of docs/results are what they say: their grids, and how rates are counted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from docs.results import circuit_appears, universality
from emt_theory.studies import read_grid, table1_grid
from emt_theory.tasks import repeat_copy
from emt_theory.training import FastProtocol

RESULTS = Path(__file__).parents[2] / "docs" / "results"


def keys(config):
    return {one.key for one in read_grid(config)}


def test_the_grids_are_those_of_the_commands_beside_them():
    assert keys(RESULTS / "fast.toml") == keys(table1_grid(l2=[0, 1e-3]))
    assert keys(RESULTS / "paper.toml") == keys(table1_grid("paper", [1, 2, 3], l2=[0, 1e-3]))
    assert (len(keys(RESULTS / "fast.toml")), len(keys(RESULTS / "paper.toml"))) == (320, 96)


def test_the_population_of_universality():
    runs = universality.configurations()
    assert len({one.key for one in runs}) == universality.TASKS == 600
    for k, one in enumerate(runs):
        task, m = one.task, universality.minimum(one.task)
        assert universality.SIZES[0] <= min(task.num_variables, task.dim)
        assert max(task.num_variables, task.dim) <= universality.SIZES[1]
        assert 0 <= one.hidden - universality.factor(k) * m < 1
        if k % 2:
            assert len({(read.block, read.component) for read in task.reads}) == task.dim
            assert 2 * m >= task.num_variables * task.dim
    for kind in (0, 1):
        factors = [universality.factor(k) for k in range(600) if k % 2 == kind]
        assert [factors.count(c) for c in universality.FACTORS] == [75] * 4
    sizes = [universality.minimum(one.task) for one in runs]
    assert all(sum(low <= m <= high for low, high in universality.BINS) == 1 for m in sizes)


@pytest.mark.parametrize("kind", universality.KINDS)
def test_its_controls_are_a_hundred_others(kind):
    chosen = universality.entries(kind)
    assert len({entry.name for entry in chosen}) == 100
    assert len({entry.family for entry in chosen}) > 5


def test_its_rates_by_hand():
    def row(m, solved, verdict, factor=2.0, distinct=False, status="done"):
        return {
            "m": m, "solved": solved, "verdict": verdict, "factor": factor, "distinct": distinct, "status": status
        }  # fmt: skip

    trained = [
        row(3, True, "consistent"),
        row(4, True, "solved-otherwise"),
        row(4, False, "not-solved", factor=1.25),
        row(5, True, "consistent", distinct=True),
        row(5, None, None, status="failed"),
    ]
    known = [
        {"kind": "planted", "m": 4, "solved": True, "verdict": "consistent"},
        {"kind": "planted", "m": 9, "solved": True, "verdict": "inconclusive"},
        {"kind": "impostor", "m": 4, "solved": True, "verdict": "solved-otherwise"},
    ]
    found = {(one["by"], one["part"]): one for one in universality.rates(trained, known)}

    def counts(*place):
        return {name: (cell["count"], cell["total"]) for name, cell in found[place].items() if isinstance(cell, dict)}

    assert counts("all", "") == {"solved": (3, 4), "consistent": (2, 3), "planted": (1, 2), "impostor": (0, 1)}
    assert counts("m", "1 – 4") == {"solved": (2, 3), "consistent": (1, 2), "planted": (1, 1), "impostor": (0, 1)}
    assert counts("N/m", "1.25") == {"solved": (0, 1), "consistent": (0, 0), "planted": (1, 2), "impostor": (0, 1)}
    assert counts("reads", "distinct, m ≥ n/2")["solved"] == (1, 1)
    assert "3/4 [" in universality.written(list(found.values())).splitlines()[1]


def test_when_the_circuit_appears():
    assert len(circuit_appears.CASES) == len({case.name for case in circuit_appears.CASES}) == 8
    assert all(len(case.steps) == len(set(case.steps)) == 25 and case.steps[0] == 0 for case in circuit_appears.CASES)
    rows = [{"step": k, "accuracy": a} for k, a in enumerate([1.0, 0.5, None, 0.995, 0.99])]
    assert circuit_appears.first_step(rows, "accuracy", 0.99) == 3
    assert circuit_appears.first_step(rows[:2], "accuracy", 0.99) is None
    turned = np.array([[1.0, 0.0], [0.0, -1.0]])
    assert circuit_appears.alignment(np.eye(2), turned) == 0
    assert (circuit_appears.alignment(turned, turned), circuit_appears.alignment(None, turned)) == (1, None)


@pytest.mark.slow
def test_when_a_small_circuit_appears(tmp_path):
    """From training to picture; a second call only reads what is there."""
    case = circuit_appears.Case(repeat_copy(2, 1), 0, 6, replace(FastProtocol(), steps=200), looks=2)
    (rows,) = circuit_appears.run([case], tmp_path / "store", tmp_path / "out", 1).values()
    assert [row["step"] for row in rows] == [0, 100, 200]
    assert rows[-1]["basis"] == pytest.approx(1)
    assert (tmp_path / "out" / "circuit_appears.png").exists()
    before = (tmp_path / "store" / "repeat_copy-0.jsonl").read_text()
    circuit_appears.run([case], tmp_path / "store", tmp_path / "out", 1)
    assert (tmp_path / "store" / "repeat_copy-0.jsonl").read_text() == before


def test_every_study_is_listed():
    page = (RESULTS / "index.md").read_text(encoding="utf-8")
    studies = [path.name for path in RESULTS.iterdir() if path.suffix in (".py", ".toml")]
    assert len(studies) >= 3
    assert [name for name in studies if f"`{name}`" not in page] == []

"""Grids: files and dictionaries, what is left out, what is refused."""

import hashlib
from dataclasses import replace

import pytest

from emt_theory.errors import EMTError
from emt_theory.studies import read_grid
from emt_theory.training import FastProtocol, PaperProtocol
from emt_theory.training.fitting import fit
from tests.studies.populations import BRIEF, GRID, TASK, run

FILE = """
tasks = ["T1", "mine.toml", {num_variables = 2, dim = 1, rule = ["u[2][0]"]}]
hidden = 8
l2 = [0, 1e-3]
seeds = [3, 5]
protocols = ["paper", "how.toml"]
thresholds = [0.9, 0.98]
[check]
sequences = 100
"""


def test_a_file(tmp_path):
    (tmp_path / "grid.toml").write_text(FILE)
    (tmp_path / "mine.toml").write_text('num_variables = 2\ndim = 1\nrule = ["-u[2][0]"]')
    (tmp_path / "how.toml").write_text('base = "paper"\nsteps = 50')
    grid = read_grid(tmp_path / "grid.toml")
    assert len(grid) == len({one.key for one in grid}) == 3 * 1 * 2 * 4 * 2
    assert {one.task.name for one in grid} == {"T1", "mine", "task"}
    assert {one.protocol.curriculum.threshold for one in grid} == {0.9, 0.98}
    assert {one.protocol.steps for one in grid} == {50, 20000}
    assert {one.check.sequences for one in grid} == {100}
    assert [one.seed for one in grid[:4]] == [3, 5, 3, 5]


def test_a_dictionary_holds_values():
    assert [one.key for one in read_grid(GRID)][:2] == [run(seed=seed).key for seed in (0, 1)]
    assert len(read_grid(GRID)) == 8
    (alone,) = read_grid({"tasks": "T1"})
    assert (alone.hidden, alone.protocol, alone.seed, alone.protocol.l2) == (
        128,
        fit(FastProtocol(), alone.task, 128),
        0,
        0,
    )
    assert read_grid([run(), run(seed=1), run()]) == (run(), run(seed=1))


def test_an_l2_term_is_the_grids_or_else_the_protocols():
    grid = {**GRID, "seeds": 1, "protocols": replace(BRIEF, l2=0.5)}
    assert [one.protocol.l2 for one in read_grid(grid)] == [0, 0.1, 0, 0.1]
    del grid["l2"]
    assert [one.protocol.l2 for one in read_grid(grid)] == [0.5, 0.5]


def test_the_papers_runs_are_found_again():
    """A store that was filled with them before has them under these keys."""
    keys = [one.key for one in read_grid("docs/results/paper.toml")]
    assert len(keys) == 96
    assert hashlib.sha256(" ".join(keys).encode()).hexdigest()[:16] == "7418b37896f182e4"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"task": "T1"}, "unknown field 'task'; did you mean 'tasks'"),
        ({"tasks": ["T1", "T9"]}, "unknown task 'T9'; did you mean"),
        ({"tasks": []}, "tasks must hold at least one entry"),
        ({"tasks": 3}, "a task is named by a text"),
        ({"hidden": [4, 0]}, "hidden must be a positive integer; got 0"),
        ({"hidden": "large"}, "hidden must be a positive integer; got 'large'"),
        ({"seeds": 0}, "seeds must be an integer from 1 to"),
        ({"seeds": []}, "seeds must hold at least one entry"),
        ({"seeds": [-1]}, "seed must be an integer from 0"),
        ({"seeds": 10**6}, "this makes 4000000 runs"),
        ({"protocols": "quick"}, "unknown protocol 'quick'"),
        ({"protocols": {"steps": 5}}, "'learning_rate' is missing"),
        ({"protocols": {"stepz": 5}}, "unknown field 'stepz'; did you mean 'steps'"),
        ({"protocols": PaperProtocol(), "thresholds": 2}, "threshold must be an accuracy"),
        ({"thresholds": 0.9}, "thresholds are of curricula that move on by accuracy"),
        ({"check": 3}, "check must be true, false, or a table; got 3"),
        ({"check": {"sequence": 3}}, "unknown field of check 'sequence'; did you mean 'sequences'"),
        ({"check": {"horizon": 0}}, "horizon must be an integer from 1"),
        ({"backend": "tf"}, "unknown backend 'tf'"),
        ({"cells": "gru"}, "for gru choose backend 'jax'"),
    ],
)
def test_what_is_refused(change, message):
    with pytest.raises(EMTError, match=message):
        read_grid({**GRID, **change})


def test_other_things_are_refused(tmp_path):
    (tmp_path / "bad.toml").write_text("tasks = [")
    (tmp_path / "empty.toml").write_text("")
    (tmp_path / "wrong.toml").write_text('tasks = "T1"\nseedz = 3')
    for given, message in (
        ({}, "'tasks' is missing"),
        ([], "the population is empty"),
        ([TASK], "a list of configurations; got"),
        (3, "config must be a list"),
        (tmp_path / "none.toml", "none.toml: no such file"),
        (tmp_path, "is a directory"),
        (tmp_path / "bad.toml", "is not a TOML file"),
        (tmp_path / "empty.toml", "'tasks' is missing"),
        (tmp_path / "wrong.toml", "wrong.toml: unknown field 'seedz'; did you mean 'seeds'"),
    ):
        with pytest.raises(EMTError, match=message):
            read_grid(given)

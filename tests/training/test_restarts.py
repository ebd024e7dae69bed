"""Restarts: other seeds while the task is missed, counted, never in studies, and gone on with after an interruption."""

import json
import os
import signal
from dataclasses import replace

import pytest

from emt_theory.analysis import Thresholds
from emt_theory.errors import InvalidOption
from emt_theory.studies import read_grid
from emt_theory.tasks import repeat_copy
from emt_theory.training import Protocol, Scheduled, train, train_many
from emt_theory.training.restarts import SOLVED, attempts_at

TASK = repeat_copy(num_variables=2, dim=1)
ENOUGH = Protocol(
    steps=150, learning_rate=0.02, curriculum=Scheduled((6,), (0,)), batch=16, test_horizon=8, test_sequences=400
)
HOPELESS = replace(ENOUGH, steps=8, learning_rate=1e-9)


def test_the_bar_is_that_of_the_first_question():
    assert Thresholds().solved_accuracy == SOLVED


def test_a_run_that_solves_its_task_has_none():
    run = train(TASK, 8, protocol=ENOUGH, restarts=3)
    assert (run.restarts, run.seed) == (0, 0)
    assert run.net == train(TASK, 8, protocol=ENOUGH).net


def test_one_that_does_not_goes_on_to_the_last(tmp_path):
    run = train(TASK, 4, protocol=HOPELESS, restarts=2, out=tmp_path / "run")
    seeds = [setting.seed for setting in attempts_at(replace(run.setting, seed=0), 2)]
    assert len(set(seeds)) == 3
    assert (run.restarts, run.seed) == (2, seeds[-1])
    assert run.net == train(TASK, 4, protocol=HOPELESS, seed=seeds[-1]).net
    told = json.loads((tmp_path / "run" / "run.json").read_text())
    assert (told["restarts"], told["seed"]) == (2, seeds[-1])
    assert f"after 2 restarts, with seed {seeds[-1]}" in str(run)


def test_it_stops_at_the_first_that_solves(monkeypatch):
    monkeypatch.setattr("emt_theory.training.restarts.is_solved", lambda run: run.seed != 0)
    assert train(TASK, 4, protocol=HOPELESS, restarts=5).restarts == 1


def test_an_interrupted_attempt_is_gone_on_with(tmp_path):
    whole, seen = train(TASK, 4, protocol=HOPELESS, restarts=2), []

    def interrupt(progress):
        seen.append(progress.step)
        if seen.count(8) == 2:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(TASK, 4, protocol=HOPELESS, restarts=2, out=tmp_path / "cut", progress=interrupt)
    seen.clear()
    resumed = train(
        TASK,
        4,
        protocol=HOPELESS,
        restarts=2,
        out=tmp_path / "cut",
        resume=True,
        progress=lambda p: seen.append(p.step),
    )
    assert (resumed.net, resumed.restarts) == (whole.net, 2)
    assert seen == [8]  # of the last one: the one before it had ended, the first is not made again


def test_studies_have_none():
    with pytest.raises(InvalidOption, match="unknown field 'restarts'"):
        read_grid({"tasks": "T1", "restarts": 1})
    with pytest.raises(InvalidOption, match="train_many has no argument 'restarts'"):
        train_many(TASK, [0], restarts=1)
    with pytest.raises(InvalidOption, match="restarts must be an integer from 0 to 1000; got -1"):
        train(TASK, restarts=-1)

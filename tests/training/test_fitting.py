"""Steps and rate follow N and the task's minimum, are said, and give way to what is given."""

import json
from dataclasses import replace

import pytest

from emt_theory.circuits import minimal_dimension
from emt_theory.errors import InvalidOption
from emt_theory.studies import Configuration
from emt_theory.tasks import parse, random_selection
from emt_theory.training import FastProtocol, PaperProtocol, Scheduled, train
from emt_theory.training.fitting import fit, rate_for, steps_for
from tests.studies.populations import BRIEF, TASK
from tests.training.samplers import minority

BRISK = replace(FastProtocol(), curriculum=Scheduled((4,), (0,)), batch=8, test_horizon=4, test_sequences=8)


def test_steps_fall_with_room_and_the_rate_with_size():
    steps = [steps_for(n, 16) for n in range(4, 300)]
    assert (steps[0], steps_for(16, 16), steps_for(36, 16), steps_for(64, 16), steps[-1]) == (
        3000,
        3000,
        2000,
        1500,
        1000,
    )
    assert steps == sorted(steps, reverse=True)
    assert steps_for(20, None) == steps_for(24, 16) == 2449
    assert steps_for(5, 0) == steps_for(5, 1)  # a task whose targets are all 0 needs no dimension
    rates = [rate_for(n) for n in (2, 8, 32, 128, 512, 1024)]
    assert rates[3:5] == [0.006, 0.003]
    assert rates == sorted(rates, reverse=True)


@pytest.mark.parametrize("seed", range(6))
def test_the_minimum_is_that_of_the_theory(seed):
    task = random_selection(4, 5, seed=seed)
    least = minimal_dimension(task).running
    for hidden in (least, least + 2, 3 * least):
        found = fit(FastProtocol(), task, hidden)
        assert (found.steps, found.learning_rate) == (steps_for(hidden, least), rate_for(hidden))


def test_what_is_given_wins():
    task = parse("T1")
    assert fit(FastProtocol(steps=7), task, 64) == FastProtocol(steps=7, learning_rate=rate_for(64))
    assert fit(FastProtocol(learning_rate=0.5), task, 64) == FastProtocol(steps=3000, learning_rate=0.5)
    for protocol in (PaperProtocol(), FastProtocol(steps=7, learning_rate=0.5)):
        assert fit(protocol, task, 64) is protocol
    assert FastProtocol().open == ("steps", "learning_rate")
    with pytest.raises(InvalidOption, match="steps follows the network and the task"):
        FastProtocol().rate(0)


def test_a_run_says_what_it_took(tmp_path):
    run = train(TASK, hidden=3, protocol=replace(BRISK, steps=5), out=tmp_path / "run")
    assert run.setting.protocol.learning_rate == rate_for(3)
    kept = json.loads((tmp_path / "run" / "run.json").read_text())["protocol"]
    assert (kept["steps"], kept["learning_rate"]) == (5, rate_for(3))
    assert f"  5 steps in {run.seconds:.1f} s" in str(run)
    assert f"learning rate {rate_for(3):g}" in str(run)
    assert train(minority, hidden=3, protocol=replace(BRISK, learning_rate=0.01)).steps == steps_for(3, None)


def test_a_configuration_holds_the_numbers():
    """Its key is that of what is trained, and stays the same should the formula change."""
    open_, given = Configuration(TASK, 4), Configuration(TASK, 4, fit(FastProtocol(), TASK, 4))
    assert open_ == given
    assert open_.key == given.key != Configuration(TASK, 4, FastProtocol(steps=9)).key
    assert Configuration(TASK, 4, BRIEF).protocol is BRIEF

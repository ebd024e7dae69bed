"""A configuration's key: equal for equal runs, in every process, and for nothing else."""

from dataclasses import replace

import pytest

from emt_theory.errors import EMTError, InvalidOption, InvalidTask
from emt_theory.studies import Checking
from emt_theory.tasks import fibonacci, from_matrix
from emt_theory.training import FastProtocol, Protocol
from emt_theory.training.protocol_files import from_dict
from tests.studies.populations import BRIEF, CHECK, TASK, run
from tests.tasks.toys import RunningParity, Xor

KEY = "0e4766b63fe7ea4c"


def test_the_key_is_this_one_for_ever():
    """In every process, whose hash seeds differ, and in every version: a store that was written before is found again."""
    assert run(check=CHECK).key == KEY


def test_equal_runs_share_a_key():
    same = [
        {"l2": 0},
        {"task": TASK.named("another name")},
        {"task": from_matrix([[1, 0]], name="by its matrix")},
        {"activation": "Tanh"},
        {"protocol": replace(BRIEF, clip=1)},
    ]
    assert {run(**change).key for change in same} == {run().key}
    assert run(protocol=FastProtocol()).key == run(protocol=from_dict({"base": "fast"})).key


def test_whatever_changes_a_run_changes_its_key():
    changes = [
        {},
        {"task": fibonacci(2, 1)},
        {"task": from_matrix([["1/2", 0]])},
        {"task": from_matrix([["1/2", 0]], inputs=(-1, 2))},
        {"task": Xor()},
        {"task": RunningParity()},
        {"hidden": 5},
        {"l2": 1e-3},
        {"seed": 1},
        {"activation": "relu"},
        {"backend": "jax"},
        {"backend": "jax", "cell": "gru"},
        {"dtype": "float64"},
        {"check": CHECK},
        {"check": replace(CHECK, lifetime=True)},
        *(
            {"protocol": replace(BRIEF, **{name: value})}
            for name, value in (("steps", 31), ("clip", None), ("beta2", 0.9))
        ),
    ]
    assert len({run(**change).key for change in changes}) == len(changes)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"task": "T1"}, InvalidTask, "expected a task"),
        ({"hidden": 0}, InvalidOption, "hidden must be a positive integer"),
        ({"l2": -1}, InvalidOption, "l2 must be a finite number"),
        ({"cell": "gru"}, InvalidOption, "for gru choose backend 'jax'"),
        ({"backend": "tf"}, InvalidOption, "unknown backend 'tf'"),
        ({"protocol": "fast"}, InvalidOption, "protocol must be a Protocol"),
        ({"check": True}, InvalidOption, "check must be a Checking, or None; got True"),
        ({"activation": "sin"}, EMTError, "unknown activation"),
    ],
)
def test_what_cannot_be_trained_cannot_be_configured(change, error, message):
    with pytest.raises(error, match=message):
        run(**change)


def test_a_check_has_its_ranges():
    for change in ({"sequences": 0}, {"horizon": 10**7}, {"seed": -1}, {"lifetime": None}):
        with pytest.raises(InvalidOption, match=next(iter(change))):
            Checking(**change)


def test_what_it_says():
    one = run(protocol=Protocol(5, 1e-3, BRIEF.curriculum))
    assert str(one) == "repeat_copy, hidden 4, protocol custom, l2 0.0, seed 0"
    assert one.to_dict()["protocol"]["l2"] == 0
    assert run(task=Xor()).to_dict()["task"]["class"] == "Xor"

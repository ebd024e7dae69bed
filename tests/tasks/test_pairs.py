"""Inputs that lead to one memory at different times: the memories are equal, what is forgotten is fresh, and one step off they are not."""

import json
from fractions import Fraction

import numpy as np
import pytest

from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.tasks import (
    LinearTask,
    compose_copy,
    delayed_copy,
    fibonacci,
    from_matrix,
    random_selection,
    repeat_copy,
    selection,
)
from emt_theory.tasks.pairs import equal_memories

NEGATING = from_matrix([[0, 0, -1, 0], [0, 1, 0, 0]], dim=2)
TASKS = (
    repeat_copy(num_variables=1, dim=1),
    repeat_copy(num_variables=3, dim=2),
    compose_copy(4),
    delayed_copy(num_variables=4, dim=2, lag=2),
    random_selection(5, 3, seed=1),
    NEGATING,
)


def memories(task, inputs, t):
    """The lasting part of the memory after step t, exact, shape (batch, m)."""
    s = task.num_variables
    series = np.concatenate([inputs, task.targets(inputs, t)], axis=1)
    return series[:, t - s : t].reshape(len(inputs), -1)[:, list(task.persistent)]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_memories_are_equal_at_their_times(task: LinearTask):
    pairs = task.pairs(count=20, horizon=60, seed=3)
    assert pairs.inputs.shape == (80, task.num_variables, task.dim)
    assert pairs.offsets == tuple(t - pairs.times[0] for t in pairs.times) == (0, 1, 3, 8)
    assert task.settled <= pairs.times[0]
    assert pairs.times[-1] <= pairs.steps == task.num_variables + 60
    assert pairs.count == 20
    groups = pairs.inputs.reshape(4, 20, task.num_variables, task.dim)
    first = memories(task, groups[0], pairs.times[0])
    for inputs, t in zip(groups, pairs.times, strict=True):
        assert np.array_equal(memories(task, inputs, t), first)


def test_one_step_off_they_are_not_equal():
    task = repeat_copy(num_variables=3, dim=2)
    pairs = task.pairs(count=20, horizon=40)
    groups = pairs.inputs.reshape(4, 20, 3, 2)
    first = memories(task, groups[0], pairs.times[0])
    for inputs, t in zip(groups[1:], pairs.times[1:], strict=True):
        assert not np.array_equal(memories(task, inputs, t + 1), first)


def test_what_is_forgotten_is_drawn_anew():
    task = delayed_copy(num_variables=4, dim=2, lag=2)
    groups = task.pairs(count=200, horizon=40).inputs.reshape(4, 200, -1)
    forgotten = [j for j in range(task.components) if j not in task.persistent]
    assert forgotten
    assert np.mean(groups[0][:, forgotten] == groups[1][:, forgotten]) == pytest.approx(0.5, abs=0.1)


def test_a_seed_gives_the_same_inputs_and_another_others():
    task = compose_copy(3)
    one, same, other = (task.pairs(count=30, horizon=40, seed=seed).inputs for seed in (5, 5, 6))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert np.array_equal(one, equal_memories(task, 30, 5).reshape(one.shape)), "one implementation"


def test_values_stay_exact():
    task = LinearTask("thirds", 2, 1, ((1, 0, -1),), inputs=(Fraction(-1, 3), Fraction(0), Fraction(1, 3)))
    pairs = task.pairs(count=10, horizon=20)
    assert {abs(value) for value in pairs.inputs.flat} <= {0, Fraction(1, 3)}
    assert json.loads(json.dumps(pairs.to_dict()))["times"] == list(pairs.times)
    assert "10 inputs of thirds" in repr(pairs)


@pytest.mark.parametrize(
    ("task", "given", "error", "said"),
    [
        (fibonacci(), {}, InvalidTask, "selection tasks; fibonacci is none"),
        (selection("forgets", 2, [(2, 1, 1), (1, 1, 1)]).named("mixed"), {"horizon": 3}, InvalidOption, "at least"),
        (from_matrix([[0, 0], [0, 0]], dim=2), {}, InvalidTask, "is none"),
        (compose_copy(3), {"count": 0}, InvalidOption, "count must be a positive integer"),
        (compose_copy(3), {"horizon": 10}, InvalidOption, "horizon must be an integer, at least 11"),
        (compose_copy(3), {"seed": -1}, InvalidOption, "seed"),
        (LinearTask("bits", 2, 1, ((1, 0, -1),), inputs=(0, 1)), {}, InvalidTask, "inputs of the other sign"),
    ],
)
def test_what_has_no_pairs_is_refused(task, given, error, said):
    with pytest.raises(error, match=said) as caught:
        task.pairs(**{"count": 5, "horizon": 40} | given)
    assert "\n" not in str(caught.value)

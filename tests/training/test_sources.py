"""Batches: the tables' targets against the task's own, and samplers that return nonsense."""

import numpy as np
import pytest

from emt_theory.errors import InvalidOption
from emt_theory.tasks import fibonacci, from_matrix, parse, random_selection
from emt_theory.training import Protocol, Scheduled, train
from emt_theory.training.engine import Setting
from emt_theory.training.numpy_engine import Batches
from emt_theory.training.sources import SamplerSource, to_source
from tests.training.samplers import minority

TASKS = [
    parse("T1"),
    parse("T3"),
    random_selection(num_variables=3, dim=4, seed=2),
    fibonacci(num_variables=3, dim=2),
    from_matrix([["1/2", 0, "-1/3"]], dim=1),
    from_matrix([[0, 0], [0, 1]], dim=2),
]


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.name)
def test_targets_are_the_tasks(task):
    protocol = Protocol(steps=3, learning_rate=0.1, curriculum=Scheduled((9,), (0,)), batch=6)
    batches = Batches(Setting(task, 4, 5, protocol), 9)
    batches.draw(np.arange(3))
    for k in range(3):
        inputs, targets, scored = batches.at(k)
        assert inputs.shape == (6, task.num_variables, task.dim)
        exact = task.targets(inputs.astype(int), 9).astype(float)
        np.testing.assert_allclose(targets, exact, rtol=1e-13)
        assert scored is None
    assert not np.array_equal(inputs, batches.at(0).inputs)


def test_targets_that_leave_the_range_of_floats_are_refused(tmp_path):
    with pytest.raises(InvalidOption, match="horizon 3000 leave the range of floats"):
        fibonacci().map.table(3000)
    protocol = Protocol(steps=9, learning_rate=0.1, curriculum=Scheduled((4, 3000), (0, 0.5)))
    with pytest.raises(InvalidOption, match="choose shorter horizons"):
        train(fibonacci(), hidden=4, protocol=protocol, out=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def zeros(*shape):
    return np.zeros(shape)


@pytest.mark.parametrize(
    ("sampler", "message"),
    [
        (lambda rng, b, h: zeros(b, 2, 1), "must return .inputs, targets."),
        (lambda rng, b, h: (zeros(b, 2), zeros(b, h, 1)), r"\(batch, s, d\) = \(1, s, d\); got \(1, 2\)"),
        (lambda rng, b, h: (zeros(b, 2, 1), zeros(b, 1 + h, 1)), r"\(batch, horizon, d\) = \(1, 1, 1\); got \(1, 2, 1\)"),
        (lambda rng, b, h: (zeros(b, 2, 3), zeros(b, h, 1)), r"got \(1, 1, 1\)"),
        (lambda rng, b, h: (zeros(b, 2, 1), np.full((b, h, 1), np.nan)), "not finite, at step 0"),
        (lambda rng, b, h: ([["a"]], zeros(b, h, 1)), "sampler's inputs must hold integers or floats"),
        (3, "a task, or a sampler"),
    ],
)  # fmt: skip
def test_bad_samplers_are_refused_before_anything_is_computed(sampler, message, tmp_path):
    with pytest.raises(InvalidOption, match=message):
        train(sampler, hidden=4, out=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_sampler_that_is_not_linear_is_learned():
    protocol = Protocol(steps=600, learning_rate=0.01, curriculum=Scheduled((4,), (0,)), decay="cosine", test_horizon=4)
    run = train(minority, hidden=16, protocol=protocol)
    assert run.accuracy == 1
    assert run.setting.source.name == "minority"
    assert isinstance(to_source(minority), SamplerSource)

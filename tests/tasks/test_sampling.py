"""Sampling is seeded, and targets are exact: against Φ's powers, in another arithmetic."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.exact import companion
from emt_theory.tasks import fibonacci, from_matrix, parse, repeat_copy
from emt_theory.testing import strategies


@given(strategies.tasks())
def test_targets_are_the_newest_block_of_powers_of_phi(task):
    inputs, targets = task.sequences(batch=2, horizon=5, seed=1)
    phi = companion(task.F, task.dim)
    for b in range(2):
        state = [Fraction(x) for x in inputs[b].ravel().tolist()]
        for t in range(5):
            state = phi.apply(state)
            assert list(targets[b, t]) == state[-task.dim :]


def test_the_same_seed_gives_the_same_inputs():
    task = repeat_copy(3, 2)
    assert (task.sequences(10, 4, seed=7).inputs == task.sequences(10, 4, seed=7).inputs).all()
    assert (task.sequences(10, 4, seed=7).inputs != task.sequences(10, 4, seed=8).inputs).any()
    assert set(np.unique(task.sequences(50, 1, seed=0).inputs)) == {-1, 1}


@pytest.mark.parametrize(("name", "period"), [("T1", 8), ("T2", 840), ("T3", 48), ("T4", 70)])
def test_periods_of_the_paper_tasks(name, period):
    targets = parse(name).sequences(20, horizon=2 * period + 40, seed=0).targets[:, 20:]
    divisors = [p for p in range(1, period + 1) if period % p == 0]
    assert [p for p in divisors if (targets[:, p:] == targets[:, :-p]).all()] == [period]


def test_integers_stay_machine_integers_only_while_they_fit():
    assert repeat_copy(2, 1).sequences(1, 1000, seed=0).targets.dtype == np.int64
    assert fibonacci().sequences(1, 10, seed=0).targets.dtype == np.int64
    assert fibonacci().sequences(1, 500, seed=0).targets.dtype == object


def test_other_inputs():
    task = from_matrix([["1/2"]], inputs=["1/3", 2])
    inputs, targets = task.sequences(20, 2, seed=0)
    assert {str(x) for x in inputs.ravel()} == {"1/3", "2"}
    assert all(t == u / 4 for u, t in zip(inputs[:, 0, 0], targets[:, 1, 0], strict=True))


@st.composite
def fractional(draw):
    """A task with a rational F and rational inputs, s, d ≤ 4."""
    s, d = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    entry = st.one_of(st.just(0), st.integers(-2, 2), st.fractions(-2, 2, max_denominator=6))
    rows = draw(st.lists(st.lists(entry, min_size=s * d, max_size=s * d), min_size=d, max_size=d))
    inputs = draw(st.lists(st.fractions(-2, 2, max_denominator=5), min_size=2, max_size=4, unique=True))
    return from_matrix([[str(v) for v in row] for row in rows], dim=d, inputs=[str(v) for v in inputs])


@settings(max_examples=25)
@given(fractional(), st.integers(1, 6))
def test_targets_of_fractions_are_those_of_a_naive_recurrence(task, horizon):
    inputs, targets = task.sequences(3, horizon, seed=2)
    F = [[Fraction(int(v.p), int(v.q)) for v in row] for row in task.matrix.tolist()]
    for b in range(3):
        u = [[Fraction(v) for v in row] for row in inputs[b].tolist()]
        for t in range(horizon):
            past = [v for row in u[t:] for v in row]
            u.append([sum((f * v for f, v in zip(row, past, strict=True)), Fraction(0)) for row in F])
        assert targets[b].tolist() == u[task.num_variables :]
    episodes = task.sample(3, horizon, seed=2)
    assert np.array_equal(episodes.inputs[:, : task.num_variables], inputs)
    assert np.array_equal(episodes.targets[:, task.num_variables :], targets)


def test_bad_requests():
    with pytest.raises(InvalidOption, match="batch must be a positive integer; got 0"):
        repeat_copy(2, 1).sequences(0, 1, seed=0)
    with pytest.raises(InvalidOption, match="horizon must be a positive integer"):
        repeat_copy(2, 1).sequences(1, 0, seed=0)
    with pytest.raises(InvalidTask, match=r"inputs must have shape \(batch, s, d\) = \(batch, 2, 1\); got \(2, 1\)"):
        repeat_copy(2, 1).targets([[1], [1]], 3)
    with pytest.raises(InvalidTask, match="exact"):
        repeat_copy(2, 1).targets([[[0.5], [1]]], 3)


def test_integers_beyond_64_bits_are_not_wrapped():
    large = np.array([[[2**63 + 5], [1]]], dtype=np.uint64)
    assert repeat_copy(2, 1).targets(large, 1)[0, 0, 0] == 2**63 + 5
    smallest = np.array([[[-(2**63)]]], dtype=np.int64)
    assert from_matrix([[-1]]).targets(smallest, 1)[0, 0, 0] == 2**63


@pytest.mark.parametrize("inputs", [np.array([[[0.1]]], dtype=object), [[[None]]], [[[1], [1, 2]]]])
def test_objects_that_are_not_exact_are_refused(inputs):
    with pytest.raises(InvalidTask):
        from_matrix([[1]]).targets(inputs, 1)


@pytest.mark.parametrize("seed", [-1, 1.5, "a", None])
def test_seeds_are_non_negative_integers(seed):
    with pytest.raises(InvalidOption, match=r"seed must be an integer from 0 to 2\^64 - 1"):
        repeat_copy(2, 1).sequences(1, 1, seed)

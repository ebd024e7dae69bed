"""Small parts of what measures, each by its definition: what no test of the whole noticed when it was changed."""

from __future__ import annotations

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.evidence.alone import _share  # pyright: ignore[reportPrivateUsage]
from emt_theory.evidence.basis.units import Participation
from emt_theory.evidence.dynamics import domain
from emt_theory.evidence.examination import examine
from emt_theory.evidence.monomials import Orbit
from emt_theory.evidence.recording import first_infinite, left_at, range_left, record
from emt_theory.evidence.streams.equal import _keys  # pyright: ignore[reportPrivateUsage]
from emt_theory.evidence.symbols.exchange import exchange, window_functions
from emt_theory.evidence.symbols.visits import Visits, visit
from emt_theory.evidence.symbols.window import WindowReading, read_window
from emt_theory.evidence.variables import VariableReading, read_variables
from emt_theory.ground.absent import Absent
from emt_theory.networks import ElmanRNN, state_space
from emt_theory.tasks import autoregressive, compose_copy, linear_filter, repeat_copy, xor

TASK = compose_copy(2)
NET = derive(TASK).compile(scheme="tanh")
RUN = record(NET, TASK, 7, 12, 0)


def test_transitions_are_the_states_and_those_that_follow() -> None:
    before, behind = RUN.transitions(6)
    assert np.array_equal(before.reshape(7, -1, 4), RUN.states[:, 6:-1])
    assert np.array_equal(behind.reshape(7, -1, 4), RUN.states[:, 7:])


def test_states_of_an_odd_network_lie_around_0() -> None:
    assert RUN.center(RUN.transitions(6)[0]).tolist() == [0, 0, 0, 0]


def test_what_is_read_has_the_mean_state_in_its_middle() -> None:
    fit, fresh = (record(NET, TASK, 32, 40, seed) for seed in (1, 0))
    found = read_variables(NET, derive(TASK), fit, fresh)
    assert isinstance(found, VariableReading)
    assert found.center == pytest.approx(fit.states[:, found.settled :].mean(axis=(0, 1)), abs=0.05)


def test_weights_that_are_too_large_are_not_ablated() -> None:
    net = ElmanRNN(1e150 * np.eye(4), np.ones((4, 2)), np.ones((2, 4)))
    assert "its weights are too large" in str(examine(net, TASK, sequences=16, horizon=12).ablations)


@pytest.fixture(scope="module")
def visits() -> Visits:
    found = visit(state_space(derive(xor()).compile()), xor(), 16, seed=0, ahead=4)
    assert isinstance(found, Visits)
    return found


def test_no_more_than_all_is_explained(visits: Visits) -> None:
    space = state_space(derive(xor()).compile())
    for run in ((0, 0), (1, 0)):
        assert 0 <= exchange(space, visits, window_functions(run), 0).explained <= 1


def test_no_variable_is_read_before_the_first(visits: Visits) -> None:
    found = read_window(visits)
    assert isinstance(found, WindowReading)
    assert found.lags[0] + visits.times[0] >= 1


@pytest.mark.parametrize(("median", "low", "aligned"), [(1.0, 3.0, True), (3.2, 3.5, False), (2.0, 1.9, False)])
def test_units_are_aligned_below_every_rotation_and_three_quarters_of_the_mean(
    median: float, low: float, aligned: bool
) -> None:
    assert Participation(median, 4.0, low, 5.0, np.full(3, median)).aligned is aligned


def test_memories_of_a_filter_have_no_units() -> None:
    task = linear_filter([1, "1/2"], ["-1/3"])
    memories = [np.random.default_rng(k).integers(3, size=(40, task.floats[0].shape[0])) for k in (0, 1)]
    plain, small = (_keys(task, [size * one for one in memories], 0) for size in (1.0, 1e-30))
    for one, other in zip(plain, small, strict=True):
        assert np.array_equal(one[:, None] == one, other[:, None] == other)
    assert len(np.unique(small[0])) > 1


def test_the_first_step_that_is_not_finite_and_the_first_value_beyond_floats_are_counted_from_1() -> None:
    values = np.ones((2, 5, 1))
    broken, large, small = values.copy(), values.copy(), values.copy()
    broken[1, 2], large[0, 3], small[0, 1] = np.nan, 1e301, 1e-301
    assert [first_infinite(*pair) for pair in ((values, values), (broken, values), (values, broken))] == [None, 3, 3]
    assert [left_at(one) for one in (values, large, small)] == [None, 4, 2]


def test_a_task_whose_values_grow_leaves_the_range_of_floats_where_they_do() -> None:
    task = autoregressive([1000])
    assert range_left(task, task.sample(2, 105, 0)) == 101
    assert range_left(TASK, TASK.sample(2, 105, 0)) is None


def test_shares_of_what_was_made() -> None:
    assert _share(np.array([1, 0, 0]), np.array([2, 4, 0])).tolist() == [0.5, 0, 0]


def test_products_are_named_in_letters_as_far_as_they_go() -> None:
    assert [Orbit((k,), (0,), 1).name for k in (0, 25, 26)] == ["a", "z", "[26]"]


def test_a_single_mode_is_dropped_too() -> None:
    task = repeat_copy(1, 1)
    found = examine(derive(task).compile(scheme="tanh"), task, sequences=16, horizon=12).ablations
    assert not isinstance(found, Absent), found


def test_how_far_an_orbit_is_from_all_states_does_not_depend_on_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain, "_ENTRIES", 6)  # three rows at a time
    rng = np.random.default_rng(0)
    before, orbit = rng.normal(size=(20, 3)), rng.normal(size=(2, 3))
    nearest, distances, farthest = domain.Domain(before, before, np.zeros(3), 1.0)._nearest(orbit)
    every = np.linalg.norm(before[:, None] - orbit, axis=2)
    assert np.array_equal(nearest, every.argmin(axis=1))
    assert distances == pytest.approx(every.min(axis=1))
    assert farthest == pytest.approx(every.min(axis=0).max())

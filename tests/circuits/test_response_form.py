"""P07 a second time, by responses; finite horizons; and the contamination of the load (P06). Values only."""

import time
from itertools import product

import numpy as np
import pytest
from hypothesis import Phase, given, settings

from emt_theory.circuits import (
    circuit_value_horizon,
    contamination,
    derive,
    find_elapsed_time_defect,
    find_obstruction,
    interpret,
    is_linearly_solvable,
    is_linearly_solvable_within,
    responses,
    value_horizon,
)
from emt_theory.errors import InvalidOption
from emt_theory.exact import companion, injection
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.tasks import compose_copy, from_matrix, parse, repeat_copy, selection
from emt_theory.testing import strategies

FIRST_FAILURE = (Phase.generate,)  # a saboteur's failure need not be shrunk


def law_of_two_forms(by_responses, phases=tuple(Phase)):
    @settings(max_examples=120, phases=phases)
    @given(strategies.tasks())
    def law(task):
        assert by_responses(task) == is_linearly_solvable(task)

    return law


def test_p07_the_response_form_agrees_with_the_closed_criterion():
    law_of_two_forms(is_linearly_solvable_within)()


def test_p07_looking_further_than_s_changes_nothing():
    """Cayley–Hamilton asks for τ ≤ n; τ ≤ s is enough, since a horizon of 2n + 2 decides the same."""
    law_of_two_forms(lambda task: is_linearly_solvable_within(task, 2 * task.components + 2))()


def test_p07_saboteur_stops_one_step_early():
    """τ < s is not enough: F_1 F_j is seen at τ = s for the first time."""
    task = selection("late", 3, [(1, 1, 1), (1, 0, 1), (2, 0, 1)])
    assert find_elapsed_time_defect(task) is None
    late = selection("late", 3, [(1, 1, 1), (2, 0, 1)])
    assert find_elapsed_time_defect(late).tau == 3
    with pytest.raises(AssertionError):
        law_of_two_forms(lambda task: is_linearly_solvable_within(task, task.num_variables), FIRST_FAILURE)()


@given(strategies.tasks())
def test_responses_are_powers_of_phi(task):
    newest = injection(task.num_variables, task.num_variables, task.dim).T
    row, phi = newest, companion(task.F, task.dim)
    for response in responses(task, task.num_variables + 3):
        assert response == row
        row = row @ phi


def solvable_by_any_network(task, horizon):
    """Brute force: a linear network is its impulse response g_1, g_2, …; the targets of unit inputs ask for its values, and clash or do not."""
    s, d = task.num_variables, task.dim
    unit = np.eye(task.components, dtype=int).reshape(task.components, s, d)
    wanted = task.targets(unit, horizon).reshape(s, d, horizon, d)
    asked = {}
    for k, c, t in product(range(s), range(d), range(horizon)):
        value = tuple(wanted[k, c, t])
        if asked.setdefault((t + s - k, c), value) != value:
            return False
    return True


@settings(max_examples=30)
@given(strategies.tasks())
def test_the_horizon_of_any_linear_network(task):
    limit = value_horizon(task)
    for horizon in range(1, task.num_variables + 2):
        expected = solvable_by_any_network(task, horizon)
        assert is_linearly_solvable_within(task, horizon) == expected
        assert (limit is None or horizon <= limit) == expected


@settings(max_examples=30)
@given(strategies.tasks())
def test_the_horizon_of_the_circuit_by_running(task):
    s = task.num_variables
    horizon = 2 * task.components + 1
    unit = np.eye(task.components, dtype=int).reshape(task.components, s, task.dim)
    right = interpret(task, unit, s + horizon).outputs[:, s:] == task.targets(unit, horizon)
    wrong = np.flatnonzero(~right.all(axis=(0, 2)))
    assert circuit_value_horizon(task) == (int(wrong[0]) if len(wrong) else None)


def test_for_ever_the_circuit_is_as_good_as_any_network_but_not_for_a_while():
    task = compose_copy(8)
    assert (value_horizon(task), circuit_value_horizon(task)) == (1, 0)
    assert (value_horizon(repeat_copy()), circuit_value_horizon(repeat_copy())) == (None, None)
    exactness = derive(parse("T4")).exactness
    assert (exactness.value_horizon, exactness.circuit_value_horizon) == (1, 0)


@settings(max_examples=30)
@given(strategies.tasks())
def test_the_two_horizons_are_unlimited_together(task):
    assert (value_horizon(task) is None) == (circuit_value_horizon(task) is None) == is_linearly_solvable(task)


def law_p06(contamination, phases=tuple(Phase)):
    @settings(max_examples=30, phases=phases)
    @given(strategies.tasks())
    def law(task):
        unit = np.eye(task.components, dtype=int).reshape(task.components, task.num_variables, task.dim)
        loaded, ideal = (
            interpret(task, unit, task.num_variables, load).memory[:, -1].reshape(len(unit), -1).T
            for load in ("network", "ideal")
        )
        assert contamination(task) == RationalMatrix.from_rows(loaded - ideal)

    return law


def test_p06_contamination_by_running():
    law_p06(contamination)()


def test_p06_saboteur_only_the_last_step_contaminates():
    def last_step(task):
        d, n = task.dim, task.components
        return RationalMatrix((n, n), tuple(e for e in contamination(task) if e[1] >= n - 2 * d))

    with pytest.raises(AssertionError):
        law_p06(last_step, FIRST_FAILURE)()


def test_n_512_dense_integer_in_less_than_ten_seconds():
    F = np.random.default_rng(0).integers(-3, 4, size=(8, 512))
    start = time.process_time()
    task = from_matrix(F, dim=8)
    assert find_obstruction(task) is not None
    assert value_horizon(task) == 1
    assert time.process_time() - start < 10


def test_a_horizon_must_be_positive():
    with pytest.raises(InvalidOption, match="horizon must be a positive integer; got 0"):
        is_linearly_solvable_within(parse("T1"), 0)

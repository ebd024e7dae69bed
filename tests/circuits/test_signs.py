"""Signs of the linear circuit (P06, P07b): measured, expected, damped. Nothing here is about values."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import Phase, given, settings

from emt_theory.circuits import (
    DAMPING_GRID,
    best_damping,
    derive,
    expected_sign_accuracy,
    interpret,
    is_linearly_solvable,
    sign_accuracy,
)
from emt_theory.circuits import signs as module
from emt_theory.errors import InvalidOption
from emt_theory.tasks import LinearTask, accuracy, autoregressive, compose_copy, from_matrix, parse
from emt_theory.testing import strategies

FIRST_FAILURE = (Phase.generate,)  # a saboteur's failure need not be shrunk


@pytest.mark.parametrize(
    ("name", "expected"),
    [("T1", Fraction(1)), ("T2", Fraction(1127, 1600)), ("T3", Fraction(4893, 6400)), ("T4", Fraction(18, 25))],
)
def test_p06_expected_and_measured_on_the_papers_tasks(name, expected):
    task = parse(name)
    measured = sign_accuracy(task, horizon=50, sequences=500, seed=1)
    assert expected_sign_accuracy(task, horizon=50) == expected
    assert measured.accuracy_low - 0.005 <= expected <= measured.accuracy_high + 0.005


@settings(max_examples=30)
@given(strategies.selection_tasks(3, 2) | strategies.linear_tasks(2, 2))
def test_the_expectation_is_the_mean_over_all_inputs(task):
    everything = np.array(list(product((-1, 1), repeat=task.components))).reshape(-1, task.num_variables, task.dim)
    horizon = 4
    targets = task.targets(everything, horizon)
    if not targets.any():
        with pytest.raises(InvalidOption, match="nothing is scored"):
            expected_sign_accuracy(task, horizon)
        return
    outputs = interpret(task, everything, task.num_variables + horizon).outputs[:, task.num_variables :]
    assert float(expected_sign_accuracy(task, horizon)) == pytest.approx(accuracy(outputs, targets).accuracy)


@settings(max_examples=30)
@given(strategies.tasks())
def test_scaled_outputs_have_the_signs_of_the_damped_circuit(task):
    gamma = Fraction(2, 3)
    inputs = task.sequences(3, 1, seed=0).inputs
    damped = LinearTask("damped", task.num_variables, task.dim, task.F * gamma, task.inputs)
    exact = interpret(damped, inputs, task.num_variables + 5).outputs[:, task.num_variables :]
    assert (np.sign(module._scaled_outputs(task, inputs, 5, gamma)) == np.sign(exact)).all()


def law_p07b(gamma, phases=tuple(Phase)):
    @settings(max_examples=30, phases=phases)
    @given(strategies.selection_tasks())
    def law(task):
        assert sign_accuracy(task, horizon=12, sequences=20, damping=gamma).accuracy == 1

    return law


def test_p07b_half_has_every_sign():
    law_p07b(Fraction(1, 2))()


def test_p07b_saboteur_undamped():
    with pytest.raises(AssertionError):
        law_p07b(Fraction(1), FIRST_FAILURE)()


def test_p07b_saboteur_three_quarters():
    with pytest.raises(AssertionError):
        law_p07b(Fraction(3, 4), FIRST_FAILURE)()


def test_signs_are_right_where_values_are_not():
    """P07 and P07b are two statements: T2 is not solvable in values, and every sign of its damped circuit is right."""
    task = parse("T2")
    assert not is_linearly_solvable(task)
    best = derive(task).exactness.best_damping(sequences=100)
    assert best.damping == Fraction(1, 2)
    assert best.accuracy.sequences_right == 100
    assert [damping for damping, _ in best.tried] == list(DAMPING_GRID)
    assert str(best).startswith("signs with damping 1/2")
    assert best.to_dict()["damping"] == "1/2"


def test_damping_repairs_a_copy_but_not_an_average():
    """Outside selection tasks P07b does not speak: the best γ of the grid may leave wrong signs."""
    best = best_damping(autoregressive(["1/2", "-1/2", 1]), horizon=20, sequences=100)
    assert best.accuracy.accuracy < 1


def test_an_output_of_exactly_zero_is_a_wrong_sign():
    measured = sign_accuracy(compose_copy(2), horizon=10, sequences=200)
    assert measured.zeros == pytest.approx(0.25, abs=0.05)
    assert expected_sign_accuracy(compose_copy(2), horizon=10) == Fraction(3, 4)


def test_inputs_that_are_fractions_and_tasks_that_are_too():
    task = LinearTask("thirds", 2, 1, from_matrix([["1/3", "1/7"]], dim=1).F, (Fraction(-1, 2), Fraction(1, 5)))
    assert sign_accuracy(task, horizon=5, sequences=10, damping="3/4").sequences == 10


def test_what_does_not_fit_is_refused(monkeypatch):
    monkeypatch.setattr(module, "_MOST_SUMS", 1000)
    with pytest.raises(InvalidOption, match="above 0"):
        sign_accuracy(parse("T1"), damping=0)
    with pytest.raises(InvalidOption, match="float"):
        sign_accuracy(parse("T1"), damping=0.5)
    with pytest.raises(InvalidOption, match="empty"):
        best_damping(parse("T1"), grid=())
    with pytest.raises(InvalidOption, match="measure with sign_accuracy"):
        expected_sign_accuracy(autoregressive(list(range(1, 30))), horizon=1, damping="1/3")

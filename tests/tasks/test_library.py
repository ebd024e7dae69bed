"""The named tasks do what their names say, by an independent simulation of the sentence."""

import numpy as np
import pytest

from emt_theory import tasks
from emt_theory.errors import InvalidTask
from emt_theory.tasks import Read


def series(task, seed=0, batch=5, horizon=20):
    inputs, targets = task.sequences(batch, horizon, seed)
    return np.concatenate([inputs, targets], axis=1)


def test_repeat_copy_repeats():
    u = series(tasks.repeat_copy(num_variables=4, dim=3))
    assert (u[:, 4:] == u[:, :-4]).all()


def test_compose_copy_reads_the_diagonal():
    u = series(tasks.compose_copy(num_variables=4))
    for c in range(4):
        lag = 4 - c
        assert (u[:, 4:, c] == u[:, 4 - lag : -lag, c]).all()


def test_fibonacci_sums_the_last_s():
    u = series(tasks.fibonacci(num_variables=3, dim=2))
    assert all((u[:, t] == u[:, t - 3 : t].sum(axis=1)).all() for t in range(3, u.shape[1]))


def test_fibonacci_beyond_64_bits_is_exact():
    values = tasks.fibonacci().targets([[[1], [1]]], horizon=200)[0, :, 0]
    assert values[-1] == 734544867157818093234908902110449296423351  # F(202)


@pytest.mark.parametrize("lag", [1, 2, 5])
def test_delayed_copy(lag):
    u = series(tasks.delayed_copy(num_variables=5, dim=2, lag=lag))
    assert (u[:, 5:] == u[:, 5 - lag : u.shape[1] - lag]).all()


def test_autoregressive_takes_coefficients_in_order_of_lag():
    task = tasks.autoregressive([2, "-1/2"])
    assert task.matrix.tolist() == [[task.matrix[0, 0], 2]]
    assert str(task.matrix[0, 0]) == "-1/2"
    values = task.targets([[[4], [6]]], horizon=2)[0, :, 0]
    assert list(values) == [10, 17]  # 2·6 − 4/2, 2·10 − 6/2


def test_autoregressive_with_matrices():
    task = tasks.autoregressive([[[0, 1], [1, 0]], [[1, 0], [0, 1]]])
    assert (task.num_variables, task.dim) == (2, 2)
    assert task.matrix.tolist() == [[1, 0, 0, 1], [0, 1, 1, 0]]


def test_autoregressive_without_coefficients_is_the_moving_average():
    assert tasks.autoregressive(num_variables=4).matrix.tolist() == tasks.from_matrix([["1/4"] * 4]).matrix.tolist()


def test_random_selection_is_its_seeds():
    assert tasks.random_selection(5, 4, seed=3) == tasks.random_selection(5, 4, seed=3)
    assert tasks.random_selection(5, 4, seed=3) != tasks.random_selection(5, 4, seed=4)
    distinct = tasks.random_selection(5, 4, seed=3, distinct=True)
    assert len({read[:2] for read in distinct.reads}) == 4


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tasks.repeat_copy(0, 2), "num_variables must be a positive integer; got 0"),
        (lambda: tasks.repeat_copy(2, -1), "dim must be a positive integer; got -1"),
        (lambda: tasks.repeat_copy(2.0, 1), "num_variables must be a positive integer; got 2.0"),
        (lambda: tasks.compose_copy(3, 2), "compose copy needs dim = num_variables"),
        (lambda: tasks.delayed_copy(3, 2, lag=4), "lag must be an integer from 1 to 3; got 4"),
        (lambda: tasks.autoregressive([0.5]), "is a float, which is not exact"),
        (lambda: tasks.autoregressive([]), "at least one coefficient"),
        (lambda: tasks.autoregressive([1], num_variables=2), "1 coefficients make num_variables = 1"),
        (lambda: tasks.selection("x", 2, [(3, 0, 1)]), "output 0 reads block 3"),
        (lambda: tasks.selection("x", 2, [(0, 0, 1)]), "output 0 reads block 0"),
        (lambda: tasks.selection("x", 2, [(1, 1, 1)]), "output 0 reads component 1"),
        (lambda: tasks.selection("x", 2, [(1, 0, 2)]), "output 0 has sign 2"),
        (lambda: tasks.from_matrix([[1, 0, 1]], dim=2), r"F must have shape \(d, s·d\)"),
        (lambda: tasks.from_matrix([[1, 0], [0, 1], [1, 1]]), r"F must have shape \(d, s·d\)"),
        (lambda: tasks.from_matrix([[1.0]]), r"F\[0\]\[0\] = 1.0 is a float"),
        (lambda: tasks.delayed_copy(3, 2, lag=1.5), "lag must be an integer from 1 to 3; got 1.5"),
        (lambda: tasks.selection("x", 2, [(1.0, 0, 1)]), "must be .block, component, sign., integers"),
        (lambda: tasks.from_matrix([[1]], inputs="12"), "inputs must be a list"),
        (lambda: tasks.from_matrix([[1]], inputs=3), "inputs must be a list"),
        (lambda: tasks.from_matrix([[1]], inputs=[5]), "at least two values"),
        (lambda: tasks.from_matrix([[1]], inputs=[0]), "at least two values"),
    ],
)
def test_bad_tasks_are_refused(make, message):
    with pytest.raises(InvalidTask, match=message):
        make()


def test_a_matrix_of_single_signs_is_a_selection():
    assert tasks.from_matrix([[0, -1]]).reads == (Read(2, 0, -1),)
    assert tasks.from_matrix([[0, 2]]).reads is None
    assert tasks.from_matrix([[1, -1]]).reads is None


def test_tasks_are_equal_when_they_compute_the_same():
    assert tasks.from_matrix([[1, 0]], name="a") == tasks.repeat_copy(2, 1)
    assert hash(tasks.from_matrix([[1, 0]])) == hash(tasks.repeat_copy(2, 1))
    assert tasks.from_matrix([[1, 0]], inputs=[0, 1]) != tasks.repeat_copy(2, 1)

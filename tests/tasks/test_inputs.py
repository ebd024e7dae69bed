"""Inputs as people write them, in Python, in files and on the command line."""

from fractions import Fraction

import numpy as np
import pytest

from emt_theory.errors import InvalidTask
from emt_theory.tasks import fibonacci, from_dict, from_matrix, from_rule, parse, repeat_copy
from emt_theory.tasks.inputs import input_values, parse_inputs

DIGITS = tuple(map(Fraction, range(10)))


@pytest.mark.parametrize("given", [range(10), np.arange(10), [*range(9), "9", 0], "0..9", "9 0..8", "0,1,2..9"])
def test_one_set_of_values_in_many_spellings(given):
    assert read(given) == DIGITS


def read(given):
    return parse_inputs(given) if isinstance(given, str) else input_values(given)


def test_inputs_of_a_rule_a_matrix_a_file_and_a_name():
    """Friendliness: from_rule(inputs=…)."""
    tasks = [
        from_rule(lambda u: u[2] + u[1], 2, 1, inputs=range(10)),
        from_matrix([[1, 1]], 1, inputs=np.arange(10)),
        from_dict({"num_variables": 2, "dim": 1, "rule": ["u[2] + u[1]"], "inputs": "0..9"}),
        parse("fibonacci:inputs=0..9"),
    ]
    assert {task.inputs for task in tasks} == {DIGITS}
    assert all(task == tasks[0] for task in tasks)
    assert parse("T1:inputs=0 1/2").inputs == (0, Fraction(1, 2))
    assert parse("delayed-copy:lag=3,inputs=-1..1").inputs == (-1, 0, 1)
    assert parse("T1") == repeat_copy(8, 8)
    drawn = tasks[0].sample(500, 1, 0).inputs[:, :2]
    assert set(drawn.ravel().tolist()) == set(range(10))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("one-hot", 'alphabet = q and code = "onehot"'),
        ("categorical", "Symbols, shown one-hot, are an alphabet"),
        ("0.5", "is not a fraction"),
        ("3..1", "from a smaller to a larger one"),
        ("1/2..3", "must be integers"),
        ("0..999999999999", "at most 100000 of them"),
        ("0..", "is not a fraction"),
        ("", "at least two values"),
        ("1 1", "at least two values"),
        (np.array([0.0, 0.5, 1.0]), r"inputs\[1\] = 0.5 is a float"),
        (np.array([0.0, 1.0]), r"inputs\[0\] = 0.0 is a float"),
        (7, "inputs must be a list"),
    ],
)
def test_what_is_no_set_of_values(given, message):
    with pytest.raises(InvalidTask, match=message):
        read(given)


@pytest.mark.parametrize("text", ["fibonacci:inputs=one-hot", "T1:lag=3", "parity:inputs=0 1"])
def test_names_that_take_no_such_inputs(text):
    with pytest.raises(InvalidTask):
        parse(text)


def test_a_half_in_an_array_is_named_where_it_stands():
    """Friendliness: from_matrix(np.array with one .5) names the entry that is no integer."""
    F = np.zeros((2, 4))
    F[1, 2] = 0.5
    for given in (F, F.tolist()):
        with pytest.raises(InvalidTask, match=r'F\[1\]\[2\] = 0\.5 is a float.*such as "1/2"'):
            from_matrix(given, dim=2)
    with pytest.raises(InvalidTask, match=r"F\[0\]\[0\] = 1\.0 is a float"):
        from_matrix(np.ones((1, 2)), dim=1)
    assert from_matrix(np.ones((1, 2), dtype=int), dim=1) == fibonacci(2)

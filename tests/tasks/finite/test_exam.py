"""What a network is judged on: all inputs, inputs with their opposites, or random ones; and what an interval is then of."""

import numpy as np
import pytest

from emt_theory.tasks import Task, from_rule, parse
from emt_theory.tasks.accuracy import Marks, measure, measure_outputs
from emt_theory.training.philox import split_seed, words

LARGE = parse("xor:lags=1 13")


def test_few_inputs_are_all_asked_in_a_drawn_order():
    task = parse("modular-sum:alphabet=3")
    episodes = task.exam(640, 5, seed=1)
    symbols = task.alphabet.decode(episodes.inputs[:, :2]).reshape(-1, 2)
    assert (episodes.draws, len(symbols), len(np.unique(symbols, axis=0))) == (0, 9, 9)
    assert not np.array_equal(symbols, task.alphabet.decode(task.exam(640, 5, seed=2).inputs[:, :2]).reshape(-1, 2))
    exact = task.accuracy(episodes.targets, episodes)
    assert (exact.accuracy_low, exact.accuracy_high, exact.all_inputs) == (1.0, 1.0, True)
    assert str(exact) == "1.0000 on all 9 inputs, 9 of them all right"
    wrong = episodes.targets.copy()
    wrong[0, 3] *= -1
    found = task.accuracy(wrong, episodes)
    assert found.accuracy_low == found.accuracy == found.accuracy_high == 44 / 45
    assert all(one.low == one.accuracy == one.high for one in task.accuracy_by_output(wrong, episodes))


def test_many_signs_come_with_their_opposites():
    episodes = LARGE.exam(4, 3, seed=0)
    assert (episodes.draws, len(episodes.inputs)) == (4, 8)
    given = episodes.inputs[:, :13]
    assert np.array_equal(given[::2], -given[1::2])
    assert len(parse("modular-sum:alphabet=7", num_variables=5).exam(7, 3, seed=0).inputs) == 7


def test_the_unit_of_an_interval_is_a_draw():
    """x and −x that fail together are one failure, not two: 10 of 100 pairs are known less well than 20 of 200 sequences."""
    right = np.ones((200, 1, 1), dtype=bool)
    right[:20] = False
    marks, zeros = Marks(right, np.ones_like(right)), np.zeros_like(right)
    pairs, single = measure(marks, zeros, 1, draws=100), measure(marks, zeros, 1)
    assert (pairs.accuracy, pairs.sequences, pairs.sequences_right) == (0.9, 200, 180)
    assert pairs.accuracy_high - pairs.accuracy_low > 1.2 * (single.accuracy_high - single.accuracy_low)
    (by_pairs,), (by_one,) = measure_outputs(marks, draws=100), measure_outputs(marks)
    assert by_pairs.high - by_pairs.low > 1.2 * (by_one.high - by_one.low)


@pytest.mark.parametrize(
    "task",
    [
        parse("xor"),
        parse("modular-sum:alphabet=3"),
        from_rule(lambda u: [u[2][1], u[1][0] & u[2][0]], 2, 2, alphabet=2),
    ],
)
def test_what_is_looked_up_is_what_the_machine_does(task):
    drawn = words(np, split_seed(3), np.array([5]), task.words(16, 7))[0]
    quick, slow = task.batch(drawn, 16, 7), Task.batch(task, drawn, 16, 7)
    assert all(np.array_equal(a, b) for a, b in zip(quick[:4], slow[:4], strict=True))

"""Linear tasks with an input at every step: values, recurrences, matrices, scores, files."""

from fractions import Fraction

import numpy as np
import pytest

from emt_theory import tasks
from emt_theory.errors import InvalidTask
from emt_theory.exact import Realization
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.tasks import LinearFilter, from_state_space, linear_filter
from emt_theory.tasks.parse import STREAMS

FILTERS = [name for name, make in STREAMS.items() if isinstance(make(), LinearFilter)]


def recur(c, a, x):
    """y(t) = Σ c_k x(t−k) + Σ a_k y(t−k), straight from the formula."""
    y = []
    for t in range(len(x)):
        new = sum(Fraction(ck) * x[t - k] for k, ck in enumerate(c) if t >= k)
        y.append(new + sum(Fraction(ak) * y[t - k] for k, ak in enumerate(a, start=1) if t >= k))
    return y


CASES = [
    ([1], []),
    ([0, 0, 0, 1], []),
    ([1], [1]),
    ([1], ["-2/3"]),
    ([1, 1, 1], []),
    ([0, "1/2"], [2, -1]),
    ([1, 2, 3], [0, 0, 1]),
    ([0], [1]),
    ([1, -1], [1]),
]


@pytest.mark.parametrize(("c", "a"), CASES)
def test_values_are_those_of_the_formula(c, a):
    task = linear_filter(c, a)
    x = np.random.default_rng(0).integers(-3, 4, size=(2, 12, 1))
    for word, shown in zip(x[..., 0].tolist(), task.targets(x)[..., 0].tolist(), strict=True):
        assert shown == recur(c, a, word)
    floats = task.sample(4, 20, seed=1)
    exact = task.targets(floats.inputs.astype(int))
    assert np.allclose(floats.targets, exact.astype(float))


@pytest.mark.parametrize(("c", "a"), CASES)
def test_the_recurrence_that_is_written_is_the_shortest_and_has_the_values(c, a):
    task = linear_filter(c, a)
    (found,) = task.recurrences
    again = linear_filter([row[0] for row in found.inputs], found.past)
    assert again == task
    assert len(found.past) <= len(a)
    assert len(found.inputs) <= max(len(c), 1) + len(a)


def test_what_cancels_is_not_written():
    assert linear_filter([1, -1], [1]).equations() == ["y(t) = x(t)"]
    assert linear_filter([0], [1]).equations() == ["y(t) = 0"]
    assert linear_filter([1, 0, -1], [1]).equations() == ["y(t) = x(t) + x(t-1)"]
    assert linear_filter([1], [0, 0, 1]).equations() == ["y(t) = y(t-3) + x(t)"]


def test_matrices_of_several_inputs_and_outputs():
    turn = from_state_space([[0, -1], [1, 0]], [[1, 0], [0, 1]], [[1, 0], [0, 1]])  # a magnet: quarter turns
    assert turn.equations() == [
        "y(t)[0] = -y(t-2)[0] + x(t-1)[0] - x(t-2)[1]",
        "y(t)[1] = -y(t-2)[1] + x(t-1)[1] + x(t-2)[0]",
    ]
    x = np.random.default_rng(0).integers(-2, 3, size=(1, 9, 2))
    z, wanted = np.zeros(2, dtype=int), []
    for t in range(9):
        wanted.append(z.tolist())
        z = np.array([[0, -1], [1, 0]]) @ z + x[0, t]
    assert turn.targets(x)[0].tolist() == wanted
    direct = from_state_space([[0]], [[0]], [[0]], [[3]])
    assert direct == linear_filter([3])
    assert direct.system.order == 1


def test_equality_is_that_of_behaviour_and_inputs():
    assert linear_filter([1], [1]) == from_state_space([[1]], [[1]], [[1]], [[1]]) == tasks.running_sum()
    assert hash(linear_filter([1], [1])) == hash(tasks.running_sum())
    assert linear_filter([1]) != linear_filter([1, 1])
    assert linear_filter([1]) != linear_filter([1], values=(0, 1))


def test_values_are_scored_by_their_size():
    task = tasks.running_sum()
    episodes = task.sample(8, 30, seed=0)
    assert task.accuracy(episodes.targets + 0.04, episodes).accuracy == 1.0
    assert task.accuracy(episodes.targets * 1.04, episodes).accuracy == 1.0
    assert task.accuracy(episodes.targets + 1.0, episodes).accuracy < 0.1
    assert task.accuracy(episodes.targets * np.nan, episodes).accuracy == 0.0


def test_descriptions_and_names():
    for name in FILTERS:
        task = tasks.parse(name)
        assert tasks.from_dict(task.to_dict()) == task
    assert tasks.parse("leaky:rate=-1/3").equations() == ["y(t) = -1/3 y(t-1) + x(t)"]
    assert tasks.parse("Moving_Sum:length=2").equations() == ["y(t) = x(t) + x(t-1)"]
    assert tasks.from_dict({"A": [[1]], "B": [[1]], "C": [[1]], "inputs": "0..2"}).inputs == (0, 1, 2)


def test_a_file_says_it_all(tmp_path):
    for task in (tasks.leaky(), tasks.flip_flop(1)):
        path = tmp_path / f"{task.name}.toml"
        path.write_text(tasks.to_toml(task))
        assert tasks.load(path) == task
        assert tasks.parse(str(path)) == task
    with pytest.raises(InvalidTask, match="leaky has an input at every step, and no dim; leave it out"):
        tasks.parse(str(tmp_path / "leaky.toml"), dim=2)
    with pytest.raises(InvalidTask, match="running-sum says dim itself"):
        tasks.parse("running-sum", dim=2)


def test_what_is_not_exact_or_does_not_fit_is_refused():
    one = RationalMatrix.identity(1)
    for call, told in [
        (lambda: linear_filter([0.5]), "is a float"),
        (lambda: linear_filter([]), "at least c_0"),
        (lambda: linear_filter([1], values=[1]), "at least two values"),
        (lambda: from_state_space([[1]], [[1], [1]], [[1]]), "shapes (n, n), (n, d_in), (d_out, n)"),
        (lambda: LinearFilter("x", Realization(one, one, one, first=1)), "first = 0"),
        (lambda: LinearFilter("x", None), "must be a Realization"),
        (lambda: linear_filter([1]).targets([[[0.5]]]), "is a float"),
        (lambda: linear_filter([1]).targets([[1]]), "d_in = 1"),
        (lambda: tasks.from_dict({"A": [[1]], "B": [[1]]}), "C is missing"),
        (lambda: tasks.from_dict({"A": [[1, 1]], "B": [[1]], "C": [[1]]}), "(n, n)"),
        (lambda: tasks.parse("moving-sum:length=0"), "length must be an integer from 1"),
        (lambda: tasks.parse("leaky:rate=x"), "is not a fraction"),
    ]:
        with pytest.raises(InvalidTask) as refused:
            call()
        assert told in str(refused.value)

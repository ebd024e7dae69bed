"""Rules that are linear piece by piece, and counts without an end: what networks that compute them are read as, and what is refused."""

import numpy as np
import pytest

from emt_theory import decompile, tasks
from emt_theory.analysis.streams.counters import find_counter
from emt_theory.analysis.streams.pieces import find_pieces
from emt_theory.ground.absent import Absent
from emt_theory.networks import ElmanRNN, StepNetwork, state_space
from emt_theory.tasks import RuleTask

QUICK = {"sequences": 400, "horizon": 50, "max_variables": 2}


def relu(W_hh, W_uh, W_hy, b_h=None):
    return ElmanRNN(W_hh, W_uh, W_hy, b_h, activation="relu")


def sizes(kept):
    """Units max(0, ±x), max(0, ±(x − x')): the size of an input, or of a difference to the last one, is a sum of two."""
    hold = [[0] * 4, [0] * 4, [-1, 1, 0, 0], [1, -1, 0, 0]]
    return relu(hold, [[1], [-1], [1], [-1]], [kept])


PIECES = {
    "mips:Abs_Current": (sizes([1, 1, 0, 0]), "y(t) = abs(x(t))"),
    "mips:Abs_Diff": (sizes([0, 0, 1, 1]), "y(t) = abs(q(t)[0] − q(t)[1])"),
    "half": (sizes([1, 0, 0, 0]), "y(t) = (x(t) + abs(x(t)))//2"),
    "weighed": (sizes([3, 1, -2, -2]), "y(t) = q(t)[0] + 2*abs(q(t)[0]) − 2*abs(q(t)[0] − q(t)[1])"),
}


@pytest.mark.parametrize("name", PIECES)
def test_sizes_are_read_off_weights(name):
    net, text = PIECES[name]
    program = decompile(net, **QUICK)
    assert program.text.splitlines()[-1] == text
    assert program.certificate.kind == "sampled"
    words = np.random.default_rng(0).integers(-99, 100, size=(20, 9, 1))
    shown = net.run(words).outputs
    assert (program(words) == np.rint(shown)).all()
    if name.startswith("mips:"):
        assert (program(words) == tasks.parse(name).targets(words)).all()


def test_the_larger_of_two_inputs():
    larger = relu(np.zeros((3, 3)), [[1, -1], [0, 1], [0, -1]], [[1, 1, -1]])  # max(0, a − b) + b
    assert decompile(larger, **QUICK).text == "y(t) = (x(t)[0] + x(t)[1] + abs(x(t)[0] − x(t)[1]))//2"


def test_inputs_of_one_size_or_sign_tell_nothing_so_others_are_taken():
    space = state_space(sizes([1, 1, 0, 0]))
    for values in ((-1, 1), tuple(range(20)), (-(10**19), 0, 1, 2)):
        found = find_pieces(space, values, seed=0)
        assert found.inputs == tuple(range(-8, 9)), values
        assert found.equations() == ["y(t) = abs(x(t))"]
    assert find_pieces(space, tuple(range(-3, 4)), seed=0).inputs == tuple(range(-3, 4))


def test_a_rule_has_to_hold_on_the_inputs_that_are_given_too():
    """Of signs it shows the product with the last one, of other numbers the size: it is a machine of signs."""

    def step(h, x):
        signs = np.abs(x) == 1
        return np.concatenate([np.where(signs, x, 1), np.where(signs, x * h[:, :1], np.abs(x))], axis=1)

    net = StepNetwork(step, [[0, 1]], 2, 1, initial=[1, 0])
    program = decompile(net, **QUICK)
    assert (program.kind, program.task.machine.states) == ("machine", 2)


@pytest.mark.parametrize(
    ("net", "why"),
    [
        (relu([[0]], [[1]], [[1]], [-3.5]), "leave"),  # bends elsewhere
        (sizes([0.47, 0.47, 0, 0]), "no halves"),
        (sizes([1e19, 1e19, 0, 0]), "too large"),
        (StepNetwork(lambda h, x: x**2, np.eye(1), 1, 1), "leave"),
        (ElmanRNN([[0]], [[1]], [[1]], activation="identity"), "no size of an input"),
        (ElmanRNN([[0]], [[1] * 5], [[1]], activation="identity"), "too many"),
        (ElmanRNN([[1e200]], [[1e200]], [[1]], activation="identity"), "not finite"),
    ],
)
def test_what_is_no_sum_of_sizes_is_refused(net, why):
    found = find_pieces(state_space(net), (-1, 1), seed=0)
    assert isinstance(found, Absent)
    assert why in str(found)


def counting(move, show, most=np.inf):
    """A network that keeps a count as it is, up to some size."""
    return StepNetwork(
        lambda h, x: np.clip(move(h, np.rint(x)), -most, most), lambda h: np.asarray(show(h), dtype=float), 1, 1
    )


def majority(most=np.inf):
    return counting(lambda s, x: s + 2 * x - 1, lambda s: s > 0.5, most)


def brackets(most=np.inf):
    return counting(lambda s, x: np.where(s < 0, -1, s + 1 - 2 * x), lambda s: np.abs(s) < 0.5, most)


COUNTERS = {
    "mips:Majority_0_1": (majority(), ["q(t) = q(t−1) + where(x(t) == 1, 1, −1)", "y(t) = (q(t) > 0)"]),
    "mips:Balanced_Parenthesis": (
        brackets(),
        ["q(t) = where(q(t−1) < 0, −1, q(t−1) + where(x(t) == 1, −1, 1))", "y(t) = (q(t) == 0)"],
    ),
}


@pytest.mark.parametrize("name", COUNTERS)
def test_counts_are_read(name):
    net, lines = COUNTERS[name]
    program = decompile(net, **QUICK)
    assert program.text.splitlines() == lines
    assert "after up to 64 equal letters" in str(program.certificate)
    words = np.random.default_rng(0).integers(2, size=(200, 300, 1))
    assert (program(words) == tasks.parse(name).targets(words)).all()


def test_other_letters_outputs_and_floors():
    signs = counting(lambda s, x: np.maximum(0, s + x), lambda s: np.where(s > 0.5, 5, 2))
    found = find_counter(state_space(signs), seed=0)
    assert found.task == RuleTask(
        "", (0,), ("max(0, s[0] + where(x[0] == 1, 1, -1))",), ("where(s[0] > 0, 5, 2)",), (-1, 1)
    )


def test_where_a_count_ends_is_told():
    for make in (majority, brackets):
        assert find_counter(state_space(make(20)), seed=0).reach == 20


@pytest.mark.parametrize("states", [11, pytest.param(21, marks=pytest.mark.slow)])
def test_a_long_ring_is_the_machine_that_it_is(states):
    """It passes as a count on words that stay near 0; the machine is right on all words."""
    ring = counting(lambda s, x: (s + 2 * x - 1) % states, lambda s: s < 0.5)
    assert find_counter(state_space(ring), seed=0).reach < 64
    program = decompile(ring, **QUICK)
    assert (program.kind, program.task.machine.states) == ("machine", states)


def test_a_count_that_stops_is_a_machine():
    program = decompile(counting(lambda s, x: np.clip(s + 2 * x - 1, 0, 12), lambda s: s < 0.5), **QUICK)
    assert program.kind == "machine"


@pytest.mark.parametrize(
    ("net", "why"),
    [
        (majority(2), "no comparison of a count"),  # the saboteur: it has an end that ten letters reach
        (majority(9), "is right after 9 equal ones only"),  # and one that they do not
        (counting(lambda s, x: (s + x) % 2, lambda s: s), "a machine tells no more states apart: 2"),
        (
            counting(lambda s, x: s + np.maximum(x, 0), lambda s: s > 0.5),
            "a machine tells no more states apart: 2",
        ),  # "some 1 has come"
        (counting(lambda s, x: s + np.abs(x), lambda s: s), "other numbers than two"),
        (ElmanRNN([[1]], [[1, 1]], [[1]], activation="identity"), "one number in"),
    ],
)
def test_what_is_no_count_is_refused(net, why):
    found = find_counter(state_space(net), seed=0)
    assert isinstance(found, Absent)
    assert why in str(found)

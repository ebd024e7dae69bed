"""P22: what linear and odd networks cannot do, against counts over all functions and over runs."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.circuits import find_linear_obstruction, find_odd_obstruction, odd_accuracy
from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.networks import ElmanRNN
from emt_theory.tasks import as_finite, from_rule, from_table, modular_sum, parse, random_finite, xor
from tests.tasks.finite.direct import RULES, successors

MADE = {name: from_rule(RULES[name][0], *RULES[name][1:3], alphabet=2) for name in ("xor", "mseq4", "xorpair", "quad")}


@pytest.mark.parametrize(
    ("name", "bound"), [("xor", 0.8325), ("mseq4", 0.7625), ("xorpair", 0.83125), ("quad", 0.8421875)]
)
def test_the_bounds_at_horizon_200(name, bound):
    assert float(odd_accuracy(MADE[name], 200)) == bound


def test_the_bound_of_xor_at_horizon_1000_and_by_a_walk():
    assert float(odd_accuracy(MADE["xor"], 1000)) == 0.833
    rule, s, d, q = RULES["quad"]
    after, same = successors(rule, s, d, q), 0
    for start in after:
        x, other = start, tuple(1 - v for v in start)
        for _ in range(50):
            x, other = after[x], after[other]
            same += sum(a == b for a, b in zip(x[-d:], other[-d:], strict=True))
    assert odd_accuracy(MADE["quad"], 50) == 1 - Fraction(same, 2 * 50 * d * len(after))


def test_an_odd_network_stays_below_it():
    task, horizon = MADE["xor"], 40
    symbols = np.array(list(itertools.product((0, 1), repeat=2)))[:, :, None]
    wanted = task.targets(symbols, horizon)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        net = ElmanRNN(W_hh=rng.normal(size=(6, 6)), W_uh=rng.normal(size=(6, 1)), W_hy=rng.normal(size=(1, 6)))
        seen = task.alphabet.decode(net.run(task.alphabet.encode(symbols).astype(float), 2 + horizon).outputs[:, 2:])
        assert (seen == wanted).mean() <= odd_accuracy(task, horizon)


def test_all_functions_of_three_bits():
    """8 are ± a coordinate or constant; 16 are odd; 152 have not even their signs from a linear network."""
    tasks = [from_table([number >> x & 1 for x in range(8)], 3, 1) for number in range(256)]
    linear = [find_linear_obstruction(task) for task in tasks]
    assert sum(found is None for found in linear) == 8
    assert sum(found is not None and bool(found.signs) for found in linear) == 152
    assert sum(find_odd_obstruction(task) is None for task in tasks) == 16


def test_odd_means_that_opposites_have_opposite_outputs():
    for seed in range(20):
        task = random_finite(2, 2, reads=3, seed=seed)
        states = np.array(list(itertools.product((0, 1), repeat=4))).reshape(-1, 2, 2)
        odd = (task.variable(states) + task.variable(1 - states) == 1).all()
        found = find_odd_obstruction(task)
        assert odd == (found is None)
        if found:
            assert task.rules[found.output].table[found.symbols] == found.value
            assert task.rules[found.output].table[tuple(1 - v for v in found.symbols)] == found.value


def test_a_linear_network_has_turns_of_one_number_and_nothing_else():
    assert find_linear_obstruction(as_finite(parse("T4"))) is None
    assert find_linear_obstruction(xor((2,))) is None
    assert find_linear_obstruction(from_rule(lambda u: [2 - u[1][0]], 1, 1, alphabet=3, code="numbers")) is None
    assert find_linear_obstruction(from_rule(lambda u: [(u[1][0] + 1) % 3], 1, 1, alphabet=3)) is None
    bent = find_linear_obstruction(from_rule(lambda u: [(u[1][0] + 1) % 3], 1, 1, alphabet=3, code="numbers"))
    assert str(bent) == "output 0 is no multiple of the one number that it depends on: no linear network has its values"
    assert "no threshold function" not in str(find_linear_obstruction(parse("majority")))
    assert find_linear_obstruction(modular_sum(3)).reads == (0, 1)
    assert find_odd_obstruction(modular_sum(3)) is None


def test_what_is_not_there():
    assert str(odd_accuracy(modular_sum(3), 5)) == "−x is an input for the code signs alone"
    assert "at most 16 symbols" in str(odd_accuracy(xor((17,)), 5))
    with pytest.raises(InvalidOption, match="horizon"):
        odd_accuracy(parse("xor"), 0)
    for function in (find_linear_obstruction, find_odd_obstruction):
        with pytest.raises(InvalidTask, match="must be a finite task"):
            function(parse("T1"))


def test_it_is_about_odd_networks():
    """Eight ReLU units have XOR without biases: relu(±x), relu(±n) of the newest sign n, relu(±(n + o)), relu(±(n − o))."""
    newest, old = np.array([1, -1, 0, 0, 0.5, 0.5, -0.5, -0.5]), np.array([0, 0, 1, -1, 0, 0, 0, 0])
    rows = [0 * newest, 0 * newest, newest, -newest, newest + old, -newest - old, newest - old, old - newest]
    net = ElmanRNN(W_hh=np.stack(rows), W_uh=np.eye(8)[:, :1] - np.eye(8)[:, 1:2], W_hy=newest[None], activation="relu")
    task = parse("xor")
    words = np.array([[[a], [b]] for a in (0, 1) for b in (0, 1)])
    y = net.run(task.alphabet.encode(words).astype(float), 202).outputs[:, 2:]
    assert (task.alphabet.decode(y) == task.targets(words, 200)).all()


@pytest.mark.parametrize("code", ["onehot", "numbers"])
def test_where_no_theorem_stands_against_a_linear_network_nothing_is_said(code):
    copy = from_rule(lambda u: [u[1][0]], 2, 1, alphabet=3, code=code)
    assert derive(copy).exactness.linear is None
    assert derive(parse("xor")).exactness.linear is False

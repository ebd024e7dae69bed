"""Circuits of tasks with an input at every step: how many units, what they show, what is certified, and what is refused."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from emt_theory import derive, tasks
from emt_theory.circuits import certify, recheck
from emt_theory.circuits.streams.coded import plan
from emt_theory.circuits.streams.machines import MACHINE_SCHEMES
from emt_theory.errors import InvalidNetwork, InvalidOption, SchemeNotAllowed
from emt_theory.exact import minimal_order
from emt_theory.networks import ElmanRNN
from emt_theory.tasks import Alphabet, MachineTask, Mealy, from_step, linear_filter


def random_task(seed, states, letters=2, symbols=2):
    rng = np.random.default_rng(seed)
    machine = Mealy(
        rng.integers(states, size=(states, letters)), rng.integers(symbols, size=(states, letters))
    ).minimal()
    return MachineTask("random", machine, Alphabet(letters), Alphabet(symbols))


def runs_exactly(net, task, words, letters):
    episodes = task.sample(words, letters, seed=words)
    return bool((net.run(episodes.inputs).outputs == episodes.targets).all())


def bits_of(states):
    """The bits of a state's number, high ones first: what the counts of theory2 show."""
    width = max(1, (states - 1).bit_length())
    return lambda q: tuple(q >> b & 1 for b in range(width - 1, -1, -1))


def shown_in_bits(move, states):
    bits = bits_of(states)
    rule = lambda q, x: (move(q, x), bits(move(q, x)))  # noqa: E731
    return from_step(rule, 0, shows=Alphabet(2), name="bits")


# pairs, and at most so many for the code (theory2, E)
NUMBERS = {
    "parity": (tasks.running_parity(), 4, 3),
    "ones mod 3": (shown_in_bits(lambda q, x: (q + x) % 3, 3), 6, 5),
    "contains 0110": (tasks.contains("0110"), 10, 7),
    "saturating counter of 8": (shown_in_bits(lambda q, x: min(7, max(0, q + 2 * x - 1)), 8), 16, 6),
    "ones mod 16": (shown_in_bits(lambda q, x: (q + x) % 16, 16), 32, 9),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_the_numbers_of_units_of_p26(name):
    task, pairs, code = NUMBERS[name]
    circuit = derive(task)
    net = circuit.compile(scheme="pairs")
    assert net.hidden == pairs == task.machine.states * 2
    smaller = circuit.compile(scheme="code")
    assert smaller.hidden <= code
    assert circuit.compile().hidden == min(pairs, smaller.hidden)
    for one in (net, smaller):
        assert runs_exactly(one, task, 30, 60)
        assert certify(one, task).exact_for == "values"


@pytest.mark.parametrize("seed", range(3))
def test_random_machines_run_exactly_and_are_certified(seed):
    task = random_task(seed, states=5, letters=2 + seed % 2, symbols=2 + seed // 2)
    for name in MACHINE_SCHEMES:
        net = derive(task).compile(scheme=name)
        assert runs_exactly(net, task, 20, 50)
        found = certify(net, task)
        assert found.exact_for == "values", found
        assert found.kind == "machine-states"
        assert recheck(found.certificate)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100))
def test_a_hundred_random_machines_run_a_thousand_words_of_a_thousand_letters(seed):
    task = random_task(seed, states=1 + seed % 16, letters=2 + seed % 2)
    for name in MACHINE_SCHEMES:
        assert runs_exactly(derive(task).compile(scheme=name), task, 1000, 1000), name


def test_codes_of_symbols_and_several_channels():
    for reads in (Alphabet(3), Alphabet(3, "thermometer"), Alphabet(3, "indicator"), Alphabet(2, "numbers")):
        task = from_step(lambda s, x: ((s + x) % 3, (s + 2 * x) % 3), 0, reads, shows=Alphabet(3, "numbers"))
        for name in MACHINE_SCHEMES:
            net = derive(task).compile(scheme=name, hidden=30)
            assert runs_exactly(net, task, 20, 30), (reads, name)
            assert certify(net, task).exact_for == "values"
    flip = derive(tasks.flip_flop(2))
    assert flip.compile().hidden == 3
    assert "no affine function of the code 'pulses'" in flip.schemes["pairs"].reason
    with pytest.raises(SchemeNotAllowed, match="scheme pairs does not allow flip_flop"):
        flip.compile(scheme="pairs")


def test_the_constant_unit_makes_the_start():
    """Without it the network starts in another state."""
    task = tasks.running_parity()
    made = plan(task)
    assert any(made.offsets)
    twin = derive(task).compile(scheme="code").exact
    assert twin.b_h[-1] == 1
    found = certify(replace(twin, b_h=(*twin.b_h[:-1], Fraction(0))), task)
    assert not found
    assert found.first_error.step <= 2


def test_a_wrong_network_is_refused_with_a_word_that_shows_it():
    task = tasks.contains("0110")
    net = derive(task).compile(scheme="pairs")
    found = certify(replace(net.exact, W_hy=net.exact.W_hy * -1), task)
    assert not found
    assert found.first_error.step == 1
    other = certify(net, tasks.contains("0111"))
    assert other.first_error.step == 4
    word = [int(row[0]) for row in other.first_error.inputs]
    assert word[:3] == [0, 1, 1]
    tanh = ElmanRNN(net.W_hh, net.W_uh, net.W_hy, net.b_h, activation="tanh")
    assert "no argument covers tanh" in certify(tanh, task).reason
    wrong = certify(ElmanRNN(net.W_hh, net.W_uh, -net.W_hy, net.b_h, activation="tanh"), task)
    assert wrong.first_error is not None
    drifting = ElmanRNN(W_hh=[[0.25]], W_uh=[[0.75]], W_hy=[[1.0]], activation="hard_tanh")
    echo = from_step(lambda s, x: (s, x), 0)
    assert "are not listed" in certify(drifting, echo).reason


def test_symbols_are_claimed_where_values_are_not_the_codewords():
    task = tasks.running_parity()
    twin = derive(task).compile(scheme="pairs").exact
    found = certify(replace(twin, W_hy=twin.W_hy * 2), task)
    assert found.exact_for == "symbols"
    assert recheck(found.certificate)
    assert str(found).startswith("certified in exact arithmetic: symbols exact for all words")


FILTERS = [linear_filter([0, 0, 0, 1]), linear_filter([1], [1]), linear_filter([1, "1/2"], ["-1/3", "1/4"])]


@pytest.mark.parametrize("task", FILTERS, ids=lambda task: task.equations()[0])
@pytest.mark.parametrize("basis", ["identity", "orthogonal", "oblique"])
def test_filters_are_minimal_realizations_in_any_basis(task, basis):
    circuit = derive(task)
    net = circuit.compile(hidden=6, basis=basis)
    found = certify(net, task)
    assert found.exact_for == "values"
    assert recheck(found.certificate)
    episodes = task.sample(4, 12, seed=0)
    assert np.allclose(net.run(episodes.inputs).outputs, episodes.targets)
    assert minimal_order(task.system) == circuit.minimal_dimension


def test_too_few_units_are_refused():
    with pytest.raises(InvalidOption, match="a linear network needs 4 units"):
        derive(tasks.delay(3)).compile(hidden=3)
    with pytest.raises(InvalidOption, match="scheme pairs needs at least 4 units"):
        derive(tasks.running_parity()).compile(hidden=3, scheme="pairs")
    with pytest.raises(SchemeNotAllowed, match="σ acts on single neurons"):
        derive(tasks.running_parity()).compile(basis="oblique")


def test_a_filter_that_is_another_is_refused_at_the_step_where_it_differs():
    net = derive(tasks.delay(3)).compile()
    found = certify(net, tasks.delay(2))
    assert "x(t−2)" in found.reason
    assert found.first_error.step == 3
    shifted = certify(replace(net.exact, b_y=(Fraction(1, 7),)), tasks.delay(3))
    assert "biases show at t = 1" in shifted.reason
    assert shifted.first_error.output == "1/7"
    hidden = replace(net.exact, b_h=(Fraction(0),) * 3 + (Fraction(1),), b_y=None)
    assert not certify(hidden, tasks.delay(3))
    with pytest.raises(InvalidNetwork, match="takes 1 numbers a step"):
        certify(net, tasks.from_state_space([[0]], [[1, 1]], [[1]]))


def test_what_is_derived_is_said():
    lines = derive(tasks.division(by=3)).findings()
    assert lines[0] == "input at every step; every step is scored"
    assert "3 states" in lines[1]
    assert "every letter permutes the states" in lines[2]
    window = derive(tasks.n_back(2))
    assert window.memory == 2
    assert "the last 3 letters decide" in "\n".join(window.findings())
    told = derive(tasks.moving_sum(3)).to_dict()
    assert told["minimal_dimension"] == 3
    assert told["spectrum"]["factors"] == [["x", 3]]
    assert told["program"] == ["y(t) = x(t) + x(t-1) + x(t-2)"]

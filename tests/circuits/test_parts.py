"""Small parts of circuits and of what proves them, each by its definition: what no test of the whole noticed when it was changed."""

import re
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from emt_theory import derive, tasks
from emt_theory.circuits import certify, compile_cell
from emt_theory.circuits.certifying.linear import prove_damped
from emt_theory.circuits.certifying.needs import GRUNeed, HardTanhNeed, LSTMNeed, TanhNeed
from emt_theory.circuits.certifying.orbits import prove_orbits
from emt_theory.circuits.certifying.result import NotProved
from emt_theory.circuits.finite.compiling import explain_finite
from emt_theory.circuits.schemes import Allowance
from emt_theory.circuits.schemes.directions import Direction, direction_on
from emt_theory.circuits.streams.coded import _as_shown, _codes  # pyright: ignore[reportPrivateUsage]
from emt_theory.circuits.streams.telling import promises
from emt_theory.exact.arguments import recurrence
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import ElmanRNN, ExactRNN
from emt_theory.tasks import Alphabet, MachineTask, Mealy, compose_copy, modular_sum, parse, repeat_copy, selection
from emt_theory.testing import networks


def test_a_function_on_one_point_is_constant():
    assert direction_on(np.array([[1, -1]]), np.array([-1])) == Direction((0, 0), (), -1)


@pytest.mark.parametrize("task", [parse("xor"), modular_sum(3), modular_sum(3, code="numbers")], ids=str)
def test_one_scheme_has_the_values_and_it_is_taken(task):
    told = [line.split()[0] for line in explain_finite(task).splitlines() if "has the values" in line]
    assert told == [derive(task).compile().metadata["scheme"]]


def test_what_is_shown_is_a_code_where_it_tells_states_apart():
    codes = [_as_shown(task, task.machine.minimal()) for task in (tasks.running_parity(), tasks.contains("010"))]
    assert [code is None for code in codes] == [False, True]


def test_balls_prove_signs_of_linear_tasks_and_symbols_of_others():
    latch = ExactRNN.from_float(ElmanRNN([[8]], [[8]], [[1]], b_h=[-4], b_y=[-0.5], activation="sigmoid"))
    xor = derive(parse("xor")).compile(scheme="threshold-tanh").exact
    assert prove_orbits(latch, repeat_copy(1, 1)).exact == "signs"
    assert prove_orbits(xor, parse("xor")).exact == "symbols"


def test_pairs_of_two_symbols_of_three_numbers():
    rng = np.random.default_rng(0)
    reads = Alphabet(4, "thermometer")
    assert reads.width == 3
    machine = Mealy(rng.integers(3, size=(3, 16)), rng.integers(2, size=(3, 16))).minimal()
    task = MachineTask("random", machine, reads, Alphabet(2), 2)
    net, episodes = derive(task).compile(scheme="pairs"), task.sample(16, 24, 0)
    assert (net.run(episodes.inputs).outputs == episodes.targets).all()


def test_a_cycle_that_is_too_long_is_named():
    field = derive(parse("xor")).field()
    vars(field)["cycles"] = ((1, 1), (10**30, 1))
    assert str(field.spectrum()).startswith("a cycle of length 1000000000000000000000000000000 has")


def test_damping_by_more_than_1_is_none():
    task = selection("newest", 3, [(3, 0, 1)])
    with pytest.raises(
        NotProved, match="the response to the first read is 3/2; a damping lies above 0 and at most at 1"
    ):
        prove_damped(networks.linear(task, damping=Fraction(3, 2)), task)


def test_threshold_units_below_1_are_not_proved():
    """Weights that are scaled by γ < 1: what a unit is given is γ at least, and it has to be 1."""
    task = parse("xor")
    net = derive(task).compile(scheme="threshold").exact
    assert certify(net, task).exact_for == "values"
    for gamma in (Fraction(1, 2), Fraction(99, 100)):
        b_h = net.b_h and tuple(gamma * b for b in net.b_h)
        weak = replace(net, W_hh=net.W_hh * gamma, W_uh=net.W_uh * gamma, b_h=b_h)
        told = certify(weak, task)
        assert told.exact_for is None
        assert "is too little (P23)" in told.reason


@pytest.mark.parametrize("kind", [TanhNeed, HardTanhNeed, GRUNeed, LSTMNeed])
def test_what_a_unit_needs_is_the_same_in_floats(kind):
    need = kind(kept=Fraction(1, 50), taken=Fraction(49, 50), shown=Fraction(97, 100))
    for m in (Fraction(1, 5), Fraction(3, 5)):
        assert need.in_floats(float(m)) == pytest.approx(float(need(m)))


@pytest.mark.parametrize("states", [2, 3, 5, 8])
def test_codes_of_states_are_signs_and_differ(states):
    step = lambda q, x: ((q + x) % states, (q + x) % 2)  # noqa: E731
    task = tasks.from_step(step, 0, shows=Alphabet(2), name="count")
    machine = task.machine
    for code in _codes(task, machine):
        assert np.isin(code, (-1, 1)).all()
        assert len(np.unique(code, axis=0)) == len(code) == machine.states


def test_a_response_that_comes_late_is_seen():
    """A delay line of six units beside the damped circuit, from the input to the output: N = 9, and N + 1 + n = 13 responses are held together."""
    task = selection("newest", 3, [(3, 0, 1)])
    net = networks.linear(task, damping=Fraction(1, 2))
    assert prove_damped(net, task).exact == "signs"
    line = [(i, i + 1, Fraction(1)) for i in range(3, 8)]
    late = replace(
        net,
        W_hh=RationalMatrix.from_entries((9, 9), [*net.W_hh, *line]),
        W_uh=RationalMatrix.from_entries((9, 1), [*net.W_uh, (8, 0, Fraction(1))]),
        W_hy=RationalMatrix.from_entries((1, 9), [*net.W_hy, (0, 3, Fraction(1, 8))]),
    )
    with pytest.raises(NotProved, match="the response is not that of the circuit damped by 1/2"):
        prove_damped(late, task)


def test_an_lstm_brings_back_what_it_writes():
    """β from what writes, (1 + κ)β + 1 with κ = 21/16; the recurrence is κβ."""
    net = compile_cell(compose_copy(2), "lstm")
    n, scale = net.hidden, 21 / 16
    back, write = (abs(part[2 * n : 3 * n]).max() for part in (net.weight_hh_l0, net.weight_ih_l0))
    assert back == pytest.approx(scale * (write - 1) / (1 + scale))


def test_units_that_are_told_add_up():
    told = derive(parse("xor")).exactness.schemes["threshold-carry"].reason
    whole, *parts = map(int, re.match(r"N = (\d+): (\d+) units compose and (\d+) copy", told).groups())
    assert whole == sum(parts)


def test_what_is_allowed_and_what_is_not_are_told_apart():
    lines = promises({"one": Allowance(True, "values", "so"), "other": Allowance.refused("not so")})
    assert lines == ["scheme one: values (so)", "not other: not so"]


def test_sizes_above_256_are_numbers_like_others():
    assert recurrence(RationalMatrix.identity(300), int("300")) == 300


def test_one_factor_is_not_written_twice():
    assert derive(parse("xor")).field().algebra().split(" over ")[0].count("=") == 0

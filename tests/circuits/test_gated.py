"""P16: with a phase input, ReLU units have the values of every linear task."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from emt_theory import derive
from emt_theory.circuits import make_basis
from emt_theory.circuits.schemes import Gated, float64_exact_until
from emt_theory.errors import InvalidOption, SchemeNotAllowed
from emt_theory.networks import load, save
from emt_theory.tasks import fibonacci, from_matrix, parse
from emt_theory.testing import strategies

VALUES = st.sampled_from([(-1, 1), (0, 1), (-2, 0, "1/3"), ("1/2", "5/2"), (-1, 3)])
HORIZON = 5


@st.composite
def tasks_with_inputs(draw):
    task = draw(strategies.tasks())
    return replace(task, inputs=tuple(Fraction(v) for v in draw(VALUES)))


def law_p16(weights, form):
    @settings(max_examples=30, phases=[Phase.generate])  # a saboteur need not be shrunk
    @given(tasks_with_inputs(), st.integers(0, 99), st.integers(0, 3))
    def law(task, seed, spare):
        scheme = Gated(form)
        if not scheme.verdict(task).allowed:
            return
        inputs, targets = task.sequences(3, HORIZON, seed)
        hidden = scheme.units(task) + spare
        twin = weights(scheme, task, make_basis("identity", hidden, task.components))
        y, h = twin.run(inputs, task.num_variables + HORIZON)
        assert (y[:, task.num_variables :] == targets).all()
        assert (y[:, : task.num_variables] == inputs).all()  # exact already during the input phase
        assert not h[:, :, hidden - spare :].any()

    return law


@pytest.mark.parametrize("form", [pytest.param("pairs", marks=pytest.mark.slow), "shifted", None])
def test_p16_the_gated_network_is_exact(form):
    law_p16(Gated.weights, form)()


@pytest.mark.parametrize("form", ["pairs", "shifted"])
def test_p16_saboteur_half_the_gate(form):
    def half(scheme, task, basis):
        twin = scheme.weights(task, basis)
        entries = ((i, j, v / 2 if v < 0 and j == task.dim else v) for i, j, v in twin.W_uh)
        return replace(twin, W_uh=type(twin.W_uh).from_entries(twin.W_uh.shape, entries))

    with pytest.raises(AssertionError):
        law_p16(half, form)()


def test_every_unit_plays_its_role_in_pairs():
    """d = 1, s = 2: units b₁⁺ b₁⁻ | a⁺ a⁻ f⁺ f⁻ at t = 1, t = s, t = s+1 and t = s+2."""
    task = from_matrix([[2, -3]])
    twin = Gated("pairs").weights(task, make_basis("identity", 6, 2))
    h = twin.run([[1], [-1]], steps=4).states
    assert h.tolist() == [
        [0, 0, 1, 0, 0, 0],  # u(1) = 1 came in
        [1, 0, 0, 1, 0, 0],  # u(1) moved on, u(2) = −1 came in; the feedback −3 + 3·0 … is gated
        [0, 1, 0, 0, 5, 0],  # u(3) = 2·1 − 3·(−1)
        [5, 0, 0, 0, 0, 17],  # u(4) = 2·(−1) − 3·5
    ]


def test_every_unit_plays_its_role_in_shifted_form():
    """d = 1, s = 2, B = 1: units z₁ | a | f hold v + 1; an empty block holds 0."""
    task = from_matrix([["1/2", "-1/2"]])
    twin = Gated("shifted").weights(task, make_basis("identity", 3, 2))
    half = Fraction(1, 2)
    assert twin.run([[1], [-1]], steps=4).states.tolist() == [
        [0, 2, 0],
        [2, 0, 0],
        [0, 0, 2],  # u(3) = ½ + ½ = 1
        [2, 0, 1 - half * 2],  # u(4) = −½ − ½ = −1
    ]


@given(strategies.tasks())
def test_units(task):
    n, d, s = task.components, task.dim, task.num_variables
    assert Gated("pairs").units(task) == 2 * d * (s + 1)
    bounded = task.F.row_norm <= 1
    assert Gated().units(task) == (n + d if bounded else 2 * d * (s + 1))
    assert Gated("shifted").verdict(task).allowed == bounded


def test_the_paper_sizes():
    task = parse("T2")
    assert Gated("pairs").units(task) == 144
    assert derive(task).compile(scheme="gated").hidden == 72
    assert derive(task).compile(scheme="gated", hidden=80).hidden == 80
    net = derive(task).compile(scheme=Gated("pairs"))
    assert (net.hidden, net.W_uh.shape, net.phase_input, net.activation) == (144, (144, 9), True, "relu")


def test_fibonacci_in_floats_is_exact_as_long_as_it_is_said_to_be():
    task = fibonacci()
    net, until = derive(task).compile(), float64_exact_until(task)
    assert (net.metadata["scheme"], until) == ("gated", 55)
    inputs, targets = task.sequences(4, 100, seed=0)
    outputs = net.run(inputs, 102).outputs[:, 2:]
    right = outputs.astype(object) == targets
    assert right[:, : until - 2].all()
    assert not right.all()
    assert (net.exact.run(inputs, 102).outputs[:, 2:] == targets).all()
    assert "in float64 while values are below 2^53" in derive(task).exactness.schemes["gated"].reason


def test_what_float64_can_hold():
    assert float64_exact_until(from_matrix([["1/2", 1]])) == 2
    assert float64_exact_until(from_matrix([[0, 1]], inputs=[0, 2**60])) == 2
    assert float64_exact_until(parse("T2")) is None
    inputs, targets = parse("T4").sequences(100, 200, seed=1)
    assert (derive(parse("T4")).compile(scheme="gated").run(inputs, 208).outputs[:, 8:] == targets).all()


def test_it_survives_a_file(tmp_path):
    net = derive(fibonacci()).compile()
    assert load(save(net, tmp_path / "fibonacci.safetensors")) == net


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"scheme": Gated("shifted")}, SchemeNotAllowed, "largest row 1-norm of F is 2; it must be at most 1"),
        ({"scheme": Gated(gate=Fraction(1, 2))}, SchemeNotAllowed, r"the gate M = 1/2 .* must be at least 1 \(P16\)"),
        ({"hidden": 5}, InvalidOption, r"hidden = 5 is too small: scheme gated needs at least 2d\(s\+1\) = 6 units"),
        ({"basis": "oblique"}, SchemeNotAllowed, "relu acts on single neurons"),
    ],
)
def test_what_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        derive(fibonacci()).compile(**arguments)


def test_unknown_form():
    with pytest.raises(InvalidOption, match="unknown form 'triples'; known are pairs, shifted"):
        Gated("triples")


def test_numpy_states_are_never_negative():
    inputs = fibonacci().sequences(4, 1, seed=0).inputs
    assert np.all(derive(fibonacci()).compile().run(inputs, 12).states >= 0)

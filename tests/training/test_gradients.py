"""The gradient: NumPy's against JAX's differentiation, against SymPy's on a tiny network, against a complex step; and saboteurs."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import sympy

from emt_theory.networks import ACTIVATIONS, GRU, LSTM, activation, activations
from emt_theory.tasks import Window
from emt_theory.tasks.accuracy import sign_marks
from emt_theory.training.backpropagation import Backpropagation
from emt_theory.training.cells import initial_weights

NAMES = [sigma.name for sigma in ACTIVATIONS]
SHAPES = [(5, 2, 3, 4, 6), (3, 1, 1, 2, 1), (4, 3, 2, 1, 3)]  # N, d, s, batch, horizon


def window_of(shape):
    _, _, s, _, horizon = shape
    return Window(s + horizon, s, s)


def case(activation, shape, seed=0, dtype="float64"):
    hidden, dim, _, batch, _ = shape
    rng = np.random.default_rng(seed)
    weights = {k: 2 * v for k, v in initial_weights("elman", hidden, dim, dim, seed).items()}
    pass_ = Backpropagation(activation, hidden, dim, dim, window_of(shape), batch, dtype)
    pass_.inputs[:] = rng.choice([-1, 1], pass_.inputs.shape)
    pass_.targets[:] = rng.choice([-1, 0, 1], pass_.targets.shape)
    return pass_, {k: v.astype(dtype) for k, v in weights.items()}


def numpy_gradient(pass_, weights):
    gradient = {name: np.full_like(array, np.nan) for name, array in weights.items()}
    return pass_(weights, gradient), gradient


def jax_gradient(activation, pass_, weights):
    """JAX's own differentiation of the forward pass."""
    import jax
    import jax.numpy as jnp

    from emt_theory.training.jax_cells import elman_outputs

    def loss(weights):
        outputs = elman_outputs(activation, weights, pass_.inputs, pass_._window)
        return jnp.mean((outputs - pass_.targets) ** 2)

    with jax.enable_x64(True):
        value, gradient = jax.value_and_grad(loss)({k: jnp.asarray(v) for k, v in weights.items()})
        return float(value), {k: np.asarray(v) for k, v in gradient.items()}


@cache
def gradient_by_jax(activation, shape):
    return jax_gradient(activation, *case(activation, shape))


def differ(a, b):
    return max(float(np.abs(a[name] - b[name]).max()) for name in a)


@pytest.mark.parametrize(
    ("activation", "shape"),
    [
        *((name, SHAPES[0]) for name in NAMES),
        ("tanh", SHAPES[1]),
        *(pytest.param("tanh", shape, marks=pytest.mark.slow) for shape in SHAPES[2:]),
    ],
)
def test_numpy_agrees_with_jax(activation, shape):
    pass_, weights = case(activation, shape)
    score, gradient = numpy_gradient(pass_, weights)
    value, other = gradient_by_jax(activation, shape)
    assert score.loss == pytest.approx(value, rel=1e-13)
    assert differ(gradient, other) < 1e-12


@pytest.mark.parametrize(
    "activation",
    [name if name == "tanh" else pytest.param(name, marks=pytest.mark.slow) for name in NAMES],
)
def test_jax_written_out_agrees_with_jax_differentiated(activation):
    import jax

    from emt_theory.training.jax_cells import gradient_of

    pass_, weights = case(activation, SHAPES[0], seed=3)
    score, _ = numpy_gradient(pass_, weights)
    with jax.enable_x64(True):
        made = gradient_of("elman", activation, pass_._window, sign_marks)
        there, gradient = made(weights, pass_.inputs, pass_.targets, None)
        assert [float(x) for x in there] == pytest.approx(list(score), rel=1e-13)
        assert (
            differ({k: np.asarray(v) for k, v in gradient.items()}, jax_gradient(activation, pass_, weights)[1]) < 1e-12
        )


def test_a_tiny_network_agrees_with_exact_differentiation():
    """N = 2, d = 1, s = 2, horizon 2, linear: SymPy's gradient in rational numbers, every entry of every matrix."""
    W, U, V = (
        sympy.Matrix(2, 2, sympy.symbols("w:4")),
        sympy.Matrix(sympy.symbols("u:2")),
        sympy.Matrix([sympy.symbols("v:2")]),
    )
    values = [sympy.Rational(k, 7) for k in (3, -2, 5, 1, 4, -6, 2, 5)]
    inputs, targets = [1, -1], [sympy.Rational(1, 2), -3]
    h = sympy.zeros(2, 1)
    loss = 0
    for t in range(4):
        h = W * h + (U * inputs[t] if t < 2 else sympy.zeros(2, 1))
        loss += ((V * h)[0] - targets[t - 2]) ** 2 / 2 if t >= 2 else 0
    symbols = [*W, *U, *V]
    at = dict(zip(symbols, values, strict=True))
    exact = [sympy.diff(loss, symbol).subs(at) for symbol in symbols]

    pass_ = Backpropagation("identity", 2, 1, 1, Window(4, 2, 2), 1, "float64")
    pass_.inputs[:, 0, 0], pass_.targets[:, 0, 0] = inputs, [float(u) for u in targets]
    numbers = np.array([float(v) for v in values])
    weights = {"W_hh": numbers[:4].reshape(2, 2), "W_uh": numbers[4:6].reshape(2, 1), "W_hy": numbers[6:].reshape(1, 2)}
    score, gradient = numpy_gradient(pass_, weights)
    assert score.loss == pytest.approx(float(loss.subs(at)), rel=1e-14)
    found = np.concatenate([gradient[name].ravel() for name in weights])
    np.testing.assert_allclose(found, [float(v) for v in exact], rtol=1e-13)


def test_tanh_agrees_with_a_complex_step():
    """Im L(w + i 10⁻³⁰) / 10⁻³⁰ is the derivative to the last digit, for an analytic σ."""
    pass_, weights = case("tanh", SHAPES[0], seed=1)
    _, gradient = numpy_gradient(pass_, weights)

    def loss(w):
        h = np.zeros((pass_.inputs.shape[1], 5), complex)
        errors = []
        for t in range(3 + 6):
            h = np.tanh(h @ w["W_hh"].T + (pass_.inputs[t] @ w["W_uh"].T if t < 3 else 0))
            if t >= 3:
                errors.append(h @ w["W_hy"].T - pass_.targets[t - 3])
        return (np.stack(errors) ** 2).mean()

    for name, array in weights.items():
        for place in np.ndindex(array.shape):
            moved = {k: v.astype(complex) for k, v in weights.items()}
            moved[name][place] += 1e-30j
            assert gradient[name][place] == pytest.approx(loss(moved).imag * 1e30, rel=1e-11, abs=1e-15)


def test_the_score_is_over_scored_signs():
    pass_, weights = case("tanh", SHAPES[0])
    score, _ = numpy_gradient(pass_, weights)
    h, right, scored = np.zeros((4, 5)), 0, 0
    for t in range(9):
        h = np.tanh(h @ weights["W_hh"].T + (pass_.inputs[t] @ weights["W_uh"].T if t < 3 else 0))
        if t >= 3:
            y, u = h @ weights["W_hy"].T, pass_.targets[t - 3]
            right, scored = right + ((y * u) > 0).sum(), scored + (u != 0).sum()
    assert score.accuracy == right / scored
    assert score.mean_square == (pass_.targets**2).mean()
    pass_.targets[:] = 0
    assert numpy_gradient(pass_, weights)[0].accuracy == 1


def forget_the_input_phase(pass_):
    """∂L/∂W_hh without the steps t ≤ s."""
    pass_._following, pass_._previous = pass_._following[2 * 4 :], pass_._previous[2 * 4 :]


def forget_the_slope(pass_):
    pass_._chain = lambda g, h, scratch: None


def score_the_input_phase(pass_):
    pass_._scored_states = pass_._h[0].base.reshape(-1, 5)[: len(pass_._scored_states)]


@pytest.mark.parametrize("saboteur", [forget_the_input_phase, forget_the_slope, score_the_input_phase])
def test_saboteurs_are_caught(saboteur):
    pass_, weights = case("tanh", SHAPES[0])
    saboteur(pass_)
    _, gradient = numpy_gradient(pass_, weights)
    assert differ(gradient, gradient_by_jax("tanh", SHAPES[0])[1]) > 1e-4


def test_another_activations_slope_is_caught(monkeypatch):
    relu, identity = activation("relu"), activation("identity")
    monkeypatch.setattr(activations, "ACTIVATIONS", [replace(relu, in_place=(relu.in_place[0], identity.in_place[1]))])
    pass_, weights = case("relu", SHAPES[0])
    assert differ(numpy_gradient(pass_, weights)[1], jax_gradient("relu", pass_, weights)[1]) > 1e-4


def test_the_pair_that_is_made_from_the_other_faces_is_the_written_one(monkeypatch):
    for sigma in [sigma for sigma in ACTIVATIONS if sigma.in_place]:
        pass_, weights = case(sigma.name, SHAPES[0])
        _, written = numpy_gradient(pass_, weights)
        with monkeypatch.context() as patch:
            patch.setattr(activations, "ACTIVATIONS", [replace(sigma, in_place=None)])
            pass_, weights = case(sigma.name, SHAPES[0])
        assert differ(numpy_gradient(pass_, weights)[1], written) < 1e-13


@pytest.mark.parametrize(("cell", "kind", "gates"), [("gru", GRU, 3), ("lstm", LSTM, 4)])
def test_gated_cells_compute_what_the_networks_do(cell, kind, gates):
    import jax

    from emt_theory.training import jax_cells

    weights = initial_weights(cell, 5, 2, 2, seed=0)
    assert weights["weight_hh_l0"].shape == (5 * gates, 5)
    x = np.random.default_rng(0).normal(size=(3, 4, 2))
    with jax.enable_x64(True):
        outputs = np.asarray(jax_cells.gated_outputs(kind, weights, x, Window(9, 3, 3)))
    net = kind(**weights)
    expected = net.run(x.transpose(1, 0, 2), steps=9).outputs[:, 3:]
    np.testing.assert_allclose(outputs.transpose(1, 0, 2), expected, rtol=1e-12)
    assert not np.allclose(replace(net, W_hy=-net.W_hy).run(x.transpose(1, 0, 2), steps=9).outputs[:, 3:], expected)

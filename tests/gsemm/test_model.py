"""The memory model as numbers: its equations written out in loops, slaved layers, and what is refused."""

import json
import pickle
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.gsemm import Model, from_expression, identity, interactions_from_phi, model_from_phi, tanh
from emt_theory.testing.gsemm import has_independent_memories, models, network_models, states

SEARCH = settings(max_examples=2000, database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))


def by_loops(model, V_f, V_h, V_d):
    """The three equations, entry by entry."""
    N, n = model.memories.shape
    Xi, Phi = model.memories, model.interactions
    s_f, s_h = model.feature.activation(V_f), model.hidden.activation(V_h)
    root = model.alpha_s**0.5
    feature = [root * sum(Xi[i, k] * s_h[k] for k in range(n)) - V_f[i] for i in range(N)]
    recalled = [sum(Xi[i, k] * V_d[i] for i in range(N)) for k in range(n)]
    hidden = [
        root * sum(Xi[i, k] * s_f[i] for i in range(N))
        + model.alpha_c * sum(Phi[source, k] * recalled[source] for source in range(n))
        - V_h[k]
        for k in range(n)
    ]
    delay = [model.delay_gain * s_f[i] - V_d[i] for i in range(N)]
    return np.array(feature) / model.T_f, np.array(hidden), np.array(delay)


@settings(max_examples=30)
@given(st.data())
def test_the_equations(data):
    model = data.draw(models())
    state = data.draw(states(model))
    feature, hidden, delay = by_loops(model, *state)
    moved = model.derivatives(*state)
    np.testing.assert_allclose(moved.feature, feature, atol=1e-12)
    if model.T_h:
        np.testing.assert_allclose(moved.hidden, hidden / model.T_h, atol=1e-12)
    else:
        np.testing.assert_allclose(hidden, 0, atol=1e-12)
    if model.T_d:
        np.testing.assert_allclose(moved.delay, delay / model.T_d, atol=1e-12)
    else:
        np.testing.assert_allclose(delay, 0, atol=1e-12)


@settings(max_examples=25)
@given(st.data())
def test_slaved_layers_move_with_what_they_follow(data):
    model = replace(data.draw(models()), T_h=0.0, T_d=0.0)
    V = data.draw(states(model)).feature
    velocity, h = model.rhs(0.0, V), 1e-6
    ahead, behind = (model.complete(V + sign * h * velocity) for sign in (1, -1))
    moved = model.derivatives(*model.complete(V))
    size = 1 + max(float(np.abs(part).max()) for part in moved) ** 2
    np.testing.assert_allclose((ahead.hidden - behind.hidden) / (2 * h), moved.hidden, atol=1e-6 * size)
    np.testing.assert_allclose((ahead.delay - behind.delay) / (2 * h), moved.delay, atol=1e-6 * size)


@settings(max_examples=25)
@given(st.data())
def test_packing_and_batches(data):
    model = data.draw(models())
    first, second = data.draw(states(model)), data.draw(states(model))
    batch = np.stack([model.pack(*first), model.pack(*second)])
    assert batch.shape == (2, model.state_size)
    for part, right in zip(model.unpack(batch), zip(first, second, strict=True), strict=True):
        np.testing.assert_allclose(part, np.stack(right), atol=1e-15)
    np.testing.assert_allclose(model.rhs(0.0, batch)[1], model.rhs(3.0, batch[1]), atol=1e-13)


def test_state_sizes():
    sizes = {
        (T_h, T_d): Model.lisem(np.ones((5, 2)), np.eye(2), T_h=T_h, T_d=T_d).state_size
        for T_h, T_d in product((0, 1), (0, 1))
    }
    assert sizes == {(0, 0): 5, (0, 1): 10, (1, 0): 7, (1, 1): 12}


@pytest.mark.slow
def test_the_flow_approaches_the_reduced_one_at_rate_t_h_plus_t_d():
    """P02: halving T_h and T_d halves the distance on a finite horizon."""
    rng = np.random.default_rng(0)
    model = Model.lisem(rng.normal(size=(4, 3)) / 2, rng.normal(size=(3, 3)), T_h=0, T_d=0)
    start = rng.normal(size=4)

    def end(made):
        packed = made.pack(start, np.zeros(3), np.zeros(4))
        run = solve_ivp(made.rhs, (0, 2), packed, method="Radau", rtol=1e-9, atol=1e-11)
        return made.unpack(run.y[:, -1]).feature

    reduced = end(model)
    errors = [float(np.abs(end(replace(model, T_h=T, T_d=T)) - reduced).max()) for T in (0.02, 0.01, 0.005)]
    assert errors[0] < 0.1
    for coarse, fine in pairwise(errors):
        assert 1.8 < coarse / fine < 2.2


def test_the_lateral_strength_has_a_root():
    """√α_s α_c β, as the equations have it, not the authors' α_c β."""
    model = Model.lisem(np.eye(2), [[0, 1], [0, 0]], T_d=0, alpha_s=4, alpha_c=3, delay_gain=5)
    assert model.lateral == 30
    assert model.bracket.tolist() == [[4, 0], [30, 4]]
    V = np.array([0.3, -0.2])
    reduced = model.memories @ model.bracket @ model.memories.T @ np.tanh(V) - V
    np.testing.assert_allclose(model.rhs(0.0, V), reduced, atol=1e-14)


def test_interactions_are_indexed_from_to():
    """From memory 0 to memory 1: a delayed memory 0 excites hidden unit 1."""
    model = Model.lisem(np.eye(2), [[0, 1], [0, 0]])
    assert model.hidden_drive([0, 0], [1, 0]).tolist() == [0, 1]


@settings(max_examples=25)
@given(models(), st.integers(0, 99))
def test_any_phi_is_the_bracket_of_some_interactions(model, seed):
    phi = np.random.default_rng(seed).normal(size=(model.components,) * 2)
    made = model_from_phi(model.memories, phi, alpha_s=model.alpha_s, alpha_c=2.0, delay_gain=model.delay_gain)
    np.testing.assert_allclose(made.bracket, phi, atol=1e-12)


def test_a_model_is_a_value():
    model = Model.dsem(np.eye(2), np.zeros((2, 2)), 3, T_h=0.5, alpha_c=4.9)
    assert pickle.loads(pickle.dumps(model)) == model != replace(model, T_h=1.0)
    assert not pickle.loads(pickle.dumps(model)).memories.flags.writeable
    assert json.loads(json.dumps(model.to_dict(), allow_nan=False))["hidden"] == {"name": "softmax", "gain": 3.0}
    assert (
        repr(model) == "Model(N=2, n=2, feature=identity, hidden=softmax(gain=3), T_f=1, T_h=0.5, T_d=20, alpha_c=4.9)"
    )
    assert model != "model"


@pytest.mark.parametrize(
    "case",
    [
        lambda m: m.components > m.features,
        lambda m: m.T_h == 0 < m.T_d,
        lambda m: m.T_d == 0 < m.T_h,
        lambda m: m.feature.name == "softmax",
        lambda m: m.alpha_s != 1 and m.alpha_c > 0 and m.delay_gain != 1,
        lambda m: not has_independent_memories(m),
        lambda m: m.components > 1 and np.allclose(m.memories.T @ m.memories, np.eye(m.components)),
    ],
)
def test_hard_cases_are_reached(case):
    assert case(find(models(), case, settings=SEARCH))


def test_network_models_have_a_singular_phi_too():
    def singular_phi(m):
        return m.components > 1 and np.linalg.matrix_rank(m.bracket) < m.components

    singular = find(network_models(), singular_phi, settings=SEARCH)
    assert has_independent_memories(singular)


A = np.ones((3, 2))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: Model.lisem(A, np.eye(3)),
            InvalidNetwork,
            r"\(2, 2\) for memories of shape \(3, 2\); got \(3, 3\). Are the",
        ),
        (lambda: Model.lisem([1, 2], np.eye(2)), InvalidNetwork, r"memories must have shape \(N, n\)"),
        (lambda: Model.lisem(np.zeros((3, 0)), np.zeros((0, 0))), InvalidNetwork, "at least 1"),
        (lambda: Model.lisem([[np.nan, 1]], np.eye(2)), InvalidNetwork, "memories"),
        (lambda: Model.lisem(A, [[np.inf, 0], [0, 0]]), InvalidNetwork, "interactions"),
        (lambda: Model.lisem(A, np.eye(2), T_f=0), InvalidOption, "T_f must be finite and positive; got 0"),
        (lambda: Model.lisem(A, np.eye(2), T_h=-1), InvalidOption, "T_h must be finite and at least 0, which slaves"),
        (lambda: Model.lisem(A, np.eye(2), T_d=np.nan), InvalidOption, "T_d must be finite"),
        (lambda: Model.lisem(A, np.eye(2), alpha_s=0), InvalidOption, "alpha_s must be finite and positive"),
        (lambda: Model.lisem(A, np.eye(2), alpha_c="1"), InvalidOption, "alpha_c must be a number"),
        (lambda: Model(A, np.eye(2), np.tanh, identity()), InvalidOption, "feature must be a Lagrangian"),
        (lambda: Model(A, np.eye(2), PAIR, identity()), InvalidOption, "of 2 variables; the layer has 3"),
        (
            lambda: Model.lisem(A, np.eye(2)).complete([1, 2]),
            InvalidNetwork,
            r"V_f must have shape \(…, 3\); got \(2,\)",
        ),
        (lambda: Model.lisem(A, np.eye(2)).rhs(0, np.zeros(5)), InvalidNetwork, r"state must have shape \(…, 6\)"),
        (lambda: interactions_from_phi(np.eye(2), alpha_c=0), InvalidOption, "alpha_c must be positive"),
        (lambda: interactions_from_phi([[1, 2]]), InvalidNetwork, "phi must be square"),
        (lambda: model_from_phi(A, np.eye(3), tanh()), InvalidNetwork, "interactions must have shape"),
        (
            lambda: Model.lisem([[1, 2], [3]], [[0]]),
            InvalidNetwork,
            "memories is not an array: its rows have different lengths",
        ),
        (lambda: model_from_phi([[1, 2], [3]], [[0]]), InvalidNetwork, "its rows have different lengths"),
        (lambda: interactions_from_phi([[1]], alpha_s="2"), InvalidOption, "alpha_s must be a number; got '2'"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message):
        make()


def _pair():
    import sympy

    a, b = sympy.symbols("a b")
    return from_expression(a**2 + b**2, [a, b])


PAIR = _pair()

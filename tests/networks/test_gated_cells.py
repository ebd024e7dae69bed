"""GRU and LSTM against the equations in PyTorch's documentation, written out number by number in plain Python."""

import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.networks import GRU, LSTM


def sigma(z):
    return 1 / (1 + math.exp(-z))


def affine(weight, bias, rows, x):
    return [sum(weight[i][j] * x[j] for j in range(len(x))) + (0 if bias is None else bias[i]) for i in rows]


def plain_gru(net, h, x):
    """r, z, n as documented: `n = tanh(W_in x + b_in + r * (W_hn h + b_hn))`, `h' = (1 - z) * n + z * h`."""
    n = len(h)
    ih = affine(net.weight_ih_l0.tolist(), net.bias_ih_l0, range(3 * n), x)
    hh = affine(net.weight_hh_l0.tolist(), net.bias_hh_l0, range(3 * n), h)
    after = []
    for k in range(n):
        r, z = sigma(ih[k] + hh[k]), sigma(ih[n + k] + hh[n + k])
        new = math.tanh(ih[2 * n + k] + r * hh[2 * n + k])
        after.append((1 - z) * new + z * h[k])
    return after


def plain_lstm(net, state, x):
    """i, f, g, o as documented: `c' = f * c + i * g`, `h' = o * tanh(c')`."""
    h, c = state
    n = len(h)
    ih = affine(net.weight_ih_l0.tolist(), net.bias_ih_l0, range(4 * n), x)
    hh = affine(net.weight_hh_l0.tolist(), net.bias_hh_l0, range(4 * n), h)
    total = [a + b for a, b in zip(ih, hh, strict=True)]
    cells = [sigma(total[n + k]) * c[k] + sigma(total[k]) * math.tanh(total[2 * n + k]) for k in range(n)]
    return [sigma(total[3 * n + k]) * math.tanh(cells[k]) for k in range(n)], cells


def random_net(kind, n, d, seed, biases=True):
    rng = np.random.default_rng(seed)
    rows = len(kind.gates) * n
    return kind(
        weight_ih_l0=rng.normal(size=(rows, d)),
        weight_hh_l0=rng.normal(size=(rows, n)),
        W_hy=rng.normal(size=(d, n)),
        bias_ih_l0=rng.normal(size=rows) if biases else None,
        bias_hh_l0=rng.normal(size=rows) if biases else None,
        b_y=rng.normal(size=d) if biases else None,
    )


def plain_run(net, x, steps):
    h, c, outputs, states = [0.0] * net.hidden, [0.0] * net.hidden, [], []
    for t in range(steps):
        drive = x[t] if t < len(x) else [0.0] * net.dim
        if isinstance(net, GRU):
            h = plain_gru(net, h, drive)
        else:
            h, c = plain_lstm(net, (h, c), drive)
        states.append(h)
        outputs.append(affine(net.W_hy.tolist(), net.b_y, range(net.dim), h))
    return np.array(outputs), np.array(states)


def swapped(net, a, b):
    """The same network with two gates exchanged."""
    n, order = net.hidden, list(range(len(net.gates)))
    i, j = net.gates.index(a), net.gates.index(b)
    order[i], order[j] = j, i
    rows = np.concatenate([np.arange(k * n, (k + 1) * n) for k in order])
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    return replace(net, **{name: None if (v := getattr(net, name)) is None else v[rows] for name in names})


def law_documented_equations(change=lambda net: net):
    @settings(max_examples=30, phases=[Phase.generate])  # a saboteur need not be shrunk
    @given(st.sampled_from([GRU, LSTM]), st.integers(1, 4), st.integers(1, 3), st.integers(0, 999), st.booleans())
    def law(kind, n, d, seed, biases):
        net = random_net(kind, n, d, seed, biases)
        x = np.random.default_rng(seed + 1).normal(size=(2, 3, d))
        outputs, states = change(net).run(x, steps=6)
        assert (outputs.shape, states.shape) == ((2, 6, d), (2, 6, n))
        for k in range(2):
            y, h = plain_run(net, x[k].tolist(), 6)
            np.testing.assert_allclose(outputs[k], y, rtol=0, atol=1e-12)
            np.testing.assert_allclose(states[k], h, rtol=0, atol=1e-12)

    return law


def test_the_cells_compute_the_documented_equations():
    law_documented_equations()()


@pytest.mark.parametrize("pair", ["first", "last"])
def test_saboteur_another_order_of_the_gates(pair):
    def change(net):
        gates = net.gates[:2] if pair == "first" else net.gates[-2:]
        return swapped(net, gates[0], gates[1])

    with pytest.raises(AssertionError):
        law_documented_equations(change)()


def test_saboteur_a_reset_gate_before_the_matrix():
    """The original paper's GRU, `W_hn (r * h)`, is another network."""
    net = random_net(GRU, 3, 1, seed=0)
    h, x = np.array([0.3, -0.6, 0.9]), np.array([0.5])
    r, z = (sigma_array(net.gate(letter)(x, h)) for letter in "rz")
    new = net.gate("n")
    original = (1 - z) * np.tanh(new.ih @ x + new.b_ih + new.hh @ (r * h) + new.b_hh) + z * h
    assert np.abs(original - net.step(h, x)).max() > 0.01


def sigma_array(z):
    return 1 / (1 + np.exp(-z))


@pytest.mark.parametrize("biases", [True, False])
def test_jacobians_against_finite_differences(biases):
    step = 1e-6
    gru, lstm = random_net(GRU, 3, 2, 1, biases), random_net(LSTM, 3, 2, 1, biases)
    state, x = np.random.default_rng(2).uniform(-1, 1, 6), np.array([0.4, -1.0])
    h, c = state[:3], state[3:]
    numeric = [(gru.step(h + e, x) - gru.step(h - e, x)) / (2 * step) for e in step * np.eye(3)]
    np.testing.assert_allclose(gru.jacobian(h, x), np.array(numeric).T, atol=1e-8)

    def lstm_step(both):
        return np.concatenate(lstm.step(both[:3], both[3:], x))

    numeric = [(lstm_step(state + e) - lstm_step(state - e)) / (2 * step) for e in step * np.eye(6)]
    np.testing.assert_allclose(lstm.jacobian(h, c, x), np.array(numeric).T, atol=1e-8)


def test_the_jacobian_of_an_lstm_at_the_origin():
    """[[¼ W_hg, ¼ I], [½ W_hg, ½ I]] without biases; the one in circulation is off by .34 somewhere."""
    net = random_net(LSTM, 4, 1, seed=3, biases=False)
    zero, W_hg, one = np.zeros(4), net.gate("g").hh, np.eye(4)
    np.testing.assert_allclose(
        net.jacobian(zero, zero), np.block([[W_hg / 4, one / 4], [W_hg / 2, one / 2]]), atol=1e-15
    )


def test_a_trajectory_has_the_cell_states_and_steps_compose():
    net = random_net(LSTM, 3, 2, seed=4)
    x = np.random.default_rng(5).normal(size=(1, 2, 2))
    y, h, c = net.trajectory(x, steps=5)
    assert np.array_equal(net.run(x, steps=5).states, h)
    np.testing.assert_allclose(y, net.read(h))
    again = net.step(h[0, 3], c[0, 3], np.zeros(2))
    np.testing.assert_allclose(again, (h[0, 4], c[0, 4]), atol=1e-15)


@pytest.mark.parametrize("kind", [GRU, LSTM])
def test_they_are_values(kind):
    net = random_net(kind, 2, 1, seed=6)
    assert net == pickle.loads(pickle.dumps(net))
    assert net != replace(net, W_hy=2 * net.W_hy)
    assert net != replace(net, b_y=None)
    with pytest.raises(ValueError, match="read-only"):
        net.W_hy[0, 0] = 5.0
    with pytest.raises(TypeError):
        hash(net)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight_hh_l0": np.zeros((2, 6))}, r"must have shape \(3N, N\)"),
        ({"weight_hh_l0": np.zeros((8, 2))}, r"weight_hh_l0 must have shape \(3N, N\)"),
        (
            {"weight_ih_l0": np.zeros((1, 6))},
            r"must have shape \(3N, d\) = \(6, 1\); got \(1, 6\). Did you pass its transpose",
        ),
        (
            {"W_hy": np.zeros((2, 1))},
            r"W_hy must have shape \(d, N\) = \(1, 2\); got \(2, 1\). Did you pass its transpose",
        ),
        ({"bias_hh_l0": np.zeros(5)}, r"bias_hh_l0 must have shape \(3N,\) = \(6,\)"),
        ({"W_hy": [[np.nan, 0]]}, r"W_hy\[0, 0\] is nan"),
        ({"W_hy": None}, "W_hy is missing"),
        ({"metadata": {"a": 1}}, "metadata must map strings to strings"),
    ],
)
def test_weights_that_do_not_fit(change, message):
    with pytest.raises(InvalidNetwork, match=message):
        replace(random_net(GRU, 2, 1, seed=7), **change)


def test_inputs_that_do_not_fit():
    net = random_net(LSTM, 2, 1, seed=8)
    with pytest.raises(InvalidNetwork, match=r"x\[None\]"):
        net.run(np.zeros((3, 1)))
    with pytest.raises(InvalidOption, match="at least s = 3"):
        net.run(np.zeros((1, 3, 1)), steps=2)
    with pytest.raises(InvalidNetwork, match="shape \\(…, 2\\)"):
        net.step([0.0], [0.0, 0.0], [0.0])
    with pytest.raises(InvalidNetwork, match="has the gates i, f, g, o"):
        net.gate("r")

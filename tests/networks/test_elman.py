"""Running a network: against plain Python loops, step by step, in batches, and past the range of floats."""

import copy
import math
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from emt_theory.networks import ElmanRNN, ExactRNN

ACTIVATION_BY_NAME: dict[str, Callable[[float], float]] = {
    "tanh": math.tanh,
    "identity": lambda z: z,
    "hard_tanh": lambda z: -1.0 if z < -1 else 1.0 if z > 1 else z,
    "relu": lambda z: z if z > 0 else 0.0,
}


def random_network(
    seed: int, hidden: int = 6, dim: int = 3, activation: str = "tanh", biases: bool = True, phase_input: bool = False
) -> ElmanRNN:
    rng = np.random.default_rng(seed)
    return ElmanRNN(
        W_hh=rng.normal(size=(hidden, hidden)) / 3,
        W_uh=rng.normal(size=(hidden, dim + phase_input)),
        W_hy=rng.normal(size=(dim, hidden)),
        b_h=rng.normal(size=hidden) if biases else None,
        b_y=rng.normal(size=dim) if biases else None,
        activation=activation,
        phase_input=phase_input,
    )


def plain_run(
    net: ElmanRNN, x: list[list[float]], steps: int, bug: str = ""
) -> tuple[list[list[float]], list[list[float]]]:
    """One sequence, in Python floats and loops; `bug` breaks it in one place."""
    sigma = ACTIVATION_BY_NAME[net.activation]
    w_hh, w_uh, w_hy = net.W_hh.tolist(), net.W_uh.tolist(), net.W_hy.tolist()
    b_h = [0.0] * net.hidden if net.b_h is None or bug == "no b_h" else net.b_h.tolist()
    b_y = [0.0] * net.dim if net.b_y is None or bug == "no b_y" else net.b_y.tolist()
    if bug == "transposed":
        w_hh = net.W_hh.T.tolist()
    h = [1.0 if bug == "h(0) = 1" else 0.0] * net.hidden
    outputs: list[list[float]] = []
    states: list[list[float]] = []
    for t in range(steps):
        given = t < len(x)
        u = list(x[t]) if given else [0.0] * net.dim
        if bug == "input held" and not given:
            u = list(x[-1])
        if net.phase_input:
            u.append(1.0 if given or bug == "phase held" else 0.0)
        before = h
        h = [
            sigma(
                sum(w_hh[i][j] * before[j] for j in range(net.hidden))
                + sum(w_uh[i][j] * u[j] for j in range(len(u)))
                + b_h[i]
            )
            for i in range(net.hidden)
        ]
        seen = before if bug == "late read-out" else h
        states.append(h)
        outputs.append([sum(w_hy[c][i] * seen[i] for i in range(net.hidden)) + b_y[c] for c in range(net.dim)])
    return outputs, states


def agrees(net: ElmanRNN, x: NDArray[np.float64], steps: int, bug: str = "") -> bool:
    y, h = net.run(x, steps=steps)
    plain = [plain_run(net, sequence.tolist(), steps, bug) for sequence in x]
    return np.allclose(y, [p[0] for p in plain], atol=1e-9) and np.allclose(h, [p[1] for p in plain], atol=1e-9)


@pytest.mark.parametrize("activation", list(ACTIVATION_BY_NAME))
@pytest.mark.parametrize("phase_input", [False, True])
@pytest.mark.parametrize("biases", [False, True])
def test_run_agrees_with_plain_loops(activation: str, phase_input: bool, biases: bool) -> None:
    net = random_network(1, activation=activation, biases=biases, phase_input=phase_input)
    x = np.random.default_rng(2).normal(size=(4, 5, 3))
    assert agrees(net, x, steps=12)


@pytest.mark.parametrize(
    "bug", ["transposed", "no b_h", "no b_y", "h(0) = 1", "input held", "phase held", "late read-out"]
)
def test_saboteurs_of_the_plain_loops_are_seen(bug: str) -> None:
    net = random_network(1, activation="hard_tanh", phase_input=True)
    x = np.random.default_rng(2).normal(size=(4, 5, 3))
    assert agrees(net, x, steps=12)
    assert not agrees(net, x, steps=12, bug=bug)


@pytest.mark.parametrize("hidden", [1, 2, 7])
@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("s", [1, 3])
def test_small_sizes(hidden: int, dim: int, s: int) -> None:
    net = random_network(3, hidden=hidden, dim=dim)
    assert agrees(net, np.random.default_rng(4).normal(size=(2, s, dim)), steps=s + 2)


def test_run_unpacks_into_outputs_and_states_of_the_promised_shapes() -> None:
    net = random_network(0)
    y, h = net.run(np.ones((4, 5, 3)), steps=9)
    assert (y.shape, h.shape) == ((4, 9, 3), (4, 9, 6))
    assert net.run(np.ones((4, 5, 3))).outputs.shape == (4, 5, 3)
    assert net.run(np.ones((0, 5, 3))).states.shape == (0, 5, 6)
    assert (net.hidden, net.dim) == (6, 3)


@pytest.mark.parametrize("phase_input", [False, True])
def test_step_and_read_compose_to_run(phase_input: bool) -> None:
    net = random_network(5, phase_input=phase_input)
    x = np.random.default_rng(6).normal(size=(2, 3, 3))
    y, states = net.run(x, steps=5)
    h = np.zeros((2, net.hidden))
    for t in range(5):
        u = x[:, t] if t < 3 else np.zeros((2, 3))
        if phase_input:
            u = np.concatenate([u, np.full((2, 1), float(t < 3))], axis=1)
        h = net.step(h, u)
        np.testing.assert_allclose(h, states[:, t], atol=1e-12)
        np.testing.assert_allclose(net.read(h), y[:, t], atol=1e-12)


def test_step_takes_any_leading_shape() -> None:
    net = random_network(5)
    h, x = np.random.default_rng(0).normal(size=(2, 4, 6)), np.random.default_rng(1).normal(size=(2, 4, 3))
    whole = net.step(h, x)
    assert whole.shape == (2, 4, 6)
    np.testing.assert_allclose(whole[1, 2], net.step(h[1, 2], x[1, 2]), atol=1e-12)
    assert net.read(h).shape == (2, 4, 3)


def test_the_future_does_not_act_on_the_past() -> None:
    net = random_network(7)
    x = np.random.default_rng(8).normal(size=(1, 6, 3))
    changed = x.copy()
    changed[0, 4] += 1
    a, b = net.run(x, steps=10).outputs, net.run(changed, steps=10).outputs
    assert np.array_equal(a[:, :4], b[:, :4])
    assert not np.allclose(a[:, 4:], b[:, 4:])


@pytest.mark.parametrize("activation", ["identity", "relu"])
def test_blowing_up_is_silent_and_visible(activation: str) -> None:
    net = ElmanRNN(W_hh=np.full((2, 2), 1e200), W_uh=np.ones((2, 1)), W_hy=np.array([[1, -1]]), activation=activation)
    with np.errstate(all="raise"):  # a caller's settings do not matter either
        y, h = net.run(np.ones((1, 1, 1)), steps=5)
        assert np.isinf(net.step(h[0, -1], [0.0])).all()
    assert np.isinf(h[0, -1]).all()
    assert np.isnan(y[0, -1]).all()


def test_arrays_are_copies_and_read_only() -> None:
    w = np.eye(2)
    net = ElmanRNN(W_hh=w, W_uh=np.ones((2, 1), dtype=np.float32), W_hy=np.ones((1, 2), dtype=int))
    w[0, 0] = 7
    assert net.W_hh[0, 0] == 1
    assert {net.W_hh.dtype, net.W_uh.dtype, net.W_hy.dtype} == {np.dtype(np.float64)}
    with pytest.raises(ValueError, match="read-only"):
        net.W_hh[0, 0] = 7
    with pytest.raises(FrozenInstanceError):
        net.activation = "relu"  # type: ignore[misc]
    with pytest.raises(TypeError):
        net.metadata["a"] = "b"  # type: ignore[index]


@pytest.mark.parametrize("again", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_copies_and_pickles_are_equal_and_still_read_only(again: Callable[[ElmanRNN], ElmanRNN]) -> None:
    net = replace(random_network(3, phase_input=True), metadata={"task": "T1"})
    net = replace(net, activation="relu")
    other = again(replace(net, exact=ExactRNN.from_float(net)))
    assert other == replace(net, exact=ExactRNN.from_float(net))
    assert other.metadata == {"task": "T1"}
    assert not other.W_hh.flags.writeable


def test_equality_compares_what_runs() -> None:
    net = random_network(0)
    assert net == replace(net, metadata={"note": "x"})
    assert net != replace(net, W_hy=net.W_hy * 2)
    assert net != replace(net, b_h=None)
    assert net != replace(net, activation="relu")
    assert net != replace(net, exact=ExactRNN.from_float(net))
    assert net != "net"
    with pytest.raises(TypeError, match="unhashable"):
        hash(net)


def test_repr_says_what_matters() -> None:
    net = random_network(0, hidden=4, dim=2, activation="relu", phase_input=True)
    twin = ExactRNN.from_float(net)
    full = replace(net, exact=twin, metadata={"source": "a.npz"})
    assert repr(full) == (
        "ElmanRNN(N=4, d=2, activation='relu', b_h=…, b_y=…, phase_input=True, exact=…, source='a.npz')"
    )
    assert repr(twin) == "ExactRNN(N=4, d=2, activation='relu', b_h=…, b_y=…, phase_input=True)"

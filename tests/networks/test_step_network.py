"""A network given as a function: it is what the network with weights is, and a function that is no step is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.networks import GRU, LSTM, ElmanRNN, Network, StepNetwork, state_space

RNG = np.random.default_rng(0)
W, U, Y = RNG.normal(size=(4, 4)) / 2, RNG.normal(size=(4, 2)), RNG.normal(size=(2, 4))
ELMAN = ElmanRNN(W, U, Y)


def step(h: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.tanh(h @ W.T + x @ U.T)


def network(**changes: Any) -> StepNetwork:
    return StepNetwork(**{"function": step, "readout": Y, "hidden": 4, "dim": 2, **changes})


CONVENTIONS: dict[Any, Any] = {
    "h, x -> h": step,
    "x, h -> h": lambda x, h: step(h, x),
    "x, h -> y, h": lambda x, h: (None, step(h, x)),
    "h, x -> h, y": lambda h, x: (step(h, x), "not looked at"),
}


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_it_runs_as_the_network_with_weights(convention: Any) -> None:
    net = network(function=CONVENTIONS[convention], convention=convention)
    x = np.random.default_rng(1).normal(size=(3, 5, 2))
    for steps in (None, 9):
        (y, h), (y2, h2) = net.run(x, steps), ELMAN.run(x, steps)
        np.testing.assert_allclose(y, y2, atol=1e-14)
        np.testing.assert_allclose(h, h2, atol=1e-14)


def test_its_state_space_is_that_of_the_network_with_weights() -> None:
    net = network()
    space, right = state_space(net), state_space(ELMAN)
    assert isinstance(net, Network)
    assert (
        (space.size, space.dim, space.parts, space.odd)
        == (right.size, right.dim, right.parts, right.odd)
        == (4, 2, (("h", 4),), True)
    )
    z = np.random.default_rng(2).normal(size=(3, 2, 4))
    np.testing.assert_allclose(space.jacobian(z), right.jacobian(z), atol=1e-8)
    np.testing.assert_allclose(space.drive(), right.drive(), atol=1e-9)
    np.testing.assert_allclose(space.free(z[0], 4), right.free(z[0], 4), atol=1e-14)
    assert space.readout is not None
    assert right.readout is not None
    assert np.array_equal(space.readout, right.readout)
    assert repr(net) == "StepNetwork(S=4, d=2, odd)"


def test_a_state_of_two_parts() -> None:
    """An LSTM, its h and c end to end, with its own Jacobian and a read-out that is a function."""
    rng = np.random.default_rng(3)
    lstm = LSTM(rng.normal(size=(12, 2)), rng.normal(size=(12, 3)), rng.normal(size=(2, 3)), b_y=rng.normal(size=2))
    right = state_space(lstm)

    def both(z: np.ndarray, x: np.ndarray) -> np.ndarray:
        return np.concatenate(lstm.step(z[:, :3], z[:, 3:], x), axis=1)

    net = StepNetwork(both, lambda z: lstm.read(z[:, :3]), hidden=6, dim=2, jacobian=right.jacobian)
    x = rng.normal(size=(2, 3, 2))
    np.testing.assert_allclose(net.run(x, 7).outputs, lstm.run(x, 7).outputs, atol=1e-14)
    space = state_space(net)
    assert space.readout is None
    assert not space.odd
    z = rng.normal(size=(2, 5, 6))
    np.testing.assert_allclose(space.jacobian(z), right.jacobian(z), atol=1e-12)
    assert space.read(z).shape == (2, 5, 2)


def test_an_initial_state_and_an_input_left_out() -> None:
    start = np.array([0.5, 0, 0, -1.0])
    net = network(initial=start)
    np.testing.assert_allclose(net.run(np.zeros((1, 1, 2))).states[0, 0], ELMAN.step(start, [0, 0]), atol=1e-15)
    np.testing.assert_allclose(net.step(start), ELMAN.step(start, [0, 0]), atol=1e-15)
    assert net.step(np.zeros((3, 1, 4)), np.ones((2, 2))).shape == (3, 2, 4)  # they are broadcast
    assert network(function=lambda h, x: step(h, x) + 0.1).odd is False


class Sheet:
    """An array of another library."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self.array


def test_it_may_return_what_numpy_can_read_and_never_sees_our_arrays() -> None:
    seen: list[np.ndarray] = []

    def remembering(h: np.ndarray, x: np.ndarray) -> Any:
        seen.append(h)
        return Sheet(step(h, x))

    net = network(function=remembering)
    state = np.ones((1, 4))
    after = net.step(state)
    seen[-1][:] = 7.0
    assert np.array_equal(state, np.ones((1, 4)))
    buffer = np.zeros((1, 4))
    again = StepNetwork(lambda h, x: buffer_of(h, buffer), np.ones((1, 4)), 4, 1)
    first = again.step(np.ones((1, 4)))
    again.step(np.zeros((1, 4)))
    assert np.array_equal(first, np.ones((1, 4)))  # and its buffers are not ours
    np.testing.assert_allclose(after, ELMAN.step(state, np.zeros(2)), atol=1e-15)


def buffer_of(h: np.ndarray, buffer: np.ndarray) -> np.ndarray:
    if h.shape != buffer.shape:
        return h.copy()
    buffer[:] = h
    return buffer


def test_a_network_that_blows_up_is_none_of_our_business() -> None:
    net = StepNetwork(lambda h, x: 1e200 * h + x, [[1.0]], 1, 1)
    assert np.isinf(net.run(np.ones((1, 1, 1)), 4).states).any()


class Drifting:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self, h: np.ndarray, x: np.ndarray) -> np.ndarray:
        self.count += 1
        return step(h, x) + self.count


def into_h(h: np.ndarray, x: np.ndarray) -> np.ndarray:
    h *= 0.5
    return h


def single(h: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.tanh(h.astype(np.float32) @ W.T.astype(np.float32) + x.astype(np.float32) @ U.T.astype(np.float32))


def failing(h: np.ndarray, x: np.ndarray) -> np.ndarray:
    raise RuntimeError("mat1 and mat2\nshapes cannot be multiplied")


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"hidden": 0}, InvalidOption, "hidden must be a positive integer; got 0"),
    ({"dim": 2.0}, InvalidOption, "dim must be a positive integer; got 2.0"),
    (
        {"convention": "x -> h"},
        InvalidOption,
        "convention must be 'h, x -> h', 'x, h -> h', 'x, h -> y, h', 'h, x -> h, y'; got 'x -> h'",
    ),
    ({"function": W}, InvalidNetwork, "function must be a function; got ndarray"),
    ({"jacobian": W}, InvalidNetwork, "jacobian must be a function; got ndarray"),
    ({"readout": Y.T}, InvalidNetwork, "readout must have shape (2, 4); got (4, 2). Did you pass its transpose?"),
    ({"readout": np.ones((2, 5))}, InvalidNetwork, "readout must have shape (2, 4); got (2, 5)"),
    ({"readout": [[np.nan] * 4] * 2}, InvalidNetwork, "readout[0, 0] is nan"),
    ({"initial": [0, 0]}, InvalidNetwork, "initial must have shape (4,); got (2,)"),
    (
        {"function": failing},
        InvalidNetwork,
        "step failed on arrays of shape (4, 4) and (4, 2): RuntimeError: mat1 and mat2",
    ),
    ({"function": lambda h: h}, InvalidNetwork, "step failed on arrays of shape (4, 4) and (4, 2): TypeError"),
    (
        {"function": lambda h, x: h[0]},
        InvalidNetwork,
        "step must return real numbers of shape (4, 4); got float64 with shape (4,)",
    ),
    (
        {"function": lambda h, x: h[:, :2]},
        InvalidNetwork,
        "step must return real numbers of shape (4, 4); got float64 with shape (4, 2)",
    ),
    (
        {"function": lambda h, x: 1j * h},
        InvalidNetwork,
        "step must return real numbers of shape (4, 4); got complex128",
    ),
    ({"function": lambda h, x: None}, InvalidNetwork, "step must return real numbers of shape (4, 4); got object"),
    (
        {"function": lambda h, x: (x, h)},
        InvalidNetwork,
        "it must return one array, got a tuple of 2; choose a convention",
    ),
    ({"convention": "x, h -> y, h"}, InvalidNetwork, "step failed on arrays of shape (4, 2) and (4, 4): ValueError"),
    (
        {"function": lambda x, h: step(h, x), "convention": "x, h -> y, h"},
        InvalidNetwork,
        "TypeError: it must return 2 values; got ndarray",
    ),
    (
        {"function": lambda h, x: h / 0},
        InvalidNetwork,
        "step returns NaN or infinity on states and inputs between −1 and 1",
    ),
    (
        {"function": Drifting()},
        InvalidNetwork,
        "step does not return the same when it is asked again: is dropout, or noise, or a memory",
    ),
    (
        {"function": lambda h, x: h - h.mean(axis=0)},
        InvalidNetwork,
        "step mixes the rows of a batch: the first changes by ",
    ),
    ({"function": lambda h, x: h / len(h)}, InvalidNetwork, "step mixes the rows of a batch"),
    ({"function": into_h}, InvalidNetwork, "step changes its arguments; let it work on copies"),
    (
        {"function": single},
        InvalidNetwork,
        "it has no derivative, or computes in single precision; compute in float64, or pass jacobian=",
    ),
    (
        {"function": lambda h, x: step(h, x).round(7)},
        InvalidNetwork,
        "it has no derivative, or computes in single precision",
    ),
    (
        {"readout": lambda h: h},
        InvalidNetwork,
        "readout must return real numbers of shape (4, 2); got float64 with shape (4, 4)",
    ),
    ({"readout": lambda h: h[:, :2] - h.mean()}, InvalidNetwork, "readout mixes the rows of a batch"),
    ({"readout": lambda h: np.log(-1 - h[:, :2] ** 2)}, InvalidNetwork, "readout returns NaN or infinity"),
    (
        {"readout": lambda h: into_h(h, h)[:, :2]},
        InvalidNetwork,
        "readout changes its arguments; let it work on copies",
    ),
    (
        {"jacobian": lambda h: np.zeros((len(h), 4, 4))},
        InvalidNetwork,
        "jacobian is not that of step: off by 1 of its size; entry [i, j] is",
    ),
    (
        {"jacobian": lambda h: np.swapaxes(state_space(ELMAN).jacobian(h), 1, 2)},
        InvalidNetwork,
        "jacobian is not that of step: off by ",
    ),
    (
        {"jacobian": lambda h: np.zeros((4, 4))},
        InvalidNetwork,
        "jacobian must return real numbers of shape (2, 4, 4); got float64 with shape (4, 4)",
    ),
    ({"jacobian": lambda h: np.full((len(h), 4, 4), np.inf)}, InvalidNetwork, "jacobian returns NaN or infinity"),
]


@pytest.mark.parametrize(("changes", "kind", "message"), BAD)
def test_functions_that_are_no_step(changes: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as refusal:
        network(**changes)
    assert message in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


def test_single_precision_is_taken_with_a_jacobian() -> None:
    net = network(function=single, jacobian=state_space(ELMAN).jacobian)
    x = np.random.default_rng(4).normal(size=(2, 3, 2))
    np.testing.assert_allclose(net.run(x, 6).outputs, ELMAN.run(x, 6).outputs, atol=1e-5)
    assert net.odd


def test_kinks_are_no_objection() -> None:
    assert not network(function=lambda h, x: np.maximum(h @ W.T + x @ U.T, 0)).odd
    assert network(function=lambda h, x: np.clip(h @ W.T, -1, 1)).odd


def test_a_step_that_fails_later_says_so() -> None:
    def choosy(h: np.ndarray, x: np.ndarray) -> np.ndarray:
        return step(h, x) if np.abs(h).max() < 5 else step(h, x)[:1]

    with pytest.raises(
        InvalidNetwork, match=r"step must return real numbers of shape \(2, 4\); got float64 with shape \(1, 4\)"
    ):
        network(function=choosy).step(np.full((2, 4), 9.0))


def test_sizes_may_be_numpys_integers() -> None:
    assert network(hidden=np.int64(4), dim=np.int8(2)).hidden == 4


def test_bad_inputs_to_run() -> None:
    with pytest.raises(InvalidNetwork, match=r"x must have shape \(batch, s, d\) with d = 2; got \(3,\)"):
        network().run(np.zeros(3))
    with pytest.raises(InvalidNetwork, match=r"For a single sequence pass x\[None\]"):
        network().run(np.zeros((3, 2)))
    with pytest.raises(InvalidOption, match="at least s = 3; got 2"):
        network().run(np.zeros((1, 3, 2)), steps=2)


def test_a_gru_from_its_own_step() -> None:
    rng = np.random.default_rng(5)
    gru = GRU(
        rng.normal(size=(9, 1)),
        rng.normal(size=(9, 3)),
        rng.normal(size=(1, 3)),
        rng.normal(size=9),
        rng.normal(size=9),
    )
    net = StepNetwork(gru.step, gru.W_hy, 3, 1)
    z = rng.normal(size=(4, 3))
    np.testing.assert_allclose(state_space(net).jacobian(z), gru.jacobian(z), atol=1e-8)
    assert not net.odd

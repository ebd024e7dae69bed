"""The state space of a network is the network: same runs, and a Jacobian that differences confirm."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emt_theory.errors import InvalidNetwork
from emt_theory.networks import GRU, LSTM, ElmanRNN, Network, state_space


def networks() -> list[ElmanRNN | GRU | LSTM]:
    rng = np.random.default_rng(0)

    def some(*shape: int) -> np.ndarray:
        return rng.normal(size=shape) / 2

    gates: dict[str, Any] = {
        cell: {
            "weight_ih_l0": some(g * 5, 2), "weight_hh_l0": some(g * 5, 5), "W_hy": some(2, 5),
            "bias_ih_l0": some(g * 5), "bias_hh_l0": some(g * 5), "b_y": some(2),
        }
        for cell, g in (("gru", 3), ("lstm", 4))
    }  # fmt: skip
    return [
        ElmanRNN(some(5, 5), some(5, 2), some(2, 5), some(5), some(2)),
        ElmanRNN(some(5, 5), some(5, 3), some(2, 5), activation="relu", phase_input=True),
        GRU(**gates["gru"]),
        LSTM(**gates["lstm"]),
    ]


@pytest.mark.parametrize("net", networks(), ids=repr)
def test_runs_as_the_network_does(net: ElmanRNN | GRU | LSTM) -> None:
    x = np.random.default_rng(1).normal(size=(3, 4, 2))
    space, run = state_space(net), net.run(x, steps=9)
    found = space.run(x, steps=9)
    assert np.allclose(found.outputs, run.outputs, atol=1e-14)
    assert np.allclose(found.states[..., :5], run.states, atol=1e-14)
    assert sum(length for _, length in space.parts) == space.size == found.states.shape[2]
    assert space.readout is not None
    constant = space.read(np.zeros(space.size))
    assert np.allclose(found.states @ space.readout.T + constant, found.outputs, atol=1e-13)


@pytest.mark.parametrize("net", networks(), ids=repr)
def test_jacobian_is_the_derivative_of_a_free_step(net: Network) -> None:
    space = state_space(net)
    z = np.random.default_rng(2).normal(size=(4, 3, space.size)) / 3
    found = space.jacobian(z)
    assert found.shape == (4, 3, space.size, space.size)
    assert np.allclose(found, Network.differentiate(net, z, net.feed(None)), atol=1e-8)  # by differences
    assert np.allclose(found[1, 2], space.jacobian(z[1, 2]), atol=1e-14)


def test_odd_networks_are_odd_and_others_are_not() -> None:
    z, x = np.random.default_rng(3).normal(size=(1, 5)), np.ones((1, 2))
    plain = ElmanRNN(np.eye(5), np.ones((5, 2)), np.ones((2, 5)))
    assert state_space(plain).odd
    assert np.array_equal(plain.step(-z, -x), -plain.step(z, x))
    assert not any(state_space(net).odd for net in networks())


def test_drive_is_where_an_input_enters() -> None:
    plain = ElmanRNN(np.eye(3), np.arange(6.0).reshape(3, 2), np.ones((2, 3)), activation="identity")
    assert np.allclose(state_space(plain).drive(), plain.W_uh, atol=1e-9)


def test_refuses_what_is_no_network() -> None:
    with pytest.raises(InvalidNetwork, match="expected a network"):
        state_space(object())

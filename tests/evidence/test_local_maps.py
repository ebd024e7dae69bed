"""Jacobians along trajectories: laws that hold for every network, what theory knows, and what trained networks do."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from emt_theory import derive
from emt_theory.analysis import Recording, record
from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.evidence.dynamics import LocalMaps, local_maps
from emt_theory.networks import GRU, LSTM, ElmanRNN, Network, state_space
from emt_theory.tasks import LinearTask, from_matrix, parse, repeat_copy

TASK = repeat_copy(3, 2)


def networks() -> list[Network]:
    rng = np.random.default_rng(0)

    def some(*shape: int) -> np.ndarray:
        return rng.normal(size=shape)

    gates: Any = {
        cell: {"weight_ih_l0": some(g * 4, 2), "weight_hh_l0": some(g * 4, 4), "W_hy": some(2, 4), "bias_hh_l0": some(g * 4)}
        for cell, g in (("gru", 3), ("lstm", 4))
    }  # fmt: skip
    return [ElmanRNN(some(5, 5), some(5, 2), some(2, 5), some(5)), GRU(**gates["gru"]), LSTM(**gates["lstm"])]


def recorded(net: Network, task: LinearTask = TASK, sequences: int = 6, horizon: int = 60) -> Recording:
    return record(net, task, sequences, horizon, seed=0)


def assert_volume(net: Network, recording: Recording, found: LocalMaps):
    """The law (Liouville): all exponents together are the mean of log |det J|, and windows of one step are single Jacobians."""
    space = state_space(net)
    states = recording.states[:4, 2 * recording.task.num_variables : -1]
    states = states[:, states.shape[1] // 4 :]
    volume = np.linalg.slogdet(space.jacobian(states))[1].mean()
    assert np.isclose(found.exponents.sum(), volume, rtol=1e-9)
    place = [t - 1 for t in found.times]
    radii = np.abs(np.linalg.eigvals(space.jacobian(recording.states[:4, place]))).max(axis=2)
    assert np.allclose(found.radii, radii)


@pytest.mark.parametrize("net", networks(), ids=lambda net: type(net).__name__)
def test_exponents_add_up_to_the_change_of_volume(net: Network):
    recording = recorded(net)
    found = local_maps(net, recording, exponents=state_space(net).size)
    assert_volume(net, recording, found)
    assert (np.diff(found.exponents) <= 1e-12).all()
    assert (found.exponents_error >= 0).all()


def test_saboteur_the_maps_of_another_network_break_the_law():
    net = networks()[0]
    assert isinstance(net, ElmanRNN)
    recording = recorded(net)
    other = local_maps(replace(net, W_hh=1.01 * net.W_hh), recording, exponents=5)
    with pytest.raises(AssertionError):
        assert_volume(net, recording, other)


def transposed(net: ElmanRNN, recording: Recording) -> np.ndarray:
    """A product in the wrong order."""
    states, product = recording.states[0, 6:10], np.eye(5)
    for state in states:
        product = product @ state_space(net).jacobian(state)
    return product


def test_a_window_is_the_derivative_of_its_steps():
    net, step = networks()[0], 1e-6
    assert isinstance(net, ElmanRNN)
    recording = recorded(net)
    found = local_maps(net, recording, sequences=1, window=4)
    start, space = recording.states[0, found.window_times[0] - 1], state_space(net)
    ends = [space.free((start + step * sign * np.eye(5)), 4)[:, -1] for sign in (1, -1)]
    derivative = ((ends[0] - ends[1]) / (2 * step)).T
    assert found.window_times[:3] == (7, 11, 15)
    assert found.window_radii[0, 0] ** 4 == pytest.approx(np.abs(np.linalg.eigvals(derivative)).max(), rel=1e-5)
    saboteur = np.abs(np.linalg.eigvals(transposed(net, recording))).max()
    assert saboteur != pytest.approx(found.window_radii[0, 0] ** 4, rel=1e-3)


def test_on_a_linear_network_everything_is_its_matrix():
    task = from_matrix([["-1/6", "5/6"]], dim=1)
    net = derive(task).compile(scheme="linear")
    found = local_maps(net, recorded(net, task), window=5)
    assert np.allclose(found.mean.matrix, net.W_hh)
    assert found.mean_prediction_error == pytest.approx(0, abs=1e-12)
    assert np.allclose(found.radii, 0.5)
    assert np.allclose(found.window_radii, 0.5)
    assert np.allclose(found.exponents, np.log([1 / 2, 1 / 3]), atol=1e-3)
    assert found.remembered(0.4) == 1


def test_on_the_tanh_circuit_every_direction_shrinks_alike():
    net = derive(TASK).compile(scheme="tanh")
    beta = float(np.abs(net.W_hh).max())
    r: Any = brentq(lambda h: np.tanh(beta * h) - h, 1e-3, 1)
    found = local_maps(net, recorded(net, horizon=200))
    assert np.allclose(found.exponents, np.log(beta * (1 - r**2)), atol=0.01)
    assert found.remembered(0.9) == 0


def test_a_direction_that_is_lost_at_once_has_no_exponent():
    net = ElmanRNN(np.diag([0.5, 0.0]), np.ones((2, 1)), np.eye(2)[:1], activation="identity")
    found = local_maps(net, recorded(net, repeat_copy(2, 1)), exponents=2)
    assert found.exponents[0] == pytest.approx(np.log(0.5))
    assert found.exponents[1] == -np.inf
    assert found.to_dict()["exponents"][1] is None
    assert found.to_dict()["exponents_error"][1] is None
    json.dumps(found.to_dict(), allow_nan=False)


def test_long_products_neither_overflow_nor_vanish():
    net = ElmanRNN(1e60 * np.eye(2), np.ones((2, 1)), np.ones((1, 2)))
    steep = replace(
        derive(repeat_copy(2, 1)).compile(scheme="linear"), W_hh=1e-30 * np.array([[0.0, 1], [1, 0]]), exact=None
    )
    quiet = recorded(net, repeat_copy(2, 1))
    still = replace(quiet, states=np.zeros_like(quiet.states))
    assert np.allclose(local_maps(net, still, window=50).window_radii, 1e60)
    assert np.allclose(local_maps(steep, still, window=50).window_radii, 1e-30)


@pytest.mark.slow
def test_a_trained_network_that_saturates_forgets_every_deviation(network: Any):
    """The T4 network solves its task with no direction in which a deviation lasts; T1's keeps all 64 of its circuit."""
    found = {
        name: local_maps(network(name), record(network(name), parse(name), 45, 200, seed=1), sequences=2)
        for name in ("T1", "T4")
    }
    assert 0.7 < np.abs(found["T4"].mean.eigenvalues).max() < 0.75
    assert found["T4"].remembered(0.9) == 0
    assert found["T4"].mean_prediction_error is not None
    assert found["T4"].mean_prediction_error > 0.4
    assert found["T1"].remembered(0.9) == 64
    assert found["T1"].mean_prediction_error is not None
    assert found["T1"].mean_prediction_error < 0.01
    assert (np.abs(found["T1"].mean.eigenvalues) > 0.9).sum() == 64


def test_exponents_have_a_gap_where_the_secant_map_has_one(network: Any):
    """Of T3's 36 modes its network has 30: the same number comes out of Jacobians alone."""
    found = local_maps(network("T3"), record(network("T3"), parse("T3"), 20, 100, seed=1), sequences=2)
    falls = -np.diff(found.exponents)
    assert int(np.argmax(falls[:60])) + 1 == 30
    assert falls[29] > 1


def test_what_cannot_be_computed_has_a_reason():
    net = derive(TASK).compile()
    assert local_maps(net, recorded(net, horizon=6)).reason == (
        "2 steps at t > 6 are fewer than the window of 3: take a longer horizon"
    )
    growing = ElmanRNN(1e40 * np.eye(2), np.ones((2, 1)), np.ones((1, 2)), activation="identity")
    blown = local_maps(growing, recorded(growing, repeat_copy(2, 1)))
    assert blown.reason is not None
    assert blown.reason.startswith("states or outputs are not finite from t = ")
    json.dumps(blown.to_dict(), allow_nan=False)
    steep = ElmanRNN(1e200 * np.eye(2), np.ones((2, 1)), np.ones((1, 2)))
    still = recorded(steep, repeat_copy(2, 1))
    found = local_maps(steep, replace(still, states=np.zeros_like(still.states)))
    assert found.reason == "Jacobians are beyond 1e+100, too large to compute with in float64"


def test_one_sequence_has_no_error_and_prints():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    net = networks()[0]
    found = local_maps(net, recorded(net), sequences=1)
    assert np.isnan(found.exponents_error).all()
    assert "±" not in str(found)
    assert "±" in str(local_maps(net, recorded(net)))
    json.dumps(found.to_dict(), allow_nan=False)
    assert found.plot().get_ylabel() == "Lyapunov exponent per step"
    assert str(local_maps(net, recorded(net, horizon=4))).startswith("0 steps")
    pyplot.close("all")


def test_bad_options_are_refused():
    net = networks()[0]
    recording = recorded(net)
    with pytest.raises(InvalidOption, match="a state of size S = 5 has at most as many exponents; got 6"):
        local_maps(net, recording, exponents=6)
    with pytest.raises(InvalidOption, match="window must be a positive integer; got 0"):
        local_maps(net, recording, window=0)
    with pytest.raises(InvalidNetwork, match="the recording holds states of size 5, the network has S = 8"):
        local_maps(networks()[2], recording)

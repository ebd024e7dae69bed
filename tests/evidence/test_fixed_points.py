"""Fixed points: known ones are found, what is found is one, nothing is lost on the way, and broken variants are caught."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq, root

from emt_theory import derive
from emt_theory.analysis import linearize_origin, prediction_error, record
from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.evidence.dynamics import Convergence, Orbits, find_fixed_points
from emt_theory.evidence.dynamics.domain import domain_of
from emt_theory.evidence.dynamics.fixed_points import _draw_wide  # pyright: ignore[reportPrivateUsage]
from emt_theory.evidence.dynamics.periodic_orbits import _is_one_zero  # pyright: ignore[reportPrivateUsage]
from emt_theory.networks import GRU, LSTM, ElmanRNN, Network, state_space
from emt_theory.networks.network import difference_jacobian
from emt_theory.tasks import parse, repeat_copy


def neuron(weight: float, bias: float = 0.0, activation: str = "tanh") -> ElmanRNN:
    one = np.ones((1, 1))
    return ElmanRNN(weight * one, one, one, bias * one[0] if bias else None, activation=activation)


def random_networks() -> list[Network]:
    rng = np.random.default_rng(0)

    def some(*shape: int) -> np.ndarray:
        return rng.normal(size=shape)

    elman = ElmanRNN(some(6, 6), some(6, 2), some(2, 6), some(6), activation="tanh")
    gates: Any = {
        cell: {
            "weight_ih_l0": some(g * 4, 2), "weight_hh_l0": 1.5 * some(g * 4, 4), "W_hy": some(2, 4),
            "bias_ih_l0": some(g * 4), "bias_hh_l0": some(g * 4),
        }
        for cell, g in (("gru", 3), ("lstm", 4))
    }  # fmt: skip
    return [elman, replace(elman, b_h=None), GRU(**gates["gru"]), LSTM(**gates["lstm"])]


def assert_fixed(net: Network, found: Orbits):
    """The law: a step leaves every point found where it is, J there is the derivative, and every start is accounted for."""
    space = state_space(net)
    for point in found.found:
        assert np.linalg.norm(space.step(point.state, None) - point.state) < 1e-10 * found.scale
        numeric = np.linalg.eigvals(difference_jacobian(space.step, point.state))
        assert np.allclose(np.sort(np.abs(numeric)), np.sort(np.abs(point.multipliers)), atol=1e-6)
    assert sum(point.starts for point in (*found.found, *found.slow)) == found.counts["found"] + found.counts["slow"]
    assert sum(found.counts[str(outcome)] for outcome in Convergence) == found.counts["starts"] == len(found.ends)
    for ending, end in zip(found.endings, found.ends, strict=True):
        if ending.outcome is Convergence.FOUND:
            assert ending.orbit is not None
            assert np.linalg.norm(found.found[ending.orbit].state - end) <= 1e-5 * found.scale
        assert (ending.orbit is None) == (ending.outcome not in (Convergence.FOUND, Convergence.SLOW))


@pytest.mark.parametrize("weight", [0.3, 1.05, 2.0, 7.0])
def test_a_neuron_has_the_fixed_points_of_its_equation(weight: float):
    found = find_fixed_points(neuron(weight), count=30)
    crossing: Any = brentq(lambda h: np.tanh(weight * h) - h, 1e-3, 1) if weight > 1 else 0.0
    wanted = {round(z, 8) for z in (-crossing, 0.0, crossing)}
    assert {round(float(point.state[0]), 8) + 0.0 for point in found.found} == wanted
    for point in found.found:
        slope = weight * (1 - point.state[0] ** 2)
        assert np.isclose(point.radius, slope)
        assert point.stability == ("stable" if slope < 1 else "unstable")
        assert point.error is not None
        assert point.error < 1e-12
        assert point.mirror is not None
        assert np.allclose(found.found[point.mirror].state, -point.state, atol=1e-8)
    assert_fixed(neuron(weight), found)


@pytest.mark.parametrize("net", random_networks(), ids=lambda net: type(net).__name__)
def test_what_is_found_is_fixed_and_another_solver_agrees(net: Network):
    found, space = find_fixed_points(net, count=40, seed=1), state_space(net)
    assert found.found
    assert_fixed(net, found)
    rng = np.random.default_rng(0)
    for point in found.found:
        near = point.state + 1e-5 * rng.normal(size=space.size)
        other: Any = root(lambda z: space.step(z, None) - z, near, tol=1e-12)
        assert np.allclose(other.x, point.state, atol=1e-7)


def test_saboteur_the_fixed_points_of_another_network_are_caught():
    net = random_networks()[0]
    assert isinstance(net, ElmanRNN)
    found = find_fixed_points(net, count=20)
    assert_fixed(net, found)
    with pytest.raises(AssertionError):
        assert_fixed(replace(net, W_hh=1.001 * net.W_hh), found)


def losing_what_is_slow(found: Orbits) -> Orbits:
    return replace(found, endings=tuple(e for e in found.endings if e.outcome is Convergence.FOUND))


def counting_nothing_twice(found: Orbits) -> Orbits:
    return replace(found, found=tuple(replace(point, starts=1) for point in found.found))


@pytest.mark.parametrize("sabotaged", [losing_what_is_slow, counting_nothing_twice])
def test_saboteurs_of_the_account_are_caught(sabotaged: Callable[[Orbits], Orbits]):
    net = neuron(2.0, bias=-0.6)  # three fixed points have become one and a ghost
    found = find_fixed_points(net, count=20)
    assert found.slow
    assert_fixed(net, found)
    with pytest.raises((AssertionError, ValueError)):
        assert_fixed(net, sabotaged(found))


def test_a_linear_network_has_one_and_every_start_goes_there():
    rng = np.random.default_rng(0)
    W, b = rng.normal(size=(5, 5)), rng.normal(size=5)
    net = ElmanRNN(W, rng.normal(size=(5, 1)), rng.normal(size=(1, 5)), b, activation="identity")
    found = find_fixed_points(net, count=10)
    (point,) = found.found
    assert point.starts == 11
    assert point.mirror is None
    assert np.allclose(point.state, np.linalg.solve(np.eye(5) - W, b))
    assert found.counts == {
        "starts": 11,
        "found": 11,
        "slow": 0,
        "plateau": 0,
        "unfinished": 0,
        "diverged": 0,
        "merged": 10,
    }


def test_a_continuum_is_named():
    """W = I fixes every state; a projection fixes a plane, and each start goes to a point of it."""
    identity = ElmanRNN(np.eye(3), np.ones((3, 1)), np.ones((1, 3)), activation="identity")
    found = find_fixed_points(identity, count=6)
    assert found.continuum
    assert len(found.found) == 7
    assert not any(point.isolated for point in found.found)
    assert found.found[0].error is None
    assert str(found).startswith("7 fixed points (7 neutral) from 7 of 7 starts; none is isolated")
    plane = replace(identity, W_hh=np.diag([1.0, 1.0, 0.5]))
    found = find_fixed_points(plane, count=6)
    assert found.continuum
    assert all(abs(point.state[2]) < 1e-9 for point in found.found)


@pytest.mark.parametrize("skew", [0.0, 0.7])
def test_where_q_does_not_change_there_is_a_plateau_and_no_slow_point(skew: float):
    """h ↦ h + b: q = ½b² wherever one looks, and its derivative is 0. With a second unit q has a valley of one height."""
    shift = neuron(1.0, bias=0.25, activation="identity")
    found = find_fixed_points(shift, count=3)
    assert found.counts["plateau"] == 4
    assert {ending.residual for ending in found.endings} == {0.25 / found.scale}
    assert not found.found
    assert not found.slow
    assert str(found).endswith("0 slow from 0; 4 plateau")
    weights = np.array([[1.0, skew], [0.0, 0.5]])
    drift = ElmanRNN(weights, np.eye(2), np.eye(2), np.array([1.0, 0.0]), activation="identity")
    assert find_fixed_points(drift, count=5).counts["plateau"] == 6


def test_a_slow_point_in_a_neutral_direction_is_no_plateau():
    """A ghost beside a unit that stays where it is: q is level along that unit, and not along r."""
    net = ElmanRNN(np.diag([2.0, 1.0]), np.eye(2), np.eye(2), np.array([-0.6, 0.0]), activation="tanh")
    found = find_fixed_points(net, count=20)
    assert found.counts["plateau"] == 0
    assert found.slow


def test_a_degenerate_zero_is_one_zero():
    """z = tanh z has the one solution 0; |z| = 2e-4 solves it to rounding."""
    found = find_fixed_points(neuron(1.0), count=40)
    (point,) = found.found
    assert found.counts["found"] == 41
    assert abs(point.state[0]) < 1e-12
    assert "may not be isolated" in str(point)
    near = find_fixed_points(neuron(1 + 1e-5), starts=[[0.0], [5.4e-3], [-5.4e-3]])
    assert sorted(np.sign(point.state[0]) for point in near.found) == [-1, 0, 1]


@pytest.mark.parametrize(("weight", "one"), [(1.0, True), (2.0, False)])
def test_only_where_the_derivative_is_singular_is_the_radius_wide(weight: float, one: bool):
    """A residual of 1e-12 leaves 3e-4 open where r = z³/3, and 1e-12 where r = z."""
    assert _is_one_zero(state_space(neuron(weight)), np.zeros(1), 1e-24 / 2, 3e-4, period=1, scale=1.0) is one


def test_a_ghost_is_a_minimum_of_q():
    net = neuron(2.0, bias=-0.6)
    found = find_fixed_points(net, count=20)
    (ghost,) = found.slow
    grid = np.linspace(0, 1.5, 200_001)[:, None]
    q = 0.5 * (net.step(grid, np.zeros((len(grid), 1))) - grid)[:, 0] ** 2
    place = int(np.argmin(np.where(grid[:, 0] > 0.3, q, np.inf)))
    assert np.isclose(ghost.q, q[place], rtol=1e-6)
    assert np.isclose(ghost.state[0], grid[place, 0], atol=1e-4)
    assert not ghost.isolated


def test_what_runs_out_of_iterations_or_of_float64_is_counted():
    net = random_networks()[0]
    assert find_fixed_points(net, count=10, iterations=1).counts["unfinished"] > 0
    huge = ElmanRNN(1e200 * np.eye(2), np.ones((2, 1)), np.ones((1, 2)), activation="identity")
    found = find_fixed_points(huge, count=3)
    assert found.counts["diverged"] == 4
    assert all(ending.residual is None or np.isfinite(ending.residual) for ending in found.endings)
    json.dumps(found.to_dict(), allow_nan=False)
    assert str(found) == "0 fixed points from 0 of 4 starts; 0 slow from 0; 4 diverged"


class Escaping(Network):
    """z ↦ z + 1/(1 + z²) has no fixed point, and q falls for ever."""

    hidden, dim = 1, 1

    def __post_init__(self) -> None: ...

    def feed(self, x: np.ndarray | None) -> np.ndarray:
        return np.zeros(1) if x is None else x

    def advance(self, z: np.ndarray, drive: np.ndarray) -> np.ndarray:
        return z + 1 / (1 + z**2)

    def differentiate(self, z: np.ndarray, drive: np.ndarray) -> np.ndarray:
        return (1 - 2 * z / (1 + z**2) ** 2)[..., None]

    def read(self, h: np.ndarray) -> np.ndarray:
        return h

    def affine_readout(self) -> None:
        return None


def test_a_search_that_goes_to_infinity_is_no_fixed_point():
    found = find_fixed_points(Escaping(), starts=[[1.0], [2.0]])
    assert found.counts == {
        "starts": 2,
        "found": 0,
        "slow": 0,
        "plateau": 0,
        "unfinished": 0,
        "diverged": 2,
        "merged": 0,
    }


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("recorded", [False, True])
def test_all_27_of_three_neurons_are_found_from_default_starts(seed: int, recorded: bool):
    net = ElmanRNN(2 * np.eye(3), 2 * np.eye(3), np.eye(3))
    recording = record(net, repeat_copy(1, 3), 64, 60, seed=1) if recorded else None
    found = find_fixed_points(net, recording, seed=seed)
    assert len(found.found) == 27
    assert_fixed(net, found)
    assert found.counts["starts"] == 193


def test_saboteur_recorded_states_alone_miss_most_of_them():
    net = ElmanRNN(2 * np.eye(3), 2 * np.eye(3), np.eye(3))
    recording = record(net, repeat_copy(1, 3), 64, 60, seed=1)
    assert len(find_fixed_points(net, recording, wide=0.0).found) < 15


@pytest.mark.parametrize(("activation", "reach"), [("tanh", 1.0), ("relu", 2.0)])
def test_wide_starts_fill_the_range_that_sigma_allows(activation: str, reach: float):
    """As far as σ goes, or twice as far as the network went."""
    net = ElmanRNN(np.eye(2), np.eye(2), np.eye(2), activation=activation)
    recording = record(net, repeat_copy(1, 2), 20, 20, seed=1)
    space, domain = state_space(net), domain_of(recording)
    assert domain is not None
    starts = _draw_wide(space, domain, 256, seed=3)
    size = reach if activation == "tanh" else 2 * float(np.abs(domain.before).max())
    cells = np.floor((starts / size + 1) * 4).astype(int)
    assert np.abs(starts).max() <= size
    assert len({tuple(cell) for cell in cells}) == 64


def some_gru(hidden: int, gain: float, seed: int, biased: bool = True) -> GRU:
    rng = np.random.default_rng(seed)
    shapes = ((3 * hidden, 2), (3 * hidden, hidden), (2, hidden), 3 * hidden, 3 * hidden)
    ih, hh, hy, b_ih, b_hh = (rng.normal(size=shape) for shape in shapes)
    return GRU(ih, gain * hh, hy, b_ih, b_hh) if biased else GRU(ih, gain * hh, hy)


def some_lstm(hidden: int, gain: float, seed: int, biased: bool = True) -> LSTM:
    rng = np.random.default_rng(seed)
    shapes = ((4 * hidden, 2), (4 * hidden, hidden), (2, hidden), 4 * hidden, 4 * hidden)
    ih, hh, hy, b_ih, b_hh = (rng.normal(size=shape) for shape in shapes)
    return LSTM(ih, gain * hh, hy, b_ih, b_hh) if biased else LSTM(ih, gain * hh, hy)


@pytest.mark.parametrize("biased", [True, False])
@pytest.mark.parametrize("some", [some_gru, some_lstm])
def test_a_cell_rests_where_it_does_with_its_gate_open(some: Callable[..., Network], biased: bool):
    net = some(5, 1.5, 0, biased)
    opened, space = net.opened(), state_space(net)
    assert opened is not None
    inner = find_fixed_points(opened.net, count=40)
    assert inner.found
    for point in inner.found:
        z = opened.leave(point.state)
        assert np.allclose(space.step(z, None), z, atol=1e-9)
    for point in find_fixed_points(net, count=40).found:
        h = opened.enter(point.state)
        assert np.allclose(state_space(opened.net).step(h, None), h, atol=1e-9)
        assert np.allclose(opened.leave(h), point.state, atol=1e-6)


def test_what_has_no_gate_is_not_opened():
    assert neuron(2.0).opened() is None


@pytest.mark.slow
def test_an_lstm_with_its_gate_open_finds_more(monkeypatch: pytest.MonkeyPatch):
    net = some_lstm(16, 2.0, 3)
    found = find_fixed_points(net, count=128)
    assert_fixed(net, found)
    monkeypatch.setattr(LSTM, "opened", lambda _: None)
    shut = find_fixed_points(net, count=128)
    assert found.counts["found"] > 1.5 * shut.counts["found"]
    assert len(found.found) > len(shut.found)


@pytest.mark.parametrize(
    ("hidden", "gain", "seed", "points"),
    [(4, 1.5, 2, 3), *(pytest.param(16, *more, marks=pytest.mark.slow) for more in ((1.0, 2, 1), (2.0, 3, 8)))],
)
def test_gates_that_shut_do_not_hide_fixed_points(
    hidden: int, gain: float, seed: int, points: int, monkeypatch: pytest.MonkeyPatch
):
    """A GRU's state stays in (−1, 1), but q falls to 0 along units that run off to where their gate is shut."""
    net = some_gru(hidden, gain, seed)
    found = find_fixed_points(net, count=128)
    assert len(found.found) >= points
    assert found.counts["unfinished"] < 8
    assert all(np.abs(point.state).max() < 1 for point in found.found)
    assert all(point.isolated for point in found.found)
    assert_fixed(net, found)
    monkeypatch.setattr(GRU, "opened", lambda _: None)
    shut = find_fixed_points(net, count=128)
    assert shut.counts["found"] < found.counts["found"] / 1.5
    assert shut.counts["diverged"] > 40
    outside = [np.abs(end).max() > 1 for end, e in zip(shut.ends, shut.endings, strict=True) if e.outcome == "diverged"]
    assert all(outside)


def test_an_lstm_at_its_origin():
    rng = np.random.default_rng(0)
    net = LSTM(rng.normal(size=(16, 2)), rng.normal(size=(16, 4)), rng.normal(size=(2, 4)))
    found = find_fixed_points(net, starts=np.zeros((1, 8)))
    W_hg, eye = net.gate("g").hh, np.eye(4)
    wanted = np.linalg.eigvals(np.block([[W_hg / 4, eye / 4], [W_hg / 2, eye / 2]]))
    assert np.allclose(np.sort_complex(found.found[0].multipliers), np.sort_complex(wanted))


def test_the_order_of_starts_does_not_matter():
    net = random_networks()[1]
    starts = np.random.default_rng(0).uniform(-1, 1, size=(30, 6))
    one, other = find_fixed_points(net, starts=starts), find_fixed_points(net, starts=starts[::-1])
    assert one.counts == other.counts
    for point in one.found:
        assert min(np.linalg.norm(point.state - p.state) for p in other.found) < 1e-6


def test_the_same_seed_finds_the_same():
    net, task = derive(repeat_copy(2, 1)).compile(scheme="tanh"), repeat_copy(2, 1)
    recording = record(net, task, 5, 30, seed=0)
    assert find_fixed_points(net, recording).to_dict() == find_fixed_points(net, recording).to_dict()
    ends = [find_fixed_points(net, recording, seed=seed, count=5, iterations=1).ends for seed in (0, 1)]
    assert not np.allclose(ends[0], ends[1])


def test_a_trained_network_that_solves_t4_has_three_far_from_its_states(network: Any):
    """The origin and a pair, all unstable; every recorded state is far from them, and their Jacobians predict badly."""
    net, task = network("T4"), parse("T4")
    recording = record(net, task, 40, 200, seed=1)
    found = find_fixed_points(net, recording, count=24)
    assert_fixed(net, found)
    assert sorted(point.unstable for point in found.found) == [1, 1, 36]
    (origin,) = (point for point in found.found if point.unstable == 36)
    assert origin.mirror == found.found.index(origin)
    for point in found.found:
        assert point.validity is not None
        assert point.validity.distance > 0.5
        assert point.validity.near == 0
        assert point.validity.prediction_error is not None
        assert point.validity.prediction_error > 0.5


def test_the_prediction_error_is_that_of_linearize(network: Any):
    net, task = network("T4"), parse("T4")
    recording = record(net, task, 20, 100, seed=1)
    domain = domain_of(recording)
    assert domain is not None
    assert len(domain.before) == 20 * 91
    held = domain.measure(state_space(net), np.zeros((1, 128)))
    assert held.prediction_error == pytest.approx(prediction_error(linearize_origin(net), recording), rel=1e-12)


def test_slow_points_of_a_trained_network_are_kept(network: Any):
    found = find_fixed_points(network("T3"), record(network("T3"), parse("T3"), 20, 100, seed=1), count=20)
    assert_fixed(network("T3"), found)
    assert found.slow
    space, rng = state_space(network("T3")), np.random.default_rng(0)
    for point in found.slow:
        near = point.state + 1e-3 * rng.normal(size=(50, 64))
        assert point.residual > 1e-3
        assert (0.5 * ((space.step(near, None) - near) ** 2).sum(axis=1) > point.q).all()


def test_results_print_and_draw():
    matplotlib = pytest.importorskip("matplotlib.pyplot")
    found = find_fixed_points(neuron(2.0, bias=-0.6), count=10)
    json.dumps(found.to_dict(), allow_nan=False)
    assert repr(found) == "Orbits(period=1, found=1, slow=1, starts=11)"
    assert "slow fixed point, closes up to" in repr(found.slow[0])
    ax = found.plot()
    legend: Any = ax.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["1 stable", "1 slow"]
    nothing = find_fixed_points(Escaping(), starts=[[1.0]]).plot()
    assert nothing.texts[0].get_text() == "no orbit was found"
    matplotlib.close("all")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"starts": np.zeros((3, 2))}, r"starts must have shape \(K, S\), K ≥ 1 and S = 1; got shape \(3, 2\)"),
        ({"starts": np.zeros((0, 1))}, r"starts must have shape \(K, S\)"),
        ({"starts": [[1j]]}, "starts must hold integers or floats of at most 64 bits; got complex128"),
        ({"starts": [[float("nan")]]}, r"starts\[0, 0\] is nan; every entry must be finite"),
        ({"count": 0}, "count must be a positive integer; got 0"),
        ({"iterations": 2.5}, "iterations must be a positive integer; got 2.5"),
        ({"noise": -1.0}, "noise must be at least 0 and finite; got -1.0"),
        ({"noise": float("nan")}, "noise must be at least 0 and finite"),
        ({"wide": 1.5}, "wide must be a part of the starts, from 0 to 1; got 1.5"),
        ({"wide": float("nan")}, "wide must be a part of the starts, from 0 to 1; got nan"),
    ],
)  # fmt: skip
def test_bad_options_are_refused(arguments: Any, message: str):
    with pytest.raises(InvalidOption, match=message):
        find_fixed_points(neuron(2.0), **arguments)


def test_recordings_that_do_not_fit_are_refused():
    task = repeat_copy(2, 1)
    net = derive(task).compile()
    with pytest.raises(
        InvalidNetwork, match="the recording holds states of size 2, the network has S = 1; record this network"
    ):
        find_fixed_points(neuron(1.0), record(net, task, 3, 20, seed=0))
    with pytest.raises(InvalidOption, match="holds no finite states other than 0 at t > 4, of horizon 2"):
        find_fixed_points(net, record(net, task, 3, 2, seed=0))
    not_a_network: Any = "net"
    with pytest.raises(InvalidNetwork, match="expected a network"):
        find_fixed_points(not_a_network)

"""Periodic orbits: they close, their multipliers are known where theory knows them, and the comparison with the circuit is honest."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq, root

from emt_theory import derive
from emt_theory.analysis import record
from emt_theory.errors import InvalidOption
from emt_theory.evidence.dynamics import MultiplierComparison, Orbit, Orbits, compare_multipliers, find_periodic_orbits
from emt_theory.networks import GRU, ElmanRNN, Network, state_space
from emt_theory.tasks import compose_copy, from_matrix, parse, repeat_copy


def linear(W: np.ndarray) -> ElmanRNN:
    return ElmanRNN(W, np.ones((len(W), 1)), np.ones((1, len(W))), activation="identity")


def flipping() -> ElmanRNN:
    """One neuron, h' = tanh(−3h)."""
    return ElmanRNN(np.array([[-3.0]]), np.ones((1, 1)), np.ones((1, 1)))


def rotation(order: int) -> np.ndarray:
    c, s = np.cos(2 * np.pi / order), np.sin(2 * np.pi / order)
    return np.array([[c, -s], [s, c]])


def assert_closed(net: Network, found: Orbits):
    """The law: an orbit comes back after its period and not before, point by point, and its multipliers are its map's derivative's."""
    space = state_space(net)
    for orbit in found.found:
        assert found.period % orbit.period == 0
        after = space.step(orbit.states, None)
        assert np.allclose(after, np.roll(orbit.states, -1, axis=0), atol=1e-9 * found.scale)
        for shift in range(1, orbit.period):
            assert np.linalg.norm(orbit.states[shift] - orbit.state) > 1e-6 * found.scale
        product = np.eye(space.size)
        for state in np.roll(orbit.states, 1, axis=0):  # from another point of the orbit: the same eigenvalues
            product = space.jacobian(state) @ product
        moduli = np.sort(np.abs(np.linalg.eigvals(product)))
        assert np.allclose(moduli, np.sort(np.abs(orbit.multipliers)), atol=1e-7 * max(1, moduli[-1]))


def test_a_rotation_turns_every_state_and_its_minimal_period_is_found():
    found = find_periodic_orbits(linear(rotation(5)), 10, count=4)
    assert [orbit.period for orbit in found.found] == [5] * 4
    assert found.continuum
    assert np.allclose(found.found[0].multipliers, 1)
    assert_closed(linear(rotation(5)), found)


def test_the_wrong_period_leaves_the_origin_alone():
    found = find_periodic_orbits(linear(rotation(5)), 4, count=4)
    (origin,) = found.found
    assert origin.period == 1
    assert np.allclose(origin.state, 0)
    assert np.allclose(np.sort_complex(origin.multipliers), np.exp(2j * np.pi * np.array([-1, 1]) / 5))


def test_a_neuron_that_flips_has_one_orbit_which_is_its_own_mirror_image():
    net = flipping()
    found = find_periodic_orbits(net, 2, count=20)
    crossing: Any = brentq(lambda h: np.tanh(3 * h) - h, 0.1, 1)
    (flip,) = (orbit for orbit in found.found if orbit.period == 2)
    (origin,) = (orbit for orbit in found.found if orbit.period == 1)
    assert np.allclose(np.abs(flip.states), crossing)
    assert found.found[flip.mirror or 0] is flip
    assert np.isclose(flip.radius, (3 * (1 - crossing**2)) ** 2)
    assert (flip.stability, origin.stability) == ("stable", "unstable")
    assert flip.starts + origin.starts == 20
    assert_closed(net, found)


@pytest.mark.parametrize(("s", "orbits"), [(2, 3), (3, 4), (4, 6)])
def test_a_tanh_circuit_has_one_orbit_for_every_necklace_of_signs(s: int, orbits: int):
    """One bit repeated after s steps: sign patterns up to shifts; all multipliers are β(1 − r²) to the power of the period, r = tanh βr."""
    task = repeat_copy(s, 1)
    net = derive(task).compile(scheme="tanh")
    found = find_periodic_orbits(net, s, record(net, task, 60, 60, seed=0), count=60)
    assert len(found.found) == orbits
    beta = float(np.abs(net.W_hh).max())
    r: Any = brentq(lambda h: np.tanh(beta * h) - h, 1e-3, 1)
    for orbit in found.found:
        assert np.allclose(np.abs(orbit.states), r)
        assert np.allclose(np.abs(orbit.multipliers), (beta * (1 - r**2)) ** orbit.period)
    assert {orbit.mirror is None for orbit in found.found} == {False}
    assert_closed(net, found)


def test_saboteur_a_period_off_by_one_does_not_close():
    net = flipping()
    found = find_periodic_orbits(net, 2, count=20)
    assert_closed(net, found)
    cut = tuple(replace(orbit, states=orbit.states[:1]) for orbit in found.found)
    with pytest.raises(AssertionError):
        assert_closed(net, replace(found, found=cut))
    with pytest.raises(AssertionError):
        assert_closed(replace(net, W_hh=np.array([[-3.01]])), found)


def test_a_gru_and_another_solver():
    rng = np.random.default_rng(3)
    ih, hh, hy, b = (rng.normal(size=shape) for shape in ((12, 2), (12, 4), (2, 4), 12))
    net = GRU(ih, 4 * hh, hy, b, b)
    space, found = state_space(net), find_periodic_orbits(net, 2, count=60)
    assert_closed(net, found)
    assert found.found
    for orbit in found.found:
        other: Any = root(lambda z: space.free(z[None], 2)[0, 1] - z, orbit.state + 1e-6, tol=1e-12)
        assert np.allclose(other.x, orbit.state, atol=1e-7)


@pytest.mark.parametrize(
    "task", [repeat_copy(4, 2), from_matrix([["-1", "1"]], dim=1), compose_copy(3)], ids=lambda t: t.name
)
def test_in_a_linear_circuit_multipliers_are_powers_of_the_eigenvalues(task: Any):
    """Asked for the period of the task every orbit has the spectrum of Φ to the power of its own period."""
    circuit = derive(task)
    net = circuit.compile(scheme="linear") if circuit.exactness.linear else linear(circuit.exact_phi.to_array())
    period = 24
    found = find_periodic_orbits(net, period, count=5)
    assert found.continuum
    for orbit in found.found:
        held = compare_multipliers(orbit, circuit.spectrum())
        assert held.error == pytest.approx(0, abs=1e-9)
        assert held.count == held.theory_count
        assert held.radius_per_step == pytest.approx(1)


def test_saboteur_a_damped_circuit_is_not_the_linear_one():
    task = compose_copy(3)
    net = derive(task).compile(scheme="damped")
    (origin,) = find_periodic_orbits(net, 6, count=4).found
    held = compare_multipliers(origin, derive(task).spectrum())
    assert held.count is not None
    assert held.count < held.theory_count
    assert held.error is not None
    assert held.error > 0.1


def test_multipliers_that_rounding_hides_are_not_counted():
    spectrum = derive(parse("T2")).spectrum()
    states = np.zeros((840, 2)) + np.arange(840)[:, None]
    orbit = Orbit(states, np.array([0.06 + 0j, 1e-17 + 0j]), 0.0, 0.0, 0.0, 1)
    held = compare_multipliers(orbit, spectrum)
    assert held.count is None
    assert held.error is None  # two multipliers for 36 eigenvalues
    assert str(held) == "multipliers of 0.9 a step are lost in rounding; the largest 0.9967"
    assert json.loads(json.dumps(held.to_dict()))["count"] is None
    full = MultiplierComparison(36, 0, 0.5, 0.7, 0.9)
    assert str(full) == "0 of 36 multipliers above 0.9 in modulus a step, the largest 0.7; |μ − λ^p| is 0.5 on average"


def test_a_network_that_solves_t4_keeps_every_pattern_on_an_attracting_orbit(network: Any):
    net, task = network("T4"), parse("T4")
    recording = record(net, task, 40, 200, seed=1)
    found = find_periodic_orbits(net, 70, recording, count=4)
    assert_closed(net, found)
    assert found.counts["found"] == 4
    assert not found.slow
    for orbit in found.found:
        assert orbit.period == 70
        assert orbit.stability == "stable"
        assert orbit.radius < 1e-6
        assert orbit.residual < 1e-12
        held = compare_multipliers(orbit, derive(task).spectrum())
        assert (held.count, held.theory_count) == (0, 36)
        assert held.error == pytest.approx(1, abs=1e-4)
        assert orbit.validity is not None
        assert orbit.validity.distance < 1e-4
        assert orbit.validity.near > 100
        assert orbit.validity.near_error is not None
        assert orbit.validity.prediction_error is not None
        assert orbit.validity.near_error < 1e-3 < orbit.validity.prediction_error


def test_a_network_that_solves_t1_has_no_orbit_near_what_it_does(network: Any):
    """Recorded states come back up to 1 % after 8 steps. That is a slow leak: the orbits that they lead to are far away."""
    net, task = network("T1"), parse("T1")
    found = find_periodic_orbits(net, 8, record(net, task, 20, 100, seed=1), count=3)
    assert_closed(net, found)
    assert found.counts["found"] + found.counts["slow"] == 3
    for ending in found.endings:
        assert ending.start_residual is not None
        assert 0.005 < ending.start_residual < 0.05
    for orbit in (*found.found, *found.slow):
        assert orbit.validity is not None
        assert orbit.validity.distance > 0.5
        held = compare_multipliers(orbit, derive(task).spectrum())
        assert held.count == held.theory_count == 64
        assert held.error is not None
        assert held.error < 0.05


def test_an_orbit_prints_and_draws():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    found = find_periodic_orbits(flipping(), 2, count=20)
    json.dumps(found.to_dict(), allow_nan=False)
    text = [str(orbit) for orbit in found.found if orbit.period == 2]
    assert text == ["stable orbit of period 2: 0 of 1 multipliers outside the unit circle, the largest 0.000931"]
    assert str(found) == "2 orbits whose period divides 2 (1 stable, 1 unstable) from 20 of 20 starts; 0 slow from 0"
    ax = found.plot()
    assert ax.get_xlabel() == "Re multiplier"
    pyplot.close("all")


@pytest.mark.parametrize("period", [0, -1, 2.0, True, "8"])
def test_bad_periods_are_refused(period: Any):
    with pytest.raises(InvalidOption, match="period must be a positive integer; got"):
        find_periodic_orbits(linear(np.eye(2)), period)

"""Orbits on a kink of σ: one-sided multipliers against one-sided differences, and no word of stability."""

import json
from typing import Any

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.analysis import find_fixed_points, find_periodic_orbits, record
from emt_theory.evidence.dynamics.kinks import one_sided
from emt_theory.networks import GRU, ElmanRNN, state_space
from emt_theory.tasks import parse


def single(weight: float, activation: str, bias: float | None = None) -> ElmanRNN:
    b_h = None if bias is None else np.array([bias])
    return ElmanRNN([[weight]], [[1.0]], [[1.0]], b_h=b_h, activation=activation)


def differences(net: ElmanRNN, z: float) -> tuple[float, float]:
    """|f(z ∓ ε) − f(z)| / ε, on the side where the pre-activation is smaller, and where it is larger."""
    space, epsilon, sign = state_space(net), 1e-6, np.sign(net.W_hh[0, 0])
    below, at, above = (float(space.step(np.array([z + sign * k * epsilon]))[0]) for k in (-1, 0, 1))
    return abs(at - below) / epsilon, abs(above - at) / epsilon


@pytest.mark.parametrize(
    ("net", "z", "sides"),
    [
        (single(2.0, "relu"), 0.0, (0.0, 2.0)),
        (single(-0.5, "relu"), 0.0, (0.0, 0.5)),
        (single(1.0, "hard_tanh"), 1.0, (1.0, 0.0)),
        (single(1.0, "hard_tanh"), -1.0, (0.0, 1.0)),
        (single(0.5, "hard_tanh", 0.5), 1.0, (0.5, 0.0)),
    ],
)
def test_a_fixed_point_at_a_kink_is_told_with_its_slopes_on_either_side(net: ElmanRNN, z: float, sides: Any):
    (found,) = find_fixed_points(net, starts=[[z]]).found
    assert found.stability == "at a kink"
    assert found.one_sided is not None
    assert found.one_sided[1:] == pytest.approx(sides)
    assert differences(net, z) == pytest.approx(sides, abs=1e-6)
    assert "stable" not in str(found).replace("differentiable", "")
    assert "1 unit is on a kink of σ" in str(found)
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["one_sided"] == [1, *sides]


def test_saboteur_the_two_sides_exchanged_are_not_the_differences():
    net = single(2.0, "relu")
    found = one_sided(state_space(net), np.array([[0.0]]))
    assert found is not None
    assert differences(net, 0.0) != pytest.approx((found.above, found.below), abs=1e-6)


def test_off_its_kinks_a_point_is_stable_as_its_multipliers_say():
    (found,) = find_fixed_points(single(2.5, "hard_tanh"), starts=[[1.0]]).found
    assert (found.stability, found.one_sided, found.radius) == ("stable", None, 0.0)
    (smooth,) = find_fixed_points(single(0.5, "tanh"), starts=[[0.0]]).found
    assert (smooth.stability, smooth.one_sided) == ("stable", None)


def test_networks_without_kinks_have_none():
    rng = np.random.default_rng(0)
    gru = GRU(rng.normal(size=(6, 1)), rng.normal(size=(6, 2)), np.ones((1, 2)))
    for net in (gru, single(1.0, "identity")):
        space = state_space(net)
        assert one_sided(space, np.zeros((1, space.size))) is None


def test_every_orbit_of_the_saturating_circuit_sits_on_kinks():
    """Its memory holds ±1, where hard tanh turns flat: 28 components that nothing writes to 0 stay off the kinks."""
    circuit = derive(parse("T4"))
    net = circuit.compile(scheme="saturating")
    recording = record(net, circuit.task, 4, 120, seed=0)
    found = find_periodic_orbits(net, 70, recording, count=2).found
    assert found
    for orbit in found:
        assert orbit.stability == "at a kink"
        assert orbit.one_sided is not None
        assert orbit.one_sided.units >= 36 * orbit.period

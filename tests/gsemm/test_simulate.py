"""Orbits: two solvers, a third written out here, limits, blow-ups, bad input."""

import json
import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import sympy

from emt_theory.errors import EMTError, InvalidNetwork, InvalidOption
from emt_theory.gsemm import Model, from_expression, identity
from emt_theory.gsemm.jacobian import jacobian
from emt_theory.gsemm.patterns import cycles, orthogonal_memories, partial_cue, random_memories
from emt_theory.gsemm.simulate import Diverged, Solver, overlaps, simulate, stiffness

MEMORIES = orthogonal_memories(8, 3)


def lisem(**scales):
    return Model.lisem(MEMORIES, cycles(3), 0.7, **{"T_d": 5.0, "alpha_c": 1.3, **scales})


def written_out(model, V_f, V_h, V_d):
    """The three equations again, component by component."""
    N, n = model.memories.shape
    Xi, Phi = model.memories, model.interactions
    s_f = [math.tanh(model.feature.gain * v) for v in V_f] if model.feature.name == "tanh" else list(V_f)
    if model.hidden.name == "softmax":
        e = [math.exp(model.hidden.gain * (v - max(V_h))) for v in V_h]
        s_h = [x / sum(e) for x in e]
    else:
        s_h = list(V_h)
    a = math.sqrt(model.alpha_s)
    dV_f = [(a * sum(Xi[i, k] * s_h[k] for k in range(n)) - V_f[i]) / model.T_f for i in range(N)]
    heard = [sum(Xi[i, j] * V_d[i] for i in range(N)) for j in range(n)]
    dV_h = [
        (
            a * sum(Xi[i, k] * s_f[i] for i in range(N))
            + model.alpha_c * sum(Phi[j, k] * heard[j] for j in range(n))
            - V_h[k]
        )
        / model.T_h
        for k in range(n)
    ]
    dV_d = [(model.delay_gain * s_f[i] - V_d[i]) / model.T_d for i in range(N)]
    return np.array([*dV_f, *dV_h, *dV_d])


def runge_kutta(model, start, duration, steps):
    N, n = model.memories.shape
    h = duration / steps

    def f(y):
        return written_out(model, y[:N], y[N : N + n], y[N + n :])

    y = np.array(start)
    for _ in range(steps):
        a = f(y)
        b = f(y + h / 2 * a)
        c = f(y + h / 2 * b)
        d = f(y + h * c)
        y = y + h / 6 * (a + 2 * b + 2 * c + d)
    return y


@pytest.mark.parametrize("solver", ["RK45", "Radau"])
@pytest.mark.parametrize("make", [Model.lisem, Model.dsem])
def test_both_solvers_agree_with_a_runge_kutta_written_out(make, solver):
    rng = np.random.default_rng(0)
    model = make(
        rng.normal(size=(4, 3)), cycles(3), 0.8, T_f=1.5, T_h=0.7, T_d=2.5, alpha_s=1.2, alpha_c=0.9, delay_gain=1.4
    )
    cue = rng.normal(size=4)
    found = simulate(model, cue, 3.0, solver=solver, tolerance=1e-9, samples=4)
    start = model.pack(cue, V_d=np.zeros(4))
    expected = runge_kutta(model, start, 3.0, 600)
    assert np.abs(model.pack(found.V_f[0, -1], found.V_h[0, -1], found.V_d[0, -1]) - expected).max() < 1e-7
    assert found.solver == solver


@pytest.mark.parametrize("make", [Model.lisem, Model.dsem])
@pytest.mark.parametrize("T_h", [0.0, 0.5])
@pytest.mark.parametrize("T_d", [0.0, 3.0])
def test_the_jacobian_is_the_derivative(make, T_h, T_d):
    rng = np.random.default_rng(1)
    scales = {"T_f": 2.0, "T_h": T_h, "T_d": T_d, "alpha_s": 1.7, "alpha_c": 0.6, "delay_gain": 2.3}
    model = make(rng.normal(size=(5, 3)), rng.normal(size=(3, 3)), 0.7, **scales)
    state = rng.normal(size=model.state_size)
    steps = 1e-6 * np.eye(len(state))
    measured = np.array([(model.rhs(0, state + e) - model.rhs(0, state - e)) / 2e-6 for e in steps]).T
    assert np.abs(jacobian(model, state) - measured).max() < 1e-7
    transposed = replace(model, interactions=model.interactions.T)
    assert (np.abs(jacobian(transposed, state) - measured).max() > 1e-2) == (model.state_size > 0)


def test_slaved_hidden_units_are_the_limit_of_fast_ones():
    slaved = simulate(lisem(), MEMORIES[:, 0], 4.0)
    distances = [
        np.abs(simulate(lisem(T_h=T_h), MEMORIES[:, 0], 4.0).V_f - slaved.V_f).max() for T_h in (0.02, 0.01, 0.005)
    ]
    assert distances[-1] < 0.02
    assert all(1.6 < a / b < 2.4 for a, b in pairwise(distances))


def test_an_orbit_does_not_depend_on_its_batch():
    cues = MEMORIES.T + 0.1
    together = simulate(lisem(), cues, 6.0)
    alone = simulate(lisem(), cues[1], 6.0)
    assert np.array_equal(together.V_f[1], alone.V_f[0])
    assert np.array_equal(together.V_d[1], alone.V_d[0])
    assert together.overlaps.shape == (3, 601, 3)


def test_what_is_kept_is_what_the_model_says():
    found = simulate(lisem(T_h=0.5), [MEMORIES[:, 0], MEMORIES[:, 1]], 3.0, delay=MEMORIES[:, 2], samples=7)
    assert found.times.tolist() == [0, 0.5, 1, 1.5, 2, 2.5, 3]
    assert np.array_equal(found.V_f[:, 0], MEMORIES.T[:2])
    assert np.array_equal(found.V_d[:, 0], MEMORIES.T[[2, 2]])
    assert np.allclose(found.overlaps, np.tanh(0.7 * found.V_f) @ MEMORIES / 8)
    slaved = simulate(lisem(T_d=0.0), MEMORIES[:, 0], 3.0)
    assert np.allclose(slaved.V_d, np.tanh(0.7 * slaved.V_f))


def test_the_solver_is_chosen_by_the_timescales():
    for T_h, T_d, ratio, solver in ((0.0, 5.0, 0.2, "RK45"), (0.01, 5.0, 100, "Radau"), (0.0, 0.004, 250, "Radau")):
        model = lisem(T_h=T_h, T_d=T_d)
        found = simulate(model, MEMORIES[:, 0], 0.5)
        assert (found.solver, found.stiffness) == (solver, pytest.approx(ratio))
        assert found.stiffness == stiffness(model)
    assert stiffness(lisem(T_h=0.0, T_d=0.0)) == 1
    assert (found.effort.jacobians > 0, found.effort.factorizations > 0, found.effort.steps > 0) == (True, True, True)
    assert simulate(lisem(), MEMORIES[:, 0], 0.5).effort.jacobians == 0


@pytest.mark.parametrize("make", [lambda: lisem(T_h=0.3), lambda: lisem()])
def test_the_energy_along_an_orbit_two_ways(make):
    model = make()
    orbit = simulate(model, 0.9 * MEMORIES[:, 0], 12.0, samples=6001, tolerance=1e-9)
    trace = orbit.energy()
    assert trace.defect < 1e-3 * np.ptp(trace.energy)
    wrong = replace(model, interactions=model.interactions.T)
    assert replace(orbit, model=wrong).energy().defect > 0.02 * np.ptp(trace.energy)


def test_a_linear_orbit_is_an_exponential_and_its_end_is_named():
    model = Model(np.eye(2), np.zeros((2, 2)), identity(), identity(), T_d=0.0, alpha_s=3.0)
    found = simulate(model, [1.0, -2.0], 2.0, tolerance=1e-9)
    assert np.allclose(found.V_f[0], np.exp(2 * found.times)[:, None] * [1, -2], rtol=1e-6)
    with pytest.raises(
        Diverged, match=r"the orbit diverges at time 10\..*norm of the state is [3-9]\.?\d*e\+09"
    ) as raised:
        simulate(model, [1.0, -2.0], 100.0)
    limit = 1e9 * (1 + math.sqrt(5))
    assert math.log(limit / math.sqrt(5)) / 2 <= raised.value.time < math.log(10 * limit / math.sqrt(5)) / 2
    assert raised.value.norm > limit
    assert isinstance(raised.value, EMTError)


@pytest.mark.parametrize("solver", ["RK45", "Radau"])
def test_an_orbit_that_ends_in_finite_time_is_named(solver):
    v = sympy.Symbol("v", real=True)
    model = Model(np.eye(2), np.zeros((2, 2)), from_expression(v**4 / 4, [v]), identity(), T_d=0.0)
    with pytest.raises(Diverged) as raised:
        simulate(model, [2.0, 0.0], 10.0, solver=solver)
    assert raised.value.time == pytest.approx(math.log(4 / 3) / 2, abs=1e-3)  # V̇ = V³ − V
    steep = Model(np.eye(2), np.zeros((2, 2)), from_expression(sympy.exp(v), [v]), identity(), T_d=0.0)
    with pytest.raises(Diverged, match="the derivative overflows at time 0, where the norm of the state is 800"):
        simulate(steep, [800.0, 0.0], 1.0, solver=solver)


@pytest.mark.parametrize("solver", ["auto", "Radau"])
@pytest.mark.parametrize("layer", ["T_h", "T_d"])
def test_what_the_solver_cannot_follow_is_named(layer, solver):
    """A timescale so short that a derivative, or the first step, leaves float64."""
    with pytest.raises(Diverged) as raised:
        simulate(replace(lisem(), **{layer: 1e-300}), 0.5 * MEMORIES[:, 0], 1.0, solver=solver)
    assert raised.value.time == 0
    assert math.isfinite(raised.value.norm)


def test_the_norm_of_a_diverged_orbit_is_finite():
    v = sympy.Symbol("v", real=True)
    model = Model(np.eye(1), np.zeros((1, 1)), from_expression(sympy.exp(v), [v]), identity(), T_d=0.0)
    with pytest.raises(Diverged) as raised:
        simulate(model, [5.0], 10.0)
    assert math.isfinite(raised.value.norm)


def test_progress_and_interruption():
    said = []
    simulate(lisem(), MEMORIES.T[:2], 6.0, progress=said.append)
    assert said == sorted(said)
    assert (said[0] > 0, said[-1]) == (True, 1.0)

    def stop(_fraction):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(lisem(), MEMORIES[:, 0], 6.0, progress=stop)


def test_results_print_draw_and_become_json():
    found = simulate(lisem(), partial_cue(MEMORIES[:, 0]), 30.0)
    described = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert described["solver"] == "RK45"
    assert described["recall"][0]["outcome"] == "sequence"
    assert repr(found) == "Simulation(batch=1, times=601, duration=30, solver=RK45)"
    assert "sequence: 0 1 2" in str(found)
    ax = found.plot()
    assert ax.get_xlabel() == "time"
    assert len(ax.lines) >= 3


def test_overlaps_are_one_at_a_memory():
    memories = random_memories(50, 4, seed=2)
    model = Model.dsem(3 * memories, cycles(4))
    assert np.allclose(np.diag(overlaps(model, 3 * memories.T)), 1)
    with pytest.raises(InvalidNetwork, match="memory 1 is 0"):
        overlaps(Model.dsem([[1, 0], [1, 0]], cycles(2)), [1, 1])
    with pytest.raises(InvalidNetwork, match="memory 1 is 0"):
        simulate(Model.dsem([[1, 0], [1, 0]], cycles(2)), [1, 1], 1e9)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"cue": np.ones(7)}, InvalidNetwork, r"cue must have shape \(N,\) = \(8,\) or \(batch, 8\); got \(7,\)"),
        ({"cue": np.ones((2, 2, 8))}, InvalidNetwork, "cue must have shape"),
        ({"cue": np.ones((0, 8))}, InvalidNetwork, "cue must have shape"),
        ({"cue": [math.nan] * 8}, InvalidNetwork, "cue holds NaN or infinity"),
        ({"cue": "memory"}, InvalidNetwork, "cue must hold integers or floats.*"),
        ({"cue": np.ones((3, 8)), "delay": np.ones((2, 8))}, InvalidNetwork, "the same batch; got 3 and 2"),
        ({"delay": np.ones(3)}, InvalidNetwork, "delay must have shape"),
        ({"duration": 0}, InvalidOption, "duration must be positive and finite; got 0"),
        ({"duration": math.inf}, InvalidOption, "duration must be positive and finite; got inf"),
        ({"duration": True}, InvalidOption, "duration must be a number"),
        ({"samples": 1}, InvalidOption, "samples must be an integer, at least 2; got 1"),
        ({"tolerance": 2}, InvalidOption, "tolerance must be at least 1e-13 and below 1; got 2"),
        ({"tolerance": 1e-20}, InvalidOption, "tolerance must be at least 1e-13 and below 1; got 1e-20"),
        ({"samples": 10**13}, InvalidOption, "samples: 10000000000000 times of 1 orbits do not fit into memory"),
        ({"cue": np.ones(8) + 1j}, InvalidNetwork, "cue must hold integers or floats.*; got complex128"),
        ({"tolerance": -1e-3}, InvalidOption, "tolerance must be positive"),
        ({"solver": "euler"}, InvalidOption, "unknown solver 'euler'; known are auto, RK45, Radau"),
    ],
)
def test_bad_input(changes, error, message):
    arguments = {"cue": np.ones(8), "duration": 1.0, **changes}
    with pytest.raises(error, match=message):
        simulate(lisem(), **arguments)
    assert Solver("Radau") is Solver.IMPLICIT

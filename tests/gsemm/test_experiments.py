"""Each experiment's claim, at small sizes; a sabotaged one does not hold. The full ones are slow."""

import json
from dataclasses import replace

import numpy as np
import pytest

from emt_theory.circuits import certify
from emt_theory.errors import InvalidOption
from emt_theory.gsemm import hard_tanh, tanh
from emt_theory.gsemm.drawing import DRAWINGS
from emt_theory.gsemm.experiments import (
    EXPERIMENTS,
    DenseSetting,
    ExperimentResult,
    dense_recall,
    fast_layers,
    linear_dwell,
    linear_transition,
    slow_delay,
    task_circuit,
)
from emt_theory.gsemm.experiments.dense_recall import dense_model, is_in_order
from emt_theory.gsemm.experiments.result import fitted_order
from emt_theory.gsemm.experiments.task_circuit import limit_network
from emt_theory.gsemm.patterns import partial_cue
from emt_theory.gsemm.recall import RecallKind, first_disorder
from emt_theory.gsemm.simulate import simulate
from emt_theory.tasks import compose_copy, fibonacci, repeat_copy

RECALLS, STAYS = DenseSetting(4.9, 1, 20, 140), DenseSetting(0.7, 1, 20, 140)


def check_shape(found):
    """What every finding promises: JSON without NaN, text, a picture with labelled axes."""
    described = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert described["experiment"] in EXPERIMENTS
    assert described["holds"] is found.holds
    assert described["claim"] == found.claim
    assert str(found).startswith(f"{found.name}: {'holds' if found.holds else 'DOES NOT HOLD'}. ")
    assert len(found.lines()) >= 1
    ax = found.plot()
    assert ax.get_ylabel()
    assert ax.get_title(loc="left")
    ax.get_figure().canvas.draw()


def test_every_experiment_has_its_picture():
    assert DRAWINGS.keys() == EXPERIMENTS.keys()


def test_dense_recall():
    said = []
    found = dense_recall(seeds=1, settings=[RECALLS, STAYS], say=said.append)
    assert found.holds
    assert [run.order[:8] for run in found.runs[:2]] == [(0, 1, 2, 0, 1, 2, 0, 1), (3, 4, 5, 6, 3, 4, 5, 6)]
    assert found.fractions(RECALLS) == {"in_order": 1, "stays": 0, "as_predicted": 1}
    assert found.fractions(STAYS) == {"in_order": 0, "stays": 1, "as_predicted": 1}
    assert said[0] == "α_c=4.9 β=1 T_d=20: memories 1 of 1"
    check_shape(found)
    first, *others = found.runs
    assert not replace(found, runs=(replace(first, in_order=False), *others)).holds
    assert not replace(found, runs=(*others, replace(found.runs[-1], rests=False))).holds


def test_dense_recall_needs_no_slaved_hidden_units():
    assert dense_recall(seeds=1, settings=[RECALLS], T_h=1.0).holds


def test_with_transposed_interactions_the_order_is_wrong_and_is_found_out():
    model = dense_model(RECALLS, seed=0)
    sabotaged = replace(model, interactions=model.interactions.T)
    cue = partial_cue(model.memories[:, 0])
    found = simulate(sabotaged, cue, RECALLS.duration).recall()
    assert found.order[:4] == (0, 2, 1, 0)
    assert first_disorder(found.order, model.interactions) == 0
    assert not is_in_order(found, 0, model.interactions)
    assert is_in_order(simulate(model, cue, RECALLS.duration).recall(), 0, model.interactions)
    assert not is_in_order(simulate(model, cue, 40).recall(), 0, model.interactions)  # not twice around


def test_crosstalk_moves_single_memories_below_the_transition():
    """Memories 2 and 11 of the full run: r = 0.7, and the cued memory gives way; the overlaps alone predict it."""
    from emt_theory.gsemm.dense import rest_weights

    for seed, cue, order in ((2, 3, (3, 4)), (11, 0, (0, 1)), (2, 0, (0,)), (11, 3, (3,))):
        model = dense_model(STAYS, seed)
        found = simulate(model, partial_cue(model.memories[:, cue]), STAYS.duration).recall()
        assert found.order == order
        assert (rest_weights(model, cue).argmax() == cue) == (len(order) == 1)


@pytest.mark.slow
def test_linear_transition():
    found = linear_transition(gains=[5.8], lengths=[4], width=0.05)
    assert found.holds
    assert found.points[0].measured == pytest.approx(0.66, abs=0.03)
    check_shape(found)
    point = found.points[0]
    assert not replace(found, points=(replace(point, exact=1.03 * point.exact),)).holds
    assert not replace(found, points=(replace(point, cycles=False),)).holds


@pytest.mark.slow
def test_linear_dwell():
    found = linear_dwell(gain=205, ratios=[1.2, 2.0], beyond=[2.5], T_d=150)
    assert found.holds
    assert [d.order[:5] for d in found.dwells] == [(0, 1, 2, 0, 1)] * 2
    assert all(d.measured < 0.97 * d.estimate for d in found.dwells)  # the two-memory estimate is too long
    check_shape(found)
    assert not replace(found, losses=(replace(found.losses[0], outcome=RecallKind.SEQUENCE),)).holds
    assert not replace(found, dwells=(replace(found.dwells[1], measured=found.dwells[1].estimate),)).holds
    lost = replace(found, dwells=(replace(found.dwells[1], measured=None),))
    assert (lost.holds, lost.to_dict()["dwells"][0]["measured"]) == (False, None)
    check_shape(lost)


@pytest.mark.slow
def test_slow_delay():
    found = slow_delay(delays=[20, 40, 80])
    assert found.holds
    assert found.order == pytest.approx(-1, abs=0.05)
    assert all(rise > 0 for rise in found.largest_rises)  # the delay term does lift the energy
    check_shape(found)
    assert not replace(found, delays=(20, 21, 22)).holds
    first, *others = found.traces
    lifted = replace(first, rate=first.rate._replace(feature=-first.rate.feature))
    assert not replace(found, traces=(lifted, *others)).holds


@pytest.mark.slow
def test_fast_layers():
    found = fast_layers(scales=[0.02, 0.01, 0.005])
    assert found.holds
    assert {str(orbit.solver) for orbit in found.orbits} == {"RK45", "Radau"}
    check_shape(found)
    model = found.reduced.model
    transposed = replace(model, interactions=model.interactions.T)
    cue = model.memories[:, 0]
    assert not replace(found, reduced=simulate(transposed, cue, 5.0, tolerance=1e-8)).holds


def test_the_reduced_orbit_is_that_of_the_reduced_flow():
    from scipy.integrate import solve_ivp

    from emt_theory.gsemm import derive_network

    orbit = fast_layers(scales=[0.02, 0.01]).reduced
    flow = derive_network(orbit.model, dual="transpose").rule.flow
    expected = solve_ivp(lambda _t, V: flow(V), (0, 5), orbit.V_f[0, 0], "DOP853", rtol=1e-10, atol=1e-12).y[:, -1]
    assert np.abs(orbit.V_f[0, -1] - expected).max() < 1e-5


@pytest.mark.slow
def test_task_circuit():
    tasks = [repeat_copy(num_variables=2, dim=2), compose_copy(num_variables=3)]
    found = task_circuit(tasks, sequences=40, horizon=20)
    assert found.holds
    assert [row.linear_solvable for row in found.rows] == [True, False]
    assert [row.linear.exact_for for row in found.rows] == ["values", None]
    assert all(row.flow.accuracy < 0.95 for row in found.rows)
    check_shape(found)
    row = found.rows[1]
    for wrong in (
        replace(row, linear_solvable=True),
        replace(row, loaded=replace(row.loaded, largest_error=1.0)),
        replace(row, hard_tanh=replace(row.hard_tanh, exact_for=None)),
        replace(row, tanh=replace(row.tanh, accuracy=0.99)),
        replace(row, flow_defect=0.1),
    ):
        assert not replace(found, rows=(wrong,)).holds


def test_a_write_that_does_not_override_is_not_enough():
    task = compose_copy(num_variables=3)
    assert certify(limit_network(task, hard_tanh(), 2.0), task).exact_for == "values"
    assert not certify(limit_network(task, hard_tanh(), 1.0), task)
    assert not certify(limit_network(task, tanh(0.9), 0.5), task)


def test_an_order_is_the_slope():
    assert fitted_order([1, 10, 100], [5, 0.5, 0.05]) == pytest.approx(-1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dense_recall(seeds=0), "seeds must be a positive integer; got 0"),
        (lambda: dense_recall(settings=[]), "settings must be DenseSettings, at least one"),
        (lambda: linear_transition(width=0), "width must be between 0 and 1; got 0"),
        (lambda: linear_transition(gains=[0.5]), "above 1; got 0.5"),
        (lambda: linear_transition(lengths=[2]), "a length must be an integer from 3 to 6; got 2"),
        (lambda: linear_transition(lengths=[7]), "a length must be an integer from 3 to 6; got 7"),
        (lambda: linear_transition(gains=[]), "gains must hold at least one number"),
        (lambda: linear_dwell(ratios=[]), "ratios must hold at least one number"),
        (lambda: linear_dwell(ratios=[2.5]), "ratios must be below 2.151"),
        (lambda: linear_dwell(beyond=[2.0]), "beyond above it"),
        (lambda: linear_dwell(ratios=[0.9], beyond=[]), "above s = 0.98"),
        (lambda: slow_delay(delays=[20]), "two different delays"),
        (lambda: fast_layers(scales=[0.1, 0.1]), "two different scales"),
        (lambda: task_circuit([]), "got none"),
        (lambda: task_circuit([fibonacci()]), "selection tasks are needed; got fibonacci"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(InvalidOption, match=message):
        call()


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_holds_in_full(name):
    found = EXPERIMENTS[name]()
    assert isinstance(found, ExperimentResult)
    assert found.holds, str(found)
    check_shape(found)

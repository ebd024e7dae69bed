"""Every result shows itself: in a notebook as what `print` shows, and as JSON."""

import dataclasses
import json

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emt_theory import analysis, derive, report
from emt_theory.evidence.dynamics import compare_multipliers
from emt_theory.ground.json import Record
from emt_theory.tasks import from_matrix, repeat_copy, running_parity

PARITY = running_parity()
ARGUMENTS = {"Ablate", "Block", "Examination", "Flip", "NoOp", "Set", "Swap", "Transplant"}
"""Dataclasses that a user makes and passes on."""


def parts(value, seen):
    """All dataclass values of the analysis in a result, its properties' as well."""
    if dataclasses.is_dataclass(value) and type(value).__module__.startswith(
        ("emt_theory.analysis", "emt_theory.evidence")
    ):
        if type(value).__name__ in ARGUMENTS or id(value) in seen:
            return
        seen[id(value)] = value
        yield value
        names = [f.name for f in dataclasses.fields(value)]
        names += [name for name, kind in vars(type(value)).items() if isinstance(kind, property)]
        for name in names:
            yield from parts(getattr(value, name), seen)
    elif isinstance(value, tuple | list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from parts(part, seen)


@pytest.fixture(scope="module")
def results():
    circuit = derive(repeat_copy(num_variables=2, dim=2))
    net, task = circuit.compile(scheme="tanh"), circuit.task
    recording, fresh = (analysis.record(net, task, 20, 30, seed) for seed in (1, 0))
    whole = analysis.record(net, task, 80, 30, 0)
    persistent, pairs = analysis.persistent_dynamics(circuit), analysis.transitions(recording)
    eigenvalues = circuit.spectrum().eigenvalues()
    fixed = analysis.find_fixed_points(net, recording, count=4)
    memories = analysis.estimate_memories(net, circuit, recording, fresh)
    estimate = memories.intertwining.estimate
    rng = np.random.default_rng(0)
    bits = rng.choice([-1.0, 1.0], size=(500, 2))
    states = bits @ [[1.0, 0.0], [0.5, 0.0]] + 0.01 * rng.normal(size=(500, 2))
    return {
        "assign_arguments": analysis.assign_arguments(eigenvalues, eigenvalues),
        "assign_values": analysis.assign_values(eigenvalues, eigenvalues),
        "bootstrap_spectrum": analysis.bootstrap_spectrum(recording, circuit.spectrum(), draws=5),
        "chance_level": analysis.chance_level(eigenvalues, draws=3),
        "chance_levels": analysis.chance_levels(eigenvalues, 8, draws=3),
        "examine": analysis.examine(net, task, 20, 30),
        "judge": analysis.judge(analysis.examine(net, task, 20, 30)),
        "check": analysis.check(net, task, sequences=20, horizon=30),
        "check_recordings": analysis.check_recordings(whole.states, whole.episodes.inputs[:, :2], task, whole.outputs),
        "compare_multipliers": compare_multipliers(fixed.found[0], circuit.spectrum()),
        "compare_networks": analysis.compare_networks([net, net], task, sequences=20, horizon=30),
        "compare_spectra": analysis.compare_spectra(eigenvalues, circuit.spectrum()),
        "compare_equal_memories": analysis.compare_equal_memories(net, circuit, 30),
        "decompile": analysis.decompile(net, sequences=400, horizon=30),
        "estimate_memories": memories,
        "find_fixed_points": fixed,
        "find_periodic_orbits": analysis.find_periodic_orbits(net, 2, recording, count=4),
        "fit_code": analysis.fit_code(states, bits, ((1, 0), (1, 1)), odd=True),
        "intervene": analysis.intervene(net, circuit, estimate, fresh, sequences=2, steps=6),
        "lasting_part": analysis.lasting_part(circuit),
        "linearize_gain": analysis.linearize_gain(net, recording),
        "linearize_origin": analysis.linearize_origin(net),
        "linearize_secant": analysis.linearize_secant(recording),
        "local_maps": analysis.local_maps(net, recording),
        "measure_behaviour": analysis.measure_behaviour(net, task, 20, 30),
        "measure_lifetime": analysis.measure_lifetime(net, task, 60, 4),
        "name_missing": analysis.name_missing(eigenvalues[:1], circuit.spectrum()),
        "persistent_dynamics": persistent,
        "privileged_basis": analysis.privileged_basis(net, task, 40, 30),
        "read_code": analysis.read_code(persistent, recording, fresh),
        "read_variables": (reading := analysis.read_variables(net, circuit, recording, fresh)),
        "record": recording,
        "schur_ablations": analysis.schur_ablations(net, circuit),
        "state_function": analysis.state_function(derive(PARITY).compile(), PARITY),
        "transitions": pairs,
        "use_variables": analysis.use_variables(net, reading, recording, fresh),
        "vary_rank": analysis.vary_rank(pairs, circuit.spectrum()),
    }  # fmt: skip


def public_functions():
    return {name for name in analysis.__all__ if type(getattr(analysis, name)).__name__ == "function"}


def test_every_public_function_is_here(results):
    assert set(results) == public_functions() - {"prediction_error"}, "prediction_error returns a number"


def test_every_public_result_is_a_record():
    public = {name: getattr(analysis, name) for name in analysis.__all__ if name not in ARGUMENTS}
    kinds = {name: kind for name, kind in public.items() if isinstance(kind, type) and dataclasses.is_dataclass(kind)}
    assert [name for name, kind in kinds.items() if not issubclass(kind, Record)] == []
    assert all(issubclass(kind, Record) for kind in (report.Picture, report.Section, report.Table))


def test_every_result_shows_itself_briefly_and_in_a_notebook(results):
    seen = {}
    found = [part for value in results.values() for part in parts(value, seen)]
    shown = [part for part in found if "decompiling" not in type(part).__module__ or isinstance(part, analysis.Program)]
    assert {"CheckResult", "Behaviour", "Estimate", "Flips", "Interval", "Validity"} < {type(p).__name__ for p in shown}
    for part in shown:
        html = part._repr_html_()
        assert html.startswith("<pre>"), type(part)
        assert "array(" not in html, type(part)
        assert max(map(len, html.splitlines())) < 500, type(part)


@pytest.mark.parametrize(
    "name", ["check", "compare_networks", "decompile", "find_fixed_points", "local_maps", "schur_ablations"]
)
def test_every_result_is_strict_json(results, name):
    assert json.loads(json.dumps(results[name].to_dict(), allow_nan=False))


def test_the_promised_attributes_of_behaviour(results):
    """Friendliness: r.behaviour.accuracy."""
    behaviour = results["check"].behaviour
    assert behaviour.accuracy == behaviour.measured.accuracy == 1.0
    assert behaviour.accuracy_low == behaviour.measured.accuracy_low < 1
    assert behaviour.accuracy_high == 1.0
    assert behaviour.sequences_right == 20
    assert behaviour.zeros == 0.0
    assert behaviour.accuracy_within_range is None
    silent = analysis.measure_behaviour(derive(from_matrix([[0]])).compile(), from_matrix([[0]]), 5, 5)
    assert silent.accuracy is silent.accuracy_low is silent.sequences_right is silent.to_dict()["accuracy"] is None


def test_the_spectrum_of_a_check_draws_its_trajectory(results):
    """Friendliness: r.spectrum.plot()."""
    ax = results["check"].spectrum.plot()
    assert ax.get_xlabel() == "Re λ"
    plt.close("all")


def test_a_plot_says_task_network_and_verdict_and_shows_the_cut(results):
    """Friendliness: r.plot() has no title, task, verdict; the 0.9 circle is missing."""
    result = results["check"]
    ax = result.plot()
    assert ax.get_title(loc="left") == f"{result.weights} on {result.task.name}: {result.verdict}"
    assert [patch.get_radius() for patch in ax.patches] == [0.9]
    needed = result.variables.plot(needed=0.5)
    assert [0.5, 0.5] in [list(line.get_ydata()) for line in needed.lines]
    plt.close("all")


def test_memories_draw_the_map_that_the_theory_has_beside_the_one_that_was_recovered(results):
    memories = results["estimate_memories"]
    drawn = np.asarray(memories.plot().images[0].get_array())
    size = len(memories.phi)
    assert np.array_equal(drawn[:, :size], memories.phi)
    assert np.array_equal(drawn[:, -size:], memories.intertwining.phi)
    plt.close("all")

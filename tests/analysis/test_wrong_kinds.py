"""Whoever passes the wrong thing gets one line that says so, whatever the function and whatever the thing."""

import numpy as np
import pytest

from emt_theory import analysis, derive, report
from emt_theory.errors import EMTError, InvalidOption
from emt_theory.evidence import interventions, memories
from emt_theory.networks import StepNetwork, state_space
from emt_theory.tasks import repeat_copy, running_parity
from emt_theory.theorems import theorem

CIRCUIT = derive(repeat_copy(num_variables=2, dim=2))
TASK, NET = CIRCUIT.task, CIRCUIT.compile(scheme="tanh")
PARITY = running_parity()
PARITY_NET = derive(PARITY).compile()
FIT, FRESH = (analysis.record(NET, TASK, 20, 20, seed) for seed in (1, 0))
MANY = analysis.record(NET, TASK, 80, 20, 0)
SPECTRUM, PERSISTENT, PAIRS = CIRCUIT.spectrum(), analysis.persistent_dynamics(CIRCUIT), analysis.transitions(FIT)
ESTIMATE = analysis.estimate_memories(NET, CIRCUIT, FIT, FRESH).intertwining.estimate
ORBIT = analysis.find_fixed_points(NET, FIT, count=2).found[0]
READING = analysis.read_variables(NET, CIRCUIT, FIT, FRESH)
READOUT, GAIN = state_space(NET).readout, analysis.linearize_gain(NET, FIT)
HANDLES, EDIT = interventions.encoder_handles(PERSISTENT, ESTIMATE), interventions.Set(10, (2, 0), 5.0)
MEMORY = PERSISTENT.truth_at(10, FRESH)
VALUES = SPECTRUM.eigenvalues()
STATES, WORDS = np.random.default_rng(0).normal(size=(20, 3)), np.ones((20, 1))

CALLS = {
    "assign_arguments": (analysis.assign_arguments, (VALUES, VALUES)),
    "assign_values": (analysis.assign_values, (VALUES, VALUES)),
    "bootstrap_spectrum": (analysis.bootstrap_spectrum, (FIT, SPECTRUM, 2, 0)),
    "chance_level": (analysis.chance_level, (VALUES, 0.9, 2)),
    "chance_levels": (analysis.chance_levels, (VALUES, 4, 0.9, 2)),
    "check": (analysis.check, (NET, TASK, 20, 20, 0, analysis.THRESHOLDS, None, False)),
    "check_recordings": (
        analysis.check_recordings,
        (MANY.states, MANY.episodes.inputs[:, :2], TASK, MANY.outputs, 0, analysis.THRESHOLDS, True),
    ),
    "compare_equal_memories": (analysis.compare_equal_memories, (NET, CIRCUIT, 20, 0)),
    "compare_multipliers": (analysis.compare_multipliers, (ORBIT, SPECTRUM, 0.9)),
    "compare_networks": (analysis.compare_networks, ([NET, NET], TASK)),
    "compare_spectra": (analysis.compare_spectra, (VALUES, SPECTRUM, analysis.THRESHOLDS)),
    "decompile": (analysis.decompile, (NET, 4, 3, 20, 20, 0, (-1, 1), None)),
    "privileged_basis": (analysis.privileged_basis, (NET, TASK, 20, 20, 0, None)),
    "examine": (analysis.examine, (NET, TASK, 20, 20, 0, analysis.THRESHOLDS, None, None, False)),
    "judge": (analysis.judge, (analysis.examine(NET, TASK, 20, 20), analysis.THRESHOLDS)),
    "estimate_memories": (analysis.estimate_memories, (NET, CIRCUIT, FIT, FRESH)),
    "find_fixed_points": (analysis.find_fixed_points, (NET,)),
    "find_periodic_orbits": (analysis.find_periodic_orbits, (NET, 2)),
    "fit_code": (analysis.fit_code, (STATES, WORDS, ((1, 0),), True)),
    "intervene": (analysis.intervene, (NET, CIRCUIT, ESTIMATE, FRESH)),
    "lasting_part": (analysis.lasting_part, (CIRCUIT,)),
    "linearize_gain": (analysis.linearize_gain, (NET, FIT)),
    "linearize_origin": (analysis.linearize_origin, (NET,)),
    "linearize_secant": (analysis.linearize_secant, (FIT, 1e-6)),
    "local_maps": (analysis.local_maps, (NET, FIT, 2)),
    "measure_behaviour": (analysis.measure_behaviour, (NET, TASK, 5, 5, 0)),
    "measure_lifetime": (analysis.measure_lifetime, (NET, TASK, 5, 5, 0, None)),
    "name_missing": (analysis.name_missing, (VALUES[:1], SPECTRUM)),
    "persistent_dynamics": (analysis.persistent_dynamics, (CIRCUIT,)),
    "prediction_error": (analysis.prediction_error, (analysis.linearize_origin(NET), FIT)),
    "read_code": (analysis.read_code, (PERSISTENT, FIT, FRESH)),
    "read_variables": (analysis.read_variables, (NET, CIRCUIT, FIT, FRESH)),
    "record": (analysis.record, (NET, TASK, 5, 5, 0)),
    "schur_ablations": (analysis.schur_ablations, (NET, CIRCUIT, 5, 5, 0, analysis.THRESHOLDS)),
    "state_function": (analysis.state_function, (PARITY_NET, PARITY, 0)),
    "transitions": (analysis.transitions, (FIT,)),
    "use_variables": (analysis.use_variables, (NET, READING, FIT, FRESH, 0)),
    "vary_rank": (analysis.vary_rank, (PAIRS, SPECTRUM, analysis.THRESHOLDS)),
    "memories.intertwine": (memories.intertwine, (READOUT, PERSISTENT, GAIN, PAIRS, FIT, 1e-6)),
    "memories.powers_input": (memories.powers_input, (NET, PERSISTENT)),
    "memories.powers_output": (memories.powers_output, (NET, PERSISTENT)),
    "memories.regress": (memories.regress, (PERSISTENT, PAIRS, FIT, 1e-6)),
    "interventions.apply": (interventions.apply, (EDIT, FRESH.states[:, 9], MEMORY, HANDLES)),
    "interventions.decoder_handles": (interventions.decoder_handles, (PERSISTENT, ESTIMATE, FIT)),
    "interventions.encoder_handles": (interventions.encoder_handles, (PERSISTENT, ESTIMATE)),
    "interventions.Handles": (interventions.Handles, (PERSISTENT, HANDLES.directions, ESTIMATE)),
    "interventions.predict": (interventions.predict, (PERSISTENT, FRESH.memory(10), 0 * MEMORY, FRESH.series[:, :5])),
    "interventions.single_slot_flips": (interventions.single_slot_flips, (PERSISTENT, 20, 5, 0)),
    "report.overview_row": (report.overview_row, (None,)),
    "report.save": (report.save, (None, "folder")),
    "report.sections": (report.sections, (None,)),
    "theorem": (theorem, ("P05",)),
}

WRONG = {
    "None": None,
    "a text": "T2\n\x1b[31m",
    "an integer": -3,
    "a number": 2.5,
    "an array": np.zeros((2, 3, 4)),
    "a list": [None],
    "a task": TASK,
    "a network": NET,
    "a circuit": CIRCUIT,
    "a class": type(NET),
    "a state space": state_space(NET),
    "a network that steps": StepNetwork(lambda h, x: np.tanh(h), lambda h: h[..., :2], hidden=4, dim=2),
}

MEANT = {
    ("check_recordings", 3, "None"),
    ("fit_code", 2, "a list"), ("fit_code", 3, "*"),
    ("chance_level", 1, "a number"), ("chance_level", 1, "an integer"),
    ("chance_levels", 2, "a number"), ("chance_levels", 2, "an integer"),
    ("compare_multipliers", 2, "a number"), ("compare_multipliers", 2, "an integer"),
    ("linearize_secant", 1, "a number"), ("linearize_secant", 1, "an integer"),
    ("report.save", 0, "a circuit"), ("report.save", 1, "a text"),
    ("memories.intertwine", 0, "None"),
    ("memories.intertwine", 5, "a number"), ("memories.intertwine", 5, "an integer"),
    ("memories.regress", 3, "a number"), ("memories.regress", 3, "an integer"),
    ("measure_lifetime", 5, "None"), ("measure_lifetime", 5, "a class"),
    ("examine", 6, "None"), ("examine", 7, "None"), ("examine", 7, "a class"),
    ("check", 6, "None"), ("check", 7, "None"), ("examine", 8, "None"), ("linearize_gain", 2, "None"),
    ("check", 6, "a class"), ("decompile", 7, "None"), ("decompile", 7, "a class"),
    ("privileged_basis", 1, "None"), ("privileged_basis", 5, "None"), ("privileged_basis", 5, "a class"),
}  # fmt: skip
"""What is no wrong value there: (function, argument, value)."""


def is_right(value, right):
    """Whether it is of the kind that is due there."""
    network = (type(NET), StepNetwork)
    return (
        isinstance(value, network)
        if isinstance(right, network)
        else type(value) is type(right) in (type(TASK), type(CIRCUIT))
    )


def refusal(function, given):
    """What the function says to these arguments; None if it takes them."""
    try:
        function(*given)
    except EMTError as error:
        return str(error)
    return None


def test_every_public_function_is_in_the_table():
    public = {name for name in analysis.__all__ if type(getattr(analysis, name)).__name__ == "function"}
    assert public == {name for name in CALLS if "." not in name} - {"theorem"}


@pytest.mark.parametrize("name", CALLS)
def test_a_wrong_kind_of_argument_is_one_line(name):
    function, right = CALLS[name]
    for place in range(len(right)):
        for what, wrong in WRONG.items():
            if {(name, place, what), (name, place, "*")} & MEANT or is_right(wrong, right[place]):
                continue
            given = (*right[:place], wrong, *right[place + 1 :])
            said = refusal(function, given)
            assert said, (name, place, what)
            assert said.isprintable(), (name, place, what)
            assert len(said) < 300, (name, place, what)


HUGE = 10**30


@pytest.mark.parametrize(
    "call",
    [
        lambda: analysis.check(NET, TASK, sequences=HUGE),
        lambda: analysis.check(NET, TASK, horizon=HUGE),
        lambda: analysis.record(NET, TASK, HUGE, 5, 0),
        lambda: analysis.record(NET, TASK, 1_000_000, 1_000_000, 0),
        lambda: analysis.find_fixed_points(NET, count=HUGE),
        lambda: analysis.find_fixed_points(NET, FIT, count=HUGE),
        lambda: analysis.find_periodic_orbits(NET, period=HUGE),
        lambda: analysis.decompile(NET, max_variables=HUGE),
        lambda: analysis.decompile(NET, sequences=HUGE),
        lambda: analysis.decompile(NET, sequences=1_000_000, horizon=1_000_000),
        lambda: interventions.single_slot_flips(PERSISTENT, HUGE),
    ],
)
def test_a_size_beyond_all_bounds_is_one_line(call):
    with pytest.raises(InvalidOption, match=r"must be an integer(,| from)|do not fit into memory"):
        call()

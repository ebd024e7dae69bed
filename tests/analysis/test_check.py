"""Verdicts on real, compiled, random and degenerate networks."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emt_theory import derive
from emt_theory.analysis import THRESHOLDS, Thresholds, check
from emt_theory.analysis.criteria import judge_behaviour, sequences_needed
from emt_theory.analysis.findings import Answer, Finding
from emt_theory.errors import InvalidNetwork, InvalidOption, InvalidTask
from emt_theory.evidence import estimate_memories, record
from emt_theory.evidence.behaviour import Behaviour, measure_behaviour
from emt_theory.ground.absent import Absent
from emt_theory.networks import ElmanRNN
from emt_theory.tasks import Accuracy, autoregressive, fibonacci, from_matrix, parse, repeat_copy
from emt_theory.tasks.accuracy import OutputAccuracy
from emt_theory.tasks.digits import write_fractions


def random_network(hidden: int, dim: int, seed: int = 0, scale: float = 1.0, activation: str = "tanh") -> ElmanRNN:
    rng = np.random.default_rng(seed)
    bound = scale / np.sqrt(hidden)
    return ElmanRNN(
        W_hh=rng.uniform(-bound, bound, (hidden, hidden)),
        W_uh=rng.uniform(-bound, bound, (hidden, dim)),
        W_hy=rng.uniform(-bound, bound, (dim, hidden)),
        activation=activation,
    )


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [x for v in value.values() for x in numbers(v)]
    if isinstance(value, list):
        return [x for v in value for x in numbers(v)]
    return [value] if isinstance(value, float) else []


@pytest.mark.parametrize(("name", "bound"), [pytest.param("T1", 0.0015, marks=pytest.mark.slow), ("T4", 0.0005)])
def test_the_solved_networks_are_the_circuit(checked: Any, name: str, bound: float):
    result = checked(name)
    assert result.verdict == "consistent", result.evidence
    trajectory = result.spectrum.trajectory
    assert trajectory.complex_error <= bound
    assert trajectory.missing == ()
    assert trajectory.extra == ()
    assert trajectory.argument_error < result.spectrum.chance.angles.low / 10
    for method in ("regression", "intertwining"):
        assert result.memories[method].decode_accuracy >= 0.999


@pytest.mark.parametrize("name", [pytest.param("T1", marks=pytest.mark.slow), "T4"])
def test_the_answer_is_flat_in_the_rank_of_the_fit(checked: Any, name: str):
    stability = checked(name).spectrum.stability
    assert stability.stable
    assert len({fit.rank for fit in stability.fits}) >= 2
    assert stability.spread < 1e-5


@pytest.mark.slow
def test_the_network_that_misses_four_percent_has_not_solved_its_task(checked: Any):
    result = checked("T2")
    assert result.verdict == "not-solved"
    trajectory = result.spectrum.trajectory
    assert (trajectory.count, len(trajectory.theory)) == (31, 36)
    assert trajectory.complex_error is None
    assert trajectory.argument_error is None
    assert trajectory.reason == "31 eigenvalues above 0.9 in modulus, theory has 36"
    assert trajectory.missing_count == 5


@pytest.mark.slow
def test_the_exception_is_named_and_not_forced(checked: Any):
    result = checked("T3")
    assert result.verdict == "solved-otherwise"
    (family,) = result.spectrum.trajectory.missing
    assert family.cycle == (6, -1)
    assert family.certain
    assert str(family) == "the 6 roots of λ^6 = −1: one cycle of length 6, sign −"
    assert result.variables.lost(0.5) == 5
    assert "5 of 36 dimensions are lost, 3.7 on the cycle of length 6" in result.evidence[2]
    assert 0.95 < result.memories.intertwining.decode_accuracy < 0.99


@pytest.mark.parametrize(
    ("name", "expected"),
    [  # theory.md, section 4: powers_input, powers_output, intertwining, regression
        pytest.param("T1", (0.875, 1.000, 1.000, 1.000), marks=pytest.mark.slow),
        pytest.param("T2", (0.881, 0.830, 0.941, 0.940), marks=pytest.mark.slow),
        pytest.param("T3", (0.659, 0.607, 0.966, 0.986), marks=pytest.mark.slow),
        ("T4", (0.740, 0.887, 1.000, 1.000)),
    ],
)
def test_decode_accuracies_are_those_of_the_table(checked: Any, name: str, expected: tuple[float, ...]):
    memories = checked(name).memories
    found = [memories[m].decode_accuracy for m in ("powers_input", "powers_output", "intertwining", "regression")]
    assert found == pytest.approx(expected, abs=0.006)


@pytest.mark.parametrize("name", ["T1", "T4"])
def test_the_intertwining_residual_stands_out_from_a_flipped_sign(network: Any, name: str):
    fit, fresh = (record(network(name), parse(name), 128, 60, seed) for seed in (1, 0))
    estimate = estimate_memories(network(name), derive(parse(name)), fit, fresh).intertwining.estimate
    assert estimate.residual < estimate.null_residual / 10


@pytest.mark.parametrize(
    ("task", "scheme"),
    [
        ("T2", "saturating"),
        pytest.param("T1", "tanh", marks=pytest.mark.slow),
        pytest.param("T2", "tanh", marks=pytest.mark.slow),
        pytest.param("T3", "tanh", marks=pytest.mark.slow),
        ("T4", "tanh"),
        ("T1", "linear"),
    ],
)
def test_compiled_circuits_are_consistent(task: str, scheme: str):
    result = check(derive(parse(task)).compile(scheme=scheme), parse(task), sequences=400, horizon=60, lifetime=False)
    assert result.verdict == "consistent", result.evidence
    assert result.behaviour.measured is not None
    assert result.behaviour.measured.accuracy == 1.0
    assert result.memories.intertwining.phi_error is not None
    assert result.memories.intertwining.phi_error < 1e-4


def test_the_saturating_circuit_has_the_exact_spectrum_in_every_linearization():
    result = check(
        derive(parse("T2")).compile(scheme="saturating"), parse("T2"), sequences=20, horizon=60, lifetime=False
    )
    for found in (result.spectrum.origin, result.spectrum.trajectory, result.spectrum.gain):
        assert found.count == 36
        assert found.complex_error is not None
        assert found.complex_error < 1e-12


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_a_random_network_has_not_solved_anything(seed: int):
    result = check(random_network(48, 8, seed), parse("T2"), sequences=40, horizon=60, lifetime=False)
    assert result.verdict == "not-solved"
    accuracy = result.memories.intertwining.decode_accuracy
    assert accuracy is not None
    assert abs(accuracy - 0.5) < 0.05


def test_a_network_on_another_task_has_not_solved_it(network: Any):
    assert check(network("T3"), parse("T4"), sequences=40, horizon=60, lifetime=False).verdict == "not-solved"


def test_too_few_sequences_are_inconclusive():
    task = repeat_copy(2, 2)
    result = check(derive(task).compile(), task, sequences=20, horizon=30)
    assert result.verdict == "inconclusive"
    assert "straddles 0.99" in result.evidence[0]


def degenerate() -> list[tuple[str, ElmanRNN, Any, str]]:
    task = repeat_copy(2, 2)
    huge = random_network(6, 2, scale=1e60, activation="identity")
    still = ElmanRNN(W_hh=np.zeros((3, 3)), W_uh=np.zeros((3, 2)), W_hy=np.zeros((2, 3)))
    growing = from_matrix([[1000, 1]], dim=1)
    nothing = from_matrix([[0, 0]], dim=1)
    return [
        ("blows up", huge, task, "not-solved"),
        ("dead", still, task, "not-solved"),
        ("one unit", random_network(1, 2), task, "not-solved"),
        ("values beyond floats", derive(growing).compile(scheme="linear"), growing, "inconclusive"),
        ("growing values", derive(fibonacci()).compile(scheme="linear"), fibonacci(), "not-solved"),
        ("nothing to score", random_network(5, 1), nothing, "inconclusive"),
        ("no gap", random_network(100, 2, scale=3**0.5, activation="identity"), task, "not-solved"),
    ]


@pytest.mark.parametrize(("what", "net", "task", "verdict"), degenerate(), ids=[case[0] for case in degenerate()])
def test_degenerate_cases_are_named_outcomes(what: str, net: ElmanRNN, task: Any, verdict: str):
    result = check(net, task, sequences=40, horizon=200)
    assert result.verdict == verdict, result.evidence
    written = result.to_dict()
    json.dumps(written, allow_nan=False)
    assert all(math.isfinite(x) for x in numbers(written))
    for part in (written["behaviour"], written["spectrum"]["trajectory"], *written["memories"].values()):
        missing = [
            key for key in ("accuracy", "complex_error", "decode_accuracy", "condition") if part.get(key, 0) is None
        ]
        assert not missing or part["reason"], f"{missing} is null without a reason"
    assert str(result).count("nan") == 0


def test_a_blow_up_says_when_it_happens():
    huge = random_network(6, 2, scale=1e60, activation="identity")
    result = check(huge, repeat_copy(2, 2), sequences=5, horizon=30)
    assert result.behaviour.blow_up is not None
    assert f"from t = {result.behaviour.blow_up} on" in result.evidence[0]
    assert result.examples.decoded is None


def test_fewer_units_than_variables_is_named_rank_deficient():
    result = check(random_network(3, 2), repeat_copy(2, 2), sequences=20, horizon=30)
    found = result.memories.intertwining
    assert isinstance(found.condition, Absent)
    assert found.reason == "the memories are linearly dependent: rank 3 of 4"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: check(random_network(9, 3), parse("T1")),
            InvalidNetwork,
            "d = 3 inputs and outputs, task T1 has d = 8",
        ),
        (lambda: check(3, parse("T1")), InvalidNetwork, "expected a network"),
        (lambda: check(random_network(9, 8), "T1"), InvalidTask, r"tasks\.parse\('T2'\) returns; got str"),
        (lambda: check(random_network(9, 8), parse("T1"), sequences=0), InvalidOption, "sequences must be"),
        (lambda: check(random_network(9, 8), parse("T1"), horizon=-1), InvalidOption, "horizon must be"),
        (lambda: check(random_network(2, 1), repeat_copy(3000, 1)), InvalidTask, "at most 1024"),
        (lambda: Thresholds(modulus=float("nan")), InvalidOption, "threshold modulus"),
    ],
)
def test_bad_input_is_one_clear_line(call: Any, error: type[Exception], message: str):
    with pytest.raises(error, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_the_json_has_the_promised_keys(checked: Any):
    written = checked("T4").to_dict()
    json.dumps(written, allow_nan=False)
    top = "verdict behaviour spectrum memories interventions weights task thresholds seconds"
    assert set(top.split()) <= set(written)
    kept = "accuracy accuracy_low accuracy_high sequences sequences_right horizon"
    assert set(kept.split()) <= set(written["behaviour"])
    assert {"theory_count", "chance_argument_error", "origin", "trajectory"} <= set(written["spectrum"])
    for linearization in ("origin", "trajectory"):
        assert {"count", "argument_error", "complex_error", "missing"} <= set(written["spectrum"][linearization])
    assert set(written["memories"]) == {"powers_input", "powers_output", "intertwining", "regression"}
    for memory in written["memories"].values():
        assert {"decode_accuracy", "phi_error", "condition", "leakage"} <= set(memory)
    assert written["interventions"] == written["use"]
    use, variables, extra, lifetime = (written[key] for key in ("use", "variables", "extra", "lifetime"))
    assert set(use) >= {"edits", "sequences_right", "low", "high", "predicted_flips_seen", "unpredicted_flips"}
    assert use["edits"] == 256
    assert use["predicted_flips_seen"] >= 0.99 > 0.01 >= use["unpredicted_flips"]
    assert use["noop_changes"] == 0
    assert set(variables) >= {"r2_min", "low", "high", "lost", "cycles", "whole_state"}
    assert (variables["lost"], variables["cycles"]) == (0, [0.0, 0.0])
    assert set(extra) >= {"count", "size"}
    assert set(lifetime) >= {"holds_to", "fades_by", "multiplier", "kind"}
    assert (lifetime["holds_to"], lifetime["kind"]) == (10_016, "attracting")


def test_the_same_seed_gives_the_same_numbers():
    task = parse("T3")
    net = random_network(20, 8, scale=2.0)
    first, second = (check(net, task, sequences=30, horizon=40, seed=5).to_dict() for _ in range(2))
    del first["seconds"], second["seconds"]
    assert first == second
    assert check(net, task, sequences=30, horizon=40, seed=6).to_dict()["behaviour"] != first["behaviour"]


def test_progress_names_the_steps():
    steps: list[str] = []
    task = repeat_copy(1, 1)
    check(derive(task).compile(), task, sequences=5, horizon=20, progress=steps.append)
    assert steps[0] == "derive the circuit"
    assert steps[-1] == "judge"


def test_examples_show_what_the_evidence_says(checked: Any):
    result = checked("T4")
    shown = result.examples
    assert np.array_equal(np.sign(shown.outputs), np.sign(shown.targets))
    assert np.array_equal(np.sign(shown.decoded), np.sign(shown.variables))
    assert shown.variables.shape == (4, len(shown.times), 36)


@pytest.mark.parametrize("hidden", [128, 129])
def test_one_output_that_is_never_right_is_not_hidden_by_127_others(hidden: int):
    task = repeat_copy(1, 128)
    net = derive(task).compile(scheme="saturating", hidden=hidden)
    assert judge_behaviour(measure_behaviour(net, task, 640, 10), THRESHOLDS).answer is Answer.HELD
    W_hy = net.W_hy.copy()
    W_hy[5] *= -1
    found = measure_behaviour(replace(net, W_hy=W_hy, exact=None), task, 640, 10)
    assert found.accuracy == 127 / 128
    judged = judge_behaviour(found, THRESHOLDS)
    assert judged.answer is Answer.FAILED
    assert "of output 5 0.0000 of the signs are right" in judged.evidence
    assert "95 % interval (all outputs at once)" in judged.evidence
    assert found.to_dict()["worst_output"] == {"output": 5, "accuracy": 0, "low": 0, "high": found.worst_output.high}


@pytest.mark.parametrize(
    ("low", "high", "answer"), [(0.96, 1.0, Answer.HELD), (0.94, 0.96, Answer.UNDECIDED), (0.9, 0.94, Answer.FAILED)]
)
def test_the_worst_output_is_judged_by_its_whole_interval(low: float, high: float, answer: Answer):
    measured = replace(behaviour(0.999, 0.995, 1.0), worst_output=OutputAccuracy(3, 0.95, low, high))
    assert judge_behaviour(measured, THRESHOLDS).answer is answer


def interval(accuracy: float, low: float, high: float) -> Accuracy:
    return Accuracy(accuracy, low, high, 10, 0, 10, 0.0)


def behaviour(accuracy: float, low: float, high: float) -> Behaviour:
    return Behaviour(10, 10, interval(accuracy, low, high))


HELD, FAILED, UNDECIDED, NOTHING = Answer.HELD, Answer.FAILED, Answer.UNDECIDED, Absent("nothing can be scored")
RIGHT, HALF = interval(1, 0.995, 1), interval(0.5, 0.4, 0.6)
JUDGED = (
    (behaviour(0.999, 0.995, 1.0), HELD),
    (behaviour(0.95, 0.94, 0.96), FAILED),
    (behaviour(0.991, 0.985, 0.995), UNDECIDED),
    (behaviour(0.985, 0.98, 0.992), UNDECIDED),
    (Behaviour(10, 10, NOTHING), UNDECIDED),
    (Behaviour(10, 10, NOTHING, blow_up=9), FAILED),
    (Behaviour(10, 10, RIGHT, blow_up=9), FAILED),
    (Behaviour(10, 10, HALF, 9, 8, RIGHT), UNDECIDED),
    (Behaviour(10, 10, HALF, 7, 8, RIGHT), FAILED),
    (Behaviour(10, 10, HALF, None, 8, RIGHT), UNDECIDED),
    (Behaviour(10, 10, HALF, None, 8, interval(0.6, 0.5, 0.7)), FAILED),
    (Behaviour(10, 10, HALF, None, 1, None), UNDECIDED),
    (Behaviour(10, 10, RIGHT, None, 8, RIGHT), HELD),
)


def assert_judged_by_the_whole_interval(judging: Callable[[Behaviour, Thresholds], Finding]):
    """The law: an interval is on one side of the threshold, or nothing is said; what float64 cannot hold is no failure."""
    for measured, answer in JUDGED:
        assert judging(measured, THRESHOLDS).answer is answer, measured


def test_behaviour_is_judged_by_its_whole_interval():
    assert_judged_by_the_whole_interval(judge_behaviour)


def by_the_point_estimate(measured: Behaviour, thresholds: Thresholds) -> Finding:
    found = measured.measured
    if not found or measured.blow_up is not None or measured.range_left is not None:
        return judge_behaviour(measured, thresholds)
    return Finding("behaviour", HELD if found.accuracy >= thresholds.solved_accuracy else FAILED, "")


def by_the_upper_end(measured: Behaviour, thresholds: Thresholds) -> Finding:
    found = measured.measured
    if not found or measured.blow_up is not None or measured.range_left is not None:
        return judge_behaviour(measured, thresholds)
    return Finding("behaviour", HELD if found.accuracy_high >= thresholds.solved_accuracy else FAILED, "")


def blaming_the_network_for_the_task(measured: Behaviour, thresholds: Thresholds) -> Finding:
    return judge_behaviour(replace(measured, range_left=None, within_range=None), thresholds)


@pytest.mark.parametrize("sabotaged", [by_the_point_estimate, by_the_upper_end, blaming_the_network_for_the_task])
def test_saboteurs_of_the_judgement_of_behaviour_are_caught(sabotaged: Callable[[Behaviour, Thresholds], Finding]):
    with pytest.raises(AssertionError):
        assert_judged_by_the_whole_interval(sabotaged)


@pytest.mark.parametrize("name", [pytest.param("T1", marks=pytest.mark.slow), "T4"])
def test_no_mode_of_the_solved_networks_is_far_off(checked: Any, name: str):
    assert checked(name).spectrum.trajectory.largest_error < 0.005


def test_values_that_float64_cannot_hold_are_not_the_networks_fault():
    task, horizon, left = autoregressive([2]), 1100, 998
    result = check(derive(task).compile(scheme="linear"), task, sequences=400, horizon=horizon)
    assert result.verdict == "inconclusive"
    assert f"the task's own values leave the range of float64 at t = {left}" in result.evidence[0]
    assert result.behaviour.within_range is not None
    assert result.behaviour.within_range.accuracy == 1.0
    written = result.to_dict()["behaviour"]
    assert (written["range_left"], written["accuracy_within_range"]) == (left, 1.0)
    advised = check(derive(task).compile(scheme="linear"), task, sequences=400, horizon=left - 2)
    assert advised.behaviour.reason is None
    assert advised.evidence[0].startswith("It solves the task")


@pytest.mark.parametrize(
    ("scheme", "factor", "horizon"),
    [("gated", "1/3", 200), ("gated", "1/100", 60), pytest.param("linear", "1/100", 170, marks=pytest.mark.slow)],
)
def test_values_that_are_lost_beside_the_inputs_are_not_the_networks_fault(scheme: str, factor: str, horizon: int):
    task = autoregressive([factor])
    net = derive(task).compile(scheme=scheme)
    result = check(net, task, sequences=400, horizon=horizon)
    assert result.verdict == "consistent", result.evidence
    assert "targets that float64 can tell from 0 beside the inputs are counted" in result.evidence[0]
    assert result.evidence[1] == "Behaviour alone decides: nothing lasts: every eigenvalue is inside the unit circle."
    assert 0.8 < result.behaviour.faint < 1
    wrong = replace(net, W_hy=-net.W_hy, exact=None)
    assert check(wrong, task, sequences=40, horizon=horizon).verdict == "not-solved"


@pytest.mark.parametrize(("weight", "why"), [(-2.0, "before t = 998, 0.5000"), (1e20, "blows up: from t = 17 on")])
def test_a_network_that_fails_while_float64_holds_the_values_has_not_solved_the_task(weight: float, why: str):
    one = np.eye(1)
    net = ElmanRNN(W_hh=weight * one, W_uh=one, W_hy=one, activation="identity")
    result = check(net, autoregressive([2]), sequences=400, horizon=1100)
    assert result.verdict == "not-solved"
    assert why in result.evidence[0]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("exponent", [-290, *(pytest.param(k, marks=pytest.mark.slow) for k in (-160, -40)), 40])
def test_the_verdict_does_not_depend_on_the_unit_of_the_inputs(exponent: int):
    size = Fraction(10) ** exponent
    task = replace(repeat_copy(3, 2), inputs=(-size, size))
    result = check(derive(task).compile(scheme="linear"), task, sequences=400, horizon=60, lifetime=False)
    assert result.verdict == "consistent", result.evidence
    assert result.memories.intertwining.leakage == pytest.approx(0, abs=1e-9)


@pytest.mark.filterwarnings("error")
def test_the_verdict_does_not_depend_on_the_unit_of_the_outputs():
    task = repeat_copy(3, 2)
    net = derive(task).compile(scheme="tanh")
    result = check(replace(net, W_hy=1e300 * net.W_hy, exact=None), task, sequences=400, horizon=60, lifetime=False)
    assert result.verdict == "consistent", result.evidence


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [*(pytest.param(size, marks=pytest.mark.slow) for size in (1e160, 1e300)), 1e308])
@pytest.mark.parametrize("activation", ["tanh", pytest.param("hard_tanh", marks=pytest.mark.slow), "relu", "identity"])
def test_huge_weights_are_a_named_outcome_without_warnings(size: float, activation: str):
    rng, task = np.random.default_rng(0), repeat_copy(3, 2)
    W_uh, W_hy = rng.uniform(-1, 1, (9, 2)), rng.uniform(-1, 1, (2, 9))
    for W_hh in (size * np.eye(9), size * rng.uniform(-1, 1, (9, 9))):
        for factor in (1.0, size):
            net = ElmanRNN(W_hh=W_hh, W_uh=W_uh, W_hy=factor * W_hy, activation=activation)
            result = check(net, task, sequences=20, horizon=40)
            assert result.verdict == "not-solved"
            json.dumps(result.to_dict(), allow_nan=False)


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
def test_large_networks_with_states_of_any_size_are_judged_without_a_word(capfd: pytest.CaptureFixture[str]):
    """More than 256 units, whose states are reduced by products of matrices."""
    rng = np.random.default_rng(0)
    faint = ElmanRNN(np.eye(300), 1e-200 * np.eye(300, 2), np.eye(2, 300), activation="identity")
    assert check(faint, repeat_copy(1, 2), sequences=400, horizon=60, lifetime=False).verdict == "consistent"
    weights = rng.normal(size=(257, 257)), rng.normal(size=(257, 2)), rng.normal(size=(2, 257))
    growing = ElmanRNN(*weights, activation="relu")
    assert check(growing, repeat_copy(3, 2), sequences=100, horizon=150, lifetime=False).verdict == "not-solved"
    assert capfd.readouterr() == ("", "")


def test_fractions_are_written_so_that_they_can_be_told_apart():
    found = Accuracy(0.999901, 0.99988, 0.99992, 640, 600, 200, 0.0)
    sentence = judge_behaviour(Behaviour(640, 200, found), THRESHOLDS).evidence
    assert "0.99990 of the signs are right, 95 % interval [0.99988, 0.99992]" in sentence


def test_fewer_than_368_sequences_never_suffice():
    assert sequences_needed(0.99) == 368
    task = repeat_copy(2, 2)
    net = derive(task).compile()
    short, enough = (check(net, task, sequences=k, horizon=30, lifetime=False) for k in (367, 368))
    assert short.verdict == "inconclusive"
    assert "take at least 368 sequences" in short.evidence[0]
    assert enough.verdict == "consistent"


@given(st.lists(st.floats(0, 1), min_size=1, max_size=3))
def test_only_one_is_written_as_one(values: list[float]):
    shown = write_fractions(*values)
    assert all((float(text) == 1) == (value == 1) for text, value in zip(shown, values, strict=True))
    assert len(set(shown)) == len(set(values))


def test_a_file_that_names_no_activation_says_so_in_the_evidence(checked: Any):
    assert checked("T4").evidence[0] == "Its units are taken to be tanh, PyTorch's default: the file does not say."
    assert checked("T4").to_dict()["activation"] == "tanh"

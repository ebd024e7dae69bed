"""Activity without weights: what three of the four questions say of it, what they leave open, and what is refused."""

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import emt_theory as emt
from emt_theory import derive
from emt_theory.analysis import Answer, Verdict, check_recordings
from emt_theory.errors import EMTError, InvalidOption, InvalidTask
from emt_theory.evidence import compare_meetings, read_states, record
from emt_theory.evidence import meetings as meeting
from emt_theory.evidence import states as halves
from emt_theory.evidence.lasting import lasting_part
from emt_theory.tasks import LinearTask, autoregressive, compose_copy, delayed_copy, fibonacci, repeat_copy, selection

TASK = compose_copy(3)
NET = derive(TASK).compile(scheme="tanh")
FORGETFUL = delayed_copy(num_variables=4, dim=2, lag=2)


def recorded(task=TASK, net=None, count=128, horizon=60, seed=0):
    """(states, inputs, task, outputs) of inputs that meet."""
    pairs = task.pairs(count, horizon, seed)
    outputs, states = (net or derive(task).compile(scheme="tanh")).run(task.encode(pairs.inputs), steps=pairs.steps)
    return states, pairs.inputs, task, outputs


def drawn(task, count=400, horizon=60, seed=0, scheme="tanh"):
    """The same of inputs drawn at random."""
    inputs = task.sample(count, 1, seed).inputs[:, : task.num_variables]
    outputs, states = derive(task).compile(scheme=scheme).run(task.encode(inputs), steps=task.num_variables + horizon)
    return states, inputs, task, outputs


def answers(result):
    return {finding.question: str(finding.answer) for finding in result.findings}


def noise(states, size, seed=0):
    return size * np.random.default_rng(seed).normal(size=states.shape)


HELD = {"behaviour": "held", "variables": "held", "extra": "held", "use": "undecided"}


# ---------------------------------------------------------------------------------------------------------- true circuits


@pytest.mark.parametrize("task", [TASK, FORGETFUL, repeat_copy(num_variables=2, dim=1)], ids=lambda task: task.name)
def test_a_true_circuit_is_contradicted_by_nothing_and_not_called_consistent(task):
    result = check_recordings(*recorded(task))
    assert answers(result) == HELD
    assert result.verdict is Verdict.INCONCLUSIVE
    assert not result.contradicts
    assert "on recordings alone" in result.headline
    assert "nothing contradicts the circuit" in result.headline
    assert "not that they are used" in result.finding("variables").evidence
    assert "needs the network" in result.finding("use").evidence
    assert result.variables.r2_min > 0.999


def test_a_small_task_has_pairs_in_any_recording():
    result = check_recordings(*drawn(repeat_copy(num_variables=2, dim=2)))
    assert answers(result) == HELD
    assert result.extra.pairs >= 64


def test_a_large_task_has_none_and_says_what_would():
    result = check_recordings(*drawn(repeat_copy(num_variables=8, dim=4)))
    assert answers(result) == HELD | {"extra": "undecided"}
    assert "no pairs" in result.extra.reason
    assert "task.pairs(count, horizon)" in result.finding("extra").evidence


def test_pairs_are_of_equal_memories_and_no_sequence_is_in_two():
    recording = record(NET, TASK, 400, 40, seed=1)
    lasting, never = lasting_part(derive(TASK)), np.full(400, 99)
    for difference in meeting.DIFFERENCES:
        met = meeting._meet(lasting, recording, 20, difference, never, seed=0)
        chosen = list(TASK.persistent)
        here, there = recording.memory(20)[met.first], recording.memory(20 + difference)[met.second]
        assert np.array_equal(here[:, chosen], there[:, chosen])
        assert len({*met.first.tolist(), *met.second.tolist()}) == 2 * len(met.first)


def test_a_task_with_other_values_and_one_that_grows():
    thirds = LinearTask("thirds", 3, 1, ((1, 0, -1),), inputs=(Fraction(-1, 3), Fraction(1, 3)))
    states, inputs, task, outputs = recorded(thirds, derive(thirds).compile(scheme="linear"))
    as_floats = task.encode(inputs).astype(np.float32)
    assert answers(check_recordings(states, as_floats, task, outputs)) == HELD
    doubling = check_recordings(*drawn(autoregressive([2]), horizon=30, scheme="linear"))
    assert answers(doubling) == HELD | {"extra": "nothing to judge"}


def test_where_nothing_lasts_behaviour_alone_decides():
    task = autoregressive(["1/2"])
    result = check_recordings(*drawn(task, horizon=30, scheme="linear"))
    assert answers(result) == {"behaviour": "held"} | dict.fromkeys(("variables", "extra", "use"), "nothing to judge")
    assert result.verdict is Verdict.CONSISTENT
    assert "nothing lasts" in result.finding("use").evidence


# -------------------------------------------------------------------------------------------------------------- saboteurs


def test_an_extra_memory_is_found():
    states, inputs, task, outputs = recorded(FORGETFUL)
    kept = np.repeat(inputs[:, :1, :1].astype(float), states.shape[1], axis=1)
    result = check_recordings(np.concatenate([states, 0.1 * kept], axis=2), inputs, task, outputs)
    assert answers(result) == HELD | {"extra": "failed"}
    assert result.verdict is Verdict.SOLVED_OTHERWISE
    assert "contradicted by: extra" in result.headline


def test_an_extra_memory_is_found_behind_noise_and_noise_alone_is_none():
    states, inputs, task, outputs = recorded(FORGETFUL, count=256)
    kept = np.repeat(inputs[:, :1, :1].astype(float), states.shape[1], axis=1)
    both = np.concatenate([states, kept], axis=2)
    assert answers(check_recordings(both + noise(both, 0.3), inputs, task, outputs)) == HELD | {"extra": "failed"}
    result = check_recordings(states + noise(states, 0.3), inputs, task, outputs)
    assert answers(result) == HELD
    assert result.extra.first.share > 0.5
    assert "nothing else that lasts" in result.finding("extra").evidence


def test_a_clock_is_found():
    states, inputs, task, outputs = recorded()
    clock = np.broadcast_to(np.sin(2 * np.pi * np.arange(states.shape[1]) / 7)[:, None], (*states.shape[:2], 1))
    assert (
        answers(check_recordings(np.concatenate([states, clock], axis=2), inputs, task, outputs))["extra"] == "failed"
    )


def test_two_variables_in_one_direction_are_lost():
    states, inputs, task, outputs = recorded(repeat_copy(num_variables=3, dim=2))
    mixed = states.copy()
    mixed[..., 0] = mixed[..., 1] = states[..., 0] + states[..., 1]
    packed = states @ np.linalg.qr(np.random.default_rng(0).normal(size=(states.shape[2], 5)))[0]
    for broken in (mixed, packed):
        result = check_recordings(broken, inputs, task, outputs)
        assert answers(result)["variables"] == "failed"
        assert result.verdict is Verdict.SOLVED_OTHERWISE
        assert result.finding("variables").numbers["lost"] >= 1
        partial = check_recordings(broken, inputs, task, outputs, complete=False)
        assert answers(partial)["variables"] == "undecided", "other units may hold them"
        assert "they may be there" in partial.finding("variables").evidence
        assert partial.verdict is Verdict.INCONCLUSIVE


def test_products_of_the_variables_show_none_of_them():
    inputs = (task := repeat_copy(num_variables=2, dim=1)).sample(400, 1, seed=0).inputs[:, :2]
    series = np.concatenate([inputs, task.targets(inputs, 60)], axis=1)
    before = np.roll(series, 1, axis=1)
    coded = np.concatenate([series * before, np.random.default_rng(0).normal(size=series.shape) * 0], axis=2)
    assert answers(check_recordings(coded, inputs, task))["variables"] == "failed"


def test_wrong_outputs_are_not_solved():
    states, inputs, task, outputs = recorded()
    result = check_recordings(states, inputs, task, -outputs)
    assert result.verdict is Verdict.NOT_SOLVED
    assert answers(result)["behaviour"] == "failed"
    one = outputs.copy()
    one[..., 1] = outputs[..., 1] * np.random.default_rng(0).choice([-1, 1], size=outputs.shape[:2])
    assert check_recordings(states, inputs, task, one).verdict is Verdict.NOT_SOLVED


def test_sequences_that_have_lost_a_variable_are_left_out():
    states, inputs, task, outputs = recorded(FORGETFUL)
    states, outputs = states.copy(), outputs.copy()
    states[:20] = np.random.default_rng(0).normal(size=states[:20].shape)
    outputs[:20, 15:] *= -1
    result = check_recordings(states, inputs, task, outputs)
    assert result.extra.wrong == 20
    assert result.extra.share < 0.01


def test_shuffled_sequences_and_shifted_times_show_nothing():
    states, inputs, task, outputs = recorded()
    other = np.random.default_rng(0).permutation(len(states))
    assert answers(check_recordings(states[other], inputs, task, outputs))["variables"] == "failed"
    shifted = check_recordings(states[:, :-1], inputs, task, outputs[:, 1:])
    assert answers(shifted)["behaviour"] == "failed"


def test_a_reader_of_many_directions_is_not_called_well_fitted():
    """More directions than sequences: an absence, never a low R²."""
    states, inputs, task, outputs = drawn(compose_copy(3), count=64)
    wide = np.concatenate([states, np.random.default_rng(0).normal(size=(*states.shape[:2], 400))], axis=2)
    result = check_recordings(wide, inputs, task, outputs)
    assert answers(result)["variables"] == "undecided"
    assert "different sequences" in result.variables.reason


def test_what_meets_is_in_one_half_and_judged_once():
    task = repeat_copy(num_variables=8, dim=4)
    pairs = task.pairs(count=100, horizon=40)
    recording = record(derive(task).compile(scheme="tanh"), task, 1, 40, seed=0)
    outputs, states = derive(task).compile(scheme="tanh").run(pairs.inputs, steps=pairs.steps)
    episodes = task.episodes(pairs.inputs, task.targets(pairs.inputs, 40))
    recording = replace(recording, episodes=episodes, outputs=outputs, states=states)
    lasting = lasting_part(derive(task))
    kin = meeting.kinship(lasting, recording)
    assert kin.max() + 1 == 100
    assert np.array_equal(kin[:100], kin[100:200])
    fit, fresh, different = halves._halves(lasting, recording, seed=0)
    assert not set(kin[fit].tolist()) & set(kin[fresh].tolist())
    assert (len(fit), len(fresh), different) == (200, 50, 50)


# --------------------------------------------------------------------------------------------------------- what is missing


def test_without_outputs_behaviour_is_open_and_the_rest_is_asked():
    states, inputs, task, _ = recorded()
    result = check_recordings(states, inputs, task)
    assert answers(result) == HELD | {"behaviour": "undecided"}
    assert result.behaviour.reason == "no outputs were given"
    assert result.verdict is Verdict.INCONCLUSIVE
    written = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert written["behaviour"]["accuracy"] is None
    assert written["behaviour"]["reason"] == "no outputs were given"


def test_noise_above_the_signal_is_not_called_a_loss():
    states, inputs, task, outputs = recorded(count=256)
    result = check_recordings(states + noise(states, 3.0), inputs, task, outputs)
    assert answers(result)["variables"] == "undecided"
    assert "noisy" in result.finding("variables").evidence
    assert result.verdict is Verdict.INCONCLUSIVE


def test_too_few_steps_cannot_tell_noise_from_memory():
    states, inputs, task, outputs = recorded(horizon=13)
    noisy = check_recordings(states + noise(states, 0.3), inputs, task, outputs)
    assert answers(noisy)["extra"] == "undecided"
    assert "steps are too few" in noisy.extra.reason


# ------------------------------------------------------------------------------------------------------- results, as such


def test_a_result_shows_itself_and_is_strict_json():
    result = check_recordings(*recorded(), seed=3)
    written = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert [finding["question"] for finding in written["findings"]] == ["behaviour", "variables", "extra", "use"]
    assert written["variables"]["lost"] == 0
    assert written["seed"] == 3
    assert result._repr_html_().startswith("<pre>")
    assert repr(result) == "RecordingsResult('inconclusive', task='compose_copy')"
    assert len(str(result).splitlines()) == 5
    with pytest.raises(InvalidOption, match="no finding"):
        result.finding("lifetime")


def test_a_result_draws_itself():
    import matplotlib.pyplot as plt

    assert check_recordings(*recorded()).plot().get_ylabel() == "R²"
    task = autoregressive(["1/2"])
    assert check_recordings(*drawn(task, horizon=30, scheme="linear")).plot().texts
    plt.close("all")


def test_the_same_seed_gives_the_same_result():
    given = recorded()
    one, same = (check_recordings(*given, seed=5).to_dict() for _ in range(2))
    assert one == same


def test_thresholds_are_what_decides():
    strict = emt.analysis.Thresholds(variables_read=1 - 1e-9)
    result = check_recordings(*recorded(), thresholds=strict)
    assert answers(result)["variables"] == "failed"
    assert emt.check_recordings is check_recordings


def test_its_measurements_agree_with_the_instruments():
    recording = record(NET, TASK, 400, 60, seed=0)
    circuit = derive(TASK)
    result = check_recordings(recording.states, recording.episodes.inputs[:, :3], TASK, recording.outputs)
    assert read_states(circuit, recording).r2_min == result.variables.r2_min
    found = compare_meetings(circuit, recording, encoder=result.variables.encoder)
    assert found == result.extra


# -------------------------------------------------------------------------------------------------------------- bad input

STATES, INPUTS, _, OUTPUTS = recorded(count=20, horizon=30)
BROKEN = STATES.copy()
BROKEN[3, 2, 1] = np.nan
STRANGE = INPUTS.astype(float)
STRANGE[2, 0, 1] = 0.5


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"states": STATES[0]}, InvalidOption, "states must have shape"),
        ({"states": BROKEN}, InvalidOption, r"states\[3, 2, 1\] is nan"),
        ({"states": STATES[:50], "inputs": INPUTS[:50], "outputs": None}, InvalidOption, "at least 64 sequences"),
        ({"states": STATES[:, :7], "outputs": None}, InvalidOption, "at least T = 8 steps; got 7"),
        ({"states": STATES[..., :0]}, InvalidOption, "states must have shape"),
        ({"inputs": INPUTS[:-1]}, InvalidOption, r"inputs must have shape \(batch, s, d\) = \(80, 3, "),
        ({"inputs": np.pad(INPUTS, ((0, 0), (0, 5), (0, 0)))}, InvalidOption, r"pass inputs\[:, :3\]"),
        ({"inputs": STRANGE}, InvalidOption, r"inputs\[2, 0, 1\] is 0.5; the values of compose_copy are -1, 1"),
        ({"inputs": "abc"}, InvalidOption, "inputs must hold integers or floats"),
        ({"outputs": OUTPUTS[:, 1:]}, InvalidOption, "outputs must have shape"),
        ({"outputs": OUTPUTS * np.nan}, InvalidOption, "every entry must be finite"),
        ({"task": "T2"}, InvalidTask, "expected a task"),
        ({"task": repeat_copy(33, 32)}, InvalidTask, "at most 1024"),
        ({"seed": -1}, InvalidOption, "seed must be"),
        ({"thresholds": 0.5}, InvalidOption, "thresholds must be"),
        ({"complete": "yes"}, InvalidOption, "complete must be True or False"),
    ],
)
def test_bad_input_ends_in_one_clear_line(given, error, said):
    usual = {"states": STATES, "inputs": INPUTS, "task": TASK, "outputs": OUTPUTS}
    with pytest.raises(error, match=said) as caught:
        check_recordings(**usual | given)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, EMTError)


def test_values_that_grow_at_several_rates_are_not_compared():
    result = check_recordings(*drawn(fibonacci(), horizon=30, scheme="linear"))
    assert answers(result)["variables"] == "nothing to judge"
    assert "several rates" in result.finding("use").evidence


def test_a_constant_recording_holds_nothing():
    _, inputs, task, outputs = recorded()
    result = check_recordings(np.ones((len(inputs), 63, 4)), inputs, task, outputs)
    assert answers(result)["variables"] == "undecided"
    assert "do not vary" in result.variables.reason


def test_a_task_whose_values_have_one_sign_only():
    bits = LinearTask("bits", 2, 1, ((1, 0, -1),), inputs=(0, 1))
    inputs = bits.sample(200, 1, seed=0).inputs[:, :2]
    states = np.concatenate([inputs, bits.targets(inputs, 40)], axis=1).astype(float)
    states = np.concatenate([states, np.roll(states, 1, axis=1)], axis=2)
    result = check_recordings(states, inputs, bits)
    assert result.finding("extra").answer is Answer.NOTHING
    assert "other sign" in result.finding("extra").evidence
    assert selection("same", 2, [(1, 0, -1)]).is_selection

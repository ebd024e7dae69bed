"""An examination makes everything once; criteria are one list; tasks of other kinds are measured as far as there is theory."""

import json
import pickle
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import emt_theory as emt
from emt_theory import check, derive, report
from emt_theory.analysis import criteria, judge
from emt_theory.analysis.criteria import CRITERIA, Criterion
from emt_theory.analysis.findings import Answer, Finding, find
from emt_theory.analysis.verdict import Verdict, conclude
from emt_theory.errors import InvalidNetwork, InvalidOption, InvalidTask
from emt_theory.evidence import examination, spectral
from emt_theory.evidence.behaviour import watch
from emt_theory.evidence.examination import examine
from emt_theory.evidence.recording import record
from emt_theory.ground.absent import Absent
from emt_theory.networks import ElmanRNN, StateSpace, StepNetwork, state_space
from emt_theory.tasks import Marks, compose_copy, repeat_copy
from tests.tasks.toys import TOYS, EosCopy, RunningParity, Xor

TASK = compose_copy(3)


def random_network(d_in: int, d_out: int) -> ElmanRNN:
    rng = np.random.default_rng(0)
    return ElmanRNN(rng.normal(size=(12, 12)) / 4, rng.normal(size=(12, d_in)), rng.normal(size=(d_out, 12)))


def test_one_check_makes_everything_once(monkeypatch: pytest.MonkeyPatch):
    made: Counter[str] = Counter()

    def counted(name: str, function: Any) -> Any:
        def counting(*given: Any, **named: Any) -> Any:
            made[name] += 1
            return function(*given, **named)

        return counting

    makers = (
        "derive", "persistent_dynamics", "watch", "record", "transitions", "extended_transitions", "label_states", "origin_of",
        "linearize_secant", "linearize_gain", "prediction_error", "chance_levels", "vary_rank", "resample", "memories_of",
        "name_modes", "linearize_total", "lasting_part", "reading_of", "extra_memory", "use_of", "lifetime_of", "ablate", "code_of",
        "keep_examples",
    )  # fmt: skip
    for name in makers:
        home = examination if hasattr(examination, name) else spectral
        monkeypatch.setattr(home, name, counted(name, getattr(home, name)))
    spaces: list[StateSpace] = []
    made_space = StateSpace.__init__
    monkeypatch.setattr(
        StateSpace, "__init__", lambda self, net, *rest: (spaces.append(net), made_space(self, net, *rest))[1]
    )
    net = derive(TASK).compile(scheme="tanh")
    assert check(net, TASK, sequences=400, horizon=40).verdict is Verdict.CONSISTENT
    assert made == dict.fromkeys(makers, 1)
    assert sum(one is net for one in spaces) == 1, "the other state spaces are of networks without some of their modes"


@pytest.mark.parametrize("sequences", [400, 200])
def test_a_large_network_is_fitted_on_the_sequences_of_the_next_seed_and_run_once(
    sequences: int, monkeypatch: pytest.MonkeyPatch
):
    recorded: list[int] = []
    monkeypatch.setattr(examination, "record", lambda *given: (recorded.append(given[-1]), record(*given))[1])
    net = derive(TASK).compile(hidden=300, scheme="tanh")
    found = examine(net, TASK, sequences=sequences, horizon=12, seed=5)
    again = record(net, TASK, found.needed, 12, seed=6)
    assert np.array_equal(found.fit.episodes.inputs, again.episodes.inputs)
    np.testing.assert_allclose(found.fit.states, again.states, rtol=0, atol=1e-12)
    assert recorded == ([] if sequences == 400 else [6])
    others = found.needed if sequences == 400 else 0
    fresh = TASK.exam(sequences - others, 12, 5)
    assert np.array_equal(found.fresh.episodes.inputs, fresh.inputs[: len(found.fresh.states)])
    assert found.behaviour.sequences == sequences
    assert found.behaviour.measured == watch(found.space, TASK, sequences, 12, 5, others=others).behaviour.measured


def test_an_error_on_the_sequences_of_the_next_seed_counts_too():
    net = derive(TASK).compile(hidden=300, scheme="tanh")
    space, others = state_space(net), 128
    seen = watch(space, TASK, 400, 12, 0, keep=10, others=others)
    assert (len(seen.recording.states), len(seen.other.states)) == (10, others)
    wrong = watch(state_space(replace(net, W_hy=-net.W_hy, exact=None)), TASK, 400, 12, 0, others=others)
    assert seen.behaviour.sequences_right == 400
    assert wrong.behaviour.sequences_right == 0


def test_what_is_measured_is_judged_again_without_being_measured_again(monkeypatch: pytest.MonkeyPatch):
    found = examine(derive(TASK).compile(scheme="tanh"), TASK, sequences=400, horizon=40)
    first = judge(found)
    monkeypatch.setattr(examination, "reading_of", None)
    strict = judge(found, emt.analysis.Thresholds(variables_read=1 - 1e-9))
    assert (first.verdict, strict.verdict) == (Verdict.CONSISTENT, Verdict.SOLVED_OTHERWISE)
    assert strict.variables is first.variables
    assert find(strict.findings, "variables").answer is Answer.FAILED


def test_a_criterion_is_added_in_one_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def idle(x: Any, _thresholds: Any) -> Finding:
        found = int((np.abs(x.net.W_hh).sum(axis=0) == 0).sum())
        return Finding("idle", Answer.FAILED if found else Answer.HELD, f"It has {found} idle units.", {"units": found})

    monkeypatch.setattr(criteria, "CRITERIA", (*CRITERIA, Criterion("idle", "Is a unit idle?", idle)))
    monkeypatch.setattr("emt_theory.report.kinds.sections", drawn := cache(report.sections))
    task = repeat_copy(3, 1)
    lean, wide = (derive(task).compile(scheme="saturating", hidden=n) for n in (3, 5))
    results = [check(net, task, sequences=400, horizon=40) for net in (lean, wide)]
    assert [result.verdict for result in results] == [Verdict.CONSISTENT, Verdict.SOLVED_OTHERWISE]
    assert results[1].finding("idle").numbers == {"units": 2}
    assert results[1].to_dict()["findings"][-1]["evidence"] == "It has 2 idle units." in str(results[1])
    assert (part := next(p for p in drawn(results[1]) if p.title == "Is a unit idle?"))
    assert part.sentence == "It has 2 idle units."
    assert "It has 2 idle units." in report.save(results[1], tmp_path).read_text()


def test_every_criterion_answers_and_is_shown(checked: Any):
    result = checked("T4")
    assert [finding.question for finding in result.findings] == [criterion.question for criterion in CRITERIA]
    assert [finding.asks for finding in result.findings] == [criterion.asks for criterion in CRITERIA]
    for finding in result.findings:
        assert finding.answer is Answer.HELD
        assert finding.evidence in result.evidence
        assert all(value is None or np.isfinite(value) for value in finding.numbers.values())
    with pytest.raises(InvalidOption, match=r"no finding on 'spectra'; there are behaviour, variables, extra, use"):
        result.finding("spectra")


def test_findings_amount_to_a_verdict():
    solved, none, nothing = (Finding("x", answer, "") for answer in (Answer.HELD, Answer.NONE, Answer.NOTHING))
    held, failed, undecided = (Finding("x", answer, "") for answer in (Answer.HELD, Answer.FAILED, Answer.UNDECIDED))
    assert conclude([solved, none, none]) is Verdict.INCONCLUSIVE
    assert conclude([solved, nothing, nothing]) is conclude([solved, nothing, held]) is Verdict.CONSISTENT
    assert conclude([solved, held, undecided]) is Verdict.INCONCLUSIVE
    assert conclude([solved, failed, undecided]) is Verdict.SOLVED_OTHERWISE
    assert conclude([undecided, held]) is Verdict.INCONCLUSIVE
    assert conclude([failed, held]) is Verdict.NOT_SOLVED


@pytest.mark.parametrize("task", TOYS, ids=lambda task: task.name)
def test_no_linear_criterion_applies_to_tasks_of_other_kinds(task: Any, tmp_path: Path):
    result = check(random_network(task.d_in, task.d_out), task, sequences=100, horizon=20)
    assert result.verdict is Verdict.NOT_SOLVED
    assert [finding.answer for finding in result.findings] == [Answer.FAILED, *[Answer.NONE] * 3]
    for finding in result.findings[1:]:
        assert finding.evidence.startswith("No criterion applies")
        assert finding.evidence.endswith(f"{task.name} is a {task.kind} task.")
    written = result.to_dict()
    assert json.loads(json.dumps(written, allow_nan=False))["task"] == task.name
    assert written["spectrum"]["trajectory"] is written["memories"]["intertwining"] is None
    assert all(written[name]["reason"] for name in ("spectrum", "memories", "code", "use", "lifetime"))
    assert isinstance(result.circuit, Absent)
    assert "No criterion applies" in report.save(result, tmp_path).read_text()
    assert result.plot().lines


def test_a_network_that_has_a_task_of_another_kind_solves_it_and_no_more_is_said():
    parity = StepNetwork(lambda h, x: h * x, readout=[[1]], hidden=1, dim=1, initial=[1])
    result = check(parity, RunningParity(), sequences=400, horizon=30)
    assert result.finding("behaviour").answer is Answer.HELD
    assert result.behaviour.sequences_right == 400
    assert result.verdict is Verdict.INCONCLUSIVE


def test_sequences_of_every_length_are_run_and_scored_as_they_are_given():
    """A network that shows what it is given, one step later: what is scored is scored behind each sequence's own end."""
    task = EosCopy(d_out=2, shortest=3, longest=7)
    found = examine(random_network(3, 2), task, sequences=150, horizon=12)
    recording, lengths = found.fresh, found.fresh.episodes.lengths
    assert recording.outputs.shape == (150, 19, 2)
    assert {int(n) for n in lengths} == {3, 4, 5, 6, 7}
    scored = recording.episodes.scored
    assert all(np.flatnonzero(row)[0] == n and row.sum() == 12 for row, n in zip(scored, lengths, strict=True))
    alone = found.net.run(task.encode(recording.episodes.inputs[:1, : lengths[0]]), steps=19)
    assert np.allclose(alone.outputs[0], recording.outputs[0])
    right, counted = task.score(recording.outputs, recording.episodes.targets)
    mine = (right & scored[..., None]).sum() / (counted & scored[..., None]).sum()
    assert found.behaviour.accuracy == pytest.approx(mine)


def test_what_does_not_fit_is_one_line():
    with pytest.raises(
        InvalidNetwork, match="the network takes 3 inputs and shows 2 outputs, task xor gives 1 and wants 1"
    ):
        check(random_network(3, 2), Xor())
    with pytest.raises(InvalidTask, match="xor is a finite task"):
        derive(Xor())  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidOption, match="near must be two distances"):
        examine(random_network(1, 1), repeat_copy(1, 1), near=(1,))  # pyright: ignore[reportArgumentType]


class Thirds(RunningParity):
    """The sum of the inputs mod 3, shown as one number of three; scored by the nearest one."""

    kind, name, scored_as = "transducer", "sum mod 3", "symbols"

    def next(self, state, x, xp=np):
        total = (state + (x > 0)) % 3
        return total, total - 1.0

    def start(self, lengths, xp=np):
        return xp.zeros((len(lengths), 1))

    def score(self, outputs, targets, xp=np):
        return Marks(xp.abs(outputs - targets) < 0.5, xp.ones(targets.shape, dtype=bool))


def test_a_task_that_scores_in_its_own_way_is_told_in_its_own_words():
    found = check(random_network(1, 1), Thirds(), sequences=50, horizon=20)
    assert "of the symbols are right" in found.evidence[0]
    assert found.behaviour.measured.zeros == 0


class Short(RunningParity):
    """Sequences that end at their own length, although numbers are drawn for all steps."""

    name = "short"

    def draw(self, words, size, horizon, xp=np):
        given = super().draw(words, size, horizon, xp)
        return given._replace(lengths=1 + xp.arange(size) % horizon)


def test_behind_its_length_a_sequence_is_silent_for_everybody():
    episodes = Short().sample(12, 6, seed=0)
    silent = np.arange(6) >= episodes.lengths[:, None]
    assert silent.any()
    assert not episodes.inputs[silent].any()
    assert not episodes.targets[silent].any()


class Broken(RunningParity):
    """A task with one method that is wrong."""

    name = "broken"

    def __init__(self, where: str, what: Any):
        self._where, self._what = where, what

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_") and name == self._where:
            return lambda *given, **named: self._what(getattr(super(Broken, self), name)(*given, **named))
        return super().__getattribute__(name)


@pytest.mark.parametrize(
    ("where", "what", "message"),
    [
        (
            "draw",
            lambda given: given._replace(inputs=given.inputs[:, :, :0]),
            r"inputs of the task 'broken' must have shape",
        ),
        (
            "draw",
            lambda given: given._replace(inputs=given.inputs * np.nan),
            "inputs of the task 'broken' must be finite",
        ),
        ("draw", lambda given: given._replace(scored=np.ones((8, 5))), "must say by booleans what is scored"),
        ("draw", lambda given: given._replace(scored=np.zeros((8, 5), bool)), "scored steps where its window has none"),
        ("draw", lambda given: given._replace(lengths=np.zeros(8, int)), "lengths as integers from 1 to 5"),
        ("draw", lambda given: None, "cannot be drawn: TypeError"),
        ("window", lambda window: (5, 5), "cannot be drawn: AttributeError"),
        ("window", lambda window: window._replace(quiet=5), "needs a window with 1 ≤ fed ≤ steps"),
        ("next", lambda pair: (pair[0], pair[1] / 0 * 0), "targets of the task 'broken' must be finite"),
        ("next", lambda pair: 1 / 0, "cannot be drawn: ZeroDivisionError: division by zero"),
        ("words", lambda count: "many", "cannot be drawn"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_task_that_is_wrong_somewhere_is_told_where(where: str, what: Any, message: str):
    with pytest.raises(InvalidTask, match=message) as caught:
        Broken(where, what).sample(8, 5, seed=0)
    assert "\n" not in str(caught.value)


def test_tasks_are_the_same_when_they_were_given_the_same():
    assert EosCopy(2, 3, 4) == EosCopy(2, 3, 4) != EosCopy(2, 3, 5)
    assert len({EosCopy(2, 3, 4), EosCopy(2, 3, 4), EosCopy(2, 3, 5), Xor()}) == 3


def test_an_examination_is_judged_by_the_conventions_that_it_was_made_with():
    found = examine(derive(TASK).compile(), TASK, 20, 20, conventions=emt.evidence.conventions.Conventions(modulus=0.5))
    with pytest.raises(InvalidOption, match=r"made with modulus = 0\.5, thresholds have 0\.9; examine with them"):
        judge(found)


def test_an_examination_can_be_sent_elsewhere():
    found = examine(derive(TASK).compile(scheme="tanh"), TASK, sequences=20, horizon=20)
    assert pickle.loads(pickle.dumps(found)).behaviour == found.behaviour

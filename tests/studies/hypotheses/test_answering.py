"""Claims are decided by what networks say; what says nothing is counted, never dropped."""

import json

import numpy as np
import pytest

from emt_theory.errors import InvalidOption
from emt_theory.ground.palette import INK
from emt_theory.studies import Checking, Decision, Store, StoredRun, answer
from emt_theory.tasks import fibonacci
from tests.studies.hypotheses.claims import hypothesis, of_seed, population
from tests.studies.populations import TASK, Fatal


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("hypotheses") / "runs")


@pytest.fixture
def ask(store):
    return lambda **changes: answer(hypothesis(**changes), store, workers=0).answers[0]


def test_the_three_answers(ask):
    assert ask().decision is Decision.SUPPORTED
    assert ask(holds=of_seed(5)).decision is Decision.UNDECIDED
    refuted = ask(holds=of_seed(0))
    assert (refuted.decision, refuted.held, refuted.networks, refuted.units) == (Decision.REFUTED, 0, 8, 8)
    assert (refuted.estimate, refuted.low) == (0, 0)
    assert refuted.high == pytest.approx(1 - 0.025 ** (1 / 8))
    assert ask(holds=of_seed(0), at_least=None, at_most=0.4).decision is Decision.SUPPORTED


def test_statistics(ask):
    found = ask(statistic=lambda run: run.labels["seed"] + np.float32(0.5), at_least=0)
    assert (found.decision, found.estimate, found.low, found.high, found.held) == (
        Decision.SUPPORTED,
        4.0,
        0.5,
        7.5,
        None,
    )
    assert found.worst.value == 0.5
    (one,) = [
        look for look in ask(statistic=lambda run: float(run.labels["seed"]), at_least=0).looks if look.value == 1
    ]
    assert ": 1; accuracy" in str(one)  # a number, not a truth value
    assert ask(statistic=lambda run: run.labels["seed"], at_least=None, at_most=7).worst.value == 7


def test_the_picture_has_a_row_for_each_claim(store):
    """Interval and bound of a share stand where their numbers are; a statistic without a finite interval is drawn to the ends of its row."""
    one = hypothesis(holds=of_seed(5), at_least=0.5)
    other = hypothesis(statistic=lambda run: np.nan, at_least=3)
    found = answer([one, other], store, workers=0)
    ax = found.plot()
    assert [label.get_text() for label in ax.get_yticklabels()] == [one.claim, other.claim]
    first = [line.get_xydata().tolist() for line in ax.lines if line.get_ydata()[0] == 0]
    assert [[found.answers[0].low, 0], [found.answers[0].high, 0]] in first
    assert next(line for line in ax.lines if line.get_color() == INK).get_xdata()[0] == one.at_least
    assert [line.get_xdata().tolist() for line in ax.lines if line.get_ydata()[0] == 1][1] == [0, 1]
    assert ax.get_title(loc="left").startswith("2 undecided")
    assert found.plot(ax) is ax


def test_the_worst_network_is_attached_and_can_be_looked_at(ask, store):
    found = ask(holds=of_seed(6))
    assert found.worst.value is False
    failing = [look for look in found.looks if look.value is False]
    assert found.worst.accuracy == min(look.accuracy for look in failing)
    assert store[found.worst.run].labels["seed"] in (6, 7)
    assert f"the worst: {found.worst.run}, repeat_copy, hidden 4" in str(found)
    line = str(found).splitlines()[-1].strip().replace("emt.studies.", "")
    assert eval(line, {"Store": Store}) == store[found.worst.run].network()


def raises(run):
    if run.labels["seed"] == 3:
        raise ValueError("not\ntoday")
    return True


@pytest.mark.parametrize(
    ("holds", "reason"),
    [
        (raises, "ValueError: not"),
        (lambda run: 1 if run.labels["seed"] == 3 else True, "holds must return True or False; got 1"),
        (lambda run: None if run.labels["seed"] == 3 else np.True_, "holds must return True or False; got None"),
    ],
)
def test_a_predicate_without_an_answer_is_named_and_counts_both_ways(ask, holds, reason):
    found = ask(holds=holds)
    (look,) = found.unanswered
    assert look.reason == reason
    assert (found.held, found.networks, found.estimate) == (7, 8, 1)
    assert (found.low, found.high) == (ask(holds=of_seed(7)).low, 1)  # against the claim below, for it above
    assert found.decision is Decision.UNDECIDED
    (line,) = [line for line in str(found).splitlines() if reason in line]
    assert look.run in line
    assert ask(holds=holds, at_least=0.4).decision is Decision.SUPPORTED  # so few that they do not matter


@pytest.mark.parametrize("value", [float("nan"), None, "much", True, np.inf])
def test_a_statistic_without_a_number_is_named_and_may_be_anything(ask, value):
    found = ask(statistic=lambda run: value if run.labels["seed"] == 3 else run.labels["seed"], at_least=-1)
    assert found.unanswered[0].reason.startswith("statistic must return a finite number; got ")
    assert (found.low, found.decision) == (-np.inf, Decision.UNDECIDED)
    assert found.to_dict()["low"] is None
    assert found.estimate == np.median([0, 1, 2, 4, 5, 6, 7])


def test_a_run_that_fails_is_named_and_the_others_are_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("FATAL", "raise")
    some = population(tasks=[Fatal()], seeds=8)
    (found,) = answer(hypothesis(population=some), tmp_path / "runs", workers=0).answers
    assert len(found.unanswered) == 8
    assert found.unanswered[0].reason == "it was not trained: ValueError: not today"
    assert (found.decision, found.estimate, found.low, found.high, found.worst) == (
        Decision.UNDECIDED,
        None,
        0,
        1,
        None,
    )
    monkeypatch.delenv("FATAL")
    assert answer(hypothesis(population=some), tmp_path / "runs", workers=0).answers[0].unanswered
    again = answer(hypothesis(population=some), tmp_path / "runs", workers=0, retry=True)
    assert (again.supported, again.answers[0].unanswered) == (True, ())


def test_those_that_do_not_solve_are_counted_beside(ask, monkeypatch):
    monkeypatch.setattr(StoredRun, "solved", property(lambda run: run.labels["seed"] != 2))
    some = population(seeds=9, check=Checking(4, 4))
    found = ask(population=some, solved_only=True, holds=lambda run: run.labels["seed"] != 2)
    assert (found.decision, found.networks, found.unsolved, found.units, found.held) == (Decision.SUPPORTED, 8, 1, 8, 8)
    assert "of those that solve their task; 1 more do not, and are left out" in str(found)
    assert [look.left_out for look in found.looks] == [k == 2 for k in range(9)]
    everyone = ask(population=some, holds=lambda run: run.labels["seed"] != 2)
    assert (everyone.networks, everyone.unsolved, everyone.held) == (9, 0, 8)
    monkeypatch.setattr(StoredRun, "solved", property(lambda run: None))
    none = ask(population=some, solved_only=True)
    assert (none.decision, none.estimate, none.networks, none.unsolved) == (Decision.UNDECIDED, None, 0, 9)


def test_networks_of_a_task_count_as_one(ask):
    tasks = [TASK, fibonacci(2, 1)]
    two = population(tasks=tasks, seeds=10, drawn="seeds")
    found = ask(population=two, holds=lambda run: run.labels["task"] == "fibonacci", at_least=0.4)
    assert (found.networks, found.units, found.estimate) == (20, 10, 0.5)
    assert "10 of 20 networks in 10 seeds" in str(found)
    with pytest.raises(InvalidOption, match="needs 10 tasks that are all as claimed, and has 2: too few"):
        ask(population=population(tasks=tasks, seeds=10), at_least=0.4)


def test_a_sequential_claim_stops_when_it_is_decided(tmp_path):
    some = population(seeds=40)
    (found,) = answer(
        hypothesis(population=some, holds=of_seed(40), sequential=True), tmp_path / "runs", workers=0
    ).answers
    assert (found.decision, found.units) == (Decision.SUPPORTED, 11)
    assert len(Store(tmp_path / "runs")) == 16  # trained eight at a time
    (against,) = answer(
        hypothesis(population=some, holds=of_seed(0), sequential=True), tmp_path / "runs", workers=0
    ).answers
    assert (against.decision, against.units < 11) == (Decision.REFUTED, True)
    (open_,) = answer(
        hypothesis(population=population(seeds=11), holds=of_seed(8), sequential=True), tmp_path / "runs", workers=0
    ).answers
    assert (open_.decision, open_.units) == (Decision.UNDECIDED, 11)


def test_several_claims_share_the_confidence(store):
    some = population(seeds=12)
    found = answer([hypothesis(population=some, holds=of_seed(12)), hypothesis(population=some, holds=of_seed(0))], store, workers=0)  # fmt: skip
    assert [one.confidence for one in found.answers] == [0.975, 0.975]
    assert (found.supported, found.claims) == (False, 2)
    assert found.answers[0].low == pytest.approx(0.0125 ** (1 / 12))
    assert str(found).endswith("2 claims; the intervals hold together (Bonferroni)")


def test_as_json(ask, store):
    found = answer(hypothesis(), store, workers=0)
    told = json.loads(found.as_file(), parse_constant=pytest.fail)
    (one,) = told["answers"]
    assert (told["supported"], told["claims"]) == (True, 1)
    assert {
        "claim",
        "answer",
        "estimate",
        "low",
        "high",
        "confidence",
        "estimator",
        "units",
        "networks",
        "worst",
    } < set(one)
    assert (one["answer"], one["estimator"], len(one["runs"])) == ("supported", "Clopper–Pearson", 8)
    assert one["worst"]["folder"] == str(store.folder(one["worst"]["run"]))


def test_what_is_no_claim_is_refused(store):
    for given, message in (
        (3, "hypotheses must be a list"),
        ([3], "a Hypothesis, or a list of them; got 3"),
        ([], "there is no hypothesis"),
    ):
        with pytest.raises(InvalidOption, match=message):
            answer(given, store)

"""How the three questions behind behaviour are judged, from measurements that are made up: laws, and judges that break them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.analysis import THRESHOLDS
from emt_theory.analysis.criteria import judge_extra, judge_use, judge_variables
from emt_theory.analysis.findings import Answer, Finding
from emt_theory.evidence.company import Company, Share
from emt_theory.evidence.extra import ExtraMemory
from emt_theory.evidence.lasting import lasting_part
from emt_theory.evidence.use import VariableUse
from emt_theory.evidence.variables import VariableReading
from emt_theory.ground.absent import Absent
from emt_theory.tasks import from_rule

Judge = Callable[[Any, Any], Finding]
HELD, FAILED, UNDECIDED = Answer.HELD, Answer.FAILED, Answer.UNDECIDED
WHY = Absent("the recording is too short")

LASTING = lasting_part(derive(from_rule(lambda u: [u[1][0], -u[3][1]], num_variables=3, dim=2)))
"""Four variables: three that go round, 0, 1 and 3, and one that stays, 2."""

NAMES = ("the cycle of length 3 through component 1 of block 1", "the cycle of length 1 through component 0 of block 3")


def reading(low: float, high: float, *r2: float, whole: float = 1.0, combinations: Any = None) -> VariableReading:
    """R² of four combinations, those of `combinations` or the variables themselves, in the order in which they are lost."""
    values = np.array([*r2, *[1.0] * (4 - len(r2))])
    chosen = np.eye(4) if combinations is None else combinations
    return VariableReading(LASTING, values, chosen, low, high, whole, 6, *[np.zeros((4, 4))] * 4, *[np.zeros(4)] * 2, 9)  # pyright: ignore


def shares(share: float, low: float, high: float, size: float | None = 1.0, **more: Any) -> ExtraMemory:
    return ExtraMemory(int(share > 0.5), share, low, high, size, -1, 100, 256, 0, 4, 4, **more)


def used(right: int, low: float, high: float, **more: Any) -> VariableUse:
    found = VariableUse(
        edits=100,
        sequences=100,
        sequences_right=right,
        low=low,
        high=high,
        predicted=500,
        seen=490,
        staying=500,
        unpredicted=3,
        noop_changes=0,
        by_variable=((25, right // 4),) * 4,
        names=tuple("abcd"),
        slots=None,
        times=(9,),
        example=None,
    )
    return replace(found, **more)


GOOD, POOR, OPEN = Share(0.98, 0.95, 1.0), Share(0.5, 0.4, 0.6), Share(0.9, 0.85, 0.95)
"""Shares above 0.9, below, and neither."""


def looked_again(
    together: Share = GOOD, pushed: Share = GOOD, undone: Share = POOR, never: tuple[str, ...] = (), **more: Any
) -> VariableUse:
    """Changes that failed, and what a second look saw."""
    return replace(used(40, 0.3, 0.5), company=Company(64, 64, together, pushed, undone, "a", 2, 3, never), **more)


STRADDLING = {"sequences_right": 88, "low": 0.80, "high": 0.94}

CASES = {
    judge_variables: (
        (reading(0.90, 0.99, 0.95), HELD),
        (reading(0.501, 0.52, 0.51), HELD),
        (reading(0.10, 0.30, 0.20), FAILED),
        (reading(-3.0, -1.0, -2.0), FAILED),
        (reading(0.10, 0.30, 0.20, whole=0.1), FAILED),
        (reading(0.45, 0.70, 0.60), UNDECIDED),
        (reading(0.30, 0.60, 0.45), UNDECIDED),
        (reading(0.30, 0.60, 0.45, whole=0.2), UNDECIDED),
        (WHY, UNDECIDED),
    ),
    judge_extra: (
        (shares(1e-9, 0.0, 1e-8), HELD),
        (shares(0.3, 0.2, 0.45), HELD),
        (shares(1.0, 0.9, 1.1), FAILED),
        (shares(1.0, 0.9, 1.1, size=None), FAILED),
        (shares(1.0, 0.9, 1.1, size=5e-4), FAILED),
        (shares(1.0, 0.9, 1.1, size=4.9e-4), HELD),
        (shares(0.45, 0.4, 0.55), UNDECIDED),
        (shares(0.55, 0.45, 0.7), UNDECIDED),
        (shares(0.55, 0.45, 0.7, size=1e-6), HELD),
        (shares(1.0, 0.9, 1.1, once="only 3 of 256 pairs of runs are right so far"), FAILED),
        (shares(0.2, 0.1, 0.3, first=shares(1.0, 0.9, 1.1)), HELD),
        (WHY, UNDECIDED),
    ),
    judge_use: (
        (used(100, 0.96, 1.0), HELD),
        (used(95, 0.91, 0.98), HELD),
        (used(40, 0.3, 0.5), FAILED),
        (used(92, 0.85, 0.97), UNDECIDED),
        (used(88, 0.80, 0.94), UNDECIDED),
        (used(98, 0.93, 1.0, by_variable=((25, 0), (25, 25), (25, 25), (25, 25))), FAILED),
        (used(98, 0.93, 1.0, by_variable=((0, 0), (33, 33), (33, 33), (33, 33))), HELD),
        (used(100, 0.96, 1.0, noop_changes=1), UNDECIDED),
        (used(40, 0.3, 0.5, noop_changes=1), UNDECIDED),
        (used(100, 0.96, 1.0, predicted=0, seen=0), Answer.NOTHING),
        (looked_again(), HELD),
        (looked_again(**STRADDLING), HELD),
        (looked_again(sequences_right=98, low=0.93, high=1.0, by_variable=((25, 0), *[(25, 25)] * 3)), HELD),
        (looked_again(together=POOR), FAILED),
        (looked_again(pushed=POOR), FAILED),
        (looked_again(undone=GOOD), FAILED),
        (looked_again(never=("a",)), FAILED),
        (looked_again(pushed=POOR, **STRADDLING), UNDECIDED),
        (looked_again(together=OPEN), UNDECIDED),
        (looked_again(pushed=OPEN), UNDECIDED),
        (looked_again(undone=Share(0.9, 0.85, 0.95)), UNDECIDED),
        (looked_again(pushed=OPEN, undone=GOOD), FAILED),
        (looked_again(together=POOR, sequences_right=95, low=0.91, high=0.98), HELD),
        (looked_again(noop_changes=1), UNDECIDED),
        (looked_again(predicted=0, seen=0), Answer.NOTHING),
        (replace(used(40, 0.3, 0.5), company=Absent("9 variables have too many products")), FAILED),
        (WHY, UNDECIDED),
    ),
}  # fmt: skip


def assert_judged_by_the_whole_interval(judging: Judge, question: Judge):
    """The law: an interval is on one side of the threshold, or nothing is said; what is not there is not judged."""
    for measured, answer in CASES[question]:
        found = judging(measured, THRESHOLDS)
        assert found.answer is answer, (measured, found)
        assert "\n" not in found.evidence
        assert "nan" not in found.evidence.lower()
        if isinstance(measured, Absent):
            assert measured.reason in found.evidence


@pytest.mark.parametrize("question", CASES)
def test_each_is_judged_by_its_whole_interval(question: Judge):
    assert_judged_by_the_whole_interval(question, question)


BETTER = {judge_variables: lambda x: x > 0.5, judge_extra: lambda x: x < 0.5, judge_use: lambda x: x > 0.9}
ESTIMATE = {
    judge_variables: lambda found: found.r2_min,
    judge_extra: lambda found: found.share,
    judge_use: lambda found: found.sequences_right / found.sequences,
}


def by(number: Callable[[Judge, Any], float]) -> Callable[[Judge], Judge]:
    """A judge by one number of a measurement, where the true one goes by the interval and nothing else speaks against it."""

    def sabotage(question: Judge) -> Judge:
        def judging(measured: Any, thresholds: Any) -> Finding:
            found = question(measured, thresholds)
            if isinstance(measured, Absent) or found.answer not in (HELD, FAILED, UNDECIDED):
                return found
            if getattr(measured, "noop_changes", 0) or getattr(measured, "never_right", ()):
                return found
            if (size := getattr(measured, "size", None)) is not None and size < thresholds.extra_size:
                return found
            return replace(found, answer=HELD if BETTER[question](number(question, measured)) else FAILED)

        return judging

    return sabotage


def keeping_quiet_about_what_is_absent(question: Judge) -> Judge:
    def judging(measured: Any, thresholds: Any) -> Finding:
        found = question(measured, thresholds)
        return replace(found, answer=HELD) if isinstance(measured, Absent) else found

    return judging


@pytest.mark.parametrize("question", CASES)
@pytest.mark.parametrize(
    "sabotage",
    [
        by(lambda question, found: ESTIMATE[question](found)),
        by(lambda question, found: found.low),
        by(lambda question, found: found.high),
        keeping_quiet_about_what_is_absent,
    ],
    ids=["by the point estimate", "by the lower end", "by the upper end", "quiet about what is absent"],
)
def test_saboteurs_of_each_are_caught(question: Judge, sabotage: Callable[[Judge], Judge]):
    with pytest.raises(AssertionError):
        assert_judged_by_the_whole_interval(sabotage(question), question)


def by_the_whole_state(found: Any, thresholds: Any) -> Finding:
    if isinstance(found, Absent):
        return judge_variables(found, thresholds)
    return judge_variables(replace(found, low=found.whole_state, high=found.whole_state), thresholds)


def by_the_mean(found: Any, thresholds: Any) -> Finding:
    if isinstance(found, Absent):
        return judge_variables(found, thresholds)
    shift = float(found.r2.mean()) - found.r2_min
    return judge_variables(replace(found, low=found.low + shift, high=found.high + shift), thresholds)


def whatever_its_size(found: Any, thresholds: Any) -> Finding:
    return judge_extra(found if isinstance(found, Absent) else replace(found, size=None), thresholds)


def small_by_default(found: Any, thresholds: Any) -> Finding:
    return judge_extra(found if isinstance(found, Absent) else replace(found, size=found.size or 0.0), thresholds)


def by_the_first_look(found: Any, thresholds: Any) -> Finding:
    return judge_extra(found if isinstance(found, Absent) or not found.first else found.first, thresholds)


def with_a_blind_eye_to_single_variables(found: Any, thresholds: Any) -> Finding:
    return judge_use(found if isinstance(found, Absent) else replace(found, by_variable=((1, 1),) * 4), thresholds)


def trusting_its_edits(found: Any, thresholds: Any) -> Finding:
    return judge_use(found if isinstance(found, Absent) else replace(found, noop_changes=0), thresholds)


def seeing(**blind: Share | tuple[str, ...]) -> Judge:
    """A judge that looks again, and takes one thing that it should see for this."""

    def judging(found: Any, thresholds: Any) -> Finding:
        company = getattr(found, "company", None)
        return judge_use(replace(found, company=replace(company, **blind)) if company else found, thresholds)

    return judging


def by_the_second_look(found: Any, thresholds: Any) -> Finding:
    if isinstance(found, Absent) or not found.company or found.noop_changes or not found.predicted:
        return judge_use(found, thresholds)
    return judge_use(replace(found, sequences_right=40, low=0.3, high=0.5), thresholds)


def by_the_first_look_alone(found: Any, thresholds: Any) -> Finding:
    return judge_use(found if isinstance(found, Absent) else replace(found, company=None), thresholds)


def by_the_share_of_flips(found: Any, thresholds: Any) -> Finding:
    if isinstance(found, Absent) or not found.predicted or found.noop_changes or found.never_right:
        return judge_use(found, thresholds)
    return replace(judge_use(found, thresholds), answer=HELD if found.predicted_flips_seen > 0.9 else FAILED)


@pytest.mark.parametrize(
    ("question", "sabotaged"),
    [
        (judge_variables, by_the_whole_state),
        (judge_variables, by_the_mean),
        (judge_extra, whatever_its_size),
        (judge_extra, small_by_default),
        (judge_extra, by_the_first_look),
        (judge_use, with_a_blind_eye_to_single_variables),
        (judge_use, trusting_its_edits),
        (judge_use, by_the_share_of_flips),
        (judge_use, by_the_second_look),
        (judge_use, by_the_first_look_alone),
        (judge_use, seeing(together=GOOD)),
        (judge_use, seeing(pushed=GOOD)),
        (judge_use, seeing(undone=POOR)),
        (judge_use, seeing(never=())),
    ],
)
def test_saboteurs_that_look_at_something_else_are_caught(question: Judge, sabotaged: Judge):
    with pytest.raises(AssertionError):
        assert_judged_by_the_whole_interval(sabotaged, question)


def turned(angle: float) -> Any:
    """The worst combination lies between a variable that goes round and the one that stays."""
    c, s = np.cos(angle), np.sin(angle)
    both = np.eye(4)[:, [0, 2, 1, 3]]
    both[np.ix_([0, 2], [0, 1])] = [[c, -s], [s, c]]
    return both


MIXED = np.arccos(np.sqrt(0.2))
LOST = (
    (reading(0.1, 0.2, 0.15, combinations=np.eye(4)[:, [2, 0, 1, 3]]), 1),
    (reading(0.1, 0.2, 0.15), 1),
    (reading(0.1, 0.2, 0.15, 0.3), 2),
    (reading(0.1, 0.2, 0.15, 0.3, 0.4), 3),
    (reading(0.1, 0.2, 0.15, combinations=turned(MIXED)), 1),
)


def lost_on_each(found: VariableReading) -> list[float]:
    """By hand: the squared entries of the combinations that are lost, of the rows of each cycle."""
    assert LASTING.cycles is not None
    lost = found.combinations[:, np.flatnonzero(found.r2 < 0.5)] ** 2
    return [float(sum(lost[j].sum() for j in cycle)) for cycle in LASTING.cycles]


def assert_lost_variables_are_named(judging: Judge):
    """The law: so many dimensions, and for each cycle that lost half of one or more, how many."""
    for found, count in LOST:
        finding = judging(found, THRESHOLDS)
        assert finding.answer is FAILED
        assert (finding.numbers["lost"], f"{count} of 4 dimensions are lost" in finding.evidence) == (count, True)
        for share, name in zip(lost_on_each(found), NAMES, strict=True):
            assert (f"{share:.1f} on {name}" in finding.evidence) is (share >= 0.5), (share, finding.evidence)


def test_lost_variables_are_named_by_cycle():
    assert LASTING.cycles == ((0, 1, 3), (2,))
    assert_lost_variables_are_named(judge_variables)


def naming_what_is_kept(found: VariableReading, thresholds: Any) -> Finding:
    return judge_variables(replace(found, combinations=found.combinations[:, ::-1]), thresholds)


def naming_the_first_variables(found: VariableReading, thresholds: Any) -> Finding:
    return judge_variables(replace(found, combinations=np.eye(4)), thresholds)


def counting_one(found: VariableReading, thresholds: Any) -> Finding:
    return judge_variables(replace(found, r2=np.array([found.r2_min, 1, 1, 1])), thresholds)


@pytest.mark.parametrize("sabotaged", [naming_what_is_kept, naming_the_first_variables, counting_one])
def test_saboteurs_of_the_names_are_caught(sabotaged: Judge):
    with pytest.raises(AssertionError):
        assert_lost_variables_are_named(sabotaged)


def test_what_fails_is_never_told_as_nothing_lost():
    """A percentile interval of the worst of many may lie below the estimate: its truth is biased."""
    found = judge_variables(reading(0.40, 0.49, 0.51), THRESHOLDS)
    assert "0 of" not in found.evidence


def test_what_is_shown_and_not_used_is_told():
    assert "The state shows them (R² 1.000)" in judge_variables(reading(0.1, 0.3, 0.2), THRESHOLDS).evidence
    assert "The state shows" not in judge_variables(reading(0.1, 0.3, 0.2, whole=0.4), THRESHOLDS).evidence


def test_a_variable_that_is_wrong_each_time_is_named():
    def never(*wrong: int) -> str:
        edits = tuple((25, 0 if j in wrong else 25) for j in range(4))
        return judge_use(used(98, 0.93, 1.0, by_variable=edits), THRESHOLDS).evidence

    assert never(2).startswith("Of 1 of its variables no change does what it should: c; ")
    assert never(0, 3).startswith("Of 2 of its variables no change does what it should: a, d; ")
    assert never(0, 1, 2, 3).startswith("Of 4 of its variables no change does what it should: a, b, c, …; ")


def test_a_second_look_that_cannot_be_taken_is_told():
    for first in (used(40, 0.3, 0.5), used(88, 0.80, 0.94)):
        alone, found = (judge_use(replace(first, company=company), THRESHOLDS) for company in (None, WHY))
        assert found.answer is alone.answer
        assert found.evidence == f"{alone.evidence} A second look, with products, was not possible: {WHY}."
    held = used(98, 0.93, 1.0)
    assert judge_use(replace(held, company=WHY), THRESHOLDS) == judge_use(held, THRESHOLDS)


def test_a_second_look_at_use_is_told():
    held, failed = (judge_use(found, THRESHOLDS) for found in (looked_again(), looked_again(pushed=POOR)))
    seen = (
        "with these, outputs follow in 0.9800 [0.9500, 1.0000] of 64 sequences; by itself, a variable pushed twice as far turns in {}, "
        "and 0.5000 [0.4000, 0.6000] of the changes of a are undone."
    )
    assert (
        held.evidence
        == f"It uses its variables, in company with their products: {seen.format('0.9800 [0.9500, 1.0000]')}"
    )
    assert failed.evidence.startswith("Its variables are not the causes that they should be")
    assert failed.evidence.endswith(f" In company with their products: {seen.format('0.5000 [0.4000, 0.6000]')}")
    assert (held.numbers["undone_high"], held.numbers["together"], failed.numbers["pushed_low"]) == (0.6, 0.98, 0.4)


def test_a_second_look_and_a_single_one_are_told():
    gone = judge_extra(shares(0.2, 0.1, 0.3, first=shares(1.3, 1.2, 1.4)), THRESHOLDS).evidence
    assert "What differs at t = 100 (share 1.30) is gone by" in gone
    once = judge_extra(shares(1.0, 0.9, 1.1, once="a network of this size is not run so far"), THRESHOLDS).evidence
    assert "(looked at once: a network of this size is not run so far)" in once

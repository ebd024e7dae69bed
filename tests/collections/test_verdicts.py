"""The operating characteristic of the verdict: planted circuits are consistent, impostors are not, and the question that must catch one does.

`python -m tests.collections.operating` prints the table of docs/verdicts.md.
"""

import pytest

from emt_theory import train
from emt_theory.analysis import Answer, Verdict
from tests.collections.entry import Entry
from tests.collections.impostors import IMPOSTORS
from tests.collections.operating import judge_network
from tests.collections.planted import PLANTED
from tests.collections.trained import PROTOCOL, TASKS, listed, task

BRIEF = {"sequences": 400, "horizon": 100}
"""For one of each family; all of them are asked at the defaults, in the slow suite."""

EXCEPTIONS = {
    (1, 9, 0): Verdict.SOLVED_OTHERWISE,
    (25, 12, 0): Verdict.SOLVED_OTHERWISE,
}
"""The trained networks (k, N, seed) that solve their task and are not called consistent."""


def smallest(entries: tuple[Entry, ...]) -> list[Entry]:
    """One of each family, on the task with the fewest components."""
    found: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda entry: entry.task.components):
        found.setdefault(entry.family, entry)
    return list(found.values())


def assert_caught(entry: Entry, **given: int) -> None:
    verdict, findings = judge_network(entry.network(), entry.task, **given)
    assert verdict in (Verdict.SOLVED_OTHERWISE, Verdict.NOT_SOLVED), [f.evidence for f in findings]
    assert {f.question for f in findings if f.answer is Answer.FAILED} & entry.caught_by


def assert_consistent(entry: Entry, **given: int) -> None:
    verdict, findings = judge_network(entry.network(), entry.task, **given)
    assert verdict is Verdict.CONSISTENT, [f.evidence for f in findings]


@pytest.mark.parametrize(
    "entry",
    [pytest.param(entry, marks=[pytest.mark.slow] if k % 6 else []) for k, entry in enumerate(smallest(IMPOSTORS))],
    ids=str,
)
def test_one_impostor_of_each_family_is_caught(entry: Entry):
    assert_caught(entry, **BRIEF)


@pytest.mark.parametrize("entry", smallest(PLANTED), ids=str)
def test_one_planted_circuit_of_each_family_is_consistent(entry: Entry):
    if entry.family != "large":
        assert_consistent(entry, **BRIEF)


def test_the_two_laws_hold_each_other():
    with pytest.raises(AssertionError):
        assert_caught(smallest(PLANTED)[0], **BRIEF)
    with pytest.raises(AssertionError):
        assert_consistent(smallest(IMPOSTORS)[0], **BRIEF)


@pytest.mark.slow
@pytest.mark.parametrize("entry", IMPOSTORS, ids=str)
def test_every_impostor_is_caught(entry: Entry):
    assert_caught(entry)


@pytest.mark.slow
@pytest.mark.parametrize("entry", PLANTED, ids=str)
def test_every_planted_circuit_is_consistent(entry: Entry):
    assert_consistent(entry)


@pytest.mark.slow
@pytest.mark.parametrize("k", range(TASKS))
def test_trained_networks_that_solve_their_task_are_consistent(k: int):
    for _, _, _, _, hidden, seed in sorted({row for row in listed() if row.k == k}):
        verdict, (solved, *others) = judge_network(
            train(task(k), hidden=hidden, seed=seed, protocol=PROTOCOL).net, task(k)
        )
        if solved.answer is Answer.HELD:
            expected = EXCEPTIONS.get((k, hidden, seed), Verdict.CONSISTENT)
            assert verdict is expected, [finding.evidence for finding in others]
        else:
            assert verdict in (Verdict.NOT_SOLVED, Verdict.INCONCLUSIVE)

"""The rule that decides errs no more often than it says, and what cannot be asked is refused."""

from math import comb

import numpy as np
import pytest

from emt_theory.errors import EMTError, InvalidOption, InvalidTask
from emt_theory.studies import Checking, Decision, Hypothesis, Population
from emt_theory.tasks import delayed_copy, fibonacci
from tests.studies.hypotheses.claims import hypothesis, population
from tests.studies.populations import GRID, TASK, run


def zeros_and_ones(right, total):
    return np.repeat([1.0, 0.0], [right, total - right])


def decisions(decide, total):
    """By how many of so many networks have it."""
    return [decide(zeros_and_ones(right, total)) for right in range(total + 1)]


def probability(decided, wanted, share):
    """Of a decision, where independent networks have it with this share; exact."""
    total = len(decided) - 1
    return sum(
        comb(total, right) * share**right * (1 - share) ** (total - right)
        for right, one in enumerate(decided)
        if one is wanted
    )


@pytest.mark.parametrize("bound", [0.5, 0.8])
@pytest.mark.parametrize("sequential", [False, True])
def test_false_answers_are_as_rare_as_it_says(bound, sequential):
    for total in (9, 60):
        at_least = decisions(hypothesis(at_least=bound, sequential=sequential).decide, total)
        at_most = decisions(hypothesis(at_least=None, at_most=bound, sequential=sequential).decide, total)
        assert probability(at_least, Decision.SUPPORTED, bound - 1e-9) <= 0.025
        assert probability(at_least, Decision.REFUTED, bound) <= 0.025
        assert probability(at_most, Decision.SUPPORTED, bound + 1e-9) <= 0.025
        assert probability(at_most, Decision.REFUTED, bound) <= 0.025
    assert probability(at_least, Decision.SUPPORTED, 1) == 1
    assert probability(at_least, Decision.REFUTED, 0.1) > 0.99
    assert probability(at_most, Decision.REFUTED, 1) == 1
    assert probability(at_most, Decision.SUPPORTED, 0.1) > 0.99


def test_saboteur_a_rule_that_looks_at_the_estimate_alone_is_seen():
    def decide(values):
        return Decision.SUPPORTED if values.mean() >= 0.8 else Decision.REFUTED

    assert probability(decisions(decide, 20), Decision.SUPPORTED, 0.8 - 1e-9) > 0.5


def test_several_claims_are_right_together():
    """Twenty true claims, independent of each other, each on the edge of its bound; without the correction one of them is refuted too often."""
    claim = hypothesis(at_least=0.8)
    wrong = [
        1 - (1 - probability(decisions(lambda v, c=c: claim.decide(v, c), 90), Decision.REFUTED, 0.8)) ** 20
        for c in (20, 1)
    ]
    assert wrong[0] <= 0.05 < wrong[1]


def test_a_median_and_a_mean():
    low = hypothesis(statistic=len, at_least=5)
    assert low.decide(np.arange(5, 12)) is Decision.SUPPORTED
    assert low.decide(np.arange(7)) is Decision.UNDECIDED
    assert low.decide(np.arange(-5, 5)) is Decision.REFUTED
    assert low.decide(np.arange(5, 10)) is Decision.UNDECIDED  # five values bound no median
    mean = hypothesis(statistic=len, average="mean", at_least=None, at_most=5)
    assert mean.decide(np.linspace(3, 4, 12)) is Decision.SUPPORTED
    assert mean.decide(np.linspace(3, 4, 9)) is Decision.UNDECIDED  # nine are too few for a bootstrap
    assert mean.decide(np.append(np.linspace(3, 4, 12), np.inf)) is Decision.UNDECIDED


def test_what_is_estimated_follows_from_what_is_asked():
    two = [TASK, fibonacci(2, 1)]
    names = [
        hypothesis(**changes).estimator.name
        for changes in (
            {},
            {"population": population(tasks=two, seeds=1)},
            {"population": population(tasks=two)},
            {"population": population(hidden=[4, 5])},
            {"sequential": True},
            {"statistic": len},
            {"statistic": len, "average": "mean"},
        )
    ]
    assert names == ["Clopper–Pearson"] * 2 + ["bootstrap over units"] * 2 + [
        "betting, at any time", "order statistics", "bootstrap",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"claim": ""}, "claim must say in words"),
        ({"claim": 3}, "claim must say in words"),
        ({"population": 3}, "population must be a Population; got 3"),
        ({"holds": None}, "give one function of a run"),
        ({"holds": 3}, "give one function of a run"),
        ({"holds": len, "statistic": len}, "give one function of a run"),
        ({"at_least": None}, "give one bound"),
        ({"at_most": 0.5}, "give one bound"),
        ({"at_least": 1}, "at_least must be a share, between 0 and 1; got 1"),
        ({"at_least": "all"}, "at_least must be a number; got 'all'"),
        ({"statistic": len, "at_least": float("inf")}, "at_least must be a number, finite"),
        ({"confidence": 95}, "confidence must be a confidence, between 0 and 1; got 95"),
        ({"statistic": len, "average": "mode"}, "unknown average 'mode'; known are median, mean"),
        ({"solved_only": 1}, "solved_only must be True or False"),
        ({"solved_only": True}, "networks without a check do not say"),
        ({"statistic": len, "sequential": True}, "no bound on its average holds at every time"),
    ],
)
def test_what_cannot_be_asked_is_refused(change, message):
    with pytest.raises(InvalidOption, match=message):
        hypothesis(**change)


def test_a_population_has_the_runs_of_its_grid():
    keys = [run(hidden=n, l2=l, seed=k).key for k in (0, 1) for n in (4, 5) for l in (0, 0.1)]
    assert [one.key for one in Population(**GRID).runs] == keys
    assert {one.key for one in Population(grid=GRID).runs} == set(keys)
    (unit, other) = Population(**GRID).units
    assert ({one.seed for one in unit}, {one.seed for one in other}) == ({0}, {1})


def test_units_share_nothing():
    tasks = [TASK, fibonacci(2, 1), delayed_copy(2, 1, lag=1)]
    drawn = population(tasks=tasks, seeds=2)
    assert [[(one.task.name, one.seed) for one in unit] for unit in drawn.units] == [
        [("repeat_copy", 0), ("repeat_copy", 1)],
        [("fibonacci", 2), ("fibonacci", 3)],
        [("delayed_copy", 4), ("delayed_copy", 5)],
    ]
    assert len({one.seed for one in drawn.runs}) == 6
    given = population(tasks=tasks, seeds=[7])
    assert [one.seed for one in given.runs] == [7, 7, 7]
    assert population(tasks=tasks, seeds=2, drawn="seeds").unit_count == 2


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"tasks": []}, InvalidOption, "tasks must hold at least one entry"),
        ({"tasks": None}, InvalidOption, "'tasks' is missing"),
        ({"tasks": "T9"}, InvalidTask, "unknown task 'T9'"),
        ({"seeds": 0}, InvalidOption, "seeds must be an integer from 1"),
        ({"grid": GRID}, InvalidOption, "a grid, or has tasks, sizes and seeds of its own"),
        ({"drawn": "networks"}, InvalidOption, "unknown drawn 'networks'"),
    ],
)
def test_what_is_no_population(change, error, message):
    with pytest.raises(error, match=message):
        population(**change)
    with pytest.raises(EMTError, match="the population is empty"):
        Population(grid=[])


def test_what_they_say():
    some = population(hidden=[4, 5])
    assert repr(some) == "Population(16 networks of repeat_copy; drawn: seeds, 8 units)"
    claim = hypothesis(population=some, solved_only=False)
    assert str(claim) == "Seeds are small. (the share over seeds is at least 0.6)"
    assert claim.to_dict()["population"] == {"tasks": ["repeat_copy"], "networks": 16, "drawn": "seeds", "units": 8}
    assert Hypothesis("x", population(check=Checking(8, 8)), len, at_most=0.5, solved_only=True).to_dict()[
        "solved_only"
    ]

"""What the planner says is what the deciding rule does, tried number by number."""

import numpy as np
import pytest

from emt_theory.errors import InvalidOption
from emt_theory.studies import Decision, answer, plan, plan_all
from emt_theory.studies.hypotheses.planning import fewest_units
from emt_theory.tasks import fibonacci
from tests.studies.hypotheses.claims import hypothesis, population
from tests.studies.populations import TASK

TWO = [TASK, fibonacci(2, 1)]
KINDS = [
    {"at_least": 0.95},
    {"at_least": 0.8, "confidence": 0.9},
    {"at_least": None, "at_most": 0.1},
    {"at_least": 0.7, "sequential": True},
    {"at_least": None, "at_most": 0.3, "sequential": True},
    {"at_least": 0.8, "population": population(tasks=TWO)},
    {"statistic": len},
    {"statistic": len, "average": "mean"},
]


def as_claimed(claim, count, otherwise=0):
    if claim.statistic is not None:
        return claim.bound + np.arange(count) + 1.0
    values = np.full(count, 1.0 if claim.at_most is None else 0.0)
    values[:otherwise] = 1 - values[:otherwise]
    return values


@pytest.mark.parametrize("claims", [1, 3])
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_the_fewest_units_are_those_of_brute_force(kind, claims):
    claim = hypothesis(**kind)
    tried = (k for k in range(1, 500) if claim.decide(as_claimed(claim, k), claims) is Decision.SUPPORTED)
    assert fewest_units(claim, claims) == next(tried)


@pytest.mark.parametrize("sequential", [False, True])
@pytest.mark.parametrize("seeds", [20, 40])
def test_how_many_may_fail_is_that_of_brute_force(seeds, sequential):
    claim = hypothesis(population=population(seeds=seeds), at_least=0.6, sequential=sequential)
    spare = plan(claim).spare
    decisions = [claim.decide(as_claimed(claim, seeds, k)) for k in range(seeds + 1)]
    assert spare == decisions.count(Decision.SUPPORTED) - 1
    assert decisions[: spare + 1] == [Decision.SUPPORTED] * (spare + 1)


def test_the_known_numbers():
    """Fixed: 0.95^72 < 0.025; betting: 2/0.05 · 0.05 · (n + 1) < 0.95^−n from 105 on, and from 88 on at 90 %."""
    assert fewest_units(hypothesis(at_least=0.95)) == 72
    assert fewest_units(hypothesis(at_least=0.99)) == 368
    assert fewest_units(hypothesis(at_least=0.95, sequential=True)) == 105
    assert fewest_units(hypothesis(at_least=0.95, sequential=True, confidence=0.9)) == 88
    assert fewest_units(hypothesis(at_least=0.95, population=population(tasks=TWO))) == 72  # tasks, not networks
    assert fewest_units(hypothesis(at_least=1 - 1e-9)) is None


def test_it_is_said_before_anything_is_trained(tmp_path):
    claims = [hypothesis(at_least=0.95), hypothesis()]
    few, enough = plan_all(claims)
    assert (few.needed, few.units, few.enough, few.spare) == (86, 8, False, None)
    assert str(few) == "needs 86 seeds that are all as claimed, and has 8: too few"
    with pytest.raises(
        InvalidOption, match=r"cannot be supported among 2 claims .* needs 86 seeds .* nothing was trained"
    ):
        answer(claims, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
    assert (enough.needed, enough.enough) == (9, False)
    assert str(plan(hypothesis(population=population(seeds=30)))) == (
        "needs 8 seeds that are all as claimed, and has 30: 6 may fail"
    )
    assert str(plan(hypothesis(statistic=len))) == "needs 6 seeds, and has 8"
    assert str(plan(hypothesis(at_least=1 - 1e-9))) == "more than 10000000 seeds are needed"
    assert plan(hypothesis()).to_dict()["enough"] is True

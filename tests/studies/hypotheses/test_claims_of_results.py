"""The claims of docs/results can be decided by their populations, and share the runs of its grids."""

from pathlib import Path

import pytest

from emt_theory.studies import Decision, plan_all, read_grid, read_hypotheses
from emt_theory.tasks import LinearTask
from emt_theory.testing import laws

RESULTS = Path(__file__).parents[3] / "docs" / "results"


@pytest.fixture(scope="module")
def claims():
    return read_hypotheses(RESULTS / "hypotheses.py")


def test_each_population_is_large_enough(claims):
    plans = plan_all(claims)
    assert len(claims) == 10
    assert [one.claim for one in plans if not one.enough] == []
    assert {one.units for one in plans} == {20, 40}
    assert all(one.drawn == "seeds" for one in plans)


def test_they_share_the_runs_of_the_fast_protocol(claims):
    made = {one.key for one in read_grid(RESULTS / "fast.toml")}
    shared = [{run.key for run in claim.population.runs} <= made for claim in claims]
    assert shared.count(True) == 7  # all but the linear networks, and those of the paper's protocol


def test_what_they_ask_can_be_answered_by_a_network(claims):
    """On the shipped networks; T1's fades, T4's does not."""

    class Shipped:
        def __init__(self, name):
            self.net, self.of = laws.trained_networks()[name]

        def network(self):
            return self.net

        def task(self) -> LinearTask:
            return self.of

    asked = {claim.holds.__name__: claim.holds for claim in claims if claim.holds is not None}
    for name in ("has_the_values", "has_the_signs", "writes_what_is_seen", "fades"):
        assert asked[name](Shipped("T1")) is True
    assert asked["holds_for_ever"](Shipped("T1")) is False
    assert [asked[name](Shipped("T2")) for name in ("has_the_values", "has_the_signs")] == [False, False]
    assert Decision.SUPPORTED is claims[0].compare((0.75, 1.0))

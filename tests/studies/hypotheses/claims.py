"""Small populations and claims about them."""

from emt_theory.studies import Hypothesis, Population
from tests.studies.populations import BRIEF, TASK


def population(**changes):
    """Eight small networks of one task, but for what is changed; each takes a few hundredths of a second."""
    return Population(**{"tasks": TASK, "hidden": 4, "seeds": 8, "protocols": BRIEF, "check": False, **changes})


def of_seed(seed):
    """A predicate of the networks whose seed is below this."""
    return lambda run: run.labels["seed"] < seed


def hypothesis(**changes):
    """All of them have a small seed: supported by eight."""
    given = {"claim": "Seeds are small.", "population": population(), "at_least": 0.6, **changes}
    if "statistic" not in given:
        given.setdefault("holds", of_seed(8))
    return Hypothesis(**given)

"""A claim about a population of networks, and the rule that decides it.

    claim in words · population · what is looked at in a network · a bound · a confidence

A predicate is about its share of networks, a statistic about its median or its mean. With [low, high] the interval:

    at least b:   supported if low ≥ b,    refuted if high < b,   else undecided
    at most b:    supported if high ≤ b,   refuted if low > b,    else undecided

So a wrong answer has a probability of at most α/2, 1 − α the confidence. Of c claims that are looked at together each
gets the interval with the confidence 1 − α/c (Bonferroni), and all of them are right together with 1 − α.

>>> from emt_theory.tasks import repeat_copy
>>> population = Population(repeat_copy(num_variables=2, dim=1), hidden=8, seeds=72, check=False)
>>> claim = Hypothesis("All learn it.", population, lambda run: run.training["accuracy"] > 0.99, at_least=0.95)
>>> claim.estimator.name, claim.decide(np.ones(72)), claim.decide(np.ones(71)), claim.decide(np.zeros(72))
('Clopper–Pearson', <Decision.SUPPORTED: 'supported'>, <Decision.UNDECIDED: 'undecided'>, <Decision.REFUTED: 'refuted'>)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

import numpy as np

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import member, real, sequence
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.ground.text import shown
from emt_theory.studies.hypotheses.intervals import (
    BETTING,
    BOOTSTRAP_MEAN,
    CLOPPER_PEARSON,
    CLUSTERED_SHARE,
    ORDER_STATISTICS,
    Estimator,
    Interval,
)
from emt_theory.studies.hypotheses.population import Drawn, Population
from emt_theory.studies.stored import StoredRun


class Decision(StrEnum):
    """What came of a claim."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


class Average(StrEnum):
    """What of a statistic is compared with the bound."""

    MEDIAN = "median"
    MEAN = "mean"


@dataclass(frozen=True, eq=False, repr=False)
class Hypothesis(Record):
    """A claim.

    Attributes:
        claim: in words.
        population: which networks it is about.
        holds: a function of a `StoredRun` that says whether it is so of this network; or
        statistic: a function of a `StoredRun` that returns a number.
        at_least: the bound on the share, median or mean; or
        at_most: the bound from above.
        average: "median" or "mean", of a statistic. Over units; a unit with several networks counts with their average.
        confidence: 1 − α.
        solved_only: whether only networks that solve their task are meant; the others are counted beside.
        sequential: whether networks are looked at one unit after another, until the claim is decided.

    Raises:
        InvalidOption: if something is missing, given twice, or out of range.
    """

    JSON = (
        "claim", "population", "asks", "average=_average", "at_least", "at_most", "confidence", "solved_only", "sequential",
    )  # fmt: skip

    claim: str
    population: Population
    holds: Callable[[StoredRun], Any] | None = None
    statistic: Callable[[StoredRun], Any] | None = None
    at_least: float | None = None
    at_most: float | None = None
    average: Average | str = Average.MEDIAN
    confidence: float = 0.95
    solved_only: bool = False
    sequential: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.claim, str) or not self.claim.strip():
            raise InvalidOption(f"claim must say in words what is claimed; got {shown(self.claim)}")
        if not isinstance(self.population, Population):
            raise InvalidOption(f"{self._name}: population must be a Population; got {shown(self.population)}")
        self._check_question()
        self._check_numbers()
        self._check_choices()

    @property
    def _name(self) -> str:
        return shown(self.claim)

    def _check_question(self) -> None:
        given = [one for one in (self.holds, self.statistic) if one is not None]
        if len(given) != 1 or not callable(given[0]):
            raise InvalidOption(f"{self._name}: give one function of a run, as holds (a predicate) or as statistic")
        if (self.at_least is None) == (self.at_most is None):
            raise InvalidOption(f"{self._name}: give one bound, at_least or at_most")

    def _check_numbers(self) -> None:
        for name in ("at_least", "at_most", "confidence"):
            if (given := getattr(self, name)) is not None:
                number = real(f"{self._name}: {name}", given)
                if not isfinite(number) or ((name == "confidence" or self.holds) and not 0 < number < 1):
                    what = "a confidence" if name == "confidence" else "a share" if self.holds else "a number"
                    inside = "finite" if self.statistic and name != "confidence" else "between 0 and 1"
                    raise InvalidOption(f"{self._name}: {name} must be {what}, {inside}; got {number:g}")
                object.__setattr__(self, name, number)

    def _check_choices(self) -> None:
        object.__setattr__(self, "average", member(Average, "average", self.average))
        for name in ("solved_only", "sequential"):
            if not isinstance(given := getattr(self, name), bool):
                raise InvalidOption(f"{self._name}: {name} must be True or False; got {shown(given)}")
        if self.sequential and self.statistic is not None:
            raise InvalidOption(
                f"{self._name}: a statistic may be any number, so no bound on its average holds at every time; ask with holds"
            )
        if self.solved_only and any(run.check is None for run in self.population.runs):
            raise InvalidOption(
                f"{self._name}: solved_only asks what solves its task, which networks without a check do not say"
            )

    @property
    def bound(self) -> float:
        """What is asked for."""
        found = self.at_most if self.at_least is None else self.at_least
        assert found is not None
        return found

    @property
    def asks(self) -> str:
        """What is looked at, in words.

        >>> from emt_theory.tasks import repeat_copy
        >>> Hypothesis("It is small.", Population(repeat_copy(1, 1)), statistic=len, at_most=3).asks
        'the median over seeds is at most 3'
        """
        what = "the share" if self.holds else f"the {self.average}"
        over = f" over {self.population.drawn}" if self.statistic or self.population.is_clustered else ""
        return f"{what}{over} is {'at most' if self.at_least is None else 'at least'} {self.bound:g}"

    @property
    def _average(self) -> Average | None:
        return None if self.holds else Average(self.average)

    @property
    def estimator(self) -> Estimator:
        """How it is estimated."""
        if self.statistic is not None:
            return ORDER_STATISTICS if self.average is Average.MEDIAN else BOOTSTRAP_MEAN
        if self.sequential:
            return BETTING
        return CLUSTERED_SHARE if self.population.is_clustered else CLOPPER_PEARSON

    def corrected(self, claims: int) -> float:
        """The confidence of its interval where so many claims are looked at together."""
        return 1 - (1 - self.confidence) / claims

    def compare(self, interval: Interval) -> Decision:
        """The decision on an interval."""
        low, high = interval
        if self.at_least is not None:
            return Decision.SUPPORTED if low >= self.bound else _refuted(high < self.bound)
        return Decision.SUPPORTED if high <= self.bound else _refuted(low > self.bound)

    def decide(self, values: Array, claims: int = 1) -> Decision:
        """The decision on units with these values: shares, or averages of the statistic.

        Args:
            values: one for each unit, shape (k,).
            claims: how many claims are looked at together.
        """
        if len(values) < self.estimator.fewest:
            return Decision.UNDECIDED
        return self.compare(self.estimator.interval(np.asarray(values, dtype=float), self.corrected(claims)))

    def __repr__(self) -> str:
        return f"Hypothesis({self.claim!r}, {self.population!r}, {self.asks})"

    def __str__(self) -> str:
        return f"{self.claim} ({self.asks})"


def checked_hypotheses(value: Any) -> tuple[Hypothesis, ...]:
    """One hypothesis, or a list of them, as a tuple.

    Raises:
        InvalidOption: if it is neither.
    """
    found = [value] if isinstance(value, Hypothesis) else sequence("hypotheses", value)
    for one in found:
        if not isinstance(one, Hypothesis):
            raise InvalidOption(f"hypotheses must be a Hypothesis, or a list of them; got {shown(one)}")
    return tuple(found)


def _refuted(so: bool) -> Decision:
    return Decision.REFUTED if so else Decision.UNDECIDED


def unit_name(drawn: Drawn | str | None, count: int) -> str:
    """So many units, in words.

    >>> unit_name(Drawn.TASKS, 1), unit_name("seeds", 20)
    ('1 task', '20 seeds')
    """
    return f"{count} {str(drawn).removesuffix('s') if count == 1 else drawn}"

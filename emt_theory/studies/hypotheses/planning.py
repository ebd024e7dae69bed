"""How many units a claim needs, before any network is trained: asked of the rule that decides afterwards.

The fewest units are those with which the claim is supported where all goes its way: each unit's share is 1 (0 where the
share is to be small), or, for a statistic, so many that the interval has ends. A fixed number, one network a unit, all
as claimed:

>>> from emt_theory.tasks import repeat_copy
>>> some = Population(repeat_copy(num_variables=2, dim=1), hidden=8, seeds=80, check=False)
>>> claims = [Hypothesis("They learn it.", some, lambda run: True, at_least=share, sequential=how)
...           for share, how in ((0.95, False), (0.99, False), (0.95, True))]
>>> [fewest_units(claim) for claim in claims]
[72, 368, 105]
>>> print(plan(claims[0]))
needs 72 seeds that are all as claimed, and has 80: none may fail
>>> print(plan(claims[1]))
needs 368 seeds that are all as claimed, and has 80: too few
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import integer
from emt_theory.ground.json import Record
from emt_theory.studies.hypotheses.hypothesis import Decision, Hypothesis, checked_hypotheses, unit_name
from emt_theory.studies.hypotheses.population import Population

_MOST = 10_000_000


@dataclass(frozen=True)
class Plan(Record):
    """What a claim needs, and what its population has.

    Attributes:
        claim: in words.
        estimator: how it will be estimated.
        confidence: of its interval, corrected for several claims.
        drawn: what its units are.
        networks, units: how many its population has.
        needed: how many units are needed where all are as claimed; None where 10⁷ are too few. spare: how many of
            its units may all be otherwise, with the claim still supported; None for a statistic, and where there are
            too few.
        sequential: whether it stops as soon as it is decided.
    """

    JSON = (
        "claim", "estimator", "confidence", "drawn", "networks", "units", "needed", "spare", "sequential", "enough",
    )  # fmt: skip

    claim: str
    estimator: str
    confidence: float
    drawn: str
    networks: int
    units: int
    needed: int | None
    spare: int | None
    sequential: bool = False

    @property
    def enough(self) -> bool:
        """Whether the population can support the claim."""
        return self.needed is not None and self.units >= self.needed

    def __str__(self) -> str:
        if self.needed is None:
            return f"more than {_MOST} {self.drawn} are needed"
        as_claimed = "" if self.spare is None and self.enough else " that are all as claimed"
        head = f"needs {unit_name(self.drawn, self.needed)}{as_claimed}, and has {self.units}"
        if not self.enough:
            return f"{head}: too few"
        if self.spare is None:
            return head
        stops = "; it stops as soon as it is decided" if self.sequential else ""
        return f"{head}: {self.spare or 'none'} may fail{stops}"


def plan(hypothesis: Hypothesis, claims: int = 1) -> Plan:
    """What a claim needs.

    Args:
        hypothesis: the claim.
        claims: how many are looked at together.

    Raises:
        InvalidOption: if it is no hypothesis, or `claims` no integer from 1 to 10⁷.
    """
    (hypothesis,), claims = checked_hypotheses([hypothesis]), integer("claims", claims, least=1, most=_MOST)
    needed, units = fewest_units(hypothesis, claims), hypothesis.population.unit_count
    spare = None
    if hypothesis.statistic is None and needed is not None and units >= needed:
        spare = _supported_until(hypothesis, units, claims)
    return Plan(
        hypothesis.claim,
        hypothesis.estimator.name,
        hypothesis.corrected(claims),
        str(hypothesis.population.drawn),
        hypothesis.population.size,
        units,
        needed,
        spare,
        hypothesis.sequential,
    )


def plan_all(hypotheses: Hypothesis | Sequence[Hypothesis]) -> tuple[Plan, ...]:
    """What each of several claims needs that are looked at together.

    Raises:
        InvalidOption: if one is no hypothesis.

    >>> from emt_theory.tasks import repeat_copy
    >>> some = Population(repeat_copy(num_variables=2, dim=1), hidden=8, seeds=100, check=False)
    >>> claims = [Hypothesis(f"They learn it in {k} steps.", some, lambda run: True, at_least=0.95) for k in (100, 200)]
    >>> [one.needed for one in plan_all(claims)], plan(claims[0]).needed      # two claims that are looked at together need more
    ([86, 86], 72)
    """
    asked = checked_hypotheses(hypotheses)
    return tuple(plan(hypothesis, len(asked)) for hypothesis in asked)


def fewest_units(hypothesis: Hypothesis, claims: int = 1) -> int | None:
    """How many units support the claim where all go its way; None where 10⁷ are too few."""
    estimator, confidence = hypothesis.estimator, hypothesis.corrected(claims)
    if hypothesis.statistic is not None:
        # Units with the values 0, 1, 2, …: with enough of them there are ends.
        return next(
            k
            for k in range(estimator.fewest, _MOST)
            if all(np.isfinite(estimator.interval(np.arange(k, dtype=float), confidence)))
        )

    def supports(count: int) -> bool:
        return hypothesis.decide(_all_right(hypothesis, count), claims) is Decision.SUPPORTED

    most = 1
    while not supports(most):
        if (most := 2 * most) > _MOST:
            return None
    return bisect_left(range(most + 1), x=True, lo=1, key=supports)


def _all_right(hypothesis: Hypothesis, count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.full(count, 0.0 if hypothesis.at_least is None else 1.0)


def _supported_until(hypothesis: Hypothesis, units: int, claims: int) -> int:
    """How many units may go the other way."""

    def fails(count: int) -> bool:
        values = _all_right(hypothesis, units)
        values[:count] = 1 - values[:count]
        return hypothesis.decide(values, claims) is not Decision.SUPPORTED

    return bisect_left(range(units + 1), x=True, key=fails) - 1


def require_enough(hypotheses: Sequence[Hypothesis]) -> None:
    """That no population is too small.

    Raises:
        InvalidOption: if one cannot support its claim, whatever its networks do; says how many are needed.
    """
    for hypothesis, found in zip(hypotheses, plan_all(hypotheses), strict=True):
        if not found.enough:
            among = f" among {len(hypotheses)} claims" if len(hypotheses) > 1 else ""
            raise InvalidOption(
                f"{hypothesis.claim!r} cannot be supported{among} that {hypothesis.asks}: it {found}; "
                "nothing was trained. Add some, or ask for less"
            )


__all__ = ["Hypothesis", "Plan", "Population", "fewest_units", "plan", "plan_all", "require_enough"]

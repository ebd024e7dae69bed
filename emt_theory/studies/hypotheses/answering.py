"""Have claims answered: train what the store lacks, look at every network, decide.

    hypotheses  →  is each population large enough?  →  sweep  →  looks  →  values of units  →  interval  →  decision

What a network does not say is not left out. A run that was given up, a predicate that raises, an answer that is no
truth value, a statistic that is no
number: each counts against the claim in the lower end and for it in the upper one, so that it can make an answer
undecided and never better. Networks that do not solve their task are left out only where the claim is about those that
do, and are counted beside.

>>> import tempfile
>>> from emt_theory.studies.hypotheses.population import Population
>>> from emt_theory.tasks import repeat_copy
>>> brief = {"base": "fast", "steps": 5, "test_horizon": 4}
>>> some = Population(repeat_copy(num_variables=2, dim=1), hidden=4, seeds=6, protocols=brief, check=False)
>>> claim = Hypothesis("They take more than five steps.", some, lambda run: run.training["steps"] > 5, at_least=0.5)
>>> with tempfile.TemporaryDirectory() as store:
...     print(answer(claim, store, workers=0).answers[0].decision)
refuted
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emt_theory.errors import InvalidFile, InvalidOption
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.ground.text import cut, first_line, printable, shown
from emt_theory.studies.configuration import Configuration
from emt_theory.studies.hypotheses.hypothesis import Average, Decision, Hypothesis, checked_hypotheses, unit_name
from emt_theory.studies.hypotheses.intervals import Interval
from emt_theory.studies.hypotheses.planning import require_enough
from emt_theory.studies.store import Store
from emt_theory.studies.sweeping import SweepProgress, sweep
from emt_theory.tasks.digits import write_fraction

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_AT_ONCE = 8
"""Units that are trained between two looks, where a claim is decided as soon as it can be."""
_SHOWN = 5

Tell = Callable[[SweepProgress], object] | bool | None


@dataclass(frozen=True)
class Look(Record):
    """What one network says to a claim.

    Attributes:
        run: its key in the store, which names its folder.
        what: its configuration in words.
        folder: where it lies.
        value: whether the predicate holds, or the statistic; None if it has no answer.
        reason: why it has none.
        left_out: whether it does not solve its task, and only networks that do are meant.
        accuracy: of its training; None if it was not trained.
    """

    run: str
    what: str
    folder: Path
    value: bool | float | None = None
    reason: str | None = None
    left_out: bool = False
    accuracy: float | None = None

    @property
    def said(self) -> str:
        """Its value in words, or why it has none."""
        if isinstance(self.value, bool):
            return "holds" if self.value else "does not hold"
        return (self.reason or "left out") if self.value is None else f"{self.value:.4g}"

    def __str__(self) -> str:
        return f"{self.run}, {self.what}: {self.said}; accuracy {write_fraction(self.accuracy)}"


@dataclass(frozen=True, eq=False, repr=False)
class HypothesisResult(Record):
    """What came of a claim.

    Attributes:
        hypothesis: the claim.
        decision: supported, refuted or undecided.
        estimate: the share, median or mean over units that answered; None if none did.
        interval: its ends; where some have no answer, as if they spoke against the claim, and as if they spoke for it.
        confidence: of the interval, corrected for all claims that were looked at.
        looks: what each network that was looked at says.
        units: how many units are in the interval.
        store: the folder of the runs.
    """

    JSON = (
        "claim=hypothesis.claim", "answer=decision", "asks=hypothesis.asks", "estimate", "low", "high", "confidence",
        "estimator=hypothesis.estimator.name", "drawn=hypothesis.population.drawn", "units", "networks", "held", "unsolved", "unanswered",
        "worst", "store", "runs=looks",
    )  # fmt: skip

    hypothesis: Hypothesis
    decision: Decision
    estimate: float | None
    interval: Interval
    confidence: float
    looks: tuple[Look, ...]
    units: int
    store: Path

    @property
    def low(self) -> float:
        """The lower end."""
        return self.interval[0]

    @property
    def high(self) -> float:
        """The upper end."""
        return self.interval[1]

    @property
    def scale(self) -> tuple[float, float]:
        """The ends of the line that it is drawn on: 0 and 1 of a share; of a statistic a little beyond all finite numbers of it."""
        if self.hypothesis.holds is not None:
            return 0.0, 1.0
        ends = (self.estimate, self.low, self.high, self.hypothesis.bound)
        known = [x for x in ends if x is not None and isfinite(x)]
        margin = 0.1 * (max(known) - min(known)) or 1.0
        return min(known) - margin, max(known) + margin

    @property
    def networks(self) -> int:
        """How many networks are meant: all that were looked at, but for those that are left out."""
        return len(self.looks) - self.unsolved

    @property
    def held(self) -> int | None:
        """Of how many of them the predicate holds; None for a statistic."""
        return None if self.hypothesis.holds is None else sum(look.value is True for look in self.looks)

    @property
    def unsolved(self) -> int:
        """How many do not solve their task and are left out for that."""
        return sum(look.left_out for look in self.looks)

    @property
    def unanswered(self) -> tuple[Look, ...]:
        """Those that have no answer."""
        return tuple(look for look in self.looks if look.reason is not None)

    @property
    def worst(self) -> Look | None:
        """The network that speaks most against the claim; of several, that with the lowest accuracy. None if none has an answer."""
        answered = [look for look in self.looks if look.value is not None]
        sign = -1 if self.hypothesis.at_least is None else 1

        def against(look: Look) -> tuple[float, float]:
            assert look.value is not None
            return sign * float(look.value), inf if look.accuracy is None else look.accuracy

        return min(answered, key=against, default=None)

    def __repr__(self) -> str:
        return f"HypothesisResult({self.decision}: {self.hypothesis.claim!r})"

    def __str__(self) -> str:
        return "\n".join([f"{self.decision}: {self.hypothesis.claim}", *(f"  {line}" for line in self._lines())])

    def _lines(self) -> Iterator[str]:
        h = self.hypothesis
        counted = f"{self.networks} networks" if self.held is None else f"{self.held} of {self.networks} networks"
        clustered = f" in {unit_name(h.population.drawn, self.units)}" if self.units != self.networks else ""
        share = "" if self.estimate is None else f", {'share' if h.holds else h.average} {_written(h, self.estimate)}"
        ends = f"[{_written(h, self.low)}, {_written(h, self.high)}]"
        yield f"{counted}{clustered}{share} {ends}; asked was whether {h.asks}"
        yield f"{h.estimator}, {100 * self.confidence:.5g} %"
        if self.unsolved:
            yield f"of those that solve their task; {self.unsolved} more do not, and are left out"
        if self.unanswered:
            yield f"{len(self.unanswered)} without an answer count against it in the lower end and for it in the upper:"
            yield from (f"  {look.run}, {look.what}: {look.reason}" for look in self.unanswered[:_SHOWN])
            if len(self.unanswered) > _SHOWN:
                yield f"  … and {len(self.unanswered) - _SHOWN} more"
        if self.worst is not None:
            yield f"the worst: {self.worst}"
            yield f"  emt.studies.Store({str(self.store)!r})[{self.worst.run!r}].network()"


def _written(hypothesis: Hypothesis, value: float) -> str:
    return write_fraction(value) if hypothesis.holds else f"{value:.4g}"


@dataclass(frozen=True, eq=False, repr=False)
class Answers(Record):
    """What came of claims that were looked at together.

    Attributes:
        answers: one for each, in order.
        store: the folder of the runs.
    """

    JSON = ("supported", "claims", "store", "answers")

    answers: tuple[HypothesisResult, ...]
    store: Path

    @property
    def supported(self) -> bool:
        """Whether all are."""
        return all(one.decision is Decision.SUPPORTED for one in self.answers)

    @property
    def claims(self) -> int:
        """How many there are."""
        return len(self.answers)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Each claim with its interval, its estimate and the bound that decides."""
        from emt_theory.studies.hypotheses.drawing import draw_answers

        return draw_answers(self, ax)

    def as_file(self) -> bytes:
        """The content of a JSON file."""
        return (json.dumps(self.to_dict(), indent=1, allow_nan=False, ensure_ascii=False) + "\n").encode()

    def __repr__(self) -> str:
        return f"Answers({', '.join(str(one.decision) for one in self.answers)})"

    def __str__(self) -> str:
        several = f"\n{self.claims} claims; the intervals hold together (Bonferroni)" if self.claims > 1 else ""
        return "\n".join(map(str, self.answers)) + several


def answer(
    hypotheses: Hypothesis | Sequence[Hypothesis],
    store: str | os.PathLike[str] | Store = "emt-runs",
    workers: int | None = None,
    progress: Tell = None,
    retry: bool = False,
    cluster: Any = None,
) -> Answers:
    """Decide claims; trains what the store lacks.

    Args:
        hypotheses: one, or several: then each interval is corrected for all.
        store: a folder of runs, as for `emt_theory.studies.sweep`.
        workers: as for `sweep`.
        progress: as for `sweep`.
        retry: as for `sweep`.
        cluster: as for `sweep`.

    Raises:
        InvalidOption: if there is no claim, or a population cannot support its own, whatever comes out; before
            anything is trained.
        InvalidFile: if the store cannot be read.
        KeyboardInterrupt: as `sweep`; the same call goes on.
    """
    asked = checked_hypotheses(hypotheses)
    if not asked:
        raise InvalidOption("there is no hypothesis to answer")
    require_enough(asked)
    kept = store if isinstance(store, Store) else Store(store)
    trained = _Trained(kept, workers, progress, retry, cluster)
    trained.make([run for one in asked if not one.sequential for run in one.population.runs])
    found = [(_one_by_one if one.sequential else _all_at_once)(one, trained, len(asked)) for one in asked]
    return Answers(tuple(found), kept.path)


class _Trained:
    """Networks of a store, made when they are asked for."""

    def __init__(self, store: Store, *how: Any) -> None:
        self.store, self._how = store, how
        self._failed = dict[str, str]()

    def make(self, runs: Sequence[Configuration]) -> None:
        """Have these made."""
        if runs:
            made = sweep(runs, self.store, *self._how)
            self._failed |= {failure["run"]: failure["reason"] for failure in made.failures}

    def look(self, hypothesis: Hypothesis, run: Configuration) -> Look:
        """What one of them says."""
        here = Look(run.key, str(run), self.store.folder(run))
        if run.key in self._failed:
            return _replaced(here, reason=f"it was not trained: {self._failed[run.key]}")
        try:
            stored = self.store[run]
        except InvalidFile as error:
            return _replaced(here, reason=str(error))
        here = _replaced(here, accuracy=stored.training["accuracy"])
        if hypothesis.solved_only and not stored.solved:
            return _replaced(here, left_out=True)
        asked, kind = (hypothesis.holds, bool) if hypothesis.holds else (hypothesis.statistic, float)
        assert asked is not None
        try:
            value = asked(stored)
        except Exception as error:  # noqa: BLE001 — whatever a claim's own function raises is that network's affair
            return _replaced(here, reason=f"{type(error).__name__}: {cut(printable(first_line(error)), 200)}")
        return _replaced(here, **_read(value, kind))


def _replaced(look: Look, **changes: Any) -> Look:
    return Look(**{**vars(look), **changes})


def _read(value: Any, kind: type[bool | float]) -> dict[str, Any]:
    """A predicate's truth value, or a statistic's number."""
    if kind is bool:
        if isinstance(value, bool | np.bool_):
            return {"value": bool(value)}
        return {"reason": f"holds must return True or False; got {shown(value)}"}
    real = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if real and isfinite(value):
        return {"value": float(value)}
    return {"reason": f"statistic must return a finite number; got {shown(value)}"}


def _all_at_once(hypothesis: Hypothesis, trained: _Trained, claims: int) -> HypothesisResult:
    units = [[trained.look(hypothesis, run) for run in unit] for unit in hypothesis.population.units]
    return _result(hypothesis, units, trained.store, claims)


def _one_by_one(hypothesis: Hypothesis, trained: _Trained, claims: int) -> HypothesisResult:
    """Look after every unit, and stop at the first at which the claim is decided."""
    waiting, seen = hypothesis.population.units, list[list[Look]]()
    found = _result(hypothesis, seen, trained.store, claims)
    for start in range(0, len(waiting), _AT_ONCE):
        some = waiting[start : start + _AT_ONCE]
        trained.make([run for unit in some for run in unit])
        for unit in some:
            seen.append([trained.look(hypothesis, run) for run in unit])
            found = _result(hypothesis, seen, trained.store, claims)
            if found.decision is not Decision.UNDECIDED:
                return found
    return found


def _result(hypothesis: Hypothesis, units: Sequence[Sequence[Look]], store: Store, claims: int) -> HypothesisResult:
    worst, best = (0.0, 1.0) if hypothesis.holds else (-inf, inf)
    estimator, confidence = hypothesis.estimator, hypothesis.corrected(claims)
    answered = [[look for look in unit if look.reason is None] for unit in units]
    known, low, high = (unit_values(hypothesis, *of) for of in ((answered, 0.0), (units, worst), (units, best)))
    interval = worst, best
    if len(low) >= estimator.fewest:
        interval = estimator.interval(low, confidence)[0], estimator.interval(high, confidence)[1]
    return HypothesisResult(
        hypothesis,
        hypothesis.compare(interval),
        estimator.estimate(known) if len(known) else None,
        interval,
        confidence,
        tuple(look for unit in units for look in unit),
        len(low),
        store.path,
    )


def unit_values(hypothesis: Hypothesis, units: Sequence[Sequence[Look]], missing: float) -> Array:
    """The value of each unit, shape (k,): the average over its networks; a unit all of which are left out has none.

    Args:
        hypothesis: the claim.
        units: what their networks say.
        missing: stands for what has no answer.
    """
    average = np.median if hypothesis.statistic is not None and hypothesis.average is Average.MEDIAN else np.mean
    kept = [
        [missing if look.value is None else float(look.value) for look in unit if not look.left_out] for unit in units
    ]
    return np.array([average(values) for values in kept if values], dtype=np.float64)

"""The questions that `check` asks, each a criterion: what is asked, of which tasks, and how a measurement is judged.

A criterion is one entry of `CRITERIA`; the verdict, the result, the report and the command line follow it, and so does `decompile`.

>>> [criterion.question for criterion in CRITERIA]
['behaviour', 'variables', 'extra', 'use']
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from math import ceil, log

from emt_theory.analysis.findings import Answer, Finding
from emt_theory.analysis.streams.judging import judge_edits, judge_states
from emt_theory.analysis.symbols import judge_exchange, judge_spread, judge_window
from emt_theory.analysis.thresholds import Thresholds
from emt_theory.analysis.using import judge_use
from emt_theory.evidence.behaviour import Behaviour
from emt_theory.evidence.combinations import Combinations
from emt_theory.evidence.examination import Examination
from emt_theory.evidence.extra import ExtraMemory, unpaired
from emt_theory.evidence.streams import StreamMemory
from emt_theory.evidence.symbols import SymbolEvidence
from emt_theory.evidence.variables import VariableReading
from emt_theory.ground.absent import Absent
from emt_theory.tasks import Accuracy, FiniteTask, RuleTask
from emt_theory.tasks.accuracy import CONFIDENCE
from emt_theory.tasks.digits import write_fraction, write_fractions

Judge = Callable[[Examination, Thresholds], "Finding | Absent"]


@dataclass(frozen=True)
class Criterion:
    """One question.

    Attributes:
        question: its name.
        asks: the question itself.
        judge: what answers it, from an examination; absent where the question is not about such a task.
    """

    question: str
    asks: str
    judge: Judge

    def __call__(self, examination: Examination, thresholds: Thresholds) -> Finding:
        """The answer."""
        found, x = self.judge(examination, thresholds), examination
        if isinstance(found, Absent):
            none = all(isinstance(part, Absent) for part in (x.circuit, x.symbols, x.streams)) or isinstance(
                x.task, RuleTask
            )
            why = f"No criterion applies to “{self.asks}”" if none else f"“{self.asks}” has nothing to judge"
            found = Finding(self.question, Answer.NONE if none else Answer.NOTHING, f"{why}: {found}.")
        return replace(found, asks=self.asks)


def judge_behaviour(behaviour: Behaviour, thresholds: Thresholds) -> Finding:
    """Whether the task is solved: the whole interval has to be on one side of the threshold.

    Where the task's own values leave float64, failing afterwards is no failure; failing before is. Where its targets become faint beside its inputs,
    it is enough that the others are right.
    """
    found = _judge_all(behaviour, thresholds)
    if found.answer is Answer.HELD or behaviour.told is None or behaviour.blow_up is not None:
        return found
    told = _judge_all(behaviour.told, thresholds)
    faint = f"targets that float64 can tell from 0 beside the inputs are counted; {behaviour.faint:.0%} are fainter"
    return (
        found
        if told.answer is not Answer.HELD
        else replace(told, evidence=f"{told.evidence.removesuffix('.')} ({faint}).")
    )


def _judge_all(behaviour: Behaviour, thresholds: Thresholds) -> Finding:
    keys = ("accuracy", "accuracy_low", "accuracy_high", "sequences", "sequences_right")
    found = partial(Finding, "behaviour", numbers={key: getattr(behaviour, key) for key in keys})
    needed, measured, left = thresholds.solved_accuracy, behaviour.measured, behaviour.range_left
    cannot = "Whether it solves the task cannot be told"
    if behaviour.blow_up is not None and (left is None or behaviour.blow_up < left):
        return found(Answer.FAILED, f"It does not solve the task: {behaviour.reason}.")
    if isinstance(measured, Absent):
        return found(Answer.UNDECIDED, f"{cannot}: {behaviour.reason}.")
    if left is not None and (behaviour.blow_up is not None or measured.accuracy_low < needed):
        before = behaviour.within_range
        if before is None or before.accuracy_high >= needed:
            return found(Answer.UNDECIDED, f"{cannot}: {behaviour.reason}.")
        early = f"before t = {left}, {_interval(before, behaviour)}, below {needed:g}"
        return found(Answer.FAILED, f"It does not solve the task: {early}.")
    if measured.accuracy_high < needed:
        return found(Answer.FAILED, f"It does not solve the task: {_interval(measured, behaviour)}, below {needed:g}.")
    if measured.accuracy_low < needed:
        straddles = f"{_interval(measured, behaviour)}, which straddles {needed:g}; {_more(measured, needed)}"
        return found(Answer.UNDECIDED, f"{cannot}: {straddles}.")
    worst, least = behaviour.worst_output, thresholds.output_accuracy
    if worst is not None and worst.low < least:
        failed = worst.high < least
        how = f"below {least:g}" if failed else f"which straddles {least:g}; take more sequences"
        share = _shares(worst.accuracy, worst.low, worst.high, behaviour, "interval (all outputs at once)")
        one = f"of output {worst.output} {share}, {how}"
        all_outputs = f"though {_interval(measured, behaviour)} in all"
        if failed:
            return found(Answer.FAILED, f"It does not solve the task: {one}, {all_outputs}.")
        return found(Answer.UNDECIDED, f"{cannot}: {one}, {all_outputs}.")
    right = f"{measured.sequences_right} of {measured.sequences} sequences are entirely right"
    return found(Answer.HELD, f"It solves the task: {_interval(measured, behaviour)}, and {right}.")


def sequences_needed(accuracy: float) -> int:
    """The fewest sequences whose interval can lie at or above an accuracy, all of them being right: ((1 − c)/2)^(1/k) ≥ accuracy.

    >>> sequences_needed(0.99)
    368
    """
    return ceil(log((1 - CONFIDENCE) / 2) / log(accuracy))


def _interval(found: Accuracy, behaviour: Behaviour) -> str:
    if found.all_inputs:
        return (
            f"{write_fraction(found.accuracy)} of the {behaviour.scored_as} are right on all {found.sequences} inputs"
        )
    return _shares(found.accuracy, found.accuracy_low, found.accuracy_high, behaviour)


def _shares(
    accuracy: float, accuracy_low: float, accuracy_high: float, behaviour: Behaviour, interval: str = "interval"
) -> str:
    shown, low, high = write_fractions(accuracy, accuracy_low, accuracy_high)
    return f"{shown} of the {behaviour.scored_as} are right, 95 % {interval} [{low}, {high}]"


def _more(found: Accuracy, needed: float) -> str:
    fewest = sequences_needed(needed) if needed < 1 else None
    if fewest is None:
        return "no number of sequences shows more than that"
    return (
        f"take at least {fewest} sequences in which something is scored"
        if found.sequences < fewest
        else "take more sequences"
    )


def judge_variables(reading: VariableReading | Absent, thresholds: Thresholds) -> Finding:
    """Whether every combination of the variables can be read off the effects of the state."""
    if isinstance(reading, Absent):
        return Finding("variables", Answer.UNDECIDED, f"Whether it holds its variables cannot be told: {reading}.")
    needed, k = thresholds.variables_read, reading.lasting.size
    numbers = {key: getattr(reading, key) for key in ("r2_min", "low", "high", "whole_state")}
    # The interval of the worst of many is biased downwards: all of it may lie below the estimate, and what fails has lost something.
    lost = reading.lost(needed) or int(reading.high < needed)
    found = partial(Finding, "variables", numbers={**numbers, "lost": lost})
    many = f"all combinations of its {k} variables" if k > 1 else "its variable"
    interval = f"R² {reading.r2_min:.3f}, 95 % interval [{reading.low:.3f}, {reading.high:.3f}]"
    shown = ""
    if reading.whole_state >= needed > reading.r2_min:
        shown = f" The state shows them (R² {reading.whole_state:.3f}), but what it shows does not reach the outputs."
    if reading.low > needed:
        of = " of the worst" if k > 1 else ""
        return found(Answer.HELD, f"It holds {many} where its outputs will see them: {interval}{of}.")
    if reading.high < needed:
        where = where_lost(reading, needed)
        one = f"{lost} of {k} dimensions are" if k > 1 else "It is"
        what = (
            f"Not {many} can be read off what reaches its outputs"
            if k > 1
            else "Its variable cannot be read off what reaches its outputs"
        )
        return found(Answer.FAILED, f"{what}: {one} lost{where} (worst {interval}).{shown}")
    return found(
        Answer.UNDECIDED,
        f"Whether it holds {many} cannot be told: worst {interval}, which straddles {needed:g}.{shown}",
    )


def where_lost(reading: Combinations, below: float) -> str:
    """Where lost dimensions lie, by cycle, those with half a dimension or more."""
    shares, cycles = reading.lost_by_cycle(below), reading.lasting.cycles
    if shares is None or cycles is None:
        return ""
    named = [
        f"{share:.1f} on the cycle of length {len(cycle)} through {reading.lasting.name(cycle[0])}"
        for share, cycle in sorted(zip(shares, cycles, strict=True), reverse=True)
        if share >= 0.5
    ]
    return f", {', '.join(named)}" if named else ""


def judge_extra(extra: ExtraMemory | Absent, thresholds: Thresholds) -> Finding:
    """Whether the state holds anything that the memory does not determine."""
    if isinstance(extra, Absent):
        return Finding("extra", Answer.UNDECIDED, f"Whether it holds anything else cannot be told: {extra}.")
    keys = ("count", "share", "low", "high", "size", "difference", "time", "pairs", "wrong")
    found = partial(Finding, "extra", numbers={key: getattr(extra, key) for key in keys})
    most, small = thresholds.extra_share, extra.size is not None and extra.size < thresholds.extra_size
    interval = f"share {extra.share:.2f}, 95 % interval [{extra.low:.2f}, {extra.high:.2f}]"
    if extra.high < most:
        part = extra.held > extra.directions
        looked = f", in the {extra.directions} largest of {extra.held} directions" if part else ""
        gone = (
            f" What differs at t = {extra.first.time} (share {extra.first.share:.2f}) is gone by t = {extra.time}."
            if extra.first
            else ""
        )
        return found(
            Answer.HELD,
            f"It holds nothing else: states of equal memories are equal but for a share of {extra.share:.2g}{looked}.{gone}",
        )
    size = "" if extra.size is None else f" of {extra.size:.2g} times the smallest variable's size"
    once = f" (looked at once: {extra.once})" if extra.once else ""
    if small:
        return found(
            Answer.HELD,
            f"It holds nothing else of any size: what differs{size} is below {thresholds.extra_size:g} ({interval}).",
        )
    if extra.low > most:
        many = "one direction is" if extra.count == 1 else f"{extra.count} directions are"
        return found(
            Answer.FAILED,
            f"It holds something else: between states of equal memories at times {abs(extra.difference)} apart, from t = {extra.time} on, "
            f"{many} mostly something that the memory does not determine{size} ({interval}){once}.",
        )
    return found(
        Answer.UNDECIDED, f"Whether it holds anything else cannot be told: {interval}, which straddles {most:g}{once}."
    )


def _by_kind(
    question: str,
    linear: Judge,
    of_symbols: Callable[[SymbolEvidence, Thresholds], Finding | Absent],
    of_streams: Callable[[StreamMemory, Thresholds], Finding | Absent],
) -> Judge:
    """A question in its three forms: of what is measured on linear tasks, on symbols, and where there is an input at every step."""

    def judge(x: Examination, thresholds: Thresholds) -> Finding | Absent:
        if not isinstance(x.streams, Absent):
            return of_streams(x.streams, thresholds)
        if not isinstance(x.task, FiniteTask):
            return linear(x, thresholds)
        if isinstance(x.symbols, Absent):
            return Finding(question, Answer.UNDECIDED, f"“{question}” cannot be judged: {x.symbols}.")
        return of_symbols(x.symbols, thresholds)

    return judge


def _variables(x: Examination, thresholds: Thresholds) -> Finding | Absent:
    return x.lasting if isinstance(x.lasting, Absent) else judge_variables(x.variables, thresholds)


def _extra(x: Examination, thresholds: Thresholds) -> Finding | Absent:
    if isinstance(x.lasting, Absent):
        return x.lasting
    return reason if (reason := unpaired(x.lasting)) is not None else judge_extra(x.extra, thresholds)


def _use(x: Examination, thresholds: Thresholds) -> Finding | Absent:
    return x.lasting if isinstance(x.lasting, Absent) else judge_use(x.use, thresholds)


CRITERIA = (
    Criterion("behaviour", "Does it solve the task?", lambda x, held: judge_behaviour(x.behaviour, held)),
    Criterion(
        "variables",
        "Are the variables in its state, where its outputs will see them?",
        _by_kind("variables", _variables, judge_window, judge_states),
    ),
    Criterion(
        "extra",
        "Does it hold anything else?",
        _by_kind("extra", _extra, judge_spread, lambda found, held: judge_extra(found.extra, held)),
    ),
    Criterion("use", "Does it use its variables?", _by_kind("use", _use, judge_exchange, judge_edits)),
)
"""All criteria, in the order in which they are asked; the first decides whether the others count."""

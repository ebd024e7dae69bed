"""From measurements to a verdict.

* `not-solved`: the network does not do the task. Its spectrum is reported and not judged.
* `consistent`: it solves the task, spectrum and memories are the circuit's, and edits of the memories do what the circuit says.
* `solved-otherwise`: it solves the task, and something is not the circuit's; the evidence names what.
* `inconclusive`: the interval of the accuracy straddles the threshold, the task's own values leave float64 before the network fails, or an
  estimate that the verdict would rest on is degenerate.

Every verdict comes with the sentences that it follows from.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from math import ceil, log
from typing import NamedTuple

import numpy as np

from emt_theory.analysis.thresholds import Thresholds
from emt_theory.evidence.behaviour import Behaviour
from emt_theory.evidence.codes import CodeReading
from emt_theory.evidence.interventions import InterventionResult
from emt_theory.evidence.memories import Memories
from emt_theory.evidence.spectra import SpectralComparison
from emt_theory.evidence.stability import RankStability
from emt_theory.tasks import Accuracy
from emt_theory.tasks.accuracy import CONFIDENCE
from emt_theory.tasks.digits import write_fraction, write_fractions


class Verdict(StrEnum):
    """The four outcomes of `check`."""

    CONSISTENT = "consistent"
    SOLVED_OTHERWISE = "solved-otherwise"
    NOT_SOLVED = "not-solved"
    INCONCLUSIVE = "inconclusive"


class _Judgement(NamedTuple):
    """A verdict and why.

    Attributes:
        verdict: the verdict.
        evidence: sentences in plain words.
    """

    verdict: Verdict
    evidence: tuple[str, ...]


class Finding(NamedTuple):
    """One piece of evidence.

    Attributes:
        supports: True for the circuit, False against it, None where it cannot tell.
        sentence: in plain words.
    """

    supports: bool | None
    sentence: str


def judge(
    behaviour: Behaviour,
    trajectory: SpectralComparison,
    stability: RankStability | None,
    memories: Memories,
    edits: InterventionResult,
    thresholds: Thresholds,
) -> _Judgement:
    """The verdict on a network.

    Args:
        behaviour: its accuracy with the interval.
        trajectory: the secant map's spectrum against the theory's.
        stability: the same at other ranks; None without a secant map.
        memories: the variable memories; the intertwining ones are judged.
        edits: what edits of them did. Where none could be made or none has consequences, the others decide; where a no-op changed
            something, nothing does.
        thresholds: what is held to what.
    """
    solved = judge_behaviour(behaviour, thresholds)
    if solved.supports is False:
        return _Judgement(Verdict.NOT_SOLVED, (solved.sentence, _unjudged(trajectory)))
    if solved.supports is None:
        return _Judgement(Verdict.INCONCLUSIVE, (solved.sentence,))
    findings = (judge_spectrum(trajectory, stability, thresholds), judge_memories(memories, thresholds))
    causal = judge_edits(edits, thresholds)
    evidence = (solved.sentence, *(finding.sentence for finding in findings), causal.sentence)
    if any(finding.supports is False for finding in (*findings, causal)):
        return _Judgement(Verdict.SOLVED_OTHERWISE, evidence)
    if any(finding.supports is None for finding in findings) or edits.noop_changes:
        return _Judgement(Verdict.INCONCLUSIVE, evidence)
    return _Judgement(Verdict.CONSISTENT, evidence)


def judge_behaviour(behaviour: Behaviour, thresholds: Thresholds) -> Finding:
    """Whether the task is solved: the whole interval has to be on one side of the threshold.

    Where the task's own values leave float64, failing afterwards is no failure; failing before is.
    """
    needed, found, left = thresholds.solved_accuracy, behaviour.measured, behaviour.range_left
    if behaviour.blow_up is not None and (left is None or behaviour.blow_up < left):
        return Finding(False, f"It does not solve the task: {behaviour.reason}.")
    if found is None:
        return Finding(None, f"Whether it solves the task cannot be told: {behaviour.reason}.")
    if left is not None and (behaviour.blow_up is not None or found.accuracy_low < needed):
        before = behaviour.within_range
        if before is None or before.accuracy_high >= needed:
            return Finding(None, f"Whether it solves the task cannot be told: {behaviour.reason}.")
        return Finding(False, f"It does not solve the task: before t = {left}, {_interval(before)}, below {needed:g}.")
    if found.accuracy_high < needed:
        return Finding(False, f"It does not solve the task: {_interval(found)}, below {needed:g}.")
    if found.accuracy_low < needed:
        return Finding(
            None,
            f"Whether it solves the task cannot be told: {_interval(found)}, which straddles {needed:g}; {_more(found, needed)}.",
        )
    return Finding(
        True,
        f"It solves the task: {_interval(found)}, and {found.sequences_right} of {found.sequences} sequences are entirely right.",
    )


def sequences_needed(accuracy: float) -> int:
    """The fewest sequences whose interval can lie at or above an accuracy, all of them being right: ((1 − c)/2)^(1/k) ≥ accuracy.

    >>> sequences_needed(0.99)
    368
    """
    return ceil(log((1 - CONFIDENCE) / 2) / log(accuracy))


def _interval(found: Accuracy) -> str:
    shown, low, high = write_fractions(found.accuracy, found.accuracy_low, found.accuracy_high)
    return f"{shown} of the signs are right, 95 % interval [{low}, {high}]"


def _more(found: Accuracy, needed: float) -> str:
    fewest = sequences_needed(needed) if needed < 1 else None
    if fewest is None:
        return "no number of sequences shows more than that"
    return f"take at least {fewest} sequences" if found.sequences < fewest else "take more sequences"


def judge_spectrum(trajectory: SpectralComparison, stability: RankStability | None, thresholds: Thresholds) -> Finding:
    """Whether the spectrum along trajectories is the circuit's."""
    if trajectory.count is None or stability is None:
        return Finding(None, f"Its spectrum along trajectories cannot be estimated: {trajectory.reason}.")
    if not len(trajectory.theory):
        return Finding(
            None,
            f"The circuit has no eigenvalue above {thresholds.modulus:g} in modulus: there is no spectrum to compare.",
        )
    if trajectory.doubt is not None:
        return Finding(None, f"The number of its modes cannot be told: {trajectory.doubt} at {thresholds.modulus:g}.")
    if not stability.stable:
        return Finding(None, f"Its spectrum depends on how many directions are fitted: {stability}.")
    if trajectory.complex_error is None or trajectory.largest_error is None:
        lost = f" Missing: {_families(trajectory)}." if trajectory.missing else ""
        total, held = len(trajectory.theory), len(trajectory.theory) - trajectory.missing_count
        used = (
            f"{held} of the circuit's {total} modes" if trajectory.missing else "modes that the circuit does not have"
        )
        return Finding(False, f"It uses {used}: {trajectory.reason}.{lost}")
    error, largest = trajectory.complex_error, trajectory.largest_error
    if error > thresholds.complex_error:
        return Finding(
            False,
            f"Its modes are not the circuit's: they are {error:.2g} off on average, above {thresholds.complex_error:g}.",
        )
    if trajectory.missing:
        return Finding(False, f"Modes of the circuit have no partner in it: {_families(trajectory)}.")
    if largest > thresholds.largest_error:
        lost = f"the nearest is {largest:.2g} off, above {thresholds.largest_error:g}"
        return Finding(False, f"A mode of the circuit is not there: {lost}, though the average is {error:.2g}.")
    off = f"{error:.2g} off on average and none more than {largest:.2g}"
    return Finding(True, f"All {trajectory.count} modes of the circuit are there, {off}, whatever the rank of the fit.")


def judge_memories(memories: Memories, thresholds: Thresholds) -> Finding:
    """Whether the intertwining memories hold the variables, and move as Φ says: better than as Φ with one sign flipped says."""
    found = memories.intertwining
    if found.decode_accuracy is None:
        return Finding(None, f"Its memories cannot be estimated: {found.reason}.")
    read = f"{write_fraction(found.decode_accuracy)} of the stored signs are read off its state"
    if found.decode_accuracy < thresholds.decode_accuracy:
        best = memories.regression.decode_accuracy
        most = f"; the best linear decoder reads {write_fraction(best)}" if best is not None else ""
        return Finding(False, f"Only {read} by the circuit's memories, below {thresholds.decode_accuracy:g}{most}.")
    if found.reason is not None:
        return Finding(None, f"Its memories are degenerate: {found.reason}, though {read}.")
    worst = _worst(zip(found.decoded.by_slot() if found.decoded else (), memories.slots, strict=False))
    if worst is not None and worst[0] < thresholds.slot_accuracy:
        least = f"{write_fraction(worst[0])} of the signs are read, below {thresholds.slot_accuracy:g}"
        return Finding(False, f"One of its variables is not there: of {_slot(worst[1])}, {least}.")
    residual, null = found.estimate.residual, found.estimate.null_residual
    if residual is None or null is None or not residual <= thresholds.null_ratio * null:
        return Finding(
            None,
            f"Its memories do not show that they move as Φ says, though {read}: residual {residual}, with one sign of Φ flipped {null}.",
        )
    return Finding(
        True,
        f"Its memories are the circuit's: {read}, and they move as Φ says (residual {residual:.2g}, with one sign of Φ flipped {null:.2g}).",
    )


def judge_edits(edits: InterventionResult, thresholds: Thresholds) -> Finding:
    """Whether an edit of a memory flips the outputs that the circuit says, and no others."""
    seen, others = edits.predicted_flips_seen, edits.unpredicted_flips
    if edits.reason is not None or seen is None:
        why = edits.reason or "no edit has consequences"
        return Finding(None, f"Whether its variables are causes cannot be tested by edits: {why}.")
    if edits.noop_changes:
        changed = f"{edits.noop_changes} outputs changed after edits that add exactly 0"
        return Finding(None, f"Edits of its variables cannot be trusted: {changed}.")
    counted = f"{edits.edits} edits of single variables, {write_fraction(seen)} of the flips that the circuit predicts are seen"
    rest = f"{others:.2g} of the other outputs flip" if others else "none of the other outputs flips"
    worst = _worst((flips.predicted_flips_seen, slot) for slot, flips in edits.by_slot.items())
    if worst is not None and worst[0] < thresholds.slot_flips_seen:
        least = f"of {_slot(worst[1])}, {write_fraction(worst[0])} of them are, below {thresholds.slot_flips_seen:g}"
        return Finding(False, f"One of its variables is not the cause that the circuit says: after {counted}; {least}.")
    if seen < thresholds.flips_seen or (others or 0) > thresholds.unpredicted_flips:
        needed = f"needed are {thresholds.flips_seen:g} and at most {thresholds.unpredicted_flips:g}"
        return Finding(
            False, f"Its variables are not the causes that the circuit says: after {counted}, and {rest}; {needed}."
        )
    return Finding(True, f"Its variables are causes: after {counted}, and {rest}.")


def _worst(shares: Iterable[tuple[float | None, tuple[int, int]]]) -> tuple[float, tuple[int, int]] | None:
    """The smallest share with its slot; None if there is none."""
    return min(((share, slot) for share, slot in shares if share is not None), default=None)


def _slot(slot: tuple[int, int]) -> str:
    return f"component {slot[1]} of block {slot[0]}"


def tell_shared(code: CodeReading) -> str:
    """How a network holds more variables than a linear decoder can read, where some of them share a direction."""
    assert code.code is not None
    count, first = len(code.code.shared), code.code.shared[0]
    more = f"; {count} pairs do" if count > 1 else ""
    linear, nearest = (write_fraction(float(np.mean(values))) for values in (code.linear, code.nearest))
    return (
        f"Variables share directions of its state: {first}{more}. A linear decoder reads {linear} of the signs, the nearest of the ±1 codewords "
        f"{nearest}."
    )


def _families(trajectory: SpectralComparison) -> str:
    if trajectory.missing_count == len(trajectory.theory):
        return "all of them"
    return "; ".join(str(family) for family in trajectory.missing)


def _unjudged(trajectory: SpectralComparison) -> str:
    if trajectory.count is None:
        return f"Its spectrum along trajectories cannot be estimated: {trajectory.reason}."
    shown = f"{trajectory.count} of its modes last, the circuit has {len(trajectory.theory)}"
    return f"For the record: {shown}{'; missing: ' + _families(trajectory) if trajectory.missing else ''}."

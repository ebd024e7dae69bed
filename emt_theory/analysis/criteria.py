"""The questions that `check` asks, each a criterion: what is asked, of which tasks, and how a measurement is judged.

A criterion is one entry of `CRITERIA`; the verdict, the result, the report and the command line follow it.

>>> [criterion.question for criterion in CRITERIA]
['behaviour', 'spectrum', 'memories', 'edits']
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from math import ceil, log

from emt_theory.analysis.findings import Answer, Finding
from emt_theory.analysis.thresholds import Thresholds
from emt_theory.evidence.behaviour import Behaviour
from emt_theory.evidence.examination import Examination
from emt_theory.evidence.interventions import InterventionResult
from emt_theory.evidence.memories import Memories
from emt_theory.evidence.spectra import SpectralComparison, missing_families
from emt_theory.evidence.stability import RankStability
from emt_theory.ground.absent import Absent
from emt_theory.tasks import Accuracy
from emt_theory.tasks.accuracy import CONFIDENCE
from emt_theory.tasks.digits import write_fraction, write_fractions


@dataclass(frozen=True)
class Criterion:
    """One question.

    Attributes:
        question: its name.
        asks: the question itself.
        judge: what answers it, from an examination; absent where the task is of a kind that the question is not about.
    """

    question: str
    asks: str
    judge: Callable[[Examination, Thresholds], Finding | Absent]

    def __call__(self, examination: Examination, thresholds: Thresholds) -> Finding:
        """The answer."""
        found = self.judge(examination, thresholds)
        if isinstance(found, Absent):
            found = Finding(self.question, Answer.NONE, f"No criterion applies to “{self.asks}”: {found}.")
        return replace(found, asks=self.asks)


def judge_behaviour(behaviour: Behaviour, thresholds: Thresholds) -> Finding:
    """Whether the task is solved: the whole interval has to be on one side of the threshold.

    Where the task's own values leave float64, failing afterwards is no failure; failing before is.
    """
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
    return f"take at least {fewest} sequences" if found.sequences < fewest else "take more sequences"


def judge_spectrum(
    trajectory: SpectralComparison, stability: RankStability | Absent, thresholds: Thresholds
) -> Finding:
    """Whether the spectrum along trajectories is the circuit's."""
    keys = ("count", "argument_error", "complex_error", "largest_error")
    found = partial(Finding, "spectrum", numbers={key: getattr(trajectory, key) for key in keys})
    if trajectory.count is None or isinstance(stability, Absent):
        return found(Answer.UNDECIDED, f"Its spectrum along trajectories cannot be estimated: {trajectory.reason}.")
    if not len(trajectory.theory):
        return found(
            Answer.UNDECIDED,
            f"The circuit has no eigenvalue above {thresholds.modulus:g} in modulus: there is no spectrum to compare.",
        )
    if trajectory.doubt is not None:
        return found(
            Answer.UNDECIDED, f"The number of its modes cannot be told: {trajectory.doubt} at {thresholds.modulus:g}."
        )
    if not stability.stable:
        return found(Answer.UNDECIDED, f"Its spectrum depends on how many directions are fitted: {stability}.")
    if trajectory.complex_error is None or trajectory.largest_error is None:
        lost = f" Missing: {missing_families(trajectory)}." if trajectory.missing else ""
        total, held = len(trajectory.theory), len(trajectory.theory) - trajectory.missing_count
        used = (
            f"{held} of the circuit's {total} modes" if trajectory.missing else "modes that the circuit does not have"
        )
        return found(Answer.FAILED, f"It uses {used}: {trajectory.reason}.{lost}")
    error, largest = trajectory.complex_error, trajectory.largest_error
    if error > thresholds.complex_error:
        return found(
            Answer.FAILED,
            f"Its modes are not the circuit's: they are {error:.2g} off on average, above {thresholds.complex_error:g}.",
        )
    if trajectory.missing:
        return found(Answer.FAILED, f"Modes of the circuit have no partner in it: {missing_families(trajectory)}.")
    if largest > thresholds.largest_error:
        lost = f"the nearest is {largest:.2g} off, above {thresholds.largest_error:g}"
        return found(Answer.FAILED, f"A mode of the circuit is not there: {lost}, though the average is {error:.2g}.")
    off = f"{error:.2g} off on average and none more than {largest:.2g}"
    return found(
        Answer.HELD, f"All {trajectory.count} modes of the circuit are there, {off}, whatever the rank of the fit."
    )


def judge_memories(memories: Memories, thresholds: Thresholds) -> Finding:
    """Whether the intertwining memories hold the variables, and move as Φ says: better than as Φ with one sign flipped says."""
    one, keys = memories.intertwining, ("decode_accuracy", "residual", "null_residual")
    found = partial(Finding, "memories", numbers={key: getattr(one, key) for key in keys})
    if one.decode_accuracy is None:
        return found(Answer.UNDECIDED, f"Its memories cannot be estimated: {one.reason}.")
    read = f"{write_fraction(one.decode_accuracy)} of the stored signs are read off its state"
    if one.decode_accuracy < thresholds.decode_accuracy:
        best = memories.regression.decode_accuracy
        most = f"; the best linear decoder reads {write_fraction(best)}" if best is not None else ""
        return found(
            Answer.FAILED, f"Only {read} by the circuit's memories, below {thresholds.decode_accuracy:g}{most}."
        )
    if one.reason is not None:
        return found(Answer.UNDECIDED, f"Its memories are degenerate: {one.reason}, though {read}.")
    worst = _worst(zip(one.by_slot or (), memories.slots, strict=False))
    if worst is not None and worst[0] < thresholds.slot_accuracy:
        least = f"{write_fraction(worst[0])} of the signs are read, below {thresholds.slot_accuracy:g}"
        return found(Answer.FAILED, f"One of its variables is not there: of {_slot(worst[1])}, {least}.")
    residual, null = one.residual, one.null_residual
    if residual is None or null is None or not residual <= thresholds.null_ratio * null:
        return found(
            Answer.UNDECIDED,
            f"Its memories do not show that they move as Φ says, though {read}: residual {residual}, with one sign of Φ flipped {null}.",
        )
    return found(
        Answer.HELD,
        f"Its memories are the circuit's: {read}, and they move as Φ says (residual {residual:.2g}, with one sign of Φ flipped {null:.2g}).",
    )


def judge_edits(edits: InterventionResult | Absent, thresholds: Thresholds) -> Finding:
    """Whether an edit of a memory flips the outputs that the circuit says, and no others."""
    untested = "Whether its variables are causes cannot be tested by edits"
    if isinstance(edits, Absent):
        return Finding("edits", Answer.NONE, f"{untested}: {edits}.")
    keys = ("edits", "predicted_flips_seen", "unpredicted_flips", "noop_changes")
    found = partial(Finding, "edits", numbers={key: getattr(edits, key) for key in keys})
    seen, others = edits.predicted_flips_seen, edits.unpredicted_flips
    if seen is None:
        return found(Answer.NONE, f"{untested}: no edit has consequences.")
    if edits.noop_changes:
        changed = f"{edits.noop_changes} outputs changed after edits that add exactly 0"
        return found(Answer.UNDECIDED, f"Edits of its variables cannot be trusted: {changed}.")
    counted = f"{edits.edits} edits of single variables, {write_fraction(seen)} of the flips that the circuit predicts are seen"
    rest = f"{others:.2g} of the other outputs flip" if others else "none of the other outputs flips"
    worst = _worst((flips.predicted_flips_seen, slot) for slot, flips in edits.by_slot.items())
    if worst is not None and worst[0] < thresholds.slot_flips_seen:
        least = f"of {_slot(worst[1])}, {write_fraction(worst[0])} of them are, below {thresholds.slot_flips_seen:g}"
        return found(
            Answer.FAILED, f"One of its variables is not the cause that the circuit says: after {counted}; {least}."
        )
    if seen < thresholds.flips_seen or (others or 0) > thresholds.unpredicted_flips:
        needed = f"needed are {thresholds.flips_seen:g} and at most {thresholds.unpredicted_flips:g}"
        return found(
            Answer.FAILED,
            f"Its variables are not the causes that the circuit says: after {counted}, and {rest}; {needed}.",
        )
    return found(Answer.HELD, f"Its variables are causes: after {counted}, and {rest}.")


def _worst(shares: Iterable[tuple[float | None, tuple[int, int]]]) -> tuple[float, tuple[int, int]] | None:
    """The smallest share with its slot; None if there is none."""
    return min(((share, slot) for share, slot in shares if share is not None), default=None)


def _slot(slot: tuple[int, int]) -> str:
    return f"component {slot[1]} of block {slot[0]}"


def _spectrum(x: Examination, thresholds: Thresholds) -> Finding | Absent:
    found = x.spectrum
    return found if isinstance(found, Absent) else judge_spectrum(found.trajectory, found.stability, thresholds)


def _memories(x: Examination, thresholds: Thresholds) -> Finding | Absent:
    return x.memories if isinstance(x.memories, Absent) else judge_memories(x.memories, thresholds)


def _edits(x: Examination, thresholds: Thresholds) -> Finding | Absent:
    return x.persistent if isinstance(x.persistent, Absent) else judge_edits(x.edits, thresholds)


CRITERIA = (
    Criterion("behaviour", "Does it solve the task?", lambda x, held: judge_behaviour(x.behaviour, held)),
    Criterion("spectrum", "Does it move as the circuit does?", _spectrum),
    Criterion("memories", "Where does it keep its variables?", _memories),
    Criterion("edits", "Do its variables do what they should?", _edits),
)
"""All criteria, in the order in which they are asked; the first decides whether the others count."""

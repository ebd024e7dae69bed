"""From measurements to a verdict.

* `not-solved`: the network does not do the task. Its spectrum is reported and not judged.
* `consistent`: it solves the task, and spectrum and memories are the circuit's.
* `solved-otherwise`: it solves the task, and something is not the circuit's; the evidence names what.
* `inconclusive`: the interval of the accuracy straddles the threshold, or an estimate that the verdict would rest on is degenerate.

Every verdict comes with the sentences that it follows from.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from emt_theory.analysis.behaviour import Behaviour
from emt_theory.analysis.memories import Memories
from emt_theory.analysis.spectra import SpectralComparison
from emt_theory.analysis.stability import RankStability
from emt_theory.analysis.thresholds import Thresholds


class Verdict(StrEnum):
    """The four outcomes of `check`."""

    CONSISTENT = "consistent"
    SOLVED_OTHERWISE = "solved-otherwise"
    NOT_SOLVED = "not-solved"
    INCONCLUSIVE = "inconclusive"


class Judgement(NamedTuple):
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
    thresholds: Thresholds,
) -> Judgement:
    """The verdict on a network.

    Args:
        behaviour: its accuracy with the interval.
        trajectory: the secant map's spectrum against the theory's.
        stability: the same at other ranks; None without a secant map.
        memories: the variable memories; the intertwining ones are judged.
        thresholds: what is held to what.
    """
    solved = judge_behaviour(behaviour, thresholds)
    if solved.supports is False:
        return Judgement(Verdict.NOT_SOLVED, (solved.sentence, _unjudged(trajectory)))
    if solved.supports is None:
        return Judgement(Verdict.INCONCLUSIVE, (solved.sentence,))
    findings = (judge_spectrum(trajectory, stability, thresholds), judge_memories(memories, thresholds))
    evidence = (solved.sentence, *(finding.sentence for finding in findings))
    if any(finding.supports is False for finding in findings):
        return Judgement(Verdict.SOLVED_OTHERWISE, evidence)
    if any(finding.supports is None for finding in findings):
        return Judgement(Verdict.INCONCLUSIVE, evidence)
    return Judgement(Verdict.CONSISTENT, evidence)


def judge_behaviour(behaviour: Behaviour, thresholds: Thresholds) -> Finding:
    """Whether the task is solved: the whole interval has to be on one side of the threshold."""
    needed, found = thresholds.solved_accuracy, behaviour.measured
    if behaviour.blow_up is not None:
        return Finding(False, f"It does not solve the task: {behaviour.reason}.")
    if found is None:
        return Finding(None, f"Whether it solves the task cannot be told: {behaviour.reason}.")
    interval = f"{found.accuracy:.4f} of the signs are right, 95 % interval [{found.accuracy_low:.4f}, {found.accuracy_high:.4f}]"
    if found.accuracy_high < needed:
        return Finding(False, f"It does not solve the task: {interval}, below {needed:g}.")
    if found.accuracy_low < needed:
        return Finding(
            None,
            f"Whether it solves the task cannot be told: {interval}, which straddles {needed:g}; take more sequences.",
        )
    return Finding(
        True,
        f"It solves the task: {interval}, and {found.sequences_right} of {found.sequences} sequences are entirely right.",
    )


def judge_spectrum(trajectory: SpectralComparison, stability: RankStability | None, thresholds: Thresholds) -> Finding:
    """Whether the spectrum along trajectories is the circuit's."""
    if trajectory.count is None or stability is None:
        return Finding(None, f"Its spectrum along trajectories cannot be estimated: {trajectory.reason}.")
    if not len(trajectory.theory):
        return Finding(
            None,
            f"The circuit has no eigenvalue above {thresholds.modulus:g} in modulus: there is no spectrum to compare.",
        )
    if not stability.stable:
        return Finding(None, f"Its spectrum depends on how many directions are fitted: {stability}.")
    if trajectory.complex_error is None:
        if trajectory.ambiguous:
            return Finding(None, f"The number of its modes cannot be told: {trajectory.reason}.")
        lost = f" Missing: {_families(trajectory)}." if trajectory.missing else ""
        held = len(trajectory.theory) - trajectory.missing_count
        return Finding(
            False, f"It uses {held} of the circuit's {len(trajectory.theory)} modes: {trajectory.reason}.{lost}"
        )
    error = trajectory.complex_error
    if error > thresholds.complex_error:
        return Finding(
            False,
            f"Its modes are not the circuit's: they are {error:.2g} off on average, above {thresholds.complex_error:g}.",
        )
    if trajectory.missing:
        return Finding(False, f"Modes of the circuit have no partner in it: {_families(trajectory)}.")
    return Finding(
        True,
        f"All {trajectory.count} modes of the circuit are there, {error:.2g} off on average, whatever the rank of the fit.",
    )


def judge_memories(memories: Memories, thresholds: Thresholds) -> Finding:
    """Whether the intertwining memories hold the variables."""
    found = memories.intertwining
    if found.decode_accuracy is None:
        return Finding(None, f"Its memories cannot be estimated: {found.reason}.")
    read = f"{found.decode_accuracy:.4f} of the stored signs are read off its state"
    if found.decode_accuracy < thresholds.decode_accuracy:
        best = memories.regression.decode_accuracy
        most = f"; the best linear decoder reads {best:.4f}" if best is not None else ""
        return Finding(False, f"Only {read} by the circuit's memories, below {thresholds.decode_accuracy:g}{most}.")
    if found.reason is not None:
        return Finding(None, f"Its memories are degenerate: {found.reason}, though {read}.")
    return Finding(True, f"Its memories are the circuit's: {read}.")


def _families(trajectory: SpectralComparison) -> str:
    if trajectory.missing_count == len(trajectory.theory):
        return "all of them"
    return "; ".join(str(family) for family in trajectory.missing)


def _unjudged(trajectory: SpectralComparison) -> str:
    if trajectory.count is None:
        return f"Its spectrum along trajectories cannot be estimated: {trajectory.reason}."
    shown = f"{trajectory.count} of its modes last, the circuit has {len(trajectory.theory)}"
    return f"For the record: {shown}{'; missing: ' + _families(trajectory) if trajectory.missing else ''}."

"""From findings to a verdict.

* `not-solved`: the network does not do the task. The other questions are answered for the record.
* `consistent`: it solves the task, every combination of the variables is in its state where its outputs will see it, nothing else is, and it uses
  them. Where nothing lasts that could be asked for, behaviour alone decides, and the evidence says so.
* `solved-otherwise`: it solves the task, and fails one of the other questions; the evidence names which.
* `inconclusive`: an interval straddles its threshold, the task's own values leave float64 before the network fails, or no criterion is about this
  kind of task.

Every verdict comes with the sentences that it follows from. It is about reachable states, up to the last step that was run.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np

from emt_theory.analysis.findings import Answer, Finding
from emt_theory.evidence.codes import CodeReading
from emt_theory.evidence.spectra import missing_families
from emt_theory.evidence.spectral import SpectralEvidence
from emt_theory.ground.absent import Absent
from emt_theory.tasks.digits import write_fraction


class Verdict(StrEnum):
    """The four outcomes of `check`."""

    CONSISTENT = "consistent"
    SOLVED_OTHERWISE = "solved-otherwise"
    NOT_SOLVED = "not-solved"
    INCONCLUSIVE = "inconclusive"


def conclude(findings: Sequence[Finding]) -> Verdict:
    """The verdict that findings amount to.

    Args:
        findings: the first says whether the task is solved; of the others, those count to which a criterion applies.

    >>> held = Finding("behaviour", Answer.HELD, "It solves the task.")
    >>> conclude([held, Finding("use", Answer.FAILED, "Its variables are not the causes that they should be.")])
    <Verdict.SOLVED_OTHERWISE: 'solved-otherwise'>
    """
    solved, *others = (finding.answer for finding in findings)
    if solved is not Answer.HELD:
        return Verdict.NOT_SOLVED if solved is Answer.FAILED else Verdict.INCONCLUSIVE
    if Answer.FAILED in others:
        return Verdict.SOLVED_OTHERWISE
    return Verdict.INCONCLUSIVE if Answer.UNDECIDED in others or Answer.NONE in others else Verdict.CONSISTENT


def evidence(
    verdict: Verdict, findings: Sequence[Finding], spectrum: SpectralEvidence | Absent, code: CodeReading | Absent
) -> tuple[str, ...]:
    """The sentences that a verdict follows from.

    Args:
        verdict: the verdict.
        findings: all of them.
        spectrum: what is told for the record where the task is not solved.
        code: what is told where variables may share directions.
    """
    solved = findings[0]
    if solved.answer is Answer.FAILED:
        record = () if isinstance(spectrum, Absent) else (tell_modes(spectrum),)
        return (solved.evidence, *record)
    if solved.answer is not Answer.HELD:
        return (solved.evidence,)
    shared = isinstance(code, CodeReading) and verdict is Verdict.SOLVED_OTHERWISE and code.code.shared
    told = (tell_shared(code),) if shared and isinstance(code, CodeReading) else ()
    return (*_merged(findings), *told)


def _merged(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Their sentences; where one reason leaves nothing to judge for several, it is said once."""
    asked = [finding for finding in findings if finding.answer is not Answer.NOTHING]
    idle = {finding.evidence.partition(": ")[2] for finding in findings if finding.answer is Answer.NOTHING}
    if len(idle) == 1 and len(asked) == 1:
        return (asked[0].evidence, f"Behaviour alone decides: {idle.pop()}")
    return tuple(finding.evidence for finding in findings)


def tell_shared(code: CodeReading) -> str:
    """How a network holds more variables than a linear decoder can read, where some of them share a direction."""
    count, first = len(code.code.shared), code.code.shared[0]
    more = f"; {count} pairs do" if count > 1 else ""
    linear, nearest = (write_fraction(float(np.mean(values))) for values in (code.linear, code.nearest))
    return (
        f"Variables share directions of its state: {first}{more}. A linear decoder reads {linear} of the signs, the nearest of the ±1 codewords "
        f"{nearest}."
    )


def tell_modes(spectrum: SpectralEvidence) -> str:
    """How many modes a network has, where they are not judged."""
    trajectory = spectrum.trajectory
    if trajectory.count is None:
        return f"Its spectrum along trajectories cannot be estimated: {trajectory.reason}."
    shown = f"{trajectory.count} of its modes last, the circuit has {len(trajectory.theory)}"
    return f"For the record: {shown}{'; missing: ' + missing_families(trajectory) if trajectory.missing else ''}."

"""Why there is no program, and which one comes closest.

An unfinished network answers most signs rightly, from the first step on; then the closest program is kept, with its doubt. Where the network
computes something that is not linear, such as u(t) = u(t−1)·u(t−s), programs are right by chance, or only later (a product repeats itself, too),
and none is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from emt_theory.analysis.decompiling.candidates import Candidate, Search
from emt_theory.analysis.decompiling.choosing import Choice
from emt_theory.analysis.decompiling.evidence import ProgramEvidence
from emt_theory.analysis.decompiling.limits import PROBE_STEPS
from emt_theory.analysis.decompiling.program import NoProgram, Program
from emt_theory.analysis.decompiling.trials import Trial
from emt_theory.analysis.thresholds import PROGRAMS
from emt_theory.tasks.digits import write_fraction


def refuse(search: Search, trials: Sequence[Trial], seed: int, judge: Callable[[Candidate], Trial]) -> NoProgram:
    """The refusal of a network.

    Args:
        search: what its probes suggested.
        trials: of the programs that were tried, all with a doubt.
        seed: of the probes.
        judge: tries a program on all fresh inputs.
    """
    found = _closest([trial for trial in trials if trial.candidate.is_close])
    if found is None:
        return NoProgram(_why(search), None, search, trials)
    judged, s = judge(found.candidate), found.num_variables
    doubt = f"{judged.doubt or found.doubt}{_unclear(found.candidate)}"
    choice = Choice(judged, (), "no other comes closer, and none that is clearer or smaller as close")
    others = tuple(other for other in trials if other is not found)
    best = Program(judged.task, ProgramEvidence(seed, search, choice, None, (), others), doubt)
    left = f"a linear function of the last {s} values leaves {found.candidate.regression.residual:.2g} of what comes next unexplained"
    return NoProgram(f"the closest program, with s = {s}, is not the network's: {doubt} ({left})", best, search, trials)


def _unclear(candidate: Candidate) -> str:
    """Which outputs follow no component clearly."""
    outputs = candidate.unclear
    if not outputs:
        return ""
    return f"; what output{'s' if len(outputs) > 1 else ''} {', '.join(map(str, outputs))} read{'s' if len(outputs) == 1 else ''} is unclear"


def _closest(trials: Sequence[Trial]) -> Trial | None:
    """The trial with the most accurate early values; of those that are nearly as accurate, the clearest, then the smallest."""
    if not trials:
        return None
    most = min(trial.early_error for trial in trials)
    near = [trial for trial in trials if PROGRAMS.stand_out * trial.early_error <= most]
    return min(near, key=lambda trial: (len(trial.candidate.unclear), trial.num_variables, trial.early_error))


def _why(search: Search) -> str:
    """Why no program comes near."""
    longest = len(search.probing.probes)
    if not search.candidates:
        reasons = {other.reason.split(", from t =")[0] for other in search.unread}
        if len(reasons) == 1:
            return f"{reasons.pop()}, for any number s ≤ {longest} of inputs"
        return f"for no s ≤ {longest} is there a program: {search.unread[-1].reason}"
    closest = max(search.candidates, key=lambda c: (c.agreement, -c.task.num_variables))
    s = closest.task.num_variables
    return (
        f"no linear program fits, for any s ≤ {longest}: the closest, with s = {s}, has {write_fraction(closest.agreement)} of the signs of the "
        f"first {PROBE_STEPS} steps and {write_fraction(closest.first_agreement)} at t = s + 1; a linear function of the last {s} values leaves "
        f"{closest.regression.residual:.2g} of what comes next unexplained. A rule on q symbols is looked for with alphabet=q (--alphabet q)"
    )

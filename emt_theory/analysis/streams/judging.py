r"""How a network with an input at every step is judged: the questions of `check`, in the form that they have where inputs never end.

    variables    the state of the smallest machine is told from the network's, or the coordinates of the smallest realization are linear in it
    extra        behind words that lead to one memory, states come together
    use          another memory, put into the state, is followed by what the task shows from there

The share of states that have to be told, 0.9, was set by looking at compiled circuits, trained networks and impostors; docs/verdicts has which.
"""

from __future__ import annotations

from functools import partial

from emt_theory.analysis.findings import Answer, Finding
from emt_theory.analysis.thresholds import Thresholds
from emt_theory.evidence.streams import FilterReading, StreamMemory
from emt_theory.ground.absent import Absent
from emt_theory.tasks.digits import write_fractions


def judge_states(found: StreamMemory, thresholds: Thresholds) -> Finding | Absent:
    """Whether the task's memory is in the state."""
    states, blind = found.states, False
    if isinstance(states, Absent):
        return states
    if isinstance(states, FilterReading):
        needed, value = thresholds.variables_read, states.r2
        what = f"all combinations of its {states.dim} coordinates" if states.dim > 1 else "its coordinate"
        interval = f"R² {states.r2:.3f}, 95 % interval [{states.low:.3f}, {states.high:.3f}]"
        held, lost = f"It holds {what}: {interval}", f"Not {what} can be read off its state: {interval}"
    else:
        needed, value = thresholds.state_read, states.purity
        blind = states.seen > 1 and value <= states.commonest  # no more than of a network that holds nothing
        share, low, high = write_fractions(states.purity, states.low, states.high)
        interval = f"{share} of its states lie nearest to their own of {states.seen} states of the machine, 95 % interval [{low}, {high}]"
        held, lost = (
            f"It holds the state of the machine: {interval}",
            f"It does not hold the state of the machine: {interval}",
        )
    finding = partial(Finding, "variables", numbers={"value": value, "low": states.low, "high": states.high})
    if blind:
        return finding(Answer.FAILED, f"{lost}, which holds of any network: the machine is in one state as often.")
    if states.low > needed:
        return finding(Answer.HELD, f"{held}.")
    if states.high < needed:
        return finding(Answer.FAILED, f"{lost}, below {needed:g}.")
    return finding(
        Answer.UNDECIDED, f"Whether it holds the task's memory cannot be told: {interval}, which straddles {needed:g}."
    )


def judge_edits(found: StreamMemory, thresholds: Thresholds) -> Finding | Absent:
    """Whether its outputs follow a memory that is put in."""
    edits, needed = found.edits, thresholds.used
    if isinstance(edits, Absent):
        return edits
    share, low, high = write_fractions(edits.right / edits.edits, edits.low, edits.high)
    finding = partial(
        Finding, "use", numbers={"share": edits.right / edits.edits, "low": edits.low, "high": edits.high}
    )
    told = (
        f"behind another memory that is put into the state, all outputs of the next {edits.watched} letters are the task's from there "
        f"in {share} of {edits.edits} words, 95 % interval [{low}, {high}]"
    )
    if edits.low > needed:
        return finding(Answer.HELD, f"It uses its memory: {told}.")
    if edits.high < needed:
        return finding(Answer.FAILED, f"It does not use its memory as the task does: {told}, below {needed:g}.")
    return finding(Answer.UNDECIDED, f"Whether it uses its memory cannot be told: {told}, which straddles {needed:g}.")


def tell_letters(found: StreamMemory | Absent) -> tuple[str, ...]:
    """How far states are a function of the machine's, and how letters move them, in sentences; nothing is judged by it."""
    if isinstance(found, Absent) or isinstance(found.states, Absent | FilterReading):
        return ()
    states = f"Within one state of the machine its states vary by {found.states.spread:.2g} of all that they vary"
    return (f"{states}." if isinstance(found.letters, Absent) else f"{states}; {found.letters}.",)

r"""How a network on a finite task is judged: the questions of `check`, in the form that they have where there is no Φ.

    variables    a run of consecutive variables that determines all that follows is linear in the state; it may be shifted ahead
    extra        states of one memory agree
    use          another memory, put into the state, is followed by the outputs that the rule has from there

and by which mechanism, which no verdict rests on:

    lifted       the state is the lift of the task (P20), and moves as the lift does
    windowed     it holds a window u(t−a), …, u(t+b), and computes products of it up to b steps before they are due
    none         neither is seen

The numbers of these thresholds were set by looking at trained networks and compiled circuits; docs/learned has which.
"""

from __future__ import annotations

from enum import StrEnum
from functools import partial

from emt_theory.analysis.findings import Answer, Finding
from emt_theory.analysis.thresholds import Thresholds
from emt_theory.evidence.symbols import Exchange, LiftReading, SymbolEvidence, WindowReading
from emt_theory.ground.absent import Absent
from emt_theory.tasks.digits import write_fractions


class Mechanism(StrEnum):
    """How a network does a finite task."""

    LIFTED = "lifted"
    WINDOWED = "windowed"
    NONE = "none"


def mechanism_of(found: SymbolEvidence, thresholds: Thresholds) -> Mechanism:
    """How it does the task; where the lift is all functions of the memories, it also has to be read at every lag.

    Args:
        found: what was measured.
        thresholds: what it is held to.
    """
    window, lift = found.window, found.lift
    if isinstance(window, Absent):
        return Mechanism.NONE
    if isinstance(lift, LiftReading) and _is_lift(lift, thresholds):
        everywhere = bool((window.profile >= thresholds.window_read).all())
        if everywhere or not lift.full:
            return Mechanism.LIFTED
    return Mechanism.WINDOWED if window.r2 >= thresholds.window_read else Mechanism.NONE


def tell_mechanism(found: SymbolEvidence | Absent, thresholds: Thresholds) -> tuple[str, ...]:
    """The mechanism in a sentence, with what speaks for it; nothing is judged by it.

    Args:
        found: what was measured; absent on a task of another kind.
        thresholds: what it is held to.
    """
    if isinstance(found, Absent):
        return ()
    lift, which = found.lift, mechanism_of(found, thresholds)
    beside = f"not compared with the lift: {lift}" if isinstance(lift, Absent) else str(lift)
    return (
        (f"Its mechanism is {which} ({beside}).",)
        if which is not Mechanism.NONE
        else (f"No mechanism is seen ({beside}).",)
    )


def _is_lift(lift: LiftReading, thresholds: Thresholds) -> bool:
    moves = lift.complex_error is not None and lift.complex_error <= thresholds.lift_error
    return moves and lift.share >= thresholds.lift_share


def judge_window(found: SymbolEvidence, thresholds: Thresholds) -> Finding | Absent:
    """Whether the variables that the rule needs are in the state."""
    window, needed = found.window, thresholds.window_read
    if isinstance(window, Absent):
        return window
    numbers = {"r2_min": window.r2, "low": window.low, "high": window.high}
    finding = partial(Finding, "variables", numbers=numbers)
    interval = (
        f"R² {window.r2:.3f}"
        if found.every
        else f"R² {window.r2:.3f}, 95 % interval [{window.low:.3f}, {window.high:.3f}]"
    )
    if window.low >= needed:
        return finding(Answer.HELD, f"It holds {_held(found, thresholds)} ({interval} of the worst that is needed).")
    if window.high < needed:
        return finding(
            Answer.FAILED,
            f"It holds no window of as many variables as its rule needs: {interval} of the best, below {needed:g}.",
        )
    return finding(
        Answer.UNDECIDED, f"Whether it holds its variables cannot be told: {interval}, which straddles {needed:g}."
    )


def _held(found: SymbolEvidence, thresholds: Thresholds) -> str:
    """What is held, in words."""
    run = found.window.held(thresholds.window_read) if isinstance(found.window, WindowReading) else None
    window = (
        f"the window {_window(*run)}"
        if run
        else "the variables that its rule needs, each component over a window of its own"
    )
    lifted = mechanism_of(found, thresholds) is Mechanism.LIFTED
    return f"the lift of its task, and in it {window}" if lifted else window


def _window(back: int, ahead: int) -> str:
    ends = [f"u(t{'−' if k < 0 else '+'}{abs(k)})" if k else "u(t)" for k in (-back, ahead)]
    return " … ".join(dict.fromkeys(ends))


def judge_spread(found: SymbolEvidence, thresholds: Thresholds) -> Finding | Absent:
    """Whether the state holds anything that the memory does not determine."""
    spread, most = found.spread, thresholds.spread
    if isinstance(spread, Absent):
        return spread
    finding = partial(Finding, "extra", numbers={"spread": spread.value, "visits": spread.visits, "time": spread.time})
    gone = (
        f" What differs at t = {spread.first.time} ({spread.first.value:.2g}) is gone by then." if spread.first else ""
    )
    if spread.value <= most:
        return finding(Answer.HELD, f"It holds nothing else: states of one memory differ by {spread}.{gone}")
    return finding(Answer.FAILED, f"It holds something else: states of one memory differ by {spread}, above {most:g}.")


def followed(found: SymbolEvidence) -> Exchange | Absent:
    """The exchanges, through the window or through the lift, that are followed more often; through the window where both are."""
    made = [one for one in (found.through_window, found.through_lift) if isinstance(one, Exchange)]
    return max(made, key=lambda one: one.low) if made else Absent(str(found.through_window))


def judge_exchange(found: SymbolEvidence, thresholds: Thresholds) -> Finding | Absent:
    """Whether its outputs follow a memory that is put in."""
    exchange, needed = followed(found), thresholds.used
    if isinstance(exchange, Absent):
        return exchange
    through = "the window" if exchange is found.through_window else "the lift"
    share, low, high = write_fractions(exchange.right / exchange.edits, exchange.low, exchange.high)
    finding = partial(
        Finding, "use", numbers={"share": exchange.right / exchange.edits, "low": exchange.low, "high": exchange.high}
    )
    what = "one symbol of the memory is changed" if exchange.single else "the memory is exchanged for another one"
    told = f"where {what} through {through}, outputs follow the rule from there in {share} of {exchange.edits} tries, 95 % interval [{low}, {high}]"
    if exchange.changes:
        return finding(
            Answer.UNDECIDED,
            f"Whether it uses its variables cannot be told: {exchange.changes} outputs differ after changes of nothing.",
        )
    if exchange.low > needed:
        return finding(Answer.HELD, f"It uses its variables: {told}.")
    if exchange.high < needed:
        return finding(Answer.FAILED, f"It does not use its variables as its rule does: {told}, below {needed:g}.")
    return finding(
        Answer.UNDECIDED, f"Whether it uses its variables cannot be told: {told}, which straddles {needed:g}."
    )

"""What a report shows of a network with an input at every step: what is read off its state, what follows another memory, how letters move it."""

from __future__ import annotations

from emt_theory.analysis.streams.judging import tell_letters
from emt_theory.analysis.thresholds import Thresholds
from emt_theory.evidence.streams import FilterReading, LetterMap, LetterMaps, StateEdits, StateFunction, StreamMemory
from emt_theory.ground.text import number
from emt_theory.report.parts import Section, Shown, Table
from emt_theory.tasks.digits import write_fractions


def show_memory(found: StreamMemory, held: Thresholds) -> Shown:
    """What of the task's memory is read off the state."""
    states = found.states
    if isinstance(states, FilterReading):
        caption = "R² of the worst combination of the smallest realization's coordinates, regressed on the state, on fresh words."
        r2, low, high = (f"{value:.3f}" for value in (states.r2, states.low, states.high))
        return _row("The filter's coordinates", caption, {
            "coordinates": str(states.dim), "worst R²": r2, "95 % interval": f"{low} … {high}", "threshold": f"{held.variables_read:g}",
        })  # fmt: skip
    if isinstance(states, StateFunction):
        caption = "Which share of the network's states on fresh words lies nearest to a mean of their own state of the machine."
        share, low, high = write_fractions(states.purity, states.low, states.high)
        return _row("States of the machine", caption, {
            "states": str(states.states), "seen": str(states.seen), "nearest to their own": share, "95 % interval": f"{low} … {high}",
            "threshold": f"{held.state_read:g}", "spread within one": f"{states.spread:.2g}",
        })  # fmt: skip
    return Shown()


def show_edits(found: StreamMemory) -> Shown:
    """What followed another memory that was put into the state."""
    edits = found.edits
    if not isinstance(edits, StateEdits):
        return Shown()
    caption = f"In running words, one change each; every output of the next {edits.watched} letters has to be the task's from the other memory."
    share, low, high = write_fractions(edits.right / edits.edits, edits.low, edits.high)
    return _row("Other memories", caption, {
        "changes": str(edits.edits), "followed": str(edits.right), "share": share, "95 % interval": f"{low} … {high}",
        "words wrong without one": str(edits.wrong),
    })  # fmt: skip


def _row(title: str, caption: str, cells: dict[str, str]) -> Shown:
    return Shown((), (Table(title, caption, tuple(cells), (tuple(cells.values()),)),))


def show_letters(found: StreamMemory, held: Thresholds) -> Section | None:
    """How each letter moves the states of a machine's task; None where that was not looked at."""
    letters = found.letters
    if not isinstance(letters, LetterMaps):
        return None
    table = Table(
        "Letters",
        f"The map of each letter, in the {letters.rank} dimensions in which the machine's {letters.states} states are linear in the network's, "
        f"beside the machine's own: how many eigenvalues are above {held.modulus:g} in modulus, and, where there are as many in all, "
        "how far they are apart on average.",
        ("letter", "permutes the states", "lasting eigenvalues", "of the machine", "error"),
        tuple(_letter(one, held.modulus) for one in letters.letters),
    )
    sentence = " ".join([*tell_letters(found), "Nothing is judged by this."])
    return Section("Beside the verdict: how do letters move its state?", sentence, (), (table,))


def _letter(one: LetterMap, modulus: float) -> tuple[str, ...]:
    lasting, theory = (str(sum(abs(value) > modulus for value in part)) for part in (one.eigenvalues, one.theory))
    return (
        ", ".join(map(str, one.letter)),
        "yes" if one.permutation else "no",
        lasting,
        theory,
        number(one.complex_error),
    )

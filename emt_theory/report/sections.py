"""The steps of a check as sections of a page: each with one sentence in plain words, its pictures and its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from emt_theory.analysis import (
    CheckResult,
    ExtraMemory,
    Memories,
    SchurAblations,
    SpectralEvidence,
    VariableReading,
    VariableUse,
)
from emt_theory.analysis.findings import Answer, Finding
from emt_theory.analysis.symbols import tell_mechanism
from emt_theory.analysis.verdict import tell_modes
from emt_theory.errors import InvalidOption
from emt_theory.evidence.bootstrap import SpectralBootstrap
from emt_theory.evidence.codes import CodeReading
from emt_theory.evidence.recording import require
from emt_theory.evidence.streams.equal import LATER_BY
from emt_theory.evidence.symbols import LiftReading, WindowReading
from emt_theory.ground.absent import Absent
from emt_theory.ground.text import number
from emt_theory.report.captions import (
    say_ablations,
    say_basis,
    say_circuit,
    say_decoded,
    say_edit,
    say_edited_slots,
    say_film,
    say_levels,
    say_outputs,
    say_phi,
    say_slots,
    say_spectrum,
    say_units,
    say_variables,
    say_wave,
    say_weights,
    say_window,
)
from emt_theory.report.live import show_film, show_spectrum
from emt_theory.report.parts import Section, Shown, Table
from emt_theory.report.pictures import draw
from emt_theory.report.streams import show_edits, show_letters, show_memory
from emt_theory.tasks.digits import write_fraction

_HOW = "Beside the verdict: how does it do it?"
_ONE_COLOUR = 0.99


def sections(result: CheckResult) -> tuple[Section, ...]:
    """The sections of one check: what was made of the file, the questions, the circuit behind the first, what is told beside, thresholds."""
    require(CheckResult, result=result)
    solved, *others = (_section(result, finding) for finding in result.findings)
    if not isinstance(result.streams, Absent):
        letters = show_letters(result.streams, result.thresholds)
        told = (_provenance(result), solved, *others, letters, _lifetime(result))
    elif result.mechanism is None:
        beside = (_basis(result), _lifetime(result), _spectrum(result), _memories(result))
        told = (_provenance(result), solved, _circuit(result), *others, *beside)
    else:
        told = (_provenance(result), solved, *others, _mechanism(result), _lifetime(result))
    return (*(part for part in told if part), _thresholds(result))


def _provenance(result: CheckResult) -> Section | None:
    """What was made of the file, where it left something open."""
    made = result.provenance
    sentences = (*made.first(), *made.then())
    return Section("What was made of the file?", " ".join(sentences)) if sentences else None


def _section(result: CheckResult, finding: Finding) -> Section:
    """One finding; those behind the first count only where the task is solved."""
    shown = SHOWN.get(finding.question, _nothing)(result)
    counts = finding is result.findings[0] or result.findings[0].answer is Answer.HELD
    record = "" if counts else "For the record, since the task is not shown to be solved: "
    return Section(finding.asks, f"{record}{finding.evidence}", *shown)


def _nothing(_result: CheckResult) -> Shown:
    return Shown()


def _behaviour(result: CheckResult) -> Shown:
    return Shown((draw("outputs", "Outputs against targets", say_outputs(result), result.examples.plot()),))


def _circuit(result: CheckResult) -> Section:
    title = "What would the circuit be?"
    if isinstance(result.circuit, Absent):
        return Section(title, f"There is none: {result.circuit}.")
    spectrum = result.circuit.spectrum()
    sentence = (
        f"The task's circuit holds {result.circuit.task.components} numbers; {spectrum.unit_circle} of its modes never fade, "
        f"and {spectrum.zero} are gone after a few steps."
    )
    try:
        drawn = result.circuit.plot()
    except InvalidOption:  # too large to be legible
        return Section(title, sentence)
    return Section(title, sentence, (draw("circuit", "The circuit", say_circuit(result.circuit), drawn),))


def _window(result: CheckResult) -> Shown:
    window = None if isinstance(result.symbols, Absent) else result.symbols.window
    if not isinstance(window, WindowReading):
        return Shown()
    return Shown((draw("window", "Which variables the state shows", say_window(window), window.plot()),))


def _mechanism(result: CheckResult) -> Section:
    """How a network does a finite task, in numbers."""
    sentence = f"{' '.join(tell_mechanism(result.symbols, result.thresholds))} Nothing is judged by this."
    lift = None if isinstance(result.symbols, Absent) else result.symbols.lift
    if not isinstance(lift, LiftReading):
        return Section(_HOW, sentence)
    shown = {name.replace("_", " "): value for name, value in lift.to_dict().items()}
    caption = "The smallest linear system that shows what the task shows, and the states beside it."
    table = Table("The lift", caption, tuple(shown), (tuple(number(value) for value in shown.values()),))
    return Section(_HOW, sentence, (), (table,))


def _variables(result: CheckResult) -> Shown:
    if not isinstance(result.symbols, Absent):
        return _window(result)
    if not isinstance(result.streams, Absent):
        return show_memory(result.streams, result.thresholds)
    reading = result.variables
    if not isinstance(reading, VariableReading):
        return Shown()
    drawn = reading.plot(needed=result.thresholds.variables_read)
    return Shown((draw("variables", "How well variables are read", say_variables(reading), drawn, wide=False),))


def _extra(result: CheckResult) -> Shown:
    if not isinstance(extra := result.extra, ExtraMemory):
        return Shown()
    looks = [look for look in (extra.first, extra) if look]
    apart = (
        "six differences of times" if isinstance(result.streams, Absent) else f"{len(LATER_BY)} differences of length"
    )
    table = Table(
        "States of equal memories",
        f"The largest share of a direction that the memory does not determine, over {extra.pairs} pairs for each of {apart}.",
        ("from t =", "directions", "largest share", "95 % interval", "size"),
        tuple(
            (str(x.time), str(x.directions), f"{x.share:.2g}", f"{x.low:.2g} … {x.high:.2g}", number(x.size))
            for x in looks
        ),
    )
    return Shown((), (table,))


def _basis(result: CheckResult) -> Section:
    title = "Where are the variables?"
    if isinstance(basis := result.basis, Absent):
        return Section(title, f"Nothing is said of them: {basis}.")
    view = basis.view
    units = draw("units", "Which neurons store which variable", say_units(basis), view.plot_units())
    wave = draw("wave", "The variables over time", say_wave(basis), view.plot_wave())
    film = view.film
    live = show_film(film, alone=False)
    pictures = (units, wave, draw("film", "Variables on their way", say_film(film), film.plot(), live=live))
    if view.maps:
        pictures = (
            draw("weights", "The weights, in the basis of variables", say_weights(basis), view.plot_weights()),
            *pictures,
        )
    table = Table(
        "Neurons and variables",
        "How many variables a neuron carries, as it is and after random rotations; which share of the predicted flips is seen when a variable's own "
        "neurons, all others, or as many random ones are taken from another run; and the accuracy with the variables alone, without them, and "
        f"without a random part of the state of their size, {basis.share:.0%} of it.",
        ("variables a neuron", "rotated", "own", "all others", "random", "alone", "without", "without a random part"),
        (
            (
                *(f"{size:.1f}" for size in (basis.participation, basis.rotated)),
                *map(write_fraction, (basis.own, basis.others, basis.random)),
                *map(write_fraction, (basis.sufficient, basis.necessary, basis.random_subspace)),
            ),
        ),
    )
    return Section(title, say_basis(basis), pictures, (table,))


def _lifetime(result: CheckResult) -> Section:
    return Section(
        "For how long does it hold the task?", f"{str(result.lifetime)[:1].upper()}{str(result.lifetime)[1:]}."
    )


def _spectrum(result: CheckResult) -> Section | None:
    spectrum = result.spectrum
    if isinstance(spectrum, Absent):
        return None
    secant = say_spectrum(spectrum.trajectory, "the map that best carries one state to the next")
    weights = "the weights linearized at h = 0, which says little once units saturate"
    origin = say_spectrum(spectrum.origin, weights)
    pictures = tuple(
        draw(name, title, said, found.plot(), wide=False, live=show_spectrum(found))
        for name, title, said, found in (
            ("spectrum-trajectory", "Spectrum along trajectories", secant, spectrum.trajectory),
            ("spectrum-origin", "Spectrum at the origin", origin, spectrum.origin),
        )
    )
    along = (("trajectory", spectrum.trajectory), ("total least squares", spectrum.total))
    compared = (*along, ("origin", spectrum.origin), ("gain", spectrum.gain))
    table = Table(
        "Spectra",
        f"Eigenvalues above {result.thresholds.modulus:g} in modulus against the theory's {spectrum.theory_count}, by optimal assignment. "
        f"Along trajectories: {spectrum.modes}.",
        ("linearization", "count", "argument error (rad)", "complex error", "missing", "remark"),
        tuple(
            (
                *(name, "–" if c.count is None else str(c.count), number(c.argument_error), number(c.complex_error)),
                *("; ".join(map(str, c.missing)) or "none", c.reason or ""),
            )
            for name, c in compared
        ),
    )
    if isinstance(without := result.ablations, SchurAblations):
        pictures = (*pictures, draw("ablations", "Without its modes", say_ablations(without), without.plot()))
    sentence = f"{tell_modes(spectrum)} Nothing is judged by this."
    tables = (table, *_uncertainty(spectrum), _chance(spectrum))
    return Section("Beside the verdict: does it move as the circuit does?", sentence, pictures, tables)


def _uncertainty(spectrum: SpectralEvidence) -> tuple[Table, ...]:
    found = spectrum.bootstrap
    if not isinstance(found, SpectralBootstrap) or isinstance(found.spread, Absent):
        return ()
    rows = (("complex error", found.spread.value), ("argument error (rad)", found.spread.argument))
    return (
        Table(
            "Uncertainty",
            f"Along trajectories, when sequences are drawn anew {found.draws} times from those that were run: 97.5 % of draws are below the bound.",
            ("", "estimate", "at most"),
            tuple((name, number(x.estimate), number(x.bound)) for name, x in rows),
        ),
    )


def _chance(spectrum: SpectralEvidence) -> Table:
    chance = spectrum.chance
    return Table(
        "Chance",
        "The argument error that spectra have which know nothing of the task: what a network has to be far below.",
        ("null model", "argument error (rad)", "one in twenty is below"),
        tuple(
            (level.null, number(level.argument_error), number(level.low))
            for level in (chance.angles, chance.initialization, chance.spacing)
        ),
    )


def _memories(result: CheckResult) -> Section | None:
    memories, examples, code = result.memories, result.examples, result.code
    if isinstance(memories, Absent):
        return None
    pictures = (
        draw("phi", "Φ and the recovered Φ", say_phi(memories), memories.plot()),
        draw("decoded", "Decoded variables", say_decoded(memories), examples.plot_decoded()),
    )
    decoded = memories.intertwining.decoded
    if not isinstance(decoded, Absent) and not _all_right(decoded.by_slot()):
        slots = draw("slots", "What is read right, and when", say_slots(memories), memories.plot_slots())
        pictures = (*pictures, slots)
    if isinstance(code, CodeReading) and code.levels is not None:
        pictures = (*pictures, draw("levels", "Two variables in one direction", say_levels(code), code.plot()))
    best = memories.regression.decode_accuracy
    told = (
        "none could be read"
        if best is None
        else f"the best linear decoder reads {write_fraction(best)} of the stored signs"
    )
    sentence = f"By four methods, {told}. Nothing is judged by this."
    return Section(
        "Beside the verdict: how well are its variables read?",
        sentence,
        pictures,
        (_methods(memories), _agreement(memories)),
    )


def _methods(memories: Memories) -> Table:
    numbers = ("phi_error", "condition", "leakage")
    return Table(
        "Variable memories",
        "How well the stored variables can be read off the state by four methods; the first two are the authors'.",
        ("method", "decoded signs", "Φ error", "condition", "leakage", "remark"),
        tuple(
            (method, write_fraction(one["decode_accuracy"]), *(number(one[k]) for k in numbers), one["reason"] or "")
            for method, one in memories.to_dict().items()
        ),
    )


def _agreement(memories: Memories) -> Table:
    return Table(
        "Agreement",
        "How often two methods read the same sign off the same state.",
        ("one method", "another", "same sign"),
        tuple((a, b, write_fraction(share)) for (a, b), share in memories.agreement.items()),
    )


def _use(result: CheckResult) -> Shown:
    if not isinstance(result.streams, Absent):
        return show_edits(result.streams)
    if not isinstance(use := result.use, VariableUse):
        return Shown()
    pictures = (draw("edit", "A change, and what follows", say_edit(use), use.plot()),)
    if use.slots and not _all_right(right / n for n, right in use.by_variable if n):
        slots = draw("edited-slots", "Changes, variable by variable", say_edited_slots(use), use.plot_slots())
        pictures = (*pictures, slots)
    table = Table(
        "Changes",
        f"Of single variables in the running network, at t = {', '.join(map(str, use.times))}; "
        f"{use.edits} changes that add exactly 0 changed {use.noop_changes} outputs.",
        ("predicted flips", "of these seen", "other outputs", "of these flipped"),
        (
            (
                *(str(use.predicted), write_fraction(use.predicted_flips_seen)),
                *(str(use.staying), write_fraction(use.unpredicted_flips)),
            ),
        ),
    )
    return Shown(pictures, (table,))


def _all_right(shares: Iterable[float | None]) -> bool:
    """Whether a map of shares would be of one colour, as far as an eye can tell."""
    return all(share is None or share > _ONE_COLOUR for share in shares)


SHOWN: dict[str, Callable[[CheckResult], Shown]] = {
    "behaviour": _behaviour,
    "variables": _variables,
    "extra": _extra,
    "use": _use,
}
"""What is shown beside the finding on each question; nothing for a question that is not here."""


def _thresholds(result: CheckResult) -> Section:
    rows = tuple((name.replace("_", " "), f"{value:g}") for name, value in result.thresholds.to_dict().items())
    table = Table("Thresholds", "", ("threshold", "value"), rows)
    sentence = (
        "Conventions, which can be changed. Those down to “state read” decide, with the measurements above; "
        "the two below it name a mechanism; the others are of counting, and decide nothing."
    )
    return Section("What was it held to?", sentence, (), (table,))

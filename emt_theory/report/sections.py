"""The steps of a check as sections of a page: each with one sentence in plain words, its pictures and its tables."""

from __future__ import annotations

from dataclasses import dataclass

from emt_theory.analysis import CheckResult
from emt_theory.analysis.verdict import Finding, judge_behaviour, judge_edits, judge_memories, judge_spectrum
from emt_theory.errors import InvalidOption
from emt_theory.evidence.recording import require
from emt_theory.ground.json import Record
from emt_theory.ground.text import number
from emt_theory.report.captions import (
    say_ablations,
    say_circuit,
    say_decoded,
    say_edit,
    say_edited_slots,
    say_levels,
    say_outputs,
    say_phi,
    say_slots,
    say_spectrum,
)
from emt_theory.report.pictures import Picture, draw
from emt_theory.tasks.digits import write_fraction


@dataclass(frozen=True)
class Table(Record):
    """A table of a report; cells are texts."""

    title: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section(Record):
    """One step of a check.

    Attributes:
        title: what was asked.
        sentence: what was found, in plain words.
        pictures, tables: the evidence.
    """

    title: str
    sentence: str
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()


def sections(result: CheckResult) -> tuple[Section, ...]:
    """The sections of one check, in the order of its steps."""
    require(CheckResult, result=result)
    return (
        _behaviour(result), _circuit(result), _spectrum(result), _memories(result), _interventions(result),
        _thresholds(result),
    )  # fmt: skip


def _behaviour(result: CheckResult) -> Section:
    picture = draw("outputs", "Outputs against targets", say_outputs(result), result.examples.plot())
    return Section("Does it solve the task?", judge_behaviour(result.behaviour, result.thresholds).sentence, (picture,))


def _circuit(result: CheckResult) -> Section:
    spectrum = result.circuit.spectrum()
    sentence = (
        f"The task's circuit holds {result.circuit.task.components} numbers; {spectrum.unit_circle} of its modes never fade, "
        f"and {spectrum.zero} are gone after a few steps."
    )
    try:
        drawn = result.circuit.plot()
    except InvalidOption:  # too large to be legible
        return Section("What would the circuit be?", sentence)
    picture = draw("circuit", "The circuit", say_circuit(result), drawn)
    return Section("What would the circuit be?", sentence, (picture,))


def _spectrum(result: CheckResult) -> Section:
    spectrum = result.spectrum
    secant = say_spectrum(spectrum.trajectory, "the map that best carries one state to the next")
    weights = "the weights linearized at h = 0, which says little once units saturate"
    origin = say_spectrum(spectrum.origin, weights)
    pictures = (
        draw("spectrum-trajectory", "Spectrum along trajectories", secant, spectrum.trajectory.plot(), wide=False),
        draw("spectrum-origin", "Spectrum at the origin", origin, spectrum.origin.plot(), wide=False),
    )
    compared = (("trajectory", spectrum.trajectory), ("origin", spectrum.origin), ("gain", spectrum.gain))
    table = Table(
        "Spectra",
        f"Eigenvalues above {result.thresholds.modulus:g} in modulus against the theory's {spectrum.theory_count}, by optimal assignment.",
        ("linearization", "count", "argument error (rad)", "complex error", "missing", "remark"),
        tuple(
            (
                *(name, "–" if c.count is None else str(c.count), number(c.argument_error), number(c.complex_error)),
                *("; ".join(map(str, c.missing)) or "none", c.reason or ""),
            )
            for name, c in compared
        ),
    )
    sentence = _judged(result, judge_spectrum(spectrum.trajectory, spectrum.stability, result.thresholds))
    tables = (table, *_uncertainty(result), _chance(result))
    return Section("Does it move as the circuit does?", sentence, pictures, tables)


def _uncertainty(result: CheckResult) -> tuple[Table, ...]:
    found = result.spectrum.bootstrap
    if found is None or found.complex_error is None or found.argument_error is None:
        return ()
    rows = (("complex error", found.complex_error), ("argument error (rad)", found.argument_error))
    return (
        Table(
            "Uncertainty",
            f"Along trajectories, when sequences are drawn anew {found.draws} times from those that were run.",
            ("", "estimate", "95 % of draws"),
            tuple((name, number(x.estimate), f"{number(x.low)} … {number(x.high)}") for name, x in rows),
        ),
    )


def _chance(result: CheckResult) -> Table:
    chance = result.spectrum.chance
    return Table(
        "Chance",
        "The argument error that spectra have which know nothing of the task: what a network has to be far below.",
        ("null model", "argument error (rad)", "one in twenty is below"),
        tuple(
            (level.null, number(level.argument_error), number(level.low))
            for level in (chance.angles, chance.initialization, chance.spacing)
        ),
    )


def _memories(result: CheckResult) -> Section:
    memories, examples = result.memories, result.examples
    pictures = (
        draw("phi", "Φ and the recovered Φ", say_phi(result), memories.plot()),
        draw("decoded", "Decoded variables", say_decoded(result), examples.plot_decoded()),
        draw("slots", "What is read right, and when", say_slots(result), memories.plot_slots()),
    )
    if result.code.levels is not None:
        levels = draw("levels", "Two variables in one direction", say_levels(result), result.code.plot())
        pictures = (*pictures, levels)
    numbers = ("phi_error", "condition", "leakage")
    methods = Table(
        "Variable memories",
        "How well the stored variables can be read off the state by four methods; the first two are the authors'.",
        ("method", "decoded signs", "Φ error", "condition", "leakage", "remark"),
        tuple(
            (method, write_fraction(one["decode_accuracy"]), *(number(one[k]) for k in numbers), one["reason"] or "")
            for method, one in memories.to_dict().items()
        ),
    )
    agreement = Table(
        "Agreement",
        "How often two methods read the same sign off the same state.",
        ("one method", "another", "same sign"),
        tuple((a, b, write_fraction(share)) for (a, b), share in memories.agreement.items()),
    )
    sentence = _judged(result, judge_memories(memories, result.thresholds))
    return Section("Where does it keep its variables?", sentence, pictures, (methods, agreement))


def _interventions(result: CheckResult) -> Section:
    edits = result.interventions
    sentence = _judged(result, judge_edits(edits, result.thresholds))
    if edits.reason is not None or edits.example is None:
        return Section("Do its variables do what they should?", sentence)
    pictures = (
        draw("edit", "An edit, and what follows", say_edit(result), edits.plot()),
        draw("edited-slots", "Edits, slot by slot", say_edited_slots(result), edits.plot_slots()),
    )
    counted = (
        ("the edited variable", edits.flips),
        ("another variable", edits.wrong_slot),
        ("a random push", edits.random_direction),
    )
    table = Table(
        "Edits and their controls",
        f"After a stored sign was flipped in the running network; {edits.noops} edits that add exactly 0 changed {edits.noop_changes} outputs.",
        ("held against the prediction for", "predicted flips", "of these seen", "others that flipped"),
        tuple(
            (name, str(flips.predicted), *map(write_fraction, (flips.predicted_flips_seen, flips.unpredicted_flips)))
            for name, flips in counted
        ),
    )
    if result.ablations is not None:
        without = draw("ablations", "Without its modes", say_ablations(result), result.ablations.plot())
        pictures = (*pictures, without)
    return Section("Do its variables do what they should?", sentence, pictures, (table,))


def _thresholds(result: CheckResult) -> Section:
    rows = tuple((name.replace("_", " "), f"{value:g}") for name, value in result.thresholds.to_dict().items())
    table = Table("Thresholds", "", ("threshold", "value"), rows)
    sentence = "These are conventions, and can be changed; the verdict follows from them and the measurements above."
    return Section("What was it held to?", sentence, (), (table,))


def _judged(result: CheckResult, finding: Finding) -> str:
    """A finding counts only where the task is solved."""
    solved = judge_behaviour(result.behaviour, result.thresholds).supports
    return (
        finding.sentence if solved else f"For the record, since the task is not shown to be solved: {finding.sentence}"
    )

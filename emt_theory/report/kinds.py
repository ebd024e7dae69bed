"""A result as a chapter of a page: what it is in a word, its answers, and its sections.

What can be reported is one entry of `KINDS`: the class of a result, and what makes its chapters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

from emt_theory.analysis import CheckResult, NetworkComparison, Verdict
from emt_theory.analysis.findings import Answer, Finding
from emt_theory.circuits import Circuit, FilterCircuit, FiniteCircuit, MachineCircuit, RuleCircuit, StateGraph
from emt_theory.errors import InvalidOption
from emt_theory.evidence.extra import ExtraMemory
from emt_theory.evidence.recording import require
from emt_theory.evidence.streams import StateFunction
from emt_theory.evidence.use import VariableUse
from emt_theory.evidence.variables import VariableReading
from emt_theory.ground.absent import Absent
from emt_theory.ground.json import Record
from emt_theory.report.captions import say_circuit
from emt_theory.report.live import show_spectrum
from emt_theory.report.parts import Section, Table
from emt_theory.report.pictures import draw
from emt_theory.report.sections import sections
from emt_theory.studies import Answers, Sweep
from emt_theory.studies.hypotheses import Decision, HypothesisResult
from emt_theory.tasks.digits import write_fraction

MEANING = {
    Verdict.CONSISTENT: "It solves the task, holds its variables where its outputs see them and nothing else, and uses them.",
    Verdict.SOLVED_OTHERWISE: "It solves the task, but not, or not only, by the circuit: the evidence against it is named below.",
    Verdict.NOT_SOLVED: "It does not solve the task. What else was measured is shown, but nothing follows from it.",
    Verdict.INCONCLUSIVE: "The measurements do not decide: an interval straddles its threshold, or a question cannot be answered.",
}
"""What each verdict means, in plain words."""

OVERVIEW = ("network", "task", "verdict", "accuracy", "variables: least R²", "anything else", "changes right", "modes")
"""The columns of a table of verdicts."""

TONES: dict[Any, str] = {
    Verdict.CONSISTENT: "good", Verdict.SOLVED_OTHERWISE: "other", Verdict.NOT_SOLVED: "bad", Verdict.INCONCLUSIVE: "open",
    Answer.HELD: "good", Answer.FAILED: "bad", Answer.UNDECIDED: "open", Answer.NOTHING: "other", Answer.NONE: "other",
    Decision.SUPPORTED: "good", Decision.REFUTED: "bad", Decision.UNDECIDED: "open",
}  # fmt: skip
"""The colour of a verdict, an answer, a decision; the word stands beside it."""

_MOST_ROWS = 200
"""Longer tables are cut on a page; their JSON is whole."""

_MEASURED = {
    "behaviour": ("accuracy", "accuracy_low", "accuracy_high"),
    "variables": ("r2_min", "value", "low", "high"),
    "extra": ("share", "low", "high"),
    "use": ("share", "low", "high"),
}
"""The numbers of a finding that are held to a threshold: the estimate, which has a name for each kind of task, and its interval."""


@dataclass(frozen=True)
class Bar(Record):
    """An estimate with its interval at a confidence, and the threshold that it is held to, on a line from `start` to `end`."""

    value: float
    low: float
    high: float
    needed: float
    start: float = 0.0
    end: float = 1.0
    confidence: float = 0.95

    def _at(self, value: float) -> float:
        """Where a number stands on a line of 118 units that begins at 1."""
        share = (value - self.start) / (self.end - self.start)
        return round(1 + 118 * min(1.0, max(0.0, share)), 2)

    @property
    def at_value(self) -> float:
        """Where the estimate stands."""
        return self._at(self.value)

    @property
    def at_low(self) -> float:
        """Where the interval begins."""
        return self._at(self.low)

    @property
    def at_high(self) -> float:
        """Where it ends."""
        return self._at(self.high)

    @property
    def at_needed(self) -> float:
        """Where the threshold stands."""
        return self._at(self.needed)

    @property
    def says(self) -> str:
        """The same in words."""
        interval = f"{100 * self.confidence:.5g} % interval [{self.low:.4g}, {self.high:.4g}]"
        return f"{self.value:.4g}, {interval}; the threshold is {self.needed:g}"


@dataclass(frozen=True)
class Answered(Record):
    """One question, its answer in a word and in a sentence, and the measurement on its threshold where there is one."""

    asks: str
    answer: str
    sentence: str
    tone: str
    bar: Bar | None = None


@dataclass(frozen=True)
class Chapter(Record):
    """One result on a page.

    Attributes:
        name: what its files and its anchor are called.
        title: what it is about.
        badge, tone: what came out, in a word, and its colour.
        meaning: what that means.
        sections: the evidence.
        answers: what was asked.
        evidence: what else is to be said first.
        notes: what is the same for all results of a page, and stands at its end once.
        row: its cells of the table at the top, by column.
    """

    name: str
    title: str
    badge: str
    tone: str
    meaning: str
    sections: tuple[Section, ...]
    answers: tuple[Answered, ...] = ()
    evidence: tuple[str, ...] = ()
    notes: tuple[Section, ...] = ()
    row: Mapping[str, str] = field(default_factory=dict[str, str])


def chapters(result: Any) -> tuple[Chapter, ...]:
    """The chapters of a result.

    Raises:
        InvalidOption: if it is of no kind that can be reported.

    >>> from emt_theory import derive
    >>> from emt_theory.tasks import running_parity
    >>> [chapter.title for chapter in chapters(derive(running_parity()))]
    ['The circuit of running_parity']
    """
    for kind, make in KINDS.items():
        if isinstance(result, kind):
            return make(result)
    reported = ", ".join(kind.__name__ for kind in KINDS)
    raise InvalidOption(f"a report is made of one of {reported}, or of a list of them; got {type(result).__name__}")


def slug(text: str) -> str:
    """A name for files and anchors.

    >>> slug("t2 weights/on <T2>")
    't2-weights-on-T2'
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")[:80] or "result"


# -------------------------------------------------------------------------------------------------------------- checks


def overview_row(result: CheckResult) -> tuple[str, ...]:
    """The cells of a table of verdicts, in the order of `OVERVIEW`; modes are the network's of the theory's.

    >>> from emt_theory import derive
    >>> from emt_theory.analysis.check import check
    >>> from emt_theory.tasks import repeat_copy
    >>> circuit = derive(repeat_copy(num_variables=2, dim=1))
    >>> overview_row(check(circuit.compile(), circuit.task, sequences=400, horizon=20, lifetime=False))
    ('a network of 2 units', 'repeat_copy', 'consistent', '1.0000', '1.000', '0.00', '256 of 256', '2 of 2')
    """
    require(CheckResult, result=result)
    spectrum, variables, extra, use = result.spectrum, result.variables, result.extra, result.use
    count = None if isinstance(spectrum, Absent) else spectrum.trajectory.count
    theory = "–" if isinstance(spectrum, Absent) else spectrum.theory_count
    return (
        result.weights.removesuffix(".safetensors"),
        result.task.name,
        str(result.verdict),
        write_fraction(result.behaviour.accuracy),
        f"{variables.r2_min:.3f}" if isinstance(variables, VariableReading) else "–",
        f"{extra.share:.2f}" if isinstance(extra, ExtraMemory) else "–",
        f"{use.sequences_right} of {use.sequences}" if isinstance(use, VariableUse) else "–",
        f"{'–' if count is None else count} of {theory}",
    )


def _of_check(result: CheckResult) -> tuple[Chapter, ...]:
    *parts, held_to = sections(result)
    row = dict(zip(OVERVIEW, overview_row(result), strict=True))
    told = {finding.evidence for finding in result.findings}
    return (
        Chapter(
            slug(f"{Path(result.weights).stem}-{result.task.name}"),
            f"{row['network']} on {result.task.name}",
            str(result.verdict),
            TONES[result.verdict],
            MEANING[result.verdict],
            tuple(parts),
            tuple(_answered(finding, result) for finding in result.findings),
            tuple(sentence for sentence in result.evidence if sentence not in told),
            (held_to,),
            {name: row[name] for name in OVERVIEW[3:]},
        ),
    )


def _answered(finding: Finding, result: CheckResult) -> Answered:
    bar = _bar(finding, result)
    return Answered(finding.asks, str(finding.answer), finding.evidence, TONES[finding.answer], bar)


def _read(result: CheckResult) -> float:
    """What the reading of the variables is held to: that of a machine's state, of a finite task's window, of coordinates."""
    if not isinstance(result.streams, Absent) and isinstance(result.streams.states, StateFunction):
        return result.thresholds.state_read
    return result.thresholds.variables_read if isinstance(result.symbols, Absent) else result.thresholds.window_read


def _bar(finding: Finding, result: CheckResult) -> Bar | None:
    """The measurement of a finding on its threshold; None where there is no interval."""
    held = result.thresholds
    numbers = dict(finding.numbers)
    if finding.question == "use" and numbers.get("sequences") and "share" not in numbers:
        numbers["share"] = (numbers["sequences_right"] or 0) / (numbers["sequences"] or 1)
    measured = [numbers.get(key) for key in _MEASURED.get(finding.question, ())]
    needed = {
        "behaviour": held.solved_accuracy,
        "variables": _read(result),
        "extra": held.extra_share,
        "use": held.used,
    }.get(finding.question)
    numeric = [x for x in measured if x is not None and isfinite(x)]
    if needed is None or len(numeric) < 3:
        return None
    value, low, high = numeric
    return Bar(value, low, high, needed)


# ------------------------------------------------------------------------------------------------------------ circuits


def _of_circuit(circuit: Circuit) -> tuple[Chapter, ...]:
    exact, spectrum = circuit.exactness, circuit.spectrum()
    schemes = tuple(
        (name, one.exact or ("no" if one.allowed else "not allowed"), one.reason) for name, one in exact.schemes.items()
    )
    live = show_spectrum(spectrum)
    parts = [
        Section("What does it do?", "The task as a program.", lines=tuple(circuit.pseudocode().splitlines())),
        _drawn(circuit),
        Section(
            "Which modes does it have?",
            _sentence(str(spectrum.growth)),
            (
                draw(
                    "spectrum",
                    "The spectrum",
                    _sentence("; ".join(str(spectrum).splitlines())),
                    spectrum.plot(),
                    wide=False,
                    live=live,
                ),
            ),
        ),
        Section(
            "Which units can run it?",
            "What each way of compiling it promises for all t > s.",
            tables=(Table("Schemes", "", ("scheme", "exact", "why"), schemes),),
        ),
    ]
    told = (
        "The linear circuit has the task's values for all t > s (P07)."
        if exact.linear
        else f"No linear network, of any width, has the task's values for all t > s (P07): {exact.witness}."
    )
    fewest = f"The fewest linear dimensions that carry its outputs are {circuit.minimal_dimension} of {circuit.task.components}."
    badge, tone = ("linear circuit exact", "good") if exact.linear else ("linear circuit not exact", "open")
    named = circuit.task.name
    return (
        Chapter(slug(named), f"The circuit of {named}", badge, tone, told, tuple(p for p in parts if p), (), (fewest,)),
    )


def _drawn(circuit: Circuit) -> Section | None:
    try:
        drawn = circuit.plot()
    except InvalidOption:  # too large to be legible
        return None
    picture = draw("circuit", "The circuit", say_circuit(circuit), drawn)
    return Section("What does it ask of a memory?", f"It holds {circuit.task.components} numbers.", (picture,))


def _of_program(circuit: FiniteCircuit | FilterCircuit | MachineCircuit | RuleCircuit) -> tuple[Chapter, ...]:
    """The circuit of a task on symbols, or with an input at every step."""
    named, graph = circuit.task.name, circuit.state_graph() if isinstance(circuit, FiniteCircuit) else None
    parts = [Section("What does it do?", "The task as a program.", lines=tuple(circuit.pseudocode().splitlines()))]
    if isinstance(graph, StateGraph):
        caption = "One cycle of each length of its states; the rest of the states lead into one of them."
        picture = draw("states", "The state graph", caption, graph.plot())
        parts.append(Section("Which states return?", f"{_sentence(str(graph))}", (picture,)))
    badge = "on symbols" if isinstance(circuit, FiniteCircuit) else "input at every step"
    first, *found = map(_sentence, circuit.findings())
    return (Chapter(slug(named), f"The circuit of {named}", badge, "other", first, tuple(parts), (), tuple(found)),)


def _sentence(line: str) -> str:
    """A line as a sentence."""
    return f"{line[:1].upper()}{line[1:]}."


# ------------------------------------------------------------------------------------------------- several, and claims


def _of_comparison(comparison: NetworkComparison) -> tuple[Chapter, ...]:
    same, pairs = sum(pair.same for pair in comparison.pairs), len(comparison.pairs)
    columns = ("one", "another", "spectrum", "memories", "signs read alike", "states there / back", "same")
    caption = (
        "Which share of the variance of the column's states a linear map has from the row's; framed pairs are the same."
    )
    part = Section(
        "Which are alike?",
        "Weights cannot be compared entry by entry; spectra, maps and states up to a change of basis can.",
        (draw("pairs", "Networks in pairs", caption, comparison.plot(), wide=False),),
        (Table("Pairs", "", columns, tuple(comparison.table())),),
    )
    task = comparison.results[0].task.name
    alike = Chapter(
        slug(f"pairs-{task}"),
        f"{len(comparison.names)} networks on {task}",
        f"{same} of {pairs} pairs the same",
        "good" if same == pairs else "open",
        "Two are the same where both are consistent and their spectra, maps and states agree up to a change of basis.",
        (part,),
        (),
        tuple(line.strip() + "." for line in str(comparison).splitlines()),
    )
    return (alike, *(chapter for one in comparison.results for chapter in _of_check(one)))


def _of_sweep(found: Sweep) -> tuple[Chapter, ...]:
    parts = [
        Section(
            "What came of them?",
            "A row for each group of runs that differ in their seeds alone.",
            tables=(_table("Groups", found.table.summary().rows),),
        ),
        Section("Run by run", "", tables=(_table("Runs", found.table.rows),)),
    ]
    if found.failures:
        given_up = Section(
            "What was given up?", "These runs failed; they count nowhere.", tables=(_table("Failures", found.failures),)
        )
        parts.insert(0, given_up)
    badge, tone = (f"{found.failed} failed", "bad") if found.failures else ("all done", "good")
    made = f"{found.runs} runs: {found.done} made now, {found.skipped} there before, {found.failed} failed."
    return (Chapter("sweep", f"A sweep of {found.runs} runs", badge, tone, made, tuple(parts)),)


def _table(title: str, rows: Any) -> Table:
    """Dictionaries as a table of texts, without the columns in which nothing stands; cut where it is long."""
    kept = [key for key in (rows[0] if rows else ()) if any(row[key] is not None for row in rows)]
    caption = f"The first {_MOST_ROWS} of {len(rows)}; report.json has all." if len(rows) > _MOST_ROWS else ""
    return Table(
        title, caption, tuple(kept), tuple(tuple(_cell(row[key]) for key in kept) for row in rows[:_MOST_ROWS])
    )


def _cell(value: Any) -> str:
    return "–" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _of_answers(found: Answers) -> tuple[Chapter, ...]:
    return tuple(_of_claim(one, f"claim-{k + 1}") for k, one in enumerate(found.answers))


def _of_claim(one: HypothesisResult, name: str) -> Chapter:
    looks = tuple(
        {"network": look.run, "what": look.what, "says": look.said, "accuracy": look.accuracy} for look in one.looks
    )
    parts = (Section("What did each network say?", "None is left out.", tables=(_table("Networks", looks),)),)
    asked = Answered(
        f"Is it so that {one.hypothesis.asks}?",
        str(one.decision),
        " ".join(_sentence(line.strip()) for line in str(one).splitlines()[1:3]),
        TONES[one.decision],
        _bar_of_claim(one),
    )
    told = tuple(line.strip() for line in str(one).splitlines()[3:])
    return Chapter(
        name,
        one.hypothesis.claim,
        str(one.decision),
        TONES[one.decision],
        "A claim about a population.",
        parts,
        (asked,),
        told,
    )


def _bar_of_claim(one: HypothesisResult) -> Bar | None:
    """The interval on the bound, where all of them are known."""
    ends = (one.estimate, one.low, one.high, one.hypothesis.bound)
    known = [x for x in ends if x is not None and isfinite(x)]
    if len(known) < len(ends):
        return None
    value, low, high, bound = known
    return Bar(value, low, high, bound, *one.scale, one.confidence)


KINDS: dict[type, Callable[[Any], tuple[Chapter, ...]]] = {
    CheckResult: _of_check,
    Circuit: _of_circuit,
    FiniteCircuit: _of_program,
    FilterCircuit: _of_program,
    MachineCircuit: _of_program,
    RuleCircuit: _of_program,
    NetworkComparison: _of_comparison,
    Sweep: _of_sweep,
    Answers: _of_answers,
}
"""What can be reported."""


def unique_notes(made: Iterable[Chapter]) -> tuple[Section, ...]:
    """The notes of all chapters, each once."""
    return tuple(dict.fromkeys(note for chapter in made for note in chapter.notes))

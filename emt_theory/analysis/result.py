"""What `check` returns: a verdict, the findings that it follows from, and everything that they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emt_theory.analysis.findings import Finding, find
from emt_theory.analysis.symbols import Mechanism, followed, mechanism_of
from emt_theory.analysis.thresholds import Thresholds
from emt_theory.analysis.verdict import Verdict
from emt_theory.circuits import Circuit
from emt_theory.evidence.basis.summary import BasisSummary
from emt_theory.evidence.behaviour import Behaviour
from emt_theory.evidence.codes import CodeReading
from emt_theory.evidence.examples import Examples
from emt_theory.evidence.extra import ExtraMemory
from emt_theory.evidence.interventions import SchurAblations
from emt_theory.evidence.lifetime import Lifetime
from emt_theory.evidence.memories import METHODS, Memories
from emt_theory.evidence.resampling import clopper_pearson
from emt_theory.evidence.spectral import SpectralEvidence
from emt_theory.evidence.streams import StateEdits, StreamMemory
from emt_theory.evidence.symbols import Exchange, LiftReading, Spread, SymbolEvidence, WindowReading
from emt_theory.evidence.use import VariableUse
from emt_theory.evidence.variables import VariableReading
from emt_theory.ground.absent import Absent
from emt_theory.ground.json import Record, to_json
from emt_theory.ground.palette import write_title
from emt_theory.networks.provenance import NOTHING, Provenance
from emt_theory.tasks import Task
from emt_theory.tasks.digits import write_fraction

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NOTHING: dict[str, dict[str, Any]] = {
    "spectrum": dict.fromkeys(("theory_count", "chance_argument_error", "origin", "trajectory", "gain")),
    "memories": dict.fromkeys(METHODS),
    "code": {"explained": None, "shared": [], "linear": None, "nearest": None},
    "variables": dict.fromkeys((*VariableReading.JSON, "lost", "cycles")),
    "extra": dict.fromkeys(("count", "size", "share")),
    "use": dict.fromkeys(VariableUse.JSON),
    "interventions": dict.fromkeys(VariableUse.JSON),
    "lifetime": dict.fromkeys(Lifetime.JSON),
    "basis": dict.fromkeys(BasisSummary.JSON),
}
"""What the JSON of a measurement has that is absent, beside its reason."""


@dataclass(frozen=True, eq=False, repr=False)
class CheckResult(Record):
    """What `check` found.

    Attributes:
        verdict: "consistent", "solved-otherwise", "not-solved" or "inconclusive".
        findings: the answer to each question, in the order of `emt_theory.analysis.criteria.CRITERIA`.
        evidence: why, in plain sentences.
        behaviour: accuracy with its interval.
        variables: how well every combination of the variables is read off the effects of the state.
        extra: what states of equal memories differ by.
        use: what changes of single variables do.
        symbols: what is measured on a finite task in their place; in its JSON as `states`, `lift`, `window` and `mechanism`.
        streams: what is measured where there is an input at every step; in its JSON as `memory` and `letters`.
        basis: which units store which variable, and what the network does with the variables alone and without them; not judged.
        lifetime: for how long it holds the task.
        spectrum: three linearizations against the theory.
        memories: variable memories by four methods; Φ_p is `memories.phi`.
        code: the code in which states hold the variables; which of them share a direction.
        ablations: which outputs break without which modes of W_hh.
        circuit: the theory, with its exact spectrum.
        examples: a few sequences to look at.
        task: the task.
        weights: what the network is called.
        hidden: N.
        activation: σ of an Elman network, None for another kind.
        thresholds: what measurements were held to.
        seed: the seed of the fresh sequences; memories and linearizations were fitted on the next one.
        seconds: how long it took.
        provenance: what was assumed where the file did not say, which arrays were not used, and remarks; in its JSON as `assumed`, `ignored`
            and `remarks`.
    """

    JSON = (
        "verdict", "findings", "evidence", "behaviour", "variables", "extra", "use", "interventions=use", "basis", "lifetime", "spectrum",
        "memories", "code", "ablations", "weights", "activation", "task=task.name", "thresholds", "seed", "seconds",
    )  # fmt: skip

    verdict: Verdict
    findings: tuple[Finding, ...]
    evidence: tuple[str, ...]
    behaviour: Behaviour
    variables: VariableReading | Absent
    extra: ExtraMemory | Absent
    use: VariableUse | Absent
    symbols: SymbolEvidence | Absent
    streams: StreamMemory | Absent
    basis: BasisSummary | Absent
    lifetime: Lifetime | Absent
    spectrum: SpectralEvidence | Absent
    memories: Memories | Absent
    code: CodeReading | Absent
    ablations: SchurAblations | Absent
    circuit: Circuit | Absent
    examples: Examples
    task: Task
    weights: str
    hidden: int
    activation: str | None
    thresholds: Thresholds
    seed: int
    seconds: float
    provenance: Provenance = NOTHING

    @property
    def interventions(self) -> VariableUse | Absent:
        """The older name of `use`."""
        return self.use

    def finding(self, question: str) -> Finding:
        """The answer to a question.

        Raises:
            InvalidOption: if it was not asked; says which were.
        """
        return find(self.findings, question)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: the keys that `emt check --json` promises; what is absent is null, with its reason."""
        found: dict[str, Any] = super().to_dict() | self.provenance.to_dict()
        if isinstance(reading := self.variables, VariableReading):
            below = self.thresholds.variables_read
            found["variables"] |= {"lost": reading.lost(below), "cycles": to_json(reading.lost_by_cycle(below))}
        found |= self._of_symbols() | self._of_streams()
        for name, empty in _NOTHING.items():
            attribute = "use" if name == "interventions" else name
            if isinstance(part := getattr(self, attribute), Absent) and not (
                attribute == "use" and (self.symbols or self.streams)
            ):
                found[name] = {**empty, "reason": part.reason}
        return found

    @property
    def mechanism(self) -> Mechanism | None:
        """How a network does a finite task: lifted, windowed, or neither that is seen; None of another task."""
        return None if isinstance(self.symbols, Absent) else mechanism_of(self.symbols, self.thresholds)

    def _of_symbols(self) -> dict[str, Any]:
        """The keys that a finite task adds."""
        if isinstance(self.symbols, Absent):
            return {}
        seen, level = self.symbols, self.thresholds.window_read
        states = {"recurrent": seen.memories, "spread": None, "degree_one_share": seen.degree_one}
        if isinstance(seen.spread, Spread):
            states["spread"] = seen.spread.value
        window: dict[str, Any] = {"back": None, "ahead": None, "r2": None}
        if isinstance(seen.window, WindowReading):
            back, ahead = seen.window.held(level) or (None, None)
            window = {"back": back, "ahead": ahead, **seen.window.to_dict()}
        lift: dict[str, Any] = dict.fromkeys(LiftReading.JSON)
        use = dict.fromkeys(VariableUse.JSON)
        if isinstance(made := followed(seen), Exchange):
            use |= {
                "edits": made.edits,
                "sequences": made.edits,
                "sequences_right": made.right,
                "low": made.low,
                "high": made.high,
            }
            use["noop_changes"] = made.changes
        told: dict[str, Any] = {
            "use": use,
            "interventions": use,
            "states": states,
            "lift": lift,
            "window": window,
            "mechanism": str(self.mechanism),
        }
        for name, part in (("lift", seen.lift), ("window", seen.window)):
            told[name] |= {"reason": part.reason} if isinstance(part, Absent) else part.to_dict()
        return told

    def _of_streams(self) -> dict[str, Any]:
        """The keys that a task with an input at every step adds."""
        if isinstance(self.streams, Absent):
            return {}
        use, edits = dict.fromkeys(VariableUse.JSON), self.streams.edits
        if isinstance(edits, StateEdits):
            use |= {"edits": edits.edits, "sequences": edits.edits, "sequences_right": edits.right}
            use |= {"low": edits.low, "high": edits.high}
        told: dict[str, Any] = {"use": use, "interventions": use}
        for name, part in (("memory", self.streams.states), ("letters", self.streams.letters)):
            told[name] = {"reason": part.reason} if isinstance(part, Absent) else part.to_dict()
        return told

    def plot(self, ax: Axes | None = None) -> Axes:
        """The spectrum along trajectories on the theory's; the outputs on their targets where there is no theory."""
        drawn = self.examples.plot(ax) if isinstance(self.spectrum, Absent) else self.spectrum.plot(ax)
        write_title(drawn, f"{self.weights.removesuffix('.safetensors')} on {self.task.name}: {self.verdict}", pad=22)
        return drawn

    def __repr__(self) -> str:
        return f"CheckResult({str(self.verdict)!r}, task={self.task.name!r}, weights={self.weights!r})"

    def __str__(self) -> str:
        return "\n".join([self.headline, *(f"  {sentence}" for sentence in self.evidence)])

    @property
    def headline(self) -> str:
        """The verdict, to which time it holds, how many sequences are entirely right, and what the lifetime says."""
        shown = [
            f"{self.verdict}: {self.weights} on {self.task.name}, to t = {self.behaviour.quiet + self.behaviour.horizon}"
        ]
        counted = self.behaviour.told if self.behaviour.told and self.verdict is Verdict.CONSISTENT else self.behaviour
        if counted.measured:
            right, total = counted.measured.sequences_right, counted.measured.sequences
            least = f"at least {write_fraction(clopper_pearson(right, total)[0])} of all"
            every = "there are no others" if counted.measured.all_inputs else least
            shown.append(f"{right} of {total} sequences are entirely right ({every})")
        if isinstance(self.lifetime, Lifetime) and self.verdict is not Verdict.NOT_SOLVED:
            held, lost = self.lifetime.holds_to, self.lifetime.fades_by
            shown.append(f"fades by t = {lost}" if lost else f"holds to t = {held}")
        return "; ".join(shown)

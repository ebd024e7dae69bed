"""What `check` returns: a verdict, the findings that it follows from, and everything that they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emt_theory.analysis.findings import Finding, find
from emt_theory.analysis.thresholds import Thresholds
from emt_theory.analysis.verdict import Verdict
from emt_theory.circuits import Circuit
from emt_theory.evidence.behaviour import Behaviour
from emt_theory.evidence.codes import CodeReading
from emt_theory.evidence.examples import Examples
from emt_theory.evidence.interventions import InterventionResult, SchurAblations
from emt_theory.evidence.memories import METHODS, Memories
from emt_theory.evidence.spectral import SpectralEvidence
from emt_theory.ground.absent import Absent
from emt_theory.ground.json import Record
from emt_theory.tasks import Task

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NOTHING: dict[str, dict[str, Any]] = {
    "spectrum": dict.fromkeys(("theory_count", "chance_argument_error", "origin", "trajectory", "gain")),
    "memories": dict.fromkeys(METHODS),
    "code": {"explained": None, "shared": [], "linear": None, "nearest": None},
    "interventions": {
        **dict.fromkeys(("edits", "predicted_flips_seen", "unpredicted_flips", "noop_changes")),
        "method": "intertwining",
    },
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
        spectrum: three linearizations against the theory.
        memories: variable memories by four methods; Φ_p is `memories.phi`.
        code: the code in which states hold the variables; which of them share a direction.
        interventions: what edits of the intertwining memories did.
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
    """

    JSON = (
        "verdict", "findings", "evidence", "behaviour", "spectrum", "memories", "code", "interventions",
        "ablations", "weights", "activation", "task=task.name", "thresholds", "seed", "seconds",
    )  # fmt: skip

    verdict: Verdict
    findings: tuple[Finding, ...]
    evidence: tuple[str, ...]
    behaviour: Behaviour
    spectrum: SpectralEvidence | Absent
    memories: Memories | Absent
    code: CodeReading | Absent
    interventions: InterventionResult | Absent
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

    def finding(self, question: str) -> Finding:
        """The answer to a question.

        Raises:
            InvalidOption: if it was not asked; says which were.
        """
        return find(self.findings, question)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: the keys that `emt check --json` promises; what is absent is null, with its reason."""
        found = super().to_dict()
        for name, empty in _NOTHING.items():
            if isinstance(part := getattr(self, name), Absent):
                found[name] = {**empty, "reason": part.reason}
        return found

    def plot(self, ax: Axes | None = None) -> Axes:
        """The spectrum along trajectories on the theory's; the outputs on their targets where there is no theory."""
        return self.examples.plot(ax) if isinstance(self.spectrum, Absent) else self.spectrum.plot(ax)

    def __repr__(self) -> str:
        return f"CheckResult({str(self.verdict)!r}, task={self.task.name!r}, weights={self.weights!r})"

    def __str__(self) -> str:
        head = f"{self.verdict}: {self.weights} on {self.task.name}"
        return "\n".join([head, *(f"  {sentence}" for sentence in self.evidence)])

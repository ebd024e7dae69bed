"""What `check` returns: a verdict, and everything that it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emt_theory.analysis.thresholds import Thresholds
from emt_theory.analysis.verdict import Verdict
from emt_theory.circuits import Circuit
from emt_theory.evidence.behaviour import Behaviour
from emt_theory.evidence.bootstrap import SpectralBootstrap
from emt_theory.evidence.chance import ChanceLevels
from emt_theory.evidence.codes import CodeReading
from emt_theory.evidence.examples import Examples
from emt_theory.evidence.interventions import InterventionResult, SchurAblations
from emt_theory.evidence.linearize import Linearization
from emt_theory.evidence.memories import Memories
from emt_theory.evidence.spectra import SpectralComparison
from emt_theory.evidence.stability import RankStability
from emt_theory.ground.json import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class SpectralEvidence(Record):
    """The network's spectra against the theory's.

    Attributes:
        theory_count: how many eigenvalues of Φ have |λ| above the modulus.
        chance: the argument error of random spectra, for three null models.
        origin, trajectory, gain: the three linearizations' spectra against the theory's.
        linearizations: the maps themselves, in this order.
        stability: the trajectory's spectrum at other ranks; None without one.
        bootstrap: the uncertainty of the trajectory's spectrum over sequences; None for networks of more than 256 units.
        prediction_error: the relative error of the secant map's next state on fresh sequences; None without one.
    """

    theory_count: int
    chance: ChanceLevels
    origin: SpectralComparison
    trajectory: SpectralComparison
    gain: SpectralComparison
    linearizations: tuple[Linearization, Linearization, Linearization]
    stability: RankStability | None
    bootstrap: SpectralBootstrap | None
    prediction_error: float | None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: the keys that `emt check --json` promises under `spectrum`, and more."""
        origin, secant, gain = self.linearizations
        return {
            "theory_count": self.theory_count,
            "chance_argument_error": self.chance.angles.argument_error,
            "chance_argument_error_low": self.chance.angles.low,
            "chance_null": self.chance.angles.null,
            "chance_levels": self.chance.to_dict(),
            "origin": {**self.origin.to_dict(), "note": origin.note},
            "trajectory": {
                **self.trajectory.to_dict(),
                "rank": secant.rank,
                "bootstrap": self.bootstrap.to_dict() if self.bootstrap else None,
                "rank_stability": self.stability.to_dict() if self.stability else None,
                "prediction_error": self.prediction_error,
            },
            "gain": {**self.gain.to_dict(), "note": gain.note},
        }

    def plot(self, ax: Axes | None = None) -> Axes:
        """The spectrum along trajectories on the theory's."""
        return self.trajectory.plot(ax)

    def __str__(self) -> str:
        return f"trajectory: {self.trajectory}\norigin: {self.origin}\ngain: {self.gain}\nchance:\n{self.chance}"


@dataclass(frozen=True, eq=False, repr=False)
class CheckResult(Record):
    """What `check` found.

    Attributes:
        verdict: "consistent", "solved-otherwise", "not-solved" or "inconclusive".
        evidence: why, in plain sentences.
        behaviour: accuracy with its interval.
        spectrum: both linearizations (and the gain's) against the theory.
        memories: variable memories by four methods; Φ_p is `memories.phi`.
        code: the code in which states hold the variables; which of them share a direction.
        interventions: what edits of the intertwining memories did.
        ablations: which outputs break without which modes of W_hh; None for another kind of network, more than 256 units, or one that blows up.
        circuit: the theory, with its exact spectrum.
        examples: a few sequences to look at.
        weights: what the network is called.
        hidden: N.
        activation: σ of an Elman network, None for another kind.
        thresholds: what measurements were held to.
        seed: the seed of the fresh sequences; memories and linearizations were fitted on the next one.
        seconds: how long it took.
    """

    JSON = (
        "verdict", "evidence", "behaviour", "spectrum", "memories", "code", "interventions", "ablations",
        "weights", "activation", "task=circuit.task.name", "thresholds", "seed", "seconds",
    )  # fmt: skip

    verdict: Verdict
    evidence: tuple[str, ...]
    behaviour: Behaviour
    spectrum: SpectralEvidence
    memories: Memories
    code: CodeReading
    interventions: InterventionResult
    ablations: SchurAblations | None
    circuit: Circuit
    examples: Examples
    weights: str
    hidden: int
    activation: str | None
    thresholds: Thresholds
    seed: int
    seconds: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """The spectrum along trajectories on the theory's."""
        return self.spectrum.plot(ax)

    def __repr__(self) -> str:
        return f"CheckResult({str(self.verdict)!r}, task={self.circuit.task.name!r}, weights={self.weights!r})"

    def __str__(self) -> str:
        head = f"{self.verdict}: {self.weights} on {self.circuit.task.name}"
        return "\n".join([head, *(f"  {sentence}" for sentence in self.evidence)])

"""What `check` returns: a verdict, and everything that it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emt_theory.analysis.behaviour import Behaviour
from emt_theory.analysis.chance import ChanceLevel
from emt_theory.analysis.examples import Examples
from emt_theory.analysis.linearize import Linearization
from emt_theory.analysis.memories import Memories
from emt_theory.analysis.spectra import SpectralComparison
from emt_theory.analysis.stability import RankStability
from emt_theory.analysis.thresholds import Thresholds
from emt_theory.analysis.verdict import Verdict
from emt_theory.circuits import Circuit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NO_INTERVENTIONS = "causal edits are built in a later version"
_EDITS = ("edits", "predicted_flips_seen", "unpredicted_flips", "noop_changes")


@dataclass(frozen=True, eq=False)
class SpectralEvidence:
    """The network's spectra against the theory's.

    Attributes:
        theory_count: how many eigenvalues of Φ have |λ| above the modulus.
        chance: the argument error of random spectra.
        origin, trajectory, gain: the three linearizations' spectra against the theory's.
        linearizations: the maps themselves, in this order.
        stability: the trajectory's spectrum at other ranks; None without one.
        prediction_error: the relative error of the secant map's next state on fresh sequences; None without one.
    """

    theory_count: int
    chance: ChanceLevel
    origin: SpectralComparison
    trajectory: SpectralComparison
    gain: SpectralComparison
    linearizations: tuple[Linearization, Linearization, Linearization]
    stability: RankStability | None
    prediction_error: float | None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: the keys that `emt check --json` promises under `spectrum`, and more."""
        origin, secant, gain = self.linearizations
        return {
            "theory_count": self.theory_count,
            "chance_argument_error": self.chance.argument_error,
            "chance_argument_error_low": self.chance.low,
            "chance_null": self.chance.null,
            "origin": {**self.origin.to_dict(), "note": origin.note},
            "trajectory": {
                **self.trajectory.to_dict(),
                "rank": secant.rank,
                "rank_stability": self.stability.to_dict() if self.stability else None,
                "prediction_error": self.prediction_error,
            },
            "gain": {**self.gain.to_dict(), "note": gain.note},
        }


@dataclass(frozen=True, eq=False, repr=False)
class CheckResult:
    """What `check` found.

    Attributes:
        verdict: "consistent", "solved-otherwise", "not-solved" or "inconclusive".
        evidence: why, in plain sentences.
        behaviour: accuracy with its interval.
        spectrum: both linearizations (and the gain's) against the theory.
        memories: variable memories by four methods; Φ_p is `memories.phi`.
        interventions: None; `interventions_reason` says why.
        circuit: the theory, with its exact spectrum.
        examples: a few sequences to look at.
        weights: what the network is called.
        hidden: N.
        thresholds: what measurements were held to.
        seed: the seed of the fresh sequences; memories and linearizations were fitted on the next one.
        seconds: how long it took.
    """

    verdict: Verdict
    evidence: tuple[str, ...]
    behaviour: Behaviour
    spectrum: SpectralEvidence
    memories: Memories
    circuit: Circuit
    examples: Examples
    weights: str
    hidden: int
    thresholds: Thresholds
    seed: int
    seconds: float
    interventions: None = None
    interventions_reason: str = NO_INTERVENTIONS

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: what `emt check --json` prints. A number that does not exist is null, and a `reason` beside it says why."""
        return {
            "verdict": str(self.verdict),
            "evidence": list(self.evidence),
            "behaviour": self.behaviour.to_dict(),
            "spectrum": self.spectrum.to_dict(),
            "memories": self.memories.to_dict(),
            "interventions": {**dict.fromkeys(_EDITS), "reason": self.interventions_reason},
            "weights": self.weights,
            "task": self.circuit.task.name,
            "thresholds": self.thresholds.to_dict(),
            "seed": self.seed,
            "seconds": self.seconds,
        }

    def plot(self, ax: Axes | None = None) -> Axes:
        """The spectrum along trajectories on the theory's."""
        return self.spectrum.trajectory.plot(ax)

    def __repr__(self) -> str:
        return f"CheckResult({str(self.verdict)!r}, task={self.circuit.task.name!r}, weights={self.weights!r})"

    def __str__(self) -> str:
        head = f"{self.verdict}: {self.weights} on {self.circuit.task.name}"
        return "\n".join([head, *(f"  {sentence}" for sentence in self.evidence)])

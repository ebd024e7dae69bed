"""A network's spectra against the theory's, all of them: three linearizations, chance levels, other ranks, other sequences.

>>> from emt_theory import derive
>>> from emt_theory.evidence.examination import examine
>>> from emt_theory.tasks import compose_copy
>>> circuit = derive(compose_copy(3))
>>> found = examine(circuit.compile(scheme="saturating"), circuit.task, sequences=400, horizon=40).spectrum
>>> found.theory_count, found.trajectory.count, found.stability.stable
(6, 6, True)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from emt_theory.circuits import Circuit
from emt_theory.evidence.bootstrap import SpectralBootstrap, resample
from emt_theory.evidence.chance import ChanceLevels, chance_levels
from emt_theory.evidence.conventions import LARGEST_REPEATED, Conventions
from emt_theory.evidence.linearize import Linearization, Transitions, prediction_error
from emt_theory.evidence.memories.persistent import Persistent
from emt_theory.evidence.products import Modes, name_modes
from emt_theory.evidence.recording import Recording
from emt_theory.evidence.spectra import SpectralComparison, compare_spectra
from emt_theory.evidence.stability import RankStability, vary_rank
from emt_theory.evidence.total import linearize_total
from emt_theory.ground.absent import Absent
from emt_theory.ground.json import Record, to_json
from emt_theory.networks import Network

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_Map = Linearization | Absent

_DRAWS = 20
_FOR_SMALL = (
    "total least squares are",
    "drawing sequences anew is",
    "naming modes is",
    "varying the rank is",
    "the spectrum of the gain is",
)

_NO_BOOTSTRAP = {
    **dict.fromkeys(SpectralBootstrap.JSON),
    "draws": 0,
    "degenerate": 0,
    "counts": {},
    "eigenvalues": [],
    "radii": [],
}
"""What the JSON of a bootstrap has that is absent, beside its reason."""


@dataclass(frozen=True, eq=False)
class SpectralEvidence(Record):
    """The network's spectra against the theory's.

    Attributes:
        theory_count: how many eigenvalues of Φ have |λ| above the modulus.
        chance: the argument error of random spectra, for three null models.
        origin, trajectory, gain: the three linearizations' spectra against the theory's.
        total: the trajectory's by total least squares, which noise of the states shrinks less.
        linearizations: the maps themselves, in this order, or why there is none.
        stability: the trajectory's spectrum at other ranks.
        bootstrap: the uncertainty of the trajectory's spectrum over sequences.
        prediction_error: the relative error of the secant map's next state on fresh sequences.
        modes: what the trajectory's modes are functions of.
    """

    theory_count: int
    chance: ChanceLevels
    origin: SpectralComparison
    trajectory: SpectralComparison
    gain: SpectralComparison
    total: SpectralComparison
    linearizations: tuple[_Map, _Map, _Map, _Map]
    stability: RankStability | Absent
    bootstrap: SpectralBootstrap | Absent
    prediction_error: float | Absent
    modes: Modes | Absent

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: the keys that `emt check --json` promises under `spectrum`, and more."""
        origin, secant, gain, total = self.linearizations
        return {
            "theory_count": self.theory_count,
            "chance_argument_error": self.chance.angles.argument_error,
            "chance_argument_error_low": self.chance.angles.low,
            "chance_null": self.chance.angles.null,
            "chance_levels": self.chance.to_dict(),
            "origin": {**self.origin.to_dict(), "note": getattr(origin, "note", None)},
            "trajectory": {
                **self.trajectory.to_dict(),
                "rank": getattr(secant, "rank", 0),
                "bootstrap": _NO_BOOTSTRAP | self.bootstrap.to_dict(),
                "rank_stability": to_json(self.stability),
                "prediction_error": to_json(self.prediction_error),
                "products": self.modes.products if isinstance(self.modes, Modes) else None,
                "modes": dict.fromkeys(Modes.JSON) | self.modes.to_dict(),
            },
            "total_least_squares": {**self.total.to_dict(), "note": getattr(total, "note", None)},
            "gain": {**self.gain.to_dict(), "note": getattr(gain, "note", None)},
        }

    def plot(self, ax: Axes | None = None) -> Axes:
        """The spectrum along trajectories on the theory's."""
        return self.trajectory.plot(ax)

    def __str__(self) -> str:
        return f"trajectory: {self.trajectory}\n  {self.modes}\norigin: {self.origin}\ngain: {self.gain}\nchance:\n{self.chance}"


def measure_spectrum(
    net: Network,
    circuit: Circuit,
    persistent: Persistent | Absent,
    linearizations: tuple[_Map, _Map, _Map],
    pairs: Transitions | Absent,
    fit: Recording,
    fresh: Recording,
    conventions: Conventions,
    near: tuple[float, float] | None = None,
) -> SpectralEvidence:
    """Compare a network's spectra with a circuit's.

    Args:
        net: the network.
        circuit: the circuit.
        persistent: its persistent variables.
        linearizations: at the origin, along trajectories, by statistical gain.
        pairs: the transitions that the second was fitted to.
        fit: the recording that they are of.
        fresh: another one, on which the next state is predicted.
        conventions: of measuring.
        near: see `bootstrap_spectrum`.
    """
    theory, size = circuit.spectrum(), fit.states.shape[2]
    eigenvalues = theory.eigenvalues()
    few = f"for networks of at most {LARGEST_REPEATED} state variables"
    total, bootstrap, modes, stability, no_gain = (Absent(f"{what} {few}") for what in _FOR_SMALL)
    if size <= LARGEST_REPEATED:
        stability = pairs if isinstance(pairs, Absent) else vary_rank(pairs, theory, conventions)
        total = linearize_total(pairs, conventions.rank_tolerance)
        bootstrap = resample(fit, pairs, theory, _DRAWS, conventions=conventions, near=near)
        named = (fit, pairs, 0, conventions)
        modes = persistent if isinstance(persistent, Absent) else name_modes(net, persistent, *named)
    at_origin, secant, by_gain = linearizations
    if size > LARGEST_REPEATED and not isinstance(by_gain, Absent):
        by_gain = no_gain
    maps = (at_origin, secant, by_gain, total)
    origin, trajectory, gain, total_spectrum = (compare_spectra(found, theory, conventions) for found in maps)
    return SpectralEvidence(
        theory_count=int((np.abs(eigenvalues) > conventions.modulus).sum()),
        chance=chance_levels(eigenvalues, size, conventions.modulus),
        origin=origin,
        trajectory=trajectory,
        gain=gain,
        total=total_spectrum,
        linearizations=maps,
        stability=stability,
        bootstrap=bootstrap,
        prediction_error=prediction_error(secant, fresh),
        modes=modes,
    )

r"""The reduced flow: what is left of the model when the hidden units and the delay become fast (P02).

    T_f V̇_f = W σ_f(V_f) − V_f,      W = Ξ (α_s I + √α_s α_c β Φ'ᵀ) Ξᵀ

LISEM with smaller and smaller T_h = T_d, both layers starting where they follow, against the reduced flow from the same cue: the largest distance
over a finite time, relative to the largest norm, is fitted with C · T^p. Nothing is said about long times.

>>> found = fast_layers(scales=[0.01, 0.005])
>>> found.holds, round(found.order, 1)
(True, 1.0)

Source: P02; the order is measured here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from emt_theory.ground.arguments import callback
from emt_theory.gsemm.experiments.result import ExperimentResult, Say, fitted_order, numbers
from emt_theory.gsemm.model import Model
from emt_theory.gsemm.patterns import cycles, random_memories
from emt_theory.gsemm.simulate import Array, Simulation, Solver, simulate

_FEATURES, _LENGTH, _GAIN, _SEED = 20, 3, 0.1, 0
_DURATION = 5.0
"""In units of T_f."""

_TOLERANCE = 1e-8
_ORDER = (0.85, 1.15)


@dataclass(frozen=True, eq=False)
class FastLayers(ExperimentResult):
    """What `fast_layers` found.

    Attributes:
        scales: T_h = T_d over T_f.
        orbits: one for each.
        reduced: the orbit of the reduced flow.
    """

    scales: tuple[float, ...]
    orbits: tuple[Simulation, ...]
    reduced: Simulation
    JSON = ("scales", "errors", "order", "solvers")
    name = "fast-layers"
    claim = "As T_h and T_d go to 0 the features follow the reduced flow, on a finite time, with an error of order T_h + T_d"

    @property
    def errors(self) -> tuple[float, ...]:
        """The largest distance from the reduced flow, over its largest norm."""
        size = float(np.linalg.norm(self.reduced.V_f[0], axis=1).max())
        return tuple(float(self.distances(k).max()) / size for k in range(len(self.orbits)))

    def distances(self, k: int) -> Array:
        """‖V_f − V_f^reduced‖ over time, shape (time,)."""
        return np.linalg.norm(self.orbits[k].V_f[0] - self.reduced.V_f[0], axis=1)

    @property
    def order(self) -> float:
        """p of the error ≈ C T^p."""
        return fitted_order(self.scales, self.errors)

    @property
    def holds(self) -> bool:
        """Whether the order is about 1."""
        return _ORDER[0] <= self.order <= _ORDER[1]

    @property
    def solvers(self) -> tuple[Solver, ...]:
        """The one that each orbit took."""
        return tuple(orbit.solver for orbit in self.orbits)

    def lines(self) -> list[str]:
        """One for each scale, and the order."""
        rows = zip(self.scales, self.errors, self.orbits, strict=True)
        shown = [f"T_h = T_d = {scale:<8g} error {error:.4f} ({orbit.solver})" for scale, error, orbit in rows]
        return [*shown, f"order {self.order:.3f}"]


def fast_layers(scales: Sequence[float] = (0.04, 0.02, 0.01, 0.005, 0.0025), say: Say | None = None) -> FastLayers:
    """Compare LISEM with its reduced flow, for faster and faster layers.

    Args:
        scales: T_h = T_d over T_f, at least two different ones.
        say: told what is being done.

    Raises:
        InvalidOption: if fewer than two scales are given.
    """
    tell = callback("say", say)
    scales = numbers("scales", scales, for_order=True)
    memories = random_memories(_FEATURES, _LENGTH, _SEED)
    model = Model.lisem(memories, cycles(_LENGTH), _GAIN, T_h=0.0, T_d=0.0)
    cue = memories[:, 0]
    reduced = simulate(model, cue, _DURATION, tolerance=_TOLERANCE)
    orbits: list[Simulation] = []
    for scale in scales:
        tell(f"T_h = T_d = {scale:g}")
        fast = replace(model, T_h=scale, T_d=scale)
        orbits.append(simulate(fast, cue, _DURATION, delay=fast.delay_drive(cue), tolerance=_TOLERANCE))
    return FastLayers(tuple(scales), tuple(orbits), reduced)

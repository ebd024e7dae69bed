r"""The energy of the memory model, and what it does along an orbit (P01).

    E = [V_fᵀσ_f − L_f] + [V_hᵀσ_h − L_h] − √α_s σ_fᵀ Ξ σ_h − α_c V_dᵀ Ξ Φ' σ_h

    dE/dt = −T_f V̇_fᵀ J_f V̇_f − T_h V̇_hᵀ J_h V̇_h − α_c V̇_dᵀ Ξ Φ' σ_h

The first two terms are *descent*: with convex Lagrangians they are never positive. The third is the *delay term*, and it alone can raise E. As
`V̇_d = (βσ_f − V_d)/T_d`, it is O(1/T_d) while σ_f and σ_h stay bounded: the slower the delay, the more the model rolls down a landscape that Φ' tilts
slowly. This is the adiabatic claim, T_d → ∞; the discrete network is the other end, T_d → 0 (P02).

A state at rest, and a moving one, whose energy falls:

>>> from emt_theory.gsemm.model import Model
>>> model = Model.lisem(np.eye(2), np.zeros((2, 2)), T_d=10)
>>> float(energy(model, [0.0, 0.0], V_d=[0.0, 0.0]))
0.0
>>> rate = energy_rate(model, [1.0, 0.5], V_d=[0.0, 0.0])
>>> bool(rate.descent < 0), float(rate.delay)
(True, -0.0)

The identity itself is proved in `proofs/p01`, and for explicit sizes and any L in `emt_theory.gsemm.symbolic_energy`. Source: arXiv 2212.05563.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.ground.arguments import numeric_array
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.ground.palette import write_title
from emt_theory.ground.text import shows
from emt_theory.gsemm.model import Layers, Model, checked_model

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@shows
class EnergyRate(NamedTuple):
    """The terms of dE/dt, each of shape (…).

    Attributes:
        feature: −T_f V̇_fᵀ J_f V̇_f.
        hidden: −T_h V̇_hᵀ J_h V̇_h; 0 where the hidden units are slaved.
        delay: −α_c V̇_dᵀ Ξ Φ' σ_h.
    """

    feature: Array
    hidden: Array
    delay: Array

    @property
    def descent(self) -> Array:
        """What never raises the energy of convex Lagrangians: the first two terms."""
        return self.feature + self.hidden

    @property
    def total(self) -> Array:
        """dE/dt."""
        return self.feature + self.hidden + self.delay


def energy(model: Model, V_f: ArrayLike, V_h: ArrayLike | None = None, V_d: ArrayLike | None = None) -> Array:
    """E of a state.

    Args:
        model: the memory model.
        V_f: features, shape (…, N).
        V_h: hidden units, shape (…, n); None, or slaved: put at what they follow.
        V_d: delay, shape (…, N); likewise.

    Returns:
        E, shape (…).

    Raises:
        InvalidNetwork: if shapes do not fit, or an entry is not a finite real number.
    """
    return _energy(model, _finite(checked_model(model).complete(V_f, V_h, V_d)))


def _energy(model: Model, state: Layers) -> Array:
    sigma_f, sigma_h = model.feature.activation(state.feature), model.hidden.activation(state.hidden)
    legendre = model.feature.legendre(state.feature) + model.hidden.legendre(state.hidden)
    symmetric = ((sigma_f @ model.memories) * sigma_h).sum(axis=-1)
    return legendre - math.sqrt(model.alpha_s) * symmetric - _passed_on(model, state.delay, sigma_h)


def energy_rate(model: Model, V_f: ArrayLike, V_h: ArrayLike | None = None, V_d: ArrayLike | None = None) -> EnergyRate:
    """dE/dt at a state, by the identity P01, term by term. Arguments as for `energy`.

    Raises:
        InvalidNetwork: if shapes do not fit, or an entry is not a finite real number.
    """
    return _rate(model, _finite(checked_model(model).complete(V_f, V_h, V_d)))


def _rate(model: Model, state: Layers) -> EnergyRate:
    moved = model.derivatives(*state)
    bent_f = model.feature.hessian_product(state.feature, moved.feature)
    bent_h = model.hidden.hessian_product(state.hidden, moved.hidden)
    sigma_h = model.hidden.activation(state.hidden)
    return EnergyRate(
        -model.T_f * (moved.feature * bent_f).sum(axis=-1),
        -model.T_h * (moved.hidden * bent_h).sum(axis=-1),
        -_passed_on(model, moved.delay, sigma_h),
    )


@dataclass(frozen=True, eq=False, repr=False)
class EnergyTrace(Record):
    """The energy along one orbit.

    Attributes:
        times: shape (time,).
        energy: E, shape (time,).
        rate: dE/dt term by term, each of shape (time,).
    """

    JSON = (
        "times", "energy", "feature=rate.feature", "hidden=rate.hidden", "delay=rate.delay", "largest_delay", "largest_rise", "defect",
    )  # fmt: skip

    times: Array
    energy: Array
    rate: EnergyRate

    @property
    def largest_delay(self) -> float:
        """The largest |delay term|: it is O(1/T_d)."""
        return float(np.abs(self.rate.delay).max())

    @property
    def largest_rise(self) -> float:
        """The largest dE/dt, and 0 if it is never positive. It is at most `largest_delay` where the Lagrangians are convex."""
        return max(0.0, float(self.rate.total.max()))

    @property
    def defect(self) -> float:
        """How far E(t) − E(0) is from the integral of dE/dt (trapezoidal rule), at most: the orbit's own error and that of the rule."""
        steps = np.diff(self.times) * (self.rate.total[1:] + self.rate.total[:-1]) / 2
        return float(np.abs(self.energy - self.energy[0] - np.concatenate([[0.0], np.cumsum(steps)])).max())

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw E(t), and the integral of the delay term, which is all that can lift it."""
        import matplotlib.pyplot as plt

        axes = plt.subplots(figsize=(6, 3), layout="constrained")[1] if ax is None else ax
        lifted = np.concatenate(
            [[0.0], np.cumsum(np.diff(self.times) * (self.rate.delay[1:] + self.rate.delay[:-1]) / 2)]
        )
        axes.plot(self.times, self.energy, label="energy E")
        axes.plot(self.times, self.energy[0] + lifted, linestyle="--", label="E(0) + ∫ delay term")
        axes.set(xlabel="time", ylabel="energy")
        write_title(axes, f"The energy of an orbit, {len(self.times)} times")
        axes.legend()
        return axes

    def __repr__(self) -> str:
        change = float(self.energy[-1] - self.energy[0])
        return f"EnergyTrace({len(self.times)} times, change {change:.4g}, largest delay term {self.largest_delay:.4g})"


def energy_trace(
    model: Model, times: ArrayLike, V_f: ArrayLike, V_h: ArrayLike | None = None, V_d: ArrayLike | None = None
) -> EnergyTrace:
    """The energy along an orbit.

    Args:
        model: the memory model.
        times: increasing, shape (time,).
        V_f: features, shape (time, N).
        V_h: hidden units, shape (time, n); None, or slaved: put at what they follow.
        V_d: delay, shape (time, N); likewise.

    Raises:
        InvalidNetwork: if a shape does not fit.
        InvalidOption: if there are fewer than two times, they do not increase, or the energy is infinite or NaN somewhere.

    >>> from emt_theory.gsemm.model import Model
    >>> from emt_theory.gsemm.simulate import simulate
    >>> model = Model.lisem([[1], [-1]], [[0]], T_d=10)
    >>> orbit = simulate(model, cue=[1.0, 0.0], duration=5)
    >>> trace = energy_trace(model, orbit.times, orbit.V_f[0], orbit.V_h[0], orbit.V_d[0])
    >>> bool(np.all(np.diff(trace.energy) < 0))
    True
    """
    t = numeric_array("times", times, InvalidOption)
    if t.ndim != 1 or len(t) < 2 or not (np.isfinite(t).all() and (np.diff(t) > 0).all()):
        raise InvalidOption(f"times must be at least two finite and increasing numbers; got shape {t.shape}")
    state = checked_model(model).complete(V_f, V_h, V_d)
    if state.feature.shape[:-1] != t.shape:
        raise InvalidNetwork(f"V_f must have shape (time, N) = ({len(t)}, {model.features}); got {state.feature.shape}")
    with np.errstate(all="ignore"):
        E, rate = _energy(model, state), _rate(model, state)
    lost = ~np.isfinite(E + rate.total)
    if lost.any():
        raise InvalidOption(f"the energy is not finite at time {t[lost][0]:g}: the orbit has left float64; stop before")
    return EnergyTrace(t, E, rate)


def _finite(state: Layers) -> Layers:
    for name, V in zip(("V_f", "V_h", "V_d"), state, strict=True):
        if not np.isfinite(V).all():
            raise InvalidNetwork(f"{name} holds NaN or infinity, and has no energy")
    return state


def _passed_on(model: Model, V_d: Array, sigma_h: Array) -> Array:
    """α_c V_dᵀ Ξ Φ' σ_h."""
    return model.alpha_c * ((V_d @ model.memories @ model.interactions) * sigma_h).sum(axis=-1)

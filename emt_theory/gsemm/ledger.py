r"""What the discrete network assumes about the memory model, and which of these assumptions pull in different directions.

An assumption has one of four bases:

    met        the model is so
    limit      the model is not so; the statement is about its limit, and says how fast it is approached
    replaced   the model is not so and no limit makes it so: the assumption puts another model in its place
    chosen     a definition, an exact change of variables, or something added

A *tension* is a pair of statements that do not hold together. The one that matters most: P02 lets T_d → 0, while the energy of P01 decreases, and its
metastable states last, for T_d → ∞.

>>> from emt_theory.gsemm.model import Model
>>> for line in assumptions(Model.lisem(np.eye(2), [[0, 1], [1, 0]], T_d=20))[:3]:
...     print(line)
σ_h = id (met): the model has it
T_h → 0 (met): the model has T_h = 0
T_d → 0 (limit): the model has T_d = 20; on a finite horizon the flow approaches the reduced one at rate O(T_h + T_d)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from emt_theory.ground.json import Record
from emt_theory.gsemm.lagrangians import identity, relu, softmax
from emt_theory.gsemm.model import Model

_Footing = Literal["met", "limit", "replaced", "chosen"]


@dataclass(frozen=True)
class Assumption(Record):
    """One line of the ledger.

    Attributes:
        name: what is assumed; steps refer to it.
        basis: "met", "limit", "replaced" or "chosen".
        meaning: what that is for this model.
    """

    name: str
    basis: _Footing
    meaning: str

    def __str__(self) -> str:
        return f"{self.name} ({self.basis}): {self.meaning}"


@dataclass(frozen=True)
class Tension(Record):
    """Two statements that do not hold together.

    Attributes:
        one, other: the statements.
        meaning: what follows.
    """

    one: str
    other: str
    meaning: str

    def __str__(self) -> str:
        return f"{self.one} against {self.other}: {self.meaning}"


def assumptions(model: Model, ratio: float = 1.0, inverse: bool = True) -> tuple[Assumption, ...]:
    """The ledger of a derivation.

    Args:
        model: the memory model.
        ratio: Δt/T_f.
        inverse: whether Ξ† stands for Ξᵀ.
    """
    lines = [_linear(model), _fast("T_h", model.T_h), _fast("T_d", model.T_d), *_euler(ratio), *_strengths(model)]
    lines.append(
        Assumption(
            "Φ is the bracket", "chosen", "Φ = α_s I + √α_s α_c β Φ'ᵀ; any Φ is the bracket of some Φ', if α_c β > 0"
        )
    )
    if inverse:
        lines.append(_duals(model))
    if ratio == 1:
        lines += _forms(model)
    added = "W_uh = Ξ E_s and the read-out with the rows E_sᵀ are EMT's; the memory model has neither"
    return (*lines, Assumption("inputs and outputs", "chosen", added))


def tensions(model: Model, ratio: float = 1.0, inverse: bool = True) -> tuple[Tension, ...]:
    """Which assumptions contradict each other, or the regime of P01. Arguments as for `assumptions`."""
    found = [
        Tension(
            "T_d → 0 (P02)",
            "T_d → ∞ (P01)",
            "the network is the limit of a delay that is gone, the energy decreases in the adiabatic limit of one that stands still: what is known "
            "of energy and metastable states does not carry over to the network by itself",
        ),
        _coarse_step(ratio),
    ]
    if not model.feature.bounded:
        what = "is unbounded, too" if model.feature in (identity(), relu()) else "is not known to be bounded"
        lost = f"; the model's own σ_h = {model.hidden} is bounded" if model.hidden.bounded else ""
        found.append(
            Tension(
                "σ_h = id",
                "σ_f and σ_h bounded (P01)",
                f"σ_f = {model.feature} {what}, so with σ_h = id the delay term need not be O(1/T_d) along an orbit{lost}",
            )
        )
    if inverse and _asymmetry(model.memories) > _ROUNDING:
        found.append(
            Tension(
                "Ξ† for Ξᵀ: independent memories",
                "Ξ† = Ξᵀ: orthonormal memories",
                f"‖ΞᵀΞ − I‖ = {_asymmetry(model.memories):.3g}: this network is the limit not of this model, but of that with the bracket Φ(ΞᵀΞ)⁻¹",
            )
        )
    if model.lateral > 0 and model.interactions.min() < -_ROUNDING:
        found.append(Tension("Φ is the bracket", "Φ' ≥ 0: memories excite", _inhibition(model)))
    return tuple(found)


_ROUNDING = 1e-9


def _inhibition(model: Model) -> str:
    """Where Φ' is negative, and what that undoes."""
    source, target = np.unravel_index(int(model.interactions.argmin()), model.interactions.shape)
    lowest = f"Φ' has {model.interactions.min():.3g} from memory {source} to {target}"
    if model.interactions.diagonal().min() < -_ROUNDING:
        return f"{lowest}; where it is negative on its diagonal it undoes the recall by which a memory holds itself"
    return f"{lowest}: that memory inhibits the other"


def _linear(model: Model) -> Assumption:
    if model.hidden == identity():
        return Assumption("σ_h = id", "met", "the model has it")
    return Assumption(
        "σ_h = id", "replaced", f"the model has σ_h = {model.hidden}: what is derived belongs to another model"
    )


def _fast(name: str, value: float) -> Assumption:
    if value == 0:
        return Assumption(f"{name} → 0", "met", f"the model has {name} = 0")
    rate = "on a finite horizon the flow approaches the reduced one at rate O(T_h + T_d)"
    return Assumption(f"{name} → 0", "limit", f"the model has {name} = {value:g}; {rate}")


def _euler(ratio: float) -> list[Assumption]:
    euler = Assumption("forward Euler", "replaced", f"the flow is replaced by the map of step Δt = {_share(ratio)}")
    if ratio < 1:
        return [euler]
    kept = "a choice, not a limit: with Δt < T_f the network is leaky in V, and not in h"
    return [euler, Assumption("Δt = T_f", "chosen", kept)]


def _coarse_step(ratio: float) -> Tension:
    lasts = "near a fixed point an eigenvalue exp(iθ) of W J_f turns for ever in the network"
    decays = "decays like exp(−(1 − cos θ)t/T_f) in the flow"
    if ratio == 1:
        return Tension("Δt = T_f", "the flow", f"the map is no approximation of the flow: {lasts}, and {decays}")
    leaks = f"{lasts} without a leak; with this one it decays by |1 − r + r exp(iθ)| a step, r = {ratio:g}; it {decays}"
    return Tension(f"Δt = {_share(ratio)}", "Δt = T_f", leaks)


def _share(ratio: float) -> str:
    return "T_f" if ratio == 1 else f"{ratio:g} T_f"


def _strengths(model: Model) -> list[Assumption]:
    values = (model.alpha_s, model.alpha_c, model.delay_gain)
    if values == (1, 1, 1):
        return [Assumption("α_s = α_c = β = 1", "met", "the model has them: Φ = I + Φ'ᵀ")]
    shown = ", ".join(f"{name} = {value:g}" for name, value in zip(("α_s", "α_c", "β"), values, strict=True))
    return [
        Assumption(
            "strengths", "chosen", f"{shown} are kept, so Φ' counts √α_s α_c β = {model.lateral:g} times; EMT has 1"
        )
    ]


def _duals(model: Model) -> Assumption:
    distance = _asymmetry(model.memories)
    if distance <= _ROUNDING:
        return Assumption("Ξ† for Ξᵀ", "met", "the memories are orthonormal: Ξ† = Ξᵀ")
    other = "it is the same as other interactions, those with the bracket Φ(ΞᵀΞ)⁻¹"
    return Assumption(
        "Ξ† for Ξᵀ", "replaced", f"the memories are independent, not orthonormal: ‖ΞᵀΞ − I‖ = {distance:.3g}; {other}"
    )


def _forms(model: Model) -> list[Assumption]:
    gain = (
        [Assumption("x = γ V_f", "chosen", f"exact: γ = {model.feature.gain:g} moves into the weights")]
        if model.feature.gain != 1
        else []
    )
    if model.feature.network_activation in ("tanh", "identity"):
        return [
            *gain,
            Assumption("h = σ_f(V_f)", "chosen", "exact: a conjugacy (P03), σ_f is a homeomorphism onto its image"),
        ]
    # Of the library relu and hard_tanh are flat somewhere, and softmax forgets a constant; of others no more is known than that they are gradients.
    feature = model.feature
    if feature.network_activation is not None or feature == softmax(feature.gain):
        lost = f"a semiconjugacy (P03): {feature} is not injective, so V_f cannot be had back from h"
    else:
        lost = f"a semiconjugacy (P03): {feature} is not known to be injective; if it is, V_f can be had back from h"
    return [*gain, Assumption("h = σ_f(V_f)", "chosen", lost)]


def _asymmetry(memories: NDArray[np.float64]) -> float:
    """‖ΞᵀΞ − I‖, the spectral norm."""
    return float(np.linalg.norm(memories.T @ memories - np.eye(memories.shape[1]), 2))

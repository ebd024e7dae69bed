r"""The tanh circuit (P14): every sign right for all t, on selection tasks.

Neurons are components, `W_hh = βΦ`, `W_uh = g E_s`, σ = tanh. A sign is copied through every step, and if g ≥ β the write overrides the
feedback. Magnitudes tend to the positive root of `r* = tanh(β r*)` when β > 1 and decay to 0 when β ≤ 1; with `g ≥ β (1 + r*)` also
|y(t)| ≥ r* for all t (β = 3/2, g = 3: at least .858). Values are not reproduced: they are signs only.

Source: new, P14, proved in `proofs/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from emt_theory.circuits.bases import Basis, BasisKind
from emt_theory.circuits.schemes.linear import Linear
from emt_theory.circuits.schemes.scheme import Allowance, Scheme
from emt_theory.errors import InvalidOption
from emt_theory.ground.rationals import to_fraction
from emt_theory.ground.text import shown
from emt_theory.networks import ExactRNN
from emt_theory.tasks import LinearTask
from emt_theory.tasks.linear import SIGNS


@dataclass(frozen=True)
class Tanh(Scheme):
    """Tanh units that hold signs at an attractor.

    Attributes:
        beta: β > 1, the feedback.
        gain: g ≥ β, the write.

    >>> from emt_theory import derive
    >>> from emt_theory.tasks import compose_copy
    >>> derive(compose_copy(2)).compile(scheme=Tanh(beta=Fraction(2))).W_hh.max().item()
    2.0
    """

    beta: Fraction = Fraction(3, 2)
    gain: Fraction = Fraction(3)
    name: ClassVar[str] = "tanh"
    bases: ClassVar[tuple[BasisKind, ...]] = (BasisKind.IDENTITY,)
    why_only_these_bases: ClassVar[str] = "tanh acts on single neurons, so each component needs a neuron of its own"

    def __post_init__(self) -> None:
        for name in ("beta", "gain"):
            object.__setattr__(self, name, to_fraction(getattr(self, name), name, InvalidOption))
        if self.beta <= 1:
            raise InvalidOption(f"beta must be above 1, or the magnitudes decay to 0; got {shown(self.beta)}")
        if self.gain < self.beta:
            raise InvalidOption(f"gain must be at least beta = {shown(self.beta)}; got {shown(self.gain)}")

    def verdict(self, task: LinearTask) -> Allowance:
        """Allowed on selection tasks with inputs ±1; signs are then exact for all t."""
        if not task.is_selection:
            return Allowance.refused("only selection tasks copy signs (P14); this task mixes or scales components")
        if task.inputs != SIGNS:
            return Allowance.refused(f"inputs must be -1 and 1 (P14); they are {', '.join(map(str, task.inputs))}")
        return Allowance(
            True, "signs", f"a selection task with inputs -1 and 1, beta = {self.beta}, gain = {self.gain} (P14)"
        )

    def weights(self, task: LinearTask, basis: Basis) -> ExactRNN:
        """βΦ, g E_s, E_sᵀ on tanh units."""
        linear = Linear().weights(task, basis)
        return ExactRNN(W_hh=linear.W_hh * self.beta, W_uh=linear.W_uh * self.gain, W_hy=linear.W_hy, activation="tanh")

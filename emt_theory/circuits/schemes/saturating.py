"""The saturating write (P13): exact for all t on every task whose map does not enlarge.

Neurons are components, `W_hh = Φ`, `σ = clip(·, −1, 1)`, and the input is written with a gain so large that it overrides the feedback:

    W_uh = g E_s,  g ≥ 1 + ρ',      ρ' = largest row 1-norm of [F_2 … F_s].

During the input phase `clip(f + g u) = u` for inputs ±1, because |f| ≤ ρ' (block 1 is still empty); afterwards `clip(f) = f`, because the largest
row 1-norm ρ of F is at most 1. It acts on single neurons, so it holds only where each component has its own neuron: in an orthogonal basis it
fails.

Source: new, P13, proved in `proofs/`.
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
from emt_theory.networks import ExactRNN
from emt_theory.tasks import LinearTask
from emt_theory.tasks.linear import SIGNS


@dataclass(frozen=True)
class Saturating(Scheme):
    """Hard-tanh units with an overriding write.

    Attributes:
        gain: g; the smallest that works, 1 + ρ', if left out.

    >>> from emt_theory.tasks import compose_copy, fibonacci
    >>> Saturating().verdict(compose_copy()).exact, Saturating().verdict(fibonacci()).allowed
    ('values', False)
    """

    gain: Fraction | None = None
    name: ClassVar[str] = "saturating"
    bases: ClassVar[tuple[BasisKind, ...]] = (BasisKind.IDENTITY,)
    why_only_these_bases: ClassVar[str] = "clip acts on single neurons, so each component needs a neuron of its own"

    def __post_init__(self) -> None:
        if self.gain is not None:
            object.__setattr__(self, "gain", to_fraction(self.gain, "gain", InvalidOption))

    def verdict(self, task: LinearTask) -> Allowance:
        """Allowed and exact iff inputs are ±1 and the largest row 1-norm of F is at most 1."""
        if task.inputs != SIGNS:
            return Allowance.refused(f"inputs must be -1 and 1 (P13); they are {', '.join(map(str, task.inputs))}")
        rho = task.F.row_norm
        if rho > 1:
            return Allowance.refused(f"the largest row 1-norm of F is {rho}; it must be at most 1 (P13)")
        return Allowance(
            True, "values", f"inputs are -1 and 1 and the largest row 1-norm of F is {rho}, at most 1 (P13)"
        )

    def weights(self, task: LinearTask, basis: Basis) -> ExactRNN:
        """Φ, g E_s, E_sᵀ on hard-tanh units."""
        needed = 1 + task.F.columns(task.dim, task.components).row_norm
        gain = needed if self.gain is None else self.gain
        if gain < needed:
            raise InvalidOption(
                f"gain = {gain} is too small to override the feedback; it must be at least 1 + rho' = {needed}"
            )
        linear = Linear().weights(task, basis)
        return ExactRNN(W_hh=linear.W_hh, W_uh=linear.W_uh * gain, W_hy=linear.W_hy, activation="hard_tanh")

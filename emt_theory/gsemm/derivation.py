r"""From the memory model to the discrete network, step by step (P02).

    T_f V̇_f = √α_s Ξ σ_h − V_f, …     →     h(t+1) = σ(W_hh h(t)),        W_hh = γ Ξ Φ Ξ†,        Φ = α_s I + √α_s α_c β Φ'ᵀ

`derive_network` returns the steps, what SymPy says about each, the ledger of what was assumed, and the weights:

>>> from emt_theory.gsemm.model import Model
>>> cycle = [[0, 1, 0], [0, 0, 1], [1, 0, 0]]                                              # from memory 0 to 1 to 2 to 0
>>> derivation = derive_network(Model.lisem(np.eye(3), cycle))
>>> derivation.network.W_hh.tolist()
[[1.0, 0.0, 1.0], [1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]
>>> derivation
Derivation(N=3, n=3, 9 steps, h-form, 2 tensions)

W_hh maps memory 0 to itself and to memory 1: recall, and what follows. The network is in *h-form*, h = σ_f(V_f). With a step Δt < T_f it is leaky
in V, not in h, and no `ElmanRNN` unless σ_f is the identity; `derivation.rule` is then the V-form.

Source: arXiv 2310.02430, appendix; the lateral factor √α_s α_c β and the reading of Ξ† as other interactions are this project's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.ground.arguments import choice, integer, real
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.ground.text import shown
from emt_theory.gsemm.derivation_text import as_latex, as_markdown, as_text
from emt_theory.gsemm.discrete import VForm
from emt_theory.gsemm.from_phi import interactions_from_phi
from emt_theory.gsemm.lagrangians import identity
from emt_theory.gsemm.ledger import Assumption, Tension, assumptions, tensions
from emt_theory.gsemm.model import Model, checked_model
from emt_theory.gsemm.steps import Step, network_steps
from emt_theory.networks import ElmanRNN

Dual = Literal["inverse", "transpose"]


@dataclass(frozen=True, eq=False, repr=False)
class Derivation(Record):
    """The discrete network of a memory model, with how it was come by.

    Attributes:
        model: the memory model.
        steps: in order; each has its checks.
        assumptions: the ledger.
        tensions: which of them contradict each other, or the regime of P01.
        phi: Φ, shape (n, n).
        dual: Ξ† or Ξᵀ, shape (n, N).
        rule: the V-form, W = Ξ Φ Ξ†.
        dim: d, the size of one variable, for the input and the read-out.
        inverse: whether `dual` is Ξ†.
    """

    JSON = (
        "model", "steps", "holds", "assumptions", "tensions", "state_form", "ratio=rule.ratio",
        "phi", "dual", "W=rule.W", "dim", "residual",
    )  # fmt: skip

    model: Model
    steps: tuple[Step, ...]
    assumptions: tuple[Assumption, ...]
    tensions: tuple[Tension, ...]
    phi: Array
    dual: Array
    rule: VForm
    dim: int
    inverse: bool = True

    @property
    def state_form(self) -> Literal["h", "V"]:
        """Which state the network has: h = σ_f(V_f), or V_f where it is leaky."""
        return "V" if self.rule.is_leaky and self.model.feature.name != "identity" else "h"

    @property
    def holds(self) -> bool:
        """Whether every check of every step holds."""
        return all(step.holds for step in self.steps)

    @property
    def network(self) -> ElmanRNN:
        """The network: `W_hh = γW`, `W_uh = Ξ E_s`, `W_hy = E_sᵀ Ξ†`.

        Raises:
            InvalidOption: if it is no Elman network: leaky with a non-linear σ_f, or a σ_f that networks do not have.
        """
        name = self.model.feature.network_activation
        if name is None:
            raise InvalidOption(
                f"no Elman network has σ_f = {self.model.feature}; it must be identity, tanh, relu or hard_tanh. Use `rule`, the V-form"
            )
        if self.state_form == "V":
            raise InvalidOption(
                f"with Δt = {self.rule.ratio:g} T_f the network is leaky in V, not in h: no Elman network. Use `rule`, the V-form, or Δt = T_f"
            )
        leak = (1 - self.rule.ratio) * np.eye(self.model.features)
        return ElmanRNN(
            W_hh=leak + self.rule.ratio * self.model.feature.gain * self.rule.W,
            W_uh=self.model.memories[:, -self.dim :],
            W_hy=self.dual[-self.dim :],
            activation=name,
            metadata={"source": "emt_theory.gsemm.derive_network"},
        )

    @property
    def limit_model(self) -> Model:
        """The memory model whose limit the network is: this one with σ_h = id and T_h = T_d = 0; for Ξ†, with the bracket Φ(ΞᵀΞ)⁻¹ = ΦΞ†Ξ†ᵀ.

        The interactions of nearly dependent memories grow with the square of their condition number, and `residual` with them.
        Where α_c β = 0 leaves interactions without effect it has α_c = β = 1.
        """
        slaved = replace(self.model, hidden=identity(), T_h=0.0, T_d=0.0)
        if not self.inverse:
            return slaved
        heard = slaved if slaved.lateral > 0 else replace(slaved, alpha_c=1.0, delay_gain=1.0)
        bracket = self.phi @ self.dual @ self.dual.T
        interactions = interactions_from_phi(bracket, heard.alpha_s, heard.alpha_c, heard.delay_gain)
        return replace(heard, interactions=interactions)

    @property
    def residual(self) -> float:
        """The largest difference of the V-form from an Euler step of `limit_model`, at 8 seeded states, relative to the larger of the two and 1."""
        states = np.random.default_rng(0).normal(size=(8, self.model.features))
        flow = self.limit_model
        euler = states + self.rule.ratio * flow.T_f * flow.rhs(0.0, states)
        return float(np.abs(self.rule.step(states) - euler).max() / max(1.0, float(np.abs(euler).max())))

    def to_latex(self) -> str:
        """The steps as a LaTeX `align*`, each with its assumption, and the ledger as lists."""
        return as_latex(self)

    _repr_html_ = None  # type: ignore[assignment]  # a notebook would prefer it to the formulas

    def _repr_markdown_(self) -> str:
        return as_markdown(self)

    def __str__(self) -> str:
        return as_text(self)

    def __repr__(self) -> str:
        sizes = f"N={self.model.features}, n={self.model.components}, {len(self.steps)} steps"
        count = len(self.tensions)
        return f"Derivation({sizes}, {self.state_form}-form, {count} tension{'' if count == 1 else 's'})"


def derive_network(
    model: Model, step: float | None = None, dual: Dual = "inverse", dim: int | None = None
) -> Derivation:
    """The discrete network of a memory model.

    Args:
        model: the memory model.
        step: Δt, above 0 and at most T_f; None means T_f. A shorter one gives the network that is leaky in V.
        dual: "inverse" puts Ξ† = (ΞᵀΞ)⁻¹Ξᵀ for Ξᵀ, as EMT does, and needs independent memories; "transpose" leaves Ξᵀ, the limit of this very model.
        dim: d, the size of one variable: the input writes the last d memories and the read-out reads them. None means all n.

    Raises:
        InvalidOption: if the step, the dual or d is out of its range.
        InvalidNetwork: if the memories are dependent and Ξ† is asked for; names their rank.

    >>> derive_network(Model.lisem([[1, 1], [1, 1]], [[0, 1], [1, 0]]))
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidNetwork: Ξ† needs independent memories; the 2 given have rank 1. Drop those that depend on others, or take
    dual="transpose"
    """
    model, chosen = checked_model(model), choice("dual", dual, ("inverse", "transpose"))
    ratio = _ratio(model, step)
    size = model.components if dim is None else integer("dim", dim, least=1)
    if model.components % size:
        raise InvalidOption(f"dim must divide the {model.components} memories; got {shown(size)}")
    rank = int(np.linalg.matrix_rank(model.memories))
    inverse = chosen == "inverse"
    if inverse and rank < model.components:
        raise InvalidNetwork(
            f"Ξ† needs independent memories; the {model.components} given have rank {rank}. "
            'Drop those that depend on others, or take dual="transpose"'
        )
    left = np.asarray(np.linalg.pinv(model.memories) if inverse else model.memories.T, dtype=np.float64)
    ones = (model.alpha_s, model.alpha_c, model.delay_gain) == (1, 1, 1)
    return Derivation(
        model,
        network_steps(leaky=ratio < 1, all_ones=ones, inverse=inverse, gain=model.feature.gain != 1),
        assumptions(model, ratio, inverse),
        tensions(model, ratio, inverse),
        model.bracket,
        left,
        VForm(model.memories @ model.bracket @ left, model.feature, ratio),
        size,
        inverse,
    )


def _ratio(model: Model, step: float | None) -> float:
    if step is None:
        return 1.0
    if not 0 < real("step", step) <= model.T_f:
        raise InvalidOption(f"step must be above 0 and at most T_f = {model.T_f:g}; got {shown(step)}")
    return float(step / model.T_f)

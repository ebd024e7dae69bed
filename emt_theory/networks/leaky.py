r"""Leaky units, the rate networks of computational neuroscience, with the leak in either of the places where people put it.

    leak="state"            h(t) = (1 − α) ∘ h(t−1) + α ∘ σ(W_hh h(t−1) + W_uh x(t) + b_h),      y(t) = W_hy h(t) + b_y
    leak="preactivation"    v(t) = (1 − α) ∘ v(t−1) + α ∘ (W_hh σ(v(t−1)) + W_uh x(t) + b_h),    y(t) = W_hy σ(v(t)) + b_y

α = Δt/τ, 0 < α ≤ 1, is one number or one for each unit. The state is h in the first and v in the second, whose rates r = σ(v) are what the network
and the read-out see. With α = 1 the first is an Elman network; the second then is one in r. A unit that keeps nine tenths of what it holds:

>>> net = LeakyRNN(W_hh=[[0]], W_uh=[[1]], W_hy=[[1]], alpha=0.1, activation="identity")
>>> net
LeakyRNN(N=1, d=1, activation='identity', leak='state')
>>> net.run([[[10.0]]], steps=3).outputs[0, :, 0].round(3).tolist()
[1.0, 0.9, 0.81]

Source: Song, Yang & Wang, PLoS Computational Biology 12 (2016), equations 3 and 4; the second form is that of PsychRNN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.ground.arguments import choice, real_array
from emt_theory.ground.arrays import Array
from emt_theory.networks.activations import Activation
from emt_theory.networks.activations import activation as find_activation
from emt_theory.networks.network import Network, Opened
from emt_theory.networks.provenance import Provenance
from emt_theory.networks.shapes import ELMAN, to_weights, vectors

LEAKS = ("state", "preactivation")
"""Where the leak can be."""


@dataclass(frozen=True, eq=False, repr=False)
class LeakyRNN(Network):
    """A network of leaky units as a value.

    Attributes:
        W_hh: recurrent weights, shape (N, N).
        W_uh: input weights, shape (N, d_in), or (N, d_in + 1) with a phase input.
        W_hy: read-out weights, shape (d_out, N).
        alpha: α, shape (N,), or one number for all units; 0 < α ≤ 1, and 1 is no leak.
        b_h: bias of the hidden units, shape (N,), or None.
        b_y: bias of the read-out, shape (d_out,), or None.
        leak: where the leak is, ``"state"`` or ``"preactivation"``.
        activation: the name of σ; see `emt_theory.networks.activation`.
        phase_input: whether the last input channel tells the input phase; see `Network`.
        initial: z(0), shape (N,): h(0), or v(0) with the leak before σ; None where it is 0.
        metadata: notes that files keep, from strings to strings.
        provenance: what a reader assumed and ignored.

    Raises:
        InvalidNetwork: if shapes do not fit together, an entry is NaN or infinite, α is not in (0, 1], or the activation is unknown.
        InvalidOption: if the leak is unknown.
    """

    W_hh: Array
    W_uh: Array
    W_hy: Array
    alpha: ArrayLike = 1.0
    b_h: Array | None = None
    b_y: Array | None = None
    leak: str = "state"
    activation: str = "tanh"
    phase_input: bool | str = False
    initial: Array | None = field(default=None, kw_only=True)
    metadata: Mapping[str, str] = field(default_factory=dict[str, str], kw_only=True)
    provenance: Provenance = field(default=Provenance(), kw_only=True)

    kind: ClassVar[str] = "leaky"
    WEIGHTS: ClassVar[tuple[str, ...]] = ELMAN[:3]
    BIASES: ClassVar[tuple[str, ...]] = ELMAN[3:]

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set("activation", self.sigma.name)
        self._set("leak", choice("leak", self.leak, LEAKS, InvalidOption))
        self._set("alpha", rates("alpha", self.alpha, self.hidden))

    @property
    def sigma(self) -> Activation:
        """σ."""
        return find_activation(self.activation)

    @property
    def _before(self) -> bool:
        return self.leak == "preactivation"

    def is_odd(self) -> bool:
        """Whether σ is odd and nothing drives free steps."""
        return self.sigma.odd and not self.feed(None).any()

    def affine_readout(self) -> Array | None:
        """W_hy; none where the read-out sees σ(v)."""
        return None if self._before else self.W_hy

    def reach(self) -> Array:
        """sup |σ| for h, which rests between its old value and σ's; ‖W_hh‖ sup |σ| + |b_h| for v."""
        bound = np.full(self.hidden, self.sigma.bound)
        if not self._before or not np.isfinite(self.sigma.bound):
            return bound
        return np.abs(self.W_hh).sum(axis=1) * self.sigma.bound + np.abs(self.feed(None))

    def opened(self) -> Opened:
        """α = 1: h rests where h = σ(W h + b), and v where v = W σ(v) + b, whatever α is."""
        return Opened(replace(self, alpha=1.0), np.copy, np.copy)

    def advance(self, z: Array, drive: Array) -> Array:
        """The next state, from what `feed` made of the input."""
        sigma = self.sigma.function
        goal = sigma(z) @ self.W_hh.T + drive if self._before else sigma(z @ self.W_hh.T + drive)
        return z + self.alpha * (goal - z)

    def differentiate(self, z: Array, drive: Array) -> Array:
        """1 − α on the diagonal, and α σ'(W h + …) W or α W σ'(v)."""
        alpha, slope = np.asarray(self.alpha), self.sigma.derivative
        moved = (
            self.W_hh * slope(z)[..., None, :]
            if self._before
            else slope(z @ self.W_hh.T + drive)[..., :, None] * self.W_hh
        )
        return np.diag(1 - alpha) + alpha[:, None] * moved

    def read(self, h: ArrayLike) -> Array:
        """The output, shape (…, d), of a state of shape (…, N): h, or v with the leak before σ."""
        return super().read(self.sigma.function(vectors("h", h, self.hidden)) if self._before else h)

    def step(self, h: ArrayLike, x: ArrayLike) -> Array:
        """One step.

        Args:
            h: the state before, shape (…, N).
            x: the input, shape (…, d_in), or (…, d_in + 1) with a phase input: here the caller supplies the phase channel.

        Returns:
            The next state, shape (…, N).
        """
        with np.errstate(all="ignore"):
            return self.advance(vectors("h", h, self.hidden), self._supplied(x))

    def _described(self) -> list[str]:
        size, dim, *there = super()._described()
        return [size, dim, f"activation={self.activation!r}", f"leak={self.leak!r}", *there]


def rates(name: str, value: ArrayLike, n: int) -> Array:
    """α for each unit, shape (N,), from one number or N.

    Raises:
        InvalidNetwork: if they are not N, or one is not in (0, 1].

    >>> rates("alpha", 0.5, 2).tolist()
    [0.5, 0.5]
    >>> rates("alpha", [0.5, 2], 2)
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidNetwork: alpha must be in (0, 1], dt/τ; got 2.0 at [1]
    """
    given = real_array(name, value)
    alpha = to_weights(name, np.full(n, given.reshape(())) if given.size == 1 else given, (n,))
    for unit in np.flatnonzero(~((alpha > 0) & (alpha <= 1)))[:1]:
        raise InvalidNetwork(f"{name} must be in (0, 1], dt/τ; got {float(alpha[unit])!r} at [{unit}]")
    return alpha

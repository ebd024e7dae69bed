r"""The two forms of a discrete network, and what joins them (P03).

In *V-form* the state is what a unit receives, in *h-form* what it sends:

    V(t+1) = f(V(t)) = W σ(V(t)),        h(t+1) = g(h(t)) = σ(W h(t)).

σ∘f = g∘σ, so h = σ(V) turns every orbit of f into one of g. Where σ is a homeomorphism onto its image (tanh, identity) nothing is lost, and the two
are conjugate; where it is not (relu), V cannot be had back from h. The derivatives are `Df(V) = W D(V)` and `Dg(σ(V)) = D(f(V)) W`, D the Hessian of
L: AB and BA at a fixed point, so they share their non-zero eigenvalues there, and so do their products around a periodic orbit, but not elsewhere.

With a step Δt < T_f the Euler method gives the *leaky* network

    V(t+1) = (1 − r) V(t) + r W σ(V(t)),        r = Δt/T_f,

which is leaky in V. It is not leaky in h: `σ((1−r)V + rWσ(V))` is no function of the form `(1−r)h + rσ(Wh)` of h = σ(V).

>>> from emt_theory.gsemm.lagrangians import tanh
>>> rule = VForm(np.array([[0.0, 2.0], [-2.0, 0.0]]), tanh())
>>> V = np.array([0.3, -0.1])
>>> bool(np.allclose(np.tanh(rule.step(V)), np.tanh(rule.W @ np.tanh(V))))
True
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.ground.arguments import integer, numeric_array, real
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.ground.text import shown
from emt_theory.gsemm.lagrangian import Lagrangian
from emt_theory.networks.shapes import to_weights


@dataclass(frozen=True, eq=False, repr=False)
class VForm(Record):
    """V(t+1) = (1 − r) V(t) + r W σ(V(t)).

    Attributes:
        W: shape (N, N).
        sigma: the Lagrangian whose gradient is σ.
        ratio: r = Δt/T_f, in (0, 1]; 1 is the network without a leak.

    Raises:
        InvalidNetwork: if W is not square, or an entry is not a finite real number.
        InvalidOption: if r is out of its range, or σ is for another size.
    """

    W: Array
    sigma: Lagrangian
    ratio: float = 1.0

    def __post_init__(self) -> None:
        W = to_weights("W", self.W)
        if W.ndim != 2 or W.shape[0] != W.shape[1] or not W.size:
            raise InvalidNetwork(f"W must be square, shape (N, N) with N ≥ 1; got {W.shape}")
        if not isinstance(self.sigma, Lagrangian):
            raise InvalidOption(f"σ must be a Lagrangian, such as tanh() of emt_theory.gsemm; got {shown(self.sigma)}")
        if self.sigma.size not in (None, len(W)):
            raise InvalidOption(f"σ is for a state of {self.sigma.size}; W has shape {W.shape}")
        if not 0 < real("ratio", self.ratio) <= 1:
            raise InvalidOption(f"the ratio Δt/T_f must be above 0 and at most 1; got {self.ratio:g}")
        object.__setattr__(self, "W", W)

    @property
    def is_leaky(self) -> bool:
        """Whether r < 1."""
        return self.ratio < 1

    def step(self, V: ArrayLike) -> Array:
        """One step of a state of shape (…, N).

        Raises:
            InvalidNetwork: if V has another shape, or is not of real numbers.
        """
        state = self._state(V)
        return (1 - self.ratio) * state + self.ratio * self.sigma.activation(state) @ self.W.T

    def run(self, V: ArrayLike, steps: int) -> Array:
        """The orbit V(0), V(1), …, V(steps) of a state of shape (…, N), shape (…, steps + 1, N).

        Raises:
            InvalidNetwork: if V has another shape, or is not of finite real numbers.
            InvalidOption: if steps is no integer or negative, or the orbit overflows; says at which step.
        """
        steps = integer("steps", steps, least=0)
        orbit = [self._state(V)]
        if not np.isfinite(orbit[0]).all():
            raise InvalidNetwork("V holds NaN or infinity")
        with np.errstate(over="ignore", invalid="ignore"):
            for t in range(1, steps + 1):
                orbit.append(self.step(orbit[-1]))
                if not np.isfinite(orbit[-1]).all():
                    raise InvalidOption(f"the orbit overflows at step {t}; take fewer")
        return np.stack(orbit, axis=-2)

    def _state(self, V: ArrayLike) -> Array:
        state = numeric_array("V", V)
        if state.shape[-1:] != (len(self.W),):
            raise InvalidNetwork(f"V must have shape (…, N) = (…, {len(self.W)}); got {state.shape}")
        return state

    def jacobian(self, V: ArrayLike) -> Array:
        """(1 − r) I + r W D(V), shape (…, N, N), at a state of shape (…, N)."""
        return (1 - self.ratio) * np.eye(len(self.W)) + self.ratio * self.W @ self.sigma.hessian(self._state(V))

    def flow(self, V: ArrayLike) -> Array:
        """W σ(V) − V, which is T_f dV/dt of the reduced flow, shape (…, N)."""
        state = self._state(V)
        return self.sigma.activation(state) @ self.W.T - state

    def __repr__(self) -> str:
        leak = f", leaky with r={self.ratio:g}" if self.is_leaky else ""
        return f"VForm(N={len(self.W)}, sigma={self.sigma}{leak})"


def h_jacobian(rule: VForm, V: ArrayLike) -> Array:
    """Dg at h = σ(V), shape (…, N, N): D(f(V)) W, the derivative of the h-form without a leak.

    Raises:
        InvalidOption: if the rule is leaky: it has no h-form.

    >>> from emt_theory.gsemm.lagrangians import identity
    >>> h_jacobian(VForm(np.array([[0.0, 2.0], [1.0, 0.0]]), identity()), [1.0, 1.0]).tolist()      # W itself where σ is linear
    [[0.0, 2.0], [1.0, 0.0]]
    """
    if not isinstance(rule, VForm):
        raise InvalidOption(f"rule must be a VForm; got {shown(rule)}")
    if rule.is_leaky:
        raise InvalidOption(f"a network that is leaky in V (r = {rule.ratio:g}) has no h-form; use r = 1")
    return rule.sigma.hessian(rule.step(V)) @ rule.W

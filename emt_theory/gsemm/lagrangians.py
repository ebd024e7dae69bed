r"""The library of Lagrangians: the non-linearities of the memory model, each as the gradient σ = ∇L of its L.

For a gain γ,

    identity      L = ½ ‖V‖²                   σ = V
    tanh(γ)       L = Σ ln cosh(γV_i) / γ      σ = tanh(γV)
    softmax(γ)    L = ln Σ exp(γV_i) / γ       σ = exp(γV_i) / Σ_j exp(γV_j)
    relu          L = ½ Σ max(0, V_i)²         σ = max(0, V)
    hard_tanh     L = Σ ½V_i², or |V_i| − ½    σ = min(1, max(−1, V))

All of them are convex. Each is a value with two faces, numeric (batched over leading axes) and symbolic:

>>> softmax(gain=2).activation(np.zeros((3, 4)))[0].tolist()
[0.25, 0.25, 0.25, 0.25]
>>> import sympy
>>> v = sympy.Symbol("v", real=True)
>>> sympy.simplify(tanh().symbolic_activation(sympy.Matrix([v])))
Matrix([[tanh(v)]])

Your own is in `emt_theory.gsemm.custom`. Source: Krotov & Hopfield, ICLR 2021; the memory model: arXiv 2212.05563.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import numeric_array, real
from emt_theory.ground.arrays import Array
from emt_theory.ground.text import shown
from emt_theory.gsemm.lagrangian import Lagrangian
from emt_theory.networks.activations import HARD_TANH, IDENTITY, RELU, TANH, Activation

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True, repr=False)
class _Separable(Lagrangian):
    """L(V) = Σ_i ℓ(V_i), where ℓ' = σ(γ·) and σ is a non-linearity of networks: J is diagonal, and 0 at a kink, as PyTorch has it.

    Attributes:
        sigma: σ.
        potential: (v, γ) ↦ ℓ(v), entry by entry.
        symbolic_potential: the same on a SymPy expression, γ a rational number.
        slope: γ.
    """

    sigma: Activation
    potential: Callable[[Array, float], Array]
    symbolic_potential: Callable[[sympy.Expr, sympy.Expr], sympy.Expr]
    slope: float = 1.0

    @property
    def name(self) -> str:
        return self.sigma.name

    @property
    def gain(self) -> float:
        return self.slope

    @property
    def bounded(self) -> bool:
        return self.sigma.bound < math.inf

    @property
    def network_activation(self) -> str | None:
        return self.sigma.name

    def value(self, V: ArrayLike) -> Array:
        return self.potential(_state(V), self.slope).sum(axis=-1)

    def activation(self, V: ArrayLike) -> Array:
        with np.errstate(over="ignore"):
            return self.sigma.function(self.slope * _state(V))

    def hessian(self, V: ArrayLike) -> Array:
        curvature = self._curvature(V)
        return curvature[..., None] * np.eye(curvature.shape[-1])

    def hessian_product(self, V: ArrayLike, direction: ArrayLike) -> Array:
        return self._curvature(V) * np.asarray(direction, dtype=np.float64)

    def _curvature(self, V: ArrayLike) -> Array:
        with np.errstate(over="ignore"):
            return self.slope * self.sigma.derivative(self.slope * _state(V))

    def symbolic_value(self, V: sympy.Matrix) -> sympy.Expr:
        import sympy

        gain = _exact_gain(self.slope)
        return sympy.Add(*(self.symbolic_potential(v, gain) for v in V.flat()))


class _Tanh(_Separable):
    """L = Σ ln cosh(γV_i)/γ."""

    def legendre(self, V: ArrayLike) -> Array:
        # Vσ and |V| nearly cancel where V is large.
        state = _state(V)
        return (_below_size(state, self.slope) - np.abs(state) * (1 - np.abs(self.activation(state)))).sum(axis=-1)


def _below_size(v: Array, gain: float) -> Array:
    """|v| − ln cosh(γv)/γ = (ln 2 − ln(1 + exp(−2γ|v|)))/γ."""
    with np.errstate(over="ignore", under="ignore"):
        return (math.log(2) - np.log1p(np.exp(-2 * (gain * np.abs(v))))) / gain


def _log_cosh(v: Array, gain: float) -> Array:
    return np.abs(v) - _below_size(v, gain)


def _symbolic_log_cosh(v: sympy.Expr, gain: sympy.Expr) -> sympy.Expr:
    import sympy

    return sympy.log(sympy.cosh(gain * v)) / gain


def _half_square(v: Array, _gain: float) -> Array:
    return v * v / 2


def _symbolic_half_square(v: sympy.Expr, _gain: sympy.Expr) -> sympy.Expr:
    return v**2 / 2


def _half_square_above(v: Array, _gain: float) -> Array:
    return np.maximum(v, 0) ** 2 / 2


def _symbolic_half_square_above(v: sympy.Expr, _gain: sympy.Expr) -> sympy.Expr:
    import sympy

    return sympy.Piecewise((v**2 / 2, v > 0), (0, True))


def _half_square_inside(v: Array, _gain: float) -> Array:
    return np.where(np.abs(v) < 1, np.clip(v, -1, 1) ** 2 / 2, np.abs(v) - 0.5)


def _symbolic_half_square_inside(v: sympy.Expr, _gain: sympy.Expr) -> sympy.Expr:
    import sympy

    half = sympy.Rational(1, 2)
    return sympy.Piecewise((-v - half, v <= -1), (v - half, v >= 1), (v**2 / 2, True))


@dataclass(frozen=True, repr=False)
class _Softmax(Lagrangian):
    """L = ln Σ exp(γV_i)/γ, σ = softmax(γV), J = γ (diag σ − σσᵀ)."""

    sharpness: float = 1.0

    @property
    def name(self) -> str:
        return "softmax"

    @property
    def gain(self) -> float:
        return self.sharpness

    @property
    def bounded(self) -> bool:
        return True

    def value(self, V: ArrayLike) -> Array:
        state = _state(V)
        return np.log(self._weights(state).sum(axis=-1)) / self.sharpness + state.max(axis=-1)

    def activation(self, V: ArrayLike) -> Array:
        weights = self._weights(_state(V))
        return weights / weights.sum(axis=-1, keepdims=True)

    def legendre(self, V: ArrayLike) -> Array:
        # The largest of V is in Vᵀσ and in L: it is left out of both.
        state = _state(V)
        below = state - state.max(axis=-1, keepdims=True)
        return (below * self.activation(state)).sum(axis=-1) - np.log(
            self._weights(state).sum(axis=-1)
        ) / self.sharpness

    def _weights(self, state: Array) -> Array:
        """exp(γ(V_i − max V)): what overflows is an exponent, to −∞."""
        with np.errstate(over="ignore", under="ignore"):
            return np.exp(self.sharpness * (state - state.max(axis=-1, keepdims=True)))

    def hessian(self, V: ArrayLike) -> Array:
        p = self.activation(V)
        return self.sharpness * (p[..., None] * np.eye(p.shape[-1]) - p[..., :, None] * p[..., None, :])

    def hessian_product(self, V: ArrayLike, direction: ArrayLike) -> Array:
        p, d = self.activation(V), np.asarray(direction, dtype=np.float64)
        return self.sharpness * p * (d - (p * d).sum(axis=-1, keepdims=True))

    def symbolic_value(self, V: sympy.Matrix) -> sympy.Expr:
        import sympy

        gain = _exact_gain(self.sharpness)
        return sympy.log(sympy.Add(*(sympy.exp(gain * v) for v in V.flat()))) / gain


def identity() -> Lagrangian:
    """L = ½‖V‖²; σ is the identity.

    >>> identity().activation(np.array([-2.0, 0.5])).tolist()
    [-2.0, 0.5]
    """
    return _Separable(IDENTITY, _half_square, _symbolic_half_square)


def tanh(gain: float = 1.0) -> Lagrangian:
    """L = Σ ln cosh(γV_i)/γ, whose gradient is the hyperbolic tangent of γV.

    Raises:
        InvalidOption: if the gain γ is not a positive finite number.
    """
    return _Tanh(TANH, _log_cosh, _symbolic_log_cosh, _positive_gain(gain))


def softmax(gain: float = 1.0) -> Lagrangian:
    """L = ln Σ exp(γV_i)/γ, whose gradient is the softmax of γV.

    Raises:
        InvalidOption: if the gain γ is not a positive finite number.
    """
    return _Softmax(_positive_gain(gain))


def relu() -> Lagrangian:
    """L = ½ Σ max(0, V_i)²; σ = max(0, V).

    >>> relu().activation(np.array([-2.0, 0.5])).tolist()
    [0.0, 0.5]
    """
    return _Separable(RELU, _half_square_above, _symbolic_half_square_above)


def hard_tanh() -> Lagrangian:
    """L with the gradient σ = min(1, max(−1, V)).

    >>> hard_tanh().activation(np.array([-2.0, 0.5])).tolist()
    [-1.0, 0.5]
    """
    return _Separable(HARD_TANH, _half_square_inside, _symbolic_half_square_inside)


def _exact_gain(gain: float) -> sympy.Expr:
    """The rational number that a float gain is; nothing is rounded."""
    import sympy

    exact = Fraction(gain)
    return sympy.Rational(exact.numerator, exact.denominator)


def _positive_gain(gain: object) -> float:
    number = real("a gain", gain)
    if not 0 < number < math.inf:
        raise InvalidOption(f"a gain must be positive and finite; got {shown(gain)}")
    return number


def _state(V: ArrayLike) -> Array:
    state = numeric_array("a state", V, InvalidOption)
    if state.ndim < 1 or state.shape[-1] < 1:
        raise InvalidOption(f"a state must have shape (…, size) with size ≥ 1; got {state.shape}")
    return state

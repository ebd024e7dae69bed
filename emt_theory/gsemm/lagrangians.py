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
from abc import abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import numeric_array, real
from emt_theory.ground.text import shown
from emt_theory.gsemm.lagrangian import Lagrangian

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True, repr=False)
class _Separable(Lagrangian):
    """L(V) = Σ_i ℓ(V_i): J is diagonal."""

    def activation(self, V: ArrayLike) -> NDArray[np.float64]:
        return self._slope(_state(V))

    def value(self, V: ArrayLike) -> NDArray[np.float64]:
        return self._potential(_state(V)).sum(axis=-1)

    def hessian(self, V: ArrayLike) -> NDArray[np.float64]:
        curvature = self._curvature(_state(V))
        return curvature[..., None] * np.eye(curvature.shape[-1])

    def hessian_product(self, V: ArrayLike, direction: ArrayLike) -> NDArray[np.float64]:
        return self._curvature(_state(V)) * np.asarray(direction, dtype=np.float64)

    def symbolic_value(self, V: sympy.Matrix) -> sympy.Expr:
        import sympy

        return sympy.Add(*(self._symbolic_potential(v) for v in V.flat()))

    @abstractmethod
    def _potential(self, v: NDArray[np.float64]) -> NDArray[np.float64]: ...

    @abstractmethod
    def _slope(self, v: NDArray[np.float64]) -> NDArray[np.float64]: ...

    @abstractmethod
    def _curvature(self, v: NDArray[np.float64]) -> NDArray[np.float64]: ...

    @abstractmethod
    def _symbolic_potential(self, v: sympy.Expr) -> sympy.Expr: ...


@dataclass(frozen=True, repr=False)
class _Identity(_Separable):
    """L = ½‖V‖², σ = V, J = I."""

    @property
    def name(self) -> str:
        return "identity"

    @property
    def network_activation(self) -> str | None:
        return "identity"

    def _potential(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        return v * v / 2

    def _slope(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        return v

    def _curvature(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.ones_like(v)

    def _symbolic_potential(self, v: sympy.Expr) -> sympy.Expr:
        return v**2 / 2


@dataclass(frozen=True, repr=False)
class _Tanh(_Separable):
    """L = Σ ln cosh(γV_i)/γ, σ = tanh(γV), J = γ diag(1 − σ²)."""

    slope: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "slope", _positive_gain(self.slope))

    @property
    def name(self) -> str:
        return "tanh"

    @property
    def gain(self) -> float:
        return self.slope

    @property
    def bounded(self) -> bool:
        return True

    @property
    def network_activation(self) -> str | None:
        return "tanh"

    def _potential(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.abs(v) - self._missing(v)

    def legendre(self, V: ArrayLike) -> NDArray[np.float64]:
        # Vσ and |V| nearly cancel where V is large.
        state = _state(V)
        size = np.abs(state)
        return (self._missing(state) - size * (1 - np.abs(self._slope(state)))).sum(axis=-1)

    def _missing(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        """|v| − ℓ(v) = (ln 2 − ln(1 + exp(−2γ|v|)))/γ."""
        with np.errstate(over="ignore", under="ignore"):
            return (math.log(2) - np.log1p(np.exp(-2 * (self.slope * np.abs(v))))) / self.slope

    def _slope(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        with np.errstate(over="ignore"):
            return np.tanh(self.slope * v)

    def _curvature(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.slope * (1 - self._slope(v) ** 2)

    def _symbolic_potential(self, v: sympy.Expr) -> sympy.Expr:
        import sympy

        gain = _exact_gain(self.slope)
        return sympy.log(sympy.cosh(gain * v)) / gain


@dataclass(frozen=True, repr=False)
class _Relu(_Separable):
    """L = ½ Σ max(0, V_i)², σ = max(0, V); J is 0 at the kink, as PyTorch has it."""

    @property
    def name(self) -> str:
        return "relu"

    @property
    def network_activation(self) -> str | None:
        return "relu"

    def _potential(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.maximum(v, 0) ** 2 / 2

    def _slope(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.maximum(v, 0)

    def _curvature(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        return (v > 0).astype(np.float64)

    def _symbolic_potential(self, v: sympy.Expr) -> sympy.Expr:
        import sympy

        return sympy.Piecewise((v**2 / 2, v > 0), (0, True))


@dataclass(frozen=True, repr=False)
class _HardTanh(_Separable):
    """L = Σ ½V_i² inside [−1, 1] and |V_i| − ½ outside, σ = min(1, max(−1, V)); J is 0 at the kinks."""

    @property
    def name(self) -> str:
        return "hard_tanh"

    @property
    def bounded(self) -> bool:
        return True

    @property
    def network_activation(self) -> str | None:
        return "hard_tanh"

    def _potential(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(np.abs(v) < 1, np.clip(v, -1, 1) ** 2 / 2, np.abs(v) - 0.5)

    def _slope(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.clip(v, -1, 1)

    def _curvature(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        return (np.abs(v) < 1).astype(np.float64)

    def _symbolic_potential(self, v: sympy.Expr) -> sympy.Expr:
        import sympy

        half = sympy.Rational(1, 2)
        return sympy.Piecewise((-v - half, v <= -1), (v - half, v >= 1), (v**2 / 2, True))


@dataclass(frozen=True, repr=False)
class _Softmax(Lagrangian):
    """L = ln Σ exp(γV_i)/γ, σ = softmax(γV), J = γ (diag σ − σσᵀ)."""

    sharpness: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "sharpness", _positive_gain(self.sharpness))

    @property
    def name(self) -> str:
        return "softmax"

    @property
    def gain(self) -> float:
        return self.sharpness

    @property
    def bounded(self) -> bool:
        return True

    def value(self, V: ArrayLike) -> NDArray[np.float64]:
        state = _state(V)
        return np.log(self._weights(state).sum(axis=-1)) / self.sharpness + state.max(axis=-1)

    def activation(self, V: ArrayLike) -> NDArray[np.float64]:
        weights = self._weights(_state(V))
        return weights / weights.sum(axis=-1, keepdims=True)

    def legendre(self, V: ArrayLike) -> NDArray[np.float64]:
        # The largest of V is in Vᵀσ and in L: it is left out of both.
        state = _state(V)
        below = state - state.max(axis=-1, keepdims=True)
        return (below * self.activation(state)).sum(axis=-1) - np.log(
            self._weights(state).sum(axis=-1)
        ) / self.sharpness

    def _weights(self, state: NDArray[np.float64]) -> NDArray[np.float64]:
        """exp(γ(V_i − max V)): what overflows is an exponent, to −∞."""
        with np.errstate(over="ignore", under="ignore"):
            return np.exp(self.sharpness * (state - state.max(axis=-1, keepdims=True)))

    def hessian(self, V: ArrayLike) -> NDArray[np.float64]:
        p = self.activation(V)
        return self.sharpness * (p[..., None] * np.eye(p.shape[-1]) - p[..., :, None] * p[..., None, :])

    def hessian_product(self, V: ArrayLike, direction: ArrayLike) -> NDArray[np.float64]:
        p, d = self.activation(V), np.asarray(direction, dtype=np.float64)
        return self.sharpness * p * (d - (p * d).sum(axis=-1, keepdims=True))

    def symbolic_value(self, V: sympy.Matrix) -> sympy.Expr:
        import sympy

        gain = _exact_gain(self.sharpness)
        return sympy.log(sympy.Add(*(sympy.exp(gain * v) for v in V.flat()))) / gain


def identity() -> Lagrangian:
    """L = ½‖V‖²; σ is the identity."""
    return _Identity()


def tanh(gain: float = 1.0) -> Lagrangian:
    """L = Σ ln cosh(γV_i)/γ, whose gradient is the hyperbolic tangent of γV.

    Raises:
        InvalidOption: if the gain γ is not a positive finite number.
    """
    return _Tanh(gain)


def softmax(gain: float = 1.0) -> Lagrangian:
    """L = ln Σ exp(γV_i)/γ, whose gradient is the softmax of γV.

    Raises:
        InvalidOption: if the gain γ is not a positive finite number.
    """
    return _Softmax(gain)


def relu() -> Lagrangian:
    """L = ½ Σ max(0, V_i)²; σ = max(0, V)."""
    return _Relu()


def hard_tanh() -> Lagrangian:
    """L with the gradient σ = min(1, max(−1, V))."""
    return _HardTanh()


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


def _state(V: ArrayLike) -> NDArray[np.float64]:
    state = numeric_array("a state", V, InvalidOption)
    if state.ndim < 1 or state.shape[-1] < 1:
        raise InvalidOption(f"a state must have shape (…, size) with size ≥ 1; got {state.shape}")
    return state

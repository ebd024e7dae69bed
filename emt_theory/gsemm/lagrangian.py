r"""What a Lagrangian is: a function L whose gradient is a non-linearity σ of the memory model.

A layer with state V has the output and the Hessian

    σ(V) = ∇L(V),        J(V) = ∂σ/∂V = Jᵀ.

A non-linearity that is a gradient is what an energy needs: L's Legendre transform `Vᵀσ − L` has the derivative `VᵀJ V̇`, and nothing else, along
any path (P01). Source: Krotov & Hopfield, ICLR 2021.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emt_theory.ground.json import Record

if TYPE_CHECKING:
    import sympy


class Lagrangian(Record, ABC):
    """A Lagrangian L and its gradient σ; a frozen value.

    Arrays have the state in their last axis, shape (…, size); leading axes are a batch.
    """

    JSON = ("name", "gain")

    @property
    @abstractmethod
    def name(self) -> str:
        """Its name, that of its gradient."""

    @property
    def gain(self) -> float:
        """γ; 1 where there is none."""
        return 1.0

    @property
    def size(self) -> int | None:
        """The only size of the state that it is for, or None: any size."""
        return None

    @property
    def convex(self) -> bool | None:
        """Whether L is convex; None where that is not known."""
        return True

    @property
    def bounded(self) -> bool:
        """Whether σ is known to be bounded."""
        return False

    @property
    def network_activation(self) -> str | None:
        """The name that σ without its gain has in `emt_theory.networks`, or None if it has none there."""
        return None

    @abstractmethod
    def value(self, V: ArrayLike) -> NDArray[np.float64]:
        """L(V), shape (…)."""

    @abstractmethod
    def activation(self, V: ArrayLike) -> NDArray[np.float64]:
        """σ(V) = ∇L(V), shape (…, size)."""

    @abstractmethod
    def hessian(self, V: ArrayLike) -> NDArray[np.float64]:
        """J(V), shape (…, size, size)."""

    def legendre(self, V: ArrayLike) -> NDArray[np.float64]:
        """Vᵀσ − L, shape (…)."""
        state = np.asarray(V, dtype=np.float64)
        return (state * self.activation(state)).sum(axis=-1) - self.value(state)

    def hessian_product(self, V: ArrayLike, direction: ArrayLike) -> NDArray[np.float64]:
        """J(V) times a direction, shape (…, size): the derivative of σ when V moves in that direction."""
        return np.einsum("...ij,...j->...i", self.hessian(V), np.asarray(direction, dtype=np.float64))

    @abstractmethod
    def symbolic_value(self, V: sympy.Matrix) -> sympy.Expr:
        """L at a column of SymPy expressions."""

    def symbolic_activation(self, V: sympy.Matrix) -> sympy.Matrix:
        """σ at a column of SymPy expressions: the gradient of L, taken by SymPy."""
        import sympy

        place = _placeholders(len(V))
        value = self.symbolic_value(place)
        return sympy.Matrix([sympy.diff(value, v) for v in place.flat()]).subs(_at(place, V))

    def symbolic_hessian(self, V: sympy.Matrix) -> sympy.Matrix:
        """J at a column of SymPy expressions: the Jacobian of σ, taken by SymPy."""
        place = _placeholders(len(V))
        return self.symbolic_activation(place).jacobian(place).subs(_at(place, V))

    def __repr__(self) -> str:
        return self.name if self.gain == 1 else f"{self.name}(gain={self.gain:g})"


def _placeholders(size: int) -> sympy.Matrix:
    import sympy

    return sympy.Matrix([sympy.Dummy(f"v{i}", real=True) for i in range(size)])


def _at(place: sympy.Matrix, V: sympy.Matrix) -> dict[sympy.Expr, sympy.Expr]:
    return dict(zip(place.flat(), V.flat(), strict=True))

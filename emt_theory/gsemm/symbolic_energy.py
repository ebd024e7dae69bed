r"""The energy identity P01 by SymPy: for explicit sizes and Lagrangians of any form.

Explicit: L_f and L_h are undefined functions of the entries of V_f and V_h, σ and J their derivatives. The rate of E is taken by the chain rule,
Σ_i ∂E/∂V_i · V̇_i, with V̇ from the equations of motion, and compared with the identity:

>>> symbolic = SymbolicEnergy(SymbolicModel(2, 1))
>>> sympy.expand(symbolic.rate - symbolic.feature - symbolic.hidden - symbolic.delay)
0

For any sizes, in matrices, it is proved in `proofs/p01`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from emt_theory.errors import InvalidOption
from emt_theory.ground.json import Record
from emt_theory.gsemm.equations import ALPHA_C, ALPHA_S, T_D, T_F, T_H, Formula, SymbolicModel
from emt_theory.gsemm.lagrangian import Lagrangian


@dataclass(frozen=True)
class SymbolicEnergy(Record):
    """E and dE/dt with a symbol for each entry.

    Attributes:
        model: of given sizes; a symbolic product of them is written out, so keep them small.
        feature_lagrangian: L_f; None is an undefined function.
        hidden_lagrangian: L_h; None is an undefined function.

    Raises:
        InvalidOption: if a size is a symbol, or a Lagrangian is for another size.
    """

    model: SymbolicModel
    feature_lagrangian: Lagrangian | None = None
    hidden_lagrangian: Lagrangian | None = None

    def __post_init__(self) -> None:
        if self.model.is_size_free:
            raise InvalidOption("an energy in entries needs sizes that are numbers, such as SymbolicModel(2, 2)")
        sizes = (self.model.features, self.model.components)
        for lagrangian, size in zip((self.feature_lagrangian, self.hidden_lagrangian), sizes, strict=True):
            if lagrangian is not None and lagrangian.size not in (None, size):
                raise InvalidOption(f"a Lagrangian of {lagrangian.size} variables does not fit a layer of {size}")

    @property
    def state(self) -> tuple[Formula, Formula, Formula]:
        """The columns V_f, V_h, V_d."""
        columns = self.model.feature("V_f"), self.model.hidden("V_h"), self.model.feature("V_d")
        return tuple(sympy.Matrix(column.as_explicit()) for column in columns)  # type: ignore[return-value]

    @property
    def lagrangians(self) -> tuple[Formula, Formula]:
        """L_f(V_f), L_h(V_h)."""
        V_f, V_h, _ = self.state
        given = self.feature_lagrangian, self.hidden_lagrangian
        names = ((given[0], "L_f", V_f), (given[1], "L_h", V_h))
        made = (sympy.Function(name)(*V.flat()) if L is None else L.symbolic_value(V) for L, name, V in names)
        return tuple(made)  # type: ignore[return-value]

    @property
    def activations(self) -> tuple[Formula, Formula]:
        """The columns σ_f, σ_h: gradients of L_f and L_h."""
        given = self.feature_lagrangian, self.hidden_lagrangian
        parts = zip(given, self.lagrangians, self.state[:2], strict=True)
        made = (
            sympy.Matrix([sympy.diff(value, v) for v in V.flat()]) if L is None else L.symbolic_activation(V)
            for L, value, V in parts
        )
        return tuple(made)  # type: ignore[return-value]

    @property
    def value(self) -> Formula:
        """E."""
        L_f, L_h = self.lagrangians
        return self._products - L_f - L_h

    @property
    def _products(self) -> Formula:
        """E + L_f + L_h."""
        V_f, V_h, V_d = self.state
        sigma_f, sigma_h = self.activations
        Xi, Phi = self._matrices
        legendre = V_f.dot(sigma_f) + V_h.dot(sigma_h)
        return legendre - sympy.sqrt(ALPHA_S) * sigma_f.dot(Xi * sigma_h) - ALPHA_C * V_d.dot(Xi * Phi * sigma_h)

    @property
    def velocity(self) -> tuple[Formula, Formula, Formula]:
        """The columns V̇_f, V̇_h, V̇_d by the equations of motion."""
        sigma_f, sigma_h = self.activations
        symbols = (self.model.feature("sigma_f"), sigma_f), (self.model.hidden("sigma_h"), sigma_h)
        known = {entry: value for M, column in symbols for entry, value in zip(M.as_explicit(), column, strict=True)}
        sides = (equation.rhs.as_explicit() for equation in self.model.equations)
        pairs = zip(sides, (T_F, T_H, T_D), strict=True)
        return tuple(sympy.Matrix(side).subs(known) / T for side, T in pairs)  # type: ignore[return-value]

    @property
    def rate(self) -> Formula:
        """dE/dt by the chain rule, Σ_i ∂E/∂V_i · V̇_i.

        ∂L/∂V_i is σ_i by definition: an L that is the integral of σ need not have a closed form.
        """
        rest, parts = self._products, list[Any]()
        for V, moved in zip(self.state, self.velocity, strict=True):
            parts += [sympy.diff(rest, v) * speed for v, speed in zip(V.flat(), moved.flat(), strict=True)]
        for sigma, moved in zip(self.activations, self.velocity[:2], strict=True):
            parts.append(-sigma.dot(moved))
        return sympy.Add(*parts)

    @property
    def feature(self) -> Formula:
        """−T_f V̇_fᵀ J_f V̇_f."""
        return -T_F * self._curved(0)

    @property
    def hidden(self) -> Formula:
        """−T_h V̇_hᵀ J_h V̇_h."""
        return -T_H * self._curved(1)

    @property
    def delay(self) -> Formula:
        """−α_c V̇_dᵀ Ξ Φ' σ_h."""
        Xi, Phi = self._matrices
        return -ALPHA_C * self.velocity[2].dot(Xi * Phi * self.activations[1])

    @property
    def _matrices(self) -> tuple[Formula, Formula]:
        return tuple(sympy.Matrix(M.as_explicit()) for M in (self.model.memories, self.model.interactions))  # type: ignore[return-value]

    def _curved(self, layer: int) -> Formula:
        """V̇ᵀ J V̇ of one layer."""
        moved, sigma = self.velocity[layer], self.activations[layer]
        return moved.dot(sigma.jacobian(self.state[layer]) * moved)


def energy_identity_holds(
    features: int, components: int, feature: Lagrangian | None = None, hidden: Lagrangian | None = None
) -> bool:
    """Whether the chain rule and the identity P01 give the same dE/dt, for these sizes and these Lagrangians, or all if None.

    Raises:
        InvalidOption: if a Lagrangian is for another size, or SymPy cannot decide it.

    >>> energy_identity_holds(1, 2)
    True
    """
    symbolic = SymbolicEnergy(SymbolicModel(features, components), feature, hidden)
    difference = sympy.expand(symbolic.rate - symbolic.feature - symbolic.hidden - symbolic.delay)
    if difference == 0:
        return True
    decided = difference.equals(0)
    if decided is None:
        raise InvalidOption(f"SymPy cannot decide whether {difference} is 0")
    return bool(decided)

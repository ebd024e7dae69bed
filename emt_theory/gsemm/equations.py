r"""The memory model as formulas: matrices of any size, or of a given one with a symbol for each entry.

>>> from emt_theory.gsemm.printing import to_text
>>> model = SymbolicModel()
>>> for equation in model.equations:
...     print(to_text(equation))
T_f V̇_f = √α_s Ξ σ_h − V_f
T_h V̇_h = √α_s Ξᵀ σ_f + α_c Φ'ᵀ Ξᵀ V_d − V_h
T_d V̇_d = β σ_f − V_d

σ_f stands for σ_f(V_f), σ_h for σ_h(V_h). Formulas in matrices of any size are SymPy's `MatrixExpr`, whose products do not commute; two of them are
equal if their expansions are. `at` puts numbers for N and n, and `entries` writes the same formula out, entry by entry:

>>> entries(model.at(2, 1).equations[0].rhs)[0]
sqrt(alpha_s)*Xi[0, 0]*sigma_h[0, 0] - V_f[0, 0]
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sympy
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from emt_theory.ground.arguments import integer
from emt_theory.ground.json import Record

T_F, T_H, T_D, STEP = sympy.symbols("T_f T_h T_d Delta_t", positive=True)
ALPHA_S, ALPHA_C, BETA = sympy.symbols("alpha_s alpha_c beta", positive=True)
GAMMA = sympy.Symbol("gamma", positive=True)
ANY_FEATURES, ANY_COMPONENTS = sympy.symbols("N n", integer=True, positive=True)

Formula = Any
"""A SymPy expression, matrix expression or equation: SymPy's types do not tell a matrix expression from a number."""


@dataclass(frozen=True)
class SymbolicModel(Record):
    """The symbols of the memory model, and its three equations.

    Attributes:
        features: N, a number or a symbol.
        components: n, a number or a symbol.

    Raises:
        InvalidOption: if a size is neither a positive integer nor a symbol.
    """

    features: int | sympy.Expr = ANY_FEATURES
    components: int | sympy.Expr = ANY_COMPONENTS

    def __post_init__(self) -> None:
        for name in ("features", "components"):
            if not isinstance(getattr(self, name), sympy.Symbol):
                object.__setattr__(self, name, integer(name, getattr(self, name), least=1))

    def at(self, features: int, components: int) -> SymbolicModel:
        """The model of these sizes."""
        return SymbolicModel(features, components)

    @property
    def is_size_free(self) -> bool:
        """Whether a size is a symbol."""
        return not (isinstance(self.features, int) and isinstance(self.components, int))

    @property
    def memories(self) -> Formula:
        """Ξ, shape (N, n)."""
        return sympy.MatrixSymbol("Xi", self.features, self.components)

    @property
    def interactions(self) -> Formula:
        """Φ', shape (n, n), indexed [from, to]."""
        return sympy.MatrixSymbol("Phi'", self.components, self.components)

    @property
    def phi(self) -> Formula:
        """Φ, shape (n, n): a name for the bracket."""
        return sympy.MatrixSymbol("Phi", self.components, self.components)

    @property
    def dual(self) -> Formula:
        """Ξ†, shape (n, N)."""
        return sympy.MatrixSymbol("Dual", self.components, self.features)

    def feature(self, name: str) -> Formula:
        """A column of N entries: V_f, dV_f, sigma_f, V_d, dV_d, …."""
        return sympy.MatrixSymbol(name, self.features, 1)

    def hidden(self, name: str) -> Formula:
        """A column of n entries: V_h, dV_h, sigma_h, …."""
        return sympy.MatrixSymbol(name, self.components, 1)

    @property
    def feature_drive(self) -> Formula:
        """√α_s Ξ σ_h."""
        return sympy.sqrt(ALPHA_S) * self.memories * self.hidden("sigma_h")

    @property
    def hidden_drive(self) -> Formula:
        """√α_s Ξᵀ σ_f + α_c Φ'ᵀ Ξᵀ V_d."""
        recalled = sympy.sqrt(ALPHA_S) * self.memories.T * self.feature("sigma_f")
        return recalled + ALPHA_C * self.interactions.T * self.memories.T * self.feature("V_d")

    @property
    def delay_drive(self) -> Formula:
        """β σ_f."""
        return BETA * self.feature("sigma_f")

    @property
    def equations(self) -> tuple[Formula, Formula, Formula]:
        """T dV/dt of the features, the hidden units and the delay."""
        return (
            equation(T_F * self.feature("dV_f"), self.feature_drive - self.feature("V_f")),
            equation(T_H * self.hidden("dV_h"), self.hidden_drive - self.hidden("V_h")),
            equation(T_D * self.feature("dV_d"), self.delay_drive - self.feature("V_d")),
        )

    @property
    def bracket(self) -> Formula:
        """α_s I + √α_s α_c β Φ'ᵀ, shape (n, n): what EMT calls Φ."""
        lateral = sympy.sqrt(ALPHA_S) * ALPHA_C * BETA
        return ALPHA_S * sympy.Identity(self.components) + lateral * self.interactions.T


def equation(left: Formula, right: Formula) -> Formula:
    """left = right, as a formula."""
    return sympy.Eq(left, right, evaluate=False)


def apply_sigma(formula: Formula) -> Formula:
    """σ of each entry, σ an undefined function."""
    x = sympy.Symbol("x")
    return ElementwiseApplyFunction(sympy.Lambda(x, sympy.Function("sigma")(x)), formula)


def entries(formula: Formula) -> list[Any]:
    """The entries of a matrix formula of given sizes, row by row, multiplied out; a quotient is reduced."""
    expanded = (sympy.expand(entry) for entry in written_out(formula).flat())
    return [sympy.cancel(entry) if _is_quotient(entry) else entry for entry in expanded]


@lru_cache(maxsize=1024)
def written_out(formula: Formula) -> sympy.ImmutableDenseMatrix:
    """A matrix formula of given sizes as a matrix of entries.

    >>> written_out(SymbolicModel(1, 2).memories.T)
    Matrix([
    [Xi[0, 0]],
    [Xi[0, 1]]])
    """
    match formula:
        case sympy.MatMul():
            scalar, factors = formula.as_coeff_matrices()
            product = sympy.eye(formula.shape[0]) * scalar
            for factor in factors:
                product = product * written_out(factor)
            return sympy.ImmutableDenseMatrix(product)
        case sympy.MatAdd():
            total = sympy.zeros(*formula.shape)
            for term in formula.args:
                total += written_out(term)
            return sympy.ImmutableDenseMatrix(total)
        case sympy.Transpose():
            return sympy.ImmutableDenseMatrix(written_out(formula.arg).T)
        case sympy.Inverse():
            dense = written_out(formula.arg)
            return sympy.ImmutableDenseMatrix(dense.adjugate() / dense.det(method="berkowitz"))
        case ElementwiseApplyFunction():
            return sympy.ImmutableDenseMatrix(written_out(formula.expr).applyfunc(formula.function))
        case _:
            return sympy.ImmutableDenseMatrix(
                formula if isinstance(formula, sympy.MatrixBase) else formula.as_explicit()
            )


def _is_quotient(entry: Any) -> bool:
    return any(isinstance(part, sympy.Pow) and part.exp.is_negative for part in sympy.preorder_traversal(entry))


def are_equal(left: Formula, right: Formula) -> bool:
    """Whether two matrix formulas have the same expansion; products of matrices do not commute, scalars do."""
    a, b = (sympy.expand(side.doit()).doit() for side in (left, right))
    return a == b or sympy.expand(a - b).doit() == sympy.ZeroMatrix(*left.shape)

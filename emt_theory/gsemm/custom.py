r"""Lagrangians of your own: from an expression for L, or from a non-linearity that is a gradient.

By an expression, in one variable for each component of the state, or in a single one that stands for all of them, `L(V) = Σ_i ℓ(V_i)`:

>>> import sympy
>>> v = sympy.Symbol("v", real=True)
>>> quartic = from_expression(v**4 / 4, [v])
>>> quartic.activation(np.array([1.0, 2.0])).tolist(), quartic.hessian_product(np.array([1.0, 2.0]), [1, 1]).tolist()
([1.0, 8.0], [3.0, 12.0])

By a non-linearity. On R^n a differentiable σ is a gradient exactly when its Jacobian is symmetric (Poincaré), and then

    L(V) = ∫_0^1 Vᵀ σ(xV) dx,        up to a constant.

The rotation is none:

>>> a, b = sympy.symbols("a b", real=True)
>>> from_activation([-b, a], [a, b])
Traceback (most recent call last):
...
emt_theory.errors.InvalidOption: no Lagrangian has this gradient: ∂σ_0/∂V_1 − ∂σ_1/∂V_0 = -2, not 0; a non-linearity must have a symmetric Jacobian
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy
from numpy.typing import ArrayLike

from emt_theory.errors import InvalidOption
from emt_theory.ground import arguments
from emt_theory.ground.arguments import is_integer, sequence, within_memory
from emt_theory.ground.arrays import Array
from emt_theory.ground.text import shown
from emt_theory.gsemm.lagrangian import Lagrangian

_SYMMETRY_TOLERANCE = 1e-6
"""Relative asymmetry that finite differences of a callable may show; their own error is about 1e-10."""

_PANELS, _NODES = 32, 16
_SPREADS = (1.0, 10.0)
_DIFFERENCE_STEP = float(np.finfo(np.float64).eps ** (1 / 3))


def from_expression(expression: sympy.Expr, variables: Sequence[sympy.Symbol], name: str = "own") -> Lagrangian:
    """The Lagrangian that a SymPy expression is.

    Args:
        expression: L, or ℓ if there is one variable.
        variables: n symbols, for states of that size; or one, for states of any size with L(V) = Σ ℓ(V_i).
        name: what it is called when printed.

    Raises:
        InvalidOption: if the variables are not distinct symbols, the expression holds another symbol, or its second derivative is no function.
    """
    symbols = _checked_variables(variables)
    value = _checked_expression("the expression", expression, symbols)
    gradient = tuple(sympy.diff(value, v) for v in symbols)
    _check_slopes(gradient, symbols)
    return _Symbolic(name, symbols, gradient, value)


def from_activation(
    activation: Sequence[sympy.Expr] | Callable[[Array], Array],
    variables: Sequence[sympy.Symbol] | None = None,
    *,
    size: int | None = None,
    name: str = "own",
    seed: int = 0,
) -> Lagrangian:
    """The Lagrangian whose gradient a given non-linearity is.

    Args:
        activation: n SymPy expressions in n variables; or one in one variable, for states of any size; or a function from arrays of shape
            (…, size) to arrays of that shape.
        variables: the symbols, where expressions are given.
        size: the size of the state, where a function is given.
        name: what it is called when printed.
        seed: of the points at which a function's Jacobian is looked at.

    Raises:
        InvalidOption: if the Jacobian is not symmetric, proved by SymPy for expressions, found by finite differences for a function, at 16 points of
            each of the sizes 1 and 10 (the message has the residual; what it does further out is not looked at); or if the arguments do not fit
            together.
    """
    if isinstance(activation, sympy.Basic):
        raise InvalidOption(f"expressions must be in a list, from_activation([...], [a, b]); got {shown(activation)}")
    if callable(activation):
        return _from_function(activation, size, name, seed)
    if variables is None:
        raise InvalidOption("expressions need their variables: from_activation([...], [a, b])")
    symbols = _checked_variables(variables)
    activation = sequence("activation", activation)
    if len(activation) != len(symbols):
        raise InvalidOption(f"{len(symbols)} variables need {len(symbols)} expressions; got {len(activation)}")
    gradient = tuple(_checked_expression(f"σ_{i}", part, symbols) for i, part in enumerate(activation))
    for i, row in enumerate(gradient):
        for j in range(i + 1, len(gradient)):
            difference = sympy.simplify(sympy.diff(row, symbols[j]) - sympy.diff(gradient[j], symbols[i]))
            if difference != 0:
                raise InvalidOption(
                    f"no Lagrangian has this gradient: ∂σ_{i}/∂V_{j} − ∂σ_{j}/∂V_{i} = {difference}, not 0; "
                    "a non-linearity must have a symmetric Jacobian"
                )
    _check_slopes(gradient, symbols)
    return _Symbolic(name, symbols, gradient, None)


@dataclass(frozen=True, repr=False)
class _Integrated(Lagrangian):
    """L by the line integral: Gauss–Legendre on 32 panels of 16 nodes, about 1e-10 where σ is smooth along the line."""

    label: str

    @property
    def name(self) -> str:
        return self.label

    @property
    def convex(self) -> bool | None:
        return None

    def value(self, V: ArrayLike) -> Array:
        state = np.asarray(V, dtype=np.float64)
        nodes, weights = np.polynomial.legendre.leggauss(_NODES)
        total = np.zeros(state.shape[:-1])
        for panel in range(_PANELS):
            for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
                total += weight / _PANELS * (state * self.activation((panel + node) / _PANELS * state)).sum(axis=-1)
        return total


@dataclass(frozen=True, repr=False)
class _Symbolic(_Integrated):
    """σ as expressions, and L as one where it is known."""

    variables: tuple[sympy.Symbol, ...]
    gradient: tuple[sympy.Expr, ...]
    expression: sympy.Expr | None

    @property
    def size(self) -> int | None:
        return None if len(self.variables) == 1 else len(self.variables)

    def value(self, V: ArrayLike) -> Array:
        if self.expression is None:
            return super().value(V)
        state = self._columns(V)
        value = _fill(self._functions[0](*state), state[0])
        return value.sum(axis=-1) if self.size is None else value

    def activation(self, V: ArrayLike) -> Array:
        state = self._columns(V)
        parts = [_fill(part, state[0]) for part in self._functions[1](*state)]
        return parts[0] if self.size is None else np.stack(parts, axis=-1)

    def hessian(self, V: ArrayLike) -> Array:
        state = self._columns(V)
        rows = [[_fill(part, state[0]) for part in row] for row in self._functions[2](*state)]
        if self.size is None:
            return rows[0][0][..., None] * np.eye(rows[0][0].shape[-1])
        return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)

    def symbolic_value(self, V: sympy.Matrix) -> sympy.Expr:
        x = sympy.Dummy("x", real=True)
        if self.size is None:
            return sympy.Add(*(self._at((v,), x) for v in V.flat()))
        return self._at(tuple(V.flat()), x)

    def symbolic_activation(self, V: sympy.Matrix) -> sympy.Matrix:
        if self.size is None:
            return sympy.Matrix([self.gradient[0].subs(self.variables[0], v) for v in V.flat()])
        place = list(zip(self.variables, V.flat(), strict=True))
        return sympy.Matrix([part.subs(place, simultaneous=True) for part in self.gradient])

    def _at(self, place: tuple[sympy.Expr, ...], x: sympy.Dummy) -> sympy.Expr:
        at = list(zip(self.variables, place, strict=True))
        if self.expression is not None:
            return self.expression.subs(at, simultaneous=True)
        along = [(v, x * value) for v, value in at]
        work = [value * part.subs(along, simultaneous=True) for value, part in zip(place, self.gradient, strict=True)]
        return sympy.Integral(sympy.Add(*work), (x, 0, 1))

    def _columns(self, V: ArrayLike) -> list[Array]:
        """One array for each variable; the single variable stands for all components."""
        state = np.asarray(V, dtype=np.float64)
        return [state] if self.size is None else list(np.moveaxis(state, -1, 0))

    @cached_property
    def _functions(self) -> tuple[Callable[..., Any], ...]:
        hessian = [[sympy.diff(part, v) for v in self.variables] for part in self.gradient]
        value = sympy.S.Zero if self.expression is None else self.expression
        parts: list[Any] = [value, list(self.gradient), hessian]
        return tuple(sympy.lambdify(self.variables, part, "numpy") for part in parts)


@dataclass(frozen=True, repr=False)
class _Function(_Integrated):
    """σ as a function of arrays; J by central differences."""

    function: Callable[[Array], Array]
    length: int

    @property
    def size(self) -> int | None:
        return self.length

    def activation(self, V: ArrayLike) -> Array:
        return np.asarray(self.function(np.asarray(V, dtype=np.float64)), dtype=np.float64)

    def hessian(self, V: ArrayLike) -> Array:
        state = np.asarray(V, dtype=np.float64)
        steps = _DIFFERENCE_STEP * np.maximum(1, np.abs(state))
        moved = steps[..., None] * np.eye(self.length)
        slopes = self.activation(state[..., None, :] + moved) - self.activation(state[..., None, :] - moved)
        return np.swapaxes(slopes / (2 * steps[..., None]), -1, -2)

    def symbolic_value(self, V: sympy.Matrix) -> sympy.Expr:
        raise InvalidOption(
            f"the Lagrangian {self.label!r} is a function of arrays and has no expression; give expressions"
        )


def _from_function(function: Callable[[Array], Array], size: int | None, name: str, seed: int) -> Lagrangian:
    if size is None or not is_integer(size) or size < 1:
        raise InvalidOption(
            f"a function needs the size of its state, from_activation(function, size=n); got {shown(size)}"
        )
    made = _Function(name, function, int(size))
    rng = np.random.default_rng(arguments.seed(seed))
    with within_memory(f"states of size {shown(size)}"):
        points = rng.normal(size=(16, made.length))
    try:
        answer = made.activation(points)
    except Exception as error:  # whatever a function that was not written for arrays may raise
        raise InvalidOption(f"the function fails on an array of shape {points.shape}: {error}") from error
    if answer.shape != points.shape:
        raise InvalidOption(
            f"the function must map shape {points.shape} to itself, batch first; it gave {answer.shape}"
        )
    near = 0.0
    for spread in _SPREADS:
        with np.errstate(all="ignore"):
            jacobians = made.hessian(spread * points)
        if not np.isfinite(jacobians).all():
            raise InvalidOption(
                f"the function is not finite at states of size {spread:g}; a non-linearity must be finite everywhere"
            )
        # Where it saturates the entries are rounding: those near 0 are the measure, too.
        near = near or float(np.abs(jacobians).max())
        scale = max(near, float(np.abs(jacobians).max()))
        residual = float(np.abs(jacobians - np.swapaxes(jacobians, -1, -2)).max()) / (scale or 1.0)
        if residual > _SYMMETRY_TOLERANCE:
            raise InvalidOption(
                f"no Lagrangian has this gradient: its Jacobian at 16 points of size {spread:g} is asymmetric by {residual:.3g} of its largest "
                f"entry, above {_SYMMETRY_TOLERANCE:g}; a non-linearity must have a symmetric Jacobian"
            )
    return made


def _fill(part: Any, like: Array) -> Array:
    """A constant expression gives a number, not an array."""
    return np.broadcast_to(np.asarray(part, dtype=np.float64), like.shape)


def _checked_variables(variables: Sequence[sympy.Symbol]) -> tuple[sympy.Symbol, ...]:
    symbols = tuple(variables) if isinstance(variables, Sequence) else ()
    if not symbols or not all(isinstance(v, sympy.Symbol) for v in symbols) or len(set(symbols)) < len(symbols):
        raise InvalidOption(f"variables must be a list of distinct SymPy symbols; got {shown(variables)}")
    return symbols


def _check_slopes(gradient: tuple[sympy.Expr, ...], symbols: tuple[sympy.Symbol, ...]) -> None:
    """Refuse a Hessian that is no function that NumPy could take."""
    for part in gradient:
        for v in symbols:
            curvature = sympy.diff(part, v)
            if curvature.has(sympy.DiracDelta, sympy.Derivative):
                raise InvalidOption(
                    f"the second derivative {curvature} is no function: write a kink as sympy.Piecewise, or take relu() or hard_tanh(); "
                    "and declare the variables real"
                )


def _checked_expression(what: str, expression: object, symbols: tuple[sympy.Symbol, ...]) -> sympy.Expr:
    try:
        value: Any = None if isinstance(expression, str) else sympy.sympify(expression)
    except Exception:  # noqa: BLE001 — SymPy lets through what an object of another library raises
        value = None
    if not isinstance(value, sympy.Expr):
        raise InvalidOption(f"{what} must be a SymPy expression, as sympy.sympify makes; got {shown(expression)}")
    others = value.free_symbols - set(symbols)
    if others:
        raise InvalidOption(
            f"{what} holds {', '.join(sorted(map(str, others)))}, which is not among the variables {', '.join(map(str, symbols))}"
        )
    return value

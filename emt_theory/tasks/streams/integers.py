r"""Arithmetic on integers as text: parsed, never executed, and computed for many sequences at once on NumPy's arrays or JAX's.

Made of integers, places s[i] and x[j], `+ - * // %` (the last two by an integer other than 0), comparisons, which are 0 or 1, `where(condition,
this, that)`, `max(…)`, `min(…)` and `abs(…)`:

>>> import numpy as np
>>> tree = parse_integers("where(s[0] < 0, -1, s[0] + 1 - 2*x[0])", {"s": 1, "x": 1})
>>> value_of(tree, {"s": [np.array([0, -1, 3])], "x": [np.array([1, 0, 0])]}, np).tolist()
[-1, -1, 4]
>>> parse_integers("s[1]", {"s": 1, "x": 1})
Traceback (most recent call last):
...
emt_theory.errors.InvalidTask: 's[1]' holds 's[1]'; a rule on integers is made of integers, s[i], x[j], + - * // %, ...
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import reduce
from typing import Any

from emt_theory.errors import InvalidTask
from emt_theory.ground.text import shown
from emt_theory.tasks.finite.expressions import OPERATIONS, expression

_LONGEST = 1000
_GRAMMAR = "integers, s[i], x[j], + - * // %, comparisons, where, max, min, abs"
_FUNCTIONS = {"where": (3, 3), "abs": (1, 1), "max": (1, 64), "min": (1, 64)}
"""Each with how many arguments it takes."""

Tree = ast.expr
Names = dict[str, Sequence[Any]]


def parse_integers(text: Any, sizes: dict[str, int]) -> Tree:
    """The tree of a text, checked.

    Args:
        text: the expression.
        sizes: how many places each name has.

    Raises:
        InvalidTask: if it is no expression of a rule.
    """
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise InvalidTask(f"a rule on integers is a text of at most {_LONGEST} characters; got {shown(text)}")
    try:
        tree = expression(text)
        wrong = _first_wrong(tree, sizes)
    except (SyntaxError, RecursionError, MemoryError):
        raise InvalidTask(f"{shown(text)} is not an expression in s[i] and x[j]") from None
    if wrong is not None:
        places = ", ".join(f"{name} has {count}" for name, count in sizes.items())
        raise InvalidTask(
            f"{shown(text)} holds {shown(ast.unparse(wrong))}; a rule on integers is made of {_GRAMMAR}; of places {places}"
        )
    return tree


def _first_wrong(node: ast.expr, sizes: dict[str, int]) -> ast.expr | None:
    """The first part that no rule may hold."""
    parts: list[ast.expr]
    match node:
        case ast.Constant(value=int() as number) if not isinstance(number, bool):
            return None
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=int() as i)):
            return None if 0 <= i < sizes.get(name, 0) and not isinstance(i, bool) else node
        case ast.BinOp(left=a, op=ast.FloorDiv() | ast.Mod(), right=ast.Constant(value=int() as by)) if by:
            parts = [a]
        case ast.BinOp(left=a, op=ast.Add() | ast.Sub() | ast.Mult(), right=b):
            parts = [a, b]
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=a):
            parts = [a]
        case ast.Compare(left=a, ops=[op], comparators=[b]) if type(op) in OPERATIONS:
            parts = [a, b]
        case ast.Call(func=ast.Name(id=name), args=given, keywords=[]) if _takes(name, len(given)):
            parts = given
        case _:
            return node
    return next((wrong for part in parts if (wrong := _first_wrong(part, sizes)) is not None), None)


def _takes(function: str, arguments: int) -> bool:
    low, high = _FUNCTIONS.get(function, (1, 0))
    return low <= arguments <= high


def value_of(node: Tree, names: Names, xp: Any) -> Any:
    """The value of a tree, for all sequences at once.

    Args:
        node: of `parse_integers`.
        names: for each name the arrays at its places.
        xp: NumPy, or `jax.numpy`.
    """
    match node:
        case ast.Constant(value=int() as number):
            return number
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=int() as i)):
            return names[name][i]
        case ast.BinOp(left=a, op=op, right=b):
            return OPERATIONS[type(op)](value_of(a, names, xp), value_of(b, names, xp))
        case ast.UnaryOp(op=op, operand=a):
            return OPERATIONS[type(op)](value_of(a, names, xp))
        case ast.Compare(left=a, ops=[op], comparators=[b]):
            return xp.where(OPERATIONS[type(op)](value_of(a, names, xp), value_of(b, names, xp)), 1, 0)
        case ast.Call(func=ast.Name(id=name), args=args):
            return _applied(name, [value_of(part, names, xp) for part in args], xp)
        case _:
            raise AssertionError(ast.dump(node))


def _applied(name: str, values: list[Any], xp: Any) -> Any:
    match name:
        case "where":
            return xp.where(values[0] != 0, values[1], values[2])
        case "abs":
            return abs(values[0])
        case "max":
            return reduce(lambda a, b: xp.where(a >= b, a, b), values)
        case _:
            return reduce(lambda a, b: xp.where(a <= b, a, b), values)

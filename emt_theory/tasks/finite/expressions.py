r"""A rule on symbols as text: parsed, never executed, and traced as a rule in Python is.

An output is made of integers, u[lag][component] (or u[lag] where d = 1), `+ - * // % ** & | ^ << >> ~`, comparisons, `and or not`,
`this if condition else that`, `where(condition, this, that)`, `max(…)`, `min(…)`, `abs(…)`, and look-ups in a list of places: `[2, 0, 1][u[1][0]]`.

>>> rule = rule_of(["u[3] ^ (u[1] & u[2])"])
>>> from emt_theory.tasks.finite.rules import from_rule
>>> from_rule(rule, num_variables=3, dim=1, name="x").equations()
['u(t) = u[3] ^ (u[2] & u[1])']
>>> rule_of(["__import__('os')"])
Traceback (most recent call last):
...
emt_theory.errors.InvalidTask: "__import__('os')" holds "__import__('os')"; a rule on symbols is made of integers, u[lag][component], ...
"""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Iterable
from functools import reduce
from itertools import pairwise
from typing import Any

from emt_theory.errors import InvalidTask
from emt_theory.ground.text import shown
from emt_theory.tasks.finite.tracing import Value, choose_by, where
from emt_theory.tasks.past import Variable

_LONGEST = 20_000
OPERATIONS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
    ast.Pow: operator.pow, ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor,
    ast.LShift: operator.lshift, ast.RShift: operator.rshift, ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Invert: operator.invert,
    ast.Not: lambda a: a == 0, ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.And: lambda a, b: where(a, b, a), ast.Or: lambda a, b: where(a, a, b),
}  # fmt: skip
_FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "where": (3, where),
    "abs": (1, abs),
    "max": (0, lambda *v: reduce(lambda a, b: where(a >= b, a, b), v)),
    "min": (0, lambda *v: reduce(lambda a, b: where(a <= b, a, b), v)),
}
"""Each with its number of arguments; 0 for any."""


def rule_of(lines: Iterable[str]) -> Callable[[Any], list[Any]]:
    """The rule whose outputs these texts are; they are read once, here.

    Raises:
        InvalidTask: if one is no such expression; names the part that is none.
    """
    trees = [_parsed(line) for line in lines]
    return lambda u: [_value(tree, u) for tree in trees]


def expression(text: str) -> ast.expr:
    """The expression that a text is, without what Python would print of `1if`.

    Raises:
        SyntaxError, RecursionError, MemoryError: if it is none.
    """
    if "\0" in text:  # a ValueError in Python 3.11, a SyntaxError later
        raise SyntaxError("a null character")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return ast.parse(text.strip(), mode="eval").body


def _parsed(line: Any) -> ast.expr:
    if not isinstance(line, str) or len(line) > _LONGEST:
        raise InvalidTask(f"a rule on symbols is a text of at most {_LONGEST} characters; got {shown(line)}")
    try:
        tree = expression(line)
        wrong = next(iter(_checked_nodes(tree)), None)
    except (SyntaxError, RecursionError, MemoryError):
        raise InvalidTask(f"{shown(line)} is not an expression in u[lag][component]") from None
    if wrong is not None:
        raise InvalidTask(
            f"{shown(line)} holds {shown(ast.unparse(wrong))}; a rule on symbols is made of integers, u[lag][component], + - * // % ** & | ^ "
            "<< >> ~, comparisons, and, or, not, if else, where, max, min, abs, and look-ups in a list"
        )
    return tree


def _checked_nodes(node: ast.expr) -> Iterable[ast.expr]:
    """The parts that no rule may hold."""
    match node:
        case ast.Constant(value=int()):
            return
        case ast.BinOp(left=a, op=op, right=b) if type(op) in OPERATIONS:
            parts = [a, b]
        case ast.UnaryOp(op=op, operand=a) if type(op) in OPERATIONS:
            parts = [a]
        case ast.BoolOp(values=parts):
            pass
        case ast.Compare(left=a, ops=ops, comparators=rest) if all(type(op) in OPERATIONS for op in ops):
            parts = [a, *rest]
        case ast.IfExp(test=a, body=b, orelse=c):
            parts = [a, b, c]
        case ast.Call(func=ast.Name(id=name), args=parts, keywords=[]) if (
            _FUNCTIONS.get(name, (-1,))[0] in (0, len(parts)) and parts
        ):
            pass
        case ast.Subscript(value=ast.List(elts=[_, *_] as listed) | ast.Tuple(elts=[_, *_] as listed), slice=a):
            parts = [*listed, a]
        case ast.Subscript(value=ast.Name(id="u"), slice=a):  # u alone is the whole past, and has no value
            parts = [a]
        case ast.Subscript(value=ast.Subscript() as a, slice=b):
            parts = [a, b]
        case _:
            yield node
            return
    for part in parts:
        yield from _checked_nodes(part)


def _value(node: ast.AST, u: Any) -> Any:
    """The value of a node that was checked."""
    match node:
        case ast.Constant(value=int() as number):
            return int(number)
        case ast.Name():
            return u
        case ast.BinOp(left=a, op=op, right=b):
            return _lifted(OPERATIONS[type(op)], u, _value(a, u), _value(b, u))
        case ast.UnaryOp(op=op, operand=a):
            return _lifted(OPERATIONS[type(op)], u, _value(a, u))
        case ast.BoolOp(op=op, values=parts):
            return reduce(OPERATIONS[type(op)], [_value(part, u) for part in parts])
        case ast.Compare(left=a, ops=ops, comparators=rest):
            sides = [_value(part, u) for part in (a, *rest)]
            told = [_lifted(OPERATIONS[type(op)], u, x, y) for op, (x, y) in zip(ops, pairwise(sides), strict=True)]
            return reduce(OPERATIONS[ast.And], told)
        case ast.IfExp(test=a, body=b, orelse=c):
            return where(_value(a, u), _value(b, u), _value(c, u))
        case ast.Call(func=ast.Name(id=name), args=parts):
            return _FUNCTIONS[name][1](*(_value(part, u) for part in parts))
        case ast.Subscript(value=ast.List(elts=listed) | ast.Tuple(elts=listed), slice=a):
            return _look_up([_value(part, u) for part in listed], _value(a, u))
        case ast.Subscript(value=a, slice=b):
            return _value(a, u)[_value(b, u)]
        case _:
            raise AssertionError(ast.dump(node))


def _lifted(function: Callable[..., Any], u: Any, *values: Any) -> Any:
    """The operation, on integers too as it is on values: bounded, and undefined where it has no value."""
    if all(isinstance(v, int) for v in values):
        zero = next(iter(u[1])) * 0
        return function(values[0] + zero, *values[1:])
    return function(*values)


def _look_up(options: list[Any], index: Any) -> Any:
    if isinstance(index, Variable) and len(index) == 1:
        index = index[0]
    options = [one[0] if isinstance(one, Variable) and len(one) == 1 else one for one in options]
    if isinstance(index, Value):
        return choose_by(index, options)
    if isinstance(index, int) and 0 <= index < len(options):
        return options[index]
    raise InvalidTask(f"a list of {len(options)} has no place {shown(index)}")

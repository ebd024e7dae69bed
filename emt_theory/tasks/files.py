"""Tasks in TOML files.

A file says the sizes and one of four things: a rule, reads, a matrix, or a paper id.

    name = "my task"              # optional; the file's name if left out
    num_variables = 3
    dim = 2
    inputs = [-1, 1]              # optional; integers or "p/q"
    rule = ["-u[3][0]", "u[1][0] + 1/2*u[2][1]"]          # u[lag][component], lag 1 = previous step
    # reads = [[1, 0, -1], [2, 1, 1]]                     # block (1 = oldest), component, sign
    # matrix = [[-1, 0, 0, 0, 0, 0], [0, 0, 0, "1/2", 1, 0]]
    # paper_id = [255, 0, 0]

A rule in a file is arithmetic and nothing else: it is parsed, never executed.

>>> from_dict({"num_variables": 2, "dim": 1, "rule": ["u[2][0] - 1/3*u[1][0]"]}).equations()
['u(t) = u(t-2) - 1/3 u(t-1)']
"""

from __future__ import annotations

import ast
import json
import operator
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emt_theory.errors import InvalidFile, InvalidTask
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.ground.text import shown
from emt_theory.tasks.linear import SIGNS, LinearTask, checked_sizes, linear_task
from emt_theory.tasks.paper import from_paper_id

_SIZES = ("num_variables", "dim")
_CONTENTS = ("rule", "reads", "matrix", "paper_id")
_MAX_POWER = 8
_MAX_BITS = 1000
_OPERATIONS: dict[type[ast.AST], Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}


def load(path: str | Path) -> LinearTask:
    """Read a task from a TOML file.

    Raises:
        InvalidFile: if the file cannot be read or is not TOML.
        InvalidTask: if it describes no valid task; the message names file and key.
    """
    if not isinstance(path, str | Path):
        raise InvalidFile(f"a task's file is named by a text or a path; got {shown(path)}")
    source = Path(path)
    named = shown(str(source))[1:-1]
    try:
        described = tomllib.loads(source.read_bytes().decode())
    except FileNotFoundError:
        raise InvalidFile(f"{named}: no such file") from None
    except IsADirectoryError:
        raise InvalidFile(f"{named} is a directory; a task is a TOML file") from None
    except OSError as error:
        raise InvalidFile(f"{named} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidFile(f"{named} is not a TOML file: {error}") from None
    except (RecursionError, ValueError) as error:  # nested too deep, or a name that no file can have
        raise InvalidFile(f"{named} cannot be read: {error}") from None
    try:
        return from_dict({"name": source.stem, **described})
    except InvalidTask as error:
        raise InvalidTask(f"{named}: {error}") from None


def from_dict(described: Mapping[str, Any]) -> LinearTask:
    """The task that a dictionary with a file's keys describes; the inverse of `Task.to_dict`.

    Raises:
        InvalidTask: if a key is missing or unknown, or its value does not fit.
    """
    if not isinstance(described, Mapping):
        raise InvalidTask(f"a task is described by a dictionary with the keys of a file; got {shown(described)}")
    known = ("name", "inputs", *_SIZES, *_CONTENTS)
    unknown = [key for key in described if key not in known]
    if unknown:
        raise InvalidTask(f"unknown key {shown(unknown[0])}; a task has {', '.join(known)}")
    given = [key for key in _CONTENTS if key in described]
    if len(given) != 1:
        raise InvalidTask(f"a task needs exactly one of {', '.join(_CONTENTS)}; got {', '.join(given) or 'none'}")
    missing = [key for key in _SIZES if key not in described]
    if missing:
        raise InvalidTask(f"{missing[0]} is missing")
    s, d = checked_sizes(described["num_variables"], described["dim"])
    name = str(described.get("name", "task"))
    inputs = described.get("inputs", SIGNS)
    if not isinstance(inputs, (list, tuple)):
        raise InvalidTask(f'inputs must be a list of integers or "p/q"; got {shown(inputs)}')
    content = described[given[0]]
    if not isinstance(content, list):
        raise InvalidTask(f"{given[0]} must be a list; got {shown(content)}")
    return LinearTask(name, s, d, _read_content(given[0], content, s, d), tuple(inputs))


def to_toml(task: LinearTask) -> str:
    """The task as the text of a TOML file that `load` reads back."""
    lines: list[str] = []
    for key, value in linear_task(task).to_dict().items():
        if key in ("matrix", "reads"):
            rows = "".join(f"  {_toml(row)},\n" for row in value)
            lines.append(f"{key} = [\n{rows}]")
        else:
            lines.append(f"{key} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return str(value)


def _read_content(kind: str, given: list[Any], s: int, d: int) -> Any:
    """What `Task.rule` is made of, from one of `_CONTENTS`."""
    if kind == "reads":
        return tuple(given)
    if kind == "matrix":
        return RationalMatrix.from_rows(given, "matrix")
    if kind == "paper_id":
        return from_paper_id((*given,), s, d).rule  # type: ignore[arg-type]
    from emt_theory.tasks.rules import from_rule

    if not all(isinstance(line, str) for line in given):
        raise InvalidTask(f"rule must be a list of {d} strings, one for each component")
    return from_rule(lambda u: [_evaluate(line, u) for line in given], s, d).rule


def _evaluate(line: str, u: Any) -> Any:
    """The value of an arithmetic expression in integers and u[lag][component]."""
    try:
        tree = ast.parse(line.strip(), mode="eval")
        return _value(tree.body, u, line)
    except (SyntaxError, RecursionError, MemoryError):
        raise InvalidTask(f"{shown(line)} is not an arithmetic expression in u[lag][component]") from None


def _value(node: ast.AST, u: Any, line: str) -> Any:
    import sympy

    match node:
        case ast.Constant(value=bool() | complex()):
            pass
        case ast.Constant(value=int() as number):
            return sympy.Integer(number)
        case ast.Constant(value=float() as number):
            raise InvalidTask(
                f"{shown(line)} holds the float {number}, which is not exact; write a fraction such as 1/2"
            )
        case ast.BinOp(op=ast.Pow(), right=ast.Constant(value=int() as power)) if 0 <= power <= _MAX_POWER:
            base = _value(node.left, u, line)
            if base.is_Rational and max(int(base.p).bit_length(), int(base.q).bit_length()) > _MAX_BITS:
                raise InvalidTask(f"{shown(line)} holds a power of a number of more than {_MAX_BITS} bits")
            return base**power
        case ast.BinOp(op=op) if type(op) in _OPERATIONS:
            left, right = _value(node.left, u, line), _value(node.right, u, line)
            if isinstance(op, ast.Div) and right == 0:
                raise InvalidTask(f"{shown(line)} divides by zero")
            return _OPERATIONS[type(op)](left, right)
        case ast.UnaryOp(op=op) if type(op) in _OPERATIONS:
            return _OPERATIONS[type(op)](_value(node.operand, u, line))
        case ast.Subscript(value=ast.Subscript(value=ast.Name(id="u"), slice=lag), slice=component):
            return u[_index(lag, line)][_index(component, line)]
        case _:
            pass
    raise InvalidTask(
        f"{shown(line)} holds {shown(ast.unparse(node))}; a rule is made of integers, + - * / and u[lag][component]"
    )


def _index(node: ast.AST, line: str) -> int:
    if isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return node.value
    raise InvalidTask(f"{shown(line)}: the index {shown(ast.unparse(node))} must be a plain non-negative integer")

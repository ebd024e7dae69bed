"""Tasks in TOML files.

A file says the sizes and one of four things: a rule, reads, a matrix, or a paper id.

    name = "my task"              # optional; the file's name if left out
    num_variables = 3
    dim = 2
    inputs = [-1, 1]              # optional; integers or "p/q", or a text such as "-2..2" or "0 1/2 1"
    rule = ["-u[3][0]", "u[1][0] + 1/2*u[2][1]"]          # u[lag][component], lag 1 = previous step
    # rule = "u[3] - u[1]"                                # whole variables, component by component
    # reads = [[1, 0, -1], [2, 1, 1]]                     # block (1 = oldest), component, sign
    # matrix = [[-1, 0, 0, 0, 0, 0], [0, 0, 0, "1/2", 1, 0]]
    # paper_id = [255, 0, 0]

With an alphabet it says a finite task, by a rule on symbols (see `emt_theory.tasks.finite.expressions`) or by tables, one for each output:

    alphabet = 3                                          # symbols 0, 1, 2
    code = "onehot"                                       # optional; how symbols are shown to a network
    rule = ["(u[1][0] + u[2][1]) % 3", "max(u[1][1], u[3][0])"]
    # tables = [{reads = [[1, 0], [2, 1]], table = [0, 1, 2, 1, 2, 0, 2, 0, 1]}, …]       # reads (block, component); the last changes fastest

A task with an input at every step is a table of transitions, matrices, or a rule on integers (`emt_theory.tasks.streams`):

    transitions = [[0, 1], [1, 0]]                        # the next state of each state and letter
    shown = [[0, 1], [1, 0]]                              # what is shown on the way
    start = 0                                             # optional
    reads = [2, "signs", 1]                               # optional: symbols, code and channels of what comes in
    shows = [2, "signs", 1]                               # optional: the same of what is shown

    A = [["1/2"]]                                         # z(t) = A z(t-1) + B x(t), y(t) = C z(t)
    B = [[1]]
    C = [[1]]
    inputs = [-1, 1]                                      # optional

    first = [0]                                           # the state before the first step
    moves = ["s[0] + 1 - 2*x[0]"]                         # the state afterwards
    show = ["s[0] == 0"]                                  # what is then shown
    inputs = "0..1"
    channels = 1                                          # optional

A rule in a file is arithmetic and nothing else: it is parsed, never executed.

>>> from_dict({"num_variables": 2, "dim": 1, "rule": ["u[2][0] - 1/3*u[1][0]"]}).equations()
['u(t) = u(t-2) - 1/3 u(t-1)']
"""

from __future__ import annotations

import ast
import json
import operator
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emt_theory.errors import InvalidFile, InvalidTask
from emt_theory.ground.arguments import integer, sequence
from emt_theory.ground.files import read_toml
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.ground.slots import Slots
from emt_theory.ground.text import printable, shown
from emt_theory.tasks.finite.alphabet import Alphabet, as_alphabet
from emt_theory.tasks.finite.expressions import expression, rule_of
from emt_theory.tasks.finite.local_rule import MOST_READS, LocalRule
from emt_theory.tasks.finite.rules import from_rule as tabulate
from emt_theory.tasks.finite.task import FiniteTask
from emt_theory.tasks.inputs import parse_inputs
from emt_theory.tasks.linear import SIGNS, LinearTask, checked_sizes, linear_task
from emt_theory.tasks.paper import from_paper_id
from emt_theory.tasks.past import Variable
from emt_theory.tasks.streams.described import StreamTask, stream_from_dict

_SIZES = ("num_variables", "dim")
_CONTENTS = ("rule", "reads", "matrix", "paper_id")
_FINITE_CONTENTS = ("rule", "tables")
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


def load(path: str | Path) -> LinearTask | FiniteTask | StreamTask:
    """Read a task from a TOML file.

    Raises:
        InvalidFile: if the file cannot be read or is not TOML.
        InvalidTask: if it describes no valid task; the message names file and key.

    >>> import tempfile
    >>> from emt_theory.tasks.library import fibonacci
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "rabbits.toml"
    ...     _ = path.write_text(to_toml(fibonacci()))
    ...     load(path).equations()
    ['u(t) = u(t-2) + u(t-1)']
    """
    if not isinstance(path, str | Path):
        raise InvalidFile(f"a task's file is named by a text or a path; got {shown(path)}")
    source, described = Path(path), read_toml(path)
    try:
        return from_dict({"name": source.stem, **described})
    except InvalidTask as error:
        raise InvalidTask(f"{printable(str(source))}: {error}") from None


def from_dict(described: Mapping[str, Any]) -> LinearTask | FiniteTask | StreamTask:
    """The task that a dictionary with a file's keys describes; the inverse of `Task.to_dict`.

    Raises:
        InvalidTask: if a key is missing or unknown, or its value does not fit.
    """
    if not isinstance(described, Mapping):
        raise InvalidTask(f"a task is described by a dictionary with the keys of a file; got {shown(described)}")
    if (stream := stream_from_dict(described)) is not None:
        return stream
    finite = "alphabet" in described
    contents, own = (_FINITE_CONTENTS, ("alphabet", "code")) if finite else (_CONTENTS, ("inputs",))
    known = ("name", *own, *_SIZES, *contents)
    unknown = [key for key in described if key not in known]
    if unknown:
        hint = " (a finite task needs an alphabet)" if not finite and unknown[0] in ("code", "tables") else ""
        raise InvalidTask(f"unknown key {shown(unknown[0])}; a task has {', '.join(known)}{hint}")
    given = [key for key in contents if key in described]
    if len(given) != 1:
        told = f"a task needs exactly one of {', '.join(contents)}; got {', '.join(given) or 'none'}"
        raise InvalidTask(f"{told}. 'emt derive --template' writes an example")
    missing = [key for key in _SIZES if key not in described]
    if missing:
        raise InvalidTask(f"{missing[0]} is missing")
    s, d = checked_sizes(described["num_variables"], described["dim"])
    name, content = str(described.get("name", "task")), described[given[0]]
    if not isinstance(content, list) and not (given[0] == "rule" and isinstance(content, str)):
        raise InvalidTask(f"{given[0]} must be a list; got {shown(content)}")
    if finite:
        return _finite(name, Slots(s, d), as_alphabet(described["alphabet"], described.get("code")), given[0], content)
    inputs = described.get("inputs", SIGNS)
    if not isinstance(inputs, list | tuple | str):
        raise InvalidTask(f'inputs must be a list of integers or "p/q", or a text such as "-2..2"; got {shown(inputs)}')
    values = parse_inputs(inputs) if isinstance(inputs, str) else tuple(inputs)
    return LinearTask(name, s, d, _read_content(given[0], content, s, d), values)


def _finite(name: str, slots: Slots, alphabet: Alphabet, kind: str, content: list[Any] | str) -> FiniteTask:
    """A finite task, from one of `_FINITE_CONTENTS`."""
    if isinstance(content, str):
        whole = rule_of([content])
        return tabulate(lambda u: _outputs(whole(u)[0]), *slots, name, alphabet)
    if kind == "rule":
        if len(content) != slots.dim:
            raise InvalidTask(f"rule must be a list of {slots.dim} texts, one for each component; got {len(content)}")
        return tabulate(rule_of(content), *slots, name, alphabet)
    rules = [_local_rule(table, f"tables[{c}]", slots, alphabet) for c, table in enumerate(content)]
    return FiniteTask(name, *slots, alphabet, tuple(rules))


def _local_rule(described: Any, where: str, slots: Slots, alphabet: Alphabet) -> LocalRule:
    if not isinstance(described, Mapping) or set(described) != {"reads", "table"}:
        raise InvalidTask(f"{where} must have the keys reads and table; got {shown(described)}")
    reads = sequence(f"{where}: reads", described["reads"], InvalidTask)
    flat: list[int] = []
    for i, read in enumerate(reads):
        pair = sequence(f"{where}: reads[{i}]", read, InvalidTask)
        if len(pair) != 2:
            raise InvalidTask(f"{where}: reads[{i}] must be (block, component); got {shown(read)}")
        block = integer(f"{where}: the block", pair[0], 1, slots.num_variables, InvalidTask)
        flat.append(slots.flat(block, integer(f"{where}: the component", pair[1], 0, slots.dim - 1, InvalidTask)))
    values, q = alphabet.checked(f"{where}: table", described["table"]), alphabet.size
    if len(flat) > MOST_READS or values.shape != (q ** len(flat),):
        raise InvalidTask(
            f"{where}: {len(flat)} reads need a table of q^k = {q}^{len(flat)} symbols; got {values.shape}"
        )
    return LocalRule(tuple(flat), values.reshape((q,) * len(flat)))


def to_toml(task: LinearTask | FiniteTask | StreamTask) -> str:
    """The task as the text of a TOML file that `load` reads back.

    >>> from emt_theory.tasks.library import repeat_copy
    >>> print(to_toml(repeat_copy(num_variables=2, dim=1)), end="")
    name = "repeat_copy"
    num_variables = 2
    dim = 1
    inputs = ["-1", "1"]
    reads = [
      [1, 0, 1],
    ]
    """
    lines: list[str] = []
    described = task if isinstance(task, FiniteTask | StreamTask) else linear_task(task)
    for key, value in described.to_dict().items():
        if isinstance(value, list) and value and isinstance(value[0], list | dict):
            rows = "".join(f"  {_toml(row)},\n" for row in value)
            lines.append(f"{key} = [\n{rows}]")
        else:
            lines.append(f"{key} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return str(value)


def _outputs(found: Any) -> Any:
    """What a rule of one text returns: a whole variable, or the only component."""
    return found if isinstance(found, Variable) else [found]


def _read_content(kind: str, given: list[Any] | str, s: int, d: int) -> Any:
    """What `Task.rule` is made of, from one of `_CONTENTS`."""
    if kind == "reads":
        return tuple(given)
    if kind == "matrix":
        return RationalMatrix.from_rows(given, "matrix")
    if kind == "paper_id":
        return from_paper_id((*given,), s, d).rule  # type: ignore[arg-type]
    from emt_theory.tasks.rules import from_rule

    if isinstance(given, str):
        return from_rule(lambda u: _outputs(_evaluate(given, u)), s, d).rule
    if not all(isinstance(line, str) for line in given):
        raise InvalidTask(f"rule must be a list of {d} strings, one for each component")
    return from_rule(lambda u: [_evaluate(line, u) for line in given], s, d).rule


def _evaluate(line: str, u: Any) -> Any:
    """The value of an arithmetic expression in integers, u[lag][component] and whole variables u[lag]."""
    try:
        return _value(expression(line), u, line)
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
            if (
                getattr(base, "is_Rational", False)
                and max(int(base.p).bit_length(), int(base.q).bit_length()) > _MAX_BITS
            ):
                raise InvalidTask(f"{shown(line)} holds a power of a number of more than {_MAX_BITS} bits")
            return base**power
        case ast.BinOp(op=op) if type(op) in _OPERATIONS:
            left, right = _value(node.left, u, line), _value(node.right, u, line)
            if isinstance(op, ast.Div) and not isinstance(right, Variable) and right == 0:
                raise InvalidTask(f"{shown(line)} divides by zero")
            return _OPERATIONS[type(op)](left, right)
        case ast.UnaryOp(op=op) if type(op) in _OPERATIONS:
            return _OPERATIONS[type(op)](_value(node.operand, u, line))
        case ast.Subscript(value=ast.Subscript(value=ast.Name(id="u"), slice=lag), slice=component):
            return u[_index(lag, line)][_index(component, line)]
        case ast.Subscript(value=ast.Name(id="u"), slice=lag):
            return u[_index(lag, line)]
        case _:
            pass
    raise InvalidTask(
        f"{shown(line)} holds {shown(ast.unparse(node))}; a rule is made of integers, + - * / and u[lag][component]; "
        "one on q symbols, with alphabet = q, of more"
    )


def _index(node: ast.AST, line: str) -> int:
    if isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return node.value
    raise InvalidTask(f"{shown(line)}: the index {shown(ast.unparse(node))} must be a plain non-negative integer")

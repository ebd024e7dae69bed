r"""What a pickle says, without doing it: a pure function from bytes to a tree of plain values and placeholders.

A pickle is a program for a stack machine. Most of its instructions push or collect plain values; a few look up a global by its name and call it,
and that is how `pickle.load` can be made to run anything. The machine below has the first kind only. A global becomes a `Global`, which is two
names; a call becomes a `Call`, which is what would have been called and with what; a reference to something outside, such as PyTorch's storages,
becomes a `PersistentId`. Nothing is imported, nothing is called:

>>> import datetime, pickle
>>> tree = interpret(pickle.dumps({"day": datetime.date(2024, 2, 29), "n": [1, 2.5, None]}))
>>> tree["n"], tree["day"].function
([1, 2.5, None], Global(module='datetime', name='date'))
>>> interpret(pickle.dumps(eval))
Traceback (most recent call last):
...
emt_theory.errors.InvalidFile: the pickle asks for builtins.eval, which is there to run code; do not load this file anywhere

Sets become lists, frozen sets tuples, and of a dictionary only the items under texts are kept, because the hash of anything else can be chosen so
that dictionaries become slow. Text opcodes of protocol 0, long integers of more than 255 bytes and extension codes are refused: no checkpoint has
them.

Source: the documentation of Python's `pickletools`, whose table of opcodes reads the arguments.
"""

from __future__ import annotations

import io
import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from emt_theory.errors import InvalidFile
from emt_theory.ground.text import first_line, plain

MAX_BYTES = 64 * 2**20
"""The longest pickle that is interpreted; weights are not in it."""
MAX_OPCODES = 1_000_000
"""The most instructions that are followed."""

_OPCODES = {opcode.code.encode("latin-1"): opcode for opcode in pickletools.opcodes}
_MODULES_OF_CODE = ("os", "posix", "nt", "subprocess", "pty", "runpy", "importlib", "ctypes", "socket", "shutil", "sys")
_RUNS_CODE: dict[str, frozenset[str] | None] = {
    **dict.fromkeys(
        ("builtins", "__builtin__"), frozenset({"eval", "exec", "compile", "open", "__import__", "breakpoint", "input"})
    ),
    **dict.fromkeys(("io", "_io"), frozenset({"open", "open_code", "FileIO"})),
    **dict.fromkeys(_MODULES_OF_CODE),
}
"""Globals that have no innocent use in a checkpoint, by module; None is all of a module."""


@dataclass(frozen=True, slots=True)
class Global:
    """What an import would have given: a name in a module."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(frozen=True, slots=True)
class PersistentId:
    """Something outside the pickle, by its identifier."""

    id: Any


@dataclass(eq=False, repr=False, slots=True)
class Call:
    """What a call would have given, and what would have been done to it.

    Attributes:
        function: what would have been called: a `Global`, or the outcome of another call.
        arguments: with what.
        state: what would have become its attributes.
        items: what it would hold as a dictionary, under texts, or as a list, under the numbers of their places.
    """

    function: Any
    arguments: Any
    state: Any = None
    items: dict[str, Any] = field(default_factory=dict[str, Any])


def interpret(data: bytes) -> Any:
    """The tree that a pickle describes.

    Args:
        data: the pickle, of protocol 1 to 5.

    Returns:
        None, a bool, int, float, str, bytes, list, tuple or dict (with texts as keys), of such or of `Global`, `Call` and `PersistentId`. A list, a
        dict or a `Call` can contain itself.

    Raises:
        InvalidFile: if it is damaged, too long, has an opcode that no checkpoint needs, or asks for a function that is there to run code.
    """
    if len(data) > MAX_BYTES:
        raise InvalidFile(f"the pickle has {len(data)} bytes, more than {MAX_BYTES}; save the state dictionary alone")
    stream, machine = io.BytesIO(data), _Machine()
    for _ in range(MAX_OPCODES):
        place = stream.tell()
        opcode = _OPCODES.get(stream.read(1))
        if opcode is None:
            raise InvalidFile(f"the pickle is damaged at byte {place}: no opcode")
        if opcode.name == "STOP":
            return machine.result()
        act = _ACTIONS.get(opcode.name)
        if act is None:
            raise InvalidFile(f"the pickle has the opcode {opcode.name} at byte {place}, which no checkpoint has")
        try:
            read = _READERS.get(opcode.name, opcode.arg.reader if opcode.arg else None)
            act(machine, read(stream) if read else None)
        except InvalidFile:
            raise
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise InvalidFile(
                f"the pickle is damaged at byte {place}, {opcode.name} ({plain(first_line(error))})"
            ) from None
    raise InvalidFile(f"the pickle has more than {MAX_OPCODES} opcodes; save the state dictionary alone")


class _Machine:
    """The stack machine: a stack, the stacks that wait behind a mark, and a memo."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.waiting: list[list[Any]] = []
        self.memo: dict[int, Any] = {}

    def result(self) -> Any:
        if len(self.stack) != 1 or self.waiting:
            raise InvalidFile("the pickle is damaged: it stops with more or less than one value")
        return self.stack[0]

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def pop(self, count: int) -> list[Any]:
        if len(self.stack) < count:
            raise ValueError("the stack is empty")
        values = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return values

    def top(self) -> Any:
        if not self.stack:
            raise ValueError("the stack is empty")
        return self.stack[-1]

    def mark(self, _: Any) -> None:
        self.waiting.append(self.stack)
        self.stack = []

    def since_mark(self) -> list[Any]:
        if not self.waiting:
            raise ValueError("there is no mark")
        values, self.stack = self.stack, self.waiting.pop()
        return values

    def remember(self, index: int | None) -> None:
        self.memo[len(self.memo) if index is None else index] = self.top()

    def recall(self, index: int) -> None:
        if index not in self.memo:
            raise LookupError(f"nothing is remembered as {index}")
        self.push(self.memo[index])

    def look_up(self, module: Any, name: Any) -> None:
        if not (isinstance(module, str) and isinstance(name, str)):
            raise TypeError("a global needs two texts")
        names = _RUNS_CODE.get(module.split(".")[0], frozenset[str]())
        if names is None or name.split(".")[0] in names:
            raise InvalidFile(
                f"the pickle asks for {plain(f'{module}.{name}')}, which is there to run code; do not load this file anywhere"
            )
        self.push(Global(module, name))

    def call(self, parts: list[Any]) -> None:
        self.push(Call(parts[0], parts[1]))

    def build(self, _: Any) -> None:
        (state,) = self.pop(1)
        target = self.top()
        if isinstance(target, Call):
            target.state = state
        elif not isinstance(target, dict):  # the attributes of an OrderedDict are dropped
            raise TypeError(f"{type(target).__name__} has no state")

    def extend(self, values: list[Any]) -> None:
        target = self.top()
        if isinstance(target, list):
            target.extend(values)
        elif isinstance(target, Call):  # a deque, say
            target.items.update((str(place), value) for place, value in enumerate(values, len(target.items)))
        else:
            raise TypeError(f"{type(target).__name__} cannot be appended to")

    def update(self, flat: list[Any]) -> None:
        target = self.top()
        items = target.items if isinstance(target, Call) else target
        if not isinstance(items, dict) or len(flat) % 2:
            raise TypeError("items without a dictionary, or keys without values")
        items.update(_under_texts(flat))


def _under_texts(flat: list[Any]) -> dict[str, Any]:
    return {key: value for key, value in zip(flat[::2], flat[1::2], strict=True) if isinstance(key, str)}


def _two_lines(stream: io.BytesIO) -> tuple[str, str]:
    """The arguments of GLOBAL as `pickle` reads them; `pickletools` undoes escapes in them, and warns of those that are none."""
    lines = stream.readline(), stream.readline()
    if not all(line.endswith(b"\n") for line in lines):
        raise ValueError("no newline behind a name")
    return lines[0][:-1].decode(), lines[1][:-1].decode()


_READERS: dict[str, Callable[[io.BytesIO], Any]] = {"GLOBAL": _two_lines}
_ORDERED = Global("collections", "OrderedDict")


def _reduce(machine: _Machine, _: Any) -> None:
    function, arguments = machine.pop(2)
    if function == _ORDERED and arguments == ():
        machine.push({})
    else:
        machine.call([function, arguments])


def _constant(value: Any) -> Callable[[_Machine, Any], object]:
    return lambda machine, _: machine.push(value)


def _tuple_of(count: int) -> Callable[[_Machine, Any], object]:
    return lambda machine, _: machine.push(tuple(machine.pop(count)))


# fmt: off
_ACTIONS: dict[str, Callable[[_Machine, Any], object]] = {
    **dict.fromkeys(("PROTO", "FRAME"), lambda machine, _: None),
    "NONE": _constant(None),
    "NEWTRUE": _constant(True),
    "NEWFALSE": _constant(False),
    **dict.fromkeys(
        ("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
         "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"), _Machine.push
    ),
    "EMPTY_TUPLE": _constant(()),
    "TUPLE1": _tuple_of(1),
    "TUPLE2": _tuple_of(2),
    "TUPLE3": _tuple_of(3),
    **dict.fromkeys(("TUPLE", "FROZENSET"), lambda machine, _: machine.push(tuple(machine.since_mark()))),
    **dict.fromkeys(("EMPTY_LIST", "EMPTY_SET"), lambda machine, _: machine.push([])),
    "LIST": lambda machine, _: machine.push(machine.since_mark()),
    "APPEND": lambda machine, _: machine.extend(machine.pop(1)),
    **dict.fromkeys(("APPENDS", "ADDITEMS"), lambda machine, _: machine.extend(machine.since_mark())),
    "EMPTY_DICT": lambda machine, _: machine.push({}),
    "DICT": lambda machine, _: machine.push(_under_texts(machine.since_mark())),
    "SETITEM": lambda machine, _: machine.update(machine.pop(2)),
    "SETITEMS": lambda machine, _: machine.update(machine.since_mark()),
    "MARK": _Machine.mark,
    "POP": lambda machine, _: machine.pop(1),
    "POP_MARK": lambda machine, _: machine.since_mark(),
    "DUP": lambda machine, _: machine.push(machine.top()),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT", "MEMOIZE"), _Machine.remember),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), _Machine.recall),
    "GLOBAL": lambda machine, pair: machine.look_up(*pair),
    "STACK_GLOBAL": lambda machine, _: machine.look_up(*machine.pop(2)),
    "REDUCE": _reduce,
    "NEWOBJ": lambda machine, _: machine.call(machine.pop(2)),
    "NEWOBJ_EX": lambda machine, _: machine.call(machine.pop(3)),
    "BUILD": _Machine.build,
    "BINPERSID": lambda machine, _: machine.push(PersistentId(machine.pop(1)[0])),
}
# fmt: on

"""The pickle machine: what it says is what `pickle` makes of plain values, and of everything else it makes nothing."""

from __future__ import annotations

import argparse
import collections
import datetime
import enum
import functools
import operator
import os
import pickle
import pickletools
import struct
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from emt_theory.errors import InvalidFile
from emt_theory.networks.reading import pickles
from emt_theory.networks.reading.pickles import Call, Global, PersistentId, interpret

SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**700), 2**700) | st.floats(allow_nan=False) | st.text() | st.binary()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=25,
)


def law_plain_values() -> Any:
    @settings(max_examples=60, phases=[Phase.generate, Phase.explicit])
    @given(VALUES, st.integers(3, 5))
    @example([(1, 2), (1, 2, 3), {"a": (1,)}], 3)
    def law(value: Any, protocol: int) -> None:
        found = interpret(pickle.dumps(value, protocol))
        assert found == value
        assert repr(found) == repr(value)  # 1 and True and 1.0 are not the same

    return law


def test_plain_values_are_what_pickle_makes_of_them() -> None:
    law_plain_values()()


@pytest.mark.parametrize("opcode", ["TUPLE2", "SETITEMS", "MEMOIZE", "BINGET", "BINFLOAT"])
def test_saboteurs_of_the_law(monkeypatch: pytest.MonkeyPatch, opcode: str) -> None:
    broken: dict[str, Any] = {
        "TUPLE2": lambda machine, _: machine.push(tuple(machine.pop(2)[::-1])),
        "SETITEMS": lambda machine, _: machine.since_mark(),
        "MEMOIZE": lambda machine, _: machine.remember(len(machine.memo) + 1),
        "BINGET": lambda machine, index: machine.push(machine.memo[max(0, index - 1)]),
        "BINFLOAT": lambda machine, number: machine.push(-number),
    }
    monkeypatch.setitem(pickles._ACTIONS, opcode, broken[opcode])  # pyright: ignore[reportPrivateUsage]
    with pytest.raises((AssertionError, InvalidFile)):
        plain_values_survive()


def plain_values_survive() -> None:
    shared = ["a", "b"]
    for protocol in (2, 4):
        value = [(1, 2), {"a": shared, "b": 2.5}, shared]
        assert interpret(pickle.dumps(value, protocol)) == value


def test_what_is_shared_stays_shared_and_what_contains_itself_does() -> None:
    inner = [1]
    first, second = interpret(pickle.dumps([inner, inner], 2))
    assert first is second
    cycle: list[Any] = []
    cycle.append({"again": cycle})
    found = interpret(pickle.dumps(cycle, 4))
    assert found[0]["again"] is found


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_sets_become_lists_and_other_keys_are_dropped(protocol: int) -> None:
    assert interpret(pickle.dumps({1: 2, "a": 3, (4,): 5, None: 6}, protocol)) == {"a": 3}
    if protocol >= 4:
        assert interpret(pickle.dumps([{7}, frozenset([8])], protocol)) == [[7], (8,)]


class Mode(enum.Enum):
    FAST = "fast"


class Outer:
    class Inner:
        pass


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_objects_are_placeholders(protocol: int) -> None:
    ordered = collections.OrderedDict(a=1)
    ordered.metadata = "dropped"  # type: ignore[attr-defined]
    assert interpret(pickle.dumps(ordered, protocol)) == {"a": 1}

    namespace = interpret(pickle.dumps(argparse.Namespace(lr=0.1), protocol))
    assert isinstance(namespace, Call)
    assert namespace.state == {"lr": 0.1}
    assert Global("argparse", "Namespace") in (namespace.function, *namespace.arguments[:1])

    default = interpret(pickle.dumps(collections.defaultdict(list, a=[1]), protocol))
    assert (default.function, default.items) == (Global("collections", "defaultdict"), {"a": [1]})
    for value in (Mode.FAST, PurePosixPath("a/b"), functools.partial(max, 1), datetime.date(2024, 1, 1), Outer.Inner()):
        assert isinstance(interpret(pickle.dumps(value, protocol)), Call)
    assert interpret(pickle.dumps(operator.add, protocol)) == Global("_operator", "add")
    assert str(interpret(pickle.dumps(datetime.date, protocol))) == "datetime.date"


def test_persistent_identifiers_are_kept_unread() -> None:
    assert interpret(b"\x80\x02X\x01\x00\x00\x00aQ.") == PersistentId("a")


class Bomb:
    def __init__(self, function: Any, *arguments: Any) -> None:
        self.made = function, arguments

    def __reduce__(self) -> Any:
        return self.made


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (os.system, ("true",)),
        (eval, ("1",)),
        (exec, ("1",)),
        (compile, ("1", "x", "eval")),
        (open, ("x", "w")),
        (__import__, ("os",)),
        (os.mkdir, ("x",)),
    ],
)
def test_functions_that_run_code_are_refused(
    protocol: int, function: Any, arguments: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    message = (
        rf"the pickle asks for (\w+)\.{function.__name__}, which is there to run code; do not load this file anywhere"
    )
    with pytest.raises(InvalidFile, match=message):
        interpret(pickle.dumps({"weights": 1, "bomb": Bomb(function, *arguments)}, protocol))
    assert list(tmp_path.iterdir()) == []


def test_a_function_that_is_not_on_the_list_is_not_called_either(tmp_path: Path) -> None:
    tree = interpret(pickle.dumps(Bomb(Path.mkdir, tmp_path / "fired")))
    assert isinstance(tree, Call)
    assert list(tmp_path.iterdir()) == []
    pickle.loads(pickle.dumps(Bomb(Path.mkdir, tmp_path / "fired")))
    assert [path.name for path in tmp_path.iterdir()] == ["fired"]  # the bomb was a real one


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


BAD: list[tuple[bytes, str]] = [
    (b"", "damaged at byte 0: no opcode"),
    (b"\xff", "damaged at byte 0: no opcode"),
    (b"\x80\x02", "damaged at byte 2: no opcode"),
    (b".", "it stops with more or less than one value"),
    (b"NN.", "it stops with more or less than one value"),
    (b"(N.", "it stops with more or less than one value"),
    (b"0.", "damaged at byte 0, POP (the stack is empty)"),
    (b"2.", "damaged at byte 0, DUP (the stack is empty)"),
    (b"t.", "damaged at byte 0, TUPLE (there is no mark)"),
    (b"h\x05.", "damaged at byte 0, BINGET (nothing is remembered as 5)"),
    (b"q\x00.", "damaged at byte 0, BINPUT (the stack is empty)"),
    (b"NNb.", "damaged at byte 2, BUILD (NoneType has no state)"),
    (b"cbuiltins\ndict\n}b.", "BUILD (Global has no state)"),
    (b"NNa.", "APPEND (NoneType cannot be appended to)"),
    (b"](NNu.", "SETITEMS (items without a dictionary, or keys without values)"),
    (b"}(Nu.", "SETITEMS (items without a dictionary, or keys without values)"),
    (b"NN\x93.", "STACK_GLOBAL (a global needs two texts)"),
    (b"cbuiltins\n", "damaged at byte 0, GLOBAL ("),
    (b"c\xff\nx\n.", "damaged at byte 0, GLOBAL ("),
    (b"X\xff\xff\xff\x7fabc.", "damaged at byte 0, BINUNICODE ("),
    (b"\x8d" + b"\xff" * 8 + b"abc.", "damaged at byte 0, BINUNICODE8 ("),
    (b"\x96" + b"\xff" * 7 + b"\x7fabc.", "damaged at byte 0, BYTEARRAY8 ("),
    (b"\x8a\xffabc.", "damaged at byte 0, LONG1 ("),
    (b"\x8b" + struct.pack("<i", 2**30) + b"1.", "the opcode LONG4 at byte 0, which no checkpoint has"),
    (b"I" + b"9" * 10_000 + b"\n.", "the opcode INT at byte 0, which no checkpoint has"),
    (b"L" + b"9" * 10_000 + b"L\n.", "the opcode LONG at byte 0, which no checkpoint has"),
    (b"S'\\q'\n.", "the opcode STRING at byte 0, which no checkpoint has"),
    (b"(cos\nsystem\n" + text("true") + b"o.", "the pickle asks for os.system, which is there to run code"),
    (b"(icos\nsystem\n.", "the opcode INST at byte 1, which no checkpoint has"),
    (b"(cdatetime\ndate\no.", "the opcode OBJ at byte 16, which no checkpoint has"),
    (b"\x82\x01.", "the opcode EXT1 at byte 0, which no checkpoint has"),
    (b"\x97.", "the opcode NEXT_BUFFER at byte 0, which no checkpoint has"),
    (b"P0\n.", "the opcode PERSID at byte 0, which no checkpoint has"),
    (text("os") + text("sys\ntem") + b"\x93.", r"asks for os.sys\ntem, which is there"),
    (text("subprocess") + text("Popen.x") + b"\x93.", "asks for subprocess.Popen.x, which is there to run code"),
    (
        text("builtins") + text("eval.__call__") + b"\x93.",
        "asks for builtins.eval.__call__, which is there to run code",
    ),
    (text("importlib.util") + text("x") + b"\x93.", "asks for importlib.util.x, which is there to run code"),
]


@pytest.mark.parametrize(("code", "message"), BAD)
def test_bad_pickles(code: bytes, message: str) -> None:
    with pytest.raises(InvalidFile) as refusal:
        interpret(code)
    assert message in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1
    assert len(str(refusal.value)) < 300


def test_chains_of_getattr_are_placeholders_all_the_way() -> None:
    """getattr(getattr(datetime, "date"), "today")(), as it is written to get at what is not on any list."""
    code = b"cbuiltins\ngetattr\ncdatetime\ndate\n" + text("today") + b"\x86R)R."
    tree = interpret(code)
    assert isinstance(tree.function, Call)
    assert tree.function.function == Global("builtins", "getattr")
    assert pickle.loads(code) == datetime.date.today()


def test_there_are_caps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickles, "MAX_OPCODES", 10)
    assert interpret(b"N0" * 4 + b"N.") is None
    with pytest.raises(InvalidFile, match="the pickle has more than 10 opcodes; save the state dictionary alone"):
        interpret(b"N0" * 5 + b"N.")
    monkeypatch.setattr(pickles, "MAX_BYTES", 20)
    with pytest.raises(InvalidFile, match="the pickle has 21 bytes, more than 20; save the state dictionary alone"):
        interpret(b"N" * 21)


DEEP = {
    "tuples": b"N" + b"\x85" * 100_000,
    "lists": b"]" * 100_000 + b"a" * 99_999,
    "dictionaries": (b"}" + text("a")) * 100_000 + b"N" + b"s" * 100_000,
    "identifiers": b"N" + b"Q" * 100_000,
    "calls": b"cdatetime\ndate\nq\x00Nq\x0100" + b"h\x00h\x01\x85Rq\x010" * 50_000 + b"h\x01",
    "pairs, a tree of 2^100000 leaves": b"N" + b"2\x86" * 100_000,
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_nesting_neither_overflows_nor_explodes(name: str) -> None:
    tree = interpret(DEEP[name] + b".")
    assert tree is not None
    del tree  # taken apart without recursion, too


def instructions() -> st.SearchStrategy[bytes]:
    """One opcode with an argument that fits, now and then not."""
    number = st.integers(0, 3).map(lambda k: bytes([k]))
    argument = {
        "uint1": number,
        "uint2": number.map(lambda k: k + b"\x00"),
        "uint4": number.map(lambda k: k + bytes(3)),
        "uint8": number.map(lambda k: k + bytes(7)),
        "int4": number.map(lambda k: k + bytes(3)),
        "float8": st.binary(min_size=8, max_size=8),
        "stringnl_noescape_pair": st.sampled_from(
            [b"collections\nOrderedDict\n", b"torch._utils\n_rebuild_tensor_v2\n", b"os\nsystem\n"]
        ),
    }
    short = st.binary(max_size=3).map(lambda text: bytes([len(text)]) + text)

    def instruction(opcode: pickletools.OpcodeInfo) -> st.SearchStrategy[bytes]:
        code = opcode.code.encode("latin-1")
        kind = st.just(b"") if opcode.arg is None else argument.get(opcode.arg.name, short)
        return kind.map(lambda data: code + data)

    codes = [instruction(opcode) for opcode in pickletools.opcodes]
    plain = st.sampled_from(
        [
            b"N",
            b")",
            b"]",
            b"}",
            b"(",
            text("a"),
            b"K\x05",
            b"2",
            b"\x85",
            b"\x86",
            b"t",
            b"R",
            b"b",
            b"Q",
            b"s",
            b"a",
            b"0",
        ]
    )
    return plain | plain | st.one_of(codes)


@settings(max_examples=200)
@given(st.lists(instructions(), max_size=40), st.booleans())
def test_any_sequence_of_opcodes_is_a_tree_or_one_clear_line(codes: list[bytes], stopped: bool) -> None:
    judged(b"".join(codes) + (b"." if stopped else b""))


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_tree_or_one_clear_line(code: bytes) -> None:
    judged(code)


WHOLE = pickle.dumps({"a": [argparse.Namespace(x=1), (1.5, 2**80, b"x"), {"b": collections.OrderedDict(c=None)}]}, 4)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_pickle_is_a_tree_or_one_clear_line(changes: list[tuple[int, int]]) -> None:
    code = bytearray(WHOLE)
    for place, byte in changes:
        code[place] = byte
    judged(bytes(code))


def judged(code: bytes) -> None:
    before, message = set(sys.modules), "the pickle has a tree"
    try:
        tree = interpret(code)
    except InvalidFile as error:
        message = str(error)
    else:
        kinds = None | bool | int | float | str | bytes | bytearray | list | tuple | dict | Global | Call | PersistentId
        assert isinstance(tree, kinds)
    assert message.startswith(("the pickle is damaged", "the pickle has ", "the pickle asks for "))
    assert len(message.splitlines()) == 1
    assert set(sys.modules) == before


def test_names_are_read_as_pickle_reads_them() -> None:
    """Escapes in a name mean nothing; found by a mutant, of which `pickletools` warns."""
    assert interpret(rb"cos\path" + b"\n" + rb"\x6a\e" + b"\n.") == Global("os\\path", "\\x6a\\e")
    for code in (b"ca\nb", b"ca", b"c", b"c\xff\nb\n."):
        with pytest.raises(InvalidFile, match="damaged at byte 0, GLOBAL"):
            interpret(code)

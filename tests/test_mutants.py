"""The tool that makes mutants: which tests it takes, what it exchanges, what is said of survivors."""

import pytest

from tests.mutants import (
    KINDS,
    ROOT,
    SURVIVED,
    TESTED,
    Measured,
    chosen,
    explained,
    is_annotation,
    key,
    modules,
    statement,
    told,
)
from tests.noticing import exchange


def test_folders_that_have_to_notice_are_there():
    assert len(modules()) > 100
    assert all((ROOT / folder).is_dir() for folder in TESTED)


SOURCE = """\
LIMIT = 3
SQUARES = [k * k for k in range(LIMIT)]

def outer(n, start=1):
    def inner(k):
        return k + n
    for k in range(
        start,
        n,
    ):
        n += inner(k)
    return n
"""


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("k + n", "k - n", ["outer", "outer.<locals>.inner"]),
        ("n += inner", "n -= inner", ["outer"]),
        ("start=1", "start=2", None),
        ("LIMIT = 3", "LIMIT = 4", None),
        ("k * k", "k + k", None),
        ("k + n", "k + k", ["outer"]),
        ("return n", "return n", []),
    ],
)
def test_functions_are_exchanged_and_nothing_that_ran_on_import(before, after, changed):
    codes = (compile(text, "", "exec", dont_inherit=True) for text in (SOURCE, SOURCE.replace(before, after)))
    found = exchange(*codes)
    assert (None if found is None else sorted(code.co_qualname for code in found)) == changed


@pytest.mark.parametrize(("line", "lines"), [(1, {1}), (6, {6}), (8, {7, 8, 9, 10}), (11, {11}), (3, {3})])
def test_a_statement_has_no_body(line, lines):
    assert statement(SOURCE, line) == lines


def test_tests_that_execute_a_line_are_taken_while_there_is_time():
    a, b = Measured("x::a", 1, 5, {"m/n.py": {1, 2}}), Measured("y::b", 2, 0, {"m/n.py": {1}, "o.py": {2}})
    c, d = Measured("x::c", 20, 5, {"m/n.py": {1}}), Measured("y::d", 3, 0, {"m/n.py": {1}})
    tests = [a, b, c, d]
    assert list(chosen(tests, "m/n.py", {2})) == ["x::a"]
    # b is the least about n, and what x shares is made once: no time is left for b
    assert chosen(tests, "m/n.py", {1, 7}) == {"x::a": 6, "x::c": 25, "y::d": 3}
    assert list(chosen([c, a, d], "m")) == ["x::c", "x::a", "y::d"]
    assert list(chosen(tests, "o.py", {1})) == []


def test_what_is_explained_is_there_and_once():
    for (module, before, _), kind in explained().items():
        text = [line.strip() for line in (ROOT / module).read_text(encoding="utf-8").splitlines()]
        assert all(line in text for line in before.split("\n")), (module, before)
        assert kind in KINDS


def test_survivors_without_an_explanation_are_open():
    row = {"module": "emt_theory/none.py", "difference": ["-    a = 1", "+    a = 2"], "outcome": SURVIVED}
    assert key(row) == ("emt_theory/none.py", "a = 1", "a = 2")
    assert "0 of 1 mutants are killed [0.000, 0.975]; 1 survive: " in told([row])
    assert "1 open" in told([row])


class Node:
    """As parso's: a type, what is above, what is below."""

    def __init__(self, kind, *children):
        self.type, self.children, self.parent = kind, children, None
        for child in children:
            child.parent = self


def test_annotations_are_told_from_values():
    colon, annotation, equals, value, inner = (Node("leaf") for _ in range(5))
    whole = Node("annassign", colon, Node("expr", annotation), equals, value)
    assert [is_annotation(node) for node in (annotation, value, whole, Node("tfpdef", inner), inner)] == [
        True,
        False,
        False,
        False,
        True,
    ]

"""Results as JSON and in a notebook."""

import dataclasses
import json
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from emt_theory.ground.absent import Absent
from emt_theory.ground.json import Record, to_json
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.ground.text import cut, listed, shown


class Kind(StrEnum):
    A = "a"


class Place(NamedTuple):
    row: int
    column: int


@dataclasses.dataclass(frozen=True)
class Inner(Record):
    value: np.float64


@dataclasses.dataclass(frozen=True)
class Outer(Record):
    inner: Inner
    others: tuple[Inner, ...] = ()

    def __str__(self):
        return "1 < 2"


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (Kind.A, "a"),
        (Path("a/b"), "a/b"),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.complex128(1 - 2j), [1.0, -2.0]),
        (np.array([[1, 2]]), [[1, 2]]),
        (np.array([np.inf, 1.0]), [None, 1.0]),
        (np.array(2.0), 2.0),
        (Place(1, 2), [1, 2]),
        ({(1): (2,), Kind.A: None}, {"1": [2], "a": None}),
        (Absent("nothing there"), None),
        (RationalMatrix.from_rows([["1/2"]]), {"shape": [1, 1], "entries": [[0, 0, "1/2"]]}),
        (
            Outer(Inner(np.float64(1.5)), (Inner(np.float64("nan")),)),
            {"inner": {"value": 1.5}, "others": [{"value": None}]},
        ),
        (Fraction(-1, 3), "-1/3"),
    ],
)
def test_forms(value, form):
    assert to_json(value) == form
    assert json.loads(json.dumps(to_json(value), allow_nan=False)) == form


def test_what_has_none_is_refused():
    with pytest.raises(TypeError, match="a function has no JSON form"):
        to_json({"f": lambda: 0})


def test_a_notebook_shows_what_print_shows():
    assert Outer(Inner(np.float64(1.0)))._repr_html_() == "<pre>1 &lt; 2</pre>"


def test_texts_of_a_stranger_are_one_line_without_control_characters():
    for value in ("a\x1b[31m\r\n\x07b", ["\x1b[2J" * 3, "\n"], "\x1b" * 10**6, 10**9999, "\u202e\u200b"):
        assert shown(value).isprintable()
        assert len(shown(value)) < 500
    assert cut("x" * 81).count("…") == 1
    assert listed(["b\n", "a"]) == "'a' and 'b\\n'"


class Loud:
    def __repr__(self):
        return "\x1b[31mred\x1b[0m"


class Sly(str):
    __slots__ = ()

    def __len__(self):
        raise RuntimeError("not today")


def test_what_shows_itself_in_colours_or_not_at_all_is_shown_plainly():
    assert shown(Loud()) == r"\x1b[31mred\x1b[0m"
    assert shown(Sly("a")) == "a Sly"
    assert to_json(np.longdouble(1.5)) == 1.5

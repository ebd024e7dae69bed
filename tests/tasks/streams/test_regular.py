"""Machines of regular expressions, beside Python's own."""

import re
from itertools import product

import numpy as np
import pytest

from emt_theory import derive, tasks
from emt_theory.circuits import certify
from emt_theory.errors import InvalidTask

PATTERNS = [
    "",
    "0",
    "(01)*",
    ".*11",
    "(0|1)*0(0|1)",
    "1+0?1",
    "((0|1)(0|1))*",
    "(0*10*1)*0*",
    "0|",
    "(1?)*0",
    "(0|11)+",
    "(()|1)0",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_all_words_of_up_to_seven_letters(pattern):
    task, python = tasks.from_pattern(pattern), re.compile(pattern)
    words = np.array(list(product(range(2), repeat=7)))
    found = task.targets(words[..., None])[..., 0]
    for word, row in zip(words, found, strict=True):
        text = "".join(map(str, word))
        assert [bool(v) for v in row] == [python.fullmatch(text[:t]) is not None for t in range(1, 8)]


def test_random_patterns():
    rng = np.random.default_rng(0)

    def drawn(depth: int) -> str:
        if not depth or rng.random() < 0.2:
            return str(rng.integers(3))
        one, other = drawn(depth - 1), drawn(depth - 1)
        return (f"({one}|{other})", one + other, f"({one})*", f"({one})?{other}")[rng.integers(4)]

    words = rng.integers(3, size=(64, 9))
    for _ in range(40):
        pattern = drawn(4)
        found = tasks.from_pattern(pattern, alphabet=3).targets(words[..., None])[..., 0]
        for word, row in zip(words, found, strict=True):
            text = "".join(map(str, word))
            assert bool(row[-1]) == (re.fullmatch(pattern, text) is not None), (pattern, text)


def test_it_is_a_task_as_any():
    task = tasks.parse("matches:pattern=(01)*,quiet=1")
    assert task.name == "matches"
    assert task.machine == tasks.from_pattern("(01)*").machine
    net = derive(task).compile()
    assert certify(net, task).exact_for == "values"
    assert tasks.parse("matches:pattern=.*00,alphabet=3").reads.size == 3
    assert tasks.from_dict(task.to_dict()) == task


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("(01", "a . is missing"),
        ("01)", "no . before it"),
        ("2", "digits from 0 to 1"),
        ("*0", "place 0"),
        ("0" * 300, "256"),
        (7, "text"),
    ],
)
def test_what_is_no_expression_says_where(pattern, says):
    with pytest.raises(InvalidTask, match=says):
        tasks.from_pattern(pattern)


def test_too_many_states_are_refused():
    """The thirteenth letter before the end: 2^13 states."""
    with pytest.raises(InvalidTask, match="more than 4096 states"):
        tasks.from_pattern(".*1" + "." * 12)

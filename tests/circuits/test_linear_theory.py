"""Two theories of a selection, one by walks and one by algebra: they are asked the same, and say the same."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings

import emt_theory
from emt_theory.circuits.linear import LinearTheory, MatrixTheory, SelectionTheory, theory_of
from emt_theory.errors import InvalidTask
from emt_theory.tasks import fibonacci, parse
from emt_theory.testing import strategies

CIRCUITS = Path(emt_theory.__file__).parent / "circuits"

ANSWERS = {
    "factors": lambda theory: theory.factors,
    "obstructions": lambda theory: {str(found) for found in theory.obstructions()},
    "latest_obstruction": lambda theory: theory.latest_obstruction(),
    "ranks": lambda theory: theory.ranks(),
    "minimal": lambda theory: theory.minimal(),
}


@pytest.mark.parametrize("question", ANSWERS)
def test_walks_and_algebra_say_the_same(question):
    @settings(max_examples=25)
    @given(strategies.selection_tasks())
    def law(task):
        assert ANSWERS[question](SelectionTheory(task)) == ANSWERS[question](MatrixTheory(task))

    law()


def test_every_question_is_compared_or_has_one_answer():
    assert LinearTheory.__abstractmethods__ - ANSWERS.keys() == {"cycles", "membership"}
    assert MatrixTheory(parse("T2")).cycles is None
    assert not MatrixTheory(parse("T2")).membership()


def test_a_selection_is_walked_over_and_a_matrix_is_not():
    assert [type(theory_of(task)) for task in (parse("T2"), fibonacci())] == [SelectionTheory, MatrixTheory]
    with pytest.raises(InvalidTask, match="not a selection task"):
        SelectionTheory(fibonacci()).ranks()
    with pytest.raises(InvalidTask, match="expected a task"):
        theory_of("T2")


def lines(pattern):
    """By module of `circuits`, how many lines match."""
    texts = {path.relative_to(CIRCUITS).as_posix(): path.read_text(encoding="utf-8") for path in CIRCUITS.rglob("*.py")}
    return {name: count for name, text in texts.items() if (count := len(re.findall(pattern, text)))}


def test_the_choice_is_made_in_one_place():
    assert lines(r"isinstance\(.*(?:Selection|Matrix)Map\)") == {"linear/__init__.py": 1}


def test_who_else_asks_has_a_premise_that_says_selection():
    """A scheme's condition, an argument's premise, a picture of reads, a task's kind: a million components take none.

    Finite tasks have reads, and a machine the alphabet that it reads.
    """
    assert lines(r"\bis_selection\b|\.reads\b") == {
        "certifying/interpolating.py": 8,
        "certifying/linear.py": 1,
        "certifying/registers.py": 2,
        "certifying/robust.py": 1,
        "certifying/thresholds.py": 3,
        "circuit.py": 1,
        "drawing.py": 1,
        "finite/characters.py": 2,
        "finite/fields.py": 1,
        "finite/graph.py": 3,
        "finite/kinds.py": 1,
        "finite/obstructions.py": 5,
        "finite/states.py": 1,
        "schemes/damped.py": 2,
        "schemes/interpolating.py": 2,
        "schemes/tanh.py": 1,
        "schemes/threshold.py": 1,
        "schemes/threshold_carry.py": 7,
        "streams/pairs.py": 6,
    }

"""P29 on random loops and on the loops of tasks, and what it does not apply to."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory.errors import InvalidOption
from emt_theory.tasks import Attention, fibonacci, parse
from emt_theory.testing import laws
from emt_theory.testing.laws.attention import AttentionSubject

CYCLE = Attention([[0, 1, 2], [1, 2, 0], [2, 0, 1]], [1, 2, 0], 4)


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.integers(2, 4), st.integers(1, 4))
def test_it_holds_for_random_loops(seed, size, s):
    rng = np.random.default_rng(seed)
    columns = [[Fraction(int(v), 3) for v in rng.choice(50, size, replace=False)] for _ in range(size)]
    loop = Attention([*zip(*columns, strict=True)], rng.integers(size, size=size).tolist(), s)
    for carrier in laws.get("P29").carriers:
        found = laws.check_law("P29", loop, carrier)
        assert found.status == "holds", str(found)


@pytest.mark.parametrize(
    "changed", [{"gap": Fraction(3, 2)}, {"task": Attention([[0, 3], [1, 0]], [0, 1], 3), "gap": Fraction(3)}]
)
def test_a_larger_distance_than_the_smallest_is_seen(changed):
    subject = replace(AttentionSubject.of(CYCLE), **changed)
    for carrier in laws.get("P29").carriers:
        assert laws.check_law("P29", subject, carrier).status == "broken"


def test_a_task_that_is_not_the_hard_limit_is_seen():
    other = Attention(CYCLE.scores, (0, 0, 0), 4)
    swapped = Attention(CYCLE.scores, CYCLE.values, 4)
    swapped.__dict__["task"] = other.task
    assert "and what is asked for most becomes" in laws.check_law("P29", swapped).evidence


def test_the_loop_of_a_task_asks_with_its_companion_matrix():
    """Φ = [[0, 1], [1, 1]]: the second column's equal entries come 1 apart."""
    loop = AttentionSubject.of(fibonacci(2, 1)).task
    assert [[loop.scores.row(a)[0] for a in (0, 1)], loop.gap] == [[(1, 1), (0, 2)], 1]


def test_what_it_does_not_apply_to():
    assert laws.check_law("P29", parse("T1")).evidence == "a loop over its 64 components is not looked at; 2 to 16 are"
    assert laws.check_law("P29", Attention(CYCLE.scores, CYCLE.values, 9)).evidence == "more than 4096 windows"
    assert (
        laws.check_law("P29", Attention([[0, 1], ["1/5000", 0]], [0, 1], 2)).evidence
        == "weights of more than 4096 bits"
    )
    with pytest.raises(InvalidOption, match="got a FiniteTask"):
        laws.check_law("P29", parse("xor"))

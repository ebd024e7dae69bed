"""Paper ids: the four of the table, and decoding and encoding as inverses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emt_theory.errors import InvalidTask
from emt_theory.tasks import PAPER_TASKS, from_paper_id, random_selection, repeat_copy, to_paper_id
from emt_theory.tasks.paper import from_paper_id as decode

# (block, component) read by output 0 … 7, and the signs: the table of the theory page, copied by hand.
TABLE = {
    "T1": ("10 11 12 13 14 15 16 17", "++++++++"),
    "T2": ("10 21 32 43 54 65 76 87", "++++++++"),
    "T3": ("54 43 32 10 21 65 87 76", "-+----+-"),
    "T4": ("65 76 10 21 32 43 54 87", "-+++-++-"),
}


@pytest.mark.parametrize("name", PAPER_TASKS)
def test_decoding_matches_the_table(name):
    reads, signs = TABLE[name]
    expected = tuple(
        (int(r[0]), int(r[1]), 1 if sign == "+" else -1) for r, sign in zip(reads.split(), signs, strict=True)
    )
    task = from_paper_id(PAPER_TASKS[name])
    assert task.reads == expected
    assert to_paper_id(task) == PAPER_TASKS[name]


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_every_task_with_distinct_reads_has_an_id(s, d, seed):
    task = random_selection(s, d, seed=seed, distinct=True)
    assert decode(to_paper_id(task), s, d) == task


def test_reads_that_coincide_have_no_id():
    task = decode((0b11, 0, 0), 1, 2)
    same = type(task)("same", 1, 2, ((1, 0, 1), (1, 0, 1)))
    with pytest.raises(InvalidTask, match="distinct reads"):
        to_paper_id(same)


@pytest.mark.parametrize(
    ("paper_id", "sizes", "message"),
    [
        ((127, 0, 0), (8, 8), "id1 = 127 has 7 set bits; it needs d = 8"),
        ((1 << 64 | 127, 0, 0), (8, 8), "id1 = .* has bit 64 set"),
        ((255, 8, 0), (8, 8), None),
        ((255, 7 * 8, 0), (8, 8), "digit 1 of id2 = 56 in base 8 is 7; it may be at most 6"),
        ((255, 8**8, 0), (8, 8), "digit 8 of id2"),
        ((255, 0, 256), (8, 8), "id3 = 256 has bit 8 set"),
        ((1, 1, 0), (2, 1), "there is nothing to swap"),
        ((255, -1, 0), (8, 8), "three non-negative integers"),
        ((255, 0), (8, 8), "three non-negative integers"),
        ((255, 0, 1.0), (8, 8), "three non-negative integers"),
    ],
)
def test_ids_that_do_not_fit(paper_id, sizes, message):
    if message is None:
        assert from_paper_id(paper_id, *sizes).reads[1] == (1, 2, 1)
        return
    with pytest.raises(InvalidTask, match=message):
        from_paper_id(paper_id, *sizes)


def test_saboteur_most_significant_digit_first_breaks_the_table():
    name = "T3"
    chosen, swaps, negative = PAPER_TASKS[name]
    reversed_digits = int("".join(reversed(f"{swaps:08o}")), 8)
    with pytest.raises((InvalidTask, AssertionError)):
        assert from_paper_id((chosen, reversed_digits, negative)).reads == from_paper_id(PAPER_TASKS[name]).reads


def test_t1_is_repeat_copy():
    assert from_paper_id((255, 0, 0), num_variables=8, dim=8) == repeat_copy(8, 8)

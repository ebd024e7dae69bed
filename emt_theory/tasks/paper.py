"""The paper's task ids.

A triple (id1, id2, id3) names a selection task whose outputs read d distinct components:

1. the set bits of id1, ascending, are a list of d flat indices `(block−1)·d + component`;
2. for i = 0, 1, …, digit i of id2 in base d (least significant first), when it is not 0, swaps entries i and i + digit of the list;
3. output i reads the flat index `list[i]`, with a minus sign if bit i of id3 is set.

>>> from_paper_id((0b1001, 1, 2), num_variables=2, dim=2).reads
(Read(block=2, component=1, sign=1), Read(block=1, component=0, sign=-1))
>>> to_paper_id(from_paper_id((0b1001, 1, 2), num_variables=2, dim=2))
(9, 1, 2)

With d = 1 there is nothing to swap, and id2 must be 0. The authors' demo calls our T2 "T3" and our T3 "T2"; ids are unambiguous.

Source: Karuvally et al., arXiv 2310.02430, and its published code.
"""

from __future__ import annotations

from emt_theory.errors import InvalidTask
from emt_theory.ground.arguments import is_integer
from emt_theory.ground.text import shown
from emt_theory.tasks.linear import LinearTask, Read, checked_sizes, linear_task

PAPER_TASKS: dict[str, tuple[int, int, int]] = {
    "T1": (255, 0, 0),
    "T2": (9241421688590303745, 0, 0),
    "T3": (9241421688590303745, 262676, 189),
    "T4": (9241421688590303745, 38637, 145),
}

ANY_SIZE = {"T1": "repeat-copy", "T2": "compose-copy"}
"""What the same tasks are called where s and d are left open."""


def from_paper_id(paper_id: tuple[int, int, int], num_variables: int = 8, dim: int = 8) -> LinearTask:
    """The selection task that a paper id names.

    Args:
        paper_id: (id1, id2, id3), non-negative integers.
        num_variables: s.
        dim: d.

    Raises:
        InvalidTask: if id1 has not exactly d set bits among s·d, a digit of id2 swaps past the end of the list, or id3 has more than d bits.
    """
    num_variables, dim = checked_sizes(num_variables, dim)
    parts = paper_id if isinstance(paper_id, tuple | list) else ()
    if len(parts) != 3 or not all(is_integer(i) and i >= 0 for i in parts):
        raise InvalidTask(f"a paper id is three non-negative integers (id1, id2, id3); got {shown(paper_id)}")
    chosen, swaps, negative = map(int, parts)
    size = num_variables * dim
    listed = [j for j in range(chosen.bit_length()) if chosen >> j & 1]
    if chosen.bit_length() > size:
        raise InvalidTask(
            f"id1 = {shown(chosen)} has bit {chosen.bit_length() - 1} set; the bits are numbered 0 to s·d - 1 = {size - 1}"
        )
    if len(listed) != dim:
        raise InvalidTask(f"id1 = {shown(chosen)} has {len(listed)} set bits; it needs d = {dim}, one for each output")
    if negative.bit_length() > dim:
        raise InvalidTask(
            f"id3 = {shown(negative)} has bit {negative.bit_length() - 1} set; the outputs are numbered 0 to {dim - 1}"
        )
    for i, digit in enumerate(_digits(swaps, dim)):
        if digit and i + digit >= dim:
            raise InvalidTask(
                f"digit {i} of id2 = {shown(swaps)} in base {dim} is {digit}; it may be at most {max(0, dim - 1 - i)}"
            )
        listed[i], listed[i + digit] = listed[i + digit], listed[i]
    reads = (Read(j // dim + 1, j % dim, -1 if negative >> i & 1 else 1) for i, j in enumerate(listed))
    return LinearTask("paper:" + ",".join(map(_digits_of, parts)), num_variables, dim, tuple(reads))


def to_paper_id(task: LinearTask) -> tuple[int, int, int]:
    """The paper id of a selection task.

    Raises:
        InvalidTask: if the task is no selection task, or two outputs read the same component: such tasks have no id.
    """
    task = linear_task(task)
    if task.reads is None:
        raise InvalidTask(f"{task.name} is not a selection task, and only those have a paper id")
    wanted = [task.slots.flat(read.block, read.component) for read in task.reads]
    listed = sorted(set(wanted))
    if len(listed) < task.dim:
        raise InvalidTask(f"{task.name} has outputs that read the same component; a paper id needs distinct reads")
    chosen = sum(1 << j for j in listed)
    swaps = 0
    for i, j in enumerate(wanted):
        found = listed.index(j, i)
        swaps += (found - i) * task.dim**i
        listed[i], listed[found] = listed[found], listed[i]
    return chosen, swaps, sum(1 << i for i, read in enumerate(task.reads) if read.sign < 0)


def _digits_of(number: int) -> str:
    return shown(number) if number.bit_length() > 14_000 else str(number)  # Python writes no more than 4300 digits


def _digits(number: int, base: int) -> list[int]:
    if base == 1:
        if number:
            raise InvalidTask(f"id2 = {number}, but with d = 1 there is nothing to swap: it must be 0")
        return []
    digits: list[int] = []
    while number:
        number, digit = divmod(number, base)
        digits.append(digit)
    return digits

r"""Mealy machines: for each state and letter the state that follows, and what is shown on the way.

    q(t) = δ(q(t−1), x(t)),     y(t) = λ(q(t−1), x(t)),     q(0) = the start

States, letters and what is shown are numbers from 0. Running parity has two states:

>>> parity = Mealy([[0, 1], [1, 0]], [[0, 1], [1, 0]])
>>> parity.run([[1, 0, 1, 1]]).tolist()
[[1, 1, 0, 1]]

Two states show the same after all words iff they are in one class of the coarsest partition that λ respects and δ keeps. The machine of the
classes that the start leads to is the smallest one; with states numbered as they are first reached, letter by letter, two machines show the
same iff these are equal:

>>> doubled = Mealy([[2, 1], [1, 2], [0, 3], [3, 0]], [[0, 1], [1, 0], [0, 1], [1, 0]])
>>> doubled.minimal() == parity, find_difference(doubled, parity) is None
(True, True)

Source: Mealy, Bell System Technical Journal 34 (1955); Moore, Automata Studies (1956), for the partition.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidTask
from emt_theory.ground.arguments import integer, sequence
from emt_theory.ground.json import Record
from emt_theory.ground.text import shown

MOST_ENTRIES = 2**20
"""Pairs of a state and a letter that a table may have."""
_MOST_MERGED = 1024

Table = NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class Mealy(Record):
    """A machine as a value; two are equal when their tables are.

    Attributes:
        following: δ, the next state of each state and letter, shape (Q, k).
        shown: λ, what is shown on the way, shape (Q, k).
        start: the state before the first letter.

    Raises:
        InvalidTask: if the tables are no integers of one shape, a transition is missing or leads nowhere, or what is shown is negative; says where.
    """

    following: Table
    shown: Table
    start: int = 0

    def __post_init__(self) -> None:
        following = _table("following", self.following)
        shown_at = _table("shown", self.shown)
        if following.shape != shown_at.shape:
            raise InvalidTask(
                f"following and shown must have the same shape (Q, k); got {following.shape} and {shown_at.shape}"
            )
        _refuse_where(following >= len(following), following, "following", f"states run from 0 to {len(following) - 1}")
        _refuse_where(following < 0, following, "following", "that transition is missing")
        _refuse_where(shown_at < 0, shown_at, "shown", "what is shown is a number from 0")
        object.__setattr__(self, "following", following)
        object.__setattr__(self, "shown", shown_at)
        object.__setattr__(self, "start", integer("start", self.start, 0, len(following) - 1, InvalidTask))

    @property
    def states(self) -> int:
        """Q."""
        return len(self.following)

    @property
    def letters(self) -> int:
        """k."""
        return self.following.shape[1]

    # ---------------------------------------------------------------------------------------------------------- runs

    def visit(self, words: Any) -> Table:
        """q(0), …, q(T) along words, shape (batch, T) to (batch, T + 1).

        Raises:
            InvalidTask: if these are no words of its letters.
        """
        letters = self.checked(words)
        states = np.empty((len(letters), letters.shape[1] + 1), dtype=np.int64)
        states[:, 0] = self.start
        for t in range(letters.shape[1]):
            states[:, t + 1] = self.following[states[:, t], letters[:, t]]
        return states

    def run(self, words: Any) -> Table:
        """y(1), …, y(T) along words, shape (batch, T) to the same."""
        letters = self.checked(words)
        return self.shown[self.visit(letters)[:, :-1], letters]

    def checked(self, words: Any) -> Table:
        """The words as an array of letters, shape (batch, T).

        Raises:
            InvalidTask: if they are none; says what would be right.
        """
        try:
            letters = np.asarray(words)
        except ValueError:
            letters = np.empty(0)
        integers = letters.dtype.kind in "iu" and letters.ndim == 2
        if not integers or (letters.size and not 0 <= letters.min() <= letters.max() < self.letters):
            raise InvalidTask(
                f"words must be an array of shape (batch, T) of letters from 0 to {self.letters - 1}; got {shown(words)}"
            )
        return letters.astype(np.int64)

    # ------------------------------------------------------------------------------------------------------ the smallest

    @cached_property
    def reached(self) -> tuple[int, ...]:
        """The states that the start leads to, in the order in which words find them: shorter ones first, then by their letters."""
        return tuple(_in_order(self.following, self.start))

    @cached_property
    def classes(self) -> Table:
        """For each state the number of its class, equal for states that show the same after all words (Moore's refinement)."""
        label = _numbered(self.shown)
        while True:  # at most Q times: each round but the last makes one class more
            finer = _numbered(np.concatenate([label[:, None], label[self.following]], axis=1))
            if finer.max() == label.max():
                return label
            label = finer

    def minimal(self) -> Mealy:
        """The smallest machine that shows the same, its states numbered as they are first reached."""
        label = self.classes
        representative = np.zeros(label.max() + 1, dtype=np.int64)
        representative[label[::-1]] = np.arange(len(label))[::-1]  # of several the first stays
        following = label[self.following[representative]]
        order = _in_order(following, int(label[self.start]))
        place = np.full(len(representative), -1)
        place[order] = np.arange(len(order))
        return Mealy(place[following[order]], self.shown[representative[order]])

    def unreached(self) -> tuple[int, ...]:
        """The states that no word leads to."""
        return tuple(sorted(set(range(self.states)) - set(self.reached)))

    # -------------------------------------------------------------------------------------------------------- a value

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"following": self.following.tolist(), "shown": self.shown.tolist(), "start": self.start}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mealy) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.following.tobytes(), self.shown.tobytes(), self.start))

    def __repr__(self) -> str:
        return f"Mealy({self.states} states, {self.letters} letters)"


def find_difference(one: Mealy, other: Mealy) -> tuple[int, ...] | None:
    """A shortest word at whose end two machines show different things; None if there is none: then they show the same for ever.

    Raises:
        InvalidTask: if they are no machines over the same letters.

    >>> find_difference(Mealy([[0, 0]], [[0, 1]]), Mealy([[0, 1], [1, 0]], [[0, 1], [1, 0]]))
    (1, 0)
    """
    if not isinstance(one, Mealy) or not isinstance(other, Mealy) or one.letters != other.letters:
        raise InvalidTask(f"two machines over the same letters can be compared; got {shown(one)} and {shown(other)}")
    first = (one.start, other.start)
    found: dict[tuple[int, int], tuple[tuple[int, int], int] | None] = {first: None}
    waiting = [first]
    for pair in waiting:
        p, q = pair
        for a in range(one.letters):
            if one.shown[p, a] != other.shown[q, a]:
                return (*_back(found, pair), a)
            into = (int(one.following[p, a]), int(other.following[q, a]))
            if into not in found:
                found[into] = (pair, a)
                waiting.append(into)
    return None


def longest_apart(machine: Mealy) -> int | None:
    """For how many letters two different states can stay apart; None: for ever, or there are more than 1024 states.

    Of a minimal machine that is how many letters before the present one matter: after so many of the same ones, from wherever, the state is
    the same. The pairs that words of one more letter can end in are among those before, so they stay as they are or come to an end.

    >>> longest_apart(Mealy([[0, 1], [0, 1]], [[0, 0], [1, 1]])), longest_apart(Mealy([[0, 1], [1, 0]], [[0, 1], [1, 0]]))
    (1, None)
    """
    Q, length = machine.states, 0
    if Q > _MOST_MERGED:
        return None
    apart = ~np.eye(Q, dtype=bool)
    while apart.any():
        p, q = np.nonzero(apart)
        moved = np.zeros_like(apart)
        moved[machine.following[p].reshape(-1), machine.following[q].reshape(-1)] = True
        moved &= ~np.eye(Q, dtype=bool)
        if (moved == apart).all():
            return None
        apart, length = moved, length + 1
    return length


def find_loop(machine: Mealy) -> int | None:
    """The first letter that keeps the start where it is; None if there is none."""
    loops = np.flatnonzero(machine.following[machine.start] == machine.start)
    return int(loops[0]) if len(loops) else None


def _back(found: dict[Any, Any], pair: Any) -> list[int]:
    """The letters that lead to a pair."""
    letters = list[int]()
    while found[pair] is not None:
        pair, a = found[pair]
        letters.append(a)
    return letters[::-1]


def _in_order(following: Table, start: int) -> list[int]:
    """Breadth first, letters ascending."""
    order, seen = [start], {start}
    for q in order:
        for into in following[q].tolist():
            if into not in seen:
                seen.add(into)
                order.append(into)
    return order


def _numbered(rows: Table) -> Table:
    """A number for each row, the same for equal rows."""
    return np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)


def _table(name: str, value: Any) -> Table:
    rows = value if isinstance(value, np.ndarray) else [_row(name, i, row) for i, row in enumerate(_rows(name, value))]
    lengths = {len(row) for row in rows} if isinstance(rows, list) else set[int]()
    if len(lengths) > 1:
        raise InvalidTask(f"{name} has rows of different length, {sorted(lengths)}: some transition is missing")
    table = np.asarray(rows)
    if table.dtype.kind not in "iu" or table.ndim != 2 or not table.size:
        raise InvalidTask(
            f"{name} must be a table of integers of shape (Q, k), a row for each state; got {shown(value)}"
        )
    if table.size > MOST_ENTRIES:
        raise InvalidTask(f"{name} has {table.size} entries; machines of at most {MOST_ENTRIES} are kept as tables")
    table = table.astype(np.int64)
    table.flags.writeable = False
    return table


def _rows(name: str, value: Any) -> list[Any]:
    return sequence(name, value, InvalidTask)


def _row(name: str, i: int, row: Any) -> list[int]:
    return [integer(f"{name}[{i}][{a}]", v, error=InvalidTask) for a, v in enumerate(_rows(f"{name}[{i}]", row))]


def _refuse_where(wrong: NDArray[np.bool_], table: Table, name: str, why: str) -> None:
    if wrong.any():
        q, a = (int(v) for v in np.argwhere(wrong)[0])
        raise InvalidTask(f"{name}[{q}][{a}] is {table[q, a]}: {why}")


def letters_of(symbols: Any, size: int, xp: Any = np) -> Any:
    """The number that c symbols write in base `size`, the first one leading, shape (…, c) to (…)."""
    number = symbols[..., 0]
    for c in range(1, symbols.shape[-1]):
        number = size * number + symbols[..., c]
    return number


def symbols_of(letters: Any, size: int, count: int, xp: Any = np) -> Any:
    """The inverse of `letters_of`, shape (…) to (…, count)."""
    powers: Iterable[int] = (size**k for k in range(count - 1, -1, -1))
    return xp.stack([letters // power % size for power in powers], axis=-1)

r"""The state graph of a finite task, and with it the spectrum of K φ = φ∘G (P19).

Every state has one successor, so the graph is cycles with trees that lead into them. With R = ∩_k G^kX, the states on cycles,

    det(λ − K) = λ^{|X|−|R|} Π_cycles (λ^L − 1),

the part of K away from 0 is semisimple, and K has |G^{k−1}X| − |G^kX| Jordan blocks of size k or more at 0.

>>> from emt_theory.tasks import from_rule
>>> print(state_graph(from_rule(lambda u: [u[3][0] ^ u[1][1], u[2][0] & u[1][1]], num_variables=3, dim=2, alphabet=2)))
64 states, 8 of them recurrent: 2 cycles of length 1, 2 of length 3
the longest tail is 6; Jordan blocks at 0: 16 of size 1, 12 of size 2, 2 of size 3, 1 of size 4, 1 of size 6

Source: classical (Elspas 1959 for linear shift registers); P19, proved in `proofs/`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits.finite.images import Images
from emt_theory.circuits.finite.states import MOST_STATES, successors
from emt_theory.circuits.spectrum import Spectrum
from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.exact import Factor, factors_of_lengths
from emt_theory.ground.arguments import callback, integer
from emt_theory.ground.json import Record
from emt_theory.tasks.finite.local_rule import LocalRule
from emt_theory.tasks.finite.task import FiniteTask, finite_task

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = NDArray[np.int64]


@dataclass(frozen=True, repr=False)
class StateGraph(Images, Record):
    """Where the states of a finite task go.

    Attributes:
        task: the task.
        cycles: (length, how many) of the cycles, by length.
        images: |X|, |GX|, |G²X|, … down to |R|.
        representatives: one state, by number, of a cycle of each length, in the same order.
        after: the next state of each state, by number, shape (|X|,).
    """

    JSON = ("cycles", "tail", "images", "recurrent", "reversible", "jordan=zero_blocks")

    task: FiniteTask
    cycles: tuple[tuple[int, int], ...]
    images: tuple[int, ...]
    representatives: tuple[int, ...]
    after: Numbers = field(compare=False)

    @property
    def states(self) -> int:
        """|X| = q^n."""
        return self.images[0]

    @cached_property
    def on_cycles(self) -> Numbers:
        """R: the states on cycles, by number, ascending."""
        return np.flatnonzero(_peel(self.after)[1])

    @cached_property
    def basins(self) -> tuple[int, ...]:
        """How many states end in the cycles of each length, those on them included, in the order of `cycles`."""
        states, least = _least_on_cycle(self.after, _peel(self.after)[1])
        lengths = np.zeros(len(self.after), dtype=np.int64)
        lengths[states] = np.bincount(least)[least]
        landing = self.after
        for _ in range(self.tail.bit_length()):
            landing = landing[landing]  # after 2, 4, 8, … steps, until every state is on a cycle
        ends = np.bincount(lengths[landing])
        return tuple(int(ends[length]) for length, _ in self.cycles)

    def plot(self, ax: Axes | None = None) -> Axes:
        """One cycle of each length, how many there are, and how many states end in them."""
        from emt_theory.circuits.finite.drawing import draw_state_graph

        return draw_state_graph(self, ax)

    def factors(self) -> tuple[Factor, ...]:
        """The factors of det(λ − K) over Q, K on all functions of states."""
        return factors_of_lengths({(length, 1): count for length, count in self.cycles}, self.states)

    def spectrum(self) -> Spectrum:
        """The eigenvalues of K on all functions of states: q^n of them, roots of unity and 0."""
        return Spectrum(self.states, self.factors(), None)

    def cycle_through(self, state: int) -> Numbers:
        """The states of the cycle that a state is on, from it on.

        Raises:
            InvalidOption: if there is no such state, or it is on none.
        """
        first = integer("state", state, least=0, most=self.states - 1)
        found = [first]
        while (following := int(self.after[found[-1]])) != first:
            if len(found) == self.recurrent:
                raise InvalidOption(f"state {first} is on no cycle: it is transient")
            found.append(following)
        return np.array(found)

    def __repr__(self) -> str:
        return f"StateGraph({self.task.name!r}, {self.states} states, {self.recurrent} recurrent)"

    def __str__(self) -> str:
        head = f"{self.states} states, {self.recurrent if self.tail else 'all'} of them recurrent: {cycle_counts_text(self.cycles)}"
        if self.reversible:
            return f"{head}\nevery step can be undone: K has no eigenvalue 0"
        blocks = [f"{count} of size {size}" for size, count in self.zero_blocks]
        shown = blocks if len(blocks) <= 12 else [*blocks[:10], "…", blocks[-1]]
        return f"{head}\nthe longest tail is {self.tail}; Jordan blocks at 0: {', '.join(shown)}"


def state_graph(task: FiniteTask, tell: Callable[[str], Any] | None = None) -> StateGraph:
    """The state graph of a finite task.

    Args:
        task: a finite task of at most 2²² states.
        tell: is told what is being done.

    Raises:
        InvalidTask: if it is no finite task, or has more states.
    """
    say = callback("tell", tell)
    say("stepping every state")
    after = successors(finite_task(task))
    say("peeling off the tails")
    images, recurrent = _peel(after)
    say("walking along the cycles")
    cycles, firsts = _cycles(after, recurrent)
    return StateGraph(task, cycles, images, firsts, after)


def is_reversible(task: FiniteTask) -> bool:
    """Whether G is a bijection: f is one in its oldest variable, for all values of the others (P19). Needs no states, only what is read.

    >>> from emt_theory.tasks import parse
    >>> is_reversible(parse("lfsr:taps=60 61 63 64")), is_reversible(parse("xor:lags=1 3", num_variables=5))
    (True, False)

    Raises:
        InvalidTask: if the oldest variable and all that is read beside it have more than 2²² values together.
    """
    oldest = set(range(finite_task(task).dim))
    read = {j for rule in task.rules for j in rule.reads}
    if not oldest <= read:
        return False  # an oldest component that nobody reads is forgotten
    ordered, q = sorted(read), task.alphabet.size
    if found := _one_each(task):
        return found == "all"
    if len(ordered) > 22 or q ** len(ordered) > MOST_STATES:
        raise InvalidTask(
            f"outputs of {task.name} read {len(ordered)} symbols together, {q}^{len(ordered)} values; too many to look at"
        )
    # Only what is read is laid out, whatever else the memory holds: column j of `read` is component ordered[j].
    values = np.indices((q,) * len(ordered), dtype=np.int8 if q < 128 else np.int16).reshape(len(ordered), -1).T
    place = {j: column for column, j in enumerate(ordered)}
    outputs = (LocalRule(tuple(place[j] for j in rule.reads), rule.table).apply(values) for rule in task.rules)
    number = np.zeros(len(values), dtype=np.int64)
    for column in (*(values[:, place[j]] for j in ordered if j not in oldest), *outputs):
        number = number * q + column
    return bool((np.bincount(number, minlength=1) <= 1).all())


def _one_each(task: FiniteTask) -> str:
    """Where each output reads exactly one oldest component, and no two the same: "all" if each is a bijection in it, else "not"; "" elsewhere."""
    of = [[j for j in rule.reads if j < task.dim] for rule in task.rules]
    if any(len(one) != 1 for one in of) or len({one[0] for one in of}) < task.dim:
        return ""
    sorted_tables = (np.sort(rule.table, axis=0) for rule in task.rules)  # the oldest read is the first axis
    q = task.alphabet.size
    bijective = ((table == np.arange(q).reshape(-1, *[1] * (table.ndim - 1))).all() for table in sorted_tables)
    return "all" if all(bijective) else "not"


def _peel(after: Numbers) -> tuple[tuple[int, ...], NDArray[np.bool_]]:
    """|X|, |GX|, …, |R|, and which states are recurrent: what has no predecessor left is taken away, round by round."""
    left = np.bincount(after, minlength=len(after))
    alive = np.ones(len(after), dtype=bool)
    images, leaves = [len(after)], np.flatnonzero(left == 0)
    while len(leaves):
        alive[leaves] = False
        images.append(images[-1] - len(leaves))
        into, times = np.unique(after[leaves], return_counts=True)
        left[into] -= times
        leaves = into[left[into] == 0]
    return tuple(images), alive


def _cycles(after: Numbers, recurrent: NDArray[np.bool_]) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...]]:
    """(length, count) of the cycles and the smallest state of one of each length."""
    states, least = _least_on_cycle(after, recurrent)
    heads, lengths = np.unique(least, return_counts=True)
    first: dict[int, int] = {}
    for head, length in zip(heads[::-1].tolist(), lengths[::-1].tolist(), strict=True):
        first[length] = int(states[head])
    counted = tuple(sorted(Counter(lengths.tolist()).items()))
    return counted, tuple(first[length] for length, _ in counted)


def _least_on_cycle(after: Numbers, recurrent: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
    """The states on cycles, ascending, and for each the place in this list of the least on its cycle, passed along in doubling jumps."""
    states = np.flatnonzero(recurrent)
    place = np.empty(len(after), dtype=np.int64)
    place[states] = np.arange(len(states))
    jump = place[after[states]]
    least = np.arange(len(states))
    for _ in range(len(states).bit_length()):
        least = np.minimum(least, least[jump])
        jump = jump[jump]
    return states, least


def cycle_counts_text(cycles: tuple[tuple[int, int], ...]) -> str:
    """(length, count) pairs in words.

    >>> cycle_counts_text(((1, 1), (9, 7)))
    '1 cycle of length 1, 7 of length 9'
    """
    shown = [f"{count} of length {length}" for length, count in cycles]
    shown = shown if len(shown) <= 12 else [*shown[:10], "…", shown[-1]]
    plural = "s" if cycles[0][1] > 1 else ""
    return ", ".join([shown[0].replace(" of", f" cycle{plural} of", 1), *shown[1:]])

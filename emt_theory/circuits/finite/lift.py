r"""The lift of a finite task: the smallest linear system that shows what the task shows (P20).

`K φ = φ∘G` is linear on functions of states. The lift is the smallest space that K keeps and that holds all scored outputs,

    V = span{K^t y_c : t ≥ 1},      y_c the numbers that show the newest variable.

dim V is the least dimension of an autonomous linear system with the scored values, if its state at t = s+1 may be any function of the inputs; loaded
at t = s it is 2 dim V − dim KV. Modes that last are those of V|_R, R the states on cycles.

>>> from emt_theory.tasks import from_rule, parse
>>> print(lift(parse("xor")))
3 dimensions, 3 of them lasting (4 with a constant): x - 1, x^2 + x + 1
made of the characters x[2], x[1], x[2] x[1]
>>> found = lift(from_rule(lambda u: [u[3][0] ^ u[1][1], u[2][0] & u[1][1]], num_variables=3, dim=2, alphabet=2))
>>> found.dimension, found.loaded, found.lasting
(7, 8, 4)

For a selection task on signs V has degree 1, K on V is the observed part of Φ, and dim V = rank O (P11).

Source: new; for Boolean networks the smallest K-invariant space is known (Ananthraman & Sule 2022, Cheng & Qi 2010).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import flint
import numpy as np

from emt_theory.circuits.finite.characters import CharacterSpan, character_span
from emt_theory.circuits.finite.graph import StateGraph, state_graph
from emt_theory.circuits.finite.machine import minimal_machine
from emt_theory.circuits.finite.modes import holds_constant, lasting_modes
from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.exact import Factor, factorize, polynomial_text
from emt_theory.ground.absent import Absent
from emt_theory.ground.json import Record
from emt_theory.ground.slots import Slots
from emt_theory.ground.text import shown
from emt_theory.tasks.finite.task import FiniteTask, finite_task

MOST_MACHINE_STATES = 640
_MOST_ENTRIES = 2**22
_RATIONAL = 2**14
"""So many entries of a matrix, and its rank is found over Q."""
_PRIMES = (2**61 - 1, 2**31 - 1)
_SHOWN = 12


@dataclass(frozen=True, repr=False)
class Lift(Record):
    """The smallest linear system of a finite task.

    Attributes:
        dimension: dim V, as functions of all states.
        lasting: dim V|_R: so many modes last.
        with_constant: the rank of V|_R and the function 1 together.
        loaded: 2 dim V − dim KV, the dimension that a state at t = s takes.
        modes: (m, multiplicity of every primitive m-th root of unity) of K on V; the other dim V − lasting eigenvalues are 0.
        characters: the products of components that occur in V, each as its flat indices; None where V was found on states.
        over: what ranks were taken over: "Q", or "two primes", modulo each of which a rank can only be too small.
        slots: s and d.
    """

    JSON = ("dimension", "lasting", "with_constant", "loaded", "modes", "characters", "over")

    dimension: int
    lasting: int
    with_constant: int
    loaded: int
    modes: tuple[tuple[int, int], ...]
    characters: tuple[tuple[int, ...], ...] | None
    over: str
    slots: Slots

    @property
    def zero(self) -> int:
        """Algebraic multiplicity of the eigenvalue 0 of K on V."""
        return self.dimension - self.lasting

    @property
    def degree(self) -> int | None:
        """The largest number of components in a product that occurs in V; None where it is not known. For a selection task it is 1."""
        return None if self.characters is None else max(map(len, self.characters), default=0)

    def factors(self) -> tuple[Factor, ...]:
        """The factors of the characteristic polynomial of K on V, over Q."""
        zero = (Factor(self.zero, None, (0, 1)),) if self.zero else ()
        return (*zero, *(Factor(times, m) for m, times in self.modes))

    def __repr__(self) -> str:
        return f"Lift(dimension={self.dimension}, lasting={self.lasting})"

    def __str__(self) -> str:
        named = [
            (polynomial_text(f.coefficients) if f.degree <= 6 else f"Phi_{f.order}", f.multiplicity)
            for f in self.factors()
        ]
        factors = [f"({text})^{times}" if times > 1 else text for text, times in named]
        head = f"{self.dimension} dimensions, {self.lasting} of them lasting ({self.with_constant} with a constant): {', '.join(factors)}"
        if self.characters is None:
            return head
        texts = [_character_text(places, self.slots) for places in self.characters[:_SHOWN]]
        rest = f", … ({len(self.characters)} in all)" if len(self.characters) > _SHOWN else ""
        return f"{head}\nmade of the characters {', '.join(texts)}{rest}"


def lift(task: FiniteTask, graph: StateGraph | None = None) -> Lift | Absent:
    """The lift: in characters for signs, where few are enough, else by ranks on the states of the minimal machine.

    Args:
        task: a finite task.
        graph: its state graph, if there is one already.

    Raises:
        InvalidTask: if it is no finite task.
    """
    span = character_span(finite_task(task))
    return lift_by_states(task, graph) if isinstance(span, Absent) else _of_characters(task, span)


def lift_by_characters(task: FiniteTask) -> Lift | Absent:
    """The lift of a task on signs, over Q, without a state being enumerated.

    >>> from emt_theory.tasks import parse
    >>> lift_by_characters(parse("xor")).dimension
    3
    """
    span = character_span(finite_task(task))
    return span if isinstance(span, Absent) else _of_characters(task, span)


def lift_by_states(task: FiniteTask, graph: StateGraph | None = None) -> Lift | Absent:
    """The lift by ranks on states, its modes by the cycles; knows no characters.

    Raises:
        InvalidTask: if it is no finite task.
        InvalidOption: if the graph is none, or another task's.

    >>> from emt_theory.tasks import parse
    >>> lift_by_states(parse("xor")).dimension, lift_by_states(parse("majority")).dimension
    (3, 1)
    """
    if graph is not None and not isinstance(graph, StateGraph):
        raise InvalidOption(f"graph must be what state_graph returns, or None; got {shown(graph)}")
    if graph is not None and graph.task != task:
        raise InvalidOption(f"the graph is that of {graph.task.name}, not of {task.name}; take state_graph(task)")
    try:
        found = state_graph(finite_task(task)) if graph is None else graph
    except InvalidTask as error:
        return Absent(str(error))
    modes = lasting_modes(found)
    if isinstance(modes, Absent):
        return modes
    lasting = sum(int(flint.fmpz(m).euler_phi()) * times for m, times in modes)
    machine = minimal_machine(task)
    if machine.size == found.recurrent:  # G^sX = R: V has nothing that fades, and K is invertible on it
        return Lift(
            lasting, lasting, lasting + (not holds_constant(found)), lasting, modes, None, "two primes", task.slots
        )
    if machine.size > MOST_MACHINE_STATES:
        return Absent(
            f"ranks are taken for machines of at most {MOST_MACHINE_STATES} states; this one has {machine.size}"
        )
    words = task.alphabet.codewords
    d, q = task.dim, task.alphabet.size
    # What a state shows is one number in base q, component 0 first; digits d − 1, …, 0 take it apart, and each is a
    # codeword.
    digits = machine.shown[:, None] // q ** np.arange(d - 1, -1, -1) % q
    table = words[digits].reshape(machine.size, -1)
    columns = _orbit(table, machine.following)
    if isinstance(columns, Absent):
        return columns
    ones = np.ones((machine.size, 1), dtype=np.int64)
    dimension, propagated = _rank(columns), _rank(columns[machine.following])
    constant = _rank(np.concatenate([columns, ones], axis=1)) == dimension
    over = "Q" if columns.size <= _RATIONAL else "two primes"
    return Lift(dimension, lasting, lasting + (not constant), 2 * dimension - propagated, modes, None, over, task.slots)


def _orbit(table: Any, following: Any) -> Any:
    """y_c(G^t z) for t = 0, 1, …: columns until another step adds no rank; the number of steps doubles."""
    columns, steps, rank = table, 1, -1
    while True:
        more = columns[_power(following, steps)]
        longer = np.concatenate([columns, more], axis=1)
        if longer.size > _MOST_ENTRIES:
            return Absent("the lift takes more functions than ranks are taken of")
        found = _rank(longer, _PRIMES[:1])
        if found == rank:
            return columns  # span{t < steps} = span{t < 2 steps}: K keeps it
        columns, steps, rank = longer, 2 * steps, found


def _power(following: Any, steps: int) -> Any:
    """G^steps for a power of two."""
    jump = following
    while steps > 1:
        jump, steps = jump[jump], steps // 2
    return jump


def _rank(matrix: Any, primes: tuple[int, ...] = _PRIMES) -> int:
    rows, columns = matrix.shape
    entries = matrix.reshape(-1).tolist()
    if matrix.size <= _RATIONAL:
        return int(flint.fmpz_mat(rows, columns, entries).rank())
    return max(int(flint.nmod_mat(rows, columns, [v % p for v in entries], p).rank()) for p in primes)


def _of_characters(task: FiniteTask, span: CharacterSpan) -> Lift:
    dimension = len(span.basis)
    factors = factorize(span.matrix.charpoly()) if dimension else ()
    zero = sum(f.multiplicity for f in factors if f.is_zero_eigenvalue)
    modes = tuple(sorted((f.order, f.multiplicity) for f in factors if f.order))
    lasting = dimension - zero
    products = [tuple(j for j in range(task.components) if S >> j & 1) for S in span.characters]
    ordered = tuple(sorted(products, key=lambda places: (len(places), places)))
    return Lift(
        dimension,
        lasting,
        lasting + (not span.constant),
        2 * dimension - span.propagated,
        modes,
        ordered,
        "Q",
        task.slots,
    )


def _character_text(places: tuple[int, ...], slots: Slots) -> str:
    """A product in lags, as in rules: x[1] is the newest.

    >>> _character_text((0, 3), Slots(2, 2)), _character_text((), Slots(2, 2))
    ('x[2][0] x[1][1]', '1')
    """
    names = [(slots.lag(block), c) for block, c in map(slots.place, places)]
    return " ".join(f"x[{lag}]" + (f"[{c}]" if slots.dim > 1 else "") for lag, c in names) or "1"

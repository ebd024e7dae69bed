"""Laws about finite tasks: what `derive` says of states and lift, against walks over a dictionary of states and ranks over Q.

A selection task on signs is a finite task, so its circuit is a subject too, and there both theories have to agree.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import product
from typing import Any

import flint
import numpy as np

from emt_theory.circuits import Circuit, FiniteCircuit, Lift, StateGraph, lift, minimal_dimension, state_graph
from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.ground.absent import Absent
from emt_theory.tasks import FiniteTask, LinearTask, as_finite, as_selection
from emt_theory.testing.laws.law import EXACT, Carrier, Law, Subject

MOST_STATES = 4096

State = tuple[int, ...]


@dataclass(frozen=True)
class FiniteSubject:
    """A finite task with what is claimed about it.

    Attributes:
        task: the task; None where a subject is none.
        graph: the claimed state graph.
        lift: the claimed lift.
        reason: why there is nothing to look at, or "".
    """

    task: FiniteTask | None
    graph: StateGraph | None
    lift: Lift | None
    reason: str = ""

    @classmethod
    def of(cls, value: Any) -> FiniteSubject:
        """The subject that a task, a circuit or a pair (network, task) stands for.

        Raises:
            InvalidOption: if it is none of these.
        """
        if isinstance(value, FiniteSubject):
            return value
        task, reason = finite_task_of(value)
        if task is None or reason:
            return cls(task, None, None, reason)
        circuit = value if isinstance(value, FiniteCircuit) else None
        graph = circuit.state_graph() if circuit else state_graph(task)
        found = circuit.lift() if circuit else lift(task)
        graph = None if isinstance(graph, Absent) else graph
        return cls(task, graph, None if isinstance(found, Absent) else found)


def finite_task_of(value: Any, most: int = MOST_STATES) -> tuple[FiniteTask | None, str]:
    """The finite task that a value stands for, and why its states are not looked at, or "".

    Raises:
        InvalidOption: if it is no task, circuit or pair (network, task).
    """
    task = value.task if isinstance(value, FiniteCircuit | Circuit | Subject) else value
    if isinstance(value, tuple) and len(value) == 2:
        task = value[1]
    if isinstance(task, LinearTask):
        try:
            task = as_finite(task)
        except InvalidTask as error:
            return None, str(error)
    if not isinstance(task, FiniteTask):
        raise InvalidOption(f"a law is about a task, a circuit or a pair (network, task); got a {type(value).__name__}")
    return task, f"more than {most} states" if task.states > most else ""


def _has_states(subject: FiniteSubject) -> str:
    return subject.reason or ("" if subject.graph else "its states are not enumerated")


def _has_lift(subject: FiniteSubject) -> str:
    return subject.reason or ("" if subject.lift else "its lift is not computed")


def _states(subject: FiniteSubject, carrier: Carrier) -> str:
    """P19: cycles and images against walks, reversibility against f in its oldest variable, and for few states det(λ − K) itself."""
    task, graph = subject.task, subject.graph
    assert task is not None
    assert graph is not None
    after = successors(task)
    heads = Counter[State](min(_loop(after, x)) for x in images_of(after)[-1])
    cycles = tuple(sorted(Counter(heads.values()).items()))
    images = tuple(map(len, images_of(after)))
    if (cycles, images) != (graph.cycles, graph.images):
        return f"cycles {cycles} and images {images} by walking, {graph.cycles} and {graph.images} claimed"
    younger: dict[State, set[State]] = {}
    for x, y in after.items():
        younger.setdefault(x[task.dim :], set()).add(y)
    one_to_one = all(len(seen) == task.alphabet.size**task.dim for seen in younger.values())
    if one_to_one != graph.reversible:
        return f"f is {'' if one_to_one else 'not '}one in its oldest variable, and reversible is {graph.reversible}"
    if len(after) > 64:
        return ""
    place = {x: i for i, x in enumerate(after)}
    K = flint.fmpz_mat(len(after), len(after), [int(j == place[after[x]]) for x in after for j in range(len(after))])
    claimed = flint.fmpz_poly([1])
    for f in graph.factors():
        claimed *= flint.fmpz_poly(list(f.coefficients)) ** f.multiplicity
    return "" if claimed == K.charpoly() else f"det(λ − K) = {K.charpoly()}, the factors multiply to {claimed}"


def _smallest(subject: FiniteSubject, carrier: Carrier) -> str:
    """P20: dimensions against ranks over Q of the outputs on all states; multiplicities; for a selection against rank O."""
    task, claimed = subject.task, subject.lift
    assert task is not None
    assert claimed is not None
    after = successors(task)
    states, lasting = list(after), images_of(after)[-1]
    now, blocks = states, list[Any]()
    for _ in range(claimed.dimension + 2):  # each step adds a dimension until one adds none
        now = [after[x] for x in now]
        blocks.append(task.alphabet.encode(np.array([x[-task.dim :] for x in now])))
    shown, on_cycles = np.concatenate(blocks, axis=1), [x in lasting for x in states]
    ones = np.ones((len(states), 1), dtype=np.int64)
    found, propagated = _rank(shown), _rank(shown[:, task.d_out :])
    right = (
        found,
        _rank(shown[on_cycles]),
        _rank(np.concatenate([shown, ones], axis=1)[on_cycles]),
        2 * found - propagated,
    )
    told = (claimed.dimension, claimed.lasting, claimed.with_constant, claimed.loaded)
    if told != right:
        return f"(dim V, lasting, with a constant, loaded) is {right} by ranks, {told} claimed"
    many = [(m, times) for m, times in claimed.modes if times > task.d_out]
    if many:
        return f"(order, multiplicity) {many[0]} is above the {task.d_out} numbers shown"
    linear = as_selection(task)
    if linear is not None and minimal_dimension(linear) != (claimed.dimension, claimed.loaded):
        return (
            f"rank O and its loaded form are {tuple(minimal_dimension(linear))}, the lift has {told[0]} and {told[3]}"
        )
    return ""


def successors(task: FiniteTask) -> dict[State, State]:
    """The next state of each, by looking up the tables."""
    found: dict[State, State] = {}
    for x in product(range(task.alphabet.size), repeat=task.components):
        found[x] = (*x[task.dim :], *(int(rule.table[tuple(x[j] for j in rule.reads)]) for rule in task.rules))
    return found


def images_of(after: dict[State, State]) -> list[set[State]]:
    """X, GX, G²X, …, R."""
    images = [set(after)]
    while (smaller := {after[x] for x in images[-1]}) != images[-1]:
        images.append(smaller)
    return images


def _loop(after: dict[State, State], start: State) -> list[State]:
    found = [start]
    while (following := after[found[-1]]) != start:
        found.append(following)
    return found


def _rank(matrix: Any) -> int:
    """Over Q: that of MᵀM, which is small."""
    gram = matrix.T @ matrix
    return int(flint.fmpz_mat(len(gram), len(gram), gram.reshape(-1).tolist()).rank())


FINITE_LAWS = (
    Law("P19", _has_states, _states, EXACT, FiniteSubject.of),
    Law("P20", _has_lift, _smallest, EXACT, FiniteSubject.of),
)

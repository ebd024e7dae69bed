"""Laws about affine tasks over GF(p): what algebra says of cycles, images, periods and classes, against all states, one by one.

A selection task on signs is affine over GF(2), so its circuit is a subject too: there the theory over Q and the one over GF(2) have to agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from math import lcm
from typing import Any

import flint

from emt_theory.circuits import derive, field_theory
from emt_theory.ground.absent import Absent
from emt_theory.tasks import FiniteTask, as_selection
from emt_theory.testing.laws.finite import State, finite_task_of
from emt_theory.testing.laws.law import EXACT, Carrier, Law


@dataclass(frozen=True)
class FieldSubject:
    """A finite task with what is claimed about it over GF(p).

    Attributes:
        task: the task; None where a subject is none.
        F: the claimed rows of [F_1 … F_s].
        constant: the claimed c.
        polynomial: the claimed det(λ − Φ), ascending.
        cycles: (length, how many).
        images: the claimed |X|, |GX|, …
        period: the claimed period of the step.
        dimension: the claimed (rank O, 2 rank O − rank OΦ).
        solvable: whether a linear network over GF(p) is claimed to have the values.
        reason: why there is nothing to look at, or "".
    """

    task: FiniteTask | None
    F: tuple[tuple[int, ...], ...] = ()
    constant: tuple[int, ...] = ()
    polynomial: tuple[int, ...] = ()
    cycles: tuple[tuple[int, int], ...] = ()
    images: tuple[int, ...] = ()
    period: int = 0
    dimension: tuple[int, int] = (0, 0)
    solvable: bool = False
    reason: str = ""

    @classmethod
    def of(cls, value: Any) -> FieldSubject:
        """The subject that a task, a circuit or a pair (network, task) stands for.

        Raises:
            InvalidOption: if it is none of these.
        """
        if isinstance(value, FieldSubject):
            return value
        task, reason = finite_task_of(value)
        if task is None or reason:
            return cls(task, reason=reason)
        found = field_theory(task)
        if isinstance(found, Absent):
            return cls(task, reason=found.reason)
        if isinstance(found.cycles, Absent) or isinstance(found.period, Absent):
            return cls(task, reason=str(found.cycles or found.period))
        return cls(
            task,
            tuple(map(tuple, found.F.to_rows())),
            found.constant,
            found.polynomial,
            found.cycles,
            found.images,
            found.period,
            found.minimal_dimension,
            found.obstruction is None,
        )


def _is_affine(subject: FieldSubject) -> str:
    return subject.reason


def _forgets_nothing(subject: FieldSubject) -> str:
    if subject.reason or subject.task is None:
        return subject.reason
    d, p = subject.task.dim, subject.task.alphabet.size
    oldest = flint.nmod_mat(d, d, [v for row in subject.F for v in row[:d]], p)
    return "" if int(oldest.rank()) == d else "F_1 is not invertible"


def _periods(subject: FieldSubject, carrier: Carrier) -> str:
    """P17: the rule is F u + c on every memory; its period is the least common multiple of those of all output sequences, and the longest of them."""
    task = subject.task
    assert task is not None
    after = _after(task)
    if wrong := _not_the_rule(subject, after):
        return wrong
    periods = set(_output_periods(after, task.dim))
    told = (lcm(*periods), max(periods))
    return (
        ""
        if told == (subject.period,) * 2
        else f"the periods' multiple and maximum are {told}, {subject.period} claimed"
    )


def _counted(subject: FieldSubject, carrier: Carrier) -> str:
    """P21: cycles, images, classes of futures, responses and det(λ − Φ), each from its definition; for a selection also what holds over Q."""
    task = subject.task
    assert task is not None
    after, p = _after(task), task.alphabet.size
    if wrong := _not_the_rule(subject, after):
        return wrong
    images = _images(after)
    lengths = Counter(_cycle_lengths(after, images[-1]))
    told = (tuple(sorted(lengths.items())), tuple(map(len, images)))
    if told != (subject.cycles, subject.images):
        return f"(cycles, images) are {told} by walking, {(subject.cycles, subject.images)} claimed"
    running, loaded = subject.dimension
    futures = [_futures(after, task, skipped) for skipped in (0, 1)]
    if futures != [p**running, p ** (2 * running - loaded)]:
        return f"{futures} different futures from t = s+1 and s+2 on, the dimensions {subject.dimension} claimed"
    phi = _phi(subject)
    polynomial = tuple(map(int, phi.charpoly().coeffs()))
    if polynomial != subject.polynomial:
        return f"det(λ − Φ) is {polynomial} by the matrix, {subject.polynomial} claimed"
    if _depends_on_elapsed_time(phi, task.dim) != subject.solvable:
        return f"the responses {'do not ' * subject.solvable}depend on elapsed time alone, and solvable = {subject.solvable} claimed"
    linear = as_selection(task)
    if linear is None:
        return ""
    circuit = derive(linear)
    cycles = circuit.spectrum().cycles or ()
    over_q = (tuple(circuit.dimension), circuit.exactness.linear, lcm(*(c.length * (3 - c.sign) // 2 for c in cycles)))
    told = (subject.dimension, subject.solvable, subject.period)
    return "" if told == over_q else f"(dimensions, solvable, period) are {over_q} over Q, {told} claimed over GF(2)"


def _after(task: FiniteTask) -> dict[State, State]:
    """The next state of each, by looking up the tables."""
    found: dict[State, State] = {}
    for x in product(range(task.alphabet.size), repeat=task.components):
        found[x] = (*x[task.dim :], *(int(rule.table[tuple(x[j] for j in rule.reads)]) for rule in task.rules))
    return found


def _not_the_rule(subject: FieldSubject, after: Mapping[State, State]) -> str:
    """Where F u + c is not what the tables say."""
    for x, y in after.items():
        made = tuple(sum(a * v for a, v in zip(row, x, strict=True)) for row in subject.F)
        p = subject.task.alphabet.size if subject.task else 0
        if tuple((v + c) % p for v, c in zip(made, subject.constant, strict=True)) != y[-len(subject.F) :]:
            return f"F u + c is not the rule on the memory {x}"
    return ""


def _images(after: Mapping[State, State]) -> list[set[State]]:
    """X, GX, G²X, …, R."""
    images = [set(after)]
    while (smaller := {after[x] for x in images[-1]}) != images[-1]:
        images.append(smaller)
    return images


def _cycle_lengths(after: Mapping[State, State], recurrent: set[State]) -> list[int]:
    left, found = set(recurrent), list[int]()
    while left:
        x, length = next(iter(left)), 0
        while x in left:
            left.remove(x)
            x, length = after[x], length + 1
        found.append(length)
    return found


def _output_periods(after: Mapping[State, State], d: int) -> list[int]:
    """The least period of the outputs along each cycle, where all states are on cycles."""
    left, found = set(after), list[int]()
    while left:
        x, shown = next(iter(left)), list[State]()
        while x in left:
            left.remove(x)
            shown.append(x[-d:])
            x = after[x]
        turned = (k for k in range(1, len(shown) + 1) if len(shown) % k == 0 and shown[k:] + shown[:k] == shown)
        found.append(next(turned))
    return found


def _futures(after: Mapping[State, State], task: FiniteTask, skipped: int) -> int:
    """How many different output sequences there are from t = s + 1 + skipped on; n further steps tell them apart."""
    seen = set[tuple[State, ...]]()
    for x in after:
        for _ in range(skipped):
            x = after[x]
        shown = list[State]()
        for _ in range(task.components + 1):
            x = after[x]
            shown.append(x[-task.dim :])
        seen.add(tuple(shown))
    return len(seen)


def _phi(subject: FieldSubject) -> flint.nmod_mat:
    """Φ, written down from its definition."""
    assert subject.task is not None
    d, n = subject.task.dim, subject.task.components
    shift = [int(j == i + d) for i in range(n - d) for j in range(n)]
    return flint.nmod_mat(n, n, shift + [v for row in subject.F for v in row], subject.task.alphabet.size)


def _depends_on_elapsed_time(phi: Any, d: int) -> bool:
    """Whether M_{τ,k} = M_{τ+1,k+1} for τ = 1, …, n + 1 and all k < s (P07): more terms than there are dimensions."""
    n, power = phi.nrows(), phi
    for _ in range(n + 1):
        following = power * phi
        if any(power[n - d + i, j] != following[n - d + i, j + d] for i in range(d) for j in range(n - d)):
            return False
        power = following
    return True


FIELD_LAWS = (
    Law("P17", _forgets_nothing, _periods, EXACT, FieldSubject.of),
    Law("P21", _is_affine, _counted, EXACT, FieldSubject.of),
)

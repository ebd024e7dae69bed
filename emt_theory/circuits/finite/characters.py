r"""The lift of a task on signs, in characters: no state is ever enumerated.

A function of n signs is a sum of products of them, `φ = Σ_S a_S χ_S`, χ_S = Π_{j∈S} x_j, and S is kept as a number in base 2. A step moves the older
components and multiplies in the outputs, whose own expansions are Walsh transforms of their tables:

    K χ_S = χ_{S shifted by d} Π_{c: n−d+c ∈ S} f_c.

The orbit of the read-outs under K is reduced over Q as it grows, and it is complete when a step of all that is new gives nothing new.

>>> from emt_theory.tasks import parse
>>> span = character_span(parse("xor"))
>>> [sorted(function) for function in span.basis]                # x_0 x_1, x_0, x_1: bits 0 and 1
[[3], [1], [2]]

Source: new, P20; for Boolean networks the lift is known (Ananthraman & Sule 2022, Cheng & Qi 2010).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import flint
import numpy as np

from emt_theory.ground.absent import Absent
from emt_theory.tasks.finite.alphabet import Code
from emt_theory.tasks.finite.local_rule import LocalRule
from emt_theory.tasks.finite.task import FiniteTask

Function = dict[int, Fraction]
"""a_S by S; no zeros."""

MOST_READS = 10
MOST_FUNCTIONS = 512
MOST_WORK = 2**17
"""Products and differences of terms."""


@dataclass(frozen=True)
class CharacterSpan:
    """V = span{K^t y_c : t ≥ 1}.

    Attributes:
        basis: functions, each with a leading character that no other one holds.
        matrix: K on V in this basis: column i is K of function i.
        propagated: dim KV.
        constant: whether V holds the function 1.
    """

    basis: tuple[Function, ...]
    matrix: flint.fmpq_mat
    propagated: int
    constant: bool

    @property
    def characters(self) -> tuple[int, ...]:
        """All characters that occur in V."""
        return tuple(sorted({S for function in self.basis for S in function}))


class TooLarge(Exception):
    """More functions or terms than are looked at."""


class _Step:
    """K on functions, with the work counted."""

    def __init__(self, task: FiniteTask) -> None:
        self.task, self.left = task, MOST_WORK
        if any(len(rule.reads) > MOST_READS for rule in task.rules):
            raise TooLarge
        self.outputs = [walsh(rule) for rule in task.rules]
        self.older = (1 << (task.components - task.dim)) - 1

    def spend(self, work: int) -> None:
        self.left -= work
        if self.left < 0:
            raise TooLarge

    def __call__(self, function: Function) -> Function:
        found: Function = {}
        for S, a in function.items():
            product: Function = {(S & self.older) << self.task.dim: a}
            for c in range(self.task.dim):
                if S >> (self.task.components - self.task.dim + c) & 1:
                    self.spend(len(product) * len(self.outputs[c]))
                    product = _times(product, self.outputs[c])
            _add(found, product, Fraction(1))
        self.spend(len(found))
        return found


def walsh(rule: LocalRule) -> Function:
    """(−1)^f as a sum of characters of its reads, by the fast transform of its table.

    >>> walsh(LocalRule((0, 1), np.array([[0, 0], [0, 1]]))) == {0: Fraction(1, 2), 1: Fraction(1, 2), 2: Fraction(1, 2), 3: Fraction(-1, 2)}
    True
    """
    values = 1 - 2 * rule.table
    for axis in range(values.ndim):
        zero, one = values.take(0, axis=axis), values.take(1, axis=axis)
        values = np.stack([zero + one, zero - one], axis=axis)
    masks = {
        place: sum(1 << j for j, bit in zip(rule.reads, place, strict=True) if bit)
        for place in np.ndindex(values.shape)
    }
    return {S: Fraction(int(values[place]), values.size) for place, S in masks.items() if values[place]}


def character_span(task: FiniteTask) -> CharacterSpan | Absent:
    """V of a task on signs, exactly, or why it is not looked at.

    Args:
        task: any finite task.
    """
    if task.alphabet.code is not Code.SIGNS:
        return Absent("characters are for two symbols shown as signs")
    try:
        return _span(task)
    except TooLarge:
        return Absent(f"the lift in characters takes more than {MOST_FUNCTIONS} functions, or too many terms")


def _span(task: FiniteTask) -> CharacterSpan:
    step = _Step(task)
    basis: dict[int, Function] = {}  # by leading character; reduced when it is entered
    newest = (1 << (task.components - task.dim + c) for c in range(task.dim))
    waiting = [step({S: Fraction(1)}) for S in newest]
    while waiting:
        function = _reduced(waiting.pop(0), basis, step)
        if function:
            if len(basis) == MOST_FUNCTIONS:
                raise TooLarge
            basis[max(function)] = function
            waiting.append(step(function))
    leads = list(basis)
    columns = [_coordinates(step(basis[lead]), basis, leads, step) for lead in leads]
    size = len(leads)
    entries = [flint.fmpq(columns[i][k].numerator, columns[i][k].denominator) for k in range(size) for i in range(size)]
    matrix = flint.fmpq_mat(size, size, entries)
    functions = tuple(_scaled(basis[lead]) for lead in leads)
    return CharacterSpan(functions, matrix, int(matrix.rank()), not _reduced({0: Fraction(1)}, basis, step))


def _reduced(function: Function, basis: dict[int, Function], step: _Step) -> Function:
    """What is left when all leading characters of the basis are taken out, the largest first: those that come in are smaller."""
    left = dict(function)
    for S in sorted(basis, reverse=True):
        if S in left:
            step.spend(len(basis[S]))
            _add(left, basis[S], -left[S] / basis[S][S])
    return left


def _coordinates(function: Function, basis: dict[int, Function], leads: list[int], step: _Step) -> list[Fraction]:
    left, found = dict(function), dict.fromkeys(leads, Fraction(0))
    for S in sorted(basis, reverse=True):
        if S in left:
            found[S] = left[S] / basis[S][S]
            step.spend(len(basis[S]))
            _add(left, basis[S], -found[S])
    return [found[S] for S in leads]


def _add(to: Function, function: Function, factor: Fraction) -> None:
    for S, a in function.items():
        total = to.get(S, 0) + factor * a
        if total:
            to[S] = total
        else:
            to.pop(S, None)


def _times(one: Function, other: Function) -> Function:
    found: Function = {}
    for S, a in one.items():
        _add(found, {S ^ T: b for T, b in other.items()}, a)
    return found


def _scaled(function: Function) -> Function:
    lead = function[max(function)]
    return {S: a / lead for S, a in function.items()}

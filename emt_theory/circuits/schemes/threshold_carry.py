r"""The threshold circuit with a copy in the read-out: fewer units, and outputs at t ≤ s that differ, which are not scored (P23).

For a rule on signs that is no threshold function let one copy a·x_j, a = ±1, stand in the read-out beside two features:

    y_c = φ_1 + φ_2 + a x_j,      f_c − a x_j = φ_1 + φ_2,

both threshold functions, each with a direction of its own. So m = 2 where `threshold` takes 3. The copy at time t
holds what stood one block on at t − 1, so x_j is any component but those of the oldest block. While inputs come φ_1 =
φ_2 = x_c, and y = 2 x_c + a · copy: its sign is right, so copies of it are too, and only at t = s + 1 does a feature
read it. Directions are looked for that serve both forms,

    φ(x) (w·x − θ) ≥ 1   and   φ(x) (w·x' − θ) ≥ 1,     x' = x with 2 x_c + a x_(j, one block back) for every such newest x_c,

by integer programming, for outputs of at most four symbols. All 152 functions of three bits that are no threshold
functions have N = 4, and XOR has N = 3:

>>> from emt_theory.tasks import parse
>>> twin = ThresholdCarry().weights(parse("xor"), 3)
>>> [int(y) for y in twin.run([[1], [-1]], steps=8).outputs[:, 0]]          # 2 x_1, then 2 x_2 + x_1, then the rule
[2, -1, -1, 1, -1, -1, 1, -1]

Source: new, P23.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits.schemes.directions import codewords, whole_threshold
from emt_theory.circuits.schemes.scheme import Allowance, FiniteScheme
from emt_theory.circuits.schemes.threshold import Feature, ThresholdPlan, lay_out, plan, refused_code
from emt_theory.networks import ExactRNN
from emt_theory.tasks.finite.alphabet import Alphabet, Code
from emt_theory.tasks.finite.local_rule import LocalRule
from emt_theory.tasks.finite.task import FiniteTask

_MOST_READS, _MOST_CHOICES = 4, 64
_REACH = 3
"""Directions whose weights lie within ±3 give every threshold function of four signs."""
_WRITTEN = 2
"""κ: both features of an output with a copy are written with the sign of the input."""


class Carried(NamedTuple):
    """A copy in a read-out.

    Attributes:
        read: the component x_j of the memory before the step.
        sign: a.
    """

    read: int
    sign: int


@dataclass(frozen=True)
class ThresholdCarry(FiniteScheme):
    """Hard-tanh units along directions, with a copy in the read-out where that saves a unit."""

    name: ClassVar[str] = "threshold-carry"

    def verdict(self, task: FiniteTask) -> Allowance:
        """Allowed on signs; the values are exact for t > s, and differ before where a copy is read."""
        refused = refused_code(task) or (
            ""
            if task.alphabet.code is Code.SIGNS
            else "a copy leaves two features that are looked up among all threshold functions of up to four signs, "
            f"and of the code {task.alphabet.code} there is no such list (P23); scheme threshold lays it out"
        )
        refused = refused or self.too_large(task)
        if refused:
            return Allowance.refused(refused)
        made = carry_plan(task)
        saved, copies = plan(task).units - made.units, sum(bool(own) for own in made.carried)
        composing = f"N = {made.units}: {made.units - made.copies} units compose and {made.copies} copy"
        told = f"{copies} of these are read out too, which saves {saved}; outputs at t ≤ s, not scored, differ"
        return Allowance(
            True, "values", f"{composing}; {told if copies else 'no copy in the read-out saves a unit'} (P23)"
        )

    def units(self, task: FiniteTask) -> int:
        """N = Σ m_c + (s−1) d, m_c = 2 where a copy is read out."""
        return task.components if task.components > self.MOST_UNITS else carry_plan(task).units

    def weights(self, task: FiniteTask, hidden: int) -> ExactRNN:
        """W·r − θ + s g x, copies, and the read-out Σ φ + a · copy, on hard-tanh units."""
        made = carry_plan(task)

        def write(feature: Feature) -> Fraction:
            fed = abs(feature.threshold)
            for place, a in feature.weights:
                newest = place - made.copies
                fed += abs(a) * (_WRITTEN + 1 if newest >= 0 and made.carried[newest] else 1)
            return Fraction(1 + fed)

        return lay_out(made, hidden, Fraction(1), Fraction(1), write, "hard_tanh")


@lru_cache(maxsize=64)
def carry_plan(task: FiniteTask) -> ThresholdPlan:
    """The threshold circuit's plan, with two features and a copy in the read-out of every output where directions for that are found."""
    base = plan(task)
    if base.units > FiniteScheme.MOST_UNITS:
        return base
    chosen = [_choices(task, c) if base.directions[c].units > 1 else [] for c in range(task.dim)]
    wanted = {c: options[0] for c, options in enumerate(chosen) if options}
    while True:
        features, failed = _fitted(task, base, wanted)
        if not failed:
            carried = tuple(
                ((wanted[c].carried.read - task.dim, wanted[c].carried.sign),) if c in wanted else ()
                for c in range(task.dim)
            )
            return replace(base, features=tuple(features), carried=carried)
        # an output that cannot read a newest component with a copy takes its next choice; failing that, what it reads gives its copy up
        c = failed[0]
        if c in wanted and len(chosen[c]) > 1:
            chosen[c] = chosen[c][1:]
            wanted[c] = chosen[c][0]
            continue
        newest = [j - base.copies for j in task.rules[c].reads if j >= base.copies]
        for gone in (c, *newest):
            wanted.pop(gone, None)


class _Choice(NamedTuple):
    """A copy, and the two functions on the reads that it leaves."""

    carried: Carried
    one: tuple[int, ...]
    other: tuple[int, ...]


def _choices(task: FiniteTask, c: int) -> list[_Choice]:
    """What stands beside a copy as two threshold functions, for all copies of what the output reads."""
    rule = task.rules[c]
    if not 0 < len(rule.reads) <= _MOST_READS:
        return []
    f, points = _signs(rule), codewords(task.alphabet, len(rule.reads))
    found: list[_Choice] = []
    for i, j in enumerate(rule.reads):
        if j < task.dim:
            continue  # of the oldest block no copy is left
        for sign in (1, -1):
            left = f - sign * points[:, i]
            found += [
                _Choice(Carried(j, sign), one, other) for one, other in _halves(len(rule.reads), tuple(map(int, left)))
            ]
    return found[:_MOST_CHOICES]


@lru_cache(maxsize=4096)
def _halves(reads: int, left: tuple[int, ...]) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
    """All {φ_1, φ_2} of threshold functions with the sum `left`, which is −2, 0 or 2 everywhere."""
    known = _threshold_functions(reads)
    pairs = ((one, tuple(v - a for v, a in zip(left, one, strict=True))) for one in known)
    return tuple((one, other) for one, other in pairs if other in known and one <= other)


@lru_cache(maxsize=_MOST_READS)
def _threshold_functions(reads: int) -> frozenset[tuple[int, ...]]:
    """All threshold functions of some signs, as their values; 2, 4, 14, 104, 1882 for 0, …, 4 of them."""
    points = codewords(Alphabet(2), reads)
    weights = np.array(list(itertools.product(range(-_REACH, _REACH + 1), repeat=reads)), dtype=np.int64).reshape(
        (2 * _REACH + 1) ** reads, reads
    )
    sums = np.unique(weights @ points.T, axis=0)
    made = [np.where(sums > theta, 1, -1) for theta in range(-_REACH * reads - 1, _REACH * reads + 1)]
    return frozenset(map(tuple, np.unique(np.concatenate(made), axis=0).tolist()))


def _signs(rule: LocalRule) -> NDArray[np.int64]:
    return 1 - 2 * rule.table.reshape(-1)


def _fitted(
    task: FiniteTask, base: ThresholdPlan, wanted: dict[int, _Choice]
) -> tuple[list[tuple[Feature, ...]], list[int]]:
    """(features of each output, the outputs that have none that read right after the load)."""
    made: list[tuple[Feature, ...]] = []
    for c, rule in enumerate(task.rules):
        loads = {j: wanted[j - base.copies].carried for j in rule.reads if j - base.copies in wanted}
        if c not in wanted and not loads:
            made.append(base.features[c])
            continue
        if c not in wanted and base.directions[c].units > 1:
            return made, [c]
        functions = (wanted[c].one, wanted[c].other) if c in wanted else (tuple(map(int, _signs(rule))),)
        features = list(_directed(task, rule, functions, loads))
        if len(features) < len(functions):
            return made, [c]
        made.append(tuple(features))
    return made, []


def _directed(
    task: FiniteTask, rule: LocalRule, functions: tuple[tuple[int, ...], ...], loads: dict[int, Carried]
) -> Iterator[Feature]:
    """A feature for each function that has a direction which serves both forms."""
    reads = list(rule.reads)
    # at t = s the copy of read j stands one block back, and holds that component of the inputs
    more = sorted({carried.read - task.dim for carried in loads.values()} - {*reads})
    grid = codewords(task.alphabet, len(reads) + len(more))
    column = {j: grid[:, i] for i, j in enumerate((*reads, *more))}
    free = np.stack([column[j] for j in reads], axis=1)
    after = np.stack([_after_load(j, column, loads, task.dim) for j in reads], axis=1)
    for function in functions:
        values = np.repeat(function, 2 ** len(more))
        found = whole_threshold(np.concatenate([free, after]), np.concatenate([values, values]))
        if found is not None:
            weights, theta = found
            yield Feature(tuple((j, a) for j, a in zip(reads, weights, strict=True) if a), theta, 1, 1)


def _after_load(j: int, column: dict[int, NDArray[np.int64]], loads: dict[int, Carried], dim: int) -> NDArray[np.int64]:
    return column[j] if j not in loads else _WRITTEN * column[j] + loads[j].sign * column[loads[j].read - dim]

r"""Interpolation along a direction (P25): symbols as the numbers 0, …, q−1, ReLU units and a phase input; values for all t.

Let v = w·x determine f_c on the q^k combinations of symbols that it reads, with values v_0 < v_1 < … . The polygon through the points (v_i, f_c) is

    f_c = f_c(v_0) + Σ_i Δ_i relu(v − v_i),      Δ_i the change of slope at v_i, where it is not 0.

    a_c(t)   = relu(x_c(t))                             d units          u while inputs come, 0 afterwards
    φ_i(t)   = relu(w·r(t−1) − v_i − M_i c(t))          one for each kink, silent while the phase input c is 1
    one(t)   = relu(1 − c(t))                           if some f_c(v_0) is not 0
    copies   = relu(newer)                              (s−1) d units
    y_c      = a_c + Σ_i Δ_i φ_i + f_c(v_0) one

The newest block of the register r is the read-out itself. While inputs come every place holds a symbol or 0, so `M_i ≥
max(0, Σ max(w_j, 0)(q−1) − v_i)` silences φ_i. Exact over Q; in float64 where all gaps v_(i+1) − v_i are powers of
two, otherwise slopes are rounded and nothing corrects the error.

>>> from emt_theory.tasks import modular_sum
>>> task = modular_sum(5, code="numbers")
>>> twin = Interpolating().weights(task, Interpolating().units(task))
>>> twin.hidden, [int(y) for y in twin.run([[1], [3]], steps=8).outputs[:, 0]]
(5, [1, 3, 4, 2, 1, 3, 4, 2])

Source: new, P25, proved in `proofs/`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits.schemes.directions import MOST_POINTS, symbols
from emt_theory.circuits.schemes.scheme import Allowance, FiniteScheme
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import ExactRNN
from emt_theory.tasks.finite.alphabet import Alphabet, Code
from emt_theory.tasks.finite.local_rule import LocalRule
from emt_theory.tasks.finite.task import FiniteTask

_DIRECTIONS, _MOST_TRIED = 3000, 2**24


class Polygon(NamedTuple):
    """A function of symbols as a polygon along a direction.

    Attributes:
        weights: w, by read.
        start: its value at the lowest v.
        kinks: (v_i, Δ_i).
        dyadic: whether all gaps are powers of two.
    """

    weights: tuple[int, ...]
    start: int
    kinks: tuple[tuple[int, Fraction], ...]
    dyadic: bool


def polygon(points: NDArray[np.int64], values: NDArray[np.int64], weights: NDArray[np.int64]) -> Polygon | None:
    """The function along a direction; None where v does not determine it.

    Args:
        points: x, shape (P, k).
        values: f, shape (P,).
        weights: w, shape (k,).
    """
    order = np.argsort(along := points @ weights, kind="stable")
    along, values = along[order], values[order]
    same = along[1:] == along[:-1]
    if (values[1:] != values[:-1])[same].any():
        return None
    first = np.concatenate([[True], ~same])
    along, values = along[first], values[first]
    gaps, rises = np.diff(along).tolist(), np.diff(values).tolist()
    slopes = [Fraction(0), *(Fraction(rise, gap) for rise, gap in zip(rises, gaps, strict=True))]
    kinks = [(int(v), b - a) for v, a, b in zip(along, slopes, slopes[1:], strict=False) if a != b]
    return Polygon(tuple(map(int, weights)), int(values[0]), tuple(kinks), all(gap & (gap - 1) == 0 for gap in gaps))


def find_polygon(alphabet: Alphabet, rule: LocalRule) -> Polygon:
    """The polygon with the fewest kinks along small directions; powers of q always determine the function."""
    return _find(alphabet.size, rule.table.tobytes(), len(rule.reads))


@lru_cache(maxsize=1024)
def _find(size: int, table: bytes, reads: int) -> Polygon:
    values: NDArray[np.int64] = np.frombuffer(table, dtype=np.int64)
    points = symbols(Alphabet(size), reads)
    reach = next((r for r in (4, 3, 2, 1) if (2 * r + 1) ** reads <= min(_DIRECTIONS, _MOST_TRIED // len(values))), 0)
    several = itertools.product(range(-reach, reach + 1), repeat=reads) if reach else [(1,) * reads]
    separating = tuple(size**i for i in range(reads))
    found = [
        p for w in (*several, separating) if (p := polygon(points, values, np.array(w, dtype=np.int64))) is not None
    ]
    return min(
        found, key=lambda p: (len(p.kinks), not p.dyadic, sum(map(abs, p.weights)), tuple(-w for w in p.weights))
    )


@dataclass(frozen=True)
class Interpolating(FiniteScheme):
    """ReLU units with a phase input that hold symbols as numbers."""

    name: ClassVar[str] = "interpolating"

    def verdict(self, task: FiniteTask) -> Allowance:
        """Allowed and exact where the code is numbers; the reason says N, and what float64 keeps."""
        if task.alphabet.code is not Code.NUMBERS:
            return Allowance.refused(
                f"it shows symbols as numbers; the code of this task is {task.alphabet.code} (P25)"
            )
        largest = max(rule.table.size for rule in task.rules)
        if largest > MOST_POINTS:
            return Allowance.refused(
                f"an output has a table of {largest} values; at most {MOST_POINTS} are looked at (P25)"
            )
        if refused := self.too_large(task):
            return Allowance.refused(refused)
        found = _polygons(task)
        kinks = sum(len(one.kinks) for one in found)
        kept = (
            "in float64 too"
            if all(one.dyadic for one in found)
            else "in float64 up to rounding, which nothing corrects"
        )
        return Allowance(True, "values", f"N = {self.units(task)} with {kinks} kinks; exact over Q, {kept} (P25)")

    def units(self, task: FiniteTask) -> int:
        """D + kinks + (s−1) d, and one more for a constant."""
        if task.components > self.MOST_UNITS:
            return task.components
        found = _polygons(task)
        return task.components + sum(len(one.kinks) for one in found) + any(one.start for one in found)

    def weights(self, task: FiniteTask, hidden: int) -> ExactRNN:
        """Inputs, kinks, the constant and copies, in this order."""
        found, d, older = _polygons(task), task.dim, task.components - task.dim
        ends = [d, *itertools.accumulate((len(one.kinks) for one in found), initial=d)][1:]
        one, first = ends[-1], ends[-1] + any(p.start for p in found)
        newest: list[list[tuple[int, Fraction]]] = []
        for c, own in enumerate(found):
            kinks = [(ends[c] + i, change) for i, (_, change) in enumerate(own.kinks)]
            newest.append([(c, Fraction(1)), *kinks, *([(one, Fraction(own.start))] if own.start else [])])

        def held(place: int) -> list[tuple[int, Fraction]]:
            return [(first + place, Fraction(1))] if place < older else newest[place - older]

        recurrent, bias = list[tuple[int, int, Any]](), [Fraction(0)] * hidden
        driven: list[tuple[int, int, Any]] = [(c, c, 1) for c in range(d)]
        for c, own in enumerate(found):
            highest = sum(max(w, 0) for w in own.weights) * (task.alphabet.size - 1)
            for i, (v, _) in enumerate(own.kinks, start=ends[c]):
                bias[i] = Fraction(-v)
                driven.append((i, d, -max(0, highest - v)))
                for j, w in zip(task.rules[c].reads, own.weights, strict=True):
                    recurrent += [(i, unit, w * a) for unit, a in held(j)]
        if first > one:
            bias[one] = Fraction(1)
            driven.append((one, d, -1))
        recurrent += [(first + place, unit, a) for place in range(older) for unit, a in held(place + d)]
        return ExactRNN(
            W_hh=RationalMatrix.from_entries((hidden, hidden), recurrent),
            W_uh=RationalMatrix.from_entries((hidden, d + 1), driven),
            W_hy=RationalMatrix.from_entries((d, hidden), ((c, i, a) for c in range(d) for i, a in newest[c])),
            b_h=tuple(bias) if any(bias) else None,
            activation="relu",
            phase_input=True,
        )


@lru_cache(maxsize=64)
def _polygons(task: FiniteTask) -> tuple[Polygon, ...]:
    return tuple(find_polygon(task.alphabet, rule) for rule in task.rules)

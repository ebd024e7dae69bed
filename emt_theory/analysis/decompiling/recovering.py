r"""From coefficients to exact numbers, or the reason why not.

A measured coefficient x ± δ is taken for the fraction p/q in that interval, if q is small enough for it to be the only one: two fractions with
denominators up to Q are at least 1/Q² apart, so at most one lies in an interval of length 2δ when

    Q < 1 / √(2δ).

The data thus decide how large denominators may be. Where no such fraction lies in the interval, nothing is recovered:

>>> recover_fraction(0.3341, 0.002, 12), recover_fraction(0.3341, 0.0001, 12), recover_fraction(0.4, 0.3, 12)
(Fraction(1, 3), None, None)

A *selection* is read off signs: each output follows one component alone, whose coefficient is ±1 up to errors, and all others are near 0.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, isqrt

import numpy as np

from emt_theory.analysis.decompiling.regression import Regression
from emt_theory.analysis.thresholds import PROGRAMS
from emt_theory.ground.absent import Absent
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.tasks import Read


def recover_fraction(value: float, halfwidth: float, max_denominator: int) -> Fraction | None:
    """The one fraction with a small denominator within `halfwidth` of a value, or None.

    Args:
        value: x.
        halfwidth: δ > 0.
        max_denominator: the largest denominator; made smaller where the interval is too wide for it.
    """
    largest = told_apart(halfwidth, max_denominator)
    if not largest:
        return None
    found = Fraction(value).limit_denominator(largest)
    return found if abs(found - Fraction(value)) <= Fraction(halfwidth) else None


def told_apart(halfwidth: float, max_denominator: int) -> int:
    """Q, the largest denominator, at most `max_denominator`, of fractions that an interval of this halfwidth tells apart; 0 for none."""
    return min(max_denominator, isqrt(ceil(1 / (2 * halfwidth)) - 1)) if 0 < halfwidth < 0.5 else 0


def recover_matrix(found: Regression, max_denominator: int) -> RationalMatrix | Absent:
    """F from values, exactly; or which coefficient is no small fraction."""
    d, n = found.coefficients.shape
    entries: list[tuple[int, int, Fraction]] = []
    for i, j in np.ndindex(d, n):
        value, halfwidth = float(found.coefficients[i, j]), float(found.halfwidths[i, j])
        fraction = recover_fraction(value, halfwidth, max_denominator)
        if fraction is None:
            largest = told_apart(halfwidth, max_denominator)
            which = f"a denominator of at most {largest}" if largest else "any denominator that could be told apart"
            block, c = found.slots.place(j)
            where = f"u(t−{found.slots.lag(block)})[{c}] in u(t)[{i}]"
            return Absent(f"the coefficient of {where} is {value:.4g} ± {halfwidth:.2g}: no fraction with {which}")
        entries.append((i, j, fraction))
    return RationalMatrix.from_entries((d, n), entries)


def recover_reads(found: Regression) -> tuple[Read, ...]:
    """The selection nearest to what was found: each output reads the component with the largest coefficient."""
    return tuple(candidate_reads(found, i, 1)[0] for i in range(len(found.coefficients)))


def candidate_reads(found: Regression, output: int, count: int) -> list[Read]:
    """What an output may read, likeliest first."""
    row = found.coefficients[output]
    order = np.argsort(-np.abs(row), kind="stable")[:count]
    return [Read(*found.slots.place(int(j)), -1 if row[j] < 0 else 1) for j in order]


def unclear_outputs(found: Regression) -> tuple[int, ...]:
    """The outputs that do not follow one component alone."""
    sizes = -np.sort(-np.abs(found.coefficients), axis=1)
    second = sizes[:, 1] if sizes.shape[1] > 1 else np.zeros(len(sizes))
    return tuple(
        int(i) for i in np.flatnonzero((sizes[:, 0] < PROGRAMS.clear) | (second >= PROGRAMS.clear * sizes[:, 0]))
    )

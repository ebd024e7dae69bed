r"""How a linear recurrence goes on, exactly, without a fraction being reduced on the way.

With D the common denominator of F, E that of the inputs and t counted from the first scored step, `v(t) = E D^t u(t)` is an integer, and an input
carries no factor D yet:

    v(t) = Σ_k (D F_k) D^(t−1−e_k) v_k,      v_k = E D^(e_k) × the value in block k.

>>> F = RationalMatrix.from_rows([["1/2", "1/2"]])
>>> [(int(v[0, 0]), scale) for v, scale in exact_series(F, Slots(2, 1), np.array([[[1], [-1]]]), 1, horizon=4)]
[(0, 2), (-2, 4), (-2, 8), (-6, 16)]
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.ground.rationals import RationalMatrix
from emt_theory.ground.slots import Slots


def exact_series(
    F: RationalMatrix, slots: Slots, whole: NDArray[Any], unit: int, horizon: int
) -> Iterator[tuple[NDArray[Any], int]]:
    """u(s+1), …, u(s+horizon), each as integers over one denominator.

    Args:
        F: the recurrence, shape (d, s·d).
        slots: s and d.
        whole: E times the inputs, integers, shape (batch, s, d).
        unit: E.
        horizon: how many.

    Yields:
        Numerators, Python's integers, shape (batch, d), and their denominator E D^t.
    """
    D = lcm(*(value.denominator for _, _, value in F))
    columns: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for i, j, value in F:
        block, component = slots.place(j)
        columns.setdefault((block - 1, component), []).append((i, int(value * D)))
    held: list[NDArray[Any]] = [whole[:, k].T.astype(object) for k in range(slots.num_variables)]
    exponents = [0] * slots.num_variables
    for t in range(1, horizon + 1):
        made: NDArray[Any] = np.zeros((slots.dim, len(whole)), dtype=object)
        for (k, component), terms in columns.items():
            scaled = held[k][component] * D ** (t - 1 - exponents[k])
            for i, coefficient in terms:
                made[i] += coefficient * scaled
        held, exponents = [*held[1:], made], [*exponents[1:], t]
        yield made.T, unit * D**t


def as_fractions(numerators: NDArray[Any], scale: int) -> NDArray[Any]:
    """The numbers themselves, the same shape: fractions, or integers where the denominator is 1."""
    if scale == 1:
        return numerators
    made = np.empty(numerators.size, dtype=object)
    fractions = (Fraction(v, scale) for v in numerators.flat)
    made[:] = [v.numerator if v.denominator == 1 else v for v in fractions]
    return made.reshape(numerators.shape)

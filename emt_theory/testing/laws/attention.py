"""The law about attention loops (P29): one soft step against that of the task, on all windows.

A subject is a loop, or a linear task: then the law takes a loop over its components as tokens that asks with the task's
companion matrix, M[a, c] = Φ[a, c] + the place of Φ[a, c] in its sorted column: entries of a column are 1 apart at least.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import exp, lcm
from typing import Any

import numpy as np

from emt_theory.ground.rationals import RationalMatrix
from emt_theory.tasks import Attention
from emt_theory.testing.laws.law import BOTH, Carrier, Law, Subject

_WINDOW = 3
_MOST_TOKENS, _MOST_WINDOWS, _MOST_BITS = 16, 4096, 4096
_BASES = (2, 8)
"""e^β is a power of these, so that weights are rational."""
_BETAS, _ROUNDING = (0.5, 2.0, 8.0), 1e-12

Table = list[list[Fraction]]


@dataclass(frozen=True)
class AttentionSubject:
    """An attention loop with what is claimed about it.

    Attributes:
        task: the loop; None where a subject has none.
        gap: the claimed g of the bound (s − 1) e^{−βg}.
        reason: why there is nothing to look at, or "".
    """

    task: Attention | None
    gap: Fraction = Fraction(0)
    reason: str = ""

    @classmethod
    def of(cls, value: Any) -> AttentionSubject:
        """A loop as it is; for a linear task, a circuit or a pair (network, task), the loop over its components.

        Raises:
            InvalidOption: if it is none of these.
        """
        if isinstance(value, AttentionSubject):
            return value
        if isinstance(value, Attention):
            return cls(value, value.gap, _too_large(value))
        phi = Subject.of(value).phi
        n, _ = phi.shape
        if not 2 <= n <= _MOST_TOKENS:
            return cls(None, reason=f"a loop over its {n} components is not looked at; 2 to {_MOST_TOKENS} are")
        columns = list(zip(*_dense(phi), strict=True))
        order = [sorted(range(n), key=lambda a, column=column: (column[a], a)) for column in columns]
        rows = [[columns[c][a] + order[c].index(a) for c in range(n)] for a in range(n)]
        return cls.of(Attention(RationalMatrix.from_rows(rows), tuple((a + 1) % n for a in range(n)), _WINDOW))


def _too_large(loop: Attention) -> str:
    values = [v for row in _dense(loop.scores) for v in row]
    if len(loop.values) ** min(loop.num_variables, 20) > _MOST_WINDOWS:
        return f"more than {_MOST_WINDOWS} windows"
    bits = lcm(*(v.denominator for v in values)) * (max(values) - min(values))
    return f"weights of more than {_MOST_BITS} bits" if bits > _MOST_BITS else ""


def _dense(matrix: RationalMatrix) -> Table:
    rows = [[Fraction(0)] * matrix.shape[1] for _ in range(matrix.shape[0])]
    for i, j, value in matrix:
        rows[i][j] = value
    return rows


def _is_there(subject: AttentionSubject) -> str:
    return subject.reason


def _stays_near(subject: AttentionSubject, carrier: Carrier) -> str:
    """P29: what all tokens but that of the task weigh together, and how far each number is off."""
    loop = subject.task
    assert loop is not None
    M = _dense(loop.scores)
    heard = {
        window: max(window, key=lambda a, c=window[-1]: M[a][c])
        for window in product(range(len(M)), repeat=loop.num_variables)
    }
    if carrier == "numpy":
        return _in_floats(loop, subject.gap, heard)
    for window, token in heard.items():
        told = int(loop.task.variable(np.array(window).reshape(1, -1, 1))[0, 0])
        if told != loop.values[token]:
            return f"after {window} the task has {told}, and what is asked for most becomes {loop.values[token]}"
    return _in_fractions(loop, subject.gap, heard, M)


def _in_fractions(loop: Attention, gap: Fraction, heard: dict[tuple[int, ...], int], M: Table) -> str:
    """For e^β = base^D, D a common denominator: token a weighs base^(D M[a, c])."""
    common = lcm(gap.denominator, *(v.denominator for row in M for v in row))
    for base in map(Fraction, _BASES):
        bound = (loop.num_variables - 1) / base ** int(common * gap)
        for window, token in heard.items():
            weights = [base ** int(common * (M[a][window[-1]] - M[token][window[-1]])) for a in window]
            others = sum(w for a, w in zip(window, weights, strict=True) if a != token) / sum(weights)
            if others > bound:
                return f"on {window} all but {token} weigh {others} for e^β = {base}^{common}, and the bound is {bound}"
    return ""


def _in_floats(loop: Attention, gap: Fraction, heard: dict[tuple[int, ...], int]) -> str:
    """In each number of a soft step."""
    tokens = np.eye(len(loop.values))
    windows, wanted = tokens[np.array([*heard])], tokens[[loop.values[token] for token in heard.values()]]
    for beta in _BETAS:
        bound = (loop.num_variables - 1) * exp(-beta * float(gap))
        off = float(np.abs(loop.step(windows, beta) - wanted).max())
        if off > bound + _ROUNDING:
            return f"a number is off by {off:.4g} at β = {beta}, and the bound is {bound:.4g}"
    return ""


ATTENTION_LAWS = (Law("P29", _is_there, _stays_near, BOTH, AttentionSubject.of),)

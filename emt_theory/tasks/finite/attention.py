r"""Self-attention that writes its own next token, as a finite task.

    u(t) = Σ_i softmax_i( β u(t−i)ᵀ M u(t−1) ) V u(t−i),     i = 1, …, s

on one-hot tokens: M[a, c] is how much the current token c asks for a token a, and V says what it becomes. For β → ∞ only the token that is asked for
most is left, so with different entries in each column of M the loop is a finite task, u(t) = V a with a the token of the window with the largest
M[a, c]. One step with a finite β gives the tokens weights. All but that of V a together weigh, and each number that is shown is off by, at most

    (s − 1) e^{−βg},     g the smallest distance of two entries of one column of M.

A token that is asked for weighs 1/Z, each of the at most s − 1 others at most e^{−βg}/Z, and Z ≥ 1. That is one step from tokens; in a loop without
error correction what is off is put in again.

>>> M, V = [[0, 1, 2], [1, 2, 0], [2, 0, 1]], [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
>>> loop = Attention(M, V, num_variables=4)
>>> loop.gap, f"{loop.bound(8):.3g}", f"{loop.bound(16):.3g}"
(Fraction(1, 1), '0.00101', '3.38e-07')
>>> attention(M, V, num_variables=4) == loop.task
True
>>> window = np.eye(3)[[0, 2, 2, 1]]                    # oldest first; token 1 asks for itself most, and 1 becomes 2
>>> loop.task.targets([[[0], [2], [2], [1]]], horizon=1).item(), loop.step(window, beta=4).round(3).tolist()
(2, [0.001, 0.018, 0.981])

Source: new, P29, proved in `proofs/`; the loop is that of an attention-only transformer with one layer and one head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.ground.arguments import integer, numeric_array, real, sequence
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.ground.text import Shown, shown
from emt_theory.tasks.finite.alphabet import Alphabet, Code
from emt_theory.tasks.finite.local_rule import LocalRule, checked_shape
from emt_theory.tasks.finite.task import FiniteTask


@dataclass(frozen=True, eq=False)
class Attention(Shown):
    """The loop; see the module.

    Attributes:
        scores: M, exact, shape (q, q); no column has two equal entries.
        values: V, shape (q, q) with one 1 in each column and 0 elsewhere; or what each token becomes, q symbols.
        num_variables: s, the length of the window.

    Raises:
        InvalidTask: if the shapes do not fit, an entry of M is not exact, a column of M has equal entries (names them), V makes no token of a
            token, or the window has more values than are tabulated.
    """

    scores: RationalMatrix
    values: tuple[int, ...]
    num_variables: int

    def __post_init__(self) -> None:
        given: Any = self.scores
        scores = given if isinstance(given, RationalMatrix) else RationalMatrix.from_rows(given, "M")
        size, columns = scores.shape
        if size != columns or size < 2:
            raise InvalidTask(f"M must have shape (q, q) with q ≥ 2; got {scores.shape}")
        object.__setattr__(self, "scores", scores)
        object.__setattr__(self, "values", _tokens(self.values, size))
        object.__setattr__(self, "num_variables", integer("num_variables", self.num_variables, 1, error=InvalidTask))
        for c in range(size):
            order = sorted(range(size), key=lambda a: self._table[a][c])
            for a, b in pairwise(order):
                if self._table[a][c] == self._table[b][c]:
                    raise InvalidTask(
                        f"M[{min(a, b)}][{c}] and M[{max(a, b)}][{c}] are equal: token {c} asks for both alike, and no one of them is "
                        "left for large β; entries of a column must differ"
                    )

    @cached_property
    def _table(self) -> list[list[Fraction]]:
        size = self.scores.shape[0]
        rows = [[Fraction(0)] * size for _ in range(size)]
        for a, c, value in self.scores.entries:
            rows[a][c] = value
        return rows

    @property
    def gap(self) -> Fraction:
        """g, the smallest distance of two entries of one column of M."""
        columns = (sorted(column) for column in zip(*self._table, strict=True))
        return min(b - a for column in columns for a, b in pairwise(column))

    def bound(self, beta: float) -> float:
        """(s − 1) e^{−βg}: how far one step from tokens is from that of the task, in any number that is shown (P29)."""
        return (self.num_variables - 1) * exp(-_checked(beta) * float(self.gap))

    @cached_property
    def task(self) -> FiniteTask:
        """The hard limit: u(t) is what the token with the largest M[a, u(t−1)] in the window becomes."""
        size, s = len(self.values), self.num_variables
        windows = np.indices(checked_shape(size, s)).reshape(s, -1)  # one a column, oldest first
        # The rank of a token among those that the current one, the newest, may ask for: exact, and never equal.
        ranks = np.array(
            [np.argsort(sorted(range(size), key=column.__getitem__)) for column in zip(*self._table, strict=True)]
        )
        asked = ranks[windows[-1], windows].argmax(axis=0)
        chosen = np.take_along_axis(windows, asked[None], axis=0)[0]
        table = np.array(self.values)[chosen].reshape((size,) * s)
        return FiniteTask("attention", s, 1, Alphabet(size, Code.ONEHOT), (LocalRule(tuple(range(s)), table),))

    def step(self, window: Any, beta: float) -> NDArray[np.float64]:
        """One soft step, Σ_i softmax_i(β u(t−i)ᵀ M u(t−1)) V u(t−i).

        Args:
            window: u(t−s), …, u(t−1), shape (…, s, q); one-hot tokens, or what soft steps have made of them.
            beta: β > 0.

        Returns:
            u(t), shape (…, q).

        Raises:
            InvalidOption: if β is not positive, or the window has another shape.
        """
        past, size = numeric_array("window", window, InvalidOption), len(self.values)
        if past.ndim < 2 or past.shape[-2:] != (self.num_variables, size):
            raise InvalidOption(
                f"window must have shape (…, s, q) = (…, {self.num_variables}, {size}); got {past.shape}"
            )
        scores = np.array([[float(value) for value in row] for row in self._table])
        asked = _checked(beta) * np.einsum("...sa,ac,...c->...s", past, scores, past[..., -1, :])
        weights = np.exp(asked - asked.max(axis=-1, keepdims=True))
        mixed = np.einsum("...s,...sa->...a", weights / weights.sum(axis=-1, keepdims=True), past)
        return mixed @ np.eye(size)[list(self.values)]


def attention(M: Any, V: Any, num_variables: int) -> FiniteTask:
    """The finite task that a self-attention loop is for β → ∞; see `Attention`.

    Args:
        M: exact scores, M[a, c] of token a for the current token c, shape (q, q).
        V: what tokens become, shape (q, q) with one 1 in each column; or q symbols.
        num_variables: s, the length of the window.
    """
    return Attention(M, V, num_variables).task


def _tokens(given: Any, size: int) -> tuple[int, ...]:
    """What each token becomes, from q symbols or from a matrix with one 1 in each column."""
    listed = sequence("V", given.tolist() if hasattr(given, "tolist") else given, InvalidTask)
    if listed and not isinstance(listed[0], Sequence):
        if len(listed) != size:
            raise InvalidTask(f"V must say for each of {size} tokens what it becomes; got {shown(listed)}")
        return tuple(Alphabet(size).checked("V", listed).tolist())
    matrix = RationalMatrix.from_rows(listed, "V")
    becomes = {c: a for a, c, _ in matrix.entries}
    ones = all(value == 1 for _, _, value in matrix.entries)
    if matrix.shape != (size, size) or not ones or len(becomes) != size or len(matrix.entries) != size:
        raise InvalidTask(
            f"V must have shape ({size}, {size}) with one 1 in each column, 0 elsewhere; got {shown(given)}"
        )
    return tuple(becomes[c] for c in range(size))


def _checked(beta: float) -> float:
    found = real("beta", beta)
    if not 0 < found < float("inf"):
        raise InvalidOption(f"beta must be positive and finite; got {shown(beta)}")
    return found

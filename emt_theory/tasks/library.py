"""The named tasks.

=================== ============================================= =================================
name                rule                                          remark
=================== ============================================= =================================
repeat copy         u(t) = u(t−s)                                 F_1 = I, the paper's first task
compose copy        u(t)_c = u(t−s+c)_c, d = s                    output c reads block c+1
Fibonacci           u(t) = Σ_k u(t−k)                             F_k = I for all k; values grow
delayed copy        u(t) = u(t−lag), lag ≤ s
autoregressive      u(t) = Σ_k a_k u(t−k)                         a_k rational numbers or matrices
random selection    each output copies a random ± component       from an explicit seed
=================== ============================================= =================================

A size or a seed outside its range is an `InvalidTask`.

>>> print(repeat_copy(num_variables=3, dim=2))
Task('repeat_copy', selection, s=3, d=2)
  u(t)[0] = u(t-3)[0]
  u(t)[1] = u(t-3)[1]

Source: Karuvally et al., arXiv 2310.02430, for repeat copy and compose copy; the others are textbook.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidTask
from emt_theory.ground.arguments import integer, sequence
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.ground.text import shown
from emt_theory.tasks.linear import LinearTask, checked_sizes
from emt_theory.tasks.reads import Reads
from emt_theory.tasks.words import generator


def repeat_copy(num_variables: int = 8, dim: int = 8) -> LinearTask:
    """Repeat copy, `u(t) = u(t−s)`: the s inputs again and again (F_1 = I, the rest 0).

    Args:
        num_variables: s.
        dim: d.

    >>> repeat_copy(num_variables=2, dim=1).targets([[[1], [-1]]], horizon=4)[0, :, 0].tolist()
    [1, -1, 1, -1]
    """
    num_variables, dim = checked_sizes(num_variables, dim)
    return LinearTask("repeat_copy", num_variables, dim, _of_blocks(np.ones(dim)))


def compose_copy(num_variables: int = 8, dim: int | None = None) -> LinearTask:
    """Compose copy, `u(t)_c = u(t−s+c)_c`: output c reads block c+1, component c; it needs d = s.

    Args:
        num_variables: s.
        dim: d, which must equal s; may be left out.

    Raises:
        InvalidTask: if d is not s.

    >>> compose_copy(2).equations()
    ['u(t)[0] = u(t-2)[0]', 'u(t)[1] = u(t-1)[1]']
    """
    num_variables, dim = checked_sizes(num_variables, num_variables if dim is None else dim)
    if dim != num_variables:
        raise InvalidTask(f"compose copy needs dim = num_variables; got dim = {dim}, num_variables = {num_variables}")
    return LinearTask("compose_copy", num_variables, dim, _of_blocks(np.arange(1, dim + 1)))


def fibonacci(num_variables: int = 2, dim: int = 1) -> LinearTask:
    """Generalized Fibonacci, `u(t) = Σ_k u(t−k)`, k = 1, …, s (F_k = I for all k). The values grow without bound.

    Args:
        num_variables: s.
        dim: d.

    >>> fibonacci().targets([[[1], [1]]], horizon=5)[0, :, 0].tolist()
    [2, 3, 5, 8, 13]
    """
    num_variables, dim = checked_sizes(num_variables, dim)
    return autoregressive([1] * num_variables, dim=dim).named("fibonacci")


def delayed_copy(num_variables: int = 8, dim: int = 8, lag: int | None = None) -> LinearTask:
    """Delayed copy, `u(t) = u(t−lag)`, with s ≥ lag variables in memory.

    Args:
        num_variables: s.
        dim: d.
        lag: 1, …, s; s itself is repeat copy. Left out, it is s // 2 (at least 1).

    >>> delayed_copy(num_variables=3, dim=1, lag=2).equations()
    ['u(t) = u(t-2)']
    """
    num_variables, dim = checked_sizes(num_variables, dim)
    lag = max(1, num_variables // 2) if lag is None else integer("lag", lag, 1, num_variables, InvalidTask)
    return LinearTask("delayed_copy", num_variables, dim, _of_blocks(np.full(dim, num_variables - lag + 1)))


def autoregressive(
    coefficients: Sequence[Any] | None = None, num_variables: int | None = None, dim: int | None = None
) -> LinearTask:
    """Autoregressive, `u(t) = Σ_k a_k u(t−k)`: coefficient k belongs to lag k, as usual in time series.

    Args:
        coefficients: a_1, …, a_s, exact numbers or exact d×d matrices. Left out, every a_k is 1/s: the moving average.
        num_variables: s; may be left out when coefficients are given.
        dim: d, 1 if left out; with matrices, their size.

    Raises:
        InvalidTask: if there is no coefficient, one is not exact, or they differ in size or in number from what was said.

    >>> autoregressive([2, -1]).equations()
    ['u(t) = -u(t-2) + 2 u(t-1)']
    """
    if coefficients is None:
        s, _ = checked_sizes(8 if num_variables is None else num_variables, 1)
        coefficients = [Fraction(1, s)] * s
    given = sequence("coefficients", coefficients, InvalidTask)
    s = len(given)
    if num_variables is not None and integer("num_variables", num_variables, error=InvalidTask) != s:
        raise InvalidTask(f"{s} coefficients make num_variables = {s}; got num_variables = {shown(num_variables)}")
    size = 1 if dim is None else checked_sizes(1, dim)[1]
    blocks = [_coefficient_matrix(a, size, f"coefficients[{k}]") for k, a in enumerate(given)]
    if not blocks:
        raise InvalidTask("an autoregressive task needs at least one coefficient")
    d = blocks[0].shape[0]
    if any(block.shape != (d, d) for block in blocks):
        raise InvalidTask(f"every coefficient must be a number or a {d}×{d} matrix; got {[b.shape for b in blocks]}")
    entries = [(i, (s - 1 - k) * d + j, value) for k, block in enumerate(blocks) for i, j, value in block]
    return LinearTask("autoregressive", s, d, RationalMatrix.from_entries((d, s * d), entries))


def random_selection(num_variables: int = 8, dim: int = 8, seed: int = 0, distinct: bool = False) -> LinearTask:
    """A random selection task: each output copies a uniformly random component with a random sign.

    Args:
        num_variables: s.
        dim: d.
        seed: of NumPy's default generator; the same seed gives the same task.
        distinct: whether no component may be read twice (such tasks have a paper id).

    >>> random_selection(num_variables=3, dim=2, seed=0, distinct=True).equations()
    ['u(t)[0] = -u(t-1)[0]', 'u(t)[1] = -u(t-2)[1]']
    """
    num_variables, dim = checked_sizes(num_variables, dim)
    rng = generator(seed)
    flat = rng.choice(num_variables * dim, size=dim, replace=not distinct)
    signs = rng.choice((-1, 1), size=dim)
    return LinearTask("random_selection", num_variables, dim, Reads(flat // dim + 1, flat % dim, signs))


def _of_blocks(blocks: NDArray[Any]) -> Reads:
    """Output c copies component c of its block."""
    return Reads(blocks, np.arange(len(blocks)), np.ones(len(blocks)))


def _coefficient_matrix(value: Any, size: int, where: str) -> RationalMatrix:
    if hasattr(value, "__iter__") and not isinstance(value, str):
        return RationalMatrix.from_rows(value, where)
    return RationalMatrix.from_entries((size, size), ((c, c, value) for c in range(size)))

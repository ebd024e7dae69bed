"""The named finite tasks.

=================== ============================================= =================================
name                rule                                          remark
=================== ============================================= =================================
xor                 u(t) = u(t−l_1) ^ … ^ u(t−l_k)                the lags l_1, …, l_k; 1 and 2 if left out
lfsr                the same for d = 1, by its taps               a linear feedback shift register
parity              u(t) = u(t−1) ^ … ^ u(t−s)
majority            u(t) = 1 if most of the last s are, s odd
mux                 u(t) = u(t−2) if u(t−1) else u(t−3)           s = 3
modular sum         u(t) = Σ_k u(t−k) mod q                       Fibonacci modulo q for s = 2
maximum             u(t) = max_k u(t−k)
random finite       each output reads k components, any table     from an explicit seed
=================== ============================================= =================================

Each acts on every component of a variable alike, but the random one. A size, a lag or a seed outside its range is an `InvalidTask`.

>>> print(xor(lags=(3, 4)))
Task('xor', finite, s=4, d=1, Alphabet(2, 'signs'))
  u(t) = u[4] ^ u[3]

Source: textbook; Golomb, Shift Register Sequences (1967), for lfsr.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidTask
from emt_theory.ground.arguments import integer, sequence
from emt_theory.ground.slots import Slots
from emt_theory.tasks.finite.alphabet import Alphabet, as_alphabet
from emt_theory.tasks.finite.local_rule import LocalRule, checked_shape
from emt_theory.tasks.finite.task import FiniteTask, checked_finite_sizes
from emt_theory.tasks.words import generator


def xor(lags: Sequence[int] = (1, 2), num_variables: int | None = None, dim: int = 1) -> FiniteTask:
    """Exclusive or, `u(t) = u(t−l_1) ^ … ^ u(t−l_k)`.

    Args:
        lags: l_1, …, l_k, all different.
        num_variables: s; the largest lag if left out.
        dim: d.

    Raises:
        InvalidTask: if there is no lag, one is there twice, or one is beyond s.

    >>> xor().targets([[[0], [1]]], horizon=4)[0, :, 0].tolist()
    [1, 0, 1, 1]
    """
    given = [integer("lags", lag, least=1, error=InvalidTask) for lag in sequence("lags", lags, InvalidTask)]
    if not given or len(set(given)) < len(given):
        raise InvalidTask("lags must hold at least one, and each once")
    s, dim = checked_finite_sizes(max(given) if num_variables is None else num_variables, dim)
    if max(given) > s:
        raise InvalidTask(f"lag {max(given)} is beyond num_variables = {s}")
    table = reduce(np.bitwise_xor, np.indices(checked_shape(2, len(given))))
    return _alike("xor", Slots(s, dim), Alphabet(2), sorted(given), table)


def lfsr(taps: Sequence[int] = (3, 4)) -> FiniteTask:
    """A linear feedback shift register, `u(t) = u(t−l_1) ^ … ^ u(t−l_k)`, by its taps.

    Args:
        taps: l_1, …, l_k; the largest is s. Taps 3 and 4 run through all 15 states that are not 0.

    >>> lfsr(taps=(2, 3)).targets([[[0], [0], [1]]], horizon=7)[0, :, 0].tolist()
    [0, 1, 1, 1, 0, 0, 1]
    """
    return xor(taps).named("lfsr")


def parity(num_variables: int = 3, dim: int = 1) -> FiniteTask:
    """Parity, `u(t) = u(t−1) ^ … ^ u(t−s)`.

    Args:
        num_variables: s.
        dim: d.

    >>> parity(num_variables=3).equations()
    ['u(t) = u[3] ^ u[2] ^ u[1]']
    """
    s, dim = checked_finite_sizes(num_variables, dim)
    return xor(range(1, s + 1), s, dim).named("parity")


def majority(num_variables: int = 3, dim: int = 1) -> FiniteTask:
    """Majority, `u(t) = 1` if most of `u(t−1), …, u(t−s)` are.

    Args:
        num_variables: s, odd.
        dim: d.

    Raises:
        InvalidTask: if s is even.

    >>> majority().targets([[[0], [1], [1]], [[0], [1], [0]]], horizon=1)[:, 0, 0].tolist()
    [1, 0]
    """
    s, dim = checked_finite_sizes(num_variables, dim)
    if s % 2 == 0:
        raise InvalidTask(f"a majority needs an odd number of variables; got num_variables = {s}")
    table = np.indices(checked_shape(2, s)).sum(axis=0) > s // 2
    return _alike("majority", Slots(s, dim), Alphabet(2), range(1, s + 1), table)


def mux(dim: int = 1) -> FiniteTask:
    """A multiplexer, `u(t) = u(t−2)` if `u(t−1)` is 1, else `u(t−3)`.

    Args:
        dim: d.

    >>> mux().targets([[[1], [0], [0]], [[0], [1], [1]]], horizon=1)[:, 0, 0].tolist()      # the oldest; the middle
    [1, 1]
    """
    _, dim = checked_finite_sizes(3, dim)
    newest, middle, oldest = np.indices((2, 2, 2))
    return _alike("mux", Slots(3, dim), Alphabet(2), (1, 2, 3), np.where(newest == 1, middle, oldest))


def modular_sum(
    alphabet: int | Alphabet = 3, num_variables: int = 2, dim: int = 1, code: str | None = None
) -> FiniteTask:
    """The sum of the past, `u(t) = u(t−1) + … + u(t−s) mod q`.

    Args:
        alphabet: q, or an `Alphabet`.
        num_variables: s.
        dim: d.
        code: how symbols are shown to a network.

    >>> modular_sum(alphabet=5).targets([[[2], [4]]], horizon=4)[0, :, 0].tolist()
    [1, 0, 1, 1]
    """
    symbols, (s, dim) = as_alphabet(alphabet, code), checked_finite_sizes(num_variables, dim)
    table = np.indices(checked_shape(symbols.size, s)).sum(axis=0) % symbols.size
    return _alike("modular_sum", Slots(s, dim), symbols, range(1, s + 1), table)


def maximum(alphabet: int | Alphabet = 3, num_variables: int = 2, dim: int = 1, code: str | None = None) -> FiniteTask:
    """The largest of the past, `u(t) = max(u(t−1), …, u(t−s))`.

    Args:
        alphabet: q, or an `Alphabet`.
        num_variables: s.
        dim: d.
        code: how symbols are shown to a network.

    >>> maximum(alphabet=4).targets([[[1], [3]]], horizon=2)[0, :, 0].tolist()
    [3, 3]
    """
    symbols, (s, dim) = as_alphabet(alphabet, code), checked_finite_sizes(num_variables, dim)
    table = np.indices(checked_shape(symbols.size, s)).max(axis=0)
    return _alike("maximum", Slots(s, dim), symbols, range(1, s + 1), table)


def random_finite(
    num_variables: int = 2,
    dim: int = 1,
    alphabet: int | Alphabet = 2,
    reads: int | None = None,
    seed: int = 0,
    code: str | None = None,
) -> FiniteTask:
    """A random finite task: each output reads k random components, by a table of uniformly random symbols.

    Args:
        num_variables: s.
        dim: d.
        alphabet: q, or an `Alphabet`.
        reads: k; all n components if left out. A table may depend on fewer.
        seed: of NumPy's default generator; the same seed gives the same task.
        code: how symbols are shown to a network.

    >>> random_finite(num_variables=3, reads=2, seed=1) == random_finite(num_variables=3, reads=2, seed=1)
    True
    """
    symbols, slots = as_alphabet(alphabet, code), Slots(*checked_finite_sizes(num_variables, dim))
    count = slots.size if reads is None else integer("reads", reads, 0, slots.size, InvalidTask)
    shape, rng = checked_shape(symbols.size, count), generator(seed)
    places = [tuple(rng.choice(slots.size, size=count, replace=False).tolist()) for _ in range(slots.dim)]
    rules = tuple(LocalRule(chosen, rng.integers(symbols.size, size=shape)) for chosen in places)
    return FiniteTask("random_finite", *slots, symbols, rules)


def _alike(name: str, slots: Slots, alphabet: Alphabet, lags: Sequence[int], table: NDArray[Any]) -> FiniteTask:
    """Each component follows the same table of its own past; axis i of the table is lag `lags[i]`."""
    s, d = slots
    reads = ([slots.flat(s + 1 - lag, c) for lag in lags] for c in range(d))
    rules = tuple(LocalRule(tuple(flat), table.astype(np.int64)) for flat in reads)
    return FiniteTask(name, s, d, alphabet, rules)

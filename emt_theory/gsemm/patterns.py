r"""Memories and interactions to simulate with.

Random memories overlap by about 1/√N, and that crosstalk decides what happens near a transition. The orthogonal ones here have none, and more: they
are *independent*, every pattern of n signs occurring in equally many features.

>>> orthogonal_memories(4, 2).T.tolist()
[[1.0, 1.0, -1.0, -1.0], [1.0, -1.0, 1.0, -1.0]]
>>> cycles(1, 2).tolist()
[[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidOption
from emt_theory.gsemm.numbers import checked_integer, checked_number

Array = NDArray[np.float64]


def random_memories(features: int, count: int, seed: int) -> Array:
    """Ξ with independent fair signs, shape (features, count).

    Raises:
        InvalidOption: if a size is not a positive integer, or the seed is negative.
    """
    _check_sizes(features, count)
    if checked_integer("seed", seed) < 0:
        raise InvalidOption(f"seed must be at least 0; got {seed}")
    return np.random.default_rng(seed).choice([-1.0, 1.0], size=(features, count))


def orthogonal_memories(features: int, count: int) -> Array:
    """Ξ with independent columns of signs, shape (features, count): every pattern of `count` signs occurs features/2^count times.

    Raises:
        InvalidOption: if `features` is no positive multiple of 2^count.
    """
    _check_sizes(features, count)
    if features % 2**count:
        raise InvalidOption(
            f"{count} independent memories need a multiple of 2^{count} = {2**count} features; got {features}"
        )
    pattern = np.arange(features)[:, None] * 2**count // features
    return 1.0 - 2.0 * (pattern >> np.arange(count)[::-1] & 1)


def cycles(*lengths: int) -> Array:
    """Φ', indexed [from, to], of separate cycles over consecutive memories.

    Raises:
        InvalidOption: if there is no cycle, or a length is not positive.
    """
    if not lengths or min(checked_integer("a length", length) for length in lengths) < 1:
        raise InvalidOption(f"cycles need positive lengths; got {lengths}")
    phi = np.zeros((sum(lengths),) * 2)
    first = 0
    for length in lengths:
        members = first + np.arange(length)
        phi[members, np.roll(members, -1)] = 1.0
        first += length
    return phi


def partial_cue(memory: Array, kept: float = 0.75) -> Array:
    """A memory whose features beyond the first `kept` part are 0.

    Raises:
        InvalidOption: if `memory` is not one memory, or `kept` is not in (0, 1].

    >>> partial_cue(np.array([1.0, -1.0, 1.0, 1.0])).tolist()
    [1.0, -1.0, 1.0, 0.0]
    """
    if np.ndim(memory) != 1:
        raise InvalidOption(f"a cue is part of one memory, shape (N,); got shape {np.shape(memory)}")
    if not 0 < checked_number("kept", kept) <= 1:
        raise InvalidOption(f"the part of a memory that is kept must be in (0, 1]; got {kept:g}")
    return np.where(np.arange(len(memory)) < round(kept * len(memory)), memory, 0.0)


def _check_sizes(features: int, count: int) -> None:
    if checked_integer("features", features) < 1 or checked_integer("count", count) < 1:
        raise InvalidOption(f"the numbers of features and memories must be positive; got {features} and {count}")

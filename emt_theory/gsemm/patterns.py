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

from emt_theory.errors import InvalidOption
from emt_theory.ground import arguments
from emt_theory.ground.arguments import integer, numeric_array, real, within_memory
from emt_theory.ground.arrays import Array
from emt_theory.ground.text import shown


def random_memories(features: int, count: int, seed: int) -> Array:
    """Ξ with independent fair signs, shape (features, count).

    Raises:
        InvalidOption: if a size is not a positive integer, or the seed is negative.

    >>> random_memories(3, 2, seed=0).tolist()
    [[1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]]
    """
    features, count = _sizes(features, count)
    rng = np.random.default_rng(arguments.seed(seed))
    with within_memory(f"{shown(count)} memories of {shown(features)} features"):
        return rng.choice([-1.0, 1.0], size=(features, count))


def orthogonal_memories(features: int, count: int) -> Array:
    """Ξ with independent columns of signs, shape (features, count): every pattern of `count` signs occurs features/2^count times.

    Raises:
        InvalidOption: if `features` is no positive multiple of 2^count.
    """
    features, count = _sizes(features, count)
    if count > features.bit_length() or features % 2**count:
        needed = f"2^{count} = {2**count}" if count < 64 else f"2^{shown(count)}"
        raise InvalidOption(
            f"{shown(count)} independent memories need a multiple of {needed} features; got {shown(features)}"
        )
    with within_memory(f"{shown(features)} features"):
        pattern = np.arange(features)[:, None] * 2**count // features
        return 1.0 - 2.0 * (pattern >> np.arange(count)[::-1] & 1)


def cycles(*lengths: int) -> Array:
    """Φ', indexed [from, to], of separate cycles over consecutive memories, n in all: shape (n, n).

    Raises:
        InvalidOption: if there is no cycle, or a length is not positive.
    """
    sizes = [integer("a length", length, least=1) for length in lengths]
    if not sizes:
        raise InvalidOption("cycles need positive lengths, at least one")
    with within_memory(f"cycles of {shown(sum(sizes))} memories"):
        phi = np.zeros((sum(sizes),) * 2)
    first = 0
    for length in sizes:
        members = first + np.arange(length)
        phi[members, np.roll(members, -1)] = 1.0
        first += length
    return phi


def partial_cue(memory: Array, kept: float = 0.75) -> Array:
    """A memory, shape (N,), whose features beyond the first `kept` part are 0.

    Raises:
        InvalidOption: if `memory` is not one memory, or `kept` is not in (0, 1].

    >>> partial_cue(np.array([1.0, -1.0, 1.0, 1.0])).tolist()
    [1.0, -1.0, 1.0, 0.0]
    """
    memory = numeric_array("memory", memory, InvalidOption)
    if memory.ndim != 1:
        raise InvalidOption(f"a cue is part of one memory, shape (N,); got shape {memory.shape}")
    if not 0 < real("kept", kept) <= 1:
        raise InvalidOption(f"the part of a memory that is kept must be in (0, 1]; got {kept:g}")
    return np.where(np.arange(len(memory)) < round(kept * len(memory)), memory, 0.0)


def _sizes(features: object, count: object) -> tuple[int, int]:
    return integer("features", features, least=1), integer("count", count, least=1)

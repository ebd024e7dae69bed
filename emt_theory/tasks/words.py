"""Choices made of random words, the same on every backend.

A choice among two values takes one bit, among any other number one word of 32 bits:

>>> word_count(2, 100), word_count(3, 100)
(4, 100)
>>> choose(np, np.array([0b1101], dtype=np.uint32), 2, (2, 2)).tolist()
[[1, 0], [1, 1]]
"""

from __future__ import annotations

from math import prod
from types import ModuleType
from typing import Any

import numpy as np

from emt_theory.errors import InvalidOption
from emt_theory.ground import arguments
from emt_theory.ground.arguments import integer
from emt_theory.ground.text import shown

_MOST_VALUES = 2**16 - 1


def word_count(values: int, choices: int) -> int:
    """How many words so many choices among so many values take.

    Raises:
        InvalidOption: if `values` is no integer from 1 to 65535, or `choices` none from 0.
    """
    values, choices = integer("values", values, least=1, most=_MOST_VALUES), integer("choices", choices, least=0)
    return _needed(values, choices)


def _needed(values: int, choices: int) -> int:
    return -(-choices // 32) if values == 2 else choices


def choose(xp: Any, words: Any, values: int, shape: tuple[int, ...]) -> Any:
    """Indices 0 … values − 1, all equally likely (to one part in 2¹⁶ where values is no power of 2).

    Args:
        xp: NumPy, or `jax.numpy`.
        words: uint32, shape (…, word_count(values, choices)); what is left over is not looked at.
        values: below 2¹⁶.
        shape: of the choices that one row of words makes.

    Raises:
        InvalidOption: if an argument is none of these, or there are too few words.
    """
    if not isinstance(xp, ModuleType):
        raise InvalidOption(f"xp must be numpy or jax.numpy; got {shown(xp)}")
    if not isinstance(shape, tuple) or not all(isinstance(length, int) and length >= 0 for length in shape):
        raise InvalidOption(f"shape must be a tuple of lengths, integers from 0; got {shown(shape)}")
    needed = _needed(integer("values", values, least=1, most=_MOST_VALUES), prod(shape))
    if getattr(words, "dtype", None) != np.uint32 or words.ndim < 1 or words.shape[-1] < needed:
        raise InvalidOption(
            f"words must be an array of uint32 with shape (…, {shown(needed)}) for choices of shape {shown(shape)}; got {shown(words)}"
        )
    words = words[..., :needed]
    if values == 2:
        bits = (words[..., None] >> xp.arange(32, dtype=xp.uint32)) & xp.asarray(1, dtype=xp.uint32)
        chosen = bits.reshape((*words.shape[:-1], 32 * words.shape[-1]))[..., : prod(shape)]
    else:
        # ⌊word · values / 2³²⌋, in words of 32 bits.
        sixteen, low = xp.asarray(16, dtype=xp.uint32), xp.asarray(0xFFFF, dtype=xp.uint32)
        many = xp.asarray(values, dtype=xp.uint32)
        chosen = (((words & low) * many >> sixteen) + (words >> sixteen) * many) >> sixteen
    return chosen.reshape((*words.shape[:-1], *shape))


def generator(seed: int) -> np.random.Generator:
    """NumPy's default generator of a seed.

    Raises:
        InvalidOption: if the seed is not an integer from 0 to 2⁶⁴ − 1.
    """
    return np.random.default_rng(arguments.seed(seed))

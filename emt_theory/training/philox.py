r"""Philox-4x32-10: random words as a pure function of a key and a counter, the same on every backend.

A counter-based generator has no state: block number c of key k is ten rounds of

    (c0, c1, c2, c3) → (hi(M1 c2) ⊕ c1 ⊕ k0, lo(M1 c2), hi(M0 c0) ⊕ c3 ⊕ k1, lo(M0 c0)),    k += (W0, W1)

on 32-bit words, where hi and lo are the halves of a 64-bit product. Training keys it by the seed and counts (block, step),
so the batch of step 812 is the same whether or not the steps before it were taken in this process, and on this backend.

The products are put together from 16-bit halves, in which no 64-bit integer is needed: NumPy and JAX run the same code
and agree in every bit. The test vector of the generator's authors, all counters and keys 0:

>>> [hex(int(word[0])) for word in philox(np, [np.zeros(1, np.uint32)] * 4, [np.uint32(0)] * 2)]
['0x6627e8d5', '0xe169c58d', '0xbc57ac4c', '0x9b00dbd8']

Source: Salmon, Moraes, Dror, Shaw, Parallel random numbers: as easy as 1, 2, 3, SC'11.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.ground import arguments

INPUTS, WEIGHTS, TEST = 0, 1, 2
"""The streams, the third word of the counter: what the words are for."""

_M0, _M1 = 0xD2511F53, 0xCD9E8D57
_W0, _W1 = 0x9E3779B9, 0xBB67AE85
_ROUNDS = 10


def philox(xp: Any, counter: Sequence[Any], key: Sequence[Any]) -> list[Any]:
    """Four words from four counter words and two key words.

    Args:
        xp: numpy, or jax.numpy.
        counter: four uint32 arrays that broadcast together.
        key: two uint32 scalars or arrays.

    Returns:
        Four uint32 arrays.
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(_ROUNDS):
        high0, low0 = _product(xp, _M0, c0)
        high1, low1 = _product(xp, _M1, c2)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = _plus(xp, k0, _W0), _plus(xp, k1, _W1)
    return [c0, c1, c2, c3]


def _plus(xp: Any, a: Any, constant: int) -> Any:
    # An array, for NumPy warns of a scalar that wraps around.
    return xp.asarray(a) + xp.asarray([constant], dtype=xp.uint32)


def _product(xp: Any, constant: int, b: Any) -> tuple[Any, Any]:
    """The high and the low word of a 32 × 32-bit product."""
    a = xp.asarray([constant], dtype=xp.uint32)
    a_low, a_high = xp.asarray([constant & 0xFFFF], dtype=xp.uint32), xp.asarray([constant >> 16], dtype=xp.uint32)
    sixteen, mask = xp.asarray([16], dtype=xp.uint32), xp.asarray([0xFFFF], dtype=xp.uint32)
    b_low, b_high = b & mask, b >> sixteen
    middle = a_high * b_low + ((a_low * b_low) >> sixteen)
    carry = a_low * b_high + (middle & mask)
    return a_high * b_high + (middle >> sixteen) + (carry >> sixteen), a * b


def words(xp: Any, key: Any, step: Any, count: int, stream: int = INPUTS) -> Any:
    """The first `count` words of a step.

    Args:
        xp: numpy, or jax.numpy.
        key: the two words of the seed, uint32; see `split_seed`.
        step: the number of the step, below 2³²; an array of steps gives one row of words for each.
        count: how many words.
        stream: what they are for.

    Returns:
        uint32, shape (count,), or (steps, count).
    """
    steps = xp.asarray(step, dtype=xp.uint32)
    blocks = xp.arange(-(-count // 4), dtype=xp.uint32)
    zero = xp.zeros_like(steps[..., None] + blocks)
    made = philox(xp, [zero + blocks, zero + steps[..., None], zero + xp.asarray([stream], dtype=xp.uint32), zero], key)
    return xp.stack(made, axis=-1).reshape((*steps.shape, 4 * len(blocks)))[..., :count]


def split_seed(seed: object) -> NDArray[np.uint32]:
    """A seed as the two words of a key.

    Raises:
        InvalidOption: if it is not an integer from 0 to 2⁶⁴ − 1.

    >>> split_seed(2**32 + 5).tolist()
    [5, 1]
    """
    number = arguments.seed(seed)
    return np.array([number & 0xFFFFFFFF, number >> 32], dtype=np.uint32)


def uniform(seed: int, count: int) -> NDArray[np.float64]:
    """The numbers that initial weights are made of, uniform in (−1, 1), shape (count,).

    >>> bool(np.abs(uniform(seed=0, count=1000).mean()) < 0.1)
    True
    """
    drawn = words(np, split_seed(seed), 0, count, stream=WEIGHTS)
    return (drawn.astype(np.float64) + 0.5) * 2.0**-31 - 1.0

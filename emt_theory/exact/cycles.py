"""The cycles of a selection task (P10).

In a selection task every output copies one stored component, with a sign. Ask of each component where its content was one step earlier:
component (k, c) with k < s was at (k+1, c), and (s, c), just written, was at the (block, component) that output c reads. Everybody has one
predecessor, so the walk ends in cycles. A cycle of length L whose signs multiply to ±1 contributes exactly the roots of `λ^L = ±1` to the
spectrum of Φ, without Jordan blocks; whatever lies on no cycle is nilpotent.

The walk from (s, c) to the next freshly written component takes one read and s − block shifts, so it is enough to walk over the d outputs:

>>> cycles(blocks=[1, 2], components=[0, 1], signs=[1, -1], num_variables=2)
(Cycle(length=2, sign=1, outputs=(0,)), Cycle(length=1, sign=-1, outputs=(1,)))

Source: new, P10, proved in `proofs/`; long permutations are walked by scipy.sparse.csgraph.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidOption
from emt_theory.exact.arguments import LARGEST, instance, integers
from emt_theory.exact.polynomials import Factor, sort_factors
from emt_theory.ground.arguments import integer, sequence
from emt_theory.ground.listed import Listed
from emt_theory.ground.text import shown, shows

Integers = NDArray[np.int64]

_FEW = 2**14
"""Outputs up to which cycles are walked in Python; SciPy is loaded and asked beyond."""


@shows
class Cycle(NamedTuple):
    """A closed walk of the content of memory.

    Attributes:
        length: L, the number of memory components on it.
        sign: +1 or −1, the product of the signs of the reads on it.
        outputs: the output components it runs through, each read by the one before.
    """

    length: int
    sign: int
    outputs: tuple[int, ...]


class Cycles(Listed[Cycle]):
    """The cycles of a selection task, kept as arrays: to whoever goes through them the tuple of all, in the order of their smallest output.

    Attributes:
        lengths: L of each cycle.
        signs: +1 or −1 of each.
        order: the outputs on cycles, cycle by cycle, each from its smallest on.
        starts: where each cycle begins in `order`.
    """

    def __init__(self, lengths: Integers, signs: Integers, order: Integers, starts: Integers) -> None:
        self.lengths, self.signs, self.order, self.starts = lengths, signs, order, starts

    def __len__(self) -> int:
        return len(self.lengths)

    def item(self, place: int) -> Cycle:
        """The cycle at a place."""
        stop = self.starts[place + 1] if place + 1 < len(self) else len(self.order)
        outputs = tuple(self.order[self.starts[place] : stop].tolist())
        return Cycle(int(self.lengths[place]), int(self.signs[place]), outputs)

    def counts(self) -> dict[tuple[int, int], int]:
        """How many cycles there are of each (length, sign)."""
        pairs, times = np.unique(np.stack([self.lengths, self.signs], axis=1), axis=0, return_counts=True)
        return {(length, sign): many for (length, sign), many in zip(pairs.tolist(), times.tolist(), strict=True)}


def cycles(
    blocks: Sequence[int] | Integers,
    components: Sequence[int] | Integers,
    signs: Sequence[int] | Integers,
    num_variables: int,
) -> Cycles:
    """The cycles of the selection task whose output c copies `signs[c]` times component `components[c]` of block `blocks[c]`.

    Args:
        blocks: block read by each output, 1 (oldest) … s (newest); lists or integer arrays.
        components: component read by each output, 0 … d−1.
        signs: +1 or −1 for each output.
        num_variables: s.

    Returns:
        The cycles, in the order of their smallest output. Takes O(d) steps where walks from random outputs are short, O(d log d) at most.

    Raises:
        InvalidOption: if an argument is no list of integers in its range, or the lists differ in length.
    """
    s = integer("num_variables", num_variables, least=1, most=LARGEST**2)
    oldest = _column("blocks", blocks, 1, s)
    read = _column("components", components, 0, len(oldest) - 1)
    turned = _column("signs", signs, -1, 1)
    if not len(oldest) == len(read) == len(turned) or (turned == 0).any():
        raise InvalidOption("blocks, components and signs must have one entry for each output, signs 1 or -1")
    states = _recurrent(read)
    if len(states) == len(read):
        order, starts = _walked(read)
    else:
        place = np.empty(len(read), dtype=np.int64)
        place[states] = np.arange(len(states))
        order, starts = _walked(place[read[states]])
        order = states[order]
    lengths = np.add.reduceat(s - oldest[order] + 1, starts) if len(starts) else starts
    minus = np.add.reduceat(turned[order] < 0, starts, dtype=np.int64) if len(starts) else starts
    return Cycles(lengths, 1 - 2 * (minus % 2), order, starts)


def _column(name: str, values: Any, least: int, most: int) -> Integers:
    """A list of integers as an array, each in its range."""
    listed = isinstance(values, np.ndarray) and values.dtype == np.int64 and values.ndim == 1
    if listed and (not len(values) or (values.min() >= least and values.max() <= most)):
        return values
    return np.array(integers(name, values, least, most), dtype=np.int64)


def _recurrent(step: Integers) -> Integers:
    """The places on cycles of a map of {0, …, d−1} into itself, ascending.

    Images shrink until the map permutes them. With each look the map is replaced by its square, so a tail of length l takes log l looks, and what was
    left out is not looked at again.
    """
    states, jump = np.arange(len(step)), step
    while True:
        met = np.zeros(len(states), dtype=bool)
        met[jump] = True
        if met.all():
            return states
        kept = np.flatnonzero(met)
        place = np.cumsum(met) - 1
        states, jump = states[kept], place[jump[jump[kept]]]


def _walked(permutation: Integers) -> tuple[Integers, Integers]:
    """The places of a permutation cycle by cycle, each from its smallest on, and where the cycles begin."""
    places = np.arange(len(permutation))
    if np.array_equal(permutation, places):
        return places, places
    if len(places) > _FEW:
        return _walked_by_scipy(permutation, places)
    step, seen, order, starts = permutation.tolist(), bytearray(len(places)), list[int](), list[int]()
    for first in range(len(step)):
        if seen[first]:
            continue
        starts.append(len(order))
        place = first
        while not seen[place]:
            seen[place] = 1
            order.append(place)
            place = step[place]
    return np.array(order, dtype=np.int64), np.array(starts, dtype=np.int64)


def _walked_by_scipy(permutation: Integers, places: Integers) -> tuple[Integers, Integers]:
    """The same, depth first from a chain of starts n, n + 1, …: start n + i leads to place i first, then to start n + i + 1."""
    from scipy.sparse import csgraph, csr_array

    n = len(places)
    # Row i < n holds its image. Row n + i holds i and n + i + 1, and the last row n − 1 alone: 3n − 1 in all.
    leads, begins = np.empty(3 * n - 1, dtype=np.int64), np.append(places, n + 2 * np.arange(n))
    leads[:n], leads[n::2], leads[n + 1 :: 2] = permutation, places, n + places[1:]
    graph = csr_array((np.ones(3 * n - 1), leads, np.append(begins, 3 * n - 1)), shape=(2 * n, 2 * n))
    order, before = csgraph.depth_first_order(graph, n)
    order = order[order < n].astype(np.int64)
    return order, np.flatnonzero(before[order] >= n)


def factors_of_cycles(found: Iterable[Cycle], components: int) -> tuple[Factor, ...]:
    """The factors over Q of the characteristic polynomial that has these cycles among n memory components.

    `λ^L − 1 = Π_{m | L} Φ_m`, and `λ^L + 1` has the Φ_m with m | 2L that do not divide L; the rest is a power of λ.

    Raises:
        InvalidOption: if `found` is no list of cycles, or n is less than the sum of their lengths.

    >>> [(str(f), f.multiplicity) for f in factors_of_cycles([Cycle(2, -1, (0,))], components=3)]
    [('x', 1), ('x^2 + 1', 1)]
    """
    if isinstance(found, Cycles):
        return factors_of_lengths(found.counts(), components)
    checked = [instance(Cycle, "found", c, "cycles") for c in sequence("found", found)]
    lengths = integers("length", [c.length for c in checked], least=1, most=LARGEST**2)
    signs = integers("sign", [c.sign for c in checked], least=-1, most=1)
    return factors_of_lengths(Counter(zip(lengths, signs, strict=True)), components)


def factors_of_lengths(counts: Mapping[tuple[int, int], int], components: int) -> tuple[Factor, ...]:
    """The same, from how many cycles there are of each (length, sign).

    Raises:
        InvalidOption: if `counts` holds other than positive lengths, signs and numbers, or n is less than the sum of the lengths.

    >>> [(str(f), f.multiplicity) for f in factors_of_lengths({(1, 1): 2, (3, 1): 1}, components=5)]
    [('x - 1', 3), ('x^2 + x + 1', 1)]
    """
    if not isinstance(counts, Mapping) or not all(isinstance(key, tuple) and len(key) == 2 for key in counts):
        raise InvalidOption(f"counts must give a number for each (length, sign); got {shown(counts)}")
    orders: Counter[int] = Counter()
    on_cycles = 0
    for (length, sign), times in counts.items():
        length, times = integer("length", length, 1, LARGEST**2), integer("times", times, least=1)
        on_cycles += times * length
        for m in _divisors(length if integer("sign", sign, -1, 1) > 0 else 2 * length):
            if sign > 0 or length % m:
                orders[m] += times
    factors = [Factor(multiplicity, order) for order, multiplicity in orders.items()]
    if on_cycles < integer("components", components, least=on_cycles):
        factors.append(Factor(components - on_cycles, None, (0, 1)))
    return sort_factors(factors)


def _divisors(number: int) -> list[int]:
    small = [m for m in range(1, int(number**0.5) + 2) if m * m <= number and number % m == 0]
    return sorted({*small, *(number // m for m in small)})

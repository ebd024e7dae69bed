"""The cycles of a selection task (P10).

In a selection task every output copies one stored component, with a sign. Ask of each component where its content was one step earlier:
component (k, c) with k < s was at (k+1, c), and (s, c), just written, was at the (block, component) that output c reads. Everybody has one
predecessor, so the walk ends in cycles. A cycle of length L whose signs multiply to ±1 contributes exactly the roots of `λ^L = ±1` to the
spectrum of Φ, without Jordan blocks; whatever lies on no cycle is nilpotent.

The walk from (s, c) to the next freshly written component takes one read and s − block shifts, so it is enough to walk over the d outputs:

>>> cycles(blocks=[1, 2], components=[0, 1], signs=[1, -1], num_variables=2)
(Cycle(length=2, sign=1, outputs=(0,)), Cycle(length=1, sign=-1, outputs=(1,)))

Source: new, P10, proved in `proofs/`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from operator import attrgetter
from typing import NamedTuple

from emt_theory.errors import InvalidOption
from emt_theory.exact.arguments import LARGEST, instance, integers
from emt_theory.exact.polynomials import Factor, sort_factors
from emt_theory.ground.arguments import integer, sequence
from emt_theory.ground.text import shown, shows


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


def cycles(
    blocks: Sequence[int], components: Sequence[int], signs: Sequence[int], num_variables: int
) -> tuple[Cycle, ...]:
    """The cycles of the selection task whose output c copies `signs[c]` times component `components[c]` of block `blocks[c]`.

    Args:
        blocks: block read by each output, 1 (oldest) … s (newest).
        components: component read by each output, 0 … d−1.
        signs: +1 or −1 for each output.
        num_variables: s.

    Returns:
        The cycles, in the order of their smallest output. Takes O(d) steps.

    Raises:
        InvalidOption: if an argument is no list of integers in its range, or the lists differ in length.
    """
    num_variables = integer("num_variables", num_variables, least=1)
    blocks = integers("blocks", blocks, least=1, most=num_variables)
    components = integers("components", components, least=0, most=len(blocks) - 1)
    signs = integers("signs", signs, least=-1, most=1)
    if not len(blocks) == len(components) == len(signs) or 0 in signs:
        raise InvalidOption("blocks, components and signs must have one entry for each output, signs 1 or -1")
    unseen, walking, done = 0, 1, 2
    state = bytearray(len(blocks))
    found: list[Cycle] = []
    for start in range(len(blocks)):
        if state[start]:
            continue
        c = components[start]
        if c == start:
            state[c] = done
            found.append(Cycle(num_variables - blocks[c] + 1, signs[c], (c,)))
            continue
        path: list[int] = []
        c = start
        while state[c] == unseen:
            state[c] = walking
            path.append(c)
            c = components[c]
        if state[c] == walking:
            loop = path[path.index(c) :]
            first = loop.index(min(loop))
            length = sum(num_variables - blocks[o] + 1 for o in loop)
            found.append(Cycle(length, prod(signs[o] for o in loop), tuple(loop[first:] + loop[:first])))
        for o in path:
            state[o] = done
    return tuple(sorted(found, key=attrgetter("outputs")))


def factors_of_cycles(found: Iterable[Cycle], components: int) -> tuple[Factor, ...]:
    """The factors over Q of the characteristic polynomial that has these cycles among n memory components.

    `λ^L − 1 = Π_{m | L} Φ_m`, and `λ^L + 1` has the Φ_m with m | 2L that do not divide L; the rest is a power of λ.

    Raises:
        InvalidOption: if `found` is no list of cycles, or n is less than the sum of their lengths.

    >>> [(str(f), f.multiplicity) for f in factors_of_cycles([Cycle(2, -1, (0,))], components=3)]
    [('x', 1), ('x^2 + 1', 1)]
    """
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

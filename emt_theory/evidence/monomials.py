r"""Products of stored signs, and how a signed permutation moves them.

A selection task moves its persistent variables x ∈ {±1}^m by a signed permutation, x' = Φ_p x. A product of some of them,

    χ_S(x) = Π_{i ∈ S} x_i,        goes to        χ_S(Φ_p x) = ± χ_{π(S)}(x),

so products run in circles as variables do: after L steps, L the length of the orbit of S, it is back up to a sign σ, and an orbit has the
eigenvalues λ^L = σ. Products are orthonormal when all x are equally likely, and products of different degree are never mixed. Three variables in
a ring have one product of three, which stays what it is:

>>> ring = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]])
>>> for orbit in orbits(ring, monomials(3, (2, 3))):
...     print(orbit, orbit.degree, orbit.period)
ab, of period 3 2 3
abc, of period 1 3 1

Source: O'Donnell, Analysis of Boolean Functions, chapter 1; under a signed permutation: new.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray

from emt_theory.ground.arrays import Array

Masks = NDArray[np.bool_]
"""Which variables each product has, shape (M, m)."""


@dataclass(frozen=True)
class Orbit:
    """Products that Φ_p takes into each other.

    Attributes:
        variables: the variables of one of them, ascending.
        members: the rows of all of them.
        sign: what it is multiplied by when it comes back.
    """

    variables: tuple[int, ...]
    members: tuple[int, ...]
    sign: int

    @property
    def degree(self) -> int:
        """How many variables are multiplied."""
        return len(self.variables)

    @property
    def period(self) -> int:
        """After how many steps it is back with its sign: the length L, or 2L."""
        return len(self.members) * (1 if self.sign > 0 else 2)

    @property
    def name(self) -> str:
        """The product in letters, the first persistent variable being a."""
        return "".join(ascii_lowercase[i] if i < 26 else f"[{i}]" for i in self.variables)

    def __str__(self) -> str:
        return f"{self.name}, of period {self.period}"


def monomials(count: int, degrees: Iterable[int]) -> Masks:
    """All products of so many of `count` variables, in the order of the degrees; shape (M, count)."""
    chosen = [subset for degree in degrees for subset in combinations(range(count), degree)]
    masks = np.zeros((len(chosen), count), dtype=bool)
    for row, subset in enumerate(chosen):
        masks[row, list(subset)] = True
    return masks


def values(masks: Masks, words: Array) -> Array:
    """χ_S(x) for words x of shape (n, m); shape (n, M). Signs are counted: a product is −1 where an odd number of its factors is."""
    odd = ((words < 0).astype(np.float32) @ masks.T.astype(np.float32)) % 2
    return (1 - 2 * odd).astype(np.float64)


def orbits(phi: Array, masks: Masks) -> list[Orbit]:
    """The orbits of products under a signed permutation.

    Args:
        phi: Φ_p, shape (m, m), one entry ±1 in every row and column.
        masks: products closed under the permutation, such as all of some degrees.
    """
    source, negative = np.abs(phi).argmax(axis=1), phi.sum(axis=1) < 0
    # x'_i = ± x_source(i): the product over S of x' is that over source(S) of x.
    images = np.zeros_like(masks)
    images[:, source] = masks
    signs = 1 - 2 * ((masks & negative).sum(axis=1) % 2)
    row_of = {mask.tobytes(): row for row, mask in enumerate(masks)}
    following = [row_of[image.tobytes()] for image in images]
    found, seen = list[Orbit](), set[int]()
    for first in range(len(masks)):
        if first in seen:
            continue
        members, sign, row = list[int](), 1, first
        while row not in members[:1]:
            members.append(row)
            sign, row = sign * int(signs[row]), following[row]
        seen.update(members)
        found.append(Orbit(tuple(map(int, np.flatnonzero(masks[first]))), tuple(members), sign))
    return found

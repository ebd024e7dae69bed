"""Variable memories Ψ, exactly: where in neuron space the memory components live.

A basis is Ψ, shape (N, n), with a left inverse Ψ†, shape (n, N): `Ψ† Ψ = I`. By P12 `Ψ Φ Ψ†` is similar to `Φ ⊕ 0`, so a linear circuit works in
any of them:

- identity: one neuron for each component, further neurons idle;
- orthogonal: orthonormal rational columns, by rotations of random pairs of neurons by the angle of 3² + 4² = 5², ⌈log₂ N⌉ + 4 times; Ψ† = Ψᵀ.
  All entries have the denominator 5^(⌈log₂ N⌉ + 4), and a component lies in about a third of the neurons, as in a uniformly random basis. (Cayley's
  `(I − A)(I + A)⁻¹` of a random skew-symmetric integer A has denominators of thousands of bits, and tends to −I: A grows with N.);
- oblique: independent columns at general angles, `P [[I, Y], [X, I + XY]]` with random X, Y and a permutation P, whose inverse is
  `[[I + YX, −Y], [−X, I]] Pᵀ`, exact and without growth.

>>> basis = make_basis("oblique", hidden=5, components=3, seed=1)
>>> basis.dual @ basis.psi == RationalMatrix.identity(3)
True

Source: P12, proved in `proofs/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np

from emt_theory.ground.arguments import integer, member
from emt_theory.ground.cleared import over
from emt_theory.ground.json import Record
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.tasks.words import generator

LARGEST_NETWORK = 20_000
"""The most hidden units that are compiled into dense float64 arrays."""

_MORE_LAYERS = 4
"""So many beyond the ⌈log₂ N⌉ that lead from each neuron to each: entries are then as if drawn from all rotations (fourth moment 3.1 for N = 512)."""


class BasisKind(StrEnum):
    """How the memory components are laid into neuron space."""

    IDENTITY = "identity"
    ORTHOGONAL = "orthogonal"
    OBLIQUE = "oblique"


@dataclass(frozen=True)
class Basis(Record):
    """Variable memories with their dual.

    Attributes:
        kind: how it was made.
        psi: Ψ, shape (N, n).
        dual: Ψ†, shape (n, N), with Ψ† Ψ = I.
    """

    kind: BasisKind
    psi: RationalMatrix
    dual: RationalMatrix


def make_basis(kind: BasisKind | str, hidden: int, components: int, seed: int = 0) -> Basis:
    """The basis of n = components memories in N = hidden ≥ n neurons.

    Args:
        kind: "identity", "orthogonal" or "oblique".
        hidden: N.
        components: n.
        seed: of the random choices; identity makes none.

    Raises:
        InvalidOption: if the kind is unknown, or a number is out of its range.
    """
    kind, n = member(BasisKind, "basis", kind), integer("components", components, 1, LARGEST_NETWORK)
    N = integer("hidden", hidden, least=n, most=LARGEST_NETWORK)
    return Basis(kind, *_MAKERS[kind](N, n, generator(seed)))


def _identity(size: int, count: int, rng: np.random.Generator) -> tuple[RationalMatrix, RationalMatrix]:
    one = RationalMatrix.identity(count).entries
    return RationalMatrix((size, count), one), RationalMatrix((count, size), one)


def _orthogonal(size: int, count: int, rng: np.random.Generator) -> tuple[RationalMatrix, RationalMatrix]:
    layers = (size - 1).bit_length() + _MORE_LAYERS
    turned = np.eye(size, count, dtype=np.int64)  # 5^layers Ψ: no entry is larger than 5¹⁹ < 2⁶³/7
    for _ in range(layers):
        one, two, alone = np.split(rng.permutation(size), (size // 2, size // 2 * 2))
        cosine = rng.integers(3, 5, size=len(one))
        sine = (7 - cosine) * rng.choice((-1, 1), size=len(one))
        (c, s), (p, q) = (cosine[:, None], sine[:, None]), (turned[one], turned[two])
        turned[one], turned[two], turned[alone] = c * p - s * q, s * p + c * q, 5 * turned[alone]
    psi = RationalMatrix((size, count), over(turned.reshape(-1).tolist(), count, 5**layers))
    return psi, psi.T


def _oblique(size: int, count: int, rng: np.random.Generator) -> tuple[RationalMatrix, RationalMatrix]:
    half = size // 2
    scale = Fraction(1, max(1, 1 << (half.bit_length() // 2)))  # about 1/√(N/2): keeps the columns of comparable length
    place = rng.permutation(size)
    x = _random_signs(rng, size, range(half, size), range(half), scale)
    y = _random_signs(rng, size, range(half), range(half, size), scale)
    one = RationalMatrix.identity(size)
    permute = RationalMatrix.from_entries((size, size), ((int(place[i]), i, 1) for i in range(size)))
    square = permute @ _sum(one, x) @ _sum(one, y)
    inverse = _sum(one, y * -1) @ _sum(one, x * -1) @ permute.T
    return square.columns(0, count), RationalMatrix((count, size), tuple(e for e in inverse if e[0] < count))


def _random_signs(rng: np.random.Generator, size: int, rows: range, columns: range, scale: Fraction) -> RationalMatrix:
    signs = rng.integers(-1, 2, size=(len(rows), len(columns)))
    entries = ((i, j, scale * int(signs[a, b])) for a, i in enumerate(rows) for b, j in enumerate(columns))
    return RationalMatrix.from_entries((size, size), entries)


def _sum(a: RationalMatrix, b: RationalMatrix) -> RationalMatrix:
    return RationalMatrix.from_entries(a.shape, (*a, *b))


_MAKERS = {BasisKind.IDENTITY: _identity, BasisKind.ORTHOGONAL: _orthogonal, BasisKind.OBLIQUE: _oblique}

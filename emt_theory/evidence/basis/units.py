r"""Which units carry which variable: effect shares, the smallest sets that make them up, and how many variables a unit carries.

Let Ψ_j be where variable j goes in the state, and O what states do to the outputs to come (`emt_theory.evidence.effects`). The effect of variable j
is O Ψ_j; unit i's share of it,

    v_ji = (O Ψ_j) · (O_{·i} Ψ_ij) / ‖O Ψ_j‖²,      Σ_i v_ji = 1 exactly,

is how much of the effect goes through that unit. The *instrumental units* of j are the smallest set with 90 % of Σ_i |v_ji|. Shares of the reader,
X_ji Ψ_ij, would not do: where a value stands in two units, one of them a copy on its way out, least squares picks either.

A unit's *participation* is how many variables it carries, by size: (Σ_j Ψ_ij²)² / Σ_j Ψ_ij⁴, 1 for one variable and m for m in equal parts. The null
is the same Ψ in a neuron space that was rotated at random: as low as that, neurons mean nothing; far below, they are the basis. Where a few units are
far larger than all others, each row of a rotated Ψ is theirs, and the null is low itself.

>>> alone, mixed = np.eye(4), np.array([[1, 1], [1, -1], [1, 1], [1, -1]]) / 2
>>> participation_of(alone).tolist(), participation_of(mixed).tolist()
([1.0, 1.0, 1.0, 1.0], [2.0, 2.0, 2.0, 2.0])
>>> effect_shares(alone, alone).tolist() == np.eye(4).tolist()
True

Source: new; the participation ratio is that of localization, after Bell & Dean, Discuss. Faraday Soc. 50 (1970).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.ground.text import Shown
from emt_theory.networks import StateSpace
from emt_theory.tasks.words import generator

SHARE = 0.9
"""How much of a variable's effect its instrumental units make up: a convention, the theory's."""

_ROTATIONS, _ALIGNED = 20, 0.75
_NOTHING = 1e-6
"""A unit whose loading is below this fraction of the largest carries nothing."""


@dataclass(frozen=True, eq=False)
class Units(Shown):
    """The units of a network, and which state variables are theirs: one each, or h_i and c_i of an LSTM.

    Attributes:
        of: the unit of each state variable, shape (S,).
        layers: the layer of each unit, from 0, shape (U,).
        parts: the piece of the state that each state variable belongs to, shape (S,).
    """

    of: NDArray[np.intp]
    layers: NDArray[np.intp]
    parts: NDArray[np.intp]

    @classmethod
    def of_space(cls, space: StateSpace) -> Units:
        """Pieces of a layer of one length hold one value of each of its units; see `StateSpace.parts`."""
        of, parts, layers = list[int](), list[int](), list[int]()
        known: dict[tuple[str, int], int] = {}
        for k, (name, length) in enumerate(space.parts):
            layer = re.sub(r"^\D*", "", name)
            if (layer, length) not in known:
                known[layer, length] = len(layers)
                layers += [len({key[0] for key in known}) - 1] * length
            first = known[layer, length]
            of += range(first, first + length)
            parts += [k] * length
        return cls(np.array(of), np.array(layers), np.array(parts))

    @property
    def count(self) -> int:
        """U."""
        return len(self.layers)

    def gather(self, values: Array) -> Array:
        """Sums over the state variables of each unit, along the last axis: (…, S) to (…, U)."""
        belongs = self.of[:, None] == np.arange(self.count)
        return np.asarray(values @ belongs.astype(np.float64), dtype=np.float64)

    def name(self, unit: int) -> str:
        """A unit in words."""
        layer = int(self.layers[unit])
        first = int(np.flatnonzero(self.layers == layer)[0])
        return f"unit {unit - first} of layer {layer + 1}" if self.layers.max() else f"unit {unit}"


def effect_shares(effects: Array, encoder: Array) -> Array:
    """v, shape (k, S), from O of shape (r, S) and Ψ of shape (S, k); 0 for a variable without any effect."""
    whole = effects @ encoder
    size = np.abs(whole).max(axis=0, initial=0.0)
    # Effects of any size that float64 holds: squares of small ones would be 0.
    scaled = np.divide(whole, size, out=np.zeros_like(whole), where=size > 0)
    power = (scaled**2).sum(axis=0)
    through = (scaled.T @ effects) * np.divide(encoder, size, out=np.zeros_like(encoder), where=size > 0).T
    return np.divide(through, power[:, None], out=np.zeros_like(through), where=power[:, None] > 0)


def smallest_set(shares: Array, share: float = SHARE) -> NDArray[np.intp]:
    """The units of the smallest set with this share of Σ|v|, those with the largest first; empty if nothing has any."""
    size = np.abs(shares)
    order = np.argsort(-size, kind="stable")
    reached = np.cumsum(size[order])
    if not len(reached) or not reached[-1] > 0:
        return order[:0]
    return order[: int(np.searchsorted(reached, share * reached[-1] * (1 - 1e-12))) + 1]


def participation_of(loading: Array) -> Array:
    """How many variables each unit carries, shape (U,), from loadings of shape (U, k); NaN of one that carries none."""
    size = np.abs(loading).max(axis=1, initial=0.0)
    carries = size > _NOTHING * max(float(size.max(initial=0.0)), np.finfo(float).tiny)
    squares = np.divide(loading, size[:, None], out=np.zeros_like(loading), where=carries[:, None]) ** 2
    with np.errstate(invalid="ignore"):
        return np.where(carries, squares.sum(axis=1) ** 2 / np.where(carries, (squares**2).sum(axis=1), 1), np.nan)


@dataclass(frozen=True, eq=False, repr=False)
class Participation(Record):
    """How many variables units carry.

    Attributes:
        median: over the units that carry any.
        rotated: the same, the mean over random rotations of neuron space: the null.
        low, high: the least and the largest of these.
        by_unit: of each unit, shape (U,); NaN of one that carries nothing.
    """

    JSON = ("median", "rotated", "low", "high", "by_unit")

    median: float
    rotated: float
    low: float
    high: float
    by_unit: Array

    @property
    def aligned(self) -> bool:
        """Whether units carry fewer variables than in every rotated neuron space, and at most three quarters of the mean.

        A convention of wording, set by looking at four networks (0.95 of the mean on T1, at most 0.48 on the others); it decides nothing.
        """
        return self.median < self.low and self.median <= _ALIGNED * self.rotated

    def __str__(self) -> str:
        return f"a unit carries {self.median:.1f} variables (median); after a random rotation {self.rotated:.1f} [{self.low:.1f}, {self.high:.1f}]"

    def __repr__(self) -> str:
        return f"Participation({self})"


def participation(units: Units, encoder: Array, seed: int = 0) -> Participation:
    """How many variables the units of a network carry, beside randomly rotated neuron spaces; pieces of one unit, and layers, are not mixed.

    Args:
        units: the units.
        encoder: Ψ, shape (S, k).
        seed: of the rotations.

    >>> from emt_theory.networks import ElmanRNN, state_space
    >>> net = ElmanRNN(W_hh=np.eye(2), W_uh=np.ones((2, 1)), W_hy=np.ones((1, 2)))
    >>> participation(Units.of_space(state_space(net)), np.array([[1, 0], [1, 1]])).by_unit.tolist()
    [1.0, 2.0]
    """
    rng, k = generator(seed), encoder.shape[1]
    stacks = _stacks(units, encoder)

    def loading(rotate: bool) -> Array:
        """What each unit carries of each variable, over all its pieces, shape (U, k)."""
        squares = np.zeros((units.count, k))
        for rows, stack in stacks:
            turned = _rotated(stack, rng) if rotate else stack
            squares[rows] = (turned.reshape(len(rows), -1, k) ** 2).sum(axis=1)
        return np.sqrt(squares)

    def middle(by_unit: Array) -> float:
        return float(np.nanmedian(by_unit)) if np.isfinite(by_unit).any() else float("nan")

    by_unit = participation_of(loading(False))
    null = [middle(participation_of(loading(True))) for _ in range(_ROTATIONS)]
    return Participation(middle(by_unit), float(np.mean(null)), min(null), max(null), by_unit)


def _stacks(units: Units, encoder: Array) -> list[tuple[NDArray[np.intp], Array]]:
    """For units of one layer: which they are, and Ψ of all their pieces side by side, each brought to the same mean square."""
    found: dict[int, list[Array]] = {}
    for piece in range(int(units.parts.max()) + 1):
        rows = np.flatnonzero(units.parts == piece)
        part = encoder[rows]
        size = float(np.abs(part).max(initial=0.0)) or 1.0
        part = part / size
        found.setdefault(int(units.of[rows[0]]), []).append(part / (float(np.sqrt(np.mean(part**2))) or 1.0))
    return [(np.arange(first, first + len(parts[0])), np.concatenate(parts, axis=1)) for first, parts in found.items()]


def _rotated(stack: Array, rng: np.random.Generator) -> Array:
    """Q times the stack, Q a random rotation, evenly distributed: with stack = U R the columns of Q U are any orthonormal ones."""
    upper = np.linalg.qr(stack, mode="r")
    basis, signs = np.linalg.qr(rng.normal(size=(len(stack), len(upper))))
    return np.asarray((basis * np.sign(np.diag(signs))) @ upper, dtype=np.float64)

"""Elman networks wired unit by unit, by name.

A *sum* is what a unit or an output can read: weights of units, and a constant. Units may be read before they are made, so that loops can be closed:

>>> net = Wiring(1, "identity")
>>> x = net.unit("x", 0.5 * at("x"), {0: 1.0})
>>> net.network([2 * x]).run([[[3.0]]], steps=3).outputs.ravel().tolist()
[6.0, 3.0, 1.5]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from emt_theory.networks import ElmanRNN


@dataclass(frozen=True)
class Sum:
    """Σ weight · unit + constant."""

    weights: Mapping[str, float] = field(default_factory=dict)
    constant: float = 0.0

    def __add__(self, other: Sum | float) -> Sum:
        if not isinstance(other, Sum):
            return Sum(self.weights, self.constant + other)
        names = {**self.weights, **other.weights}
        total = {name: self.weights.get(name, 0.0) + other.weights.get(name, 0.0) for name in names}
        return Sum(total, self.constant + other.constant)

    def __mul__(self, factor: float) -> Sum:
        return Sum({name: factor * weight for name, weight in self.weights.items()}, factor * self.constant)

    def __sub__(self, other: Sum | float) -> Sum:
        return self + (other * -1)

    def __rsub__(self, other: float) -> Sum:
        return self * -1 + other

    __rmul__ = __mul__
    __radd__ = __add__


NOTHING = Sum()


def at(name: str) -> Sum:
    """What the unit of this name holds."""
    return Sum({name: 1.0})


class Wiring:
    """A network in the making: h_i(t) = σ(its sum of h(t−1) + its weights of x(t))."""

    def __init__(self, dim: int, activation: str) -> None:
        self.dim, self.activation = dim, activation
        self._units: dict[str, tuple[Sum, Mapping[int, float]]] = {}

    def unit(self, name: str, total: Sum, drive: Mapping[int, float] | None = None) -> Sum:
        """A unit, made once: made again under the same name it is the one that is there."""
        self._units.setdefault(name, (total, drive or {}))
        return at(name)

    def network(self, read: Sequence[Sum]) -> ElmanRNN:
        """The network whose outputs are these sums."""
        place = {name: i for i, name in enumerate(self._units)}
        N = len(place)
        W_hh, W_uh, b_h = np.zeros((N, N)), np.zeros((N, self.dim)), np.zeros(N)
        W_hy, b_y = np.zeros((self.dim, N)), np.zeros(self.dim)
        for i, (total, drive) in enumerate(self._units.values()):
            b_h[i] = total.constant
            for name, weight in total.weights.items():
                W_hh[i, place[name]] = weight
            for c, weight in drive.items():
                W_uh[i, c] = weight
        for c, total in enumerate(read):
            b_y[c] = total.constant
            for name, weight in total.weights.items():
                W_hy[c, place[name]] = weight
        return ElmanRNN(W_hh, W_uh, W_hy, b_h if b_h.any() else None, b_y if b_y.any() else None, self.activation)

"""Orbits on a kink of σ, where a step has no derivative, but slopes on either side.

For an Elman network with σ = ReLU or hard tanh, unit i is at a kink where its pre-activation (W_hh z + b_h)_i is that of the kink. There the step is
not differentiable; with all such units on the side below, and on the side above, there are two products of Jacobians instead of one.

>>> from emt_theory.networks import ElmanRNN, state_space
>>> grows = state_space(ElmanRNN(W_hh=[[2]], W_uh=[[1]], W_hy=[[1]], activation="relu"))
>>> one_sided(grows, np.array([[0.0]])), one_sided(grows, np.array([[1.0]]))
(OneSided(units=1, below=0.0, above=2.0), None)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from emt_theory.ground.arrays import Array
from emt_theory.networks import ElmanRNN, StateSpace

_SAME = 1e-9
"""Pre-activations this near to a kink, relative to their size where that is above 1, are on it."""


class OneSided(NamedTuple):
    """The largest multipliers of an orbit on a kink.

    Attributes:
        units: how many units are on a kink at some point of the orbit, each counted once a point.
        below: the largest |μ| with the slopes below the kinks.
        above: the same with the slopes above them.
    """

    units: int
    below: float
    above: float


def one_sided(space: StateSpace, states: Array) -> OneSided | None:
    """The one-sided multipliers of an orbit z_1, …, z_p, shape (p, S); None where no unit is on a kink, or the network has none.

    Args:
        space: the network.
        states: the points of the orbit.
    """
    net = space.net
    if not isinstance(net, ElmanRNN) or not net.sigma.kinks:
        return None
    drives = states @ net.W_hh.T + net.feed(None)
    slopes = [net.sigma.derivative(drives).copy() for _ in range(2)]
    units = 0
    for kink in net.sigma.kinks:
        here = np.abs(drives - kink.at) <= _SAME * np.maximum(1.0, np.abs(drives))
        units += int(here.sum())
        for side, slope in zip(slopes, (kink.left, kink.right), strict=True):
            side[here] = slope
    return OneSided(units, *(_radius(side, net.W_hh) for side in slopes)) if units else None


def _radius(slopes: Array, weights: Array) -> float:
    """The largest |μ| of the product of diag(slopes) W over the points."""
    product = np.eye(len(weights))
    for row in slopes:
        product = row[:, None] * weights @ product
    return float(np.abs(np.linalg.eigvals(product)).max())

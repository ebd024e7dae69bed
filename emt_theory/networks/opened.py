r"""A network with the same fixed points as another, and no gate in the way to them.

A gate that keeps a state, h' = (1 − z) n + z h, moves nothing where z → 1: ‖h' − h‖ becomes small where nothing rests, and a search for a zero runs
after it, out of all that the network reaches. But what the cell rests at does not depend on that gate. A GRU rests where h = n; an LSTM where

    c = i g / (1 − f),    h = o tanh c,

so h alone decides. `Network.opened` gives this other map, and how to come from one state to the other and back.

>>> from emt_theory.networks import GRU
>>> net = GRU(weight_ih_l0=np.zeros((3, 1)), weight_hh_l0=[[0], [0], [4]], W_hy=[[1]])
>>> net.opened().net.step(np.array([0.5]), np.zeros(1)).round(4), np.tanh(0.5 * 4 * 0.5).round(4)
(array([0.7616]), np.float64(0.7616))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from emt_theory.ground.arrays import Array
from emt_theory.networks.activations import SIGMOID
from emt_theory.networks.network import Opened
from emt_theory.networks.stepnetwork import StepNetwork

if TYPE_CHECKING:
    from emt_theory.networks.lstm import LSTM

_LARGEST = 300.0
"""An exponent beyond which e^x is as good as infinite, and still finite in products."""


def open_lstm(net: LSTM) -> Opened:
    """h ↦ o tanh(i g / (1 − f)), on h alone."""
    size, (W_i, W_f, W_g, W_o) = net.hidden, np.split(net.weight_hh_l0, 4)
    silence = net.feed(None)

    def gates(h: Array) -> tuple[Array, Array, Array, Array]:
        driven = h @ net.weight_hh_l0.T + silence + (0 if net.bias_hh_l0 is None else net.bias_hh_l0)
        i, f, g, o = np.split(driven, 4, axis=-1)
        # 1 / (1 − σ(f)) = 1 + e^f
        return SIGMOID.function(i), np.exp(np.clip(f, -_LARGEST, _LARGEST)), np.tanh(g), SIGMOID.function(o)

    def cell(h: Array) -> Array:
        i, kept, g, _ = gates(h)
        return i * g * (1 + kept)

    def step(h: Array, _: Array) -> Array:
        return gates(h)[3] * np.tanh(cell(h))

    def jacobian(h: Array) -> Array:
        i, kept, g, o = gates(h)
        c = np.tanh(i * g * (1 + kept))
        moved = (
            (g * i * (1 - i) * (1 + kept))[..., None] * W_i
            + (i * (1 - g**2) * (1 + kept))[..., None] * W_g
            + (i * g * kept)[..., None] * W_f
        )
        return (o * (1 - c**2))[..., None] * moved + (c * o * (1 - o))[..., None] * W_o

    other = StepNetwork(step, net.W_hy, hidden=size, dim=net.dim, jacobian=jacobian)
    return Opened(other, lambda z: z[..., :size], lambda h: np.concatenate([h, cell(h)], axis=-1))

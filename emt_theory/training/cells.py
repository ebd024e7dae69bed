r"""The weights that are trained: their shapes, where they start, and the network that they make.

An Elman network has W_hh (N, N), W_uh (N, d_in) and W_hy (d_out, N), as in the paper, and b_h (N,) and b_y (d_out,) where the protocol wants them. A
GRU or an LSTM has PyTorch's stacked gates instead of the first two, and no biases. Every weight starts uniform in ±1/√N, and biases at 0:

>>> weights = initial_weights("elman", hidden=4, d_in=2, d_out=1, seed=0)
>>> {name: array.shape for name, array in weights.items()}
{'W_hh': (4, 4), 'W_uh': (4, 2), 'W_hy': (1, 4)}
>>> bool(max(np.abs(array).max() for array in weights.values()) <= 0.5)
True
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from emt_theory.networks import Network
from emt_theory.networks.kinds import build, kind
from emt_theory.training.philox import uniform
from emt_theory.training.protocol import Start

Weights = dict[str, NDArray[Any]]


def weight_shapes(cell: str, hidden: int, d_in: int, d_out: int, biases: bool = False) -> dict[str, tuple[int, ...]]:
    """The shape of every weight, by its name in the network; see `initial_weights`."""
    made = kind(cell)
    recurrent, driven, read = made.WEIGHTS
    rows = (len(made.gates) or 1) * hidden
    shapes: dict[str, tuple[int, ...]] = {recurrent: (rows, hidden), driven: (rows, d_in), read: (d_out, hidden)}
    return shapes | dict(zip(made.BIASES, ((hidden,), (d_out,)), strict=True)) if biases else shapes


def initial_weights(
    cell: str, hidden: int, d_in: int, d_out: int, seed: int, start: Start = Start.UNIFORM, biases: bool = False
) -> Weights:
    """Where training starts, float64: a function of the seed alone.

    Args:
        cell: the kind of network.
        hidden: N.
        d_in: how many numbers a step gives.
        d_out: how many it shows.
        seed: of the generator; the training batches of the same seed are independent of these weights.
        start: "uniform", or "orthogonal": the recurrent weights (each gate's) are a random orthogonal matrix.
        biases: whether there are (Elman).
    """
    shapes = weight_shapes(cell, hidden, d_in, d_out)
    sizes = [math.prod(shape) for shape in shapes.values()]
    parts = np.split(uniform(seed, sum(sizes)), np.cumsum(sizes)[:-1])
    made = {
        name: part.reshape(shape) / np.sqrt(hidden) for part, (name, shape) in zip(parts, shapes.items(), strict=True)
    }
    if start is Start.ORTHOGONAL:
        name = next(iter(shapes))
        blocks = parts[0].reshape(-1, hidden, hidden)
        made[name] = np.concatenate([_orthogonal(block) for block in blocks])
    every = weight_shapes(cell, hidden, d_in, d_out, biases)
    return made | {name: np.zeros(shape) for name, shape in every.items() if name not in made}


def _orthogonal(block: NDArray[np.float64]) -> NDArray[np.float64]:
    """A random orthogonal matrix, uniform in Haar's measure, from numbers uniform in (−1, 1): QR of normal ones, R's diagonal positive."""
    q, r = np.linalg.qr(ndtri((block + 1.0) / 2.0))
    return q * np.sign(np.diag(r))


def to_network(cell: str, weights: Mapping[str, NDArray[Any]], activation: str, metadata: Mapping[str, str]) -> Network:
    """The weights as a network."""
    return build(cell, dict(weights), activation=activation, metadata=metadata)

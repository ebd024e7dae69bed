r"""Memories as powers of the recurrent weights, from either end.

In the linear circuit `W = ΨΦΨ†` a variable that is written to the newest block moves one block towards the oldest in each step. So the paper takes

    Ψ_s = W_uh,     Ψ_{k−1} ∝ W Ψ_k,

and the authors' later code the same from Ψ_s = pinv(W_hy). Only the persistent columns are kept, each scaled to length 1 (the paper leaves the
scale open), and the decoder is the pseudo-inverse, X = Ψ_p†.

For tasks that read other blocks than the oldest, W Ψ_k also writes back F_k, which mixes the newest block into the basis; a correct iteration
would subtract Ψ_s F_k, for which F has to be known. These two are here to be compared with.

A GRU or an LSTM has no single W_hh and W_uh; the derivatives of a step at the state 0, by the state and by the input, take their places.

Source: arXiv 2310.02430, section 5, and the authors' code.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence.memories.estimate import NOT_AFFINE, Estimate
from emt_theory.evidence.memories.persistent import Persistent
from emt_theory.evidence.recording import require
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.networks import Network, state_space


def powers_input(net: Network, persistent: Persistent) -> Estimate | Absent:
    """The paper's memories, Ψ_s = W_uh and Ψ_{k−1} ∝ W_hh Ψ_k (a phase channel is no variable and is left out)."""
    space, plain = state_space(net), net.plain_weights()
    written = plain[1] if plain else space.drive()
    return _powers("powers_input", _recurrent(net), written, persistent)


def powers_output(net: Network, persistent: Persistent) -> Estimate | Absent:
    """The authors' later memories, Ψ_s = pinv(W_hy) and Ψ_{k−1} ∝ W_hh Ψ_k."""
    readout = state_space(net).readout
    if readout is None:
        return Absent(NOT_AFFINE)
    return _powers("powers_output", _recurrent(net), np.linalg.pinv(readout), persistent)


def _recurrent(net: Network) -> Array:
    """W_hh; for another cell the derivative of a free step at the state 0, which is W_hh for tanh units without biases."""
    if plain := net.plain_weights():
        return plain[0]
    space = state_space(net)
    return space.jacobian(np.zeros(space.size))


def _powers(
    method: str, weights: Array, newest: NDArray[np.floating[Any]], persistent: Persistent
) -> Estimate | Absent:
    require(Persistent, persistent=persistent)
    size = len(weights)
    blocks = [_unit_columns(newest)]
    with np.errstate(all="ignore"):
        for _ in range(persistent.num_variables - 1):
            blocks.append(_unit_columns(weights @ blocks[-1]))
    encoder = np.concatenate(blocks[::-1], axis=1)[:, list(persistent.components)]
    if not np.isfinite(encoder).all():
        return Absent("the powers of W_hh leave the range of float64")
    decoder = np.asarray(np.linalg.pinv(encoder), dtype=np.float64)
    with np.errstate(all="ignore"):
        phi = decoder @ weights @ encoder
    return Estimate(method, decoder, encoder, np.zeros(size), np.zeros(len(decoder)), phi)


def _unit_columns(matrix: NDArray[np.floating[Any]]) -> Array:
    """Each column at length 1; a column of zeros stays."""
    largest = np.abs(matrix).max(axis=0)
    shortened = np.asarray(matrix / np.where(largest == 0, 1, largest), dtype=np.float64)
    return shortened / np.where(largest == 0, 1, np.linalg.norm(shortened, axis=0))

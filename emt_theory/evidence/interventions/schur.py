r"""Parts of a network's Schur form set to 0, and put back as weights.

The real Schur form of the recurrent weights

    W_hh = Q T Qᵀ,        Q orthogonal, T block upper triangular,

has a block for each mode on T's diagonal: 1 × 1 for a real eigenvalue, 2 × 2 for a complex pair, a rotation up to scale and skew. Above them are the
couplings, which feed one mode into another; a normal matrix has none. Two ablations, W_hh' = Q T' Qᵀ:

* *couplings*: all blocks stay, everything above them goes. The spectrum stays as it is.
* *modes*: T is ordered so that their blocks come first, then their rows and columns go. All other eigenvalues stay. The leading columns of Q span the
  modes' invariant subspace, however the rest is ordered; with Π = Q_1 Q_1ᵀ this is W_hh' = (I − Π) W_hh (I − Π).

>>> net = ElmanRNN(W_hh=[[0.5, 7], [0, 0.25]], W_uh=np.eye(2), W_hy=np.eye(2))
>>> np.linalg.eigvals(drop_couplings(net).W_hh).round(6).tolist(), float(np.linalg.norm(drop_couplings(net).W_hh).round(6))
([0.5, 0.25], 0.559017)
>>> sorted(np.linalg.eigvals(drop_modes(net, [0.5]).W_hh).round(6).tolist())
[0.0, 0.25]

Source: new.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.linalg import schur
from scipy.linalg.lapack import dtrsen

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.ground.arrays import Array, ComplexArray
from emt_theory.networks import ElmanRNN

_SAME = 1e-6


def drop_couplings(net: ElmanRNN) -> ElmanRNN:
    """The network with the diagonal blocks of T alone: the same eigenvalues, uncoupled. An exact twin is dropped.

    Raises:
        InvalidNetwork: if the network is no Elman network.
    """
    return modes_of(net).uncoupled(net)


def drop_modes(net: ElmanRNN, eigenvalues: Iterable[complex]) -> ElmanRNN:
    """The network without the modes of these eigenvalues of W_hh and of their conjugates. An exact twin is dropped.

    Args:
        net: the network.
        eigenvalues: of W_hh. Those that lie within 1e-6 of each other go together.

    Raises:
        InvalidNetwork: if the network is no Elman network.
        InvalidOption: if one of them is no eigenvalue of W_hh.
    """
    return modes_of(net).without(net, eigenvalues)


def coupling(net: ElmanRNN) -> float:
    """The norm of T above its blocks as a fraction of the norm of T: 0 for a normal matrix, up to 1 for a nilpotent one.

    >>> coupling(ElmanRNN(W_hh=[[0, -1], [1, 0]], W_uh=np.eye(2), W_hy=np.eye(2)))      # a rotation is normal
    0.0
    >>> coupling(ElmanRNN(W_hh=[[0, 1], [0, 0]], W_uh=np.eye(2), W_hy=np.eye(2)))
    1.0
    """
    return modes_of(net).coupling


class SchurModes(NamedTuple):
    """The real Schur form of W_hh, W_hh = Q T Qᵀ, and the eigenvalues along T's diagonal."""

    triangle: Array
    basis: Array
    eigenvalues: ComplexArray

    @property
    def coupling(self) -> float:
        """The norm of T above its blocks as a fraction of the norm of T."""
        size = float(np.linalg.norm(self.triangle))
        return float(np.linalg.norm(self.triangle - _blocks(self.triangle))) / size if size else 0.0

    def uncoupled(self, net: ElmanRNN) -> ElmanRNN:
        """As `drop_couplings`."""
        return replace(net, W_hh=self.basis @ _blocks(self.triangle) @ self.basis.T, exact=None)

    def without(self, net: ElmanRNN, eigenvalues: Iterable[complex]) -> ElmanRNN:
        """As `drop_modes`."""
        own = self.eigenvalues
        margin = _SAME * max(1.0, float(np.abs(own).max()))
        wanted = np.array(list(eigenvalues), dtype=np.complex128)
        for value in wanted:
            nearest = own[np.abs(own - value).argmin()]
            if not np.abs(nearest - value) <= margin:
                raise InvalidOption(f"{value:.6g} is no eigenvalue of W_hh; the nearest is {nearest:.6g}")
        if not len(wanted):
            return replace(net, exact=None)
        chosen = np.concatenate([wanted, wanted.conj()])

        among = (np.abs(own[:, None] - chosen).min(axis=1) <= margin).astype(np.int32)
        # Eigenvalues that LAPACK finds too close to be swapped stay as they are: which of them is meant is a matter of rounding.
        _, basis, _, _, count, *_ = dtrsen(among, self.triangle, self.basis, job=b"N")
        kept = basis[:, int(count) :]
        return replace(net, W_hh=kept @ (kept.T @ net.W_hh @ kept) @ kept.T, exact=None)


def modes_of(net: ElmanRNN) -> SchurModes:
    """The Schur form of a network's recurrent weights.

    Raises:
        InvalidNetwork: if the network is no Elman network.
    """
    if not isinstance(net, ElmanRNN):
        raise InvalidNetwork(f"a Schur form is put back into W_hh, which a {type(net).__name__} does not have")
    triangle, basis = map(np.asarray, schur(net.W_hh, output="real"))
    # A 2 × 2 block of LAPACK's form is [[a, b], [c, a]] with b c < 0: its eigenvalues are a ± i √|b c|.
    values = np.diag(triangle).astype(np.complex128)
    pairs = np.flatnonzero(np.diag(triangle, -1))
    turns = 1j * np.sqrt(np.abs(triangle[pairs, pairs + 1])) * np.sqrt(np.abs(triangle[pairs + 1, pairs]))
    values[pairs] += turns
    values[pairs + 1] -= turns
    return SchurModes(triangle, basis, values)


def _blocks(triangle: Array) -> Array:
    """The diagonal blocks of a real Schur form: its diagonal, and where the subdiagonal is not 0 that entry and the one across from it."""
    pairs = np.flatnonzero(np.diag(triangle, -1))
    blocks = np.diag(np.diag(triangle))
    blocks[pairs + 1, pairs] = triangle[pairs + 1, pairs]
    blocks[pairs, pairs + 1] = triangle[pairs, pairs + 1]
    return blocks

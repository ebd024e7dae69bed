r"""The gated recurrent unit, in PyTorch's layout.

    r = σ(W_ir x + b_ir + W_hr h + b_hr)                reset        rows 0 … N−1
    z = σ(W_iz x + b_iz + W_hz h + b_hz)                update       rows N … 2N−1
    n = tanh(W_in x + b_in + r ∘ (W_hn h + b_hn))       candidate    rows 2N … 3N−1
    h(t) = (1 − z) ∘ n + z ∘ h(t−1),                    y(t) = W_hy h(t) + b_y,    h(0) = 0

σ is the logistic function. The reset gate multiplies after the matrix, bias b_hn included; that is PyTorch's choice, and
not the one of the original paper. Without weights nothing moves, except that half of the state stays:

>>> net = GRU(weight_ih_l0=np.zeros((3, 1)), weight_hh_l0=np.zeros((3, 1)), W_hy=[[1]])
>>> net.step([1.0], [5.0]).tolist()
[0.5]

Source: Cho et al., arXiv 1406.1078; the documentation of torch.nn.GRU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from emt_theory.ground.arrays import Array
from emt_theory.networks.activations import SIGMOID
from emt_theory.networks.network import GatedNetwork, Opened
from emt_theory.networks.shapes import vectors

_sigmoid = SIGMOID.function

_SHUT = 1e4
"""An input of −1e4 makes a gate exactly 0 in float64."""


@dataclass(frozen=True, eq=False, repr=False)
class GRU(GatedNetwork):
    """A GRU with a linear read-out, as a value; gates in the order r, z, n. See `GatedNetwork` for its arrays."""

    kind: ClassVar[str] = "gru"
    gates: ClassVar[str] = "rzn"

    @staticmethod
    def formula(parts: Any, recurrent: Any, drive: Any, xp: Any = np) -> tuple[Any, ...]:
        """The cell; see `Network.formula`."""
        (hr, hz, hn), (xr, xz, xn) = xp.split(recurrent, 3, axis=-1), xp.split(drive, 3, axis=-1)
        r, z = _sigmoid(xr + hr, xp), _sigmoid(xz + hz, xp)
        n = xp.tanh(xn + r * hn)
        return ((1 - z) * n + z * parts[0],)

    def step(self, h: ArrayLike, x: ArrayLike) -> Array:
        """One step.

        Args:
            h: the state before, shape (…, N).
            x: the input, shape (…, d_in), or (…, d_in + 1) with a phase input: here the caller supplies the phase channel.

        Returns:
            The next state, shape (…, N).
        """
        return self.advance(vectors("h", h, self.hidden), self._supplied(x))

    def reach(self) -> Array:
        """1: h' is between h and n, and |n| < 1."""
        return np.ones(self.hidden)

    def opened(self) -> Opened:
        """h' = n, the update gate at 0: since h' − h = (1 − z)(n − h) and z < 1, both rest at the same states."""
        update = slice(self.hidden, 2 * self.hidden)
        arrays = {name: np.array(array) for name, array in self.weights.items()}
        biases = {name: arrays.get(name, np.zeros(3 * self.hidden)) for name in self.BIASES[:2]}
        for array in (*(arrays[name] for name in self.WEIGHTS[:2]), *biases.values()):
            array[update] = 0
        biases[self.BIASES[0]][update] = -_SHUT
        return Opened(replace(self, **{**arrays, **biases}), np.copy, np.copy)

    def jacobian(self, h: ArrayLike, x: ArrayLike | None = None) -> Array:
        """∂h(t)/∂h(t−1), shape (…, N, N), at states of shape (…, N) and inputs (0 if left out).

        With a = W_hn h + b_hn it is `diag(1−z) diag(1−n²) [diag(r) W_hn + diag(a r(1−r)) W_hr] + diag((h−n) z(1−z)) W_hz + diag(z)`.
        """
        return self.differentiate(vectors("h", h, self.hidden), self.feed(None) if x is None else self._supplied(x))

    def differentiate(self, z: Array, drive: Array) -> Array:
        """As `jacobian`, from what `feed` made of the input."""
        h = z
        (xr, xz, xn), (hr, hz, a) = np.split(drive, 3, axis=-1), np.split(self._recurrent(h), 3, axis=-1)
        r, z = _sigmoid(xr + hr), _sigmoid(xz + hz)
        n = np.tanh(xn + r * a)
        reset, update, new = np.split(self.weight_hh_l0, 3)
        inner = r[..., None] * new + (a * r * (1 - r))[..., None] * reset
        kept = z[..., None] * np.eye(self.hidden)
        return ((1 - z) * (1 - n**2))[..., None] * inner + ((h - n) * z * (1 - z))[..., None] * update + kept

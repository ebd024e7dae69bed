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

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emt_theory.networks.gates import GatedRNN, logistic, vectors
from emt_theory.networks.shapes import Run


@dataclass(frozen=True, eq=False, repr=False)
class GRU(GatedRNN):
    """A GRU with a linear read-out, as a value: weight_ih_l0 (3N, d), weight_hh_l0 (3N, N), gates in the order r, z, n.

    Biases may be None; see `GatedRNN` for all attributes.
    """

    gates: ClassVar[str] = "rzn"

    def step(self, h: ArrayLike, x: ArrayLike) -> NDArray[np.float64]:
        """One step.

        Args:
            h: the state before, shape (…, N).
            x: the input, shape (…, d).

        Returns:
            The next state, shape (…, N).
        """
        state, drive = vectors("h", h, self.hidden), vectors("x", x, self.dim)
        _, z, n = self._gates(state, drive)
        return (1.0 - z) * n + z * state

    def run(self, x: ArrayLike, steps: int | None = None) -> Run:
        """Run from h(0) = 0: through the inputs, then freely.

        Args:
            x: inputs u(1), …, u(s), shape (batch, s, d) with s ≥ 1.
            steps: the total number of time steps, inputs included; None means s.

        Returns:
            (outputs, states) of shapes (batch, steps, d) and (batch, steps, N); index t − 1 holds y(t) and h(t).
        """
        inputs, total = self._driven(x, steps)
        states = np.empty((len(inputs), total, self.hidden))
        h = np.zeros((len(inputs), self.hidden))
        for t in range(total):
            h = self.step(h, inputs[:, t])
            states[:, t] = h
        return Run(self.read(states), states)

    def jacobian(self, h: ArrayLike, x: ArrayLike | None = None) -> NDArray[np.float64]:
        """∂h(t)/∂h(t−1), shape (…, N, N), at states of shape (…, N) and inputs (0 if left out).

        With a = W_hn h + b_hn it is `diag(1−z) diag(1−n²) [diag(r) W_hn + diag(a r(1−r)) W_hr] + diag((h−n) z(1−z)) W_hz + diag(z)`.
        """
        state = vectors("h", h, self.hidden)
        drive = np.zeros(self.dim) if x is None else vectors("x", x, self.dim)
        r, z, n = self._gates(state, drive)
        reset, update, new = (self.gate(letter).hh for letter in self.gates)
        a = state @ new.T + self.gate("n").b_hh
        inner = r[..., None] * new + (a * r * (1 - r))[..., None] * reset
        kept = z[..., None] * np.eye(self.hidden)
        return ((1 - z) * (1 - n**2))[..., None] * inner + ((state - n) * z * (1 - z))[..., None] * update + kept

    def _gates(self, h: NDArray[np.float64], x: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        r, z = logistic(self.gate("r")(x, h)), logistic(self.gate("z")(x, h))
        new = self.gate("n")
        return r, z, np.tanh(x @ new.ih.T + new.b_ih + r * (h @ new.hh.T + new.b_hh))

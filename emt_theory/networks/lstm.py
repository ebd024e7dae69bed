r"""Long short-term memory, in PyTorch's layout.

    i = σ(W_ii x + b_ii + W_hi h + b_hi)         input      rows 0 … N−1
    f = σ(W_if x + b_if + W_hf h + b_hf)         forget     rows N … 2N−1
    g = tanh(W_ig x + b_ig + W_hg h + b_hg)      cell       rows 2N … 3N−1
    o = σ(W_io x + b_io + W_ho h + b_ho)         output     rows 3N … 4N−1
    c(t) = f ∘ c(t−1) + i ∘ g,    h(t) = o ∘ tanh c(t),    y(t) = W_hy h(t) + b_y,    h(0) = c(0) = 0

σ is the logistic function. The state is the pair (h, c), so its Jacobian is (2N, 2N). At the origin, without biases, it is
[[¼ W_hg, ¼ I], [½ W_hg, ½ I]]:

>>> net = LSTM(weight_ih_l0=np.zeros((4, 1)), weight_hh_l0=np.full((4, 1), 2.0), W_hy=[[1]])
>>> net.jacobian([0.0], [0.0]).tolist()
[[0.5, 0.25], [1.0, 0.5]]

Source: Hochreiter & Schmidhuber, Neural Computation 9 (1997); the documentation of torch.nn.LSTM.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emt_theory.networks.gates import GatedRNN, logistic, vectors
from emt_theory.networks.shapes import Run


class Trajectory(NamedTuple):
    """Everything that an LSTM did.

    Attributes:
        outputs: y, shape (batch, steps, d).
        states: h, shape (batch, steps, N).
        cells: c, shape (batch, steps, N).
    """

    outputs: NDArray[np.float64]
    states: NDArray[np.float64]
    cells: NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class LSTM(GatedRNN):
    """An LSTM with a linear read-out, as a value: weight_ih_l0 (4N, d), weight_hh_l0 (4N, N), gates in the order i, f, g, o.

    Biases may be None; see `GatedRNN` for all attributes.
    """

    gates: ClassVar[str] = "ifgo"

    def step(self, h: ArrayLike, c: ArrayLike, x: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """One step.

        Args:
            h: the hidden state before, shape (…, N).
            c: the cell state before, shape (…, N).
            x: the input, shape (…, d).

        Returns:
            The next (h, c).
        """
        hidden, cell = vectors("h", h, self.hidden), vectors("c", c, self.hidden)
        i, f, g, o = self._gates(hidden, vectors("x", x, self.dim))
        after = f * cell + i * g
        return o * np.tanh(after), after

    def run(self, x: ArrayLike, steps: int | None = None) -> Run:
        """Run from h(0) = c(0) = 0: through the inputs, then freely. `trajectory` returns the cell states as well.

        Args:
            x: inputs u(1), …, u(s), shape (batch, s, d) with s ≥ 1.
            steps: the total number of time steps, inputs included; None means s.

        Returns:
            (outputs, states) of shapes (batch, steps, d) and (batch, steps, N); index t − 1 holds y(t) and h(t).
        """
        outputs, states, _ = self.trajectory(x, steps)
        return Run(outputs, states)

    def trajectory(self, x: ArrayLike, steps: int | None = None) -> Trajectory:
        """As `run`, with the cell states."""
        inputs, total = self._driven(x, steps)
        states, cells = (np.empty((len(inputs), total, self.hidden)) for _ in range(2))
        h, c = (np.zeros((len(inputs), self.hidden)) for _ in range(2))
        for t in range(total):
            h, c = self.step(h, c, inputs[:, t])
            states[:, t], cells[:, t] = h, c
        return Trajectory(self.read(states), states, cells)

    def jacobian(self, h: ArrayLike, c: ArrayLike, x: ArrayLike | None = None) -> NDArray[np.float64]:
        """∂(h, c)(t)/∂(h, c)(t−1), shape (…, 2N, 2N), at states of shape (…, N) and inputs (0 if left out)."""
        hidden, cell = vectors("h", h, self.hidden), vectors("c", c, self.hidden)
        i, f, g, o = self._gates(hidden, np.zeros(self.dim) if x is None else vectors("x", x, self.dim))
        W_hi, W_hf, W_hg, W_ho = (self.gate(letter).hh for letter in self.gates)
        squashed = np.tanh(f * cell + i * g)
        slope = o * (1 - squashed**2)
        c_by_h = (
            (cell * f * (1 - f))[..., None] * W_hf
            + (g * i * (1 - i))[..., None] * W_hi
            + (i * (1 - g**2))[..., None] * W_hg
        )
        h_by_h = slope[..., None] * c_by_h + (squashed * o * (1 - o))[..., None] * W_ho
        same = np.eye(self.hidden)
        by_h, by_c = np.concatenate([h_by_h, c_by_h], axis=-2), [(slope * f)[..., None] * same, f[..., None] * same]
        return np.concatenate([by_h, np.concatenate(by_c, axis=-2)], axis=-1)

    def _gates(self, h: NDArray[np.float64], x: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        i, f, g, o = (self.gate(letter)(x, h) for letter in self.gates)
        return logistic(i), logistic(f), np.tanh(g), logistic(o)

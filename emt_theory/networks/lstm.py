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
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from emt_theory.ground.arrays import Array
from emt_theory.ground.text import shows
from emt_theory.networks.activations import SIGMOID
from emt_theory.networks.network import GatedNetwork, Opened
from emt_theory.networks.opened import open_lstm
from emt_theory.networks.shapes import vectors

_sigmoid = SIGMOID.function


@shows
class Trajectory(NamedTuple):
    """Everything that an LSTM did.

    Attributes:
        outputs: y, shape (batch, steps, d).
        states: h, shape (batch, steps, N).
        cells: c, shape (batch, steps, N).
    """

    outputs: Array
    states: Array
    cells: Array


@dataclass(frozen=True, eq=False, repr=False)
class LSTM(GatedNetwork):
    """An LSTM with a linear read-out, as a value; gates in the order i, f, g, o. See `GatedNetwork` for its arrays."""

    kind: ClassVar[str] = "lstm"
    PARTS: ClassVar[tuple[str, ...]] = ("h", "c")
    gates: ClassVar[str] = "ifgo"

    @staticmethod
    def formula(parts: Any, recurrent: Any, drive: Any, xp: Any = np) -> tuple[Any, ...]:
        """The cell; see `Network.formula`."""
        i, f, g, o = xp.split(recurrent + drive, 4, axis=-1)
        c = _sigmoid(f, xp) * parts[1] + _sigmoid(i, xp) * xp.tanh(g)
        return _sigmoid(o, xp) * xp.tanh(c), c

    def step(self, h: ArrayLike, c: ArrayLike, x: ArrayLike) -> tuple[Array, Array]:
        """One step.

        Args:
            h: the hidden state before, shape (…, N).
            c: the cell state before, shape (…, N).
            x: the input, shape (…, d_in), or (…, d_in + 1) with a phase input: here the caller supplies the phase channel.

        Returns:
            The next (h, c).
        """
        moved = self.advance(self._joined(h, c), self._supplied(x))
        return moved[..., : self.hidden], moved[..., self.hidden :]

    def trajectory(self, x: ArrayLike, steps: int | None = None) -> Trajectory:
        """As `run`, with the cell states."""
        outputs, states = self.roll(x, steps)
        return Trajectory(outputs, states[..., : self.hidden], states[..., self.hidden :])

    def reach(self) -> Array:
        """1 for h = o tanh c; nothing bounds c."""
        return np.repeat([1.0, np.inf], self.hidden)

    def opened(self) -> Opened:
        """h ↦ o tanh(i g / (1 − f)), which has the same fixed points."""
        return open_lstm(self)

    def jacobian(self, h: ArrayLike, c: ArrayLike, x: ArrayLike | None = None) -> Array:
        """∂(h, c)(t)/∂(h, c)(t−1), shape (…, 2N, 2N), at states of shape (…, N) and inputs (0 if left out)."""
        drive = self.feed(None) if x is None else self._supplied(x)
        return self.differentiate(self._joined(h, c), drive)

    def differentiate(self, z: Array, drive: Array) -> Array:
        """As `jacobian`, from what `feed` made of the input."""
        h, cell = np.split(z, 2, axis=-1)
        i, f, g, o = np.split(self._recurrent(h) + drive, 4, axis=-1)
        i, f, g, o = _sigmoid(i), _sigmoid(f), np.tanh(g), _sigmoid(o)
        W_hi, W_hf, W_hg, W_ho = np.split(self.weight_hh_l0, 4)
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

    def _joined(self, h: ArrayLike, c: ArrayLike) -> Array:
        return np.concatenate([vectors("h", h, self.hidden), vectors("c", c, self.hidden)], axis=-1)

r"""The loss of an Elman network and its gradient, by backpropagation through time, in NumPy.

Forward, with x(t) = 0 for t > s and h(0) = 0; only t > s is scored:

    h(t) = σ(W_hh h(t−1) + W_uh x(t)),      e(t) = W_hy h(t) − u(t),      L = Σ_{t>s} ‖e(t)‖² / (batch · horizon · d)

Backward, with ē(t) = 2 e(t) / (batch · horizon · d), and 0 for t ≤ s. Let g(t) be the gradient by what σ is applied to at step t:

    g(t) = σ'(…) ∘ (W_hyᵀ ē(t) + W_hhᵀ g(t+1)),
    ∂L/∂W_hh = Σ_t g(t) h(t−1)ᵀ,      ∂L/∂W_uh = Σ_{t≤s} g(t) x(t)ᵀ,      ∂L/∂W_hy = Σ_{t>s} ē(t) h(t)ᵀ

The two recurrences are inherently sequential, a product (batch, N) × (N, N) each step. Everything else is not: all W_uh x(t), all outputs and
each of the three gradients are one large product over the stacked time steps. Nothing is computed that is zero by construction: no input
after s, no output before s, no W_hh h(0). σ' is written in terms of h, so no pre-activation is kept. All arrays are allocated once.

>>> pass_ = Backpropagation("identity", hidden=1, dim=1, num_variables=1, batch=1, horizon=1, dtype="float64")
>>> weights = {"W_hh": np.array([[3.0]]), "W_uh": np.array([[5.0]]), "W_hy": np.array([[7.0]])}
>>> pass_.inputs[:], pass_.targets[:] = 1.0, 100.0
>>> gradient = {name: np.empty((1, 1)) for name in weights}
>>> pass_(weights, gradient).loss                                    # y = 7·3·5 = 105
25.0
>>> [float(gradient[name][0, 0]) for name in weights]                # 2·5 times 7·5, 7·3 and 3·5
[350.0, 210.0, 150.0]

Source: Werbos, Backpropagation through time, Proc. IEEE 78 (1990).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.networks import activation as find_activation
from emt_theory.training.cells import Weights

Array = NDArray[Any]


class Score(NamedTuple):
    """How a batch went.

    Attributes:
        loss: the mean square error of the scored outputs.
        accuracy: the fraction of right signs where the target is not 0; 1 where nothing is scored.
        mean_square: of the targets.
    """

    loss: float
    accuracy: float
    mean_square: float


class Backpropagation:
    """Forward and backward pass for one shape of batch; fill `inputs` and `targets`, then call.

    Attributes:
        inputs: x(1), …, x(s), shape (s, batch, d): time first, so that each step is contiguous.
        targets: u(s+1), …, u(s+horizon), shape (horizon, batch, d).
    """

    def __init__(
        self, activation: str, hidden: int, dim: int, num_variables: int, batch: int, horizon: int, dtype: str
    ) -> None:
        s, total = num_variables, num_variables + horizon
        self.inputs = np.zeros((s, batch, dim), dtype)
        self.targets = np.zeros((horizon, batch, dim), dtype)
        self._apply, self._chain = find_activation(activation).training_pair()
        states, slopes = (np.zeros((total, batch, hidden), dtype) for _ in range(2))
        self._h, self._g = list(states), list(slopes)  # one contiguous view for each step
        self._drive = np.empty((s, batch, hidden), dtype)
        self._W_hh_T = np.empty((hidden, hidden), dtype)
        self._product, self._scratch = (np.empty((batch, hidden), dtype) for _ in range(2))
        self._error, self._sign = (np.empty((horizon * batch, dim), dtype) for _ in range(2))
        self._right = np.empty((horizon * batch, dim), np.bool_)
        self._scored_states, self._scored_slopes = _stacked(states[s:]), _stacked(slopes[s:])
        self._previous, self._following = _stacked(states[:-1]), _stacked(slopes[1:])
        self._first_slopes = _stacked(slopes[:s])

    def __call__(self, weights: Weights, gradient: Weights) -> Score:
        """The score of the batch; writes the gradient of its loss into `gradient`."""
        self._forward(weights)
        np.dot(self._scored_states, weights["W_hy"].T, out=self._error)
        target = _stacked(self.targets)
        np.multiply(self._error, target, out=self._sign)
        np.greater(self._sign, 0, out=self._right)
        scored = np.count_nonzero(target)
        accuracy = np.count_nonzero(self._right) / scored if scored else 1.0
        self._error -= target
        flat, flat_target = self._error.ravel(), target.ravel()
        loss, mean_square = float(np.dot(flat, flat)) / flat.size, float(np.dot(flat_target, flat_target)) / flat.size
        self._error *= 2.0 / flat.size
        self._backward(weights, gradient)
        return Score(loss, accuracy, mean_square)

    def _forward(self, weights: Weights) -> None:
        h, s = self._h, len(self.inputs)
        np.copyto(self._W_hh_T, weights["W_hh"].T)
        np.dot(_stacked(self.inputs), weights["W_uh"].T, out=_stacked(self._drive))
        np.copyto(h[0], self._drive[0])
        self._apply(h[0])
        for t in range(1, len(h)):
            np.dot(h[t - 1], self._W_hh_T, out=h[t])
            if t < s:
                h[t] += self._drive[t]
            self._apply(h[t])

    def _backward(self, weights: Weights, gradient: Weights) -> None:
        h, g, s, W_hh = self._h, self._g, len(self.inputs), weights["W_hh"]
        np.dot(self._error, weights["W_hy"], out=self._scored_slopes)
        self._chain(g[-1], h[-1], self._scratch)
        for t in range(len(h) - 2, -1, -1):
            if t >= s:
                np.dot(g[t + 1], W_hh, out=self._product)
                g[t] += self._product
            else:
                np.dot(g[t + 1], W_hh, out=g[t])
            self._chain(g[t], h[t], self._scratch)
        np.dot(self._following.T, self._previous, out=gradient["W_hh"])
        np.dot(self._first_slopes.T, _stacked(self.inputs), out=gradient["W_uh"])
        np.dot(self._error.T, self._scored_states, out=gradient["W_hy"])


def _stacked(array: Array) -> Array:
    """(time, batch, k) seen as (time · batch, k)."""
    return array.reshape(-1, array.shape[-1])

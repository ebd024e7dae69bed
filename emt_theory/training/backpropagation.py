r"""The loss of an Elman network and its gradient, by backpropagation through time, in NumPy.

A `Window` says when there are inputs (t ≤ fed) and what is scored: with S the scored pairs of sequence and step, all of them behind `quiet`,

    h(t) = σ(W_hh h(t−1) + W_uh x(t)),    h(0) = 0,      e(t) = W_hy h(t) − u(t),      L = Σ_S ‖e(t)‖² / (|S| · d_out)

With biases, b_h is added to what σ is applied to, and b_y to W_hy h(t). Backward, with ē(t) = 2 e(t) / (|S| · d_out) in S, and 0 elsewhere, let
g(t) be the gradient by what σ is applied to at step t:

    g(t) = σ'(…) ∘ (W_hyᵀ ē(t) + W_hhᵀ g(t+1)),
    ∂L/∂W_hh = Σ_t g(t) h(t−1)ᵀ,      ∂L/∂W_uh = Σ_{t≤fed} g(t) x(t)ᵀ,      ∂L/∂W_hy = Σ_{t>quiet} ē(t) h(t)ᵀ,
    ∂L/∂b_h = Σ_t g(t),      ∂L/∂b_y = Σ_{t>quiet} ē(t)

The two recurrences are inherently sequential, a product (batch, N) × (N, N) each step. Everything else is not: all W_uh x(t), all outputs and
each of the three gradients are one large product over the stacked time steps. Nothing is computed that is zero by construction: no input
behind `fed`, no output up to `quiet`, no W_hh h(0). σ' is written in terms of h, so no pre-activation is kept. All arrays are allocated once.

>>> pass_ = Backpropagation("identity", 1, 1, 1, Window(steps=2, fed=1, quiet=1), batch=1, dtype="float64")
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

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.networks import activation as find_activation
from emt_theory.tasks import Window
from emt_theory.tasks.accuracy import Marks, sign_marks
from emt_theory.training.cells import Weights

Array = NDArray[Any]


class Score(NamedTuple):
    """How a batch went.

    Attributes:
        loss: the mean square error of the scored outputs.
        accuracy: the fraction of right outputs among those that have something to be right about; 1 where there are none.
        mean_square: of the targets.
    """

    loss: float
    accuracy: float
    mean_square: float


class Backpropagation:
    """Forward and backward pass for one shape of batch; fill `inputs`, `targets` and, where it is there, `scored`, then call.

    Attributes:
        inputs: x(1), …, x(fed), shape (fed, batch, d_in): time first, so that each step is contiguous.
        targets: u(quiet + 1), …, u(steps), shape (steps − quiet, batch, d_out).
        scored: which of them count, shape (steps − quiet, batch); None where all do.
    """

    def __init__(
        self,
        activation: str,
        hidden: int,
        d_in: int,
        d_out: int,
        window: Window,
        batch: int,
        dtype: str,
        score: Callable[[Any, Any], Marks] = sign_marks,
    ) -> None:
        steps, fed, quiet, every = self._window = window
        self.inputs = np.zeros((fed, batch, d_in), dtype)
        self.targets = np.zeros((steps - quiet, batch, d_out), dtype)
        self.scored = None if every else np.zeros((steps - quiet, batch), np.bool_)
        self._score = score
        self._apply, self._chain = find_activation(activation).training_pair()
        states, slopes = (np.zeros((steps, batch, hidden), dtype) for _ in range(2))
        self._h, self._g = list(states), list(slopes)  # one contiguous view for each step
        self._drive = np.empty((fed, batch, hidden), dtype)
        self._W_hh_T = np.empty((hidden, hidden), dtype)
        self._product, self._scratch = (np.empty((batch, hidden), dtype) for _ in range(2))
        self._error = np.empty(((steps - quiet) * batch, d_out), dtype)
        self._scored_states, self._scored_slopes = _stacked(states[quiet:]), _stacked(slopes[quiet:])
        self._previous, self._following = _stacked(states[:-1]), _stacked(slopes[1:])
        self._first_slopes, self._slopes = _stacked(slopes[:fed]), _stacked(slopes)

    def __call__(self, weights: Weights, gradient: Weights) -> Score:
        """The score of the batch; writes the gradient of its loss into `gradient`."""
        self._forward(weights)
        error, target, scored = self._error, _stacked(self.targets), self.scored
        np.dot(self._scored_states, weights["W_hy"].T, out=error)
        if "b_y" in weights:
            error += weights["b_y"]
        right, counted = self._score(error.reshape(self.targets.shape), self.targets)
        error -= target
        size = error.size
        if scored is not None:
            counted = counted & scored[..., None]
            error *= scored.reshape(-1, 1)
            size = max(1, np.count_nonzero(scored) * error.shape[1])
        count = np.count_nonzero(counted)
        accuracy = np.count_nonzero(right & counted) / count if count else 1.0
        flat, flat_target = error.ravel(), target.ravel()
        loss, mean_square = float(np.dot(flat, flat)) / size, float(np.dot(flat_target, flat_target)) / size
        error *= 2.0 / size
        self._backward(weights, gradient)
        return Score(loss, accuracy, mean_square)

    def _forward(self, weights: Weights) -> None:
        h, fed, bias = self._h, self._window.fed, weights.get("b_h")
        np.copyto(self._W_hh_T, weights["W_hh"].T)
        np.dot(_stacked(self.inputs), weights["W_uh"].T, out=_stacked(self._drive))
        if bias is not None:
            self._drive += bias
        np.copyto(h[0], self._drive[0])
        self._apply(h[0])
        for t in range(1, len(h)):
            np.dot(h[t - 1], self._W_hh_T, out=h[t])
            if t < fed:
                h[t] += self._drive[t]
            elif bias is not None:
                h[t] += bias
            self._apply(h[t])

    def _backward(self, weights: Weights, gradient: Weights) -> None:
        h, g, quiet, W_hh = self._h, self._g, self._window.quiet, weights["W_hh"]
        np.dot(self._error, weights["W_hy"], out=self._scored_slopes)
        self._chain(g[-1], h[-1], self._scratch)
        for t in range(len(h) - 2, -1, -1):
            if t >= quiet:
                np.dot(g[t + 1], W_hh, out=self._product)
                g[t] += self._product
            else:
                np.dot(g[t + 1], W_hh, out=g[t])
            self._chain(g[t], h[t], self._scratch)
        np.dot(self._following.T, self._previous, out=gradient["W_hh"])
        np.dot(self._first_slopes.T, _stacked(self.inputs), out=gradient["W_uh"])
        np.dot(self._error.T, self._scored_states, out=gradient["W_hy"])
        if "b_h" in gradient:
            np.sum(self._slopes, axis=0, out=gradient["b_h"])
            np.sum(self._error, axis=0, out=gradient["b_y"])


def _stacked(array: Array) -> Array:
    """(time, batch, k) seen as (time · batch, k)."""
    return array.reshape(-1, array.shape[-1])

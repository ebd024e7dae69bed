r"""Adam with a global clip and a coupled L2 term, in place on one flat vector.

All weights of a network lie one after another in one vector, so the clip's norm is one product and Adam a dozen passes, whatever the
number of arrays:

>>> from emt_theory.training.protocol import FastProtocol
>>> adam = Adam(FastProtocol(), size=2, dtype="float64")
>>> w = np.array([1.0, 1.0])
>>> g = np.array([30.0, -40.0])
>>> adam.update(w, g, norm=norm_of(g), rate=0.1, step=0)
>>> bool(np.allclose(w, [0.9, 1.1]))                       # the first step is η in every direction
True

Source: Kingma & Ba, arXiv 1412.6980; the order of clip and L2 term is PyTorch's (`emt_theory.training.protocol`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.training.protocol import Protocol

CLIP_EPSILON = 1e-6
"""Added to the norm before the gradient is divided by it, as PyTorch's `clip_grad_norm_` does."""


class Adam:
    """Adam's two moments for `size` numbers, and its step.

    Attributes:
        first: m, shape (size,).
        second: v, shape (size,).
    """

    def __init__(self, protocol: Protocol, size: int, dtype: str) -> None:
        self.first, self.second, self._scratch, self._step = (np.zeros(size, dtype) for _ in range(4))
        self._protocol = protocol

    def update(self, weights: NDArray[Any], gradient: NDArray[Any], norm: float, rate: float, step: int) -> None:
        """One step on `weights`, in place; overwrites `gradient`.

        Args:
            weights: w, shape (size,).
            gradient: of the loss alone, shape (size,).
            norm: its norm; see `norm_of`.
            rate: η.
            step: how many were taken before.
        """
        p, scratch, moved = self._protocol, self._scratch, self._step
        if p.clip is not None:
            gradient *= min(1.0, p.clip / (norm + CLIP_EPSILON))
        if p.l2:
            np.multiply(weights, p.l2, out=scratch)
            gradient += scratch
        self.first *= p.beta1
        np.multiply(gradient, 1 - p.beta1, out=scratch)
        self.first += scratch
        self.second *= p.beta2
        np.multiply(gradient, gradient, out=scratch)
        scratch *= 1 - p.beta2
        self.second += scratch
        np.divide(self.second, 1 - p.beta2 ** (step + 1), out=scratch)
        np.sqrt(scratch, out=scratch)
        scratch += p.epsilon
        np.divide(self.first, scratch, out=moved)
        moved *= rate / (1 - p.beta1 ** (step + 1))
        weights -= moved


def norm_of(gradient: NDArray[Any]) -> float:
    """The Euclidean norm of all numbers together."""
    return math.sqrt(float(np.dot(gradient, gradient)))

"""Samplers that other processes can import."""

import numpy as np


def minority(rng, batch, horizon):
    """u(t) = −sign(u(t−1) + u(t−2) + u(t−3)): not linear, and odd, as every network of tanh units without biases is."""
    u = [*rng.choice([-1.0, 1.0], size=(3, batch, 1))]
    for _ in range(horizon):
        u.append(-np.sign(u[-1] + u[-2] + u[-3]))
    return np.stack(u[:3], axis=1), np.stack(u[3:], axis=1)

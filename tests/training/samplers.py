"""Samplers that other processes can import."""

import os
import signal

import numpy as np


def minority(rng, batch, horizon):
    """u(t) = −sign(u(t−1) + u(t−2) + u(t−3)): not linear, and odd, as every network of tanh units without biases is."""
    u = [*rng.choice([-1.0, 1.0], size=(3, batch, 1))]
    for _ in range(horizon):
        u.append(-np.sign(u[-1] + u[-2] + u[-3]))
    return np.stack(u[:3], axis=1), np.stack(u[3:], axis=1)


def fatal(rng, batch, horizon):
    """As `minority`, but it kills its process at the 40th batch of a training, unless the file FATAL is there; then it makes it."""
    drawn = minority(rng, batch, horizon)
    count[0] += batch > 8
    flag = os.environ.get("FATAL", "")
    if count[0] == 40 and flag and not os.path.exists(flag):
        open(flag, "x").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return drawn


count = [0]

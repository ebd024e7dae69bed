r"""The score of a batch and its gradient in JAX, for each cell. Loaded only by the JAX backend.

The Elman network's gradient is written out, as in `emt_theory.training.backpropagation` and for the same reason: ∂L/∂W_hh is one large product
over the stacked steps, where differentiating through `lax.scan` adds up a small one each step. `elman_outputs` is the forward pass alone; the tests
hold JAX's own differentiation of it against both. A gated cell is differentiated by JAX as it stands.

All arrays are time first: inputs (s, batch, d), targets (horizon, batch, d).
"""

# ruff: noqa: TID253 — nothing imports this file but the backend that needs it
from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from emt_theory.networks import activation as find_activation
from emt_theory.training.cells import Cell

Array = Any
Params = dict[str, Array]


class JaxScore(NamedTuple):
    """As `emt_theory.training.backpropagation.Score`, on the device."""

    loss: Array
    accuracy: Array
    mean_square: Array


Gradient = Callable[[Params, Array, Array], tuple[JaxScore, Params]]


def gradient_of(cell: Cell, activation: str) -> Gradient:
    """The function (weights, inputs, targets) → (score, gradient of the loss)."""
    if cell is Cell.ELMAN:
        return partial(_elman_gradient, find_activation(activation).name)
    return partial(_gated_gradient, _GATED[cell])


def elman_outputs(activation: str, weights: Params, inputs: Array, horizon: int) -> Array:
    """The scored outputs of an Elman network, shape (horizon, batch, d)."""
    return _elman_states(activation, weights, inputs, horizon)[1] @ weights["W_hy"].T


def _elman_states(activation: str, weights: Params, inputs: Array, horizon: int) -> tuple[Array, Array]:
    sigma, _ = _SIGMA[activation]
    W_hh_T = weights["W_hh"].T

    def load(h: Array, drive: Array) -> tuple[Array, Array]:
        h = sigma(h @ W_hh_T + drive)
        return h, h

    def run(h: Array, _: None) -> tuple[Array, Array]:
        h = sigma(h @ W_hh_T)
        return h, h

    drive = inputs @ weights["W_uh"].T
    h, loaded = lax.scan(load, jnp.zeros_like(drive[0]), drive)
    return loaded, lax.scan(run, h, None, length=horizon)[1]


def _elman_gradient(activation: str, weights: Params, inputs: Array, targets: Array) -> tuple[JaxScore, Params]:
    _, slope = _SIGMA[activation]
    W_hh, W_hy = weights["W_hh"], weights["W_hy"]
    loaded, scored = _elman_states(activation, weights, inputs, len(targets))
    outputs = scored @ W_hy.T
    error = (outputs - targets) * (2.0 / outputs.size)

    def through_scored(g: Array, at: tuple[Array, Array]) -> tuple[Array, Array]:
        h, injected = at
        g = (g @ W_hh + injected) * slope(h)
        return g, g

    def through_loaded(g: Array, h: Array) -> tuple[Array, Array]:
        g = (g @ W_hh) * slope(h)
        return g, g

    g, late = lax.scan(through_scored, jnp.zeros_like(loaded[0]), (scored, error @ W_hy), reverse=True)
    _, early = lax.scan(through_loaded, g, loaded, reverse=True)
    following, previous = jnp.concatenate([early[1:], late]), jnp.concatenate([loaded, scored[:-1]])
    gradient = {
        "W_hh": _over_time(following, previous),
        "W_uh": _over_time(early, inputs),
        "W_hy": _over_time(error, scored),
    }
    return _score(outputs, targets), gradient


def _over_time(a: Array, b: Array) -> Array:
    """Σ a(t) b(t)ᵀ over time and batch, as one product."""
    return a.reshape(-1, a.shape[-1]).T @ b.reshape(-1, b.shape[-1])


def _gated_gradient(step: Any, weights: Params, inputs: Array, targets: Array) -> tuple[JaxScore, Params]:
    def loss(weights: Params) -> tuple[Array, Array]:
        outputs = gated_outputs(step, weights, inputs, len(targets))
        return jnp.mean((outputs - targets) ** 2), outputs

    (_, outputs), gradient = jax.value_and_grad(loss, has_aux=True)(weights)
    return _score(outputs, targets), gradient


def gated_outputs(step: Any, weights: Params, inputs: Array, horizon: int) -> Array:
    """The scored outputs of a gated cell without biases, shape (horizon, batch, d)."""
    hidden = weights["weight_hh_l0"].shape[1]
    zero = jnp.zeros((inputs.shape[1], hidden), inputs.dtype)
    drive = inputs @ weights["weight_ih_l0"].T

    def load(state: Any, x: Array) -> tuple[Any, None]:
        return step(state, state[0] @ weights["weight_hh_l0"].T, x), None

    def run(state: Any, _: None) -> tuple[Any, Array]:
        state = step(state, state[0] @ weights["weight_hh_l0"].T, jnp.zeros_like(drive[0]))
        return state, state[0]

    state, _ = lax.scan(load, (zero, zero), drive)
    return lax.scan(run, state, None, length=horizon)[1] @ weights["W_hy"].T


def gru_step(state: Any, recurrent: Array, drive: Array) -> Any:
    """(h, unused) after one step, from W h and W x of all gates in the order r, z, n."""
    h, unused = state
    (hr, hz, hn), (xr, xz, xn) = jnp.split(recurrent, 3, axis=-1), jnp.split(drive, 3, axis=-1)
    r, z = jax.nn.sigmoid(hr + xr), jax.nn.sigmoid(hz + xz)
    n = jnp.tanh(xn + r * hn)
    return (1 - z) * n + z * h, unused


def lstm_step(state: Any, recurrent: Array, drive: Array) -> Any:
    """(h, c) after one step, from W h and W x of all gates in the order i, f, g, o."""
    _, c = state
    i, f, g, o = jnp.split(recurrent + drive, 4, axis=-1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(c), c


_GATED = {Cell.GRU: gru_step, Cell.LSTM: lstm_step}


def _score(outputs: Array, targets: Array) -> JaxScore:
    scored = jnp.count_nonzero(targets)
    right = jnp.count_nonzero(outputs * targets > 0)
    accuracy = jnp.where(scored > 0, right / jnp.maximum(scored, 1), 1.0)
    return JaxScore(jnp.mean((outputs - targets) ** 2), accuracy, jnp.mean(targets**2))


# σ, and its derivative as a function of h = σ(z); 0 at a kink.
_SIGMA: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "identity": (lambda z: z, lambda h: 1.0),
    "tanh": (jnp.tanh, lambda h: 1 - h * h),
    "hard_tanh": (lambda z: jnp.clip(z, -1, 1), lambda h: (jnp.abs(h) < 1).astype(h.dtype)),
    "relu": (lambda z: jnp.maximum(z, 0), lambda h: (h > 0).astype(h.dtype)),
}

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
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from emt_theory.networks import ElmanRNN, Network
from emt_theory.networks import activation as find_activation
from emt_theory.networks.kinds import kind
from emt_theory.training.backpropagation import Score

Array = Any
Params = dict[str, Array]


Gradient = Callable[[Params, Array, Array], tuple[Score, Params]]
"""(weights, inputs, targets) ↦ (score, gradient of the loss); what the score holds is on the device."""


def gradient_of(cell: str, activation: str) -> Gradient:
    """The function (weights, inputs, targets) → (score, gradient of the loss).

    Raises:
        InvalidNetwork: if σ' is no function of σ; names σ.
    """
    if cell == ElmanRNN.kind:
        find_activation(activation).require("slope", "training")
        return partial(_elman_gradient, activation)
    return partial(_gated_gradient, kind(cell))


def elman_outputs(activation: str, weights: Params, inputs: Array, horizon: int) -> Array:
    """The scored outputs of an Elman network, shape (horizon, batch, d)."""
    return _elman_states(activation, weights, inputs, horizon)[1] @ weights["W_hy"].T


def _elman_states(activation: str, weights: Params, inputs: Array, horizon: int) -> tuple[Array, Array]:
    sigma = partial(find_activation(activation).function, xp=jnp)
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


def _elman_gradient(activation: str, weights: Params, inputs: Array, targets: Array) -> tuple[Score, Params]:
    slope = partial(find_activation(activation).require("slope", "training"), xp=jnp)
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


def _gated_gradient(cell: type[Network], weights: Params, inputs: Array, targets: Array) -> tuple[Score, Params]:
    def loss(weights: Params) -> tuple[Array, Array]:
        outputs = gated_outputs(cell, weights, inputs, len(targets))
        return _mean_square(outputs - targets), outputs

    (_, outputs), gradient = jax.value_and_grad(loss, has_aux=True)(weights)
    return _score(outputs, targets), gradient


def gated_outputs(cell: type[Network], weights: Params, inputs: Array, horizon: int) -> Array:
    """The scored outputs of a cell without biases, by its own `formula`, shape (horizon, batch, d)."""
    recurrent, driven, read = (weights[name] for name in cell.WEIGHTS)
    drive = inputs @ driven.T
    silence = jnp.zeros_like(drive[0])
    state = (jnp.zeros((inputs.shape[1], recurrent.shape[1]), inputs.dtype),) * len(cell.PARTS)

    def load(state: Any, x: Array) -> tuple[Any, None]:
        return cell.formula(state, state[0] @ recurrent.T, x, jnp), None

    def run(state: Any, _: None) -> tuple[Any, Array]:
        state = cell.formula(state, state[0] @ recurrent.T, silence, jnp)
        return state, state[0]

    state, _ = lax.scan(load, state, drive)
    return lax.scan(run, state, None, length=horizon)[1] @ read.T


def _score(outputs: Array, targets: Array) -> Score:
    scored = jnp.count_nonzero(targets)
    right = jnp.count_nonzero(outputs * targets > 0)
    accuracy: Array = jnp.where(scored > 0, right / jnp.maximum(scored, 1), 1.0)
    return Score(_mean_square(outputs - targets), accuracy, _mean_square(targets))


def _mean_square(values: Array) -> Array:
    return jnp.mean(values**2)

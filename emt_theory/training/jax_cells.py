r"""The score of a batch and its gradient in JAX, for each cell. Loaded only by the JAX backend.

The Elman network's gradient is written out, as in `emt_theory.training.backpropagation` and for the same reason: ∂L/∂W_hh is one large product
over the stacked steps, where differentiating through `lax.scan` adds up a small one each step. `elman_outputs` is the forward pass alone; the tests
hold JAX's own differentiation of it against both. A gated cell is differentiated by JAX as it stands.

All arrays are time first: inputs (fed, batch, d_in), targets (steps − quiet, batch, d_out), scored (steps − quiet, batch), or None where all are.
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
from emt_theory.tasks import Window
from emt_theory.tasks.accuracy import Marks
from emt_theory.training.backpropagation import Score

Array = Any
Params = dict[str, Array]

Gradient = Callable[[Params, Array, Array, Array | None], tuple[Score, Params]]
"""(weights, inputs, targets, scored) ↦ (score, gradient of the loss); what the score holds is on the device."""

Marking = Callable[[Array, Array, Any], Marks]
"""(outputs, targets, array library) ↦ which are right; see `Task.score`."""


def gradient_of(cell: str, activation: str, window: Window, marking: Marking) -> Gradient:
    """The function (weights, inputs, targets, scored) → (score, gradient of the loss).

    Raises:
        InvalidNetwork: if σ' is no function of σ; names σ.
    """
    if cell == ElmanRNN.kind:
        find_activation(activation).require("slope", "training")
        return partial(_elman_gradient, activation, window, marking)
    return partial(_gated_gradient, kind(cell), window, marking)


def elman_outputs(activation: str, weights: Params, inputs: Array, window: Window) -> Array:
    """The outputs of an Elman network behind `quiet`, shape (steps − quiet, batch, d_out)."""
    return _plus(_elman_states(activation, weights, inputs, window)[1] @ weights["W_hy"].T, weights.get("b_y"))


def _elman_states(activation: str, weights: Params, inputs: Array, window: Window) -> tuple[Array, Array]:
    """The states up to `quiet`, and behind it."""
    sigma = partial(find_activation(activation).function, xp=jnp)
    W_hh_T, bias = weights["W_hh"].T, weights.get("b_h")

    def load(h: Array, drive: Array) -> tuple[Array, Array]:
        h = sigma(h @ W_hh_T + drive)
        return h, h

    def run(h: Array, _: None) -> tuple[Array, Array]:
        h = sigma(_plus(h @ W_hh_T, bias))
        return h, h

    drive = _plus(inputs @ weights["W_uh"].T, bias)
    h, loaded = lax.scan(load, jnp.zeros_like(drive[0]), drive)
    free = lax.scan(run, h, None, length=window.steps - window.fed)[1]
    return _divided(loaded, free, window.quiet)


def _elman_gradient(
    activation: str,
    window: Window,
    marking: Marking,
    weights: Params,
    inputs: Array,
    targets: Array,
    scored: Array | None,
) -> tuple[Score, Params]:
    slope = partial(find_activation(activation).require("slope", "training"), xp=jnp)
    W_hh, W_hy = weights["W_hh"], weights["W_hy"]
    before, after = _elman_states(activation, weights, inputs, window)
    outputs = _plus(after @ W_hy.T, weights.get("b_y"))
    error = _errors(outputs, targets, scored) * (2.0 / _count(outputs, scored))

    def through_scored(g: Array, at: tuple[Array, Array]) -> tuple[Array, Array]:
        h, injected = at
        g = (g @ W_hh + injected) * slope(h)
        return g, g

    def through_quiet(g: Array, h: Array) -> tuple[Array, Array]:
        g = (g @ W_hh) * slope(h)
        return g, g

    g, late = lax.scan(through_scored, jnp.zeros_like(after[0]), (after, error @ W_hy), reverse=True)
    _, early = lax.scan(through_quiet, g, before, reverse=True)
    following = jnp.concatenate([early[1:], late]) if window.quiet else late[1:]
    gradient = {
        "W_hh": _over_time(following, jnp.concatenate([before, after[:-1]])),
        "W_uh": _over_time(_divided(early, late, window.fed)[0], inputs),
        "W_hy": _over_time(error, after),
    }
    if "b_h" in weights:
        gradient |= {"b_h": early.sum((0, 1)) + late.sum((0, 1)), "b_y": error.sum((0, 1))}
    return _score(marking, outputs, targets, scored), gradient


def _plus(a: Array, bias: Array | None) -> Array:
    return a if bias is None else a + bias


def _divided(first: Array, second: Array, at: int) -> tuple[Array, Array]:
    """Two stretches of time, divided at another step."""
    if len(first) == at:
        return first, second
    whole = jnp.concatenate([first, second])
    return whole[:at], whole[at:]


def _over_time(a: Array, b: Array) -> Array:
    """Σ a(t) b(t)ᵀ over time and batch, as one product."""
    return a.reshape(-1, a.shape[-1]).T @ b.reshape(-1, b.shape[-1])


def _gated_gradient(
    cell: type[Network],
    window: Window,
    marking: Marking,
    weights: Params,
    inputs: Array,
    targets: Array,
    scored: Array | None,
) -> tuple[Score, Params]:
    def loss(weights: Params) -> tuple[Array, Array]:
        outputs = gated_outputs(cell, weights, inputs, window)
        return _mean_square(_errors(outputs, targets, scored), scored), outputs

    (_, outputs), gradient = jax.value_and_grad(loss, has_aux=True)(weights)
    return _score(marking, outputs, targets, scored), gradient


def gated_outputs(cell: type[Network], weights: Params, inputs: Array, window: Window) -> Array:
    """The outputs behind `quiet` of a cell without biases, by its own `formula`, shape (steps − quiet, batch, d_out)."""
    recurrent, driven, read = (weights[name] for name in cell.WEIGHTS)
    drive = inputs @ driven.T
    silence = jnp.zeros_like(drive[0])
    state = (jnp.zeros((inputs.shape[1], recurrent.shape[1]), inputs.dtype),) * len(cell.PARTS)

    def step(state: Any, x: Array | None) -> tuple[Any, Array]:
        state = cell.formula(state, state[0] @ recurrent.T, silence if x is None else x, jnp)
        return state, state[0]

    state, loaded = lax.scan(step, state, drive)
    free = lax.scan(step, state, None, length=window.steps - window.fed)[1]
    return _divided(loaded, free, window.quiet)[1] @ read.T


def _score(marking: Marking, outputs: Array, targets: Array, scored: Array | None) -> Score:
    right, counted = marking(outputs, targets, jnp)
    if scored is not None:
        counted = counted & scored[..., None]
    count = jnp.count_nonzero(counted)
    accuracy: Array = jnp.where(count > 0, jnp.count_nonzero(right & counted) / jnp.maximum(count, 1), 1.0)
    loss = _mean_square(_errors(outputs, targets, scored), scored)
    return Score(loss, accuracy, _mean_square(targets, scored))


def _errors(outputs: Array, targets: Array, scored: Array | None) -> Array:
    error = outputs - targets
    return error if scored is None else error * scored[..., None]


def _count(values: Array, scored: Array | None) -> Array | int:
    """How many numbers are scored, at least 1."""
    if scored is None:
        return values.size
    return jnp.maximum(jnp.count_nonzero(scored) * values.shape[-1], 1).astype(values.dtype)


def _mean_square(values: Array, scored: Array | None) -> Array:
    return jnp.mean(values**2) if scored is None else jnp.sum(values**2) / _count(values, scored)

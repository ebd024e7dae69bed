r"""Training in JAX: one run, or many in one program that is spread over the devices.

`advance` is one dispatch: a `while_loop` on the device draws each batch (`emt_theory.training.philox` and the task's own `parts`, or rows of what the
host has drawn for a sampler), takes the step, and writes loss and accuracy into a buffer, until the limit is reached, the accuracy exceeds the
curriculum's threshold or the loss diverges. Nothing goes back to the host in between, and the buffers of weights and moments are donated.

Many runs are that program under `vmap`, one shard of runs for each device under `shard_map`; no device waits for another. Runs whose limit is 0
stay as they are. It is the same program on a CPU, on several and on GPUs.
"""

# ruff: noqa: TID253 — nothing imports this file but the backend that needs it
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from emt_theory.errors import InvalidOption
from emt_theory.tasks import Parts, Task
from emt_theory.training.adam import CLIP_EPSILON
from emt_theory.training.curriculum import Scheduled
from emt_theory.training.engine import DIVERGED, PARTS, TINY, Chunk, Engine, Setting, State, Stop, fresh_state
from emt_theory.training.jax_cells import Params, gradient_of
from emt_theory.training.philox import split_seed, words
from emt_theory.training.protocol import Protocol

Array = Any
_CAPACITY, _CAPACITY_OF_SAMPLES = 512, 32


class _Carry(NamedTuple):
    """What a dispatch takes and gives back: a run between two steps."""

    weights: Params
    before: Params
    first: Params
    second: Params


class _Order(NamedTuple):
    """What a dispatch is told.

    Attributes:
        key: the seed's two words.
        start: steps taken before.
        limit: steps to take.
        rates: learning rates of these steps, shape (capacity,).
        threshold: the accuracy above which to stop.
        l2: λ.
        given: for a sampler, the batches, each array of shape (capacity, batch, …); else None.
    """

    key: Array
    start: Array
    limit: Array
    rates: Array
    threshold: Array
    l2: Array
    given: Parts | None


class _Report(NamedTuple):
    """What a dispatch did: steps taken, why it stopped, the loss that diverged, and each step's loss and accuracy."""

    done: Array
    stop: Array
    bad_loss: Array
    loss: Array
    accuracy: Array


class JaxEngine(Engine):
    """Networks trained in JAX.

    Args:
        settings: the runs; they differ in seed, λ and learning rate only.
        many: whether to vectorize; one run alone need not be.
    """

    def __init__(self, settings: Sequence[Setting], many: bool = False) -> None:
        super().__init__(settings)
        self._model = self.settings[0]
        _check_alike(self.settings)
        if not many and len(self.settings) > 1:
            raise InvalidOption(f"{len(self.settings)} runs in one program must be vectorized")
        devices = jax.devices() if many else jax.devices()[:1]
        self._devices = devices[: len(self.settings)]
        self._many = many
        self._prepared: set[int] = set()
        # Shards are of equal size: copies of the first run, which take no step, fill them up.
        padding = -len(self.settings) % len(self._devices)
        self._padded = [*self.settings, *[self._model] * padding]
        self._mesh = Mesh(np.array(self._devices), ("runs",))
        self._carry = self._place(self._stack([_to_carry(fresh_state(setting)) for setting in self._padded]))

    @property
    def capacity(self) -> int:
        """See `Engine.capacity`."""
        return _CAPACITY if isinstance(self._model.source, Task) else _CAPACITY_OF_SAMPLES

    def prepare(self, horizon: int) -> None:
        """See `Engine.prepare`."""
        if horizon not in self._prepared:
            self._prepared.add(horizon)
            nothing = [0] * len(self.settings)
            self.advance(nothing, nothing, horizon)  # compiles, and takes no step

    def advance(
        self, starts: Sequence[int], limits: Sequence[int], horizon: int, threshold: float = math.inf
    ) -> list[Chunk]:
        """See `Engine.advance`."""
        padding = [0] * (len(self._padded) - len(self.settings))
        with jax.enable_x64(self._model.dtype == "float64"):
            told = zip(self._padded, [*starts, *padding], [*limits, *padding], strict=True)
            orders = [self._order(setting, start, limit, horizon, threshold) for setting, start, limit in told]
            program = _compiled(
                _alike(self._model), horizon, self.capacity, tuple(self._devices) if self._many else None
            )
            self._carry, report = program(self._carry, self._place(self._stack(orders)))
            found = _Report(*(np.asarray(part) for part in jax.device_get(report)))
        if not self._many:
            return [_to_chunk(found)]
        return [_to_chunk(_Report(*(part[run] for part in found))) for run in range(len(self.settings))]

    def state(self, run: int) -> State:
        """See `Engine.state`."""
        carry = jax.device_get(self._carry)
        return {
            f"{part}.{name}": np.array(array[run] if self._many else array)
            for part in PARTS
            for name, array in getattr(carry, part).items()
        }

    def restore(self, run: int, state: State) -> None:
        """See `Engine.restore`."""
        carry = _to_carry(state)
        if self._many:
            host = jax.tree.map(np.array, jax.device_get(self._carry))  # what the device gives is read-only
            for old, new in zip(jax.tree.leaves(host), jax.tree.leaves(carry), strict=True):
                old[run] = new
            carry = host
        with jax.enable_x64(self._model.dtype == "float64"):
            self._carry = self._place(carry)

    def _order(self, setting: Setting, start: int, limit: int, horizon: int, threshold: float) -> _Order:
        capacity = self.capacity
        number = np.dtype(setting.dtype).type
        rates = np.zeros(capacity, setting.dtype)
        rates[:limit] = [setting.protocol.rate(start + k) for k in range(limit)]
        given, source, batch = None, setting.source, setting.protocol.batch
        if not isinstance(source, Task):
            s, d = source.shape
            given = Parts(*(np.zeros((capacity, batch, steps, d), setting.dtype) for steps in (s, horizon)))
            for k in range(limit):
                given.inputs[k], given.targets[k], _ = source.parts(setting.seed, start + k, batch, horizon)
        key, counts = split_seed(setting.seed), (np.uint32(start), np.int32(limit))
        return _Order(key, *counts, rates, number(threshold), number(setting.protocol.l2), given)

    def _stack(self, parts: Sequence[Any]) -> Any:
        return jax.tree.map(lambda *leaves: np.stack(leaves), *parts) if self._many else parts[0]

    def _place(self, tree: Any) -> Any:
        with jax.enable_x64(self._model.dtype == "float64"):
            where = NamedSharding(self._mesh, PartitionSpec("runs")) if self._many else self._devices[0]
            return jax.device_put(tree, where)


def shape_of(setting: Setting) -> dict[str, Any]:
    """What runs that share a program have in common: all but seed, λ, learning rate and start."""
    own = ("name", "learning_rate", "decay", "warmup", "l2", "start")
    told = {name: value for name, value in setting.identity().items() if name not in ("seed", "protocol")}
    return told | {name: value for name, value in setting.protocol.to_dict().items() if name not in own}


def _check_alike(settings: Sequence[Setting]) -> None:
    """Refuse runs that cannot share a program."""
    first, *others = map(shape_of, settings)
    for other in others:
        for key, value in other.items():
            if value != first[key]:
                raise InvalidOption(
                    f"runs in one program differ in seed, l2 and learning rate only; these differ in {key}"
                )


def _to_carry(state: State) -> _Carry:
    return _Carry(
        *({k.removeprefix(f"{part}."): v for k, v in state.items() if k.startswith(f"{part}.")} for part in PARTS)
    )


def _to_chunk(report: _Report) -> Chunk:
    done, stop = int(report.done), Stop(int(report.stop))
    bad = float(report.bad_loss) if stop is Stop.DIVERGED else None
    return Chunk(report.loss[:done].astype(np.float64), report.accuracy[:done].astype(np.float64), stop, bad)


@lru_cache(maxsize=16)
def _compiled(setting: Setting, horizon: int, capacity: int, devices: tuple[Any, ...] | None) -> Any:
    """The program, kept for the next run that is like this one; for many runs if devices are given."""
    program = _program(setting, horizon, capacity)
    if devices is not None:
        mesh, runs = Mesh(np.array(devices), ("runs",)), PartitionSpec("runs")
        program = jax.shard_map(jax.vmap(program), mesh=mesh, in_specs=runs, out_specs=runs, check_vma=False)
    return jax.jit(program, donate_argnums=0)


def _alike(setting: Setting) -> Setting:
    """What of a setting a program depends on: a seed, λ and the learning rate are told to it."""
    p = setting.protocol
    protocol = Protocol(
        1, 1.0, Scheduled((1,), (0,)), p.batch, clip=p.clip, beta1=p.beta1, beta2=p.beta2, epsilon=p.epsilon
    )
    return replace(setting, seed=0, protocol=protocol)


def _program(setting: Setting, horizon: int, capacity: int) -> Any:
    """The function (carry, order) → (carry, report) of one run."""
    protocol, dtype = setting.protocol, setting.dtype
    clip = protocol.clip
    source = setting.source
    gradient_at = gradient_of(setting.cell, setting.activation, source.window(horizon), source.score)
    batch_at = _batches(setting, horizon)
    adam: Any = optax.scale_by_adam(protocol.beta1, protocol.beta2, protocol.epsilon)

    def take_step(carry: _Carry, order: _Order, k: Array) -> tuple[_Carry, Array, Array, Array]:
        # Without the barrier XLA draws the batch again for everything that reads it.
        score, gradient = gradient_at(carry.weights, *lax.optimization_barrier(batch_at(order, k)))
        norm = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree.leaves(gradient)))
        bad = ~jnp.isfinite(score.loss + norm) | (score.loss > DIVERGED * jnp.maximum(score.mean_square, TINY))
        if clip is not None:
            shrink = jnp.minimum(1.0, clip / (norm + CLIP_EPSILON))
            gradient = jax.tree.map(lambda g: g * shrink, gradient)
        gradient = jax.tree.map(lambda g, w: g + order.l2 * w, gradient, carry.weights)
        taken = (order.start + k.astype(jnp.uint32)).astype(jnp.int32)
        moved, moments = adam.update(gradient, optax.ScaleByAdamState(taken, carry.first, carry.second))
        weights = jax.tree.map(lambda w, u: w - order.rates[k] * u, carry.weights, moved)
        good = _Carry(weights, carry.weights, moments.mu, moments.nu)
        back = _Carry(carry.before, carry.before, carry.first, carry.second)
        return jax.tree.map(lambda a, b: jnp.where(bad, a, b), back, good), score.loss, score.accuracy, bad

    def go_on(at: tuple[_Carry, _Report, Array]) -> Array:
        _, report, limit = at
        return (report.done < limit) & (report.stop == Stop.LIMIT)

    def run(carry: _Carry, order: _Order) -> tuple[_Carry, _Report]:
        def body(at: tuple[_Carry, _Report, Array]) -> tuple[_Carry, _Report, Array]:
            carry, report, limit = at
            carry, loss, accuracy, bad = take_step(carry, order, report.done)
            stop = jnp.where(bad, Stop.DIVERGED, jnp.where(accuracy > order.threshold, Stop.ADVANCED, Stop.LIMIT))
            report = _Report(
                report.done + jnp.where(bad, 0, 1).astype(jnp.int32),
                stop.astype(jnp.int32),
                jnp.where(bad, loss, report.bad_loss),
                report.loss.at[report.done].set(loss),
                report.accuracy.at[report.done].set(accuracy.astype(dtype)),
            )
            return carry, report, limit

        buffer = jnp.zeros(capacity, dtype)
        nothing = _Report(jnp.int32(0), jnp.int32(Stop.LIMIT), jnp.zeros((), dtype), buffer, buffer)
        carry, report, _ = lax.while_loop(go_on, body, (carry, nothing, order.limit))
        return carry, report

    return run


def _batches(setting: Setting, horizon: int) -> Any:
    """The function (order, k) → the k-th batch of a dispatch, time first."""
    source, batch = setting.source, setting.protocol.batch

    def time_first(drawn: Parts) -> Parts:
        scored = None if drawn.scored is None else drawn.scored.T
        inputs, targets = (array.astype(setting.dtype).swapaxes(0, 1) for array in drawn[:2])
        return Parts(inputs, targets, scored)

    if not isinstance(source, Task):
        return lambda order, k: time_first(jax.tree.map(lambda given: given[k], order.given))
    count = source.words(batch, horizon)

    def draw(order: _Order, k: Array) -> Parts:
        drawn = words(jnp, [order.key[0], order.key[1]], order.start + k.astype(jnp.uint32), count)
        return time_first(source.parts(drawn, batch, horizon, jnp))

    return draw


def device_kind() -> str:
    """What JAX computes on: "cpu", "gpu", "tpu"."""
    return jax.default_backend()

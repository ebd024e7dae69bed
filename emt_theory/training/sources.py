r"""Where batches come from: a linear task, or a sampler.

A batch of step k is a pure function of (seed, k). For a linear task the inputs are words of `emt_theory.training.philox`, one
bit for a component with two values; the targets are a linear function of the inputs,

    u(s+τ) = R_τ (u(1); …; u(s)),      R = C Φ^τ,

which for a selection task picks one input with a sign. R is computed once for each horizon, in exact arithmetic, by both
backends' common `TargetTable`; a backend then gathers and signs.

A sampler is any function `(rng, batch, horizon) → (inputs, targets)` with inputs (batch, s, d) and targets (batch, horizon, d): it may be as
non-linear as you like. It is given NumPy's Philox generator with key = seed and counter = step, so its batches too do not depend on what was
drawn before:

>>> def parity(rng, batch, horizon):
...     u = rng.choice([-1.0, 1.0], size=(batch, 2, 1))
...     return u, np.repeat(u.prod(axis=1, keepdims=True), horizon, axis=1)
>>> source = SamplerSource(parity)
>>> x, y = source.batch(seed=0, step=7, batch=3, horizon=4)
>>> x.shape, y.shape, bool(np.array_equal(x, source.batch(seed=0, step=7, batch=3, horizon=4)[0]))
((3, 2, 1), (3, 4, 1), True)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import numeric_array
from emt_theory.ground.text import shown
from emt_theory.tasks import LinearTask
from emt_theory.training.philox import INPUTS, split_seed, words

Sampler = Callable[[np.random.Generator, int, int], tuple[Any, Any]]


class TargetTable(NamedTuple):
    """The targets of a horizon as a function of the inputs.

    Attributes:
        picks: for a selection task, the flat input that each target copies, shape (horizon, d); None otherwise.
        matrix: its sign, shape (horizon, d); for another task R, shape (horizon·d, s·d).
    """

    picks: NDArray[np.intp] | None
    matrix: NDArray[np.float64]


@dataclass(frozen=True)
class TaskSource:
    """The batches of a linear task."""

    task: LinearTask

    @property
    def name(self) -> str:
        """What the batches are batches of."""
        return self.task.name

    @property
    def shape(self) -> tuple[int, int]:
        """(s, d)."""
        return self.task.num_variables, self.task.dim

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """The values of an input component, ascending."""
        return np.array([float(value) for value in self.task.inputs])

    def word_count(self, batch: int) -> int:
        """How many random words a batch needs: one bit for each component with two values, one word with any other number."""
        components = batch * self.task.components
        return -(-components // 32) if len(self.values) == 2 else components

    def inputs(self, seed: int, steps: Any, batch: int) -> NDArray[np.float64]:
        """The inputs of these steps, shape (len(steps), batch, s, d)."""
        drawn = words(np, split_seed(seed), steps, self.word_count(batch))
        return self.values[self.choose(np, drawn, batch)]

    def choose(self, xp: Any, drawn: Any, batch: int) -> Any:
        """Which value each input component has, from random words of shape (…, word_count); shape (…, batch, s, d)."""
        count = len(self.values)
        if count == 2:
            bits = (drawn[..., None] >> xp.arange(32, dtype=xp.uint32)) & xp.asarray(1, dtype=xp.uint32)
            chosen = bits.reshape((*drawn.shape[:-1], 32 * drawn.shape[-1]))[..., : batch * self.task.components]
        else:
            # ⌊word · count / 2³²⌋, in words of 32 bits; count stays below 2¹⁶.
            sixteen, low = xp.asarray(16, dtype=xp.uint32), xp.asarray(0xFFFF, dtype=xp.uint32)
            many = xp.asarray(count, dtype=xp.uint32)
            chosen = (((drawn & low) * many >> sixteen) + (drawn >> sixteen) * many) >> sixteen
        return chosen.reshape((*drawn.shape[:-1], batch, *self.shape))

    def table(self, horizon: int) -> TargetTable:
        """The targets of a horizon as a function of the inputs.

        Raises:
            InvalidOption: if a target leaves the range of floats.
        """
        s, d = self.shape
        if self.task.reads is None:
            return TargetTable(None, _response(self.task, horizon))
        index, sign = np.empty((s + horizon, d), dtype=np.intp), np.ones((s + horizon, d))
        index[:s] = np.arange(s * d).reshape(s, d)
        for t in range(s, s + horizon):
            for c, read in enumerate(self.task.reads):
                past = t - s + read.block - 1
                index[t, c], sign[t, c] = index[past, read.component], read.sign * sign[past, read.component]
        return TargetTable(index[s:], sign[s:])

    def identity(self) -> dict[str, Any]:
        """What makes two sources the same, JSON-ready."""
        return {"task": self.task.to_dict()}


def _response(task: LinearTask, horizon: int) -> NDArray[np.float64]:
    """R, shape (horizon·d, s·d): each basis input's exact targets."""
    s, d = task.num_variables, task.dim
    basis = np.eye(s * d, dtype=np.int64).reshape(s * d, s, d)
    exact = task.targets(basis, horizon)
    try:
        columns = exact.astype(np.float64)
    except OverflowError:
        columns = np.full(exact.shape, math.inf)
    if not np.isfinite(columns).all():
        raise InvalidOption(
            f"the targets of {task.name} at horizon {horizon} leave the range of floats; choose shorter horizons"
        )
    return columns.reshape(s * d, horizon * d).T.copy()


@dataclass(frozen=True)
class SamplerSource:
    """The batches of a user's sampler."""

    sampler: Sampler

    @property
    def name(self) -> str:
        """What the batches are batches of."""
        return getattr(self.sampler, "__name__", type(self.sampler).__name__)

    @cached_property
    def shape(self) -> tuple[int, int]:
        """(s, d), asked of the sampler itself."""
        inputs, _ = self.batch(seed=0, step=0, batch=1, horizon=1)
        return inputs.shape[1], inputs.shape[2]

    def batch(
        self, seed: int, step: int, batch: int, horizon: int, stream: int = INPUTS
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(inputs, targets) of a step; shapes (batch, s, d) and (batch, horizon, d).

        Raises:
            InvalidOption: if the sampler returns another shape, or a number that is not finite; says what would be right.
        """
        drawn = self.sampler(generator(seed, step, stream), batch, horizon)
        if not isinstance(drawn, tuple) or len(drawn) != 2:
            raise InvalidOption(f"the sampler {self.name} must return (inputs, targets); got {type(drawn).__name__}")
        named = zip(("inputs", "targets"), drawn, strict=True)
        inputs, targets = (numeric_array(f"the sampler's {name}", part, InvalidOption) for name, part in named)
        if inputs.ndim != 3 or 0 in inputs.shape or inputs.shape[0] != batch:
            raise InvalidOption(
                f"the sampler's inputs must have shape (batch, s, d) = ({batch}, s, d); got {inputs.shape}"
            )
        if targets.shape != (batch, horizon, inputs.shape[2]):
            right = (batch, horizon, inputs.shape[2])
            raise InvalidOption(
                f"the sampler's targets must have shape (batch, horizon, d) = {right}; got {targets.shape}"
            )
        if not (np.isfinite(inputs).all() and np.isfinite(targets).all()):
            raise InvalidOption(f"the sampler {self.name} returned a number that is not finite, at step {step}")
        return inputs, targets

    def identity(self) -> dict[str, Any]:
        """What makes two sources the same, as far as a file can say: a function's name."""
        return {"sampler": self.name}


Source = TaskSource | SamplerSource


def generator(seed: int, step: int, stream: int = INPUTS) -> np.random.Generator:
    """What a sampler draws from at a step: NumPy's Philox, keyed by the seed, with step and stream in the counter."""
    return np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, step, stream]))


def to_source(task: LinearTask | Sampler) -> Source:
    """A task or a sampler as a source of batches.

    Raises:
        InvalidOption: if it is neither.
    """
    if isinstance(task, LinearTask):
        if len(task.inputs) >= 2**16:
            raise InvalidOption(
                f"an input component must have fewer than 65536 values to train on; got {len(task.inputs)}"
            )
        return TaskSource(task)
    if callable(task) and not isinstance(task, type):
        return SamplerSource(task)
    raise InvalidOption(
        f"a task, or a sampler (rng, batch, horizon) -> (inputs, targets), is needed; got {shown(task)}"
    )

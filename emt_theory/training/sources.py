r"""Where batches come from: a task, or a sampler.

A batch of step k is a pure function of (seed, k). A task makes it of words of `emt_theory.training.philox` (`Task.batch`), on both backends of the
same words in the same way. A sampler is any function `(rng, batch, horizon) → (inputs, targets)` with inputs (batch, s, d) and targets
(batch, horizon, d): s inputs are shown, and the targets are those of the steps behind. It may be as non-linear as you like. It is given NumPy's
Philox generator with key = seed and counter = step, so its batches too do not depend on what was drawn before:

>>> def parity(rng, batch, horizon):
...     u = rng.choice([-1.0, 1.0], size=(batch, 2, 1))
...     return u, np.repeat(u.prod(axis=1, keepdims=True), horizon, axis=1)
>>> source = SamplerSource(parity)
>>> drawn = source.batch(seed=0, step=7, batch=3, horizon=4)
>>> drawn.inputs.shape, bool(np.array_equal(drawn.inputs, source.batch(seed=0, step=7, batch=3, horizon=4).inputs))
((3, 6, 1), True)
>>> source.window(4)
Window(steps=6, fed=2, quiet=2, every=True)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidOption
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import numeric_array
from emt_theory.ground.text import shown
from emt_theory.tasks import Accuracy, Episodes, LinearTask, Parts, Task, Window
from emt_theory.tasks.accuracy import Marks, measure, sign_marks
from emt_theory.training.philox import INPUTS, TEST

Array = NDArray[Any]
_TRIED = 8

Sampler = Callable[[np.random.Generator, int, int], tuple[Any, Any]]


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
        return self.parts(seed=0, step=0, batch=1, horizon=1).inputs.shape[1:]

    @property
    def d_in(self) -> int:
        """d."""
        return self.shape[1]

    @property
    def d_out(self) -> int:
        """d."""
        return self.shape[1]

    def window(self, horizon: int) -> Window:
        """s inputs, then silence in which every step is scored."""
        s, _ = self.shape
        return Window(s + horizon, s, s)

    def batch(self, seed: int, step: int, batch: int, horizon: int, stream: int = INPUTS) -> Episodes:
        """The sequences of a step; see `parts`."""
        inputs, targets, _ = self.parts(seed, step, batch, horizon, stream)
        s, d = inputs.shape[1:]
        silence, before = np.zeros((batch, horizon, d)), np.zeros((batch, s, d))
        scored = np.broadcast_to(np.arange(s + horizon) >= s, (batch, s + horizon))
        shown_at = np.concatenate([before, targets], axis=1)
        return Episodes(np.concatenate([inputs, silence], axis=1), shown_at, scored, np.full(batch, s))

    def sample(self, batch: int, horizon: int, seed: int) -> Episodes:
        """Sequences that no step is trained on; as `Task.sample`."""
        return self.batch(seed, 0, batch, horizon, TEST)

    def exam(self, sequences: int, horizon: int, seed: int) -> Episodes:
        """What a network is judged on; as `Task.exam`."""
        return self.sample(sequences, horizon, seed)

    def encode(self, values: Array) -> Array:
        """The values themselves, which are float64."""
        return values

    def score(self, outputs: Any, targets: Any, xp: Any = np) -> Marks:
        """Which outputs are right, as signs."""
        return sign_marks(outputs, targets, xp)

    def accuracy(self, outputs: Array, episodes: Episodes, seed: int = 0) -> Accuracy | Absent:
        """The fraction of right signs; as `Task.accuracy`."""
        return measure(self.score(outputs, episodes.targets), outputs == 0, int(episodes.scored[0].sum()), seed)

    def parts(self, seed: int, step: int, batch: int, horizon: int, stream: int = INPUTS) -> Parts:
        """What the sampler returns at a step, as `Task.parts`.

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
        return Parts(inputs, targets)


Source = Task | SamplerSource


def identity(source: Source) -> dict[str, Any]:
    """What makes two sources the same, JSON-ready; of a sampler a file can only say its name."""
    return {"task": source.to_dict()} if isinstance(source, Task) else {"sampler": source.name}


def generator(seed: int, step: int, stream: int = INPUTS) -> np.random.Generator:
    """What a sampler draws from at a step: NumPy's Philox, keyed by the seed, with step and stream in the counter."""
    return np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, step, stream]))


def to_source(task: Task | Sampler) -> Source:
    """A task or a sampler as a source of batches.

    Raises:
        InvalidOption: if it is neither, or a task without a hash.
    """
    if isinstance(task, Task):
        try:
            hash(task)
        except TypeError:
            raise InvalidOption(f"the task {shown(task.name)} has no hash; programs are kept by it") from None
        return task
    if callable(task) and not isinstance(task, type):
        return SamplerSource(task)
    raise InvalidOption(
        f"a task, or a sampler (rng, batch, horizon) -> (inputs, targets), is needed; got {shown(task)}"
    )


def try_out(source: Source, horizon: int) -> None:
    """Draw a few sequences, before anything is computed with a source that cannot be trained on.

    Args:
        source: what is tried.
        horizon: the longest of the training; a sampler is asked for 1.

    Raises:
        InvalidTask: if windows, shapes or numbers do not fit; says what would be right.
        InvalidOption: the same of a sampler.
    """
    if not isinstance(source, Task):
        _ = source.shape
    elif not isinstance(source, LinearTask):
        source.sample(_TRIED, horizon, seed=0)
    elif not source.is_selection:
        source.map.table(horizon)  # targets may grow

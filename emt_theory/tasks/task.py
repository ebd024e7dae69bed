r"""What every task is: sequences of inputs and targets, a machine that has the targets, and how outputs are scored.

A task is seen at steps t = 1, 2, …, T. At each it may give a network an input x(t) of `d_in` numbers, and may score the network's output against
`d_out` targets. Kinds differ in when:

    variable binding    s inputs, then silence; t > s is scored, and targets go on from what was stored     (`emt_theory.tasks.linear`)
    transducers         an input at every step, and every step is scored

A kind says how its inputs are made of random words (`draw`) and how it moves (`start`, `next`); everything else follows from these two. The smallest
one shows the last bit that it was given:

>>> class Echo(Task):
...     name, d_in, d_out = "echo", 1, 1
...     def window(self, horizon):
...         return Window(steps=horizon, fed=horizon, quiet=0)
...     def words(self, size, horizon):
...         return word_count(2, size * horizon)
...     def draw(self, words, size, horizon, xp=np):
...         return Given(2.0 * choose(xp, words, 2, (size, horizon, 1)) - 1)
...     def start(self, lengths, xp=np):
...         return xp.zeros((len(lengths), 1))
...     def next(self, state, x, xp=np):
...         return x, x
>>> episodes = Echo().sample(batch=3, horizon=4, seed=0)
>>> episodes.inputs.shape, bool((episodes.targets == episodes.inputs).all()), episodes.lengths.tolist()
((3, 4, 1), True, [4, 4, 4])

`batch` works on NumPy arrays and on JAX's, inside a compiled program too: the same words give the same sequences on both backends. An array that a
task holds enters with its dtype, `xp.asarray(table, dtype=float)`: JAX keeps an array without one in the first precision that it met it in.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import EMTError, InvalidOption, InvalidTask
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import empty_array, integer, numeric_array, within_memory
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import to_json
from emt_theory.ground.text import Shown, first_line, shown, shows
from emt_theory.tasks.accuracy import Accuracy, Marks, OutputAccuracy, measure, measure_outputs, sign_marks
from emt_theory.tasks.words import choose, generator, word_count

__all__ = ["Episodes", "Given", "Parts", "Task", "Window", "checked_task", "choose", "word_count"]

MOST_QUIET = 100_000
"""First steps that may be left unscored."""


@shows
class Window(NamedTuple):
    """When sequences of a horizon are fed and scored; known before any of them is drawn.

    Attributes:
        steps: T, how many steps there are.
        fed: behind this step every input is 0.
        quiet: up to this step nothing is scored.
        every: whether each sequence is scored at each step behind `quiet`.
    """

    steps: int
    fed: int
    quiet: int
    every: bool = True


@shows
class Given(NamedTuple):
    """What sequences are given, before it is known what they are to show.

    Attributes:
        inputs: shape (batch, fed, d_in); behind it there is silence.
        scored: which steps are scored, shape (batch, T); None for all behind `quiet`.
        lengths: for each sequence the last step with an input, shape (batch,); None for `fed`.
    """

    inputs: Any
    scored: Any = None
    lengths: Any = None


@shows
class Episodes(NamedTuple):
    """Sequences of a task.

    Attributes:
        inputs: x(1), …, x(T), shape (batch, T, d_in); 0 in silence.
        targets: what is to be shown, shape (batch, T, d_out); 0 where nothing is scored.
        scored: which steps are scored, shape (batch, T).
        lengths: for each sequence the last step with an input, shape (batch,).
        draws: how many of them were drawn, where the others follow from these: equally many of each, side by side. None where each
            was; 0 where none was, because they are all that there are.
    """

    inputs: NDArray[Any]
    targets: NDArray[Any]
    scored: NDArray[np.bool_]
    lengths: NDArray[np.int64]
    draws: int | None = None


@shows
class Parts(NamedTuple):
    """What of sequences is not 0 by construction; see `Window`.

    Attributes:
        inputs: x(1), …, x(fed), shape (batch, fed, d_in).
        targets: those behind `quiet`, shape (batch, steps − quiet, d_out).
        scored: which of these steps are scored, shape (batch, steps − quiet); None where all are.
    """

    inputs: Any
    targets: Any
    scored: Any = None


class Task(ABC, Shown):
    """What is to be computed; the kinds are its finals, and a kind of your own is one more.

    Attributes:
        name: what to call it.
        d_in: how many numbers a step gives.
        d_out: how many numbers are to be shown.
    """

    kind: ClassVar[str] = "task"
    """What it is called in messages."""
    scored_as: ClassVar[str] = "signs"
    """What `score` counts, in messages."""

    name: str

    @property
    @abstractmethod
    def d_in(self) -> int: ...  # noqa: D102

    @property
    @abstractmethod
    def d_out(self) -> int: ...  # noqa: D102

    @abstractmethod
    def window(self, horizon: int) -> Window:
        """When sequences with so many scored steps are fed and scored."""

    @abstractmethod
    def words(self, size: int, horizon: int) -> int:
        """How many random words of 32 bits so many sequences are made of."""

    @abstractmethod
    def draw(self, words: Any, size: int, horizon: int, xp: Any = np) -> Given:
        """What so many sequences are given.

        Args:
            words: uniform in 0 … 2³² − 1, uint32, shape (count,).
            size: the number of sequences.
            horizon: the number of scored steps.
            xp: NumPy, or `jax.numpy`.
        """

    @abstractmethod
    def start(self, lengths: Any, xp: Any = np) -> Any:
        """The machine's state before step 1, for sequences whose last input comes at these steps; shape (batch, …)."""

    @abstractmethod
    def next(self, state: Any, x: Any, xp: Any = np) -> tuple[Any, Any]:
        """One step of the machine.

        Args:
            state: its state, shape (batch, …).
            x: the input, shape (batch, d_in); None is silence.
            xp: NumPy, or `jax.numpy`.

        Returns:
            The state afterwards, and what is to be shown at this step, shape (batch, d_out).
        """

    def score(self, outputs: Any, targets: Any, xp: Any = np) -> Marks:
        """Which outputs are right, and which count at all; as signs, unless a kind says otherwise.

        Args:
            outputs: y(t), shape (…, d_out).
            targets: what is to be shown, the same shape.
            xp: NumPy, or `jax.numpy`.
        """
        return sign_marks(outputs, targets, xp)

    def encode(self, values: Any) -> Array:
        """Values as `sample` gives them, as the float64 numbers that a network is shown."""
        return np.asarray(values, dtype=np.float64)

    @property
    def persistent(self) -> tuple[int, ...] | Absent:
        """The memory components whose content can still reach an output after any time."""
        return Absent(f"which components of a {self.kind} task persist is not known")

    @property
    def settled(self) -> int | Absent:
        """The last step before a window in which the memory moves in its lasting part alone."""
        return Absent(f"when a {self.kind} task settles is not known")

    # --------------------------------------------------------------------------------------------- what follows of it

    def batch(self, words: Any, size: int, horizon: int, xp: Any = np) -> Episodes:
        """Sequences made of random words.

        Args:
            words: shape (self.words(size, horizon),), uint32.
            size: how many sequences.
            horizon: scored steps of each.
            xp: NumPy, or `jax.numpy`.
        """
        steps, fed, quiet, _ = self.window(horizon)
        inputs, scored, lengths = self.draw(words, size, horizon, xp)
        if lengths is None:
            lengths = xp.full((size,), fed)
        else:  # behind its own length a sequence is silent
            inputs = xp.where((xp.arange(fed) < lengths[:, None])[..., None], inputs, 0)
        state, shown_at = self.start(lengths, xp), list[Any]()
        for t in range(steps):
            state, target = self.next(state, inputs[:, t] if t < fed else None, xp)
            shown_at.append(target)
        if scored is None:
            scored = xp.broadcast_to(xp.arange(steps) >= quiet, (size, steps))
        silence = xp.zeros((inputs.shape[0], steps - fed, inputs.shape[2]), inputs.dtype)
        targets = xp.where(scored[..., None], xp.stack(shown_at, axis=1), 0)
        return Episodes(xp.concatenate([inputs, silence], axis=1), targets, scored, lengths)

    def parts(self, words: Any, size: int, horizon: int, xp: Any = np) -> Parts:
        """Of the sequences that `batch` makes, what is not 0 by construction: what training computes with."""
        window, episodes = self.window(horizon), self.batch(words, size, horizon, xp)
        scored = None if window.every else episodes.scored[:, window.quiet :]
        return Parts(episodes.inputs[:, : window.fed], episodes.targets[:, window.quiet :], scored)

    def sample(self, batch: int, horizon: int, seed: int) -> Episodes:
        """Random sequences with what is to be shown.

        Args:
            batch: number of sequences.
            horizon: number of scored steps.
            seed: of NumPy's default generator; the same seed gives the same sequences.

        Raises:
            InvalidOption: if a number is not positive, the seed is none, or there is no memory for so many.
        """
        batch, horizon = integer("batch", batch, least=1), integer("horizon", horizon, least=1)
        rng, large = generator(seed), f"{shown(batch)} sequences of horizon {shown(horizon)}"
        try:
            count, window = self.words(batch, horizon), self.window(horizon)
            empty_array(large, batch, window.steps, max(self.d_in, self.d_out))
            with within_memory(large):
                words = rng.integers(2**32, size=count, dtype=np.uint32)
            episodes = self.batch(words, batch, horizon)
        except EMTError:
            raise
        except MemoryError:
            raise InvalidOption(f"{large} do not fit into memory") from None
        except Exception as error:  # a kind of the user's own can raise anything
            failed = f"{type(error).__name__}: {first_line(error)}"
            raise InvalidTask(f"the task {shown(self.name)} cannot be drawn: {failed}") from error
        _check_episodes(self, episodes, window, batch)
        return episodes

    def exam(self, sequences: int, horizon: int, seed: int) -> Episodes:
        """What a network is judged on: random sequences, unless a kind has better ones.

        Args:
            sequences: how many are asked for.
            horizon: number of scored steps.
            seed: as in `sample`.
        """
        return self.sample(sequences, horizon, seed)

    def accuracy(self, outputs: Array, episodes: Episodes, seed: int = 0) -> Accuracy | Absent:
        """The fraction of right outputs where they are scored, with its interval over sequences.

        Args:
            outputs: y(1), …, y(T), shape (batch, T, d_out).
            episodes: the sequences that they answer.
            seed: of the bootstrap.

        Raises:
            InvalidOption: if these are no sequences, or the outputs have another shape than their targets.
        """
        if not isinstance(episodes, Episodes):
            raise InvalidOption(f"episodes must be what a task's sample returns; got {shown(episodes)}")
        outputs = numeric_array("outputs", outputs, InvalidOption)
        if outputs.shape != episodes.targets.shape:
            raise InvalidOption(
                f"outputs must have the shape {episodes.targets.shape} of the targets; got {outputs.shape}"
            )
        right, counted = self.score(outputs, episodes.targets)
        steps = int(episodes.scored.sum(axis=1).max())
        marks = Marks(right, counted & episodes.scored[..., None])
        return measure(marks, outputs == 0, steps, seed, episodes.draws)

    def accuracy_by_output(self, outputs: Array, episodes: Episodes, seed: int = 0) -> tuple[OutputAccuracy, ...]:
        """The same for each output by itself, with intervals that hold for all of them at once.

        Args:
            outputs: y(1), …, y(T), shape (batch, T, d_out).
            episodes: the sequences that they answer.
            seed: of the bootstrap.
        """
        right, counted = self.score(outputs, episodes.targets)
        return measure_outputs(Marks(right, counted & episodes.scored[..., None]), seed, episodes.draws)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready description: kind, name, and all that the task was given. Two tasks of a class with the same description are the same."""
        given = {key: to_json(value) for key, value in vars(self).items() if not key.startswith("_")}
        return {"kind": self.kind, "name": self.name, **given}

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, Task) and other.to_dict() == self.to_dict()

    def __hash__(self) -> int:
        return hash((type(self), json.dumps(self.to_dict(), sort_keys=True, default=str)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, d_in={self.d_in}, d_out={self.d_out})"


def _check_episodes(task: Task, episodes: Episodes, window: Window, size: int) -> None:
    """Refuse sequences that are not what the task's window says.

    Raises:
        InvalidTask: if shapes, numbers, scored steps or lengths do not fit; says what would be right.
    """
    what, (steps, fed, quiet, every) = f"the task {shown(task.name)}", window
    if not (1 <= fed <= steps and 0 <= quiet < steps):
        raise InvalidTask(f"{what} needs a window with 1 ≤ fed ≤ steps and 0 ≤ quiet < steps; got {window}")
    shapes = ((size, steps, task.d_in), (size, steps, task.d_out), (size, steps), (size,))
    for name, array, shape in zip(Episodes._fields[:4], episodes[:4], shapes, strict=True):
        if np.shape(array) != shape:
            raise InvalidTask(f"{name} of {what} must have shape {shape}; got {np.shape(array)}")
    inputs, targets, scored, lengths = (np.asarray(part) for part in episodes[:4])
    for name, array in (("inputs", inputs), ("targets", targets)):
        if array.dtype.kind not in "biuf" or not np.isfinite(array).all():
            raise InvalidTask(f"{name} of {what} must be finite real numbers; got {array.dtype}")
    if scored.dtype != bool or lengths.dtype.kind not in "iu" or not ((lengths >= 1) & (lengths <= fed)).all():
        raise InvalidTask(f"{what} must say by booleans what is scored, and lengths as integers from 1 to {fed}")
    if inputs[:, fed:].any() or scored[:, :quiet].any() or (every and not scored[:, quiet:].all()):
        raise InvalidTask(f"{what} has inputs or scored steps where its window has none, or the reverse; got {window}")


def checked_task(value: object, name: str = "task") -> Task:
    """The value, if it is a task.

    Args:
        value: what was given.
        name: what it is called in messages.

    Raises:
        InvalidTask: if it is none.

    >>> checked_task("T2")
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidTask: expected a task, such as emt_theory.tasks.parse('T2') returns; got str
    """
    if isinstance(value, Task):
        return value
    what = "a task" if name == "task" else f"a task as {name}"
    raise InvalidTask(f"expected {what}, such as emt_theory.tasks.parse('T2') returns; got {type(value).__name__}")

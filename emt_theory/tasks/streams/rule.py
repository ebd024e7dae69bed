r"""A task that a rule on integers computes, where no filter and no finite machine has it: counters, and updates that are linear piece by piece.

    q(t) = f(q(t−1), x(t)),     y(t) = g(q(t), x(t)),     q(0) the start

State, inputs and outputs are integers; f and g are texts, one for each component: integers, s[i] of the state, x[j] of the input, `+ - * // %`,
comparisons, `where`, `max`, `min`, `abs`. Texts are parsed and never executed, so such a task is a value: it can be compared, written into a file and
run on both backends. How often 0 has come:

>>> zeros = RuleTask("zeros", first=(0,), moves=("s[0] + (x[0] == 0)",), show=("s[0]",), inputs=(0, 1))
>>> zeros.targets([[[0], [1], [0]]])[0, :, 0].tolist()
[1, 1, 2]
>>> zeros.equations()
['q(t) = q(t-1) + (x(t) == 0)', 'y(t) = q(t)']

Before the first step q(0) is 0, unless a line says otherwise. An output is right when the nearest integer is its target.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidTask
from emt_theory.ground.arguments import integer, sequence
from emt_theory.ground.rationals import to_float
from emt_theory.ground.text import shown
from emt_theory.tasks.accuracy import Marks
from emt_theory.tasks.inputs import input_values
from emt_theory.tasks.streams.integers import Names, Tree, parse_integers, value_of
from emt_theory.tasks.task import MOST_QUIET, Given, Task, Window
from emt_theory.tasks.words import choose, word_count

MOST_COMPONENTS = 64


@dataclass(frozen=True, repr=False, eq=False)
class RuleTask(Task):
    """A task with an input at every step that a rule on integers computes.

    Attributes:
        name: what to call it. Two tasks are equal when their rules are the same texts, on the same inputs.
        first: q(0), integers; none where nothing is remembered.
        moves: f, a text for each component of the state, in s, the state before, and x.
        show: g, a text for each output, in s, the state after, and x.
        inputs: the integers that an input component takes, each with equal probability.
        channels: how many integers come in at a step.
        quiet: so many first steps are not scored: a network may show anything there.

    Raises:
        InvalidTask: if a text is no such expression or names what is not there, or a number is none.
    """

    kind: ClassVar[str] = "rule"
    scored_as: ClassVar[str] = "values"

    name: str
    first: tuple[int, ...]
    moves: tuple[str, ...]
    show: tuple[str, ...]
    inputs: tuple[int, ...]
    channels: int = 1
    quiet: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise InvalidTask(f"a task's name must be a text; got {shown(self.name)}")
        values = input_values(self.inputs)
        if any(v.denominator != 1 for v in values):
            raise InvalidTask(f"inputs of a rule are integers; got {list(map(str, values))}")
        object.__setattr__(self, "inputs", tuple(int(v) for v in values))
        object.__setattr__(self, "channels", integer("channels", self.channels, 1, MOST_COMPONENTS, InvalidTask))
        object.__setattr__(self, "quiet", integer("quiet", self.quiet, 0, MOST_QUIET, InvalidTask))
        given = {name: sequence(name, getattr(self, name), InvalidTask) for name in ("first", "moves", "show")}
        first = tuple(integer(f"first[{i}]", v, error=InvalidTask) for i, v in enumerate(given["first"]))
        object.__setattr__(self, "first", first)
        for name in ("moves", "show"):
            object.__setattr__(self, name, tuple(given[name]))
        if len(self.moves) != len(first) or len(first) > MOST_COMPONENTS:
            raise InvalidTask(
                f"a rule has one text for each of at most {MOST_COMPONENTS} components of its state; "
                f"got {len(self.moves)} texts for {len(first)} components"
            )
        if not 1 <= len(self.show) <= MOST_COMPONENTS:
            raise InvalidTask(f"a rule shows 1 to {MOST_COMPONENTS} numbers; got {len(self.show)}")
        _ = self._trees

    # ----------------------------------------------------------------------------------------- sequences, and a machine

    @property
    def d_in(self) -> int:
        """How many integers come in at a step."""
        return self.channels

    @property
    def d_out(self) -> int:
        """How many integers are shown."""
        return len(self.show)

    def window(self, horizon: int) -> Window:
        """Fed at every step, and scored behind the quiet ones."""
        return Window(steps=self.quiet + horizon, fed=self.quiet + horizon, quiet=self.quiet)

    def words(self, size: int, horizon: int) -> int:
        """One for each input, or one bit where there are two values."""
        return word_count(len(self.inputs), size * (self.quiet + horizon) * self.channels)

    def draw(self, words: Any, size: int, horizon: int, xp: Any = np) -> Given:
        """Inputs that take each value equally often, shape (batch, T, d_in)."""
        values = xp.asarray(to_float(np.array(self.inputs, dtype=object)), dtype=float)
        return Given(values[choose(xp, words, len(self.inputs), (size, self.quiet + horizon, self.channels))])

    def start(self, lengths: Any, xp: Any = np) -> Any:
        """q(0), shape (batch, n)."""
        row = np.array(self.first, dtype=object)
        return xp.broadcast_to(row if xp is np else xp.asarray(row.astype(int)), (len(lengths), len(row)))

    def next(self, state: Any, x: Any, xp: Any = np) -> tuple[Any, Any]:
        """f and g; on NumPy in Python's integers, which do not overflow.

        Raises:
            InvalidTask: in silence, which is no input.
        """
        if x is None:
            raise InvalidTask(f"{self.name} has an input at every step; what it does in silence is not said")
        moved, told = self._step(state, xp.rint(x).astype(int), xp)
        return moved, xp.asarray(told, dtype=float)

    def _step(self, state: Any, x: Any, xp: Any) -> tuple[Any, Any]:
        """The state afterwards and what is shown, as integers."""
        size, kind = len(x), object if xp is np else int
        x = x.astype(kind)
        names: Names = {
            "s": [state[:, i] for i in range(len(self.first))],
            "x": [x[:, j] for j in range(self.channels)],
        }
        moved = [_spread(value_of(tree, names, xp), size, xp) for tree in self._trees[0]]
        names = {**names, "s": moved}
        told = [_spread(value_of(tree, names, xp), size, xp) for tree in self._trees[1]]
        return xp.stack(moved, axis=-1) if moved else state, xp.stack(told, axis=-1)

    def score(self, outputs: Any, targets: Any, xp: Any = np) -> Marks:
        """An output is right when the nearest integer is its target."""
        right = abs(outputs - targets) < 1 / 2  # false for NaN
        return Marks(right, xp.ones_like(right))

    def targets(self, inputs: Any) -> NDArray[Any]:
        """y(1), …, y(T) exactly: integers, shape (batch, T, d_in) to (batch, T, d_out).

        Raises:
            InvalidTask: if the inputs are no integers, or have another shape.
        """
        given = np.asarray(inputs)
        if given.dtype.kind not in "iu" or given.ndim != 3 or given.shape[2] != self.channels:
            raise InvalidTask(
                f"inputs must be integers of shape (batch, T, d_in) with d_in = {self.channels}; got {shown(inputs)}"
            )
        state, told = self.start(given), list[Any]()
        for t in range(given.shape[1]):
            state, y = self._step(state, given[:, t], np)
            told.append(y)
        return np.stack(told, axis=1) if told else np.empty((*given.shape[:2], self.d_out), dtype=object)

    # ------------------------------------------------------------------------------------------------------- as a value

    @cached_property
    def _trees(self) -> tuple[list[Tree], list[Tree]]:
        sizes = {"s": len(self.first), "x": self.channels}
        moves, told = ([parse_integers(text, sizes) for text in texts] for texts in (self.moves, self.show))
        return moves, told

    def named(self, name: str) -> RuleTask:
        """The same task under another name."""
        return replace(self, name=name)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready description; `emt_theory.tasks.from_dict` reads it back."""
        return {
            "name": self.name,
            "first": list(self.first),
            "moves": list(self.moves),
            "show": list(self.show),
            "inputs": list(self.inputs),
            "channels": self.channels,
            **({"quiet": self.quiet} if self.quiet else {}),
        }

    def equations(self) -> list[str]:
        """The rule, line by line."""
        n, d = len(self.first), self.d_out
        lines = [f"{_place('q(t)', i, n)} = {self._spelled(text, 'q(t-1)')}" for i, text in enumerate(self.moves)]
        lines += [f"{_place('y(t)', i, d)} = {self._spelled(text, 'q(t)')}" for i, text in enumerate(self.show)]
        begins = [f"{_place('q(0)', i, n)} = {v}" for i, v in enumerate(self.first) if v]
        return [*lines, *([", ".join(begins)] if begins else [])]

    def _spelled(self, text: str, state: str) -> str:
        names = {"s": (state, len(self.first)), "x": ("x(t)", self.channels)}
        return re.sub(r"\b([sx])\[(\d+)\]", lambda m: _place(names[m[1]][0], int(m[2]), names[m[1]][1]), text)

    def _key(self) -> tuple[Any, ...]:
        return self.first, self.moves, self.show, self.inputs, self.channels, self.quiet

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RuleTask) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        n = len(self.first)
        state = f"{n} integer{'s' if n != 1 else ''} kept"
        return f"Task({self.name!r}, rule, {state}, d_in={self.d_in}, d_out={self.d_out})"

    def __str__(self) -> str:
        return "\n".join([repr(self), *(f"  {line}" for line in self.equations())])


def _place(name: str, i: int, count: int) -> str:
    return f"{name}[{i}]" if count > 1 else name


def _spread(value: Any, size: int, xp: Any) -> Any:
    """A value for each sequence; one that depends on nothing is the same for all."""
    return xp.broadcast_to(xp.asarray(value, dtype=object if xp is np else int), (size,))

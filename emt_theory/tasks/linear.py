r"""A variable-binding task: the value that says what is to be computed.

A task keeps s variables of dimension d and produces `u(t+1) = Σ_k F_k u(t−s+k)` from them, where block k = 1 is the oldest and k = s the
newest. A *selection* task copies: output c is ± one stored component, the read (block, component, sign). Every other linear task carries its
matrix F = [F_1 … F_s] over Q. A matrix whose rows each hold a single ±1 is a selection, and is stored as one:

>>> from emt_theory.tasks import from_matrix
>>> task = from_matrix([[0, 0, -1, 0], [0, 1, 0, 0]], dim=2)
>>> task.reads
(Read(block=2, component=0, sign=-1), Read(block=1, component=1, sign=1))

The network sees u(1), …, u(s) and must then go on by itself; steps t > s are scored.

Source: Karuvally et al., arXiv 2310.02430, section 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from emt_theory.errors import InvalidTask
from emt_theory.ground.arguments import integer
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.ground.rationals import RationalMatrix, to_float
from emt_theory.ground.slots import Slots
from emt_theory.ground.text import shown
from emt_theory.tasks import sampling
from emt_theory.tasks.inputs import input_values
from emt_theory.tasks.maps import LinearMap, MatrixMap, SelectionMap, TargetTable, linear_map
from emt_theory.tasks.pairs import Pairs, make_pairs
from emt_theory.tasks.reads import Read, Reads
from emt_theory.tasks.task import Episodes, Given, Parts, Task, Window, checked_task
from emt_theory.tasks.words import choose, word_count

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

_LARGEST_COEFFICIENT = 10_000
"""Bits; Python does not write integers of more than 4,300 digits."""

_LARGEST_SIZE = 10_000_000
"""A selection task holds a read for each of its d outputs."""

SIGNS = (Fraction(-1), Fraction(1))


@dataclass(frozen=True, repr=False)
class LinearTask(Task, Record):
    """A linear variable-binding task; make one with the functions of `emt_theory.tasks`.

    Attributes:
        name: what to call it. Two tasks are equal when they compute the same from the same inputs, whatever their names.
        num_variables: s, the number of variables held at once, and the length of the input phase.
        dim: d, the dimension of one variable.
        rule: the reads of a selection task, one for each output, or the matrix F of any other.
        inputs: the exact values that an input component takes, each with equal probability.

    Raises:
        InvalidTask: if sizes are not positive, reads or matrix do not fit them, or an input is not exact.
    """

    kind: ClassVar[str] = "linear"

    name: str
    num_variables: int
    dim: int
    rule: Sequence[Read] | RationalMatrix
    inputs: tuple[Fraction, ...] = SIGNS

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise InvalidTask(f"a task's name must be a text; got {shown(self.name)}")
        for name, size in zip(("num_variables", "dim"), checked_sizes(self.num_variables, self.dim), strict=True):
            object.__setattr__(self, name, size)
        object.__setattr__(self, "inputs", input_values(self.inputs))
        if isinstance(self.rule, RationalMatrix):
            _refuse_giants(self.rule)
            expected = (self.dim, self.num_variables * self.dim)
            if self.rule.shape != expected:
                raise InvalidTask(f"F must have shape (d, s·d) = {expected}; got {self.rule.shape}")
            object.__setattr__(
                self, "rule", linear_map(self.rule, Slots(self.num_variables, self.dim)).reads or self.rule
            )
        else:
            reads = Reads.of(self.rule)
            object.__setattr__(self, "rule", reads)
            self._check_reads(reads)

    def _check_reads(self, reads: Reads) -> None:
        if len(reads) != self.dim:
            raise InvalidTask(f"a selection task needs one read for each of its {self.dim} outputs; got {len(reads)}")
        s, d = self.num_variables, self.dim
        wrong = (reads.blocks < 1) | (reads.blocks > s) | (reads.components < 0) | (reads.components >= d)
        wrong |= abs(reads.signs) != 1
        if not wrong.any():
            return
        c = int(wrong.argmax())
        block, component, sign = reads[c]
        if not 1 <= block <= s:
            raise InvalidTask(f"output {c} reads block {shown(block)}; blocks run from 1 (oldest) to {s}")
        if not 0 <= component < d:
            raise InvalidTask(f"output {c} reads component {shown(component)}; components run from 0 to {d - 1}")
        raise InvalidTask(f"output {c} has sign {shown(sign)}; a sign is 1 or -1")

    @cached_property
    def slots(self) -> Slots:
        """Where components stand in the memory."""
        return Slots(self.num_variables, self.dim)

    @cached_property
    def map(self) -> LinearMap:
        """F, kept as reads or as a matrix."""
        rule = self.rule
        if isinstance(rule, RationalMatrix):
            return MatrixMap(self.slots, rule)
        return SelectionMap(self.slots, Reads.of(rule))

    @property
    def components(self) -> int:
        """n = s·d, the number of memory components."""
        return self.slots.size

    @property
    def is_selection(self) -> bool:
        """Whether every output copies one stored component with a sign."""
        return self.map.reads is not None

    @property
    def reads(self) -> Reads | None:
        """The reads of a selection task, one for each output; None for other tasks."""
        return self.map.reads

    @property
    def read_arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """The reads of a selection task as three arrays of length d: blocks, components, signs."""
        if not isinstance(self.map, SelectionMap):
            raise InvalidTask(f"{self.name} is not a selection task: it has no reads")
        return self.map.arrays

    @property
    def F(self) -> RationalMatrix:  # noqa: N802
        """The task's map F = [F_1 … F_s], sparse and exact, shape (d, s·d)."""
        return self.map.F

    @property
    def matrix(self) -> sympy.ImmutableDenseMatrix:
        """The task's map F = [F_1 … F_s] in SymPy, shape (d, s·d)."""
        return self.F.to_sympy()

    @property
    def bound(self) -> Fraction:
        """The largest magnitude of an input component."""
        return max(abs(value) for value in self.inputs)

    # ----------------------------------------------------------------------------------------- sequences, and a machine

    @property
    def d_in(self) -> int:
        """d."""
        return self.dim

    @property
    def d_out(self) -> int:
        """d."""
        return self.dim

    def window(self, horizon: int) -> Window:
        """s inputs, then silence in which every step is scored."""
        return Window(self.num_variables + horizon, self.num_variables, self.num_variables)

    def words(self, size: int, horizon: int) -> int:
        """One bit for each input component with two values, one word with any other number."""
        return word_count(len(self.inputs), size * self.components)

    def draw(self, words: Any, size: int, horizon: int, xp: Any = np) -> Given:
        """Inputs of shape (batch, s, d), each component uniform in `inputs`."""
        chosen = choose(xp, words, len(self.inputs), (size, self.num_variables, self.dim))
        values = xp.asarray(self._values, dtype=np.float32 if self._values.dtype == np.float32 else float)
        return Given(xp.take(values, chosen, mode="clip"))

    def batch(self, words: Any, size: int, horizon: int, xp: Any = np) -> Episodes:
        """As `Task.batch`; the targets are looked up in a table."""
        return self.episodes(*self.parts(words, size, horizon, xp)[:2], xp)

    def parts(self, words: Any, size: int, horizon: int, xp: Any = np) -> Parts:
        """As `Task.parts`; here nothing else is ever made."""
        inputs = self.draw(words, size, horizon, xp).inputs
        if horizon not in self._tables:
            self._tables[horizon] = self.map.table(horizon)
        return Parts(inputs, self._tables[horizon].apply(inputs, xp))

    def sample(self, batch: int, horizon: int, seed: int) -> Episodes:
        """As `Task.sample`, with exact inputs and targets: integers, or fractions where there are any."""
        return self.episodes(*self.sequences(batch, horizon, seed))

    def sequences(self, batch: int, horizon: int, seed: int) -> sampling.Sequences:
        """What `sample` draws, without the silence: u(1), …, u(s) and the exact u(s+1), …, u(s+horizon)."""
        batch, horizon = integer("batch", batch, least=1), integer("horizon", horizon, least=1)
        inputs = sampling.draw_inputs(self, batch, seed)
        return sampling.Sequences(inputs, sampling.targets(self, inputs, horizon))

    def episodes(self, inputs: Any, targets: Any, xp: Any = np) -> Episodes:
        """Sequences of given inputs, shape (batch, s, d), and targets, shape (batch, horizon, d): each in its place, silence and 0 elsewhere."""
        (size, s, d), horizon = inputs.shape, targets.shape[1]
        before, behind = xp.zeros((size, s, d), targets.dtype), xp.zeros((size, horizon, d), inputs.dtype)
        scored = xp.broadcast_to(xp.arange(s + horizon) >= s, (size, s + horizon))
        shown = xp.concatenate([before, targets], axis=1)
        return Episodes(xp.concatenate([inputs, behind], axis=1), shown, scored, xp.full((size,), s))

    def start(self, lengths: Any, xp: Any = np) -> Any:
        """An empty memory, shape (batch, s, d)."""
        return xp.zeros((len(lengths), self.num_variables, self.dim))

    def next(self, state: Any, x: Any, xp: Any = np) -> tuple[Any, Any]:
        """One step of the memory, oldest variable first: what comes in, or F of the past in silence, is its newest variable, and is shown."""
        newest = self.map.apply(state) if x is None else xp.asarray(x)
        return xp.concatenate([state[:, 1:], newest[:, None]], axis=1), newest

    def encode(self, values: Any) -> Array:
        """Exact numbers as float64: signs are kept, and a size beyond 1e300 becomes 1e300."""
        return to_float(np.asarray(values))

    @property
    def persistent(self) -> tuple[int, ...]:
        """The flat indices of the components whose content can still reach an output after any time."""
        return self.map.persistent

    @property
    def settled(self) -> int:
        """s + max(s, ν): all that comes from the inputs' own steps, and all that is ever forgotten, has gone by then."""
        return self.num_variables + max(self.num_variables, self.map.nilpotency)

    @cached_property
    def _values(self) -> NDArray[Any]:
        """In single precision, which is moved in half the time, where that is exact: where numbers are copied and none is rounded."""
        double = np.array([float(value) for value in self.inputs])
        with np.errstate(all="ignore"):
            single = double.astype(np.float32)
        return single if self.is_selection and np.array_equal(single, double) else double

    @cached_property
    def _tables(self) -> dict[int, TargetTable]:
        return {}

    def targets(self, inputs: Any, horizon: int) -> NDArray[Any]:
        """The exact u(s+1), …, u(s+horizon) after the given inputs, shape (batch, horizon, d); see `sampling.targets`."""
        return sampling.targets(self, inputs, horizon)

    def pairs(self, count: int, horizon: int, seed: int = 0) -> Pairs:
        """Inputs that lead to equal memories at different times, to record; see `emt_theory.tasks.pairs`.

        Args:
            count: how many inputs at each of the four times.
            horizon: scored steps that will be recorded, at least `settled` + 8 − s.
            seed: of NumPy's default generator.

        Raises:
            InvalidTask: if this is no selection task, or nothing of it lasts, or it would need inputs of the other sign.
            InvalidOption: if count is not positive, the horizon too short, or the seed none.
        """
        return make_pairs(self, count, horizon, seed)

    def named(self, name: str) -> LinearTask:
        """The same task under another name."""
        return replace(self, name=name)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready description; `emt_theory.tasks.from_dict` reads it back."""
        described: dict[str, Any] = {"name": self.name, "num_variables": self.num_variables, "dim": self.dim}
        described["inputs"] = [str(value) for value in self.inputs]
        return described | self.map.to_dict()

    def equations(self) -> list[str]:
        """The task as one equation for each output, in lags: u(t−1) is the previous step.

        >>> from emt_theory.tasks import from_matrix
        >>> from_matrix([[1, "-1/2"]], dim=1).equations()
        ['u(t) = u(t-2) - 1/2 u(t-1)']
        """
        return [self._equation(c) for c in range(self.dim)]

    def _equation(self, c: int) -> str:
        terms: list[str] = []
        for j, value in self.F.row(c):
            block, component = self.slots.place(j)
            variable = f"u(t-{self.slots.lag(block)})" + (f"[{component}]" if self.dim > 1 else "")
            size = "" if abs(value) == 1 else f"{abs(value)} "
            terms.append(("- " if value < 0 else "+ ") + size + variable)
        text = " ".join(terms) or "0"
        text = text[2:] if text.startswith("+ ") else text.replace("- ", "-", 1) if text.startswith("- ") else text
        return f"u(t){f'[{c}]' if self.dim > 1 else ''} = {text}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LinearTask):
            return NotImplemented
        mine = (self.num_variables, self.dim, self.rule, self.inputs)
        return mine == (other.num_variables, other.dim, other.rule, other.inputs)

    def __hash__(self) -> int:
        return hash((self.num_variables, self.dim, self.rule, self.inputs))

    def __repr__(self) -> str:
        kind = "selection" if self.is_selection else "linear"
        return f"Task({self.name!r}, {kind}, s={self.num_variables}, d={self.dim})"

    def __str__(self) -> str:
        lines = self.equations() if self.dim <= 32 else [*(self._equation(c) for c in range(31)), "…"]
        return "\n".join([repr(self), *(f"  {line}" for line in lines)])


def linear_task(value: object, name: str = "task") -> LinearTask:
    """The value, if it is a linear task.

    Args:
        value: what was given.
        name: what it is called in messages.

    Raises:
        InvalidTask: if it is no task, or none of a linear kind.
    """
    task = checked_task(value, name)
    if isinstance(task, LinearTask):
        return task
    raise InvalidTask(f"{task.name} is a {task.kind} task; theory of this kind takes linear tasks, u(t) = F u(past)")


def _refuse_giants(F: RationalMatrix) -> None:
    for i, j, value in F:
        if max(value.numerator.bit_length(), value.denominator.bit_length()) > _LARGEST_COEFFICIENT:
            raise InvalidTask(f"F[{i}][{j}] has more than {_LARGEST_COEFFICIENT} bits in numerator or denominator")


def selection(name: str, num_variables: int, reads: Iterable[tuple[int, int, int] | Read]) -> LinearTask:
    """The selection task with these (block, component, sign) reads; its dimension is their number.

    >>> selection("turn", 2, [(1, 0, -1)]).equations()
    ['u(t) = -u(t-2)']
    """
    listed = Reads.of(reads)
    return LinearTask(name, num_variables, len(listed), listed)


def checked_sizes(num_variables: object, dim: object) -> tuple[int, int]:
    """(s, d) as integers, so that nothing is built of a size that is none.

    Raises:
        InvalidTask: if one is no integer from 1 to 10⁷.
    """
    s = integer("num_variables", num_variables, least=1, error=InvalidTask)
    d = integer("dim", dim, least=1, error=InvalidTask)
    if max(s, d) > _LARGEST_SIZE:
        raise InvalidTask(f"num_variables and dim must be at most {_LARGEST_SIZE}; got {shown(s)} and {shown(d)}")
    return s, d

r"""A linear task with an input at every step: y(t) is a sum of inputs, each with a weight that depends on how long ago it came.

    y(t) = Σ_k G_k x(t−k),     G_k = C A^k B,     k = 0, 1, …, t − 1

G_k are its *Markov parameters*; (A, B, C) is a realization, z(t) = A z(t−1) + B x(t), y(t) = C z(t), z(0) = 0, and a linear network is one:
A = W_hh, B = W_uh, C = W_hy. Each output also follows a recurrence in its own past,

    y(t) = Σ_k c_k x(t−k) + Σ_k a_k y(t−k),     nothing before t = 1,

the shortest of which has as many a_k as the minimal realization of that output has eigenvalues other than 0. A running sum, and the last two inputs:

>>> running = linear_filter([1], [1])
>>> running.equations(), running.targets([[[1], [1], [-1]]])[0, :, 0].tolist()
(['y(t) = y(t-1) + x(t)'], [1, 2, 1])
>>> linear_filter([0, 1, "1/2"]).equations()
['y(t) = x(t-1) + 1/2 x(t-2)']

All of this is exact. An output counts as right when it is off by at most a twentieth: of the target's size, or of the inputs' where that is larger.

Source: Kailath, Linear Systems, 2.4; the recurrence is the characteristic polynomial of a minimal realization, by Cayley–Hamilton (P08).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidTask
from emt_theory.ground.arguments import integer, sequence
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.ground.rationals import RationalMatrix, to_float, to_fraction
from emt_theory.ground.text import shown, shows
from emt_theory.tasks.accuracy import Marks
from emt_theory.tasks.inputs import input_values
from emt_theory.tasks.linear import SIGNS
from emt_theory.tasks.task import MOST_QUIET, Given, Task, Window
from emt_theory.tasks.words import choose, word_count

if TYPE_CHECKING:
    from emt_theory.exact.realization import Realization

CLOSE = 1 / 20
"""How far an output may be off, of the larger of its target and the inputs."""
MOST_DIMENSIONS = 512
_CIRCLE = 1e-4


@shows
class Recurrence(NamedTuple):
    """One output of a filter in its own past, the shortest: y(t) = Σ_k c_k x(t−k) + Σ_k a_k y(t−k).

    Attributes:
        inputs: c_0, c_1, …, each a weight for each input.
        past: a_1, a_2, …, the last one not 0.
    """

    inputs: tuple[tuple[Fraction, ...], ...]
    past: tuple[Fraction, ...]


@dataclass(frozen=True, repr=False, eq=False)
class LinearFilter(Task, Record):
    """A linear task with an input at every step; make one with `linear_filter`, `from_state_space` or a name.

    Attributes:
        name: what to call it. Two tasks are equal when they show the same after all inputs, and have the same inputs.
        system: (A, B, C) over Q, with `first` = 0: the output at the step of an input counts.
        inputs: the exact values that an input component takes, each with equal probability.
        quiet: so many first steps are not scored: a network may show anything there.

    Raises:
        InvalidTask: if the system is no such realization, or has more than 512 dimensions, or an input is not exact, or quiet is out of range.
    """

    kind: ClassVar[str] = "filter"
    scored_as: ClassVar[str] = "values"

    name: str
    system: Realization
    inputs: tuple[Fraction, ...] = SIGNS
    quiet: int = 0

    def __post_init__(self) -> None:
        from emt_theory.exact.realization import Realization

        if not isinstance(self.name, str):
            raise InvalidTask(f"a task's name must be a text; got {shown(self.name)}")
        object.__setattr__(self, "inputs", input_values(self.inputs))
        system: Any = self.system
        if not isinstance(system, Realization) or not isinstance(system.A, RationalMatrix) or system.first:
            raise InvalidTask(f"system must be a Realization over Q with first = 0; got {shown(system)}")
        if not 1 <= system.order <= MOST_DIMENSIONS:
            raise InvalidTask(f"a filter has 1 to {MOST_DIMENSIONS} dimensions; got {system.order}")
        object.__setattr__(self, "quiet", integer("quiet", self.quiet, 0, MOST_QUIET, InvalidTask))

    # ----------------------------------------------------------------------------------------- sequences, and a machine

    @property
    def d_in(self) -> int:
        """How many numbers come in at a step."""
        return self.system.B.shape[1]

    @property
    def d_out(self) -> int:
        """How many numbers are shown."""
        return self.system.C.shape[0]

    def window(self, horizon: int) -> Window:
        """Fed at every step, and scored behind the quiet ones."""
        return Window(steps=self.quiet + horizon, fed=self.quiet + horizon, quiet=self.quiet)

    def words(self, size: int, horizon: int) -> int:
        """One for each input, or one bit where there are two values."""
        return word_count(len(self.inputs), size * (self.quiet + horizon) * self.d_in)

    def draw(self, words: Any, size: int, horizon: int, xp: Any = np) -> Given:
        """Inputs that take each value equally often, shape (batch, T, d_in)."""
        values = xp.asarray(to_float(np.array(self.inputs, dtype=object)), dtype=float)
        return Given(values[choose(xp, words, len(self.inputs), (size, self.quiet + horizon, self.d_in))])

    def start(self, lengths: Any, xp: Any = np) -> Any:
        """z(0) = 0, shape (batch, n)."""
        return xp.zeros((len(lengths), self.system.order))

    def next(self, state: Any, x: Any, xp: Any = np) -> tuple[Any, Any]:
        """z ← A z + B x, and C z; in floats, which hold whole numbers exactly up to 2⁵³."""
        A, B, C = (xp.asarray(matrix, dtype=float) for matrix in self.floats)
        state = state @ A.T
        state = state if x is None else state + x @ B.T
        return state, state @ C.T

    def score(self, outputs: Any, targets: Any, xp: Any = np) -> Marks:
        """An output is right when it is off by at most a twentieth of the larger of its target and the inputs."""
        scale = xp.maximum(float(self.bound), abs(targets))
        right = abs(outputs - targets) <= CLOSE * scale  # false for NaN
        return Marks(right, xp.ones_like(right))

    @property
    def bound(self) -> Fraction:
        """The largest |x| of an input."""
        return max(map(abs, self.inputs))

    @cached_property
    def floats(self) -> tuple[Array, Array, Array]:
        """(A, B, C) in float64."""
        A, B, C = (getattr(self.system, name).to_array() for name in "ABC")
        return A, B, C

    def targets(self, inputs: Any) -> NDArray[Any]:
        """y(1), …, y(T) exactly: integers and fractions, shape (batch, T, d_in) to (batch, T, d_out).

        Raises:
            InvalidTask: if the inputs are not exact, or have another shape.
        """
        given = np.array(inputs, dtype=object)
        if given.ndim != 3 or given.shape[2] != self.d_in:
            raise InvalidTask(f"inputs must have shape (batch, T, d_in) with d_in = {self.d_in}; got {given.shape}")
        exact = given
        if getattr(inputs, "dtype", given.dtype).kind not in "iu":
            for place, value in np.ndenumerate(given):
                exact[place] = _plain(to_fraction(_whole(value), f"inputs{list(place)}"))
        shown_at = np.empty((*given.shape[:2], self.d_out), dtype=object)
        z = np.zeros((len(given), self.system.order), dtype=object)
        for t in range(given.shape[1]):
            z = _applied(self.system.A, z) + _applied(self.system.B, exact[:, t])
            shown_at[:, t] = _applied(self.system.C, z)
        plain: Any = np.frompyfunc(_plain, 1, 1)
        return plain(shown_at)

    # ------------------------------------------------------------------------------------------------------- as a value

    @cached_property
    def largest_eigenvalue(self) -> float:
        """The largest |λ| of the smallest realization: 0 of one that forgets, above 1 of one whose values grow exponentially."""
        if not self.minimal.order:
            return 0.0
        A, _, _ = replace(self, system=self.minimal).floats
        return float(np.abs(np.linalg.eigvals(A)).max())

    @property
    def grows(self) -> bool:
        """Whether values grow exponentially; multiple eigenvalues on the circle are found near it."""
        return self.largest_eigenvalue > 1 + _CIRCLE

    @cached_property
    def minimal(self) -> Realization:
        """The realization with the fewest dimensions, their number being the rank of the Hankel matrix [G_{i+j}]."""
        from emt_theory.exact.realization import minimal_realization

        return minimal_realization(self.system)

    @cached_property
    def recurrences(self) -> tuple[Recurrence, ...]:
        """The recurrence of each output, the shortest."""
        rows = (RationalMatrix.from_rows([_dense(self.system.C, i)]) for i in range(self.d_out))
        return tuple(recurrence(replace(self.system, C=row)) for row in rows)

    def named(self, name: str) -> LinearFilter:
        """The same task under another name."""
        return replace(self, name=name)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready description; `emt_theory.tasks.from_dict` reads it back. Entries are "p/q"."""
        system = self.minimal if self.minimal.order else self.system
        matrices = {name: [_texts(row) for row in _rows(getattr(system, name))] for name in "ABC"}
        quiet = {"quiet": self.quiet} if self.quiet else {}
        return {"name": self.name, **matrices, "inputs": [str(v) for v in self.inputs], **quiet}

    def equations(self) -> list[str]:
        """The recurrences, one line for each output."""
        several = self.d_out > 1, self.d_in > 1
        return [spell_recurrence(found, i, *several) for i, found in enumerate(self.recurrences)]

    def __eq__(self, other: object) -> bool:
        from emt_theory.exact.realization import same_behaviour

        return (
            isinstance(other, LinearFilter)
            and (self.d_in, self.d_out, self.inputs, self.quiet) == (other.d_in, other.d_out, other.inputs, other.quiet)
            and same_behaviour(self.system, other.system)
        )

    def __hash__(self) -> int:
        return hash((self.inputs, *self.system.markov(4)))

    def __repr__(self) -> str:
        return f"Task({self.name!r}, filter, {self.system.order} dimensions, d_in={self.d_in}, d_out={self.d_out})"

    def __str__(self) -> str:
        return "\n".join([repr(self), *(f"  {line}" for line in self.equations())])


def linear_filter(
    inputs: Sequence[Any], past: Sequence[Any] = (), name: str = "filter", values: Sequence[Any] = SIGNS
) -> LinearFilter:
    """The task y(t) = Σ_k c_k x(t−k) + Σ_k a_k y(t−k) of one number.

    Args:
        inputs: c_0, c_1, …, exact numbers: c_0 belongs to the input of the same step.
        past: a_1, a_2, …, exact numbers: a_1 belongs to the output of the step before.
        name: what to call the task.
        values: the exact values that an input takes.

    Raises:
        InvalidTask: if a number is not exact, or there is none.

    >>> linear_filter([1, -1]).equations(), linear_filter([1], ["1/2"]).equations()
    (['y(t) = x(t) - x(t-1)'], ['y(t) = 1/2 y(t-1) + x(t)'])
    """
    from emt_theory.exact.realization import Realization

    c = [to_fraction(v, f"inputs[{k}]") for k, v in enumerate(sequence("inputs", inputs, InvalidTask))]
    a = [to_fraction(v, f"past[{k}]") for k, v in enumerate(sequence("past", past, InvalidTask))]
    if not c:
        raise InvalidTask("a filter needs at least c_0, the weight of the input of the same step")
    # z(t) = (x(t), …, x(t−m+1), y(t), …, y(t−p+1)): row m is y(t) itself, of what stands one place further down
    m, p = len(c), max(1, len(a))
    step = [(i, i - 1, 1) for i in (*range(1, m), *range(m + 1, m + p))]
    step += [(m, k - 1, v) for k, v in enumerate(c) if k] + [(m, m + k, v) for k, v in enumerate(a)]
    A = RationalMatrix.from_entries((m + p, m + p), step)
    B = RationalMatrix.from_entries((m + p, 1), [(0, 0, 1), (m, 0, c[0])])
    C = RationalMatrix.from_entries((1, m + p), [(0, m, 1)])
    return filter_of(name, Realization(A, B, C), values)


def from_state_space(
    A: Any, B: Any, C: Any, D: Any = None, name: str = "filter", inputs: Sequence[Any] = SIGNS
) -> LinearFilter:
    """The task z(t+1) = A z(t) + B x(t), y(t) = C z(t) + D x(t), z(1) = 0, of matrices as the textbooks have them.

    Args:
        A: shape (n, n), exact.
        B: shape (n, d_in).
        C: shape (d_out, n).
        D: shape (d_out, d_in); 0 if left out: then an input shows at the next step at the earliest.
        name: what to call the task.
        inputs: the exact values that an input component takes.

    Raises:
        InvalidTask: if an entry is not exact, or shapes do not fit together.

    >>> from_state_space([[1]], [[1]], [[1]]).equations()
    ['y(t) = y(t-1) + x(t-1)']
    """
    from emt_theory.exact.realization import Realization

    a, b, c = (RationalMatrix.from_rows(given, label) for given, label in ((A, "A"), (B, "B"), (C, "C")))
    (n, width), (rows, m), (d, columns) = a.shape, b.shape, c.shape
    direct = RationalMatrix((d, m), ()) if D is None else RationalMatrix.from_rows(D, "D")
    if not n == width == rows == columns or direct.shape != (d, m):
        raise InvalidTask(
            f"A, B, C, D must have shapes (n, n), (n, d_in), (d_out, n), (d_out, d_in); got {a.shape}, {b.shape}, {c.shape}, {direct.shape}"
        )
    # with (z(t); x(t)) for the state: z(t) = A z(t−1) + B x(t−1), and y(t) = C z(t) + D x(t)
    step = RationalMatrix.from_entries((n + m, n + m), (*a, *((i, n + j, v) for i, j, v in b)))
    load = RationalMatrix.from_entries((n + m, m), ((n + j, j, 1) for j in range(m)))
    read = RationalMatrix.from_entries((d, n + m), (*c, *((i, n + j, v) for i, j, v in direct)))
    return filter_of(name, Realization(step, load, read), inputs)


def recurrence(system: Realization) -> Recurrence:
    """The shortest recurrence of a system with one output.

    A minimal realization with one output is observable from one row, so its characteristic polynomial λ^r − a_1 λ^(r−1) − … is the least one that
    annihilates its Markov parameters. Hence c_k = G_k − Σ_i a_i G_(k−i) is 0 from k = r on; factors λ stand for inputs that are forgotten.
    """
    from emt_theory.exact.realization import minimal_realization

    least = minimal_realization(system)
    r = least.order
    if not r:
        return Recurrence(((Fraction(0),) * system.B.shape[1],), ())
    # ascending coefficients of λ^r − a_1 λ^(r−1) − … − a_r: that of λ^(r−k) is −a_k
    ascending = [Fraction(int(v.p), int(v.q)) for v in least.A.to_flint().charpoly().coeffs()]
    past = [-ascending[r - k] for k in range(1, r + 1)]
    G = [_dense(g, 0) for g in least.markov(r)]
    inputs = [
        tuple(G[k][j] - sum(past[i - 1] * G[k - i][j] for i in range(1, k + 1)) for j in range(len(G[k])))
        for k in range(r)
    ]
    while past and not past[-1]:
        past.pop()
    while len(inputs) > 1 and not any(inputs[-1]):
        inputs.pop()
    return Recurrence(tuple(inputs), tuple(past))


def spell_recurrence(found: Recurrence, output: int, outputs: bool, channels: bool) -> str:
    """The recurrence as people write it.

    Args:
        found: the recurrence.
        output: whose it is.
        outputs: whether there are several outputs, so that they are numbered.
        channels: whether there are several inputs.
    """
    y = f"[{output}]" if outputs else ""
    terms = [(v, f"y({_ago(k)}){y}") for k, v in enumerate(found.past, start=1)]
    terms += [
        (v, f"x({_ago(k)}){f'[{j}]' if channels else ''}")
        for k, row in enumerate(found.inputs)
        for j, v in enumerate(row)
    ]
    text = ""
    for value, name in terms:
        if value:
            sign = ("- " if value < 0 else "+ ") if text else ("-" if value < 0 else "")
            size = "" if abs(value) == 1 else f"{abs(value)} "
            text += f"{' ' if text else ''}{sign}{size}{name}"
    return f"y(t){y} = {text or '0'}"


def _ago(lag: int) -> str:
    return f"t-{lag}" if lag else "t"


def filter_of(name: str, system: Realization, inputs: Sequence[Any]) -> LinearFilter:
    """The task of a system, by a minimal realization of it; of one dimension at least."""
    from emt_theory.exact.realization import Realization, minimal_realization

    least = minimal_realization(system)
    if not least.order:
        d, m = system.C.shape[0], system.B.shape[1]
        least = Realization(RationalMatrix((1, 1), ()), RationalMatrix((1, m), ()), RationalMatrix((d, 1), ()))
    return LinearFilter(name, least, tuple(sequence("inputs", inputs, InvalidTask)))


def _applied(matrix: Any, columns: NDArray[Any]) -> NDArray[Any]:
    """M z for each row z, exactly, entry by entry, of which there are few; shape (batch, columns) to (batch, rows)."""
    moved = np.zeros((len(columns), matrix.shape[0]), dtype=object)
    for i, j, value in matrix:
        moved[:, i] += _plain(value) * columns[:, j]
    return moved


def _dense(matrix: Any, i: int) -> list[Fraction]:
    row = [Fraction(0)] * matrix.shape[1]
    for j, v in matrix.row(i):
        row[j] = v
    return row


def _rows(matrix: Any) -> list[list[Fraction]]:
    return [_dense(matrix, i) for i in range(matrix.shape[0])]


def _texts(row: list[Fraction]) -> list[str]:
    return [str(v) for v in row]


def _whole(value: Any) -> Any:
    """A float that is a whole number is exact."""
    return int(value) if isinstance(value, float | np.floating) and float(value).is_integer() else value


def _plain(value: int | Fraction) -> int | Fraction:
    return int(value) if value.denominator == 1 else value

r"""A finite task: u(t) = f(u(t−1), …, u(t−s)) on symbols, f any function at all.

The memory holds s variables of d symbols, block 1 the oldest, exactly as in a linear task; what goes into the newest block is a table instead of a
matrix. The network sees codewords of u(1), …, u(s) and must then go on by itself; steps t > s are scored, each symbol by its nearest codeword.

>>> from emt_theory.tasks import from_rule
>>> task = from_rule(lambda u: [u[1][0] ^ u[2][0]], num_variables=2, dim=1, alphabet=2)
>>> task.targets([[[0], [1]]], horizon=6)[0, :, 0].tolist()
[1, 0, 1, 1, 0, 1]
>>> task.sample(batch=1, horizon=3, seed=0).targets[0, :, 0].tolist()           # as a network is to show it: 0 is +1, 1 is −1
[0.0, 0.0, 1.0, -1.0, -1.0]

Training, sampling and the behaviour in `check` take it as any task; `derive`, `compile` and `certify` have theory of its own for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.ground.arguments import integer, sequence, within_memory
from emt_theory.ground.slots import Slots
from emt_theory.ground.text import shown
from emt_theory.tasks.accuracy import Marks
from emt_theory.tasks.finite.alphabet import Alphabet, Code, as_alphabet
from emt_theory.tasks.finite.local_rule import LocalRule
from emt_theory.tasks.finite.spelling import spell
from emt_theory.tasks.linear import checked_sizes
from emt_theory.tasks.task import Episodes, Given, Task, Window
from emt_theory.tasks.words import choose, generator, word_count

MOST_COMPONENTS = 2**16
MOST_INPUTS = 4096
"""So many inputs, and a network is judged on all of them."""
_LARGEST_WALK = 2**20


@dataclass(frozen=True, repr=False, eq=False)
class FiniteTask(Task):
    """A task on symbols; make one with `from_rule(…, alphabet=q)`, `from_table` or a name.

    Attributes:
        name: what to call it. Two tasks are equal when their rules, sizes and alphabets are, whatever their names.
        num_variables: s.
        dim: d, symbols in one variable.
        alphabet: the symbols with their code, or their number q.
        rules: a `LocalRule` for each of the d outputs.

    Raises:
        InvalidTask: if sizes are not positive, there are more than 65536 components, or a rule reads or gives what is not there.
    """

    kind: ClassVar[str] = "finite"
    scored_as: ClassVar[str] = "symbols"

    name: str
    num_variables: int
    dim: int
    alphabet: Alphabet
    rules: tuple[LocalRule, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise InvalidTask(f"a task's name must be a text; got {shown(self.name)}")
        s, d = checked_finite_sizes(self.num_variables, self.dim)
        object.__setattr__(self, "num_variables", s)
        object.__setattr__(self, "dim", d)
        object.__setattr__(self, "alphabet", as_alphabet(self.alphabet))
        if self.alphabet.code in (Code.INDICATOR, Code.PULSES):
            raise InvalidTask(
                f"the code {str(self.alphabet.code)!r} is for tasks with an input at every step: here 0 is silence; take 'onehot'"
            )
        rules = tuple(sequence("rules", self.rules, InvalidTask))
        object.__setattr__(self, "rules", rules)
        if len(rules) != d or not all(isinstance(rule, LocalRule) for rule in rules):
            raise InvalidTask(f"a finite task needs one LocalRule for each of its {d} outputs; got {shown(self.rules)}")
        for c, rule in enumerate(rules):
            if rule.reads and (rule.reads[-1] >= s * d or rule.table.shape[0] != self.alphabet.size):
                raise InvalidTask(
                    f"output {c} must read flat indices below s·d = {s * d} with q = {self.alphabet.size} values each; got reads "
                    f"{shown(rule.reads)} with {rule.table.shape[0]} values"
                )
            self.alphabet.checked(f"the table of output {c}", rule.table.reshape(-1))

    @cached_property
    def slots(self) -> Slots:
        """Where components stand in the memory."""
        return Slots(self.num_variables, self.dim)

    @property
    def components(self) -> int:
        """n = s·d, the number of memory components."""
        return self.slots.size

    @property
    def states(self) -> int:
        """|X| = q^n, the number of states of the memory."""
        return self.alphabet.size**self.components

    # ----------------------------------------------------------------------------------------- sequences, and a machine

    @property
    def d_in(self) -> int:
        """d·e, e numbers for each symbol."""
        return self.dim * self.alphabet.width

    @property
    def d_out(self) -> int:
        """d·e."""
        return self.d_in

    def window(self, horizon: int) -> Window:
        """s inputs, then silence in which every step is scored."""
        return Window(self.num_variables + horizon, self.num_variables, self.num_variables)

    def words(self, size: int, horizon: int) -> int:
        """One bit for each symbol of two, one word for each of more."""
        return word_count(self.alphabet.size, size * self.components)

    def draw(self, words: Any, size: int, horizon: int, xp: Any = np) -> Given:
        """Codewords of symbols that are all equally likely, shape (batch, s, d·e)."""
        symbols = choose(xp, words, self.alphabet.size, (size, self.num_variables, self.dim))
        return Given(self._shown(symbols.astype(int), xp))

    def batch(self, words: Any, size: int, horizon: int, xp: Any = np) -> Episodes:
        """As `Task.batch`; where there are few states, what follows each of them is looked up."""
        if self.states * horizon * self.d_out > _LARGEST_WALK:
            return super().batch(words, size, horizon, xp)
        s, given = self.num_variables, self.draw(words, size, horizon, xp).inputs
        symbols = self.alphabet.closeness(given, xp).argmax(axis=-1).reshape(size, self.components)
        number = (symbols * xp.asarray(self.alphabet.size ** np.arange(self.components)[::-1])).sum(axis=1)
        following = xp.asarray(_walk(self, horizon), dtype=float)[number]
        before, behind = (xp.zeros((size, steps, self.d_in), dtype=float) for steps in (s, horizon))
        scored = xp.broadcast_to(xp.arange(s + horizon) >= s, (size, s + horizon))
        inputs, targets = xp.concatenate([given, behind], axis=1), xp.concatenate([before, following], axis=1)
        return Episodes(inputs, targets, scored, xp.full((size,), s))

    def start(self, lengths: Any, xp: Any = np) -> Any:
        """A memory of zeros, shape (batch, s, d)."""
        return xp.zeros((len(lengths), self.num_variables, self.dim), dtype=int)

    def next(self, state: Any, x: Any, xp: Any = np) -> tuple[Any, Any]:
        """One step of the memory, oldest variable first: what comes in, or f of the past in silence, is its newest variable, and is shown."""
        newest = self.variable(state, xp) if x is None else self.alphabet.closeness(x, xp).argmax(axis=-1)
        return xp.concatenate([state[:, 1:], newest[:, None]], axis=1), self._shown(newest, xp)

    def score(self, outputs: Any, targets: Any, xp: Any = np) -> Marks:
        """A symbol is right when no codeword is as near as its own; all of its e numbers are marked alike, so that accuracy counts symbols."""
        return self.alphabet.marks(outputs, targets, xp)

    def variable(self, past: Any, xp: Any = np) -> Any:
        """f: the next variable's symbols, from memories of symbols of shape (…, s, d) to shape (…, d)."""
        memory = past.reshape((*past.shape[:-2], self.components))
        return xp.stack([rule.apply(memory, xp) for rule in self.rules], axis=-1)

    def targets(self, symbols: Any, horizon: int) -> NDArray[np.int64]:
        """The symbols u(s+1), …, u(s+horizon) after given ones, shape (batch, horizon, d).

        Args:
            symbols: u(1), …, u(s), shape (batch, s, d).
            horizon: how many steps.

        Raises:
            InvalidTask: if these are no symbols of that shape.
            InvalidOption: if the horizon is not positive, or there is no memory for so many.
        """
        past = self.alphabet.checked("symbols", symbols)
        s, d = self.slots
        if past.ndim != 3 or past.shape[1:] != (s, d):
            raise InvalidTask(f"symbols must have shape (batch, s, d) = (batch, {s}, {d}); got {past.shape}")
        horizon = integer("horizon", horizon, least=1, error=InvalidOption)
        with within_memory(f"{len(past)} sequences of {shown(horizon)} steps"):
            found = np.empty((len(past), horizon, d), dtype=np.int64)
        for t in range(horizon):
            found[:, t] = self.variable(past)
            past = np.concatenate([past[:, 1:], found[:, t, None]], axis=1)
        return found

    def exam(self, sequences: int, horizon: int, seed: int) -> Episodes:
        """All inputs where there are at most 4096, in a drawn order; of more signs so many x, each with −x; else random sequences.

        On inputs that come with their opposites an odd network has no luck: what P22 says of it holds exactly.

        Args:
            sequences: how many are drawn.
            horizon: number of scored steps.
            seed: of the order, or of what is drawn.

        >>> from emt_theory.tasks import parse
        >>> episodes = parse("xor").exam(sequences=640, horizon=3, seed=0)
        >>> episodes.targets.shape, episodes.draws
        ((4, 5, 1), 0)
        """
        rng, d = generator(seed), self.dim
        if self.states <= MOST_INPUTS:
            every = np.indices((self.alphabet.size,) * self.components).reshape(self.components, -1).T
            return self.episodes(rng.permutation(every).reshape(-1, self.num_variables, d), horizon, draws=0)
        if self.alphabet.code is not Code.SIGNS:
            return self.sample(sequences, horizon, seed)
        count = integer("sequences", sequences, least=1)
        symbols = rng.integers(2, size=(count, 1, self.num_variables, d))
        paired = np.concatenate([symbols, 1 - symbols], axis=1)
        return self.episodes(paired.reshape(2 * count, self.num_variables, d), horizon, draws=count)

    def episodes(self, symbols: Any, horizon: int, draws: int | None = None) -> Episodes:
        """The sequences that begin with given symbols.

        Args:
            symbols: u(1), …, u(s), shape (batch, s, d).
            horizon: number of scored steps.
            draws: see `Episodes`.

        Raises:
            InvalidTask: if these are no symbols of that shape.
            InvalidOption: if the horizon is not positive, or there is no memory for so many.
        """
        following = self.targets(symbols, horizon)
        given, (count, steps, _) = np.asarray(symbols), following.shape
        with within_memory(f"{count} sequences of {shown(steps)} steps"):
            inputs, targets = np.zeros((2, count, self.num_variables + steps, self.d_in))
            inputs[:, : self.num_variables] = self._shown(given, np)
            targets[:, self.num_variables :] = self._shown(following, np)
        scored = np.broadcast_to(np.arange(inputs.shape[1]) >= self.num_variables, inputs.shape[:2])
        return Episodes(inputs, targets, scored, np.full(count, self.num_variables), draws)

    def _shown(self, symbols: Any, xp: Any) -> Any:
        """Their codewords side by side, floats, shape (…, d) to (…, d·e)."""
        words = xp.asarray(self.alphabet.codewords, dtype=float)[symbols]
        return words.reshape((*symbols.shape[:-1], self.d_in))

    # ------------------------------------------------------------------------------------------------------- as a value

    def named(self, name: str) -> FiniteTask:
        """The same task under another name."""
        return replace(self, name=name)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready description; `emt_theory.tasks.from_dict` reads it back. A table is flat, the last read changing fastest."""
        sizes = {"name": self.name, "num_variables": self.num_variables, "dim": self.dim}
        places = [[list(self.slots.place(j)) for j in rule.reads] for rule in self.rules]
        tables = [
            {"reads": reads, "table": rule.table.reshape(-1).tolist()}
            for reads, rule in zip(places, self.rules, strict=True)
        ]
        return {**sizes, "alphabet": self.alphabet.size, "code": str(self.alphabet.code), "tables": tables}

    def equations(self) -> list[str]:
        """The rule, one line for each output, in the shortest form that is known for it; see `spelling.spell`.

        >>> from emt_theory.tasks import parse
        >>> parse("modular-sum:alphabet=5").equations()
        ['u(t) = (u[2] + u[1]) % 5']
        """
        head = "u(t)[{}]" if self.dim > 1 else "u(t)"
        return [
            f"{head.format(c)} = {spell(rule, self.alphabet.size, self.slots)}" for c, rule in enumerate(self.rules)
        ]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FiniteTask) and (self.slots, self.alphabet, self.rules) == (
            other.slots,
            other.alphabet,
            other.rules,
        )

    def __hash__(self) -> int:
        return hash((self.slots, self.alphabet, self.rules))

    def __repr__(self) -> str:
        return f"Task({self.name!r}, finite, s={self.num_variables}, d={self.dim}, {self.alphabet!r})"

    def __str__(self) -> str:
        lines = self.equations()
        return "\n".join([repr(self), *(f"  {line}" for line in (lines if self.dim <= 32 else [*lines[:31], "…"]))])


@lru_cache(maxsize=8)
def _walk(task: FiniteTask, horizon: int) -> NDArray[np.float64]:
    """What each state is to be followed by, as a network is to show it: shape (|X|, horizon, d·e), states in the order of their numbers."""
    every = np.indices((task.alphabet.size,) * task.components).reshape(task.components, -1).T
    following = task.targets(every.reshape(-1, *task.slots), horizon)
    return task.alphabet.encode(following).astype(float)


def checked_finite_sizes(num_variables: object, dim: object) -> tuple[int, int]:
    """(s, d) as integers.

    Raises:
        InvalidTask: if one is not positive, or s·d is above 65536.
    """
    s, d = checked_sizes(num_variables, dim)
    if s * d > MOST_COMPONENTS:
        raise InvalidTask(f"a finite task holds at most {MOST_COMPONENTS} symbols; got num_variables·dim = {s * d}")
    return s, d


def finite_task(value: object, name: str = "task") -> FiniteTask:
    """The value, if it is a finite task.

    Raises:
        InvalidTask: if it is none; says how to make one.

    >>> from emt_theory.tasks import parse
    >>> finite_task(parse("xor")).name
    'xor'
    >>> finite_task(parse("T1"))
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidTask: task must be a finite task, such as from_rule(…, alphabet=2) returns; got a linear task
    """
    if isinstance(value, FiniteTask):
        return value
    kind = getattr(value, "kind", type(value).__name__)
    raise InvalidTask(
        f"{name} must be a finite task, such as from_rule(…, alphabet=2) returns; got a {shown(str(kind))[1:-1]} task"
    )

r"""Values of a rule on all of its reads at once, and the decisions that it takes on the way.

A `Value` is what stands for a symbol while a rule runs: the components that it depends on, and its value on every combination of them, in Python's
integers. Arithmetic and comparisons act point by point. Where Python asks for one value (`if`, `and`, `max`, a place in a table), the rule *forks*:
it is run once for each answer that can be reached, and each run knows for which combinations it speaks (`Trace.mask`).

>>> trace = Trace(size=2, names=["u[1][0]", "u[2][0]"])
>>> a, b = trace.component(0), trace.component(1)
>>> ((a ^ b) + 2 * a).numbers.tolist()              # rows: u[1][0] = 0, 1
[[0, 1], [3, 2]]
>>> where(a == 1, 7 // a, 0).numbers.tolist()       # what is not defined is so point by point, and may be passed over
[0, 7]
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidTask
from emt_theory.ground.arguments import is_integer
from emt_theory.ground.text import shown
from emt_theory.tasks.finite.local_rule import LARGEST_TABLE
from emt_theory.tasks.past import ARITHMETIC, COMPARISONS, Variable

MOST_BITS = 4096
MOST_WORK = 2**23
"""Points that one rule may be computed on, all runs together; an operation counts at least 256."""

Grid = NDArray[Any]


@dataclass(frozen=True)
class Undefined:
    """What stands where a rule has no value, and why."""

    reason: str


class Decision(NamedTuple):
    """An answer that was taken where several could be reached."""

    answers: tuple[int, ...]
    taken: int


class Trace:
    """One run of a rule.

    Args:
        size: q.
        names: how the flat components are called in messages.
        prefix: the answers to take at the first forks; the first one after them.
        work: what earlier runs have used up of `MOST_WORK`.

    Attributes:
        undefined: whether a number that depends on nothing had no value.
    """

    def __init__(self, size: int, names: Sequence[str], prefix: Sequence[int] = (), work: int = 0) -> None:
        self.size, self.names, self.prefix, self.work = size, names, prefix, work
        self.decisions: list[Decision] = []
        self.undefined = False
        self.mask = self.constant(1)

    def component(self, j: int) -> Value:
        """The symbol that stands at flat index j."""
        return Value(self, (j,), np.arange(self.size).astype(object))

    def constant(self, number: int) -> Value:
        """A number that depends on nothing."""
        return Value(self, (), np.array(number, dtype=object))

    def grid(self, *values: Value) -> tuple[tuple[int, ...], list[Grid]]:
        """The reads of all of them, and each on axes for all reads (of length 1 where it does not depend).

        Raises:
            InvalidTask: if they read more than a table can have, or the rule has done too much.
        """
        reads = tuple(sorted({j for value in values for j in value.reads}))
        self.spend(reads)
        return reads, [v.numbers.reshape([self.size if j in v.reads else 1 for j in reads]) for v in values]

    def require_own(self, *values: Value) -> None:
        """Refuse values that were made in an earlier run of a rule, and kept.

        Raises:
            InvalidTask: if one was.
        """
        if any(value.trace is not self for value in values):
            raise InvalidTask(
                "the rule uses a value that it kept from an earlier run; a rule is a function of the past alone"
            )

    def spend(self, reads: tuple[int, ...]) -> None:
        """Count the work of one operation on these reads."""
        points = self.size ** min(len(reads), 64)
        if points > LARGEST_TABLE:
            raise InvalidTask(
                f"the rule combines {len(reads)} components of {self.size} values each; at most {LARGEST_TABLE} combinations are "
                "tabulated: let an output read fewer. If it branches with `if`, where(condition, this, that) looks at both branches alone"
            )
        self.work += max(points, 256)
        if self.work > MOST_WORK:
            raise InvalidTask("the rule takes too many steps to tabulate; does it end, and are its branches few?")

    def decide(self, value: Value) -> int:
        """One of the values that can be reached here, as the prefix says; the mask becomes what is meant by it."""
        reads, (numbers, mask) = self.grid(value, self.mask)
        shape = (self.size,) * len(reads)
        numbers, mask = np.broadcast_to(numbers, shape), np.broadcast_to(mask, shape).astype(bool)
        reached = list({id(v) if isinstance(v, Undefined) else v: v for v in numbers[mask].tolist()}.values())
        for v in reached:
            if isinstance(v, Undefined):
                raise InvalidTask(f"the rule branches on what {v.reason}{self.at(reads, mask & (numbers == v))}")
        answers = tuple(sorted(v for v in reached if isinstance(v, int)))
        if len(answers) == 1:
            return answers[0]
        place = len(self.decisions)
        taken = self.prefix[place] if place < len(self.prefix) else 0
        if taken >= len(answers):
            raise InvalidTask("the rule does not take the same branches twice; a rule is a function of the past alone")
        self.decisions.append(Decision(answers, taken))
        self.mask = Value(self, reads, (mask & (numbers == answers[taken])).astype(object))
        return answers[taken]

    def at(self, reads: Sequence[int], where_true: Grid) -> str:
        """The first point of a grid where something is so, in words."""
        point = np.argwhere(where_true)[0].tolist()
        told = ", ".join(f"{self.names[j]} = {v}" for j, v in list(zip(reads, point, strict=True))[:6])
        return f" where {told}{', …' if len(reads) > 6 else ''}" if told else ""


class Value:
    """A number that depends on some components.

    Attributes:
        trace: the run that it belongs to.
        reads: flat indices, ascending.
        numbers: integers of Python, or `Undefined`, shape (q, …, q), one axis for each read.
    """

    __slots__ = ("numbers", "reads", "trace")
    __array_ufunc__ = None  # NumPy's integers leave operations to us
    __array_priority__ = 1000

    def __init__(self, trace: Trace, reads: tuple[int, ...], numbers: Grid) -> None:
        self.trace, self.reads, self.numbers = trace, reads, numbers
        trace.undefined |= not reads and isinstance(numbers.item(), Undefined)

    def __bool__(self) -> bool:
        return self.trace.decide(compute(lambda v: int(v != 0), self)) != 0

    def __index__(self) -> int:
        return self.trace.decide(self)

    def __int__(self) -> int:
        return self.trace.decide(self)

    def __hash__(self) -> int:
        return hash(self.trace.decide(self))

    def __neg__(self) -> Value:
        return compute(operator.neg, self)

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        return compute(abs, self)

    def __invert__(self) -> Value:
        return compute(operator.invert, self)

    def __divmod__(self, other: Any) -> tuple[Value, Value]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Value, Value]:
        return other // self, other % self

    def __pow__(self, other: Any, modulus: Any = None) -> Value:
        if isinstance(other, Variable):
            return NotImplemented
        return compute(operator.pow, self, other) if modulus is None else compute(pow, self, other, modulus)

    def __round__(self, digits: Any = 0) -> Value:
        return compute(round, self, digits)

    def __trunc__(self) -> Value:
        return self

    __floor__ = __ceil__ = __trunc__

    def __truediv__(self, other: Any) -> Value:
        raise InvalidTask("a rule on symbols divides with // or multiplies by an inverse mod q; / gives fractions")

    __rtruediv__ = __truediv__

    def __float__(self) -> float:
        raise InvalidTask("a rule on symbols computes with integers; float() of a symbol is none")

    def __repr__(self) -> str:
        return f"an expression in {', '.join(self.trace.names[j] for j in self.reads[:6]) or 'nothing'}"


def compute(function: Callable[..., Any], *arguments: Any) -> Value:
    """A function of values and integers, point by point; what is undefined stays so."""
    values = [_as_value(one, arguments) for one in arguments]
    reads, grids = values[0].trace.grid(*values)
    found: Any = np.empty((values[0].trace.size,) * len(reads), dtype=object)
    found[...] = np.frompyfunc(lambda *v: _defined(function, v), len(grids), 1)(*grids)
    return Value(values[0].trace, reads, found)


def choose_by(index: Value, options: Sequence[Any]) -> Value:
    """options[index], point by point: a look-up that does not fork.

    >>> trace = Trace(size=3, names=["u[1][0]"])
    >>> choose_by(trace.component(0), (2, 0, 1)).numbers.tolist()
    [2, 0, 1]
    """
    values = [_as_value(one, (index,)) for one in options]
    reads, (places, *grids) = index.trace.grid(index, *values)
    found: Any = np.empty((index.trace.size,) * len(reads), dtype=object)
    found[...] = np.frompyfunc(lambda i: _no_place(i, len(grids)), 1, 1)(places)
    places = np.broadcast_to(places, found.shape)
    for i, grid in enumerate(grids):
        found = np.where(places == i, grid, found)
    return Value(index.trace, reads, found)


def _no_place(index: Any, places: int) -> Any:
    return index if isinstance(index, Undefined) else Undefined(f"looks up place {index} of {places}")


def where(condition: Any, this: Any, that: Any) -> Any:
    """`this` where the condition is not 0, `that` elsewhere: a rule's `if` without a fork.

    Only the one that is chosen has to be defined: `where(u[1][0] != 0, 6 // u[1][0], 0)` is right. On integers it is Python's own choice, and
    on whole variables it chooses component by component.

    >>> where(2 > 1, 5, 6)
    5
    """
    parts = (condition, this, that)
    longest = max((len(one) for one in parts if isinstance(one, Variable)), default=0)
    if longest:
        split = [one if isinstance(one, Variable) else (one,) * longest for one in parts]
        if any(len(one) != longest for one in split):
            raise InvalidTask("where takes variables with the same number of components")
        return Variable([where(*each) for each in zip(*split, strict=True)])
    if not isinstance(condition, Value):
        return this if condition else that
    return choose_by(compute(lambda v: int(v == 0), condition), (this, that))


def _as_value(one: Any, beside: Sequence[Any]) -> Value:
    if isinstance(one, Value):
        return one
    trace = next(value.trace for value in beside if isinstance(value, Value))
    if not is_integer(one) and not isinstance(one, bool | np.bool_):
        raise InvalidTask(f"a rule on symbols computes with integers; got {shown(one)}")
    return trace.constant(int(one))


def _defined(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    for one in arguments:
        if isinstance(one, Undefined):
            return one
    if _bits(function, arguments) > MOST_BITS:
        return Undefined(f"is beyond {MOST_BITS} bits")
    try:
        found = function(*arguments)
    except ZeroDivisionError:
        return Undefined("divides by zero")
    except ValueError:
        shifts = function in (operator.lshift, operator.rshift)
        return Undefined("shifts by a negative number" if shifts else "has no such power modulo that number")
    return found if isinstance(found, int) else Undefined("is a fraction: a negative power")


def _bits(function: Callable[..., Any], arguments: tuple[Any, ...]) -> int:
    """At most how many bits come out of what can make long numbers."""
    if function is operator.pow:
        return arguments[0].bit_length() * max(arguments[1], 1)
    if function is operator.lshift:
        return arguments[0].bit_length() + max(arguments[1], 0)
    return sum(one.bit_length() for one in arguments) if function is operator.mul else 0


def _forward(function: Callable[[Any, Any], Any]) -> Callable[[Value, Any], Any]:
    return lambda self, other: NotImplemented if isinstance(other, Variable) else compute(function, self, other)


def _reflected(function: Callable[[Any, Any], Any]) -> Callable[[Value, Any], Any]:
    return lambda self, other: NotImplemented if isinstance(other, Variable) else compute(function, other, self)


for _name, _function in ARITHMETIC.items():
    if _name not in ("truediv", "pow"):
        setattr(Value, f"__{_name}__", _forward(_function))
    if _name != "truediv":
        setattr(Value, f"__r{_name}__", _reflected(_function))
for _name, _function in COMPARISONS.items():
    setattr(Value, f"__{_name}__", _forward(lambda a, b, f=_function: int(f(a, b))))

"""The past that a rule is written on: `u[lag][component]`, lag 1 the previous step.

What stands there is the caller's: symbols to trace with, or numbers. A whole variable `u[lag]` computes component by component, and where a variable
has one component it may stand for it:

>>> u = Past(Slots(2, 2), [1, 2, 3, 4])          # flat order, the oldest first
>>> u[1][0], u[2] + u[1], -u[2]
(3, (4, 6), (-1, -2))
>>> u[3]
Traceback (most recent call last):
...
emt_theory.errors.InvalidTask: u[3]: lags run from 1 (previous step) to num_variables = 2
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

from emt_theory.errors import InvalidTask
from emt_theory.ground.arguments import is_integer, sequence
from emt_theory.ground.slots import Slots
from emt_theory.ground.text import shown


class Past:
    """The last s variables.

    Args:
        slots: s and d.
        entries: what stands in them, in flat order, oldest block first.
    """

    def __init__(self, slots: Slots, entries: Sequence[Any]) -> None:
        self.slots = slots
        self._entries = entries

    def __getitem__(self, lag: int) -> Variable:
        s, d = self.slots
        place = operator.index(lag) if is_integer(lag) else None
        if place is None or not 1 <= place <= s:
            ahead = "" if place is None or place > 0 else "; a rule reads the past only"
            meant = f" (did you mean u[{-place}]?)" if place is not None and 1 <= -place <= s else ""
            given = shown(lag if place is None else place)
            raise InvalidTask(f"u[{given}]: lags run from 1 (previous step) to num_variables = {s}{ahead}{meant}")
        start = (s - place) * d  # lag 1 is block s, whose first flat index is (s − 1)·d
        return Variable(self._entries[start : start + d], f"u[{place}]")

    def __len__(self) -> int:
        raise InvalidTask(
            f"u is indexed by lag, from 1 to num_variables = {self.slots[0]}; it cannot be iterated, and has no value of its own: "
            f"write u[lag], or [u[lag] for lag in range(1, {self.slots[0] + 1})]"
        )

    def __iter__(self) -> Any:
        return self.__len__()


class Variable(tuple[Any, ...]):
    """One variable of the past, or what was computed of some; an index outside it says so."""

    name: str

    def __new__(cls, entries: Sequence[Any], name: str = "u[…]") -> Variable:  # noqa: D102
        made = super().__new__(cls, entries)
        made.name = name
        return made

    def __getitem__(self, component: Any) -> Any:
        place = operator.index(component) if is_integer(component) else component
        if isinstance(place, int) and not 0 <= place < len(self):
            raise InvalidTask(f"{self.name}[{place}]: components run from 0 to dim - 1 = {len(self) - 1}")
        return super().__getitem__(place)

    def _with(self, other: Any, compute: Callable[[Any, Any], Any]) -> Variable:
        """Component by component; what is no variable stands beside each component."""
        if isinstance(other, tuple) and len(other) != len(self):
            raise InvalidTask(f"{self.name} has {len(self)} components, what it is combined with has {len(other)}")
        others = other if isinstance(other, tuple) else repeat(other)
        return Variable([compute(a, b) for a, b in zip(self, others, strict=False)])

    def _only(self, what: str) -> Any:
        if len(self) != 1:
            raise InvalidTask(
                f"{self.name} has {len(self)} components and no {what} of its own; write {self.name}[component]"
            )
        return self[0]

    def __bool__(self) -> bool:
        return bool(self._only("truth value"))

    def __index__(self) -> int:
        return operator.index(self._only("number"))

    def __neg__(self) -> Variable:
        return Variable([-a for a in self])

    def __pos__(self) -> Variable:
        return self

    def __invert__(self) -> Variable:
        return Variable([~a for a in self])

    def __abs__(self) -> Variable:
        return Variable([abs(a) for a in self])

    def __pow__(self, other: Any, modulus: Any = None) -> Variable:
        return self._with(other, lambda a, b: pow(a, b, modulus))

    def __hash__(self) -> int:
        return hash(tuple(self))


def _forward(compute: Callable[[Any, Any], Any]) -> Callable[[Variable, Any], Variable]:
    return lambda self, other: self._with(other, compute)  # type: ignore[reportPrivateUsage]


def _reflected(compute: Callable[[Any, Any], Any]) -> Callable[[Variable, Any], Variable]:
    return lambda self, other: self._with(other, lambda a, b: compute(b, a))  # type: ignore[reportPrivateUsage]


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": operator.truediv, "floordiv": operator.floordiv,
    "mod": operator.mod, "pow": operator.pow, "and": operator.and_, "or": operator.or_, "xor": operator.xor,
    "lshift": operator.lshift, "rshift": operator.rshift,
}  # fmt: skip
"""The operations of two numbers, by the names of Python's methods; each has a reflected one."""
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
}  # fmt: skip

for _name, _compute in ARITHMETIC.items():
    if _name != "pow":
        setattr(Variable, f"__{_name}__", _forward(_compute))
    setattr(Variable, f"__r{_name}__", _reflected(_compute))
for _name, _compute in COMPARISONS.items():
    setattr(Variable, f"__{_name}__", _forward(_compute))
for _name in (*ARITHMETIC, *(f"r{_one}" for _one in ARITHMETIC), *COMPARISONS):
    setattr(Past, f"__{_name}__", lambda self, other: len(self))  # the whole past has no value: it says so


def returned(outputs: Any, dim: int) -> list[Any]:
    """What a rule returned, as a list of its d outputs.

    Raises:
        InvalidTask: if it is no list, or has another length.
    """
    try:
        found = sequence("what the rule returns", outputs, InvalidTask)
    except InvalidTask:
        raise InvalidTask(f"the rule must return a list of dim = {dim} expressions; got {shown(outputs)}") from None
    if len(found) != dim:
        raise InvalidTask(f"the rule must return a list of dim = {dim} expressions; got {len(found)}")
    return [one[0] if isinstance(one, Variable) and len(one) == 1 else one for one in found]


def rule_name(rule: Any, name: str | None) -> str:
    """What to call the task of a rule: the given name, the function's own, or "rule"."""
    given = getattr(rule, "__name__", "rule")
    return ("rule" if given == "<lambda>" else str(given)) if name is None else name

"""Tasks written as a rule in Python.

The rule is called once, with symbols in place of the past: `u[lag][component]` is component c of u(t − lag), lag 1 the previous step. What it
returns is read off term by term; a term that is not a rational number times one symbol is refused by name, for such a task has no F.

>>> task = from_rule(lambda u: [u[1][0] + u[2][0]], num_variables=2, dim=1)
>>> task.matrix
Matrix([[1, 1]])
>>> from_rule(lambda u: [u[1][0] * u[2][0]], num_variables=2, dim=1)
Traceback (most recent call last):
...
emt_theory.errors.InvalidTask: output 0 is not linear in the past: the term u[1][0]*u[2][0] is not a rational number times one u[lag][component]
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import sympy

from emt_theory.errors import InvalidTask
from emt_theory.ground.arguments import is_integer, sequence
from emt_theory.ground.rationals import RationalMatrix, to_fraction
from emt_theory.ground.text import shown
from emt_theory.tasks.linear import LinearTask, checked_sizes

_TRIALS = 64


class Past:
    """The symbols u[lag][component] that stand for the last s variables."""

    def __init__(self, num_variables: int, dim: int) -> None:
        self.num_variables = num_variables
        self.dim = dim
        self._symbols = [[sympy.Symbol(f"u[{lag}][{c}]") for c in range(dim)] for lag in range(1, num_variables + 1)]
        self.position: dict[sympy.Basic, int] = {
            symbol: (num_variables - lag) * dim + c
            for lag, row in enumerate(self._symbols, start=1)
            for c, symbol in enumerate(row)
        }

    def __getitem__(self, lag: int) -> _Variable:
        if not is_integer(lag) or not 1 <= lag <= self.num_variables:
            raise InvalidTask(
                f"u[{shown(lag)}]: lags run from 1 (previous step) to num_variables = {self.num_variables}"
            )
        return _Variable(lag, tuple(self._symbols[lag - 1]))

    def __len__(self) -> int:
        raise InvalidTask("u is indexed by lag, from 1 to num_variables; it cannot be iterated")

    def __iter__(self) -> Any:
        return self.__len__()


class Numbers(Past):
    """The same with numbers in place of symbols, `values` in flat order, oldest block first."""

    def __init__(self, num_variables: int, dim: int, values: Sequence[Any]) -> None:
        self.num_variables = num_variables
        self.dim = dim
        self._symbols = [list(values[(num_variables - lag) * dim :][:dim]) for lag in range(1, num_variables + 1)]


class _Variable(tuple[sympy.Symbol, ...]):
    """One variable of the past; an index outside it says so."""

    lag: int

    def __new__(cls, lag: int, symbols: tuple[sympy.Symbol, ...]) -> _Variable:
        made = super().__new__(cls, symbols)
        made.lag = lag
        return made

    def __getitem__(self, component: Any) -> Any:
        if is_integer(component) and not 0 <= component < len(self):
            raise InvalidTask(f"u[{self.lag}][{component}]: components run from 0 to dim - 1 = {len(self) - 1}")
        return super().__getitem__(component)


def from_rule(
    rule: Callable[[Past], Sequence[Any]], num_variables: int, dim: int, name: str | None = None
) -> LinearTask:
    """The task that a Python rule computes.

    Args:
        rule: takes u with `u[lag][component]`, returns the d components of u(t) as expressions.
        num_variables: s.
        dim: d.
        name: what to call the task; the rule's own name if left out.

    Raises:
        InvalidTask: if the rule does not return d expressions, branches on values, or holds a term that is not linear or not exact.
    """
    if not callable(rule):
        raise InvalidTask(f"a rule is a function of u with u[lag][component]; got {shown(rule)}")
    num_variables, dim = checked_sizes(num_variables, dim)
    past = Past(num_variables, dim)
    try:
        outputs = rule(past)
    except TypeError as error:
        raise InvalidTask(f"the rule cannot be traced on symbols, so it is not linear: {error}") from error
    if (
        isinstance(outputs, sympy.Basic)
        or len(outputs := sequence("what the rule returns", outputs, InvalidTask)) != dim
    ):
        got = len(outputs) if isinstance(outputs, list) else outputs
        raise InvalidTask(f"the rule must return a list of dim = {dim} expressions; got {shown(got)}")
    entries = [
        (c, j, value) for c, output in enumerate(outputs) for j, value in _linear_terms(output, past, f"output {c}")
    ]
    matrix = RationalMatrix.from_entries((dim, num_variables * dim), entries)
    _compare_on_numbers(rule, matrix, num_variables, dim)
    given = getattr(rule, "__name__", "rule")
    return LinearTask(("rule" if given == "<lambda>" else given) if name is None else name, num_variables, dim, matrix)


def _compare_on_numbers(rule: Callable[[Past], Sequence[Any]], matrix: RationalMatrix, s: int, d: int) -> None:
    """Run the rule on numbers: one that branches may be traced along a single branch, and then it is not what its trace says."""
    for past in _number_pasts(s * d):
        given = rule(Numbers(s, d, [sympy.Rational(v.numerator, v.denominator) for v in past]))
        wanted = matrix.apply(past)
        for c in range(d):
            if to_fraction(sympy.sympify(given[c]), f"output {c}") != wanted[c]:
                start = ", ".join(map(str, past[:12])) + (", …" if len(past) > 12 else "")
                raise InvalidTask(
                    f"output {c} branches on values, so it is not linear: on the past ({start}), oldest first, the rule gives "
                    f"{given[c]}, and its trace on symbols gives {wanted[c]}"
                )


def _number_pasts(size: int) -> Iterator[list[Fraction]]:
    """All signs where they are few, else random ones; each followed by random fractions."""
    rng = random.Random(0)
    few = 2**size <= _TRIALS
    for trial in range(2**size if few else _TRIALS):
        yield [Fraction((1 if trial >> j & 1 else -1) if few else rng.choice((-1, 1))) for j in range(size)]
        yield [Fraction(rng.randint(-9, 9), rng.randint(1, 4)) for _ in range(size)]


def _linear_terms(output: Any, past: Past, where: str) -> list[tuple[int, Any]]:
    """The (flat index, coefficient) pairs of a linear expression in the symbols of `past`.

    Raises:
        InvalidTask: naming the first term that is not a rational number times one symbol.
    """
    try:
        expression = sympy.sympify(output, strict=True)
        if not isinstance(expression, sympy.Expr):
            raise TypeError
        expanded = sympy.expand(expression)
    except (sympy.SympifyError, TypeError, AttributeError):
        raise InvalidTask(f"{where} must be an expression in u[lag][component]; got {shown(output)}") from None
    terms: list[tuple[int, Any]] = []
    for term in sympy.Add.make_args(expanded):
        coefficient, rest = term.as_coeff_Mul()
        if not term:
            continue
        if not term.free_symbols:
            raise InvalidTask(f"{where} has the constant term {term}; a linear task has none")
        if rest not in past.position or not coefficient.is_number:
            raise InvalidTask(
                f"{where} is not linear in the past: the term {term} is not a rational number times one u[lag][component]"
            )
        terms.append((past.position[rest], to_fraction(_plain(coefficient), f"{where}: the coefficient of {rest}")))
    return terms


def _plain(number: Any) -> Any:
    return float(number) if isinstance(number, sympy.Float) else number

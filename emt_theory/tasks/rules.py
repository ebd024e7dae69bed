"""Tasks written as a rule in Python.

The rule is called once, with symbols in place of the past: `u[lag][component]` is component c of u(t − lag), lag 1 the previous step. What it
returns is read off term by term; a term that is not a rational number times one symbol is refused by name, for such a task has no F.

>>> task = from_rule(lambda u: [u[1][0] + u[2][0]], num_variables=2, dim=1)
>>> task.matrix
Matrix([[1, 1]])
>>> from_rule(lambda u: [u[1][0] * u[2][0]], num_variables=2, dim=1)
Traceback (most recent call last):
...
emt_theory.errors.InvalidTask: output 0 is not linear in the past: the term u[1][0]*u[2][0] is not a rational number times one u[lag][component];
a rule on q symbols may be any function: give alphabet=q
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import prod
from typing import Any

import sympy

from emt_theory.errors import InvalidTask
from emt_theory.ground.rationals import RationalMatrix, to_fraction
from emt_theory.ground.slots import Slots
from emt_theory.ground.text import shown
from emt_theory.tasks.linear import SIGNS, LinearTask, checked_sizes
from emt_theory.tasks.past import Past, Variable, returned, rule_name

_TRIALS = 64
_MOST_TERMS = 2000
_ANY_RULE = "a rule on q symbols may be any function: give alphabet=q"


def _symbols(slots: Slots) -> list[sympy.Symbol]:
    places = map(slots.place, range(slots.size))
    return [sympy.Symbol(f"u[{slots.lag(block)}][{component}]") for block, component in places]


def from_rule(
    rule: Callable[[Past], Sequence[Any]],
    num_variables: int,
    dim: int,
    name: str | None = None,
    inputs: Sequence[Any] = SIGNS,
) -> LinearTask:
    """The task that a Python rule computes.

    Args:
        rule: takes u with `u[lag][component]`, returns the d components of u(t) as expressions.
        num_variables: s.
        dim: d.
        name: what to call the task; the rule's own name if left out.
        inputs: the exact values that an input component takes.

    Raises:
        InvalidTask: if the rule does not return d expressions, branches on values, or holds a term that is not linear or not exact.
    """
    if not callable(rule):
        raise InvalidTask(f"a rule is a function of u with u[lag][component]; got {shown(rule)}")
    num_variables, dim = checked_sizes(num_variables, dim)
    slots = Slots(num_variables, dim)
    symbols = _symbols(slots)
    try:
        outputs = returned(rule(Past(slots, symbols)), dim)
    except TypeError as error:
        why = "it compares values" if "truth value of Relational" in str(error) else str(error)
        raise InvalidTask(f"the rule cannot be traced on symbols, so it is not linear: {why}; {_ANY_RULE}") from error
    position: dict[sympy.Basic, int] = {symbol: j for j, symbol in enumerate(symbols)}
    entries = [
        (c, j, value) for c, output in enumerate(outputs) for j, value in _linear_terms(output, position, f"output {c}")
    ]
    matrix = RationalMatrix.from_entries((dim, slots.size), entries)
    _compare_on_numbers(rule, matrix, slots)
    return LinearTask(rule_name(rule, name), num_variables, dim, matrix, inputs)  # type: ignore[arg-type]


def _compare_on_numbers(rule: Callable[[Past], Sequence[Any]], matrix: RationalMatrix, slots: Slots) -> None:
    """Run the rule on numbers: one that branches may be traced along a single branch, and then it is not what its trace says."""
    for past in _number_pasts(slots.size):
        given = returned(rule(Past(slots, [sympy.Rational(v.numerator, v.denominator) for v in past])), slots.dim)
        wanted = matrix.apply(past)
        for c in range(slots.dim):
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


def _linear_terms(output: Any, position: dict[sympy.Basic, int], where: str) -> list[tuple[int, Any]]:
    """The (flat index, coefficient) pairs of a linear expression in the symbols with these positions.

    Raises:
        InvalidTask: naming the first term that is not a rational number times one symbol.
    """
    if isinstance(output, Variable):
        raise InvalidTask(
            f"{where} must be one expression, and is {output.name}, a whole variable of {len(output)} components: write "
            f"{output.name}[component], or let the rule return whole variables and no list, as in lambda u: -u[3]"
        )
    try:
        expression = sympy.sympify(output, strict=True)
        if not isinstance(expression, sympy.Expr):
            raise TypeError
        if (count := _term_count(expression)) > _MOST_TERMS + 4 * len(position):
            raise InvalidTask(f"{where} is not linear in the past: multiplied out it has up to {shown(count)} terms")
        expanded = sympy.expand(expression)
    except (sympy.SympifyError, TypeError, AttributeError):
        raise InvalidTask(
            f"{where} must be an expression in u[lag][component], or the rule one on symbols, with alphabet=q; got {shown(output)}"
        ) from None
    terms: list[tuple[int, Any]] = []
    for term in sympy.Add.make_args(expanded):
        coefficient, rest = term.as_coeff_Mul()
        if not term:
            continue
        if not term.free_symbols:
            raise InvalidTask(f"{where} has the constant term {term}; a linear task has none")
        if rest not in position or not coefficient.is_number:
            raise InvalidTask(
                f"{where} is not linear in the past: the term {term} is not a rational number times one u[lag][component]; {_ANY_RULE}"
            )
        terms.append((position[rest], to_fraction(_plain(coefficient), f"{where}: the coefficient of {rest}")))
    return terms


def _term_count(expression: sympy.Basic) -> int:
    """At most how many terms it has when it is multiplied out."""
    if isinstance(expression, sympy.Add):
        return sum(map(_term_count, expression.args))
    if isinstance(expression, sympy.Mul):
        return prod(map(_term_count, expression.args))
    if isinstance(expression, sympy.Pow) and expression.exp.is_Integer and expression.exp > 0:
        return _term_count(expression.base) ** min(int(expression.exp), 64)
    return 1


def _plain(number: Any) -> Any:
    return float(number) if isinstance(number, sympy.Float) else number

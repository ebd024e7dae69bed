r"""Finite tasks from a rule in Python, or from tables.

The rule is run on values that stand for all symbols at once (`tracing`), again for each decision that it can take, and what comes out is one table
for each output: XOR, sums mod m, comparisons, `if`, `max`, look-ups in lists and dictionaries, all are rules. It is then run on single pasts, and
must give what its tables say.

>>> def rule(u):
...     if u[1][0] == 2:
...         return [[2, 0, 1][u[3][0]]]
...     return [max(u[1][0], u[2][0])]
>>> task = from_rule(rule, num_variables=3, dim=1, alphabet=3)
>>> task.targets([[[1], [0], [2]]], horizon=4)[0, :, 0].tolist()
[0, 2, 1, 2]
>>> from_rule(lambda u: [u[1][0] + u[2][0]], num_variables=2, dim=1, alphabet=5)
Traceback (most recent call last):
...
emt_theory.errors.InvalidTask: output 0 is 5 where u[2][0] = 1, u[1][0] = 4; symbols run from 0 to 4 (did you mean % 5?)
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from emt_theory.errors import EMTError, InvalidTask
from emt_theory.ground.arguments import is_integer
from emt_theory.ground.slots import Slots
from emt_theory.ground.text import first_line, shown
from emt_theory.tasks.finite.alphabet import Alphabet, as_alphabet
from emt_theory.tasks.finite.local_rule import LARGEST_TABLE, MOST_READS, LocalRule
from emt_theory.tasks.finite.task import FiniteTask, checked_finite_sizes
from emt_theory.tasks.finite.tracing import Trace, Undefined, Value
from emt_theory.tasks.past import Past, returned, rule_name

MOST_PATHS = 4096
_TRIALS = 64
_FORGETFUL = "in another run; a rule is a function of the past alone"
_LOOKS = (
    "when traced: the rule looks at what stands for a symbol (its type, its text, or with `is`) and not at its value, or computes in NumPy's "
    "integers, which overflow; compare with ==, or look at int(u[lag][component]), which is a number, branch by branch"
)
_INSTEAD = "; write Python's operators, where(condition, this, that), or int(u[lag][component]), which is a number, branch by branch"


class Path(NamedTuple):
    """One run of the rule: for which combinations it speaks, and what it gives."""

    mask: Value
    outputs: list[Value]


def from_rule(
    rule: Callable[[Past], Sequence[Any]],
    num_variables: int,
    dim: int,
    name: str | None = None,
    alphabet: int | Alphabet = 2,
    code: str | None = None,
) -> FiniteTask:
    """The finite task that a Python rule computes.

    Args:
        rule: takes u with `u[lag][component]`, returns the d symbols of u(t).
        num_variables: s.
        dim: d.
        name: what to call the task; the rule's own name if left out.
        alphabet: q, or an `Alphabet`; symbols are 0, …, q − 1.
        code: how symbols are shown to a network; see `Alphabet`.

    Raises:
        InvalidTask: if the rule gives what is no symbol (names the state), reads what is not there, combines more than 2²⁰ combinations of symbols,
            branches in more than 4096 ways, takes too long, or is no function of the past.
    """
    if not callable(rule):
        raise InvalidTask(f"a rule is a function of u with u[lag][component]; got {shown(rule)}")
    symbols, slots = as_alphabet(alphabet, code), Slots(*checked_finite_sizes(num_variables, dim))
    names = [f"u[{slots.lag(block)}][{c}]" for block, c in map(slots.place, range(slots.size))]
    paths = _paths(rule, slots, symbols.size, names)
    rules = tuple(_tabulated(paths, c, symbols) for c in range(slots.dim))
    task = FiniteTask(rule_name(rule, name), *slots, symbols, rules)
    _compare_on_symbols(rule, task)
    return task


def from_table(
    tables: Any,
    num_variables: int,
    dim: int,
    alphabet: int | Alphabet = 2,
    code: str | None = None,
    name: str = "table",
) -> FiniteTask:
    """The finite task whose outputs are tabulated on all states.

    Args:
        tables: symbols, shape (d, q^n) or (d, q, …, q): row c holds output c on the states in the order of their numbers, the oldest
            component changing slowest. A flat list of q^n will do for d = 1.
        num_variables: s.
        dim: d.
        alphabet: q, or an `Alphabet`.
        code: how symbols are shown to a network; see `Alphabet`.
        name: what to call the task.

    Raises:
        InvalidTask: if there are more than 2²⁰ states, the tables have another shape, or hold what is no symbol.

    >>> from_table([0, 1, 1, 0], num_variables=2, dim=1).equations()
    ['u(t) = u[2] ^ u[1]']
    """
    symbols, slots = as_alphabet(alphabet, code), Slots(*checked_finite_sizes(num_variables, dim))
    q, (_, d), n = symbols.size, slots, slots.size
    if n > MOST_READS or q**n > LARGEST_TABLE:
        raise InvalidTask(
            f"tables on all states are for at most {LARGEST_TABLE} of them; q^(s·d) = {q}^{n}. Write a rule, or a LocalRule for each output"
        )
    values = symbols.checked("tables", tables)
    if values.size != d * q**n or values.shape not in ((q**n,), (d, q**n), (d, *(q,) * n)):
        raise InvalidTask(f"tables must have shape (d, q^n) = ({d}, {q**n}); got {values.shape}")
    shaped = values.reshape((d, *(q,) * n))
    return FiniteTask(name, *slots, symbols, tuple(LocalRule(tuple(range(n)), table) for table in shaped))


def _paths(rule: Callable[[Past], Any], slots: Slots, size: int, names: list[str]) -> list[Path]:
    """Run the rule once for each reachable sequence of answers."""
    waiting: list[tuple[int, ...]] = [()]
    paths: list[Path] = []
    work = 0
    while waiting:
        prefix = waiting.pop()
        trace = Trace(size, names, prefix, work)
        outputs = _run(rule, slots, [trace.component(j) for j in range(slots.size)], trace)
        work = trace.work
        paths.append(Path(trace.mask, outputs))
        taken = tuple(decision.taken for decision in trace.decisions)
        for i in range(len(prefix), len(taken)):
            waiting += [(*taken[:i], other) for other in range(1, len(trace.decisions[i].answers))]
        if len(paths) + len(waiting) > MOST_PATHS:
            raise InvalidTask(
                f"the rule branches in more than {MOST_PATHS} ways; write where(condition, this, that) for `if`"
            )
    return paths


def _run(rule: Callable[[Past], Any], slots: Slots, past: Sequence[Value | int], trace: Trace) -> list[Value]:
    """The d outputs of one run on such a past, as values."""
    try:
        outputs = returned(rule(Past(slots, past)), slots.dim)
    except EMTError:
        raise
    except RecursionError:
        raise InvalidTask("the rule calls itself without end") from None
    except Exception as error:
        hint = _INSTEAD if isinstance(error, AttributeError | TypeError) else ""
        raise InvalidTask(
            f"the rule cannot be traced on symbols: {type(error).__name__}: {first_line(error)}{hint}"
        ) from error
    for c, output in enumerate(outputs):
        if not isinstance(output, Value | bool | np.bool_) and not is_integer(output):
            raise InvalidTask(
                f"output {c} must be a symbol, an integer from 0 to {trace.size - 1}; got {shown(output)}"
            )
    values = [one if isinstance(one, Value) else trace.constant(int(one)) for one in outputs]
    trace.require_own(*values)
    return values


def _tabulated(paths: list[Path], c: int, alphabet: Alphabet) -> LocalRule:
    """Output c of all runs, each where it speaks."""
    trace = paths[0].mask.trace
    reads, grids = trace.grid(*(value for path in paths for value in (path.mask, path.outputs[c])))
    table: Any = np.full((alphabet.size,) * len(reads), None, dtype=object)
    for mask, numbers in zip(grids[::2], grids[1::2], strict=True):
        speaks = np.broadcast_to(mask, table.shape).astype(bool)
        if any(v is not None for v in table[speaks].tolist()):
            raise InvalidTask("the rule answers twice, and differently; a rule is a function of the past alone")
        table = np.where(speaks, numbers, table)
    q = alphabet.size
    wrong = np.frompyfunc(lambda v: not (isinstance(v, int) and 0 <= v < q), 1, 1)(table)
    wrong = np.asarray(wrong, dtype=bool).reshape(table.shape)
    if wrong.any():
        value, place = table[tuple(np.argwhere(wrong)[0])], trace.at(reads, wrong)
        if value is None:
            raise InvalidTask(f"output {c} has no value{place}; a rule is a function of the past alone")
        if isinstance(value, Undefined):
            raise InvalidTask(f"output {c} {value.reason}{place}; where(condition, this, that) passes it over")
        raise InvalidTask(f"output {c} is {shown(value)}{place}; symbols run from 0 to {q - 1} (did you mean % {q}?)")
    return LocalRule(reads, table.astype(np.int64))


def _compare_on_symbols(rule: Callable[[Past], Any], task: FiniteTask) -> None:
    """Run the rule on single pasts: one that is not what its trace says, or changes its mind, is refused.

    Where all that it computes is defined it is run on the integers themselves too, which shows a rule that looks at what
    stands for a symbol and not at its value.
    """
    rng, slots, q = random.Random(0), task.slots, task.alphabet.size
    pasts = [[rng.randrange(q) for _ in range(slots.size)] for _ in range(_TRIALS)]
    targets = task.variable(np.array(pasts).reshape(-1, *slots)).tolist()
    defined: list[tuple[list[int], list[int]]] = []
    for past, wanted in zip(pasts, targets, strict=True):
        trace = Trace(q, ())
        _compare(_run(rule, slots, [trace.constant(v) for v in past], trace), wanted, past, _FORGETFUL)
        defined += [] if trace.undefined else [(past, wanted)]
    for past, wanted in defined:
        _compare(_run(rule, slots, past, Trace(q, ())), wanted, past, _LOOKS)


def _compare(outputs: list[Value], wanted: list[int], past: list[int], reason: str) -> None:
    for c, (output, right) in enumerate(zip(outputs, wanted, strict=True)):
        if (found := output.numbers.item()) != right:
            told = ", ".join(map(str, past[:12])) + (", …" if len(past) > 12 else "")
            raise InvalidTask(f"output {c} is {shown(found)} on the past ({told}), oldest first, and {right} {reason}")

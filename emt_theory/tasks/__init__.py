"""What is to be computed: linear and finite tasks, those with an input at every step, names, rules, paper ids, files, exact targets, accuracy.

>>> task = parse("T2")
>>> task.num_variables, task.dim, task.reads[3]
(8, 8, Read(block=4, component=3, sign=1))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, overload

from emt_theory.errors import InvalidTask
from emt_theory.ground.arguments import integer
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.ground.text import shown
from emt_theory.tasks.accuracy import Accuracy, Marks, accuracy
from emt_theory.tasks.equality import same_program
from emt_theory.tasks.files import from_dict, load, to_toml
from emt_theory.tasks.finite.alphabet import Alphabet, Code
from emt_theory.tasks.finite.attention import Attention, attention
from emt_theory.tasks.finite.library import (
    lfsr,
    majority,
    maximum,
    modular_sum,
    mux,
    parity,
    random_finite,
    xor,
)
from emt_theory.tasks.finite.local_rule import LocalRule
from emt_theory.tasks.finite.rules import from_table
from emt_theory.tasks.finite.selections import as_finite, as_selection
from emt_theory.tasks.finite.task import FiniteTask, finite_task
from emt_theory.tasks.finite.tracing import where
from emt_theory.tasks.library import (
    autoregressive,
    compose_copy,
    delayed_copy,
    fibonacci,
    random_selection,
    repeat_copy,
)
from emt_theory.tasks.linear import SIGNS, LinearTask, linear_task, selection
from emt_theory.tasks.maps import Read
from emt_theory.tasks.mips import MIPS, MipsTask, mips_task
from emt_theory.tasks.pairs import Pairs
from emt_theory.tasks.paper import PAPER_TASKS, from_paper_id, to_paper_id
from emt_theory.tasks.parse import parse
from emt_theory.tasks.streams.filters import LinearFilter, Recurrence, from_state_space, linear_filter
from emt_theory.tasks.streams.library import (
    addition,
    contains,
    counter,
    delay,
    difference,
    division,
    double_sum,
    echo,
    flip_flop,
    leaky,
    matches,
    moving_sum,
    n_back,
    ones_mod,
    running_parity,
    running_sum,
    sum_mod,
)
from emt_theory.tasks.streams.machine import MachineTask
from emt_theory.tasks.streams.making import affine_machine, from_step, from_transitions
from emt_theory.tasks.streams.mealy import Mealy, find_difference
from emt_theory.tasks.streams.regular import from_pattern
from emt_theory.tasks.streams.rule import RuleTask
from emt_theory.tasks.task import Episodes, Given, Parts, Task, Window, checked_task
from emt_theory.tasks.words import choose, word_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emt_theory.tasks.past import Past

__all__ = [
    "MIPS",
    "PAPER_TASKS",
    "Accuracy",
    "Alphabet",
    "Attention",
    "Code",
    "Episodes",
    "FiniteTask",
    "LinearFilter",
    "Given",
    "LinearTask",
    "LocalRule",
    "MachineTask",
    "Marks",
    "Mealy",
    "MipsTask",
    "Pairs",
    "Parts",
    "Read",
    "Recurrence",
    "RuleTask",
    "Task",
    "Window",
    "accuracy",
    "addition",
    "affine_machine",
    "as_finite",
    "as_selection",
    "attention",
    "autoregressive",
    "choose",
    "compose_copy",
    "contains",
    "matches",
    "from_pattern",
    "counter",
    "delay",
    "delayed_copy",
    "difference",
    "division",
    "double_sum",
    "echo",
    "fibonacci",
    "find_difference",
    "finite_task",
    "flip_flop",
    "from_dict",
    "from_matrix",
    "from_paper_id",
    "from_rule",
    "from_state_space",
    "from_step",
    "from_table",
    "from_transitions",
    "leaky",
    "lfsr",
    "linear_filter",
    "load",
    "majority",
    "maximum",
    "mips_task",
    "modular_sum",
    "moving_sum",
    "mux",
    "n_back",
    "ones_mod",
    "parity",
    "parse",
    "random_finite",
    "random_selection",
    "repeat_copy",
    "running_parity",
    "running_sum",
    "same_program",
    "sample",
    "selection",
    "sum_mod",
    "targets",
    "to_paper_id",
    "to_toml",
    "where",
    "word_count",
    "xor",
]


def from_matrix(F: Any, dim: int | None = None, name: str = "matrix", inputs: Sequence[Any] = (-1, 1)) -> LinearTask:
    """The task `u(t+1) = Σ_k F_k u(t−s+k)` with F = [F_1 … F_s], shape (d, s·d), block 1 (the oldest) first.

    Args:
        F: nested rows, SymPy or FLINT matrix, or integer array, with exact entries: integers, fractions, strings such as "1/2".
        dim: d; the number of rows if left out.
        name: what to call the task.
        inputs: the exact values that an input component takes.

    Raises:
        InvalidTask: if an entry is not exact (floats are not), or the shape is not (d, s·d).

    >>> from_matrix([["1/2", 1]], dim=1).num_variables
    2
    """
    matrix = RationalMatrix.from_rows(F, "F")
    rows, columns = matrix.shape
    d = rows if dim is None else integer("dim", dim, least=1, error=InvalidTask)
    if rows != d or columns % d or not columns:
        raise InvalidTask(f"F must have shape (d, s·d) with d = {shown(d)}; got {matrix.shape}")
    return LinearTask(name, columns // d, d, matrix, inputs)  # type: ignore[arg-type]


def sample(task: Task, batch: int, horizon: int, seed: int) -> Episodes:
    """Random sequences of a task with their exact targets, `task.sample(batch, horizon, seed)`; see `Task.sample`.

    >>> given = sample(compose_copy(2), batch=4, horizon=3, seed=0)
    >>> given.inputs.shape, given.targets.shape
    ((4, 5, 2), (4, 5, 2))
    """
    return checked_task(task).sample(batch, horizon, seed)


def targets(task: LinearTask, inputs: Any, horizon: int) -> NDArray[Any]:
    """The exact u(s+1), …, u(s+horizon), shape (batch, horizon, d), after inputs of shape (batch, s, d): `task.targets(inputs, horizon)`.

    >>> targets(compose_copy(2), [[[1, -1], [-1, 1]]], horizon=2).tolist()
    [[[1, 1], [-1, 1]]]
    """
    return linear_task(task).targets(inputs, horizon)


@overload
def from_rule(
    rule: Callable[[Past], Sequence[Any]],
    num_variables: int,
    dim: int,
    name: str | None = None,
    alphabet: None = None,
    code: None = None,
    inputs: Sequence[Any] | None = None,
) -> LinearTask: ...
@overload
def from_rule(
    rule: Callable[[Past], Sequence[Any]],
    num_variables: int,
    dim: int,
    name: str | None = None,
    *,
    alphabet: int | Alphabet,
    code: str | None = None,
    inputs: None = None,
) -> FiniteTask: ...
def from_rule(
    rule: Callable[[Past], Sequence[Any]],
    num_variables: int,
    dim: int,
    name: str | None = None,
    alphabet: int | Alphabet | None = None,
    code: str | None = None,
    inputs: Sequence[Any] | None = None,
) -> LinearTask | FiniteTask:
    """The task that a Python rule computes: a linear one, or, with an alphabet, any function of symbols.

    Args:
        rule: takes u with `u[lag][component]`, lag 1 the previous step; returns the d components of u(t).
        num_variables: s.
        dim: d.
        name: what to call the task; the rule's own name if left out.
        alphabet: q, or an `Alphabet`: then u holds the symbols 0, …, q − 1, and the rule may be anything. See `finite.rules.from_rule`.
        code: how symbols are shown to a network, with an alphabet; see `Alphabet`.
        inputs: the exact values that an input component takes, without an alphabet; −1 and 1 if left out.

    Raises:
        InvalidTask: if a rule without alphabet is not linear over Q (names the term), or one with an alphabet gives what is no symbol (names the
            state), is too large, or is no function of the past.

    >>> from_rule(lambda u: [-u[2][1], u[1][0]], num_variables=2, dim=2).reads
    (Read(block=1, component=1, sign=-1), Read(block=2, component=0, sign=1))
    >>> from_rule(lambda u: [(u[1][0] * u[2][0]) % 3], num_variables=2, dim=1, alphabet=3).equations()
    ['u(t) = (u[2]*u[1]) % 3']
    """
    if alphabet is not None:
        from emt_theory.tasks.finite.rules import from_rule as tabulate

        if inputs is not None:
            raise InvalidTask("inputs are for linear rules; with an alphabet, inputs are its symbols")
        return tabulate(rule, num_variables, dim, name, alphabet, code)
    if code is not None:
        raise InvalidTask(f"code = {shown(code)} needs an alphabet: from_rule(…, alphabet=2, code='signs')")
    from emt_theory.tasks.rules import from_rule as trace

    return trace(rule, num_variables, dim, name, SIGNS if inputs is None else inputs)

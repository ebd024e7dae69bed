r"""Machines made of rules, tables and residues.

A rule is asked for each state that it leads to and each letter; states are whatever it returns, as long as they can be told apart. Running parity:

>>> task = from_step(lambda state, x: (state ^ x, state ^ x), start=0, alphabet=2)
>>> task.machine.states, task.targets([[[1], [0], [1]]])[0, :, 0].tolist()
(2, [1, 1, 0])

Letters of several symbols come as a tuple, and what is shown may be one. What the machine needs and no more is kept: equal states are one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from emt_theory.errors import EMTError, InvalidTask
from emt_theory.ground.arguments import integer, is_integer, sequence
from emt_theory.ground.text import first_line, shown
from emt_theory.tasks.finite.alphabet import Alphabet, as_alphabet
from emt_theory.tasks.streams.machine import MachineTask, checked_letters, checked_states
from emt_theory.tasks.streams.mealy import Mealy, letters_of

Step = Callable[[Any, Any], tuple[Any, Any]]


def from_step(
    step: Step,
    start: Hashable,
    alphabet: int | Alphabet = 2,
    channels: int = 1,
    shows: int | Alphabet | None = None,
    name: str | None = None,
) -> MachineTask:
    """The task of a rule `step(state, x) -> (state, y)`.

    Args:
        step: takes a state and a symbol, or a tuple of c symbols; returns the next state, which can be hashed, and the symbol that is shown, or a
            tuple of several. It is called twice for each, and must answer alike.
        start: the state before the first step.
        alphabet: q, or an `Alphabet`, of what comes in.
        channels: c, symbols at a step.
        shows: the alphabet of what is shown; if left out, as many symbols as are shown, at least two.
        name: what to call the task; the rule's own name if left out.

    Raises:
        InvalidTask: if the rule fails, answers twice differently, shows what is no symbol, or has too many states; names state and letter.

    >>> from_step(lambda n, x: (n + x, 0), start=0)
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidTask: the rule has more than 4096 states, such as 4096: it is no finite machine, or too large for a table
    """
    reads = as_alphabet(alphabet)
    channels = integer("channels", channels, 1, 64, InvalidTask)
    if not callable(step):
        raise InvalidTask(f"step must be a function step(state, x) -> (state, y); got {shown(step)}")
    letters = list(product(range(reads.size), repeat=channels)) if checked_letters(reads, channels) else []
    number, states = {_hashed(start, "the start"): 0}, [start]
    following, answers = list[list[int]](), list[list[Any]]()
    for state in states:
        row, told = list[int](), list[Any]()
        for letter in letters:
            into, given = _asked(step, state, letter if channels > 1 else letter[0])
            if into not in number:
                number[into] = len(states)
                states.append(into)
                checked_states(len(states), len(letters), into)
            row.append(number[into])
            told.append(given)
        following.append(row)
        answers.append(told)
    title = getattr(step, "__name__", "step").replace("<lambda>", "rule") if name is None else name
    return _shown(title, following, answers, states, reads, channels, shows)


def from_transitions(
    transitions: Any,
    shown_at: Any = None,
    start: Any = 0,
    alphabet: int | Alphabet | None = None,
    shows: int | Alphabet | None = None,
    name: str = "machine",
) -> MachineTask:
    """The task of a table of transitions.

    Args:
        transitions: the next state of each state and letter, a row for each state; or a mapping {(state, letter): (state, shown), …} of
            states with any names.
        shown_at: what is shown on the way, a table of the same shape; left out with a mapping.
        start: the state before the first step.
        alphabet: q, or an `Alphabet`; as many letters as the table has columns if left out.
        shows: the alphabet of what is shown; if left out, as many symbols as are shown, at least two.
        name: what to call the task.

    Raises:
        InvalidTask: if a transition is missing, leads nowhere, or a state is reached by no word; names it.

    >>> from_transitions({("even", 0): ("even", 0), ("even", 1): ("odd", 1), ("odd", 0): ("odd", 1)}, start="even")
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidTask: the transition of state 'odd' by letter 1 is missing
    """
    if isinstance(transitions, Mapping):
        transitions, shown_at, start = _of_mapping(transitions, shown_at, start)
    machine = Mealy(transitions, shown_at, start)
    reads = as_alphabet(max(2, machine.letters) if alphabet is None else alphabet)
    wanted = as_alphabet(max(2, int(machine.shown.max()) + 1) if shows is None else shows)
    return MachineTask(name, machine, reads, wanted)


def affine_machine(
    A: Any, B: Any, C: Any, modulus: int, name: str = "affine", alphabet: int | Alphabet | None = None
) -> MachineTask:
    """The task z(t) = A z(t−1) + B x(t), y(t) = C z(t) modulo m, z(0) = 0: over GF(p) for m = p, over ℤ/m for any m.

    Args:
        A: integers, shape (n, n).
        B: shape (n, c), c symbols at a step.
        C: shape (d, n).
        modulus: m.
        name: what to call the task.
        alphabet: of what comes in; m symbols if left out.

    Raises:
        InvalidTask: if shapes do not fit, or there are too many states.

    >>> affine_machine([[1]], [[1]], [[1]], modulus=3).machine.following.tolist()
    [[0, 1, 2], [1, 2, 0], [2, 0, 1]]
    """
    m = integer("modulus", modulus, 2, 1024, InvalidTask)
    a, b, c = (_integers(label, given) for label, given in (("A", A), ("B", B), ("C", C)))
    if not (a.shape[0] == a.shape[1] == b.shape[0] == c.shape[1]):
        raise InvalidTask(f"A, B, C must have shapes (n, n), (n, c), (d, n); got {a.shape}, {b.shape}, {c.shape}")
    reads = as_alphabet(m if alphabet is None else alphabet)

    def step(z: tuple[int, ...], x: Any) -> tuple[tuple[int, ...], Any]:
        moved = (a @ z + b @ np.atleast_1d(x)) % m
        return tuple(moved.tolist()), tuple((c @ moved % m).tolist())

    return from_step(step, (0,) * len(a), reads, b.shape[1], Alphabet(m), name)


def _asked(step: Step, state: Any, letter: Any) -> tuple[Any, Any]:
    where = f"on state {shown(state)} and letter {shown(letter)}"
    try:
        answer, again = step(state, letter), step(state, letter)
    except EMTError:
        raise
    except Exception as error:
        raise InvalidTask(f"the rule fails {where}: {type(error).__name__}: {first_line(error)}") from error
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise InvalidTask(f"the rule must return (state, shown); {where} it returns {shown(answer)}")
    _hashed(answer[0], f"the state that it returns {where}")
    if answer != again:
        raise InvalidTask(f"the rule answers twice differently {where}: {shown(answer)}, then {shown(again)}")
    return answer


def _hashed(state: Any, what: str) -> Any:
    try:
        hash(state)
    except TypeError:
        raise InvalidTask(f"{what} must be a number, a text or a tuple; got {shown(state)}") from None
    return state


def _shown(
    name: str,
    following: list[list[int]],
    answers: list[list[Any]],
    states: list[Any],
    reads: Alphabet,
    channels: int,
    shows: int | Alphabet | None,
) -> MachineTask:
    """The task of what a rule answered."""
    first = answers[0][0]
    outputs = len(first) if isinstance(first, tuple) else 1
    wide: list[list[tuple[Any, ...]]] = [
        [answer if isinstance(answer, tuple) else (answer,) for answer in row] for row in answers
    ]
    whole = [int(v) for row in wide for answer in row for v in answer if is_integer(v)]
    symbols = as_alphabet(max(2, 1 + max(whole, default=1)) if shows is None else shows)
    for state, row in zip(states, wide, strict=True):
        for a, answer in enumerate(row):
            if len(answer) != outputs or not all(is_integer(v) and 0 <= v < symbols.size for v in answer):
                got = shown(answer if len(answer) != 1 or outputs > 1 else answer[0])
                raise InvalidTask(
                    f"the rule shows {got} on state {shown(state)} and letter {a}; it shows {outputs} symbol"
                    f"{'s' if outputs > 1 else ''} from 0 to {symbols.size - 1}"
                )
    numbers = letters_of(np.array(wide, dtype=np.int64), symbols.size)
    machine = Mealy(np.array(following), numbers).minimal()
    return MachineTask(name, machine, reads, symbols, channels, outputs)


def _of_mapping(given: Mapping[Any, Any], shown_at: Any, start: Any) -> tuple[Any, Any, int]:
    """Tables of a mapping; states are numbered as they stand in it, the start first."""
    if shown_at is not None:
        raise InvalidTask("a mapping says what is shown itself: {(state, letter): (next state, shown), …}")
    pairs: list[tuple[Any, int, Any, Any]] = []
    for key, value in given.items():
        left, right = sequence("a key", key, InvalidTask), sequence(f"transitions[{shown(key)}]", value, InvalidTask)
        if len(left) != 2 or len(right) != 2:
            raise InvalidTask(
                f"a mapping has entries (state, letter): (next state, shown); got {shown(key)}: {shown(value)}"
            )
        pairs.append((left[0], integer("a letter", left[1], least=0, error=InvalidTask), *right))
    names: list[Any] = list(dict.fromkeys([start, *(p[0] for p in pairs)]))
    letters = 1 + max((a for _, a, _, _ in pairs), default=0)
    place, told = {q: i for i, q in enumerate(names)}, {(q, a): (into, v) for q, a, into, v in pairs}
    for q in names:
        for a in range(letters):
            if (q, a) not in told:
                raise InvalidTask(f"the transition of state {shown(q)} by letter {a} is missing")
            if told[q, a][0] not in place:
                raise InvalidTask(
                    f"state {shown(told[q, a][0])}, where {shown(q)} goes by letter {a}, has no transitions"
                )
    tables = [[[told[q, a][part] for a in range(letters)] for q in names] for part in (0, 1)]
    return [[place[q] for q in row] for row in tables[0]], tables[1], 0


def _integers(name: str, given: Any) -> Any:
    rows: Sequence[Any] = [
        [integer(f"{name}[{i}][{j}]", v, error=InvalidTask) for j, v in enumerate(sequence(name, row, InvalidTask))]
        for i, row in enumerate(sequence(name, given, InvalidTask))
    ]
    if not rows or len({len(row) for row in rows}) != 1 or not rows[0]:
        raise InvalidTask(f"{name} must be a matrix of integers, rows all of one length; got {shown(given)}")
    return np.array(rows, dtype=np.int64)

r"""A machine as people write it: the shortest form of those that are known here, and each can be run.

In this order, the first that fits: what is shown is a function of the last letters; it is one of what was shown before and the letter;
states are numbers that a letter moves, and what is shown is what is carried or what is left; the first two as look-ups; a table of states.

>>> from emt_theory.tasks import addition, division, n_back, ones_mod
>>> [task.equations() for task in (n_back(2), ones_mod(3))]
[['y(t) = x(t-2)'], ['y(t) = (y(t-1) + x(t)) % 3']]
>>> addition().equations()
['q(t), y(t) = divmod(q(t-1) + x(t)[0] + x(t)[1], 2)']
>>> division(by=5).equations()
['y(t), q(t) = divmod(2*q(t-1) + x(t), 5)']

Before t = 1 everything is 0, unless a line says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.tasks.finite.local_rule import LocalRule
from emt_theory.tasks.finite.spelling import spell_named
from emt_theory.tasks.streams.mealy import Mealy, find_loop, longest_apart

if TYPE_CHECKING:
    from emt_theory.tasks.streams.machine import MachineTask

_MOST_ENTRIES = 2**12
_LONGEST = 64
"""Entries of a table that are written."""
_LARGEST_SLOPE = 64
_LOOK_UP = ")["

Grid = NDArray[np.int64]


def spell_machine(task: MachineTask) -> list[str]:
    """The program, line by line."""
    machine = task.machine.minimal()
    found = [lines for form in (_window, _recursion, _digits) if (lines := form(task, machine))]
    named = [lines for lines in found if not any(_LOOK_UP in line for line in lines)]
    whole = [lines for lines in found if not any("…" in line for line in lines)]
    return next(iter([*named, *whole]), _tables(machine))


# ------------------------------------------------------------------------------------------------- functions of letters


def _window(task: MachineTask, machine: Mealy) -> list[str]:
    """y(t) = f(x(t), …, x(t−m)), where the start is as if one letter had always come."""
    m, k = longest_apart(machine), machine.letters
    before = find_loop(machine)
    if m is None or before is None or k ** (m + 1) > _MOST_ENTRIES:
        return []
    words = np.indices((k,) * (m + 1)).reshape(m + 1, -1).T  # oldest letter first
    shown = task.symbols(machine.run(words)[:, -1])
    sizes = (task.reads.size,) * (task.channels * (m + 1))
    names = [_input(task, c, lag) for lag in range(m, -1, -1) for c in range(task.channels)]
    lines = [
        f"{_output(task, c)} = {spell_table(shown[:, c].reshape(sizes), names, task.shows.size)}"
        for c in range(task.outputs)
    ]
    told = f"x(t) = {_told(task.read_letters(before).tolist())} for t < 1"
    return [*lines, told] if before and m else lines


def _recursion(task: MachineTask, machine: Mealy) -> list[str]:
    """y(t) = f(y(t−1), x(t)), where what is shown on the way to a state names it."""
    named = {int(q): int(y) for q, y in zip(machine.following.reshape(-1), machine.shown.reshape(-1), strict=True)}
    sound = all(
        named[int(q)] == int(y) for q, y in zip(machine.following.reshape(-1), machine.shown.reshape(-1), strict=True)
    )
    free = [y for y in range(task.shows.size**task.outputs) if y not in named.values()]
    if machine.start not in named and free:
        named[machine.start] = free[0]
    size, count = task.shows.size, task.outputs
    entries = size**count * machine.letters
    if not sound or len(set(named.values())) < machine.states or len(named) < machine.states or entries > _MOST_ENTRIES:
        return []
    state_of = {y: q for q, y in named.items()}
    # states that are not there are filled in by those that are: a bit that is not read must not seem to matter
    table = np.full((size**count, machine.letters), -1)
    for y, q in state_of.items():
        table[y] = machine.shown[q]
    shape = ((size,) * count) + (task.reads.size,) * task.channels
    names = [_output(task, c, 1) for c in range(count)] + [_input(task, c, 0) for c in range(task.channels)]
    lines: list[str] = []
    for c in range(count):
        power = size ** (count - 1 - c)
        grid = np.where(table < 0, -1, table // power % size).reshape(shape)
        lines.append(f"{_output(task, c)} = {spell_table(grid, names, size)}")
    first = task.symbols(named[machine.start]).tolist()
    return [*lines, f"y(0) = {_told(first)}"] if any(first) else lines


def spell_table(grid: Grid, names: list[str], size: int) -> str:
    """A function of symbols in the shortest form that is known for it.

    Args:
        grid: its values, an axis for each symbol; −1 where it may be anything.
        names: what the symbols are called, in the order of the axes.
        size: how many values there are.

    >>> spell_table(np.array([[0, 1, 2], [1, 2, 3]]), ["a", "b"], 4)
    '(a + b) % 4'
    >>> spell_table(np.array([[0, 0, 1], [1, 0, 0]]), ["a", "b"], 2)
    '(0, 0, 1, 1, 0, 0)[3*a + b]'
    """
    grid, names = _essential(grid, names)
    if not names:
        return str(int(grid))
    for form in (_affine, _clamped, _held):
        if text := form(grid, names, size):
            return text
    filled = np.maximum(grid, 0)
    if set(grid.shape) == {size} and (grid >= 0).all() and len(names) <= 12:
        return spell_named(LocalRule(tuple(range(len(names))), filled), size, names)
    # the number that the symbols write, the last one changing fastest
    powers = [int(np.prod(grid.shape[i + 1 :], dtype=np.int64)) for i in range(len(names))]
    index = " + ".join(name if p == 1 else f"{p}*{name}" for p, name in zip(powers, names, strict=True))
    entries = filled.reshape(-1)[:_LONGEST].tolist()
    more = ", …" if grid.size > len(entries) else ""
    return f"({', '.join(map(str, entries))}{more})[{index}]"


def _essential(grid: Grid, names: list[str]) -> tuple[Grid, list[str]]:
    """The same function of the symbols that matter."""
    axis = 0
    while axis < grid.ndim:
        largest = grid.max(axis=axis)
        if ((grid < 0) | (grid == np.expand_dims(largest, axis))).all():
            grid, names = largest, [*names[:axis], *names[axis + 1 :]]
        else:
            axis += 1
    return grid, names


def _slopes(grid: Grid) -> tuple[int, list[list[int]]]:
    """The value at 0, and for each axis the differences to it that are known along the axis."""
    origin = int(grid[(0,) * grid.ndim])
    steps: list[list[int]] = []
    for axis in range(grid.ndim):
        at = [0] * grid.ndim
        at[axis] = 1
        value = int(grid[tuple(at)])
        steps.append([] if value < 0 else [value - origin])
    return origin, steps


def _affine(grid: Grid, names: list[str], size: int) -> str:
    """(c + Σ a_i x_i) % size."""
    origin, steps = _slopes(grid)
    if origin < 0 or not all(steps):
        return ""
    slopes = [step[0] % size for step in steps]
    if not _fits(grid, sum(a * x for a, x in zip(slopes, np.indices(grid.shape), strict=True)) + origin, size):
        return ""
    if size == 2:
        terms = [name for name, a in zip(names, slopes, strict=True) if a]
        plain = all(n == 2 for n, a in zip(grid.shape, slopes, strict=True) if a)
        if plain:
            return " ^ ".join([*terms, *(["1"] if origin else [])])
    text = _sum(slopes, names, origin)
    return text if text in names else f"({text}) % {size}"


def _fits(grid: Grid, values: Any, size: int) -> bool:
    return bool(((grid < 0) | (grid == values % size)).all())


def _clamped(grid: Grid, names: list[str], size: int) -> str:
    """A sum that stays between 0 and size − 1, small slopes tried."""
    if grid.ndim > 2:
        return ""
    places = np.indices(grid.shape)
    for *slopes, constant in product((1, -1, 2, -2), *[(1, -1, 2, -2)] * (grid.ndim - 1), range(-2, 3)):
        total = sum(a * x for a, x in zip(slopes, places, strict=True)) + constant
        if ((grid < 0) | (grid == np.clip(total, 0, size - 1))).all():
            text = _sum(slopes, names, constant)
            return f"min({size - 1}, max(0, {text}))"
    return ""


def _held(grid: Grid, names: list[str], size: int) -> str:
    """The first symbol while the second is 0, else a function of the second."""
    if grid.ndim != 2 or len(grid) != size or (grid < 0).any():
        return ""
    if (grid[:, 0] != np.arange(size)).any() or (grid[:, 1:] != grid[0, 1:]).any():
        return ""
    anything = np.where(np.arange(grid.shape[1]) == 0, -1, grid[0])
    origin = int(grid[0, 1]) - 1  # a slope of 1
    fits = (grid[0, 1:] == np.arange(1, grid.shape[1]) + origin).all()
    return f"{_sum([1], names[1:], origin) if fits else spell_table(anything, names[1:], size)} if {names[1]} else {names[0]}"


# ------------------------------------------------------------------------------------------------------------- digits


def _digits(task: MachineTask, machine: Mealy) -> list[str]:
    """q(t) and y(t) are the quotient and the remainder of a sum, one way or the other.

    Let v = n·(the quotient) + (the remainder). If q is the remainder, q' = v − n y, and if it is the quotient, n q' = v − y: so from the start on, 0,
    the number of each state follows from that of the state before, once slopes and n are chosen.
    """
    if task.outputs > 1 or machine.start:
        return []
    symbols = task.read_letters(np.arange(machine.letters)).sum(axis=1)
    for slope in range(1, min(_LARGEST_SLOPE, max(machine.states, task.reads.size)) + 1):
        for n, carried in ((machine.states, False), (task.shows.size, True)):
            if n > 1 and _numbers(machine, symbols, slope, n, carried):
                total = _sum(
                    [slope, *[1] * task.channels], ["q(t-1)", *(_input(task, c, 0) for c in range(task.channels))], 0
                )
                left, right = ("q(t)", "y(t)") if carried else ("y(t)", "q(t)")
                return [f"{left}, {right} = divmod({total}, {n})"]
    return []


def _numbers(machine: Mealy, symbols: Grid, slope: int, n: int, carried: bool) -> bool:
    """Whether states can be numbered so; each number is that of one state."""
    number = {machine.start: 0}
    waiting = [machine.start]
    for q in waiting:
        for a in range(machine.letters):
            y, into = int(machine.shown[q, a]), int(machine.following[q, a])
            total = slope * number[q] + int(symbols[a])
            value = (total - y) // n if carried else total - n * y
            told = divmod(total, n)
            if told != ((value, y) if carried else (y, value)) or number.setdefault(into, value) != value:
                return False
            if into not in waiting:
                waiting.append(into)
    return len(set(number.values())) == machine.states


def _tables(machine: Mealy) -> list[str]:
    rows = [
        ", ".join(f"({q}, {y})" for q, y in zip(following, shown, strict=True))
        for following, shown in zip(machine.following.tolist(), machine.shown.tolist(), strict=True)
    ]
    lines = [f"    q(t-1) = {q}: {row}" for q, row in enumerate(rows)]
    return ["q(t), y(t) by q(t-1), for each letter x(t); q(0) = 0:", *lines]


# -------------------------------------------------------------------------------------------------------------- texts


def _input(task: MachineTask, channel: int, lag: int) -> str:
    return f"x({f't-{lag}' if lag else 't'})" + (f"[{channel}]" if task.channels > 1 else "")


def _output(task: MachineTask, output: int, lag: int = 0) -> str:
    return f"y({f't-{lag}' if lag else 't'})" + (f"[{output}]" if task.outputs > 1 else "")


def _sum(slopes: list[int], names: list[str], constant: int) -> str:
    text = "".join(_terms(slopes, names, constant))
    return text.removeprefix(" + ") if text.startswith(" + ") else f"-{text[3:]}" if text else "0"


def _terms(slopes: list[int], names: list[str], constant: int) -> Iterator[str]:
    for a, name in zip(slopes, names, strict=True):
        if a:
            yield f" {'-' if a < 0 else '+'} {'' if abs(a) == 1 else f'{abs(a)}*'}{name}"
    if constant:
        yield f" {'-' if constant < 0 else '+'} {abs(constant)}"


def _told(symbols: list[int]) -> str:
    return str(symbols[0]) if len(symbols) == 1 else str(tuple(symbols))

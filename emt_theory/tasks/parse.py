"""What the command line takes for a task: a name, a paper id, or a file.

    T1 … T4                          the paper's tasks
    repeat-copy, compose-copy, …     a named task; options behind a colon: delayed-copy:lag=3, autoregressive:coefficients=2 -1
    xor, parity, majority, mux, …    a named finite task: xor:lags=1 4, lfsr:taps=3 4, modular-sum:alphabet=5, random-finite:seed=3
    running-sum, n-back, …           a named task with an input at every step: delay:lag=3, flip-flop:bits=2, addition:base=3, leaky:rate=1/2
    mips:NAME                        one of the 62 tasks of MIPS: mips:Add_Mod_3; see `emt_theory.tasks.mips`
    T1:inputs=0 1/2 1                inputs of a linear one other than −1 and 1; a range has both ends: fibonacci:inputs=-2..2
    paper:ID1,ID2,ID3                a paper id
    folder/task.toml                 a file

>>> parse("T2") == parse("compose-copy")
True
>>> parse("repaet-copy")
Traceback (most recent call last):
...
emt_theory.errors.InvalidTask: unknown task 'repaet-copy'; did you mean 'repeat-copy' or 'delayed-copy'? ...
"""

from __future__ import annotations

import difflib
import inspect
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from emt_theory.errors import InvalidTask
from emt_theory.ground.arguments import integer
from emt_theory.ground.text import shown
from emt_theory.tasks import files, library
from emt_theory.tasks.finite import library as finite
from emt_theory.tasks.finite.task import FiniteTask
from emt_theory.tasks.inputs import parse_inputs
from emt_theory.tasks.linear import LinearTask
from emt_theory.tasks.mips import mips_task
from emt_theory.tasks.paper import ANY_SIZE, PAPER_TASKS, from_paper_id
from emt_theory.tasks.streams import library as streams
from emt_theory.tasks.streams.described import StreamTask

_MOST_DIGITS = 4000

NAMED: dict[str, Callable[..., LinearTask]] = {
    "repeat-copy": library.repeat_copy,
    "compose-copy": library.compose_copy,
    "fibonacci": library.fibonacci,
    "delayed-copy": library.delayed_copy,
    "autoregressive": library.autoregressive,
    "random-selection": library.random_selection,
}

FINITE: dict[str, Callable[..., FiniteTask]] = {
    "xor": finite.xor,
    "lfsr": finite.lfsr,
    "parity": finite.parity,
    "majority": finite.majority,
    "mux": finite.mux,
    "modular-sum": finite.modular_sum,
    "maximum": finite.maximum,
    "random-finite": finite.random_finite,
}
STREAMS: dict[str, Callable[..., StreamTask]] = {
    "echo": streams.echo,
    "delay": streams.delay,
    "running-sum": streams.running_sum,
    "moving-sum": streams.moving_sum,
    "difference": streams.difference,
    "leaky": streams.leaky,
    "double-sum": streams.double_sum,
    "n-back": streams.n_back,
    "flip-flop": streams.flip_flop,
    "running-parity": streams.running_parity,
    "sum-mod": streams.sum_mod,
    "ones-mod": streams.ones_mod,
    "addition": streams.addition,
    "division": streams.division,
    "contains": streams.contains,
    "matches": streams.matches,
    "counter": streams.counter,
}
"""Tasks with an input at every step."""
_LISTS = ("lags", "taps")
_WORDS = ("code", "rate", "word", "pattern")

AnyTask = LinearTask | FiniteTask | StreamTask


def parse(text: str, num_variables: int | None = None, dim: int | None = None) -> AnyTask:
    """The task that a text names.

    Args:
        text: see above; hyphens and underscores are the same, and so are upper and lower case.
        num_variables: s, where the name leaves it open; the task's default if left out.
        dim: d, likewise.

    Raises:
        InvalidTask: if there is no such task (with the nearest known names), or the sizes do not fit it.
    """
    if not isinstance(text, str):
        raise InvalidTask(f"a task is named by a text such as 'T2'; got {shown(text)}")
    given = (("num_variables", num_variables), ("dim", dim))
    sizes = {key: integer(key, size, least=1, error=InvalidTask) for key, size in given if size is not None}
    head, _, tail = text.partition(":")
    name = head.strip().lower().replace("_", "-")
    if name == "paper":
        return from_paper_id(_paper_id(tail), **sizes).named(text)
    if name == "mips":
        which, _, options = tail.partition(",")
        return _checked(replace(mips_task(which).task, **_options(options, text, None, "quiet")), sizes)
    if head.strip().upper() in PAPER_TASKS:
        found = head.strip().upper()
        options = _options(tail, found, None, "inputs")
        return _checked(replace(from_paper_id(PAPER_TASKS[found]).named(found), **options), sizes)
    if name in NAMED:
        options = _options(tail, name, NAMED[name], "inputs")
        inputs = {"inputs": options.pop("inputs")} if "inputs" in options else {}
        return replace(NAMED[name](**options, **sizes), **inputs)
    if name in FINITE:
        return FINITE[name](**_options(tail, name, FINITE[name]), **_open(sizes, name, FINITE[name]))
    if name in STREAMS:
        options = _options(tail, name, STREAMS[name], "quiet")
        quiet = {"quiet": options.pop("quiet")} if "quiet" in options else {}
        return replace(STREAMS[name](**options, **_open(sizes, name, STREAMS[name])), **quiet)
    if text.endswith(".toml") or (text and os.path.exists(text)):
        return _checked(files.load(text), sizes)
    raise InvalidTask(
        f"unknown task {shown(text)}; {_meant(text, name)} A task is T1, T2, T3, T4, a name, mips:NAME, paper:ID1,ID2,ID3 or a .toml file"
    )


def _meant(text: str, name: str) -> str:
    """What an unknown task may have been."""
    known = [*PAPER_TASKS, *NAMED, *FINITE, *STREAMS]
    stem, comma, options = text.partition(",")
    spelled = {one.lower(): one for one in known}
    if comma and (same := stem.strip().lower().replace("_", "-")) in spelled:
        return f"options follow a colon, {shown(f'{spelled[same]}:{options}')}."
    near = difflib.get_close_matches(name, spelled, n=2, cutoff=0.5)
    return (
        f"did you mean {' or '.join(repr(spelled[one]) for one in near)}?" if near else f"known are {', '.join(known)}."
    )


def _open(sizes: dict[str, int], name: str, make: Callable[..., Any]) -> dict[str, int]:
    """The sizes, if the name leaves them open."""
    for key in sizes:
        if key not in inspect.signature(make).parameters:
            raise InvalidTask(f"{name} says {key} itself; leave it out")
    return sizes


def _checked(task: AnyTask, sizes: dict[str, int]) -> AnyTask:
    for key, size in sizes.items():
        if not hasattr(task, key):
            raise InvalidTask(f"{task.name} has an input at every step, and no {key}; leave it out")
        if getattr(task, key) != size:
            open_name = ANY_SIZE.get(task.name)
            hint = f"; {open_name} is the same task with {key} left open" if open_name else ""
            raise InvalidTask(f"{task.name} has {key} = {getattr(task, key)}; got {size}{hint}")
    return task


def _paper_id(text: str) -> tuple[int, int, int]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 3 or not all(_is_number(part) for part in parts):
        raise InvalidTask(
            f"{shown(f'paper:{text}')} is not a paper id; write paper:ID1,ID2,ID3 with three non-negative integers"
        )
    id1, id2, id3 = (int(part) for part in parts)
    return id1, id2, id3


def _options(text: str, name: str, make: Callable[..., Any] | None, *more: str) -> dict[str, Any]:
    """Options such as lag=3, by the parameters that the named task has beyond its sizes, and more."""
    parameters = inspect.signature(make).parameters if make else ()
    allowed = [*(key for key in parameters if key not in ("num_variables", "dim")), *more]
    options: dict[str, Any] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or key not in allowed:
            takes = f"takes {', '.join(f'{a}=…' for a in allowed)}" if allowed else "takes no options"
            raise InvalidTask(f"{name}: unknown option {shown(part)}; it {takes}")
        if key == "coefficients":
            options[key] = value.split()
        elif key in _LISTS:
            if not all(map(_is_number, value.split())):
                raise InvalidTask(f"{name}: {key} must be integers with spaces between them; got {shown(value)}")
            options[key] = [int(one) for one in value.split()]
        elif key in _WORDS:
            options[key] = value
        elif key == "inputs":
            options[key] = parse_inputs(value)
        elif not _is_number(value.removeprefix("-")) or (key == "distinct" and value not in ("0", "1")):
            wanted = "0 or 1" if key == "distinct" else "an integer"
            raise InvalidTask(f"{name}: {key} must be {wanted}; got {shown(value)}")
        else:
            options[key] = bool(int(value)) if key == "distinct" else int(value)
    return options


def _is_number(text: str) -> bool:
    """Plain digits, and not more than Python reads."""
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS

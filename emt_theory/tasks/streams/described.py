"""Tasks with an input at every step as dictionaries: what their `to_dict` writes, and a file may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emt_theory.errors import InvalidTask
from emt_theory.ground.arguments import sequence
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.ground.text import shown
from emt_theory.tasks.finite.alphabet import Alphabet
from emt_theory.tasks.inputs import parse_inputs
from emt_theory.tasks.linear import SIGNS
from emt_theory.tasks.streams.filters import LinearFilter
from emt_theory.tasks.streams.machine import MachineTask
from emt_theory.tasks.streams.mealy import Mealy
from emt_theory.tasks.streams.rule import RuleTask

StreamTask = LinearFilter | MachineTask | RuleTask
"""A task with an input at every step."""

_MACHINE = ("name", "transitions", "shown", "start", "reads", "shows", "quiet")
_FILTER = ("name", "A", "B", "C", "inputs", "quiet")
_RULE = ("name", "first", "moves", "show", "inputs", "channels", "quiet")


def stream_from_dict(described: Mapping[str, Any]) -> StreamTask | None:
    """The task that a dictionary with transitions, with a matrix A, or with moves describes; None for any other.

    Raises:
        InvalidTask: if a key is missing or unknown, or its value does not fit.
    """
    if "transitions" in described:
        _check_keys(described, _MACHINE, ("transitions", "shown"))
        machine = Mealy(described["transitions"], described["shown"], described.get("start", 0))
        reads, channels = _alphabet("reads", described.get("reads"), machine.letters)
        shows, outputs = _alphabet("shows", described.get("shows"), int(machine.shown.max()) + 1)
        quiet = described.get("quiet", 0)
        return MachineTask(str(described.get("name", "machine")), machine, reads, shows, channels, outputs, quiet)
    if "A" in described:
        from emt_theory.exact.realization import Realization

        _check_keys(described, _FILTER, ("A", "B", "C"))
        A, B, C = (RationalMatrix.from_rows(described[name], name) for name in "ABC")
        (n, width), (rows, _), (_, columns) = A.shape, B.shape, C.shape
        if not n == width == rows == columns:
            raise InvalidTask(
                f"A, B, C must have shapes (n, n), (n, d_in), (d_out, n); got {A.shape}, {B.shape}, {C.shape}"
            )
        name, quiet = str(described.get("name", "filter")), described.get("quiet", 0)
        return LinearFilter(name, Realization(A, B, C), _inputs(described), quiet)
    if "moves" in described:
        _check_keys(described, _RULE, ("first", "moves", "show", "inputs"))
        first, moves, show = (described[name] for name in ("first", "moves", "show"))
        name, channels = str(described.get("name", "rule")), described.get("channels", 1)
        return RuleTask(name, first, moves, show, _inputs(described), channels, described.get("quiet", 0))
    return None


def _inputs(described: Mapping[str, Any]) -> tuple[Any, ...]:
    given = described.get("inputs", SIGNS)
    return parse_inputs(given) if isinstance(given, str) else tuple(sequence("inputs", given, InvalidTask))


def _check_keys(described: Mapping[str, Any], known: tuple[str, ...], needed: tuple[str, ...]) -> None:
    for key in described:
        if key not in known:
            raise InvalidTask(f"unknown key {shown(key)}; a task with an input at every step has {', '.join(known)}")
    for key in needed:
        if key not in described:
            raise InvalidTask(f"{key} is missing")


def _alphabet(name: str, given: Any, symbols: int) -> tuple[Alphabet, int]:
    """(alphabet, how many symbols) of [size, code, how many]; one symbol of as many as there are, if left out."""
    if given is None:
        return Alphabet(max(2, symbols)), 1
    parts = sequence(name, given, InvalidTask)
    if not 1 <= len(parts) <= 3:
        raise InvalidTask(f'{name} must be [symbols, code, how many], such as [2, "signs", 1]; got {shown(given)}')
    return Alphabet(parts[0], parts[1] if len(parts) > 1 else None), parts[2] if len(parts) > 2 else 1

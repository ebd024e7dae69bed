"""Grids of configurations: every task with every size, λ, protocol, cell, σ and seed.

    tasks = ["T1", "T2", "mine.toml"]       # names, files, or tables with the keys of a task's file
    hidden = [64, 128]
    l2 = [0, 1e-3]                          # of every protocol; its own if left out
    seeds = 20                              # 0 … 19; or a list
    protocols = ["fast", "mine.toml"]       # names, files, or tables with the keys of a protocol's file
    thresholds = [0.9, 0.98]                # of curricula that move on by accuracy; else left out
    cells = ["elman"]
    activations = ["tanh"]
    backend = "numpy"
    dtype = "float32"
    [check]                                 # or check = false
    sequences = 640
    horizon = 200
    lifetime = false
    [slurm]                                 # for sweeps on SLURM jobs; see `emt_theory.studies.slurm`
    jobs = 16

What is left out has one value, that of `Configuration`; where a list of one is meant its entry is enough. Files are looked for beside the grid's own.

>>> grid = read_grid({"tasks": ["T1", "T2"], "hidden": [64, 128], "seeds": 3})
>>> len(grid), str(grid[0])
(12, 'T1, hidden 64, protocol fast, l2 0.0, seed 0')
>>> read_grid({"tasks": "T1", "sedes": 3})
Traceback (most recent call last):
...
emt_theory.errors.InvalidOption: unknown field 'sedes'; did you mean 'seeds'? Known are tasks, hidden, l2, seeds, ...
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

from emt_theory.errors import EMTError, InvalidOption
from emt_theory.ground.arguments import choice, integer, is_integer, sequence
from emt_theory.ground.files import read_toml
from emt_theory.ground.text import shown
from emt_theory.studies.configuration import CHECKING, Checking, Configuration
from emt_theory.studies.slurm import slurm_of
from emt_theory.tasks import Task, from_dict, parse
from emt_theory.training import Adaptive, FastProtocol, Protocol, parse_protocol
from emt_theory.training.protocol_files import from_dict as protocol_from_dict

_FIELDS = (
    "tasks", "hidden", "l2", "seeds", "protocols", "thresholds", "cells", "activations", "backend", "dtype", "check",
    "slurm",
)  # fmt: skip
_MOST = 1_000_000
_Entry = TypeVar("_Entry")


def read_grid(
    config: str | os.PathLike[str] | Mapping[str, Any] | Sequence[Configuration],
) -> tuple[Configuration, ...]:
    """The configurations that a file, a dictionary with a file's keys, or a list of them stands for; each once.

    Args:
        config: see above; tasks of a dictionary may be tasks, and protocols protocols.

    Raises:
        InvalidFile: if the file, or one that it names, cannot be read.
        InvalidTask: if a task cannot be read.
        InvalidOption: if a field is unknown (names the nearest known one), a value does not fit, or there is nothing to run.
    """
    if isinstance(config, str | os.PathLike):
        described, path = read_toml(config), Path(config)
        try:
            return _read(described, path.parent)
        except EMTError as error:
            raise type(error)(f"{config}: {error}") from None
    if isinstance(config, Mapping):
        return _read(config, Path())
    listed = sequence("config", config)
    for one in listed:
        if not isinstance(one, Configuration):
            raise InvalidOption(
                f"a sweep is a file, a dictionary, or a list of configurations; got {shown(one)} in a list"
            )
    return _once(listed)


def _read(described: Mapping[str, Any], beside: Path) -> tuple[Configuration, ...]:
    for name in described:
        choice("field", name, _FIELDS)
    if "tasks" not in described:
        raise InvalidOption("the field 'tasks' is missing; a sweep needs at least one, such as tasks = [\"T1\"]")
    axes = (
        _axis(described, "tasks", lambda one: _task(one, beside)),
        _axis(described, "hidden", lambda one: one, 128),
        _axis(described, "l2", lambda one: one) if "l2" in described else [None],
        _protocols(described, beside),
        _axis(described, "cells", lambda one: one, "elman"),
        _axis(described, "activations", lambda one: one, "tanh"),
        _seeds(described.get("seeds", 1)),
    )
    count = 1
    for axis in axes:
        count *= len(axis)
    if count > _MOST:
        raise InvalidOption(f"this makes {count} runs; a sweep has at most {_MOST}")
    shared = {name: described[name] for name in ("backend", "dtype") if name in described}
    check = _check(described.get("check", True))
    slurm_of(described)
    return _once(
        [
            Configuration(
                task, hidden, _with_l2(protocol, l2), seed, cell=cell, activation=activation, check=check, **shared
            )
            for task, hidden, l2, protocol, cell, activation, seed in product(*axes)
        ]
    )


def _once(configurations: Sequence[Configuration]) -> tuple[Configuration, ...]:
    if not configurations:
        raise InvalidOption("there is nothing to run: the population is empty")
    return tuple({one.key: one for one in configurations}.values())


def _axis(described: Mapping[str, Any], name: str, read: Callable[[Any], _Entry], default: Any = None) -> list[_Entry]:
    given = described.get(name, default)
    alone = given is None or isinstance(given, str | int | float | Mapping | Task | Protocol)
    found = [read(one) for one in ([given] if alone else sequence(name, given))]
    if not found:
        raise InvalidOption(f"{name} must hold at least one entry; got none")
    return found


def _task(given: Any, beside: Path) -> Task:
    if isinstance(given, Task):
        return given
    if isinstance(given, Mapping):
        return from_dict(given)
    return parse(_beside(given, beside))


def _beside(given: Any, beside: Path) -> Any:
    return str(beside / given) if isinstance(given, str) and given.endswith(".toml") else given


def _protocols(described: Mapping[str, Any], beside: Path) -> list[Protocol]:
    def read(given: Any) -> Protocol:
        if isinstance(given, Protocol):
            return given
        return protocol_from_dict(given) if isinstance(given, Mapping) else parse_protocol(_beside(given, beside))

    protocols = _axis(described, "protocols", read, FastProtocol())
    if "thresholds" not in described:
        return protocols
    thresholds = _axis(described, "thresholds", lambda one: one)
    return [_with_threshold(protocol, threshold) for protocol, threshold in product(protocols, thresholds)]


def _with_l2(protocol: Protocol, l2: Any) -> Protocol:
    return protocol if l2 is None else replace(protocol, l2=l2)


def _with_threshold(protocol: Protocol, threshold: Any) -> Protocol:
    if not isinstance(protocol.curriculum, Adaptive):
        raise InvalidOption(
            f"thresholds are of curricula that move on by accuracy; that of the protocol {protocol.name} is a schedule"
        )
    return replace(protocol, curriculum=Adaptive(protocol.curriculum.horizons, threshold))


def _seeds(given: Any) -> list[Any]:
    if is_integer(given):
        return list(range(integer("seeds", given, least=1, most=_MOST)))
    if not (found := sequence("seeds", given)):
        raise InvalidOption("seeds must hold at least one entry; got none")
    return found


def _check(given: Any) -> Checking | None:
    if given is None or given is False:
        return None
    if given is True:
        return CHECKING
    if isinstance(given, Checking):
        return given
    if not isinstance(given, Mapping):
        raise InvalidOption(f"check must be true, false, or a table; got {shown(given)}")
    for name in given:
        choice("field of check", name, [field.name for field in fields(Checking)])
    return Checking(**given)

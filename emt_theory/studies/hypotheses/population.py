"""Which networks a claim is about, and what of them was drawn at random.

    tasks × N × λ × protocols × cells × σ × seeds  →  units, each the networks that one draw has made

A claim about tasks like these has the tasks for its units: a hundred networks of two tasks are two units. A claim about
these very tasks has seeds for units, as has one about a single task: networks with one seed begin at the same weights
wherever their sizes agree, so they are one unit, too. Where tasks are drawn, each network has a seed of its own, so
that no two units share anything.

>>> from emt_theory.tasks import random_selection
>>> tasks = [random_selection(2, 2, seed=k) for k in range(3)]
>>> population = Population(tasks, hidden=16, seeds=2)
>>> population, [[run.seed for run in unit] for unit in population.units]
(Population(6 networks of 3 tasks; drawn: tasks, 3 units), [[0, 1], [2, 3], [4, 5]])
>>> Population(tasks, hidden=16, seeds=2, drawn="seeds")
Population(6 networks of 3 tasks; drawn: seeds, 2 units)
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import integer, is_integer, member
from emt_theory.ground.json import Record, canonical
from emt_theory.studies.configuration import Configuration
from emt_theory.studies.grid import read_grid
from emt_theory.tasks import Task

if TYPE_CHECKING:
    from emt_theory.studies.hypotheses.universality import Universality
    from emt_theory.studies.store import Store

_MOST = 1_000_000


class Drawn(StrEnum):
    """What was drawn at random, and stands for others like it."""

    TASKS = "tasks"
    SEEDS = "seeds"


@dataclass(frozen=True, eq=False, repr=False)
class Population(Record):
    """Networks, before or after they are trained.

    Attributes:
        tasks: a task, a name, a file, or a list of them.
        hidden, l2, seeds, protocols, thresholds, cells, activations, backend, dtype, check: the fields of a grid,
            see docs/sweeps; None leaves one out.
            An integer for `seeds` is how many networks there are of each kind.
        grid: instead of all these, what `emt_theory.studies.sweep` takes: a file, a dictionary, configurations.
        drawn: "tasks" or "seeds"; if nothing is said, the tasks where there are several, else the seeds.

    Raises:
        InvalidOption, InvalidTask, InvalidFile: as `read_grid`: where there is no network, or one cannot be trained.
    """

    JSON = ("tasks=task_names", "networks=size", "drawn", "units=unit_count")

    tasks: Any = None
    hidden: Any = None
    l2: Any = None
    seeds: Any = 1
    protocols: Any = None
    thresholds: Any = None
    cells: Any = None
    activations: Any = None
    backend: str | None = None
    dtype: str | None = None
    check: Any = None
    grid: str | os.PathLike[str] | Mapping[str, Any] | Sequence[Configuration] | None = None
    drawn: Drawn | str | None = None

    def __post_init__(self) -> None:
        several = len(self._by_task(self._as_given)) > 1
        drawn = (Drawn.TASKS if several else Drawn.SEEDS) if self.drawn is None else self.drawn
        object.__setattr__(self, "drawn", member(Drawn, "drawn", drawn))

    @cached_property
    def _as_given(self) -> tuple[Configuration, ...]:
        given = {name: value for name in _GRID if (value := getattr(self, name)) is not None}
        if self.grid is None:
            return read_grid(given)
        if set(given) - {"seeds"} or self.seeds != 1:
            raise InvalidOption("a population is a grid, or has tasks, sizes and seeds of its own; got both")
        return read_grid(self.grid)

    @cached_property
    def runs(self) -> tuple[Configuration, ...]:
        """All its networks, unit by unit."""
        return tuple(run for unit in self.units for run in unit)

    @cached_property
    def units(self) -> tuple[tuple[Configuration, ...], ...]:
        """The networks of each draw, in the order in which they are looked at."""
        if self.drawn is Drawn.SEEDS:
            by_seed = dict[int, list[Configuration]]()
            for run in self._as_given:
                by_seed.setdefault(run.seed, []).append(run)
            return tuple(map(tuple, by_seed.values()))
        by_task = self._by_task(self._as_given)
        if self.grid is not None or not is_integer(self.seeds):
            return tuple(map(tuple, by_task))
        each = integer("seeds", self.seeds, least=1, most=_MOST)
        own = [self._of_one(unit[0].task, range(each * k, each * (k + 1))) for k, unit in enumerate(by_task)]
        return tuple(own)

    def _of_one(self, task: Task, seeds: Sequence[int]) -> tuple[Configuration, ...]:
        given = {name: value for name in _GRID if (value := getattr(self, name)) is not None}
        return read_grid({**given, "tasks": task, "seeds": list(seeds)})

    @staticmethod
    def _by_task(runs: Sequence[Configuration]) -> list[list[Configuration]]:
        found = dict[str, list[Configuration]]()
        for run in runs:
            found.setdefault(canonical(run.to_dict()["task"]), []).append(run)
        return list(found.values())

    @property
    def size(self) -> int:
        """How many networks it has."""
        return len(self.runs)

    @property
    def unit_count(self) -> int:
        """How many units it has."""
        return len(self.units)

    @property
    def is_clustered(self) -> bool:
        """Whether a unit has several networks."""
        return self.size > self.unit_count

    @property
    def task_names(self) -> tuple[str, ...]:
        """Of its tasks, each once."""
        return tuple(dict.fromkeys(run.task.name for run in self.runs))

    def compare(
        self, store: str | os.PathLike[str] | Store = "emt-runs", workers: int | None = None, most: int = 6
    ) -> Universality:
        """Compare its networks in pairs, beside what another task and random weights give; see `universality`."""
        from emt_theory.studies.hypotheses.universality import compare

        return compare(self, store, workers, most)

    def __repr__(self) -> str:
        tasks = len(self._by_task(self.runs))
        of = self.task_names[0] if tasks == 1 else f"{tasks} tasks"
        return f"Population({self.size} networks of {of}; drawn: {self.drawn}, {self.unit_count} units)"

    def __str__(self) -> str:
        return repr(self)


_GRID = tuple(field.name for field in fields(Population) if field.name not in ("grid", "drawn"))

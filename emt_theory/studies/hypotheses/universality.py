"""Do networks of a population compute alike, whatever their seed, size, σ, cell or λ?

Networks of one task are compared in pairs, up to a change of basis (`emt_theory.analysis.compare`): spectra, recovered maps, stored signs that both
read alike, and the share of one's states that a linear map has of the other's, there and back, the smaller of the two. What such numbers are worth is
seen beside two nulls, compared in the same way on the same inputs:

    another task      a network of the population with a network that was trained on another of its tasks
    random weights    a network of the population with one like it before its first step

Pairs of the population stand in groups by what differs beside the seed. Only networks that solve their task are compared; the others are counted.

>>> import tempfile
>>> from emt_theory.studies.configuration import Checking
>>> from emt_theory.studies.hypotheses.population import Population
>>> from emt_theory.tasks import repeat_copy
>>> brief = {"base": "fast", "steps": 5, "test_horizon": 4}
>>> some = Population(repeat_copy(2, 1), hidden=4, seeds=2, protocols=brief, check=Checking(8, 8))
>>> with tempfile.TemporaryDirectory() as store:
...     compare(some, store, workers=0)
Traceback (most recent call last):
...
emt_theory.errors.InvalidOption: at least two networks of one task that solve it are needed to compare; of 2 networks none does
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from statistics import median
from typing import TYPE_CHECKING, Any

from emt_theory.analysis.compare import Pair, compare_networks
from emt_theory.errors import InvalidFile, InvalidOption
from emt_theory.ground.arguments import integer
from emt_theory.ground.json import Record
from emt_theory.networks import Network
from emt_theory.studies.configuration import Configuration
from emt_theory.studies.store import Store
from emt_theory.studies.stored import StoredRun
from emt_theory.studies.sweeping import sweep
from emt_theory.studies.table import Table
from emt_theory.training.cells import to_network

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emt_theory.studies.hypotheses.population import Population

OTHER_TASK, RANDOM = "another task", "random weights"
NULLS = (OTHER_TASK, RANDOM)
_KINDS = {
    "hidden": "size",
    "activation": "σ",
    "cell": "cell",
    "l2": "L2",
    "protocol": "protocol",
    "threshold": "threshold",
}
"""What may differ beside the seed, by label, and what it is called."""


@dataclass(frozen=True)
class Likeness(Record):
    """Two networks compared on one task.

    Attributes:
        group: what differs, or which null it is.
        task: on whose inputs.
        first, second: their keys in the store; the second's weights are those before training where it is the null of random weights.
        states: the smaller share of states that a linear map has, there or back; None where there is none.
        spectrum, memories, alike, same: as in `emt_theory.analysis.compare.Pair`.
    """

    group: str
    task: str
    first: str
    second: str
    states: float | None
    spectrum: float | None
    memories: float | None
    alike: float | None
    same: bool


@dataclass(frozen=True, eq=False, repr=False)
class Universality(Record):
    """Pairs of a population, and nulls.

    Attributes:
        pairs: all of them.
        networks: how many of the population were compared.
        unsolved: how many do not solve their task, or have no result, and were not.
    """

    JSON = ("networks", "unsolved", "groups=table.rows", "pairs")

    pairs: tuple[Likeness, ...]
    networks: int
    unsolved: int

    @property
    def groups(self) -> tuple[str, ...]:
        """What differs in pairs, the nulls last."""
        found = dict.fromkeys(pair.group for pair in self.pairs)
        return tuple(sorted(found, key=lambda group: (NULLS.index(group) if group in NULLS else -1, group)))

    @property
    def nulls(self) -> tuple[str, ...]:
        """Those of them that are nulls."""
        return tuple(group for group in self.groups if group in NULLS)

    @property
    def table(self) -> Table:
        """One row for each group: how many pairs, how many are the same up to a change of basis, and medians."""
        return Table(tuple(self._row(group) for group in self.groups))

    def _row(self, group: str) -> dict[str, Any]:
        pairs = [pair for pair in self.pairs if pair.group == group]
        row: dict[str, Any] = {"pairs differ in": group, "pairs": len(pairs), "same": sum(pair.same for pair in pairs)}
        for name in ("states", "spectrum", "memories", "alike"):
            values = [value for pair in pairs if (value := getattr(pair, name)) is not None]
            row[name] = median(values) if values else None
        return row

    def plot(self, ax: Axes | None = None) -> Axes:
        """The share of states that a linear map has, pair by pair, group beside group."""
        from emt_theory.studies.hypotheses.drawing import draw_universality

        return draw_universality(self, ax)

    def __repr__(self) -> str:
        return f"Universality({self.networks} networks, {len(self.pairs)} pairs)"

    def __str__(self) -> str:
        left = f"; {self.unsolved} that do not solve their task are left out" if self.unsolved else ""
        lines = [f"{self.networks} networks in pairs{left}"]
        for row in self.table:
            states = "–" if row["states"] is None else f"{row['states']:.3f}"
            same = f"{row['same']} of {row['pairs']} pairs the same up to a change of basis"
            lines.append(f"  {row['pairs differ in']}: {same}; states shared {states} (median)")
        return "\n".join(lines)


@dataclass(frozen=True)
class _Trained:
    """A network of the store, and what made it."""

    configuration: Configuration
    stored: StoredRun
    net: Network = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "net", self.stored.network())

    def untrained(self) -> Network:
        setting = self.configuration.setting
        return to_network(setting.cell, setting.initial_weights(), setting.activation, {})


def compare(
    population: Population,
    store: str | os.PathLike[str] | Store = "emt-runs",
    workers: int | None = None,
    most: int = 6,
    others: Population | None = None,
) -> Universality:
    """Compare a population's networks in pairs; trains what the store lacks.

    Args:
        population: of one task or several; each task's networks are compared with each other.
        store: a folder of runs, as for `emt_theory.studies.sweep`.
        workers: as for `sweep`.
        most: networks of a task that are compared at most, taken in turn from each kind; each is checked, which takes seconds.
        others: where the null of another task comes from; if None, the population itself, if it has another.

    Raises:
        InvalidOption: if no task has two networks that solve it, or they were not checked.
        InvalidTask: if a task is not linear.
    """
    integer("most", most, least=2)
    runs = [*population.runs, *(others.runs if others is not None else ())]
    if any(run.check is None for run in population.runs):
        raise InvalidOption(
            "only networks that solve their task are compared, which networks without a check do not say"
        )
    kept = store if isinstance(store, Store) else Store(store)
    sweep(runs, kept, workers)
    solving = [one for run in population.runs if (one := _find(kept, run)) is not None and one.stored.solved]
    by_task = _grouped(solving, lambda one: one.configuration.task)
    chosen = [_in_turn(group, most) for group in by_task if len(group) > 1]
    if not chosen:
        some = f"{len(solving)} do" if solving else "none does"
        raise InvalidOption(
            "at least two networks of one task that solve it are needed to compare; "
            f"of {population.size} networks {some}"
        )
    foreign = solving if others is None else [one for run in others.runs if (one := _find(kept, run)) is not None]
    pairs = [pair for group in chosen for pair in _compare(group, foreign)]
    return Universality(tuple(pairs), sum(map(len, chosen)), population.size - len(solving))


def _find(store: Store, run: Configuration) -> _Trained | None:
    try:
        return _Trained(run, store[run])
    except InvalidFile:
        return None


def _grouped(trained: Iterable[_Trained], by: Any) -> list[list[_Trained]]:
    groups = list[tuple[Any, list[_Trained]]]()
    for one in trained:
        value = by(one)
        for known, group in groups:
            if known == value:
                group.append(one)
                break
        else:
            groups.append((value, [one]))
    return [group for _, group in groups]


def _kind(one: _Trained) -> dict[str, Any]:
    labels = one.configuration.labels()
    return {name: labels[name] for name in _KINDS}


def _in_turn(group: Sequence[_Trained], most: int) -> list[_Trained]:
    """So many of a group at most, one of each kind after the other."""
    turns = zip_longest(*_grouped(group, _kind))
    return [one for turn in turns for one in turn if one is not None][:most]


def _compare(group: Sequence[_Trained], foreign: Sequence[_Trained]) -> Iterator[Likeness]:
    """The pairs of one task's networks, and each of them with its nulls."""
    task, net, count = group[0].configuration.task, group[0].net, len(group)
    sizes = (net.d_in, net.d_out)
    other = [x for x in foreign if x.configuration.task != task and (x.net.d_in, x.net.d_out) == sizes][:count]
    nulls = [(OTHER_TASK, one.stored.key, one.net) for one in other]
    nulls += [(RANDOM, one.stored.key, one.untrained()) for one in group]
    how = group[0].configuration.check
    assert how is not None
    nets = [*(one.net for one in group), *(net for _, _, net in nulls)]
    found = compare_networks(nets, task, how.sequences, how.horizon, how.seed)
    for pair in found.pairs:
        if pair.second < count:
            yield _likeness(_difference(group[pair.first], group[pair.second]), task.name, group, pair)
        elif pair.first < count:
            kind, key, _ = nulls[pair.second - count]
            yield _likeness(kind, task.name, group, pair, key)


def _difference(one: _Trained, other: _Trained) -> str:
    a, b = _kind(one), _kind(other)
    differing = [called for name, called in _KINDS.items() if a[name] != b[name]]
    return " and ".join(differing) or "seed"


def _likeness(group: str, task: str, networks: Sequence[_Trained], pair: Pair, second: str | None = None) -> Likeness:
    return Likeness(
        group,
        task,
        networks[pair.first].stored.key,
        networks[pair.second].stored.key if second is None else second,
        None if pair.states is None else min(pair.states),
        pair.spectrum,
        pair.memories,
        pair.alike,
        pair.same,
    )

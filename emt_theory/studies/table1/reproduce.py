"""From a grid to the table: sweep, group by task, N and L2, and set beside what the authors print."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emt_theory.circuits import derive
from emt_theory.errors import InvalidOption
from emt_theory.evidence.chance import chance_levels
from emt_theory.ground.text import shown
from emt_theory.studies.configuration import Configuration
from emt_theory.studies.grid import read_grid
from emt_theory.studies.store import Store
from emt_theory.studies.sweeping import Config, SweepProgress, count, sweep
from emt_theory.studies.table import Table
from emt_theory.studies.table1.cells import Line, best_of, cell_of, done
from emt_theory.studies.table1.printed import PRINTED
from emt_theory.studies.table1.result import Row, Table1
from emt_theory.tasks import LinearTask, Task, parse
from emt_theory.training import Adaptive, Protocol, parse_protocol

TASKS = ("T1", "T2", "T3", "T4")
HIDDEN = (64, 128)
L2 = (0.0, 1e-3, 1e-1)
THRESHOLDS = (0.90, 0.98)
SEEDS = 20


def table1_grid(
    protocol: str | Protocol = "fast",
    seeds: int | Sequence[int] = SEEDS,
    hidden: int | Sequence[int] = HIDDEN,
    l2: float | Sequence[float] = L2,
    thresholds: float | Sequence[float] | None = None,
) -> dict[str, Any]:
    """The grid of the paper's table, as `emt_theory.studies.sweep` takes it.

    Args:
        protocol: "paper", "fast", a file, or a protocol.
        seeds: how many, from 0 on, or a list.
        hidden: N, one or several; the paper's if left out.
        l2: λ, one or several; the paper's if left out.
        thresholds: of the curriculum; those of the paper if left out, and none where the curriculum is a schedule.

    Raises:
        InvalidOption: if there is no such protocol.
    """
    how = protocol if isinstance(protocol, Protocol) else parse_protocol(protocol)
    if thresholds is None and isinstance(how.curriculum, Adaptive):
        thresholds = THRESHOLDS
    chosen = {} if thresholds is None else {"thresholds": thresholds}
    return {"tasks": list(TASKS), "hidden": hidden, "l2": l2, "seeds": seeds, "protocols": how, **chosen}


def reproduce_table1(
    config: Config | None = None,
    store: str | Store = "emt-runs",
    workers: int | None = None,
    progress: Callable[[SweepProgress], object] | None = None,
    retry: bool = False,
    run: bool = True,
    cluster: Any = None,
) -> Table1:
    """Train and check what a store lacks, and set the paper's table beside what came out.

    Args:
        config: a grid as for `sweep`, in which runs differ in nothing but task, N, L2, threshold and seed; that of
            `table1_grid` if left out.
        store: a folder of runs.
        workers: as for `sweep`.
        progress: as for `sweep`.
        retry: as for `sweep`.
        run: False makes no run, and tells what the store has.
        cluster: as for `sweep`.

    Raises:
        InvalidOption: if a task of the grid is not linear, a network no Elman network of tanh units without biases, or
            runs are not checked or differ in something else.
        InvalidOption, InvalidTask, InvalidFile, KeyboardInterrupt: as `sweep`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as store:
    ...     table = reproduce_table1(table1_grid(hidden=128, l2=0.0, seeds=1), store, run=False)
    >>> [(row.task, row.hidden) for row in table.rows]
    [('T1', 128), ('T2', 128), ('T3', 128), ('T4', 128)]
    """
    if not isinstance(run, bool):
        raise InvalidOption(f"run must be True or False; got {shown(run)}")
    runs = read_grid(table1_grid() if config is None else config)
    _require_one_population(runs)
    if not run:
        return tabulate(runs, count(runs, store)[1])
    found = sweep(runs, store, workers, progress, retry, cluster)
    return tabulate(runs, found.table, found.failures)


def _require_one_population(runs: Sequence[Configuration]) -> None:
    """Runs fit into the table: of one kind, each at a place of its own, every row with the same thresholds."""
    places: set[tuple[Any, ...]] = set()
    tasks: dict[str, Task] = {}
    thresholds: dict[Any, set[Any]] = {}
    for one in runs:
        _require_kind(one)
        label = one.labels()
        place = (*_row(label), label["threshold"], label["seed"])
        if place in places or tasks.setdefault(one.task.name, one.task) != one.task:
            raise InvalidOption(f"two runs differ in something that is no column of the table: {one}")
        places.add(place)
        thresholds.setdefault(_row(label), set()).add(label["threshold"])
    if len({frozenset(some) for some in thresholds.values()}) > 1:
        raise InvalidOption("every task, N and L2 of the table needs the same thresholds")


def _require_kind(one: Configuration) -> None:
    if not isinstance(one.task, LinearTask):
        raise InvalidOption(f"the table is about linear tasks, whose Φ has a spectrum; {one.task.name} is none")
    if (one.cell, one.activation) != ("elman", "tanh"):
        raise InvalidOption(
            f"the table is about Elman networks of tanh units, as the paper; got {one.cell}, {one.activation}"
        )
    if one.protocol.biases:
        raise InvalidOption("the table is about networks without biases, whose map at the origin is W_hh")
    if one.check is None:
        raise InvalidOption("the table is about what a check finds; leave check = false out")


def _row(label: Mapping[str, Any]) -> tuple[str, int, float]:
    return label["task"], label["hidden"], label["l2"]


def tabulate(
    runs: Sequence[Configuration], table: Table, failures: Sequence[Mapping[str, str]] | None = None
) -> Table1:
    """The paper's table of these runs.

    Args:
        runs: as `read_grid` returns them.
        table: a row for each, in their order.
        failures: key, words and reason of each that failed; if left out, of those that the table calls failed.

    >>> import tempfile
    >>> runs = read_grid(table1_grid(hidden=128, l2=0.0, seeds=1))
    >>> with tempfile.TemporaryDirectory() as store:
    ...     len(tabulate(runs, Store(store).table(runs)).rows)
    4
    """
    tasks = {one.task.name: one.task for one in runs}
    lines: dict[tuple[str, int, float], list[Line]] = {}
    for line in table:
        lines.setdefault(_row(line), []).append(line)
    named = [(str(one), line) for one, line in zip(runs, table, strict=True) if line["status"] == "failed"]
    told = [{"run": line["run"], "what": what, "reason": line["reason"]} for what, line in named]
    return Table1(
        protocol=runs[0].protocol.name,
        seeds=tuple(sorted({one.seed for one in runs})),
        rows=tuple(_make_row(tasks[place[0]], place, some) for place, some in lines.items()),
        exceptions=tuple(_name(line) for line in table if _is_exception(line)),
        failures=tuple(dict(failure) for failure in (told if failures is None else failures)),
    )


def _make_row(task: Any, place: tuple[str, int, float], lines: Sequence[Line]) -> Row:
    circuit, (name, hidden, _) = derive(task), place
    thresholds = list(dict.fromkeys(line["threshold"] for line in lines))
    return Row(
        *place,
        minimum=circuit.minimal_dimension,
        chance_error=chance_levels(circuit.spectrum().eigenvalues(), hidden).closest,
        printed=PRINTED.get(place) if name in TASKS and task == parse(name) else None,
        best=best_of(lines) if len(thresholds) > 1 else None,
        cells=tuple(cell_of(one, [line for line in lines if line["threshold"] == one]) for one in thresholds),
    )


def _is_exception(line: Line) -> bool:
    """Whether a run that solves its task does so with other eigenvalues than Φ's, or otherwise than by its circuit."""
    counts = {line["theory_modes"], line["origin_modes"], line["modes"]}
    return bool(done([line])) and line["solved"] is True and (len(counts) > 1 or line["verdict"] == "solved-otherwise")


_NAMED = ("run", "task", "hidden", "l2", "threshold", "seed", "verdict", "theory_modes", "origin_modes", "modes")


def _name(line: Line) -> dict[str, Any]:
    return {name: line[name] for name in _NAMED}

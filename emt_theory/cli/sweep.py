"""`emt sweep CONFIG.toml`: train and check a population of networks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from emt_theory.cli.common import (
    AsJson,
    Force,
    Retry,
    Scheduler,
    StoreFolder,
    TableOrReport,
    Workers,
    check_output,
    save_output,
    screen,
    show_json,
    showing,
)
from emt_theory.errors import InvalidOption
from emt_theory.ground.signals import exit_code

if TYPE_CHECKING:
    from emt_theory.studies import Sweep

_Config = Annotated[str, typer.Argument(metavar="CONFIG", help="A .toml file: tasks, hidden, l2, protocols, seeds, …")]
_Slurm = Annotated[bool, typer.Option("--slurm", help="Run on SLURM jobs, as the table [slurm] of CONFIG says.")]
_Spread = Annotated[
    str,
    typer.Option(
        metavar="HOW", help="auto, processes or vectorized: JAX runs of one shape in one program, auto on a GPU."
    ),
]


def sweep(
    config: _Config,
    store: StoreFolder = "emt-runs",
    workers: Workers = None,
    scheduler: Scheduler = None,
    slurm: _Slurm = False,
    spread: _Spread = "auto",
    status: Annotated[
        bool, typer.Option("--status", help="Only count what is done, running, failed, missing.")
    ] = False,
    retry: Retry = False,
    output: TableOrReport = None,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Train and check a grid of networks: tasks, sizes, L2 terms, protocols, seeds. Only what the store lacks is run.

    Killed at any moment it loses at most half a minute of each run under way: the same command goes on. Exit code 1 if a run failed.
    """
    from emt_theory import studies

    if slurm and scheduler is not None:
        raise InvalidOption("--slurm starts a scheduler of its own; leave it or --scheduler out")
    target = check_output(output, (".csv", ".json"), force)
    if status:
        if target is not None and not target.suffix:
            raise InvalidOption("--status makes no run to report on; -o takes a .csv or .json file with it")
        counts, table = studies.count(config, store)
        save_output(target, table, table.as_file, force)
        if json:
            show_json(
                {"runs": len(table), **counts, "skipped": None, "reason": "--status makes no run", "store": store}
            )
        else:
            screen().print(", ".join(f"{number} {name}" for name, number in counts.items()) + f" of {len(table)} runs")
        return
    try:
        with showing(f"sweep {config}") as say:
            found = studies.sweep(config, store, workers, say, retry, "slurm" if slurm else scheduler, spread)
    except KeyboardInterrupt as interrupt:
        print("emt: the same command goes on with the sweep", file=sys.stderr)  # noqa: T201
        raise typer.Exit(exit_code(interrupt)) from None
    if json:
        show_json(found.to_dict())
    else:
        _show(found)
    save_output(target, found, found.table.as_file, force)  # last: on a full disk what came out is shown before
    if found.failures:
        raise typer.Exit(1)


def _show(found: Sweep) -> None:
    """Print a sweep for people."""
    from rich.table import Table as Drawn

    from emt_theory.tasks.digits import write_fraction

    summary = found.table.summary()
    drawn = Drawn(*summary.columns, box=None)
    for row in summary:
        accuracy = "–" if row["accuracy"] is None else write_fraction(row["accuracy"])
        drawn.add_row(*("–" if value is None else str(value) for value in {**row, "accuracy": accuracy}.values()))
    screen().print(drawn)
    screen().print(
        f"\n{found.runs} runs: {found.done} made, {found.skipped} there before, {found.failed} failed; {found.store}"
    )
    for failure in found.failures:
        screen().print(f"  failed: {failure['run']}, {failure['what']}: {failure['reason']}")

"""`emt reproduce table1`: the paper's table beside ours."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emt_theory.cli.common import (
    AsJson,
    Force,
    Retry,
    Scheduler,
    StoreFolder,
    Workers,
    help_alone,
    make_folder,
    screen,
    show_json,
    showing,
)
from emt_theory.errors import InvalidOption
from emt_theory.ground.files import check_target, write
from emt_theory.ground.signals import exit_code
from emt_theory.ground.text import shown

if TYPE_CHECKING:
    from emt_theory.studies import Table1

app = typer.Typer(
    name="reproduce",
    invoke_without_command=True,
    callback=help_alone,
    rich_markup_mode=None,
    help="Results of the papers, made again.",
)
_FILES = ("table1.txt", "table1.json", "table1.csv", "table1.png")


@app.command("table1")
def table1(
    protocol: Annotated[str, typer.Option(metavar="paper|fast|FILE", help="How: a name or a .toml file.")] = "fast",
    seeds: Annotated[str, typer.Option(metavar="K|LIST", help="How many, from 0 on; or which: 1,2,3.")] = "20",
    hidden: Annotated[str, typer.Option(metavar="LIST", help="Hidden units: 32,64,128.")] = "64,128",
    l2: Annotated[str, typer.Option("--l2", metavar="LIST", help="Coupled L2 terms.")] = "0,1e-3,1e-1",
    thresholds: Annotated[
        str | None,
        typer.Option(metavar="LIST", help="Of a curriculum that moves on by accuracy; the paper's are 0.9,0.98."),
    ] = None,
    store: StoreFolder = "emt-runs",
    workers: Workers = None,
    scheduler: Scheduler = None,
    status: Annotated[bool, typer.Option("--status", help="Make no run: the table of what is there.")] = False,
    retry: Retry = False,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="DIR", help="Write the table: text, JSON, CSV and a figure.")
    ] = None,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Train, or go on training, networks on T1 … T4, check them, and set the paper's table beside what came out.

    Runs that do not solve their task are part of the table: exit code 0. Exit code 1 only if a run was given up.
    """
    from emt_theory import studies

    grid = studies.table1_grid(
        protocol,
        _seeds(seeds),
        _numbers("--hidden", hidden, int),
        _numbers("--l2", l2, float),
        None if thresholds is None else _numbers("--thresholds", thresholds, float),
    )
    runs = studies.read_grid(grid)
    folder = None if output is None else _targets(output, force)
    try:
        with showing("table1") as say:
            found = studies.reproduce_table1(runs, store, workers, say, retry, run=not status, cluster=scheduler)
    except KeyboardInterrupt as interrupt:
        print("emt: the same command goes on with the table", file=sys.stderr)  # noqa: T201
        raise typer.Exit(exit_code(interrupt)) from None
    if json:
        show_json(found.to_dict())
    else:
        screen().print(str(found))
    if folder is not None:  # last: on a full disk what came out is shown before
        _save(found, folder, force)
    if found.failures:
        raise typer.Exit(1)


def _seeds(text: str) -> Any:
    found = _numbers("--seeds", text, int)
    return found if "," in text else found[0]


def _numbers(name: str, text: str, kind: Callable[[str], Any]) -> list[Any]:
    """The numbers of a list.

    Raises:
        InvalidOption: if an entry is none.
    """
    try:
        return [kind(one) for one in text.strip(", ").split(",")]
    except ValueError:
        what = "whole numbers" if kind is int else "numbers"
        raise InvalidOption(f"{name} takes {what} with commas between them; got {shown(text)}") from None


def _targets(output: str, force: bool) -> Path:
    """The folder, before anything is run; nothing in it may be overwritten."""
    folder = make_folder(output)
    for name in _FILES:
        check_target(folder / name, (Path(name).suffix,), overwrite=force)
    return folder


def _save(found: Table1, folder: Path, force: bool) -> None:
    from json import dumps

    from emt_theory.cli.figures import save_figure

    write(folder / "table1.txt", f"{found}\n".encode())
    write(folder / "table1.json", (dumps(found.to_dict(), indent=1, ensure_ascii=False) + "\n").encode())
    write(folder / "table1.csv", found.to_csv().encode())
    save_figure(found.plot(), folder / "table1.png", overwrite=force)

"""`emt gsemm simulate [EXPERIMENT …]`: the experiments with the memory model, with figures."""

from __future__ import annotations

import json as json_module
import os
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from emt_theory.cli.common import AsJson, Force, make_folder, screen, show_json, working
from emt_theory.cli.figures import check_figure, save_figure
from emt_theory.errors import InvalidFile
from emt_theory.ground.arguments import choice
from emt_theory.ground.files import check_target, write

_RECORD = "experiments.json"


def simulate(
    experiments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="EXPERIMENT",
            help="dense-recall, linear-transition, linear-dwell, slow-delay, fast-layers, task-circuit; all if left out.",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="DIR", help=f"Write a figure of each, and {_RECORD} of this run, there."
        ),
    ] = None,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Simulate the memory model: six experiments, each with a claim and whether it holds. Without -o, nothing is written."""
    from emt_theory.gsemm.experiments import EXPERIMENTS

    chosen = [choice("experiment", name, EXPERIMENTS) for name in dict.fromkeys(experiments or EXPERIMENTS)]
    folder = None if output is None else _folder(output, chosen, force)
    described: list[dict[str, Any]] = []
    for name in chosen:
        began = time.perf_counter()
        with working(name) as say:
            found = EXPERIMENTS[name](say=say)
            seconds = round(time.perf_counter() - began, 3)
        if not json:
            screen().print(f"{found}\n  {seconds:.1f} s\n")
        picture = None
        if folder is not None:
            picture = str(save_figure(found.plot(), folder / f"{found.name}.png", overwrite=force))
        described.append({**found.to_dict(), "seconds": seconds, "figure": picture})
    if folder is not None:
        record = json_module.dumps(described, indent=1, allow_nan=False, ensure_ascii=False)
        write(check_target(folder / _RECORD, (".json",), overwrite=force), record.encode())
    if json:
        show_json(described)
    elif folder is not None:
        screen().print(f"figures and numbers: {folder}")
    if not all(finding["holds"] for finding in described):
        raise typer.Exit(1)


def _folder(name: str, chosen: list[str], force: bool) -> Path:
    """The folder, made if it is not there; everything that can be refused is refused before the work."""
    folder = make_folder(name)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidFile(f"{folder}: the folder is not writable")
    for experiment in chosen:
        check_figure(folder / f"{experiment}.png", overwrite=force)
    check_target(folder / _RECORD, (".json",), overwrite=force)
    return folder

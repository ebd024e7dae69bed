"""`emt compare FILE FILE … --task TASK`: do these networks do it in the same way?"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from emt_theory.cli.common import (
    Activation,
    Alpha,
    AsJson,
    Dim,
    Force,
    Horizon,
    Leak,
    Names,
    NumVariables,
    PhaseInput,
    ReportFolder,
    Seed,
    Sequences,
    TaskOption,
    load_weights,
    parse_task,
    screen,
    show_json,
    working,
)

_Files = Annotated[
    list[str],
    typer.Argument(metavar="FILE FILE …", help="Two or more files of weights; what is said of one is said of all."),
]


def compare(
    files: _Files,
    task: TaskOption,
    output: ReportFolder = None,
    num_variables: NumVariables = None,
    dim: Dim = None,
    sequences: Sequences = 640,
    horizon: Horizon = 200,
    activation: Activation = None,
    names: Names = None,
    phase_input: PhaseInput = None,
    alpha: Alpha = None,
    leak: Leak = None,
    seed: Seed = 0,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Check networks of one task, and compare them in pairs up to a change of basis: spectra, maps, states. Without -o, nothing is written.

    Exit code 0 if all are the same; 1 if two are not; 2 for bad input.
    """
    from emt_theory import report
    from emt_theory.analysis import compare_networks

    if output is not None:
        report.check_folder(output, overwrite=force)
    chosen = parse_task(task, num_variables, dim)
    nets = [load_weights(file, activation, names, phase_input, alpha, leak) for file in files]
    with working(f"comparing {len(nets)} networks") as say:
        found = compare_networks(nets, chosen, sequences, horizon, seed, progress=say)
        page = None if output is None else report.save(found, output, overwrite=force)
    if json:
        show_json(found.to_dict())
    else:
        screen().print(f"{found}\n")
        table = Table("one", "another", "spectrum", "memories", "read alike", "states there / back", "same", box=None)
        for row in found.table():
            table.add_row(*row)
        screen().print(table)
        if page is not None:
            screen().print(f"report: {page}")
    if not all(pair.same for pair in found.pairs):
        raise typer.Exit(1)

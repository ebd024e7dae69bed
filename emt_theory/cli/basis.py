"""`emt basis FILE --task TASK`: where are the variables in these weights?"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from emt_theory.cli.common import (
    A_TASK,
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
    Seed,
    WeightsFile,
    complete_task,
    load_weights,
    parse_task,
    screen,
    show_json,
    working,
)
from emt_theory.cli.decompile import show_refusal
from emt_theory.errors import InvalidOption

if TYPE_CHECKING:
    from emt_theory.evidence.basis import BasisTable, Constructions, PrivilegedBasis
    from emt_theory.networks import Network
    from emt_theory.tasks import Task

_TaskOption = Annotated[
    str | None,
    typer.Option(metavar="TASK", help=f"{A_TASK} Read off the weights if left out.", autocompletion=complete_task),
]
_Folder = Annotated[
    str | None, typer.Option("--output", "-o", metavar="DIR", help="Write pictures and basis.json into this folder.")
]


def basis(
    file: WeightsFile,
    task: _TaskOption = None,
    output: _Folder = None,
    num_variables: NumVariables = None,
    dim: Dim = None,
    sequences: Annotated[int, typer.Option(help="Fresh sequences that behaviour and basis are judged on.")] = 640,
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
    """Find which neurons store which variable, which compose, and read the weights in that basis. Without -o, nothing is written.

    Exit code 0 where the network solves the task; 1 where it does not, and nothing is claimed, or where no task is given and none can be read off
    the weights; 2 for bad input.
    """
    from emt_theory import report
    from emt_theory.analysis import NoProgram, privileged_basis

    if output is not None:
        report.check_folder(output, force, report.BASIS_FILES)
    if task is None and (num_variables is not None or dim is not None):
        raise InvalidOption("--num-variables and --dim belong to a task that is named: give --task")
    chosen = None if task is None else parse_task(task, num_variables, dim)
    net = load_weights(file, activation, names, phase_input, alpha, leak)
    try:
        with working(f"looking for the variables in {file}") as say:
            chosen = _read_task(net, seed, say) if chosen is None else chosen
            found = privileged_basis(net, chosen, sequences=sequences, horizon=horizon, seed=seed, progress=say)
            say("exchange its units, replace its states")
            shown = found.to_dict() if json else _tell(found, read=task is None)
            if output is not None:
                say("draw the pictures")
                report.save_basis(found, output, overwrite=force)
    except NoProgram as refusal:
        show_json(refusal.to_dict()) if json else show_refusal(refusal)
        raise typer.Exit(1) from None
    if json:
        show_json(shown)
    else:
        for part in shown:
            screen().print(part)
        if output is not None:
            screen().print(f"pictures: {output}")
    if not found.claims:
        raise typer.Exit(1)


def _read_task(net: Network, seed: int, say: Callable[[str], None]) -> Task:
    """The task that the network is decompiled to."""
    from emt_theory.analysis import decompile

    return decompile(net, seed=seed, progress=say).task


def _tell(found: PrivilegedBasis, read: bool) -> list[str | Table]:
    """A basis for people."""
    from emt_theory.evidence.basis import Constructions
    from emt_theory.tasks import LinearTask

    task = found.examination.task
    parts: list[str | Table] = []
    if read:
        program = f":\n{task}" if isinstance(task, LinearTask) else ""
        parts.append(f"the task was read off the weights{program}\n")
    if not found.claims:
        return [*parts, str(found)]
    parts += [f"{found}\n", _table(found.table())]
    if isinstance(others := found.constructions(), Constructions):
        parts += ["", _constructions(others)]
    return [*parts, f"\n{found.composition}"]


def _table(table: BasisTable) -> Table:
    from emt_theory.tasks.digits import write_fraction

    shown = Table("variable", "units", "largest shares", "R²", "flips by its units", "in one direction with", box=None)
    for row in table.rows:
        largest = ", ".join(f"{unit} ({share:.2f})" for unit, share in row.largest)
        shown.add_row(
            row.name, str(row.units), largest, f"{row.r2:.3f}", write_fraction(row.flips), ", ".join(row.shared)
        )
    return shown


def _constructions(found: Constructions) -> Table:
    from emt_theory.ground.text import number
    from emt_theory.tasks.digits import write_fraction

    shown = Table(
        "construction", "decoded signs", "condition", "flips by its units", "by all others", "units", "", box=None
    )
    for row in found.rows:
        decoded, own, others = map(write_fraction, (row.decoded, row.own, row.others))
        units = "–" if row.median_units is None else str(row.median_units)
        shown.add_row(row.description, decoded, number(row.condition), own, others, units, row.reason or "")
    return shown

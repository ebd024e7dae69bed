"""`emt derive TASK`: the exact circuit of a task."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from emt_theory.cli.common import (
    A_TASK,
    AsJson,
    Dim,
    Force,
    NumVariables,
    ReportFolder,
    complete_task,
    parse_task,
    screen,
    show_json,
    working,
)
from emt_theory.cli.figures import check_figure, save_figure
from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.ground.files import check_target, write

if TYPE_CHECKING:
    from emt_theory.circuits import Circuit


def derive(
    task: Annotated[
        str | None, typer.Argument(metavar="TASK", help=A_TASK, show_default=False, autocompletion=complete_task)
    ] = None,
    num_variables: NumVariables = None,
    dim: Dim = None,
    plot: Annotated[
        str | None, typer.Option(metavar="FILE", help="Draw the circuit into a new .png, .pdf or .svg file.")
    ] = None,
    template: Annotated[
        bool,
        typer.Option(
            "--template", help="Write a commented task file: a new one of the name that stands for TASK, or to stdout."
        ),
    ] = False,
    output: ReportFolder = None,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Derive the exact circuit of a task: what is exact about it, its spectrum, how small it can be; of a finite task its states and its lift."""
    if template:
        _write_template(task, force, json)
        return
    if task is None:
        raise InvalidTask("Missing argument 'TASK': a name such as T2, or a file; 'emt derive --template' writes one")
    from emt_theory.circuits import Circuit
    from emt_theory.circuits import derive as derive_circuit

    if plot is not None:
        check_figure(plot, overwrite=force)
    if output is not None:
        from emt_theory.report import check_folder

        check_folder(output, overwrite=force)
    chosen = parse_task(task, num_variables, dim)
    with working(f"deriving {chosen.name}"):
        circuit = derive_circuit(chosen)
        described = circuit.to_dict() if json else None
        found = [] if isinstance(circuit, Circuit) else circuit.findings()
    if plot is not None:
        if not isinstance(circuit, Circuit):
            raise InvalidOption(f"{chosen.name} is a finite task; drawings are made of linear ones")
        save_figure(circuit.plot(), plot, overwrite=force)
    page = None
    if output is not None:
        from emt_theory.report import save

        page = save(circuit, output, overwrite=force)
    if json:
        show_json(described)
    elif isinstance(circuit, Circuit):
        _show_circuit(circuit)
    else:
        screen().print("\n".join([circuit.pseudocode(), "", *found]))
    if page is not None and not json:
        screen().print(f"report: {page}")


def _write_template(file: str | None, force: bool, json: bool) -> None:
    """Write the template into a new file, or print it."""
    text = files("emt_theory").joinpath("examples", "task.toml").read_bytes()
    target = None if file is None else write(check_target(file, (".toml",), overwrite=force), text)
    if json:
        show_json({"file": None if target is None else str(target), "template": text.decode()})
    elif target is None:
        screen().print(text.decode(), end="")
    else:
        screen().print(f"{target}: change it, and derive it: emt derive {target}")


def _show_circuit(circuit: Circuit) -> None:
    """Print a circuit for people."""
    out = screen()
    out.print(f"{circuit.pseudocode()}\n")
    if circuit.exactness.linear:
        out.print("The linear circuit is exact: it has the task's values for all t > s (P07).")
    else:
        out.print("No linear network, of any width, has the task's values for all t > s (P07):")
        out.print(f"  {circuit.exactness.witness}")
    out.print(str(circuit.spectrum()))
    out.print(str(circuit.spectrum().growth))
    out.print(f"fewest linear dimensions: {circuit.minimal_dimension} of {circuit.task.components}\n")
    table = Table("scheme", "exact for t > s", "why", box=None, pad_edge=False)
    for name, verdict in circuit.exactness.schemes.items():
        table.add_row(name, verdict.exact or ("no" if verdict.allowed else "not allowed"), verdict.reason)
    out.print(table)

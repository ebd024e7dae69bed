"""`emt check FILE --task TASK`: do these weights implement the circuit?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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
    WeightsFile,
    load_weights,
    parse_task,
    screen,
    show_json,
    working,
)

if TYPE_CHECKING:
    from emt_theory.analysis import CheckResult, Memories, SpectralEvidence


def check(
    file: WeightsFile,
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
    lifetime: Annotated[
        bool | None,
        typer.Option(
            "--lifetime/--no-lifetime",
            help="Run it for 10,000 steps to see for how long it holds; by default where that takes two seconds.",
        ),
    ] = None,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Check a network's weights against the exact circuit of a task. Without -o, nothing is written.

    Four questions decide: does it solve the task, are the variables in its state, does it hold anything else, does it use them. Exit code 0 for
    consistent; 1 for solved-otherwise, not-solved and inconclusive; 2 for bad input.
    """
    from emt_theory import report
    from emt_theory.analysis import Verdict
    from emt_theory.analysis import check as check_network

    if output is not None:
        report.check_folder(output, overwrite=force)
    chosen = parse_task(task, num_variables, dim)
    net = load_weights(file, activation, names, phase_input, alpha, leak)
    with working(f"checking {file}") as say:
        result = check_network(
            net, chosen, sequences=sequences, horizon=horizon, seed=seed, progress=say, lifetime=lifetime
        )
        page = None
        if output is not None:
            say("draw the report")
            page = report.save(result, output, overwrite=force)
    if json:
        show_json(result.to_dict())
    else:
        _show_result(result)
        if page is not None:
            screen().print(f"report: {page}")
    if result.verdict is not Verdict.CONSISTENT:
        raise typer.Exit(1)


def _show_result(result: CheckResult) -> None:
    """Print a check for people."""
    from emt_theory.analysis import Memories, SpectralEvidence
    from emt_theory.ground.absent import Absent

    screen().print(f"{result}\n")
    if isinstance(result.symbols, Absent) and isinstance(result.streams, Absent):  # a basis is one of linear tasks
        screen().print(f"basis: {result.basis}\n")
    if isinstance(result.spectrum, SpectralEvidence):
        _show_spectrum(result.spectrum)
    if isinstance(result.memories, Memories):
        screen().print()
        _show_memories(result.memories)


def _show_spectrum(spectrum: SpectralEvidence) -> None:
    from emt_theory.ground.text import number

    table = Table("spectrum", "count", "argument error", "complex error", "", box=None)
    for name, found in (("trajectory", spectrum.trajectory), ("origin", spectrum.origin)):
        count = "–" if found.count is None else str(found.count)
        table.add_row(name, count, number(found.argument_error), number(found.complex_error), found.reason or "")
    table.add_row("theory", str(spectrum.theory_count), "", "", "")
    table.add_row("chance", "", number(spectrum.chance.angles.argument_error), "", "random angles")
    screen().print(table)
    screen().print(f"trajectory: {spectrum.modes}")


def _show_memories(memories: Memories) -> None:
    from emt_theory.ground.text import number
    from emt_theory.tasks.digits import write_fraction

    table = Table("memories", "decoded signs", "Φ error", "condition", "leakage", "", box=None)
    for method, found in memories.to_dict().items():
        numbers = (number(found[key]) for key in ("phi_error", "condition", "leakage"))
        table.add_row(method, write_fraction(found["decode_accuracy"]), *numbers, found["reason"] or "")
    screen().print(table)

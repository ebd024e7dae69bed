"""`emt train TASK -o DIR`: train a network on a task."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from emt_theory.cli.common import AsJson, Dim, Force, NumVariables, TaskName, parse_task, screen, show_json, showing
from emt_theory.errors import InvalidOption
from emt_theory.ground.signals import exit_code
from emt_theory.ground.text import shown

if TYPE_CHECKING:
    from emt_theory.tasks.parse import AnyTask
    from emt_theory.training import Progress, Protocol


def train(
    task: TaskName,
    output: Annotated[str, typer.Option("--output", "-o", metavar="DIR", help="A folder for the run.")],
    protocol: Annotated[str, typer.Option(metavar="paper|fast|FILE", help="How: a name or a .toml file.")] = "fast",
    backend: Annotated[str, typer.Option(help="numpy or jax.")] = "numpy",
    hidden: Annotated[int, typer.Option(metavar="N", help="Hidden units.")] = 128,
    l2: Annotated[
        float | None, typer.Option(metavar="X", help="The coupled L2 term; the protocol's if left out.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of weights and batches.")] = 0,
    steps: Annotated[int | None, typer.Option(metavar="K", help="Gradient steps; the protocol's if left out.")] = None,
    activation: Annotated[str, typer.Option(help="tanh, relu, hard_tanh, sigmoid or identity.")] = "tanh",
    cell: Annotated[str, typer.Option(help="elman, gru or lstm (the last two on jax).")] = "elman",
    num_variables: NumVariables = None,
    dim: Dim = None,
    snapshots: Annotated[
        str | None, typer.Option(metavar="K|K1,K2,…", help="Keep the network so many times, or after these steps.")
    ] = None,
    restarts: Annotated[int, typer.Option(metavar="K", help="Try so many more seeds while the task is missed.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run in DIR.")] = False,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Train a network on a task: weights, every step's loss and accuracy, and a picture of them, in a folder."""
    from emt_theory import training

    chosen = parse_task(task, num_variables, dim)
    how = training.parse_protocol(protocol)
    given = {"steps": steps, "l2": l2}
    how = replace(how, **{name: value for name, value in given.items() if value is not None})
    kept = _steps(snapshots)
    try:
        with showing(f"training {chosen.name}") as say:
            shown = _after_warning(say, chosen, hidden, how, activation, cell)
            sizes = (hidden, backend, seed, how, activation, cell)
            run = training.train(
                chosen,
                *sizes,
                out=output,
                progress=shown,
                resume=resume,
                overwrite=force,
                snapshots=kept,
                restarts=restarts,
            )
    except KeyboardInterrupt as interrupt:
        print("emt: the same command with --resume goes on with the run", file=sys.stderr)  # noqa: T201
        raise typer.Exit(exit_code(interrupt)) from None
    if json:
        show_json(run.to_dict())
    else:
        screen().print(str(run), markup=False)
        screen().print(f"  {output}", markup=False)
    if run.outcome is not training.Ending.FINISHED:
        raise typer.Exit(1)


def _steps(given: str | None) -> int | list[int]:
    """A count, or a list of steps, of what stands between commas."""
    if given is None:
        return 0
    try:
        found = [int(step) for step in given.split(",")]
    except ValueError:
        raise InvalidOption(
            f"--snapshots must be a number, or steps with commas between them; got {shown(given)}"
        ) from None
    return found if "," in given else found[0]


def _after_warning(
    say: Callable[[Progress], None],
    task: AnyTask,
    hidden: int,
    protocol: Protocol,
    activation: str,
    cell: str,
) -> Callable[[Progress], None]:
    """`say`, which warns when first called: by then everything else has been found in order."""
    warned = False

    def show(progress: Progress) -> None:
        nonlocal warned
        if not warned and cell == "elman":
            _warn_if_too_small(task, hidden)
            _tell_biases(task, protocol, activation)
        warned = True
        say(progress)

    return show


def _warn_if_too_small(task: AnyTask, hidden: int) -> None:
    from emt_theory.circuits import minimal_dimension
    from emt_theory.tasks import LinearTask

    if not isinstance(task, LinearTask):
        return  # a trained network need not hold the lift of a finite task

    least = minimal_dimension(task).running
    if hidden < least:
        print(  # noqa: T201
            f"emt: warning: --hidden {hidden} is below the {least} dimensions that {task.name} needs: no network of this size "
            "can succeed linearly",
            file=sys.stderr,
        )


def _tell_biases(task: AnyTask, protocol: Protocol, activation: str) -> None:
    """Say that biases are trained where the protocol leaves that to the task, and what no network of such units can do."""
    from emt_theory.circuits import find_linear_obstruction
    from emt_theory.tasks import FiniteTask
    from emt_theory.training.fitting import needs_biases

    if not isinstance(task, FiniteTask):
        return
    if protocol.biases is None and (why := needs_biases(task, activation, "elman")):
        print(f"emt: biases are trained: {why} (P22)", file=sys.stderr)  # noqa: T201
    if activation == "identity" and (never := find_linear_obstruction(task)):
        print(f"emt: warning: {never} (P22)", file=sys.stderr)  # noqa: T201

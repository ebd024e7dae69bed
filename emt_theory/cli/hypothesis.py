"""`emt hypothesis run FILE`, `plan FILE`, `new NAME`: claims about populations of networks."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from typing import Annotated

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
    help_alone,
    save_output,
    screen,
    show_json,
    showing,
)
from emt_theory.ground.signals import exit_code

app = typer.Typer(
    name="hypothesis",
    invoke_without_command=True,
    callback=help_alone,
    rich_markup_mode=None,
    help="Claims about populations of networks: supported, refuted or undecided.",
)
_File = Annotated[str, typer.Argument(metavar="FILE", help="A .py file that makes hypotheses; it is run.")]


@app.command("run")
def run(
    file: _File,
    store: StoreFolder = "emt-runs",
    workers: Workers = None,
    scheduler: Scheduler = None,
    retry: Retry = False,
    output: TableOrReport = None,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Train what the store lacks, and decide every claim of the file.

    Before that it says how many networks each claim needs; one whose population is too small is refused.
    Exit code 0 if all are supported, 1 if one is refuted or undecided.
    """
    from emt_theory import studies

    target = check_output(output, (".json",), force)
    with redirect_stdout(sys.stderr):  # what the file itself prints
        hypotheses = studies.read_hypotheses(file)
    for plan in studies.plan_all(hypotheses):
        print(f"plan: {plan.claim} It {plan}", file=sys.stderr)  # noqa: T201
    try:
        with showing(f"hypothesis {file}") as say, redirect_stdout(sys.stderr):
            found = studies.answer(hypotheses, store, workers, say, retry, scheduler)
    except KeyboardInterrupt as interrupt:
        print("emt: the same command goes on with the runs", file=sys.stderr)  # noqa: T201
        raise typer.Exit(exit_code(interrupt)) from None
    if json:
        show_json(found.to_dict())
    else:
        screen().print(str(found))
    save_output(target, found, lambda _: found.as_file(), force)
    if not found.supported:
        raise typer.Exit(1)


@app.command("plan")
def plan(file: _File, json: AsJson = False) -> None:
    """Say how many networks the claims of a file need, and train none. Exit code 1 if a population is too small."""
    from emt_theory import studies

    with redirect_stdout(sys.stderr):
        found = studies.plan_all(studies.read_hypotheses(file))
    if json:
        show_json([one.to_dict() for one in found])
    else:
        for one in found:
            screen().print(
                f"{one.claim}\n  {one}\n  {one.estimator}, {100 * one.confidence:.5g} %; {one.networks} networks"
            )
    if not all(one.enough for one in found):
        raise typer.Exit(1)


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A new file; .py is added.")],
    json: AsJson = False,
) -> None:
    """Write a small commented file of one hypothesis, which runs as it is; overwrites nothing."""
    from emt_theory import studies

    written = str(studies.write_template(name))
    if json:
        show_json({"file": written})
    else:
        screen().print(f"{written}\n  emt hypothesis plan {written}\n  emt hypothesis run {written}")

"""The subcommands, put together."""

from __future__ import annotations

from typing import Annotated

import typer

from emt_theory import __version__
from emt_theory.cli import basis as basis_command
from emt_theory.cli import check as check_command
from emt_theory.cli import compare as compare_command
from emt_theory.cli import compile as compile_command
from emt_theory.cli import decompile as decompile_command
from emt_theory.cli import demo as demo_command
from emt_theory.cli import derive as derive_command
from emt_theory.cli import doctor as doctor_command
from emt_theory.cli import gsemm as gsemm_command
from emt_theory.cli import hypothesis as hypothesis_command
from emt_theory.cli import prove as prove_command
from emt_theory.cli import reproduce as reproduce_command
from emt_theory.cli import sweep as sweep_command
from emt_theory.cli import train as train_command
from emt_theory.cli.common import help_alone
from emt_theory.cli.examples import show_examples

app = typer.Typer(
    name="emt",
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo_command.demo)
app.command("derive")(derive_command.derive)
app.command("compile")(compile_command.compile_)
app.command("train")(train_command.train)
app.command("check")(check_command.check)
app.command("compare")(compare_command.compare)
app.command("basis")(basis_command.basis)
app.command("decompile")(decompile_command.decompile)
app.command("sweep")(sweep_command.sweep)
app.add_typer(hypothesis_command.app)
app.command("prove")(prove_command.prove)
app.command("doctor")(doctor_command.doctor)
app.add_typer(gsemm_command.app)
app.add_typer(reproduce_command.app)
show_examples(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"emt_theory {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Episodic Memory Theory: exact circuits of recurrent networks, and honest checks of trained ones.

    A TASK is a name (T1, T2, T3, T4, repeat-copy, compose-copy, fibonacci, delayed-copy:lag=3, autoregressive:coefficients=2 -1,
    random-selection:seed=4; on symbols xor:lags=1 4, lfsr:taps=3 4, parity, majority, mux, modular-sum:alphabet=5, maximum,
    random-finite:seed=3), a paper id (paper:ID1,ID2,ID3) or a .toml file.
    """
    help_alone(context)

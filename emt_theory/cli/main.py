"""The entry point: subcommands, exit codes, and errors as one clear line.

Exit codes: 0 done, or consistent with theory; 1 checked and not so; 2 bad input; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import TyperException

from emt_theory import __version__
from emt_theory.cli import check as check_command
from emt_theory.cli import compile as compile_command
from emt_theory.cli import demo as demo_command
from emt_theory.cli import derive as derive_command
from emt_theory.errors import EMTError

BAD_INPUT = 2
INTERRUPTED = 130

app = typer.Typer(
    name="emt",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Episodic Memory Theory: exact circuits of recurrent networks, and honest checks of trained ones.",
)
app.command("demo")(demo_command.demo)
app.command("derive")(derive_command.derive)
app.command("compile")(compile_command.compile_)
app.command("check")(check_command.check)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"emt_theory {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Episodic Memory Theory: exact circuits of recurrent networks, and honest checks of trained ones.

    A TASK is a name (T1, T2, T3, T4, repeat-copy, compose-copy, fibonacci, delayed-copy:lag=3, autoregressive:coefficients=2 -1,
    random-selection:seed=4), a paper id (paper:ID1,ID2,ID3) or a .toml file.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code and never shows a traceback for bad input."""
    try:
        code = app(args=None if arguments is None else list(arguments), prog_name="emt", standalone_mode=False)
    except TyperException as error:
        return _refuse(f"{error.format_message().rstrip('.')}. Try 'emt --help'.")
    except EMTError as error:
        return _refuse(str(error))
    except (KeyboardInterrupt, typer.Abort):
        print("emt: interrupted", file=sys.stderr)  # noqa: T201
        return INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0


def _refuse(message: str) -> int:
    print("emt: " + " ".join(message.split()), file=sys.stderr)  # noqa: T201
    return BAD_INPUT

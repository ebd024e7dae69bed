"""What the subcommands share: the task argument, JSON and text on stdout, progress on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from emt_theory.errors import InvalidFile, InvalidOption
from emt_theory.ground.files import check_target, write
from emt_theory.ground.progress import lines

if TYPE_CHECKING:
    from emt_theory.networks import Network
    from emt_theory.tasks import LinearTask
    from emt_theory.tasks.parse import AnyTask


def complete_task(incomplete: str) -> list[str]:
    """The names of tasks that begin so: what a shell offers; it offers files itself."""
    from emt_theory.tasks import MIPS
    from emt_theory.tasks.paper import PAPER_TASKS
    from emt_theory.tasks.parse import FINITE, NAMED, STREAMS

    named = (*PAPER_TASKS, *NAMED, *FINITE, *STREAMS, *(f"mips:{name}" for name in MIPS))
    return [name for name in named if name.startswith(incomplete)]


A_TASK = "A name, mips:NAME, paper:ID1,ID2,ID3, or a .toml file."
TaskName = Annotated[str, typer.Argument(metavar="TASK", help=A_TASK, autocompletion=complete_task)]
TaskOption = Annotated[str, typer.Option(metavar="TASK", help=A_TASK, autocompletion=complete_task)]
WeightsFile = Annotated[
    str, typer.Argument(metavar="FILE", help="A .safetensors, .npz or PyTorch (.pt, .pth, .bin, .ckpt) file.")
]
NumVariables = Annotated[int | None, typer.Option(metavar="S", help="s, for a name that leaves it open.")]
Dim = Annotated[int | None, typer.Option(metavar="D", help="d, for a name that leaves it open.")]
Sequences = Annotated[int, typer.Option(help="Fresh sequences that behaviour is judged on.")]
Horizon = Annotated[int, typer.Option(help="Scored steps of each.")]
Seed = Annotated[int, typer.Option(help="Seed of the fresh sequences.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout, and nothing else there.")]
Activation = Annotated[
    str | None,
    typer.Option(metavar="σ", help="tanh, relu, …: where the file does not say; of a stack, by layer: relu,tanh."),
]
Names = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=WHERE …", help="Where weights come from: W_hh=Whh.T 'W_uh=rnn.1[:, :3]' …"),
]
PhaseInput = Annotated[
    str | None,
    typer.Option(
        metavar="WHEN", help="The last input channel tells the phase: while-inputs, after-inputs, eos, eos+1."
    ),
]
Alpha = Annotated[float | None, typer.Option(help="α = dt/τ of leaky units, where the file does not say.")]
Leak = Annotated[str | None, typer.Option(metavar="PLACE", help="Where units leak: state or preactivation.")]
StoreFolder = Annotated[str, typer.Option(metavar="DIR", help="The folder of runs.")]
Workers = Annotated[int | None, typer.Option(metavar="K", help="Processes; as many as there are cores if left out.")]
Scheduler = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Run on the workers of a Dask scheduler, such as tcp://host:8786.")
]
Retry = Annotated[bool, typer.Option("--retry", help="Try what failed before again.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite existing files.")]


ReportFolder = Annotated[
    str | None, typer.Option("--output", "-o", metavar="DIR", help="Write a report into this folder.")
]
TableOrReport = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE|DIR",
        help="Write what came out: a .json file, a table as .csv where there is one, or a report into a folder.",
    ),
]


def check_output(output: str | None, suffixes: tuple[str, ...], overwrite: bool) -> Path | None:
    """Where a result goes, if it may: a name with a suffix is a file, one without is the folder of a report."""
    if output is None:
        return None
    if Path(output).suffix:
        return check_target(output, suffixes, overwrite=overwrite)
    from emt_theory.report import check_folder

    return check_folder(output, overwrite=overwrite)


def save_output(target: Path | None, result: Any, as_file: Callable[[str], bytes], overwrite: bool) -> None:
    """Write a result where `check_output` said: what `as_file` makes of a suffix, or a report."""
    if target is None:
        return
    if target.suffix:
        write(target, as_file(target.suffix.lower()))
        return
    from emt_theory.report import save

    page = save(result, target, overwrite=overwrite)
    print(f"report: {page}", file=sys.stderr)  # noqa: T201


def help_alone(context: typer.Context) -> None:
    """The callback of a group of commands: called without one, it prints its help."""
    if context.invoked_subcommand is None:
        screen().print(context.get_help())


def parse_task(text: str, num_variables: int | None, dim: int | None) -> AnyTask:
    """The task that the command line names."""
    from emt_theory.tasks import parse

    return parse(text, num_variables=num_variables, dim=dim)


def parse_linear(text: str, num_variables: int | None, dim: int | None) -> LinearTask:
    """The same where only linear tasks will do.

    Raises:
        InvalidTask: if it is a finite one.
    """
    from emt_theory.tasks import linear_task

    return linear_task(parse_task(text, num_variables, dim))


def load_weights(
    file: str,
    activation: str | None,
    names: Sequence[str] | None,
    phase_input: str | None,
    alpha: float | None,
    leak: str | None,
) -> Network:
    """The network in a file, with what the command line says of it."""
    from emt_theory.networks import load

    chosen = activation.split(",") if activation and "," in activation else activation
    return load(file, chosen, names=_pairs(names), phase_input=phase_input, alpha=alpha, leak=leak)


def _pairs(names: Sequence[str] | None) -> dict[str, str] | None:
    pairs = dict[str, str]()
    for text in names or ():
        name, equals, source = text.partition("=")
        if not equals or not name.strip() or name.strip() in pairs:
            raise InvalidOption(f"--names takes NAME=WHERE, each name once, such as W_hh=Whh.T; got {text!r}")
        pairs[name.strip()] = source.strip()
    return pairs or None


def spread_names(arguments: Sequence[str]) -> list[str]:
    """The arguments with `--names` before each of the NAME=WHERE that follow it.

    >>> spread_names(["check", "x.npz", "--names", "W_hh=A.T", "W_uh=B", "--task", "T2"])
    ['check', 'x.npz', '--names', 'W_hh=A.T', '--names', 'W_uh=B', '--task', 'T2']

    Raises:
        InvalidOption: if one of them is empty.
    """
    spread, naming = list[str](), False
    for k, word in enumerate(arguments):
        if not word.strip():  # an unset variable of a shell; as a path it would be this folder
            raise InvalidOption(f"argument {k + 1}{f', behind {arguments[k - 1]},' if k else ''} is empty")
        if naming and spread[-1] != "--names" and "=" in word and not word.startswith("-"):
            spread.append("--names")
        naming = word == "--names" or (naming and "=" in word and not word.startswith("-"))
        spread.append(word)
    return spread


def make_folder(path: str | Path) -> Path:
    """The folder, made if it is not there.

    Raises:
        InvalidFile: if the system refuses.
    """
    folder = Path(path)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise InvalidFile(f"{folder}: cannot be made a folder ({error.strerror})") from None
    return folder


class _Screen(Console):
    """A console that shows texts as they are, and goes on in silence when the reader of a pipe has seen enough."""

    def on_broken_pipe(self) -> None:
        """The exit code is the command's, not the pipe's."""
        _silence_stdout()


def screen() -> _Screen:
    """The terminal for results; plain text when stdout is no terminal, and then nothing is cut to a width."""
    width = None if sys.stdout.isatty() else 200
    return _Screen(highlight=False, markup=False, emoji=False, soft_wrap=True, width=width)


def show_json(value: Any) -> None:
    """Print a value as strict JSON on stdout."""
    text = json.dumps(value, indent=1, allow_nan=False, ensure_ascii=False)
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _silence_stdout()


def _silence_stdout() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def showing(what: str) -> Generator[Callable[[Any], None]]:
    """How far something is, on stderr: one changing line for a person, a line now and then for a file; gives the function that is told."""
    console = Console(stderr=True)
    if console.is_terminal:
        with console.status(escape(what)) as status:
            yield lambda progress: status.update(escape(f"{what}: {progress}"))
        return
    yield lines(what)


@contextmanager
def working(what: str) -> Generator[Callable[[str], None]]:
    """Say on stderr what is going on, for as long as it does, when a person is watching; gives the function that says the next step."""
    with Console(stderr=True).status(escape(what)) as status:
        yield lambda step: status.update(escape(f"{what}: {step}"))

"""`emt decompile FILE`: which program do these weights run?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from emt_theory.cli.common import (
    Activation,
    Alpha,
    AsJson,
    Force,
    Horizon,
    Leak,
    Names,
    PhaseInput,
    load_weights,
    screen,
    show_json,
    working,
)
from emt_theory.errors import InvalidOption

if TYPE_CHECKING:
    from emt_theory.analysis import NoProgram

_Weights = Annotated[str, typer.Argument(metavar="FILE", help="A file of weights.")]
_TaskFile = Annotated[
    str | None, typer.Option("--output", "-o", metavar="FILE", help="Write the program into a new .toml file.")
]


def decompile(
    file: _Weights,
    output: _TaskFile = None,
    max_variables: Annotated[int, typer.Option(metavar="S", help="The largest s that is tried.")] = 16,
    max_denominator: Annotated[int, typer.Option(metavar="Q", help="The largest denominator of a coefficient.")] = 12,
    sequences: Annotated[int, typer.Option(help="Fresh sequences that the program is judged on.")] = 640,
    horizon: Horizon = 200,
    activation: Activation = None,
    names: Names = None,
    phase_input: PhaseInput = None,
    alpha: Alpha = None,
    leak: Leak = None,
    alphabet: Annotated[
        int | None,
        typer.Option(metavar="Q", help="Look for a rule on Q symbols, of any kind, instead of a linear one."),
    ] = None,
    code: Annotated[
        str | None, typer.Option(help="How symbols are shown: signs (of 2), onehot (of more), thermometer, numbers.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of all inputs.")] = 0,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Recover the program that a network's weights run, without being told the task, nor when it is to answer."""
    from emt_theory.analysis import NoProgram, StreamProgram
    from emt_theory.analysis import decompile as decompile_network
    from emt_theory.ground import files
    from emt_theory.tasks import Alphabet, to_toml

    if code is not None and alphabet is None:
        raise InvalidOption("--code says how symbols are shown; say --alphabet Q, too")
    symbols = None if alphabet is None else Alphabet(alphabet, code)
    target = None if output is None else files.check_target(output, suffixes=(".toml",), overwrite=force)
    net = load_weights(file, activation, names, phase_input, alpha, leak)
    try:
        with working(f"decompiling {file}") as say:
            sizes = (max_variables, max_denominator, sequences, horizon, seed)
            if symbols is None:
                program = decompile_network(net, *sizes, progress=say)
            else:
                program = decompile_network(net, *sizes, progress=say, alphabet=symbols)
    except NoProgram as refusal:
        tried = "linear" if symbols is None else f"{symbols.size} symbols, {symbols.code}"
        show_json(refusal.to_dict() | {"tried": tried}) if json else show_refusal(refusal)
        if symbols is None and not json:
            screen().print("Linear programs were tried; a rule on Q symbols is looked for with --alphabet Q.")
        raise typer.Exit(1) from None
    if target is not None:
        files.write(target, to_toml(program.task).encode())
    if json:
        show_json(program.to_dict())
    else:
        protocol = ["input at every step", ""] if isinstance(program, StreamProgram) else []
        screen().print("\n".join([*protocol, f"{program}\n\n{program.certificate}", *program.provenance.then()]))


def show_refusal(refusal: NoProgram) -> None:
    """Print a refusal for people."""
    out = screen()
    out.print(f"refused: {refusal}")
    if refusal.best:
        out.print(f"\nthe closest program, not to be relied on:\n{refusal.best.text}")
    for sentence in refusal.provenance.then():
        out.print(sentence)

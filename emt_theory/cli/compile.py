"""`emt compile TASK -o FILE`: the weights of a network that runs a task's circuit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from emt_theory.cli.common import AsJson, Dim, Force, NumVariables, TaskName, parse_task, screen, show_json, working

if TYPE_CHECKING:
    from emt_theory.networks import Network


def compile_(
    task: TaskName,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="A new .safetensors or .npz file.")],
    scheme: Annotated[
        str,
        typer.Option(
            help="linear, damped, saturating, tanh, gated; for rules on symbols threshold, threshold-carry, threshold-tanh, "
            "interpolating; or auto: the simplest with the values."
        ),
    ] = "auto",
    basis: Annotated[str, typer.Option(help="identity, orthogonal or oblique.")] = "identity",
    hidden: Annotated[int | None, typer.Option(metavar="N", help="Hidden units; the fewest if left out.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of a random basis.")] = 0,
    num_variables: NumVariables = None,
    dim: Dim = None,
    require_exact: Annotated[
        bool, typer.Option("--require-exact", help="Exit code 1 where the weights are exact for nothing.")
    ] = False,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Compile a task's circuit into the weights of a network, and save them.

    A scheme that is asked for by name is compiled also where it is not exact, the linear one on T2 for example: it says so, and the exit code is 0
    unless --require-exact is given.
    """
    from emt_theory.circuits import derive
    from emt_theory.networks import ExactRNN, save
    from emt_theory.networks.files import check_target

    check_target(output, overwrite=force)
    chosen = parse_task(task, num_variables, dim)
    with working(f"compiling {chosen.name}"):
        circuit = derive(chosen)
        net = circuit.compile(hidden=hidden, scheme=scheme, basis=basis, seed=seed)
        save(net, output, overwrite=force)
    notes = net.metadata
    held = net.exact is not None and ExactRNN.from_float(net) == net.exact
    if json:
        described = {key: notes[key] for key in ("task", "scheme", "basis")}
        exact = None if notes["exact_for"] == "nothing" else notes["exact_for"]
        shape = {"hidden": net.hidden, "dim": net.dim, "activation": net.activation}
        rest = {"exact": exact, "reason": notes["why"], "float64_weights_exact": held, "file": output}
        show_json({**described, **shape, **rest})
    else:
        _show(net, output, basis, held)
    if require_exact and notes["exact_for"] == "nothing":
        raise typer.Exit(1)


def _show(net: Network, output: str, basis: str, held: bool) -> None:
    """Print what was compiled for people."""
    notes = net.metadata
    promise = (
        "NOT exact"
        if notes["exact_for"] == "nothing"
        else f"{notes['exact_for']} exact for all t > s, in exact arithmetic"
    )
    screen().print(
        f"{output}: {notes['task']}, scheme {notes['scheme']}, basis {basis}, {net.hidden} {net.activation} units"
    )
    screen().print(promise + ("" if held else "; float64 rounds these weights, and the file keeps both"))
    screen().print(notes["why"])

"""`emt compile TASK -o FILE`: the weights of a network that runs a task's circuit."""

from __future__ import annotations

from typing import Annotated

import typer

from emt_theory.cli.common import AsJson, Dim, Force, NumVariables, TaskName, parse_task, screen, show_json, working


def compile_(
    task: TaskName,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="A new .safetensors or .npz file.", show_default=False)
    ],
    scheme: Annotated[str, typer.Option(help="linear, saturating, tanh, or auto: the simplest exact one.")] = "auto",
    basis: Annotated[str, typer.Option(help="identity, orthogonal or oblique.")] = "identity",
    hidden: Annotated[
        int | None, typer.Option(metavar="N", help="Hidden units; the fewest if left out.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of a random basis.")] = 0,
    num_variables: NumVariables = None,
    dim: Dim = None,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Compile a task's circuit into the weights of a network, and save them."""
    from emt_theory.circuits import derive
    from emt_theory.networks import save
    from emt_theory.networks.files import check_target

    check_target(output, overwrite=force)
    chosen = parse_task(task, num_variables, dim)
    with working(f"compiling {chosen.name}"):
        circuit = derive(chosen)
        net = circuit.compile(hidden=hidden, scheme=scheme, basis=basis, seed=seed)
        save(net, output, overwrite=force)
    used = net.metadata["scheme"]
    verdict = circuit.exactness.schemes[used]
    if json:
        described = {"task": chosen.name, "scheme": used, "basis": basis, "hidden": net.hidden, "dim": net.dim}
        show_json(
            {
                **described,
                "activation": net.activation,
                "exact": verdict.exact,
                "reason": verdict.reason,
                "file": output,
            }
        )
        return
    promise = f"{verdict.exact} exact for all t > s" if verdict.exact else "NOT exact"
    screen().print(f"{output}: {chosen.name}, scheme {used}, basis {basis}, {net.hidden} {net.activation} units")
    screen().print(f"{promise}: {verdict.reason}")

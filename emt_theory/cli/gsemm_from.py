"""`emt gsemm from FILE`: the memories and interactions that a network's weights are."""

from __future__ import annotations

import io
import json as json_module
from typing import TYPE_CHECKING, Annotated

import typer

from emt_theory.cli.common import (
    A_TASK,
    Activation,
    Alpha,
    AsJson,
    Dim,
    Force,
    Leak,
    Names,
    NumVariables,
    PhaseInput,
    WeightsFile,
    complete_task,
    load_weights,
    parse_task,
    screen,
    show_json,
    working,
)
from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.ground.files import check_target, write

if TYPE_CHECKING:
    from emt_theory.gsemm import Representation
    from emt_theory.networks import ElmanRNN

_SHOWN = 12
_WRITTEN = (".json", ".npz")


def from_(
    file: WeightsFile,
    task: Annotated[
        str | None,
        typer.Option(
            metavar="TASK", help=f"{A_TASK} The memories are then its variables.", autocompletion=complete_task
        ),
    ] = None,
    num_variables: NumVariables = None,
    dim: Dim = None,
    size: Annotated[int | None, typer.Option(metavar="n", help="n; as few memories as the weights show.")] = None,
    orthonormal: Annotated[
        bool, typer.Option("--orthonormal", help="Ξ† = Ξᵀ: the network is then the limit of a memory model (P02).")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of the sequences that variables are found on.")] = 0,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Write Ξ, Φ and Ξ†: a new .json or .npz file.")
    ] = None,
    activation: Activation = None,
    names: Names = None,
    phase_input: PhaseInput = None,
    alpha: Alpha = None,
    leak: Leak = None,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Write a network's W_hh as Ξ Φ Ξ†: memories, interactions and what brings them back (P04).

    Without a task as few memories as the weights show, which leave nothing out. With one the memories are its variables, where the hidden state
    holds them: the residual says how much of the weights they leave out, the leakage how far their span is from being invariant.
    """
    from emt_theory.gsemm import from_network

    target = None if output is None else check_target(output, _WRITTEN, overwrite=force)
    if task is None and (num_variables is not None or dim is not None):
        raise InvalidOption("--num-variables and --dim belong to a --task")
    if task is not None and (size is not None or orthonormal):
        raise InvalidOption("--size and --orthonormal say how memories are chosen; with --task they are its variables")
    net = _elman(load_weights(file, activation, names, phase_input, alpha, leak), file)
    with working(f"reading {file}") as say:
        if task is None:
            found = from_network(net, size=size, orthonormal=orthonormal)
        else:
            from emt_theory.analysis import privileged_basis

            basis = privileged_basis(net, parse_task(task, num_variables, dim), seed=seed, progress=say)
            found = from_network(net, basis.encoder)
    if target is not None:
        write(target, _content(found, target.suffix))
    if json:
        show_json(found.to_dict())
    else:
        screen().print(f"{found}\n{_eigenvalues(found)}")


def _elman(net: object, file: str) -> ElmanRNN:
    from emt_theory.networks import ElmanRNN

    if not isinstance(net, ElmanRNN):
        raise InvalidNetwork(f"{file} holds a {type(net).__name__}; the memory model is that of an Elman network")
    return net


def _eigenvalues(found: Representation) -> str:
    from emt_theory.ground.text import number

    sizes = [number(abs(value)) for value in found.eigenvalues[:_SHOWN]]
    more = ", …" if found.components > _SHOWN else ""
    return f"eigenvalues of Φ, by size: {', '.join(sizes)}{more}"


def _content(found: Representation, suffix: str) -> bytes:
    if suffix.lower() == ".json":
        return (json_module.dumps(found.to_dict(), indent=1, allow_nan=False) + "\n").encode()
    import numpy as np

    made = io.BytesIO()
    np.savez(made, memories=found.memories, phi=found.phi, dual=found.dual)
    return made.getvalue()

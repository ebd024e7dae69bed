"""`emt gsemm derive`: from the memory model to a recurrent network, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from emt_theory.cli.common import AsJson, Dim, Force, NumVariables, help_alone, parse_linear, screen, show_json, working
from emt_theory.cli.gsemm_from import from_
from emt_theory.cli.gsemm_simulate import simulate
from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import choice, integer
from emt_theory.ground.files import check_target, write

if TYPE_CHECKING:
    from emt_theory.gsemm import Lagrangian, Model
    from emt_theory.tasks import LinearTask

app = typer.Typer(
    name="gsemm",
    invoke_without_command=True,
    callback=help_alone,
    rich_markup_mode=None,
    help="The continuous memory model.",
)
app.command("simulate")(simulate)
app.command("from")(from_)


@app.command("derive")
def derive(
    model: Annotated[
        str, typer.Option(help="lisem (σ_f = tanh, σ_h = id), dsem (σ_f = id, σ_h = softmax) or linear (both id).")
    ] = "lisem",
    task: Annotated[str | None, typer.Option(metavar="TASK", help="Interactions whose Φ is this task's.")] = None,
    num_variables: NumVariables = None,
    dim: Dim = None,
    features: Annotated[
        int | None, typer.Option(metavar="N", help="N; 16, or as many as the task has memories.")
    ] = None,
    memories: Annotated[int | None, typer.Option(metavar="n", help="n, in a cycle; 4. Not with a task.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the memories, random ±1; N = n of a task needs none.")] = 0,
    gain: Annotated[float, typer.Option(help="γ of tanh or softmax.")] = 1.0,
    T_f: Annotated[float, typer.Option("--T-f", help="Timescale of the features.")] = 1.0,
    T_h: Annotated[float, typer.Option("--T-h", help="Timescale of the hidden units.")] = 0.0,
    T_d: Annotated[float, typer.Option("--T-d", help="Timescale of the delay.")] = 20.0,
    alpha_s: Annotated[float, typer.Option(help="α_s.")] = 1.0,
    alpha_c: Annotated[float, typer.Option(help="α_c.")] = 1.0,
    delay_gain: Annotated[float, typer.Option(help="β.")] = 1.0,
    step: Annotated[float | None, typer.Option(metavar="Δt", help="At most T_f, which is the default.")] = None,
    dual: Annotated[str, typer.Option(help="inverse (Ξ†, as EMT has it) or transpose (Ξᵀ, as the model has it).")] = (
        "inverse"
    ),
    latex: Annotated[str | None, typer.Option(metavar="FILE", help="Also write it as a new .tex file.")] = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Save the network: .safetensors or .npz.")
    ] = None,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Derive a recurrent network from the memory model: each step with its check, and what is assumed."""
    from emt_theory.gsemm import derive_network
    from emt_theory.networks import save
    from emt_theory.networks.files import check_target as check_network

    paper = None if latex is None else check_target(latex, (".tex",), overwrite=force)
    if output is not None:
        check_network(output, overwrite=force)
    chosen = _task(task, num_variables, dim, memories)
    with working("deriving the network"):
        scales = (T_f, T_h, T_d, alpha_s, alpha_c, delay_gain)
        made = _model(model, chosen, features, memories, seed, gain, scales)
        size = None if chosen is None else chosen.dim
        derivation = derive_network(made, step=step, dual=dual, dim=size)  # type: ignore[arg-type]
        holds = derivation.holds
    if output is not None:
        save(derivation.network, output, overwrite=force)
    if paper is not None:
        write(paper, derivation.to_latex().encode())
    if json:
        show_json(derivation.to_dict())
    else:
        screen().print(str(derivation))
    if not holds:
        raise typer.Exit(1)


def _task(name: str | None, num_variables: int | None, dim: int | None, memories: int | None) -> LinearTask | None:
    if name is None:
        if num_variables is not None or dim is not None:
            raise InvalidOption("--num-variables and --dim belong to a --task")
        return None
    if memories is not None:
        raise InvalidOption("--memories does not go with --task, which has s·d of them")
    return parse_linear(name, num_variables, dim)


def _model(
    kind: str,
    task: LinearTask | None,
    features: int | None,
    memories: int | None,
    seed: int,
    gain: float,
    scales: tuple[float, float, float, float, float, float],
) -> Model:
    """Random memories in a cycle; or, for a task, those with its Φ, which are the unit vectors where there are as many features."""
    import numpy as np

    from emt_theory.circuits import derive as derive_circuit
    from emt_theory.gsemm import Model, interactions_from_phi
    from emt_theory.gsemm.patterns import cycles, random_memories

    integer("--seed", seed, least=0)
    feature, hidden = _lagrangians(kind, gain)
    if task is None:
        n = 4 if memories is None else memories
        Xi = random_memories(16 if features is None else features, n, seed)
        return Model(Xi, cycles(n), feature, hidden, *scales)
    phi = derive_circuit(task).exact_phi.to_array()
    N = len(phi) if features is None else features
    Xi = np.eye(N) if len(phi) == N else random_memories(N, len(phi), seed)
    return Model(Xi, interactions_from_phi(phi, *scales[3:]), feature, hidden, *scales)


def _lagrangians(kind: str, gain: float) -> tuple[Lagrangian, Lagrangian]:
    from emt_theory.gsemm import identity, softmax, tanh

    made = {"lisem": (tanh(gain), identity()), "dsem": (identity(), softmax(gain)), "linear": (identity(), identity())}
    return made[choice("model", kind, made)]

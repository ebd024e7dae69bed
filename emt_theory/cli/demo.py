"""`emt demo`: derive T1 and T2, compile them, run them, say what is exact, draw both."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from emt_theory.cli.common import AsJson, screen, show_json, working

if TYPE_CHECKING:
    from emt_theory.circuits import Circuit

_TASKS = ("T1", "T2")
_SCHEMES = ("linear", "saturating", "tanh")
_SEQUENCES, _HORIZON, _SEED = 500, 50, 1


def demo(
    output: Annotated[str, typer.Option("--output", "-o", metavar="DIR", help="Folder for the pictures.")] = "demo",
    json: AsJson = False,
) -> None:
    """Derive two of the paper's tasks, compile them, run them on random inputs, and say what is exact and what is not."""
    from emt_theory.circuits import derive
    from emt_theory.tasks import parse

    shown: dict[str, Any] = {}
    for name in _TASKS:
        with working(f"deriving, compiling and running {name}"):
            circuit = derive(parse(name))
            runs = [_run(circuit, scheme) for scheme in _SCHEMES]
            pictures = _draw(circuit, Path(output))
        shown[name] = {"circuit": circuit.to_dict(), "runs": runs, "pictures": [str(p) for p in pictures]}
        if not json:
            _show(circuit, runs, pictures)
    if json:
        show_json(shown)


def _run(circuit: Circuit, scheme: str) -> dict[str, Any]:
    from emt_theory.tasks import accuracy

    task = circuit.task
    inputs, targets = task.sample(_SEQUENCES, _HORIZON, _SEED)
    net = circuit.compile(scheme=scheme)
    outputs = net.run(inputs, task.num_variables + _HORIZON).outputs[:, task.num_variables :]
    measured = accuracy(outputs, targets)
    return {
        "scheme": scheme,
        "promised": circuit.exactness.schemes[scheme].exact,
        "values_right": float((outputs == targets).mean()),
        "signs_right": measured.accuracy,
        "zeros": measured.zeros,
        "sequences": measured.sequences,
        "sequences_right": measured.sequences_right,
    }


def _draw(circuit: Circuit, folder: Path) -> list[Path]:
    from emt_theory.cli.figures import save_figure

    folder.mkdir(parents=True, exist_ok=True)
    name = circuit.task.name
    return [
        save_figure(circuit.plot(), folder / f"{name}-circuit.png", overwrite=True),
        save_figure(circuit.spectrum().plot(), folder / f"{name}-spectrum.png", overwrite=True),
    ]


def _show(circuit: Circuit, runs: list[dict[str, Any]], pictures: list[Path]) -> None:
    out = screen()
    out.print(f"\n{circuit.task.name}", style="bold")
    out.print(str(circuit.spectrum()))
    out.print(f"linear circuit: {'exact' if circuit.exactness.linear else f'not exact. {circuit.exactness.witness}'}")
    table = Table(
        "scheme",
        "exact for all t > s",
        "values right",
        "signs right",
        "outputs exactly 0",
        box=None,
        header_style="bold",
    )
    for run in runs:
        rates = (f"{run[key]:.1%}" for key in ("values_right", "signs_right", "zeros"))
        table.add_row(run["scheme"], run["promised"] or "neither", *rates)
    out.print(table)
    out.print(
        f"measured on {_SEQUENCES} random inputs, {_HORIZON} scored steps. Pictures: {', '.join(map(str, pictures))}"
    )

"""An example of every command, as its help ends with."""

from __future__ import annotations

from collections.abc import Iterator

import typer
from typer.models import CommandInfo

EXAMPLES: dict[str, str] = {
    "demo": "emt demo -o demo",
    "derive": "emt derive compose-copy --num-variables 3 --dim 3 --plot circuit.png",
    "compile": "emt compile T2 --scheme saturating -o t2.safetensors",
    "train": "emt train T1 -o runs/t1 --hidden 64 --seed 1",
    "check": "emt check t2.safetensors --task T2 -o report",
    "compare": "emt compare seed0.safetensors seed1.safetensors --task T2 -o report",
    "basis": "emt basis t2.safetensors --task T2 -o basis",
    "decompile": "emt decompile t2.safetensors --json",
    "sweep": "emt sweep grid.toml --workers 4 -o table.csv",
    "prove": "emt prove P05 P12",
    "doctor": "emt doctor --json",
    "gsemm derive": "emt gsemm derive --task T1 --model linear --latex derivation.tex",
    "gsemm simulate": "emt gsemm simulate slow-delay -o figures",
    "gsemm from": "emt gsemm from t2.safetensors --task T2 -o memories.npz",
    "reproduce table1": "emt reproduce table1 --seeds 3 -o table1",
    "hypothesis new": "emt hypothesis new mine",
    "hypothesis plan": "emt hypothesis plan mine.py",
    "hypothesis run": "emt hypothesis run mine.py -o answers.json",
}


def commands(app: typer.Typer, before: str = "") -> Iterator[tuple[str, CommandInfo]]:
    """Every command with its words, those of groups included."""
    for command in app.registered_commands:
        yield f"{before}{command.name}", command
    for group in app.registered_groups:
        if group.typer_instance is not None:
            yield from commands(group.typer_instance, f"{before}{group.typer_instance.info.name} ")


def show_examples(app: typer.Typer) -> None:
    """Let the help of every command end with its example."""
    for words, command in commands(app):
        if example := EXAMPLES.get(words):
            command.epilog = f"\b\nExample:\n  {example}"

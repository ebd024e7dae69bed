"""`emt doctor`: what is installed, and what is missing."""

from __future__ import annotations

import typer

from emt_theory.cli.common import AsJson, screen, show_json, working


def doctor(json: AsJson = False) -> None:
    """Look at the installation: versions, backends and their devices, the BLAS, optional parts and the command that installs each.

    Exit code 0 if everything that is needed is there and can be imported, 1 if not.
    """
    from emt_theory.ground.environment import examine

    with working("looking"):
        found = examine()
    if json:
        show_json(found.to_dict())
    else:
        screen().print(str(found))
    if not found.works:
        raise typer.Exit(1)

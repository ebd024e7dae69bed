"""Figures into files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from emt_theory.ground import files

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SUFFIXES = (".png", ".pdf", ".svg")


def check_figure(path: str | Path, overwrite: bool = False) -> Path:
    """The path, if a figure may be written there."""
    return files.check_target(path, _SUFFIXES, overwrite)


def save_figure(ax: Axes, path: str | Path, overwrite: bool = False) -> Path:
    """Write the figure that the axes belong to, and close it.

    Raises:
        InvalidFile: if the file exists, its folder does not, or its suffix is not .png, .pdf or .svg.
    """
    from emt_theory.report.pictures import to_image

    target = check_figure(path, overwrite)
    return files.write(target, to_image(ax, target.suffix.lower()[1:], dpi=150))

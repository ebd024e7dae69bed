"""A picture of a report: a PNG with a title and one sentence in plain words; some have a piece of HTML that moves in their place."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from emt_theory.ground.json import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_DPI = 130

PICTURES = (
    "outputs",
    "circuit",
    "variables",
    "edit",
    "edited-slots",
    "weights",
    "units",
    "wave",
    "film",
    "spectrum-trajectory",
    "spectrum-origin",
    "ablations",
    "phi",
    "decoded",
    "slots",
    "levels",
    "window",
    "spectrum",
    "states",
    "pairs",
)
"""The names of a report's pictures."""


@dataclass(frozen=True)
class Picture(Record):
    """A PNG with what it shows.

    Attributes:
        name: part of its file's name.
        title: what it is.
        caption: one sentence in plain words.
        png: the file's bytes.
        wide: whether it needs the whole width of a page.
        live: the HTML that a page shows in its place; empty where it shows the PNG.
    """

    JSON = ("name", "title", "caption")

    name: str
    title: str
    caption: str
    png: bytes = field(repr=False)
    wide: bool = False
    live: str = field(default="", repr=False)

    @cached_property
    def base64(self) -> str:
        """The bytes as text, for a page that holds its own pictures."""
        return base64.b64encode(self.png).decode()


def draw(name: str, title: str, caption: str, ax: Axes, wide: bool = True, live: str = "") -> Picture:
    """The picture that these axes show; closes their figure."""
    return Picture(name, title, caption, to_image(ax), wide, live)


def to_image(ax: Axes, form: str = "png", dpi: int = _DPI) -> bytes:
    """The figure of these axes as the bytes of a file of this form; closes it."""
    import matplotlib.pyplot as plt

    figure = ax.get_figure(root=True)
    assert figure is not None
    drawn = io.BytesIO()
    figure.savefig(drawn, format=form, dpi=dpi)
    plt.close(figure)
    return drawn.getvalue()

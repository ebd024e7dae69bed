"""A picture of a report: a PNG with a title and one sentence in plain words."""

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
    "spectrum-trajectory",
    "spectrum-origin",
    "ablations",
    "phi",
    "decoded",
    "slots",
    "levels",
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
    """

    JSON = ("name", "title", "caption")

    name: str
    title: str
    caption: str
    png: bytes = field(repr=False)
    wide: bool = False

    @cached_property
    def base64(self) -> str:
        """The bytes as text, for a page that holds its own pictures."""
        return base64.b64encode(self.png).decode()


def draw(name: str, title: str, caption: str, ax: Axes, wide: bool = True) -> Picture:
    """The picture that these axes show; closes their figure."""
    return Picture(name, title, caption, to_image(ax), wide)


def to_image(ax: Axes, form: str = "png", dpi: int = _DPI) -> bytes:
    """The figure of these axes as the bytes of a file of this form; closes it."""
    import matplotlib.pyplot as plt

    figure = ax.get_figure(root=True)
    assert figure is not None
    drawn = io.BytesIO()
    figure.savefig(drawn, format=form, dpi=dpi)
    plt.close(figure)
    return drawn.getvalue()

"""The colours and titles of all pictures, named by what they mean.

>>> component(0) == component(len(COMPONENTS)), FOUND in COMPONENTS
(True, True)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK = "#2b2f36"
"""Text and axes."""
THEORY = "#8b94a3"
"""What theory says."""
FOUND = "#2f6fb5"
"""What was found."""
MISSING = "#c8443c"
"""What theory says and was not found; losses."""
GREY = "#b8bcc4"
"""What only orients: borders, thresholds."""
FAINT = "#e4e6ea"
"""Lines of a grid."""
BACKGROUND = "#eceef1"
"""Areas in which there is nothing."""

COMPONENTS = (
    FOUND, "#d1602b", "#3f8f4f", "#9a57a8", "#c23b57", "#8a6d1f", "#2a9d9d", "#d08cb5", "#5b6ee1", "#7f7f3a",
)  # fmt: skip
"""Cycles, memories, components: things of one kind that are told apart."""


def component(index: int) -> str:
    """The colour of the thing of this number; they repeat."""
    return COMPONENTS[index % len(COMPONENTS)]


def write_title(ax: Axes, text: str, pad: float = 6) -> None:
    """A title at the left, in plain words; `pad` points above the axes."""
    ax.set_title(text, fontsize=10.5, color=INK, loc="left", pad=pad)

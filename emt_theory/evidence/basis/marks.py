"""What the pictures of a basis share: limits of colours, marks of blocks and components, a small colour bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from emt_theory.evidence.basis.views import along_components
from emt_theory.ground.arrays import Array
from emt_theory.ground.palette import GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emt_theory.evidence.basis.summary import BasisView

TEXT = 8.5
_MOST = 24
"""So many blocks are numbered."""


def limits_of(values: Array, quantile: float) -> dict[str, Any]:
    """Symmetric limits: this quantile of |values|."""
    size = np.abs(values[np.isfinite(values)])
    limit = float(np.quantile(size, quantile)) if len(size) else 0.0
    return {"vmin": -(limit or 1.0), "vmax": limit or 1.0}


def mark_blocks(ax: Axes, view: BasisView, both: bool = False) -> None:
    """Thin lines between the blocks of variables, and their numbers."""
    _mark_groups(ax, None if view.slots is None else [block for block, _ in view.slots], both)


def mark_components(ax: Axes, view: BasisView) -> None:
    """Thin lines between the components of variables, and their numbers."""
    ax.set_ylabel("variable, by component\n(in each, the oldest on top)" if view.slots else "lasting coordinate")
    order = along_components(view.slots, len(view.names))
    _mark_groups(ax, None if view.slots is None else [view.slots[j][1] for j in order])


def _mark_groups(ax: Axes, groups: Sequence[int] | None, both: bool = False) -> None:
    from matplotlib.ticker import MaxNLocator

    axes = [(ax.yaxis, ax.axhline), *([(ax.xaxis, ax.axvline)] if both else [])]
    if groups is None:
        for axis, _ in axes:
            axis.set_major_locator(MaxNLocator(7, integer=True, min_n_ticks=1))
        return
    edges = np.flatnonzero(np.diff(groups, prepend=groups[0] - 1))
    middles, names = (edges + np.append(edges[1:], len(groups)) - 1) / 2, [str(groups[edge]) for edge in edges.tolist()]
    every = -(-len(names) // _MOST)
    for axis, line in axes:
        axis.set_ticks(middles[::every], names[::every])
        for edge in edges[1:] - 0.5:
            line(edge, color=GREY, linewidth=0.6, zorder=1)


def finish(ax: Axes) -> None:
    """Quiet axes."""
    ax.tick_params(length=0, labelsize=TEXT)
    ax.spines[:].set_color(GREY)


def draw_bar(ax: Axes, image: Any, ticks: Any = None) -> None:
    """A small colour bar below the axes, at the right."""
    from matplotlib.ticker import MaxNLocator

    height = ax.get_position().height * ax.figure.get_figheight()  # type: ignore[union-attr]
    place = ax.inset_axes((0.66, -0.44 / height, 0.34, 0.11 / height))
    beyond = "both" if np.nanmax(np.abs(image.get_array())) > 1.05 * image.norm.vmax else "neither"
    bar = ax.figure.colorbar(image, cax=place, orientation="horizontal", ticks=ticks or MaxNLocator(2), extend=beyond)
    bar.ax.tick_params(labelsize=TEXT, length=0)
    bar.outline.set_edgecolor(GREY)  # type: ignore[operator]

"""Pictures of what was judged: networks compared in pairs, with Matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from emt_theory.ground.palette import MISSING, write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emt_theory.analysis.compare import NetworkComparison


def draw_networks(comparison: NetworkComparison, ax: Axes | None = None) -> Axes:
    """A square for each ordered pair: the share of the column's states that a linear map has from the row's; the same are framed."""
    count = len(comparison.names)
    side = 2.2 + 0.55 * count
    ax = ax or plt.subplots(figsize=(side + 1, side), layout="constrained")[1]
    shares = np.eye(count)
    for pair in comparison.pairs:
        there, back = pair.states or (np.nan, np.nan)
        shares[pair.first, pair.second], shares[pair.second, pair.first] = there, back
    image = ax.imshow(shares, cmap="cividis", vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(shares):
        colour = "black" if share > 0.6 else "white"
        ax.text(column, row, f"{share:.2f}", ha="center", va="center", fontsize=8, color=colour)
    for pair in comparison.pairs:
        for row, column in ((pair.first, pair.second), (pair.second, pair.first)):
            if pair.same:
                ax.add_patch(Rectangle((column - 0.47, row - 0.47), 0.94, 0.94, fill=False, edgecolor=MISSING))
    labels = [f"{name}\n{result.verdict}" for name, result in zip(comparison.names, comparison.results, strict=True)]
    ax.set_xticks(range(count), labels, rotation=60, ha="right", fontsize=8)
    ax.set_yticks(range(count), labels, fontsize=8)
    ax.set(xlabel="to", ylabel="from")
    same = sum(pair.same for pair in comparison.pairs)
    write_title(
        ax, f"{count} networks on {comparison.results[0].task.name}\n{same} of {len(comparison.pairs)} pairs the same"
    )
    ax.figure.colorbar(image, ax=ax, shrink=0.8, label="share of the states' variance")
    return ax

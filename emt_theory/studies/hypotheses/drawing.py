"""Pictures of populations, with Matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from emt_theory.ground.palette import FOUND, INK, THEORY, write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emt_theory.studies.hypotheses.universality import Universality

_WIDTH = 0.3


def draw_universality(found: Universality, ax: Axes | None = None) -> Axes:
    """A dot for each pair, its group's median a line; nulls are grey. Shares below 0 are drawn at 0."""
    groups = found.groups
    ax = ax or plt.subplots(figsize=(1.8 + 1.3 * len(groups), 4), layout="constrained")[1]
    labels = list[str]()
    for place, group in enumerate(groups):
        pairs = [pair for pair in found.pairs if pair.group == group]
        shares = np.array([max(0.0, pair.states) for pair in pairs if pair.states is not None])
        colour = THEORY if group in found.nulls else FOUND
        spread = np.linspace(-_WIDTH, _WIDTH, len(shares)) if len(shares) > 1 else np.zeros(len(shares))
        ax.plot(place + spread, shares, "o", markersize=4, alpha=0.7, color=colour)
        if len(shares):
            ax.plot([place - _WIDTH, place + _WIDTH], [np.median(shares)] * 2, color=INK, linewidth=1.2)
        same = sum(pair.same for pair in pairs)
        labels.append(f"{group if group in found.nulls else f'another {group}'}\n{same} of {len(pairs)} the same")
    ax.set_xticks(range(len(groups)), labels, fontsize=8)
    ax.set(xlim=(-0.6, len(groups) - 0.4), ylim=(-0.03, 1.03), ylabel="share of states that a linear map has")
    write_title(ax, f"{len(found.pairs)} pairs of networks: how alike are their states?")
    ax.spines[["top", "right"]].set_visible(False)
    return ax

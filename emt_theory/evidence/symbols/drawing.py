"""The window that a network holds, as a picture, with Matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from matplotlib.ticker import MaxNLocator

from emt_theory.ground.palette import GREY, component, write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emt_theory.evidence.symbols.window import WindowReading


def draw_window(reading: WindowReading, ax: Axes | None = None) -> Axes:
    """R² of u(t + k) over k, a line for each component; t is marked."""
    ax = ax or plt.subplots(figsize=(6.4, 3.4), layout="constrained")[1]
    ax.axvline(0, color=GREY, linewidth=1, zorder=0)
    for c in range(reading.profile.shape[1]):
        ax.plot(reading.lags, reading.profile[:, c], "o-", markersize=3, color=component(c), label=f"component {c}")
    ax.set(xlabel="k", ylabel="R² of u(t + k), read off the state at t", ylim=(-0.05, 1.05))
    write_title(ax, "Which variables near t the state shows")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.spines[["top", "right"]].set_visible(False)
    if reading.profile.shape[1] > 1:
        ax.legend(frameon=False)
    return ax

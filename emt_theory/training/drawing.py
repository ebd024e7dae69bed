"""The picture of a run: loss, accuracy and horizon over steps, with Matplotlib."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

from emt_theory.ground.palette import BACKGROUND, FOUND, INK, MISSING, write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emt_theory.training.run import TrainingRun

_POINTS = 400


def draw_history(run: TrainingRun, ax: Axes | None = None) -> Axes:
    """Loss on a logarithmic axis on the left, accuracy on the right, the horizons as bands with their lengths above them."""
    ax = ax or plt.subplots(figsize=(7, 3.8), layout="constrained")[1]
    history = run.history
    name = f"{run.setting.source.name}, N = {run.setting.hidden}, seed {run.seed}"
    tested = (
        "" if run.accuracy is None else f": accuracy {run.accuracy:.4f} at horizon {run.setting.protocol.test_horizon}"
    )
    write_title(ax, name + tested + (" (diverged)" if run.reason else ""), pad=18)
    ax.set(xlabel="step", ylabel="loss of a batch")
    ax.yaxis.label.set_color(MISSING)
    right = ax.twinx()
    right.set_ylabel("right signs in a batch", color=FOUND)
    right.set_ylim(0.45, 1.02)
    right.axhline(0.5, color=FOUND, linewidth=0.6, linestyle=":")
    if not len(history):
        return ax
    _draw_horizons(ax, history.horizon)
    steps, loss = _thinned(history.loss)
    ax.semilogy(steps, np.maximum(loss, 1e-12), color=MISSING, linewidth=1)
    right.plot(*_thinned(history.accuracy), color=FOUND, linewidth=1)
    ax.set_xlim(0, max(1, len(history)))
    return ax


def _draw_horizons(ax: Axes, horizon: NDArray[np.int64]) -> None:
    edges = [0, *(int(k) + 1 for k in np.flatnonzero(np.diff(horizon))), len(horizon)]
    for k, (start, stop) in enumerate(pairwise(edges)):
        if k % 2:
            ax.axvspan(start, stop, color=BACKGROUND, zorder=0)
        text = f"horizon {horizon[start]}" if k == 0 else str(horizon[start])
        ax.annotate(
            text, ((start + stop) / 2, 1.02), xycoords=("data", "axes fraction"), ha="center", fontsize=8, color=INK
        )


def _thinned(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means over equal stretches, at most as many as can be told apart."""
    width = max(1, len(values) // _POINTS)
    parts = np.split(values, range(width, len(values), width))
    return np.arange(len(parts), dtype=np.float64) * width + width / 2, np.array([part.mean() for part in parts])

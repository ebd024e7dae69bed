"""Pictures of interventions: one edit over time, slots as a grid, dropped modes, with Matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from emt_theory.evidence.drawing import draw_nothing
from emt_theory.ground.palette import BACKGROUND, FAINT, FOUND, INK, MISSING, THEORY, write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emt_theory.evidence.interventions.ablations import SchurAblations
    from emt_theory.evidence.interventions.result import Example

_STEPS = 48


def draw_example(example: Example | None, ax: Axes | None = None) -> Axes:
    """One edit: rings where flips are predicted, dots where outputs flipped; red where only one of the two."""
    if example is None:
        return draw_nothing(ax, "nothing was edited")
    predicted, observed = example.predicted[:_STEPS].T, example.observed[:_STEPS].T
    dim, steps = predicted.shape
    ax = ax or plt.subplots(figsize=(8.4, 1.3 + 0.28 * dim), layout="constrained")[1]
    for c in range(dim):
        ax.axhline(c, color=FAINT, linewidth=0.8, zorder=0)
    size = float(np.clip(2400 / max(dim, steps / 3) ** 1.3, 8, 70))
    first = example.t + 1
    rows, columns = np.nonzero(predicted)
    ax.scatter(columns + first, rows, s=size, facecolors="none", edgecolors=THEORY, linewidths=1.3, label="predicted")
    seen = (observed & predicted, "o", FOUND, "seen")
    other = (observed & ~predicted, "o", MISSING, "not predicted")
    for chosen, marker, colour, label in (seen, other, (predicted & ~observed, "x", MISSING, "not seen")):
        rows, columns = np.nonzero(chosen)
        if len(rows) or label == "seen":
            ax.scatter(columns + first, rows, s=size / 3, marker=marker, color=colour, label=label, zorder=3)
    ax.axvline(example.t, color=INK, linewidth=1)
    ax.set(xlim=(example.t - 1, example.t + steps + 1), ylim=(dim - 0.4, -0.6), yticks=range(dim))
    ax.set(xlabel=f"time t (line: {example.what})", ylabel="output component")
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=4, frameon=False, fontsize=9)
    write_title(ax, "One change, and which outputs flip")
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax


def draw_slots(found: Mapping[tuple[int, int], float | None], what: str, ax: Axes | None = None) -> Axes:
    """A share for each slot; grey where no slot of its own was edited."""
    if not found:
        return draw_nothing(ax, "no single slot was edited")
    blocks, dim = max(k for k, _ in found), max(c for _, c in found) + 1
    seen = np.full((dim, blocks), np.nan)
    for (k, c), fraction in found.items():
        seen[c, k - 1] = np.nan if fraction is None else fraction
    ax = ax or plt.subplots(figsize=(1.8 + 0.6 * blocks, 1.3 + 0.45 * dim), layout="constrained")[1]
    ax.set_facecolor(BACKGROUND)
    image = ax.imshow(seen, cmap="RdYlBu", vmin=0, vmax=1, aspect="auto")
    if blocks * dim <= 100:
        for (c, k), fraction in np.ndenumerate(seen):
            if np.isfinite(fraction):
                colour = INK if 0.15 < fraction < 0.85 else "white"
                ax.text(k, c, _percent(fraction), ha="center", va="center", fontsize=8, color=colour)
    ax.set(xlabel="block (1 is the oldest)", ylabel="component")
    write_title(ax, "Changes of each variable, in per cent")
    if blocks <= 24:
        ax.set_xticks(range(blocks), [str(k) for k in range(1, blocks + 1)])
    if dim <= 24:
        ax.set_yticks(range(dim))
    ax.figure.colorbar(image, ax=ax, label=what)
    return ax


def draw_ablations(result: SchurAblations, ax: Axes | None = None) -> Axes:
    """Sign accuracy by dropped mode and output, framed where the mode serves the output in theory; blank where there is no such mode."""
    rows = [("all weights", result.accuracy, ()), ("without couplings", result.couplings.accuracy, ())]
    rows += [
        (f"λ = {a.name}", a.accuracy, a.predicted)
        if a.modes
        else (f"λ = {a.name}: no such mode", np.full(len(result.accuracy), np.nan), ())
        for a in result.modes
        if a.eigenvalue is not None
    ]
    dim = len(result.accuracy)
    ax = ax or plt.subplots(figsize=(3.4 + 0.45 * dim, 1.4 + 0.24 * len(rows)), layout="constrained")[1]
    image = ax.imshow(np.array([row[1] for row in rows]), cmap="cividis", vmin=0.5, vmax=1, aspect="auto")
    ax.set_facecolor(BACKGROUND)
    for i, (_, _, predicted) in enumerate(rows):
        for c in predicted:
            ax.add_patch(Rectangle((c - 0.44, i - 0.42), 0.88, 0.84, fill=False, edgecolor=MISSING, linewidth=1.4))
    ax.set_yticks(range(len(rows)), [row[0] for row in rows], fontsize=8)
    if dim <= 24:
        ax.set_xticks(range(dim))
    ax.set(xlabel="output component (framed: served in theory)")
    write_title(ax, "Sign accuracy without the modes of one eigenvalue")
    ax.figure.colorbar(image, ax=ax, label="sign accuracy")
    return ax


def _percent(fraction: float) -> str:
    """A whole percentage, and 100 only for 1 itself."""
    return "100" if fraction == 1 else str(min(99, round(100 * fraction)))

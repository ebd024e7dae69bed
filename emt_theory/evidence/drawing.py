"""Pictures of what a check found: spectra, recovered maps, outputs and decoded variables, with Matplotlib."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Circle, Rectangle

from emt_theory.circuits.drawing import draw_unit_circle
from emt_theory.evidence.memories.estimate import Decoded
from emt_theory.ground.arrays import ComplexArray
from emt_theory.ground.palette import FAINT, FOUND, INK, MISSING, THEORY, write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emt_theory.evidence.codes import CodeReading
    from emt_theory.evidence.combinations import Combinations
    from emt_theory.evidence.examples import Examples
    from emt_theory.evidence.memories import Memories
    from emt_theory.evidence.spectra import SpectralComparison

_STEPS = 48


def draw_comparison(comparison: SpectralComparison, ax: Axes | None = None) -> Axes:
    """Theory as rings with multiplicities, the network as dots, missing eigenvalues as crosses, the unit circle, and dashed the cut."""
    ax = ax or plt.subplots(figsize=(5, 5.2), layout="constrained")[1]
    draw_unit_circle(ax)
    ax.add_patch(Circle((0, 0), comparison.modulus, fill=False, color=THEORY, linewidth=0.8, linestyle=(0, (4, 3))))
    theory, found = comparison.theory, comparison.eigenvalues
    missing = np.array([z for family in comparison.missing for z in family.eigenvalues], dtype=np.complex128)
    ax.scatter(theory.real, theory.imag, s=90, facecolors="none", edgecolors=THEORY, zorder=2, label="theory")
    ax.scatter(found.real, found.imag, s=14, color=FOUND, zorder=3, label="network")
    if len(missing):
        ax.scatter(missing.real, missing.imag, s=60, marker="x", color=MISSING, zorder=4, label="missing")
    _write_multiplicities(ax, theory, missing)
    reach = 1.32 * max(1.0, *np.abs(theory), *np.abs(found)) if len(theory) + len(found) else 1.32
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="Re λ", ylabel="Im λ")
    ax.legend(loc="lower left", bbox_to_anchor=(-0.03, 0.99), ncols=3, frameon=False, fontsize=9)
    counted = "no spectrum" if comparison.count is None else f"{comparison.count} of {len(theory)} eigenvalues"
    write_title(ax, f"Network and circuit: {counted} above {comparison.modulus:g}", pad=22)
    return ax


def _write_multiplicities(ax: Axes, theory: ComplexArray, missing: ComplexArray) -> None:
    """×8 where an eigenvalue has multiplicity 8, "7 of 8" where the network lacks one of them."""
    lacking = Counter(_place(z) for z in missing)
    for place, times in Counter(_place(z) for z in theory).items():
        if times > 1:
            lost = lacking[place]
            at = complex(*place) * (1 + (0.21 if lost else 0.11) / abs(complex(*place)))
            text, colour = (f"{times - lost} of {times}", MISSING) if lost else (f"×{times}", INK)
            ax.text(at.real, at.imag, text, ha="center", va="center", fontsize=8, color=colour)


def _place(z: complex) -> tuple[float, float]:
    return round(z.real, 6) + 0.0, round(z.imag, 6) + 0.0


def draw_combinations(reading: Combinations, ax: Axes | None = None, needed: float | None = None) -> Axes:
    """R² of each combination of the variables, the worst first; the interval of the worst as a bar, those below 0 at 0 in red.

    A dashed line is what is needed, if one says what that is.
    """
    ax = ax or plt.subplots(figsize=(6.4, 3.2), layout="constrained")[1]
    ranks = np.arange(1, len(reading.r2) + 1)
    below = reading.r2 < 0
    ax.vlines(1, max(0.0, reading.low), max(0.0, reading.high), color=INK, linewidth=3, alpha=0.4)
    ax.scatter(ranks[~below], reading.r2[~below], s=18, color=FOUND, zorder=3)
    ax.scatter(ranks[below], np.zeros(below.sum()), s=24, marker="v", color=MISSING, zorder=3)
    ax.axhline(1, color=FAINT, linewidth=1, zorder=0)
    if needed is not None:
        ax.axhline(needed, color=THEORY, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
        ax.annotate("needed", (1, needed), (-3, 3), ("axes fraction", "data"), "offset points", ha="right", color=INK)
    write_title(ax, f"How well combinations of the variables are read: worst R² {reading.r2_min:.3f}")
    ax.set(xlabel="combination of variables, the worst first", ylabel="R²", ylim=(-0.05, 1.05))
    ax.set_xlim(0.4, len(ranks) + 0.6)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def draw_maps(memories: Memories, ax: Axes | None = None) -> Axes:
    """Φ on the persistent components: left as the theory has it, right as it was recovered from the network by intertwining."""
    ax = ax or plt.subplots(figsize=(8.4, 4.5), layout="constrained")[1]
    theory, recovered = memories.phi, memories.intertwining.phi
    if recovered is None or not np.size(recovered) or not np.isfinite(recovered).all():
        return draw_nothing(ax, "no Φ could be recovered")
    size = len(theory)
    gap = np.full((size, max(1, size // 12)), np.nan)
    image = ax.imshow(np.hstack([theory, gap, recovered]), cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
    ax.set_xticks([size / 2 - 0.5, size * 1.5 + gap.shape[1] - 0.5], ["theory", "recovered from the network"])
    ax.set_yticks([])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    for left in (-0.5, size + gap.shape[1] - 0.5):
        ax.add_patch(Rectangle((left, -0.5), size, size, fill=False, edgecolor=THEORY, linewidth=0.8))
    write_title(ax, "The map Φ on the variables that last")
    ax.figure.colorbar(image, ax=ax, shrink=0.85, ticks=[-1, 0, 1])
    return ax


def draw_outputs(examples: Examples, ax: Axes | None = None) -> Axes:
    """The outputs of one sequence as lines, its exact targets as dots, one row for each component; wrong signs in red."""
    outputs, targets = examples.outputs[0, :_STEPS], examples.targets[0, :_STEPS]
    dim = targets.shape[1]
    ax = ax or plt.subplots(figsize=(8.4, 1.1 + 0.52 * dim), layout="constrained")[1]
    times = np.arange(examples.first, examples.first + len(targets))
    for c in range(dim):
        size = 2.7 * max(1e-12, float(np.abs(targets[:, c]).max()))
        u = targets[:, c] / size
        y = np.clip(np.nan_to_num(outputs[:, c] / size), -0.5, 0.5)
        wrong = (np.sign(outputs[:, c]) != np.sign(u)) & (u != 0)
        ax.axhline(c, color=FAINT, linewidth=0.8, zorder=0)
        ax.plot(times, c - y, color=FOUND, linewidth=1.3, label="output" if not c else None)
        ax.plot(times, c - u, "o", color=THEORY, markersize=3.2, label="target" if not c else None)
        ax.plot(times[wrong], c - u[wrong], "o", color=MISSING, markersize=5)
    ax.set(ylim=(dim - 0.4, -0.6), yticks=range(dim), xlabel="time t", ylabel="output component")
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, fontsize=9)
    write_title(ax, "Outputs and targets; wrong signs in red")
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax


def draw_decoded(examples: Examples, ax: Axes | None = None) -> Axes:
    """The persistent variables of one sequence over time: above the true ones, below what is decoded; wrong signs are crossed."""
    ax = ax or plt.subplots(figsize=(8.4, 4.8), layout="constrained")[1]
    if examples.variables is None or examples.decoded is None:
        return draw_nothing(ax, "no variables could be decoded")
    truth, decoded = (np.asarray(x[0, :_STEPS].T) for x in (examples.variables, examples.decoded))
    count, first = len(truth), examples.times[0]
    limit = max(1.0, float(np.abs(truth).max()))
    gap = np.full((max(1, count // 16), truth.shape[1]), np.nan)
    stacked = np.vstack([truth, gap, np.where(np.isfinite(decoded), decoded, np.nan)])
    below = count + len(gap)
    extent = (first - 0.5, first + truth.shape[1] - 0.5, len(stacked) - 0.5, -0.5)
    ax.imshow(stacked, cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest", extent=extent)
    rows, columns = np.nonzero((np.sign(decoded) != np.sign(truth)) & (truth != 0))
    ax.plot(columns + first, rows + below, "x", color="#111111", markersize=4)
    ax.set_yticks([count / 2 - 0.5, below + count / 2 - 0.5], ["true", "decoded"], rotation=90, va="center")
    ax.set(xlabel="time t", xlim=extent[:2], ylim=extent[2:])
    write_title(ax, "The variables, and what is read of them; wrong signs are crossed")
    ax.tick_params(axis="y", length=0)
    ax.spines[:].set_visible(False)
    return ax


def draw_slots(memories: Memories, ax: Axes | None = None, method: str = "intertwining") -> Axes:
    """The fraction of signs read right, a row for each slot and a column for each time; from chance (½) to 1."""
    ax = ax or plt.subplots(figsize=(8.4, 4.2), layout="constrained")[1]
    decoded = memories[method].decoded
    if not isinstance(decoded, Decoded):
        return draw_nothing(ax, "no variables could be decoded")
    shown = np.where(decoded.scored > 0, decoded.right / np.maximum(decoded.scored, 1), np.nan)
    times = decoded.times
    extent = (times[0] - 0.5, times[-1] + 0.5, len(memories.slots) - 0.5, -0.5)
    image = ax.imshow(shown.T, cmap="cividis", vmin=0.5, vmax=1, aspect="auto", interpolation="nearest", extent=extent)
    blocks = np.array([block for block, _ in memories.slots])
    edges = np.flatnonzero(np.diff(blocks, prepend=0))
    ax.hlines(edges[1:] - 0.5, *extent[:2], color="white", linewidth=0.8)
    middles = (edges + np.append(edges[1:], len(blocks)) - 1) / 2
    ax.set_yticks(middles, [str(blocks[edge]) for edge in edges])
    ax.set(xlabel="time t", ylabel="block (1 is the oldest)")
    ax.tick_params(axis="y", length=0)
    ax.spines[:].set_visible(False)
    write_title(ax, "Signs read right, by variable and time")
    ax.figure.colorbar(image, ax=ax, label="signs read right")
    return ax


def draw_levels(reading: CodeReading, ax: Axes | None = None) -> Axes:
    """The states along a shared direction: one histogram for each of the four values of the pair that shares it."""
    ax = ax or plt.subplots(figsize=(8.4, 3.2), layout="constrained")[1]
    if reading.levels is None:
        return draw_nothing(ax, "every variable has a direction of its own")
    places, signs = reading.levels
    partner, slot = reading.code.shared[0].partner, reading.code.shared[0].slot
    bins = np.linspace(float(np.quantile(places, 0.0005)), float(np.quantile(places, 0.9995)), 120)
    shades = {(1, 1): "#1b4f86", (1, -1): "#6fa5dc", (-1, 1): "#e08a84", (-1, -1): "#a3241c"}
    for (first, second), colour in shades.items():
        here = (signs[:, 0] == first) & (signs[:, 1] == second)
        ax.hist(places[here], bins=bins.tolist(), color=colour, label=f"{_sign(first)}, {_sign(second)}", alpha=0.9)
    ax.set(xlabel="state along the shared direction (1 = the gain of the first)", ylabel="states", yticks=[])
    title = f"component {partner[1]} of block {partner[0]}, component {slot[1]} of block {slot[0]}"
    ax.legend(title=title, loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False, fontsize=9)
    write_title(ax, "States along a direction that two variables share", pad=44)
    ax.spines[["top", "right", "left"]].set_visible(False)
    return ax


def _sign(value: int) -> str:
    return "+" if value > 0 else "−"


def draw_nothing(ax: Axes | None, text: str) -> Axes:
    """The reason why there is no picture, in its place."""
    ax = ax or plt.subplots(figsize=(5, 1.6), layout="constrained")[1]
    ax.text(0.5, 0.5, text, ha="center", va="center", transform=ax.transAxes, color=INK)
    ax.set_axis_off()
    return ax

"""The table as a picture: errors in argument, with the share that solved the task under each place."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from emt_theory.ground.palette import BACKGROUND, FOUND, GREY, INK, THEORY, component, write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emt_theory.studies.table1.cells import Cell
    from emt_theory.studies.table1.result import Table1

_APART = 0.24
"""Between the marks of two thresholds."""


def draw_table1(table: Table1, ax: Axes | None = None) -> Axes:
    """One place for each task, N and L2; on it what the authors print, ours of W_hh and along trajectories, and chance."""
    count = len(table.rows)
    ax = ax or plt.subplots(figsize=(max(6.5, 0.42 * count + 2.0), 4.6), layout="constrained")[1]
    ax.set_yscale("log")
    places = np.arange(count)
    _points(ax, places, [row.chance_error for row in table.rows], "_", GREY, "chance", size=260)
    printed = [None if row.printed is None else row.printed.error for row in table.rows]
    _points(ax, places, printed, "D", THEORY, "W_hh, as the authors print it: better of two thresholds")
    for k, cell in enumerate(table.rows[0].cells):
        shifts = places + (k - (len(table.rows[0].cells) - 1) / 2) * _APART
        suffix = "" if cell.threshold is None else f", threshold {cell.threshold:g}"
        _draw_cells(ax, shifts, [row.cells[k] for row in table.rows], component(k), suffix)
    labels = [
        "\n".join([f"{row.hidden}", f"{row.l2:g}", *(f"{cell.solved.count}/{cell.solved.total}" for cell in row.cells)])
        for row in table.rows
    ]
    ax.set_xticks(places, labels, fontsize=8)
    ax.set_xlim(-0.6, count - 0.4)
    _name_lines(ax, [cell.threshold for cell in table.rows[0].cells])
    _name_tasks(ax, [row.task for row in table.rows])
    ax.set_ylabel("mean error in argument, radians", color=INK)
    write_title(ax, f"Protocol {table.protocol}, {table.done} of {table.runs} runs", pad=18)
    ax.legend(fontsize=7, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=2)
    return ax


def _points(
    ax: Axes, places: np.ndarray, values: list[float | None], marker: str, color: str, label: str, size: float = 26
) -> None:
    heights = np.array([np.nan if value is None else value for value in values])
    ax.scatter(places, heights, marker=marker, color=color, s=size, label=label, zorder=3)


def _draw_cells(ax: Axes, places: np.ndarray, cells: list[Cell], color: str, suffix: str) -> None:
    origin = np.array([np.nan if cell.origin_error.value is None else cell.origin_error.value for cell in cells])
    ax.scatter(places, origin, facecolors="none", edgecolors=color, s=26, label=f"W_hh, ours{suffix}", zorder=4)
    _points(ax, places, [cell.error.value for cell in cells], "o", color, f"along trajectories, ours{suffix}")
    for place, cell in zip(places, cells, strict=True):
        if cell.error.low is not None and cell.error.high is not None:
            ax.vlines(place, cell.error.low, cell.error.high, color=color, linewidth=1.2)


def _name_lines(ax: Axes, thresholds: list[float | None]) -> None:
    """What the lines under each place are: one text, so that its lines stand where those of the ticks do."""
    names = ["N", "L2", *("solved" if one is None else f"solved, {one:g}" for one in thresholds)]
    text = "\n".join(names)
    ax.annotate(text, (0, 0), (-8, -7), "axes fraction", "offset points", ha="right", va="top", fontsize=8, color=INK)


def _name_tasks(ax: Axes, names: list[str]) -> None:
    start = 0
    for k, (name, some) in enumerate(groupby(names)):
        stop = start + len(list(some))
        if k % 2:
            ax.axvspan(start - 0.5, stop - 0.5, color=BACKGROUND, zorder=0)
        ax.annotate(name, ((start + stop - 1) / 2, 1.02), xycoords=("data", "axes fraction"), ha="center", color=FOUND)
        start = stop

"""A picture of a state graph that stays legible: one cycle of each length, with how many there are and how many states end in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from emt_theory.circuits.finite.states import digit
from emt_theory.ground.palette import GREY, INK, component

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emt_theory.circuits.finite.graph import StateGraph

_MOST_RINGS, _MOST_NODES, _MOST_LABELS, _LONGEST_LABEL = 12, 48, 12, 8
_COLUMNS, _RADIUS = 4, 0.3


def draw_state_graph(graph: StateGraph, ax: Axes | None = None) -> Axes:
    """A ring for each length of cycle, clockwise; states are written as their symbols, oldest first, where there is room."""
    kinds = list(zip(graph.cycles, graph.representatives, graph.basins, strict=True))
    left_out = len(kinds) - _MOST_RINGS
    if left_out > 0:
        kinds = [*kinds[: _MOST_RINGS - 1], kinds[-1]]
    columns = min(_COLUMNS, len(kinds))
    rows = -(-len(kinds) // columns)
    if ax is None:
        ax = plt.subplots(figsize=(max(6.0, 2.6 * columns), 0.8 + 2.7 * rows), layout="constrained")[1]
    for i, ((length, count), first, basin) in enumerate(kinds):
        _draw_ring(ax, graph, i, (i % columns, -1.15 * (i // columns)), (length, count, first, basin))
    ax.set(xlim=(-0.55, columns - 0.45), ylim=(-1.15 * rows + 0.42, 0.5), xticks=[], yticks=[])
    ax.set_aspect("equal")
    ax.spines[:].set_visible(False)
    more = f"; {left_out + 1} lengths between are not drawn" if left_out > 0 else ""
    tail = f"the longest way to a cycle is {graph.tail}" if graph.tail else "every step can be undone"
    ax.set_title(f"{graph.task.name}: {graph.states} states, {graph.recurrent} on cycles; {tail}{more}", fontsize=10)
    return ax


def _draw_ring(
    ax: Axes, graph: StateGraph, index: int, middle: tuple[float, float], kind: tuple[int, int, int, int]
) -> None:
    length, count, first, basin = kind
    nodes = min(length, _MOST_NODES)
    # State k of the cycle stands at the angle −2π k / L from the top: clockwise.
    angles = np.pi / 2 - 2 * np.pi * np.arange(nodes) / nodes
    x, y = middle[0] + _RADIUS * np.cos(angles), middle[1] + _RADIUS * np.sin(angles)
    round_about = np.linspace(0, 2 * np.pi, 181)
    if length > 1:
        ax.plot(
            middle[0] + _RADIUS * np.cos(round_about),
            middle[1] + _RADIUS * np.sin(round_about),
            color=GREY,
            lw=1,
            zorder=1,
        )
        turn = np.pi / 2 - np.pi / nodes
        cos, sin = float(np.cos(turn)), float(np.sin(turn))
        at = (middle[0] + _RADIUS * cos, middle[1] + _RADIUS * sin)
        tip, back = ((at[0] + 0.01 * sin * sign, at[1] - 0.01 * cos * sign) for sign in (1, -1))
        ax.annotate("", xy=tip, xytext=back, arrowprops={"arrowstyle": "->", "color": INK, "lw": 1})
    ax.scatter(x, y, s=34 if nodes <= _MOST_LABELS else 9, color=component(index), zorder=3)
    size = graph.task.components
    if length <= _MOST_LABELS and size <= _LONGEST_LABEL and graph.task.alphabet.size <= 10:
        for angle, state in zip(angles, graph.cycle_through(first), strict=True):
            text = "".join(str(int(digit(graph.task, np.array(state), j))) for j in range(size))
            out = _RADIUS + 0.09
            place = (middle[0] + out * np.cos(angle), middle[1] + out * np.sin(angle))
            side = "center" if abs(np.cos(angle)) < 0.3 else "left" if np.cos(angle) > 0 else "right"
            ax.text(*place, text, ha=side, va="center", fontsize=7, color=INK)
    many = "1 cycle" if count == 1 else f"{count} cycles"
    basins = f"{basin} states end here" if basin > count * length else ""
    ax.text(*middle, f"{many}\nof length {length}\n{basins}".strip(), ha="center", va="center", fontsize=7.5, color=INK)

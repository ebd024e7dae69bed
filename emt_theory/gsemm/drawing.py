"""Pictures of orbits and experiments of the memory model, with Matplotlib."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import FixedLocator, NullLocator, PercentFormatter

from emt_theory.ground.palette import FAINT, FOUND, GREY, INK, MISSING, THEORY, component, write_title
from emt_theory.gsemm.dwell import ORDER_LIMIT, dwell_time, turning_point, two_memory_dwell_time
from emt_theory.gsemm.transition import critical_ratio

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emt_theory.gsemm.experiments.dense_recall import DenseRecall
    from emt_theory.gsemm.experiments.fast_layers import FastLayers
    from emt_theory.gsemm.experiments.linear_dwell import LinearDwell
    from emt_theory.gsemm.experiments.linear_transition import LinearTransition
    from emt_theory.gsemm.experiments.slow_delay import SlowDelay
    from emt_theory.gsemm.experiments.task_circuit import TaskCircuit
    from emt_theory.gsemm.recall import Recall
    from emt_theory.gsemm.simulate import Array


def draw_overlaps(times: Array, overlaps: Array, recall: Recall, ax: Axes | None = None) -> Axes:
    """The overlap with each memory over time; the episodes as a band above, numbered where there is room."""
    ax = _axes(ax, (8.4, 3.6))
    for memory in range(overlaps.shape[1]):
        led = memory in recall.order
        colour, width, layer = (component(memory), 1.3, 3) if led else (GREY, 0.8, 2)
        ax.plot(times, overlaps[:, memory], color=colour, linewidth=width, zorder=layer)
    span = float(times[-1] - times[0])
    for episode in recall.episodes:
        ax.axvspan(episode.start, episode.end, ymin=0.93, color=component(episode.memory), linewidth=0)
        if episode.duration > 0.022 * span:
            middle = (episode.start + episode.end) / 2
            ax.text(
                middle, 1.13, str(episode.memory), ha="center", va="center", color="white", fontsize=8, weight="bold"
            )
    low = min(-0.1, float(overlaps.min()) - 0.05)
    ax.set(xlim=(float(times[0]), float(times[-1])), ylim=(low, 1.18), xlabel="time", ylabel="overlap $m_i$")
    ax.set_yticks([tick for tick in (-0.5, 0, 0.5, 1) if tick >= low])
    write_title(ax, f"{overlaps.shape[1]} memories, {len(recall.episodes)} episodes of recall")
    ax.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
    return _plain(ax)


def _draw_transition(found: LinearTransition, ax: Axes | None = None) -> Axes:
    """The border at each gain, as its distance from the two-memory formula: measured intervals, and the exact ratios as bars."""
    ax = _axes(ax, (6.8, 4.2))
    gains = list(dict.fromkeys(p.gain for p in found.points))
    lengths = list(dict.fromkeys(p.length for p in found.points))
    ax.axhline(0, color=THEORY, linewidth=1.4, label="two memories, $r_c(A)$")
    for index, length in enumerate(lengths):
        mine = [p for p in found.points if p.length == length]
        x = np.array([gains.index(p.gain) for p in mine]) + 0.22 * (index - (len(lengths) - 1) / 2)
        exact, measured = (np.array([getattr(p, name) - p.estimate for p in mine]) for name in ("exact", "measured"))
        half = [(p.moves - p.stays) / 2 for p in mine]
        colour = component(index)
        ax.hlines(exact, x - 0.08, x + 0.08, color=colour, linewidth=2, label=f"exact, K = {length}")
        label = f"measured, K = {length}"
        ax.errorbar(
            x, measured, half, fmt="o", color=colour, alpha=0.75, markersize=5, capsize=3, linewidth=1, label=label
        )
    ax.set_xticks(range(len(gains)), [f"A = {A:g}\n$r_c$ = {critical_ratio(A):.3f}" for A in gains])
    ax.set(xlim=(-0.5, len(gains) - 0.5), ylabel="ratio at the border, minus $r_c(A)$")
    return _titled(ax, "LISEM: below the border it stays in a memory, above it moves on", loc="lower right")


def _draw_dwell(found: LinearDwell, ax: Axes | None = None) -> Axes:
    """Dwell times over the ratio: measured, predicted for three memories and for two, and the limit of order."""
    ax = _axes(ax, (6.4, 4.2))
    lowest = min(d.ratio for d in found.dwells)
    r = np.linspace(lowest, ORDER_LIMIT, 300, endpoint=False)
    s = turning_point(found.gain)
    above_one = np.linspace(max(lowest, 1.004), ORDER_LIMIT, 300)
    two, three = [two_memory_dwell_time(x) for x in above_one], [dwell_time(x, found.gain) for x in r]
    ax.plot(above_one, two, color=THEORY, linestyle="--", linewidth=1.2, label="two memories")
    ax.plot(r, three, color=THEORY, linewidth=1.6, label=f"three memories, s = {s:.3f}")
    seen = [(d.ratio, d.measured) for d in found.dwells if d.measured is not None]
    ax.plot([x for x, _ in seen], [y for _, y in seen], "o", color=FOUND, markersize=6, label="measured", zorder=4)
    end = max([ORDER_LIMIT + 0.1, *(x.ratio + 0.1 for x in found.losses)])
    ax.axvspan(ORDER_LIMIT, end, color="#f7e9e8", zorder=0)
    lost = [x.ratio for x in found.losses]
    ax.plot(lost, [0.1] * len(lost), "x", color=MISSING, markersize=8, label="order lost")
    middle, within = (ORDER_LIMIT + end) / 2, ax.get_xaxis_transform()
    ax.text(middle, 0.62, "stuck in\nthe mixture", ha="center", transform=within, color=MISSING, fontsize=9)
    ax.set(xlim=(lowest - 0.05, end), ylim=(0, None))
    ax.set(xlabel=r"ratio $r = \sqrt{α_s}\,α_c β\,/\,α_s$", ylabel="dwell time / $T_d$")
    return _titled(ax, f"How long LISEM dwells in a memory (A = {found.gain:g}, $T_d$ = {found.T_d:g} $T_f$)")


def _draw_energies(found: SlowDelay, ax: Axes | None = None) -> Axes:
    """The energy of each orbit over t/T_d."""
    ax = _axes(ax, (8.4, 4.2))
    for index, (T_d, trace) in enumerate(zip(found.delays, found.traces, strict=True)):
        shade = plt.get_cmap("viridis")(0.85 * (1 - index / max(1, len(found.delays) - 1)))
        ax.plot(trace.times / T_d, trace.energy, color=shade, linewidth=1.3, label=f"$T_d$ = {T_d:g}")
    longest = max(t.times[-1] / d for d, t in zip(found.delays, found.traces, strict=True))
    ax.set(xlabel="time / $T_d$", ylabel="energy E", xlim=(0, longest))
    title = f"The energy between jumps follows the delay; the delay term is of order $T_d^{{{found.order:.2f}}}$"
    return _titled(ax, title, loc="center left", bbox_to_anchor=(1.0, 0.5))


def _draw_orders(found: FastLayers, ax: Axes | None = None) -> Axes:
    """The error over T_h = T_d, both logarithmic, with a line of order 1."""
    ax = _axes(ax, (5.8, 4.2))
    scales, errors = np.array(found.scales), np.array(found.errors)
    ax.plot(scales, errors[-1] * scales / scales[-1], color=THEORY, linewidth=1.2, linestyle="--", label="order 1")
    ax.plot(scales, errors, "o-", color=FOUND, markersize=6, linewidth=1.2, label=f"measured, order {found.order:.2f}")
    ax.set(xscale="log", yscale="log")
    ax.set(xlabel="$T_h = T_d$ over $T_f$", ylabel="largest distance from the reduced flow, relative")
    _label_ticks(ax, found.scales, [a * 10.0**b for b in range(-5, 1) for a in (1, 2, 5)])
    return _titled(ax, "Fast layers: the model follows its reduced flow")


def _draw_uses(found: TaskCircuit, ax: Axes | None = None) -> Axes:
    """Right signs of each way on each task, as bars; a star where it is proved for all t."""
    ways = (
        ("linear", "linear"),
        ("loaded", "linear, ideal state"),
        ("hard_tanh", "hard tanh"),
        ("tanh", "tanh"),
        ("flow", "flow"),
    )
    ax = _axes(ax, (max(5.5, 2.4 + 1.7 * len(found.rows)), 4.0))
    for index, (way, label) in enumerate(ways):
        x = np.arange(len(found.rows)) + (index - (len(ways) - 1) / 2) * 0.16
        colour = THEORY if way == "flow" else component(index)
        ax.bar(x, [getattr(row, way).accuracy for row in found.rows], width=0.14, color=colour, label=label, zorder=2)
        for place, row in zip(x, found.rows, strict=True):
            if getattr(row, way).exact_for:
                ax.text(place, 1.005, "★", ha="center", va="bottom", fontsize=8, color=INK)
    ax.axhline(0.5, color=INK, linewidth=0.6, linestyle=":", zorder=3)
    ax.set_xticks(range(len(found.rows)), [row.task for row in found.rows])
    ax.set(ylim=(0, 1.08), ylabel=f"right signs over {found.horizon} steps")
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    below = {"ncols": 5, "loc": "upper center", "bbox_to_anchor": (0.5, -0.08)}
    title = "A model with the task's Φ, used in five ways (★ proved for all t; dotted: chance)"
    return _titled(ax, title, size=10.5, columnspacing=1.2, handlelength=1.2, **below)


def _draw_recall(found: DenseRecall, ax: Axes | None = None) -> Axes:
    """The overlaps of the first run."""
    setting, surely = found.runs[0].setting, [run.in_order for run in found.runs if run.setting.ratio > 1]
    ax = draw_overlaps(found.shown.times, found.shown.overlaps[0], found.shown.recall(), ax)
    strengths = f"$α_c$ = {setting.alpha_c:g}, β = {setting.beta:g}, $T_d$ = {setting.T_d:g}"
    title = f"DSEM with {strengths}; {sum(surely)} of {len(surely)} runs with r > 1 in order"
    write_title(ax, title)
    return ax


DRAWINGS: dict[str, Callable[[Any, Axes | None], Axes]] = {
    "dense-recall": _draw_recall,
    "linear-transition": _draw_transition,
    "linear-dwell": _draw_dwell,
    "slow-delay": _draw_energies,
    "fast-layers": _draw_orders,
    "task-circuit": _draw_uses,
}
"""The picture of each experiment, by its name."""


def _axes(ax: Axes | None, size: tuple[float, float]) -> Axes:
    return plt.subplots(figsize=size, layout="constrained")[1] if ax is None else ax


def _titled(ax: Axes, title: str, **legend: Any) -> Axes:
    write_title(ax, title)
    ax.legend(frameon=False, fontsize=9, **legend)
    return _plain(ax)


def _plain(ax: Axes) -> Axes:
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _label_ticks(ax: Axes, x: list[float] | tuple[float, ...], y: list[float]) -> None:
    """Plain numbers on logarithmic axes, at these places as far as they are in view."""
    for axis, places in ((ax.xaxis, sorted(set(x))), (ax.yaxis, y)):
        axis.set_major_locator(FixedLocator(list(places)))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(lambda value, _place: f"{value:g}")

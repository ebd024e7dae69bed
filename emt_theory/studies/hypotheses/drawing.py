"""Pictures of populations, with Matplotlib."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from emt_theory.ground.palette import FOUND, GREY, INK, MISSING, THEORY, write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emt_theory.studies.hypotheses.answering import Answers, HypothesisResult
    from emt_theory.studies.hypotheses.universality import Universality

_WIDTH = 0.3
_LOOKS = {"supported": ("o", FOUND), "refuted": ("X", MISSING), "undecided": ("D", THEORY)}
"""Of each decision a marker and a colour: neither has to be seen to know the other."""


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


def draw_answers(found: Answers, ax: Axes | None = None) -> Axes:
    """A row for each claim: its interval, its estimate, and the bound that decides.

    Shares go from 0 to 1; any other statistic has a scale of its own, and its row is dotted.
    """
    count = len(found.answers)
    ax = ax or plt.subplots(figsize=(10, 0.9 + 0.55 * count), layout="constrained")[1]
    for row, one in enumerate(found.answers):
        marker, colour = _LOOKS[str(one.decision)]
        low, estimate, high, bound = _on_scale(one)
        style = ":" if one.hypothesis.holds is None else "-"
        ax.plot([0, 1], [row, row], style, color=GREY, linewidth=1, zorder=1)
        ax.plot([low, high], [row, row], color=colour, linewidth=3, solid_capstyle="butt", zorder=2)
        ax.plot([bound, bound], [row - 0.22, row + 0.22], color=INK, linewidth=1.4, zorder=3)
        if estimate is not None:
            ax.plot(estimate, row, marker, color=colour, markersize=8, markeredgecolor="white", zorder=4)
        ax.text(1.03, row, _numbers(one), fontsize=8, color=INK, va="center")
    ax.set_yticks(range(count), [fill(one.hypothesis.claim, 58) for one in found.answers], fontsize=8)
    ax.set(xlim=(-0.02, 1.9), ylim=(count - 0.5, -0.5))
    ax.set_xticks([0, 0.5, 1], ["0", "share", "1"], fontsize=8)
    ax.tick_params(length=0)
    ax.spines[["top", "right", "bottom", "left"]].set_visible(False)
    counts = {name: sum(str(one.decision) == name for one in found.answers) for name in _LOOKS}
    told = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
    write_title(ax, f"{told}; a stroke is the bound")
    return ax


def _on_scale(one: HypothesisResult) -> tuple[float, float | None, float, float]:
    """Lower end, estimate, upper end and bound on a line from 0 to 1."""
    first, last = one.scale
    low, high, bound = (
        float(np.clip((x - first) / (last - first), 0, 1)) for x in (*one.interval, one.hypothesis.bound)
    )
    return low, None if one.estimate is None else (one.estimate - first) / (last - first), high, bound


def _numbers(one: HypothesisResult) -> str:
    estimate = "no answer" if one.estimate is None else f"{one.estimate:.3g}"
    return f"{one.decision}: {estimate} [{one.low:.3g}, {one.high:.3g}]\nasked: {one.hypothesis.asks}"

"""Pictures of a network's dynamics: multipliers of its orbits and Lyapunov exponents, with Matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from emt_theory.circuits.drawing import draw_unit_circle
from emt_theory.evidence.conventions import CONVENTIONS
from emt_theory.evidence.drawing import draw_nothing
from emt_theory.ground.palette import FOUND, GREY, INK, MISSING, THEORY, write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emt_theory.evidence.dynamics.local_maps import LocalMaps
    from emt_theory.evidence.dynamics.orbits import Orbits

_COLOURS = {"stable": FOUND, "neutral": THEORY, "unstable": MISSING, "at a kink": INK}


def draw_multipliers(orbits: Orbits, ax: Axes | None = None) -> Axes:
    """The multipliers of all orbits found, by the orbit's stability, with the unit circle; those of slow ones are hollow."""
    ax = ax or plt.subplots(figsize=(5, 5.2), layout="constrained")[1]
    draw_unit_circle(ax)
    for kind, colour in _COLOURS.items():
        same = [orbit.multipliers for orbit in orbits.found if orbit.stability == kind]
        if same:
            values = np.concatenate(same)
            ax.scatter(values.real, values.imag, s=12, color=colour, zorder=3, label=f"{len(same)} {kind}")
    if orbits.slow:
        values = np.concatenate([orbit.multipliers for orbit in orbits.slow])
        label = f"{len(orbits.slow)} slow"
        ax.scatter(values.real, values.imag, s=14, facecolors="none", edgecolors=THEORY, zorder=2, label=label)
    if not orbits.found and not orbits.slow:
        return draw_nothing(ax, "no orbit was found")
    reach = 1.1 * max(1.0, *(orbit.radius for orbit in (*orbits.found, *orbits.slow)))
    what = "eigenvalue" if orbits.period == 1 else "multiplier"
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel=f"Re {what}", ylabel=f"Im {what}")
    ax.legend(loc="lower left", bbox_to_anchor=(-0.03, 0.99), ncols=4, frameon=False, fontsize=9)
    write_title(ax, "Fixed points" if orbits.period == 1 else f"Orbits of period {orbits.period}", pad=22)
    return ax


def draw_exponents(maps: LocalMaps, ax: Axes | None = None) -> Axes:
    """The Lyapunov exponents in order, with standard errors; dashed, log 0.9, below which a deviation counts as forgotten."""
    ax = ax or plt.subplots(figsize=(6.4, 4), layout="constrained")[1]
    finite = np.isfinite(maps.exponents)
    if not finite.any():
        return draw_nothing(ax, "every exponent is −∞: a deviation is lost in one step")
    index = np.flatnonzero(finite) + 1
    error = np.nan_to_num(maps.exponents_error[finite])
    ax.axhline(0, color=GREY, linewidth=1, zorder=0)
    ax.axhline(np.log(CONVENTIONS.modulus), color=GREY, linewidth=1, linestyle="--", zorder=0)
    ax.errorbar(index, maps.exponents[finite], yerr=error, fmt="o", markersize=3, color=_COLOURS["stable"], linewidth=1)
    ax.set(xlabel="index", ylabel="Lyapunov exponent per step")
    write_title(ax, f"Lyapunov exponents; dashed, log {CONVENTIONS.modulus:g}: below it a deviation is forgotten")
    ax.spines[["top", "right"]].set_visible(False)
    return ax

"""Pictures of a privileged basis: weights, states, neurons, the path of one value, the wave and slots at one time, with Matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import FuncNorm, LinearSegmentedColormap
from matplotlib.patches import ConnectionPatch, Rectangle
from matplotlib.ticker import MaxNLocator

from emt_theory.evidence.basis.marks import (
    TEXT,
    draw_bar,
    finish,
    limits_of,
    mark_blocks,
    mark_components,
)
from emt_theory.evidence.basis.views import Visit, along_components, order_of_neurons, path_of, residuals_of
from emt_theory.evidence.basis.weights import COMPOSITION, NOTHING, SHIFT, Block, MapInBasis, name_blocks
from emt_theory.evidence.conventions import LARGEST_REPEATED
from emt_theory.evidence.drawing import draw_nothing
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.ground.palette import BACKGROUND, COMPONENTS, FAINT, FOUND, INK, MISSING, write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emt_theory.evidence.basis.film import Film
    from emt_theory.evidence.basis.summary import BasisView

_SIGNED = LinearSegmentedColormap.from_list("signed", [FOUND, "#ffffff", MISSING]).with_extremes(bad=BACKGROUND)
"""Colours of signed numbers: blue is −, white 0, red +; grey where there is none."""
_SHADES = {SHIFT: COMPONENTS[2], COMPOSITION: COMPONENTS[1]}
_TOO_LARGE = f"weights of a state of more than {LARGEST_REPEATED} numbers are not drawn"
_LEAST_ERROR = 0.01
"""Bars of errors reach at least so far, so that what is next to nothing looks it."""


# ------------------------------------------------------------------------------------------------------------- weights


def draw_weights(view: BasisView) -> Axes:
    """The weights as they are in the file, and the step of the network in the basis of its variables, blocks outlined and named."""
    if not view.maps:
        return draw_nothing(None, _TOO_LARGE)
    figure = plt.figure(figsize=(12.4, 5.9))
    before, after = figure.add_axes((0.05, 0.16, 0.357, 0.75)), figure.add_axes((0.475, 0.16, 0.357, 0.75))
    _draw_before(view, before)
    draw_map(view, after)
    ends: dict[str, Any] = {
        "xyA": (1.02, 0.5),
        "xyB": (-0.105, 0.5),
        "coordsA": "axes fraction",
        "coordsB": "axes fraction",
    }
    arrow: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 18, "linewidth": 1.8, "color": INK}
    figure.add_artist(ConnectionPatch(axesA=before, axesB=after, **ends, **arrow))
    return after


def _draw_before(view: BasisView, ax: Axes) -> None:
    given = (
        (view.step, "one step of the network") if view.weights is None else (view.weights, "the recurrent weights W")
    )
    matrix, what = given
    assert matrix is not None
    image = ax.imshow(matrix, cmap=_SIGNED, interpolation="nearest", **limits_of(matrix, 0.99))
    write_title(ax, f"Neuron by neuron: {what}")
    ax.set_xlabel(f"from {_one(view)}", loc="left")
    ax.set_ylabel(f"to {_one(view)}")
    ax.xaxis.set_major_locator(MaxNLocator(7, integer=True, min_n_ticks=1))
    ax.yaxis.set_major_locator(MaxNLocator(7, integer=True, min_n_ticks=1))
    finish(ax)
    draw_bar(ax, image)


def _one(view: BasisView) -> str:
    """What a row of the state is: a neuron, or one of the two numbers of a neuron of an LSTM."""
    return "neuron" if len(view.layers) == len(view.encoder) else "state variable"


def draw_map(view: BasisView, ax: Axes | None = None) -> Axes:
    """The step along trajectories in the basis: shift blocks and one composition row, each outlined and named.

    It is the step and not W that is drawn, for W alone is larger than Φ where units saturate.
    """
    ax = ax or plt.subplots(figsize=(7.4, 6.0), layout="constrained")[1]
    found = view.maps.get("step")
    if found is None:
        return draw_nothing(ax, _TOO_LARGE)
    bound = max(1.0, float(np.abs(view.phi).max(initial=0.0)))
    image = ax.imshow(found.matrix, cmap=_SIGNED, interpolation="nearest", vmin=-bound, vmax=bound)
    mark_blocks(ax, view, both=True)
    ax.set_xlabel("from block (1 is the oldest)" if view.slots else "from lasting coordinate", loc="left")
    ax.set_ylabel("to block" if view.slots else "to lasting coordinate")
    write_title(ax, "In the basis of its variables: one step of the network", pad=20)
    ax.annotate(_say_map(found), (0, 1), (0, 6), "axes fraction", "offset points", fontsize=TEXT, color=INK)
    _outline(ax, outlined_blocks(view), len(found.matrix))
    finish(ax)
    draw_bar(ax, image, [-1, 0, 1] if bound == 1 else None)
    return ax


def outlined_blocks(view: BasisView) -> tuple[Block, ...]:
    """The blocks of a view that are outlined: those in which Φ is not 0."""
    return tuple(block for block in name_blocks(view.phi, view.slots, view.num_variables) if block.kind != NOTHING)


def _say_map(found: MapInBasis) -> str:
    left = len(found.whole) - len(found.matrix)
    rest = f"; {left} other directions, not shown, shrink to {found.rest:.0%} a step" if left and found.rest < 1 else ""
    return f"within {found.largest:.2g} of the theory{rest}"


def _outline(ax: Axes, blocks: Sequence[Block], size: int) -> None:
    """A frame around each block, and its name at the right edge of its row."""
    rows: dict[int, list[Block]] = {}
    for block in (block for block in blocks if block.kind in _SHADES):
        corner = (block.columns[0] - 0.5, block.rows[0] - 0.5)
        frame = Rectangle(corner, len(block.columns), len(block.rows), fill=False, edgecolor=_SHADES[block.kind])
        frame.set(linewidth=1.7, zorder=3, clip_on=False)
        ax.add_patch(frame)
        rows.setdefault(int(block.rows[0]), []).append(block)
    # A name needs about a thirtieth of the height, that of compositions three lines: of rows that are lower, only some are named.
    last, least = -np.inf, size / 34
    free = min(
        (top + len(here[0].rows) / 2 for top, here in rows.items() if here[0].kind == COMPOSITION), default=np.inf
    )
    for top, here in sorted(rows.items()):
        kind, middle = here[0].kind, top + (len(here[0].rows) - 1) / 2
        if kind != COMPOSITION and (middle - last < least or middle > free - 2.2 * least):
            continue
        last, right = middle, max(block.columns[-1] for block in here) + 0.5
        if right < size - 0.5:
            ax.plot([right, size - 0.5], [middle, middle], color=_SHADES[kind], linewidth=0.8, linestyle=":", zorder=2)
        place: dict[str, Any] = {
            "xy": (size - 0.5, middle),
            "xytext": (6, 0),
            "textcoords": "offset points",
            "va": "center",
        }
        weight = "bold" if kind == COMPOSITION else "normal"
        ax.annotate(_name(here), **place, fontsize=TEXT, color=_SHADES[kind], weight=weight, annotation_clip=False)


def _name(blocks: Sequence[Block]) -> str:
    """The row of a block in words, short."""
    if blocks[0].kind == SHIFT:
        return blocks[0].name
    read = [int(block.name.split()[2]) for block in blocks]
    few = (
        f"{read[0]}–{read[-1]}" if len(read) > 3 and read[-1] - read[0] == len(read) - 1 else ", ".join(map(str, read))
    )
    return f"composition:\nblock{'s' * (len(read) > 1)} {few} →\nthe new outputs"


# -------------------------------------------------------------------------------------------------------------- states


def draw_states(view: BasisView) -> Axes:
    """One sequence over time: above the state, neuron by neuron, below the same states as variables."""
    height = float(np.clip(3.6 + 0.03 * (view.states.shape[1] + len(view.names)), 4.6, 7.6))
    before, after = plt.subplots(2, 1, figsize=(8.4, height), sharex=True, layout="constrained")[1]
    image = _draw_over_time(before, view.states, limits_of(view.states, 0.98), view)
    write_title(before, "Neuron by neuron: the hidden state", pad=22)
    before.set_ylabel(_one(view))
    before.yaxis.set_major_locator(MaxNLocator(7, integer=True, min_n_ticks=1))
    _mark_input(before, view)
    before.figure.colorbar(image, ax=before, pad=0.02, ticks=MaxNLocator(4))
    image = _draw_variables(after, view, view.decoded)
    write_title(after, "In the basis of its variables: the same states")
    after.set(xlabel="time t")
    mark_components(after, view)
    after.figure.colorbar(image, ax=after, pad=0.02, ticks=MaxNLocator(4))
    return after


def _draw_variables(ax: Axes, view: BasisView, values: Array) -> Any:
    """Variables over time, component by component, the oldest of each on top: what is stored moves up by one row a step."""
    return _draw_over_time(
        ax, values[:, along_components(view.slots, values.shape[1])], limits_of(view.truth, 1.0), view
    )


def _draw_over_time(ax: Axes, values: Array, limits: dict[str, Any], view: BasisView) -> Any:
    extent = (0.5, len(values) + 0.5, values.shape[1] - 0.5, -0.5)
    ax.axvline(view.num_variables + 0.5, color=INK, linewidth=1.2)
    ax.xaxis.set_major_locator(MaxNLocator(7, integer=True, min_n_ticks=1))
    finish(ax)
    return ax.imshow(values.T, cmap=_SIGNED, aspect="auto", interpolation="nearest", extent=extent, **limits)


def _mark_input(ax: Axes, view: BasisView) -> None:
    """The input phase, t = 1 … s, above the axes."""
    across, s, colour = ax.get_xaxis_transform(), view.num_variables, COMPONENTS[5]
    ax.plot(
        [0.5, s + 0.5],
        [1.015, 1.015],
        transform=across,
        color=colour,
        linewidth=3,
        clip_on=False,
        solid_capstyle="butt",
    )
    for x, text, shade in ((0.5, "input", colour), (s + 0.7, "no input from here on", INK)):
        ax.annotate(text, (x, 1), (0, 8), across, "offset points", fontsize=TEXT, color=shade)


# --------------------------------------------------------------------------------------------------------------- units


def draw_units(view: BasisView, ax: Axes | None = None) -> Axes:
    """Which neurons store which variable: the effect shares, neurons sorted so that those of one variable stand together."""
    height = float(np.clip(1.9 + 0.1 * len(view.names), 2.9, 5.6))
    ax = ax or plt.subplots(figsize=(8.4, height), layout="constrained")[1]
    order, _ = order_of_neurons(view.shares)
    norm = _by_root(view.shares)
    image = ax.imshow(view.shares[:, order], cmap=_SIGNED, aspect="auto", interpolation="nearest", norm=norm)
    write_title(ax, "Which neurons store which variable")
    mark_blocks(ax, view)
    ax.xaxis.set_major_locator(MaxNLocator(7, integer=True, min_n_ticks=1))
    ax.set_ylabel("variable, by block (1 is the oldest)" if view.slots else "lasting coordinate")
    ax.set_xlabel(f"the {len(order)} neurons, those of one variable side by side")
    finish(ax)
    top = _round(float(norm.vmax or 1.0))
    bar = ax.figure.colorbar(image, ax=ax, pad=0.02, label="share of the variable's effect")
    bar.set_ticks(
        ticks := [-top, -top / 4, 0, top / 4, top], labels=[f"{tick:.2g}".replace("-", "−") for tick in ticks]
    )
    bar.ax.minorticks_off()
    return ax


def _by_root(shares: Array) -> FuncNorm:
    """Colours by the root of a share, with its sign: one neuron that is all of a variable and fifty that share one are both seen."""
    limit = float(np.abs(shares).max(initial=0.0)) or 1.0
    return FuncNorm((lambda v: np.sign(v) * np.sqrt(np.abs(v)), lambda v: np.sign(v) * v**2), vmin=-limit, vmax=limit)


def _round(limit: float) -> float:
    """The largest 1, 2, 4 or 8 times a power of ten that is not above: its quarter is as short."""
    power = 10.0 ** np.floor(np.log10(limit))
    return float(max(digit * power for digit in (1, 2, 4, 8) if digit * power <= limit))


# ---------------------------------------------------------------------------------------------------------------- path


def draw_path(view: BasisView, ax: Axes | None = None, component: int | None = None) -> Axes:
    """The neurons that hold one value, a row for each step: from the newest block to the oldest, through the composition, and in again."""
    path = path_of(view, component)
    if isinstance(path, Absent):
        return draw_nothing(ax, str(path))
    ax = ax or plt.subplots(figsize=(8.4, 1.3 + 0.25 * len(path)), layout="constrained")[1]
    order, _ = order_of_neurons(view.shares)
    held = np.stack([np.abs(view.shares[visit.variable, order]) * np.sign(visit.value) for visit in path])
    ax.imshow(held, cmap=_SIGNED, aspect="auto", interpolation="nearest", norm=_by_root(held))
    places = [_say_visit(visit, view) for visit in path]
    ax.set_yticks(range(len(path)), [f"t = {visit.time}:  {place}" for visit, place in zip(path, places, strict=True)])
    ax.xaxis.set_major_locator(MaxNLocator(7, integer=True, min_n_ticks=1))
    ax.set_xlabel(f"the {len(order)} neurons, those of one variable side by side (red: it holds +, blue: it holds −)")
    write_title(ax, f"One value on its way: the neurons that hold it, step by step from t = {path[0].time}")
    for k, visit in enumerate(path[1:], 1):
        kind, width = (COMPOSITION, 1.7) if visit.composed else (SHIFT, 0.0)
        ax.axhline(k - 0.5, color=_SHADES[kind] if width else FAINT, linewidth=width or 0.7)
        text = f"composition: it is output {_component(visit, view)}" if visit.composed else "shift"
        place: dict[str, Any] = {
            "xy": (1, k),
            "xytext": (6, 0),
            "xycoords": ("axes fraction", "data"),
            "textcoords": "offset points",
        }
        ax.annotate(
            text, **place, fontsize=TEXT, va="center", color=_SHADES[kind], weight="bold" if width else "normal"
        )
    finish(ax)
    return ax


def _component(visit: Visit, view: BasisView) -> int:
    return view.slots[visit.variable][1] if view.slots else visit.variable


def _say_visit(visit: Visit, view: BasisView) -> str:
    return f"block {view.slots[visit.variable][0]}, component {_component(visit, view)}" if view.slots else ""


# ---------------------------------------------------------------------------------------------------------------- wave


def draw_wave(view: BasisView) -> Axes:
    """The variables of one sequence over time, true and decoded, and for each how far reading and step are off."""
    rows, widths = len(view.names), [3, 3, 0.9, 0.9]
    height = float(np.clip(2.2 + 0.1 * rows, 3.2, 6.6))
    true, decoded, *bars = plt.subplots(
        1, 4, figsize=(11, height), sharey=True, width_ratios=widths, layout="constrained"
    )[1]
    for ax, values, title in (
        (true, view.truth, "The true variables"),
        (decoded, view.decoded, "Decoded from the state"),
    ):
        image = _draw_variables(ax, view, values)
        write_title(ax, title, pad=22)
        ax.set_xlabel("time t", loc="left")
        mark_components(ax, view)
        _mark_input(ax, view)
    decoded.set_ylabel("")
    draw_bar(decoded, image)
    errors = [error[along_components(view.slots, rows)] for error in residuals_of(view)]
    limit = 1.08 * max(float(np.nanmax(np.concatenate(errors), initial=0.0)), _LEAST_ERROR)
    for ax, values, title in zip(bars, errors, ("reading error", "step error"), strict=True):
        ax.barh(np.arange(rows), values, height=0.75, color=FOUND)
        ax.set(xlim=(0, limit))
        ax.set_xlabel("rms", loc="left")
        ax.xaxis.set_major_locator(MaxNLocator(2))
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        write_title(ax, title)
        finish(ax)
        ax.spines[["top", "right"]].set_visible(False)
    return decoded


# --------------------------------------------------------------------------------------------------------------- slots


def draw_frame(film: Film, ax: Axes | None = None, time: int | None = None) -> Axes:
    """The slots at one time: colour and sign are what is read, ✗ where the sign is wrong, a frame around the followed value."""
    size = (1.6 + 0.5 * film.columns, 1.5 + 0.5 * film.rows)
    ax = ax or plt.subplots(figsize=size, layout="constrained")[1]
    frame = film.frames[film.settled if time is None else time - 1]
    shown = np.full((film.rows, film.columns), np.nan)
    for (column, row), (value, wrong) in zip(film.places, frame.slots, strict=True):
        shown[row, column] = value
        sign = "✗" if wrong else "" if abs(value) < 0.1 else "−" if value < 0 else "+"
        ax.text(column, row, sign, ha="center", va="center", color="white" if abs(value) > 0.6 else INK)
    ax.imshow(shown, cmap=_SIGNED, vmin=-1, vmax=1, interpolation="nearest")
    if frame.followed is not None:
        column, row = film.places[frame.followed]
        ax.add_patch(Rectangle((column - 0.45, row - 0.45), 0.9, 0.9, fill=False, edgecolor=INK, linewidth=2.2))
    ax.xaxis.set_major_locator(MaxNLocator(9, integer=True, min_n_ticks=1))
    ax.xaxis.set_major_formatter(lambda place, _: f"{place + 1:.0f}")
    ax.yaxis.set_major_locator(MaxNLocator(9, integer=True, min_n_ticks=1))
    ax.set(xlabel="block (1 is the oldest)", ylabel="component")
    write_title(ax, f"t = {frame.time}: {frame.phase}")
    finish(ax)
    return ax

"""Pictures of circuits and spectra, with Matplotlib."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyArrowPatch

from emt_theory.circuits.linear import theory_of
from emt_theory.errors import InvalidOption
from emt_theory.ground.palette import COMPONENTS, FAINT, FOUND, GREY, INK, write_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from emt_theory.circuits.circuit import Circuit
    from emt_theory.circuits.spectrum import Spectrum
    from emt_theory.tasks import Read

_LARGEST_GRID = 600


def draw_spectrum(spectrum: Spectrum, ax: Axes | None = None) -> Axes:
    """Eigenvalues in the complex plane: area grows with multiplicity, which is written beside the point when it is above 1."""
    ax = ax or plt.subplots(figsize=(5.2, 5.2), layout="constrained")[1]
    values = np.array([value for value, _ in spectrum.multiplicities], dtype=np.complex128)
    times = np.array([count for _, count in spectrum.multiplicities])
    draw_unit_circle(ax)
    ax.scatter(
        values.real,
        values.imag,
        s=18 + 22 * np.sqrt(times - 1),
        color=FOUND,
        edgecolor="white",
        linewidth=0.7,
        zorder=3,
    )
    reach = max(1.0, float(np.abs(values).max()))
    for value, count in zip(values, times, strict=True):
        if count > 1:
            outward = value / abs(value) if abs(value) > 1e-9 else 1j
            place = value + 0.15 * reach * outward
            ax.text(place.real, place.imag, f"×{count}", ha="center", va="center", fontsize=8, color=INK)
    ax.set(xlim=(-1.28 * reach, 1.28 * reach), ylim=(-1.28 * reach, 1.28 * reach), xlabel="Re λ", ylabel="Im λ")
    write_title(ax, f"Spectrum of a circuit: {spectrum.unit_circle} of {spectrum.components} eigenvalues last")
    return ax


def draw_unit_circle(ax: Axes) -> None:
    """The unit circle and the axes, in grey, with equal scales."""
    angle = np.linspace(0, 2 * np.pi, 361)
    ax.plot(np.cos(angle), np.sin(angle), color=GREY, linewidth=1, zorder=1)
    ax.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
    ax.axvline(0, color=FAINT, linewidth=0.8, zorder=0)
    ax.set_aspect("equal")


def draw_circuit(circuit: Circuit, ax: Axes | None = None) -> Axes:
    """A selection task as a grid of memory with its reads and cycles; any other task as the matrix F = [F_1 … F_s]."""
    if circuit.task.components > _LARGEST_GRID:
        raise InvalidOption(
            f"a circuit of {circuit.task.components} components cannot be drawn legibly; the most is {_LARGEST_GRID}"
        )
    reads = circuit.task.reads
    return _draw_matrix(circuit, ax) if reads is None else _draw_grid(circuit, reads, ax)


def _draw_grid(circuit: Circuit, reads: Sequence[Read], ax: Axes | None) -> Axes:
    s, d = circuit.task.num_variables, circuit.task.dim
    ax = ax or plt.subplots(figsize=(max(6.5, 3.2 + 0.95 * s), 1.7 + 0.72 * d), layout="constrained")[1]
    membership = theory_of(circuit.task).membership()
    colours = _cycle_colours(len(circuit.spectrum().cycles or ()))

    def colour(block: int, component: int) -> str:
        index = membership.get((block, component))
        return GREY if index is None else colours[index]

    for c in range(d):
        for block in range(1, s + 1):
            if block < s:
                _arrow(ax, (block + 1, c), (block, c), _Line(colour(block, c), width=1.1))
            on_cycle = (block, c) in membership
            face = colour(block, c) if on_cycle else "white"
            ax.plot(block, c, "o", markersize=11, markerfacecolor=face, markeredgecolor=colour(block, c), zorder=4)
    for output, read in enumerate(reads):
        _draw_read(ax, s, output, read, colour(read.block, read.component))
    ax.set(xlim=(0.4, s + 2.6), ylim=(d - 0.35, -0.85))
    ax.set_xticks(range(1, s + 1), ["1\noldest", *map(str, range(2, s)), f"{s}\nnewest"] if s > 1 else ["1"])
    ax.set_yticks(range(d))
    moves = "block (content moves one to the left each step)" if s > 1 else "the only block"
    ax.set(xlabel=moves, ylabel="component")
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.text(s + 0.42, -0.62, "output = (block, component)", fontsize=8, color=INK, style="italic")
    write_title(ax, f"{circuit.task.name}: what each output reads", pad=22)
    key = "a colour is a cycle; dashed is a minus sign; hollow components lie on no cycle and are forgotten"
    ax.annotate(key, (0, 1), (0, 6), "axes fraction", "offset points", fontsize=8.5, color=INK)
    return ax


def _draw_read(ax: Axes, s: int, output: int, read: Read, colour: str) -> None:
    dashed = read.sign < 0
    if read.block == s and read.component == output:
        loop = _Line(colour, width=1.8, dashed=dashed, bend=-1.6, gap=0)
        _arrow(ax, (s - 0.07, output - 0.12), (s + 0.16, output - 0.02), loop)
    else:
        line = _Line(colour, width=1.8, dashed=dashed, bend=_bend(s - read.block, output - read.component))
        _arrow(ax, (read.block, read.component), (s, output), line)
    label = f"{output} = {'−' if dashed else ''}({read.block}, {read.component})"
    ax.text(s + 0.42, output, label, va="center", fontsize=9, color=INK)


@dataclass(frozen=True)
class _Line:
    colour: str
    width: float
    dashed: bool = False
    bend: float = 0.0
    gap: float = 8.0


def _bend(across: int, down: int) -> float:
    """Curvature of a read: along its own row it bows half a row high, whatever its length; elsewhere slightly, so that two do not coincide."""
    return -min(0.55, 1.05 / across) if not down else -0.12 if down > 0 else 0.12


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], line: _Line) -> None:
    arrow = FancyArrowPatch(start, end, connectionstyle=f"arc3,rad={line.bend}", arrowstyle="-|>", mutation_scale=9)
    arrow.set(color=line.colour, linewidth=line.width, linestyle=(0, (4, 2)) if line.dashed else "-")
    arrow.shrinkA = arrow.shrinkB = line.gap
    arrow.set_zorder(3 if line.bend else 2)
    ax.add_patch(arrow)


def _cycle_colours(count: int) -> list[str]:
    if count <= len(COMPONENTS):
        return list(COMPONENTS[:count])
    from matplotlib.colors import to_hex

    return [to_hex(plt.get_cmap("turbo")(0.05 + 0.9 * i / (count - 1))) for i in range(count)]


def _draw_matrix(circuit: Circuit, ax: Axes | None) -> Axes:
    slots = circuit.task.slots
    s, d = slots
    width = min(14.0, max(4.6, 2.6 + 0.42 * slots.size))
    ax = ax or plt.subplots(figsize=(width, 1.9 + 0.42 * d), layout="constrained")[1]
    values = circuit.task.F.to_array()
    limit = float(np.abs(values).max()) or 1.0
    image = ax.imshow(values, cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto" if slots.size > 40 else "equal")
    for block in range(2, s + 1):
        ax.axvline(slots.block(block).start - 0.5, color=INK, linewidth=0.8)
    if slots.size <= 24:
        for i, j, value in circuit.task.F:
            light = abs(float(value)) > 0.6 * limit
            ax.text(j, i, str(value), ha="center", va="center", fontsize=9, color="white" if light else INK)
    ax.set_xticks([(block - 0.5) * d - 0.5 for block in range(1, s + 1)], [f"F_{block}" for block in range(1, s + 1)])
    ax.set_yticks(range(d))
    ax.set(ylabel="output component")
    ax.tick_params(length=0)
    ax.figure.colorbar(image, ax=ax, shrink=0.8)
    write_title(ax, f"{circuit.task.name}: F, oldest block first")
    return ax

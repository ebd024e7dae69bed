"""Draw the import picture of architecture.md from the contract that holds it.

The floors are read from ``[tool.importlinter]`` in pyproject.toml, the folders that exist from the disk, so the
picture shows what ``make imports`` checks and what is built; it cannot say anything else. Written to
``docs/_static/imports.svg``, letters as outlines, so that it looks the same everywhere.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "_static" / "imports.svg"

PAPER, INK, QUIET, EDGE = "#ffffff", "#1f2a37", "#5f6b78", "#aab6c2"
SHADES = ["#d7e8fb", "#dcefe6", "#fdf0cf"]  # from the screen down to the ground

WIDTH, HEIGHT, STEP, GAP = 5.6, 0.62, 1.0, 0.5

SAYS = {
    "cli": "the emt command",
    "report": "one page per result",
    "studies": "populations of networks",
    "testing": "strategies and laws",
    "analysis": "what it is judged by",
    "evidence": "what is measured",
    "training": "learning the task",
    "gsemm": "the memory model",
    "circuits": "theory of a task",
    "tasks": "what is to be computed",
    "networks": "weights that run",
    "exact": "linear algebra over Q",
    "ground": "arguments, numbers, files",
    "errors": "what can go wrong",
    "theorems": "what is proved",
}


class Floor(NamedTuple):
    """One line of the contract: its modules, left to right, and whether they may import each other."""

    modules: tuple[str, ...]
    independent: bool


def read_floors(pyproject: str) -> list[Floor]:
    """The floors of the layers contract, highest first."""
    contracts = tomllib.loads(pyproject)["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [
        Floor(tuple(name.strip().strip("()") for name in line.replace(":", "|").split("|")), ":" not in line)
        for line in layers
    ]


def is_built(module: str) -> bool:
    folder = ROOT / "emt_theory" / module
    return (folder / "__init__.py").exists() or folder.with_suffix(".py").exists()


def draw_box(ax: Axes, x: float, y: float, width: float, module: str, depth: float) -> None:
    built = is_built(module)
    ax.add_patch(
        FancyBboxPatch(
            (x, y - HEIGHT / 2), width, HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.12",
            facecolor=LinearSegmentedColormap.from_list("floors", SHADES)(depth) if built else PAPER,
            edgecolor=INK if built else EDGE,
            linewidth=1.1 if built else 1.0,
            linestyle="-" if built else (0, (4, 3)),
        )
    )  # fmt: skip
    ink = INK if built else QUIET
    ax.text(x + width / 2, y + 0.105, module, ha="center", va="center", fontsize=12, color=ink, weight="bold")
    ax.text(x + width / 2, y - 0.155, SAYS.get(module, ""), ha="center", va="center", fontsize=8.5, color=QUIET)


def draw_arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], style: str = "-|>") -> None:
    ax.add_patch(
        FancyArrowPatch(start, end, arrowstyle=style, mutation_scale=11, color=INK, linewidth=1.1, shrinkA=0, shrinkB=0)
    )


def draw_floors(ax: Axes, floors: list[Floor]) -> None:
    for level, floor in enumerate(floors):
        y = -level * STEP
        width = (WIDTH - GAP * (len(floor.modules) - 1)) / len(floor.modules)
        for place, module in enumerate(floor.modules):
            x = place * (width + GAP)
            draw_box(ax, x, y, width, module, level / (len(floors) - 1))
            if place and floor.independent:
                ax.text(x - GAP / 2, y, "|", ha="center", va="center", fontsize=15, color=QUIET)
            elif place:
                draw_arrow(ax, (x - GAP + 0.06, y), (x - 0.06, y), "<|-|>")
        if level:
            above, here = len(floors[level - 1].modules), len(floor.modules)
            for part in range(max(above, here)):
                middle = WIDTH * (part + 0.5) / max(above, here)
                draw_arrow(ax, (middle, y + STEP - HEIGHT / 2 - 0.03), (middle, y + HEIGHT / 2 + 0.03))


def draw_legend(ax: Axes, ground: float) -> None:
    """Beside the stack: who stands outside the package, and how to read the picture."""
    outside = [name for name in ("tests", "proofs", "benchmarks") if (ROOT / name).is_dir()]
    x, width = WIDTH + 1.15, 2.75
    if outside:
        ax.add_patch(
            FancyBboxPatch(
                (x, -HEIGHT / 2), width, HEIGHT,
                boxstyle="round,pad=0,rounding_size=0.12", facecolor="#f1f3f5", edgecolor=QUIET, linewidth=1.0,
            )
        )  # fmt: skip
        names = ", ".join(f"{name}/" for name in outside)
        ax.text(x + width / 2, 0.105, names, ha="center", va="center", fontsize=10, color=INK, weight="bold")
        ax.text(x + width / 2, -0.155, "outside the package", ha="center", va="center", fontsize=8.5, color=QUIET)
        draw_arrow(ax, (x - 0.05, 0), (WIDTH + 0.28, 0))
    bracket = WIDTH + 0.22
    ax.plot(
        [bracket - 0.08, bracket, bracket, bracket - 0.08],
        [0.31, 0.31, ground - 0.31, ground - 0.31],
        color=EDGE,
        lw=1.2,
    )
    notes = [
        ("arrow", "a module imports from below,\nnever from above;\nit may skip floors"),
        ("|", "neighbours that do not\nimport each other"),
        ("<>", "neighbours that may"),
        ("dashed", "still to come"),
    ]
    y = -1.3
    for sign, text in notes:
        if sign == "arrow":
            draw_arrow(ax, (x + 0.18, y + 0.27), (x + 0.18, y - 0.27))
        elif sign == "<>":
            draw_arrow(ax, (x, y), (x + 0.36, y), "<|-|>")
        elif sign == "dashed":
            ax.add_patch(
                FancyBboxPatch(
                    (x, y - 0.12), 0.36, 0.24,
                    boxstyle="round,pad=0,rounding_size=0.06", facecolor=PAPER, edgecolor=EDGE, linestyle=(0, (3, 2)),
                )
            )  # fmt: skip
        else:
            ax.text(x + 0.18, y, sign, ha="center", va="center", fontsize=15, color=QUIET)
        ax.text(x + 0.6, y, text, ha="left", va="center", fontsize=9, color=INK, linespacing=1.35)
        y -= 0.55 + 0.16 * text.count("\n")


def draw(floors: list[Floor], picture: Path) -> None:
    """Draw the floors into a file."""
    missing = [module for floor in floors for module in floor.modules if module not in SAYS]
    if missing:
        sys.exit(f"docs/pictures.py: say in SAYS what these floors are for: {', '.join(missing)}")
    ground = -(len(floors) - 1) * STEP
    left, right, low, high = -0.3, WIDTH + 4.25, ground - 0.6, 0.6
    scale = 0.86
    figure = plt.figure(figsize=((right - left) * scale, (high - low) * scale), facecolor=PAPER)
    ax = figure.add_axes((0, 0, 1, 1), xlim=(left, right), ylim=(low, high), aspect="equal")
    ax.axis("off")
    draw_floors(ax, floors)
    draw_legend(ax, ground)
    picture.parent.mkdir(exist_ok=True)
    figure.savefig(picture, metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    mpl.rcParams["svg.fonttype"] = "path"
    mpl.rcParams["svg.hashsalt"] = "emt_theory"
    draw(read_floors((ROOT / "pyproject.toml").read_text(encoding="utf-8")), PICTURE)

"""The table as a value: it prints, is a picture, a tidy table, and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emt_theory.ground.json import Record
from emt_theory.studies.table import Table
from emt_theory.studies.table1.cells import BestOf, Cell, Mean
from emt_theory.studies.table1.printed import Printed

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Row(Record):
    """One task, N and L2.

    Attributes:
        task: its name.
        hidden: N.
        l2: λ, the coupled L2 term.
        minimum: the fewest dimensions in which the task's linear circuit runs.
        chance_error: the smallest mean error in argument of three null models that know nothing of the task, radians.
        printed: what the authors print; None where they print nothing.
        best: their rule on our runs; None with a single threshold, or none.
        cells: our runs, one entry for each threshold, nothing selected.
    """

    task: str
    hidden: int
    l2: float
    minimum: int
    chance_error: float | None
    printed: Printed | None
    best: BestOf | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, eq=False)
class Table1(Record):
    """The paper's table beside ours.

    Attributes:
        protocol: its name.
        seeds: which were asked for.
        rows: one for each task, N and L2.
        exceptions: runs that solve their task otherwise than by its circuit, or with another number of eigenvalues, and which.
        failures: key, configuration in words, and reason of each run that was given up.
    """

    JSON = ("protocol", "seeds", "runs", "done", "failed", "rows", "exceptions", "failures", "notes")

    protocol: str
    seeds: tuple[int, ...]
    rows: tuple[Row, ...]
    exceptions: tuple[Mapping[str, Any], ...]
    failures: tuple[Mapping[str, str], ...]

    @property
    def runs(self) -> int:
        """How many runs the grid has."""
        return sum(cell.runs for row in self.rows for cell in row.cells)

    @property
    def done(self) -> int:
        """How many have ended."""
        return sum(cell.done for row in self.rows for cell in row.cells)

    @property
    def failed(self) -> int:
        """How many were given up."""
        return len(self.failures)

    @property
    def notes(self) -> tuple[str, ...]:
        """How to read it, in sentences."""
        from emt_theory.studies.table1.text import notes

        return notes(self)

    def tidy(self) -> Table:
        """One row for each task, N, L2 and source: "printed" by the authors, "best-of" by their rule on our runs, and "ours" for each threshold."""
        return Table(tuple(line for row in self.rows for line in _lines(row)))

    def to_csv(self) -> str:
        """`tidy` as comma-separated values; what does not apply is empty."""
        return self.tidy().to_csv()

    def plot(self, ax: Axes | None = None) -> Axes:
        """Errors in argument by task, N and L2, on a logarithmic axis, with the share that solved below."""
        from emt_theory.studies.table1.drawing import draw_table1

        return draw_table1(self, ax)

    def __str__(self) -> str:
        from emt_theory.studies.table1.text import write_table1

        return write_table1(self)


def _lines(row: Row) -> list[dict[str, Any]]:
    place = {"task": row.task, "hidden": row.hidden, "l2": row.l2}
    told: list[dict[str, Any]] = []
    if row.printed is not None:
        told.append({"source": "printed", "accuracy": row.printed.accuracy, "origin_error": row.printed.error})
    if (best := row.best) is not None:
        shown = {"runs": best.seeds, "accuracy": best.accuracy, "origin_error": best.error}
        told.append({"source": "best-of", **shown, "origin_counts_agree": best.with_error})
    told += [_of_cell(cell) for cell in row.cells]
    known = {"minimum": row.minimum, "chance_error": row.chance_error}
    return [{**place, **dict.fromkeys(_COLUMNS), **one, **known} for one in told]


def _of_cell(cell: Cell) -> dict[str, Any]:
    verdicts = {verdict.replace("-", "_"): number for verdict, number in cell.verdicts.items()}
    return {
        "source": "ours",
        "threshold": cell.threshold,
        "runs": cell.runs,
        "done": cell.done,
        "solved": cell.solved.count,
        "solved_low": cell.solved.low,
        "solved_high": cell.solved.high,
        **_of_mean("accuracy", cell.accuracy),
        **verdicts,
        **_of_mean("origin_error", cell.origin_error),
        "origin_counts_agree": cell.origin_error.count,
        **_of_mean("argument_error", cell.error),
        "counts_agree": cell.error.count,
    }


def _of_mean(name: str, mean: Mean) -> dict[str, float | None]:
    return {name: mean.value, f"{name}_low": mean.low, f"{name}_high": mean.high}


_COLUMNS = (
    "source", "threshold", "runs", "done", "solved", "solved_low", "solved_high",
    "accuracy", "accuracy_low", "accuracy_high", "consistent", "solved_otherwise", "not_solved", "inconclusive",
    "origin_error", "origin_error_low", "origin_error_high", "origin_counts_agree",
    "argument_error", "argument_error_low", "argument_error_high", "counts_agree",
)  # fmt: skip
"""What a line of the tidy table holds between its place and what is known of the task."""

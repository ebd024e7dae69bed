"""Rows of a table as a sweep would have them, without training."""

import numpy as np

from emt_theory.studies import Table, read_grid, table1_grid
from emt_theory.studies.table1 import tabulate

MEASURED = (
    "solved", "verdict", "check_accuracy", "theory_modes", "origin_modes", "origin_error", "modes", "argument_error"
)  # fmt: skip


def line(run, status="done", reason=None, **measured):
    """The row of a run."""
    return {"run": run.key, "status": status, "reason": reason, **run.labels(), **dict.fromkeys(MEASURED), **measured}


def invented(**grid):
    """A table of a whole grid, of which every fourth run has not solved its task."""
    rng = np.random.default_rng(0)
    runs = read_grid(table1_grid(**grid))
    rows = []
    for one in runs:
        modes = 64 if one.task.name == "T1" else 36
        solved, error = bool(rng.random() < 0.75), float(rng.uniform(1e-3, 1e-2))
        measured = (
            (True, "consistent", 0.9999, modes, modes, error, modes, error / 30)
            if solved
            else (False, "not-solved", 0.75, modes, modes - 3, None, modes - 2, None)
        )
        rows.append(line(one, **dict(zip(MEASURED, measured, strict=True))))
    return tabulate(runs, Table(tuple(rows)))

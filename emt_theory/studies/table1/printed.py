"""What the authors' analysis notebook prints: spectral error in radians, or a dash, and accuracy.

>>> PRINTED["T2", 64, 0.0]
Printed(error=0.0075, accuracy=1.0)
>>> PRINTED["T1", 64, 0.0].error is None, len(PRINTED)
(True, 24)

Both are means over 20 seeds of the better of two thresholds; see `emt_theory.studies.table1.best_of`. Their matching is
greedy, and gives no number when the counts differ or when rounding pushes a cosine past 1: a dash mixes networks that
have not learned their task with networks whose count is another.

Source: Karuvally et al., arXiv 2310.02430, and the authors' code. N = 32 was run there too, and is not in the table.
"""

from __future__ import annotations

from dataclasses import dataclass

from emt_theory.ground.json import Record


@dataclass(frozen=True)
class Printed(Record):
    """One cell of the authors' table.

    Attributes:
        error: spectral error, radians; None where they print a dash.
        accuracy: at horizon 200, to two digits.
    """

    error: float | None
    accuracy: float


COLUMNS = ((64, 0.0), (64, 1e-3), (64, 1e-1), (128, 0.0), (128, 1e-3), (128, 1e-1))
"""N and L2 of their columns."""

_LINES: dict[str, tuple[tuple[float | None, float], ...]] = {
    "T1": ((None, 0.97), (None, 0.88), (None, 0.50), (0.0005, 1.00), (None, 0.93), (None, 0.50)),
    "T2": ((0.0075, 1.00), (None, 0.85), (None, 0.50), (0.0055, 0.98), (0.0031, 0.98), (None, 0.50)),
    "T3": ((0.0026, 1.00), (0.0010, 0.97), (None, 0.50), (0.0031, 0.98), (0.0005, 1.00), (None, 0.50)),
    "T4": ((0.0112, 0.94), (0.0011, 1.00), (None, 0.50), (0.0022, 1.00), (0.0006, 1.00), (None, 0.50)),
}

PRINTED: dict[tuple[str, int, float], Printed] = {
    (task, *column): Printed(*entry)
    for task, line in _LINES.items()
    for column, entry in zip(COLUMNS, line, strict=True)
}
"""Their cells, by task, N and L2."""

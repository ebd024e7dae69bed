"""Runs as a tidy table: one row for each, one column for each thing that was chosen or measured.

    run  status  reason  │  task … seed  │  outcome  accuracy  verdict  solved …  │  seconds …

A table is a sequence of plain dictionaries, which is what `pandas.DataFrame` and `polars.DataFrame` take.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from emt_theory.ground.json import Record, to_json
from emt_theory.ground.tables import as_html, as_text
from emt_theory.studies.stored import StoredRun

_TRAINED = {
    "outcome": ("training", "outcome"),
    "steps": ("training", "steps"),
    "loss": ("training", "loss"),
    "accuracy": ("training", "accuracy"),
    "verdict": ("check", "verdict"),
    "check_accuracy": ("check", "behaviour", "accuracy"),
    "check_accuracy_low": ("check", "behaviour", "accuracy_low"),
    "check_accuracy_high": ("check", "behaviour", "accuracy_high"),
    "sequences_right": ("check", "behaviour", "sequences_right"),
    "sequences": ("check", "behaviour", "sequences"),
    "r2_min": ("check", "variables", "r2_min"),
    "extra": ("check", "extra", "count"),
    "holds_to": ("check", "lifetime", "holds_to"),
    "fades_by": ("check", "lifetime", "fades_by"),
    "theory_modes": ("check", "spectrum", "theory_count"),
    "origin_modes": ("check", "spectrum", "origin", "count"),
    "origin_error": ("check", "spectrum", "origin", "argument_error"),
    "modes": ("check", "spectrum", "trajectory", "count"),
    "argument_error": ("check", "spectrum", "trajectory", "argument_error"),
}
"""Columns, and where a record has them. Whether it solved the task is the answer to the first question of a check."""
TIMES = {
    "seconds": ("training", "seconds"),
    "steps_per_second": ("training", "steps_per_second"),
    "check_seconds": ("check", "seconds"),
}
"""Columns in which two runs of one configuration differ."""


@dataclass(frozen=True, eq=False, repr=False)
class Table(Record):
    """Rows with the same columns.

    Attributes:
        rows: dictionaries; what does not apply is None.
    """

    JSON = ("rows",)

    rows: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, entries: Iterable[tuple[str, dict[str, Any], str, str | None, StoredRun | None]]) -> Table:
        """The table of runs, each given as key, labels, status, the reason why it failed, and its record."""
        return cls(
            tuple(
                {"run": key, "status": str(status), "reason": reason, **labels, **_results(run)}
                for key, labels, status, reason, run in entries
            )
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """Their names, in order."""
        return tuple(self.rows[0]) if self.rows else ()

    def column(self, name: str) -> list[Any]:
        """The entries of a column."""
        return [row[name] for row in self.rows]

    def summary(self) -> Table:
        """One row for each group of runs that differ in their seeds alone: how many there are, have ended, solved the task and are consistent.

        Columns that are the same in all rows are left out, but for task and size; so are the keys of tasks and protocols where names tell them apart.
        """
        groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for row in self.rows:
            groups.setdefault(tuple(row.get(name) for name in _GROUPED), []).append(row)
        varying = [
            k
            for k, name in enumerate(_GROUPED)
            if name in ("task", "hidden") or len({group[k] for group in groups}) > 1
        ]
        for key in map(_GROUPED.index, _KEYS):
            without = [k for k in varying if k != key]
            if len({tuple(group[k] for k in without) for group in groups}) == len(groups):
                varying = without
        return Table(tuple({**{_GROUPED[k]: g[k] for k in varying}, **_counts(rows)} for g, rows in groups.items()))

    def to_csv(self) -> str:
        """As comma-separated values; None is empty."""
        text = io.StringIO()
        writer = csv.DictWriter(text, self.columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return text.getvalue()

    def as_file(self, suffix: str) -> bytes:
        """The content of a file with this ending, .csv or .json."""
        text = (
            self.to_csv() if suffix == ".csv" else json.dumps(to_json(self.rows), indent=1, ensure_ascii=False) + "\n"
        )
        return text.encode()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"Table({len(self)} rows, {len(self.columns)} columns)"

    def __str__(self) -> str:
        return as_text(self.rows) if self.rows else repr(self)

    def _repr_html_(self) -> str:
        return as_html(self.rows) if self.rows else super()._repr_html_()


_KEYS = ("task_key", "protocol_key")
_GROUPED = (
    "task", "task_key", "num_variables", "dim", "cell", "activation", "hidden",
    "protocol", "protocol_key", "threshold", "l2", "backend",
)  # fmt: skip


def _counts(rows: list[dict[str, Any]]) -> dict[str, Any]:
    accuracies = [row["accuracy"] for row in rows if row["accuracy"] is not None]
    return {
        "runs": len(rows),
        "done": sum(row["status"] == "done" for row in rows),
        "solved": sum(row["solved"] is True for row in rows),
        "consistent": sum(row["verdict"] == "consistent" for row in rows),
        "accuracy": median(accuracies) if accuracies else None,
    }


def _results(run: StoredRun | None) -> dict[str, Any]:
    record = {} if run is None else {"training": run.training, "check": run.check}
    found = {name: _at(record, path) for name, path in (_TRAINED | TIMES).items()}
    return {"solved": None if run is None else run.solved, **found}


def _at(record: Any, path: Sequence[str]) -> Any:
    for key in path:
        record = record.get(key) if isinstance(record, dict) else None
    return record

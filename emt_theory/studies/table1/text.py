"""The table for people: three parts of at most a hundred columns, and how to read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from emt_theory.studies.table1.cells import DRAWS, FEWEST, Mean, Share
from emt_theory.tasks.accuracy import CONFIDENCE
from emt_theory.tasks.digits import write_fractions

if TYPE_CHECKING:
    from emt_theory.studies.table1.result import Row, Table1

_WIDTH = 100
_NONE = "–"
_VERDICTS = ("con-\nsistent", "other-\nwise", "incon-\nclusive", "not\nsolved")
_NAMED = 20
"""Exceptions that are named before the rest is counted."""


def write_table1(table: Table1) -> str:
    """All of it."""
    parts = [
        _opening(table),
        "What the authors print, and their metric on ours: error in argument of W_hh, radians (accuracy).",
        _draw(("task", "N", "L2", "they print", *_their_columns(table), "chance"), map(_theirs, table.rows)),
        "What was solved, and how; nothing is selected.",
        _draw(
            (
                "task",
                "N",
                "L2",
                *_threshold(table),
                "solved",
                "accuracy",
                *_VERDICTS,
            ),
            (line for row in table.rows for line in _solved(table, row)),
        ),
        "Errors in argument, radians, and in how many runs the counts of eigenvalues agree.",
        _draw(
            ("task", "N", "L2", *_threshold(table), "W_hh", "counts", "along trajectories", "counts", "chance"),
            (line for row in table.rows for line in _spectra(table, row)),
        ),
        *_exceptions(table),
        *(f"failed: {failure['run']}, {failure['what']}: {failure['reason']}" for failure in table.failures),
        *(_printed(note) for note in table.notes),
    ]
    return "\n\n".join(parts)


def notes(table: Table1) -> tuple[str, ...]:
    """How to read it, in sentences."""
    said = [
        "Metric: the eigenvalues of W_hh with |λ| > 0.9 against those of Φ, mean absolute difference of arguments in the "
        "optimal pairing. Where the counts differ there is none: such a run is in no mean of errors, and n/K says in how "
        "many of K the counts agree. The authors pair greedily, and their dash says that the task was not solved, or "
        "that counts differ.",
    ]
    if any(row.best for row in table.rows):
        said.append(
            "Best of: as the authors do, the mean over seeds of the smallest error and of the largest accuracy over "
            "thresholds. This selects on the outcome, and the two may be of different networks; the columns beside it, "
            "one for each threshold, select nothing."
        )
    elif any(row.printed for row in table.rows):
        said.append(
            "What the authors print is the better of two thresholds for each seed, a selection on the outcome; ours is "
            "of every run."
        )
    said += [sentence for sentence in (_too_small(table),) if sentence]
    said.append(
        f"Intervals: {CONFIDENCE:.0%}; of shares Clopper–Pearson's, of means over runs by {DRAWS} bootstrap draws, left "
        f"out below {FEWEST} runs. Shares and accuracies are of all runs that have ended, those that did not solve the "
        "task included. By chance an accuracy is .5, and an error the smallest of three null models that know nothing "
        "of the task."
    )
    return tuple(said)


def _too_small(table: Table1) -> str:
    """Which N is below which task's minimum."""
    below: dict[int, list[str]] = {}
    for row in table.rows:
        name = f"{row.task} ({row.minimum})"
        if row.hidden < row.minimum and name not in below.setdefault(row.hidden, []):
            below[row.hidden].append(name)
    said = [f"N = {hidden} is below the minimum of {', '.join(names)}" for hidden, names in below.items() if names]
    return f"{'; '.join(said)}: the task's linear circuit does not fit into so few units." if said else ""


def _opening(table: Table1) -> str:
    first, last = table.seeds[0], table.seeds[-1]
    whole = len(table.seeds) > 2 and table.seeds == tuple(range(first, last + 1))
    span = f"{first} to {last}" if whole else ", ".join(map(str, table.seeds))
    named = f"protocol {table.protocol}, seed{'s' if last > first else ''} {span}"
    missing = "" if table.done == table.runs else f", of which {table.done} have ended"
    return _printed(f"Table 1 of arXiv 2310.02430 beside ours: {named}, {table.runs} runs{missing}.")


def _their_columns(table: Table1) -> list[str]:
    thresholds = [cell.threshold for cell in table.rows[0].cells]
    best = [f"best of {len(thresholds)}"] if table.rows[0].best else []
    return best + ["ours" if one is None else f"ours at {_number(one)}" for one in thresholds]


def _theirs(row: Row) -> list[str]:
    printed = "" if row.printed is None else _pair(row.printed.error, row.printed.accuracy)
    best = row.best and f"{_pair(row.best.error, row.best.accuracy)} {row.best.with_error}/{row.best.seeds}"
    ours = [
        f"{_pair(cell.origin_error.value, cell.accuracy.value)} {cell.origin_error.count}/{cell.done}"
        for cell in row.cells
    ]
    return [*_place(row), printed, *([best] if best else []), *ours, _error(row.chance_error)]


def _threshold(table: Table1) -> list[str]:
    return [] if table.rows[0].cells[0].threshold is None else ["thr."]


def _solved(table: Table1, row: Row) -> Iterable[list[str]]:
    for cell in row.cells:
        threshold = [_number(cell.threshold)] if _threshold(table) else []
        verdicts = [cell.verdicts[name] for name in ("consistent", "solved-otherwise", "inconclusive", "not-solved")]
        yield [*_place(row), *threshold, _share(cell.solved), _accuracy(cell.accuracy), *map(str, verdicts)]


def _spectra(table: Table1, row: Row) -> Iterable[list[str]]:
    for cell in row.cells:
        threshold = [_number(cell.threshold)] if _threshold(table) else []
        errors = [
            text for mean in (cell.origin_error, cell.error) for text in (_mean(mean), f"{mean.count}/{cell.done}")
        ]
        yield [*_place(row), *threshold, *errors, _error(row.chance_error)]


def _place(row: Row) -> list[str]:
    return [row.task, str(row.hidden), _number(row.l2)]


def _number(value: float | None) -> str:
    return _NONE if value is None else f"{value:g}"


def _error(value: float | None) -> str:
    return _NONE if value is None else f"{value:.2g}"


def _pair(error: float | None, accuracy: float | None) -> str:
    return f"{_error(error)} ({_NONE if accuracy is None else f'{accuracy:.2f}'})"


def _share(share: Share) -> str:
    return f"{share.count}/{share.total} [{share.low:.2f}, {share.high:.2f}]" if share.total else "0/0"


def _mean(mean: Mean) -> str:
    return _with_interval(*map(_error, _numbers(mean)))


def _accuracy(mean: Mean) -> str:
    return _with_interval(*(write_fractions(*_numbers(mean)) or (_NONE,)))


def _numbers(mean: Mean) -> list[float]:
    return [number for number in (mean.value, mean.low, mean.high) if number is not None]


def _with_interval(value: str = _NONE, *interval: str) -> str:
    return f"{value} [{', '.join(interval)}]" if interval else value


def _exceptions(table: Table1) -> list[str]:
    if not table.exceptions:
        return []
    said = [_exception(one) for one in table.exceptions[:_NAMED]]
    more = len(table.exceptions) - len(said)
    opening = f"{len(table.exceptions)} solve their task with other counts than Φ's, or otherwise than by its circuit:"
    return ["\n".join([opening, *said, *([f"  and {more} more, in the JSON"] if more else [])])]


def _exception(one: Mapping[str, Any]) -> str:
    threshold = "" if one["threshold"] is None else f", threshold {_number(one['threshold'])}"
    return (
        f"  {one['task']}, N = {one['hidden']}, L2 = {_number(one['l2'])}{threshold}, seed {one['seed']}: {one['verdict']}; eigenvalues "
        f"{_count(one['origin_modes'])} of W_hh, {_count(one['modes'])} along trajectories, Φ {one['theory_modes']}"
    )


def _count(value: int | None) -> str:
    return _NONE if value is None else str(value)


def _draw(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    from rich.table import Table

    drawn = Table(*columns, box=None, padding=(0, 1), pad_edge=False)
    for line in lines:
        drawn.add_row(*line)
    return _printed(drawn)


def _printed(what: Any) -> str:
    """What Rich prints of it, at our width."""
    from rich.console import Console

    file = StringIO()
    Console(file=file, width=_WIDTH, color_system=None, markup=False, highlight=False, emoji=False).print(what)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())

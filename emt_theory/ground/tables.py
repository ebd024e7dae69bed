"""Rows as a table, in text and in HTML; what does not apply is None, and a column without anything in it is left out.

>>> rows = [{"task": "T2", "solved": True, "accuracy": 0.98765, "reason": None}, {"task": "<T4>", "solved": None, "accuracy": 1.0, "reason": None}]
>>> print(as_text(rows))
task  solved  accuracy
T2    yes     0.9877
<T4>  –       1
>>> as_html(rows[1:])
'<div style="overflow-x:auto"><table><tr><th>task</th><th>accuracy</th></tr><tr><td>&lt;T4&gt;</td><td>1</td></tr></table></div>'
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from emt_theory.ground.text import cut, printable

_ROWS = 40
"""So many rows are shown; of a longer table as many, and how many more there are."""


def as_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """One line a row, below a line of names, in columns."""
    cells, more = _cells(rows)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
    return "\n".join([*lines, *more])


def as_html(rows: Sequence[Mapping[str, Any]]) -> str:
    """A table, everything in it escaped, without colours of its own."""
    (names, *cells), more = _cells(rows)
    body = _row("th", names) + "".join(_row("td", row) for row in cells)
    return f'<div style="overflow-x:auto"><table>{body}</table>{"".join(more)}</div>'


def _row(tag: str, cells: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"


def _cells(rows: Sequence[Mapping[str, Any]]) -> tuple[list[list[str]], list[str]]:
    """Names and cells as texts, and what is left to say."""
    names = [name for name in (rows[0] if rows else ()) if any(row[name] is not None for row in rows)]
    shown = [[_cell(row[name]) for name in names] for row in rows[:_ROWS]]
    more = len(rows) - len(shown)
    return [[printable(name) for name in names], *shown], [f"… and {more} more rows"] if more else []


def _cell(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "–" if value is None else "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else printable(cut(str(value)))

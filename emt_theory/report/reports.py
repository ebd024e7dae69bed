"""Results as a page: one self-contained HTML file, its JSON twin, and the pictures by themselves.

What is in the way is found before anything is drawn, everything is drawn before anything is written, and the page, which the others belong to, is
written last: where there is a page, there is all of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from emt_theory import __version__
from emt_theory.analysis import CheckResult
from emt_theory.errors import InvalidOption
from emt_theory.ground import files
from emt_theory.report.folders import check_folder, make_folder, refuse_to_overwrite
from emt_theory.report.kinds import OVERVIEW, Chapter, chapters, unique_notes
from emt_theory.report.live import TEMPLATES
from emt_theory.report.pictures import PICTURES

_OF_CHECKS = (
    "Are these weights the circuit?",
    "Networks run on fresh inputs and compared with the exact circuit of their task.",
)
_OF_OTHERS = ("What was found", "Made of exact theory, or of networks that were run; every number is in report.json.")


def save(result: Any, folder: str | Path, overwrite: bool = False, title: str | None = None) -> Path:
    """Write a report of one result or of several.

    Args:
        result: what `check`, `derive`, `compare_networks`, `sweep` or `answer` returned, or a list of such results.
        folder: where to; it is made if it is not there. It receives report.html, report.json and the pictures as PNGs.
        overwrite: whether an earlier report there may be replaced.
        title: the page's heading.

    Returns:
        The path of the page.

    Raises:
        InvalidFile: if something is in the way, or the folder cannot be written.
        InvalidOption: if there is no result, or one of another kind.

    >>> import tempfile
    >>> from emt_theory import derive
    >>> from emt_theory.tasks import running_parity
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = save(derive(running_parity()), Path(folder) / "parity")
    ...     page.name, sorted(path.name for path in page.parent.iterdir())
    ('report.html', ['report.html', 'report.json'])
    """
    results = list(result) if isinstance(result, Sequence) else [result]
    target = check_folder(folder, overwrite)
    if not results:
        raise InvalidOption("a report needs at least one result")
    made = _named([chapter for one in results for chapter in chapters(one)])
    pictures = {
        f"{chapter.name}-{picture.name}.png": picture.png
        for chapter in made
        for part in chapter.sections
        for picture in part.pictures
    }
    refuse_to_overwrite([target / f"{c.name}-{picture}.png" for c in made for picture in PICTURES], overwrite)
    heading, below = _OF_CHECKS if all(isinstance(one, CheckResult) for one in results) else _OF_OTHERS
    page = _page(made, title or heading, below)
    twin = [one.to_dict() for one in results]
    text = json.dumps(twin if isinstance(result, Sequence) else twin[0], indent=1, allow_nan=False, ensure_ascii=False)
    make_folder(target)
    for name, png in pictures.items():
        files.write(target / name, png)
    files.write(target / "report.json", text.encode())
    return files.write(target / "report.html", page.encode())


def _named(made: list[Chapter]) -> list[Chapter]:
    """Several chapters, numbered, so that no two share a name."""
    return made if len(made) == 1 else [replace(one, name=f"{k + 1}-{one.name}") for k, one in enumerate(made)]


def _page(made: Sequence[Chapter], title: str, below: str) -> str:
    rows = all(chapter.row for chapter in made)
    return TEMPLATES.get_template("page.html").render(
        title=title,
        subtitle=below,
        columns=("", "", *(OVERVIEW[3:] if rows else ())),
        chapters=made,
        notes=unique_notes(made),
        footer=f"emt_theory {__version__}. The same numbers, and more, are in report.json beside this page.",
    )

"""The folder that a report is written into: it is made, and what is there stays there, unless one asks to overwrite it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from emt_theory.errors import InvalidFile

REPORT = ("report.html", "report.json")
"""The files of the report of a check, beside its pictures."""


def check_folder(folder: str | Path, overwrite: bool = False, files: Iterable[str] = REPORT) -> Path:
    """The folder, if these files may be written there.

    Raises:
        InvalidFile: if a file stands where a folder is needed, or one of these files is there already and is not to be overwritten.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     check_folder(Path(folder) / "new").name
    'new'
    """
    if not isinstance(folder, str | os.PathLike):
        raise InvalidFile(f"a folder is a path; got {type(folder).__name__}")
    target = Path(folder)
    inside = next(
        part for part in (target, *target.parents) if os.path.lexists(part) or part == part.parent or part == Path()
    )
    if not os.path.isdir(inside):
        raise InvalidFile(f"{inside} is a file; a report needs a folder")
    refuse_to_overwrite((target / name for name in files), overwrite)
    return target


def refuse_to_overwrite(paths: Iterable[Path], overwrite: bool) -> None:
    """Refuse where one of these is there.

    Raises:
        InvalidFile: names the first.
    """
    there = [path for path in paths if os.path.lexists(path)]
    if there and not overwrite:
        raise InvalidFile(f"{there[0]} is there already; choose another folder, or ask to overwrite it (--force)")


def make_folder(folder: Path) -> None:
    """Make the folder, with those above it.

    Raises:
        InvalidFile: if the system refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise InvalidFile(
            f"{folder}: the folder cannot be made ({getattr(error, 'strerror', None) or error})"
        ) from None

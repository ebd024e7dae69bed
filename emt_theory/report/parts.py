"""What a page is made of: sections with a sentence, pictures and tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from emt_theory.ground.json import Record
from emt_theory.report.pictures import Picture


@dataclass(frozen=True)
class Table(Record):
    """A table of a report; cells are texts."""

    title: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section(Record):
    """One step of a check.

    Attributes:
        title: what was asked.
        sentence: what was found, in plain words.
        pictures, tables: the evidence.
        lines: a text of its own lines, such as a program.
    """

    title: str
    sentence: str
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    lines: tuple[str, ...] = ()


class Shown(NamedTuple):
    """What a section shows beside its sentence."""

    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()

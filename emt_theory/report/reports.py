"""A check as a page: one self-contained HTML file, its JSON twin, and the pictures by themselves.

What is in the way is found before anything is drawn, everything is drawn before anything is written, and the page, which the others belong to, is
written last: where there is a page, there is all of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import jinja2

from emt_theory import __version__
from emt_theory.analysis import CheckResult, Verdict
from emt_theory.errors import InvalidOption
from emt_theory.evidence.extra import ExtraMemory
from emt_theory.evidence.recording import require
from emt_theory.evidence.use import VariableUse
from emt_theory.evidence.variables import VariableReading
from emt_theory.ground import files
from emt_theory.ground.absent import Absent
from emt_theory.report.folders import check_folder, make_folder, refuse_to_overwrite
from emt_theory.report.pictures import PICTURES
from emt_theory.report.sections import Section, sections
from emt_theory.tasks.digits import write_fraction

MEANING = {
    Verdict.CONSISTENT: "It solves the task, holds its variables where its outputs see them and nothing else, and uses them.",
    Verdict.SOLVED_OTHERWISE: "It solves the task, but not, or not only, by the circuit: the evidence against it is named below.",
    Verdict.NOT_SOLVED: "It does not solve the task. What else was measured is shown, but nothing follows from it.",
    Verdict.INCONCLUSIVE: "The measurements do not decide: an interval straddles its threshold, or a question cannot be answered.",
}
"""What each verdict means, in plain words."""

OVERVIEW = ("network", "task", "verdict", "accuracy", "variables: least R²", "anything else", "changes right", "modes")
"""The columns of a table of verdicts."""


def save(
    result: CheckResult | Sequence[CheckResult],
    folder: str | Path,
    overwrite: bool = False,
    title: str = "Are these weights the circuit?",
) -> Path:
    """Write a report of one check or of several.

    Args:
        result: what `check` returned, once or several times.
        folder: where to; it is made if it is not there. It receives report.html, report.json and the pictures as PNGs.
        overwrite: whether an earlier report there may be replaced.
        title: the page's heading.

    Returns:
        The path of the page.

    Raises:
        InvalidFile: if something is in the way, or the folder cannot be written.
    """
    results = list(result) if isinstance(result, Sequence) else [result]
    for one in results:
        require(CheckResult, result=one)
    target = check_folder(folder, overwrite)
    names = [f"{i + 1}-{_slug(r)}" if len(results) > 1 else _slug(r) for i, r in enumerate(results)]
    if not results:
        raise InvalidOption("a report needs at least one result of `check`")
    refuse_to_overwrite([target / f"{name}-{picture}.png" for name in names for picture in PICTURES], overwrite)
    made = [sections(r) for r in results]
    page = _page(results, names, made, title)
    twin = [r.to_dict() for r in results]
    text = json.dumps(
        twin[0] if isinstance(result, CheckResult) else twin, indent=1, allow_nan=False, ensure_ascii=False
    )
    make_folder(target)
    for name, parts in zip(names, made, strict=True):
        for picture in (picture for part in parts for picture in part.pictures):
            files.write(target / f"{name}-{picture.name}.png", picture.png)
    files.write(target / "report.json", text.encode())
    return files.write(target / "report.html", page.encode())


def overview_row(result: CheckResult) -> tuple[str, ...]:
    """The cells of a table of verdicts, in the order of `OVERVIEW`; modes are the network's of the theory's."""
    require(CheckResult, result=result)
    spectrum, variables, extra, use = result.spectrum, result.variables, result.extra, result.use
    count = None if isinstance(spectrum, Absent) else spectrum.trajectory.count
    theory = "–" if isinstance(spectrum, Absent) else spectrum.theory_count
    return (
        result.weights.removesuffix(".safetensors"),
        result.task.name,
        str(result.verdict),
        write_fraction(result.behaviour.accuracy),
        f"{variables.r2_min:.3f}" if isinstance(variables, VariableReading) else "–",
        f"{extra.share:.2f}" if isinstance(extra, ExtraMemory) else "–",
        f"{use.sequences_right} of {use.sequences}" if isinstance(use, VariableUse) else "–",
        f"{'–' if count is None else count} of {theory}",
    )


def _page(results: list[CheckResult], names: list[str], made: list[tuple[Section, ...]], title: str) -> str:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template = environment.from_string((resources.files("emt_theory.report") / "page.html").read_text(encoding="utf-8"))
    rows = [overview_row(r) for r in results]
    return template.render(
        title=title,
        subtitle="Networks run on fresh inputs and compared with the exact circuit of their task.",
        overview={
            "columns": OVERVIEW,
            "rows": [
                {"anchor": name, "name": row[0], "task": row[1], "verdict": row[2], "cells": row[3:]}
                for name, row in zip(names, rows, strict=True)
            ],
        },
        checks=[
            {
                "anchor": name,
                "title": f"{row[0]} on {row[1]}",
                "verdict": row[2],
                "meaning": MEANING[r.verdict],
                "evidence": r.evidence,
                "sections": parts,
            }
            for r, name, row, parts in zip(results, names, rows, made, strict=True)
        ],
        footer=f"emt_theory {__version__}. The same numbers, and more, are in report.json beside this page.",
    )


def _slug(result: CheckResult) -> str:
    stem = Path(result.weights).stem
    return re.sub(r"[^A-Za-z0-9._-]+", "-", f"{stem}-{result.task.name}").strip("-.")[:80] or "network"

"""The directives `theorem-table` and `theorems`: every theorem of the registry, with its conditions, its source, and how it is known.

How it is known is read off the proof: which steps are computed, which are textbook theorems, which are words; and off the record of what
Coq has checked. Nothing is run here; `emt prove` does that.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes
from docutils.parsers.rst import Directive

from emt_theory.theorems import THEOREMS, Theorem
from proofs import ledger, machine

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

BASES = {"checked": "computed", "standard": "textbook", "argued": "in words"}


def plain(text: str) -> str:
    """A sentence with nothing in it that Markdown would take for its own, and theorems that it names linked."""
    escaped = re.sub(r"([\\*_`<$\[\]|^~])", r"\\\1", text)
    return re.sub(r"\bP\d\db?\b", lambda found: f"[{found[0]}](#{found[0].lower()})", escaped)


def known(theorem: Theorem) -> str:
    """How a theorem is known, in a line."""
    if theorem.id not in ledger.MODULES:
        return "Stated; no proof yet."
    proof, coq = ledger.load(theorem.id), machine.state(theorem.id)
    counts = [(sum(step.basis == basis for step in proof.steps), name) for basis, name in BASES.items()]
    shown = ", ".join(f"{count} {name}" for count, name in counts if count)
    checked = "**Machine-checked for all sizes** ([by Coq](machine_checked.md)). " if coq == machine.MACHINE else ""
    return f"{checked}Steps of the proof: {shown}; scope: {plain(proof.scope)}."


def section(theorem: Theorem) -> list[str]:
    """One theorem, in Markdown: its statement, its conditions, its proof folded away."""
    lines = [f"({theorem.id.lower()})=", f"## {theorem.id} {theorem.title}", "", plain(theorem.statement), ""]
    lines += [f"- {plain(condition)}" for condition in theorem.conditions]
    lines += ["", f"*Source:* {plain(theorem.source)}. {known(theorem)}", ""]
    if theorem.id in ledger.MODULES:
        steps = [
            f"1. *{BASES[step.basis]}{', an example' if step.example else ''}.* {plain(step.sentence)}"
            for step in ledger.load(theorem.id).steps
        ]
        lines += ["<details><summary>The steps</summary>", "", *steps, "", "</details>", ""]
    return lines


class Markdown(Directive):
    """What `lines` makes, as if it stood in the page."""

    def run(self) -> list[nodes.Node]:
        found = nodes.Element()
        self.state.nested_parse(self.lines(), self.lineno, found, match_titles=True)
        return found.children

    def lines(self) -> list[str]:
        raise NotImplementedError


class TheoremTable(Markdown):
    """One row for each."""

    def lines(self) -> list[str]:
        rows = ["| | | source | checked by |", "|---|---|---|---|"]
        for one in THEOREMS.values():
            new = "new" if one.source == "new" else ""
            by = "Coq" if machine.state(one.id) == machine.MACHINE else ""
            rows.append(f"| [{one.id}](#{one.id.lower()}) | {plain(one.title)} | {new} | {by} |")
        return rows


class Theorems(Markdown):
    """One section for each, by number."""

    def lines(self) -> list[str]:
        return [line for one in THEOREMS.values() for line in section(one)]


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_directive("theorem-table", TheoremTable)
    app.add_directive("theorems", Theorems)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

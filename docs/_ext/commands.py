"""The directive `commands`: a section for every subcommand of `emt`, made of the command itself.

Usage, options and defaults are those of its parser, the text is its help, the example the one that its help ends with: the page cannot
say what the command does not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import typer
from docutils import nodes
from docutils.parsers.rst import Directive

from emt_theory.cli.app import app as emt
from emt_theory.cli.examples import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def subcommands(group: Any, words: str = "emt") -> Iterator[tuple[str, Any]]:
    """Every command with its words, those of groups included."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from subcommands(command, f"{words} {name}")
        else:
            yield f"{words} {name}", command


def cell(text: str) -> str:
    """A text in a cell of a table: one line, with nothing in it that Markdown would take for its own."""
    return re.sub(r"([\\|*_`<$\[\]])", r"\\\1", " ".join(text.split()))


def row(parameter: Any) -> str:
    """`-o, --output DIR` | what it is for, and what it is if left out."""
    option = parameter.opts[0].startswith("-")
    spelled = ", ".join(sorted(parameter.opts, key=len) if option else [parameter.metavar or parameter.name])
    if parameter.secondary_opts:
        spelled += " / " + ", ".join(parameter.secondary_opts)
    flag = isinstance(parameter.default, bool) or bool(parameter.secondary_opts)
    kind = "NAME" if isinstance(parameter.default, str) else "NUMBER"
    value = f" {parameter.metavar or kind}" if option and not flag else ""
    said = cell(parameter.help or "")
    if parameter.required:
        said += " *Required.*"
    elif parameter.default not in (None, False, True, ()):
        said += f" Default: {cell(str(parameter.default))}."
    named = f"{spelled}{value}".replace("|", "\\|")  # K|LIST is one cell
    return f"| `{named}` | {said} |"


def usage(words: str, command: Any) -> str:
    given = [p for p in command.params if not p.opts[0].startswith("-")]
    needed = [f"{p.opts[-1]} {p.metavar}" for p in command.params if p.opts[0].startswith("-") and p.required]
    return " ".join([words, *(p.metavar or p.name for p in given), *needed, "[OPTIONS]"])


def section(words: str, command: Any) -> list[str]:
    """One command, in Markdown."""
    example = EXAMPLES.get(words.removeprefix("emt "))
    text = (command.help or "").replace("\b", "").strip()
    lines = [f"({words.replace(' ', '-')})=", f"## `{words}`", "", "```text", usage(words, command), "```", ""]
    lines += [re.sub(r"([*_<\[\]$])", r"\\\1", line) for line in text.splitlines()]
    if shown := [row(p) for p in command.params if not getattr(p, "hidden", False)]:
        lines += ["", "```{container} options", "| | |", "|---|---|", *shown, "```"]
    return lines + (["", "```console", f"$ {example}", "```"] if example else []) + [""]


class Commands(Directive):
    """All of them, in the order of the help."""

    def run(self) -> list[nodes.Node]:
        found = nodes.Element()
        text = [line for words, command in subcommands(typer.main.get_command(emt)) for line in section(words, command)]
        self.state.nested_parse(text, self.lineno, found, match_titles=True)
        return found.children


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_directive("commands", Commands)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

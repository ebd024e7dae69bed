"""Docstrings as they are written here: equations stand apart, |λ| is a modulus, `name` links if there is such a name, fields keep their sentences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.domains.python import PyObject
from sphinx.roles import code_role
from sphinx.util.inspect import TypeAliasForwardRef

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

LEAD = re.compile(r" *(?:[*-] |\d\. )?")  # where the text of a line begins
WIDE = 1000  # what stands deep under a field belongs to it
THEOREM = re.compile(r"\b(P\d\db?)\b")
MODULE = re.compile(r"(?<![\w.~])(?=[A-Za-z_]\w*\.\w)")
LETTER = re.compile(r"^(:[^:]+: +)(?=\w\.(?: |$))")  # a field whose text begins "d." is a list to reStructuredText
DEFAULT = re.compile(r"<(?:module|function) '?(?:[\w.]*\.)?(<lambda>|\w+)'?(?: from '[^']*')?>")
NAME = re.compile(r"[A-Za-z]\w*(?:\.\w+)*(?:\(\))?")


def linked(
    name: str, rawtext: str, text: str, lineno: int, inliner: Any, options: Any = None, content: Any = ()
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """What stands between single backticks: a link to the object of that name, or else code."""
    if NAME.fullmatch(nodes.unescape(text)):
        role = inliner.document.settings.env.domains.python_domain.role("obj")
        return role("py:obj", rawtext, text, lineno, inliner, options or {}, content)
    return code_role("code", rawtext, text, lineno, inliner, options or {}, content)


def skip_field_aliases(app: Sphinx, what: str, name: str, value: Any, skip: bool, options: Any) -> bool | None:
    """Named tuples describe their fields under "Attributes:"; Python's own "Alias for field number 0" says less."""
    return True if str(getattr(value, "__doc__", "")).startswith("Alias for field number") else None


def set_apart(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """What stands four spaces in, an equation or a table, keeps its lines and columns; in prose, outside backticks, |λ| is no substitution."""
    written: list[str] = []
    margin, kind = 0, "prose"
    for line in lines:
        if line and not (written and written[-1]):  # a block begins
            before, indent = kind, len(line) - len(line.lstrip())
            kind = "doctest" if line.lstrip().startswith(">>>") else "apart" if indent >= margin + 4 else "prose"
            written += [" " * margin + ".. code-block:: text", ""] if (before, kind) == ("prose", "apart") else []
        if line and kind == "prose":
            margin = WIDE if line.startswith((":", ".. ")) else len(LEAD.match(line)[0])
            parts = line.split("`")
            line = "`".join(part.replace("|", "\\|") if k % 2 == 0 else part for k, part in enumerate(parts))
        written.append(line)
    lines[:] = written


def keep_sentence(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Of a property whose first line says "a: b" napoleon takes a for the type; of an escaped end of line it takes nothing."""
    if what in ("property", "attribute"):
        lines.insert(0, "\\")


def write_dashes(app: Sphinx, doctree: nodes.document) -> None:
    """Sphinx puts two hyphens between a field and its text, and leaves it to smart quotes, which are off, to make a dash of them."""
    for text in list(doctree.findall(nodes.Text)):
        if text == " -- ":
            text.parent.replace(text, nodes.Text(" – "))


def link_theorems(app: Sphinx, doctree: nodes.document) -> None:
    """P07 in the text of a docstring leads to the theorem."""
    if not app.env.docname.startswith("api/"):
        return
    for text in list(doctree.findall(nodes.Text)):
        parts = THEOREM.split(text)
        if len(parts) == 1 or isinstance(
            text.parent, nodes.literal | nodes.FixedTextElement | nodes.reference | nodes.title
        ):
            continue
        linked = [
            pending_xref(
                "",
                nodes.inline("", part),
                refdomain="std",
                reftype="ref",
                reftarget=part.lower(),
                refexplicit=True,
                refwarn=True,
            )
            if k % 2
            else nodes.Text(part)
            for k, part in enumerate(parts)
        ]
        text.parent.replace(text, linked)


def write_fields(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Of the attributes "a, b: text" Sphinx takes a for the type of b, unless there is no space between them; types go without their modules."""
    for i, line in enumerate(lines):
        if line.startswith(":ivar "):
            names, colon, text = line.removeprefix(":ivar ").partition(":")
            lines[i] = f":ivar {names.replace(', ', ',')}{colon}{text}"
        elif line.startswith(":vartype "):
            lines[i] = MODULE.sub("~", line)
        lines[i] = LETTER.sub(r"\1\\", lines[i])


def write_defaults(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """A default that is a module or a function goes by its name, whichever folder that was loaded from."""
    return signature and DEFAULT.sub(r"\1", signature), returned


def setup(app: Sphinx) -> ExtensionMetadata:
    TypeAliasForwardRef.__repr__ = lambda self: self.name  # in a union, too
    app.add_role("linked", linked)
    for field in PyObject.doc_field_types:
        field.label = "Attributes" if field.name == "variable" else field.label  # a variable is something else here
    app.connect("autodoc-process-docstring", keep_sentence, priority=400)  # before napoleon
    app.connect("autodoc-process-docstring", write_fields, priority=600)  # after it
    app.connect("autodoc-process-docstring", set_apart, priority=700)
    app.connect("autodoc-process-signature", write_defaults)
    app.connect("doctree-read", write_dashes)
    app.connect("doctree-read", link_theorems)
    app.connect("autodoc-skip-member", skip_field_aliases)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

"""Docstrings as they are written here: |λ| is a modulus, `name` links where there is such a name, fields keep their sentences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.domains.python import PyObject
from sphinx.roles import code_role

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

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


def write_moduli(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """In a docstring |λ| is a modulus and not a substitution, except in doctests and between backticks."""
    for i, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            parts = line.split("`")
            lines[i] = "`".join(part.replace("|", "\\|") if k % 2 == 0 else part for k, part in enumerate(parts))


def keep_sentence(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Of a property whose first line says "a: b" napoleon takes a for the type; of an escaped end of line it takes nothing."""
    if what in ("property", "attribute"):
        lines.insert(0, "\\")


def join_names(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Of the attributes "a, b: text" Sphinx takes a for the type of b, unless there is no space between them."""
    for i, line in enumerate(lines):
        if line.startswith(":ivar "):
            names, colon, text = line.removeprefix(":ivar ").partition(":")
            lines[i] = f":ivar {names.replace(', ', ',')}{colon}{text}"


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_role("linked", linked)
    for field in PyObject.doc_field_types:
        field.label = "Attributes" if field.name == "variable" else field.label  # a variable is something else here
    app.connect("autodoc-process-docstring", keep_sentence, priority=400)  # before napoleon
    app.connect("autodoc-process-docstring", join_names, priority=600)  # after it
    app.connect("autodoc-process-docstring", write_moduli)
    app.connect("autodoc-skip-member", skip_field_aliases)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

"""Sphinx configuration. Nothing here needs a network, neither to build the pages nor to read them."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "emt_theory"
author = "the emt_theory developers"
copyright = f"2026, {author}"
release = version = version_of("emt_theory")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "mathml"]
exclude_patterns = ["_build"]

myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
default_role = "code"

html_theme = "furo"
html_title = "emt_theory"
html_static_path = ["_static"]
html_math_renderer = "mathml"
html_show_sourcelink = False
html_theme_options = {"navigation_with_keys": True}
pygments_style = "friendly"
pygments_dark_style = "monokai"


def skip_field_aliases(app: Any, what: str, name: str, value: Any, skip: bool, options: Any) -> bool | None:
    """Named tuples describe their fields under "Attributes:"; Python's own "Alias for field number 0" says less."""
    return True if str(getattr(value, "__doc__", "")).startswith("Alias for field number") else None


def write_moduli(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """In a docstring |λ| is a modulus and not a substitution, except in doctests and between backticks."""
    for i, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            parts = line.split("`")
            lines[i] = "`".join(part.replace("|", "\\|") if k % 2 == 0 else part for k, part in enumerate(parts))


def keep_sentence(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Of a property whose first line says "a: b" napoleon takes a for the type; of an escaped end of line it takes nothing."""
    if what in ("property", "attribute"):
        lines.insert(0, "\\")


def join_names(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Of the attributes "a, b: text" Sphinx takes a for the type of b, unless there is no space between them."""
    for i, line in enumerate(lines):
        if line.startswith(":ivar "):
            names, colon, text = line.removeprefix(":ivar ").partition(":")
            lines[i] = f":ivar {names.replace(', ', ',')}{colon}{text}"


def setup(app: Any) -> None:
    app.connect("autodoc-process-docstring", keep_sentence, priority=400)  # before napoleon
    app.connect("autodoc-process-docstring", join_names, priority=600)  # after it
    app.connect("autodoc-process-docstring", write_moduli)
    app.connect("autodoc-skip-member", skip_field_aliases)

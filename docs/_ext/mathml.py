r"""Formulas as MathML, made while the pages are built.

The page holds the formula itself (no script, no picture, no network): LaTeX goes through the converter that ships with
Docutils, and is set in STIX Two Math, which is copied beside the page, because a browser without a mathematical font
cannot stretch the brackets of a matrix. A command that the converter does not know is a warning, hence an error in
``make docs``.
"""

from __future__ import annotations

import re
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata
    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

FONT = "STIXTwoMath-Regular.ttf"

# What authors write, and the converter spells differently.
SPELLINGS = {
    r"\\dots\b": r"\\ldots",
    r"\\iff\b": r"\\;\\Longleftrightarrow\\;",
    r"\{(?:split|align\*?)\}": "{aligned}",
}
# Fences that TeX leaves at their size unless \left and \right ask for more; MathML would stretch them.
FIXED_FENCES = re.compile(r"<mo(?: class=\"math(?:open|close)\")?>([‖⌊⌋⌈⌉])</mo>")


def to_mathml(tex: str, *, block: bool) -> str:
    """Translate a formula from LaTeX.

    Raises:
        MathError: if it holds a command that the converter does not know.
    """
    for pattern, replacement in SPELLINGS.items():
        tex = re.sub(pattern, replacement, tex)
    mathml = tex2mathml(tex, as_block=block)
    return mathml if r"\left" in tex else FIXED_FENCES.sub(r'<mo stretchy="false">\1</mo>', mathml)


def translate(node: nodes.math | nodes.math_block, *, block: bool) -> str:
    tex = node.astext().strip()
    try:
        return to_mathml(tex, block=block)
    except MathError as error:
        logger.warning("formula %r: %s", tex, error, location=node)
        return f"<code>{escape(tex)}</code>"


def visit_math(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(translate(node, block=False))
    raise nodes.SkipNode


def visit_math_block(self: HTML5Translator, node: nodes.math_block) -> None:
    self.body.append(self.starttag(node, "div", CLASS="formula-block"))
    self.body.append(translate(node, block=True))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})</span>')
    self.body.append("</div>\n")
    raise nodes.SkipNode


def copy_font(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        font = files("ziamath.fonts").joinpath(FONT).read_bytes()
        (Path(app.outdir) / "_static" / FONT).write_bytes(font)


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    app.add_css_file("mathml.css")
    app.connect("build-finished", copy_font)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

"""The tutorials as notebooks to take away: each becomes a file of the site that Jupyter and Google Colab open.

A page that runs is Markdown with cells. Its notebook has the same text and the same code, a first cell that installs the package where it is
missing, and links and pictures that lead to files of the site, which a notebook does not have, as plain text.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

HEAD = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
CELL = re.compile(r"```\{code-cell\} ipython3\n(.*?)```\n?", re.DOTALL)
LOCAL_PICTURE = re.compile(r"!\[([^\]]+)\]\((?!https?:)[^)]*\)")
LOCAL_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]*\)")
INSTALL = """# On Google Colab, or wherever the package is missing: its wheel, or the folder that you have it in, in place of the name.
try:
    import emt_theory
except ImportError:
    %pip install --quiet emt_theory"""


def is_notebook(text: str) -> bool:
    """Whether a page has cells that run."""
    return HEAD.match(text) is not None and CELL.search(text) is not None


def to_notebook(text: str) -> dict[str, Any]:
    """A page as a notebook of nbformat 4.5: Markdown and code by turns, and first the cell that installs."""
    parts = CELL.split(HEAD.sub("", text))  # text, code, text, code, …, text
    heading, *rest = parts
    kinds = [("markdown", heading), ("code", INSTALL)]
    kinds += [("code" if k % 2 == 0 else "markdown", part) for k, part in enumerate(rest)]
    cells = [_cell(kind, part.strip("\n"), k) for k, (kind, part) in enumerate(kinds) if part.strip()]
    about = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}


def _cell(kind: str, text: str, number: int) -> dict[str, Any]:
    shown = (
        text
        if kind == "code"
        else LOCAL_LINK.sub(r"\1", LOCAL_PICTURE.sub(r"*On the page there is a picture: \1.*", text))
    )
    cell: dict[str, Any] = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": shown}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def write_notebooks(app: Sphinx, exception: Exception | None) -> None:
    """All of them, into `_static/notebooks` of the site."""
    if exception is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static" / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted(app.env.found_docs):
        text = Path(app.env.doc2path(name)).read_text(encoding="utf-8")
        if is_notebook(text):
            notebook = json.dumps(to_notebook(text), ensure_ascii=False, indent=1)
            (folder / f"{name.rpartition('/')[2]}.ipynb").write_text(notebook, encoding="utf-8")


def offer(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Under the title of a page that runs, a link to its notebook."""
    if doctree is None or not is_notebook(Path(app.env.doc2path(pagename)).read_text(encoding="utf-8")):
        return
    up = "../" * pagename.count("/")
    file = f"{up}_static/notebooks/{pagename.rpartition('/')[2]}.ipynb"
    link = (
        f'<p class="take-away"><a href="{file}" download>Download as a notebook</a>, for Jupyter or Google Colab.</p>'
    )
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{link}", 1)


def setup(app: Sphinx) -> ExtensionMetadata:
    app.connect("html-page-context", offer)
    app.connect("build-finished", write_notebooks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

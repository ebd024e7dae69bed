"""The Python of the documentation runs, page by page; its files are read; its links lead somewhere; every public name has its page."""

import json
import re
from importlib import import_module
from pathlib import Path
from runpy import run_path

import pytest

import emt_theory as emt
from emt_theory.studies import read_grid
from emt_theory.tasks import load
from emt_theory.training import parse_protocol

DOCS = Path(__file__).parent.parent / "docs"


def blocks(page, language=r"(?:python|\{code-cell\} ipython3)"):
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)


FAST = {"tutorials/own_rule.md"}
SLOW = {
    "basis.md",
    "gallery.md",
    "gsemm.md",
    "hypotheses.md",
    "laws.md",
    "proved.md",
    "reading.md",
    "training.md",
}  # they train, or have all instruments look at trained networks

PAGES = [
    pytest.param(name, marks=[pytest.mark.slow] if name in SLOW or ("/" in name and name not in FAST) else [])
    for page in sorted(DOCS.rglob("*.md"))
    if "_build" not in page.parts and blocks(page)
    for name in [page.relative_to(DOCS).as_posix()]
]


@pytest.mark.parametrize("page", PAGES)
def test_the_python_of_a_page_runs(page, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    names = {}
    for block in blocks(DOCS / page):
        exec(compile(block, page, "exec"), names)
    for name, test in names.items():
        if name.startswith("test_"):
            test()


NOTEBOOKS = run_path(str(DOCS / "_ext" / "notebooks.py"))
RUN = [p for p in sorted(DOCS.rglob("*.md")) if "_build" not in p.parts and blocks(p, r"\{code-cell\} ipython3")]


@pytest.mark.parametrize("page", RUN, ids=lambda path: path.stem)
def test_a_page_that_runs_is_a_notebook_to_take_away(page):
    """The code of the page, cell by cell, behind a first one that installs; no link that leads nowhere."""
    made = json.loads(json.dumps(NOTEBOOKS["to_notebook"](page.read_text(encoding="utf-8"))))
    code = [cell["source"] for cell in made["cells"] if cell["cell_type"] == "code"]
    assert "%pip install" in code[0]
    assert [f"{text}\n" for text in code[1:]] == blocks(page, r"\{code-cell\} ipython3")
    assert made["cells"][0]["source"].startswith("# ")
    text = "".join(cell["source"] for cell in made["cells"] if cell["cell_type"] == "markdown")
    assert not re.search(r"\]\((?!https?:)", text)
    assert (made["nbformat"], len({cell["id"] for cell in made["cells"]})) == (4, len(made["cells"]))
    assert {"toctree", "code-cell"}.isdisjoint(re.findall(r"```\{([\w-]+)\}", text))


READERS = {"task": load, "protocol": lambda path: parse_protocol(str(path)), "grid": read_grid}


def test_the_files_that_formats_shows_are_read(tmp_path):
    shown = blocks(DOCS / "formats.md", "toml")
    for block in shown:
        kind = block.splitlines()[0].removeprefix("# ")
        (tmp_path / "shown.toml").write_text(block, encoding="utf-8")
        assert READERS[kind](tmp_path / "shown.toml")
    assert {block.splitlines()[0] for block in shown} == {f"# {kind}" for kind in READERS}


def prose(page):
    return re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def anchors(page):
    """As GitHub and MyST make them of headings: lower case, hyphens for spaces, nothing but letters, digits, - and _."""
    plain = [
        re.sub(r"[`$*]|\[|\]\([^)]*\)", "", head).strip().lower()
        for head in re.findall(r"^#{1,3} (.*)$", prose(page), re.M)
    ]
    return {re.sub(r"[^\w\- ]", "", head).replace(" ", "-") for head in plain} | set(
        re.findall(r"^\(([\w-]+)\)=", prose(page), re.M)
    )


def test_links_of_the_pages_lead_somewhere_and_every_page_is_listed():
    pages = [page for page in sorted(DOCS.rglob("*.md")) if "_build" not in page.parts]
    listed = {DOCS / "index.md"}
    for page in pages:
        for entries in blocks(page, r"\{toctree\}"):
            listed |= {(page.parent / f"{line}.md").resolve() for line in entries.split() if not line.startswith(":")}
        for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", prose(page)):
            file, _, anchor = target.partition("#")
            found = (page.parent / file).resolve() if file else page
            assert found.exists(), f"{page}: {target}"
            assert not anchor or anchor in anchors(found), f"{page}: {target}"
    assert {page.resolve() for page in pages} <= listed


def listed():
    """The names of each concept of the API pages, as (package, name); all that a package exports where none is named."""
    for page in sorted((DOCS / "api").glob("*.md")):
        for package, names in re.findall(
            r"```\{concept\} (\S+)\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL
        ):
            yield from ((package, name) for name in names.split() or import_module(package).__all__)


def test_every_public_name_stands_on_one_page_of_the_api():
    found = list(listed())
    assert len(found) == len(set(found))
    assert all(hasattr(import_module(package), name) for package, name in found)
    names = {name for _, name in found} | {"RationalMatrix"}  # on the page of exact numbers
    whole = {"errors", "testing"}  # pages of whole modules
    packages = [name for name in emt._MODULES if name not in whole] + ["evidence", "evidence.basis", "testing.laws"]
    for package in packages:
        missing = set(import_module(f"emt_theory.{package}").__all__) - names
        assert not missing, f"emt_theory.{package} has names that no page of docs/api lists: {missing}"

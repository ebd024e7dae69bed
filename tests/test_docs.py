"""The Python of the documentation runs, page by page; its files are read; its links lead somewhere; every public name has its page."""

import inspect
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


API = sorted((DOCS / "api").glob("*.md"))


def listed(pages=API):
    """The names of each concept of the API pages, as (package, name); all that a package exports where none is named."""
    for page in pages:
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


def documented():
    """Every class and function of the API pages, those of whole modules included, with the code of its page."""
    for page in API:
        code, text = "".join(blocks(page)), page.read_text(encoding="utf-8")
        for module in re.findall(r"automodule:: (\S+)", text):
            home = import_module(module)
            own = [name for name, value in vars(home).items() if getattr(value, "__module__", None) == module]
            yield from ((getattr(home, name), code) for name in own if not name.startswith("_"))
        for package, name in listed([page]):
            value = getattr(import_module(package), name)
            if inspect.isclass(value) or inspect.isroutine(value):
                yield value, code


def above(value):
    """The modules whose docstrings speak of it: its own, and the packages that this lies in."""
    parts = value.__module__.split(".")
    return [import_module(".".join(parts[:k])) for k in range(2, len(parts) + 1)]


def members(value):
    made = vars(value).values() if inspect.isclass(value) else ()
    plain = (getattr(m, "fget", None) or getattr(m, "func", None) or getattr(m, "__func__", m) for m in made)
    return [m for m in plain if inspect.isfunction(m)]


def examples(value, page=""):
    """The code in which it may stand: all doctests of its own, of its members and of what lies above it, and its page's."""
    texts = [value.__doc__, *(part.__doc__ for part in [*above(value), *members(value)])]
    return "\n".join([page, *re.findall(r"^ *(?:>>>|\.\.\.) (.*)$", "\n".join(filter(None, texts)), re.MULTILINE)])


def made_of(value):
    """What a function returns; of a class its fields, and what its methods return: words of annotations."""
    fields = vars(value).get("__annotations__", {}).values() if inspect.isclass(value) else ()
    returned = (m.__annotations__.get("return") for m in [value, *members(value)] if inspect.isfunction(m))
    return {word for text in [*fields, *returned] for word in re.findall(r"\w+", str(text))}


def without_example(values):
    """Those that have no example of their own, and that no other names; a class is shown too where what is shown returns or holds it."""
    own = {value for value in values if ">>>" in (value.__doc__ or "")}
    shown = own | {
        value for value, page in values.items() if re.search(rf"\b{value.__name__}\b", examples(value, page))
    }
    new = shown
    while new:
        words = {word for value in new for word in made_of(value)}
        new = {value for value in values if inspect.isclass(value) and value.__name__ in words} - shown
        shown |= new
    return {value.__name__ for value in values} - {value.__name__ for value in shown}


def test_every_name_of_the_api_has_an_example():
    assert not without_example(dict(documented()))


def test_a_name_without_an_example_is_found():
    def shown() -> list["Held"]:
        """Has one.

        >>> shown()
        []
        """

    def told():
        """Has none, though `told` stands in its text."""

    class Held: ...

    class Lone: ...

    class Paged: ...

    values = dict.fromkeys((shown, told, Held, Lone), "") | {Paged: "made = Paged()"}
    assert without_example(values) == {"told", "Lone"}


THEORY = ("exact", "circuits", "gsemm", "evidence")


def without_source(texts):
    """Those that set an equation apart, four spaces in, and name neither a source nor a theorem."""
    apart = {name: "".join(re.findall(r"\n\n((?: {4,}.*\n)+)", text)) for name, text in texts.items()}
    named = r"\bSources?: |\bP\d\db?\b"
    return {name for name, text in texts.items() if set("=≤≥") & set(apart[name]) and not re.search(named, text)}


def test_every_equation_of_the_theory_has_a_source():
    homes = {value.__module__: value for value, _ in documented() if value.__module__.split(".")[1] in THEORY}
    texts = {name: "\n".join(filter(None, (part.__doc__ for part in above(value)))) for name, value in homes.items()}
    assert not without_source(texts)
    assert len(texts) > 80


def test_an_equation_without_a_source_is_found():
    equation = "Heads.\n\n    a = b,\n\nas is known."
    texts = {
        "owed": equation,
        "named": f"{equation}\n\nSource: new.",
        "proved": f"{equation} See P08.",
        "none": "a = b.",
    }
    assert without_source(texts) == {"owed"}

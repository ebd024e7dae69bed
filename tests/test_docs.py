"""The Python of the documentation runs, page by page."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"


def blocks(page):
    return re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.DOTALL)


SLOW = {
    "hypotheses.md",
    "reading.md",
    "training.md",
}  # two train networks, one has all instruments look at trained ones

PAGES = [
    pytest.param(page.name, marks=[pytest.mark.slow] if page.name in SLOW else [])
    for page in sorted(DOCS.glob("*.md"))
    if blocks(page)
]


@pytest.mark.parametrize("page", PAGES)
def test_the_python_of_a_page_runs(page):
    names = {}
    for block in blocks(DOCS / page):
        exec(compile(block, page, "exec"), names)
    for name, test in names.items():
        if name.startswith("test_"):
            test()

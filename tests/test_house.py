"""How the house is built: functions that fit on a screen, and what measures knows nothing that decides."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
LONGEST = 60


@cache
def nodes():
    texts = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in (ROOT / "emt_theory").rglob("*.py")}
    return [(name, node) for name in sorted(texts) for node in ast.walk(ast.parse(texts[name]))]


def functions():
    return [(path, node) for path, node in nodes() if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_functions_fit_on_a_screen():
    sizes = {f"{path}: {f.name}": (f.end_lineno or 0) - f.lineno + 1 for path, f in functions()}
    assert {name: size for name, size in sizes.items() if size > LONGEST} == {}


def test_nothing_is_handed_in_that_may_be_at_hand_already():
    """A value that could be made from the other arguments has one owner, the examination."""
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "emt_theory").rglob("*.py")}
    assert [path.name for path, text in texts.items() if "at hand" in text] == []


PARTS = {"draw_nothing", "_axes"}
"""What other pictures are put together from."""


def test_every_picture_has_a_title():
    """Friendliness: r.plot() has no title."""
    drawing = {
        f"{path}: {f.name}": f
        for path, f in functions()
        if f.returns is not None and ast.unparse(f.returns) == "Axes" and "subplots" in ast.unparse(f)
    }
    untitled = [name for name, f in drawing.items() if not re.search(r"(write|set)_title\(|_titled\(", ast.unparse(f))]
    assert len(drawing) > 15
    assert [name for name in untitled if name.split()[-1] not in PARTS] == []


def test_what_is_missing_is_a_value_and_no_text():
    """A function returns a measurement or `Absent`, never a text that says why there is none."""
    found = [f for path, f in functions() if path.startswith("emt_theory/evidence/") and f.returns]
    texts = [f for f in found if f.returns and "| str" in ast.unparse(f.returns)]
    assert found
    assert [f.name for f in texts if "None" not in ast.unparse(f.returns or f)] == []


GROWING = ["Call", "Site", "Track", "_Tally"]
"""What is put together step by step."""


def test_values_are_frozen():
    """All dataclasses but what grows."""
    made = [
        (node.name, "frozen=True" in ast.unparse(one))
        for _, node in nodes()
        if isinstance(node, ast.ClassDef)
        for one in node.decorator_list
        if "dataclass" in ast.unparse(one)
    ]
    assert len(made) > 200
    assert sorted(name for name, frozen in made if not frozen) == GROWING

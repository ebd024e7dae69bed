"""No module imports itself over others, not even inside functions; what only a type checker imports does not count."""

import ast
from functools import cache
from pathlib import Path

import networkx as nx

ROOT = Path(__file__).parents[1]
LAZY = {"emt_theory.testing.laws.law": "emt_theory.testing.laws"}
"""`check_law("P09", …)` looks a law up by its id, when it is called."""


def module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module(path): path for path in sorted((ROOT / "emt_theory").rglob("*.py"))}


def imported(tree: ast.AST) -> set[str]:
    found = set[str]()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.expr) or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else str(node.module) for name in names}
        found |= imported(node)
    return found & MODULES.keys()


@cache
def imports_of(text: str) -> set[str]:
    return imported(ast.parse(text))


def graph(changed: dict[str, str]) -> "nx.DiGraph[str]":
    made: nx.DiGraph[str] = nx.DiGraph()
    for name, path in MODULES.items():
        text = changed.get(name) or path.read_text(encoding="utf-8")
        made.add_edges_from((name, other) for other in imports_of(text) if LAZY.get(name) != other)
    return made


def test_there_is_no_cycle() -> None:
    assert [sorted(part) for part in nx.strongly_connected_components(graph({})) if len(part) > 1] == []


def test_one_inside_a_function_is_seen() -> None:
    late = {"emt_theory.ground.text": "def f():\n    from emt_theory.ground.arguments import shown"}
    assert not nx.is_directed_acyclic_graph(graph(late))

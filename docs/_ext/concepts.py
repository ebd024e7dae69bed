"""The directive `concept`: some public names of one package, listed and then documented, under the path that users import.

    ```{concept} emt_theory.tasks
    from_rule
    LinearTask
    ```

A class lives in some module and is exported by a package: `emt_theory.tasks.linear.LinearTask` is `emt_theory.tasks.LinearTask`. Types in
signatures name the first, pages document the second; `resolve` leads from the one to the other.
"""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.pycode import ModuleAnalyzer

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def kind_of(value: Any) -> str:
    if inspect.isclass(value):
        return "exception" if issubclass(value, BaseException) else "class"
    return "function" if inspect.isroutine(value) else "data"


def data_text(module: str, name: str) -> list[str]:
    """What stands in the source under the definition of a constant; it has no docstring that Python would keep."""
    value = getattr(import_module(module), name)
    for home, found in list(sys.modules.items()):
        if home.startswith("emt_theory") and vars(found).get(name) is value:
            texts = ModuleAnalyzer.for_module(home).find_attr_docs()
            if ("", name) in texts:
                return texts["", name]
    return []


def documented(module: str, name: str) -> str:
    """The directive of one name."""
    kind = kind_of(getattr(import_module(module), name))
    if kind == "data":
        return "\n".join([f".. py:data:: {name}", "", *(f"   {line}" for line in data_text(module, name)), ""])
    options = {"class": "   :members:\n", "exception": "   :show-inheritance:\n"}
    return f".. auto{kind}:: {module}.{name}\n{options.get(kind, '')}"


class Concept(Directive):
    """Names of a package, one a line: first a table of them, then each in full."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        (module,), names = self.arguments, [line.strip() for line in self.content if line.strip()]
        if not names:
            names = list(import_module(module).__all__)
        table = [f".. currentmodule:: {module}", "", ".. autosummary::", "   :nosignatures:", ""]
        table += [f"   {name}" for name in names if kind_of(getattr(import_module(module), name)) != "data"]
        text = "\n".join(["```{eval-rst}", *table, "", *(documented(module, name) for name in names), "```"])
        found = nodes.Element()
        self.state.nested_parse(text.splitlines(), self.lineno, found)
        env = self.state.document.settings.env
        homes = env.emt_homes = getattr(env, "emt_homes", {})
        for name in names:
            value = getattr(import_module(module), name)
            if home := getattr(value, "__module__", None):
                homes[f"{home}.{getattr(value, '__qualname__', name)}"] = f"{module}.{name}"
        return found.children


def merge(app: Sphinx, env: Any, docnames: list[str], other: Any) -> None:
    """What another process has read."""
    env.emt_homes = {**getattr(env, "emt_homes", {}), **getattr(other, "emt_homes", {})}


def resolve(app: Sphinx, env: Any, node: Any, contnode: nodes.Node) -> nodes.Node | None:
    """A link to `emt_theory.tasks.linear.LinearTask.map` leads to where `emt_theory.tasks.LinearTask.map` is documented."""
    if node.get("refdomain") != "py":
        return None
    head, tail = node["reftarget"], ""
    while head:
        if found := getattr(env, "emt_homes", {}).get(head):
            python = env.domains.python_domain
            return python.resolve_xref(env, node["refdoc"], app.builder, "obj", found + tail, node, contnode)
        head, _, last = head.rpartition(".")
        tail = f".{last}{tail}"
    return None


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_directive("concept", Concept)
    app.connect("env-merge-info", merge)
    app.connect("missing-reference", resolve)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

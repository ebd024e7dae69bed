"""The directive `concept`: some public names of one package, listed and then documented, under the path that users import.

    ```{concept} emt_theory.tasks
    from_rule
    LinearTask
    ```

A class lives in some module and is exported by a package: `emt_theory.tasks.linear.LinearTask` is `emt_theory.tasks.LinearTask`. Types in
signatures name the first, pages document the second; `resolve` leads from the one to the other.

Definition, equation, the smallest example and the source stand at the head of the module, for all of its names at once: so its docstring, the
*lecture*, stands on the page before the first of them.
"""

from __future__ import annotations

import inspect
import sys
from enum import Enum
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
    value = getattr(import_module(module), name)
    kind = kind_of(value)
    if kind == "data":
        return "\n".join([f".. py:data:: {name}", "", *(f"   {line}" for line in data_text(module, name)), ""])
    options = {"class": "   :members:\n", "exception": "   :show-inheritance:\n"}
    if inspect.isclass(value) and issubclass(value, Enum):  # its members are names and values, without docstrings
        options["class"] += "   :undoc-members:\n"
    return f".. auto{kind}:: {module}.{name}\n{options.get(kind, '')}"


def home_of(value: Any, name: str) -> str:
    """The path of a class, a function or an instance of ours in the module that it lives in; "" of anything else."""
    module = getattr(value, "__module__", None) or ""
    return f"{module}.{getattr(value, '__qualname__', name)}" if module.startswith("emt_theory.") else ""


def lectures(value: Any) -> list[str]:
    """The modules whose docstrings are read before this name: its own, if it says more than what it is, and a package above that has the source."""
    if not home_of(value, ""):
        return []
    parts = value.__module__.split(".")
    above = [".".join(parts[:k]) for k in range(2, len(parts))]
    own = [value.__module__] if "\n\n" in lecture(value.__module__) else []
    return [module for module in above if "\nSource: " in lecture(module)] + own


def lecture(module: str) -> str:
    return inspect.cleandoc(import_module(module).__doc__ or "")


def lectured(module: str, package: str) -> str:
    """The directive of one lecture. It leaves `package` as what names are relative to."""
    text = [".. container:: lecture", "", f"   .. automodule:: {module}", "      :no-index:", ""]
    return "\n".join([*text, f".. currentmodule:: {package}", ""])


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
        env = self.state.document.settings.env
        read = env.temp_data.setdefault("emt_lectures", set())
        full: list[str] = []
        for name in names:
            new = [m for m in lectures(getattr(import_module(module), name)) if m not in read]
            read.update(new)
            full += [*(lectured(m, module) for m in new), documented(module, name)]
        text = "\n".join(["```{eval-rst}", *table, "", *full, "```"])
        found = nodes.Element()
        self.state.nested_parse(text.splitlines(), self.lineno, found)
        homes = env.emt_homes = getattr(env, "emt_homes", {})
        for name in names:
            value = getattr(import_module(module), name)
            if home := home_of(value, name):
                homes[home] = f"{module}.{name}"
                homes.setdefault(value.__module__, f"{module}.{name}")
        return found.children


def merge(app: Sphinx, env: Any, docnames: list[str], other: Any) -> None:
    """What another process has read."""
    env.emt_homes = {**getattr(env, "emt_homes", {}), **getattr(other, "emt_homes", {})}


def resolve(app: Sphinx, env: Any, node: Any, contnode: nodes.Node) -> nodes.Node | None:
    """A link to `emt_theory.tasks.linear.LinearTask.map` leads to where `emt_theory.tasks.LinearTask.map` is documented.

    In the lecture of a module its own names need no path; and the module itself is found where its first name is.
    """
    if node.get("refdomain") != "py":
        return None
    homes, python, target = getattr(env, "emt_homes", {}), env.domains.python_domain, node["reftarget"]
    for head in (target, home_of(getattr(sys.modules.get(node.get("py:module")), target, None), target)):
        tail = ""
        while head and head not in homes:
            head, _, last = head.rpartition(".")
            tail = f".{last}{tail}"
        if head and (
            link := python.resolve_xref(env, node["refdoc"], app.builder, "obj", homes[head] + tail, node, contnode)
        ):
            return link
    return None


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_directive("concept", Concept)
    app.connect("env-merge-info", merge)
    app.connect("missing-reference", resolve)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

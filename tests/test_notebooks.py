"""What a notebook shows of a public value: what `print` shows, or better."""

import dataclasses
import html
import importlib
import inspect
import pkgutil
import sys
from enum import Enum
from typing import NamedTuple

import numpy as np
import pytest

import emt_theory as emt
from emt_theory import exact, gsemm, tasks, training
from emt_theory.circuits import certify, minimal_circuit
from emt_theory.ground import progress
from emt_theory.ground.text import Shown, shows
from emt_theory.gsemm.experiments import EXPERIMENTS
from emt_theory.studies import Table

NO_RESULTS = {"testing.strategies"}  # what Hypothesis draws from


def public_classes():
    """Every class that some package of the public surface names, in whatever depth: values, not errors, choices, or interfaces."""
    seen = set()
    for module in pkgutil.walk_packages(emt.__path__, "emt_theory."):
        folder = module.name.removeprefix("emt_theory.")
        if not module.ispkg or folder.split(".")[0] not in emt.__all__ or folder in NO_RESULTS:
            continue
        package = importlib.import_module(module.name)
        for name in getattr(package, "__all__", ()):
            value = getattr(package, name)
            if inspect.isclass(value) and value not in seen and not issubclass(value, Enum | BaseException):
                seen.add(value)
                yield pytest.param(value, id=f"{folder}.{name}")


@pytest.mark.parametrize("kind", list(public_classes()))
def test_every_public_value_shows_itself(kind):
    """Friendliness: any value as the last line of a notebook cell."""
    assert callable(getattr(kind, "_repr_html_", None)) or callable(getattr(kind, "_repr_markdown_", None))
    assert not is_dump(kind)


def is_dump(kind):
    """Whether the repr is the one that `@dataclass` or `NamedTuple` writes, arrays and all."""
    return hasattr(kind.__repr__, "__wrapped__") or (issubclass(kind, tuple) and kind.__repr__ is not Shown.__repr__)


def test_a_value_that_does_not_is_found():
    class Named(NamedTuple):
        states: list

    assert is_dump(dataclasses.make_dataclass("Dump", ["states"]))
    assert is_dump(Named)
    assert not is_dump(Two)
    assert not is_dump(Listed)
    names = {param.id for param in public_classes()}
    assert {"circuits.Circuit", "networks.Run", "studies.Store", "tasks.Episodes", "analysis.Flip"} <= names


def shown():
    task = tasks.parse("compose-copy", num_variables=2).named("<b>")
    circuit = emt.derive(task)
    model = gsemm.Model.lisem([[1, 0], [0, 1]], [[0, 1], [1, 0]])
    orbit = gsemm.simulate(model, [1, 0], 5.0, samples=11)
    yield task
    yield circuit
    yield circuit.spectrum()
    yield circuit.exactness
    yield circuit.certificate
    yield minimal_circuit(task)
    yield certify(circuit.compile(), task)
    yield exact.Realization(*(circuit.exact_phi,) * 3)
    yield tasks.accuracy([[[1.0]]], [[[1]]])
    yield model
    yield model.feature
    yield orbit
    yield orbit.energy()
    yield orbit.recall()
    yield gsemm.from_network(gsemm.derive_network(model).network)
    yield EXPERIMENTS["fast-layers"](scales=[0.02, 0.01])
    yield emt.FastProtocol()
    brief = training.Protocol(3, 0.01, training.Scheduled((2,), (0,)), test_horizon=2)
    run = training.train(task, hidden=4, protocol=brief)
    yield run
    yield run.history
    yield circuit.compile()
    yield task.sample(2, 3, 0)
    yield circuit.compile().run(np.zeros((2, 2, 2)), steps=4)


def test_it_is_what_print_shows():
    for value in shown():
        assert value._repr_html_() == f"<pre>{html.escape(str(value))}</pre>", type(value)


def test_a_derivation_is_shown_in_formulas():
    derivation = gsemm.derive_network(gsemm.Model.lisem([[1]], [[0]]))
    assert not callable(derivation._repr_html_)  # a notebook would prefer it
    assert "$$" in derivation._repr_markdown_()


def test_what_it_shows_is_short_and_harmless():
    name = "<script>alert(1)</script>\x1b[2J"
    task = tasks.repeat_copy(num_variables=1000, dim=100).named(name)
    table = Table(tuple({"task": name, "done": True, "of": k, "reason": None} for k in range(100)))
    for value in (task, emt.derive(task), emt.derive(task).spectrum(), table, Listed([name] * 1000, np.zeros(9))):
        text = value._repr_html_()
        assert "<script" not in text
        assert "\x1b" not in text
        assert len(text) < 12_000
        assert "array(" not in repr(value)


@dataclasses.dataclass(frozen=True)
class Listed(Shown):
    names: list
    states: np.ndarray


@shows
class Two(NamedTuple):
    first: object
    second: object = None


def test_a_repr_says_what_matters_on_one_line():
    assert repr(Listed(["a"], np.zeros((2, 3)))) == "Listed(names=['a'], states=array of shape (2, 3))"
    assert repr(Listed([1] * 100, 0.1 + 0.2)) == "Listed(names=[1, 1, 1, 1, … 100 in all], states=0.3)"
    assert repr(Two(Two(Two(Two(1))))).count("Two(…)") == 1
    assert repr(Two({"a": np.float64(2)}, (1,))) == "Two(first={'a': 2.0}, second=(1,))"
    assert Two("<b>")._repr_html_() == "<pre>Two(first=&#x27;&lt;b&gt;&#x27;, second=None)</pre>"


def test_a_table_of_runs_shows_its_rows():
    table = Table(tuple({"task": f"<T{k}>", "accuracy": k / 3, "reason": None} for k in range(50)))
    text = table._repr_html_()
    assert text.count("<tr>") == 41
    assert "&lt;T3&gt;</td><td>1</td>" in text
    assert "reason" not in text
    assert "10 more rows" in text
    assert str(table).splitlines()[:2] == ["task   accuracy", "<T0>   0"]
    assert Table(())._repr_html_() == "<pre>Table(0 rows, 0 columns)</pre>"


class Notebook:
    """Stands where a notebook's stderr does."""

    __module__ = "ipykernel.iostream"

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass


def test_progress_is_one_line_in_a_notebook_and_plain_lines_elsewhere(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", notebook := Notebook())
    say = progress.shown_progress()
    for told in ("record\x1b[2J", "score", 0.25):
        say(told)
    assert notebook.text.split("\r") == ["", "record\\x1b[2J", "score        ", "25%  "]
    monkeypatch.undo()
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)
    emt.check(emt.derive(tasks.fibonacci(2, 1)).compile(), tasks.fibonacci(2, 1), 8, 30, progress=True)
    written = capsys.readouterr().err
    assert "\r" not in written
    assert len(written.splitlines()) > 4
    emt.check(emt.derive(tasks.fibonacci(2, 1)).compile(), tasks.fibonacci(2, 1), 8, 30, progress=False)
    assert capsys.readouterr().err == ""

"""What a notebook shows of a public value: what `print` shows, or better."""

import dataclasses
import html
import importlib

import pytest

import emt_theory as emt
from emt_theory import exact, gsemm, tasks, training
from emt_theory.circuits import certify, minimal_circuit
from emt_theory.gsemm.experiments import EXPERIMENTS

FOLDERS = ("tasks", "circuits", "exact", "gsemm", "gsemm.experiments", "training", "networks")


def public_classes():
    for folder in FOLDERS:
        module = importlib.import_module(f"emt_theory.{folder}")
        for name in module.__all__:
            value = getattr(module, name)
            if dataclasses.is_dataclass(value):
                yield pytest.param(value, id=f"{folder}.{name}")


@pytest.mark.parametrize("kind", list(public_classes()))
def test_every_public_value_shows_itself(kind):
    assert callable(getattr(kind, "_repr_html_", None)) or callable(getattr(kind, "_repr_markdown_", None))


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


def test_it_is_what_print_shows():
    for value in shown():
        assert value._repr_html_() == f"<pre>{html.escape(str(value))}</pre>", type(value)


def test_a_derivation_is_shown_in_formulas():
    derivation = gsemm.derive_network(gsemm.Model.lisem([[1]], [[0]]))
    assert not callable(derivation._repr_html_)  # a notebook would prefer it
    assert "$$" in derivation._repr_markdown_()

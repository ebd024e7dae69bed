"""GRU and LSTM circuits: every sign right for all t, inside the band that is proved."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory.circuits.cells import compile_cell
from emt_theory.circuits.certify import certify, recheck
from emt_theory.errors import InvalidOption, SchemeNotAllowed
from emt_theory.networks import GRU, LSTM, ElmanRNN
from emt_theory.tasks import accuracy, fibonacci, parse, selection
from emt_theory.testing import strategies


def band(judged):
    return float(judged.margin), float(Fraction(judged.certificate.claims["ceiling"]))


@pytest.mark.parametrize("name", [*(pytest.param(name, marks=pytest.mark.slow) for name in ("T1", "T2")), "T3", "T4"])
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_the_paper_tasks_are_certified_and_stay_in_the_band(name, cell):
    task = parse(name)
    net = compile_cell(task, cell)
    judged = certify(net, task)
    assert judged.exact_for == "signs", judged
    assert recheck(judged.certificate)
    low, high = band(judged)
    assert low > 1 - 1e-6
    assert high < 1 + 1e-6
    inputs, targets = task.sequences(50, 200, seed=0)
    signed = net.run(inputs, 208).outputs[:, 8:] * targets
    assert signed.min() >= low - 1e-12
    assert signed.max() <= high + 1e-12


@settings(max_examples=25)
@given(strategies.selection_tasks(4, 3), st.sampled_from(["gru", "lstm"]), st.integers(2, 9), st.integers(0, 2))
def test_every_selection_task(task, cell, beta, spare):
    net = compile_cell(task, cell, hidden=task.components + spare, beta=beta)
    judged = certify(net, task)
    assert judged.exact_for == "signs", judged
    inputs, targets = task.sequences(20, 30, seed=0)
    signed = net.run(inputs, task.num_variables + 30).outputs[:, task.num_variables :] * targets
    assert signed.min() >= band(judged)[0] - 1e-12
    assert signed.max() <= band(judged)[1] + 1e-12


@pytest.mark.parametrize("cell", ["gru", pytest.param("lstm", marks=pytest.mark.slow)])
def test_noise_is_certified_up_to_a_size(cell):
    task = parse("T4")
    net = compile_cell(task, cell)
    verdicts = []
    for size in (0.001, 0.01, 0.3):
        rng = np.random.default_rng(1)
        names = ("weight_ih_l0", "weight_hh_l0", "W_hy", "bias_ih_l0", "bias_hh_l0")
        noise = {name: getattr(net, name) + rng.uniform(-size, size, getattr(net, name).shape) for name in names}
        disturbed = replace(net, **noise)
        judged = certify(disturbed, task)
        verdicts.append(bool(judged))
        if judged:
            inputs, targets = task.sequences(50, 100, seed=2)
            signed = disturbed.run(inputs, 108).outputs[:, 8:] * targets
            assert signed.min() >= band(judged)[0] - 1e-12
    assert verdicts == [True, True, False]


@pytest.mark.parametrize(("cell", "bias"), [("gru", "z"), ("gru", "r"), ("lstm", "i"), ("lstm", "f"), ("lstm", "o")])
def test_saboteur_a_gate_the_wrong_way(cell, bias):
    """z and f open keep the old state, r, i and o shut lose the new one: signs go wrong, and that is shown."""
    task = parse("compose-copy", num_variables=3)
    net = compile_cell(task, cell)
    place = net.gates.index(bias) * net.hidden
    flipped = net.bias_ih_l0.copy()
    flipped[place : place + net.hidden] *= -1
    broken = replace(net, bias_ih_l0=flipped)
    judged = certify(broken, task)
    assert not judged
    if bias != "o":  # nearly shut, o still passes signs on: 10⁻²¹ is not 0, and the first weak steps go unharmed
        assert judged.first_error is not None
        inputs = np.array([[[float(v) for v in row] for row in judged.first_error.inputs]])
        y = broken.run(inputs, judged.first_error.step).outputs[0, -1, judged.first_error.component]
        assert y * float(judged.first_error.target) <= 0


def test_saboteur_without_its_write():
    task = parse("compose-copy", num_variables=2)
    for cell in ("gru", "lstm"):
        net = compile_cell(task, cell)
        judged = certify(replace(net, weight_ih_l0=net.weight_ih_l0 / 4), task)
        assert not judged
        assert "writes too weakly" in judged.reason


def test_layout_and_notes():
    task = selection("flip", 2, [(1, 0, -1)])
    gru, lstm = compile_cell(task, "gru"), compile_cell(task, "lstm", hidden=3)
    assert isinstance(gru, GRU)
    assert (gru.weight_ih_l0.shape, gru.weight_hh_l0.shape, gru.bias_ih_l0.shape) == ((6, 1), (6, 2), (6,))
    assert isinstance(lstm, LSTM)
    assert (lstm.weight_ih_l0.shape, lstm.weight_hh_l0.shape) == ((12, 1), (12, 3))
    assert gru.metadata["exact_for"] == "signs"
    assert isinstance(compile_cell(task), ElmanRNN)
    inputs, targets = task.sequences(8, 20, seed=0)
    assert accuracy(lstm.run(inputs, 22).outputs[:, 2:], targets).sequences_right == 8


@pytest.mark.parametrize(
    ("task", "arguments", "error", "message"),
    [
        (parse("T2"), {"cell": "mamba"}, InvalidOption, "unknown cell 'mamba'; known are elman, gru, lstm"),
        (parse("T2"), {"cell": "gru", "scheme": "linear"}, SchemeNotAllowed, "scheme linear does not exist for it"),
        (parse("T2"), {"cell": "gru", "basis": "oblique"}, SchemeNotAllowed, "does not allow basis oblique"),
        (parse("T2"), {"cell": "lstm", "hidden": 60}, InvalidOption, "hidden = 60 is too small: a lstm needs at least"),
        (parse("T2"), {"cell": "lstm", "beta": 1}, InvalidOption, "beta must be at least 2"),
        (fibonacci(), {"cell": "gru"}, SchemeNotAllowed, "only selection tasks copy signs .* With cell elman"),
    ],
)
def test_what_is_refused(task, arguments, error, message):
    with pytest.raises(error, match=message):
        compile_cell(task, **arguments)

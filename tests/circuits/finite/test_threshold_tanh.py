"""P24: tanh units have every symbol, with a margin that noise of that size in the weights never passes."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from emt_theory import derive, load
from emt_theory._proofs import verify
from emt_theory.circuits import ThresholdTanh, certify
from emt_theory.circuits.schemes.threshold import plan
from emt_theory.errors import InvalidOption, SchemeNotAllowed
from emt_theory.ground.absent import Absent
from emt_theory.networks import save
from emt_theory.tasks import from_rule, from_table, modular_sum, parity, parse
from tests.circuits.finite.test_threshold import inputs_of
from tests.tasks.finite.direct import RULES

MADE = {
    name: from_rule(RULES[name][0], *RULES[name][1:3], alphabet=2)
    for name in ("nonlinear", "xorpair", "majority", "mux")
}
TASKS = {"xor": parse("xor"), "parity": parity(3), **MADE}
DELTAS = {  # at beta = 4, alpha = 2: in this form, and at least, in the weaker form with m for μ
    "xor": (0.819, 0.529),
    "parity": (0.465, 0.431),
    "majority": (None, 0.503),
    "nonlinear": (None, 0.333),
    "mux": (None, 0.173),
    "xorpair": (None, 0.520),
}


def assert_symbols(net, task, steps=200):
    symbols = inputs_of(task)
    outputs = net.run(task.alphabet.encode(symbols).astype(float), task.num_variables + steps).outputs
    assert (task.alphabet.decode(outputs[:, task.num_variables :]) == task.targets(symbols, steps)).all()
    return np.abs(outputs[:, task.num_variables :]).min()


@pytest.mark.parametrize("name", DELTAS)
def test_the_table_of_margins(name):
    found, (here, weaker) = derive(TASKS[name]).margin(4), DELTAS[name]
    assert (found.beta, found.alpha) == (4, 2)
    assert here is None or round(float(found.delta), 3) == here
    assert found.delta >= weaker
    eps, eta = 1 - float(found.copied), 1 - float(found.composed)
    m = max(len(own) for own in plan(TASKS[name]).features)
    assert float(found.magnitude) == pytest.approx(1 - (m + 1) / 2 * eta)
    assert 2 * (1 - (m + 1) / 2 * eta) - np.arctanh(1 - eps) >= float(found.delta) - 1e-9


def test_margins_by_a_grid():
    """XOR: w = (1, 1), m = 3, μ = 2, s = 2."""
    eps, eta = np.meshgrid(*[np.exp(np.linspace(np.log(1e-4), np.log(0.6), 1500))] * 2)
    room = np.minimum(2 * (1 - 2 * eta) - np.arctanh(1 - eps), 4 * (1 - eps - 2 * eta) - np.arctanh(1 - eta))
    found = float(derive(parse("xor")).margin(4).delta)
    assert room.max() <= found <= room.max() + 2e-3
    assert round(max(room.max(), found), 2) == 0.82


@pytest.mark.parametrize("name", TASKS)
def test_noise_of_the_margins_size_never_shows(name):
    """Rows of [W U b] are off by delta in 1-norm, at one place or at many; all inputs, 200 steps; and a noisy network is proved."""
    task, rng = TASKS[name], np.random.default_rng(1)
    promised = derive(task).margin(4)
    net = derive(task).compile(scheme=ThresholdTanh(beta=4))
    for share in (0.1, 0.5, 1.0):
        noise = rng.normal(size=(net.hidden, net.hidden + task.d_in + 1))
        noise *= (rng.random(noise.shape) < share) | (np.arange(noise.shape[1]) == rng.integers(noise.shape[1]))
        noise *= float(promised.delta) / np.abs(noise).sum(axis=1, keepdims=True)
        assert assert_symbols(moved(net, task, 0.999 * noise), task) >= float(promised.magnitude) - 1e-9
        assert certify(moved(net, task, 0.75 * noise), task)  # read with weights of its own: it may leave less room


def moved(net, task, noise):
    W, U, b = np.split(noise, [net.hidden, net.hidden + task.d_in], axis=1)
    bias = np.zeros(net.hidden) if net.b_h is None else net.b_h
    return replace(net, W_hh=net.W_hh + W, W_uh=net.W_uh + U, b_h=bias + b[:, 0], exact=None)


@pytest.mark.parametrize("numbers", [range(3, 256, 23), pytest.param(range(256), marks=pytest.mark.slow)])
def test_functions_of_three_bits_at_beta_16(numbers):
    for number in numbers:
        task = from_table([number >> x & 1 for x in range(8)], 3, 1)
        circuit = derive(task)
        assert circuit.margin(16).delta > 0
        assert certify(circuit.compile(scheme=ThresholdTanh(beta=16, alpha=8)), task).kind == "threshold-tanh"


@pytest.mark.parametrize("code", ["onehot", "thermometer"])
def test_symbols_of_more_than_two(code, tmp_path):
    task = modular_sum(3, code=code)
    net = load(save(derive(task).compile(scheme="threshold-tanh"), tmp_path / "sum.npz"))
    found = certify(net, task)
    assert (found.kind, found.exact_for, found.certificate.claims["weights"]) == (
        "threshold-tanh",
        "symbols",
        "rational twin",
    )
    assert assert_symbols(net, task) >= float(found.margin) - 1e-9
    assert "2^-50" in verify.verify(found.certificate.to_json())


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_quantized_weights_are_proved_and_right(dtype):
    task = TASKS["nonlinear"]
    net = derive(task).compile(scheme=ThresholdTanh(beta=Fraction(17, 3)))
    arrays = {name: getattr(net, name).astype(dtype).astype(float) for name in ("W_hh", "W_uh", "W_hy", "b_h")}
    small = replace(net, exact=None, **arrays)
    assert not np.array_equal(small.W_hh, net.W_hh)
    assert certify(small, task).kind == "threshold-tanh"
    assert_symbols(small, task)


def test_more_noise_than_the_margin_may_be_fatal():
    """Saboteur: the copy of XOR loses its weight, which is more than delta; then it is wrong, and not proved."""
    task = TASKS["xor"]
    net = derive(task).compile(scheme=ThresholdTanh(beta=4))
    W = net.W_hh.copy()
    W[3, 0] = 0
    W[3, 1] = 0
    off = replace(net, W_hh=W, exact=None)
    assert not certify(off, task)
    symbols = inputs_of(task)
    outputs = off.run(task.alphabet.encode(symbols).astype(float), 202).outputs[:, 2:]
    assert (task.alphabet.decode(outputs) != task.targets(symbols, 200)).any()
    assert certify(off, task).first_error.wrong == "symbol"


def test_what_is_refused():
    with pytest.raises(InvalidOption, match="beta must be above 1"):
        ThresholdTanh(beta=1)
    with pytest.raises(InvalidOption, match="is a float, which is not exact"):
        derive(parse("xor")).margin(4.5)
    with pytest.raises(SchemeNotAllowed, match="no weights stay right with beta = 2, alpha = 1025/1024"):
        derive(parse("parity")).compile(scheme=ThresholdTanh(beta=2, alpha=Fraction(1025, 1024)))
    assert isinstance(derive(parse("modular-sum:code=numbers")).margin(4), Absent)

"""P23 with a copy in the read-out: fewer units, values for t > s, and outputs before that which differ."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from emt_theory import derive
from emt_theory._proofs import verify
from emt_theory.circuits import ThresholdCarry, certify
from emt_theory.circuits.schemes.threshold_carry import carry_plan
from emt_theory.errors import SchemeNotAllowed
from emt_theory.networks import ElmanRNN
from emt_theory.tasks import from_rule, from_table, modular_sum, parity, parse, random_finite, xor
from tests.circuits.finite.test_threshold import assert_proved, assert_right, inputs_of
from tests.tasks.finite.direct import RULES

XOR = ElmanRNN(
    W_hh=[[-1, -1, 1], [-1, -1, -2], [1, 1, 1]],
    W_uh=[[13], [11], [0]],
    W_hy=[[1, 1, 1]],
    b_h=[2, -1, 0],
    activation="hard_tanh",
)
PARITY = ElmanRNN(
    W_hh=[[-1, -1, -2, -1], [1, 1, 2, -1], [0, 0, 0, 1], [1, 1, 1, 0]],
    W_uh=[[11], [11], [0], [0]],
    W_hy=[[1, 1, 1, 0]],
    activation="hard_tanh",
)


@pytest.mark.parametrize(("net", "task"), [(XOR, parse("xor")), (PARITY, parity(3))])
def test_two_networks_found_by_hand_are_proved(net, task):
    assert_right(net, task, early=False)
    assert_proved(net, task)


def compiled(number):
    task = from_table([number >> x & 1 for x in range(8)], 3, 1)
    return derive(task).compile(scheme="threshold-carry"), task


@pytest.mark.parametrize("numbers", [range(1, 256, 15), pytest.param(range(256), marks=pytest.mark.slow)])
def test_functions_of_three_bits(numbers):
    sizes = Counter()
    for number in numbers:
        net, task = compiled(number)
        sizes[net.hidden] += 1
        assert net.hidden == min(4, derive(task).compile(scheme="threshold").hidden)
        assert_right(net, task, steps=20, early=False)
        assert_proved(net, task)
    assert len(numbers) < 256 or sizes == {3: 104, 4: 152}


@pytest.mark.parametrize(
    ("task", "size"),
    [
        (parse("xor"), 3),
        (parity(3), 4),
        (parse("xor:lags=1 4"), 5),
        (parse("mux"), 4),
        (from_rule(RULES["xorpair"][0], 3, 2, alphabet=2), 8),
        (from_rule(lambda u: [u[8][c] ^ u[1][(c + 1) % 8] for c in range(8)], 8, 8, alphabet=2), 72),
    ],
)
def test_sizes(task, size):
    net = derive(task).compile(scheme="threshold-carry")
    assert net.hidden == size
    assert "outputs at t ≤ s, not scored, differ" in net.metadata["why"]
    assert_right(net, task, steps=100, early=False)
    symbols = inputs_of(task)
    early = net.run(task.alphabet.encode(symbols).astype(float), task.num_variables).outputs
    assert (early != task.alphabet.encode(symbols)).any()
    assert_proved(net, task)


@pytest.mark.parametrize("seed", range(12))
def test_outputs_that_read_each_others_copies(seed):
    task = random_finite(2 + seed % 2, 2, reads=3, seed=seed)
    net = derive(task).compile(scheme="threshold-carry")
    assert net.hidden <= derive(task).compile(scheme="threshold").hidden
    assert_right(net, task, steps=40, early=False)
    assert_proved(net, task)


def test_saboteur_directions_that_do_not_serve_the_load():
    """XOR with the features of the free steps alone: right wherever it is once, and wrong just after the load."""
    task = parse("xor")
    W = XOR.W_hh.copy()
    W[0] = [-1, -1, 0]  # −y + c + 1: the same step on (y, c) = (±1, ±1) as −y + 2c + 2, another one at y = 2 x + c
    b = np.array([1.0, -1, 0])
    wrong = replace(XOR, W_hh=W, b_h=b)
    free = {(y, c): np.sign(-y + c + 1) for y in (1, -1) for c in (1, -1)}
    assert free == {(y, c): np.sign(-y + 2 * c + 2) for y in (1, -1) for c in (1, -1)}
    symbols = inputs_of(task)
    outputs = wrong.run(task.alphabet.encode(symbols).astype(float), 12).outputs[:, 2:]
    assert (outputs != task.alphabet.encode(task.targets(symbols, 10))).any()
    found = certify(wrong, task)
    assert not found
    assert "after the load" in found.reason


def test_every_claim_about_a_copy_is_bound():
    certificate = certify(derive(parse("xor")).compile(scheme="threshold-carry"), parse("xor")).certificate
    claims = certificate.claims
    assert claims["carried"]
    for carried in ([], [[0, 0, -claims["carried"][0][2]]], [[0, 0, 2]], claims["carried"] * 2):
        with pytest.raises((verify.FalseClaimError, verify.BadCertificateError)):
            verify.verify(type(certificate)(certificate.kind, {**claims, "carried": carried}).to_json())


def test_what_it_is_not_for():
    for code in ("onehot", "thermometer"):
        with pytest.raises(
            SchemeNotAllowed, match=rf"of the code {code} there is no such list \(P23\); scheme threshold"
        ):
            derive(modular_sum(3, code=code)).compile(scheme="threshold-carry")
    wide = xor((1, 2, 3, 4, 5, 6))
    assert carry_plan(wide).units == derive(wide).compile(scheme="threshold").hidden
    assert "no copy in the read-out saves a unit" in ThresholdCarry().verdict(wide).reason

"""P27: trained networks that are right for all inputs and all t, in exact arithmetic and as programs in float64; and what is no proof of it."""

import copy
import re
from dataclasses import replace
from fractions import Fraction
from functools import cache

import flint
import numpy as np
import pytest

from emt_theory import train
from emt_theory._proofs import verify, verify_orbits
from emt_theory.circuits import certify, certify_quantized, quantize
from emt_theory.circuits.certify import recheck
from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.exact import Certificate
from emt_theory.networks import ElmanRNN, ExactRNN
from emt_theory.tasks import from_rule, parse, repeat_copy
from emt_theory.training import FastProtocol

TASKS = {
    "xor": (parse("xor"), 10, 500),
    "sum mod 3": (parse("modular-sum:alphabet=3"), 14, 600),
    "and": (from_rule(lambda u: [u[2][0] & u[1][0]], num_variables=2, dim=1, alphabet=2), 10, 500),
    "copy": (repeat_copy(num_variables=3, dim=2), 24, 800),
}


@cache
def trained(name):
    task, hidden, steps = TASKS[name]
    return train(task, hidden=hidden, seed=0, protocol=FastProtocol(steps=steps, biases=True)).net


@cache
def certified(name):
    found = certify(trained(name), TASKS[name][0])
    assert found.kind == "orbits", found
    return found


def all_inputs(task):
    """Codewords and targets of every input, over the horizon."""
    if hasattr(task, "alphabet"):
        symbols = np.indices((task.alphabet.size,) * task.components).reshape(task.components, -1).T
        symbols = symbols.reshape(-1, task.num_variables, task.dim)
        return task.alphabet.encode(symbols).astype(float), lambda horizon: task.targets(symbols, horizon)
    signs = np.array(list(np.ndindex((2,) * task.components))).reshape(-1, task.num_variables, task.dim) * 2 - 1
    return signs.astype(float), lambda horizon: np.array(task.targets(signs.astype(object), horizon), dtype=float)


def is_right(net, task, horizon):
    inputs, targets = all_inputs(task)
    shown = net.run(inputs, task.num_variables + horizon).outputs[:, task.num_variables :]
    read = task.alphabet.decode(shown) if hasattr(task, "alphabet") else np.sign(shown)
    return bool((read == targets(horizon)).all())


def six_units():
    """u(t) = u(t−1) as a − b does what 4.7e-17 of u is: a ← b − c, z′ ← z, p ← 2z′ + 2p, y = a + p; exact, and 0 in float64 at t = 2."""
    W, U, R = np.zeros((6, 6)), np.zeros((6, 1)), np.zeros((1, 6))
    U[:3, 0] = 1, np.nextafter(1, 0), 1
    W[3, :2], W[4, 2], W[5, 4:] = (1, -1), 1, 2
    R[0, [3, 5]] = 1
    return ElmanRNN(W, U, R)


@pytest.mark.parametrize(
    "name", ["xor", *(pytest.param(name, marks=pytest.mark.slow) for name in ("sum mod 3", "and"))]
)
def test_trained_networks_are_proved_right_and_a_second_checker_agrees(name):
    found, (task, *_) = certified(name), TASKS[name]
    assert found.exact_for == "symbols"
    assert found.arithmetic == "exact and float64 arithmetic"
    assert found.room is None
    assert found.margin == (None if name == "sum mod 3" else Fraction(found.certificate.claims["tolerance"]))
    assert verify.verify(found.certificate.to_json()).startswith("orbits: symbols exact for all t > s")
    assert is_right(trained(name), task, 2000)
    assert recheck(found.certificate)


@pytest.mark.slow
def test_linear_tasks_are_proved_too_and_stay_right():
    found, (task, *_) = certified("copy"), TASKS["copy"]
    assert (found.exact_for, found.kind) == ("signs", "orbits")
    assert verify.verify(found.certificate.to_json()).startswith("orbits: signs exact for all t > s, |y| ≥ 0.9")
    assert is_right(trained("copy"), task, 20_000)
    outputs = trained("copy").run(all_inputs(task)[0], 303).outputs[:, 3:]
    assert abs(outputs).min() >= found.margin


def test_exact_arithmetic_and_float64_are_two_claims():
    net, task = six_units(), repeat_copy(num_variables=1, dim=1)
    found = certify(net, task)
    assert found.kind == "orbits"
    assert 0 < found.margin < Fraction(1, 10**16)
    assert found.certificate.claims["rounding"] is None
    assert found.arithmetic == "exact arithmetic"
    assert verify.verify(found.certificate.to_json()).startswith("orbits: signs exact")
    assert net.run(np.ones((1, 1, 1)), 2).outputs[0, 1, 0] == 0


def test_a_sigmoid_network_is_proved_and_a_hard_one_is_not():
    """A latch: h ← σ(8h − 4 + 8x), shown as h − ½."""
    latch = ElmanRNN([[8.0]], [[8.0]], [[1.0]], b_h=[-4.0], b_y=[-0.5], activation="sigmoid")
    task = repeat_copy(num_variables=1, dim=1)
    found = certify(latch, task)
    assert (found.kind, found.exact_for) == ("orbits", "signs")
    assert verify.verify(found.certificate.to_json()).startswith("orbits: signs exact")
    for sigma in ("hard_tanh", "relu"):
        reason = certify(replace(latch, activation=sigma), task).reason
        assert "P27" not in reason


@pytest.mark.slow
def test_a_twin_whose_weights_are_no_floats_is_judged_as_it_is():
    twin = ExactRNN.from_float(trained("and"))
    third = replace(twin, W_hh=twin.W_hh * Fraction(10**12 + 1, 10**12 + 3))
    found = certify(third, TASKS["and"][0])
    assert found.kind == "orbits"
    assert found.certificate.claims["rounding"] is None
    assert "whose rational twin this is" in verify.verify(found.certificate.to_json())


REFUSED = [
    ("a rotation is neutral", lambda: ElmanRNN(np.eye(2)[::-1] * 0.999, np.eye(2), np.eye(2)), "orbits do not attract|read-out|no radius"),
    ("what fades", lambda: ElmanRNN(np.eye(2) * 0.5, np.eye(2), np.eye(2)), "no radius is led into itself|within .* of another symbol"),
]  # fmt: skip


@pytest.mark.parametrize(("net", "reason"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_does_not_hold_is_not_proved(net, reason):
    found = certify(net(), repeat_copy(num_variables=1, dim=2))
    assert not found
    assert re.search(reason, found.reason), found.reason


def test_weights_that_fail_some_input_are_never_certified():
    """One weight is moved until the network fails; on the way there each step is proved, or errs, or neither, but never both."""
    net, task = trained("xor"), TASKS["xor"][0]
    rng, outcomes = np.random.default_rng(0), set()
    for _ in range(40):
        W = np.array(net.W_hh)
        W[tuple(rng.integers(len(W), size=2))] += rng.choice([-1, 1]) * rng.uniform(0.05, 3)
        moved = replace(net, W_hh=W)
        proved, right = bool(certify(moved, task)), is_right(moved, task, 500)
        outcomes.add((proved, right))
        assert right or not proved
    assert {(True, True), (False, False)} <= outcomes


# --------------------------------------------------------------------------------------------------------- the second checker


def resealed(name, change):
    certificate = certified(name).certificate
    claims = copy.deepcopy(certificate.claims)
    change(claims)
    return Certificate(certificate.kind, claims).to_json()


def halved(claims):
    claims["radius"] = str(Fraction(claims["radius"]) / 2)


def earlier(claims):
    k = int(np.argmax(claims["entered"]))
    claims["entered"][k] -= 1


def thirds(claims):
    claims["weights"] = "rational twin"
    claims["network"]["W_hh"]["entries"][0][2] = "1/3"


FORGED = {
    "a centre moved": (lambda c: c["centres"][1].__setitem__(0, c["centres"][1][0] // 2), "beyond all bounds|not led into a ball|not in its ball"),
    "the radius halved": (halved, "not in its ball|not led into a ball"),
    "a larger radius": (lambda c: c.update(radius="1/2"), "beyond all bounds|not led into a ball|room"),
    "one step": (lambda c: c.update(steps=1), "not led into a ball"),
    "an earlier entry": (earlier, "not in its ball"),
    "more room": (lambda c: c.update(tolerance="3/2", margin="3/2"), "less room"),
    "no room": (lambda c: c.update(tolerance="0", margin="0"), "must be positive"),
    "another margin": (lambda c: c.update(margin=None), "the margin is the tolerance"),
    "signs": (lambda c: c.update(exact_for="signs"), "symbols follow, not 'signs'"),
    "less rounding": (lambda c: c.update(rounding="1/1000000000000000000"), "may be off by more"),
    "a program of thirds": (thirds, "a weight is not a float64 number"),
    "another rule": (lambda c: c["task"]["tables"][0].update(table=[0, 1, 1, 1]), "one centre for each|less room|not led"),
    "few bits": (lambda c: c.update(bits=60), "not in its ball|less room"),
    "another read-out": (lambda c: c["network"]["W_hy"]["entries"][0].__setitem__(2, "7"), "less room"),
    "a wrong weight": (lambda c: c["network"]["W_hh"]["entries"][0].__setitem__(2, "3"), "less room|not led|not in its ball|beyond|grow"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "message"), FORGED.values(), ids=FORGED)
def test_forged_certificates_are_refused(change, message):
    with pytest.raises((verify.FalseClaimError, verify.BadCertificateError), match=message):
        verify.verify(resealed("xor", change))


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.pop("bits"),
        lambda c: c.update(novel=1),
        lambda c: c.update(radius="2"),
        lambda c: c.update(steps=10**9),
        lambda c: c.update(steps=True),
        lambda c: c.update(bits=10**6),
        lambda c: c["centres"].pop(),
        lambda c: c["centres"][0].__setitem__(0, 2**51),
        lambda c: c["centres"][0].__setitem__(0, "1"),
        lambda c: c["entered"].__setitem__(0, -1),
        lambda c: c["entered"].__setitem__(0, 10**7),
    ],
)
def test_malformed_certificates_are_refused_before_anything_is_computed(change, monkeypatch):
    monkeypatch.setattr(verify_orbits, "fixed_sigma", lambda *_: pytest.fail("it computed"))
    text = resealed("xor", change)
    with pytest.raises((verify.FalseClaimError, verify.BadCertificateError)):
        verify.verify(text)


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
@pytest.mark.parametrize("bits", [56, 120, 400])
def test_fixed_point_holds_what_it_says(name, bits):
    for z in [0, 1, -1, *np.random.default_rng(bits).integers(-(2**62), 2**62, 60).tolist()]:
        fixed = z << (bits - 58) if bits > 58 else z >> (58 - bits)
        with flint.ctx.workprec(4 * bits):
            x = flint.arb(fixed) / flint.arb(2) ** bits
            true = (x.tanh() if name == "tanh" else 1 / (1 + (-x).exp())) * flint.arb(2) ** bits
            assert abs(true - verify_orbits.fixed_sigma(name, fixed, bits)) < 4
        y = abs(fixed)
        with flint.ctx.workprec(4 * bits):
            true = (-flint.arb(y) / flint.arb(2) ** bits).exp() * flint.arb(2) ** bits
            assert abs(true - verify_orbits.fixed_exp(y, bits)) <= 1


def test_packed_lists_are_lists():
    values = [5, -7, 0, 2**30, -(2**30)]
    packed = verify_orbits._pack(values, 6)
    assert verify_orbits._unpack(-3 * packed, 5, 6) == [-3 * v for v in values]


# ------------------------------------------------------------------------------------------------------- fewer bits


def test_copies_with_fewer_bits_are_judged_like_any_network():
    net, task = trained("xor"), TASKS["xor"][0]
    found = certify_quantized(net, task, ["float16", "int8", "int2"])
    assert [one.format for one in found.copies] == [None, "float16", "int8", "int2"]
    assert found["float16"].certified
    assert not found["int2"].certified
    for one in found.copies:
        assert bool(certify(one.network, task)) == one.certified
        assert not one.certified or is_right(one.network, task, 500)
    W = quantize(net, "int8").W_hh
    step = abs(np.asarray(net.W_hh)).max() / 127
    assert np.allclose(W / step, np.rint(W / step), atol=1e-9)
    assert abs(W - net.W_hh).max() <= step / 2 * (1 + 1e-9)
    assert "int2" in str(found)
    assert found.to_dict()["copies"][1]["certified"] is True


@pytest.mark.parametrize(
    ("net", "format", "message"),
    [
        (lambda: trained("xor"), "int1", "unknown format 'int1'; known are float16, and int2 to int16"),
        (lambda: trained("xor"), 8, "unknown format 8"),
        (lambda: replace(trained("xor"), W_hy=np.full((1, 10), 1e6)), "float16", "a weight is too large for float16"),
        (lambda: "net", "int8", "Elman networks are quantized; got a str"),
    ],
)
def test_what_cannot_be_quantized_is_refused(net, format, message):
    with pytest.raises((InvalidOption, InvalidNetwork), match=message):
        quantize(net(), format)


# -------------------------------------------------------------------------------------------------- large and small numbers


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"W_hh": [[1e308, 1e308], [0, 0]]}, "weights are larger than 2^20 in row norm"),
        ({"W_hh": [[2.0**21, 0], [0, 0]]}, "larger than 2^20 in row norm, 2 times"),
        ({"b_h": [1.5e308, 0.0], "W_hy": [[1.5e308, 1.5e308]]}, "beyond float64"),
    ],
)
def test_numbers_that_bounds_do_not_reach_are_refused(change, reason):
    net = replace(ElmanRNN([[2.0, 0], [0, 0]], [[2.0], [0]], [[1.0, 0]]), **change)
    found = certify(net, repeat_copy(num_variables=1, dim=1))
    assert not found
    assert reason in found.reason


def test_more_symbols_than_are_told_apart_are_refused_at_once():
    task = from_rule(lambda u: [u[1][0]], num_variables=1, dim=1, alphabet=1024)
    net = ElmanRNN(np.zeros((1, 1)), np.zeros((1, task.d_in)), np.zeros((task.d_out, 1)))
    assert "at most 64 symbols are told apart; the task has 1024 (P27)" in certify(net, task).reason


def test_what_a_step_rounds_is_never_less_than_that_of_numbers_of_size_1():
    """σ(0) = ½ is rounded, however small the weights are."""
    still = ElmanRNN([[0.0]], [[1.0]], [[0.0]], b_y=[1.0], activation="sigmoid")
    ones = from_rule(lambda _u: [0], num_variables=1, dim=1, alphabet=2)
    found = certify(still, ones)
    assert Fraction(found.certificate.claims["rounding"]) >= Fraction(9, 2**50)
    verify.verify(found.certificate.to_json())
    less = {**found.certificate.claims, "rounding": str(Fraction(8, 2**50))}
    with pytest.raises(verify.FalseClaimError, match="may be off by more"):
        verify.verify(Certificate("orbits", less).to_json())

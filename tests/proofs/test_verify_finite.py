"""Certificates of rules on symbols: every field is bound, and what is false behind a right hash is found."""

import json
import random
from fractions import Fraction

import numpy as np
import pytest

from emt_theory import derive
from emt_theory._proofs import verify, verify_finite
from emt_theory.circuits import Threshold, certify
from emt_theory.exact import Certificate
from emt_theory.networks.reading.twins import twin_from_json
from emt_theory.tasks import from_dict, from_rule, modular_sum, parse
from tests.proofs.sealing import leaves, put, resealed

KINDS = {
    "rows": (parse("xor"), Threshold(gain=2)),
    "tanh": (parse("xor"), "threshold-tanh"),
    "numbers": (modular_sum(3, code="numbers"), "interpolating"),
    "carry": (parse("xor"), "threshold-carry"),
    "one-hot": (modular_sum(3), "threshold"),
    "thermometer": (
        from_rule(lambda u: [(u[1][0] + 1) % 3, u[1][0]], 2, 2, alphabet=3, code="thermometer"),
        "threshold",
    ),
}


@pytest.fixture(scope="module")
def certificates():
    return {
        name: certify(derive(task).compile(scheme=scheme), task).certificate for name, (task, scheme) in KINDS.items()
    }


def others(value):
    """Other values that a leaf might have."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1, -value - 2, str(value), None]
    if isinstance(value, str) and value.lstrip("-").replace("/", "").isdigit():
        v = Fraction(value)
        return [str(v + 1), str(v - Fraction(1, 2)), str(-v - 1), value + "x", 1]
    return [other for other in ("other", None, 0) if other is not value]


def contradicted(claims, horizon=12):
    """Whether an exact run of the network on all inputs shows another symbol than the task in the claims."""
    task, twin = from_dict(claims["task"]), twin_from_json(claims["network"])
    symbols = np.indices((task.alphabet.size,) * task.components).reshape(task.components, -1).T
    symbols = symbols.reshape(-1, task.num_variables, task.dim)
    net = twin.to_float()
    outputs = net.run(task.alphabet.encode(symbols).astype(float), task.num_variables + horizon).outputs
    return bool((task.alphabet.decode(outputs[:, task.num_variables :]) != task.targets(symbols, horizon)).any())


def test_every_kind_is_here(certificates):
    assert {certificate.kind for certificate in certificates.values()} == set(verify_finite.FINITE_KINDS)
    for certificate in certificates.values():
        assert verify.verify(certificate.to_json()).startswith(certificate.kind)


@pytest.mark.parametrize("most", [350, pytest.param(2000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", KINDS)
def test_every_leaf_of_the_claims_is_bound(name, most, certificates):
    """What still verifies with another leaf is about a row of the register that serves as well, or a weight that does no harm."""
    certificate = certificates[name]
    refused = passed = 0
    chance = random.Random(name)
    found = [(path, other) for path, value in leaves(certificate.claims) for other in others(value)]
    for path, other in chance.sample(found, min(len(found), most)):
        text = resealed(certificate, lambda claims, path=path, other=other: put(claims, path, other))
        try:
            verify.verify(text)
        except (verify.FalseClaimError, verify.BadCertificateError):
            refused += 1
        else:
            assert path[0] in ("network", "features", "copies", "inputs") or path == ("weights",), path
            assert not contradicted(json.loads(text)["claims"])
            passed += 1
    assert refused > 10 * passed


@pytest.mark.parametrize(
    "key", ["exact_for", "margin", "room", "kicks", "rounding", "floors", "needs", "features", "copies"]
)
def test_a_missing_or_added_key_is_refused(key, certificates):
    for change in (lambda claims: claims.pop(key), lambda claims: claims.update(novel=1)):
        with pytest.raises(verify.BadCertificateError):
            verify.verify(resealed(certificates["rows"], change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["features"].pop(), "unit 1 is no step"),
        (lambda c: c["copies"].pop(), "no unit copies place 0"),
        (lambda c: c["copies"][0].__setitem__(2, -1), "does not copy|a condition fails"),
        (lambda c: c["task"]["tables"][0]["table"].__setitem__(0, 1), "is not the rule's on some codewords"),
        (lambda c: c.update(exact_for="symbols"), "values follow, not symbols"),
        (lambda c: c.update(margin="2"), "the margin is 1"),
        (lambda c: c.update(room="2"), "the room is 1"),
        (lambda c: c.update(floors=["1/2", "1"]), "hard-tanh units reach 1"),
        (lambda c: c["network"].update(activation="tanh"), "not a network of hard_tanh units"),
    ],
)
def test_a_false_claim_with_a_right_hash_is_found(change, message, certificates):
    with pytest.raises(verify.FalseClaimError, match=message):
        verify.verify(resealed(certificates["rows"], change))


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c["task"].update(num_variables=10**9),
        lambda c: c["task"].update(alphabet=10**6),
        lambda c: c["task"].update(code="binary"),
        lambda c: c["task"].update(dim=True),
        lambda c: c["task"]["tables"][0].update(reads=[[2, 0], [1, 0]]),
        lambda c: c["task"]["tables"][0].update(reads=[[1, 0]] * 40),
        lambda c: c["task"]["tables"][0].update(table=[0, 1, 1, 2]),
        lambda c: c["network"]["W_hy"].update(shape=[1, 10**9]),
        lambda c: c["features"].append(c["features"][0]),
        lambda c: c["features"][0].__setitem__(1, 99),
        lambda c: c["features"][1].__setitem__(4, [[1, "2"], [0, "2"]]),
        lambda c: c["copies"].append([0, 3, 1, "2"]),
        lambda c: c["carried"].append([0, 7, 1]),
        lambda c: c["network"]["b_h"].__setitem__(1, "1" * 5000),
        lambda c: c.update(weights="guessed"),
    ],
)
def test_malformed_claims_are_refused(change, certificates):
    with pytest.raises(verify.BadCertificateError):
        verify.verify(resealed(certificates["rows"], change))


def test_what_would_take_too_long_is_refused(certificates):
    """Weights with thousands of digits, and tables on more codewords than are looked at."""
    long = resealed(certificates["rows"], lambda c: c["features"][1][4][0].__setitem__(1, "1/" + "7" * 4200))
    wide = resealed(certificates["rows"], lambda c: c["features"][1][4][0].__setitem__(1, str(10**4200)))
    for text in (long, wide):
        with pytest.raises((verify.BadCertificateError, verify.FalseClaimError)):
            verify.verify(text)


def test_a_wrong_network_with_the_claims_of_a_right_one(certificates):
    task = parse("majority", num_variables=3)
    mine = certify(derive(parse("mux")).compile(), parse("mux")).certificate.claims
    other = certify(derive(task).compile(), task).certificate.claims
    for key in ("network", "task"):
        claims = {**mine, key: other[key]}
        with pytest.raises((verify.BadCertificateError, verify.FalseClaimError)):
            verify.verify(Certificate("threshold-rows", claims).to_json())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["task"].update(code="onehot"), "relu units show numbers|shape"),
        (lambda c: c.update(margin="1"), "without a margin"),
        (lambda c: c["features"].pop(), "shows a unit that is no feature"),
        (lambda c: c["features"][0].__setitem__(1, []), "the row of unit 1 is another one"),
        (lambda c: c["inputs"].__setitem__(0, 1), "does not take input 0 alone"),
        (lambda c: c["copies"][0].__setitem__(1, 1), "does not copy place 1"),
        (lambda c: c["task"]["tables"][0]["table"].__setitem__(0, 1), "is not the rule's on some symbols"),
        (lambda c: c["network"].update(phase_input=False), "malformed|not a network of relu units"),
    ],
)
def test_false_claims_about_numbers(change, message, certificates):
    with pytest.raises((verify.FalseClaimError, verify.BadCertificateError), match=message):
        verify.verify(resealed(certificates["numbers"], change))


def test_a_feature_that_is_not_silent_while_inputs_come_is_found(certificates):
    def opened(claims):
        entries = claims["network"]["W_uh"]["entries"]
        entries.remove(next(e for e in entries if e[1] == 1))

    with pytest.raises(verify.FalseClaimError, match="is not silent while inputs come"):
        verify.verify(resealed(certificates["numbers"], opened))

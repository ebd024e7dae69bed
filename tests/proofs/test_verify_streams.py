"""Certificates of tasks with an input at every step: every field is bound, and what is false behind a right hash is found."""

import random
from dataclasses import replace
from fractions import Fraction

import pytest

from emt_theory import derive, tasks
from emt_theory._proofs import verify, verify_streams
from emt_theory.circuits import certify
from emt_theory.exact import Certificate
from emt_theory.networks.reading.twins import twin_from_json
from tests.proofs.sealing import leaves, put, resealed

FILTER = tasks.linear_filter([1, "1/2"], ["-1/3"])
ADD = tasks.addition()


def loud(task):
    """Its read-out is twice the codeword: symbols, not values."""
    twin = derive(task).compile(scheme="code").exact
    return replace(twin, W_hy=twin.W_hy * 2, b_y=None if twin.b_y is None else tuple(2 * v for v in twin.b_y))


CERTIFICATES = {
    "filter": certify(derive(FILTER).compile(hidden=3, basis="oblique"), FILTER).certificate,
    "pairs": certify(derive(ADD).compile(scheme="pairs"), ADD).certificate,
    "code": certify(derive(tasks.contains("010")).compile(scheme="code"), tasks.contains("010")).certificate,
    "symbols": certify(loud(tasks.running_parity()), tasks.running_parity()).certificate,
    "flip-flop": certify(derive(tasks.flip_flop(1)).compile(), tasks.flip_flop(1)).certificate,
}


def others(value):
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, str) and value.lstrip("-").replace("/", "").isdigit():
        return [str(Fraction(value) + 1), str(-Fraction(value) - 1)]
    return ["other", None, 0]


def outcome(text):
    try:
        return verify.verify(text)
    except (verify.BadCertificateError, verify.FalseClaimError):
        return None


def test_what_certify_says_is_checked_again():
    assert {found.kind for found in CERTIFICATES.values()} == set(verify_streams.STREAM_KINDS)
    for name, certificate in CERTIFICATES.items():
        told = outcome(certificate.to_json())
        exact = "symbols" if name == "symbols" else "values"
        assert told.startswith(f"{certificate.kind}: {exact} exact for all words")


@pytest.mark.parametrize("name", CERTIFICATES)
def test_every_field_is_bound(name):
    """A changed leaf is refused, or the changed claim is true: then a fresh certificate of what it says says the same."""
    certificate, chance = CERTIFICATES[name], random.Random(name)
    places = list(leaves(certificate.claims))
    for path, value in chance.sample(places, min(30, len(places))):
        for other in others(value):
            text = resealed(certificate, lambda claims, path=path, other=other: put(claims, path, other))
            if outcome(text) is not None:
                assert is_true(Certificate.from_json(text).claims), (path, value, other)


def is_true(claims):
    """Whether the network in the claims shows on random words what the task shows, and certify says as much: a constant unit may be larger."""
    task, twin = tasks.from_dict(claims["task"]), twin_from_json(claims["network"])
    episodes = task.sample(16, 24, seed=0)
    runs = task.accuracy(twin.to_float().run(episodes.inputs).outputs, episodes).accuracy == 1.0
    return runs and certify(twin, task).exact_for == claims["exact_for"]


def test_a_pair_that_no_word_leads_to_is_refused():
    def add(claims):
        claims["states"].append([[0, "5"]])
        claims["labels"].append(0)
        claims["moves"].append(claims["moves"][0])

    assert outcome(resealed(CERTIFICATES["pairs"], add)) is None


def test_a_network_of_other_units_is_refused():
    for cell in ("identity", "hard_tanh", "tanh"):
        assert (
            outcome(resealed(CERTIFICATES["pairs"], lambda c, cell=cell: put(c, ("network", "activation"), cell)))
            is None
        )
    assert outcome(resealed(CERTIFICATES["filter"], lambda c: put(c, ("network", "activation"), "relu"))) is None


def test_the_biases_are_looked_at():
    def shift(claims):
        claims["network"]["b_y"] = ["1/9"]

    def drive(claims):
        claims["network"]["b_h"] = ["0", "0", "1/9"]

    for change in (shift, drive):
        assert outcome(resealed(CERTIFICATES["filter"], change)) is None

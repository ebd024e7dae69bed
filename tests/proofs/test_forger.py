"""Certificates with altered fields and right hashes, of every kind: nothing false is accepted, and everything gets an answer soon."""

from fractions import Fraction
from functools import cache

import pytest

from emt_theory._proofs import verify, verify_form
from tests.proofs import forger
from tests.proofs.sealing import judged, mutated_certificates, sealed


@cache
def pool():
    return forger.genuine()


def test_there_is_a_true_certificate_of_every_kind():
    assert {certificate.kind for certificate in pool()} == set(verify_form.KIND_FORMS)
    for certificate in pool():
        assert verify.verify(certificate.to_json()).startswith(certificate.kind.split("-")[0])


def forge(number):
    tally = forger.run(number)
    assert set(tally.tried) == set(verify_form.KIND_FORMS)
    assert not tally.false
    assert sum(tally.harmless.values()) < number / 5


@pytest.mark.slow
def test_nothing_false_is_accepted():
    forge(90)


@pytest.mark.slow
def test_of_ten_thousand_forgeries_nothing_false_is_accepted():
    forge(10_000)


@pytest.mark.slow
def test_mutants_of_every_kind_get_an_answer():
    assert all(said.isprintable() for said in mutated_certificates(pool(), 200))


@pytest.mark.slow
def test_ten_thousand_mutants_of_every_kind_get_an_answer():
    assert all(said.isprintable() for said in mutated_certificates(pool(), 10_000))


# ------------------------------------------------------------------ what would take too long

LONG = [f"1/{7**4900 + 2 * k}" for k in range(300)]  # a sum of these has a denominator as long as all together
MEMORY = {"num_variables": 300, "dim": 1, "inputs": ["-1", "1"], "reads": [[1, 0, 1]]}


def network(n, d, recurrent, driven=(), read=(), **others):
    """An Elman network with these entries."""
    shapes = {"W_hh": ([n, n], recurrent), "W_uh": ([n, d], driven), "W_hy": ([d, n], read)}
    made = {name: {"shape": shape, "entries": [list(e) for e in entries]} for name, (shape, entries) in shapes.items()}
    return {"cell": "elman", **made, "b_h": None, "b_y": None, "activation": "tanh", "phase_input": False, **others}


def linear_claims(task, net, **others):
    common = {"task": task, "network": net, "weights": "rational twin", "margin": None, "exact_for": "values"}
    return {**common, "terms": 1, "intertwined": False, **others}


def no_common_denominator():
    """A sum of 1/p^(64k)."""
    terms = "+".join(f"1/(({p}**64)**{k})" for k in range(55, 65) for p in range(3, 80, 2))
    return proof_of({"check": "identity", "left": [[[terms]]], "right": [[["1"]]], "given": {}, "scalars": []})


def a_system_that_fills():
    """Elimination in 60 dense rows of fractions that share no denominator."""
    dense = [(i, j, str(Fraction(2**40 + i * j, 3**25 + 2 * i + j))) for i in range(60) for j in range(60)]
    net = network(60, 1, dense, [(0, 0, "1")], [(0, 0, "1")], activation="identity")
    return "linear-values", linear_claims({**MEMORY, "num_variables": 60}, net, terms=121)


def a_long_sum():
    """A row whose weights have no common denominator."""
    read = [(0, k, v) for k, v in enumerate(LONG)]
    claims = linear_claims(MEMORY, network(300, 1, [], [(0, 0, "1")], read, activation="hard_tanh"))
    del claims["terms"], claims["intertwined"]
    return "saturating-values", {**claims, "labels": [[k, 300, 0, 1] for k in range(300)]}


def proof_of(claim):
    plain = next(c for c in pool() if c.kind == "proof").claims
    return "proof", {**plain, "steps": [{"sentence": "", "basis": "checked", "example": False, "claim": claim}]}


def circuit_of(task, factors):
    parts = {"linearly_solvable": True, "obstruction": None, "factors": factors, "minimal_dimension": [1, 1]}
    return "circuit", {"task": task, **parts}


CENSUS = {"check": "modular census", "num_variables": 2, "dim": 2, "p": 1009, "solvable": 1}
REGISTER = {
    "check": "register",
    "p": 10**9,
    "dim": 1,
    "classes": 1,
    "matrix": [[1] * 9000],
    "cycles": [],
    "constant": [0],
}
BOMBS = {
    "many residues": lambda: proof_of(CENSUS),
    "a long register": lambda: proof_of({**REGISTER, "images": []}),
    "no common denominator": no_common_denominator,
    "cyclotomic polynomials of many divisors": lambda: circuit_of(
        {**MEMORY, "num_variables": 5760},
        [{"cyclotomic": k, "multiplicity": 1} for k in range(1, 5761) if not 5760 % k],
    ),
    "a power of a large number": lambda: circuit_of(
        {**MEMORY, "num_variables": 9000}, [{"coefficients": ["9" * 4000, "1"], "multiplicity": 9000}]
    ),
    "a task of 10^9 blocks": lambda: (
        "linear-values",
        linear_claims({**MEMORY, "num_variables": 10**9}, network(1, 1, [])),
    ),
    "a long sum": a_long_sum,
    "a system that fills": a_system_that_fills,
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_would_take_too_long_gets_an_answer(name):
    kind, claims = BOMBS[name]()
    assert judged(sealed(kind, claims)).startswith(("refused", "FALSE"))

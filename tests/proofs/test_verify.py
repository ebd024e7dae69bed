"""The verifier stands alone, refuses any altered text, and finds what is false behind a right hash."""

import ast
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings

from emt_theory import derive
from emt_theory._proofs import ledger, verify, verify_form
from emt_theory.exact import Certificate
from emt_theory.tasks import fibonacci, from_matrix, parse, repeat_copy
from emt_theory.testing import strategies
from emt_theory.theorems import THEOREMS
from tests.proofs.sealing import judged, mutated, put, sealed

FILE = Path(verify.__file__)
CIRCUIT = derive(parse("T3")).certificate


NO_FACTORS = [
    {"cyclotomic": 0},
    {"cyclotomic": 10**6},
    *({"coefficients": c} for c in (["1"], ["2", "2"], ["1", "-1"], ["1/2", "1"])),
]


def resealed(certificate, **changes):
    """The certificate with other claims and a right hash."""
    return Certificate(certificate.kind, {**certificate.claims, **changes}).to_json()


def test_it_imports_the_standard_library_only():
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(FILE.read_text()))
        for name in (
            [a.name for a in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported - set(sys.stdlib_module_names) == {
        "verify_form",
        "verify_networks",
        "verify_finite",
        "verify_orbits",
        "verify_streams",
    }  # the modules beside it


def test_it_runs_alone(tmp_path):
    good, altered, false = (tmp_path / name for name in ("good.json", "altered.json", "false.json"))
    good.write_text(CIRCUIT.to_json())
    altered.write_text(CIRCUIT.to_json().replace("36", "35", 1))
    false.write_text(resealed(CIRCUIT, minimal_dimension=[36, 35]))
    codes = []
    for files in ([good], [false], [altered], [tmp_path / "missing"], [good, false]):
        done = subprocess.run(
            [sys.executable, "-I", str(FILE), *map(str, files)], capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr
        codes.append(done.returncode)
    assert codes == [0, 1, 2, 2, 1]


@pytest.mark.parametrize("id", ledger.MODULES)
@pytest.mark.parametrize("places", [25, pytest.param(60, marks=pytest.mark.slow)])
def test_one_changed_character_is_refused(id, places):
    text = ledger.load(id).certificate().to_json()
    assert verify.verify(text).startswith(f"proof of {id}")
    chance = random.Random(id)
    for _ in range(places):
        place = chance.randrange(len(text))
        new = chance.choice([c for c in '0123456789abcxyz"{}[],:.- \n\\eE+' if c != text[place]])
        for altered in (
            text[:place] + new + text[place + 1 :],
            text[:place] + text[place + 1 :],
            text[:place] + new + text[place:],
        ):
            with pytest.raises(verify.BadCertificateError):
                verify.verify(altered)


def test_a_circuits_certificate_with_every_single_character_changed_is_refused():
    text = derive(fibonacci(2, 1)).certificate.to_json()
    verify.verify(text)
    for place, old in enumerate(text):
        for new in ' \n0179ax"-':
            if new != old:
                with pytest.raises(verify.BadCertificateError):
                    verify.verify(text[:place] + new + text[place + 1 :])


@settings(max_examples=25)
@given(strategies.tasks())
def test_circuits_of_any_task_verify(task):
    assert verify.verify(derive(task).certificate.to_json()).startswith("circuit")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"linearly_solvable": True}, "linearly_solvable is false"),
        ({"obstruction": None}, "there must be an obstruction"),
        ({"obstruction": {**CIRCUIT.claims["obstruction"], "value": "7"}}, "the obstruction"),
        ({"minimal_dimension": [35, 36]}, "minimal_dimension is"),
        ({"factors": CIRCUIT.claims["factors"][1:]}, "have degree"),
        ({"factors": CIRCUIT.claims["factors"] * 2}, "stands there twice"),
        *(({"factors": [{**f, "multiplicity": 1}]}, "no factor of a polynomial") for f in NO_FACTORS),
        ({"factors": [{"cyclotomic": 1, "multiplicity": 64}]}, "not the characteristic polynomial"),
    ],
)
def test_a_false_claim_with_a_right_hash_is_found(change, message):
    with pytest.raises(verify.FalseClaimError, match=message):
        verify.verify(resealed(CIRCUIT, **change))


def test_another_task_under_the_same_claims_is_found():
    with pytest.raises(verify.FalseClaimError):
        verify.verify(resealed(CIRCUIT, task=derive(parse("T4")).certificate.claims["task"]))


def test_a_false_step_with_a_right_hash_is_found():
    proof = ledger.load("P12").certificate()
    steps = json.loads(json.dumps(proof.claims["steps"]))
    steps[1]["claim"]["right"] = [[["b"]]]
    with pytest.raises(verify.FalseClaimError, match="the check of this step fails"):
        verify.verify(resealed(proof, steps=steps))
    tame = {**proof.claims["saboteur"], "claim": proof.claims["steps"][1]["claim"]}
    with pytest.raises(verify.FalseClaimError, match="its saboteur passes"):
        verify.verify(resealed(proof, saboteur=tame))


@pytest.mark.parametrize(
    ("part", "changed"),
    [
        *(((name, "shape", k), 6) for name in ("W_hh", "W_uh", "W_hy") for k in (0, 1)),
        (("b_h",), ["0"]),
        (("b_y",), ["0", "0"]),
    ],
)
def test_a_saboteur_that_is_no_network_is_none(part, changed):
    """A claim about matrices that do not fit is not false: it is no claim."""
    proof = ledger.load("P07b").certificate()
    saboteur = json.loads(json.dumps(proof.claims["saboteur"]))
    put(saboteur["claim"]["network"], part, changed)
    with pytest.raises(verify.BadCertificateError, match="malformed"):
        verify.verify(resealed(proof, saboteur=saboteur))


@pytest.mark.parametrize("changed", [{"inputs": [["1", "1"]]}, {"agree": "x"}])
def test_a_run_on_no_inputs_or_for_nothing_is_none(changed):
    proof = ledger.load("P07b").certificate()
    saboteur = {**proof.claims["saboteur"], "claim": {**proof.claims["saboteur"]["claim"], **changed}}
    with pytest.raises(verify.BadCertificateError, match="malformed"):
        verify.verify(resealed(proof, saboteur=saboteur))


@pytest.mark.parametrize(
    ("kind", "claims"),
    [
        ("novel", {}),
        ("circuit", {}),
        ("circuit", {**CIRCUIT.claims, "task": {"num_variables": 1, "dim": 1, "inputs": ["1"]}}),
        ("proof", {"id": "P05", "steps": []}),
        ("proof", {"id": "P05", "steps": [{"basis": "checked", "sentence": "", "claim": {"check": "faith"}}]}),
        ("proof", {"id": "P05", "steps": [{"basis": "checked", "sentence": "", "claim": {"check": "identity"}}]}),
    ],
)
def test_foreign_content_is_refused(kind, claims):
    with pytest.raises(verify.BadCertificateError):
        verify.verify(Certificate(kind, claims).to_json())


@pytest.mark.parametrize("text", ["", "[]", "null", "1" * 5000, "[" * 100000, '{"format": 1}', "\ud800"])
def test_foreign_text_is_refused(text):
    with pytest.raises(verify.BadCertificateError):
        verify.verify(text)


def test_rules_that_do_not_end_are_refused():
    looping = {"check": "identity", "left": [[["A"]]], "right": [[["B"]]], "given": {"A": "A*A"}, "scalars": []}
    step = {"basis": "checked", "sentence": "", "example": False, "claim": looping}
    with pytest.raises(verify.BadCertificateError, match="do not come to an end"):
        verify.verify(resealed(ledger.load("P05").certificate(), steps=[step]))


def test_values_of_factors():
    assert [verify.cyclotomic_value(m, 3) for m in (1, 2, 3, 4, 6, 12)] == [2, 4, 13, 10, 7, 73]
    task = verify.Task(from_matrix([["1/2", 1]], dim=1).to_dict())
    assert verify.characteristic_value(task, 2) == 4 - 2 - verify.Fraction(1, 2)
    assert verify.Task(repeat_copy(2, 2).to_dict()).ranks() == (4, 4)


PLAIN = ledger.load("P05").certificate().claims
FIBONACCI = derive(fibonacci(2, 1)).certificate.claims
CLAIMS = {step.claim["check"]: step.claim for id in ledger.MODULES for step in ledger.load(id).steps if step.claim}


def proof_of(claim):
    return sealed("proof", {**PLAIN, "steps": [{"sentence": "", "basis": "checked", "example": False, "claim": claim}]})


def test_every_claim_has_a_form():
    assert set(verify._CHECKS) <= set(verify_form.FORMS)
    assert set(CLAIMS) <= set(verify_form.FORMS)


FORGED = {
    "identity": {"right": [[["Psi"]]]},
    "nonnegative": {"target": "0 - 1"},
    "determinant": {"equals": "x"},
    "exponential": {"exceeds": "1000000"},
    "circuit": {"minimal_dimension": [1, 1]},
    "census": {"solvable": 4},
    "sign accuracy": {"right": "1", "zero": "0"},
    "run": {"margin": "1000", "agree": "signs"},
}


@pytest.mark.parametrize("check", FORGED)
def test_a_forged_claim_of_every_kind_is_found(check):
    assert judged(proof_of(CLAIMS[check])).startswith("proof of P05")
    assert judged(proof_of({**CLAIMS[check], **FORGED[check]})).startswith("FALSE")
    assert judged(proof_of({**CLAIMS[check], "besides": True})).startswith("refused")


def test_a_determinant_is_of_a_square():
    assert judged(proof_of({**CLAIMS["determinant"], "matrix": [["1", "2"]]})).startswith("refused malformed")


@pytest.mark.parametrize(
    "claims",
    [
        {**PLAIN, "id": "P99", "statement": "P = NP"},
        {**PLAIN, "statement": "P = NP"},
        {**PLAIN, "title": "all of it"},
        {**PLAIN, "conditions": []},
    ],
)
def test_a_proof_states_what_the_registry_states(claims):
    assert judged(sealed("proof", claims)).endswith("its statement is not that of a theorem in the registry")


def test_what_it_reads_of_the_registry_is_the_registry():
    stated = {id: (t.title, t.statement, list(t.conditions)) for id, t in THEOREMS.items()}
    assert verify_form.registry() == stated


@pytest.mark.parametrize(
    "change",
    [
        {"factors": [{"coefficients": ["-1", "-1", "1"], "multiplicity": 1.0}]},
        {"factors": [{"coefficients": ["-1", "-1", "1"], "multiplicity": True}]},
        {"factors": [{"coefficients": ["-1", "-1", "1"], "multiplicity": 1, "proved": True}]},
        {"task": {**FIBONACCI["task"], "matrix": [["1.0", "1"]]}},
        {"task": {**FIBONACCI["task"], "matrix": [["2/2", "1"]]}},
        {"task": {**FIBONACCI["task"], "matrix": [["\uff11", "1"]]}},
        {"besides": "P = NP"},
    ],
)
def test_what_has_another_form_is_refused(change):
    assert judged(sealed("circuit", {**FIBONACCI, **change})).startswith("refused malformed claims: claims")


def test_the_text_of_an_obstruction_is_bound():
    told = {**FIBONACCI["obstruction"], "text": "nothing is in the way"}
    assert "the text of the obstruction" in judged(sealed("circuit", {**FIBONACCI, "obstruction": told}))


def identity_of(text):
    return {"check": "identity", "left": [[[text]]], "right": [[["x"]]], "given": {}, "scalars": ["x"]}


@pytest.mark.parametrize(
    "text",
    [
        proof_of(identity_of("(((x**64)**64)**64)**64")),
        proof_of(identity_of("((((2**64)**64)**64)**64)**64")),
        proof_of(identity_of("-" * 5000 + "1")),
        proof_of(identity_of("(" * 5000 + "1" + ")" * 5000)),
        proof_of({"check": "exponential", "x": "1e100000000", "exceeds": "1"}),
        proof_of({"check": "determinant", "matrix": [["1"] * 14] * 14, "equals": "1"}),
        proof_of({"check": "census", "num_variables": 10**8, "dim": 10**8, "solvable": 1}),
        proof_of({**CLAIMS["run"], "horizon": 10**9}),
        proof_of(
            {**CLAIMS["run"], "network": {**CLAIMS["run"]["network"], "W_hh": {"shape": [10**9] * 2, "entries": []}}}
        ),
        sealed(
            "circuit", {**FIBONACCI, "task": {"num_variables": 10**9, "dim": 1, "inputs": ["1"], "reads": [[1, 0, 1]]}}
        ),
    ],
)
def test_what_is_too_large_is_refused(text):
    assert judged(text).startswith("refused")


def test_how_much_work_may_be_asked_for(tmp_path, capsys):
    file = tmp_path / "circuit.json"
    file.write_text(CIRCUIT.to_json())
    assert [verify.main([*given, str(file)]) for given in ([], ["--steps", "10"], ["--steps", "-1"])] == [0, 2, 2]
    assert "too large to be checked in 10 steps; `verify.py --steps N FILE` takes more" in capsys.readouterr().err


def test_nothing_that_a_terminal_obeys_is_shown():
    for text in (
        sealed("proof", {**PLAIN, "id": "\x1b[31mP05\r\n"}),
        sealed("\x1b[31m", {}),
        proof_of({**CLAIMS["identity"], "given": {"\x1b*2": "1"}}),
    ):
        assert judged(text).isprintable()


def test_another_circuit_is_refused_or_of_another_task():
    chance = random.Random(8)
    for _ in range(150):
        changed = mutated(CIRCUIT.claims, chance)
        same_task = isinstance(changed, dict) and changed["task"] == CIRCUIT.claims["task"]
        if same_task and changed != CIRCUIT.claims:
            assert judged(sealed("circuit", changed)).startswith(("FALSE", "refused"))


@pytest.mark.parametrize("name", ["a folder", "a pipe"])
def test_only_regular_files_are_read(name, tmp_path):
    place = tmp_path / "x.json"
    place.mkdir() if name == "a folder" else os.mkfifo(place)
    with pytest.raises(verify.BadCertificateError, match="cannot be read"):
        verify.verify_file(place)

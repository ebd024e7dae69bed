"""The verifier stands alone, refuses any altered text, and finds what is false behind a right hash."""

import ast
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings

from emt_theory import derive
from emt_theory._proofs import ledger, verify
from emt_theory.exact import Certificate
from emt_theory.tasks import fibonacci, from_matrix, parse, repeat_copy
from emt_theory.testing import strategies

FILE = Path(verify.__file__)
CIRCUIT = derive(parse("T3")).certificate


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
    assert imported - set(sys.stdlib_module_names) == {"verify_networks", "verify_finite"}  # the modules beside it


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
def test_one_changed_character_is_refused(id):
    text = ledger.load(id).certificate().to_json()
    assert verify.verify(text).startswith(f"proof of {id}")
    chance = random.Random(id)
    for _ in range(60):
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
    ("kind", "claims"),
    [
        ("novel", {}),
        ("circuit", {}),
        ("circuit", {**CIRCUIT.claims, "task": {"num_variables": 1, "dim": 1, "inputs": ["1"]}}),
        ("circuit", {**CIRCUIT.claims, "factors": [{"cyclotomic": 0, "multiplicity": 1}]}),
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
    step = {"basis": "checked", "sentence": "", "claim": looping}
    with pytest.raises(verify.BadCertificateError, match="do not come to an end"):
        verify.verify(Certificate("proof", {"id": "P05", "steps": [step], "saboteur": step}).to_json())


def test_values_of_factors():
    assert [verify.cyclotomic_value(m, 3) for m in (1, 2, 3, 4, 6, 12)] == [2, 4, 13, 10, 7, 73]
    task = verify.Task(from_matrix([["1/2", 1]], dim=1).to_dict())
    assert verify.characteristic_value(task, 2) == 4 - 2 - verify.Fraction(1, 2)
    assert verify.Task(repeat_copy(2, 2).to_dict()).ranks() == (4, 4)

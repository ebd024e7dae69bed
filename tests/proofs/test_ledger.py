"""Every proof runs, every saboteur is rejected, and each claim is judged alike by two checkers that share no code."""

import json

import pytest

from emt_theory._proofs import claims, ledger, verify, verify_form
from emt_theory._proofs.proof import GENERAL
from emt_theory.cli.main import main
from emt_theory.errors import InvalidOption
from emt_theory.exact import Certificate
from emt_theory.theorems import THEOREMS, theorem

GENERAL_AT_LEAST = {
    "P01",
    "P02",
    "P03",
    "P04",
    "P05",
    "P07",
    "P09",
    "P10",
    "P12",
    "P13",
    "P17",
    "P19",
    "P20",
    "P21",
} | {
    "P22",
    "P23",
    "P24",
    "P25",
    "P26",
    "P27",
    "P28",
    "P29",
}
STEPS = [
    pytest.param(step, id=f"{id}-{k}")
    for id in ledger.MODULES
    for k, step in enumerate(ledger.load(id).steps)
    if step.claim is not None
]


def test_all_hold_and_none_is_called_more_than_it_is():
    outcomes = ledger.prove()
    by_coq = [outcome.id for outcome in outcomes if outcome.machine_checked]
    assert len(by_coq) >= 8
    assert {outcome.status for outcome in outcomes if outcome.id in by_coq} == {"machine-checked for all sizes"}
    assert {outcome.status for outcome in outcomes if outcome.id not in by_coq} == {"computed steps and words"}
    assert all(
        outcome.words == sum(step.basis != "checked" for step in ledger.load(outcome.id).steps) for outcome in outcomes
    )
    assert {outcome.id for outcome in outcomes if outcome.scope == GENERAL} >= GENERAL_AT_LEAST
    assert set(THEOREMS) == {outcome.id for outcome in outcomes}
    assert sum(outcome.seconds for outcome in outcomes) < 120


@pytest.mark.parametrize("step", STEPS)
def test_both_checkers_agree_on_each_step(step):
    verify_form.start(verify_form.MOST_STEPS)
    assert claims.holds(step.claim)
    assert verify.holds(step.claim)


@pytest.mark.parametrize("id", ledger.MODULES)
def test_both_checkers_reject_the_saboteur(id):
    verify_form.start(verify_form.MOST_STEPS)
    claim = ledger.load(id).saboteur.claim
    assert not claims.holds(claim)
    assert not verify.holds(claim)


@pytest.mark.parametrize("id", ledger.MODULES)
def test_a_proof_says_how_each_sentence_is_supported(id):
    proof = ledger.load(id)
    assert all((step.claim is not None) == (step.basis == "checked") for step in proof.steps)
    assert any(step.basis == "checked" and not step.example for step in proof.steps)
    assert proof.id == id == theorem(id).id


def test_a_failing_proof_fails(monkeypatch):
    from dataclasses import replace

    from emt_theory._proofs import p05_ideal_load as module

    broken = replace(module.PROOF.steps[1], claim=module.PROOF.saboteur.claim)
    steps = (module.PROOF.steps[0], broken)
    monkeypatch.setattr(module, "PROOF", replace(module.PROOF, steps=steps))
    (outcome,) = ledger.prove(["P05"])
    assert (outcome.status, outcome.failures) == ("failed", (broken.sentence,))
    assert main(["prove", "P05", "--json"]) == 1


def test_a_saboteur_that_passes_fails_the_proof(monkeypatch):
    from dataclasses import replace

    from emt_theory._proofs import p12_basis_invariance as module

    tame = replace(module.PROOF.saboteur, claim=module.PROOF.steps[1].claim)
    monkeypatch.setattr(module, "PROOF", replace(module.PROOF, saboteur=tame))
    (outcome,) = ledger.prove(["P12"])
    assert outcome.failures[0].startswith("saboteur not rejected")


def test_what_is_stated_is_not_called_proved(monkeypatch):
    monkeypatch.delitem(ledger.MODULES, "P17")
    (outcome,) = ledger.prove(["P17"])
    assert outcome.status == "not proved"
    with pytest.raises(InvalidOption, match="P17 finite fields is stated and not proved yet"):
        ledger.load("P17")


def test_the_command_prints_json(capsys):
    assert main(["prove", "p05", "P18", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [line["id"] for line in shown] == ["P05", "P18"]
    keys = {"id", "title", "scope", "status", "words", "machine_checked", "seconds"}
    assert all(set(line) == keys for line in shown)
    assert [line["machine_checked"] for line in shown] == [True, False]


def test_the_command_never_says_proved(capsys, monkeypatch):
    monkeypatch.delitem(ledger.MODULES, "P17")
    assert main(["prove", "P05", "P18", "P17"]) == 0
    shown = capsys.readouterr().out
    assert "machine-checked for all sizes" in shown
    assert "computed steps and words" in shown
    assert "not proved" in shown
    assert " proved" not in shown.replace("not proved", "")


def test_the_command_saves_and_checks(tmp_path, capsys):
    assert main(["prove", "P09", "--save", str(tmp_path / "new")]) == 0
    assert "general" in capsys.readouterr().out
    file = tmp_path / "new" / "P09.json"
    assert main(["prove", "--certificate", str(file)]) == 0
    assert "holds: proof of P09" in capsys.readouterr().out
    assert main(["prove", "P09", "--save", str(tmp_path / "new")]) == 2
    assert "--force" in capsys.readouterr().err
    assert main(["prove", "P09", "--save", str(tmp_path / "new"), "--force"]) == 0
    file.write_text(file.read_text().replace("general", "General"))
    capsys.readouterr()
    assert main(["prove", "--certificate", str(file)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["P99"], "unknown theorem 'P99'; known are P01 to P29 and P07b"),
        (["--certificate", "missing.json"], "missing.json: cannot be read"),
        (["P05", "--certificate", "x.json"], "stands alone"),
        (["P17", "--save", "somewhere"], "stated and not proved yet"),
    ],
)
def test_bad_input_is_one_line(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(ledger.MODULES, "P17")
    assert main(["prove", *arguments]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_steps_that_are_not_this_versions_are_told(tmp_path, capsys):
    proof = ledger.load("P12").certificate()
    other = Certificate("proof", {**proof.claims, "steps": [step for step in proof.claims["steps"] if "claim" in step]})
    file = tmp_path / "p12.json"
    file.write_text(other.to_json())
    assert main(["prove", "--certificate", str(file)]) == 1
    assert "not those of the proof of P12" in capsys.readouterr().out

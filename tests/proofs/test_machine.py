"""What Coq has checked is bound: registry ↔ page ↔ file ↔ record; a hypothesis that is dropped anywhere is seen, with or without Coq."""

import json
import re
import shutil
from functools import cache

import pytest

from emt_theory._proofs import ledger, machine
from emt_theory.cli.main import main
from emt_theory.errors import EMTError
from emt_theory.theorems import THEOREMS
from tests.test_package import ROOT

PAGE = (ROOT / "docs" / "machine_checked.md").read_text(encoding="utf-8")
FILES = {path.stem: path.read_text(encoding="utf-8") for path in machine.FOLDER.glob("*.v")}
CHECKED = {id: machine.theorem_file(id).stem for id in THEOREMS if machine.theorem_file(id)}
THEOREM = re.compile(r"^Theorem \w+.*?\.(?=\nProof)", re.MULTILINE | re.DOTALL)
DEFINED = re.compile(r"^(?:Definition|Fixpoint|Record|Notation) (\w+)", re.MULTILINE)


@cache
def squeezed(text):
    return " ".join(text.split())


def section(page, id):
    """The part of the page that is about a theorem."""
    return page.partition(f"\n## {id} {THEOREMS[id].title}\n")[2].partition("\n## ")[0]


def shown(text):
    """The Coq of a part of the page, in pieces that a blank line separates."""
    return [piece for block in re.findall(r"```coq\n(.*?)```", text, re.DOTALL) for piece in block.split("\n\n")]


def rows(text):
    """The table: the registry's sentences, and what Coq has."""
    lines = [line for line in text.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:3]] for line in lines]


def spans(cell):
    """The pieces of Coq within a cell."""
    return [squeezed(a or b) for a, b in re.findall(r"`` (.*?) ``|`([^`]+)`", cell)]


def premises(statement):
    """What stands before an arrow, outside all brackets: the hypotheses, squeezed."""
    depth, body, start = 0, [], None
    text = squeezed(statement)
    for k, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if start is None and depth == 0 and text[k : k + 3] == " : ":
            start = k + 3
        elif start is not None and k >= start and depth == 0 and text[k : k + 4] == " -> ":
            body.append(text[start:k])
            start = k + 4
    return body


def faults(files, page):
    """Where the page and the files differ."""
    found = []
    everywhere = {name: squeezed(text) for name, text in files.items()}
    pieces = [squeezed(piece) for piece in shown(page)]
    found += [f"in no file: {piece}" for piece in pieces if not any(piece in text for text in everywhere.values())]
    names = {name for text in files.values() for name in DEFINED.findall(text)}
    seen = {name for piece in shown(page) for name in DEFINED.findall(piece)}
    words = set(re.findall(r"\w+", " ".join(pieces)))
    found += [f"not shown: {name}" for name in sorted(names & words - seen)]
    for id, file in CHECKED.items():
        here = section(page, id)
        told, known = [squeezed(piece) for piece in shown(here)], " ".join(pieces)
        table = [span for _, cell in rows(here) for span in spans(cell)]
        found += [f"{id}: not in Coq: {span}" for span in table if span not in known]
        for statement in THEOREM.findall(files[file]):
            found += [] if squeezed(statement) in told else [f"{id}: not on the page: {statement}"]
            for premise in premises(statement):
                bare = premise.removeprefix("(").removesuffix(")")
                found += [] if any(bare in s or s in bare for s in table) else [f"{id}: in no row: {premise}"]
    return found


def test_the_page_says_what_the_files_say():
    assert faults(FILES, PAGE) == []


def test_there_are_enough_of_them():
    assert len(CHECKED) >= 8
    assert all(THEOREM.findall(FILES[file]) for file in CHECKED.values())


@pytest.mark.parametrize("id", CHECKED)
def test_every_sentence_of_the_registry_is_bound(id):
    stated = THEOREMS[id]
    sentences = [sentence for sentence, _ in rows(section(PAGE, id))]
    assert " ".join(sentences) == " ".join([stated.statement, *stated.conditions])
    assert all(condition in sentences for condition in stated.conditions)
    assert CHECKED[id].startswith(ledger.MODULES[id][:4])
    assert f"(** {id}, {stated.title}." in FILES[CHECKED[id]]


@pytest.mark.parametrize("id", ["P05", "P07", "P08", "P09", "P11"])
def test_what_p21_takes_over_is_over_every_field(id):
    """No statement asks for an order or a characteristic: GF(p) is a field like any other."""
    sentence, _, _ = THEOREMS["P21"].statement.partition(". ")
    assert id in sentence
    assert f"> {sentence}.\n" in PAGE
    for statement in THEOREM.findall(FILES[CHECKED[id]]):
        assert re.findall(r"\(\w+ : (\w+Type)\)", statement) in (["ringType"], ["comRingType"], ["fieldType"])
        assert "[char" not in statement
    assert machine.state("P21") == ""


DROPPED = [
    pytest.param(id, statement, premise, id=f"{id}-{k}-{j}")
    for id, file in CHECKED.items()
    for k, statement in enumerate(THEOREM.findall(FILES[file]))
    for j, premise in enumerate(premises(statement))
]


@pytest.mark.parametrize(("id", "statement", "premise"), DROPPED)
def test_a_hypothesis_that_is_dropped_is_seen(id, statement, premise):
    less = squeezed(statement).replace(f"{premise} -> ", "", 1)
    assert less != squeezed(statement)
    assert faults({**FILES, CHECKED[id]: FILES[CHECKED[id]].replace(statement, less)}, PAGE)
    assert faults(FILES, PAGE.replace(statement, less))


def test_a_definition_that_is_weakened_is_seen():
    weaker = FILES["linear_tasks"].replace("Definition task", "Definition task' := True.\nDefinition task", 1)
    weaker = weaker.replace("forall t, u (t + p.+1)%N =", "forall t, (t < 1)%N -> u (t + p.+1)%N =")
    assert faults({**FILES, "linear_tasks": weaker}, PAGE)


@pytest.mark.parametrize("file", FILES)
def test_no_file_assumes_anything(file):
    assert not re.findall(r"\b(?:Axiom|Parameter|Conjecture|Admitted|admit)\b", FILES[file])


def test_the_record_is_of_these_files():
    kept = machine.record()
    assert kept["files"] == {path.name: machine.digest(path) for path in machine.FOLDER.glob("*.v")}
    assert set(kept["theorems"]) == set(CHECKED)
    assert {id for id in THEOREMS if machine.state(id) == machine.MACHINE} == set(CHECKED)


@pytest.fixture
def copied(tmp_path, monkeypatch):
    shutil.copytree(machine.FOLDER, tmp_path / "coq")
    monkeypatch.setattr(machine, "FOLDER", tmp_path / "coq")
    return tmp_path / "coq"


@pytest.mark.parametrize("file", ["p05_ideal_load.v", "linear_tasks.v"])
def test_what_was_changed_is_not_called_machine_checked(file, copied, capsys):
    (copied / file).write_text(FILES[file.removesuffix(".v")] + "\n")
    assert main(["prove", "P05", "P12", "--json"]) == 0
    p05, p12 = json.loads(capsys.readouterr().out)
    assert (p05["status"], p05["machine_checked"]) == ("changed since it was machine-checked", False)
    assert (p12["status"], p12["machine_checked"]) == ("machine-checked for all sizes", True)


@pytest.mark.parametrize("answer", ["Axioms: it_is_so : False", None])
def test_an_axiom_or_a_missing_answer_is_not_machine_checked(answer, copied):
    kept = machine.record()
    kept["theorems"]["P12"] = {} if answer is None else {"basis_invariance": answer}
    (copied / machine.RECORD).write_text(json.dumps(kept))
    assert machine.state("P12") == machine.CHANGED


def test_without_a_record_nothing_is_machine_checked(copied):
    (copied / machine.RECORD).unlink()
    assert machine.state("P05") == machine.CHANGED


def test_without_coq_it_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    before = (machine.FOLDER / machine.RECORD).read_bytes()
    assert machine.main() == 2
    assert "apt-get install --no-install-recommends coq libcoq-mathcomp-algebra" in capsys.readouterr().err
    assert (machine.FOLDER / machine.RECORD).read_bytes() == before


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("coqc") is None, reason="Coq is not installed")
def test_coq_says_it_again():
    made, kept = machine.compile_files(), machine.record()
    assert (made["files"], made["theorems"]) == (kept["files"], kept["theorems"])


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("coqc") is None, reason="Coq is not installed")
def test_coq_refuses_a_statement_without_its_hypothesis(copied):
    text = FILES["p12_basis_invariance"].replace("  Dual *m Psi = 1%:M ->\n", "")
    (copied / "p12_basis_invariance.v").write_text(text)
    with pytest.raises(EMTError, match=r"p12_basis_invariance\.v: Coq refuses it"):
        machine.compile_files()

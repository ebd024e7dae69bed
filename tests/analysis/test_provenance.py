"""What a file left open reaches the user: first what was assumed, then what was not used, in every form of a result."""

import json

import numpy as np
import pytest

from emt_theory import analysis, derive
from emt_theory.cli.main import main
from emt_theory.networks import ElmanRNN, Provenance, load, provenance_of
from emt_theory.report.sections import _provenance as told
from emt_theory.tasks import repeat_copy

TASK = repeat_copy(2, 1)
ASSUMED = "Its units are taken to be tanh, PyTorch's default: the file does not say."
UNUSED = "Not used: 'a\\\\x1b[31m' and 'curve' and 'loss'."


@pytest.fixture
def file(tmp_path):
    weights = derive(TASK).compile(scheme="tanh").weights
    np.savez(tmp_path / "x.npz", **weights, **{"loss": 3.0, "curve": np.ones(2), "a\x1b[31m": 1})
    return tmp_path / "x.npz"


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    return code, capsys.readouterr().out


def test_sentences():
    made = Provenance(("activation", "leak"), tuple(f"k{i}" for i in range(9)), ("a mask is \x1b folded", "Said."))
    assert made.first() == (ASSUMED, "Its leak is assumed: the file does not say.")
    listed = " and ".join(f"'k{i}'" for i in range(6))
    assert made.then() == (f"Not used: {listed} and 3 more.", "A mask is \\x1b folded.", "Said.")
    assert Provenance().first() == Provenance().then() == ()
    assert max(map(len, Provenance(ignored=("x" * 10**6,), remarks=("y" * 10**6,)).then())) < 500
    assert Provenance(ignored=("\x9b",)).to_dict() == {"assumed": [], "ignored": [r"\x9b"], "remarks": []}


def test_a_sigma_that_was_named_since_is_not_assumed():
    net = ElmanRNN([[1]], [[1]], [[1]], activation="relu", provenance=Provenance(("activation",), ("x",)))
    assert provenance_of(net) == Provenance((), ("x",))


def test_a_check_says_what_was_assumed_first_and_what_was_not_used_last(file):
    result = analysis.check(load(file), TASK, sequences=20, horizon=20)
    assert (result.evidence[0], result.evidence[-1]) == (ASSUMED, UNUSED)
    assert str(result).splitlines()[1].strip() == ASSUMED
    found = result.to_dict()
    assert (found["assumed"], found["ignored"], found["remarks"]) == (
        ["activation"],
        [r"a\x1b[31m", "curve", "loss"],
        [],
    )
    section = told(result)
    assert (section.title, section.sentence) == ("What was made of the file?", f"{ASSUMED} {UNUSED}")


def test_nothing_is_said_where_there_is_nothing_to_say():
    result = analysis.check(derive(TASK).compile(scheme="tanh"), TASK, sequences=20, horizon=20)
    assert result.provenance == Provenance()
    assert not any("Not used" in sentence or "taken to be" in sentence for sentence in result.evidence)
    assert told(result) is None


def test_the_command_line_says_it_too(file, capsys):
    code, out = run(capsys, "decompile", file, "--horizon", "20")
    assert (code, out.splitlines()[0]) == (0, ASSUMED)
    assert out.splitlines()[-1].startswith("Not used: ")
    assert "\x1b" not in out
    code, out = run(capsys, "decompile", file, "--horizon", "20", "--activation", "relu", "--json")
    assert code == 1
    assert json.loads(out)["assumed"] == []
    code, out = run(
        capsys, "check", file, "--task", "repeat-copy", "--num-variables", "2", "--dim", "1", "--horizon", "20"
    )
    assert out.splitlines()[1].strip() == ASSUMED

"""`emt hypothesis`: its keys, its exit codes, its files, bad input."""

import json

import pytest

from emt_theory.cli.main import main

FILE = """
from emt_theory.studies import Hypothesis, Population
from emt_theory.tasks import repeat_copy
brief = {"base": "fast", "steps": 20, "test_horizon": 8}
some = Population(repeat_copy(num_variables=2, dim=1), hidden=4, seeds=8, protocols=brief, check=False)
def ask(run):
    return HOLDS
claim = Hypothesis("It is so.", some, ask, at_least=0.6)
"""


@pytest.fixture
def emt(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def run(holds, *arguments, command="run"):
        (tmp_path / "claim.py").write_text(FILE.replace("HOLDS", holds))
        more = ["--workers", "0"] if command == "run" else []
        return main(["hypothesis", command, "claim.py", *more, *arguments]), *capsys.readouterr()

    return run


def test_exit_codes_and_first_words(emt):
    for holds, code, answer in (
        ("True", 0, "supported"),
        ("run.labels['seed'] < 4", 1, "undecided"),
        ("False", 1, "refuted"),
    ):
        found, out, _ = emt(holds)
        assert (found, out.split(":")[0]) == (code, answer)


def test_json_is_one_value_with_the_promised_keys(emt, tmp_path):
    code, out, _ = emt("True", "--json", "-o", "answers.json")
    found = json.loads(out, parse_constant=pytest.fail)
    assert (code, found["supported"], found["store"]) == (0, True, "emt-runs")
    (one,) = found["answers"]
    assert (one["answer"], one["estimate"], one["networks"], one["unanswered"]) == ("supported", 1.0, 8, [])
    assert json.loads((tmp_path / "answers.json").read_text()) == found
    assert emt("False", "-o", "page")[0] == 1
    assert "refuted" in (tmp_path / "page" / "report.html").read_text()
    code, _, err = emt("True", "-o", "answers.json")
    assert (code, err.splitlines()[-1]) == (2, "emt: answers.json exists already; choose another name, or ask to overwrite it (--force)")  # fmt: skip


def test_what_the_file_prints_is_kept_from_stdout(emt):
    for command in ("run", "plan"):
        code, out, err = emt("print('looking') is None\nprint('loading')", "--json", command=command)
        assert (code, "loading" in err, bool(json.loads(out))) == (0, True, True)
    assert "looking" not in out


def test_a_predicate_that_raises_is_one_line_and_no_traceback(emt):
    code, out, err = emt("1 / (run.labels['seed'] - 3) != 0")
    (line,) = [line for line in out.splitlines() if "ZeroDivisionError" in line]
    assert (code, "seed 3" in line, "Traceback" in out + err) == (1, True, False)
    code, out, _ = emt("'yes'")
    assert (code, out.count("holds must return True or False; got 'yes'"), "… and 3 more" in out) == (1, 5, True)


def test_the_plan_trains_nothing(emt, tmp_path):
    code, out, _ = emt("True", command="plan")
    assert (code, "needs 8 seeds that are all as claimed, and has 8: none may fail" in out) == (0, True)
    code, out, _ = emt("True", "--json", command="plan")
    assert (json.loads(out)[0]["needed"], json.loads(out)[0]["enough"]) == (8, True)
    assert not (tmp_path / "emt-runs").exists()


def test_a_population_that_is_too_small_is_refused_before_anything_is_trained(emt, tmp_path, capsys):
    (tmp_path / "large.py").write_text(FILE.replace("at_least=0.6", "at_least=0.95").replace("HOLDS", "True"))
    assert main(["hypothesis", "plan", "large.py"]) == 1
    assert "needs 72 seeds that are all as claimed, and has 8: too few" in capsys.readouterr().out
    assert main(["hypothesis", "run", "large.py"]) == 2
    out, err = capsys.readouterr()
    assert (out, "nothing was trained" in err.splitlines()[-1]) == ("", True)
    assert not (tmp_path / "emt-runs").exists()


@pytest.mark.parametrize("command", ["run", "plan"])
def test_bad_files_are_one_line(emt, tmp_path, capsys, command):
    for name, text in (("none.py", None), ("broken.py", "x = ("), ("empty.py", ""), ("raises.py", "1 / 0")):
        if text is not None:
            (tmp_path / name).write_text(text)
        assert main(["hypothesis", command, name]) == 2
        out, err = capsys.readouterr()
        assert (out, len(err.splitlines()), err.startswith(f"emt: {name}")) == ("", 1, True)

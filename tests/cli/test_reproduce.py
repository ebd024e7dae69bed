"""`emt reproduce table1`: files, exit codes, bad input."""

import csv
import json

import pytest

from emt_theory.cli.main import main
from emt_theory.studies import SweepProgress, reproduce_table1
from tests.studies.populations import CHECK, TASK, run

LOOK = ["--status", "--seeds", "1", "--hidden", "32", "--l2", "0"]


@pytest.fixture
def emt(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        code = main(["reproduce", "table1", *arguments])
        return code, *capsys.readouterr()

    return call


def test_files_are_written_and_not_overwritten(emt, tmp_path):
    code, out, err = emt(*LOOK, "-o", "out", "--json")
    assert (code, err) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "table1.csv", "table1.json", "table1.png", "table1.txt"
    ]  # fmt: skip
    assert json.loads(out) == json.loads((tmp_path / "out" / "table1.json").read_text())
    assert len(list(csv.DictReader((tmp_path / "out" / "table1.csv").read_text().splitlines()))) == 4
    text = (tmp_path / "out" / "table1.txt").read_text()
    assert "N = 32 is below the minimum of T1 (64), T2 (36)" in " ".join(text.split())
    assert emt(*LOOK, "-o", "out")[::2] == (
        2, "emt: out/table1.txt exists already; choose another name, or ask to overwrite it (--force)\n"
    )  # fmt: skip
    code, out, _ = emt(*LOOK, "-o", "out", "--force")
    assert (code, out) == (0, text)


def test_what_is_given_up_is_exit_code_1(emt, monkeypatch):
    """Runs that do not solve their task are results."""
    given = []

    def instead(runs, store, workers, say, retry, run, cluster):
        given.append((len(runs), store, workers, retry, run, cluster))
        say(SweepProgress(1, 0, 1, 0, None))
        return made

    monkeypatch.setattr("emt_theory.studies.reproduce_table1", instead)
    made = reproduce_table1([run(task=TASK, check=CHECK)], "none", run=False)
    assert emt("--seeds", "1,2", "--protocol", "paper", "--workers", "3", "--store", "here")[0] == 0
    assert given == [(4 * 2 * 3 * 2 * 2, "here", 3, False, True, None)]
    object.__setattr__(made, "failures", ({"run": "0", "what": "T1", "reason": "its process died 3 times"},))
    code, out, _ = emt("--retry", "--scheduler", "tcp://there:1")
    assert (code, "failed: 0, T1: its process died 3 times" in out) == (1, True)
    assert given[1] == (480, "emt-runs", None, True, True, "tcp://there:1")


def test_an_interrupt_says_how_to_go_on(emt, monkeypatch):
    def interrupted(*_arguments, **_named):
        raise KeyboardInterrupt

    monkeypatch.setattr("emt_theory.studies.reproduce_table1", interrupted)
    assert emt() == (130, "", "emt: the same command goes on with the table\nemt: interrupted\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--protocol pape", "unknown protocol 'pape'; known are paper, fast, or a .toml file"),
        ("--hidden 0", "hidden must be a positive integer; got 0"),
        ("--hidden 64,x", "--hidden takes whole numbers with commas between them; got '64,x'"),
        ("--hidden ,", "--hidden takes whole numbers with commas between them; got ','"),
        ("--seeds 0", "seeds must be an integer from 1 to"),
        ("--seeds 1.5", "--seeds takes whole numbers"),
        ("--l2 -1", "l2 must be a finite number, at least 0; got -1.0"),
        ("--l2 nan", "l2 must be a finite number, at least 0; got nan"),
        ("--thresholds 0.9", "thresholds are of curricula that move on by accuracy; that of the protocol fast"),
        ("--protocol paper --thresholds 1.5", "threshold must be an accuracy between 0 and 1; got 1.5"),
        ("--workers -1 --seeds 1", "workers must be an integer from 0 to 1024; got -1"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(emt, tmp_path, arguments, message):
    code, out, err = emt(*arguments.split())
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
    assert not list(tmp_path.iterdir())

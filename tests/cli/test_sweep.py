"""`emt sweep`: its keys, its files, its counts, bad input."""

import csv
import json
import os
import signal
import sys

import pytest

from emt_theory.cli.main import main

GRID = """
hidden = [4, 5]
seeds = 2
check = false
[[tasks]]
num_variables = 2
dim = 1
rule = ["u[2][0]"]
[protocols]
steps = 20
learning_rate = 0.02
batch = 8
test_horizon = 8
test_sequences = 16
curriculum = {horizons = [3], starts = [0]}
"""


@pytest.fixture
def emt(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "grid.toml").write_text(GRID)

    def run(*arguments):
        code = main(["sweep", "grid.toml", *(["--workers", "0"] if "--workers" not in arguments else []), *arguments])
        return code, *capsys.readouterr()

    return run


def test_json_has_the_promised_keys(emt, tmp_path):
    code, out, _ = emt("--json", "-o", "table.csv")
    found = json.loads(out, parse_constant=pytest.fail)
    assert code == 0
    assert {name: found[name] for name in ("runs", "done", "failed", "skipped", "store")} == {
        "runs": 4, "done": 4, "failed": 0, "skipped": 0, "store": "emt-runs"
    }  # fmt: skip
    rows = list(csv.DictReader((tmp_path / "table.csv").read_text().splitlines()))
    assert [row["run"] for row in rows] == [row["run"] for row in found["rows"]]
    assert len(list((tmp_path / "emt-runs").glob("*/weights.safetensors"))) == 4
    assert json.loads(emt("--json")[1])["skipped"] == 4
    assert emt("-o", "table.csv")[0] == 2
    assert emt("-o", "table.json", "--status")[0] == 0
    assert len(json.loads((tmp_path / "table.json").read_text())) == 4
    assert emt("-o", "page")[0] == 0
    assert "4 runs: 0 made now, 4 there before" in (tmp_path / "page" / "report.html").read_text()
    assert emt("-o", "page")[0] == 2
    assert "makes no run to report on" in emt("-o", "other", "--status")[2]


def test_for_people(emt):
    assert emt("--status")[:2] == (0, "0 done, 0 running, 0 failed, 4 missing of 4 runs\n")
    code, out, _ = emt("--store", "here")
    assert code == 0
    assert "4 runs: 4 made, 0 there before, 0 failed; here" in out
    assert emt("--status", "--store", "here")[1].startswith("4 done")
    assert json.loads(emt("--status", "--json")[1])["missing"] == 4


def test_what_fails_is_named_and_the_rest_is_there(emt, monkeypatch):
    from emt_theory.studies import work

    train = work._train
    monkeypatch.setattr(work, "_train", lambda one, *rest: train(one, *rest) if one.seed else 1 / 0)
    code, out, _ = emt()
    assert code == 1
    assert "4 runs: 2 made, 0 there before, 2 failed; emt-runs" in out
    assert out.count("ZeroDivisionError: division by zero") == 2
    monkeypatch.setattr(work, "_train", train)
    assert emt()[0] == 1
    assert emt("--retry")[0] == 0


def test_an_interrupted_sweep_says_how_to_go_on(emt, monkeypatch):
    monkeypatch.setattr("emt_theory.studies.work._check", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    code, out, err = emt()
    assert (code, out) == (143, "")
    assert err == "emt: the same command goes on with the sweep\nemt: interrupted\n"
    monkeypatch.undo()


def test_an_impatient_ctrl_c_shows_no_traceback(emt, monkeypatch, capsys):
    """A second and a third come while the first is answered; the process then hears no more of them."""
    from emt_theory.cli import main as entry

    def again(*_):
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("emt_theory.studies.work._check", again)
    monkeypatch.setattr(entry, "_say", again)
    monkeypatch.setattr(sys, "argv", ["emt", "sweep", "grid.toml", "--workers", "0"])
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        assert main() == 130
        assert all(signal.getsignal(number) is signal.SIG_IGN for number in before)
        again()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("command", ["sweep grid.toml --status --json", "derive T2"])
def test_without_stdout_there_is_no_traceback(emt, monkeypatch, capsys, command):
    monkeypatch.setattr(sys, "stdout", None)
    assert main(command.split()) == 0
    sys.stdout.close()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("grid", "arguments", "message"),
    [
        (GRID.replace("hidden", "hiden"), [], "grid.toml: unknown field 'hiden'; did you mean 'hidden'?"),
        (GRID.replace("[4, 5]", "[4, 0]"), [], "grid.toml: hidden must be a positive integer; got 0"),
        ("tasks = ", [], "grid.toml is not a TOML file"),
        (GRID, ["--workers", "-1"], "workers must be an integer from 0 to 1024; got -1"),
        (GRID, ["--store", "grid.toml"], "grid.toml is a file; a store of runs is a folder"),
        (GRID, ["--store", "."], "holds other files; choose another folder"),
        (GRID, ["-o", "table.xlsx"], "unknown suffix '.xlsx'"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(emt, tmp_path, grid, arguments, message):
    (tmp_path / "grid.toml").write_text(grid)
    code, out, err = emt(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["grid.toml"]

"""`emt gsemm simulate`: figures, numbers, exit codes, bad input."""

import json
from dataclasses import replace
from functools import cache

import pytest

from emt_theory.cli.main import main
from emt_theory.errors import InvalidFile
from emt_theory.gsemm import experiments


def run(capsys, *arguments):
    code = main(["gsemm", "simulate", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@cache
def found_once(name):
    if name == "fast-layers":
        return experiments.fast_layers(scales=[0.02, 0.01])
    return experiments.slow_delay(delays=[10, 20])


@pytest.fixture
def small(monkeypatch):
    """Two experiments, small, and made once."""
    known = {name: lambda say, name=name: found_once(name) for name in ("fast-layers", "slow-delay")}
    monkeypatch.setattr(experiments, "EXPERIMENTS", known)
    return known


def test_json_and_files(capsys, small, tmp_path):
    folder = tmp_path / "new" / "out"
    code, out, err = run(capsys, "--json", "-o", folder)
    found = json.loads(out, parse_constant=pytest.fail)
    assert (code, err) == (0, "")
    assert [entry["experiment"] for entry in found] == ["fast-layers", "slow-delay"]
    assert all(entry["holds"] and entry["claim"] and entry["seconds"] > 0 for entry in found)
    assert found[0]["figure"] == str(folder / "fast-layers.png")
    assert sorted(path.name for path in folder.iterdir()) == ["experiments.json", "fast-layers.png", "slow-delay.png"]
    assert json.loads((folder / "experiments.json").read_text()) == found
    assert (folder / "slow-delay.png").read_bytes().startswith(b"\x89PNG")


def test_files_are_replaced_only_when_asked(capsys, small, tmp_path):
    assert run(capsys, "fast-layers", "-o", tmp_path)[0] == 0
    before = (tmp_path / "experiments.json").read_text()
    code, out, err = run(capsys, "slow-delay", "-o", tmp_path)
    assert (code, out) == (2, "")
    assert "experiments.json exists already" in err
    assert (tmp_path / "experiments.json").read_text() == before
    assert run(capsys, "slow-delay", "-o", tmp_path, "--force")[0] == 0
    assert [e["experiment"] for e in json.loads((tmp_path / "experiments.json").read_text())] == ["slow-delay"]


def test_for_people_and_without_a_folder(capsys, small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(capsys, "fast-layers", "fast-layers")
    assert code == 0
    assert out.count("fast-layers: holds.") == 1
    assert "order 0.9" in out
    assert list(tmp_path.iterdir()) == []


def test_a_claim_that_does_not_hold_is_exit_code_1(capsys, small, tmp_path):
    honest = small["slow-delay"]
    small["slow-delay"] = lambda say: replace(honest(say), delays=(10.0, 11.0))
    code, out, _ = run(capsys, "slow-delay", "-o", tmp_path)
    assert code == 1
    assert "slow-delay: DOES NOT HOLD." in out
    assert (tmp_path / "slow-delay.png").exists()


def test_a_folder_that_cannot_be_written_to_is_noticed_before_the_work(capsys, small, tmp_path, monkeypatch):
    small["fast-layers"] = pytest.fail
    monkeypatch.setattr("os.access", lambda path, mode: False)
    code, out, err = run(capsys, "-o", tmp_path)
    assert (code, out) == (2, "")
    assert "the folder is not writable" in err


def test_a_finding_is_printed_before_it_is_drawn(capsys, small, tmp_path, monkeypatch):
    def broken(*_, overwrite):
        raise InvalidFile("the disk is full")

    monkeypatch.setattr("emt_theory.cli.gsemm_simulate.save_figure", broken)
    code, out, err = run(capsys, "fast-layers", "-o", tmp_path)
    assert code == 2
    assert "fast-layers: holds." in out
    assert "the disk is full" in err


def test_the_help_names_every_experiment(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert all(name in "".join(out.split()) for name in experiments.EXPERIMENTS)


def test_an_interruption_is_said(capsys, small):
    def interrupted(say):
        raise KeyboardInterrupt

    small["fast-layers"] = interrupted
    assert run(capsys) == (130, "", "emt: interrupted\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["slow"], "unknown experiment 'slow'; known are fast-layers, slow-delay"),
        (["-o", "file"], "file: cannot be made a folder"),
        (["-o", ""], "behind -o, is empty"),
        (["-o", "file/x"], "file/x: cannot be made a folder"),
        (["--seeds", "3"], "--seeds"),
    ],
)
def test_bad_input_is_one_line(capsys, small, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]

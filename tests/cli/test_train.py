"""`emt train`: keys, files, warnings, resuming, bad input."""

import json
import os
import signal

import pytest

from emt_theory.cli.main import main
from emt_theory.networks import load

PROTOCOL = """
steps = 120
learning_rate = 0.02
test_horizon = 8
test_sequences = 50
[curriculum]
horizons = [3, 6]
starts = [0, 0.5]
"""


def run(capsys, *arguments):
    code = main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(PROTOCOL)
    return [
        "train",
        "repeat-copy",
        "--num-variables",
        2,
        "--dim",
        1,
        "--hidden",
        8,
        "--protocol",
        "mine.toml",
        "-o",
        "run",
    ]


def test_json_has_the_promised_keys_and_the_folder_its_files(capsys, small, tmp_path):
    code, out, err = run(capsys, *small, "--seed", 3, "--l2", "1e-6", "--json")
    found = json.loads(out, parse_constant=pytest.fail)
    assert (code, err) == (0, "")
    assert set(found) >= {"run", "steps", "seconds", "steps_per_second", "loss", "accuracy", "backend", "seed"}
    assert (found["run"], found["steps"], found["backend"], found["seed"]) == ("run", 120, "numpy", 3)
    assert found["accuracy"] > 0.9
    assert load(tmp_path / "run" / "weights.safetensors").hidden == 8
    assert sorted(p.name for p in (tmp_path / "run").iterdir() if p.name != ".lock") == [
        "history.npz",
        "run.json",
        "training.png",
        "weights.safetensors",
    ]
    assert run(capsys, *small)[0] == 2
    assert run(capsys, *small, "--force", "--steps", 10)[0] == 0
    assert json.loads((tmp_path / "run" / "run.json").read_text())["steps"] == 10


def test_snapshots_are_counted_or_named(capsys, small, tmp_path):
    for given, steps in (("2", [60, 120]), ("0,7", [0, 7])):
        code, out, _ = run(capsys, *small, "--snapshots", given, "--json", "--force")
        assert (code, json.loads(out)["snapshots"]) == (0, steps)
        assert load(tmp_path / "run" / "snapshots" / f"step-{steps[0]}.safetensors").hidden == 8


@pytest.mark.parametrize("backend", ["numpy", pytest.param("jax", marks=pytest.mark.slow)])
def test_for_people(capsys, small, backend):
    code, out, _ = run(capsys, *small, "--backend", backend)
    assert code == 0
    assert "finished: repeat_copy, elman, 8 units, protocol custom" in out
    assert "120 steps in" in out
    assert f"({backend})" in out


def test_too_few_units_are_warned_of(capsys, small):
    code, _, err = run(capsys, *small, "--hidden", 1, "--steps", 5)
    assert code == 0
    assert err == (
        "emt: warning: --hidden 1 is below the 2 dimensions that repeat_copy needs: "
        "no network of this size can succeed linearly\n"
    )
    assert run(capsys, *small, "--hidden", 2, "--steps", 5, "--force")[2] == ""


def test_divergence_is_exit_code_1(capsys, small, tmp_path):
    (tmp_path / "mine.toml").write_text(PROTOCOL.replace("0.02", "1e9"))
    code, out, _ = run(capsys, *small, "--activation", "identity")
    assert code == 1
    assert "the loss became" in out


@pytest.mark.parametrize(
    ("number", "expected"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), pytest.param(signal.SIGHUP, 129, marks=pytest.mark.slow)],
)
def test_an_interrupted_run_is_resumed(capsys, small, tmp_path, monkeypatch, number, expected):
    assert run(capsys, *small)[0] == 0
    whole = (tmp_path / "run" / "weights.safetensors").read_bytes()
    small[small.index("run")] = "cut"

    def interrupt(self):
        os.kill(os.getpid(), number)
        return progress(self)

    with monkeypatch.context() as patch:
        from emt_theory.training.loop import Track

        progress = Track.progress
        patch.setattr(Track, "progress", interrupt)
        code, out, err = run(capsys, *small)
    assert (code, out) == (expected, "")
    assert err == "emt: the same command with --resume goes on with the run\nemt: interrupted\n"
    assert sorted(p.name for p in (tmp_path / "cut").iterdir() if p.name != ".lock") == ["checkpoint.npz"]
    assert run(capsys, *small, "--resume")[0] == 0
    assert (tmp_path / "cut" / "weights.safetensors").read_bytes() == whole


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "repaet-copy", "-o", "r"], "did you mean 'repeat-copy'"),
        (["train", "T1"], "--output"),
        (["train", "T1", "-o", "r", "--hidden", "0"], "hidden must be a positive integer; got 0"),
        (["train", "T1", "-o", "r", "--hidden", "-3"], "hidden must be a positive integer; got -3"),
        (["train", "T1", "-o", "r", "--steps", "0"], "steps must be a positive integer; got 0"),
        (["train", "T1", "-o", "r", "--l2", "-1"], "l2 must be a finite number, at least 0; got -1"),
        (["train", "T1", "-o", "r", "--l2", "nan"], "l2 must be a finite number"),
        (["train", "T1", "-o", "r", "--snapshots", "all"], "--snapshots must be a number, or steps with commas between them; got 'all'"),
        (["train", "T1", "-o", "r", "--snapshots", "1,99999"], "snapshots[1] must be an integer from 0 to 2121"),
        (["train", "T1", "-o", "r", "--restarts", "-1"], "restarts must be an integer from 0 to 1000; got -1"),
        (["train", "T1", "-o", "r", "--seed", "-1"], "seed must be an integer from 0"),
        (["train", "T1", "-o", "r", "--backend", "tf"], "unknown backend 'tf'; known are numpy, jax"),
        (["train", "T1", "-o", "r", "--protocol", "quick"], "unknown protocol 'quick'; known are paper, fast, or a .toml file"),
        (["train", "T1", "-o", "r", "--protocol", "none.toml"], "none.toml: no such file"),
        (["train", "T1", "-o", "r", "--protocol", "bad.toml"], "bad.toml: unknown field 'stepz'; did you mean 'steps'?"),
        (["train", "T1", "-o", "r", "--activation", "sin"], "unknown activation 'sin'"),
        (["train", "T1", "-o", "r", "--cell", "gru"], "for gru choose backend 'jax'"),
        (["train", "T1", "-o", "bad.toml"], "bad.toml is a file; a run needs a folder"),
        (["train", "T1", "-o", "bad.toml/x"], "cannot be made"),
        (["train", "T1", "-o", "r", "--dim", "3"], "8"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_writes_nothing(capsys, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text("stepz = 3\n")
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert err.startswith("emt: ")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.toml"]


def test_a_missing_backend_names_the_command(capsys, small, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "optax", None)
    code, _, err = run(capsys, *small, "--backend", "jax")
    assert code == 2
    assert "pip install 'emt_theory[jax]'" in err

"""`emt gsemm derive`: what it prints, what it writes, how it refuses."""

import json

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.cli.main import main
from emt_theory.networks import load
from emt_theory.tasks import parse


def run(capsys, *arguments):
    code = main(["gsemm", "derive", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_every_step_with_its_check_and_the_ledger(capsys):
    code, out, _ = run(capsys)
    assert code == 0
    assert out.count("holds size-free") == 9
    assert "T_d → 0 (P02) against T_d → ∞ (P01)" in out
    assert "h(t+1) = σ(Ξ Φ Ξ† h)" in out


def test_json_is_one_value(capsys):
    code, out, _ = run(capsys, "--model", "dsem", "--gain", 2, "--step", 0.5, "--json")
    described = json.loads(out)
    assert code == 0
    assert described["holds"] is True
    assert described["ratio"] == 0.5
    assert described["assumptions"][0]["basis"] == "replaced"
    assert described["tensions"][0]["one"] == "T_d → 0 (P02)"


def test_a_tasks_network_is_saved(capsys, tmp_path):
    path, paper = tmp_path / "net.npz", tmp_path / "derivation.tex"
    arguments = ("--task", "T2", "--model", "linear", "--alpha-s", 4, "--alpha-c", 3, "-o", path, "--latex", paper)
    assert run(capsys, *arguments)[0] == 0
    right = derive(parse("T2")).compile(scheme="linear")
    for name in ("W_hh", "W_uh", "W_hy"):
        np.testing.assert_allclose(getattr(load(path), name), getattr(right, name), atol=1e-12)
    assert paper.read_text().startswith("\\begin{align*}")
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert "exists already" in err
    assert run(capsys, *arguments, "--force")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "hopfield"], "unknown model 'hopfield'; known are lisem, dsem, linear"),
        (["--memories", 20], "the 20 given have rank 16"),
        (["--memories", 0], "count must be a positive integer; got 0"),
        (["--seed", -1], "--seed must be an integer, at least 0; got -1"),
        (["--T-d", -1], "T_d must be finite and at least 0"),
        (["--step", 2], "at most T_f = 1"),
        (["--dual", "pinv"], "unknown dual 'pinv'; known are inverse, transpose"),
        (["--dim", 2], "belong to a --task"),
        (["--task", "T1", "--memories", 3], "does not go with --task"),
        (["--task", "T1", "--alpha-c", 0], "alpha_c must be positive"),
        (["--task", "T1", "--features", 10], "Ξ† needs independent memories"),
        (["--gain", 0], "a gain must be positive"),
        (["--latex", "x.pdf"], "must be .tex"),
        (["--step", 0.5, "-o", "net.npz"], "leaky in V, not in h"),
    ],
)
def test_bad_input_is_one_line(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert message in err
    assert err.count("\n") == 1
    assert out == ""
    assert not list(tmp_path.iterdir())

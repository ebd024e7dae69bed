"""`emt derive` on finite tasks: what it prints, the keys that it promises, and what it says where a task is too large."""

import json

import pytest

from emt_theory.cli.main import main


def test_what_is_printed(capsys):
    assert main(["derive", "majority"]) == 0
    out = capsys.readouterr().out
    assert "next = u[3] + u[2] + u[1] >= 2" in out
    assert "kind: finite" in out
    assert "the longest tail is 3; Jordan blocks at 0: 2 of size 3" in out
    assert "fewest states that show the same: 2" in out


def test_the_promised_keys(capsys):
    assert main(["derive", "modular-sum:alphabet=5", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert {
        "task",
        "kind",
        "num_variables",
        "dim",
        "components",
        "exactness",
        "spectrum",
        "minimal_dimension",
        "certificate",
    } <= set(shown)
    states = {key: shown["states"][key] for key in ("cycles", "tail", "nerode", "lift")}
    assert states == {"cycles": [[1, 1], [4, 1], [20, 1]], "tail": 0, "nerode": 25, "lift": 21}
    assert (shown["kind"], shown["minimal_dimension"], shown["exactness"]) == ("affine", 21, None)
    assert shown["reason"]["exactness"].startswith("networks, schemes and certificates are not made")
    assert main(["derive", "T1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "selection"


def test_too_many_states_are_null_with_a_reason(capsys):
    assert main(["derive", "lfsr:taps=60 61 63 64", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["states"] is shown["lift"] is shown["spectrum"] is None
    assert "2^64 states" in shown["reason"]["states"]
    assert shown["reversible"] is True


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compile", "xor", "-o", "x.npz"], "xor is a finite task; theory of this kind takes linear tasks"),
        (["derive", "xor", "--plot", "x.png"], "xor is a finite task; drawings are made of linear ones"),
        (["derive", "xor:lags=0"], "lags must be a positive integer; got 0"),
    ],
)
def test_what_is_not_there_is_one_line(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1

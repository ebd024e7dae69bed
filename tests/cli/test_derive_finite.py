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
    assert (shown["kind"], shown["minimal_dimension"]) == ("affine", 21)
    exactness = shown["exactness"]
    assert (exactness["linear"], exactness["witness"]["reads"]) == (False, [0, 1])
    assert exactness["schemes"]["threshold"]["exact"] == "values"
    assert "no linear network has its values (P22)" in exactness["schemes"]["linear"]["reason"]
    assert main(["derive", "T1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "selection"


def test_too_many_states_are_null_with_a_reason(capsys):
    assert main(["derive", "maximum", "--dim", "40", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["states"] is shown["lift"] is shown["spectrum"] is shown["field"] is None
    assert "3^80 states" in shown["reason"]["states"]
    assert shown["reversible"] is False


def test_a_register_of_64_bits_is_algebra(capsys):
    assert main(["derive", "lfsr:taps=60 61 63 64", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["states"]["cycles"] == [[1, 1], [18446744073709551615, 1]]
    assert (shown["states"]["nerode"], shown["states"]["lift"], shown["states"]["tail"]) == (2**64, 2**64 - 1, 0)
    assert (shown["field"]["p"], shown["field"]["period"]) == (2, 18446744073709551615)
    assert shown["lift"] is shown["spectrum"] is None
    assert "2^64 states" in shown["reason"]["lift"]
    assert shown["reversible"] is True
    assert main(["derive", "lfsr:taps=60 61 63 64"]) == 0
    out = capsys.readouterr().out
    assert "kind: affine over GF(2)" in out
    assert "characteristic polynomial: x^64 + x^4 + x^3 + x + 1 over GF(2), period 18446744073709551615" in out
    assert "over GF(2) the linear circuit does not have the task's values: F_1 F_2 ≠ 0" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["compile", "xor", "-o", "x.npz", "--scheme", "linear"],
            "scheme linear does not allow xor: output 0 depends on",
        ),
        (["compile", "xor:lags=1 2001", "-o", "x.npz"], "it takes 2001 units or more; at most 2000 are laid out"),
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


def test_what_is_possible_is_told_and_why_the_rest_is_not(capsys):
    assert main(["derive", "xor"]) == 0
    out = capsys.readouterr().out
    assert "scheme threshold: values (N = 4: 3 units compose, the fewest of this form, and 1 copy (P23))" in out
    assert "not linear, damped: output 0 depends on 2 symbols" in out
    assert "not saturating, tanh: output 0 is 0 on u[1][0] = 0, u[2][0] = 0 and on its opposite" in out


def test_a_network_is_compiled_saved_and_checked(capsys, tmp_path):
    file = str(tmp_path / "sum.safetensors")
    assert main(["compile", "modular-sum:alphabet=3", "-o", file, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["scheme"], shown["hidden"], shown["dim"], shown["exact"]) == ("threshold", 12, 3, "values")
    assert shown["float64_weights_exact"] is True
    main(["check", file, "--task", "modular-sum:alphabet=3", "--json", "--sequences", "40", "--no-lifetime"])
    assert json.loads(capsys.readouterr().out)["behaviour"]["accuracy"] == 1.0

"""`emt check` and `emt demo`: verdicts, exit codes, keys, bad input."""

import json
from importlib.resources import files

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.cli import demo
from emt_theory.cli.demo import NETWORKS
from emt_theory.cli.main import main
from emt_theory.networks import ElmanRNN, save
from emt_theory.tasks import parse
from tests.real import real_check, real_network

WEIGHTS = files("emt_theory") / "examples" / "weights"


def run(capsys, *arguments):
    code = main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def random_weights(folder):
    rng = np.random.default_rng(0)
    shapes = {"W_hh": (16, 16), "W_uh": (16, 8), "W_hy": (8, 16)}
    return save(ElmanRNN(**{name: rng.uniform(-1 / 4, 1 / 4, size) for name, size in shapes.items()}), folder / "x.npz")


def test_a_compiled_network_is_consistent_and_json_has_the_promised_keys(capsys, tmp_path):
    path = save(derive(parse("T2")).compile(scheme="saturating"), tmp_path / "x.safetensors")
    code, out, _ = run(capsys, "check", path, "--task", "T2", "--json")
    found = json.loads(out, parse_constant=pytest.fail)
    assert code == 0
    assert found["verdict"] == "consistent"
    assert found["behaviour"]["accuracy"] == 1
    assert set(found) >= {
        "verdict",
        "behaviour",
        "spectrum",
        "memories",
        "interventions",
        "weights",
        "task",
        "thresholds",
        "seconds",
    }
    assert set(found["behaviour"]) >= {
        "accuracy",
        "accuracy_low",
        "accuracy_high",
        "sequences",
        "sequences_right",
        "horizon",
    }
    assert set(found["spectrum"]) >= {"theory_count", "chance_argument_error", "origin", "trajectory"}
    for part in ("origin", "trajectory"):
        assert set(found["spectrum"][part]) >= {"count", "argument_error", "complex_error", "missing", "reason"}
    for method in ("powers_input", "powers_output", "intertwining", "regression"):
        assert set(found["memories"][method]) >= {"decode_accuracy", "phi_error", "condition", "leakage"}
    edits = found["interventions"]
    assert {"edits", "predicted_flips_seen", "unpredicted_flips", "noop_changes"} <= set(edits)
    assert edits["noop_changes"] == 0


@pytest.mark.slow
def test_a_random_network_is_not_solved(capsys, tmp_path):
    path = random_weights(tmp_path)
    code, out, _ = run(capsys, "check", path, "--task", "T1", "--sequences", 40, "-o", tmp_path / "r")
    assert code == 1
    assert out.startswith("not-solved")
    assert (tmp_path / "r" / "report.html").exists()
    assert run(capsys, "check", path, "--task", "T1", "-o", tmp_path / "r")[0] == 2


def test_without_o_nothing_is_written(capsys, tmp_path, monkeypatch):
    path = random_weights(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "check", path, "--task", "T4", "--sequences", 40)[0] == 1
    assert list(tmp_path.iterdir()) == [path]


def broken_files(folder):
    rng = np.random.default_rng(0)
    good = {
        "rnn.weight_hh_l0": rng.normal(size=(9, 9)),
        "rnn.weight_ih_l0": rng.normal(size=(9, 3)),
        "readout.weight": rng.normal(size=(3, 9)),
    }
    np.savez(folder / "other-d.npz", **good)
    np.savez(folder / "nan.npz", **{**good, "rnn.weight_hh_l0": np.full((9, 9), np.nan)})
    np.savez(folder / "missing.npz", **{k: v for k, v in good.items() if k != "readout.weight"})
    np.savez(folder / "transposed.npz", **{**good, "readout.weight": good["readout.weight"].T})
    (folder / "cut.safetensors").write_bytes((WEIGHTS / NETWORKS["T1"]).read_bytes()[:5000])
    (folder / "text.safetensors").write_text("hello")


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("other-d.npz", "d = 3"),
        ("nan.npz", "nan.npz"),
        ("missing.npz", "read-out"),
        ("transposed.npz", "transpose"),
        ("cut.safetensors", "cut.safetensors"),
        ("text.safetensors", "text.safetensors"),
        ("none.npz", "no such file"),
        (".", "directory"),
    ],
)
def test_bad_weights_are_one_line(capsys, tmp_path, monkeypatch, file, message):
    monkeypatch.chdir(tmp_path)
    broken_files(tmp_path)
    code, out, err = run(capsys, "check", file, "--task", "T1", "-o", "report")
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert not (tmp_path / "report").exists()


@pytest.mark.slow
def test_demo_checks_and_writes_a_report(capsys, tmp_path, monkeypatch, run_folder):
    """The check itself is the one that the tests of `check` make."""

    def checked(net, task, progress):
        assert net == real_network(task.name)
        return real_check(task.name, run_folder)

    monkeypatch.setattr("emt_theory.analysis.check", checked)
    monkeypatch.setattr("emt_theory.cli.demo.NETWORKS", {"T3": NETWORKS["T3"]})
    monkeypatch.setattr("emt_theory.cli.demo.LEARNED", {})
    code, out, _ = run(capsys, "demo", "-o", tmp_path / "demo", "--json")
    assert code == 0
    assert (tmp_path / "demo" / "report.html").exists()
    assert list((tmp_path / "demo").glob("*.png"))
    missing = json.loads(out)["T3"]["check"]["spectrum"]["trajectory"]["missing"]
    assert [(m["cycle"], m["count"]) for m in missing] == [([6, -1], 6)]


@pytest.mark.parametrize(
    ("place", "mechanism", "rule"),
    [
        pytest.param(0, "lifted", "u(t)[0] = u[3][0] ^ u[1][1]\nu(t)[1] = u[3][1] ^ u[2][0]", marks=pytest.mark.slow),
        (1, "windowed", "u(t) = u[5] ^ u[3]"),
    ],
)
def test_demo_reads_two_rules(place, mechanism, rule):
    check, program = demo._read(*list(demo.LEARNED.items())[place], say=lambda _: None)
    assert (check.verdict, check.mechanism, program.text) == ("consistent", mechanism, rule)
    assert program.certificate.kind == "orbits"
    assert program.task == check.task


@pytest.mark.slow
def test_demo_gives_the_four_verdicts(capsys, tmp_path):
    code, out, _ = run(capsys, "demo", "-o", tmp_path / "demo", "--json")
    shown = json.loads(out)
    assert code == 0
    assert {name: shown[name]["check"]["verdict"] for name in NETWORKS} == {
        "T1": "consistent",
        "T2": "not-solved",
        "T3": "solved-otherwise",
        "T4": "consistent",
    }
    assert (tmp_path / "demo" / "report.html").exists()
    # Three pictures of a basis for each network that solves its task, which T2's does not.
    drawn = [path.name for path in (tmp_path / "demo").glob("*.png")]
    assert len(drawn) == 55
    for name in NETWORKS:
        basis = [
            one for one in drawn if one.endswith(tuple(f"-{name}-{what}.png" for what in ("weights", "units", "wave")))
        ]
        assert len(basis) == (0 if name == "T2" else 3)
    missing = shown["T3"]["check"]["spectrum"]["trajectory"]["missing"]
    assert [(m["cycle"], m["count"]) for m in missing] == [([6, -1], 6)]

"""`emt decompile`: the program, exit codes, keys, bad input."""

import json
from importlib.resources import files

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.cli.demo import NETWORKS
from emt_theory.cli.main import main
from emt_theory.networks import ElmanRNN, save
from emt_theory.tasks import compose_copy, load, parse

WEIGHTS = files("emt_theory") / "examples" / "weights"


def run(capsys, *arguments):
    code = main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def compiled(tmp_path):
    return save(derive(compose_copy(3)).compile(scheme="tanh"), tmp_path / "net.safetensors")


def test_a_program_for_people(capsys, compiled):
    code, out, _ = run(capsys, "decompile", compiled, "--max-variables", 5)
    assert code == 0
    assert out.splitlines()[:3] == ["u(t)[0] = u(t−3)[0]", "u(t)[1] = u(t−2)[1]", "u(t)[2] = u(t−1)[2]"]
    assert "in the weights: confirmed" in out


def test_a_program_as_json_and_as_a_task_file(capsys, compiled, tmp_path):
    target = tmp_path / "task.toml"
    code, out, _ = run(capsys, "decompile", compiled, "--json", "--max-variables", 5, "-o", target)
    found = json.loads(out, parse_constant=pytest.fail)
    assert code == 0
    promised = {"program", "matrix", "num_variables", "dim", "accuracy", "intertwining_residual"}
    assert promised <= set(found)
    assert "refused" not in found
    assert (found["num_variables"], found["dim"], found["accuracy"]) == (3, 3, 1.0)
    assert load(target) == compose_copy(3)
    assert parse(str(target)) == compose_copy(3)


def test_a_refusal_has_exit_code_1_and_writes_nothing(capsys, tmp_path):
    target = tmp_path / "task.toml"
    code, out, _ = run(capsys, "decompile", WEIGHTS / NETWORKS["T2"], "--json", "--max-variables", 10, "-o", target)
    found = json.loads(out, parse_constant=pytest.fail)
    assert (code, found["refused"]) == (1, True)
    assert "the closest program, with s = 8" in found["reason"]
    assert found["best"]["accuracy"] < 0.99
    assert not target.exists()


def test_a_random_network_is_refused(capsys, tmp_path):
    rng = np.random.default_rng(0)
    shapes = {"W_hh": (32, 32), "W_uh": (32, 4), "W_hy": (4, 32)}
    net = ElmanRNN(**{name: rng.uniform(-0.2, 0.2, size) for name, size in shapes.items()})
    code, out, _ = run(capsys, "decompile", save(net, tmp_path / "x.npz"))
    assert code == 1
    assert out.startswith("refused: no linear program fits")


def test_a_closest_program_is_shown_and_marked(capsys):
    code, out, _ = run(capsys, "decompile", WEIGHTS / NETWORKS["T2"], "--sequences", 128, "--max-variables", 10)
    assert code == 1
    assert "the closest program, not to be relied on:\nu(t)[0] = u(t−8)[0]" in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--max-variables", "0"], "max_variables must be a positive integer; got 0"),
        (["--seed", "-1"], "seed must be an integer from 0 to 2^64 - 1; got -1"),
        (["--horizon", "x"], "horizon"),
        (["-o", "task.txt"], ".toml"),
        (["-o", "none/task.toml"], "does not exist"),
    ],
)
def test_bad_options_are_one_line(capsys, compiled, options, message):
    code, out, err = run(capsys, "decompile", compiled, *options)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_bad_files_are_one_line(capsys, tmp_path):
    (tmp_path / "cut.safetensors").write_bytes((WEIGHTS / NETWORKS["T1"]).read_bytes()[:5000])
    for name in ("cut.safetensors", "none.npz"):
        code, out, err = run(capsys, "decompile", tmp_path / name)
        assert (code, out) == (2, "")
        assert name in err
        assert err.count("\n") == 1


def test_an_existing_file_is_kept(capsys, compiled, tmp_path):
    target = tmp_path / "task.toml"
    target.write_text("mine")
    code, _, err = run(capsys, "decompile", compiled, "-o", target)
    assert code == 2
    assert "--force" in err
    assert target.read_text() == "mine"
    assert run(capsys, "decompile", compiled, "-o", target, "--force", "--max-variables", 5)[0] == 0
    assert load(target) == compose_copy(3)

"""`emt basis`: where the variables are, exit codes, keys, pictures, bad input."""

import json

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.cli.main import main
from emt_theory.networks import ElmanRNN, save
from emt_theory.report import BASIS_FILES
from emt_theory.tasks import compose_copy

TASK = ("--task", "compose-copy", "--num-variables", 3, "--dim", 3)
FEW = ("--sequences", 32, "--horizon", 30)


def run(capsys, *arguments):
    code = main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    net = derive(compose_copy(3)).compile(scheme="tanh", basis="identity")
    return save(net, tmp_path_factory.mktemp("basis") / "net.safetensors")


def random_weights(folder, hidden, dim):
    rng = np.random.default_rng(0)
    shapes = {"W_hh": (hidden, hidden), "W_uh": (hidden, dim), "W_hy": (dim, hidden)}
    net = ElmanRNN(**{name: rng.uniform(-1 / 4, 1 / 4, size) for name, size in shapes.items()})
    return save(net, folder / "random.npz")


def test_a_basis_for_people(capsys, compiled, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(capsys, "basis", compiled, *TASK, *FEW)
    assert code == 0
    assert out.startswith("6 variables in 9 units")
    assert "component 1 of block 2" in out
    assert "powers of W_hh from W_uh (the paper)" in out
    assert "output 0 reads 1·(component 0 of block 1)" in out
    assert list(tmp_path.iterdir()) == []


def test_json_has_the_promised_keys_and_a_folder_receives_pictures_where_nothing_is_in_the_way(
    capsys, compiled, tmp_path
):
    (tmp_path / "wave.png").write_text("mine")
    code, out, err = run(capsys, "basis", compiled, *TASK, *FEW, "--json", "-o", tmp_path)
    assert (code, out) == (2, "")
    assert "--force" in err
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("wave.png", "mine")]
    code, out, _ = run(capsys, "basis", compiled, *TASK, *FEW, "--json", "-o", tmp_path, "--force")
    found = json.loads(out, parse_constant=pytest.fail)
    assert code == 0
    promised = {"names", "accuracy", "energy", "participation", "table", "composition", "weights", "interchange"}
    assert promised | {"sufficiency", "necessity", "shared"} <= set(found)
    assert found["composition"]["exact"] is True
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(BASIS_FILES)
    assert json.loads((tmp_path / "basis.json").read_text()) == found
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in tmp_path.glob("*.png"))


def test_without_a_task_it_is_read_off_the_weights(capsys, compiled):
    code, out, _ = run(capsys, "basis", compiled, *FEW)
    assert code == 0
    assert out.startswith("the task was read off the weights")
    assert "u(t)[1] = u(t-2)[1]" in out


def test_of_a_network_that_does_not_solve_the_task_nothing_is_claimed(capsys, tmp_path):
    path = random_weights(tmp_path, 16, 3)
    code, out, _ = run(capsys, "basis", path, *TASK, *FEW)
    assert code == 1
    assert "nothing is claimed" in out
    assert "output 0 reads" not in out
    code, out, _ = run(capsys, "basis", path, *FEW)
    assert code == 1
    assert out.startswith("refused")


@pytest.mark.parametrize(
    ("hidden", "dim", "options", "message"),
    [
        (16, 3, ["--task", "nonsense"], "nonsense"),
        (16, 3, ["--num-variables", "3"], "--task"),
        (16, 1, ["--task", "fibonacci"], "no privileged basis"),
        (4, 3, [*TASK], "6 variables that last"),
        (16, 3, [*TASK, "--horizon", "0"], "horizon"),
        (16, 2, [*TASK], "d = 3"),
    ],
)
def test_bad_input_is_one_line(capsys, tmp_path, hidden, dim, options, message):
    path = random_weights(tmp_path, hidden, dim)
    code, out, err = run(capsys, "basis", path, *options, "-o", tmp_path / "basis")
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert not (tmp_path / "basis").exists()

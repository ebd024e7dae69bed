"""`emt gsemm from`: the memories in a network's weights."""

import json

import numpy as np
import pytest

from emt_theory import derive, privileged_basis
from emt_theory.cli.main import main
from emt_theory.gsemm import from_network
from emt_theory.networks import load, save
from emt_theory.tasks import parse

TASK = parse("repeat-copy", num_variables=2, dim=2)


def run(capsys, *arguments):
    code = main(["gsemm", "from", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def net(tmp_path):
    made = derive(TASK).compile(hidden=6, scheme="linear", basis="oblique", seed=1)
    return save(made, tmp_path / "net.npz")


def test_the_fewest_memories_have_the_eigenvalues_of_the_circuit(capsys, net):
    code, out, _ = run(capsys, net, "--json")
    described = json.loads(out)
    assert (code, described["is_exact"], described["features"], described["components"]) == (0, True, 6, 4)
    found = np.sort_complex(np.round([complex(*value) for value in described["eigenvalues"]], 6))
    wanted = np.sort_complex(np.round(np.linalg.eigvals(derive(TASK).exact_phi.to_array()), 6))
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    code, out, _ = run(capsys, net)
    assert (code, out.splitlines()[0]) == (0, "W_hh = Ξ Φ Ξ†")
    assert out.splitlines()[-1] == "eigenvalues of Φ, by size: 1, 1, 1, 1"


def test_with_a_task_they_are_its_variables_and_go_into_a_file(capsys, net, tmp_path):
    arguments = (net, "--task", "repeat-copy", "--num-variables", 2, "--dim", 2, "-o", tmp_path / "m.npz")
    assert run(capsys, *arguments)[0] == 0
    written, wanted = np.load(tmp_path / "m.npz"), from_network(load(net), privileged_basis(load(net), TASK).encoder)
    np.testing.assert_allclose(written["phi"], wanted.phi)
    found, wanted = (np.sort_complex(np.linalg.eigvals(m)) for m in (written["phi"], derive(TASK).exact_phi.to_array()))
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    np.testing.assert_allclose(written["dual"] @ written["memories"], np.eye(4), atol=1e-9)
    code, _, err = run(capsys, *arguments)
    assert (code, "exists already" in err) == (2, True)
    assert run(capsys, net, "-o", tmp_path / "m.json")[0] == 0
    assert json.loads((tmp_path / "m.json").read_text())["components"] == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dim", 2], "belong to a --task"),
        (["--task", "T1", "--size", 3], "with --task they are its variables"),
        (["--size", 9], "takes from 4 to N = 6 memories"),
        (["-o", "x.txt"], ".json"),
        (["--task", "T1"], "the network has d = 2 inputs and outputs"),
    ],
)
def test_what_it_refuses(capsys, net, arguments, message):
    code, out, err = run(capsys, net, *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert message in err


def test_a_network_with_gates_has_no_such_model(capsys, tmp_path):
    save(derive(TASK).compile_cell("gru"), tmp_path / "gru.npz")
    code, _, err = run(capsys, tmp_path / "gru.npz")
    assert (code, "holds a GRU; the memory model is that of an Elman network" in err) == (2, True)

"""`emt compare`: which networks are the same, and its exit codes."""

import json

import pytest

from emt_theory import derive
from emt_theory.cli.main import main
from emt_theory.networks import save
from emt_theory.tasks import repeat_copy

BRIEF = ["--task", "repeat-copy", "--num-variables", "2", "--dim", "1", "--sequences", "400", "--horizon", "24"]


@pytest.fixture
def files(tmp_path):
    circuit = derive(repeat_copy(2, 1))
    made = {"plain": circuit.compile(scheme="linear"), "turned": circuit.compile(scheme="linear", basis="orthogonal")}
    half = made["plain"]
    made["half"] = type(half)(W_hh=half.W_hh / 2, W_uh=half.W_uh, W_hy=half.W_hy, activation="identity")
    return {name: str(save(net, tmp_path / f"{name}.npz")) for name, net in made.items()}


def test_a_change_of_basis_is_seen_through_and_a_change_of_weights_is_not(files, capsys):
    assert main(["compare", files["plain"], files["turned"], *BRIEF]) == 0
    assert "the same up to a change of basis: 1, 2" in capsys.readouterr().out
    assert main(["compare", files["plain"], files["half"], *BRIEF, "--json"]) == 1
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert (found["verdicts"], found["pairs"][0]["same"]) == (["consistent", "solved-otherwise"], False)


def test_one_network_is_nothing_to_compare(files, capsys):
    assert main(["compare", files["plain"], *BRIEF]) == 2
    assert capsys.readouterr().err == "emt: at least two networks are needed to compare; got 1\n"

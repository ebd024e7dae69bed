"""What `emt check` and `emt decompile` are told about a file that does not say it."""

import json

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.analysis import find_fixed_points, linearize_origin
from emt_theory.cli.common import spread_names
from emt_theory.cli.main import main
from emt_theory.networks import load
from emt_theory.tasks import compose_copy

TASK = compose_copy(3)
CHECK = [
    "--task",
    "compose-copy",
    "--num-variables",
    "3",
    "--sequences",
    "400",
    "--horizon",
    "30",
    "--no-lifetime",
    "--json",
]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A circuit under names of nobody, from the right, with one more input that says nothing."""
    net = derive(TASK).compile(scheme="tanh")
    path = tmp_path_factory.mktemp("weights") / "x.npz"
    np.savez(path, A=net.W_hh.T, B=np.hstack([net.W_uh, np.zeros((net.hidden, 1))]), C=net.W_hy)
    return str(path)


def run(capsys, *arguments):
    code = main(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


NAMES = ["--names", "W_hh=A.T", "W_uh=B", "W_hy=C"]


def test_names_and_the_phase_make_it_consistent(file, capsys):
    assert "say which arrays are meant: names={" in run(capsys, "check", file, *CHECK)[2]
    code, _, told = run(capsys, "check", file, *NAMES, *CHECK)
    assert code == 2
    assert "takes 4 inputs and shows 3 outputs" in told
    assert "--phase-input" in told
    for phase in ("while-inputs", "after-inputs", "eos", "eos+1"):
        code, out, _ = run(capsys, "check", file, *NAMES, "--phase-input", phase, *CHECK)
        assert (code, json.loads(out)["verdict"]) == (0, "consistent")
    cut = ["--names", "W_hh=A.T", "W_uh=B[:, :3]", "W_hy=C"]
    assert run(capsys, "check", file, *cut, *CHECK)[0] == 0
    code, out, _ = run(capsys, "decompile", file, *cut, "--max-variables", "4", "--json")
    assert (code, json.loads(out)["num_variables"]) == (0, 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([*NAMES, "--phase-input", "while"], "unknown phase_input 'while'; known are while-inputs"),
        (["--names", "W_hh"], "--names takes NAME=WHERE, each name once, such as W_hh=Whh.T; got 'W_hh'"),
        ([*NAMES, "--names", "W_hh=A"], "--names takes NAME=WHERE, each name once"),
        (["--names", "W_hh=A.T", "W_uh=D", "W_hy=C"], "no array 'D' (in 'D'); There are 'A' and 'B' and 'C'"),
        ([*NAMES, "--alpha", "0.5"], "does not say where: pass leak='state'"),
        ([*NAMES, "--alpha", "2", "--leak", "state"], "alpha must be in (0, 1], dt/τ; got 2.0"),
        ([*NAMES, "--leak", "nowhere", "--alpha", "1"], "unknown leak 'nowhere'; known are state, preactivation"),
        ([*NAMES, "--activation", "relu,tanh"], "activation must be one name, or one for each of the 1 layers; got 2"),
    ],
)
def test_what_is_wrong_is_one_line(file, capsys, options, message):
    for command in (["check", file, *CHECK[:4]], ["decompile", file]):
        code, out, told = run(capsys, *command, *options)
        assert (code, out, told.count("\n")) == (2, "", 1)
        assert message in told


def test_a_leak_is_heard(file, capsys):
    code, out, _ = run(
        capsys, "check", file, *NAMES, "--phase-input", "eos", "--alpha", "0.5", "--leak", "state", *CHECK
    )
    assert (code, json.loads(out)["verdict"]) == (1, "not-solved")


def test_names_end_where_something_else_begins():
    words = ["check", "--names", "W_hh=A", "W_uh=B", "x.npz", "y=z", "--task", "T2"]
    assert spread_names(words) == ["check", "--names", "W_hh=A", "--names", "W_uh=B", "x.npz", "y=z", "--task", "T2"]
    assert spread_names(["--names"]) == ["--names"]


def test_a_network_that_takes_other_numbers_than_it_shows_is_analysed(file):
    """Where it rests and its spectrum do not ask for a task."""
    net = load(file, names={"W_hh": "A.T", "W_uh": "B", "W_hy": "C"})
    assert (net.d_in, net.d_out) == (4, 3)
    assert len(linearize_origin(net).eigenvalues) == 9
    assert sum(find_fixed_points(net, starts=np.zeros((2, 9)), count=2).counts.values()) > 0

"""Rules on symbols read off networks: compiled ones exactly, with a proof; what has no rule is refused."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from emt_theory import decompile, derive
from emt_theory.analysis import FiniteProgram, NoProgram
from emt_theory.analysis.decompiling import symbols
from emt_theory.cli.main import main
from emt_theory.errors import InvalidTask
from emt_theory.networks import GRU, ElmanRNN, save
from emt_theory.networks import load as load_network
from emt_theory.tasks import from_rule, load, parse

XORPAIR = from_rule(lambda u: [u[3][0] ^ u[1][1], u[3][1] ^ u[2][0]], 3, 2, "xorpair", alphabet=2)
TASKS = {
    "xorpair": XORPAIR,
    "mux": parse("mux"),
    "sum": parse("modular-sum:alphabet=3"),
    "xor": parse("xor"),
    "majority": parse("majority"),
    "lfsr": parse("lfsr"),
    "max": parse("maximum:alphabet=3"),
    "half": from_rule(lambda u: [u[2][0], 1], 2, 2, "one output is constant", alphabet=2),
}


@pytest.mark.parametrize("name", [*TASKS][:3] + [pytest.param(name, marks=pytest.mark.slow) for name in [*TASKS][3:]])
def test_a_compiled_circuit_decompiles_exactly(name):
    task = TASKS[name]
    program = decompile(derive(task).compile(), max_variables=6, horizon=60, alphabet=task.alphabet)
    assert isinstance(program, FiniteProgram)
    assert program.task == task
    assert (program.certificate.kind, program.accuracy) == ("threshold-rows", 1.0)
    assert program(np.zeros((1, *task.slots), dtype=int), 3).shape == (1, 3, task.dim)
    assert program.text.splitlines() == program.task.equations()


def test_a_proof_by_balls_and_none():
    net = derive(TASKS["mux"]).compile(scheme="threshold-tanh")
    exact = decompile(net, max_variables=4, horizon=60, alphabet=2)
    assert exact.certificate.kind == "threshold-tanh"
    noisy = dataclasses.replace(net, W_hh=net.W_hh + 0.02, exact=None)
    found = decompile(noisy, max_variables=4, horizon=60, alphabet=2).certificate
    assert found.kind in ("threshold-tanh", "orbits")
    large = parse("xor:lags=2 9")
    beyond = decompile(derive(large).compile(), max_variables=9, horizon=30, alphabet=2)
    assert beyond.task == large
    assert (beyond.certificate.kind, "certify may prove it" in beyond.certificate.reason) == ("sampled", True)
    assert str(beyond.certificate).startswith("run on all 512 inputs, horizon 30: 512 right")


@pytest.mark.parametrize(
    ("name", "s", "constant", "text"),
    [
        ("xorpair", 3, 2, "u(t)[0] = u[3][0] ^ u[1][1]\nu(t)[1] = u[3][1] ^ u[2][0]"),
        pytest.param("lfsr5", 5, 1, "u(t) = u[5] ^ u[3]", marks=pytest.mark.slow),
    ],
)
def test_a_constant_input_is_no_variable(name, s, constant, text):
    """Networks that were trained elsewhere, with a component that is always 1 in place of biases."""
    net = load_network(Path(__file__).parent / "data" / f"{name}-beside-a-constant.npz")
    program = decompile(net, alphabet=2, max_variables=s)
    assert (program.num_variables, program.constant, program.text) == (s, constant, text)
    assert program.certificate.kind == "orbits"
    assert (
        str(program)
        .splitlines()[-len(text.splitlines()) - 1]
        .startswith(f"Input and output {constant} are a constant, 1")
    )
    noisy = dataclasses.replace(net, W_hy=net.W_hy * np.where(np.arange(net.dim) == constant, -1.0, 1.0)[:, None])
    with pytest.raises(NoProgram, match="no rule on"):
        decompile(noisy, alphabet=2, max_variables=s)


def test_of_several_rules_that_are_true_the_others_are_kept():
    """A majority of three that is shown one symbol copies it."""
    sizes = {"alphabet": 2, "max_variables": 5, "horizon": 40}
    program = decompile(derive(TASKS["majority"]).compile(), **sizes)
    assert program.task == TASKS["majority"]
    assert "it also has" in str(program.certificate) or not program.certificate.found.others
    stand = [
        symbols._Tried(task, 4, 4, 1.0, margin) for task, margin in ((parse("xor:lags=1"), 1.0), (TASKS["lfsr"], 0.9))
    ]
    assert symbols._choose(stand).task == TASKS["lfsr"]
    assert symbols._others([stand[0].task, TASKS["lfsr"], parse("lfsr:taps=3 4")], TASKS["lfsr"]) == (
        "s = 1: u(t) = u[1]",
    )
    assert symbols._choose([stand[0], stand[1]._replace(margin=0.4)]).task == stand[0].task


def broken(net, seed):
    """A network with a read-out that fits another rule half of the time."""
    return dataclasses.replace(net, W_hy=net.W_hy + np.random.default_rng(seed).normal(size=net.W_hy.shape), exact=None)


@pytest.mark.parametrize("seed", range(3))
def test_what_has_no_rule_is_refused(seed):
    rng = np.random.default_rng(seed)
    draw = (rng.normal(size=(12, 12)) / 2, rng.normal(size=(12, 1)), rng.normal(size=(1, 12)))
    for net in (ElmanRNN(*draw, activation="tanh"), broken(derive(TASKS["lfsr"]).compile(), seed)):
        with pytest.raises(NoProgram, match="no rule on Alphabet") as refusal:
            decompile(net, max_variables=6, horizon=60, alphabet=2)
        assert refusal.value.to_dict()["refused"] is True


def test_a_random_network_that_swings_has_the_rule_that_it_has():
    """Not all that is random is without a rule: this one ends in one of two swings, for ever, and that is proved."""
    rng = np.random.default_rng(3)
    net = ElmanRNN(rng.normal(size=(12, 12)) / 2, rng.normal(size=(12, 1)), rng.normal(size=(1, 12)), activation="tanh")
    program = decompile(net, max_variables=1, horizon=60, alphabet=2)
    assert (program.text, program.certificate.kind) == ("u(t) = u[1] ^ 1", "orbits")


def test_sizes_that_do_not_fit_and_other_cells():
    net = derive(TASKS["sum"]).compile()
    with pytest.raises(NoProgram, match="shows a symbol by 5 numbers; the network shows 3"):
        decompile(net, alphabet=5)
    wide = ElmanRNN(np.eye(2), np.ones((2, 100)), np.ones((100, 2)), activation="tanh")
    with pytest.raises(NoProgram, match="at most 64 symbols"):
        decompile(wide, alphabet=100)
    with pytest.raises(InvalidTask, match="alphabet"):
        decompile(net, alphabet="two")
    gru = GRU(weight_ih_l0=np.zeros((3, 1)), weight_hh_l0=np.zeros((3, 1)), W_hy=[[1.0]])
    with pytest.raises(NoProgram, match="outputs are"):
        decompile(gru, alphabet=2, max_variables=2)


def test_the_command(capsys, tmp_path):
    file = save(derive(TASKS["sum"]).compile(), tmp_path / "net.safetensors")
    target = tmp_path / "task.toml"
    assert main(["decompile", str(file), "--alphabet", "3", "--max-variables", "3", "-o", str(target)]) == 0
    assert capsys.readouterr().out.startswith("u(t) = (u[2] + u[1]) % 3\n")
    assert load(target) == TASKS["sum"]
    assert main(["decompile", str(file), "--max-variables", "3"]) == 1
    assert "a rule on Q symbols is looked for with --alphabet Q" in capsys.readouterr().out
    assert main(["decompile", str(file), "--code", "onehot"]) == 2
    assert "say --alphabet Q, too" in capsys.readouterr().err


def test_glances_and_looks_agree():
    series = np.random.default_rng(0).integers(2, size=(50, 12, 1))
    assert not symbols._determined(series, 1)
    assert symbols._determined(np.tile(series[:, :1], (1, 12, 1)), 1)

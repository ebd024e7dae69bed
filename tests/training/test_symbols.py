"""Training on symbols: biases where nothing else can work, and a judgement on all inputs."""

from dataclasses import replace

import pytest

from emt_theory.errors import InvalidOption
from emt_theory.tasks import parse, repeat_copy
from emt_theory.training import FastProtocol, PaperProtocol, train
from emt_theory.training.fitting import fit, needs_biases

XOR, MAJORITY = parse("xor"), parse("majority")
BRIEF = FastProtocol(steps=2, test_horizon=6)


def test_biases_follow_the_task():
    assert fit(BRIEF, XOR, 8).biases is True
    assert fit(FastProtocol(), XOR, 8).biases is True
    for source, sigma, cell in (
        (MAJORITY, "tanh", "elman"),  # odd, as the network is
        (XOR, "relu", "elman"),  # σ is not odd
        (XOR, "tanh", "gru"),  # nor is a gate
        (parse("modular-sum:alphabet=3"), "tanh", "elman"),  # −x is no codeword
        (repeat_copy(2, 1), "tanh", "elman"),
    ):
        assert not fit(BRIEF, source, 8, sigma, cell).biases
        assert not fit(replace(BRIEF, biases=False), source, 8, sigma, cell).biases
        assert needs_biases(source, sigma, cell) is None


def test_what_cannot_work_is_refused_before_training(tmp_path):
    message = r"output 0 is 0 on u\[1\]\[0\] = 0, u\[2\]\[0\] = 0 and on its opposite: no odd network.* \(P22\); leave biases out"
    with pytest.raises(InvalidOption, match=message):
        train(XOR, 8, protocol=replace(BRIEF, biases=False), out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_run_has_them_and_keeps_its_name():
    run = train(XOR, 8, protocol=BRIEF)
    assert run.net.b_h is not None
    assert run.setting.protocol.name == "fast"
    assert run.to_dict()["protocol"]["biases"] is True
    assert (run.test.sequences, run.test.all_inputs) == (4, True)
    assert fit(PaperProtocol(), XOR, 8).name == "custom"  # the paper's networks have none


@pytest.mark.slow  # tests/training/test_agreement has one on symbols among the fast ones
def test_the_jax_backend_trains_the_same():
    one, other = (train(XOR, 8, backend, protocol=BRIEF, dtype="float64").net for backend in ("numpy", "jax"))
    assert abs(one.W_hh - other.W_hh).max() < 1e-9
    assert abs(one.b_h - other.b_h).max() < 1e-9

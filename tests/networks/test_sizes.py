"""Networks that take other numbers than they show, and sequences of different lengths in one batch."""

from dataclasses import replace

import numpy as np
import pytest

from emt_theory.analysis import check
from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.networks import GRU, LSTM, PHASES, ElmanRNN, LeakyRNN, StepNetwork, load, save, state_space
from emt_theory.networks.kinds import KINDS
from emt_theory.tasks import repeat_copy

N, D_IN, D_OUT = 5, 3, 2
RNG = np.random.default_rng(0)


def some(*shape):
    return RNG.normal(size=shape)


ELMAN = ElmanRNN(some(N, N), some(N, D_IN), some(D_OUT, N), some(N), some(D_OUT))
PHASED = ElmanRNN(some(N, N), some(N, D_IN + 1), some(D_OUT, N), phase_input=True)
UNEQUAL = [
    ELMAN,
    PHASED,
    GRU(some(3 * N, D_IN), some(3 * N, N), some(D_OUT, N), some(3 * N)),
    LSTM(some(4 * N, D_IN), some(4 * N, N), some(D_OUT, N)),
    LeakyRNN(some(N, N), some(N, D_IN), some(D_OUT, N), alpha=0.3),
]
ALIKE = StepNetwork(lambda h, x: np.tanh(h @ [[0.0, 2.0], [-2.0, 0.3]] + x @ [[1.0, 0.5]]), [[1, 0]], hidden=2, dim=1)


def test_every_kind_is_here():
    assert {net.kind for net in UNEQUAL} == set(KINDS)


@pytest.mark.parametrize("net", UNEQUAL, ids=repr)
def test_inputs_and_outputs_have_their_own_number(net):
    assert (net.d_in, net.d_out, net.dim, net.hidden) == (D_IN, D_OUT, D_OUT, N)
    assert "d_in=3, d_out=2" in repr(net)
    run = net.run(some(5, 6, D_IN), steps=8)
    assert run.outputs.shape == (5, 8, D_OUT)
    space = state_space(net)
    assert (space.d_in, space.d_out, space.drive().shape) == (D_IN, D_OUT, (space.size, D_IN))
    with pytest.raises(InvalidNetwork, match="with d = 3; got"):
        net.run(some(5, 6, D_OUT))
    with pytest.raises(InvalidNetwork, match="Did you pass its transpose"):
        replace(net, **{net.WEIGHTS[1]: getattr(net, net.WEIGHTS[1]).T})


def test_an_elman_network_runs_by_its_equation():
    x = some(1, 5, D_IN)
    h = np.zeros(N)
    for t in range(5):
        h = np.tanh(ELMAN.W_hh @ h + ELMAN.W_uh @ x[0, t] + ELMAN.b_h)
    np.testing.assert_allclose(ELMAN.run(x).outputs[0, -1], ELMAN.W_hy @ h + ELMAN.b_y, rtol=1e-12)
    assert [array.shape for array in PHASED.plain_weights()] == [(N, N), (N, D_IN)]


@pytest.mark.parametrize("names", ["torch", "emt"])
@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
@pytest.mark.parametrize("net", UNEQUAL, ids=repr)
def test_files_keep_them(net, suffix, names, tmp_path):
    if names == "emt" and net.gates:
        return  # our own names have none for gates
    assert load(save(net, tmp_path / f"x{suffix}", names=names)) == net


def test_what_is_wider_without_saying_so_is_loaded_and_check_says_which_channel_it_lacks(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, W_hh=np.eye(4), W_uh=np.ones((4, 3)), W_hy=np.ones((2, 4)))
    assert (load(path).d_in, load(path).d_out) == (3, 2)
    with pytest.raises(
        InvalidNetwork, match=r"takes 3 inputs and shows 2 .* If its last input .* phase_input='while-inputs'"
    ):
        check(load(path), repeat_copy(2, 2))
    for name in PHASES:
        net = load(path, phase_input=name)
        assert (net.d_in, net.d_out, net.phase.name) == (2, 2, name)
    np.savez(path, weight_hh_l0=np.ones((12, 4)), weight_ih_l0=np.ones((12, 3)), W_hy=np.ones((2, 4)))
    assert load(path, phase_input=True) == replace(load(path), phase_input=True)


def test_a_file_that_lies_about_them_is_refused(tmp_path):
    from safetensors.numpy import save_file

    arrays = {name: np.array(array) for name, array in ELMAN.weights.items()}
    path = tmp_path / "x.safetensors"
    save_file(arrays, path, metadata={"d_in": "4"})
    with pytest.raises(InvalidNetwork, match="metadata d_in is '4', but the weights take 3 inputs"):
        load(path)
    save_file(arrays, path, metadata={"d_in": "3", "phase_input": "true"})
    with pytest.raises(InvalidNetwork, match="metadata d_in is '3', but the weights take 2 inputs"):
        load(path)
    with pytest.raises(InvalidNetwork, match="metadata key 'd_in' is written by save itself"):
        save(replace(ELMAN, metadata={"d_in": "3"}), path, overwrite=True)


@pytest.mark.parametrize("net", [*UNEQUAL, ALIKE], ids=repr)
def test_sequences_of_different_lengths_run_as_they_do_alone(net):
    x, lengths = some(4, 6, net.d_in), np.array([6, 1, 4, 3])
    together = state_space(net).run(x, steps=9, lengths=lengths)
    for b, length in enumerate(lengths):
        alone = state_space(net).run(x[b : b + 1, :length], steps=9)
        np.testing.assert_allclose(together.states[b], alone.states[0], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(together.outputs[b], alone.outputs[0], rtol=1e-12, atol=1e-14)
    assert np.array_equal(net.run(x, 9, lengths).outputs, together.outputs)
    assert np.array_equal(net.run(x, 9, [6] * 4).outputs, net.run(x, 9).outputs)
    assert not np.allclose(net.run(x, 9).outputs[1], together.outputs[1])


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([1, 2], "lengths must hold one length for each of the 3 sequences; got 2"),
        ([1, 2, 5], r"lengths\[2\] must be an integer from 1 to 4; got 5"),
        ([0, 2, 3], r"lengths\[0\] must be an integer from 1 to 4; got 0"),
        ([1.5, 2, 3], r"lengths\[0\] must be an integer from 1 to 4; got 1.5"),
        (np.ones((3, 1), int), r"lengths\[0\] must be an integer"),
        (3, "lengths must be a list; got 3"),
        ("abc", "lengths must be a list"),
    ],
)
def test_other_lengths_are_refused(lengths, message):
    with pytest.raises(InvalidOption, match=message):
        ELMAN.run(some(3, 4, D_IN), lengths=lengths)

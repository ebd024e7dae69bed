"""The phase channel in every polarity, on every kind of network: as if the user had appended it to the inputs, and silence kept it."""

from dataclasses import replace

import numpy as np
import pytest

from emt_theory.analysis import decompile
from emt_theory.errors import InvalidNetwork, NotDecompilable
from emt_theory.evidence.following import follow
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import GRU, LSTM, PHASES, ElmanRNN, ExactRNN, LeakyRNN, Stack, load, save, state_space
from emt_theory.tasks import repeat_copy

N, D = 4, 2
RNG = np.random.default_rng(1)
TOLD = {  # what each polarity says at t = 1 … 6 where inputs last until 3
    "while-inputs": [1, 1, 1, 0, 0, 0],
    "after-inputs": [0, 0, 0, 1, 1, 1],
    "eos": [0, 0, 0, -1, 0, 0],
    "eos+1": [0, 0, 0, 1, 0, 0],
}


def some(*shape):
    return RNG.normal(size=shape) / 2


PLAIN = [
    ElmanRNN(some(N, N), some(N, D + 1), some(D, N), some(N)),
    GRU(some(3 * N, D + 1), some(3 * N, N), some(D, N), some(3 * N)),
    LSTM(some(4 * N, D + 1), some(4 * N, N), some(D, N)),
    LeakyRNN(some(N, N), some(N, D + 1), some(D, N), alpha=0.4),
]


def told(net, phase):
    if isinstance(net, Stack):
        return Stack((told(net.layers[0], phase), *net.layers[1:]))
    return replace(net, phase_input=phase)


def test_every_polarity_is_here():
    assert set(TOLD) == set(PHASES)


@pytest.mark.parametrize("phase", TOLD)
@pytest.mark.parametrize("net", [*PLAIN, Stack((PLAIN[1], ElmanRNN(some(N, N), some(N, D), some(D, N))))], ids=repr)
def test_it_runs_as_with_a_channel_that_the_user_appends(net, phase):
    x = some(3, 3, D)
    whole = np.concatenate(
        [np.concatenate([x, np.zeros((3, 3, D))], axis=1), np.tile(np.array(TOLD[phase])[:, None], (3, 1, 1))], axis=2
    )
    ours = told(net, phase)
    assert (ours.d_in, ours.d_out) == (D, D)
    np.testing.assert_allclose(ours.run(x, steps=6).states, net.run(whole).states, atol=1e-14)
    others = [other for other in TOLD if other != phase]
    assert all(not np.allclose(told(net, other).run(x, steps=6).states, net.run(whole).states) for other in others)
    together = ours.run(np.concatenate([x, some(3, 2, D)], axis=1), steps=8, lengths=[3, 5, 3])
    for row, length in ((0, 3), (2, 3)):
        np.testing.assert_allclose(
            together.states[row, :6], ours.run(x[row : row + 1, :length], steps=6).states[0], atol=1e-14
        )


@pytest.mark.parametrize("phase", TOLD)
def test_steps_from_a_loaded_state_are_those_of_the_run(phase):
    net, task = told(PLAIN[0], phase), repeat_copy(3, D)
    space, inputs = state_space(net), task.sequences(4, 1, seed=0).inputs
    whole = space.run(task.encode(inputs), steps=9).states
    np.testing.assert_allclose(space.free(whole[:, 2], 6, loaded=True), whole[:, 3:], atol=1e-14)
    np.testing.assert_allclose(space.release(whole[:, 2]), whole[:, 3], atol=1e-14)
    for quiet in (0, 2):
        [block] = follow(space, task, inputs, steps=4, quiet=quiet)
        np.testing.assert_allclose(block.state, whole[:, 6 + quiet], atol=1e-14)


@pytest.mark.parametrize("phase", TOLD)
def test_files_and_twins_keep_it(phase, tmp_path):
    for k, net in enumerate(PLAIN):
        assert load(save(told(net, phase), tmp_path / f"{k}.npz")) == told(net, phase)
    third = RationalMatrix.from_rows([["1/2", "1/4"], [0, 1]])
    twin = ExactRNN(
        W_hh=third, W_uh=third, W_hy=RationalMatrix.from_rows([[1, 1]]), activation="identity", phase_input=phase
    )
    net = twin.to_float()
    assert load(save(net, tmp_path / "twin.npz")).exact == twin
    assert np.array_equal(net.run([[[2.0]]], steps=4).states[0], twin.run([[2]], steps=4).states.astype(float))


def test_true_is_while_inputs_and_others_are_refused():
    assert replace(PLAIN[0], phase_input=True) == replace(PLAIN[0], phase_input="while-inputs")
    with pytest.raises(
        InvalidNetwork, match="unknown phase_input 'while'; known are while-inputs, after-inputs, eos, eos"
    ):
        replace(PLAIN[0], phase_input="while")


def test_a_network_that_waits_for_its_cue_is_decompiled_only_with_the_cue():
    """h ← min(1, max(−1, 4 (h + u) − 8 s (1 − p))): a bit that is wiped at s + 1 unless −1 marks the end there."""
    net = ElmanRNN([[4.0]], [[4.0, -8.0]], [[1.0]], b_h=[0.0], activation="hard_tanh", phase_input="eos")
    kept = replace(net, W_uh=[[4.0, 0.0]])
    assert str(decompile(kept, max_variables=2)) == "u(t) = u(t−1)"
    assert net.run([[[1.0]], [[-1.0]]], steps=3).outputs[:, :, 0].tolist() == [[1, 1, 1], [-1, 1, 1]]
    with pytest.raises(NotDecompilable):
        decompile(net, max_variables=2)

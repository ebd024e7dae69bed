"""Biases are a choice of the protocol: off as the paper's, right gradients when on, and what they are needed for."""

from dataclasses import replace

import numpy as np
import pytest

from emt_theory.errors import InvalidOption
from emt_theory.networks import load
from emt_theory.studies import Configuration
from emt_theory.tasks import Window, repeat_copy
from emt_theory.tasks.accuracy import sign_marks
from emt_theory.training import PaperProtocol, Protocol, Scheduled, train
from emt_theory.training.backpropagation import Backpropagation
from emt_theory.training.cells import initial_weights
from tests.training.test_toys import BATCH, D_IN, D_OUT, WINDOWS, N, check, differences, drawn

TASK = repeat_copy(num_variables=2, dim=1)
BRIEF = Protocol(steps=40, learning_rate=0.02, curriculum=Scheduled((4,), (0,)), batch=16, test_horizon=6, biases=True)


def weights():
    rng = np.random.default_rng(3)
    made = initial_weights("elman", N, D_IN, D_OUT, seed=0, biases=True)
    assert not made["b_h"].any()
    assert not made["b_y"].any()
    return {name: 2 * array for name, array in made.items()} | {
        "b_h": rng.normal(size=N),
        "b_y": rng.normal(size=D_OUT),
    }


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_the_gradient_is_right(window):
    (x, u, scored), given = drawn(window), weights()
    pass_ = Backpropagation("tanh", N, D_IN, D_OUT, window, BATCH, "float64")
    pass_.inputs[:], pass_.targets[:] = x, u
    if scored is not None:
        pass_.scored[:] = scored
    found = {name: np.full_like(array, np.nan) for name, array in given.items()}
    check(pass_(given, found), found, *differences("elman", window, given, x, u, scored))


@pytest.mark.slow
def test_the_gradient_is_right_on_jax():
    import jax

    from emt_theory.training.jax_cells import gradient_of

    window = Window(7, 5, 2)
    (x, u, scored), given = drawn(window), weights()
    with jax.enable_x64(True):
        score, found = gradient_of("elman", "tanh", window, sign_marks)(given, x, u, scored)
        check(score, found, *differences("elman", window, given, x, u, scored))


def test_the_paper_has_none_and_a_network_keeps_them(tmp_path):
    assert not PaperProtocol().biases
    plain, biased = (
        train(TASK, 5, protocol=replace(BRIEF, biases=flag), out=tmp_path / str(flag)) for flag in (False, True)
    )
    assert plain.net.b_h is plain.net.b_y is None
    assert biased.net.b_h.any()
    assert biased.net.b_y.any()
    assert load(tmp_path / "True" / "weights.safetensors") == biased.net
    start = [run.setting.initial_weights()["W_hh"] for run in (plain, biased)]
    assert np.array_equal(*start)
    assert Configuration(TASK, 5, BRIEF).key != Configuration(TASK, 5, replace(BRIEF, biases=False)).key


def always(_rng, batch, horizon):
    """Targets that are 1 whatever was shown: no odd function."""
    return np.random.default_rng(0).choice([-1.0, 1.0], size=(batch, 2, 1)), np.ones((batch, horizon, 1))


def test_without_them_a_network_is_odd_and_with_them_it_is_not():
    protocol = replace(BRIEF, steps=150)
    assert train(always, 5, protocol=protocol).accuracy == 1
    assert train(always, 5, protocol=replace(protocol, biases=False)).accuracy < 0.8


def test_they_are_asked_for_where_they_are():
    with pytest.raises(
        InvalidOption, match="biases are trained in the elman cell only; leave biases out of the protocol for gru"
    ):
        train(TASK, 5, "jax", protocol=BRIEF, cell="gru")
    with pytest.raises(InvalidOption, match="biases must be true or false; got 1"):
        replace(BRIEF, biases=1)

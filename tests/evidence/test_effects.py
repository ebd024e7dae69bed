"""The step along trajectories and the effects of a state: against plain sums, and on networks whose step is known."""

from typing import Any

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.circuits import compile_cell
from emt_theory.evidence.effects import Step, effects_of, exchange_gain, step_along
from emt_theory.evidence.linearize import linearize_gain
from emt_theory.evidence.recording import record
from emt_theory.ground.absent import Absent
from emt_theory.networks import ElmanRNN, StepNetwork, state_space
from emt_theory.tasks import compose_copy, repeat_copy

TASK = compose_copy(2)
CIRCUIT = derive(TASK)


def recorded(net: Any, task: Any = TASK, horizon: int = 60, seed: int = 1):
    return state_space(net), record(net, task, sequences=80, horizon=horizon, seed=seed)


def as_a_step(net: ElmanRNN) -> StepNetwork:
    """The same network, which no longer says what its weights are."""
    return StepNetwork(lambda h, x: np.tanh(h @ net.W_hh.T + x @ net.W_uh.T), net.W_hy, hidden=net.hidden, dim=net.dim)


def random_tanh(hidden: int, dim: int, seed: int, size: float = 1.0) -> ElmanRNN:
    rng = np.random.default_rng(seed)
    W_hh = size * rng.normal(size=(hidden, hidden)) / np.sqrt(hidden)
    return ElmanRNN(W_hh, rng.normal(size=(hidden, dim)), rng.normal(size=(dim, hidden)))


def gain_by_hand(net: ElmanRNN, run: Any, after: int) -> Any:
    """D_i = Cov(h_i, a_i)/Var(a_i) of an odd network, each unit by itself."""
    before, following = (run.states[:, a:b].reshape(-1, net.hidden) for a, b in ((after, -1), (after + 1, None)))
    drive = before @ net.W_hh.T
    return np.stack([(following[:, i] @ a) / (a @ a) * net.W_hh[i] for i, a in enumerate(drive.T)])


def test_the_step_of_an_elman_network_is_each_unit_s_best_line():
    net = random_tanh(6, 2, seed=0, size=1.4)
    space, run = recorded(net)
    found = step_along(space, run, 9)
    assert isinstance(found, Step)
    np.testing.assert_allclose(found.step, gain_by_hand(net, run, 9), rtol=1e-9)
    assert np.abs(found.step - gain_by_hand(net, run, 40)).max() > 1e-3
    assert np.array_equal(found.read, net.W_hy)


def exchange_by_hand(step: Any, run: Any, after: int, i: int, j: int) -> float:
    """One entry, over *all* pairs of sequences at one time: E over the same distribution of h and h' at that time."""
    numerator = denominator = 0.0
    for t in range(after, run.states.shape[1], 13):
        z = run.states[:, t]
        for shift in range(1, len(z), 9):
            given = np.roll(z, shift, axis=0)
            put = z.copy()
            put[:, j] = given[:, j]
            change = put[:, j] - z[:, j]
            numerator += float(change @ (step(put) - step(z))[:, i])
            denominator += float(change @ change)
    return numerator / denominator


@pytest.mark.parametrize("kind", ["gru", "lstm", "step"])
def test_the_exchange_gain_is_what_exchanges_do(kind: str):
    net = as_a_step(CIRCUIT.compile(scheme="tanh")) if kind == "step" else compile_cell(TASK, kind)
    space, run = recorded(net)
    found = step_along(space, run, run.settled)
    assert isinstance(found, Step)
    units = [*range(3), space.size - 1]
    for i in units:
        for j in units:
            by_hand = exchange_by_hand(lambda z: space.step(z), run, run.settled, i, j)
            assert found.step[i, j] == pytest.approx(by_hand, abs=0.05), (i, j)


@pytest.mark.parametrize("scheme", ["tanh", "saturating"])
def test_exchange_and_describing_gain_agree_on_planted_circuits(scheme: str):
    """Units see one variable each, of size 1: both are what hands it on."""
    net = CIRCUIT.compile(scheme=scheme)
    space, run = recorded(net)
    gain, exchanged = linearize_gain(net, run, run.settled), exchange_gain(space, run, run.settled, seed=0)
    assert not isinstance(gain, Absent)
    assert isinstance(exchanged, Step)
    np.testing.assert_allclose(exchanged.step, gain.matrix, atol=1e-4)
    mean_jacobian = space.jacobian(run.states[:, run.settled :].reshape(-1, net.hidden)).mean(axis=0)
    if scheme == "tanh":  # saturated: the derivative along the way is another matrix
        assert np.abs(mean_jacobian - gain.matrix).max() > 0.1


def test_a_step_function_has_the_effects_of_the_network_that_it_is():
    net = CIRCUIT.compile(scheme="tanh")
    (space, run), (other, same) = recorded(net), recorded(as_a_step(net))
    effects = [effects_of(step_along(s, r, r.settled), 2) for s, r in ((space, run), (other, same))]  # pyright: ignore
    np.testing.assert_allclose(*effects, atol=1e-3)


def test_a_read_out_that_is_a_function_is_exchanged_too():
    net = CIRCUIT.compile(scheme="tanh")
    weights = net.W_hy
    bent = StepNetwork(
        lambda h, x: np.tanh(h @ net.W_hh.T + x @ net.W_uh.T),
        lambda h: np.tanh(3 * h @ weights.T),
        hidden=net.hidden,
        dim=net.dim,
    )
    space, run = recorded(bent)
    found = step_along(space, run, run.settled)
    assert isinstance(found, Step)
    assert found.read.shape == weights.shape
    # What is ±v is shown as ±tanh 3v: the line through both has the slope tanh(3v)/v.
    v = np.abs(run.states[:, -1]).mean()
    np.testing.assert_allclose(found.read, np.tanh(3 * v) / v * weights, atol=0.02)


def test_effects_are_the_powers_one_by_one():
    rng = np.random.default_rng(1)
    step, read = rng.normal(size=(4, 4)), rng.normal(size=(2, 4))
    by_hand = [read / np.abs(read).max() @ np.linalg.matrix_power(step / 1.5, k) for k in range(1, 7)]
    np.testing.assert_allclose(effects_of(Step(step, read), 3, rate=1.5), np.concatenate(by_hand), rtol=1e-12)
    # The unit of the outputs does not matter.
    np.testing.assert_allclose(effects_of(Step(step, 1e200 * read), 3), effects_of(Step(step, read), 3), rtol=1e-12)
    assert not np.any(effects_of(Step(step, 0 * read), 3))


def test_what_has_no_step_or_no_effects_says_why():
    one = np.eye(1)
    task = repeat_copy(1, 1)
    huge = ElmanRNN(1e30 * one, one, one, activation="identity")
    blown = record(huge, task, sequences=4, horizon=30, seed=0)
    for found in (step_along(state_space(huge), blown, 2), exchange_gain(state_space(huge), blown, 2, 0)):
        assert isinstance(found, Absent)
        assert found.reason == "states or outputs are not finite from t = 12 on"
    space, run = recorded(CIRCUIT.compile(scheme="tanh"), horizon=10)
    late = exchange_gain(space, run, 12, 0)
    assert isinstance(late, Absent)
    assert late.reason == "there are no two sequences with states at t > 12"
    far = effects_of(Step(1e200 * one, one), 2)
    assert isinstance(far, Absent)
    assert "range of float64" in far.reason


@pytest.mark.filterwarnings("error")
def test_states_that_do_not_vary_have_a_step_of_zeros():
    """A unit that always holds the same has no gain; so has one of 10⁻³⁰⁰."""
    still = as_a_step(ElmanRNN(np.zeros((3, 3)), np.zeros((3, 2)), np.zeros((2, 3))))
    space, run = recorded(still)
    found = step_along(space, run, run.settled)
    assert isinstance(found, Step)
    assert not found.step.any()
    faint = ElmanRNN(np.diag([1.0, 1.0]), 1e-300 * np.eye(2), np.eye(2), activation="identity")
    space, run = recorded(faint, repeat_copy(1, 2))
    exchanged = exchange_gain(space, run, 2, seed=0)
    assert isinstance(exchanged, Step)
    np.testing.assert_allclose(exchanged.step, np.eye(2), atol=1e-9)

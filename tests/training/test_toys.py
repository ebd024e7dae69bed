"""Training takes any task by its protocol: other kinds than linear, on both backends, scored where their windows say."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.networks import load
from emt_theory.networks.kinds import build
from emt_theory.tasks import Accuracy, Window
from emt_theory.tasks.accuracy import sign_marks
from emt_theory.training import Protocol, Scheduled, train, train_many
from emt_theory.training.backpropagation import Backpropagation
from emt_theory.training.cells import initial_weights
from emt_theory.training.engine import Setting
from emt_theory.training.evaluate import evaluate
from emt_theory.training.numpy_engine import NumpyEngine
from emt_theory.training.sources import to_source
from tests.tasks.toys import TOYS, EosCopy, RunningParity, Xor

BRIEF = Protocol(steps=20, learning_rate=3e-3, curriculum=Scheduled((5,), (0,)), batch=16, test_horizon=5)


def setting(task, **changes):
    return replace(Setting(to_source(task), 9, 4, BRIEF, dtype="float64"), **changes)


@pytest.mark.parametrize(
    "task", [TOYS[0], *(pytest.param(task, marks=pytest.mark.slow) for task in TOYS[1:])], ids=repr
)
def test_both_backends_take_the_same_steps(task):
    from emt_theory.training.jax_engine import JaxEngine

    here, there = NumpyEngine([setting(task)]), JaxEngine([setting(task)])
    (mine,), (theirs,) = here.advance([0], [20], 5), there.advance([0], [20], 5)
    np.testing.assert_allclose(mine.loss, theirs.loss, rtol=1e-9)
    assert np.array_equal(mine.accuracy, theirs.accuracy)
    a, b = here.state(0), there.state(0)
    assert max(np.abs(a[key] - b[key]).max() for key in a) < 1e-9
    assert a["weights.W_uh"].shape == (9, task.d_in)
    assert a["weights.W_hy"].shape == (task.d_out, 9)


@pytest.mark.parametrize("task", TOYS, ids=repr)
def test_the_loss_falls_and_the_network_is_tested(task, tmp_path):
    longer = replace(BRIEF, steps=150, learning_rate=0.01)
    run = train(task, hidden=16, protocol=longer, out=tmp_path / "run")
    assert run.loss < 0.95 * run.history.loss[0]
    assert isinstance(run.test, Accuracy)
    assert run.test.sequences == longer.test_sequences
    assert isinstance(evaluate(run.net, task, 10, 4, seed=0), Accuracy)
    assert (run.net.d_in, run.net.d_out) == (task.d_in, task.d_out)
    assert load(tmp_path / "run" / "weights.safetensors") == run.net
    assert run.to_dict()["definition"] == {"task": task.to_dict()}


@pytest.mark.slow
@pytest.mark.parametrize(("task", "cell"), [(RunningParity(), "gru"), (EosCopy(), "lstm")], ids=repr)
def test_gated_cells_learn_too(task, cell):
    run = train(task, hidden=8, backend="jax", cell=cell, protocol=replace(BRIEF, steps=60, learning_rate=0.02))
    assert run.loss < 0.98 * run.history.loss[0]
    assert isinstance(run.test, Accuracy)


WINDOWS = [Window(7, 7, 0), Window(7, 3, 5), Window(7, 5, 2), Window(7, 7, 4), Window(7, 1, 0, every=False)]
N, D_IN, D_OUT, BATCH = 4, 3, 2, 3


def drawn(window):
    """Inputs, targets and what is scored, time first."""
    rng, left = np.random.default_rng(0), window.steps - window.quiet
    scored = None if window.every else rng.random((left, BATCH)) < 0.5
    return rng.normal(size=(window.fed, BATCH, D_IN)), rng.normal(size=(left, BATCH, D_OUT)), scored


def differences(cell, window, weights, x, u, scored):
    """The loss and its gradient by central differences, of the network as it runs."""
    mask = np.ones(u.shape[:2]) if scored is None else scored

    def loss(weights):
        outputs = build(cell, weights).run(x.swapaxes(0, 1), window.steps).outputs.swapaxes(0, 1)[window.quiet :]
        return ((outputs - u)[mask > 0] ** 2).mean()

    gradient = {name: np.zeros_like(array) for name, array in weights.items()}
    for name, array in weights.items():
        for place in np.ndindex(array.shape):
            ends = [{**weights, name: array.copy()} for _ in range(2)]
            ends[0][name][place] += 1e-5
            ends[1][name][place] -= 1e-5
            gradient[name][place] = (loss(ends[0]) - loss(ends[1])) / 2e-5
    return loss(weights), gradient


def weights_of(cell):
    return {name: 2 * array for name, array in initial_weights(cell, N, D_IN, D_OUT, seed=0).items()}


def check(score, found, value, right):
    assert float(score.loss) == pytest.approx(value, rel=1e-12)
    assert max(np.abs(np.asarray(found[name]) - right[name]).max() for name in right) < 1e-8


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_the_gradient_is_right_in_every_window(window):
    weights, (x, u, scored) = weights_of("elman"), drawn(window)
    pass_ = Backpropagation("tanh", N, D_IN, D_OUT, window, BATCH, "float64")
    pass_.inputs[:], pass_.targets[:] = x, u
    if scored is not None:
        pass_.scored[:] = scored
    found = {name: np.full_like(array, np.nan) for name, array in weights.items()}
    check(pass_(weights, found), found, *differences("elman", window, weights, x, u, scored))


@pytest.mark.parametrize(
    ("cell", "window"),
    [
        ("elman", WINDOWS[1]),
        *(pytest.param(*case, marks=pytest.mark.slow) for case in (("elman", WINDOWS[2]), ("gru", WINDOWS[4]))),
    ],
    ids=str,
)
def test_the_gradient_is_right_on_jax(cell, window):
    import jax

    from emt_theory.training.jax_cells import gradient_of

    weights, (x, u, scored) = weights_of(cell), drawn(window)
    value, right = differences(cell, window, weights, x, u, scored)
    with jax.enable_x64(True):
        score, found = gradient_of(cell, "tanh", window, sign_marks)(weights, x, u, scored)
        check(score, found, value, right)


def test_a_score_of_ones_own_is_asked():
    class Generous(Xor):
        def score(self, outputs, targets, xp=np):
            marks = sign_marks(outputs, targets, xp)
            return marks._replace(right=xp.ones_like(marks.right))

    run = train(Generous(), hidden=4, protocol=replace(BRIEF, steps=2))
    assert run.history.accuracy.tolist() == [1, 1]
    assert run.accuracy == 1


class Shifted(RunningParity):
    def window(self, horizon):
        return Window(horizon, fed=horizon, quiet=horizon)


class Late(RunningParity):
    def window(self, horizon):
        return Window(horizon, fed=horizon, quiet=1, every=False)

    def batch(self, words, size, horizon, xp=np):
        return super().batch(words, size, horizon, xp)._replace(scored=np.ones((size, horizon), bool))


class Short(RunningParity):
    def batch(self, words, size, horizon, xp=np):
        episodes = super().batch(words, size, horizon, xp)
        return episodes._replace(targets=episodes.targets[:, 1:])


class Endless(RunningParity):
    def next(self, state, x, xp=np):
        return state, state * np.inf


@dataclass
class Unhashed(RunningParity):
    name: str = "unhashed"


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (Shifted(), r"needs a window with 1 ≤ fed ≤ steps and 0 ≤ quiet < steps; got Window\(steps=5, fed=5, quiet=5"),
        (Late(), "has inputs or scored steps where its window has none"),
        (Short(), r"targets of the task 'running parity' must have shape \(8, 5, 1\); got \(8, 4, 1\)"),
        (Endless(), "targets of the task 'running parity' must be finite real numbers"),
        (Unhashed(), "the task 'unhashed' has no hash"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_trained_is_one_line(task, message, tmp_path):
    with pytest.raises((InvalidOption, InvalidTask), match=message) as refusal:
        train(task, hidden=4, protocol=BRIEF, out=tmp_path / "run")
    assert "\n" not in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_several_runs_in_one_program():
    runs = train_many(Xor(), seeds=[0, 1], hidden=4, backend="jax", protocol=BRIEF, spread="vectorized")
    for run in runs:
        alone = train(Xor(), hidden=4, protocol=BRIEF, seed=run.seed)
        np.testing.assert_allclose(run.history.loss, alone.history.loss, rtol=1e-4)

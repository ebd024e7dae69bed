"""What both backends do in a step: PyTorch's Adam, thresholds, divergence, many runs at once. test_agreement.py holds them against each other."""

from dataclasses import replace

import numpy as np
import pytest

from emt_theory.errors import InvalidOption
from emt_theory.tasks import parse, repeat_copy
from emt_theory.training import Adaptive, PaperProtocol, Protocol, Scheduled
from emt_theory.training.engine import Setting, Stop
from emt_theory.training.numpy_engine import NumpyEngine
from emt_theory.training.sources import to_source

BRIEF = Protocol(steps=60, learning_rate=3e-3, curriculum=Scheduled((5,), (0,)), decay="cosine", warmup=0.1, batch=16)


def jax_engine(*settings, many=False):
    from emt_theory.training.jax_engine import JaxEngine

    return JaxEngine(list(settings), many=many)


def setting(task, **changes):
    return replace(Setting(to_source(task), 9, 4, BRIEF, dtype="float64"), **changes)


def gap(a, b):
    return max(float(np.abs(a[key] - b[key]).max()) for key in a)


def test_runs_with_other_seeds_or_terms_do_not_agree():
    first = NumpyEngine([setting(parse("T3"))])
    others = [
        NumpyEngine([setting(parse("T3"), **change)]) for change in ({"seed": 5}, {"protocol": replace(BRIEF, l2=1e-3)})
    ]
    for engine in (first, *others):
        engine.advance([0], [20], 5)
    assert all(gap(first.state(0), other.state(0)) > 1e-6 for other in others)


def torch_adam(w, gradients, rate, l2, clip):
    """PyTorch's clip_grad_norm_ and Adam(weight_decay=l2), written down from its documentation."""
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t, gradient in enumerate(gradients, start=1):
        g = gradient * min(1.0, clip / (np.linalg.norm(gradient) + 1e-6)) + l2 * w
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return w


def decoupled(w, gradients, rate, l2, clip):
    """AdamW instead of Adam."""
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t, gradient in enumerate(gradients, start=1):
        g = gradient * min(1.0, clip / (np.linalg.norm(gradient) + 1e-6))
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w * (1 - rate * l2) - rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return w


def clipped_by_array(w, gradients, rate, l2, clip):
    """The norm of each half instead of the norm of all."""
    parts = [slice(0, 20), slice(20, 40)]
    pieces = [np.concatenate([g[p] * min(1.0, clip / (np.linalg.norm(g[p]) + 1e-6)) for p in parts]) for g in gradients]
    return torch_adam(w, pieces, rate, l2, 1e9)


def l2_before_the_clip(w, gradients, rate, l2, clip):
    """The L2 term clipped with the gradient; close, so held to fewer digits."""
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t, gradient in enumerate(gradients, start=1):
        g = gradient + l2 * w
        g = g * min(1.0, clip / (np.linalg.norm(g) + 1e-6))
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return w


def ours(w, gradients, rate, l2, clip):
    from emt_theory.training.adam import Adam, norm_of

    protocol = replace(PaperProtocol(), clip=clip, l2=l2)
    adam, w = Adam(protocol, w.size, "float64"), w.copy()
    for step, gradient in enumerate(gradients):
        adam.update(w, gradient.copy(), norm_of(gradient), rate, step)
    return w


@pytest.fixture
def descent():
    rng = np.random.default_rng(0)
    return rng.normal(size=40), [rng.normal(size=40) * scale for scale in (5, 0.01, 2, 1, 0.1)], 0.01, 0.3, 1.0


def test_adam_is_pytorchs(descent):
    np.testing.assert_allclose(ours(*descent), torch_adam(*descent), rtol=1e-12)


@pytest.mark.parametrize("saboteur", [decoupled, clipped_by_array, l2_before_the_clip])
def test_other_adams_are_not(descent, saboteur):
    assert np.abs(ours(*descent) - saboteur(*descent)).max() > 1e-4


@pytest.mark.parametrize("backend", ["numpy", "jax"])
def test_a_threshold_stops_after_the_step_that_exceeds_it(backend):
    run = setting(repeat_copy(num_variables=1, dim=1), protocol=replace(BRIEF, learning_rate=0.05))
    engine = (lambda s: NumpyEngine([s]) if backend == "numpy" else jax_engine(s))(run)
    (chunk,) = engine.advance([0], [60], 2, threshold=0.9)
    assert chunk.stop is Stop.ADVANCED
    assert chunk.accuracy[-1] > 0.9
    assert (chunk.accuracy[:-1] <= 0.9).all()


@pytest.mark.parametrize("backend", ["numpy", "jax"])
def test_divergence_keeps_the_last_sound_weights(backend):
    wild = replace(BRIEF, learning_rate=1e8, decay="constant", warmup=0.0)
    run = setting(repeat_copy(num_variables=2, dim=1), protocol=wild, activation="identity", dtype="float32")
    engine = NumpyEngine([run]) if backend == "numpy" else jax_engine(run)
    (chunk,) = engine.advance([0], [20], 5)
    assert chunk.stop is Stop.DIVERGED
    assert chunk.bad_loss is not None
    assert not chunk.bad_loss < 1e6
    assert len(chunk.loss) == 1
    state, start = engine.state(0), run.initial_weights()
    for name, array in start.items():
        np.testing.assert_allclose(state[f"weights.{name}"], array, rtol=1e-6)


def test_vectorized_runs_are_the_runs_one_by_one():
    runs = [
        setting(parse("T3"), seed=seed, protocol=replace(BRIEF, l2=l2)) for seed, l2 in ((0, 0.0), (1, 0.1), (2, 0.01))
    ]
    together = jax_engine(*runs, many=True)
    chunks = together.advance([0, 0, 0], [10, 6, 0], 5)
    assert [len(chunk.loss) for chunk in chunks] == [10, 6, 0]
    for k, (run, limit) in enumerate(zip(runs, (10, 6, 0), strict=True)):
        alone = NumpyEngine([run])
        alone.advance([0], [limit], 5)
        assert gap(alone.state(0), together.state(k)) < 1e-9


def test_runs_that_cannot_share_a_program_are_refused():
    with pytest.raises(InvalidOption, match="these differ in hidden"):
        jax_engine(setting(parse("T3")), setting(parse("T3"), hidden=10), many=True)
    other = replace(BRIEF, curriculum=Adaptive((5,), 0.9))
    with pytest.raises(InvalidOption, match="these differ in curriculum"):
        jax_engine(setting(parse("T3")), setting(parse("T3"), protocol=other), many=True)

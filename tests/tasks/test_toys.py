"""Tasks of a user's own: what the protocol makes of them, against loops over Python numbers."""

import numpy as np
import pytest

from emt_theory.errors import InvalidTask
from emt_theory.ground.absent import Absent
from emt_theory.tasks import sample, to_toml
from tests.tasks.toys import TOYS, EosCopy, RunningParity, Xor

HORIZON, BATCH = 6, 40


def xor(x, length, steps):
    u = [int(v) for v in x[:2, 0]]
    while len(u) < steps:
        u.append(u[-1] * u[-2])
    return {t: [u[t]] for t in range(2, steps)}


def running_parity(x, length, steps):
    return {t: [np.prod(x[: t + 1, 0])] for t in range(steps)}


def eos_copy(x, length, steps):
    given = x[:length, :-1].tolist()
    return {t: given[(t - length) % length] for t in range(length, length + HORIZON)}


SLOW = {"xor": xor, "running parity": running_parity, "eos copy": eos_copy}


@pytest.mark.parametrize("task", TOYS, ids=repr)
def test_samples_are_what_a_slow_loop_says(task):
    steps, fed, quiet, every = task.window(HORIZON)
    x, targets, scored, lengths, _ = task.sample(BATCH, HORIZON, seed=3)
    assert x.shape == (BATCH, steps, task.d_in)
    assert targets.shape == (BATCH, steps, task.d_out)
    assert not scored[:, :quiet].any()
    assert bool(scored[:, quiet:].all()) == every
    assert not x[:, fed:].any()
    for b in range(BATCH):
        shown = SLOW[task.name](x[b], int(lengths[b]), steps)
        assert np.flatnonzero(scored[b]).tolist() == list(shown)
        expected = np.zeros((steps, task.d_out))
        for t, value in shown.items():
            expected[t] = value
        assert np.array_equal(targets[b], expected)
    assert len(np.unique(x, axis=0)) > 3


def test_the_eos_channel_ends_sequences_of_every_length():
    task = EosCopy()
    x, _, _, lengths, _ = task.sample(200, HORIZON, seed=0)
    assert set(lengths.tolist()) == {3, 4, 5, 6, 7}
    assert np.array_equal(x[..., -1].argmax(axis=1) + 1, lengths)
    assert np.array_equal(x[..., -1].sum(axis=1), np.ones(200))
    assert all(not x[b, length:].any() for b, length in enumerate(lengths))


@pytest.mark.parametrize("task", TOYS, ids=repr)
def test_batches_are_the_same_on_numpy_and_jax(task):
    import jax
    import jax.numpy as jnp

    words = np.random.default_rng(0).integers(2**32, size=task.words(BATCH, HORIZON), dtype=np.uint32)
    here = task.batch(words, BATCH, HORIZON)
    compiled = jax.jit(lambda words: task.batch(words, BATCH, HORIZON, jnp))
    for mine, theirs in zip(here, compiled(jnp.asarray(words)), strict=True):
        assert np.array_equal(mine, theirs)
    parts, window = task.parts(words, BATCH, HORIZON), task.window(HORIZON)
    assert np.array_equal(parts.inputs, here.inputs[:, : window.fed])
    assert np.array_equal(parts.targets, here.targets[:, window.quiet :])
    assert (parts.scored is None) == window.every


@pytest.mark.parametrize("task", TOYS, ids=repr)
def test_the_machine_has_the_targets(task):
    episodes = task.sample(BATCH, HORIZON, seed=1)
    state = task.start(episodes.lengths)
    for t in range(task.window(HORIZON).steps):
        silent = t >= task.window(HORIZON).fed
        state, shown = task.next(state, None if silent else episodes.inputs[:, t])
        there = episodes.scored[:, t]
        assert np.array_equal(shown[there], episodes.targets[there, t])


@pytest.mark.parametrize("task", TOYS, ids=repr)
def test_right_outputs_are_right_and_half_of_noise_is(task):
    episodes = task.sample(BATCH, HORIZON, seed=2)
    perfect = task.accuracy(np.where(episodes.scored[..., None], 0.3 * episodes.targets, 7), episodes)
    assert (perfect.accuracy, perfect.sequences, perfect.horizon >= HORIZON) == (1, BATCH, True)
    noise = np.random.default_rng(0).normal(size=episodes.targets.shape)
    assert 0.35 < task.accuracy(noise, episodes).accuracy < 0.65


def test_what_is_known_of_linear_tasks_alone_says_so():
    task = Xor()
    assert isinstance(task.persistent, Absent)
    assert isinstance(task.settled, Absent)
    assert "finite" in task.settled.reason
    assert task.to_dict() == {"kind": "finite", "name": "xor"}
    assert repr(task) == "Xor('xor', d_in=1, d_out=1)"
    with pytest.raises(InvalidTask, match="xor is a finite task"):
        to_toml(task)


def test_the_same_seed_gives_the_same_sequences():
    one, same, other = (sample(RunningParity(), 5, 9, seed).inputs for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)

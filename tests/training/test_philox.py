"""The generator: the authors' vectors, NumPy's words and JAX's, streams, and what is drawn from them."""

import numpy as np
import pytest

from emt_theory.errors import InvalidOption
from emt_theory.tasks import LinearTask, parse, repeat_copy
from emt_theory.training.philox import INPUTS, TEST, WEIGHTS, philox, split_seed, uniform, words
from emt_theory.training.sources import generator

# Random123's kat_vectors, philox4x32 with 10 rounds: counter, key, result.
VECTORS = [
    ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        [0xA4093822, 0x299F31D0],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]


@pytest.mark.parametrize(("counter", "key", "result"), VECTORS)
def test_known_answers(counter, key, result):
    made = philox(np, [np.array([c], np.uint32) for c in counter], [np.uint32(k) for k in key])
    assert [int(word[0]) for word in made] == result


def test_jax_draws_the_same_words():
    import jax.numpy as jnp

    for seed, step, count in ((0, 0, 1), (7, 812, 64), (2**63 + 5, 2**32 - 1, 301)):
        key = split_seed(seed)
        there = words(jnp, [jnp.uint32(k) for k in key], step, count)
        assert np.array_equal(words(np, key, step, count), np.asarray(there))


def test_many_steps_at_once_are_the_steps_one_by_one():
    key = split_seed(3)
    together = words(np, key, np.arange(5, 9), 37)
    assert np.array_equal(together, [words(np, key, step, 37) for step in range(5, 9)])


def test_streams_steps_and_seeds_differ():
    drawn = [
        tuple(words(np, split_seed(seed), step, 8, stream))
        for seed in (0, 1, 2**32)
        for step in (0, 1)
        for stream in (INPUTS, WEIGHTS, TEST)
    ]
    assert len(set(drawn)) == len(drawn)


def given(task, seed, steps, batch):
    """The inputs of these steps, shape (len(steps), batch, s, d)."""
    drawn = words(np, split_seed(seed), steps, task.words(batch, 1))
    return np.stack([task.draw(row, batch, 1).inputs for row in drawn])


def test_signs_are_fair_and_independent():
    drawn = given(repeat_copy(num_variables=5, dim=3), 11, np.arange(40), 64).reshape(-1, 15)
    assert set(np.unique(drawn)) == {-1, 1}
    assert np.abs(drawn.mean(axis=0)).max() < 0.1
    assert np.abs(drawn.T @ drawn / len(drawn) - np.eye(15)).max() < 0.1


def test_other_values_are_drawn_evenly_and_alike_on_jax():
    import jax.numpy as jnp

    task = LinearTask("five", 2, 1, repeat_copy(num_variables=2, dim=1).rule, inputs=(-2, -1, 0, 1, 2))
    drawn = given(task, 0, np.arange(50), 64)
    assert np.abs(np.array([(drawn == v).mean() for v in task.inputs]) - 0.2).max() < 0.02
    key = [jnp.uint32(k) for k in split_seed(0)]
    there = task.draw(words(jnp, key, 4, task.words(64, 1)), 64, 1, jnp).inputs
    assert np.array_equal(drawn[4], there)


def test_inputs_do_not_depend_on_what_was_drawn_before():
    task = parse("T2")
    assert np.array_equal(given(task, 1, np.arange(10), 8)[7:], given(task, 1, np.arange(7, 10), 8))
    assert generator(1, 5).random() == generator(1, 5).random() != generator(1, 6).random()


def test_uniform_weights():
    drawn = uniform(seed=0, count=20_000)
    assert -1 < drawn.min() < -0.999
    assert 0.999 < drawn.max() < 1
    assert abs(drawn.mean()) < 0.02
    assert abs((drawn**2).mean() - 1 / 3) < 0.01


@pytest.mark.parametrize("seed", [-1, 2**64, 0.5, "0", None, True])
def test_a_bad_seed_is_refused(seed):
    with pytest.raises(InvalidOption, match="seed must be an integer from 0 to 2\\^64 - 1"):
        split_seed(seed)

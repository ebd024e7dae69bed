"""What symbols and letters a network was given, by number and by codeword."""

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.evidence.streams.memory import Walk
from emt_theory.evidence.symbols.exchange import window_functions
from emt_theory.networks import state_space
from emt_theory.tasks import parse


@pytest.mark.parametrize("name", ["running-parity", "sum-mod:alphabet=3"])
def test_endings_have_one_number_if_they_are_one(name):
    task = parse(name)
    walk = Walk.of(state_space(derive(task).compile()), task, words=20, letters=30, seed=0)
    letters, number = walk.letters, walk.endings(3)
    endings = np.stack([letters[:, 2:], letters[:, 1:-1], letters[:, :-2]], axis=-1).reshape(-1, 3)
    numbers = number[:, 2:].reshape(-1)
    pairs = np.column_stack([endings, numbers])
    kinds = len(np.unique(endings, axis=0))
    assert kinds == (letters.max() + 1) ** 3
    assert len(np.unique(pairs, axis=0)) == len(np.unique(numbers)) == kinds


@pytest.mark.parametrize(("back", "ahead"), [(0, 0), (1, 0), (1, -1), (0, 2), (1, 1)])
def test_windows_hold_what_was_shown_and_what_the_rule_makes_of_it(back, ahead):
    task = parse("modular-sum:alphabet=3")
    memories = np.random.default_rng(0).integers(0, 3, size=(7, task.num_variables, task.dim))
    following = task.targets(memories, 3)
    shown = [memories[:, -1 + k] if k <= 0 else following[:, k - 1] for k in range(-back, ahead + 1)]
    wanted = task.alphabet.encode(np.stack(shown, axis=1)).reshape(7, -1)
    assert np.array_equal(window_functions((back, ahead))(task, memories), wanted)

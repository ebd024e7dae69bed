r"""How a network remembers: while inputs last, and in silence after them.

Two words that differ in one input are followed by the same inputs, or by silence, after 1, 2, … inputs. What is left of the difference in
the outputs, relative to how much outputs vary at all, says where the input is remembered:

    fed       k steps later, inputs going on: the largest share over k = 1, …
    silent    in the last of the silent steps: whether the network goes on by itself with what it was given

A network that answers to an input phase has a silent memory. One that answers at every step is read from its outputs while it is fed; what
it does in silence is then no more than what its program says of inputs 0.

>>> import numpy as np
>>> from emt_theory.networks import ElmanRNN, state_space
>>> one = np.eye(1)
>>> listen(state_space(ElmanRNN(one, one, one, activation="identity")), np.array([[-1.0], [1.0]]), seed=0)
Listening(fed=0.3, silent=0.3)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.networks import StateSpace
from emt_theory.tasks.words import generator

WORDS, LATE, LAST, LONGEST = 64, 28, 8, 12
"""Pairs of words that are listened to; how many steps follow, how many of these are the last, and the longest input phase before a silence."""


@dataclass(frozen=True)
class Listening(Record):
    """Where an input is remembered; each a share, 0 for not at all, and about 1 for in full.

    Attributes:
        fed: in outputs at later steps, while inputs last.
        silent: in the last outputs of a silence.
    """

    fed: float
    silent: float

    def __repr__(self) -> str:
        return f"Listening(fed={self.fed:.1g}, silent={self.silent:.1g})"

    def __str__(self) -> str:
        return f"of an early input {self.fed:.2g} is left in later outputs while inputs last, and {self.silent:.2g} after {LATE} silent steps"


def listen(space: StateSpace, letters: Array, seed: int) -> Listening:
    """What is left of one input, while inputs last and in silence.

    Args:
        space: the network.
        letters: what a step may give, shape (k, d_in).
        seed: of the words.
    """
    rng = generator(seed)
    early = rng.integers(
        1, LONGEST + 1, size=WORDS
    )  # the step at which a pair differs, and the last before its silence
    word = rng.integers(len(letters), size=(WORDS, LONGEST + LATE))
    other, rows = word.copy(), np.arange(WORDS)
    other[rows, early - 1] = (word[rows, early - 1] + rng.integers(1, len(letters), size=WORDS)) % len(letters)
    fed = [space.run(letters[w]).outputs for w in (word, other)]
    silent = [space.run(letters[w], lengths=early).outputs for w in (word, other)]
    with np.errstate(all="ignore"):
        size = max(float(np.std(fed[0])), float(np.std(silent[0][rows, early])))
        if size == 0:
            return Listening(0.0, 0.0)  # it shows the same whatever it is given
        left = [np.sqrt(np.mean((a - b) ** 2, axis=2) / 2) / size for a, b in (fed, silent)]
        by_lag = [np.sqrt(np.mean(left[0][rows, early - 1 + k] ** 2)) for k in range(1, LATE + 1)]
        # not one step alone: what a rule makes of an input may be the same there by chance
        ends = ((n, n + LATE - LAST, n + LATE) for n in np.unique(early).tolist())
        lasting = [np.sqrt(np.mean(left[1][early == n, first:last] ** 2)) for n, first, last in ends]
    return Listening(_share(max(by_lag)), _share(max(lasting)))


def _share(value: float) -> float:
    return float(value) if np.isfinite(value) else np.inf

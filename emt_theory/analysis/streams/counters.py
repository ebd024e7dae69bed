r"""A network that counts without an end: an integer that letters move, and a comparison of it that is shown.

    q(t) = q(t−1) + w(x(t)),     y(t) = [q(t) > θ] or [q(t) = θ]

with small weights w of two letters. It may stay below 0 once it was there, as for brackets that close too early, or not go below 0. No finite
machine is such a function: an observation table of it grows with the words that it is made of. Which of them a network is, all words of ten
letters decide: what the simplest one shows has to be what the network shows after each of their 2,046 beginnings, and these have to tell at least
five states apart, or a machine says the same more simply. Random words soon are far from any threshold, so it is also run on long words whose
letters lead back to it.

A trained network does not count for ever. Its reach is told: the largest n ≤ 64 so that after up to n equal letters, and n + 2 of the others, it
still shows what the count says. A network of a smaller reach than ten is refused here, a bound that was set by looking at the two trained counters of
docs/results, which reach 11. One that does not reach 64 may be a machine that only looks
like a count, a ring of 21 states or a count that stops at 12; so the caller holds both against it.

>>> from emt_theory.networks import ElmanRNN, state_space
>>> majority = ElmanRNN([[1, 0, -1], [1, 0, -1], [-1, 0, 1]], [[2], [2], [-2]], [[1, -1, 0]], [-1, -2, 1], activation="relu")
>>> found = find_counter(state_space(majority), seed=0)
>>> found.task.equations(), found.reach
(['q(t) = q(t-1) + where(x(t) == 1, 1, -1)', 'y(t) = (q(t) > 0)'], 64)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.analysis.streams.symbols import are_near
from emt_theory.analysis.thresholds import THRESHOLDS
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.networks import StateSpace
from emt_theory.tasks import RuleTask
from emt_theory.tasks.words import generator

_LETTERS = ((0, 1), (-1, 1))
"""The two numbers that are tried as letters."""
_LENGTH, _STATES = 10, 5
_LONG, _WORDS, _BACK, _STAYS = 200, 128, 0.75, 0.9
FAR = 64
"""The largest reach that is looked for."""
_WEIGHTS = sorted(product(range(-2, 3), range(-2, 3)), key=lambda w: (abs(w[0]) + abs(w[1]), w))
_THRESHOLDS = (0, 1, -1, 2, -2)

Numbers = NDArray[np.int64]


class _Move(NamedTuple):
    """How the count moves: as a text in s[0] and {w}, and as it is computed."""

    text: str
    move: Callable[[Numbers, Numbers], Numbers]


class _Test(NamedTuple):
    """What is shown: as a text in s[0] and {at}, and as it is computed."""

    text: str
    test: Callable[[Numbers, int], NDArray[np.bool_]]


_MOVES = (
    _Move("s[0] + {w}", lambda s, w: s + w),
    _Move("where(s[0] < 0, -1, s[0] + {w})", lambda s, w: np.where(s < 0, -1, s + w)),
    _Move("max(0, s[0] + {w})", lambda s, w: np.maximum(0, s + w)),
)
_TESTS = (_Test("s[0] > {at}", lambda s, at: s > at), _Test("s[0] == {at}", lambda s, at: s == at))


class _Counter(NamedTuple):
    """One of the functions that are tried."""

    weights: tuple[int, int]
    move: _Move
    test: _Test
    at: int

    def shown(self, words: Numbers) -> NDArray[np.bool_]:
        """Whether the comparison holds after each letter, 0 or 1, of words of shape (batch, T)."""
        count, found = np.zeros(len(words), dtype=np.int64), np.empty(words.shape, dtype=bool)
        for t, letters in enumerate(words.T):
            count = self.move.move(count, np.array(self.weights)[letters])
            found[:, t] = self.test.test(count, self.at)
        return found


class FoundCounter(NamedTuple):
    """A counter that was read.

    Attributes:
        task: the rule.
        reach: n: after up to so many equal letters, 64 at most, and two more of the other kind, it is right.
    """

    task: RuleTask
    reach: int


def find_counter(space: StateSpace, seed: int) -> FoundCounter | Absent:
    """The counter that a network is, in the first letters in which it is one; or why it is none.

    Args:
        space: the network.
        seed: of the long words.
    """
    if space.d_in != 1 or space.d_out != 1:
        return Absent("a counter of two letters has one number in and one out")
    reasons = list[str]()
    for letters in _LETTERS:
        found = _in_letters(space, letters, seed)
        if not isinstance(found, Absent):
            return found
        reasons.append(f"in letters {letters[0]} and {letters[1]}, {found}")
    return Absent("; ".join(reasons))


def _in_letters(space: StateSpace, letters: tuple[int, int], seed: int) -> FoundCounter | Absent:
    words: Numbers = (np.arange(2**_LENGTH)[:, None] >> np.arange(_LENGTH)[::-1]) & 1
    outputs = _outputs(space, words, letters)
    if not np.isfinite(outputs).all():
        return Absent("outputs are not finite while inputs last")
    low, high = (int(v) for v in (np.rint(outputs.min()), np.rint(outputs.max())))
    told = outputs > (low + high) / 2
    if low == high or not are_near(outputs, np.where(told, high, low)):
        return Absent("it shows other numbers than two")
    if (states := _states(told)) < _STATES:
        return Absent(f"a machine tells no more states apart: {states}")
    for counter in _counters():
        for yes in (True, False):
            if np.array_equal(counter.shown(words) == yes, told):
                return _confirmed(space, counter, letters, (low, high) if yes else (high, low), seed)
    return Absent("no comparison of a count is what it shows after all words of ten letters")


def _outputs(space: StateSpace, words: Numbers, letters: tuple[int, int]) -> Array:
    return space.run(np.array(letters, dtype=np.float64)[words][..., None]).outputs[..., 0]


def _states(told: NDArray[np.bool_]) -> int:
    """How many beginnings of four and five letters differ in what is shown along some five letters, of all words in order."""
    rows = list[NDArray[np.bool_]]()
    for k in (_LENGTH // 2 - 1, _LENGTH // 2):
        # words[p, e] begins with the k letters of p and ends with those of e; of these the first five count
        words = told.reshape(2**k, 2 ** (_LENGTH - k), _LENGTH)
        rows.append(words[:, :: 2 ** (_LENGTH // 2 - k), k : k + _LENGTH // 2].reshape(2**k, -1))
    return len(np.unique(np.concatenate(rows), axis=0))


def _counters() -> Iterator[_Counter]:
    """All functions that are tried, the simplest first."""
    for weights in _WEIGHTS:
        if any(weights):
            yield from (_Counter(weights, *rest) for rest in product(_MOVES, _TESTS, _THRESHOLDS))


def _confirmed(
    space: StateSpace, counter: _Counter, letters: tuple[int, int], shown: tuple[int, int], seed: int
) -> FoundCounter | Absent:
    """The rule, if a network has it on long words near its threshold, too."""

    def marks(words: Numbers) -> NDArray[np.bool_]:
        wanted = np.where(counter.shown(words), shown[1], shown[0])
        return np.abs(_outputs(space, words, letters) - wanted) < 0.5

    right = marks(_returning(counter, seed)).mean()
    if right < THRESHOLDS.solved_accuracy:
        return Absent(f"it counts along ten letters, and on long words near its threshold {right:.3g} of it is right")
    weight = f"where(x[0] == {letters[1]}, {counter.weights[1]}, {counter.weights[0]})"
    test = counter.test.text.format(at=counter.at)
    show = f"({test})" if shown == (0, 1) else f"where({test}, {shown[1]}, {shown[0]})"
    task = RuleTask("decompiled", (0,), (counter.move.text.format(w=weight),), (show,), letters)
    reach = next((n - 1 for n in range(1, FAR + 1) if not marks(_back_from(n)).all()), FAR)
    if reach < _LENGTH:
        return Absent(f"it counts along ten letters, and is right after {reach} equal ones only")
    return FoundCounter(task, reach)


def staying_words(seed: int) -> list[Numbers]:
    """Long words, as places of letters, in which a letter mostly stays: they lead far away."""
    return [np.cumsum(generator(seed).random((_WORDS, _LONG)) > _STAYS, axis=1) % 2]


def there_and_back(reach: int) -> list[Numbers]:
    """Words of up to so many letters of one kind and two more of the other."""
    return [_back_from(n) for n in range(1, reach + 1)]


def _back_from(n: int) -> Numbers:
    """n letters of one kind and n + 2 of the other, and the other way round."""
    word = np.array([0] * n + [1] * (n + 2))
    return np.stack([word, 1 - word])


def _returning(counter: _Counter, seed: int) -> Numbers:
    """Long words: at each step with probability 3/4 the letter after which the count is nearer to the threshold."""
    rng = generator(seed)
    words, count = np.empty((_WORDS, _LONG), dtype=np.int64), np.zeros(_WORDS, dtype=np.int64)
    for t in range(_LONG):
        after = np.stack([counter.move.move(count, np.full(_WORDS, w)) for w in counter.weights])
        nearer = np.abs(after - counter.at).argmin(axis=0)
        words[:, t] = np.where(rng.random(_WORDS) < _BACK, nearer, rng.integers(2, size=_WORDS))
        count = after[words[:, t], np.arange(_WORDS)]
    return words

r"""Does the state hold anything that the task's memory does not determine? Words that lead to one memory, and go on alike.

Two words that lead to one memory, of lengths that differ by 0, 1, 3 or 8, are followed by the same letters, all pairs by the same ones: what varies
over pairs was there before. A network that holds its task's memory and nothing else that lasts comes to one state. As for the memories of linear
tasks (`emt_theory.evidence.extra`), with D = (h − h')/√2 over pairs and S the covariance of both, the eigenvalues of S^{−1/2} E[D Dᵀ] S^{−1/2} are
the shares of each direction that the memory does not determine, in the half of the pairs that they were not found in. What is above ½ behind 32
letters is looked at again behind 1,000, or 200 where too few are right so far: there a share may be one of what has all but faded, so its size
counts, too. Only pairs count of which both runs are right all along the letters that they share.

Source: new.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence.extra import ExtraMemory, directions_of, shares_of
from emt_theory.evidence.streams.memory import SAME, StreamTask, arrive, follow_words, number_rows
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.networks import StateSpace
from emt_theory.tasks import LinearFilter
from emt_theory.tasks.words import generator

LATER_BY = (0, 1, 3, 8)
"""By how many letters the second word is longer."""

_BEFORE = (16, 12, 8, 6, 4, 2)
_WORDS, _PAIRS, _FEWEST = 2048, 256, 64
_BEHIND, _FAR_BEHIND = 32, (1000, 200)
_MOSTLY = 0.5


def compare_equal_words(
    space: StateSpace, task: StreamTask, seed: int, least: float | None = None, quiet: int = 0
) -> ExtraMemory | Absent:
    """Run a network along words that lead to one memory, and on along the same letters.

    Args:
        space: the network.
        task: by its smallest system.
        seed: of the words.
        least: the length of the smallest difference of two memories in the state, for the size of what is found.
        quiet: all words begin behind so many letters, the same ones, of which nothing is asked.
    """
    start = arrive(space, task, quiet, 1)
    first = _look(space, task, start, _BEHIND, seed, least, LATER_BY)
    if isinstance(first, Absent) or first.share < _MOSTLY:
        return first
    second = Absent("it is not looked again")
    for behind in _FAR_BEHIND:
        second = _look(space, task, start, behind, seed, least, (first.difference,))
        if not isinstance(second, Absent):
            return replace(second, first=first)
    return replace(first, once=f"behind {_FAR_BEHIND[-1]} letters {second}")


def _look(
    space: StateSpace,
    task: StreamTask,
    start: tuple[Array, Any],
    behind: int,
    seed: int,
    least: float | None,
    lengths: tuple[int, ...],
) -> ExtraMemory | Absent:
    """What states differ by behind so many letters, at the difference of lengths where the share is largest."""
    found = list[ExtraMemory]()
    few = Absent("no words lead to one memory often enough")
    for before in _BEFORE:
        for later in lengths:
            pair = _meet(space, task, start, before, later, behind, seed)
            if isinstance(pair, Absent):
                few = pair
                continue
            one, other, wrong = pair
            unit = float(max(np.abs(one).max(), np.abs(other).max())) or 1.0
            basis = directions_of(np.concatenate([one, other]))
            held, basis = basis.shape[1], basis[:, : len(one) // 2]
            worst = shares_of(one / unit @ basis, other / unit @ basis, later)
            size = worst.length * unit / least if least else None
            shares = (worst.many, worst.share, worst.low, worst.high)
            found.append(ExtraMemory(*shares, size, later, before + behind, len(one), wrong, basis.shape[1], held))
        if found:
            return max(found, key=lambda one: one.share)
    return few


def _meet(
    space: StateSpace, task: StreamTask, start: tuple[Array, Any], before: int, later: int, behind: int, seed: int
) -> tuple[Array, Array, int] | Absent:
    """The states of pairs behind the letters that they share, both of shape (pairs, S), and how many pairs were wrong on the way."""
    draws = generator(seed)
    first, second, shared = (
        np.asarray(task.sample(count, length, int(draws.integers(2**32))).inputs)
        for count, length in ((_WORDS, before), (_WORDS, before + later), (1, behind))
    )
    one, other = _matched(task, start[1], first, second, behind)
    if len(one) < _FEWEST:
        return Absent(f"too few words of {before} and {before + later} letters lead to one memory")
    one, other = one[:_PAIRS], other[:_PAIRS]
    ends, right = list[Array](), np.ones(len(one), dtype=bool)
    for words in (first[one], second[other]):
        # step by step: of a thousand letters not all states are kept
        z, memory = (np.repeat(part, len(one), axis=0) for part in start)
        for t, x in enumerate([*words.swapaxes(0, 1), *np.repeat(shared, len(one), axis=0).swapaxes(0, 1)]):
            with np.errstate(all="ignore"):
                memory, targets = task.next(memory, x)
                z = space.step(z, x)
                marks = task.score(space.read(z)[:, None], np.asarray(targets, dtype=np.float64)[:, None])
            if t >= words.shape[1]:
                right &= (marks.right | ~marks.counted).all(axis=(1, 2)) & np.isfinite(z).all(axis=1)
        ends.append(z)
    if right.sum() < _FEWEST:
        return Absent(f"only {int(right.sum())} of {len(one)} pairs of words are right all along")
    return ends[0][right], ends[1][right], int((~right).sum())


def _matched(
    task: StreamTask, memory: Any, first: Array, second: Array, behind: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which words lead to one memory, as far as can be told behind so many letters: each word is in one pair at most."""
    keys = _keys(
        task,
        [follow_words(task, words, np.repeat(memory, len(words), axis=0))[0][:, -1] for words in (first, second)],
        behind,
    )
    ones, others = list[int](), list[int]()
    for key in np.intersect1d(keys[0], keys[1]):
        a, b = (np.flatnonzero(part == key) for part in keys)
        if first.shape == second.shape:
            # Words of one length: a word is not compared with itself.
            same = (first[a[: len(b)]] == second[b[: len(a)]]).all(axis=(1, 2))
            a, b = a[: len(b)][~same], b[: len(a)][~same]
        count = min(len(a), len(b))
        ones += a[:count].tolist()
        others += b[:count].tolist()
    order = generator(0).permutation(len(ones))
    return np.array(ones, dtype=np.intp)[order], np.array(others, dtype=np.intp)[order]


def _keys(task: StreamTask, memories: list[Any], behind: int) -> list[NDArray[np.intp]]:
    """A number for each memory of two sets, the same for equal ones; what a filter forgets within so many letters does not count."""
    if isinstance(task, LinearFilter):
        kept = np.linalg.matrix_power(task.floats[0], behind)
        moved = [np.asarray(part, dtype=float) @ kept.T for part in memories]
        unit = max(float(np.abs(part).max()) for part in memories) or 1.0
        memories = [np.rint(part / (unit * SAME)) for part in moved]
    together = number_rows(np.concatenate(memories))
    return [together[: len(memories[0])], together[len(memories[0]) :]]

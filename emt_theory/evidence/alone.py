r"""Changes of several variables alone, each set of them along one line: which are undone?

Question 2 asks whether every *combination* of variables can be read; so combinations have to be causes, not single variables only. A network that
keeps X = a ? b : c and Y = a ? c : b holds b + c in X + Y, and nothing of b − c that is linear: a change of b alone moves X and Y by half,
and leaves them to chance. A change of b and c from b ≠ c, which is a change along b − c, moves neither, and is undone each time.

A *line* is v ∈ {−1, 0, 1}^m, up to its sign. Where a memory is ±1 times v on the variables of v, these are turned, alone: z + Ψ (m' − m), products
left. They are undone where in the last s steps that are watched none of the predicted flips is seen. All (3^m − 1)/2 lines are tried if there
are up to six variables, those of up to three if there are up to twelve, and those of two if there are more. Each is tried a few times; those
that were undone most often are judged by changes of their own, so that the largest of many shares is not mistaken for one of them. That is 10,240
changes at most.

Not covered: lines of more variables than that, and combinations with other coefficients.

Source: new.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from math import comb

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence.exchanges import Exchanges
from emt_theory.evidence.lasting import Lasting

AGAIN = 64
"""How many changes of its own judge a line: of 64 that are undone, the interval begins at 0.94."""

JUDGED = 32
"""How many lines are judged, those that were undone most often."""

_TRIED = 8
_MOST_LINES = 1024
_CHUNK = 512

Lines = NDArray[np.int64]
"""Shape (lines, m)."""


@dataclass(frozen=True)
class Alone:
    """The line of which the largest share of changes alone is undone.

    Attributes:
        line: which variables, with which signs.
        undone: how many of its changes were.
        made: how many there were.
        most: of how many variables lines were tried.
    """

    line: NDArray[np.int64]
    undone: int
    made: int
    most: int

    def name(self, lasting: Lasting) -> str:
        """In words: component 0 of block 1 − component 1 of block 1."""
        signed = [(lasting.name(int(j)), int(self.line[j])) for j in np.flatnonzero(self.line)]
        return signed[0][0] + "".join(f" {'+' if sign > 0 else '−'} {name}" for name, sign in signed[1:])


def lines_of(m: int) -> Lines:
    """All lines of as many variables as their number allows, pairs at least; those of few first."""
    most = min(2, m)
    while most < m and sum(comb(m, k) * 2 ** (k - 1) for k in range(1, most + 2)) <= _MOST_LINES:
        most += 1
    found = [
        (chosen, (1, *signs))
        for k in range(1, most + 1)
        for chosen in combinations(range(m), k)
        for signs in product((1, -1), repeat=k - 1)
    ]
    lines = np.zeros((len(found), m), dtype=np.int64)
    for row, (chosen, signs) in enumerate(found):
        lines[row, list(chosen)] = signs
    return lines


def change_alone(edits: list[Exchanges], rng: np.random.Generator) -> Alone:
    """Try every line, and judge those that are undone most often by new changes.

    Args:
        edits: by a code that is linear, one for each time.
        rng: of sequences and times.
    """
    lines = lines_of(edits[0].lasting.size)
    words = np.stack([one.fresh.memory(one.t) @ one.lasting.reader.T for one in edits]).reshape(-1, lines.shape[1])
    tried = _share(*_changed(edits, lines, words, _TRIED, rng))
    # Of equal shares those of few variables come first.
    worst = lines[np.argsort(-tried, kind="stable")[:JUDGED]]
    undone, made = _changed(edits, worst, words, AGAIN, rng)
    k = int(_share(undone, made).argmax())
    return Alone(worst[k], int(undone[k]), int(made[k]), int(np.abs(lines).sum(axis=1).max()))


def _share(undone: NDArray[np.int64], made: NDArray[np.int64]) -> NDArray[np.float64]:
    return undone / np.maximum(made, 1)


def _changed(
    edits: list[Exchanges], lines: Lines, words: NDArray[np.float64], times: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each line, how many changes were undone, and how many there were: as many as this, fewer where fewer memories lie on it."""
    batch = len(edits[0].fresh.states)
    size = np.abs(lines).sum(axis=1)
    places, along = list[NDArray[np.intp]](), list[NDArray[np.intp]]()
    for k, line in enumerate(lines):
        there = np.flatnonzero(np.abs(np.sign(words) @ line) == size[k])
        some = rng.permutation(there)[:times]
        places.append(some)
        along.append(np.full(len(some), k))
    place, of = np.concatenate(places), np.concatenate(along)
    undone = np.zeros(len(place), dtype=bool)
    for t, one in enumerate(edits):
        here = np.flatnonzero(place // batch == t)
        for some in np.split(here, range(_CHUNK, len(here), _CHUNK)):
            undone[some] = (
                one.flip(place[some] % batch, lines[of[some]] != 0).last(one.lasting.task.num_variables).unturned
            )
    return np.bincount(of, undone, len(lines)).astype(np.int64), np.bincount(of, minlength=len(lines))

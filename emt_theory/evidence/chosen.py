"""A network looked at on words that are chosen for what its memory is then.

The persistent variables of a selection task move by a signed permutation, m(t) = Φ_p^{t−s} m(s), and m(s) are inputs. So inputs can be chosen
for which the memory is a given word x at a given time t, and what the task forgets is free: it is drawn at random. Where all 2^m words are run,
products of variables are orthonormal without noise. See `products` for what it is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from emt_theory.evidence.memories.persistent import Persistent
from emt_theory.evidence.memories.regression import least_squares
from emt_theory.evidence.monomials import Masks, values
from emt_theory.evidence.recording import Recording
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.networks import StateSpace

LARGEST_TABLE = 4096
"""The most words that are all run."""

_LEAST_SEQUENCES, _NAMING_SEQUENCES = 256, 2048
_PER_VARIABLE = 8
_TOGETHER = 256
_AFTER = 32
"""So long after the network has settled, or 4s steps, or half the window, it is looked at."""

_LATER = (1, 2, 3, 5)
"""How much later the second run is looked at: no clock has a period that divides all of these."""

_GONE = 1e-9
_ENTRIES = 2**22


class Look(NamedTuple):
    """z in two runs, in coordinates in which it has unit covariance.

    Attributes:
        white: these coordinates in terms of z, shape (k', k); k' < k where some are gone on fresh states.
        common: R, shape (k', k').
        first, second: c and c', shape (k', 1 + m + M): on the empty product, the variables, and the products that are named.
    """

    white: Array
    common: Array
    first: Array
    second: Array

    def shares(self, columns: slice | list[int], within: Array) -> Array:
        """R_g on a subspace with this orthonormal basis, shape (k', f); shape (f, f)."""
        return symmetric((within.T @ self.first[:, columns]) @ (within.T @ self.second[:, columns]).T)


def symmetric(matrix: Array) -> Array:
    """The symmetric part."""
    return (matrix + matrix.T) / 2


@dataclass(frozen=True, eq=False)
class Chosen:
    """Two runs of a network on words chosen for their memory."""

    space: StateSpace
    persistent: Persistent
    fit: Recording
    center: Array
    reader: Array
    rng: np.random.Generator

    def look(self, masks: Masks | Absent) -> Look | Absent:
        """z in two runs: one well within the settled window, one at several later times and with other forgotten inputs."""
        count = len(self.persistent.components)
        table, named = 2**count <= LARGEST_TABLE, None if isinstance(masks, Absent) else masks
        size = max(_LEAST_SEQUENCES, _PER_VARIABLE * max(count, len(self.reader)))
        words = self._words(size if table or named is None else max(size, _NAMING_SEQUENCES), table)
        settled, end = self.persistent.task.settled, self.fit.states.shape[1]
        start = settled + max(1, min((end - settled) // 2, max(_AFTER, 4 * self.persistent.num_variables)))
        z = [self._run(words, [start + x for x in later]) for later in ((0,), _LATER)]
        if not all(np.isfinite(part).all() for part in z):
            return Absent("states are not finite on other words")
        if not self.fit.odd:
            z = [part - part.mean(axis=0) for part in z]
        _, sizes, right = np.linalg.svd(np.concatenate(z) / np.sqrt(2 * len(words)), full_matrices=False)
        there = sizes > _GONE * max(sizes[0], _GONE)
        white = right[there] / sizes[there, None]
        one, other = (part @ white.T for part in z)
        # On random words products are orthonormal but for noise, which must not be the same in c and c'.
        halves = (slice(None), slice(None)) if table else (slice(0, None, 2), slice(1, None, 2))
        first, second = (
            np.concatenate([_linear(part, words), _correlate(part[half], words[half], named)], axis=1)
            for part, half in zip((one, other), halves, strict=True)
        )
        return Look(white, symmetric(one.T @ other) / len(words), first, second)

    def _words(self, size: int, table: bool) -> Array:
        """Values of the memory: all of them, equally often, or random ones; shape (n, m)."""
        count = len(self.persistent.components)
        if not table:
            return self.rng.choice([-1.0, 1.0], size=(size, count))
        every = 1.0 - 2 * ((np.arange(2**count)[:, None] >> np.arange(count)) & 1)
        return self.rng.permutation(np.tile(every, (-(-size // len(every)), 1)))

    def _run(self, words: Array, times: list[int]) -> Array:
        """z at the times, in turn, at which the memory is these words; shape (n, k)."""
        found = np.empty((len(words), len(self.reader)))
        for turn, t in enumerate(times):
            rows = range(turn, len(words), len(times))
            for start in range(0, len(rows), _TOGETHER):
                some = list(rows[start : start + _TOGETHER])
                found[some] = (self._states(words[some], t) - self.center) @ self.reader.T
        return found

    def _states(self, words: Array, t: int) -> Array:
        """States at time t of sequences whose memory is then these words, everything else being random."""
        task, s = self.persistent.task, self.persistent.num_variables
        inputs = self.rng.choice([-1.0, 1.0], size=(len(words), task.components))
        # m(t) = Φ_p^{t−s} m(s), and a signed permutation's inverse is its transpose.
        inputs[:, list(self.persistent.components)] = words @ np.linalg.matrix_power(self.persistent.phi, t - s)
        return self.space.arrive(inputs.reshape(len(words), s, task.dim), t)


def _linear(z: Array, words: Array) -> Array:
    """z regressed on the empty product and the variables, shape (k, 1 + m); E[z χ(x)] where all words are there."""
    return least_squares(np.concatenate([np.ones((len(words), 1)), words], axis=1), z)


def _correlate(z: Array, words: Array, masks: Masks | None) -> Array:
    """E[z χ(x)] for these products, shape (k, M)."""
    if masks is None:
        return np.empty((z.shape[1], 0))
    found, step = np.empty((z.shape[1], len(masks))), max(1, _ENTRIES // len(z))
    for start in range(0, len(masks), step):
        found[:, start : start + step] = z.T @ values(masks[start : start + step], words) / len(z)
    return found

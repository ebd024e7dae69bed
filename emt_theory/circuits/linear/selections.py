"""Selections: every output copies one component, so content walks, and theory counts.

From (block, component) content goes on through block+1, …, s back in time, and from block s to what its output reads: everybody has one predecessor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits.linear.obstruction import Obstruction
from emt_theory.circuits.linear.theory import LinearTheory
from emt_theory.exact import Cycles, Factor, ObservabilityRank, Realization, cycles, factors_of_cycles
from emt_theory.ground.rationals import RationalMatrix


@dataclass(frozen=True)
class SelectionTheory(LinearTheory):
    """By walking over reads. All that is asked of it raises `InvalidTask` if the task is no selection."""

    @property
    def cycles(self) -> Cycles:
        """In O(d) steps."""
        return self._cycles

    @property
    def factors(self) -> tuple[Factor, ...]:
        """By the cycle theorem (P10): ± cycles of length L are the factors of λ^L ∓ 1."""
        return factors_of_cycles(self.cycles, self.task.components)

    def membership(self) -> dict[tuple[int, int], int]:
        """What an output of a cycle reads, and all newer blocks of that component."""
        blocks, components, _ = self.task.read_arrays
        return {
            (block, int(components[output])): index
            for index, cycle in enumerate(self.cycles)
            for output in cycle.outputs
            for block in range(int(blocks[output]), self.task.num_variables + 1)
        }

    def obstructions(self) -> Iterator[Obstruction]:
        """One for each output that reads a component whose output reads a block ≥ 2."""
        blocks, components, signs = self.task.read_arrays
        for row in map(int, self._obstructed):
            through = int(components[row])
            value = str(signs[row] * signs[through])
            yield Obstruction(int(blocks[row]), int(blocks[through]), row, int(components[through]), value, through)

    def latest_obstruction(self) -> int:
        """The newest block that such an output reads."""
        blocks, _, _ = self.task.read_arrays
        return int(blocks[self._obstructed].max(initial=0))

    @property
    def _obstructed(self) -> NDArray[np.intp]:
        blocks, components, _ = self.task.read_arrays
        return np.flatnonzero(blocks[components] >= 2)

    @cached_property
    def first_read(self) -> NDArray[np.int64]:
        """For each component the oldest block it is read from, s + 1 if none: content passes from there to block s; shape (d,)."""
        blocks, components, _ = self.task.read_arrays
        first = np.full(self.task.dim, self.task.num_variables + 1, dtype=np.int64)
        np.minimum.at(first, components, blocks)
        return first

    def ranks(self) -> ObservabilityRank:
        """By counting: a row of CΦ^τ is ± the component that an output's content was in τ steps earlier.

        So the ranks are the numbers of components that are met at τ ≥ 1 and at τ ≥ 2.
        """
        s, first = self.task.num_variables, self.first_read
        blocks, components, _ = self.task.read_arrays
        second = first + 1  # s + 1 and more: never
        passed = np.flatnonzero(first <= s)  # what reaches block s is next replaced by what its output reads
        np.minimum.at(second, components[passed], blocks[passed])
        met, again = (int(np.maximum(s + 1 - oldest, 0).sum()) for oldest in (first, second))
        return ObservabilityRank(met, again)

    def minimal(self) -> tuple[Realization, RationalMatrix]:
        """T picks the components that are ever read; each is replaced by the one that follows it, or by what its output reads."""
        slots, one = self.task.slots, Fraction(1)
        s, d, newest = slots.num_variables, slots.dim, slots.newest.start
        met = np.flatnonzero(np.arange(1, s + 1)[:, None] >= self.first_read).tolist()  # a table of (block, c), so flat
        place = {j: i for i, j in enumerate(met)}
        value = {1: one, -1: -one}
        read = [(place[slots.flat(block, c)], value[sign]) for block, c, sign in zip(*self._lists, strict=True)]
        A = tuple((i, *((place[j + d], one) if j < newest else read[j - newest])) for i, j in enumerate(met))
        size = len(met)
        T = RationalMatrix((size, slots.size), tuple((i, j, one) for i, j in enumerate(met)))
        C = RationalMatrix((d, size), tuple((c, *to) for c, to in enumerate(read)))
        return Realization(RationalMatrix((size, size), A), T, C), T

    @cached_property
    def _cycles(self) -> Cycles:
        return cycles(*self.task.read_arrays, self.task.num_variables)

    @property
    def _lists(self) -> tuple[list[int], list[int], list[int]]:
        """Blocks, components and signs."""
        blocks, components, signs = (array.tolist() for array in self.task.read_arrays)
        return blocks, components, signs

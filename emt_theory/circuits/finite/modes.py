r"""The eigenvalues of K on what the outputs make of the recurrent states, from the cycles alone.

On R the step is a permutation. Its eigenfunctions for a primitive m-th root of unity ζ live on the cycles whose length m divides, one on each, and
the part of an output y there is its Fourier coefficient `Σ_j y(G^j x) ζ^{−j}`, x the first state of the cycle. So ζ is an eigenvalue of K on V|_R as
often as

    rank [Σ_j y_c(G^j x) ζ^{−j}],      a row for each number c that is shown, a column for each such cycle.

That is at most the number of rows (P20), and the same for all primitive m-th roots. The rank over Q(ζ) is found modulo two primes p ≡ 1 mod m: modulo
either it can only be too small.

>>> from emt_theory.circuits.finite.graph import state_graph
>>> from emt_theory.tasks import parse
>>> lasting_modes(state_graph(parse("modular-sum:alphabet=3")))       # (order, multiplicity): x⁸ − 1 and, once more, x − 1
((1, 2), (2, 1), (4, 1), (8, 1))

Source: new, P20.
"""

from __future__ import annotations

from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits.finite.graph import Numbers, StateGraph
from emt_theory.circuits.finite.states import digit
from emt_theory.ground.absent import Absent

MOST_WORK = 2**24
_FIRST_PRIME = 2**30


def lasting_modes(graph: StateGraph) -> tuple[tuple[int, int], ...] | Absent:
    """(m, multiplicity of every primitive m-th root of unity) of K on V|_R, for those that occur; or why it is not computed.

    Args:
        graph: the state graph of a finite task.
    """
    lengths = [length for length, _ in graph.cycles]
    orders = sorted({m for length in lengths for m in _divisors(length)})
    rows = graph.task.d_out
    if graph.recurrent * rows * len(orders) > MOST_WORK:
        return Absent(f"{graph.recurrent} recurrent states with {len(orders)} orders of roots of unity are too many")
    walk = _Walk(graph)
    found: list[tuple[int, int]] = []
    for m in orders:
        first, second = (walk.rank(m, p) for p in _primes(m))
        if max(first, second):
            found.append((m, max(first, second)))
    return tuple(found)


def holds_constant(graph: StateGraph) -> bool:
    """Whether the function 1 is in V|_R: at ζ = 1 its row, the lengths of the cycles, adds no rank to those of the outputs.

    Args:
        graph: a state graph whose `lasting_modes` are computed.
    """
    walk = _Walk(graph)
    alone = max(walk.rank(1, p) for p in _primes(1))
    walk.shown = np.concatenate([walk.shown, np.ones((len(walk.shown), 1), dtype=np.int64)], axis=1)
    return max(walk.rank(1, p) for p in _primes(1)) == alone


class _Walk:
    """The recurrent states cycle by cycle, each cycle from its first state on, with what they show."""

    def __init__(self, graph: StateGraph) -> None:
        task, states = graph.task, graph.on_cycles
        cycle, phase = _phases(graph.after, states)
        order = np.lexsort((phase, cycle))
        self.phase, states = phase[order], states[order]
        self.starts = np.flatnonzero(self.phase == 0)
        self.lengths = np.diff(np.append(self.starts, len(states)))
        newest = [digit(task, states, j) for j in task.slots.newest]
        self.shown = task.alphabet.encode(np.stack(newest, axis=-1))

    def rank(self, m: int, p: int) -> int:
        """Of the Fourier coefficients at a primitive m-th root of unity modulo p."""
        kept = self.lengths % m == 0
        powers = _powers(m, p)[self.phase % m]
        # |y| < 2¹⁰ and p < 2³¹ + m: products stay below 2⁴², sums of residues below 2⁵³.
        terms = self.shown % p * powers[:, None] % p
        sums: NDArray[Any] = np.add.reduceat(terms, self.starts, axis=0)[kept] % p
        distinct = np.unique(sums, axis=0)
        return int(flint.nmod_mat(len(distinct), distinct.shape[1], distinct.reshape(-1).tolist(), p).rank())


def _phases(after: Numbers, states: Numbers) -> tuple[Numbers, Numbers]:
    """For each recurrent state the first (smallest) state of its cycle, and how many steps from that one it is; by doubling jumps."""
    place = np.empty(len(after), dtype=np.int64)
    place[states] = np.arange(len(states))
    step = place[after[states]]
    least, jump = np.arange(len(states)), step
    rounds = len(states).bit_length()
    for _ in range(rounds):
        least, jump = np.minimum(least, least[jump]), jump[jump]
    heads = least == np.arange(len(states))
    jump = np.where(heads, np.arange(len(states)), step)  # a walk to the head, where it stays
    steps = (~heads).astype(np.int64)
    for _ in range(rounds):
        steps, jump = steps + steps[jump], jump[jump]
    return least, -steps % np.bincount(least, minlength=len(states))[least]


def _primes(m: int) -> tuple[int, int]:
    """Two primes p ≡ 1 mod m above 2³⁰."""
    found: list[int] = []
    p = _FIRST_PRIME // m * m + 1
    while len(found) < 2:
        p += m
        if flint.fmpz(p).is_prime():
            found.append(p)
    return found[0], found[1]


def _powers(m: int, p: int) -> Numbers:
    """1, z, …, z^{m−1} for an element z of order m modulo p."""
    divisors = [m // int(prime) for prime, _ in flint.fmpz(m).factor()]
    candidates = (pow(g, (p - 1) // m, p) for g in range(2, p))
    z = next(z for z in candidates if all(pow(z, k, p) != 1 for k in divisors))
    powers = np.ones(m, dtype=np.int64)
    for k in range(1, m):
        powers[k] = powers[k - 1] * z % p
    return powers


def _divisors(number: int) -> list[int]:
    return [m for m in range(1, number + 1) if number % m == 0] if number < 64 else _many_divisors(number)


def _many_divisors(number: int) -> list[int]:
    small = [m for m in range(1, int(number**0.5) + 1) if number % m == 0]
    return sorted({*small, *(number // m for m in small)})

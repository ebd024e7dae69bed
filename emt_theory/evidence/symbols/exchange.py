r"""Another memory put into a running network: do its outputs follow the rule from there?

The states are regressed on functions φ of the memory, z ≈ Ψ φ(x) + z̄: the codewords of a window u(t−a), …, u(t+b), or all of the lift. In a
sequence at memory x, at one of the late times, the state is moved by

    z + Ψ (φ(x′) − φ(x)),

and what is shown in the 2s steps behind it is scored against `task.next` from x′. x′ is x with one symbol changed, where every memory is on a cycle
(P19), and so has been seen late; elsewhere it is the memory of another sequence. An exchange with itself has to change nothing.

>>> from emt_theory import derive
>>> from emt_theory.evidence.symbols.visits import visit
>>> from emt_theory.networks import state_space
>>> from emt_theory.tasks import parse
>>> task = parse("lfsr")
>>> space = state_space(derive(task).compile())
>>> print(exchange(space, visit(space, task, horizon=40, seed=0, ahead=8), window_functions((3, 0)), seed=0))
256 of 256 exchanges are followed
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits import is_reversible
from emt_theory.errors import InvalidTask
from emt_theory.evidence.resampling import clopper_pearson
from emt_theory.evidence.symbols.visits import Symbols, Visits
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.networks import StateSpace
from emt_theory.tasks import FiniteTask
from emt_theory.tasks.words import generator

EDITS = 256
Functions = Callable[[FiniteTask, Symbols], Array]
"""φ: from memories of symbols, shape (batch, s, d), to numbers, shape (batch, k)."""


@dataclass(frozen=True)
class Exchange(Record):
    """What exchanges of the memory did.

    Attributes:
        edits: how many were made.
        right: how many were followed in every symbol.
        low, high: the 95 % interval of their share.
        changes: how many outputs differ after exchanges of a memory with itself.
        single: whether one symbol was changed; else the memory was that of another sequence.
        explained: the share of the states' variance that φ explains.
    """

    edits: int
    right: int
    low: float
    high: float
    changes: int
    single: bool
    explained: float

    def __str__(self) -> str:
        return f"{self.right} of {self.edits} exchanges are followed"


def window_functions(run: tuple[int, int]) -> Functions:
    """The codewords of u(t−a), …, u(t+b), those behind t by the rule, those before s by none: a ≤ s − 1 of them are in the memory.

    Args:
        run: (a, b).
    """
    back, ahead = run

    def functions(task: FiniteTask, memories: Symbols) -> Array:
        s, first = task.num_variables, max(-back, 1 - task.num_variables)
        whole = np.concatenate([memories, task.targets(memories, max(1, ahead))], axis=1)
        chosen = whole[:, s - 1 + first : s + ahead]
        return task.alphabet.encode(chosen).reshape(len(memories), -1).astype(float)

    return functions


def exchange(space: StateSpace, visits: Visits, functions: Functions, seed: int) -> Exchange | Absent:
    """Put other memories into the states of visits, and watch.

    Args:
        space: the network.
        visits: the states.
        functions: φ.
        seed: of what is drawn.
    """
    task, rng, s = visits.task, generator(seed), visits.task.num_variables
    if visits.visited < 2:
        return Absent("one memory alone is visited: there is none to exchange it for")
    memories = np.stack([visits.variable(k) for k in range(1 - s, 1)], axis=2).reshape(-1, *task.slots)
    design = np.concatenate([np.ones((len(memories), 1)), functions(task, memories)], axis=1)
    psi = np.linalg.lstsq(design, visits.rows, rcond=1e-9)[0]
    moved = visits.rows - visits.rows.mean(axis=0)
    explained = 1 - float(((visits.rows - design @ psi) ** 2).sum() / max((moved**2).sum(), np.finfo(float).tiny))
    chosen, single = rng.integers(len(memories), size=EDITS), _reversible(task)
    old = memories[chosen]
    new = _changed(task, old, rng) if single else memories[_others(visits.memories, chosen, rng)]
    steps = 2 * s
    delta = (functions(task, new) - functions(task, old)) @ psi[1:]
    shown = space.show(visits.rows[chosen] + delta, steps)
    right = int((task.alphabet.decode(shown) == task.targets(new, steps)).all(axis=(1, 2)).sum())
    unmoved = space.show(visits.rows[chosen], steps)
    again = space.show(visits.rows[chosen] + (functions(task, old) - functions(task, old)) @ psi[1:], steps)
    low, high = clopper_pearson(right, EDITS)
    return Exchange(EDITS, right, low, high, int((unmoved != again).sum()), single, explained)


def _changed(task: FiniteTask, memories: Symbols, rng: np.random.Generator) -> Symbols:
    """The memories, one symbol of each changed."""
    flat, rows = memories.reshape(len(memories), -1).copy(), np.arange(len(memories))
    place = rng.integers(task.components, size=len(flat))
    flat[rows, place] = (flat[rows, place] + rng.integers(1, task.alphabet.size, size=len(flat))) % task.alphabet.size
    return flat.reshape(memories.shape)


def _others(which: Symbols, chosen: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """For each a row with another memory."""
    found = rng.integers(len(which), size=len(chosen))
    while (same := which[found] == which[chosen]).any():
        found[same] = rng.integers(len(which), size=int(same.sum()))
    return found


def _reversible(task: FiniteTask) -> bool:
    try:
        return is_reversible(task)
    except InvalidTask:
        return False

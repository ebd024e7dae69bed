r"""How each letter moves a network's states, beside how it moves the machine's: one input-driven secant map a letter.

Letter a moves the machine's states by T_a, e_q ↦ e_δ(q,a), and differences of states by what T_a does to vectors whose entries sum to 0. The
network's states are looked at where the machine's are linear in them: e_q is regressed on the state, ê = R z + c, and ξ are the r leading coordinates
in which ê varies. Along all steps at which a comes in,

    ξ(t) ≈ A_a ξ(t−1) + b_a.

Where all Q states are linear in the network's, r = Q − 1 and A_a has the eigenvalues of T_a without one 1: roots of unity for a permutation, zeros
for what a letter merges. Where they are not, as for three bits in three dimensions, A_a is reported alone.

Source: new.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence.assignment import assign_values
from emt_theory.evidence.streams.memory import FIT, Walk
from emt_theory.evidence.streams.states import regress
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array, ComplexArray
from emt_theory.ground.json import Record
from emt_theory.tasks import MachineTask

_MOST_STATES, _MOST_LETTERS = 64, 64
_FEWEST = 4
_RANK = 0.03


@dataclass(frozen=True)
class LetterMap(Record):
    """How one letter moves states.

    Attributes:
        letter: its symbols.
        permutation: whether it permutes the machine's states.
        eigenvalues: of A_a.
        theory: of the machine, without one 1.
        complex_error: the mean distance of the two, each with its partner; None where there are not as many.
    """

    letter: tuple[int, ...]
    permutation: bool
    eigenvalues: tuple[complex, ...]
    theory: tuple[complex, ...]
    complex_error: float | None


@dataclass(frozen=True)
class LetterMaps(Record):
    """How letters move states.

    Attributes:
        rank: r, in how many dimensions the machine's states are read.
        states: Q.
        letters: each letter's map; those that came in often enough.
    """

    rank: int
    states: int
    letters: tuple[LetterMap, ...]

    @property
    def worst(self) -> float | None:
        """The largest error of a letter; None where eigenvalues cannot be compared."""
        return max((one.complex_error for one in self.letters if one.complex_error is not None), default=None)

    def __str__(self) -> str:
        if self.worst is None:
            return f"{self.states} states in {self.rank} dimensions: the eigenvalues of {len(self.letters)} letters have none to be compared with"
        return f"the eigenvalues of {len(self.letters)} letters are those of the machine but for {self.worst:.2g}"


def read_letters(walk: Walk) -> LetterMaps | Absent:
    """The map of each letter, where the machine's states are linear in the network's, along these words."""
    task = walk.task
    assert isinstance(task, MachineTask)
    Q, k = task.machine.states, task.machine.letters
    if not 2 <= Q <= _MOST_STATES or k > _MOST_LETTERS:
        return Absent(
            f"letters are looked at one by one for machines of 2 to {_MOST_STATES} states and at most {_MOST_LETTERS} letters"
        )
    z, q = (walk.settled(FIT, part) for part in (walk.states, walk.labels))
    reader = regress(z, np.eye(Q)[q])[1:]
    _, sizes, vectors = np.linalg.svd((z - z.mean(axis=0)) @ reader / np.sqrt(len(z)), full_matrices=False)
    rank = int((sizes > _RANK * sizes[0]).sum()) if sizes[0] > 0 else 0
    if not rank:
        return Absent("no state of the machine is linear in the network's")
    xi = walk.states @ (reader @ vectors[:rank].T)
    begins = walk.begins
    before, after, letters = xi[:, begins:-1], xi[:, begins + 1 :], walk.letters[:, begins + 1 :]
    found = list[LetterMap]()
    for a in range(k):
        here = letters == a
        if here.sum() >= _FEWEST * (rank + 1):
            values = np.linalg.eigvals(regress(before[here], after[here])[1:]).astype(np.complex128)
            found.append(_compared(task, a, values))
    return LetterMaps(rank, Q, tuple(found)) if found else Absent("no letter came in often enough")


def _compared(task: MachineTask, letter: int, values: ComplexArray) -> LetterMap:
    moved = task.machine.following[:, letter]
    theory = _without_one(moved)
    error = float(assign_values(values, theory).distances.mean()) if len(values) == len(theory) else None
    symbols = tuple(int(v) for v in task.read_letters(letter))
    permutation = len(np.unique(moved)) == len(moved)
    return LetterMap(symbols, permutation, tuple(map(complex, values)), tuple(map(complex, theory)), error)


def _without_one(moved: NDArray[np.int64]) -> ComplexArray:
    """The eigenvalues of T_a on differences: those of T_a, of which one is 1, without that."""
    Q = len(moved)
    step: Array = np.zeros((Q, Q))
    step[moved, np.arange(Q)] = 1
    # e_q − e_0 for q ≥ 1 are a basis of the differences; T takes them to e_δ(q) − e_δ(0), whose coordinates are those at 1, …, Q − 1.
    return np.linalg.eigvals(step[1:, 1:] - step[1:, :1]).astype(np.complex128)

"""The law about secant maps (P28): eigenvalues of a least-squares map of sampled pairs, against K compressed to the functions that the states are."""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence.assignment import assign_values
from emt_theory.evidence.symbols.lifted import secant_values
from emt_theory.ground.arrays import Array, ComplexArray
from emt_theory.tasks import FiniteTask
from emt_theory.testing.laws.finite import finite_task_of, images_of, successors
from emt_theory.testing.laws.law import Carrier, Law

_MOST = 256
"""States: functions of all of them are looked at, too."""
_LONGEST = 10_000
_HEAVIEST = 6
_CLOSE = 1e-5


@dataclass(frozen=True, eq=False)
class SecantSubject:
    """Functions of the states on cycles, how often each state was sampled, and what is claimed of the pairs.

    Attributes:
        task: a finite task.
        functions: the coordinates of h at the states of R, shape (|R|, r), of rank r.
        weights: how often each state is the first of a pair, positive integers, shape (|R|,).
        after: where in R the next state of each stands, shape (|R|,).
        values: the claimed eigenvalues of the secant map.
        reason: why there are none; "" if there are.
    """

    task: FiniteTask | None
    functions: Array
    weights: NDArray[np.int64]
    after: NDArray[np.int64]
    values: ComplexArray
    reason: str = ""

    @classmethod
    def of(cls, value: Any) -> SecantSubject:
        """The subject that a task, a circuit or a pair (network, task) stands for: random functions of its states, sampled at random.

        Raises:
            InvalidOption: if it is none of these.
        """
        if isinstance(value, SecantSubject):
            return value
        task, reason = finite_task_of(value, _MOST)
        none: Any = np.empty(0)
        if task is None or reason:
            return cls(task, none, none, none, none, reason)
        following = successors(task)
        ordered = sorted(images_of(following)[-1])
        place = {x: i for i, x in enumerate(ordered)}
        after = np.array([place[following[x]] for x in ordered])
        rng = np.random.default_rng(0)
        functions = rng.normal(size=(len(ordered), -(-len(ordered) // 2)))
        weights = rng.integers(1, _HEAVIEST, size=len(ordered))
        return cls(task, functions, weights, after, sampled_values(functions, weights, after))


def sampled_values(functions: Array, weights: NDArray[np.int64], after: NDArray[np.int64]) -> ComplexArray:
    """The eigenvalues of the secant map of pairs in which each state is first so often; coordinates that repeat others are cut off."""
    now = np.repeat(np.arange(len(after)), weights)
    states = np.concatenate(
        [functions, functions @ np.ones((functions.shape[1], 1))], axis=1
    )  # one coordinate too many
    return secant_values(states[now], states[after[now]], functions.shape[1])


def _has_states(subject: SecantSubject) -> str:
    return subject.reason


def _is_compressed(subject: SecantSubject, carrier: Carrier) -> str:
    """P28: as PK|_S; centred, as that of S and 1 less one eigenvalue 1; within the circle where weights are even; roots of unity of all functions."""
    C, w, after = subject.functions, subject.weights, subject.after
    if wrong := _apart(subject.values, compressed(C, w, after)):
        return f"the secant map's eigenvalues are {wrong:.2g} from those of PK on S"
    ones, share = np.ones((len(after), 1)), w / w.sum()
    centred = (C - share @ C, C[after] - share @ C[after])
    slope = np.linalg.lstsq(np.sqrt(w)[:, None] * centred[0], np.sqrt(w)[:, None] * centred[1], rcond=None)[0]
    whole = compressed(np.concatenate([ones, C], axis=1), w, after) if C.shape[1] < len(after) else None
    if whole is not None and (wrong := _apart(np.append(np.linalg.eigvals(slope), 1), whole)):
        return f"with 1 added, those of centred pairs are {wrong:.2g} from those of PK on S and 1"
    even = abs(sampled_values(C, np.ones_like(w), after)).max()
    if even > 1 + _CLOSE:
        return f"with equal weights an eigenvalue has the modulus {even:.6g}"
    period = lcm(*_lengths(after))
    if period > _LONGEST:
        return ""
    every = sampled_values(np.random.default_rng(1).normal(size=(len(after), len(after))), w, after)
    off = abs(every**period - 1).max()
    return f"λ^{period} of all functions is {off:.2g} from 1" if off > _CLOSE * period else ""


def compressed(functions: Array, weights: NDArray[np.int64], after: NDArray[np.int64]) -> ComplexArray:
    """The eigenvalues of PK on the span S of functions, P the w-orthogonal projector: ⟨b_i, K b_j⟩ in a w-orthonormal basis b of S."""
    root = np.sqrt(weights)[:, None]
    basis = np.linalg.qr(root * functions)[0] / root
    return np.linalg.eigvals(basis.T @ (weights[:, None] * basis[after])).astype(complex)


def _apart(one: ComplexArray, other: ComplexArray) -> float:
    """The largest distance of two spectra by optimal assignment, if it is more than rounding; 0 else, and ∞ where their numbers differ."""
    if len(one) != len(other):
        return np.inf
    distance = float(assign_values(one, other).distances.max())
    return distance if distance > _CLOSE else 0.0


def _lengths(after: NDArray[np.int64]) -> list[int]:
    """The lengths of the cycles."""
    left, found = set(range(len(after))), list[int]()
    while left:
        at, length = left.pop(), 1
        while (at := int(after[at])) in left:
            left.remove(at)
            length += 1
        found.append(length)
    return found


SECANT_LAWS = (Law("P28", _has_states, _is_compressed, ("numpy",), SecantSubject.of),)

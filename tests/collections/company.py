"""Networks that hold variables in company with products: at the corners of a simplex, or shown by registers that a code overrules.

Notation as in `mechanisms`. A register is pulled back by κ = `keep` a step to what a code says. For repeat copy; step functions, whose states are so
many parts of s blocks each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from emt_theory.ground.arrays import Array
from emt_theory.networks import StepNetwork
from emt_theory.tasks import LinearTask

Rule = Literal["never", "far", "last", "half", "always"]
"""When a register has its way: never; where it is beyond ±2; in block s; beyond ±2 and where the a next to it is +1; always."""


@dataclass(frozen=True)
class Registers:
    """A product code (a_k, p_k), and registers r_k of b_k = a_k p_k, which are shown, pulled back by κ = `keep`, and listened to by a rule.

    Where sign r_k ≠ a_k p_k and the rule says so, p_k turns before the step; then r_k(t) = κ r_{k+1}(t−1) + (1 − κ) (ap)_{k+1}(t−1), k + 1 modulo s.
    With "always", the registers are what remembers, and the code follows: the circuit. For repeat copy, d = 2; a step function.
    """

    keep: float
    rule: Rule

    def __call__(self, task: LinearTask) -> StepNetwork:
        s = task.num_variables

        def step(h: Array, x: Array) -> Array:
            a, p, r = np.split(h, 3, axis=1)
            there = np.where(np.abs(a) > 0.5, 1.0, 0.0)
            a, p, far = np.where(a < 0, -1.0, 1.0), np.where(p < 0, -1.0, 1.0), np.abs(r) > 2
            last = np.arange(s) == s - 1
            listens = {
                "never": far & ~far,
                "far": far,
                "last": last,
                "half": far | (np.roll(a, 1, axis=1) > 0),
                "always": far | True,
            }
            p = np.where(listens[self.rule] & (r * a * p < 0), -p, p)
            held = [there * a, there * p, self.keep * r + (1 - self.keep) * there * a * p]
            return written([np.roll(part, -1, axis=1) for part in held], x, [x[:, 0], x[:, 0] * x[:, 1], x[:, 1]])

        return showing(step, s, 3, (0, 2))


@dataclass(frozen=True)
class Corners:
    """Two variables and their product with equal weight: a state near one of the four corners (a, b, ab) of a simplex goes to that corner.

    No impostor. A change of a alone is as near to three corners; which of them has it, is a matter of a slope. For repeat copy, d = 2.
    """

    weight: float = 1.0

    def __call__(self, task: LinearTask) -> StepNetwork:
        corners = np.array([[a, b, a * b] for a in (1.0, -1.0) for b in (1.0, -1.0)])
        slope = 0.05 * np.array([3.0, 2.0, 1.0, 0.0])

        def step(h: Array, x: Array) -> Array:
            parts = h.reshape(len(h), 3, -1).transpose(0, 2, 1)
            score = 4 * (parts * (1.0, 1.0, self.weight) @ corners.T + slope)
            share = np.exp(score - score.max(axis=2, keepdims=True))
            there = np.abs(parts).max(axis=2, keepdims=True) > 0.1
            settled = there * (share / share.sum(axis=2, keepdims=True)) @ corners
            return written(list(np.roll(settled, -1, axis=1).transpose(2, 0, 1)), x, [*x.T, x[:, 0] * x[:, 1]])

        return showing(step, task.num_variables, 3, (0, 1))


@dataclass(frozen=True)
class Swapped:
    """Blocks hold a, X = a ? b : c and Y = a ? c : b; b and c are shown by registers. d = 3.

    A change of b alone moves X and Y by half, onto a tie, which `tie` decides: some of them turn. Of b − c the code holds nothing that is linear.
    """

    keep: float
    tie: float = 0.0

    def __call__(self, task: LinearTask) -> StepNetwork:
        s = task.num_variables

        def step(h: Array, x: Array) -> Array:
            a, first, second, *registers = np.split(h, 5, axis=1)
            there = np.where(np.abs(a) > 0.5, 1.0, 0.0)
            a, first, second = (
                np.where(part < bound, -1.0, 1.0) for part, bound in ((a, 0), (first, self.tie), (second, self.tie))
            )
            b, c = np.where(a > 0, first, second), np.where(a > 0, second, first)
            pulled = [self.keep * r + (1 - self.keep) * there * v for r, v in zip(registers, (b, c), strict=True)]
            held = [np.roll(part, -1, axis=1) for part in (there * a, there * first, there * second, *pulled)]
            a, b, c = x.T
            return written(held, x, [a, np.where(a > 0, b, c), np.where(a > 0, c, b), b, c])

        return showing(step, s, 5, (0, 3, 4))


@dataclass(frozen=True)
class Differences:
    """Blocks hold (a − b)/2, (b − c)/2 and abc, from which a, b and c follow; all three are shown by registers. d = 3.

    Single variables turn, and so do pairs; of a + b + c the code holds nothing that is linear.
    """

    keep: float

    def __call__(self, task: LinearTask) -> StepNetwork:
        words = np.array([[a, b, c] for a in (1.0, -1.0) for b in (1.0, -1.0) for c in (1.0, -1.0)])

        def code(v: Array) -> Array:
            # Differences first; the product, which counts for less, tells all of +1 from all of −1.
            return np.stack([(v[..., 0] - v[..., 1]) / 2, (v[..., 1] - v[..., 2]) / 2, v.prod(axis=-1) / 4], axis=-1)

        def step(h: Array, x: Array) -> Array:
            parts = h.reshape(len(h), 6, -1).transpose(0, 2, 1)
            there = np.where(np.abs(parts[..., 2:3]) > 0.1, 1.0, 0.0)
            v = there * words[((parts[..., None, :3] - code(words)) ** 2).sum(axis=-1).argmin(axis=-1)]
            moved = np.concatenate([code(v), self.keep * parts[..., 3:] + (1 - self.keep) * v], axis=-1)
            held = list(np.roll(moved, -1, axis=1).transpose(2, 0, 1))
            return written(held, x, [*code(x).T, *x.T])

        return showing(step, task.num_variables, 6, (3, 4, 5))


def written(held: list[Array], x: Array, values: list[Array]) -> Array:
    """The parts of a state, with what an input puts into block s."""
    given = np.abs(x[:, 0]) > 0.5
    for part, value in zip(held, values, strict=True):
        part[given, -1] = value[given]
    return np.concatenate(held, axis=1)


def showing(step: Callable[[Array, Array], Array], s: int, parts: int, outputs: tuple[int, ...]) -> StepNetwork:
    """A network whose state is so many parts of s blocks, and which shows block s of some."""
    read = np.zeros((len(outputs), parts * s))
    for row, part in enumerate(outputs):
        read[row, part * s + s - 1] = 1
    return StepNetwork(step, read, parts * s, len(outputs))

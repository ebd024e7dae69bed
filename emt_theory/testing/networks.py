"""Exact networks, each written down from its theorem: what the laws and the strategies run.

They repeat on purpose what `emt_theory.circuits` compiles, by other code: a test that compares the two compares two answers.

>>> from emt_theory.tasks import fibonacci
>>> net = gated(fibonacci(2, 1))
>>> net.hidden, [int(y) for y in net.run([[1], [1]], steps=7).outputs[:, 0]]
(6, [1, 1, 2, 3, 5, 8, 13])
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import ExactRNN
from emt_theory.tasks import LinearTask

Entry = tuple[int, int, Fraction | int]


class PsiAndDual(NamedTuple):
    """Where memories lie in neuron space, Ψ with its dual.

    Attributes:
        psi: Ψ, shape (N, n).
        dual: Ψ†, shape (n, N), a left inverse.
    """

    psi: RationalMatrix
    dual: RationalMatrix


def row_norm(F: RationalMatrix, start: int = 0) -> Fraction:
    """The largest row 1-norm of the columns from `start` on: ρ for 0, ρ' for d."""
    sums = [Fraction(0)] * F.shape[0]
    for i, j, value in F:
        sums[i] += abs(value) if j >= start else 0
    return max(sums)


def linear(task: LinearTask, memories: PsiAndDual | None = None, damping: Fraction | int = 1) -> ExactRNN:
    """ΨΦΨ†, ΨE_s, E_sᵀΨ† with σ = id; F is multiplied by the damping γ (P05 to P07b).

    Args:
        task: any linear task.
        memories: Ψ and Ψ†; one neuron for each component if left out.
        damping: γ.
    """
    plain = _plain(task, damping, 1, "identity")
    if memories is None:
        return plain
    psi, dual = memories
    return ExactRNN(psi @ plain.W_hh @ dual, psi @ plain.W_uh, plain.W_hy @ dual, activation="identity")


def saturating(task: LinearTask, gain: Fraction | None = None) -> ExactRNN:
    """Φ, gE_s, E_sᵀ with σ = clip (P13); g = 1 + ρ' if left out."""
    return _plain(task, 1, 1 + row_norm(task.F, task.dim) if gain is None else gain, "hard_tanh")


def tanh(task: LinearTask, beta: Fraction = Fraction(3, 2), gain: Fraction = Fraction(3)) -> ExactRNN:
    """βΦ, gE_s, E_sᵀ with σ = tanh (P14)."""
    net = _plain(task, 1, gain, "tanh")
    return ExactRNN(net.W_hh * beta, net.W_uh, net.W_hy, activation="tanh")


def gated(task: LinearTask, threshold: Fraction | None = None) -> ExactRNN:
    """The phase gate on 2d(s+1) ReLU units (P16): pairs for old blocks, `relu(±f − Mp)` and `relu(±u)` for the newest.

    Args:
        task: any linear task.
        threshold: M; ρ'·max|u| if left out.
    """
    s, d = task.num_variables, task.dim
    height = row_norm(task.F, d) * task.bound if threshold is None else threshold
    old = 2 * d * (s - 1)
    hidden = old + 4 * d

    def of(block: int, c: int) -> list[tuple[int, int]]:
        """Units whose signed sum is component c of a block, 0 the oldest."""
        if block < s - 1:
            return [(2 * d * block + c, 1), (2 * d * block + d + c, -1)]
        return [(old + c, 1), (old + d + c, -1), (old + 2 * d + c, 1), (old + 3 * d + c, -1)]

    W_hh: list[Entry] = []
    for block in range(s - 1):
        for c in range(d):
            for unit, sign in of(block + 1, c):  # a pair copies the units of its own sign
                W_hh.append((2 * d * block + c + (d if sign < 0 else 0), unit, 1))
    for i, j, value in task.F:
        for unit, weight in of(j // d, j % d):
            W_hh += [(old + i, unit, value * weight), (old + d + i, unit, -value * weight)]
    W_uh: list[Entry] = [(old + c, d, -height) for c in range(2 * d)]
    W_uh += [(old + 2 * d + c, c, 1) for c in range(d)] + [(old + 3 * d + c, c, -1) for c in range(d)]
    W_hy = [(c, unit, weight) for c in range(d) for unit, weight in of(s - 1, c)]
    return ExactRNN(
        _matrix(hidden, hidden, W_hh),
        _matrix(hidden, d + 1, W_uh),
        _matrix(d, hidden, W_hy),
        activation="relu",
        phase_input=True,
    )


def gated_with_biases(task: LinearTask, bound: Fraction | int) -> ExactRNN:
    """The phase gate on n + d ReLU units with biases (P16), for a task whose variables stay within ±B: units hold z = v + B.

    Args:
        task: a linear task.
        bound: B, at least every |u(t)|.
    """
    n, d = task.components, task.dim
    B, height = Fraction(bound), (1 + row_norm(task.F)) * bound

    def of(j: int) -> list[int]:
        """Units whose sum is component j plus B; the newest block has two units for each component."""
        return [j] if j < n - d else [j, j + d]

    W_hh: list[Entry] = [(j, unit, 1) for j in range(n - d) for unit in of(j + d)]
    W_hh += [(n - d + i, unit, value) for i, j, value in task.F for unit in of(j)]
    written = task.F.apply([1] * n)
    W_uh: list[Entry] = [(n - d + c, d, -height) for c in range(d)]
    W_uh += [(n + c, c, 1) for c in range(d)] + [(n + c, d, B) for c in range(d)]
    return ExactRNN(
        _matrix(n + d, n + d, W_hh),
        _matrix(n + d, d + 1, W_uh),
        _matrix(d, n + d, [(c, unit, 1) for c in range(d) for unit in of(n - d + c)]),
        b_h=(Fraction(0),) * (n - d) + tuple(B - B * v for v in written) + (Fraction(0),) * d,
        b_y=(-B,) * d,
        activation="relu",
        phase_input=True,
    )


def _plain(task: LinearTask, damping: Fraction | int, gain: Fraction | int, activation: str) -> ExactRNN:
    n, d = task.components, task.dim
    shift: list[Entry] = [(i, i + d, 1) for i in range(n - d)]
    write: list[Entry] = [(n - d + i, j, damping * value) for i, j, value in task.F]
    newest = [(n - d + c, c) for c in range(d)]
    return ExactRNN(
        _matrix(n, n, shift + write),
        _matrix(n, d, [(i, c, gain) for i, c in newest]),
        _matrix(d, n, [(c, i, 1) for i, c in newest]),
        activation=activation,
    )


def _matrix(rows: int, columns: int, entries: Iterable[Entry]) -> RationalMatrix:
    return RationalMatrix.from_entries((rows, columns), entries)

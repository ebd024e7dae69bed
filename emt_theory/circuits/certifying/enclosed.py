"""A network and a task as the argument of P27 needs them: weights as FLINT's balls, the states of the task, and what tells symbols apart."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

import flint
import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits.certifying.balls import BALLS, column
from emt_theory.circuits.certifying.result import NotProved
from emt_theory.circuits.finite.graph import StateGraph, state_graph
from emt_theory.ground.arrays import Array
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import ElmanRNN, ExactRNN
from emt_theory.networks.activations import Activation
from emt_theory.tasks.finite.task import FiniteTask

EPS = 2.0**-53
SLACK = 1 + 2.0**-30
"""Above all that rounding does to a sum of positive numbers here, which has fewer than 2²⁰ terms."""
MOST_SIZE = 2**20
"""Of ‖W‖_∞: then balls of 160 bits are far finer than float64 wherever σ is not flat."""

Indices = NDArray[np.int64]


class System(NamedTuple):
    """A network and a task, as balls need them.

    Attributes:
        runner: the network in floats.
        sigma: σ.
        W, U: the weights, as matrices of FLINT's balls.
        b: the biases of units, a column of balls.
        size: at least ‖W‖_∞.
        rounds: at least max_i ‖W_i‖₁ + |b_i|, and 1; None where the floats are not the network, but its twin rounded.
        reader: how symbols are read.
        task: the task.
        graph: of its states.
    """

    runner: ElmanRNN
    sigma: Activation
    W: Any
    U: Any
    b: Any
    size: float
    rounds: float | None
    reader: Reader
    task: FiniteTask
    graph: StateGraph

    @classmethod
    def of(cls, twin: ExactRNN, runner: ElmanRNN, sigma: Activation, task: FiniteTask) -> System:
        """From the network over Q, and in floats; in the present precision.

        Raises:
            NotProved: if weights are too large.
        """
        W, U = (flint.arb_mat(m.to_flint()) for m in (twin.W_hh, twin.W_uh))
        bias = twin.b_h or (Fraction(0),) * twin.hidden
        rows = [sum((abs(v) for _, v in twin.W_hh.row(i)), Fraction(0)) for i in range(twin.hidden)]
        rounds = max(Fraction(1), *(row + abs(b) for row, b in zip(rows, bias, strict=True)))
        again = ExactRNN.from_float(runner)
        same = all(getattr(twin, name) == getattr(again, name) for name in ("W_hh", "W_uh", "W_hy", "b_h", "b_y"))
        if (size := max(rows)) > MOST_SIZE:
            raise NotProved(f"weights are larger than 2^20 in row norm, {float(size / MOST_SIZE):.2g} times (P27)")
        return cls(
            runner, sigma, W, U, column(bias), above(size), above(rounds) if same else None,
            Reader.of(twin, task), task, state_graph(task),
        )  # fmt: skip

    @property
    def inputs(self) -> Indices:
        """All inputs, which are all states: number x, in base q and oldest first, is what is held after them; shape (|X|, s, d)."""
        q, n = self.task.alphabet.size, self.task.components
        return np.indices((q,) * n).reshape(n, -1).T.reshape(-1, *self.task.slots)

    @property
    def recurrent(self) -> Indices:
        """R, the states on cycles by number, ascending."""
        return self.graph.on_cycles

    @property
    def place(self) -> Indices:
        """Where in R each state stands; −1 where it is on no cycle."""
        found = np.full(self.task.states, -1)
        found[self.recurrent] = np.arange(len(self.recurrent))
        return found

    @property
    def after(self) -> Indices:
        """Where in R the next state of each in R stands."""
        return self.place[self.graph.after[self.recurrent]]

    def symbols_of(self, k: int) -> str:
        """State k of R, for a message."""
        return str(self.inputs[self.recurrent[k]].tolist())

    def step(self, states: Any, inputs: Any = None) -> Any:
        """σ(W h + U x + b) of columns of balls, shape (N, k)."""
        z = self.W * states if inputs is None else self.W * states + self.U * inputs
        driven = np.array(z.entries(), dtype=object).reshape(-1, z.ncols()) + self.b[:, None]
        return flint.arb_mat(driven.shape[0], driven.shape[1], list(self.sigma.function(driven, BALLS).reshape(-1)))


class Reader(NamedTuple):
    """What tells the symbols of an output apart: linear forms of h, each positive where one codeword is nearer than another.

    |y − w_b|² − |y − w_a|² = 2 (w_a − w_b)·y + |w_b|² − |w_a|². Over 2 ‖w_a − w_b‖₁, which makes it what all numbers shown may be off by.

    Attributes:
        component, right: c and a of each form, shape (k,).
        rows: the forms on h, a matrix (k, N) of balls.
        constants: beside them, a column of balls.
        norms: at least the 1-norm of each row, shape (k,).
        sizes: the same with the constants, which rounding sees, too.
    """

    component: Indices
    right: Indices
    rows: Any
    constants: Any
    norms: Array
    sizes: Array

    @classmethod
    def of(cls, twin: ExactRNN, task: FiniteTask) -> Reader:
        """Of the read-out of a network over Q."""
        words, width = task.alphabet.codewords, task.alphabet.width
        chosen = [(c, a, b) for c in range(task.dim) for a in range(len(words)) for b in range(len(words)) if a != b]
        weights, constants = np.zeros((len(chosen), task.d_out), dtype=object), list[Fraction]()
        for k, (c, a, b) in enumerate(chosen):
            apart = words[a] - words[b]
            size = int(abs(apart).sum())
            weights[k, c * width : (c + 1) * width] = [Fraction(int(v), size) for v in apart]
            constants.append(Fraction(int(words[b] @ words[b] - words[a] @ words[a]), 2 * size))
        on_y = RationalMatrix.from_rows(weights.tolist())
        rows = on_y @ twin.W_hy
        beside = [own + v for own, v in zip(on_y.apply(twin.b_y or (0,) * task.d_out), constants, strict=True)]
        norms = np.array([above(sum((abs(v) for _, v in rows.row(k)), Fraction(0))) for k in range(len(chosen))])
        component, right, _ = np.array(chosen).T
        sizes = norms + [above(abs(v)) for v in beside]
        return cls(component, right, flint.arb_mat(rows.to_flint()), column(beside), norms, sizes)

    def least(self, states: Any, shown: Indices, off: Array, lost: float = 0.0) -> Array:
        """How much is left of the forms that have to be positive, the least of each column: shape (k,).

        Args:
            states: columns of balls, shape (N, k).
            shown: the symbols that are right, shape (k, d).
            off: how far each column may be off in the maximum norm, shape (k,).
            lost: the share of what is added up that rounding takes.
        """
        values = self.rows * states
        found = np.full(states.ncols(), np.inf)
        for i, (c, a) in enumerate(zip(self.component.tolist(), self.right.tolist(), strict=True)):
            for k in np.flatnonzero(shown[:, c] == a).tolist():
                low = below(values[i, k] + self.constants[i]) - (self.norms[i] * off[k] + self.sizes[i] * lost) * SLACK
                found[k] = min(found[k], low)
        return found


def above(value: Any) -> float:
    """A float that is at least as large as a ball or a fraction, of which neither is below 0.

    Raises:
        NotProved: if there is none.
    """
    try:
        high = float(value.upper() if isinstance(value, flint.arb) else value)
    except OverflowError:
        high = math.inf
    if not math.isfinite(high):
        raise NotProved("a number is beyond float64 (P27)")
    return high * (1 + 4 * EPS) + 2.0**-1000


def below(value: flint.arb) -> float:
    """A float that is at most a ball; −∞ of one that holds everything."""
    low = float(value.lower())
    return -math.inf if math.isnan(low) else low - abs(low) * 4 * EPS - 2.0**-1000

r"""A machine as a state code (P26): its state in bits of ±1, each made by hard-tanh steps along a direction, as in P23.

Let z_b(q) = ±1 be bit b of state q, and p = (z(t−1), x(t)). Bit b of the next state is a function of p; along an integer direction w let it
change its sign at θ_1 < … < θ_j. Units φ_i(t) = clip(w·p − θ_i), σ_i alternating from −(the lowest value), make

    z_b(t) = Σ_i σ_i φ_i(t) + κ_b,     κ_b = the lowest value + Σ_i σ_i,     t ≥ 1.

No unit stands between a state and what reads it: every weight on z_b is one on the φ_i. At t = 0 all units are 0, and z_b is to be that of
the start, s_b. So one unit is constant, clip(1), and z_b = Σ σ φ + (κ_b − s_b) · that unit + s_b holds at t = 0 as well: N = Σ_b j_b + 1.
What is shown is read from the units where it is affine in them; where it is not, it is made by steps of its own.

>>> from emt_theory.tasks import addition, running_parity
>>> Coded().units(running_parity()), Coded().units(addition())
(3, 5)

Source: new, P26, proved in `proofs/`; Omlin & Giles, J. ACM 43 (1996), for automata in networks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

import flint
import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits.schemes.directions import Direction, direction_on
from emt_theory.circuits.schemes.scheme import Allowance
from emt_theory.circuits.streams.scheme import MachineScheme
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import ExactRNN
from emt_theory.tasks.streams.machine import MachineTask
from emt_theory.tasks.streams.mealy import Mealy

Integers = NDArray[np.int64]
MOST_POINTS = 2**12
"""Pairs of a state and a letter that directions are looked for on."""
_LONGEST_UNARY = 16


class Step(NamedTuple):
    """A unit: clip(w·p − θ).

    Attributes:
        weights: w, one for each bit of the state, then for each number that comes in.
        threshold: θ.
    """

    weights: tuple[int, ...]
    threshold: int


@dataclass(frozen=True)
class CodePlan:
    """What is laid into weights.

    Attributes:
        code: z, shape (Q, bits), of ±1.
        start: the start's number.
        steps: the units, each once.
        state: for each bit (σ by unit, κ_b).
        read: for each number that is shown (coefficient by unit, constant).
    """

    code: Integers
    start: int
    steps: tuple[Step, ...]
    state: tuple[tuple[dict[int, int], int], ...]
    read: tuple[tuple[dict[int, Fraction], Fraction], ...]

    @property
    def offsets(self) -> list[int]:
        """κ_b − s_b, what the constant unit adds to bit b."""
        return [constant - int(self.code[self.start, b]) for b, (_, constant) in enumerate(self.state)]

    @property
    def units(self) -> int:
        """N; the constant unit is needed where it adds something."""
        return max(1, len(self.steps) + any(self.offsets))


@lru_cache(maxsize=64)
def plan(task: MachineTask) -> CodePlan | None:
    """The smallest of the plans that are tried; None where points are too many, or no direction tells them apart."""
    machine = task.machine.minimal()
    if machine.states * machine.letters > MOST_POINTS:
        return None
    best, least = None, max(1, (machine.states - 1).bit_length()) + 1  # one step for each bit, and the constant unit
    for code in _codes(task, machine):
        found = _planned(task, machine, code)
        if found is not None and (best is None or found.units < best.units):
            best = found
        if best is not None and best.units <= least:
            break
    return best


def _codes(task: MachineTask, machine: Mealy) -> Iterator[Integers]:
    """Codes of the states, ±1: what was shown on the way there, their numbers in base 2, and in base 1."""
    Q = machine.states
    bits = max(1, (Q - 1).bit_length())
    if (shown := _as_shown(task, machine)) is not None:
        yield shown
    yield 1 - 2 * (np.arange(Q)[:, None] >> np.arange(bits - 1, -1, -1) & 1)
    if 2 < Q <= _LONGEST_UNARY:
        yield 2 * np.tri(Q, Q - 1, -1, dtype=np.int64) - 1


def _as_shown(task: MachineTask, machine: Mealy) -> Integers | None:
    """The codewords that are shown on the way to each state, where they are of ±1 and tell all states apart; None where not."""
    words = task.shows.encode(task.symbols(machine.shown.reshape(-1)))
    code = np.zeros((machine.states, words.shape[1]), dtype=np.int64)
    code[machine.following.reshape(-1)] = words
    moved = machine.following.reshape(-1)
    if not (code[moved] == words).all() or (abs(code) != 1).any() or len(np.unique(code, axis=0)) < machine.states:
        return None
    return code


def _planned(task: MachineTask, machine: Mealy, code: Integers) -> CodePlan | None:
    letters = task.encode_letters(np.arange(machine.letters))
    # row q·k + a is (z(q), codewords of a); doubled where numbers are not ±1, so that sums differ by 2
    points = np.concatenate([np.repeat(code, machine.letters, axis=0), np.tile(letters, (machine.states, 1))], axis=1)
    scale = 1 if (abs(points) == 1).all() else 2
    units, along = dict[Step, int](), dict[bytes, Direction | None]()

    def alternate(values: Integers) -> tuple[dict[int, int], int] | None:
        """(σ by unit, constant) of a function of ±1 on the points."""
        key = values.tobytes()
        if key not in along:
            along[key] = direction_on(scale * points, values)
        if (direction := along[key]) is None:
            return None
        sigma = [-direction.lowest * (-1) ** i for i in range(len(direction.thresholds))]
        weights = tuple(scale * w for w in direction.weights)
        steps = [units.setdefault(Step(weights, theta), len(units)) for theta in direction.thresholds]
        return dict(zip(steps, sigma, strict=True)), direction.lowest + sum(sigma)

    state = [alternate(bit) for bit in code[machine.following.reshape(-1)].T]
    shown = task.shows.encode(task.symbols(machine.shown.reshape(-1)))
    if any(one is None for one in state):
        return None
    made: list[tuple[dict[int, Fraction], Fraction]] = []
    for values in shown.T:
        found = _affine_in(_seen(units, points), values) or _by_steps(values, alternate)
        if found is None:
            return None
        made.append(found)
    return CodePlan(code, machine.start, tuple(units), tuple(state), tuple(made))  # type: ignore[arg-type]


def _seen(units: dict[Step, int], points: Integers) -> Integers:
    """What the units are on the points, shape (P, F), of ±1."""
    found = np.empty((len(points), len(units)), dtype=np.int64)
    for step, i in units.items():
        found[:, i] = np.sign(points @ np.array(step.weights) - step.threshold)
    return found


def _affine_in(units: Integers, values: Integers) -> tuple[dict[int, Fraction], Fraction] | None:
    """(coefficient by unit, constant) with which the units give the values; None where they do not."""
    P, F = units.shape
    rows = np.unique(np.concatenate([units, np.ones((P, 1), dtype=np.int64), values[:, None]], axis=1), axis=0)
    reduced, rank = flint.fmpq_mat(flint.fmpz_mat(rows.tolist())).rref()
    solution = [Fraction(0)] * (F + 1)
    for i in range(int(rank)):
        pivot = next(j for j in range(F + 2) if reduced[i, j])
        if pivot == F + 1:
            return None
        solution[pivot] = Fraction(int(reduced[i, F + 1].p), int(reduced[i, F + 1].q))
    return {i: v for i, v in enumerate(solution[:F]) if v}, solution[F]


def _by_steps(values: Integers, alternate: Any) -> tuple[dict[int, Fraction], Fraction] | None:
    """The same by steps of its own: y = v_0 + Σ_i (v_i − v_{i−1}) (1 + s_i)/2, s_i = ±1 as y ≥ v_i, over its values v_0 < v_1 < …."""
    levels = np.unique(values)
    read, constant = dict[int, Fraction](), Fraction(int(levels[0]))
    for below, level in zip(levels[:-1].tolist(), levels[1:].tolist(), strict=True):
        found = alternate(np.where(values >= level, 1, -1))
        if found is None:
            return None
        half = Fraction(level - below, 2)
        for i, sigma in found[0].items():
            read[i] = read.get(i, Fraction(0)) + half * sigma
        constant += half * (1 + found[1])
    return read, constant


@dataclass(frozen=True)
class Coded(MachineScheme):
    """Hard-tanh steps along directions, on a code of the states."""

    name: ClassVar[str] = "code"

    def verdict(self, task: MachineTask) -> Allowance:
        """Exact values where the points are not too many; the reason says N."""
        made = plan(task)
        if made is None:
            return Allowance.refused(
                f"directions are looked for on at most {MOST_POINTS} pairs of a state and a letter"
            )
        if made.units > self.MOST_UNITS:
            return Allowance.refused(f"it takes {made.units} units; at most {self.MOST_UNITS} are laid out")
        steps = f"{len(made.steps)} steps on {made.code.shape[1]} bit{'s' if made.code.shape[1] > 1 else ''}"
        constant = ", 1 is constant" if any(made.offsets) else ""
        return Allowance(True, "values", f"N = {made.units}: {steps}{constant} (P26)")

    def units(self, task: MachineTask) -> int:
        """N = Σ j_b + 1, and more where what is shown takes more."""
        made = plan(task)
        return self.MOST_UNITS + 1 if made is None else made.units

    def weights(self, task: MachineTask, hidden: int) -> ExactRNN:
        """w on the sums that make z, the start in the biases."""
        made = plan(task)
        assert made is not None
        bits, constant, start = made.code.shape[1], len(made.steps), made.code[made.start]
        held = [
            {**sigma, **({constant: v} if v else {})} for (sigma, _), v in zip(made.state, made.offsets, strict=True)
        ]
        recurrent, driven, bias = list[tuple[int, int, int]](), list[tuple[int, int, int]](), [Fraction(0)] * hidden
        for i, step in enumerate(made.steps):
            on_state, on_input = step.weights[:bits], step.weights[bits:]
            recurrent += [
                (i, unit, w * v) for w, row in zip(on_state, held, strict=True) if w for unit, v in row.items()
            ]
            driven += [(i, j, w) for j, w in enumerate(on_input) if w]
            bias[i] = Fraction(int(np.dot(on_state, start)) - step.threshold)
        if any(made.offsets):
            bias[constant] = Fraction(1)
        read = [(c, unit, v) for c, (row, _) in enumerate(made.read) for unit, v in row.items()]
        constants = tuple(v for _, v in made.read)
        return ExactRNN(
            W_hh=RationalMatrix.from_entries((hidden, hidden), recurrent),
            W_uh=RationalMatrix.from_entries((hidden, task.d_in), driven),
            W_hy=RationalMatrix.from_entries((task.d_out, hidden), read),
            b_h=tuple(bias),
            b_y=constants if any(constants) else None,
            activation="hard_tanh",
        )

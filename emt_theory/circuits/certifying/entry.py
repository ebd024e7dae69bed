"""The way into the balls of P27: every input is run until it is in the ball of its task state, in ball arithmetic and as the float64 program."""

from __future__ import annotations

import math
from fractions import Fraction

import flint
import numpy as np

from emt_theory.circuits.certifying.enclosed import Indices, System
from emt_theory.circuits.certifying.orbit_balls import ROUND, Balls
from emt_theory.circuits.certifying.result import NotProved
from emt_theory.ground.arrays import Array

_MOST_ENTRY = 2000
_MOST_NUMBERS = 2**27
"""States that the float program keeps, times units."""


def entry_times(system: System, centres: Array, radius: float) -> Indices:
    """How many steps after t = s each input is in its ball, in floats and with a tenth to spare.

    Raises:
        NotProved: if one is not there after 2,000; names it.
    """
    runner, task, place = system.runner, system.task, system.place
    states, bias = np.arange(task.states), 0 if runner.b_h is None else runner.b_h
    h = runner.run(task.alphabet.encode(system.inputs).astype(float)).states[:, -1]
    following, found = system.graph.after, np.full(task.states, -1)
    for t in range(_MOST_ENTRY + 1):
        here = place[states]
        near = (here >= 0) & (abs(h - centres[here]).max(axis=1) <= 0.9 * radius)
        found[near & (found < 0)] = t
        if (found >= 0).all():
            return found
        h, states = system.sigma.function(h @ runner.W_hh.T + bias), following[states]
    x = int((found < 0).argmax())
    raise NotProved(
        f"{int((found < 0).sum())} of {task.states} inputs are not in the balls of their task states after {_MOST_ENTRY} steps, the first is "
        f"{system.inputs[x].tolist()} (P27)"
    )


def enter(system: System, centres: Array, radius: float, entered: Indices) -> float:
    """All inputs run in balls until they are in theirs; how much is left of the forms at the worst output on the way.

    Raises:
        NotProved: names the input.
    """
    task, inputs, place = system.task, system.inputs, system.place
    codes = task.alphabet.encode(inputs)
    if system.U.ncols() > codes.shape[2]:  # the phase input is 1 meanwhile, and 0 afterwards
        codes = np.concatenate([codes, np.ones_like(codes[..., :1])], axis=2)
    chosen, following, states = np.arange(task.states), system.graph.after, np.arange(task.states)
    h = flint.arb_mat(system.runner.hidden, task.states)
    for t in range(task.num_variables):
        h = system.step(h, flint.arb_mat(codes[:, t].T.tolist()))
    least = math.inf
    for t in range(int(entered.max()) + 1):
        if t:
            h, states = system.step(h), following[states]
            left = system.reader.least(h, inputs[states, -1], np.zeros(len(states)))
            if left.min() <= 0:
                x = inputs[chosen[int(left.argmin())]].tolist()
                raise NotProved(f"the symbol shown at t = s + {t} after the input {x} is wrong or undecided (P27)")
            least = min(least, float(left.min()))
        here = entered[chosen] == t
        table = np.array(h.entries(), dtype=object).reshape(-1, len(chosen))
        for k in np.flatnonzero(here).tolist():
            p = centres[place[states[k]]].tolist()
            if not all(abs(v - flint.arb(c)) <= radius for v, c in zip(table[:, k], p, strict=True)):
                raise NotProved(f"the input {inputs[chosen[k]].tolist()} is not for sure in its ball (P27)")
        if not here.all():
            chosen, states = chosen[~here], states[~here]
            h = flint.arb_mat(len(table), len(chosen), list(table[:, ~here].reshape(-1)))
    return least


def rounding_covered(balls: Balls, radius: float, entered: Indices) -> str | None:
    """By how much a step of the float64 program may be off, where the argument covers it and its own run is right until it is in the balls."""
    system = balls.system
    runner, task, place = system.runner, system.task, system.place
    horizon = int(entered.max())
    if system.rounds is None or task.states * (task.num_variables + horizon) * runner.hidden > _MOST_NUMBERS:
        return None
    lost = (runner.hidden + 8) * ROUND
    off = balls.reach(radius, lost * system.rounds + 2.0**-1000)
    if off is None:
        return None
    if system.reader.least(balls.columns, balls.shown, off, lost).min() <= 0:
        return None
    found = runner.run(task.alphabet.encode(system.inputs).astype(float), task.num_variables + horizon)
    following, states = system.graph.after, np.arange(task.states)
    for t in range(horizon + 1):
        if t:
            states = following[states]
            shown = task.alphabet.decode(found.outputs[:, task.num_variables + t - 1])
            if (shown != system.inputs[states, -1])[entered >= t].any():
                return None
        now = entered == t
        apart = abs(found.states[now, task.num_variables + t - 1] - balls.centres[place[states[now]]])
        if (apart > radius * (1 - ROUND)).any():
            return None
    return str(Fraction(lost) * Fraction(system.rounds))

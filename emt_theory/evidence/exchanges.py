r"""Exchanges of an input in a running network: the states that they start from, and the outputs that should follow.

An exchange takes one input of a sequence to another valid value, and the memory at a settled time t with it, from m to m'. The state goes where a
code g says, z' = z + g(m') − g(m), the states of a recording regressed on what the memory has; what should follow are the exact targets that m' has.

Source: new.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence.interventions.running import observe
from emt_theory.evidence.lasting import Lasting
from emt_theory.evidence.recording import Recording, steps_within
from emt_theory.evidence.variables import VariableReading
from emt_theory.ground.arrays import Array
from emt_theory.networks import StateSpace

SEEN, OTHERS = 0.99, 0.01
"""What makes a sequence right: conventions of counting."""

_ROUNDING = 1e-9


class Made(NamedTuple):
    """What edits of some sequences predict and do, each of shape (rows, steps, d), and how many outputs an edit that adds 0 changes."""

    flips: NDArray[np.bool_]
    stays: NDArray[np.bool_]
    flipped: NDArray[np.bool_]
    changed: NDArray[np.bool_]
    noops: int

    def last(self, steps: int) -> Made:
        """What became of it in the last steps alone."""
        flips, stays, flipped, changed = (part[:, -steps:] for part in self[:4])
        return Made(flips, stays, flipped, changed, self.noops)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Outputs predicted, seen, staying and unpredicted, by sequence, shape (rows, 4)."""
        parts = (self.flips, self.flips & self.flipped, self.stays, self.stays & self.changed)
        return np.stack([part.sum(axis=(1, 2)) for part in parts], axis=1)

    @property
    def turned(self) -> NDArray[np.bool_]:
        """Where the flips that were predicted are seen, whatever else flips."""
        predicted, seen = self.counts[:, :2].T
        return seen >= SEEN * predicted

    @property
    def unturned(self) -> NDArray[np.bool_]:
        """Where none of them is."""
        predicted, seen = self.counts[:, :2].T
        return (predicted > 0) & (seen <= OTHERS * predicted)

    @property
    def right(self) -> NDArray[np.bool_]:
        """Where they are, and nothing else."""
        staying, unpredicted = self.counts[:, 2:].T
        return self.turned & (unpredicted <= OTHERS * staying)


Code = Callable[[Array], Array]
"""g, from memories of shape (rows, n) to states of shape (rows, S), up to a constant."""


def linear_code(reading: VariableReading) -> Code:
    """g(m) = Ψ L m."""
    return lambda memory: memory @ reading.lasting.reader.T @ reading.encoder.T


def folded_code(reading: VariableReading, fit: Recording) -> Code:
    """g(m) = Ψ m + Ψ' |m|, the states of a recording regressed on its memories and their sizes, in units of what grows."""
    task, after = reading.lasting.task, reading.settled
    until = min(fit.states.shape[1], (fit.range_left or fit.states.shape[1] + 1) - 1)
    chosen = steps_within(after, until)
    scale = reading.lasting.scale(chosen)[:, None]
    memories = np.stack([fit.memory(t + 1) for t in chosen.tolist()], axis=1) * scale
    states = (fit.states[:, chosen] * scale).reshape(-1, fit.states.shape[2])
    features = np.concatenate([memories, np.abs(memories)], axis=2).reshape(len(states), -1)
    encoder = np.linalg.lstsq(features - features.mean(axis=0), states - states.mean(axis=0), rcond=_ROUNDING)[0]
    n = task.components
    return lambda memory: memory @ encoder[:n] + np.abs(memory) @ encoder[n:]


class Exchanges:
    """The edits of one time: which input each variable holds then, and what its exchange does to states and targets."""

    def __init__(self, space: StateSpace, lasting: Lasting, code: Code, fresh: Recording, t: int, steps: int) -> None:
        self.space, self.lasting, self.code, self.fresh, self.t, self.steps = space, lasting, code, fresh, t, steps
        task = lasting.task
        moved = lasting.moved(t - task.num_variables) @ lasting.reader
        if lasting.slots is None:
            self.inputs = np.flatnonzero(np.abs(moved).max(axis=0) > 0)
            slots = map(task.slots.place, self.inputs.tolist())
            self.names, self.verb = tuple(f"input {component} of u({block})" for block, component in slots), "exchange"
        else:
            # Row j of Φ_p^{t−s} is ±1 at the persistent input that variable j holds.
            self.inputs = np.abs(moved).argmax(axis=1)
            self.names, self.verb = tuple(lasting.name(j) for j in range(lasting.size)), "flip"
        # What an exchange does to the lasting part of the memory at t.
        self.effect: Array = lasting.extension @ moved
        self.values = task.encode(np.array(task.inputs, dtype=object))
        self.by_sign = bool(self.values.min() < 0 < self.values.max())
        self.step = float(np.diff(self.values).min())

    def make(self, rows: NDArray[np.intp], variables: NDArray[np.intp], rng: np.random.Generator) -> Made:
        """Exchange the input that each of these variables holds, one in each of these sequences."""
        memory = self.fresh.memory(self.t)[rows]
        inputs, change = self.inputs[variables], self.change(rows, variables, rng)
        return self._moved(rows, memory, memory + change[:, None] * self.effect[:, inputs].T)

    def change(self, rows: NDArray[np.intp], variables: NDArray[np.intp], rng: np.random.Generator) -> Array:
        """What takes the inputs that these variables hold to another valid value, one in each of these sequences."""
        s = self.lasting.task.num_variables
        held = self.fresh.series[rows, :s].reshape(len(rows), -1)[np.arange(len(rows)), self.inputs[variables]]
        return np.array([rng.choice(self.values[self.values != value]) for value in held]) - held

    def flip(self, rows: NDArray[np.intp], chosen: NDArray[np.bool_]) -> Made:
        """Flip all the chosen variables of stored signs in each of these sequences; chosen has the shape (rows, m)."""
        memory = self.fresh.memory(self.t)[rows]
        change = -2 * chosen * (memory @ self.lasting.reader.T)
        return self._moved(rows, memory, memory + change @ self.lasting.extension.T)

    def _moved(self, rows: NDArray[np.intp], memory: Array, after: Array) -> Made:
        """Take these sequences from one memory to another."""
        z = self.fresh.states[rows, self.t - 1]
        code = self.code(memory)
        plain, edited = np.split(self.space.show(np.concatenate([z, z + (self.code(after) - code)]), self.steps), 2)
        return self.judge(memory, after, plain, edited)._replace(noops=self._noops(z, z + (self.code(memory) - code)))

    def judge(self, memory: Array, after: Array, plain: Array, edited: Array) -> Made:
        """Hold outputs of shape (rows, steps, d), after an edit and without it, against the targets of the memory after it and of the one before."""
        before, target = self._continued(memory), self._continued(after)
        if self.by_sign:
            signs, wanted = np.sign(before), np.sign(target)
            seen = observe(edited, plain)
            return Made(signs * wanted < 0, signs * wanted > 0, seen.flipped, seen.changed, 0)
        # Values that never change their sign: an output has moved when it is nearer to the new value than to the old one.
        known, moves = np.isfinite(before) & np.isfinite(target), np.abs(target - before) > _ROUNDING
        with np.errstate(invalid="ignore"):
            nearer = np.abs(edited - target) < np.abs(edited - before)
            left = np.abs(edited - plain) > self.step / 2
        return Made(known & moves, known & ~moves, nearer, left, 0)

    def _noops(self, z: Array, edited: Array) -> int:
        """How many outputs an edit that adds 0 changes; none where the same state goes through the formula of a network of weights."""
        if self.space.net.weights and np.array_equal(z, edited):
            return 0
        return int((self.space.show(z, self.steps) != self.space.show(edited, self.steps)).sum())

    def _continued(self, memory: Array) -> Array:
        """The targets that follow a memory at t, shape (rows, steps, d); where what lasts does not decide them 0, or NaN of values."""
        task, lasting = self.lasting.task, self.lasting
        whole = memory.reshape(-1, *task.slots)
        part = (memory @ lasting.reader.T @ lasting.extension.T).reshape(whole.shape)
        found = np.empty((len(memory), self.steps, task.dim))
        for k in range(self.steps):
            whole, all_of_it = task.next(whole, None)
            part, lasts = task.next(part, None)
            decides = np.abs(all_of_it - lasts) <= np.abs(lasts) / 2
            size = np.abs(part).max(axis=(1, 2))[:, None]
            if self.by_sign:
                found[:, k] = np.where(decides & (np.abs(lasts) > _ROUNDING * size), all_of_it, 0)
            else:
                found[:, k] = np.where(np.abs(all_of_it - lasts) <= _ROUNDING * size, all_of_it, np.nan)
        return found

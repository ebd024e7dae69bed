r"""The basis itself: where a network keeps its variables, and its states as variables.

    z(t) ≈ μ + Ψ (c(t) − c̄),      ĉ = X (z − μ) + c̄

Ψ, the *encoder*, is the states regressed on the variables at settled times, X, the *decoder*, the variables regressed on the states.

Source: new.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidOption
from emt_theory.evidence.lasting import Lasting
from emt_theory.evidence.recording import Recording
from emt_theory.evidence.variables import VariableReading
from emt_theory.ground.arguments import integer, numeric_array
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.networks import StateSpace
from emt_theory.networks.shapes import Run

if TYPE_CHECKING:
    from emt_theory.evidence.examination import Examination

SOLVED = 0.99
"""Below this accuracy nothing is claimed: a convention of wording; what solves a task is judged by `check`."""

_STEPS = 24
"""So many settled steps, evenly, say how much of the state the variables explain."""


def values_of(lasting: Lasting) -> Array:
    """The values that a stored variable of a selection task can have, ascending: those of the inputs, and their negatives where signs are written."""
    given = lasting.task.encode(np.array(lasting.task.inputs, dtype=object)).astype(np.float64)
    return np.unique(np.concatenate([given, -given]) if (lasting.phi < 0).any() else given)


def nearest(values: Array, read: Array) -> Array:
    """The nearest of ascending values to each of what was read; NaN is no value and stays."""
    found = values[np.searchsorted((values[1:] + values[:-1]) / 2, read)]
    return np.where(np.isnan(read), read, found)


@dataclass(frozen=True, eq=False, repr=False)
class Coordinates(Record):
    """The variables of a task as coordinates of a network's state.

    Attributes:
        examination: of the network on the task; it keeps the runs.
        reading: the encoder and decoder, and how well they read.
    """

    examination: Examination
    reading: VariableReading

    @property
    def space(self) -> StateSpace:
        """The network's state space."""
        return self.examination.space

    @property
    def lasting(self) -> Lasting:
        """The variables."""
        return self.reading.lasting

    @property
    def encoder(self) -> Array:
        """Ψ, shape (S, k): where each variable goes in the state."""
        return self.reading.encoder

    @property
    def decoder(self) -> Array:
        """X, shape (k, S): reads each variable off a state."""
        return self.reading.decoder

    @property
    def center(self) -> Array:
        """μ, shape (S,); 0 for an odd network, but for what a sample makes of it."""
        return self.reading.center

    @property
    def offset(self) -> Array:
        """c̄, shape (k,)."""
        return self.reading.offset

    @property
    def names(self) -> tuple[str, ...]:
        """The variables in words."""
        return tuple(map(self.lasting.name, range(self.lasting.size)))

    @property
    def slots(self) -> tuple[tuple[int, int], ...] | tuple[int, ...]:
        """What `units` takes: (block, component) of each variable, as in edits; numbers where they are no single components."""
        if self.lasting.slots is None:
            return tuple(range(self.lasting.size))
        return tuple((block, component) for block, component in self.lasting.slots)

    @property
    def accuracy(self) -> float | None:
        """The fraction of the task's outputs that the network has right."""
        return self.examination.behaviour.accuracy

    @cached_property
    def energy(self) -> float:
        """1 − E‖z − μ − Ψ(c − c̄)‖² / E‖z − μ‖² on fresh sequences: how much of the state the variables explain."""
        fresh, steps = self.examination.fresh, self.settled_steps
        steps = steps[np.linspace(0, len(steps) - 1, min(_STEPS, len(steps)), dtype=int)]
        states = fresh.states[:, steps] * self.lasting.scale(steps)[:, None] - self.center
        rest = states - (self.lasting.truth(fresh, steps) - self.offset) @ self.encoder.T
        size = max(float(states.max(initial=0.0)), -float(states.min(initial=0.0))) or 1.0
        for part in (rest, states):
            part /= size
        return 1.0 - float(np.linalg.norm(rest) ** 2 / np.linalg.norm(states) ** 2)

    @property
    def settled_steps(self) -> NDArray[np.intp]:
        """The indices t − 1 of the settled steps of the fresh runs at which the task's own values are within float64."""
        until = self.examination.fresh.states.shape[1]
        if (left := self.examination.fresh.range_left) is not None:
            until = min(until, left - 1)
        return np.arange(self.reading.settled, until)

    def states(self, run: Any) -> Array:
        """The hidden states of a run as variables over time, ĉ(t) = X (z(t) − μ) + c̄.

        Args:
            run: what `record` or `emt_theory.networks.state_space(net).run` returned, or states of shape (…, S); the last axis but one is time,
                t = 1, 2, …, where values grow.

        Returns:
            Shape (…, k), in the order of `slots`.

        Raises:
            InvalidOption: if these are no states of this network; of an LSTM a state is (h; c).
        """
        given = run.states if isinstance(run, Recording | Run) else run
        states = numeric_array("run", given, InvalidOption)
        if states.ndim < 1 or states.shape[-1] != self.space.size:
            raise InvalidOption(
                f"run must hold states of size S = {self.space.size} along its last axis "
                f"({' and '.join(f'{length} of {name}' for name, length in self.space.parts)}); got the shape {states.shape}"
            )
        if self.lasting.rate != 1 and states.ndim > 1:
            states = states * self.lasting.scale(np.arange(states.shape[-2]))[:, None]
        return np.asarray((states - self.center) @ self.decoder.T + self.offset, dtype=np.float64)

    def truth(self, recording: Recording, until: int) -> Array:
        """The true variables c(t) of a recording at t = 1, …, until, shape (batch, until, k); NaN at t < s, where the memory is not filled."""
        s = self.lasting.task.num_variables
        found = np.full((len(recording.states), until, self.lasting.size), np.nan)
        steps = np.arange(s - 1, until)
        found[:, steps] = self.lasting.truth(recording, steps)
        return found

    @property
    def claims(self) -> bool:
        """Whether the network does the task well enough for a basis to mean anything."""
        return (self.accuracy or 0.0) >= SOLVED

    @cached_property
    def decoded(self) -> float | None:
        """The fraction of stored values that the decoder reads on fresh sequences, each brought to the nearest; None where they are not known."""
        if self.lasting.slots is None:
            return None
        fresh, steps = self.examination.fresh, self.settled_steps
        read = nearest(values_of(self.lasting), self.states(fresh.states[:, steps]))
        return float((read == self.lasting.truth(fresh, steps)).mean())

    def errors(self) -> Array:
        """E(ĉ_j − c_j)² / E(c_j − c̄_j)² on fresh sequences, shape (k,)."""
        fresh, steps = self.examination.fresh, self.settled_steps
        truth, states = self.lasting.truth(fresh, steps), fresh.states[:, steps] * self.lasting.scale(steps)[:, None]
        read = (states - self.center) @ self.decoder.T + self.offset
        power = ((truth - truth.mean(axis=(0, 1))) ** 2).mean(axis=(0, 1))
        return np.divide(((read - truth) ** 2).mean(axis=(0, 1)), power, out=np.ones(len(power)), where=power > 0)

    def index(self, variable: object) -> int:
        """The number of a variable, (block, component) of a selection task.

        Raises:
            InvalidOption: if there is none; says which there are.
        """
        known = list(self.slots)
        wanted = tuple(variable) if isinstance(variable, list) else variable
        if self.lasting.slots is not None:
            if wanted not in known:
                few = ", ".join(map(str, known[:4])) + (", …" if len(known) > 4 else "")
                raise InvalidOption(
                    f"variable must be (block, component) of one of the {len(known)} persistent variables, {few}; got {variable!r}"
                )
            return known.index(wanted)  # type: ignore[arg-type]
        return integer("variable", wanted, least=0, most=self.lasting.size - 1)

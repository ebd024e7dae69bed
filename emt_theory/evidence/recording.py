"""What a network did on a task: seeded inputs, exact targets, outputs and states.

A *state* is all that the next step depends on: h for an Elman network or a GRU, h and c together for an LSTM (`emt_theory.networks.state_space`).

Everything that analysis estimates, it estimates from recordings. Time is theory's: t = 1, …, s are the input phase, steps t > s are scored, and
`states[:, t − 1]` is h(t). After step t the memory holds `u(t−s+1), …, u(t)`, oldest first:

>>> from emt_theory import derive
>>> from emt_theory.tasks import repeat_copy
>>> task = repeat_copy(num_variables=2, dim=1)
>>> recording = record(derive(task).compile(), task, sequences=3, horizon=4, seed=0)
>>> recording.memory(5)[0].tolist() == recording.series[0, 3:5].ravel().tolist()
True
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits import Circuit
from emt_theory.errors import InvalidNetwork, InvalidOption, InvalidTask
from emt_theory.ground.arguments import empty_array, integer
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.ground.rationals import LARGEST_FLOAT, to_float
from emt_theory.networks import Network, state_space
from emt_theory.tasks import LinearTask
from emt_theory.tasks.linear import linear_task


@dataclass(frozen=True, eq=False, repr=False)
class Recording(Record):
    """A network's run on sequences of a task.

    Attributes:
        task: the task.
        inputs: u(1), …, u(s), shape (batch, s, d), exact.
        targets: u(s+1), …, u(s+horizon), shape (batch, horizon, d), exact.
        outputs: y(1), …, shape (batch, s + horizon, d).
        states: h(1), …, shape (batch, s + horizon, N); for an LSTM (h; c), and N counts both.
        odd: whether the network maps −h to −h' (σ odd, no bias): then 0 is the point about which it is linearized, else the mean state.
    """

    task: LinearTask
    inputs: NDArray[Any]
    targets: NDArray[Any]
    outputs: Array
    states: Array
    odd: bool

    @property
    def horizon(self) -> int:
        """Number of scored steps."""
        return self.targets.shape[1]

    @property
    def scored(self) -> Array:
        """The outputs at t > s, shape (batch, horizon, d)."""
        return self.outputs[:, self.task.num_variables :]

    @cached_property
    def series(self) -> Array:
        """u(1), …, u(s+horizon) in float64, shape (batch, s + horizon, d); signs are exact, sizes stop at 1e300."""
        return np.concatenate([to_float(self.inputs), to_float(self.targets)], axis=1)

    def memory(self, t: int) -> Array:
        """The memory (u(t−s+1); …; u(t)) after step t ≥ s, flat, oldest block first, shape (batch, n)."""
        s = self.task.num_variables
        return self.series[:, t - s : t].reshape(len(self.series), -1)

    @property
    def blow_up(self) -> int | None:
        """The first time at which a state or an output is not finite; None if all are."""
        return first_infinite(self.states, self.outputs)

    def center(self, values: Array) -> Array:
        """What to subtract from values of shape (…, k): 0 for an odd network, their mean for any other; shape (k,)."""
        return np.zeros(values.shape[-1]) if self.odd else values.mean(axis=tuple(range(values.ndim - 1)))

    def transitions(self, after: int) -> tuple[Array, Array]:
        """All pairs (h(t), h(t+1)) with t > after, each of shape (pairs, N)."""
        hidden = self.states.shape[2]
        return self.states[:, after:-1].reshape(-1, hidden), self.states[:, after + 1 :].reshape(-1, hidden)

    def __repr__(self) -> str:
        return f"Recording({len(self.inputs)} sequences of {self.task.name}, horizon {self.horizon}, N = {self.states.shape[2]})"


def record(net: Network, task: LinearTask, sequences: int, horizon: int, seed: int) -> Recording:
    """Run a network on fresh random inputs of a task.

    Args:
        net: a network with the task's d.
        task: the task.
        sequences: how many, at most 1,000,000.
        horizon: number of scored steps, at most 1,000,000.
        seed: of NumPy's default generator.

    Raises:
        InvalidNetwork: if the network's d is not the task's.
        InvalidOption: if sequences or horizon is out of range, or the states do not fit into memory.
    """
    require_fit(net, task)
    require_sizes(sequences=sequences, horizon=horizon)
    space = state_space(net)
    empty_array(f"states of {sequences} sequences", sequences, task.num_variables + horizon, space.size)
    episodes = task.sequences(sequences, horizon, checked_seed(seed))
    outputs, states = space.run(to_float(episodes.inputs), steps=task.num_variables + horizon)
    return Recording(task, episodes.inputs, episodes.targets, outputs, states, space.odd)


def first_infinite(states: Array, outputs: Array) -> int | None:
    """The first time t at which one of them, of shape (batch, steps, …), is not finite; None if all are."""
    finite = np.isfinite(states).all(axis=(0, 2)) & np.isfinite(outputs).all(axis=(0, 2))
    return None if finite.all() else int(np.argmin(finite)) + 1


def range_left(series: Array) -> int | None:
    """The first time at which a value, not 0, is beyond 1e300 or below 1e-300 in size, about where float64 ends; None if all are within.

    Args:
        series: u(1), u(2), … as `to_float` gives them, shape (batch, time, d).
    """
    size = np.abs(series)
    outside = ((size >= LARGEST_FLOAT) | ((size > 0) & (size <= 1 / LARGEST_FLOAT))).any(axis=(0, 2))
    return int(np.argmax(outside)) + 1 if outside.any() else None


def require_fit(net: object, task: object) -> None:
    """Refuse what is no network, what is no task, and a pair that does not share d.

    Raises:
        InvalidNetwork: if `net` is no network, or its d is not the task's.
        InvalidTask: if `task` is no task.
    """
    dim, wanted = state_space(net).dim, linear_task(task)
    if dim != wanted.dim:
        raise InvalidNetwork(
            f"the network has d = {dim} inputs and outputs, task {wanted.name} has d = {wanted.dim}; "
            f"check it against a task with dim={dim}"
        )


def require_sizes(**sizes: object) -> None:
    """Refuse a size that is not an integer from 1 to 1,000,000, the most that ends within days.

    Raises:
        InvalidOption: names the size.
    """
    for name, size in sizes.items():
        integer(name, integer(name, size, least=1), most=1_000_000)


_MAKERS = {
    "Circuit": "emt_theory.derive", "Spectrum": "circuit.spectrum", "Persistent": "persistent_dynamics",
    "Recording": "record", "Transitions": "transitions", "Linearization": "linearize_secant", "CheckResult": "check",
    "Estimate": "estimate_memories", "Orbit": "find_periodic_orbits",
}  # fmt: skip
"""Where values come from, for messages."""


def require(kind: type, **values: object) -> None:
    """Refuse a value of another kind.

    Raises:
        InvalidOption: names the value, and what makes one of the right kind.

    >>> require(Recording, recording=3)
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidOption: recording must be a Recording, which record returns; got int
    """
    for name, value in values.items():
        if not isinstance(value, kind):
            wanted = kind.__name__
            article, made = ("an" if wanted[0] in "AEIO" else "a"), _MAKERS.get(wanted)
            source = f", which {made} returns" if made else ""
            raise InvalidOption(f"{name} must be {article} {wanted}{source}; got {type(value).__name__}")


def require_recorded(size: int, **recordings: Any) -> None:
    """Refuse what is no recording, and a recording of a network with another state than one of this size.

    Raises:
        InvalidNetwork: if the sizes differ.
        InvalidOption: if something is no recording.
    """
    for name, recording in recordings.items():
        require(Recording, **{name: recording})
        if (held := recording.states.shape[2]) != size:
            raise InvalidNetwork(
                f"the recording holds states of size {held}, the network has S = {size}; record this network"
            )


def require_task(circuit: Circuit, *recordings: Recording) -> None:
    """Refuse recordings of another task than the circuit's.

    Raises:
        InvalidTask: if one is.
    """
    for recording in recordings:
        if recording.task != circuit.task:
            raise InvalidTask(f"the recording is of {recording.task.name}, the circuit of {circuit.task.name}")

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

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits import Circuit
from emt_theory.errors import InvalidNetwork, InvalidOption, InvalidTask
from emt_theory.evidence.conventions import LARGEST_REPEATED
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import empty_array, integer
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.ground.rationals import LARGEST_FLOAT
from emt_theory.networks import Network, StateSpace, state_space
from emt_theory.networks.phase import phase_hint
from emt_theory.tasks import Episodes, Task
from emt_theory.tasks.linear import linear_task
from emt_theory.tasks.paper import ANY_SIZE
from emt_theory.tasks.task import checked_task

STEPS = 64
"""How many steps of a sequence are used at most, where all of them would tell no more."""

_ENTRIES = 2**18
"""Numbers of the states that are looked at together: they stay near the processor."""


@dataclass(frozen=True, eq=False, repr=False)
class Recording(Record):
    """A network's run on sequences of a task.

    Attributes:
        task: the task.
        episodes: the sequences, exact, with what is to be shown; T steps.
        outputs: y(1), …, y(T), shape (batch, T, d_out).
        states: h(1), …, h(T), shape (batch, T, N); for an LSTM (h; c), and N counts both.
        odd: whether the network maps −h to −h' (σ odd, no bias): then 0 is the point about which it is linearized, else the mean state.
    """

    task: Task
    episodes: Episodes
    outputs: Array
    states: Array
    odd: bool

    @property
    def horizon(self) -> int:
        """How many steps of a sequence are scored, at most."""
        return int(self.episodes.scored.sum(axis=1).max())

    @property
    def settled(self) -> int | Absent:
        """The last step before the window in which the memory moves in its lasting part alone; see `Task.settled`."""
        return self.task.settled

    @cached_property
    def series(self) -> Array:
        """u(1), …, u(s+horizon) of a linear task in float64, shape (batch, T, d); signs are exact, sizes stop at 1e300."""
        s = linear_task(self.task).num_variables
        given, shown = self.episodes.inputs[:, :s], self.episodes.targets[:, s:]
        return np.concatenate([self.task.encode(given), self.task.encode(shown)], axis=1)

    def memory(self, t: int) -> Array:
        """The memory (u(t−s+1); …; u(t)) of a linear task after step t ≥ s, flat, oldest block first, shape (batch, n)."""
        return self.series[:, t - linear_task(self.task).num_variables : t].reshape(len(self.series), -1)

    @cached_property
    def blow_up(self) -> int | None:
        """The first time at which a state or an output is not finite; None if all are."""
        return first_infinite(self.states, self.outputs)

    @cached_property
    def range_left(self) -> int | None:
        """The first time at which the task's own values are beyond 1e300 or below 1e-300 in size; None if all are within."""
        return range_left(self.task, self.episodes)

    def center(self, values: Array) -> Array:
        """What to subtract from values of shape (…, k): 0 for an odd network, their mean for any other; shape (k,)."""
        return np.zeros(values.shape[-1]) if self.odd else values.mean(axis=tuple(range(values.ndim - 1)))

    def transitions(self, after: int) -> tuple[Array, Array]:
        """Pairs (h(t), h(t+1)) with t > after, each of shape (pairs, N): all, or of 64 steps where there are more than 256 state variables."""
        hidden, chosen = self.states.shape[2], self.steps(after)
        return self.states[:, chosen].reshape(-1, hidden), self.states[:, chosen + 1].reshape(-1, hidden)

    def steps(self, after: int) -> NDArray[np.intp]:
        """The indices t − 1 of h(t) in these pairs, ascending."""
        steps, hidden = self.states.shape[1:]
        return steps_within(after, steps - 1, STEPS if hidden > LARGEST_REPEATED else None)

    def pieces(self, after: int) -> Iterator[tuple[Array, Array]]:
        """These pairs, of a few sequences at a time: sums over them need no copy of all states."""
        together = max(1, _ENTRIES * len(self.states) // max(1, self.states.size))
        for start in range(0, len(self.states), together):
            yield self.pick(slice(start, start + together)).transitions(after)

    def pick(self, rows: slice | NDArray[np.intp]) -> Recording:
        """The recording of some of its sequences."""
        return Recording(self.task, pick_episodes(self.episodes, rows), self.outputs[rows], self.states[rows], self.odd)

    def first(self, count: int) -> Recording:
        """The recording of its first sequences."""
        return self.pick(slice(count))

    def size(self, after: int) -> float:
        """The largest |h_i(t)| at t > after."""
        later = self.states[:, after:]
        return float(max(later.max(initial=0.0), -later.min(initial=0.0)))

    def __repr__(self) -> str:
        shape = f"{len(self.states)} sequences of {self.task.name}, horizon {self.horizon}"
        return f"Recording({shape}, N = {self.states.shape[2]})"


def record(net: Network, task: Task, sequences: int, horizon: int, seed: int) -> Recording:
    """Run a network on fresh random inputs of a task.

    Args:
        net: a network with the task's inputs and outputs.
        task: the task.
        sequences: how many, at most 1,000,000.
        horizon: number of scored steps, at most 1,000,000.
        seed: of NumPy's default generator.

    Raises:
        InvalidNetwork: if the network has other inputs or outputs than the task.
        InvalidOption: if sequences or horizon is out of range, or the states do not fit into memory.
    """
    require_fit(net, task)
    require_sizes(sequences=sequences, horizon=horizon)
    space = state_space(net)
    empty_array(f"states of {sequences} sequences", sequences, task.window(horizon).steps, space.size)
    return run_episodes(space, task, task.sample(sequences, horizon, checked_seed(seed)))


def run_episodes(space: StateSpace, task: Task, episodes: Episodes) -> Recording:
    """A network's run on these sequences."""
    outputs, states = space.run(*_fed(task, episodes))
    return Recording(task, episodes, outputs, states, space.odd)


def trace_episodes(space: StateSpace, task: Task, episodes: Episodes) -> Iterator[Array]:
    """The states on these sequences, step by step, each of shape (batch, S), for runs of which not all is kept."""
    return space.trace(*_fed(task, episodes))


def _fed(task: Task, episodes: Episodes) -> tuple[Array, int, NDArray[np.intp] | None]:
    """What a network is given: inputs, steps, and lengths where they differ."""
    fed, steps = int(episodes.lengths.max()), episodes.inputs.shape[1]
    lengths = None if (episodes.lengths == fed).all() else episodes.lengths
    return task.encode(episodes.inputs[:, :fed]), steps, lengths


def pick_episodes(episodes: Episodes, rows: slice | NDArray[np.intp]) -> Episodes:
    """Some of the sequences."""
    e = episodes
    return Episodes(e.inputs[rows], e.targets[rows], e.scored[rows], e.lengths[rows])


def join_episodes(one: Episodes, two: Episodes) -> Episodes:
    """The sequences of one, and then those of the other; each of them was drawn."""
    return Episodes(
        np.concatenate([one.inputs, two.inputs]),
        np.concatenate([one.targets, two.targets]),
        np.concatenate([one.scored, two.scored]),
        np.concatenate([one.lengths, two.lengths]),
    )


def steps_within(after: int, until: int, most: int | None = STEPS) -> NDArray[np.intp]:
    """The indices t − 1 of the steps t = after+1, …, until; of more than `most` so many, drawn once and for all, in order.

    States of one sequence repeat with the order of Φ_p, so what is estimated without noise gains nothing from all of them.
    """
    steps = np.arange(after, max(after, until))
    if most is None or len(steps) <= most:
        return steps
    return np.sort(np.random.default_rng(0).choice(steps, most, replace=False))


def first_infinite(states: Array, outputs: Array) -> int | None:
    """The first time t at which one of them, of shape (batch, steps, …), is not finite; None if all are."""
    finite = np.isfinite(states).all(axis=(0, 2)) & np.isfinite(outputs).all(axis=(0, 2))
    return None if finite.all() else int(np.argmin(finite)) + 1


def range_left(task: Task, episodes: Episodes) -> int | None:
    """The first time at which a task's own value, not 0, is beyond 1e300 or below 1e-300 in size, about where float64 ends; None if none is."""
    found = [left_at(task.encode(values)) for values in (episodes.inputs, episodes.targets)]
    return min((t for t in found if t is not None), default=None)


def left_at(series: Array) -> int | None:
    """The first time at which one of the values, shape (batch, time, d), not 0, is beyond 1e300 or below 1e-300 in size."""
    size = np.abs(series)
    outside = ((size >= LARGEST_FLOAT) | ((size > 0) & (size <= 1 / LARGEST_FLOAT))).any(axis=(0, 2))
    return int(np.argmax(outside)) + 1 if outside.any() else None


def require_fit(net: object, task: object) -> None:
    """Refuse what is no network, what is no task, and a pair that does not share inputs and outputs.

    Raises:
        InvalidNetwork: if `net` is no network, or its inputs or outputs are not as many as the task's.
        InvalidTask: if `task` is no task.
    """
    space, wanted = state_space(net), checked_task(task)
    if (space.d_in, space.d_out) == (wanted.d_in, wanted.d_out):
        return
    if space.d_in == space.d_out and wanted.d_in == wanted.d_out:
        raise InvalidNetwork(
            f"the network has d = {space.d_in} inputs and outputs, task {wanted.name} has d = {wanted.d_in}; "
            f"check it against {ANY_SIZE.get(wanted.name, 'a task')} with dim={space.d_in}"
        )
    text = f"the network takes {space.d_in} inputs and shows {space.d_out} outputs, task {wanted.name} gives {wanted.d_in} and wants {wanted.d_out}"
    hint = phase_hint(space.d_in, wanted.d_in, space.net.phase_input) if space.d_out == wanted.d_out else ""
    raise InvalidNetwork(f"{text}.{hint}" if hint else text)


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
    "Estimate": "estimate_memories", "Orbit": "find_periodic_orbits", "Examination": "examine",
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

r"""What a network answers to inputs of every length: the raw material of decompilation.

A network that has learned a task answers rightly to inputs of the length s that it was made for, and s is not known. So it is run on random
inputs, and after each number of them, s = 1, 2, …, it is let go on by itself: probe s holds u(1), …, u(s) and y(s+1), y(s+2), …

>>> from emt_theory import derive
>>> from emt_theory.networks import state_space
>>> from emt_theory.tasks import delayed_copy
>>> from emt_theory.tasks.linear import SIGNS
>>> net = derive(delayed_copy(3, 2, lag=2)).compile(scheme="saturating")
>>> probing = probe(state_space(net), SIGNS, max_variables=5, seed=0)
>>> [p.outputs.shape[1:] for p in probing.probes[:2]], probing.held
([(32, 2), (32, 2)], 3)

**What the state holds.** While the states after s inputs span s·d dimensions, and those after s + 1 inputs no more, the network holds s
variables at once, whether it reads them all or not. Here u(t) = u(t−2) needs two variables and the network holds three. A compiled network shows
this number; in a trained one the states span all of its neurons, and `held` is None.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from emt_theory.analysis.decompiling.limits import (
    HELD_RANK,
    LARGEST_COMPONENTS,
    LARGEST_OUTPUT,
    PROBE_STEPS,
    PROBES,
    ROUNDING,
)
from emt_theory.ground.arrays import Array
from emt_theory.networks import StateSpace
from emt_theory.tasks.words import generator


@dataclass(frozen=True, eq=False)
class Probe:
    """Random inputs of one length, and what the network made of them.

    Attributes:
        inputs: u(1), …, u(s), shape (batch, s, d).
        outputs: y(s+1), …, shape (batch, steps, d); what is 0 up to rounding is 0.
    """

    inputs: Array
    outputs: Array

    @property
    def num_variables(self) -> int:
        """s."""
        return self.inputs.shape[1]

    @property
    def blow_up(self) -> int | None:
        """The first time t at which an output is not finite, or beyond 1e100 in size; None if all are."""
        within = (np.abs(self.outputs) <= LARGEST_OUTPUT).all(axis=(0, 2))
        return None if within.all() else self.num_variables + 1 + int(np.argmin(within))

    @property
    def constant(self) -> bool:
        """Whether the outputs are the same for all inputs."""
        return bool(np.ptp(self.outputs, axis=0).max() <= ROUNDING * np.abs(self.outputs).max())


@dataclass(frozen=True, eq=False)
class Probing:
    """The probes of a network.

    Attributes:
        probes: those of s = 1, 2, …
        held: the number of variables that the state holds at once, or None where it does not show.
    """

    probes: tuple[Probe, ...]
    held: int | None


def probe(space: StateSpace, inputs: Sequence[Fraction], max_variables: int, seed: int) -> Probing:
    """Run a network on random inputs of every length up to `max_variables`, at most 512 // d.

    Args:
        space: the network.
        inputs: the values that an input component takes.
        max_variables: the largest s.
        seed: of the inputs.
    """
    d = space.dim
    longest = min(max_variables, LARGEST_COMPONENTS // d)
    batch = max(PROBES, 4 * longest * d)
    rng = generator(seed)
    drawn = rng.choice(np.array([float(v) for v in inputs]), size=(batch, longest + 1, d))
    views = rng.normal(size=(space.size, min(space.size, (longest + 1) * d + 1)))
    probes: list[Probe] = []
    ranks: list[int] = []
    z = np.tile(space.initial, (batch, 1))
    with np.errstate(all="ignore"):
        for s in range(1, longest + 2):
            z = space.step(z, drawn[:, s - 1])
            if len(ranks) == s - 1 and ranks == [k * d for k in range(1, s)]:
                ranks.append(_rank(z, views))
            if s <= longest:
                probes.append(Probe(drawn[:, :s], _go_on(space, z)))
    steady = [s for s in range(1, len(ranks)) if ranks[s - 1] == ranks[s] == s * d]
    return Probing(tuple(probes), steady[0] if steady else None)


def answers(space: StateSpace, inputs: Array, steps: int) -> Array:
    """y(s+1), …, y(s+steps) after inputs of shape (batch, s, d); no states are kept."""
    outputs = np.empty((len(inputs), steps, space.dim))
    z = np.tile(space.initial, (len(inputs), 1))
    with np.errstate(all="ignore"):
        for t in range(inputs.shape[1]):
            z = space.step(z, inputs[:, t])
        for t in range(steps):
            z = space.step(z, None) if t else space.release(z)
            outputs[:, t] = space.read(z)
    return outputs


def _go_on(space: StateSpace, z: Array) -> Array:
    outputs = np.empty((len(z), PROBE_STEPS, space.dim))
    for t in range(PROBE_STEPS):
        z = space.step(z, None) if t else space.release(z)
        y = space.read(z)
        if space.readout is not None:
            y = np.where(np.abs(y) < ROUNDING * (np.abs(z) @ np.abs(space.readout.T)), 0.0, y)
        outputs[:, t] = y
    return outputs


def _rank(states: Array, views: Array) -> int:
    """The number of dimensions that states vary in, seen through random views: as many as there could be, so none is lost."""
    seen = (states - states.mean(axis=0)) @ views
    if not np.isfinite(seen).all():
        return -1
    sizes = np.linalg.svd(seen, compute_uv=False)
    return int((sizes > HELD_RANK * sizes[0]).sum()) if sizes[0] > 0 else 0

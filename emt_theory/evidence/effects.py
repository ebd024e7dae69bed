r"""What a state does to the outputs to come: the step along trajectories and the effects that follow from it.

    O = [RA; RA²; …; RA^{2s}],      R the read-out, A the step along the trajectory

O z is what a state adds to the next 2s outputs, to first order: a part of the state that O takes to 0 may show anything, and nothing uses it. For an
Elman network A = D W_hh, each unit's σ replaced by the line that fits it best (`linearize_gain`). A cell with gates has no such matrix; there, and
for networks that say themselves how they step, A is the **exchange gain**, what the next state makes of one coordinate taken from another sequence:

    A_ij = E[(f_i(z | z_j := z'_j) − f_i(z)) Δ_j] / E[Δ_j²],      Δ_j = z'_j − z_j.

On Elman networks the two agree; the mean Jacobian does not, where units are saturated most of the time.

>>> from emt_theory import derive
>>> from emt_theory.evidence.recording import record
>>> from emt_theory.networks import state_space
>>> from emt_theory.tasks import compose_copy
>>> task = compose_copy(2)
>>> space = state_space(derive(task).compile(scheme="tanh"))
>>> run = record(space.net, task, sequences=60, horizon=60, seed=1)
>>> gain, exchanged = linearize_gain(space.net, run, run.settled), exchange_gain(space, run, run.settled, seed=0)
>>> bool(np.abs(gain.matrix - exchanged.step).max() < 0.02)
True
>>> effects_of(exchanged, task.num_variables).shape
(8, 4)

Source: new; the gain is Booton's describing function.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from emt_theory.evidence.linearize import Linearization, linearize_gain
from emt_theory.evidence.recording import Recording
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.networks import StateSpace
from emt_theory.tasks.words import generator

_PAIRS, _FEWEST = 2000, 256
_WORK = 2e10


class Step(NamedTuple):
    """One step of a network and its read-out as matrices.

    Attributes:
        step: A, shape (S, S).
        read: R, shape (d, S).
    """

    step: Array
    read: Array


def step_along(
    space: StateSpace, recording: Recording, after: int, seed: int = 0, known: Linearization | Absent | None = None
) -> Step | Absent:
    """The step along the trajectories of a recording at t > after: D W_hh for an Elman network, the exchange gain for any other.

    Args:
        space: the network.
        recording: its run.
        after: the window begins behind this step.
        seed: of the pairs that are exchanged.
        known: the statistical gain in this window, where it has been made.
    """
    if space.net.plain_weights() is None or space.readout is None:
        return exchange_gain(space, recording, after, seed)
    gain = linearize_gain(space.net, recording, after) if known is None else known
    return gain if isinstance(gain, Absent) else Step(gain.matrix, space.readout)


def exchange_gain(space: StateSpace, recording: Recording, after: int, seed: int) -> Step | Absent:
    """The exchange gain over up to 2,000 pairs of states at t > after of different sequences; fewer where there are more than 130 state variables."""
    if recording.blow_up is not None:
        return Absent(f"states or outputs are not finite from t = {recording.blow_up} on")
    batch, steps, size = recording.states.shape
    if batch < 2 or steps <= after:
        return Absent(f"there are no two sequences with states at t > {after}")
    rng = generator(seed)
    pairs = int(np.clip(_WORK / (4 * float(size) ** 3), _FEWEST, _PAIRS))
    one = rng.integers(batch, size=pairs)
    other = (one + rng.integers(1, batch, size=pairs)) % batch
    times = rng.integers(after, steps, size=(2, pairs))
    z, given = recording.states[one, times[0]], recording.states[other, times[1]]
    next_state, output = space.step(z), space.read(z)
    step, read = np.zeros((size, size)), np.zeros((output.shape[1], size))
    for j in range(size):
        change = given[:, j] - z[:, j]
        if not (largest := float(np.abs(change).max())):
            continue
        change = change / largest
        power = largest * float(change @ change)
        exchanged = z.copy()
        exchanged[:, j] = given[:, j]
        step[:, j] = change @ (space.step(exchanged) - next_state) / power
        read[:, j] = change @ (space.read(exchanged) - output) / power
    return Step(step, read if space.readout is None else space.readout)


def effects_of(given: Step, num_variables: int, rate: float = 1.0) -> Array | Absent:
    """O = [RA/ρ; …; R(A/ρ)^{2s}], shape (2 s d, S), in units of what grows like ρ^t, and of the largest entry of R."""
    rows: list[Array] = []
    now = given.read / (float(np.abs(given.read).max(initial=0.0)) or 1.0)
    with np.errstate(all="ignore"):
        for _ in range(2 * num_variables):
            now = now @ given.step / rate
            rows.append(now)
    found = np.concatenate(rows)
    return (
        found
        if np.isfinite(found).all()
        else Absent("the effects of its states on later outputs leave the range of float64")
    )

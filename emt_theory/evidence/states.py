r"""Do the states show the variables? For activity without weights: what reaches the outputs is not known, so the whole state is read.

The lasting coordinates c (`emt_theory.evidence.lasting`) are read off the state by least squares, with μ, c̄ and S of one half of the sequences,

    X = E[(c − c̄)(h − μ)ᵀ] S⁺,      S = E[(h − μ)(h − μ)ᵀ],

and judged on the other half: R² of every combination, the worst first, with an interval over sequences (`emt_theory.evidence.combinations`). That a
combination is shown does not say that anything uses it: a register that nothing reads is shown as well.

Where inputs were made to meet (`task.pairs`), sequences that hold one memory at different times are in one half, and only one of them is judged: the
others would say the same again. Where there are too few different ones, all of a small task's memories are in both halves, and sequences are
halved as they come.

>>> from emt_theory import derive
>>> from emt_theory.evidence.recording import record
>>> from emt_theory.tasks import repeat_copy
>>> circuit = derive(repeat_copy(num_variables=2, dim=3))
>>> print(read_states(circuit, record(circuit.compile(scheme="tanh"), circuit.task, sequences=400, horizon=40, seed=0)))
R²_min 1.000 [1.000, 1.000] of 6 variables, read off 6 directions of the states

Source: new.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits import Circuit
from emt_theory.evidence.combinations import (
    Combinations,
    Whitened,
    Window,
    first_settled,
    judge_readers,
    moments,
    window_of,
)
from emt_theory.evidence.lasting import Lasting, lasting_part
from emt_theory.evidence.meetings import kinship
from emt_theory.evidence.recording import Recording, require, require_task
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.arrays import Array
from emt_theory.tasks.words import generator

FEWEST = 32
"""Sequences in a half, at least."""


@dataclass(frozen=True, eq=False, repr=False)
class StateReading(Combinations):
    """How well the lasting coordinates can be read off the whole state.

    Attributes:
        lasting: the k coordinates.
        r2: R² of k combinations of them, the worst first, shape (k,).
        combinations: the combinations, in units of the coordinates' own spread, one a column, shape (k, k).
        low, high: the 95 % interval of R²_min, over sequences.
        settled: states at t > this were read.
        reader: X, which reads a state, shape (k, N).
        encoder: Ψ, the states regressed on the coordinates, shape (N, k).
        center: μ, the mean state, shape (N,).
        offset: c̄, shape (k,).
        directions: in how many directions the states vary.
        fitted: on how many sequences X was fitted.
        sequences: how many were judged.
    """

    JSON = ("r2_min", "low", "high", "settled", "directions", "fitted", "sequences")

    lasting: Lasting
    r2: Array
    combinations: Array
    low: float
    high: float
    settled: int
    reader: Array
    encoder: Array
    center: Array
    offset: Array
    directions: int
    fitted: int
    sequences: int

    def __str__(self) -> str:
        interval = f"{self.r2_min:.3f} [{self.low:.3f}, {self.high:.3f}]"
        return (
            f"R²_min {interval} of {self.lasting.size} variables, read off {self.directions} directions of the states"
        )

    def __repr__(self) -> str:
        return f"StateReading({self})"


def read_states(circuit: Circuit, recording: Recording, seed: int = 0) -> StateReading | Absent:
    """Read the lasting coordinates of a task off the whole state.

    Args:
        circuit: the circuit of the task that was recorded.
        recording: of at least 64 sequences.
        seed: of the halves.

    Raises:
        InvalidOption: if something is of another kind.
        InvalidTask: if the recording is of another task.
    """
    require(Recording, recording=recording)
    lasting = lasting_part(circuit)
    require_task(circuit, recording)
    return lasting if isinstance(lasting, Absent) else states_of(lasting, recording, checked_seed(seed))


def states_of(lasting: Lasting, recording: Recording, seed: int) -> StateReading | Absent:
    """As `read_states`, from the first step from which the states have settled."""
    if isinstance(window := window_of(lasting, recording), Absent):
        return window
    halves = _halves(lasting, recording, seed)
    if min(len(halves.fresh), len(halves.fit)) < FEWEST:
        return Absent(
            f"there are {len(recording.states)} sequences, and a reader needs {FEWEST} to be fitted and others to be judged on"
        )
    fit, fresh = (recording.pick(rows) for rows in halves[:2])
    return first_settled(
        lasting, *window, lambda start: _read_from(lasting, fit, fresh, halves.different, start, window[1])
    )


class _Halves(NamedTuple):
    """Which sequences are fitted and which are judged, and how many of those that are fitted are different."""

    fit: NDArray[np.intp]
    fresh: NDArray[np.intp]
    different: int


def _halves(lasting: Lasting, recording: Recording, seed: int) -> _Halves:
    """Halves that share no memory; of a task with too few different ones, any."""
    rng, kin = generator(seed), kinship(lasting, recording)
    families = int(kin.max(initial=-1)) + 1
    if families < 2 * FEWEST:
        order, middle = rng.permutation(len(kin)), (len(kin) + 1) // 2
        return _Halves(order[:middle], order[middle:], min(middle, families))
    order, middle = rng.permutation(families), (families + 1) // 2
    first = np.unique(kin, return_index=True)[1]
    return _Halves(np.flatnonzero(np.isin(kin, order[:middle])), first[order[middle:]], middle)


def _read_from(
    lasting: Lasting, fit: Recording, fresh: Recording, different: int, after: int, until: int
) -> StateReading | Absent:
    window = Window.of(lasting, (fit, fresh), after, until)
    if isinstance(window, Absent):
        return window
    found = moments(window, fit)
    white = Whitened.of(found, after)
    if isinstance(white, Absent):
        return white
    directions = len(white.whiten)
    # States repeat with the order of Φ_L: twice as many different ones as directions are needed.
    needed = ceil(2 * max(lasting.size, directions) / min(lasting.order or until - after, until - after))
    if different < needed:
        return Absent(
            f"a reader of {directions} directions needs {needed} different sequences to be fitted on, and there are {different}"
        )
    reader = found.mixed.T @ white.whiten.T @ white.whiten
    encoder = found.mixed @ np.linalg.pinv(found.truth, hermitian=True)
    ratio = window.unit / window.size
    made = (reader * ratio, encoder / ratio[:, None], found.center * window.size, found.offset * window.unit)
    judged = judge_readers(window, fresh, reader[None], found)
    counted = (directions, len(fit.states), len(fresh.states))
    return StateReading(lasting, *judged.r2(0), *judged.interval(0), after, *made, *counted)

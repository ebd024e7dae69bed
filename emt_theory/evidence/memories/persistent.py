r"""What a network has to remember: the persistent components and their own dynamics.

Component j of the memory is persistent iff column j of Φⁿ is not zero. After n steps the memory lies in im Φⁿ, where the persistent components
determine all others, `m = B m_p`. So they move by themselves, and the newest block, the output, is a function of them:

    m_p(t+1) = Φ_p m_p(t),  Φ_p = (Φ B)_p,        u(t) = C_p m_p(t),  C_p = E_sᵀ B.

For a selection task Φ_p is a signed permutation (each persistent component lies on one cycle), so it is orthogonal:

>>> from emt_theory import derive
>>> from emt_theory.tasks import parse
>>> found = persistent_dynamics(derive(parse("T2")))
>>> found.phi.shape, bool(np.all(found.phi @ found.phi.T == np.eye(36)))
((36, 36), True)

The output that is copied by nobody is still a function of the persistent components. Here both outputs repeat component 0:

>>> from emt_theory.tasks import from_matrix
>>> persistent_dynamics(derive(from_matrix([[1, 0, 0, 0], [1, 0, 0, 0]]))).read
array([[0., 1.],
       [0., 1.]])
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emt_theory.circuits import Circuit
from emt_theory.evidence.recording import Recording, require
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.tasks import LinearTask

FIRST = 4
"""Memories are decoded at t = s + 4, …, horizon."""

_LARGEST_RATIO = 1e6


@dataclass(frozen=True, eq=False, repr=False)
class Persistent(Record):
    """The persistent components of a linear task and their dynamics.

    Attributes:
        task: the task; m of its components persist.
        phi: Φ_p, shape (m, m).
        extension: B, shape (n, m).
    """

    task: LinearTask
    phi: Array
    extension: Array

    @property
    def components(self) -> tuple[int, ...]:
        """Their flat indices, ascending; m of them."""
        return self.task.persistent

    @property
    def read(self) -> Array:
        """C_p = E_sᵀ B, shape (d, m)."""
        return self.extension[list(self.task.slots.newest)]

    @property
    def num_variables(self) -> int:
        """s."""
        return self.task.num_variables

    @property
    def dim(self) -> int:
        """d."""
        return self.task.dim

    def times(self, horizon: int) -> range:
        """The times at which memories are decoded, t = s + 4, …, horizon: the paper's. The last s of the s + horizon steps are not used."""
        return range(self.num_variables + FIRST, horizon + 1)

    def truth_at(self, t: int, recording: Recording) -> Array:
        """The true persistent components at time t, shape (batch, m)."""
        return recording.memory(t)[:, list(self.components)]

    def truth(self, recording: Recording) -> Array:
        """The true persistent components at `times`, shape (times, batch, m)."""
        times, (blocks, components) = (
            np.array(self.times(recording.horizon), dtype=int),
            np.array(self.slots, dtype=int).reshape(-1, 2).T,
        )
        # After step t block b of the memory is u(t − s + b), which is entry t − s + b − 1 of the series.
        return np.swapaxes(recording.series[:, times[:, None] - self.num_variables + blocks - 1, components], 0, 1)

    def regressand(self, recording: Recording) -> Array:
        """What states are regressed on, shape (times, batch, m): the truth, or its signs where values grow beyond all bounds."""
        truth = self.truth(recording)
        return np.sign(truth) if np.abs(truth).max() > _LARGEST_RATIO else truth

    def states(self, recording: Recording) -> Array:
        """The states at `times`, shape (times, batch, N)."""
        times = self.times(recording.horizon)
        return np.swapaxes(recording.states[:, times.start - 1 : times.stop - 1], 0, 1)

    @property
    def slots(self) -> tuple[tuple[int, int], ...]:
        """(block, component) of each component, the oldest block being 1."""
        return tuple((block, component) for block, component in map(self.task.slots.place, self.components))

    @property
    def writes(self) -> tuple[int, ...]:
        """Which rows of Φ_p write the newest block."""
        return tuple(i for i, j in enumerate(self.components) if j in self.task.slots.newest)

    def __repr__(self) -> str:
        return f"Persistent({len(self.components)} of {self.task.components} components)"


def persistent_dynamics(circuit: Circuit) -> Persistent:
    """The persistent components of a circuit and their dynamics."""
    require(Circuit, circuit=circuit)
    task = circuit.task
    extension = _extension_by_cycles(circuit) if task.is_selection else _extension_by_image(circuit)
    phi = circuit.exact_phi.to_array() @ extension
    return Persistent(task, phi[list(task.persistent)], extension)


def _extension_by_cycles(circuit: Circuit) -> Array:
    """B for a selection task: every component's content is, for good, ± that of one on a cycle. 2^k ≥ n steps back by repeated squaring."""
    size, entries = circuit.task.components, circuit.exact_phi.entries
    source = np.array([j for _, j, _ in entries])
    sign = np.array([int(v) for _, _, v in entries])
    for _ in range(max(1, size.bit_length())):
        source, sign = source[source], sign * sign[source]
    chosen = circuit.task.persistent
    home = {int(source[j]): (k, int(sign[j])) for k, j in enumerate(chosen)}
    extension = np.zeros((size, len(chosen)))
    for j in range(size):
        k, sigma = home[int(source[j])]
        extension[j, k] = sign[j] * sigma
    return extension


def _extension_by_image(circuit: Circuit) -> Array:
    """B for any linear task: an orthonormal basis V of im Φⁿ, its rank exact over Q, gives B = V (V_p)†."""
    size = circuit.task.components
    power = circuit.exact_phi.to_flint() ** size
    largest = max(abs(power[i, j]) for i in range(size) for j in range(size))
    if not largest:
        return np.zeros((size, 0))
    scaled = np.array([[float(power[i, j] / largest) for j in range(size)] for i in range(size)])
    basis = np.linalg.svd(scaled)[0][:, : int(power.rank())]
    return basis @ np.linalg.pinv(basis[list(circuit.task.persistent)])

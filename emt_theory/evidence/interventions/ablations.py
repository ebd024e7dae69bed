r"""Schur ablations: what a network loses with a mode of its weights.

The modes of W_hh that belong to an eigenvalue λ of Φ, those with its argument, are dropped (see `schur`), and the outputs are measured. Theory says
which outputs a mode serves: those whose row of C_p v is not 0 for an eigenvector Φ_p v = λ v; for a selection task, the outputs that live on cycles
with λ^L = ±1. A network that is the circuit gets worse at these outputs, and at no others. How much worse is another matter: a long cycle hardly
misses one of its many modes, and units that saturate mend the rest.

>>> from emt_theory import derive
>>> from emt_theory.tasks import from_matrix
>>> circuit = derive(from_matrix([[1, 0], [0, -1]]))          # u_0 stays, u_1 changes its sign at every step
>>> print(schur_ablations(circuit.compile(scheme="tanh"), circuit))
without couplings: nothing breaks
without the 1 mode of λ = 1: output 0 breaks, as predicted
without the 1 mode of λ = -1: output 1 breaks, as predicted

Source: new.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emt_theory.circuits import Circuit
from emt_theory.errors import InvalidNetwork
from emt_theory.evidence.assignment import circular_distances
from emt_theory.evidence.conventions import CONVENTIONS, Conventions
from emt_theory.evidence.interventions.schur import modes_of
from emt_theory.evidence.memories import Persistent, persistent_dynamics
from emt_theory.evidence.recording import require, require_fit, require_sizes, trace_episodes
from emt_theory.ground.arrays import Array, ComplexArray
from emt_theory.ground.blas import one_blas_thread
from emt_theory.ground.json import Record
from emt_theory.ground.text import polar
from emt_theory.networks import ElmanRNN, Network, state_space
from emt_theory.tasks import Episodes, LinearTask

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FALL = 0.02
"""An output breaks when its sign accuracy falls by more than this."""

_SEQUENCES = 64
_HORIZON = 60
_SAME = 1e-6


@dataclass(frozen=True, eq=False)
class SchurAblation(Record):
    """What a network does without a part of its Schur form.

    Attributes:
        eigenvalue: λ of Φ, whose modes are dropped; None where the couplings are.
        modes: how many eigenvalues of W_hh went with it; 0 where the network has none.
        accuracy: the fraction of right signs of each output, shape (d,).
        broken: the outputs whose accuracy fell by more than 0.02.
        predicted: the outputs that the mode serves in theory; none are predicted for the couplings.
    """

    JSON = ("eigenvalue", "modes", "accuracy", "broken", "predicted=_promised")

    eigenvalue: complex | None
    modes: int
    accuracy: Array
    broken: tuple[int, ...]
    predicted: tuple[int, ...]

    @property
    def name(self) -> str:
        """λ in a few characters, as `polar` writes it; "" for the couplings."""
        return "" if self.eigenvalue is None else polar(self.eigenvalue)

    @property
    def unpredicted(self) -> tuple[int, ...]:
        """The broken outputs that the mode does not serve in theory."""
        return tuple(c for c in self.broken if c not in self.predicted)

    @property
    def _promised(self) -> tuple[int, ...] | None:
        return None if self.eigenvalue is None else self.predicted

    def __str__(self) -> str:
        if self.eigenvalue is None:
            return f"without couplings: {_say(self.broken)}"
        if not self.modes:
            return f"λ = {self.name}: the network has no such mode"
        head = f"without the {self.modes} mode{'' if self.modes == 1 else 's'} of λ = {self.name}: {_say(self.broken)}"
        return (
            f"{head}, as predicted" if self.broken == self.predicted else f"{head}; predicted {_list(self.predicted)}"
        )


@dataclass(frozen=True, eq=False, repr=False)
class SchurAblations(Record):
    """All Schur ablations of a network.

    Attributes:
        accuracy: the fraction of right signs of each output with all weights, shape (d,).
        coupling: how much of W_hh is couplings, by norm; 0 for a normal matrix.
        couplings: the network without them.
        modes: the network without the modes of λ, for each λ of Φ with Im λ ≥ 0 and a modulus above the threshold, by argument.
    """

    accuracy: Array
    coupling: float
    couplings: SchurAblation
    modes: tuple[SchurAblation, ...]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Sign accuracy by dropped mode and output; framed where the mode serves the output in theory."""
        from emt_theory.evidence.interventions.drawing import draw_ablations

        return draw_ablations(self, ax)

    def __repr__(self) -> str:
        return f"SchurAblations({len(self.modes)} eigenvalues, couplings {self.coupling:.2f} of the norm)"

    def __str__(self) -> str:
        return "\n".join(str(ablation) for ablation in (self.couplings, *self.modes))


@one_blas_thread()
def schur_ablations(
    net: Network,
    circuit: Circuit,
    sequences: int = _SEQUENCES,
    horizon: int = _HORIZON,
    seed: int = 0,
    conventions: Conventions = CONVENTIONS,
) -> SchurAblations:
    """Drop the couplings of W_hh, then the modes of each eigenvalue of Φ, and measure the outputs.

    Args:
        net: an Elman network.
        circuit: the circuit of its task.
        sequences: on how many accuracy is measured, the same each time.
        horizon: scored steps of each.
        seed: of the sequences.
        conventions: eigenvalues with a modulus above `modulus` count; one of W_hh belongs to that of Φ whose argument is nearest, if it lies within
            `match_radius`.

    Raises:
        InvalidNetwork: if the network is no Elman network, or its d is not the task's.
    """
    require(Circuit, circuit=circuit)
    require(Conventions, conventions=conventions)
    require_fit(net, circuit.task)
    require_sizes(sequences=sequences, horizon=horizon)
    if not isinstance(net, ElmanRNN):
        raise InvalidNetwork(f"a Schur form is put back into W_hh, which a {type(net).__name__} does not have")

    persistent, eigenvalues = persistent_dynamics(circuit), circuit.spectrum().eigenvalues()
    return ablate(net, persistent, eigenvalues, sequences, horizon, seed, conventions)


def ablate(
    net: ElmanRNN,
    persistent: Persistent,
    eigenvalues: ComplexArray,
    sequences: int = _SEQUENCES,
    horizon: int = _HORIZON,
    seed: int = 0,
    conventions: Conventions = CONVENTIONS,
) -> SchurAblations:
    """As `schur_ablations`, from the persistent components and the theory's eigenvalues."""
    episodes = persistent.task.sample(sequences, horizon, seed)

    def measure(changed: ElmanRNN) -> Array:
        return _accuracy(changed, persistent.task, episodes)

    full, modes = measure(net), list[SchurAblation]()

    def broken(accuracy: Array) -> tuple[int, ...]:
        return tuple(int(c) for c in np.flatnonzero(full - accuracy > _FALL))

    own = modes_of(net)
    for value, partners in _partners(own.eigenvalues, eigenvalues, conventions):
        left = measure(own.without(net, partners)) if len(partners) else full
        modes.append(SchurAblation(value, len(partners), left, broken(left), _served(value, persistent)))
    uncoupled = measure(own.uncoupled(net))
    couplings = SchurAblation(None, 0, uncoupled, broken(uncoupled), ())
    return SchurAblations(full, own.coupling, couplings, tuple(modes))


def _accuracy(net: ElmanRNN, task: LinearTask, episodes: Episodes) -> Array:
    """The fraction of right signs of each output; of one without a sign to score, 0."""
    space = state_space(net)
    outputs = np.stack([space.read(z) for z in trace_episodes(space, task, episodes)], axis=1)
    right, counted = task.score(outputs, episodes.targets)
    counted &= episodes.scored[..., None]
    return (right & counted).sum(axis=(0, 1)) / np.maximum(1, counted.sum(axis=(0, 1)))


def _partners(own: ComplexArray, theory: ComplexArray, conventions: Conventions) -> list[tuple[complex, ComplexArray]]:
    """The theory's different eigenvalues with Im λ ≥ 0, each with those of W_hh, `own`, that belong to it or to its conjugate."""
    upper = theory[(np.abs(theory) > conventions.modulus) & (theory.imag > -_SAME)]
    ordered = upper[np.argsort(np.abs(np.angle(upper)), kind="stable")]
    different = [complex(z) for i, z in enumerate(ordered) if not (np.abs(ordered[:i] - z) <= _SAME).any()]
    own = own[np.abs(own) > conventions.modulus]
    if not different or not len(own):
        return [(z, own[:0]) for z in different]
    distances = circular_distances(own.real + 1j * np.abs(own.imag), np.array(different))
    nearest = np.where(distances.min(axis=1) < conventions.match_radius, distances.argmin(axis=1), -1)
    return [(z, own[nearest == i]) for i, z in enumerate(different)]


def _served(value: complex, persistent: Persistent) -> tuple[int, ...]:
    """The outputs c with (C_p v)_c ≠ 0 for some eigenvector v of λ."""
    values, vectors = np.linalg.eig(persistent.phi.astype(np.complex128))
    seen = np.abs(persistent.read @ vectors[:, np.abs(values - value) <= _SAME])
    return tuple(int(c) for c in np.flatnonzero(seen.max(axis=1, initial=0.0) > _SAME))


def _say(outputs: tuple[int, ...]) -> str:
    return f"{_list(outputs)} {'breaks' if len(outputs) == 1 else 'break'}" if outputs else "nothing breaks"


def _list(outputs: tuple[int, ...]) -> str:
    return f"output{'' if len(outputs) == 1 else 's'} {', '.join(map(str, outputs))}" if outputs else "none"

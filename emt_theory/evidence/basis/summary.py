"""What a check reports of a basis, and what its pictures are drawn from.

Source: new.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence.basis.composition import Composition
from emt_theory.evidence.basis.film import Film, film_of
from emt_theory.evidence.basis.interchange import Interchange
from emt_theory.evidence.basis.replacing import Necessity, Sufficiency
from emt_theory.evidence.basis.tables import SharedVariables
from emt_theory.evidence.basis.units import Participation
from emt_theory.evidence.basis.weights import MapInBasis
from emt_theory.evidence.conventions import LARGEST_REPEATED
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.tasks.accuracy import Accuracy
from emt_theory.tasks.digits import write_fraction

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emt_theory.evidence.basis.privileged import PrivilegedBasis

SEQUENCES, REPLACED, STEPS = 64, 32, 60
"""A check interchanges units in so many sequences, and replaces states in so many, for so many scored steps: half a second at N = 512."""

_PERIODS = 3


@dataclass(frozen=True, eq=False)
class BasisView(Record):
    """What the pictures of a basis are drawn from.

    Attributes:
        names: of the variables.
        slots: (block, component) of each, the oldest block being 1; None where they are no single components.
        num_variables, dim: s and d.
        phi: Φ on the variables, shape (k, k).
        shares: v, the effect share of each unit in each variable, shape (k, U).
        encoder: Ψ, shape (S, k).
        layers: the layer of each unit, from 0, shape (U,).
        weights: W_hh of an Elman network of at most 256 units, shape (N, N); None elsewhere.
        step: A, the step along trajectories, of a state of at most 256 numbers, shape (S, S); None elsewhere.
        maps: `PrivilegedBasis.weights`, of a state of at most 256 numbers; empty elsewhere.
        states: z(t) of one sequence at t = 1, …, T, shape (T, S).
        decoded: ĉ(t), shape (T, k).
        truth: c(t), shape (T, k); NaN in the input phase.
        settled: the last step before the settled window.
    """

    JSON = ("names", "slots", "shares", "encoder")

    names: tuple[str, ...]
    slots: tuple[tuple[int, int], ...] | None
    num_variables: int
    dim: int
    phi: Array
    shares: Array
    encoder: Array
    layers: NDArray[np.intp]
    weights: Array | None
    step: Array | None
    maps: dict[str, MapInBasis]
    states: Array
    decoded: Array
    truth: Array
    settled: int

    def plot(self, ax: Axes | None = None) -> Axes:
        """The step of the network in the basis of its variables: shift blocks and one composition row, each named."""
        from emt_theory.evidence.basis.drawing import draw_map

        return draw_map(self, ax)

    def plot_weights(self) -> Axes:
        """The same beside the weights as they are in the file."""
        from emt_theory.evidence.basis.drawing import draw_weights

        return draw_weights(self)

    def plot_states(self) -> Axes:
        """The state over time, neuron by neuron and variable by variable."""
        from emt_theory.evidence.basis.drawing import draw_states

        return draw_states(self)

    def plot_units(self, ax: Axes | None = None) -> Axes:
        """Which neurons store which variable."""
        from emt_theory.evidence.basis.drawing import draw_units

        return draw_units(self, ax)

    def plot_path(self, ax: Axes | None = None, component: int | None = None) -> Axes:
        """The neurons that hold one value from step to step, from the newest block to the oldest and back; see `path_of`."""
        from emt_theory.evidence.basis.drawing import draw_path

        return draw_path(self, ax, component)

    def plot_wave(self) -> Axes:
        """The variables over time, true and decoded, and how far each is off."""
        from emt_theory.evidence.basis.drawing import draw_wave

        return draw_wave(self)

    @property
    def film(self) -> Film:
        """The variables as they travel through their slots, a frame for each time."""
        return film_of(self)

    def __repr__(self) -> str:
        return f"BasisView({len(self.names)} variables, {self.shares.shape[1]} units)"


@dataclass(frozen=True, eq=False, repr=False)
class BasisSummary(Record):
    """The privileged basis of a network that solves its task, as a check reports it; nothing here is judged.

    Attributes:
        participation_ratio: how many variables units carry, beside random rotations of neuron space.
        energy: how much of the state the variables explain.
        interchange: what a variable's own units hold: one variable exchanged in each of 64 sequences.
        sufficiency: the accuracy from its coordinates alone.
        necessity: the accuracy without them.
        composition: which variables each output reads.
        shared: variables that stand in one direction.
        view: what the pictures are drawn from.
    """

    JSON = (
        "participation", "rotated", "own", "others", "random", "low", "high", "sufficient", "sufficient_linear",
        "necessary", "random_subspace", "share", "energy",
    )  # fmt: skip

    participation_ratio: Participation
    energy: float
    interchange: Interchange | Absent
    sufficiency: Sufficiency
    necessity: Necessity
    composition: Composition
    shared: tuple[SharedVariables, ...]
    view: BasisView

    @property
    def participation(self) -> float:
        """How many variables a unit carries, the median."""
        return self.participation_ratio.median

    @property
    def rotated(self) -> float:
        """The same after random rotations."""
        return self.participation_ratio.rotated

    @property
    def own(self) -> float | None:
        """The fraction of predicted flips that own units make."""
        return self.interchange.own.flips if isinstance(self.interchange, Interchange) else None

    @property
    def others(self) -> float | None:
        """The fraction that all other units make."""
        return self.interchange.others.flips if isinstance(self.interchange, Interchange) else None

    @property
    def random(self) -> float | None:
        """The fraction that as many random units make."""
        return self.interchange.random.flips if isinstance(self.interchange, Interchange) else None

    @property
    def low(self) -> float | None:
        """Of the interval of the share of sequences in which own units do all that was predicted, and nothing else."""
        return self.interchange.own.low if isinstance(self.interchange, Interchange) else None

    @property
    def high(self) -> float | None:
        """Its upper end."""
        return self.interchange.own.high if isinstance(self.interchange, Interchange) else None

    @property
    def sufficient(self) -> float | None:
        """The accuracy from the coordinates alone, re-quantized where their values are known, linear elsewhere."""
        quantized = self.sufficiency.quantized
        return _accuracy(self.sufficiency.linear if isinstance(quantized, Absent) else quantized)

    @property
    def sufficient_linear(self) -> float | None:
        """The accuracy from the coordinates alone as they are read; what fades in the state fades in them."""
        return _accuracy(self.sufficiency.linear)

    @property
    def necessary(self) -> float | None:
        """The accuracy without the coordinates."""
        return _accuracy(self.necessity.without)

    @property
    def random_subspace(self) -> float | None:
        """The accuracy without a random subspace of as many dimensions."""
        return _accuracy(self.necessity.random)

    @property
    def share(self) -> float:
        """How much of the state the coordinates are, k/S."""
        return self.necessity.share

    def plot(self, ax: Axes | None = None) -> Axes:
        """The step of the network in the basis of its variables; `view` has the other pictures."""
        return self.view.plot(ax)

    def __str__(self) -> str:
        own, others, alone, linear, without, random = (
            "–" if x is None else write_fraction(x)
            for x in (
                self.own,
                self.others,
                self.sufficient,
                self.sufficient_linear,
                self.necessary,
                self.random_subspace,
            )
        )
        return (
            f"a unit carries {self.participation:.1f} variables ({self.rotated:.1f} if rotated); a variable's own units make {own} of its flips, "
            f"all others {others}; accuracy with its coordinates alone {alone} (unquantized {linear}), "
            f"without them {without}, without a random subspace {random}"
        )

    def __repr__(self) -> str:
        return f"BasisSummary({self})"


def _accuracy(found: Accuracy | Absent) -> float | None:
    return None if isinstance(found, Absent) else found.accuracy


def summarize(basis: PrivilegedBasis) -> BasisSummary:
    """What a check reports of a basis.

    >>> from emt_theory import derive, privileged_basis
    >>> from emt_theory.tasks import repeat_copy
    >>> circuit = derive(repeat_copy(num_variables=2, dim=1))
    >>> basis = privileged_basis(circuit.compile(scheme="tanh"), circuit.task, sequences=32, horizon=20)
    >>> summary = summarize(basis)
    >>> round(summary.participation, 6), summary.sufficient, summary.own, summary.others
    (1.0, 1.0, 1.0, 0.0)
    """
    least = basis.reading.settled - basis.lasting.task.num_variables + 1
    horizon = min(basis.examination.horizon, max(STEPS, 2 * least))
    return BasisSummary(
        basis.participation,
        basis.energy,
        basis.instrumental_units(sequences=SEQUENCES, each=False),
        *basis.replace_states(REPLACED, horizon),
        basis.composition,
        basis.shared,
        view_of(basis),
    )


def view_of(basis: PrivilegedBasis, sequence: int = 0) -> BasisView:
    """What the pictures of a basis are drawn from, with one sequence of its fresh runs."""
    x, lasting, small = basis.examination, basis.lasting, basis.space.size <= LARGEST_REPEATED
    s, d = lasting.task.slots
    until = min(x.fresh.states.shape[1], basis.reading.settled + _PERIODS * s)
    states = x.fresh.states[sequence, :until].copy()
    truth = basis.truth(x.fresh.first(sequence + 1), until)[sequence]
    plain = basis.space.net.plain_weights()
    return BasisView(
        names=basis.names,
        slots=None if lasting.slots is None else tuple((block, component) for block, component in lasting.slots),
        num_variables=s,
        dim=d,
        phi=lasting.phi,
        shares=basis.shares,
        encoder=basis.encoder,
        layers=basis.neurons.layers,
        weights=plain[0] if plain is not None and small else None,
        step=basis.step.step if small else None,
        maps=basis.weights if small else {},
        states=states,
        decoded=basis.states(states),
        truth=truth,
        settled=basis.reading.settled,
    )

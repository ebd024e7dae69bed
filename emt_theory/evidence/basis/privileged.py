r"""The privileged basis of a network that solves a task: the directions in which it keeps its variables, and everything that can be asked in it.

    z(t) ≈ μ + Ψ (c(t) − c̄),      ĉ = X (z − μ) + c̄,      c(t+1) = Φ c(t)

Ψ is the *encoder*, the states regressed on the variables at settled times, and X the *decoder*, the variables regressed on the states. The variables
are the persistent ones of a selection task and the lasting coordinates of any other. A basis is made by `emt_theory.privileged_basis`; here is what
it measures.

Source: arXiv 2310.02430, section 5, whose third claim it makes precise; new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.evidence.basis.composition import Composition, compose
from emt_theory.evidence.basis.constructions import Constructions, compare_constructions
from emt_theory.evidence.basis.coordinates import Coordinates
from emt_theory.evidence.basis.interchange import Interchange, Interchanges, Mask, Masks
from emt_theory.evidence.basis.replacing import HORIZON, SEQUENCES, Necessity, Replacing, Sufficiency, replace_states
from emt_theory.evidence.basis.summary import BasisView, view_of
from emt_theory.evidence.basis.tables import BasisTable, SharedVariables, VariableRow, share_directions
from emt_theory.evidence.basis.units import SHARE, Participation, Units, effect_shares, participation, smallest_set
from emt_theory.evidence.basis.weights import Frame, MapInBasis
from emt_theory.evidence.effects import Step, step_along
from emt_theory.evidence.exchanges import Exchanges
from emt_theory.evidence.lasting import Lasting
from emt_theory.evidence.linearize import Linearization
from emt_theory.evidence.recording import require_sizes
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import integer, numeric_array, real, sequence
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.arrays import Array
from emt_theory.ground.blas import one_blas_thread
from emt_theory.tasks.digits import write_fraction

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emt_theory.evidence.examination import Examination

EXCHANGED = 64
"""In how many sequences units are interchanged."""

_STATES = 24
"""So many sequences, at so many times, say how large the rest of the state is."""


@dataclass(frozen=True, eq=False, repr=False)
class PrivilegedBasis(Coordinates):
    """Where a network keeps the variables of a task, and everything that can be asked in that basis.

    Attributes:
        examination: of the network on the task; it keeps the runs.
        reading: the encoder and decoder, and how well they read.
        step: the step along trajectories and the read-out.
    """

    JSON = (
        "task=lasting.task.name", "claims", "names", "slots", "accuracy", "energy", "participation", "table=rows", "composition", "weights",
        "interchange", "sufficiency", "necessity", "shared",
    )  # fmt: skip

    step: Step

    # ----------------------------------------------------------------------------------------------------- its units

    @cached_property
    def neurons(self) -> Units:
        """The units of the network."""
        return Units.of_space(self.space)

    @cached_property
    def shares(self) -> Array:
        """v, the effect share of each unit in each variable, shape (k, U); each row sums to 1."""
        return self.neurons.gather(effect_shares(self.reading.effects, self.encoder))

    def units(self, variable: tuple[int, int] | int, share: float = SHARE) -> tuple[int, ...]:
        """The instrumental units of a variable: the smallest set with this share of Σ|v|, those with the largest first.

        Args:
            variable: (block, component), the oldest block being 1, as in edits; or the number of a lasting coordinate.
            share: between 0 and 1.

        Raises:
            InvalidOption: if there is no such variable, or the share is none.
        """
        return tuple(smallest_set(self.shares[self.index(variable)], _checked_share(share)).tolist())

    def variables(self, unit: int, share: float = SHARE) -> tuple[tuple[int, int] | int, ...]:
        """The variables of which this unit is instrumental.

        Args:
            unit: its number, from 0.
            share: see `units`.

        Raises:
            InvalidOption: if there is no such unit, or the share is none.
        """
        chosen = integer("unit", unit, least=0, most=self.neurons.count - 1)
        sets = self.instrumental(_checked_share(share))
        return tuple(name for name, own in zip(self.slots, sets[:, chosen], strict=True) if own)

    def instrumental(self, share: float = SHARE) -> Mask:
        """The instrumental units of all variables, shape (k, U)."""
        return _masks(self.shares, _checked_share(share))

    @cached_property
    def participation(self) -> Participation:
        """How many variables units carry, beside randomly rotated neuron spaces."""
        return participation(self.neurons, self.encoder, self.examination.seed)

    @cached_property
    def shared(self) -> tuple[SharedVariables, ...]:
        """Variables that stand in one direction of the state."""
        return share_directions(self.encoder, self.names)

    def table(self) -> BasisTable:
        """One row a variable: its units, those with the largest share, how well it is read, and with which it shares a direction."""
        return BasisTable(self.rows, self.neurons.count)

    @cached_property
    def rows(self) -> tuple[VariableRow, ...]:
        """Of the table, one a variable."""
        sets, errors = self.instrumental(), self.errors()
        flips = self.interchange.own.by_variable if isinstance(self.interchange, Interchange) else ()
        return tuple(
            VariableRow(
                variable=self.slots[j],
                name=name,
                units=int(sets[j].sum()),
                largest=tuple((int(i), float(self.shares[j, i])) for i in smallest_set(self.shares[j])[:3]),
                r2=1.0 - float(errors[j]),
                flips=flips[j] if self.lasting.slots is not None and flips else None,
                shared=tuple(pair.other(name) for pair in self.shared if name in (pair.one, pair.two)),
            )
            for j, name in enumerate(self.names)
        )

    def constructions(self, sequences: int = EXCHANGED) -> Constructions | Absent:
        """The paper's two constructions, and what else finds memories, beside this basis.

        Args:
            sequences: in how many the units of each are interchanged.
        """
        return compare_constructions(self, sequences)

    # --------------------------------------------------------------------------------------------------- its weights

    @cached_property
    def _frame(self) -> Frame:
        fresh, steps = self.examination.fresh, self.settled_steps
        steps = np.random.default_rng(0).choice(steps, min(len(steps), _STATES), replace=False)
        states = fresh.states[:_STATES, steps] * self.lasting.scale(steps)[:, None] - self.center
        return Frame(self.encoder, self.decoder, states.reshape(-1, self.space.size))

    @cached_property
    def weights(self) -> dict[str, MapInBasis]:
        """The recurrent weights ("weights", of an Elman network), the step along trajectories ("step") and the secant map ("secant") in the basis."""
        maps: dict[str, Array] = {}
        if (plain := self.space.net.plain_weights()) is not None and len(plain[0]) == self.space.size:
            maps["weights"] = plain[0]
        maps["step"] = self.step.step
        if isinstance(secant := self.examination.secant, Linearization):
            maps["secant"] = secant.matrix
        # In units of what grows: Φ has eigenvalues of modulus ρ, as the maps have.
        return {name: self._frame.express(name, matrix, self.lasting) for name, matrix in maps.items()}

    @cached_property
    def composition(self) -> Composition:
        """Which variables each output reads, F̂ against F, and the units that it goes through."""
        fresh, steps = self.examination.fit, self.settled_steps
        steps = steps[steps < fresh.states.shape[1]]
        outputs, targets = fresh.outputs[:, steps], fresh.series[:, steps]
        scale = self.lasting.scale(steps)[:, None]
        outputs, targets = outputs * scale, targets * scale
        if not fresh.odd:
            outputs, targets = outputs - outputs.mean(axis=(0, 1)), targets - targets.mean(axis=(0, 1))
        power = (targets**2).sum(axis=(0, 1))
        gains = np.divide((outputs * targets).sum(axis=(0, 1)), power, out=np.zeros(len(power)), where=power > 0)
        return compose(self.lasting, self.neurons, self.step, self.encoder, gains)

    # --------------------------------------------------------------------------------------------------- causal tests

    @cached_property
    def interchange(self) -> Interchange | Absent:
        """The interchange test of all variables at three settled times, in 64 sequences."""
        return self.instrumental_units()

    @one_blas_thread()
    def instrumental_units(
        self, share: float = SHARE, times: Sequence[int] | None = None, sequences: int = EXCHANGED, each: bool = True
    ) -> Interchange | Absent:
        """The interchange test: variables' own units, all others, as many random ones, and a no-op.

        Args:
            share: of the effect that own units make up.
            times: at which steps; three settled ones if left out.
            sequences: in how many; they take turns at the times.
            each: whether every variable is exchanged in every sequence; if not, one is drawn for each, soon after the network has settled.

        Raises:
            InvalidOption: if a time is not settled or leaves no 2s steps, or a number is out of range.
        """
        require_sizes(sequences=sequences)
        return self._exchange(self._own(self.encoder, _checked_share(share)), self._watched, times, sequences, each)

    @one_blas_thread()
    def exchange_with(self, encoder: Array, sequences: int = EXCHANGED) -> Interchange | Absent:
        """The same for the units that another Ψ, of shape (S, k), names."""
        given = numeric_array("encoder", encoder, InvalidOption)
        if given.shape != self.encoder.shape:
            raise InvalidOption(f"encoder must have the shape (S, k) = {self.encoder.shape}; got {given.shape}")
        if not np.isfinite(given).all() or not given.any(axis=0).all():
            raise InvalidOption(
                "encoder must be finite, and no column of it 0: a variable without a direction has no units"
            )
        require_sizes(sequences=sequences)
        return self._exchange(self._own(given, SHARE), self._watched, None, sequences, True)

    @property
    def _watched(self) -> int:
        return 2 * self.lasting.task.num_variables

    def _own(self, encoder: Array, share: float) -> Masks:
        """The units that carry this share of the effect of what an exchange adds to a state."""

        def own(made: Exchanges) -> Mask:
            return _masks(
                self.neurons.gather(effect_shares(self.reading.effects, self._directions(encoder, made))), share
            )

        return own

    @cached_property
    def composed(self) -> Interchange | Absent:
        """The same for the units between what an output reads and what it writes, at t − 1: only that output moves at t."""
        onward = self.step.read @ self.step.step

        def between(made: Exchanges) -> Mask:
            """The units through which outputs read what each exchange changes."""
            directions = self._directions(self.encoder, made)
            found = np.zeros((directions.shape[1], self.neurons.count), dtype=bool)
            reads = np.abs(self.composition.theory) > 1e-9
            moved = np.abs(self.lasting.reader @ made.effect[:, made.inputs]) > 1e-9
            for j in range(directions.shape[1]):
                for c in np.flatnonzero(reads[:, moved[:, j]].any(axis=1)):
                    found[j] |= _mask(self.neurons.gather(onward[c] * directions[:, j]), SHARE)
            return found

        return self._exchange(between, 1, None, EXCHANGED, True)

    def _directions(self, encoder: Array, made: Exchanges) -> Array:
        """Where an exchange of each input goes in the state, shape (S, variables)."""
        return encoder @ (self.lasting.reader @ made.effect[:, made.inputs])

    def _exchange(
        self, masks: Masks, steps: int, times: Sequence[int] | None, sequences: int, each: bool
    ) -> Interchange | Absent:
        fresh = self.examination.fresh
        given = Interchanges(self.space, self.lasting, fresh, self.neurons.of, self.examination.seed)
        found = given.settled_times(steps, self.reading.settled, None if each else 4 * self.lasting.task.num_variables)
        if isinstance(found, Absent):
            return found
        if times is not None:
            chosen = tuple(integer("times", t, least=found[0], most=found[-1]) for t in sequence("times", times))
            if not chosen:
                raise InvalidOption("times must hold at least one time")
            found = chosen
        return given.exchange(masks, found, steps, sequences, each)

    @cached_property
    def _replacing(self) -> Replacing:
        given = (self.encoder, self.decoder, self.center, self.offset)
        return Replacing(self.space, self.lasting, *given, self.reading.settled)

    @cached_property
    def _replaced(self) -> tuple[Sufficiency, Necessity]:
        return self.replace_states(horizon=max(HORIZON, 2 * self._least_horizon))

    @property
    def sufficiency(self) -> Sufficiency:
        """As `sufficient`, on 128 sequences to t = s + 200, or further where the task settles late."""
        return self._replaced[0]

    @property
    def necessity(self) -> Necessity:
        """As `necessary`, on 128 sequences to t = s + 200, or further where the task settles late."""
        return self._replaced[1]

    def sufficient(self, sequences: int = SEQUENCES, horizon: int = HORIZON, seed: int = 0) -> Sufficiency:
        """The accuracy with *only* the coordinates of the basis at every settled step.

        Args:
            sequences: how many, fresh.
            horizon: scored steps of each.
            seed: of the sequences.

        Raises:
            InvalidOption: if a number is out of range or the horizon does not reach the settled steps.
        """
        return self.replace_states(sequences, horizon, seed)[0]

    def necessary(self, sequences: int = SEQUENCES, horizon: int = HORIZON, seed: int = 0) -> Necessity:
        """The accuracy *without* the coordinates of the basis, and without a random subspace of as many dimensions.

        Args:
            sequences: how many, fresh.
            horizon: scored steps of each.
            seed: of the sequences.

        Raises:
            InvalidOption: if a number is out of range or the horizon does not reach the settled steps.
        """
        return self.replace_states(sequences, horizon, seed)[1]

    @one_blas_thread()
    def replace_states(
        self, sequences: int = SEQUENCES, horizon: int = HORIZON, seed: int = 0
    ) -> tuple[Sufficiency, Necessity]:
        """Both `sufficient` and `necessary`, of one run."""
        self._require_horizon(sequences, horizon)
        return replace_states(self._replacing, sequences, horizon, checked_seed(seed))

    def _require_horizon(self, sequences: int, horizon: int) -> None:
        require_sizes(sequences=sequences, horizon=horizon)
        integer("horizon", horizon, least=self._least_horizon)

    @property
    def _least_horizon(self) -> int:
        return self.reading.settled - self.lasting.task.num_variables + 1

    # ------------------------------------------------------------------------------------------------- pictures, text

    @cached_property
    def view(self) -> BasisView:
        """What the pictures are drawn from; it has a method for each."""
        return view_of(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """The step of the network in the basis: shift blocks and one composition row, each named; `view` has the other pictures."""
        return self.view.plot(ax)

    def __str__(self) -> str:
        head = (
            f"{self.lasting.size} variables in {self.neurons.count} units: they explain {self.energy:.1%} of the state"
        )
        if not self.claims:
            done = "no output" if self.accuracy is None else f"{write_fraction(self.accuracy)} of its outputs"
            return f"the network has {done} right: nothing is claimed. {head}"
        sizes = self.instrumental().sum(axis=1)
        return "\n".join(
            [
                head,
                f"units for {SHARE:.0%} of a variable's effect: {int(np.median(sizes))} (median), at most {sizes.max()}",
                str(self.participation),
                f"interchange: {self.interchange}",
                str(self.sufficiency),
                str(self.necessity),
                *map(str, self.shared),
            ]
        )

    def __repr__(self) -> str:
        return f"PrivilegedBasis({self.lasting.size} variables in {self.neurons.count} units)"


def _checked_share(share: object) -> float:
    value = real("share", share)
    if not 0 < value <= 1:
        raise InvalidOption(f"share must be above 0 and at most 1; got {share!r}")
    return value


def _mask(shares: Array, share: float) -> Mask:
    found = np.zeros(len(shares), dtype=bool)
    found[smallest_set(shares, share)] = True
    return found


def _masks(shares: Array, share: float) -> Mask:
    return np.stack([_mask(row, share) for row in shares]) if len(shares) else np.zeros(shares.shape, dtype=bool)


def basis_of(examination: Examination) -> PrivilegedBasis | Absent:
    """The basis of an examined network, or why there is none.

    >>> from emt_theory import derive
    >>> from emt_theory.evidence import examine
    >>> from emt_theory.tasks import repeat_copy
    >>> circuit = derive(repeat_copy(num_variables=2, dim=1))
    >>> basis_of(examine(circuit.compile(scheme="tanh"), circuit.task, sequences=32, horizon=20)).slots
    ((1, 0), (2, 0))
    """
    if isinstance(reading := examination.variables, Absent):
        return reading
    gain = examination.gain if reading.settled == examination.fit.settled else None
    step = step_along(examination.space, examination.fit, reading.settled, known=gain or None)
    return step if isinstance(step, Absent) else PrivilegedBasis(examination, reading, step)


def require_size(examination: Examination) -> None:
    """Refuse a network with fewer state variables than there are variables to keep.

    Raises:
        InvalidNetwork: names both numbers.
    """
    lasting = examination.lasting
    if isinstance(lasting, Lasting) and lasting.size > examination.space.size:
        raise InvalidNetwork(
            f"{examination.task.name} has {lasting.size} variables that last and the network's state has {examination.space.size} "
            "numbers: there is no basis; take a larger network"
        )

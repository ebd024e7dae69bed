"""An examination: a network, a task and seeds, and everything that is measured of them, each made once and when it is asked for.

>>> from emt_theory import derive
>>> from emt_theory.tasks import compose_copy
>>> circuit = derive(compose_copy(3))
>>> found = examine(circuit.compile(scheme="saturating"), circuit.task, sequences=400, horizon=40)
>>> found.behaviour.sequences_right, round(found.variables.r2_min, 3), found.extra.count, found.use.sequences_right
(400, 1.0, 0, 256)
>>> found.variables is found.variables
True

What does not exist for a task, or cannot be measured, is `Absent`. The theory of memories, spectra and edits is about linear tasks; of a task of
another kind there is behaviour, and recordings to look at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from emt_theory.circuits import Circuit, derive
from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.evidence.basis.coordinates import SOLVED
from emt_theory.evidence.basis.privileged import basis_of
from emt_theory.evidence.basis.summary import BasisSummary, summarize
from emt_theory.evidence.behaviour import Behaviour, Watched, watch
from emt_theory.evidence.codes import CodeReading, code_of
from emt_theory.evidence.conventions import (
    CONVENTIONS,
    FIT_SEQUENCES,
    HORIZON,
    LARGEST_MEMORY,
    LARGEST_REPEATED,
    SEQUENCES,
    Conventions,
)
from emt_theory.evidence.examples import Examples, keep_examples
from emt_theory.evidence.extra import ExtraMemory, extra_memory
from emt_theory.evidence.interventions import SchurAblations
from emt_theory.evidence.interventions.ablations import ablate
from emt_theory.evidence.lasting import Lasting, lasting_part
from emt_theory.evidence.lifetime import (
    LIFETIME_SEQUENCES,
    STEPS,
    Lifetime,
    finite_lifetime,
    lifetime_of,
    stream_lifetime,
)
from emt_theory.evidence.linearize import (
    Linearization,
    Transitions,
    extended_transitions,
    linearize_gain,
    linearize_secant,
    origin_of,
    transitions,
)
from emt_theory.evidence.memories import Memories, Persistent, label_states, memories_of, persistent_dynamics
from emt_theory.evidence.memories.regression import Labelled
from emt_theory.evidence.recording import STEPS as STEPS_KEPT
from emt_theory.evidence.recording import Recording, record, require, require_fit, require_sizes
from emt_theory.evidence.spectral import SpectralEvidence, measure_spectrum
from emt_theory.evidence.streams import StreamMemory, stream_memory
from emt_theory.evidence.symbols import SymbolEvidence, symbol_evidence
from emt_theory.evidence.use import EACH, VariableUse, use_of
from emt_theory.evidence.variables import VariableReading, reading_of
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import callback
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.text import Shown, shown
from emt_theory.networks import ElmanRNN, Network, StateSpace, state_space
from emt_theory.tasks import FiniteTask, LinearTask, Task
from emt_theory.tasks.streams.described import StreamTask

_LARGEST_WEIGHT = 1e100
_EDITED, _SHOWN, _FEW = 640, 128, 32
_LIFETIME_WORK = 5e10
_NEARLY = 0.98


@dataclass(frozen=True, eq=False, repr=False)
class Examination(Shown):
    """A network on a task; make one with `examine`.

    Attributes:
        net: the network.
        task: the task.
        sequences: fresh sequences on which behaviour is measured.
        horizon: scored steps of each.
        seed: of the fresh sequences. What is estimated, is estimated on sequences of seed + 1.
        conventions: of measuring.
        near: see `bootstrap_spectrum`.
        far: whether the lifetime is measured; None where it takes at most about two seconds.
        say: called with the name of each step as it begins.
        least: on how many sequences things are estimated, at least.
    """

    net: Network
    task: Task
    sequences: int
    horizon: int
    seed: int
    conventions: Conventions
    near: tuple[float, float] | None = None
    far: bool | None = None
    say: Callable[[str], object] = field(default=lambda step: None)
    least: int = FIT_SEQUENCES

    # ----------------------------------------------------------------------------------------------------- the theory

    @cached_property
    def space(self) -> StateSpace:
        """The network's state space."""
        return state_space(self.net)

    @cached_property
    def circuit(self) -> Circuit | Absent:
        """The exact circuit of the task."""
        if not isinstance(self.task, LinearTask):
            return Absent(f"a circuit is derived for linear tasks; {self.task.name} is a {self.task.kind} task")
        self.say("derive the circuit")
        return derive(self.task)

    @cached_property
    def persistent(self) -> Persistent | Absent:
        """What has to be remembered, and how it moves."""
        return self.circuit if isinstance(self.circuit, Absent) else persistent_dynamics(self.circuit)

    @cached_property
    def lasting(self) -> Lasting | Absent:
        """The coordinates of the memory that last."""
        return self.circuit if isinstance(self.circuit, Absent) else lasting_part(self.circuit)

    @property
    def needed(self) -> int:
        """How many sequences a fit needs."""
        if isinstance(self.lasting, Absent):
            return self.least
        return max(self.least, self.lasting.sequences(self.space.size, self.horizon))

    # ------------------------------------------------------------------------------------------------------- the runs

    @property
    def _kept(self) -> int:
        """Of how many fresh sequences the states are kept."""
        each = 0 if isinstance(self.lasting, Absent) else EACH * self.lasting.size
        return max(self.needed, min(_EDITED, max(each, 2 * FIT_SEQUENCES)), min(_EDITED, 2 * self.sequences // 5))

    @property
    def _spared(self) -> int:
        """How many of the sequences that behaviour is measured on are those of `fit`: of a large network, which is not run twice."""
        large = self.space.size > LARGEST_REPEATED and isinstance(self.task, LinearTask)
        return self.needed if large and self._kept + self.needed <= self.sequences else 0

    @cached_property
    def _watched(self) -> Watched:
        self.say("run the network on fresh inputs")
        return watch(self.space, self.task, self.sequences, self.horizon, self.seed, self._kept, self._spared)

    @property
    def behaviour(self) -> Behaviour:
        """How many outputs are right, on all fresh sequences."""
        return self._watched.behaviour

    @cached_property
    def fresh(self) -> Recording:
        """The run of the first fresh sequences: as many as a fit needs, and 256 where there are."""
        if self.sequences >= self.needed:
            return self._watched.recording
        return record(self.net, self.task, self.needed, self.horizon, self.seed)

    @cached_property
    def shown(self) -> Recording:
        """The run of the first 128 fresh sequences: what is reported and decides nothing, is measured on these."""
        return self.fresh.first(_SHOWN)

    @cached_property
    def fit(self) -> Recording:
        """Other sequences, as many as a fit needs, at least 128: what is estimated, is estimated on these, and read on `fresh`."""
        if self._spared:
            return self._watched.other
        self.say("record states")
        return record(self.net, self.task, self.needed, self.horizon, (self.seed + 1) % 2**64)

    @cached_property
    def pairs(self) -> Transitions | Absent:
        """The transitions of `fit` in the settled window."""
        return transitions(self.fit, most=STEPS_KEPT)

    @cached_property
    def arrivals(self) -> Transitions | Absent:
        """The transitions of `fit` behind the input phase of a linear task, t > s."""
        if not isinstance(self.task, LinearTask):
            return Absent(str(self.circuit))
        return extended_transitions(self.fit, self.task.num_variables, self.pairs)

    @cached_property
    def labelled(self) -> Labelled | Absent:
        """The states of `fit` beside the true variables."""
        return self.persistent if isinstance(self.persistent, Absent) else label_states(self.persistent, self.fit)

    # ------------------------------------------------------------------------------------------------ linearizations

    @cached_property
    def origin(self) -> Linearization | Absent:
        """The Jacobian at the state 0."""
        return origin_of(self.space)

    @cached_property
    def secant(self) -> Linearization | Absent:
        """The secant map along trajectories."""
        return linearize_secant(self.pairs, self.conventions.rank_tolerance)

    @cached_property
    def gain(self) -> Linearization | Absent:
        """The statistical gain."""
        # Of a large network both are of the same steps; of a small one the gain, which a verdict rests on, is of all.
        return linearize_gain(self.net, self.fit, pairs=self.pairs if self.space.size > LARGEST_REPEATED else None)

    # ------------------------------------------------------------------------------------------------- four questions

    @cached_property
    def variables(self) -> VariableReading | Absent:
        """How well the lasting coordinates are read off the effects of the states."""
        if isinstance(self.lasting, Absent):
            return self.lasting
        fit, fresh, gain = self.fit, self.fresh, self.gain
        self.say("read its variables")
        nearly = (self.behaviour.accuracy or 0.0) >= _NEARLY
        return reading_of(self.space, self.lasting, fit, fresh, gain, self._longer if nearly else None)

    def _longer(self) -> Recording:
        return record(self.net, self.task, 4 * self.needed, self.horizon, (self.seed + 1) % 2**64)

    @cached_property
    def extra(self) -> ExtraMemory | Absent:
        """What states of equal memories differ by."""
        if not isinstance(self.streams, Absent):
            return self.streams.extra
        if isinstance(self.lasting, Absent):
            return self.lasting
        encoder = self.variables.encoder if isinstance(self.variables, VariableReading) else None
        self.say("compare equal memories")
        return extra_memory(self.space, self.lasting, self.horizon, self.seed, encoder, self.fresh)

    @cached_property
    def use(self) -> VariableUse | Absent:
        """What changes of single variables do."""
        reading = self.variables
        self.say("change its variables")
        return use_of(self.space, reading, self.fit, self.fresh, self.seed)

    @cached_property
    def symbols(self) -> SymbolEvidence | Absent:
        """What is measured on a finite task in their place: its memory in the states, and exchanges of it."""
        if not isinstance(self.task, FiniteTask):
            return Absent(f"{self.task.name} is no finite task")
        self.say("read its window and its lift")
        return symbol_evidence(self.space, self.task, self.horizon, self.seed)

    @cached_property
    def streams(self) -> StreamMemory | Absent:
        """What is measured of a network with an input at every step: its task's memory in the states, and changes of it."""
        if not isinstance(self.task, StreamTask):
            return Absent(f"{self.task.name} has no input at every step")
        self.say("look for the task's memory in its states")
        return stream_memory(self.space, self.task, self.seed)

    @cached_property
    def basis(self) -> BasisSummary | Absent:
        """Which units store which variable, and whether its coordinates are sufficient and necessary; of a network that solves the task."""
        if (self.behaviour.accuracy or 0.0) < SOLVED:
            return Absent("it does not solve the task: of its basis nothing is claimed")
        self.say("exchange its units")
        found = basis_of(self)
        return found if isinstance(found, Absent) else summarize(found)

    @cached_property
    def lifetime(self) -> Lifetime | Absent:
        """For how long it holds the task, to 10⁴ steps."""
        task = self.task
        if not isinstance(task, StreamTask | FiniteTask):
            if isinstance(self.lasting, Absent):
                return self.lasting
            if not self.lasting.task.is_selection:
                return Absent(f"a lifetime is that of a selection task; {self.task.name} is none")
        costly = 2.0 * self.space.size**2 * LIFETIME_SEQUENCES * STEPS > _LIFETIME_WORK
        if self.far is False or (self.far is None and costly):
            return Absent("a run of 10,000 steps takes long; ask for it with lifetime=True (--lifetime)")
        self.say("run far beyond the horizon")
        if isinstance(task, StreamTask):
            return stream_lifetime(self.space, task, seed=self.seed, say=self.say)
        if isinstance(task, FiniteTask):
            return finite_lifetime(self.space, task, seed=self.seed, say=self.say)
        assert not isinstance(self.lasting, Absent)  # returned above
        return lifetime_of(self.space, self.lasting, seed=self.seed, say=self.say)

    # -------------------------------------------------------------------------------------------------- measurements

    @cached_property
    def spectrum(self) -> SpectralEvidence | Absent:
        """The three linearizations' spectra against the circuit's, with their uncertainty and beside chance levels."""
        if isinstance(self.circuit, Absent):
            return self.circuit
        linearizations = (self.origin, self.secant, self.gain)
        self.say("linearize, and compare spectra")
        theory, runs = (self.circuit, self.persistent), (self.pairs, self.fit, self.shown.first(_FEW))
        return measure_spectrum(self.net, *theory, linearizations, *runs, self.conventions, self.near)

    @cached_property
    def memories(self) -> Memories | Absent:
        """The variable memories by four methods."""
        if isinstance(self.persistent, Absent):
            return self.persistent
        linear = self.gain if self.net.plain_weights() else self.secant
        parts = (linear, self.pairs, self.arrivals, self.labelled)
        self.say("estimate variable memories")
        return memories_of(self.net, self.persistent, *parts, self.shown, quick=True)

    @cached_property
    def ablations(self) -> SchurAblations | Absent:
        """Which outputs break without which modes of W_hh."""
        if isinstance(self.circuit, Absent):
            return self.circuit
        if isinstance(self.persistent, Absent):
            return self.persistent
        eigenvalues = self.circuit.spectrum().eigenvalues()
        modes = np.count_nonzero(np.abs(eigenvalues) > self.conventions.modulus)
        if not isinstance(self.net, ElmanRNN):
            return Absent(f"a Schur form is put back into W_hh, which a {type(self.net).__name__} does not have")
        if self.fresh.blow_up is not None or np.abs(self.net.W_hh).max() > _LARGEST_WEIGHT:
            return Absent("the network blows up, or its weights are too large")
        if not (self.net.hidden <= LARGEST_REPEATED and 0 < modes <= LARGEST_REPEATED):
            return Absent(f"modes are dropped one by one in networks of at most {LARGEST_REPEATED} units and modes")
        self.say("drop its modes")
        return ablate(self.net, self.persistent, eigenvalues, conventions=self.conventions)

    @cached_property
    def code(self) -> CodeReading | Absent:
        """The code in which the states hold the variables."""
        if isinstance(self.persistent, Absent):
            return self.persistent
        labelled, fit = self.labelled, self.fit
        fresh = self.shown.first(_FEW) if self.space.size > LARGEST_REPEATED else self.shown
        self.say("look for variables that share a direction")
        return code_of(self.persistent, labelled, fit, fresh)

    @cached_property
    def examples(self) -> Examples:
        """A few sequences to look at."""
        return keep_examples(self.fresh, self.persistent, self.memories)

    def __repr__(self) -> str:
        return f"Examination({self.net!r} on {self.task.name!r})"


def examine(
    net: Network,
    task: Task,
    sequences: int = SEQUENCES,
    horizon: int = HORIZON,
    seed: int = 0,
    conventions: Conventions = CONVENTIONS,
    near: tuple[float, float] | None = None,
    progress: Callable[[str], None] | bool | None = None,
    lifetime: bool | None = None,
) -> Examination:
    """Examine a network on a task; nothing is computed before it is asked for.

    Args:
        net: the network, with the task's inputs and outputs.
        task: the task.
        sequences: fresh sequences on which behaviour is measured, at most 1,000,000.
        horizon: scored steps of each, at most 1,000,000.
        seed: of the fresh sequences. What is estimated, is estimated on sequences of seed + 1.
        conventions: of measuring.
        near: the distances within which a drawn spectrum is said to match; see `bootstrap_spectrum`.
        progress: called with the name of each step as it begins; True writes it to stderr.
        lifetime: whether the network is run for 10⁴ steps to see for how long it holds; None: where that takes at most about two seconds.

    Raises:
        InvalidNetwork: if `net` is no network, or its inputs and outputs are not the task's.
        InvalidTask: if `task` is no task, or linear with more than 1024 memory components.
        InvalidOption: if sequences or horizon is out of range; if progress is no function.
    """
    say = callback("progress", progress)
    require_fit(net, task)
    require_sizes(sequences=sequences, horizon=horizon)
    require(Conventions, conventions=conventions)
    if near is not None and (
        not isinstance(near, tuple) or len(near) != 2 or not all(isinstance(x, int | float) and x >= 0 for x in near)
    ):
        raise InvalidOption(f"near must be two distances, the mean and the largest, or None; got {shown(near)}")
    if isinstance(task, LinearTask) and task.components > LARGEST_MEMORY:
        raise InvalidTask(
            f"{task.name} has n = {task.components} memory components; check takes at most {LARGEST_MEMORY}"
        )
    if lifetime is not None and not isinstance(lifetime, bool):
        raise InvalidOption(f"lifetime must be True, False or None; got {shown(lifetime)}")
    return Examination(net, task, sequences, horizon, checked_seed(seed), conventions, near, lifetime, say)

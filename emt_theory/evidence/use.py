r"""Does the network use its variables? One is changed in the running network, and the outputs that should follow are counted.

Let x' be x with one input exchanged for another valid value, m and m' the memories that they lead to at a settled time t, and g(m) the state that
goes with a memory on average, regressed on the lasting coordinates. Then

    z' = z + g(m') − g(m),      for a selection task z' = z − 2 c_j Ψ_j,

and the next 30 outputs, or half of what is recorded, never fewer than 2s, are held against the exact targets of x'. In a selection task this flips
the one variable that holds that input at t, with all its copies on their way out, since Ψ carries them. Where inputs have one sign only, values are
held against each other instead of signs. Where values are mixed, those above and below 0 may stand in units of their own, so g is regressed on m and
on |m|; and only outputs count that what lasts decides: no verdict on what decays. Every fresh sequence gets edits of its own, a variable and one of
three times drawn at random, each variable at least four; a sequence is *right* when of its predicted flips at least 0.99 are seen, and of the other
outputs at most 0.01 flip. The interval is Clopper–Pearson's over sequences.

>>> from emt_theory import derive
>>> from emt_theory.evidence.recording import record
>>> from emt_theory.evidence.variables import read_variables
>>> from emt_theory.tasks import compose_copy
>>> circuit = derive(compose_copy(3))
>>> net = circuit.compile(scheme="tanh")
>>> fit, fresh = (record(net, circuit.task, sequences=128, horizon=60, seed=seed) for seed in (1, 0))
>>> print(use_variables(net, read_variables(net, circuit, fit, fresh), fit, fresh))
128 of 128 sequences are right after 128 edits; 1.0000 of the predicted flips are seen, 0.0000 of the other outputs flip

Source: new.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidOption
from emt_theory.evidence.interventions.result import Example
from emt_theory.evidence.interventions.running import observe
from emt_theory.evidence.lasting import Lasting
from emt_theory.evidence.recording import Recording, require, require_recorded, steps_within
from emt_theory.evidence.resampling import clopper_pearson
from emt_theory.evidence.variables import VariableReading
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.networks import Network, StateSpace, state_space
from emt_theory.tasks.digits import write_fraction
from emt_theory.tasks.words import generator

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EACH = 4
"""How often each variable is edited, at least."""

WATCHED = 30
"""For how many steps, where there are as many: a register that is pulled back to what another code says gives in to an edit at first."""

SEEN, OTHERS = 0.99, 0.01
"""What makes a sequence right: conventions of counting."""

_TIMES = 3
_CHUNK = 512
_ROUNDING = 1e-9


@dataclass(frozen=True)
class VariableUse(Record):
    """What changes of single variables did.

    Attributes:
        edits: how many were made.
        sequences: in how many sequences; each counts once.
        sequences_right: in how many all that was predicted happened, and nothing else.
        low, high: the 95 % interval of their share.
        predicted: how many outputs were predicted to flip.
        seen: how many of them did.
        staying: how many were predicted to keep their sign.
        unpredicted: how many of them did not.
        noop_changes: how many outputs differ after edits that add exactly 0.
        by_variable: for each variable the number of its edits, and how many were right: a persistent component, or an input of a task that mixes.
        names: of the variables that were edited.
        slots: (block, component) of each; None for inputs of a task that mixes.
        times: at which.
        example: one edit in one sequence.
    """

    JSON = (
        "edits", "sequences", "sequences_right", "low", "high", "predicted_flips_seen", "unpredicted_flips", "noop_changes", "by_variable",
        "times",
    )  # fmt: skip

    edits: int
    sequences: int
    sequences_right: int
    low: float
    high: float
    predicted: int
    seen: int
    staying: int
    unpredicted: int
    noop_changes: int
    by_variable: tuple[tuple[int, int], ...]
    names: tuple[str, ...]
    slots: tuple[tuple[int, int], ...] | None
    times: tuple[int, ...]
    example: Example | None

    @property
    def predicted_flips_seen(self) -> float | None:
        """The fraction of predicted flips that were seen."""
        return self.seen / self.predicted if self.predicted else None

    @property
    def unpredicted_flips(self) -> float | None:
        """The fraction of outputs predicted to stay that flipped."""
        return self.unpredicted / self.staying if self.staying else None

    @property
    def never_right(self) -> tuple[str, ...]:
        """The variables that were wrong each time."""
        return tuple(name for name, (n, right) in zip(self.names, self.by_variable, strict=True) if n and not right)

    def plot(self, ax: Axes | None = None) -> Axes:
        """One change: where flips were predicted and where outputs flipped, over time and output component."""
        from emt_theory.evidence.interventions.drawing import draw_example

        return draw_example(self.example, ax)

    def plot_slots(self, ax: Axes | None = None) -> Axes:
        """In which share of its edits each variable did what it should, as a grid of blocks and components."""
        from emt_theory.evidence.interventions.drawing import draw_slots

        counted = zip(self.slots or (), self.by_variable, strict=False)
        return draw_slots({slot: right / n if n else None for slot, (n, right) in counted}, "edits that are right", ax)

    def __str__(self) -> str:
        seen, others = write_fraction(self.predicted_flips_seen or 0.0), write_fraction(self.unpredicted_flips or 0.0)
        counted = f"{self.sequences_right} of {self.sequences} sequences are right after {self.edits} edits"
        return f"{counted}; {seen} of the predicted flips are seen, {others} of the other outputs flip"


def use_variables(
    net: Network, reading: VariableReading | Absent, fit: Recording, fresh: Recording, seed: int = 0
) -> VariableUse | Absent:
    """Change single variables in a running network.

    Args:
        net: the network.
        reading: what `read_variables` returned; its encoder says where variables are.
        fit: the recording that it was fitted on.
        fresh: the sequences in which they are changed.
        seed: of the variables and times drawn.

    Raises:
        InvalidNetwork: if the recording is of another network.
        InvalidOption: if something is of another kind.
    """
    require_recorded(state_space(net).size, fit=fit, fresh=fresh)
    if not isinstance(reading, Absent):
        require(VariableReading, reading=reading)
        if len(reading.encoder) != (size := state_space(net).size):
            raise InvalidOption(
                f"the reading is of states of size {len(reading.encoder)}, the network has S = {size}; read this network"
            )
    return use_of(state_space(net), reading, fit, fresh, checked_seed(seed))


def use_of(
    space: StateSpace, reading: VariableReading | Absent, fit: Recording, fresh: Recording, seed: int
) -> VariableUse | Absent:
    """As `use_variables`."""
    if isinstance(reading, Absent):
        return reading
    lasting, until = reading.lasting, fresh.states.shape[1]
    if fresh.blow_up is not None:
        return Absent(f"states or outputs are not finite from t = {fresh.blow_up} on")
    if fresh.range_left is not None:
        until = min(until, fresh.range_left - 1)
    first, least = max(reading.settled, lasting.settled), 2 * lasting.task.num_variables
    steps = max(least, min(WATCHED, (until - first) // 2))
    latest = until - steps
    if latest < first:
        needed = first + steps - lasting.task.num_variables
        return Absent(f"edits at t ≥ {first} are watched for 2s = {least} steps; take a horizon of at least {needed}")
    times = sorted({int(t) for t in np.linspace(first, latest, _TIMES)})
    rng, batch = generator(seed), len(fresh.states)
    places_of = _linear(reading) if lasting.slots else _folded(reading, fit)
    chosen = [_Edits(space, lasting, places_of, fresh, t, steps) for t in times]
    count = len(chosen[0].inputs)
    if not count:
        return Absent("no exchange of an input changes what lasts")
    rounds = max(1, -(-EACH * count // batch))
    # Each variable as often as any other; which sequence and which time it meets is drawn.
    wheel = np.concatenate([rng.permutation(count) for _ in range(-(-rounds * batch // count))])[: rounds * batch]
    tally = _Tally(np.ones(batch, dtype=bool), np.zeros(4, dtype=np.int64), np.zeros((count, 2), dtype=np.int64))
    for variables in wheel.reshape(rounds, batch):
        places = rng.integers(len(times), size=batch)
        for k, edits in enumerate(chosen):
            tally.add(edits, np.flatnonzero(places == k), variables, rng)
    found = int(tally.right.sum())
    low, high = clopper_pearson(found, batch)
    predicted, seen, staying, unpredicted = map(int, tally.counts)
    return VariableUse(
        edits=rounds * batch,
        sequences=batch,
        sequences_right=found,
        low=low,
        high=high,
        predicted=predicted,
        seen=seen,
        staying=staying,
        unpredicted=unpredicted,
        noop_changes=tally.noops,
        by_variable=tuple((int(n), int(k)) for n, k in tally.by_variable),
        names=chosen[0].names,
        slots=lasting.slots,
        times=tuple(times),
        example=tally.example,
    )


@dataclass
class _Tally:
    """What has been counted so far: sequences still right, outputs (predicted, seen, staying, unpredicted), and edits by variable (made, right)."""

    right: NDArray[np.bool_]
    counts: NDArray[np.int64]
    by_variable: NDArray[np.int64]
    noops: int = 0
    example: Example | None = None

    def add(self, edits: _Edits, rows: NDArray[np.intp], variables: NDArray[np.intp], rng: np.random.Generator) -> None:
        """Make the edits of one time in these sequences, and count what follows."""
        for start in range(0, len(rows), _CHUNK):
            some = rows[start : start + _CHUNK]
            made = edits.make(some, variables[some], rng)
            parts = (made.flips, made.flips & made.flipped, made.stays, made.stays & made.changed)
            counts = np.stack([part.sum(axis=(1, 2)) for part in parts], axis=1)
            good = (counts[:, 1] >= SEEN * counts[:, 0]) & (counts[:, 3] <= OTHERS * counts[:, 2])
            self.counts += counts.sum(axis=0)
            self.noops += made.noops
            self.right[some] &= good
            np.add.at(self.by_variable, variables[some], np.stack([np.ones_like(good), good], axis=1).astype(np.int64))
            if self.example is None:
                what = f"{edits.verb} {edits.names[variables[some[0]]]} at t = {edits.t}"
                self.example = Example(edits.t, what, int(some[0]), made.flips[0], made.changed[0])


class _Made(NamedTuple):
    """What edits of some sequences predict and do, each of shape (rows, steps, d), and how many outputs an edit that adds 0 changes."""

    flips: NDArray[np.bool_]
    stays: NDArray[np.bool_]
    flipped: NDArray[np.bool_]
    changed: NDArray[np.bool_]
    noops: int


_Code = Callable[[Array], Array]
"""g, from memories of shape (rows, n) to states of shape (rows, S), up to a constant."""


def _linear(reading: VariableReading) -> _Code:
    """g(m) = Ψ L m."""
    return lambda memory: memory @ reading.lasting.reader.T @ reading.encoder.T


def _folded(reading: VariableReading, fit: Recording) -> _Code:
    """g(m) = Ψ m + Ψ' |m|, the states of a recording regressed on its memories and their sizes, in units of what grows."""
    task, after = reading.lasting.task, reading.settled
    until = min(fit.states.shape[1], (fit.range_left or fit.states.shape[1] + 1) - 1)
    chosen = steps_within(after, until)
    scale = reading.lasting.scale(chosen)[:, None]
    memories = np.stack([fit.memory(t + 1) for t in chosen.tolist()], axis=1) * scale
    states = (fit.states[:, chosen] * scale).reshape(-1, fit.states.shape[2])
    features = np.concatenate([memories, np.abs(memories)], axis=2).reshape(len(states), -1)
    encoder = np.linalg.lstsq(features - features.mean(axis=0), states - states.mean(axis=0), rcond=_ROUNDING)[0]
    n = task.components
    return lambda memory: memory @ encoder[:n] + np.abs(memory) @ encoder[n:]


class _Edits:
    """The edits of one time: which input each variable holds then, and what its exchange does to states and targets."""

    def __init__(self, space: StateSpace, lasting: Lasting, code: _Code, fresh: Recording, t: int, steps: int) -> None:
        self.space, self.lasting, self.code, self.fresh, self.t, self.steps = space, lasting, code, fresh, t, steps
        task = lasting.task
        moved = lasting.moved(t - task.num_variables) @ lasting.reader
        if lasting.slots is None:
            self.inputs = np.flatnonzero(np.abs(moved).max(axis=0) > 0)
            slots = map(task.slots.place, self.inputs.tolist())
            self.names, self.verb = tuple(f"input {component} of u({block})" for block, component in slots), "exchange"
        else:
            # Row j of Φ_p^{t−s} is ±1 at the persistent input that variable j holds.
            self.inputs = np.abs(moved).argmax(axis=1)
            self.names, self.verb = tuple(lasting.name(j) for j in range(lasting.size)), "flip"
        # What an exchange does to the lasting part of the memory at t.
        self.effect: Array = lasting.extension @ moved
        self.values = task.encode(np.array(task.inputs, dtype=object))
        self.by_sign = bool(self.values.min() < 0 < self.values.max())
        self.step = float(np.diff(self.values).min())

    def make(self, rows: NDArray[np.intp], variables: NDArray[np.intp], rng: np.random.Generator) -> _Made:
        """Exchange the input that each of these variables holds, one in each of these sequences."""
        inputs, s = self.inputs[variables], self.lasting.task.num_variables
        held = self.fresh.series[rows, :s].reshape(len(rows), -1)[np.arange(len(rows)), inputs]
        change = np.array([rng.choice(self.values[self.values != value]) for value in held]) - held
        z, memory = self.fresh.states[rows, self.t - 1], self.fresh.memory(self.t)[rows]
        after = memory + change[:, None] * self.effect[:, inputs].T
        code = self.code(memory)
        plain, edited = np.split(self.space.show(np.concatenate([z, z + (self.code(after) - code)]), self.steps), 2)
        before, target = self._continued(memory), self._continued(after)
        noops = self._noops(z, z + (self.code(memory) - code))
        if self.by_sign:
            signs, wanted = np.sign(before), np.sign(target)
            seen = observe(edited, plain)
            return _Made(signs * wanted < 0, signs * wanted > 0, seen.flipped, seen.changed, noops)
        # Values that never change their sign: an output has moved when it is nearer to the new value than to the old one.
        known, moves = np.isfinite(before) & np.isfinite(target), np.abs(target - before) > _ROUNDING
        with np.errstate(invalid="ignore"):
            nearer = np.abs(edited - target) < np.abs(edited - before)
            left = np.abs(edited - plain) > self.step / 2
        return _Made(known & moves, known & ~moves, nearer, left, noops)

    def _noops(self, z: Array, edited: Array) -> int:
        """How many outputs an edit that adds 0 changes; none where the same state goes through the formula of a network of weights."""
        if self.space.net.WEIGHTS and np.array_equal(z, edited):
            return 0
        return int((self.space.show(z, self.steps) != self.space.show(edited, self.steps)).sum())

    def _continued(self, memory: Array) -> Array:
        """The targets that follow a memory at t, shape (rows, steps, d); where what lasts does not decide them 0, or NaN of values."""
        task, lasting = self.lasting.task, self.lasting
        whole = memory.reshape(-1, *task.slots)
        part = (memory @ lasting.reader.T @ lasting.extension.T).reshape(whole.shape)
        found = np.empty((len(memory), self.steps, task.dim))
        for k in range(self.steps):
            whole, all_of_it = task.next(whole, None)
            part, lasts = task.next(part, None)
            decides = np.abs(all_of_it - lasts) <= np.abs(lasts) / 2
            size = np.abs(part).max(axis=(1, 2))[:, None]
            if self.by_sign:
                found[:, k] = np.where(decides & (np.abs(lasts) > _ROUNDING * size), all_of_it, 0)
            else:
                found[:, k] = np.where(np.abs(all_of_it - lasts) <= _ROUNDING * size, all_of_it, np.nan)
        return found

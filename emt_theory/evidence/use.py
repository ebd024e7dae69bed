r"""Does the network use its variables? One is changed in the running network, and the outputs that should follow are counted.

Let x' be x with one input exchanged for another valid value, m and m' the memories that they lead to at a settled time t, and g(m) the state that
goes with a memory on average, regressed on the lasting coordinates. Then

    z' = z + g(m') − g(m),      for a selection task z' = z − 2 c_j Ψ_j,

and the next 30 steps, never fewer than 2s, are held against the exact targets of x': the network runs on from the new state, past the horizon where
that is short; only where values grow or decay, half of what is recorded bounds it. In a selection task this flips the one variable that holds that
input at t, with all its copies on their way out, since Ψ carries them. Where inputs have one sign only, values are
held against each other instead of signs. Where values are mixed, those above and below 0 may stand in units of their own, so g is regressed on m and
on |m|; and only outputs count that what lasts decides: no verdict on what decays. Every fresh sequence gets edits of its own, a variable and one of
three times drawn at random, each variable at least four; a sequence is *right* when of its predicted flips at least 0.99 are seen, and of the other
outputs at most 0.01 flip. The interval is Clopper–Pearson's over sequences. Where that leaves doubt, a second look changes variables in company with
their products (`emt_theory.evidence.company`).

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

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidOption
from emt_theory.evidence.company import Company, company_of
from emt_theory.evidence.exchanges import Exchanges, folded_code, linear_code
from emt_theory.evidence.interventions.result import Example
from emt_theory.evidence.recording import Recording, require, require_recorded
from emt_theory.evidence.resampling import clopper_pearson
from emt_theory.evidence.variables import VariableReading
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.json import Record
from emt_theory.networks import Network, StateSpace, state_space
from emt_theory.tasks.digits import write_fraction
from emt_theory.tasks.words import generator

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EACH = 4
"""How often each variable is edited, at least."""

WATCHED = 30
"""For how many steps, where targets last: a register that is pulled back to what another code says gives in to an edit at first."""

WELL = 0.95
"""Where at least this share of sequences is right, by the whole interval, there is no second look."""

_TIMES = 3
_CHUNK = 512


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
        company: what a second look saw, at changes of variables with their products; None where the first left nothing to ask.
    """

    JSON = (
        "edits", "sequences", "sequences_right", "low", "high", "predicted_flips_seen", "unpredicted_flips", "noop_changes", "by_variable",
        "times", "company",
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
    company: Company | Absent | None = None

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
    if until - least < first:
        needed = max(lasting.horizon, first + least - lasting.task.num_variables)
        return Absent(f"edits at t ≥ {first} are watched for 2s = {least} steps; take a horizon of at least {needed}")
    # Stored signs are known for ever, so they are watched as long at every horizon. What grows or decays is watched where it was recorded.
    lasts = lasting.slots is not None and fresh.range_left is None
    steps = max(least, WATCHED if lasts else min(WATCHED, (until - first) // 2))
    times = sorted({int(t) for t in np.linspace(first, max(first, until - steps), _TIMES)})
    rng, batch = generator(seed), len(fresh.states)
    places_of = linear_code(reading) if lasting.slots else folded_code(reading, fit)
    chosen = [Exchanges(space, lasting, places_of, fresh, t, steps) for t in times]
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
    again = low < WELL or bool((tally.by_variable[:, 1] == 0).any())
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
        company=company_of(space, lasting, fit, fresh, times, steps, rng) if again else None,
    )


@dataclass
class _Tally:
    """What has been counted so far: sequences still right, outputs (predicted, seen, staying, unpredicted), and edits by variable (made, right)."""

    right: NDArray[np.bool_]
    counts: NDArray[np.int64]
    by_variable: NDArray[np.int64]
    noops: int = 0
    example: Example | None = None

    def add(
        self, edits: Exchanges, rows: NDArray[np.intp], variables: NDArray[np.intp], rng: np.random.Generator
    ) -> None:
        """Make the edits of one time in these sequences, and count what follows."""
        for start in range(0, len(rows), _CHUNK):
            some = rows[start : start + _CHUNK]
            made = edits.make(some, variables[some], rng)
            good = made.right
            self.counts += made.counts.sum(axis=0)
            self.noops += made.noops
            self.right[some] &= good
            np.add.at(self.by_variable, variables[some], np.stack([np.ones_like(good), good], axis=1).astype(np.int64))
            if self.example is None:
                what = f"{edits.verb} {edits.names[variables[some[0]]]} at t = {edits.t}"
                self.example = Example(edits.t, what, int(some[0]), made.flips[0], made.changed[0])

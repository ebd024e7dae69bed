r"""The interchange test: do a variable's own units hold it, and no others?

Let x' be x with the one input exchanged that variable j holds at a settled time t, and z(t), z'(t) the states that the network reaches on them. The
values of a set of units are taken from z' into z, and the network runs on:

    z_U = z' on the units U, z elsewhere.

If U are j's own units, those outputs whose exact targets differ between x and x' flip, and no others. Three controls: *all other* units from z',
which should flip nothing; as many units drawn at random; and j's own units from a second run on x itself, which changes nothing. An edit is right
where of its predicted flips at least 0.99 are seen and of the other outputs at most 0.01 flip; a sequence is right where all its edits are, and the
interval is Clopper–Pearson's over sequences.

Source: new; interchange interventions are Geiger et al., arXiv 2106.02997.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence.exchanges import Exchanges, Made
from emt_theory.evidence.lasting import Lasting
from emt_theory.evidence.recording import Recording
from emt_theory.evidence.resampling import clopper_pearson
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.networks import StateSpace
from emt_theory.tasks.digits import write_fraction
from emt_theory.tasks.words import generator

SETS = ("own", "others", "random", "noop")
"""Which units are taken from the other run: the variable's own, all others, as many at random, and its own from the same run."""

TIMES = 3
"""At how many settled times."""

_TOGETHER = 2048

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Exchanged(Record):
    """What taking one set of units from another run did.

    Attributes:
        units: which; one of `SETS`.
        flips: the fraction of predicted flips that were seen, the mean over variables; None where nothing was predicted.
        unpredicted: the fraction of the other outputs that flipped, the mean over variables.
        by_variable: the fraction of predicted flips seen, for each variable.
        sequences: how many there were.
        sequences_right: in how many each edit did all that was predicted, and nothing else.
        low, high: the 95 % interval of their share.
    """

    units: str
    flips: float | None
    unpredicted: float | None
    by_variable: tuple[float | None, ...]
    sequences: int
    sequences_right: int
    low: float
    high: float

    def __str__(self) -> str:
        seen = "–" if self.flips is None else write_fraction(self.flips)
        others = "–" if self.unpredicted is None else write_fraction(self.unpredicted)
        return f"{self.units}: {seen} of the predicted flips, {others} of the other outputs"


@dataclass(frozen=True, repr=False)
class Interchange(Record):
    """What an interchange of units did, for each set of them.

    Attributes:
        own, others, random, noop: for the sets of `SETS`.
        times: at which.
        steps: how many outputs were watched after it.
        names: of the variables.
        sizes: how many units the own set of each has.
    """

    own: Exchanged
    others: Exchanged
    random: Exchanged
    noop: Exchanged
    times: tuple[int, ...]
    steps: int
    names: tuple[str, ...]
    sizes: tuple[int, ...]

    def __str__(self) -> str:
        o = self.own
        flips = (
            f"flips by own units {_shown(o)}, by all others {_shown(self.others)}, by random ones {_shown(self.random)}"
        )
        right = f"{o.sequences_right} of {o.sequences} sequences [{o.low:.3f}, {o.high:.3f}]"
        return f"{flips}; every exchange in it did just that in {right}"

    def __repr__(self) -> str:
        return f"Interchange({self})"


def _shown(found: Exchanged) -> str:
    return "–" if found.flips is None else write_fraction(found.flips)


Masks = Callable[[Exchanges], Mask]
"""The own units of each variable that can be exchanged at a time, shape (variables, U)."""


class Interchanges:
    """Interchanges of units between runs of one network."""

    def __init__(
        self, space: StateSpace, lasting: Lasting, fresh: Recording, unit_of: NDArray[np.intp], seed: int = 0
    ) -> None:
        self.space, self.lasting, self.fresh, self.unit_of = space, lasting, fresh, unit_of
        self.rng = generator(seed)

    def settled_times(self, steps: int, after: int, count: int = TIMES) -> tuple[int, ...] | Absent:
        """So many times, evenly from the first settled one to the last after which the recording has so many steps."""
        until = self.fresh.states.shape[1]
        if self.fresh.blow_up is not None:
            return Absent(f"states or outputs are not finite from t = {self.fresh.blow_up} on")
        if self.fresh.range_left is not None:
            until = min(until, self.fresh.range_left - 1)
        first = max(after, self.lasting.settled) + 1
        if until - steps < first:
            needed = first + steps - self.lasting.task.num_variables
            return Absent(
                f"units are exchanged at t ≥ {first} and watched for {steps} steps; take a horizon of at least {needed}"
            )
        return tuple(sorted({int(t) for t in np.linspace(first, until - steps, count)}))

    def exchange(
        self, masks: Masks, times: Sequence[int], steps: int, sequences: int, each: bool = True
    ) -> Interchange | Absent:
        """Interchange the units of each variable in each sequence, or, if not `each`, those of one variable drawn for each sequence.

        Args:
            masks: the own units of each variable.
            times: at which; sequences take turns.
            steps: how many outputs are watched.
            sequences: how many of the recording's.
            each: see above.
        """
        batch = min(sequences, len(self.fresh.states))
        exchanges = [Exchanges(self.space, self.lasting, _no_code, self.fresh, t, steps) for t in times]
        count = len(exchanges[0].inputs)
        if not count:
            return Absent("no exchange of an input changes what lasts")
        turn = np.arange(batch) % len(times)
        wheel = np.concatenate([self.rng.permutation(count) for _ in range(-(-batch // count))])[:batch]
        pairs = (
            np.array([(row, j) for row in range(batch) for j in range(count)])
            if each
            else np.stack([np.arange(batch), wheel], axis=1)
        )
        tally = {units: _Tally(batch, count) for units in SETS}
        own = [masks(made) for made in exchanges]
        for k, made in enumerate(exchanges):
            here = pairs[turn[pairs[:, 0]] == k]
            for start in range(0, len(here), _TOGETHER):
                rows, variables = here[start : start + _TOGETHER].T
                for units, found in self._exchanged(made, rows, variables, own[k]):
                    tally[units].add(rows, variables, found)
        return Interchange(
            **{units: tally[units].result(units) for units in SETS},
            times=tuple(times),
            steps=steps,
            names=exchanges[0].names,
            sizes=tuple(int(mask.sum()) for mask in own[0]),
        )

    def _exchanged(
        self, made: Exchanges, rows: NDArray[np.intp], variables: NDArray[np.intp], masks: Mask
    ) -> Iterator[tuple[str, Made]]:
        """What each set of units did in these sequences to these variables."""
        s, d = self.lasting.task.slots
        inputs, change = made.inputs[variables], made.change(rows, variables, self.rng)
        given = self.fresh.series[rows, :s].reshape(len(rows), -1)
        other = given.copy()
        other[np.arange(len(rows)), inputs] += change
        runs = self.space.arrive(np.concatenate([given, other]).reshape(2 * len(rows), s, d), made.t)
        again, donor = np.split(runs, 2)
        z, memory = self.fresh.states[rows, made.t - 1], made.fresh.memory(made.t)[rows]
        after = memory + change[:, None] * made.effect[:, inputs].T
        own = masks[variables][:, self.unit_of]
        chosen = {"own": own, "others": ~own, "random": self._drawn(masks[variables])[:, self.unit_of], "noop": own}
        states = [z, *(np.where(chosen[units], again if units == "noop" else donor, z) for units in SETS)]
        plain, *edited = np.split(self.space.show(np.concatenate(states), made.steps), len(states))
        for units, outputs in zip(SETS, edited, strict=True):
            yield units, made.judge(memory, memory if units == "noop" else after, plain, outputs)

    def _drawn(self, own: Mask) -> Mask:
        """As many units drawn at random, for each row."""
        order = self.rng.random(own.shape).argsort(axis=1).argsort(axis=1)
        return order < own.sum(axis=1)[:, None]


def _no_code(memory: Array) -> Array:
    raise NotImplementedError("units are exchanged; no state is made from a memory")


class _Tally:
    """What has been counted: outputs (predicted, seen, staying, unpredicted) by variable, and the sequences still right."""

    def __init__(self, batch: int, count: int) -> None:
        self.counts, self.right = np.zeros((count, 4), dtype=np.int64), np.ones(batch, dtype=bool)

    def add(self, rows: NDArray[np.intp], variables: NDArray[np.intp], made: Made) -> None:
        """Count some edits."""
        np.add.at(self.counts, variables, made.counts)
        np.logical_and.at(self.right, rows, made.right)

    def result(self, units: str) -> Exchanged:
        """The shares, with their interval."""
        predicted, seen, staying, unpredicted = self.counts.T
        by_variable = [float(k / n) if n else None for k, n in zip(seen, predicted, strict=True)]
        known = [share for share in by_variable if share is not None]
        others = [float(k / n) for k, n in zip(unpredicted, staying, strict=True) if n]
        found, batch = int(self.right.sum()), len(self.right)
        return Exchanged(
            units,
            float(np.mean(known)) if known else None,
            float(np.mean(others)) if others else None,
            tuple(by_variable),
            batch,
            found,
            *clopper_pearson(found, batch),
        )

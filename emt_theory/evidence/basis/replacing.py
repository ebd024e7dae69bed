r"""Is what the basis says sufficient, is it necessary? The state is replaced at *every* settled step by what the basis keeps of it.

With ĉ = X(z − μ) + c̄, what the basis reads off a state, the network runs on from

    linear         μ + Ψ (ĉ − c̄)              the coordinates, as they are read
    re-quantized   μ + Ψ (q(ĉ) − c̄)           the coordinates, each brought to the nearest value that it can have
    without        z − Ψ (ĉ − c̄)              everything but them
    random         z − P (z − μ)              without a random subspace of as many dimensions, P the projection on it

and its outputs are read from the replaced states. If the re-quantized coordinates alone solve the task, then nothing else in the state is needed:
they are *sufficient*. If it fails without them, they are *necessary*; but where they are a good part of the state, so is any subspace of their size:
the random one says whether that is evidence.

Source: new; "the mechanism vital for the successful generalization" is a claim of arXiv 2310.02430.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from emt_theory.evidence.basis.coordinates import nearest, values_of
from emt_theory.evidence.lasting import Lasting
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.networks import StateSpace
from emt_theory.tasks import LinearTask
from emt_theory.tasks.accuracy import Accuracy, Marks, measure
from emt_theory.tasks.digits import write_fraction
from emt_theory.tasks.task import Episodes
from emt_theory.tasks.words import generator

SEQUENCES, HORIZON = 128, 200


@dataclass(frozen=True, repr=False)
class Sufficiency(Record):
    """How well a network does with the basis alone.

    Attributes:
        plain: its accuracy as it is, at the settled steps.
        linear: from the coordinates alone.
        quantized: from the coordinates alone, each brought to the nearest value that it can have; absent where these are not known.
    """

    plain: Accuracy | Absent
    linear: Accuracy | Absent
    quantized: Accuracy | Absent

    def __str__(self) -> str:
        linear, quantized = _say(self.linear), _say(self.quantized)
        return f"with its coordinates alone: {quantized} re-quantized, {linear} linear; {_say(self.plain)} as it is"

    def __repr__(self) -> str:
        return f"Sufficiency({self})"


@dataclass(frozen=True, repr=False)
class Necessity(Record):
    """How badly a network does without the basis.

    Attributes:
        plain: its accuracy as it is, at the settled steps.
        without: without the coordinates.
        random: without a random subspace of as many dimensions.
        share: how much of the state they are, k/S.
    """

    plain: Accuracy | Absent
    without: Accuracy | Absent
    random: Accuracy | Absent
    share: float

    def __str__(self) -> str:
        harm = f"{_say(self.without)} without its coordinates, {_say(self.random)} without a random subspace of as many"
        return f"{harm}; they are {self.share:.0%} of the state"

    def __repr__(self) -> str:
        return f"Necessity({self})"


def _say(found: Accuracy | Absent) -> str:
    return "–" if isinstance(found, Absent) else write_fraction(found.accuracy)


@dataclass(frozen=True, eq=False)
class Replacing:
    """A network that is brought back to its basis after every settled step.

    Attributes:
        space: the network.
        lasting: the coordinates.
        encoder, decoder, center, offset: Ψ, X, μ and c̄.
        after: steps t > after are replaced and scored.
    """

    space: StateSpace
    lasting: Lasting
    encoder: Array
    decoder: Array
    center: Array
    offset: Array
    after: int

    def read(self, z: Array, scale: float = 1.0) -> Array:
        """ĉ = X(z − μ) + c̄, shape (…, k)."""
        return (z * scale - self.center) @ self.decoder.T + self.offset

    def write(self, coordinates: Array, scale: float = 1.0) -> Array:
        """μ + Ψ(c − c̄), shape (…, S)."""
        return (self.center + (coordinates - self.offset) @ self.encoder.T) / scale

    def linear(self, z: Array, scale: float) -> Array:
        """The coordinates alone."""
        return self.write(self.read(z, scale), scale)

    def quantized(self, z: Array, scale: float) -> Array:
        """The coordinates alone, each at the nearest value of an input; NaN is no value and stays."""
        return self.write(nearest(values_of(self.lasting), self.read(z, scale)), scale)

    def without(self, z: Array, scale: float) -> Array:
        """All but the coordinates."""
        return z - (self.read(z, scale) - self.offset) @ self.encoder.T / scale

    def without_random(self, seed: int) -> Callable[[Array, float], Array]:
        """All but a random subspace of as many dimensions."""
        k = min(self.lasting.size, self.space.size)
        basis = np.linalg.qr(generator(seed).normal(size=(self.space.size, k)))[0]
        return lambda z, scale: z - (z - self.center / scale) @ basis @ basis.T

    def run(self, episodes: Episodes, *given: Replaced | None, seed: int = 0) -> tuple[Accuracy | Absent, ...]:
        """The accuracies at the settled steps where states are replaced at each of them, by each of these; None leaves them as they are."""
        task, (batch, steps, dim) = self.lasting.task, episodes.targets.shape
        scale = self.lasting.scale(np.arange(steps))
        outputs = np.zeros((len(given) * batch, steps, dim))
        z = np.tile(
            self.space.arrive(task.encode(episodes.inputs[:, : task.num_variables]), self.after), (len(given), 1)
        )
        for t in range(self.after, steps):
            z = self.space.step(z)
            with np.errstate(all="ignore"):
                for k, replaced in enumerate(given):
                    if replaced is not None:
                        rows = slice(k * batch, (k + 1) * batch)
                        z[rows] = replaced(z[rows], float(scale[t]))
            outputs[:, t] = self.space.read(z)
        settled = episodes._replace(scored=episodes.scored & (np.arange(steps) >= self.after))
        return tuple(_score(task, part, settled, seed) for part in np.split(outputs, len(given)))


def _score(task: LinearTask, outputs: Array, episodes: Episodes, seed: int) -> Accuracy | Absent:
    """The fraction of right signs; where all values have one sign, of outputs that are nearer to their value than to any other."""
    values = task.encode(np.array(task.inputs, dtype=object)).astype(np.float64)
    if values.min() < 0 < values.max():
        return task.accuracy(outputs, episodes, seed)
    with np.errstate(invalid="ignore"):
        right = np.abs(outputs - task.encode(episodes.targets)) < float(np.diff(np.unique(values)).min()) / 2
    counted = np.broadcast_to(episodes.scored[..., None], outputs.shape)
    return measure(Marks(right, counted), outputs == 0, int(episodes.scored.sum(axis=1).max()), seed)


Replaced = Callable[[Array, float], Array]
"""What is kept of states of shape (rows, S) at a step at which values are 1/scale of their size."""


def replace_states(
    given: Replacing, sequences: int = SEQUENCES, horizon: int = HORIZON, seed: int = 0
) -> tuple[Sufficiency, Necessity]:
    """How well the network does with its coordinates alone, and how badly without them, on fresh sequences."""
    episodes = given.lasting.task.sample(sequences, horizon, seed)
    signs = given.lasting.slots is not None
    plain, linear, without, random, quantized = given.run(
        episodes,
        None,
        given.linear,
        given.without,
        given.without_random(seed),
        given.quantized if signs else None,
        seed=seed,
    )
    unknown = Absent(
        "the coordinates of a task that mixes its variables have no few values that they could be brought to"
    )
    share = given.lasting.size / given.space.size
    return Sufficiency(plain, linear, quantized if signs else unknown), Necessity(plain, without, random, share)

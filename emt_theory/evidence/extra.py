r"""Does the state hold anything else than the variables? Runs that should meet, compared where they should.

Take inputs x and times t_0 < t_1 < … , and for a selection task the inputs x^{(k)} that lead at t_k to the memory that x leads to at t_0
(`emt_theory.tasks.pairs`). A network that holds the variables and nothing else is in one state then. With D = (h_i − h_j)/√2 over pairs of runs and
S the covariance of both, the eigenvalues of S^{−1/2} E[D Dᵀ] S^{−1/2} are the shares of each direction that the memory does *not* determine: 0 for
the variables and for every function of them, 1 for what is independent of them. Differences of times are 1, 2, 3, 5, 7 and 8 (offsets 0, 1, 3,
8), each judged by itself: a clock of period p does not show where p divides the difference. Only runs that were right so far in the settled window
count: one that has lost a variable holds another memory, and what is wrong before is about what the task forgets.

Slow transients of small networks are gone by t = 4,000, memories are not: so a share above ½ is looked at again there, where enough runs still are
right.

>>> from emt_theory import derive
>>> from emt_theory.networks import ElmanRNN
>>> from emt_theory.tasks import delayed_copy
>>> circuit = derive(delayed_copy(num_variables=3, dim=1, lag=2))
>>> net = circuit.compile(scheme="saturating")
>>> print(compare_equal_memories(net, circuit, horizon=60))
no direction of the states holds more than 0.00 of anything else
>>> grown, fed, read = np.pad(net.W_hh, (0, 1)), np.pad(net.W_uh, ((0, 1), (0, 0))), np.pad(net.W_hy, ((0, 0), (0, 1)))
>>> grown[3, 3], fed[3, 0] = 1, 0.25
>>> hoarding = ElmanRNN(W_hh=grown, W_uh=fed, W_hy=read, activation="hard_tanh")
>>> print(compare_equal_memories(hoarding, circuit, horizon=60))
1 direction of the states holds mostly something else (share 0.9...), at t = 4000 too

Source: new.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits import Circuit
from emt_theory.errors import InvalidOption
from emt_theory.evidence.following import follow
from emt_theory.evidence.lasting import Lasting, lasting_part
from emt_theory.evidence.recording import Recording, require_fit, require_sizes
from emt_theory.evidence.resampling import DRAWS, draw_counts, ends
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import numeric_array
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.arrays import Array
from emt_theory.ground.blas import one_blas_thread
from emt_theory.ground.json import Record
from emt_theory.networks import Network, StateSpace, state_space
from emt_theory.tasks import pairs as paired
from emt_theory.tasks.pairs import OFFSETS

LATE = 4000
"""When it is looked again."""

_LEAST_PAIRS = 256
_DIRECTION = 1e-6
_MOSTLY = 0.5
_DRAWN = 8
_FEWEST = 64
_WORK, _LATE_WORK = 1e12, 1e12


@dataclass(frozen=True)
class ExtraMemory(Record):
    """What states of equal memories differ by.

    Attributes:
        count: directions of which more than half is something else, at the difference of times where the share is largest.
        share: the largest share.
        low, high: its 95 % interval over pairs.
        size: the root of the largest variance of D, over the smallest length of a variable in the state; None if no encoder was given.
        difference: t_i − t_j where the share is largest.
        time: t_0.
        pairs: how many pairs were right so far.
        wrong: how many runs were not, and are left out.
        directions: how many directions were looked at.
        held: how many the states have; the largest are looked at where there are more than half as many as pairs.
        first: the same at the first look, where this is the second; None where there was one.
        once: why it was not looked again, though there was something to see; or None.
    """

    count: int
    share: float
    low: float
    high: float
    size: float | None
    difference: int
    time: int
    pairs: int
    wrong: int
    directions: int
    held: int
    first: ExtraMemory | None = None
    once: str | None = None

    def __str__(self) -> str:
        if not self.count:
            gone = f"; at t = {self.first.time} one held {self.first.share:.2f}" if self.first else ""
            return f"no direction of the states holds more than {self.share:.2f} of anything else{gone}"
        many = "1 direction of the states holds" if self.count == 1 else f"{self.count} directions of the states hold"
        size = "" if self.size is None else f", size {self.size:.2g}"
        again = f", at t = {self.time} too" if self.first else ""
        return f"{many} mostly something else (share {self.share:.2f}{size}){again}"


@one_blas_thread()
def compare_equal_memories(
    net: Network, circuit: Circuit, horizon: int = 200, seed: int = 0, encoder: Array | None = None
) -> ExtraMemory | Absent:
    """Run a network to equal memories at different times and compare its states.

    Args:
        net: the network.
        circuit: the circuit of a selection task.
        horizon: the first look is at t_0 ≥ s + horizon/2.
        seed: of the inputs.
        encoder: Ψ, the states regressed on the variables, shape (S, m), for the size of what is found.

    Raises:
        InvalidNetwork: if the network has other inputs or outputs than the task.
        InvalidOption: if the horizon is out of range.
    """
    lasting = lasting_part(circuit)
    require_fit(net, circuit.task)
    require_sizes(horizon=horizon)
    if encoder is not None:
        encoder = numeric_array("encoder", encoder, InvalidOption)
        if encoder.ndim != 2 or len(encoder) != state_space(net).size or not np.isfinite(encoder).all():
            raise InvalidOption(
                f"encoder must be finite, of shape (S, m) with S = {state_space(net).size}; got {encoder.shape}"
            )
    if isinstance(lasting, Absent):
        return lasting
    return extra_memory(state_space(net), lasting, horizon, checked_seed(seed), encoder)


def extra_memory(
    space: StateSpace, lasting: Lasting, horizon: int, seed: int, encoder: Array | None, run: Recording | None = None
) -> ExtraMemory | Absent:
    """As `compare_equal_memories`; a run on random inputs that was made before is the first of those that are compared."""
    if isinstance(reason := _cannot(lasting, horizon), Absent):
        return reason
    time = paired.meeting_time(lasting.task, horizon)
    first = _look(space, lasting, time, seed, encoder, run)
    if isinstance(first, Absent) or first.share < _MOSTLY:
        return first
    pairs = max(_LEAST_PAIRS, 2 * first.directions)  # what was seen at first is to be seen again
    if 2.0 * space.size**2 * pairs * len(OFFSETS) * LATE > _LATE_WORK:
        return replace(first, once="a network of this size is not run so far")
    second = _look(space, lasting, LATE, seed, encoder, least=pairs)
    if isinstance(second, Absent):
        return replace(first, once=f"at t = {LATE} {second}")
    return replace(second, first=first)


def unpaired(lasting: Lasting) -> Absent | None:
    """Why no two runs of a task can be brought to one memory at different times; None if they can."""
    return paired.unpaired(lasting.task)


def _cannot(lasting: Lasting, horizon: int) -> Absent | None:
    if (reason := unpaired(lasting)) is not None or horizon >= paired.least_horizon(lasting.task):
        return reason
    return Absent(f"equal memories at different times need more steps; take a horizon of at least {lasting.horizon}")


def _look(
    space: StateSpace,
    lasting: Lasting,
    time: int,
    seed: int,
    encoder: Array | None,
    run: Recording | None = None,
    least: int = _LEAST_PAIRS,
) -> ExtraMemory | Absent:
    """One look at t_0 = time: at least twice as many pairs as directions, or as many directions as the pairs allow, of which there may be `least`."""
    most = max(least, int(_WORK / (8 * len(OFFSETS) * time * space.size**2)))
    for pairs in (_LEAST_PAIRS, min(most, 2 * space.size)):
        states, right = _meet(space, lasting, time, pairs, seed, run)
        basis = directions_of(np.concatenate([h[ok] for h, ok in zip(states, right, strict=True)]))
        if 2 * basis.shape[1] <= pairs:
            break
    basis, held = basis[:, : pairs // 2], basis.shape[1]
    unit = float(np.abs(states).max(initial=0.0, where=right[..., None])) or 1.0
    enough = min(int((right[i] & right[j]).sum()) for i, j in combinations(range(len(OFFSETS)), 2))
    if enough < _FEWEST:
        return Absent(f"only {enough} of {pairs} pairs of runs are right so far")
    basis = basis[:, : enough // 2]
    found = [
        shares_of(states[i][both] / unit @ basis, states[j][both] / unit @ basis, OFFSETS[j] - OFFSETS[i])
        for i, j in combinations(range(len(OFFSETS)), 2)
        for both in (right[i] & right[j],)
    ]
    worst = max(found, key=lambda one: one.share)
    size = None
    if encoder is not None and (least_length := float(np.linalg.norm(encoder, axis=0).min(initial=np.inf))) > 0:
        size = worst.length * unit / least_length
    shares = (worst.many, worst.share, worst.low, worst.high)
    return ExtraMemory(*shares, size, worst.difference, time, enough, int((~right).sum()), basis.shape[1], held)


def _meet(
    space: StateSpace, lasting: Lasting, time: int, pairs: int, seed: int, run: Recording | None
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The states at t_k of the runs from x^{(k)}, shape (runs, pairs, S), and which of them were right so far, shape (runs, pairs)."""
    task, s = lasting.task, lasting.task.num_variables
    known = run.first(pairs) if run and len(run.states) >= pairs and run.states.shape[1] >= time else None
    drawn = paired.equal_memories(task, pairs, seed, None if known is None else known.episodes.inputs[:, :s])
    states, right = np.zeros((len(OFFSETS), pairs, space.size)), np.empty((len(OFFSETS), pairs), dtype=bool)
    for k, later in enumerate(OFFSETS):
        if k == 0 and known is not None:
            states[0], right[0] = known.states[:, time - 1], _right_so_far(known, lasting.settled, time)
            continue
        held = np.ones(pairs, dtype=bool)
        for block in follow(space, task, drawn[k], time + later - s):
            held &= block.right[:, max(0, lasting.settled - s - block.begun) :].all(axis=(1, 2))
            if not held.any():
                break  # what is wrong once is right no more
            states[k] = block.state
        right[k] = held & np.isfinite(states[k]).all(axis=1)
    return states, right


def _right_so_far(run: Recording, settled: int, time: int) -> NDArray[np.bool_]:
    """Which sequences have no wrong output in t = settled + 1, …, time, and a finite state then."""
    outputs, targets = run.outputs[:, settled:time], run.task.encode(run.episodes.targets[:, settled:time])
    marks = run.task.score(outputs, targets)
    held = ((marks.right & np.isfinite(outputs)) | ~marks.counted).all(axis=(1, 2))
    return held & np.isfinite(run.states[:, time - 1]).all(axis=1)


def directions_of(states: Array) -> Array:
    """An orthonormal basis of the directions in which states spread by more than 1e-6 of the largest, shape (S, r)."""
    if len(states) < 2:
        return np.zeros((states.shape[1], 0))
    _, sizes, vectors = np.linalg.svd(states - states.mean(axis=0), full_matrices=False)
    return vectors[sizes > _DIRECTION * sizes[0]].T if sizes[0] > 0 else vectors[:0].T


class Shares(NamedTuple):
    """Of one difference of times: how many directions are mostly something else, the largest share with its interval, the length of D, t_i − t_j."""

    many: int
    share: float
    low: float
    high: float
    length: float
    difference: int


def shares_of(one: Array, other: Array, difference: int) -> Shares:
    """The shares of one difference of times, with the interval of the largest over pairs.

    Directions are sought in one half of the pairs and judged in the other, and the other way round: in the pairs that they were found in, the largest
    of many shares would be too large.
    """
    apart, center = (one - other) / np.sqrt(2), (one.mean(axis=0) + other.mean(axis=0)) / 2
    both = (one - center, other - center)
    halves = (slice(0, None, 2), slice(1, None, 2))
    judged = [_judged(apart, both, fit, held) for fit, held in (halves, halves[::-1])]
    sizes = np.linalg.eigvalsh(apart.T @ apart / max(1, len(one)))
    length = float(np.sqrt(max(0.0, sizes[-1]))) if len(sizes) else 0.0
    if any(found is None for found in judged):
        return Shares(0, 0.0, 0.0, 0.0, length, difference)
    many, drawn, share = 0, np.zeros(DRAWS), 0.0
    for found in judged:
        assert found is not None
        above, below = found
        shares = above.mean(axis=0) / below.mean(axis=0)
        worst = int(shares.argmax())
        many, share = max(many, int((shares > _MOSTLY).sum())), share + float(shares[worst]) / 2
        counts = draw_counts(len(above), DRAWS, seed=0)
        drawn += (counts @ above[:, worst]) / np.maximum(counts @ below[:, worst], np.finfo(float).tiny) / 2
    low, high = ends(drawn)
    return Shares(max(many, int(share > _MOSTLY)), share, min(low, share), max(high, share), length, difference)


def _judged(apart: Array, both: tuple[Array, Array], fit: slice, held: slice) -> tuple[Array, Array] | None:
    """Of the directions with the largest shares in one half of the pairs: (vᵀD)² and vᵀSv of each pair of the other half."""
    one, other = both
    spread = (one[fit].T @ one[fit] + other[fit].T @ other[fit]) / (2 * len(one[fit]))
    sizes, vectors = np.linalg.eigh(spread)
    kept = sizes > _DIRECTION**2 * sizes.max(initial=0.0)
    if not kept.any():
        return None
    whiten = vectors[:, kept] / np.sqrt(sizes[kept])
    shares, turned = np.linalg.eigh(whiten.T @ (apart[fit].T @ apart[fit] / len(apart[fit])) @ whiten)
    most = max(_DRAWN, int((shares > _MOSTLY).sum()))
    directions = whiten @ turned[:, ::-1][:, :most]
    below = ((one[held] @ directions) ** 2 + (other[held] @ directions) ** 2) / 2
    below = np.maximum(below, np.finfo(float).tiny)
    return (apart[held] @ directions) ** 2, below

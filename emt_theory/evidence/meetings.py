r"""Do recorded states hold anything else than the variables? Where two recorded sequences hold one memory at different times, they are compared.

For a selection task c(t+1) = Φ_p c(t), so c_i(t) = c_j(t + δ) at one t is the same at every t: for each δ pairs (i, j) are found by looking once.
`task.pairs` gives inputs that have them; of a small task any recording has. With D(t) = (h_i(t) − h_j(t + δ))/√2 and S the covariance of both,
what is compared is what `emt_theory.evidence.extra` compares, the eigenvalues of S^{−1/2} E[D Dᵀ] S^{−1/2}.

Recorded activity has noise, and noise is not determined by the memory either. But it does not last. So where a share is above ½ it is looked at
again through time, over all t of the window and some ℓ of half its length:

    S^{−1/2} E[D(t + ℓ) D(t)ᵀ] S^{−1/2},      its largest singular value, the directions from one half of the pairs, the value from the other.

For what lasts this is its share again, wherever it has moved in the meantime; for what is gone after ℓ steps its expectation is 0.

>>> import numpy as np
>>> from emt_theory import derive
>>> from emt_theory.evidence.recording import Recording, record
>>> from emt_theory.tasks import repeat_copy
>>> circuit = derive(repeat_copy(num_variables=2, dim=2))
>>> run = record(circuit.compile(scheme="tanh"), circuit.task, sequences=400, horizon=60, seed=0)
>>> print(compare_meetings(circuit, run))
no direction of the states holds more than 0.00 of anything else
>>> noise = np.random.default_rng(0).normal(size=(400, 62, 3)) / 10
>>> noisy = Recording(run.task, run.episodes, run.outputs, np.concatenate([run.states, noise], axis=2), odd=False)
>>> print(compare_meetings(circuit, noisy))
no direction of the states holds more than ... of anything else; at t = 32 one held 1...

Source: new.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from emt_theory.circuits import Circuit
from emt_theory.evidence.combinations import window_of
from emt_theory.evidence.extra import ExtraMemory, directions_of, shares_of, unpaired
from emt_theory.evidence.lasting import Lasting, lasting_part
from emt_theory.evidence.recording import Recording, require, require_task
from emt_theory.evidence.resampling import DRAWS, draw_counts, ends
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.arrays import Array
from emt_theory.tasks.pairs import OFFSETS, meeting_time
from emt_theory.tasks.words import generator

DIFFERENCES = tuple(sorted({b - a for a in OFFSETS for b in OFFSETS if b > a}))
"""t_j − t_i: 1, 2, 3, 5, 7 and 8."""

_FEWEST = 64
_MOST = 1024
_MOSTLY = 0.5
_SHORTEST = 4
_LAGS = 8
_ROWS = 16
"""So many rows for each direction: noise in r directions of n rows has singular values up to 2 (r/n)^½, which is ½ then."""


def compare_meetings(
    circuit: Circuit, recording: Recording, encoder: Array | None = None, seed: int = 0
) -> ExtraMemory | Absent:
    """Compare recorded states of equal memories at different times.

    Args:
        circuit: the circuit of a selection task.
        recording: of that task. Only sequences whose outputs are right so far are compared.
        encoder: Ψ, the states regressed on the variables, shape (N, m), for the size of what is found.
        seed: of the pairs.

    Raises:
        InvalidOption: if something is of another kind.
        InvalidTask: if the recording is of another task.
    """
    require(Recording, recording=recording)
    lasting = lasting_part(circuit)
    require_task(circuit, recording)
    return (
        lasting if isinstance(lasting, Absent) else meetings_of(lasting, recording, encoder, True, checked_seed(seed))
    )


def kinship(lasting: Lasting, recording: Recording) -> NDArray[np.intp]:
    """For each sequence the number of its family: those that are linked by equal memories at times at most 8 apart; shape (batch,).

    Of a task that is no selection each is a family of its own.
    """
    batch, (settled, until) = len(recording.states), (lasting.settled, recording.states.shape[1])
    if not lasting.task.is_selection:
        return np.arange(batch)
    held = lasting.truth(recording, np.arange(settled, min(until, settled + 1 + OFFSETS[-1])))
    memory = np.unique(held.reshape(-1, lasting.size), axis=0, return_inverse=True)[1].reshape(-1)
    sequence = np.repeat(np.arange(batch), held.shape[1])
    size = batch + int(memory.max()) + 1
    graph = coo_array((np.ones(len(memory)), (sequence, batch + memory)), shape=(size, size))
    _, found = np.unique(connected_components(graph, directed=False)[1][:batch], return_inverse=True)
    return found.reshape(-1)


class _Met(NamedTuple):
    """Sequences i and j with c_i(t) = c_j(t + difference), each in one pair."""

    difference: int
    first: NDArray[np.intp]
    second: NDArray[np.intp]


def meetings_of(
    lasting: Lasting, recording: Recording, encoder: Array | None, scored: bool, seed: int
) -> ExtraMemory | Absent:
    """As `compare_meetings`; `scored` says whether there are outputs that can be wrong."""
    if (reason := unpaired(lasting)) is not None:
        return reason
    if isinstance(window := window_of(lasting, recording), Absent):
        return window
    settled, until = window
    differences = tuple(k for k in DIFFERENCES if settled + 1 + k <= until)
    time = min(
        max(settled + 1, meeting_time(lasting.task, until - lasting.task.num_variables)), until - differences[-1]
    )
    wrong = _first_wrong(recording, settled) if scored else np.full(len(recording.states), until + 1)
    met = tuple(_meet(lasting, recording, time, k, wrong, seed) for k in differences)
    enough = [one for one in met if len(one.first) >= _FEWEST]
    if not enough:
        most = max(len(one.first) for one in met)
        few = f"only {most} pairs, of {_FEWEST} that are needed," if most else "no pairs"
        return Absent(
            f"the recordings hold {few} of equal memories at different times; task.pairs(count, horizon) gives inputs to record"
        )
    left_out = int((wrong <= until).sum())
    first = _look(lasting, recording, tuple(enough), time, left_out, encoder)
    if first.share < _MOSTLY:
        return first
    return _look_again(recording, tuple(enough), first, until, encoder)


def _first_wrong(recording: Recording, settled: int) -> NDArray[np.int64]:
    """The first t > settled at which an output of a sequence is wrong, shape (batch,); one more than there are steps if none is."""
    marks = recording.task.score(recording.outputs, recording.task.encode(recording.episodes.targets))
    wrong = (marks.counted & ~marks.right).any(axis=2)
    wrong[:, :settled] = False
    return np.where(wrong.any(axis=1), wrong.argmax(axis=1), wrong.shape[1]) + 1


def _meet(
    lasting: Lasting, recording: Recording, time: int, difference: int, wrong: NDArray[np.int64], seed: int
) -> _Met:
    """Pairs of different sequences, in random order, each in one pair at most, and right until they meet."""
    here = lasting.truth(recording, np.array([time - 1]))[:, 0]
    there = lasting.truth(recording, np.array([time + difference - 1]))[:, 0]
    names = np.unique(np.concatenate([here, there]) + 0.0, axis=0, return_inverse=True)[1].reshape(2, -1)
    order = generator(seed).permutation(len(here))
    late: dict[int, list[int]] = {}
    for j in order[wrong[order] > time + difference].tolist():
        late.setdefault(int(names[1, j]), []).append(j)
    used, pairs = set[int](), list[tuple[int, int]]()
    for i in order[wrong[order] > time].tolist():
        waiting = late.get(int(names[0, i]), [])
        while waiting and waiting[-1] in used:
            waiting.pop()
        if i in used or not waiting or len(pairs) == _MOST:
            continue
        j = next((j for j in reversed(waiting) if j != i and j not in used), None)
        if j is not None:
            used |= {i, j}
            pairs.append((i, j))
    found = np.array(pairs, dtype=np.intp).reshape(-1, 2)
    return _Met(difference, found[:, 0], found[:, 1])


def _look(
    lasting: Lasting, recording: Recording, met: tuple[_Met, ...], time: int, wrong: int, encoder: Array | None
) -> ExtraMemory:
    """One look at t: twice as many pairs as directions, the largest."""
    states, pairs = recording.states, min(len(one.first) for one in met)
    chosen = np.concatenate([states[one.first, time - 1] for one in met])
    basis = directions_of(np.concatenate([chosen, *(states[one.second, time + one.difference - 1] for one in met)]))
    basis, held = basis[:, : pairs // 2], basis.shape[1]
    unit = float(np.abs(chosen).max(initial=0.0)) or 1.0
    found = [
        shares_of(
            states[one.first, time - 1] / unit @ basis,
            states[one.second, time + one.difference - 1] / unit @ basis,
            one.difference,
        )
        for one in met
    ]
    worst = max(found, key=lambda one: one.share)
    size = _relative(worst.length * unit, encoder)
    shares = (worst.many, worst.share, worst.low, worst.high)
    return ExtraMemory(*shares, size, worst.difference, time, pairs, wrong, basis.shape[1], held)


def _relative(length: float, encoder: Array | None) -> float | None:
    """A length over that of the smallest variable."""
    least = 0.0 if encoder is None else float(np.linalg.norm(encoder, axis=0).min(initial=np.inf))
    return length / least if least > 0 else None


class _Lagged(NamedTuple):
    """What two looks at the same pairs have in common, ℓ steps apart.

    Attributes:
        met: the pairs.
        lag: ℓ.
        strength: the largest singular value on the first half of the pairs.
        values: for each pair of the second half and each two directions, the largest first, what has the share as its mean; shape (pairs, r).
        length: the root of the largest singular value without S.
    """

    met: _Met
    lag: int
    strength: float
    values: Array
    length: float


def _look_again(
    recording: Recording, met: tuple[_Met, ...], first: ExtraMemory, until: int, encoder: Array | None
) -> ExtraMemory | Absent:
    """What of it lasts; see above."""
    steps = until - first.time + 1 - max(one.difference for one in met)
    if steps < 2 * _SHORTEST:
        return Absent(
            f"states of equal memories differ (share {first.share:.2f}), and {steps} steps are too few to tell what lasts from noise"
        )
    lags = range(steps // 2, min(steps // 2 + _LAGS, steps - _SHORTEST + 1))
    found = [one for pairs in met for one in _lagged(recording.states, pairs, first.time, steps, lags)]
    worst = max(found, key=lambda one: one.strength)
    shares = worst.values.mean(axis=0)
    counts = draw_counts(len(worst.values), DRAWS, seed=0) / len(worst.values)
    low, high = ends(counts @ worst.values[:, 0])
    return replace(
        first,
        count=int((shares > _MOSTLY).sum()),
        share=float(shares[0]),
        low=low,
        high=high,
        size=_relative(worst.length, encoder),
        difference=worst.met.difference,
        time=first.time + worst.lag,
        pairs=len(worst.met.first),
        directions=worst.values.shape[1],
        first=first,
    )


def _lagged(states: Array, met: _Met, time: int, steps: int, lags: range) -> list[_Lagged]:
    """The same for each lag; S is of all the states that are compared."""
    one = states[met.first, time - 1 : time - 1 + steps]
    other = states[met.second, time - 1 + met.difference : time - 1 + met.difference + steps]
    both = np.concatenate([one, other]).reshape(-1, states.shape[2])
    center, half = both.mean(axis=0), len(met.first) // 2
    unit = float(np.abs(both - center).max()) or 1.0
    sizes, vectors = np.linalg.eigh((both - center).T @ (both - center) / len(both) / unit**2)
    most = max(1, half * (steps - lags[-1]) // _ROWS)
    kept = (sizes > 1e-12 * sizes[-1]) & (np.arange(len(sizes)) >= len(sizes) - most)
    apart = (one - other) / np.sqrt(2) / unit @ vectors[:, kept]
    white = apart / np.sqrt(sizes[kept])
    found: list[_Lagged] = []
    for lag in lags:
        early, late = white[:, : steps - lag], white[:, lag:]
        # Σ_{p,t} late_{pti} early_{ptj}: its first singular vectors are the pair of directions that agree most. They
        # are chosen on one half of the pairs and measured on the other: what was sought is not what is found.
        cross = np.einsum("pti,ptj->ij", late[:half], early[:half], optimize=True) / (half * (steps - lag))
        left, strengths, right = np.linalg.svd(cross)
        values = ((late[half:] @ left) * (early[half:] @ right.T)).mean(axis=1)
        raw = np.einsum("pti,ptj->ij", apart[:, lag:], apart[:, : steps - lag], optimize=True) / (
            len(apart) * (steps - lag)
        )
        length = float(np.sqrt(np.linalg.svd(raw, compute_uv=False)[0])) * unit
        found.append(_Lagged(met, lag, float(strengths[0]), values, length))
    return found

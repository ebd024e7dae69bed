"""All edits of one step, run side by side, and what their outputs did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence.interventions.edits import Edit, NoOp
from emt_theory.evidence.interventions.handles import Handles, describe, displaced
from emt_theory.evidence.interventions.prediction import Prediction, predict
from emt_theory.evidence.interventions.result import Example, Flips
from emt_theory.evidence.recording import Recording
from emt_theory.ground.arrays import Array
from emt_theory.networks import StateSpace

_Mask = NDArray[np.bool_]

_ROWS = 256
_RANDOM = 64


class Group(NamedTuple):
    """What the edits of one step did.

    Attributes:
        edits: the edits, controls left out; E of them.
        active: in which sequences each changes the memory, shape (E, batch).
        moved: in which sequences each moves the state, shape (E, batch).
        counts: predicted, seen, staying, unpredicted by edit and step after it, shape (4, E, steps).
        noops, noop_changes: how many controls, and how many of their outputs differ.
        wrong_slot, random_direction: the two null counts.
        plain, edited: right signs and scored signs, without the edits and with them.
        blow_ups: in how many edited sequences an output was not finite.
        example: the first edit in its first sequence; None without one.
    """

    edits: tuple[Edit, ...]
    active: _Mask
    moved: _Mask
    counts: NDArray[np.int64]
    noops: int
    noop_changes: int
    wrong_slot: Flips
    random_direction: Flips
    plain: tuple[int, int]
    edited: tuple[int, int]
    blow_ups: int
    example: Example | None


def run_group(
    space: StateSpace,
    recording: Recording,
    edits: Sequence[Edit],
    handles: Handles,
    batch: int,
    steps: int,
    rng: np.random.Generator,
) -> Group:
    """Make all edits of one step, each in the first `batch` sequences, and count what their outputs do.

    A control runs in a batch of the same shape as the sequences without an edit: matrix products of another shape may round in another way, and then
    equal states would not give equal outputs.

    Args:
        space: the network.
        recording: the sequences.
        edits: of the same step t.
        handles: K.
        batch: how many sequences.
        steps: how many steps are watched.
        rng: of the random controls.
    """
    t, persistent = edits[0].t, handles.persistent
    z, m = recording.states[:batch, t - 1].copy(), persistent.truth_at(t, recording)[:batch]
    series = recording.series[:batch, t : t + steps]
    plain = _run_on(space, z, steps)
    controls, real = [e for e in edits if isinstance(e, NoOp)], tuple(e for e in edits if not isinstance(e, NoOp))
    differing = sum(_differing(_run_on(space, displaced(e, z, m, handles), steps), plain) for e in controls)
    if not real:
        mask, none = np.zeros((0, batch), dtype=bool), np.zeros((4, 0, steps), dtype=np.int64)
        return Group((), mask, mask, none, len(controls), differing, Flips(), Flips(), (0, 0), (0, 0), 0, None)
    change = np.stack([edit.change(m, persistent) - m for edit in real])
    after = np.stack([displaced(edit, z, m, handles) for edit in real])
    active, moved = (change != 0).any(axis=2), (after != z).any(axis=2)
    memory, following = np.tile(recording.memory(t)[:batch], (len(real), 1)), np.tile(series, (len(real), 1, 1))
    theory = predict(persistent, memory, change.reshape(-1, m.shape[1]), following).grouped(len(real))
    outputs = _run_on(space, after.reshape(-1, z.shape[1]), steps).reshape(theory.flips.shape)
    observed = observe(outputs, plain)
    counted = count(theory, observed, active)
    rows = active[..., None, None]
    wanted = np.where(rows, np.sign(series), 0), np.where(rows, theory.signs, 0)
    return Group(
        real,
        active,
        moved,
        counted,
        len(controls),
        differing,
        _wrong_slot(real, theory, observed, active, rng),
        _random_direction(space, z, after, plain, theory, active, handles, rng),
        _right(plain, wanted[0]),
        _right(outputs, wanted[1]),
        int((~np.isfinite(outputs).all(axis=(2, 3)) & active).sum()),
        _example(real, theory, observed, active),
    )


class _Observation(NamedTuple):
    """What outputs did, each of shape (…, steps, d).

    Attributes:
        flipped: where the sign is the opposite one.
        changed: where it is not the same one; also where it is none any more.
    """

    flipped: _Mask
    changed: _Mask


def observe(outputs: Array, plain: Array) -> _Observation:
    """Signs of outputs after an edit beside those without."""
    with np.errstate(invalid="ignore"):
        before, now = np.sign(plain), np.sign(outputs)
        return _Observation(before * now < 0, before != now)


def count(theory: Prediction, observed: _Observation, active: _Mask) -> NDArray[np.int64]:
    """Predicted, seen, staying, unpredicted by edit and step, shape (4, E, steps), for arrays of shape (E, batch, steps, d)."""
    counted = active[..., None, None]
    predicted, staying = theory.flips & counted, theory.stays & counted
    parts = (predicted, predicted & observed.flipped, staying, staying & observed.changed)
    return np.stack([part.sum(axis=(1, 3)) for part in parts])


def _run_on(space: StateSpace, z: Array, steps: int) -> Array:
    """The outputs after 1, …, `steps` free steps from z of shape (rows, S); shape (rows, steps, d)."""
    outputs = np.empty((len(z), steps, space.dim))
    with np.errstate(all="ignore"):
        for start in range(0, len(z), _ROWS):
            rows = slice(start, start + _ROWS)
            state = z[rows]
            for k in range(steps):
                state = space.step(state, None)
                outputs[rows, k] = space.read(state)
    return outputs


def _right(outputs: Array, wanted: Array) -> tuple[int, int]:
    """How many signs are right, and how many are wanted: those that are not 0."""
    with np.errstate(invalid="ignore"):
        return int(((np.sign(outputs) == wanted) & (wanted != 0)).sum()), int(np.count_nonzero(wanted))


def _differing(outputs: Array, plain: Array) -> int:
    return int(((outputs != plain) & ~(np.isnan(outputs) & np.isnan(plain))).sum())


def _wrong_slot(
    edits: tuple[Edit, ...], theory: Prediction, observed: _Observation, active: _Mask, rng: np.random.Generator
) -> Flips:
    """Each edit's prediction held against what an edit of another slot did, where there is one."""
    pairs: list[tuple[int, int]] = []
    for i, edit in enumerate(edits):
        others = [j for j, other in enumerate(edits) if other.slot != edit.slot]
        if others:
            pairs.append((i, int(rng.choice(others))))
    if not pairs:
        return Flips()
    mine, others = (list(column) for column in zip(*pairs, strict=True))
    shuffled = _Observation(observed.flipped[others], observed.changed[others])
    return _summed(count(theory.pick(mine), shuffled, active[mine] & active[others]))


def _random_direction(
    space: StateSpace,
    z: Array,
    after: Array,
    plain: Array,
    theory: Prediction,
    active: _Mask,
    handles: Handles,
    rng: np.random.Generator,
) -> Flips:
    """The same predictions, after a push of equal length along a random combination of the directions."""
    rows = np.argwhere(active)
    if not len(rows):
        return Flips()
    rows = rows[np.sort(rng.permutation(len(rows))[:_RANDOM])]
    edit, sequence = rows.T
    push = rng.normal(size=(len(rows), handles.directions.shape[1])) @ handles.directions.T
    length = np.linalg.norm(after[edit, sequence] - z[sequence], axis=1)
    size = np.linalg.norm(push, axis=1)
    push *= (length / np.where(size > 0, size, 1))[:, None]
    outputs = _run_on(space, z[sequence] + push, plain.shape[1])
    observed = observe(outputs[:, None], plain[sequence][:, None])
    return _summed(count(theory.pick((edit, sequence, None)), observed, np.ones((len(rows), 1), dtype=bool)))


def _summed(counts: NDArray[np.int64]) -> Flips:
    return Flips(*(int(n) for n in counts.sum(axis=(1, 2))))


def _example(edits: tuple[Edit, ...], theory: Prediction, observed: _Observation, active: _Mask) -> Example | None:
    rows = np.argwhere(active)
    if not len(rows):
        return None
    edit, sequence = (int(i) for i in rows[0])
    made = edits[edit]
    flips = theory.flips[edit, sequence], observed.changed[edit, sequence]
    return Example(made.t, describe(made), sequence, *flips)

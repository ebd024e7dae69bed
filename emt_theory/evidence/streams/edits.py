r"""Another memory put into a running network: do its outputs follow the task from there?

In a word at memory m, whose last letters are x, the state is moved to where another memory m' is behind the same ones,

    z + z̄_m'x − z̄_mx          of a machine, and of a filter with few memories: means of the states of other words
    z + Ψ (m' − m)             of another filter, Ψ from the regression z ≈ Ψ m + Θ x + z̄

and what is shown along the next 32 letters is scored against the task from m'. Only changes that the task shows in these letters are made, in words
that are right there without one.

Source: interchange interventions, Geiger et al., NeurIPS 2021; their use on the states of machines: new.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence.resampling import clopper_pearson
from emt_theory.evidence.streams.memory import CHANGED, EDITED, FIT, SAME, Walk, follow_words
from emt_theory.evidence.streams.states import Means, means_of, regress
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.networks import StateSpace
from emt_theory.tasks import LinearFilter
from emt_theory.tasks.digits import write_fractions
from emt_theory.tasks.words import generator

WATCHED = 32
"""Letters behind a change along which every output counts."""

AT = 48
"""Behind which letter, the first being 0."""

_FEWEST, _SUPPORT = 36, 8


@dataclass(frozen=True)
class StateEdits(Record):
    """What changes of the memory did.

    Attributes:
        edits: how many were made, one in a word.
        right: behind how many every output was that of the task from the other memory.
        low, high: the 95 % interval of their share.
        watched: how many letters behind each.
        wrong: how many words were left out, being wrong without a change.
    """

    edits: int
    right: int
    low: float
    high: float
    watched: int
    wrong: int

    def __str__(self) -> str:
        share, low, high = write_fractions(self.right / self.edits, self.low, self.high)
        return f"followed in {share} of {self.edits} tries, 95 % interval [{low}, {high}]"


def edit_states(space: StateSpace, walk: Walk, seed: int, means: Means | None = None) -> StateEdits | Absent:
    """Change the memory in words of their own, and look whether outputs follow.

    Args:
        space: the network.
        walk: the words.
        seed: of the choice of the other memory.
        means: of the states of a machine, or of a filter with few memories; None of another filter.
    """
    found = _edit(space, walk, seed, means)
    while means is not None and means.letters > 1 and (isinstance(found, Absent) or 2 * found.edits < EDITED):
        # So many last letters all but decide the memory: fewer are held fixed.
        means = means_of(walk, means.letters - 1)
        found = _edit(space, walk, seed, means)
    return found


def _edit(space: StateSpace, walk: Walk, seed: int, means: Means | None) -> StateEdits | Absent:
    rng, behind = generator(seed), walk.inputs[CHANGED, AT + 1 : AT + 1 + WATCHED]
    z, m = walk.states[CHANGED, AT], walk.memory[CHANGED, AT]
    chosen = _by_regression(walk, rng) if means is None else _by_means(walk, means, rng)
    if isinstance(chosen, Absent):
        return chosen
    words, changed, other = chosen
    if len(words) < _FEWEST:
        return Absent("behind their last letters words are in one memory each: there is no other one to put in")
    behind, m = behind[words], m[words]
    stayed, moved = (follow_words(walk.task, behind, memory)[1] for memory in (m, other))
    told = ~walk.task.score(stayed, moved).right.all(axis=(1, 2))
    fine = _right(space, walk, z[words], behind, stayed)
    made = told & fine
    if made.sum() < _FEWEST:
        return Absent(
            f"only {int(made.sum())} changes show in the next {WATCHED} letters of words that are right there"
        )
    right = int(_right(space, walk, changed[made], behind[made], moved[made]).sum())
    edits = int(made.sum())
    return StateEdits(edits, right, *clopper_pearson(right, edits), WATCHED, int((~fine).sum()))


def _right(space: StateSpace, walk: Walk, z: Array, inputs: Array, targets: Array) -> NDArray[np.bool_]:
    """Which words are right in every output, from these states on."""
    outputs = space.answer(z, inputs)
    with np.errstate(all="ignore"):
        marks = walk.task.score(outputs, targets)
    return ((marks.right & np.isfinite(outputs)) | ~marks.counted).all(axis=(1, 2))


def _by_means(walk: Walk, means: Means, rng: np.random.Generator) -> tuple[NDArray[np.intp], Array, Any]:
    """Which words are changed, their states then, and their memories."""
    z, (q, x) = walk.states[CHANGED, AT], (part[CHANGED, AT] for part in (walk.labels, walk.endings(means.letters)))
    place = {(int(o), int(a)): k for k, (o, a) in enumerate(zip(means.owner, means.ending, strict=True))}
    firm = means.counts >= _SUPPORT
    words, changed, other = list[int](), list[Array](), list[int]()
    for i in range(len(z)):
        own = place.get((int(q[i]), int(x[i])))
        there = np.flatnonzero((means.ending == x[i]) & (means.owner != q[i]) & firm)
        if own is None or not firm[own] or not len(there):
            continue
        k = int(rng.choice(there))
        words.append(i)
        changed.append(z[i] + means.centers[k] - means.centers[own])
        other.append(int(means.owner[k]))
    if not words:
        return np.array(words, dtype=np.intp), z[:0], walk.memory[:0, AT]
    labels, first = np.unique(walk.labels, return_index=True)  # where each memory is first met
    flat = walk.memory.reshape(-1, *walk.memory.shape[2:])
    return (
        np.array(words, dtype=np.intp),
        np.array(changed, dtype=np.float64),
        flat[first[np.searchsorted(labels, other)]],
    )


def _by_regression(walk: Walk, rng: np.random.Generator) -> tuple[NDArray[np.intp], Array, Any] | Absent:
    """The same of a filter: the other memory is that of another word with the same last letter."""
    steps = slice(AT if walk.grows else AT // 2, AT + 1)  # the last values of what grows say all
    sizes = np.linalg.svd(walk.memory[CHANGED, AT] - walk.memory[CHANGED, AT].mean(axis=0), compute_uv=False)
    if walk.grows and sizes[-1] < SAME * sizes[0]:
        return Absent("some of its values grow until others are lost beside them")
    given = np.concatenate([walk.memory[FIT, steps], walk.inputs[FIT, steps]], axis=2)
    states = walk.states[FIT, steps]
    z, m, x = (part[CHANGED, AT] for part in (walk.states, walk.memory, walk.letters))
    encoder = regress(given.reshape(-1, given.shape[2]), states.reshape(-1, states.shape[2]))[1 : 1 + m.shape[1]]
    words, partner = list[int](), list[int]()
    for i in range(len(z)):
        there = np.flatnonzero((x == x[i]) & (m != m[i]).any(axis=1))
        if len(there):
            words.append(i)
            partner.append(int(rng.choice(there)))
    chosen = np.array(words, dtype=np.intp)
    other = m[partner] if partner else m[:0]
    return chosen, z[chosen] + (other - m[chosen]) @ encoder, other


def least_length(walk: Walk, means: Means | None) -> float | None:
    """The length of the smallest difference of two memories in the state: of two machine states, or of one of a filter's coordinates."""
    if isinstance(walk.task, LinearFilter):
        z, m = (walk.settled(FIT, part) for part in (walk.states, walk.memory))
        encoder = regress(m, z)[1:]
        lengths = np.linalg.norm(encoder, axis=1) * m.std(axis=0)
        return float(lengths[lengths > 0].min()) if (lengths > 0).any() else None
    if means is None:
        return None
    centers = means.of_states()
    if len(centers) < 2:
        return None
    apart = np.linalg.norm(centers[:, None] - centers[None], axis=2)
    return float(apart[~np.eye(len(centers), dtype=bool)].min()) / 2 or None

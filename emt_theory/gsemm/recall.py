r"""Which memory is recalled, and for how long: metastable states, read off the overlaps.

The overlap of a state with memory i is the share of it that the features express,

    m_i(t) = ξ_i · σ_f(V_f(t)) / ‖ξ_i‖²,

1 when σ_f(V_f) = ξ_i. A memory that leads for some time and then gives way to another is a metastable state; the list of these *episodes* is what a
sequence memory recalls. Here memory 0 leads, then memory 2, to the end:

>>> times = np.linspace(0, 10, 101)
>>> second = 1 / (1 + np.exp(-8 * (times - 6)))
>>> found = find_recall(times, np.stack([1 - second, 0 * second, second], axis=1))
>>> found.outcome, found.order
(<RecallKind.SEQUENCE: 'sequence'>, (0, 2))
>>> [(episode.memory, round(episode.start, 1), round(episode.end, 1)) for episode in found.episodes]
[(0, 0.0, 6.0), (2, 6.1, 10.0)]

Source: the metastable memories of Karuvally, Sejnowski, Siegelmann, General Sequential Episodic Memory Model, ICML 2023; the rule that finds them
is this project's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import integer, numeric_array, real, sequence
from emt_theory.ground.json import Record
from emt_theory.ground.text import shown, shows

_STILL = 0.02
"""A state whose overlaps move by less than this over the last tenth of a run rests."""


class RecallKind(StrEnum):
    """What a run came to."""

    STAYS = "stays"
    """One memory is reached and never left."""
    SEQUENCE = "sequence"
    """Several memories, one after the other; the last one leads at the end."""
    MIXTURE = "mixture"
    """At the end the state rests where no memory leads, but some are expressed."""
    SILENT = "silent"
    """At the end no memory is expressed."""
    UNSETTLED = "unsettled"
    """At the end the state moves, and no memory leads."""


@dataclass(frozen=True)
class Rule(Record):
    """When a memory leads. Beginning is harder than going on, so that a state near the boundary does not flicker.

    Attributes:
        enter: the overlap at which an episode begins.
        leave: the overlap below which it ends; at most `enter`. A state with all |m_i| below it expresses no memory.
        lead: how far the memory must be above every other for an episode to begin; it ends below half of that.
        shortest: episodes that last less are passages, and are dropped.

    Raises:
        InvalidOption: if not 0 < leave ≤ enter, lead > 0 and shortest ≥ 0, all finite.
    """

    enter: float = 0.75
    leave: float = 0.5
    lead: float = 0.2
    shortest: float = 0.0

    def __post_init__(self) -> None:
        for name in ("enter", "leave", "lead", "shortest"):
            object.__setattr__(self, name, real(name, getattr(self, name)))
        if not (0 < self.leave <= self.enter < np.inf and 0 < self.lead < np.inf and 0 <= self.shortest < np.inf):
            raise InvalidOption(f"a rule needs 0 < leave <= enter, lead > 0 and shortest >= 0, all finite; got {self}")


@shows
class Episode(NamedTuple):
    """A memory leads from `start` to `end`."""

    memory: int
    start: float
    end: float

    @property
    def duration(self) -> float:
        """end − start."""
        return self.end - self.start


@dataclass(frozen=True)
class Recall(Record):
    """What a run recalls.

    Attributes:
        episodes: the metastable states, in order of time; the same memory twice in a row only if it was lost between.
        outcome: what the run came to.
        rule: when a memory was held to lead.
    """

    JSON = ("outcome", "episodes", "rule")

    episodes: tuple[Episode, ...]
    outcome: RecallKind
    rule: Rule

    @property
    def order(self) -> tuple[int, ...]:
        """The memories, in the order of recall."""
        return tuple(episode.memory for episode in self.episodes)

    @property
    def dwell_times(self) -> tuple[float, ...]:
        """From the start of each episode to that of the next; the last episode, which the end of the run cuts, has none."""
        starts = [episode.start for episode in self.episodes]
        return tuple(b - a for a, b in pairwise(starts))

    def __str__(self) -> str:
        shown = " ".join(map(str, self.order[:24])) + (" …" if len(self.order) > 24 else "")
        return f"{self.outcome}: {shown or 'no memory leads at any time'}"


def find_recall(times: ArrayLike, overlaps: ArrayLike, rule: Rule | None = None) -> Recall:
    """The episodes of one run, and what it came to.

    Args:
        times: increasing, shape (T,), T ≥ 2.
        overlaps: m_i(t), shape (T, n). Starts and ends are interpolated linearly between the samples.
        rule: when a memory leads; None means `Rule()`.

    Raises:
        InvalidOption: if the shapes do not fit together, times do not increase, or a number is not finite.
    """
    t, m = numeric_array("times", times, InvalidOption), numeric_array("overlaps", overlaps, InvalidOption)
    if not isinstance(rule, Rule | None):
        raise InvalidOption(f"rule must be a Rule, or None; got {shown(rule)}")
    if t.ndim != 1 or m.ndim != 2 or len(t) != len(m) or len(t) < 2 or m.shape[1] < 1:
        raise InvalidOption(f"times and overlaps must have shapes (T,) and (T, n), T >= 2; got {t.shape} and {m.shape}")
    if not (np.isfinite(t).all() and np.isfinite(m).all() and (np.diff(t) > 0).all()):
        raise InvalidOption("times must increase, and times and overlaps be finite")
    chosen = rule or Rule()
    ahead = m - _best_other(m)
    enters = np.stack([m - chosen.enter, ahead - chosen.lead])
    holds = np.stack([m - chosen.leave, ahead - chosen.lead / 2])
    begins, ends = enters.min(axis=0), holds.min(axis=0) < 0
    found: list[Episode] = []
    leader, start = -1, 0.0
    for k in range(len(t)):
        if leader >= 0 and ends[k, leader]:
            found.append(Episode(leader, start, min(_crossings(t, holds[:, :, leader], k))))
            leader = -1
        if leader < 0 and begins[k].max() >= 0:
            leader = int(begins[k].argmax())
            start = max(_crossings(t, enters[:, :, leader], k))
    if leader >= 0:
        found.append(Episode(leader, start, float(t[-1])))
    kept = tuple(e for e in found if e.duration >= chosen.shortest)
    leads = leader >= 0 and bool(kept) and kept[-1].end == t[-1]
    return Recall(kept, _outcome(t, m, kept, leads, chosen), chosen)


def first_disorder(order: Sequence[int], interactions: ArrayLike) -> int | None:
    """Where an order of recall first breaks the interactions: the least k with Φ'[order[k], order[k+1]] not the largest of its row, or None.

    Args:
        order: memories in the order of recall.
        interactions: Φ', indexed [from, to], shape (n, n).

    >>> cycle = [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    >>> first_disorder([0, 1, 2, 0, 1], cycle), first_disorder([0, 1, 0], cycle)
    (None, 1)
    """
    phi = numeric_array("interactions", interactions)
    if phi.ndim != 2 or phi.shape[0] != phi.shape[1]:
        raise InvalidOption(f"the interactions must have shape (n, n); got {phi.shape}")
    recalled = [integer("a memory", memory, 0, len(phi) - 1) for memory in sequence("order", order)]
    for k, (a, b) in enumerate(pairwise(recalled)):
        if phi[a, b] <= 0 or phi[a, b] < phi[a].max():
            return k
    return None


def _best_other(m: NDArray[np.float64]) -> NDArray[np.float64]:
    """max_{j ≠ i} m_j for every i; −∞ where there is no other."""
    if m.shape[1] == 1:
        return np.full_like(m, -np.inf)
    top = np.sort(m, axis=1)[:, -2:]
    return np.where(m == top[:, 1:], top[:, :1], top[:, 1:])


def _crossings(t: NDArray[np.float64], levels: NDArray[np.float64], k: int) -> list[float]:
    """When each of the levels, shape (2, T), crossed 0 between samples k − 1 and k; t_k if none did."""
    crossed = [] if k == 0 else [level for level in levels if (level[k - 1] < 0) != (level[k] < 0)]
    parts = [level[k - 1] / (level[k - 1] - level[k]) for level in crossed]
    return [float(t[k - 1] + part * (t[k] - t[k - 1])) for part in parts] or [float(t[k])]


def _outcome(
    t: NDArray[np.float64], m: NDArray[np.float64], episodes: tuple[Episode, ...], leads: bool, rule: Rule
) -> RecallKind:
    if leads:
        return RecallKind.STAYS if len({e.memory for e in episodes}) == 1 else RecallKind.SEQUENCE
    end = m[t >= t[-1] - 0.1 * (t[-1] - t[0])]
    if np.ptp(end, axis=0).max() > _STILL:
        return RecallKind.UNSETTLED
    return RecallKind.SILENT if np.abs(end).max() < rule.leave else RecallKind.MIXTURE

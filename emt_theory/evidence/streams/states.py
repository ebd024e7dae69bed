r"""Is the task's memory in a network's state? Purity and spread of a machine's states, R² of a filter's.

A network that computes a machine may hold more than the machine's state, or hold it in several places: one for each of the last letters. With z̄_q the
mean of the network's states where the machine is in q, and z̄_qx of those where x, one to four letters, came last, over random words behind their
first letters,

    spread    the root mean square of z − z̄_q, relative to that of z − z̄ (all states pooled): 0 where the machine's state says all
    purity    the share of states of fresh words whose nearest z̄_qx, in units of how states vary about these means, is one of their own q

Of a filter the coordinates z(t) of its smallest realization are regressed on the network's state in one half of the words and read in the other: R²
is that of the worst combination of them, in units of its spread.

>>> from emt_theory import derive
>>> from emt_theory.tasks import running_parity
>>> found = state_function(derive(running_parity()).compile(scheme="code"), running_parity())
>>> found.seen, found.purity
(2, 1.0)

Source: nearest means in these units are linear discriminant analysis, Hastie, Tibshirani & Friedman, The Elements of Statistical Learning, 4.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidTask
from emt_theory.evidence.recording import require_fit
from emt_theory.evidence.resampling import DRAWS, draw_counts, ends
from emt_theory.evidence.streams.memory import FIT, FRESH, JUDGED, LETTERS, SETTLED, WORDS, Walk, smallest
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.ground.text import shown
from emt_theory.networks import Network, state_space
from emt_theory.tasks import MachineTask
from emt_theory.tasks.accuracy import Marks, measure

_MOST_STATES, _MOST_MEANS = 512, 4096
_RIDGE = 1e-6
_RANGE = 1e-9
_CUT = 1e-6
_LARGEST = 1e100


@dataclass(frozen=True)
class StateFunction(Record):
    """How far a network's state is a function of the machine's.

    Attributes:
        states: Q, of the smallest machine.
        seen: how many of them words led to.
        spread: what is left of the states' variation where the machine's state is the same; 0 for nothing.
        purity: the share of states of fresh words whose nearest mean is one of their own machine state.
        low, high: its 95 % interval over words.
        commonest: the share of steps at which the machine is in the state where it is most: the purity of a network that holds nothing.
    """

    states: int
    seen: int
    spread: float
    purity: float
    low: float
    high: float
    commonest: float

    def __str__(self) -> str:
        within = f"within one of {self.seen} machine states it varies by {self.spread:.2g} of all that it varies"
        return f"{within}, and {self.purity:.4f} lie nearest to their own"


@dataclass(frozen=True)
class FilterReading(Record):
    """How well a filter's coordinates are read off a network's state.

    Attributes:
        dim: n, of the smallest realization.
        r2: R² of the worst combination of them on fresh words.
        low, high: its 95 % interval over words.
    """

    dim: int
    r2: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"R² {self.r2:.3f} of the worst of all combinations of {self.dim}"


class Means(NamedTuple):
    """Where a network's states are, for each state of the machine and the last letters that led there.

    Attributes:
        letters: how many last letters are told apart.
        centers: z̄_qx, shape (C, S).
        owner: q of each.
        ending: x of each, the last letters by number.
        counts: of how many states each is the mean.
        metric: W, shape (S, r): distances are those of z W.
    """

    letters: int
    centers: Array
    owner: NDArray[np.intp]
    ending: NDArray[np.intp]
    counts: NDArray[np.intp]
    metric: Array

    def of_states(self) -> Array:
        """z̄_q of each state of the machine that was seen, shape (seen, S)."""
        owners = np.unique(self.owner)
        held = [self.owner == q for q in owners]
        return np.stack([np.average(self.centers[own], axis=0, weights=self.counts[own]) for own in held])

    def nearest(self, states: Array) -> NDArray[np.intp]:
        """The number of the nearest mean, shape (rows, S) to (rows,)."""
        # |z − z̄|² = |z|² − (2 z·z̄ − |z̄|²), and |z|² is the same for all means
        z, means = states @ self.metric, self.centers @ self.metric
        return (2 * z @ means.T - (means**2).sum(axis=1)).argmax(axis=1)


def means_of(walk: Walk, count: int | None = None) -> Means:
    """The means of the words that are fitted, and the units of how states vary about them.

    Args:
        walk: the words.
        count: how many last letters are told apart; as many as there may be if left out.
    """
    count = walk.longest_ending if count is None else count
    z, q, x = (walk.settled(FIT, part) for part in (walk.states, walk.labels, walk.endings(count)))
    size = int(x.max()) + 1
    labels, place, counts = np.unique(q * size + x, return_inverse=True, return_counts=True)
    centers = _averages(z, place, counts)
    within, whole = z - centers[place], z - z.mean(axis=0)
    sizes, vectors = np.linalg.eigh(within.T @ within / len(z))
    ridge = _RIDGE * float((whole**2).sum()) / whole.size or 1.0
    return Means(count, centers, labels // size, labels % size, counts, vectors / np.sqrt(np.maximum(sizes, 0) + ridge))


def _averages(z: Array, place: NDArray[np.intp], counts: NDArray[np.intp]) -> Array:
    total = np.zeros((len(counts), z.shape[1]))
    np.add.at(total, place, z)
    return total / counts[:, None]


def read_machine_states(walk: Walk, means: Means) -> StateFunction:
    """How far the states of a network are a function of a machine's, along these words.

    Args:
        walk: the words, of a machine's task.
        means: of the words that are fitted.
    """
    assert isinstance(walk.task, MachineTask)
    z, q = (walk.settled(slice(0, FRESH.stop), part) for part in (walk.states, walk.labels))
    labels, place, counts = np.unique(q, return_inverse=True, return_counts=True)
    total = float(np.sqrt(np.mean((z - z.mean(axis=0)) ** 2)))
    spread = float(np.sqrt(np.mean((z - _averages(z, place, counts)[place]) ** 2)) / total) if total else 0.0
    z, q = (walk.settled(FRESH, part) for part in (walk.states, walk.labels))
    right = (means.owner[means.nearest(z)] == q).reshape(JUDGED, -1, 1)
    found = measure(Marks(right, np.ones_like(right)), np.zeros(0, dtype=bool), right.shape[1])
    assert not isinstance(found, Absent)  # every state is counted
    commonest = float(np.bincount(q).max() / len(q))
    return StateFunction(
        walk.task.machine.states,
        len(labels),
        spread,
        found.accuracy,
        found.accuracy_low,
        found.accuracy_high,
        commonest,
    )


def state_function(net: Network, task: MachineTask, seed: int = 0) -> StateFunction | Absent:
    """How far the states of a network are a function of those of the smallest machine, over random words.

    Args:
        net: a network with the task's inputs and outputs.
        task: the task.
        seed: of the words.

    Raises:
        InvalidTask: if the task is no machine.
        InvalidNetwork: if the network has other inputs or outputs.
    """
    if not isinstance(task, MachineTask):
        raise InvalidTask(f"a machine has states; got {shown(task)}")
    require_fit(net, task)
    walk = Walk.of(state_space(net), smallest(task), WORDS, LETTERS, checked_seed(seed), task.quiet)
    why = unreadable(walk)
    return read_machine_states(walk, means_of(walk)) if why is None else why


def unreadable(walk: Walk) -> Absent | None:
    """Why nothing can be said of the states along these words, or None."""
    if not (np.abs(walk.states) < _LARGEST).all():
        return Absent(f"states are not finite, or above {_LARGEST:g}")
    if isinstance(walk.task, MachineTask):
        Q, means = walk.task.machine.states, walk.task.machine.states * walk.task.machine.letters
        if Q > _MOST_STATES or min(means, walk.states.shape[0] * (walk.states.shape[1] - SETTLED)) > _MOST_MEANS:
            return Absent(f"{Q} states and {walk.task.machine.letters} letters are too many to be looked at one by one")
    return None


def read_filter_states(walk: Walk) -> FilterReading | Absent:
    """How well a filter's coordinates are read off a network's state, along these words."""
    reader = regress(walk.settled(FIT, walk.states), walk.settled(FIT, walk.memory))
    z, m = (walk.settled(FRESH, part) for part in (walk.states, walk.memory))
    errors, about = m - np.column_stack([np.ones(len(z)), z]) @ reader, m - m.mean(axis=0)
    sizes, vectors = np.linalg.eigh(about.T @ about / len(m))
    kept = sizes > _RANGE * sizes[-1]
    if sizes[-1] <= 0:
        return Absent("the filter's coordinates do not vary")
    white = vectors[:, kept] / np.sqrt(sizes[kept])
    worst = white @ np.linalg.eigh(white.T @ (errors.T @ errors / len(m)) @ white)[1][:, -1]
    lost, whole = (((part @ worst) ** 2).reshape(JUDGED, -1).sum(axis=1) for part in (errors, about))
    counts = draw_counts(len(lost), DRAWS, seed=0)
    share, (low, high) = float(lost.sum() / whole.sum()), ends(1 - (counts @ lost) / (counts @ whole))
    return FilterReading(m.shape[1], 1 - share, min(low, 1 - share), max(high, 1 - share))


def regress(given: Array, wanted: Array) -> Array:
    """Least squares of columns on a constant and others, shape (1 + k, m); directions below 1e-6 of the largest are not used."""
    found = np.linalg.lstsq(np.column_stack([np.ones(len(given)), given]), wanted, rcond=_CUT)[0]
    return np.asarray(found, dtype=np.float64)

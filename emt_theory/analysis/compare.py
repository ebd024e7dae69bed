r"""Do networks that were trained on one task compute it in the same way?

Weights cannot be compared entry by entry: W and T W T⁻¹ do the same. What can be compared of two networks a and b, on the same inputs:

* **circuit**: whether `check` finds both consistent with the task's circuit;
* **spectrum**: the mean |λ_a − λ_b| of their secant maps' eigenvalues above the modulus, optimally assigned; None where the counts differ;
* **memories**: ‖Φ̂_a − Φ̂_b‖ / ‖Φ_p‖, the maps recovered on the persistent variables, whose coordinates do not depend on the neurons; and the
  fraction of stored signs that both read alike;
* **states up to a change of basis**: the share of the variance of h_b that a linear function of h_a has on fresh inputs, and the other way round.
  Both are 1 where the states are the same up to an invertible map; one of them is, where one network holds what the other does and more.

Two networks are *the same up to a change of basis* where both are consistent, spectra and recovered maps agree, and both shares are at least 0.99.

A circuit compiled in two bases is one and the same:

>>> from emt_theory import derive
>>> from emt_theory.tasks import repeat_copy
>>> circuit = derive(repeat_copy(num_variables=2, dim=1))
>>> nets = [circuit.compile(scheme="linear"), circuit.compile(scheme="linear", basis="orthogonal", hidden=3)]
>>> found = compare_networks(nets, circuit.task, sequences=400, horizon=30)
>>> print(found)
2 networks on repeat_copy; 2 consistent
  the same up to a change of basis: 1, 2
>>> pair = found.pairs[0]
>>> pair.spectrum < 1e-9, pair.memories < 1e-6, round(pair.states[0], 6), round(pair.states[1], 6)
(True, True, 1.0, 1.0)

Source: new; how far linear maps carry one network's states to another's is Kornblith et al., arXiv 1905.00414, section 2 (linear regression).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from emt_theory.analysis.check import judge
from emt_theory.analysis.result import CheckResult
from emt_theory.analysis.thresholds import NEAR, SAME_MAPS, SAME_STATES, THRESHOLDS, Thresholds
from emt_theory.analysis.verdict import Verdict
from emt_theory.errors import InvalidOption
from emt_theory.evidence.assignment import assign_values
from emt_theory.evidence.conventions import HORIZON, SEQUENCES
from emt_theory.evidence.examination import Examination, examine
from emt_theory.evidence.memories import Estimate, Memories
from emt_theory.evidence.recording import Recording, record, require, require_sizes
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import callback
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.ground.text import number
from emt_theory.networks import Network
from emt_theory.tasks import Task
from emt_theory.tasks.linear import linear_task

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SEQUENCES = 64
_LONGEST = 60
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Pair(Record):
    """Two networks compared.

    Attributes:
        first, second: their places in the list, from 0.
        spectrum: the mean distance of their eigenvalues; None where counts differ or there are none.
        memories: the relative distance of the recovered maps; None where one was not recovered.
        alike: the fraction of stored signs that both read alike; None where one reads none.
        states: the shares of variance that a linear map carries from the first to the second, and back; None where states are not finite or 0, or the
            horizon is not above s.
        same: whether both are consistent, spectrum and recovered maps agree within the thresholds, and both shares are at least 0.99.
    """

    JSON = ("networks", "spectrum", "memories", "alike", "states", "same")

    first: int
    second: int
    spectrum: float | None
    memories: float | None
    alike: float | None
    states: tuple[float, float] | None
    same: bool

    @property
    def networks(self) -> tuple[int, int]:
        """Their places in the list."""
        return self.first, self.second

    def __str__(self) -> str:
        return f"networks {self.first + 1} and {self.second + 1}: {'' if self.same else 'not '}the same up to a change of basis"


@dataclass(frozen=True, eq=False, repr=False)
class NetworkComparison(Record):
    """Networks of one task, compared in pairs.

    Attributes:
        names: what they are called.
        results: what `check` found of each.
        pairs: all pairs, in the order (0, 1), (0, 2), ….
    """

    JSON = ("task=_task", "names", "verdicts", "groups", "pairs")

    names: tuple[str, ...]
    results: tuple[CheckResult, ...]
    pairs: tuple[Pair, ...]

    @property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Networks any two of which are the same up to a change of basis, the largest group first; those that are like no other are left out.

        Agreement within thresholds is not transitive: a network may be in several groups.
        """
        graph: Any = nx.Graph([(pair.first, pair.second) for pair in self.pairs if pair.same])
        found = [tuple(sorted(group)) for group in nx.find_cliques(graph)]
        return tuple(sorted(found, key=lambda group: (-len(group), group)))

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What `check` says of each."""
        return tuple(result.verdict for result in self.results)

    @property
    def _task(self) -> str:
        return self.results[0].task.name

    def table(self) -> list[tuple[str, ...]]:
        """A row of texts for each pair: names, spectrum, memories, signs read alike, states there and back, same."""
        return [
            (
                self.names[pair.first],
                self.names[pair.second],
                number(pair.spectrum),
                number(pair.memories),
                "–" if pair.alike is None else f"{pair.alike:.4f}",
                "–" if pair.states is None else " / ".join(f"{share:.3f}" for share in pair.states),
                "yes" if pair.same else "no",
            )
            for pair in self.pairs
        ]

    def plot(self, ax: Axes | None = None) -> Axes:
        """The share of a network's states (column) that a linear map has from another's (row)."""
        from emt_theory.analysis.drawing import draw_networks

        return draw_networks(self, ax)

    def __repr__(self) -> str:
        return f"NetworkComparison({len(self.names)} networks of {self._task})"

    def __str__(self) -> str:
        consistent = self.verdicts.count(Verdict.CONSISTENT)
        lines = [f"{len(self.names)} networks on {self._task}; {consistent} consistent"]
        groups = [
            f"  the same up to a change of basis: {', '.join(str(i + 1) for i in group)}" for group in self.groups
        ]
        return "\n".join([*lines, *(groups or ["  no two are the same up to a change of basis"])])


def compare_networks(
    nets: Sequence[Network | Examination],
    task: Task,
    sequences: int = SEQUENCES,
    horizon: int = HORIZON,
    seed: int = 0,
    thresholds: Thresholds = THRESHOLDS,
    progress: Callable[[str], None] | bool | None = None,
) -> NetworkComparison:
    """Compare networks of one task in pairs.

    Args:
        nets: at least two networks; instead of one also its examination, which is not made again.
        task: the task of all of them.
        sequences: as for `check`.
        horizon: as for `check`.
        seed: as for `check`.
        thresholds: as for `check`; two spectra agree within `complex_error`, two recovered maps within ten times that.
        progress: called with the name of each step as it begins; True writes it to stderr.

    Raises:
        InvalidOption: if there are fewer than two networks, or an examination is of another task.
        InvalidNetwork, InvalidTask: as `check`.
    """
    require(Sequence, nets=nets)
    require(Thresholds, thresholds=thresholds)
    require_sizes(sequences=sequences, horizon=horizon)
    seed = checked_seed(seed)
    if len(nets) < 2:
        raise InvalidOption(f"at least two networks are needed to compare; got {len(nets)}")
    say, near = callback("progress", progress), NEAR
    linear_task(task)
    examined = [
        _of_task(k + 1, net, task)
        if isinstance(net, Examination)
        else examine(net, task, sequences, horizon, seed, thresholds, near)
        for k, net in enumerate(nets)
    ]
    results: list[CheckResult] = []
    for k, x in enumerate(examined):
        say(f"check network {k + 1} of {len(examined)}")
        results.append(judge(x, thresholds))
    say("record states on the same inputs")
    steps = min(horizon, linear_task(task).num_variables + _LONGEST)  # 60 states behind t = 2s
    fits, fresh = ([record(x.net, task, _SEQUENCES, steps, seed + k) for x in examined] for k in (1, 0))
    pairs: list[Pair] = []
    for i, j in combinations(range(len(examined)), 2):
        say(f"compare networks {i + 1} and {j + 1}")
        pairs.append(_compare(i, j, results, fits, fresh, thresholds))
    return NetworkComparison(_names(results), tuple(results), tuple(pairs))


def _of_task(k: int, examination: Examination, task: Task) -> Examination:
    if examination.task != task:
        raise InvalidOption(f"examination {k} is of {examination.task.name}, not of {task.name}")
    return examination


def _compare(
    i: int, j: int, results: Sequence[CheckResult], fits: list[Recording], fresh: list[Recording], limits: Thresholds
) -> Pair:
    a, b = results[i], results[j]
    spectrum, memories = _spectra(a, b, limits), _maps(a, b)
    there, back = _carried(fits[i], fits[j], fresh[i], fresh[j]), _carried(fits[j], fits[i], fresh[j], fresh[i])
    states = None if there is None or back is None else (there, back)
    same = (
        a.verdict is b.verdict is Verdict.CONSISTENT
        and spectrum is not None
        and spectrum <= NEAR[0]
        and memories is not None
        and memories <= SAME_MAPS
        and states is not None
        and min(states) >= SAME_STATES
    )
    return Pair(i, j, spectrum, memories, _alike(a, b, fresh[i], fresh[j]), states, same)


def _spectra(a: CheckResult, b: CheckResult, limits: Thresholds) -> float | None:
    if isinstance(a.spectrum, Absent) or isinstance(b.spectrum, Absent):
        return None
    both = (spectrum.trajectory.eigenvalues for spectrum in (a.spectrum, b.spectrum))
    one, other = (values[np.abs(values) > limits.modulus] for values in both)
    return assign_values(one, other).mean if len(one) == len(other) and len(one) else None


def _maps(a: CheckResult, b: CheckResult) -> float | None:
    if isinstance(a.memories, Absent) or isinstance(b.memories, Absent):
        return None
    one, other = a.memories.intertwining.phi, b.memories.intertwining.phi
    if one is None or other is None or not one.size:
        return None
    distance = float(np.linalg.norm(one - other) / np.linalg.norm(a.memories.phi))
    return distance if np.isfinite(distance) else None


def _alike(a: CheckResult, b: CheckResult, one: Recording, other: Recording) -> float | None:
    read: list[Array] = []
    for result, recording in ((a, one), (b, other)):
        estimate = result.memories.intertwining.estimate if isinstance(result.memories, Memories) else None
        if not isinstance(estimate, Estimate) or (states := _settled(recording)) is None:
            return None
        read.append(np.sign(estimate.decode(states)))
    return float(np.equal(*read).mean())


def _settled(recording: Recording) -> Array | None:
    """The states in the settled window, shape (batch, steps, N); None where one is not finite, or there are none."""
    after = recording.settled
    if isinstance(after, Absent) or recording.blow_up is not None or recording.states.shape[1] <= after:
        return None
    return recording.states[:, after:]


def _carried(source: Recording, target: Recording, fresh_source: Recording, fresh_target: Recording) -> float | None:
    """The share of the variance of the target's fresh states that the best linear map from the source's has."""
    x, x_new = (_centred(recording, source) for recording in (source, fresh_source))
    y, y_new = (_centred(recording, target) for recording in (target, fresh_target))
    if x is None or x_new is None or y is None or y_new is None:
        return None
    total = float((y_new**2).sum())
    if total == 0 or not x.any():
        return None
    carried = np.linalg.lstsq(x, y, rcond=_TOLERANCE)[0]
    return 1 - float(((y_new - x_new @ carried) ** 2).sum()) / total


def _centred(recording: Recording, fit: Recording) -> Array | None:
    states, fitted = _settled(recording), _settled(fit)
    if states is None or fitted is None:
        return None
    return (states - fit.center(fitted)).reshape(-1, states.shape[2])


def _names(results: Sequence[CheckResult]) -> tuple[str, ...]:
    names = [result.weights.removesuffix(".safetensors") for result in results]
    if len(set(names)) == len(names):
        return tuple(names)
    return tuple(f"{k + 1} {name}" for k, name in enumerate(names))

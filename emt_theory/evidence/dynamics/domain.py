r"""Where a local linear map holds: next to which recorded states, and how well it predicts the next one.

A fixed point or a periodic orbit z_1, …, z_p says something about a network only near the states that the network visits. So each is held
against a recording, at t > 2s as all linearizations are:

* `distance`: the distance of the orbit's farthest point from the recorded states, relative to their scale √E‖z‖². 0 on a recorded orbit; an
  orbit at 1 is as far from everything recorded as the states are from 0.
* `prediction_error`: a recorded state z has a nearest point z_i of the orbit, and the linearization there predicts f(z_i) + J(z_i)(z −
  z_i). The error is the relative one of `linearize.prediction_error`, √(Σ‖z' − prediction‖² / Σ‖z' − μ'‖²), over all transitions;
* `near_error`: the same over the transitions that begin within a tenth of the scale of the orbit, and `near`, how many those are.

>>> from emt_theory import derive
>>> from emt_theory.evidence.recording import record
>>> from emt_theory.networks import state_space
>>> from emt_theory.tasks import repeat_copy
>>> task = repeat_copy(num_variables=2, dim=1)
>>> net = derive(task).compile(scheme="linear")
>>> domain = domain_of(record(net, task, sequences=5, horizon=20, seed=0))
>>> domain.measure(state_space(net), np.zeros((1, 2)))
Validity(distance=1.0, prediction_error=0.0, near=0, near_error=None)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence.recording import Recording
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.networks import StateSpace

_RADIUS = 0.1
"""Which states are near an orbit: those closer than this part of the scale."""

_LARGEST_DOMAIN = 8192
_ENTRIES = 2**23


@dataclass(frozen=True)
class Validity(Record):
    """Where the linearization at an orbit holds; see the module for definitions.

    Attributes:
        distance: of the orbit's farthest point from the recorded states, relative to their scale.
        prediction_error: over all transitions; None where float64 cannot hold it, or there is nothing to predict.
        near: number of transitions that begin near the orbit.
        near_error: the prediction error over those; None without any.
    """

    distance: float
    prediction_error: float | None
    near: int
    near_error: float | None


@dataclass(frozen=True, eq=False, repr=False)
class Domain:
    """Recorded transitions in the output phase.

    Attributes:
        before, after: z(t) and z(t+1), each of shape (pairs, S).
        center: μ', what z(t+1) varies about, shape (S,).
        scale: √E‖z(t)‖².
    """

    before: Array
    after: Array
    center: Array
    scale: float

    def measure(self, space: StateSpace, orbit: Array) -> Validity:
        """Hold the linearizations along an orbit, shape (p, S), against the transitions."""
        nearest, distances, farthest = self._nearest(orbit)
        with np.errstate(all="ignore"):
            errors = np.empty(len(self.before))
            for i, point in enumerate(orbit):
                rows = nearest == i
                if rows.any():
                    guess = space.step(point, None) + (self.before[rows] - point) @ space.jacobian(point).T
                    errors[rows] = ((self.after[rows] - guess) ** 2).sum(axis=1)
            sizes = ((self.after - self.center) ** 2).sum(axis=1)
            close = distances <= _RADIUS * self.scale
            return Validity(
                farthest / self.scale, _ratio(errors, sizes), int(close.sum()), _ratio(errors[close], sizes[close])
            )

    def _nearest(self, orbit: Array) -> tuple[NDArray[np.intp], Array, float]:
        """Of each transition the orbit's nearest point and its distance; and the distance of the orbit's farthest point from all states."""
        rows = max(1, _ENTRIES // max(len(orbit), 1))
        nearest, closest = np.empty(len(self.before), dtype=np.intp), np.full(len(orbit), -1, dtype=np.intp)
        least = np.full(len(orbit), np.inf)
        for start in range(0, len(self.before), rows):
            part = self.before[start : start + rows]
            # ‖a − b‖² by a product loses half of the digits: good for who is nearest, so the distances themselves are taken again below.
            squares = (part**2).sum(axis=1)[:, None] - 2 * part @ orbit.T + (orbit**2).sum(axis=1)
            nearest[start : start + rows] = squares.argmin(axis=1)
            best = squares.argmin(axis=0)
            values = squares[best, np.arange(len(orbit))]
            better = values < least
            least[better], closest[better] = values[better], best[better] + start
        distances = np.linalg.norm(self.before - orbit[nearest], axis=1)
        return nearest, distances, float(np.linalg.norm(orbit - self.before[closest], axis=1).max())


def domain_of(recording: Recording) -> Domain | None:
    """About 8192 transitions in the settled window of a recording's first sequences; None if there are none, not all are finite, or all are 0."""
    if isinstance(after := recording.settled, Absent):
        return None
    steps = recording.states.shape[1] - after - 1
    if steps < 1:
        return None
    sequences = -(-_LARGEST_DOMAIN // steps)
    states = recording.states[:sequences, after:]
    with np.errstate(all="ignore"):
        scale = float(np.sqrt((states**2).sum(axis=2).mean()))
    if not 0 < scale < np.inf:
        return None
    size = states.shape[2]
    before, following = states[:, :-1].reshape(-1, size), states[:, 1:].reshape(-1, size)
    return Domain(before, following, recording.center(following), scale)


def _ratio(errors: Array, sizes: Array) -> float | None:
    total = float(sizes.sum())
    value = float(np.sqrt(errors.sum() / total)) if total > 0 else np.inf
    return value if np.isfinite(value) else None

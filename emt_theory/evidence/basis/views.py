r"""What the pictures of a basis show, as numbers: the order of neurons, the path of one value, and the two residuals of the wave.

In the upper rows of Φ contents move from block to block like a wave, and its last row writes the newest block anew. Two residuals say how well a
network does it, for each variable j over settled times:

    reading   rms of ĉ_j(t) − c_j(t)                is the variable where the basis reads it?
    step      rms of ĉ_j(t+1) − (Φ ĉ(t))_j          does what is read move as the theory says?

Where values grow at a rate ρ, ĉ and c are those over ρ^{t−s}, and Φ stands for Φ/ρ.

Source: new.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.ground.text import shows

if TYPE_CHECKING:
    from emt_theory.evidence.basis.summary import BasisView

_IDLE = 1e-3
"""A neuron whose largest |share| is below this fraction of the largest of all belongs to no variable."""

_LONGEST = 32
"""The longest path that is followed by itself; of a longer cycle so many steps are shown."""


def residuals_of(view: BasisView) -> tuple[Array, Array]:
    """The reading error and the step error of each variable over settled times, each of shape (k,).

    >>> from emt_theory import derive, privileged_basis
    >>> from emt_theory.tasks import compose_copy
    >>> circuit = derive(compose_copy(3))
    >>> basis = privileged_basis(circuit.compile(scheme="tanh"), circuit.task, sequences=64, horizon=40)
    >>> reading, step = residuals_of(basis.view)
    >>> bool(reading.max() < 0.01), bool(step.max() < 0.01)
    (True, True)
    """
    # Row t − 1 holds time t; the settled times are t > settled.
    decoded, truth = view.decoded[view.settled :], view.truth[view.settled :]
    rate = float(np.abs(np.linalg.eigvals(view.phi)).max(initial=0.0)) or 1.0
    moved = decoded[:-1] @ view.phi.T / rate
    return _rms(decoded - truth), _rms(decoded[1:] - moved)


def _rms(values: Array) -> Array:
    return np.sqrt((values**2).mean(axis=0)) if len(values) else np.full(values.shape[1], np.nan)


def order_of_neurons(shares: Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The neurons in an order in which those of one variable stand together, and the variable of each.

    A neuron belongs to the variable of which it has the largest |share|; within one, the largest come first, and neurons that have none come last.

    Args:
        shares: v, shape (k, U).

    Returns:
        The neurons, shape (U,), and the variable of each of these, −1 for none.

    >>> order_of_neurons(np.array([[0.1, 0.9, 0.0, 0.0], [0.3, 0.1, 0.6, 0.0]]))
    (array([1, 2, 0, 3]), array([ 0,  1,  1, -1]))
    """
    size = np.abs(shares)
    largest = size.max(axis=0, initial=0.0)
    belongs = np.where(largest > _IDLE * largest.max(initial=0.0), size.argmax(axis=0), len(shares))
    order = np.lexsort((-largest, belongs))
    return order, np.where(belongs[order] < len(shares), belongs[order], -1)


@shows
class Visit(NamedTuple):
    """Where a value is at one time.

    Attributes:
        time: t.
        variable: which one holds it.
        value: what it holds.
        composed: whether it was written by the composition at this step, not shifted.
    """

    time: int
    variable: int
    value: float
    composed: bool


def path_of(view: BasisView, component: int | None = None) -> tuple[Visit, ...] | Absent:
    """The path of one value through the variables: from the newest block to the oldest that is read, into the newest again, until it is back.

    Args:
        view: of the basis.
        component: of the newest block, where it begins; the one with the longest way back if left out.

    Returns:
        One entry a step, from the first settled time on, as far as the sequence of the view goes; absent where Φ mixes variables or there is no such
        component.

    >>> from emt_theory import derive, privileged_basis
    >>> from emt_theory.tasks import compose_copy
    >>> circuit = derive(compose_copy(3))
    >>> view = privileged_basis(circuit.compile(scheme="tanh"), circuit.task, sequences=64, horizon=40).view
    >>> [(view.slots[visit.variable], visit.composed) for visit in path_of(view, 0)]
    [((3, 0), False), ((2, 0), False), ((1, 0), False), ((3, 0), True)]
    """
    if view.slots is None:
        return Absent("the task mixes its variables: no single value can be followed")
    chosen = [
        j for j, (b, c) in enumerate(view.slots) if b == view.num_variables and (component is None or component == c)
    ]
    if not chosen:
        return Absent("no variable of the newest block" + ("" if component is None else f" has component {component}"))
    cycles = [_cycle(view.phi, j) for j in chosen]
    cycle = max(cycles, key=len)
    times = range(view.settled + 1, len(view.truth) + 1)[: min(len(cycle) + 1, _LONGEST)]
    found: list[Visit] = []
    for k, t in enumerate(times):
        j = cycle[k % len(cycle)]
        found.append(Visit(t, j, float(view.truth[t - 1, j]), k > 0 and view.slots[j][0] == view.num_variables))
    return tuple(found)


def _cycle(phi: Array, start: int) -> list[int]:
    """The variables that hold a value in turn: Φ moves j to the row of its one entry in column j."""
    found = [start]
    while (following := int(np.abs(phi[:, found[-1]]).argmax())) != start and len(found) < len(phi):
        found.append(following)
    return found


def along_components(slots: Sequence[tuple[int, int]] | None, count: int) -> NDArray[np.intp]:
    """The variables component by component, in each from the oldest block to the newest: what is stored moves by one place a step.

    >>> along_components(((1, 0), (2, 0), (2, 1), (3, 1)), 4).tolist()
    [0, 1, 2, 3]
    >>> along_components(((1, 0), (1, 1), (2, 0), (2, 1)), 4).tolist()
    [0, 2, 1, 3]
    """
    if slots is None:
        return np.arange(count)
    return np.array(sorted(range(count), key=lambda j: (slots[j][1], slots[j][0])), dtype=np.intp)

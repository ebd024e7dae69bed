"""What the laws share: inputs, runs on both carriers, and the first place where two arrays differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from emt_theory.networks import ExactRNN
from emt_theory.tasks import LinearTask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emt_theory.testing.laws.law import Carrier

_TOLERANCE = 1e-8
"""Relative to the largest magnitude of what is compared; the runs are short."""

SEQUENCES = 16
SHORT_HORIZON = 20


def basis_inputs(task: LinearTask) -> NDArray[Any]:
    """The n unit inputs, shape (n, s, d): a linear network is known from them."""
    n = task.components
    return np.eye(n, dtype=int).astype(object).reshape(n, task.num_variables, task.dim)


def random_inputs(task: LinearTask) -> NDArray[Any]:
    """A fixed sample of the task's inputs, shape (batch, s, d)."""
    return np.asarray(task.sequences(SEQUENCES, 1, seed=0).inputs)


def outputs(net: ExactRNN, inputs: NDArray[Any], steps: int, carrier: Carrier) -> NDArray[Any]:
    """y(1), …, y(steps): in float64 on the carrier "numpy", in fractions on the others."""
    if carrier != "numpy":
        return net.run(inputs, steps).outputs
    return net.to_float().run(inputs.astype(np.float64), steps).outputs


def difference(found: Any, right: Any, carrier: Carrier, what: str) -> str:
    """Where two arrays differ first, or "" if they agree: exactly, or within `_TOLERANCE` of the largest magnitude."""
    a, b = np.asarray(found), np.asarray(right)
    if a.shape != b.shape:
        return f"{what}: shapes {a.shape} and {b.shape}"
    if not a.size:
        return ""
    if carrier not in ("numpy", "trained"):
        apart = a != b
    else:
        a, b = a.astype(np.float64), b.astype(np.float64)
        apart = ~(np.abs(a - b) <= _TOLERANCE * max(1.0, float(np.abs(b).max())))
    if not apart.any():
        return ""
    place = tuple(int(i) for i in np.argwhere(apart)[0])
    return f"{what}{list(place)} is {a[place]}, not {b[place]}"


def wrong_sign(found: Any, right: Any, what: str, floor: float = 0.0) -> str:
    """Where a sign is wrong first, or a magnitude below the floor, or ""; where the target is 0 nothing is asked."""
    a, b = np.asarray(found), np.asarray(right)
    bad = (b != 0) & ((a * b <= 0) | (np.abs(a) < floor))
    if not bad.any():
        return ""
    place = tuple(int(i) for i in np.argwhere(bad)[0])
    return f"{what}{list(place)} is {a[place]} where the target is {b[place]}" + (f" (floor {floor})" if floor else "")

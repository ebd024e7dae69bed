"""Inputs and exact targets of a linear task, from an explicit seed.

Every input component is drawn uniformly from `task.inputs` (±1 unless the task says otherwise). The targets u(s+1), …, u(s+horizon) follow by the
task's own recurrence in exact arithmetic: 64-bit integers as long as they provably fit, Python integers or fractions beyond that.

>>> from emt_theory.tasks import fibonacci
>>> fibonacci().targets([[[1], [1]]], horizon=6)[0, :, 0].tolist()
[2, 3, 5, 8, 13, 21]
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from emt_theory.errors import InvalidTask
from emt_theory.ground.arguments import integer, within_memory
from emt_theory.ground.rationals import to_fraction
from emt_theory.ground.text import shown
from emt_theory.tasks.series import as_fractions, exact_series
from emt_theory.tasks.words import generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emt_theory.tasks.linear import LinearTask

_INT64 = 2**62


class Sequences(NamedTuple):
    """Sequences of a linear task.

    Attributes:
        inputs: u(1), …, u(s), shape (batch, s, d).
        targets: u(s+1), …, u(s+horizon), shape (batch, horizon, d).
    """

    inputs: NDArray[Any]
    targets: NDArray[Any]


def draw_inputs(task: LinearTask, batch: int, seed: int) -> NDArray[Any]:
    """Random u(1), …, u(s) of a task, exact, shape (batch, s, d).

    Args:
        task: the task.
        batch: number of sequences.
        seed: of NumPy's default generator; the same seed gives the same inputs.
    """
    rng = generator(seed)
    with within_memory(f"{shown(batch)} sequences of {task.components} numbers"):
        chosen = rng.integers(len(task.inputs), size=(batch, task.num_variables, task.dim))
        return _exact_array(task.inputs)[chosen]


def targets(task: LinearTask, inputs: Any, horizon: int) -> NDArray[Any]:
    """u(s+1), …, u(s+horizon) after the given inputs, exactly; shape (batch, horizon, d).

    Args:
        task: the task.
        inputs: u(1), …, u(s), exact numbers, shape (batch, s, d). Floats must be whole numbers.
        horizon: number of scored steps.
    """
    horizon, s = integer("horizon", horizon, least=1), task.num_variables
    known = exact_inputs(task, inputs)
    whole = all(value.denominator == 1 for _, _, value in task.map.F) if task.reads is None else True
    kind: Any = np.int64 if whole and known.dtype != object and _fits(task, known, horizon) else object
    with within_memory(f"{len(known)} sequences of {shown(s + horizon)} steps"):
        series = np.empty((len(known), s + horizon, task.dim), dtype=kind)
    series[:, :s] = known
    if whole:
        for t in range(s, s + horizon):
            series[:, t] = task.map.apply(series[:, t - s : t])
    else:
        unit = lcm(*(value.denominator for value in known.flat)) if known.dtype == object else 1
        integers = np.array([int(v * unit) for v in known.flat], dtype=object).reshape(known.shape)
        steps = exact_series(task.F, task.slots, integers, unit, horizon)
        for t, (numerators, scale) in enumerate(steps, start=s):
            series[:, t] = as_fractions(numerators, scale)
    return series[:, s:]


def _fits(task: LinearTask, known: NDArray[Any], horizon: int) -> bool:
    """Whether all values stay integers below 2^62: |u(t)| grows at most by the largest row 1-norm of F a step."""
    growth, largest = task.F.row_norm, max(1, int(np.abs(known).max(initial=0)))
    bits = largest.bit_length() + (horizon * int(growth).bit_length() if growth > 1 else 0)
    return bits < _INT64.bit_length()


def exact_inputs(task: LinearTask, inputs: Any) -> NDArray[Any]:
    """u(1), …, u(s) as an exact array of shape (batch, s, d): 64-bit integers where they fit, Python's and fractions elsewhere.

    Raises:
        InvalidTask: if the inputs have another shape, are masked, or are not exact; floats that are whole numbers are.
    """
    if isinstance(inputs, np.ma.MaskedArray):
        raise InvalidTask("inputs are a masked array; fill it first, for example with inputs.filled(0)")
    try:
        given = np.asarray(inputs)
    except Exception:  # noqa: BLE001 — rows of different length, or an object of another library
        raise InvalidTask("inputs must be an array of exact numbers of shape (batch, s, d)") from None
    s, d = task.num_variables, task.dim
    if given.ndim != 3 or given.shape[1:] != (s, d):
        raise InvalidTask(f"inputs must have shape (batch, s, d) = (batch, {s}, {d}); got {given.shape}")
    return _as_exact(given)


def _as_exact(array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype.kind == "f":
        if not np.all(np.isfinite(array)) or np.any(array != np.rint(array)) or np.any(np.abs(array) > 2**53):
            raise InvalidTask("inputs must be exact: integers, fractions, or floats that are whole numbers")
        return array.astype(np.int64)
    if array.dtype.kind in "iu":
        small = not array.size or (int(array.max()) < _INT64 and int(array.min()) > -_INT64)
        return array.astype(np.int64 if small else object)
    if array.dtype == object:
        exact = np.empty(array.shape, dtype=object)
        for place, value in np.ndenumerate(array):
            fraction = to_fraction(value, f"inputs{list(place)}")
            exact[place] = int(fraction) if fraction.denominator == 1 else fraction
        return exact
    raise InvalidTask(f"inputs must be exact numbers; got an array of {array.dtype}")


def _exact_array(values: tuple[Fraction, ...]) -> NDArray[Any]:
    if all(value.denominator == 1 and abs(value) < _INT64 for value in values):
        return np.array([int(value) for value in values], dtype=np.int64)
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made

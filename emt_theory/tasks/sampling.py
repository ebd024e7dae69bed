"""Inputs and exact targets of a task, from an explicit seed.

Every input component is drawn uniformly from `task.inputs` (±1 unless the task says otherwise). The targets u(s+1), …, u(s+horizon) follow by the
task's own recurrence in exact arithmetic: 64-bit integers as long as they provably fit, Python integers or fractions beyond that.

>>> from emt_theory.tasks import fibonacci
>>> fibonacci().targets([[[1], [1]]], horizon=6)[0, :, 0].tolist()
[2, 3, 5, 8, 13, 21]
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from emt_theory.errors import InvalidTask
from emt_theory.ground import arguments
from emt_theory.ground.arguments import integer, within_memory
from emt_theory.ground.rationals import to_fraction
from emt_theory.ground.text import shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emt_theory.tasks.task import Task

_INT64 = 2**62


class Episodes(NamedTuple):
    """Sequences of a task.

    Attributes:
        inputs: u(1), …, u(s), shape (batch, s, d).
        targets: u(s+1), …, u(s+horizon), shape (batch, horizon, d).
    """

    inputs: NDArray[Any]
    targets: NDArray[Any]


def sample(task: Task, batch: int, horizon: int, seed: int) -> Episodes:
    """Random inputs of a task with their exact targets.

    Args:
        task: the task.
        batch: number of sequences.
        horizon: number of scored steps.
        seed: of NumPy's default generator; the same seed gives the same inputs.
    """
    batch, horizon = integer("batch", batch, least=1), integer("horizon", horizon, least=1)
    rng = generator(seed)
    with within_memory(f"{shown(batch)} sequences of {task.components} numbers"):
        inputs = _exact_array(task.inputs)[rng.integers(len(task.inputs), size=(batch, task.num_variables, task.dim))]
    return Episodes(inputs, targets(task, inputs, horizon))


def targets(task: Task, inputs: Any, horizon: int) -> NDArray[Any]:
    """u(s+1), …, u(s+horizon) after the given inputs, exactly; shape (batch, horizon, d).

    Args:
        task: the task.
        inputs: u(1), …, u(s), exact numbers, shape (batch, s, d). Floats must be whole numbers.
        horizon: number of scored steps.
    """
    horizon = integer("horizon", horizon, least=1)
    known = exact_inputs(task, inputs)
    kind: Any = np.int64 if known.dtype != object and _fits(task, known, horizon) else object
    with within_memory(f"{len(known)} sequences of {shown(task.num_variables + horizon)} steps"):
        series = np.empty((len(known), task.num_variables + horizon, task.dim), dtype=kind)
    series[:, : task.num_variables] = known
    step = _selection_step(task) if task.reads else linear_step(task, kind)
    for t in range(task.num_variables, task.num_variables + horizon):
        series[:, t] = step(series[:, t - task.num_variables : t])
    return series[:, task.num_variables :]


def _selection_step(task: Task) -> Callable[[NDArray[Any]], NDArray[Any]]:
    blocks, components, signs = task.read_arrays
    return lambda past: past[:, blocks - 1, components] * signs


def linear_step(task: Task, kind: Any) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """The task's map on arrays of this dtype: from the last s variables, shape (batch, s, d), to the next one, shape (batch, d)."""
    coefficients = [(i, *divmod(j, task.dim), int(v) if v.denominator == 1 else v) for i, j, v in task.F]

    def step(past: NDArray[Any]) -> NDArray[Any]:
        made = np.zeros((past.shape[0], task.dim), dtype=kind)
        for i, block, component, value in coefficients:
            made[:, i] += value * past[:, block, component]
        return made

    return step


def _fits(task: Task, known: NDArray[Any], horizon: int) -> bool:
    """Whether all values stay integers below 2^62: |u(t)| grows at most by the largest row 1-norm of F a step."""
    if any(value.denominator != 1 for _, _, value in task.F):
        return False
    growth, largest = task.F.row_norm, max(1, int(np.abs(known).max(initial=0)))
    bits = largest.bit_length() + (horizon * int(growth).bit_length() if growth > 1 else 0)
    return bits < _INT64.bit_length()


def exact_inputs(task: Task, inputs: Any) -> NDArray[Any]:
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


def generator(seed: int) -> np.random.Generator:
    """NumPy's default generator of a seed.

    Raises:
        InvalidOption: if the seed is not an integer from 0 to 2⁶⁴ − 1.
    """
    return np.random.default_rng(arguments.seed(seed))

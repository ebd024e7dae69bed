"""Inputs and exact targets of a task, from an explicit seed.

Every input component is drawn uniformly from `task.inputs` (±1 unless the task says otherwise). The targets u(s+1), …, u(s+horizon) follow by the
task's own recurrence in exact arithmetic: 64-bit integers as long as they provably fit, Python integers or fractions beyond that.

>>> from emt_theory.tasks import fibonacci
>>> fibonacci().targets([[[1], [1]]], horizon=6)[0, :, 0].tolist()
[2, 3, 5, 8, 13, 21]
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.ground.rationals import to_fraction

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
    _check_positive(batch=batch, horizon=horizon)
    drawn = generator(seed).integers(len(task.inputs), size=(batch, task.num_variables, task.dim))
    inputs = _exact_array(task.inputs)[drawn]
    return Episodes(inputs, targets(task, inputs, horizon))


def targets(task: Task, inputs: Any, horizon: int) -> NDArray[Any]:
    """u(s+1), …, u(s+horizon) after the given inputs, exactly; shape (batch, horizon, d).

    Args:
        task: the task.
        inputs: u(1), …, u(s), exact numbers, shape (batch, s, d). Floats must be whole numbers.
        horizon: number of scored steps.
    """
    _check_positive(horizon=horizon)
    try:
        known = _as_exact(np.asarray(inputs))
    except ValueError as error:
        raise InvalidTask(f"inputs must be an array of exact numbers of shape (batch, s, d): {error}") from None
    if known.ndim != 3 or known.shape[1:] != (task.num_variables, task.dim):
        raise InvalidTask(
            f"inputs must have shape (batch, s, d) = (batch, {task.num_variables}, {task.dim}); got {known.shape}"
        )
    kind: Any = np.int64 if known.dtype != object and _fits(task, known, horizon) else object
    series = np.empty((known.shape[0], task.num_variables + horizon, task.dim), dtype=kind)
    series[:, : task.num_variables] = known
    step = _selection_step(task) if task.reads else _linear_step(task, kind)
    for t in range(task.num_variables, task.num_variables + horizon):
        series[:, t] = step(series[:, t - task.num_variables : t])
    return series[:, task.num_variables :]


def _selection_step(task: Task) -> Any:
    assert task.reads is not None
    blocks = np.array([read.block - 1 for read in task.reads])
    components = np.array([read.component for read in task.reads])
    signs = np.array([read.sign for read in task.reads])
    return lambda past: past[:, blocks, components] * signs


def _linear_step(task: Task, kind: Any) -> Any:
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
    growth = max((sum(abs(v) for _, v in task.F.row(i)) for i in range(task.dim)), default=Fraction(0))
    largest = max(1, int(np.abs(known).max(initial=0)))
    bits = largest.bit_length() + horizon * max(0, int(growth).bit_length() if growth > 1 else 0)
    return bits < _INT64.bit_length()


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
        InvalidOption: if the seed is not a non-negative integer.
    """
    if not isinstance(seed, (int, np.integer)) or isinstance(seed, bool) or seed < 0:
        raise InvalidOption(f"seed must be a non-negative integer; got {seed!r}")
    return np.random.default_rng(int(seed))


def _check_positive(**sizes: int) -> None:
    for name, size in sizes.items():
        if not isinstance(size, (int, np.integer)) or isinstance(size, bool) or size < 1:
            raise InvalidOption(f"{name} must be a positive integer; got {size!r}")

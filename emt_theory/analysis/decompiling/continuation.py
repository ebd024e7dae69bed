"""How a program goes on after given inputs: float64 numbers with exact signs.

A sign is right or wrong however small the number, and a 0 is not scored, so the numbers are computed exactly (`emt_theory.tasks.series`) and then
rounded.

>>> from emt_theory.tasks import autoregressive
>>> continue_program(autoregressive(["1/2", "1/2"]), np.array([[[1.0], [-1.0]]]), 4)[0, :, 0].tolist()
[0.0, -0.5, -0.25, -0.375]
"""

from __future__ import annotations

from math import lcm

import numpy as np

from emt_theory.ground.arrays import Array
from emt_theory.ground.rationals import LARGEST_FLOAT, to_float
from emt_theory.tasks import LinearTask
from emt_theory.tasks.series import exact_series

_LARGEST_BITS = 996


def continue_program(task: LinearTask, inputs: Array, horizon: int) -> Array:
    """u(s+1), …, u(s+horizon) in float64, with exact signs; sizes stay between 1e-300 and 1e300.

    Args:
        task: the program.
        inputs: u(1), …, u(s), values of `task.inputs`, shape (batch, s, d).
        horizon: number of steps.

    Returns:
        Shape (batch, horizon, d).
    """
    unit = lcm(*(value.denominator for value in task.inputs))
    whole = np.rint(inputs * unit).astype(np.int64)
    if all(value.denominator == 1 for _, _, value in task.F):
        values = to_float(task.targets(whole, horizon))
        return values if unit == 1 else values / unit
    values = np.empty((len(whole), horizon, task.dim))
    for t, (numerators, scale) in enumerate(exact_series(task.F, task.slots, whole, unit, horizon)):
        values[:, t] = np.reshape([_divide(int(v), scale) for v in numerators.flat], numerators.shape)
    return values


def _divide(numerator: int, denominator: int) -> float:
    if not numerator:
        return 0.0
    bits = abs(numerator).bit_length() - denominator.bit_length()
    large, small = bits > _LARGEST_BITS, bits < -_LARGEST_BITS
    size = LARGEST_FLOAT if large else 1 / LARGEST_FLOAT if small else abs(numerator) / denominator
    return size if numerator > 0 else -size

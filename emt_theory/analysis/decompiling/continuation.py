r"""How a program goes on after given inputs: float64 numbers with exact signs.

A sign is right or wrong however small the number, and a 0 is not scored, so the numbers are computed exactly and then rounded. Over Q, fractions
would have to be reduced at every step. Instead, with D the common denominator of F and t counted from the first scored step,
`v(t) = D^t u(t)` is an integer, and an input carries no factor yet:

    v(t) = Σ_k (D F_k) D^(t−1−e_k) v_k,      v_k = D^(e_k) × the value in block k.

>>> from emt_theory.tasks import autoregressive
>>> continue_program(autoregressive(["1/2", "1/2"]), np.array([[[1.0], [-1.0]]]), 4)[0, :, 0].tolist()
[0.0, -0.5, -0.25, -0.375]
"""

from __future__ import annotations

from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.ground.arrays import Array
from emt_theory.ground.rationals import to_float
from emt_theory.tasks import LinearTask

_LARGEST_BITS = 996
_LARGEST = 1e300


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
    D = lcm(*(value.denominator for _, _, value in task.F))
    if D == 1:
        values = to_float(task.targets(whole, horizon))
        return values if unit == 1 else values / unit
    return _over_fractions(task, whole, horizon, D, unit)


def _over_fractions(task: LinearTask, whole: NDArray[np.int64], horizon: int, D: int, unit: int) -> Array:
    s, d = task.num_variables, task.dim
    held: list[NDArray[Any]] = [whole[:, t].astype(object) for t in range(s)]
    exponents = [0] * s
    values = np.empty((len(whole), horizon, d))
    for t in range(1, horizon + 1):
        made: NDArray[Any] = np.zeros((len(whole), d), dtype=object)
        for i, j, value in task.F:
            block, c = divmod(j, d)
            made[:, i] += int(value * D) * D ** (t - 1 - exponents[block]) * held[block][:, c]
        held, exponents = [*held[1:], made], [*exponents[1:], t]
        scale = unit * D**t
        values[:, t - 1] = np.reshape([_divide(int(v), scale) for v in made.flat], made.shape)
    return values


def _divide(numerator: int, denominator: int) -> float:
    if not numerator:
        return 0.0
    bits = abs(numerator).bit_length() - denominator.bit_length()
    size = _LARGEST if bits > _LARGEST_BITS else 1 / _LARGEST if bits < -_LARGEST_BITS else abs(numerator) / denominator
    return size if numerator > 0 else -size

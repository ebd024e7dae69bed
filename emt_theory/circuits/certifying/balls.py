"""Networks in ball arithmetic: every number is a ball that holds the true value, rounding included.

Columns are NumPy arrays of FLINT balls, so that a network's own formulas, which are written for any array library, run on them as they are:

>>> float(BALLS.tanh(column([0]))[0])
0.0
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits.certifying.result import NotProved
from emt_theory.networks import ExactRNN, Network
from emt_theory.networks.activations import activation

_Balls = NDArray[np.object_]


class _Functions:
    """The array library that a formula is given: what FLINT's balls can do, entry by entry."""

    split, abs = staticmethod(np.split), staticmethod(np.abs)

    def __getattr__(self, name: str) -> Any:
        method = getattr(flint.arb, name, None)
        if name.startswith("__"):
            raise AttributeError(name)
        if method is None:
            raise NotProved(f"balls have no {name}")
        return np.frompyfunc(method, 1, 1)


BALLS = _Functions()


def outputs_in_balls(net: ExactRNN | Network, inputs: NDArray[Any], steps: int) -> list[_Balls]:
    """The outputs at t = 1, …, steps of one sequence of exact inputs, shape (s, d).

    Raises:
        NotProved: if a formula needs what balls do not have.
    """
    with flint.ctx.workprec(128 + 24 * steps):  # errors grow by a factor per step
        return _exact_outputs(net, inputs, steps) if isinstance(net, ExactRNN) else _outputs(net, inputs, steps)


def _exact_outputs(net: ExactRNN, inputs: NDArray[Any], steps: int) -> list[_Balls]:
    sigma = activation(net.activation).function
    W_hh, W_uh, W_hy = (flint.arb_mat(m.to_flint()) for m in (net.W_hh, net.W_uh, net.W_hy))
    b_h, b_y = column(net.b_h or (0,) * net.hidden), column(net.b_y or (0,) * net.dim)
    h, outputs = column((0,) * net.hidden), list[_Balls]()
    for t in range(steps):
        h = sigma(_times(W_hh, h) + _times(W_uh, _padded(inputs, t, net.W_uh.shape[1])) + b_h, BALLS)
        outputs.append(_times(W_hy, h) + b_y)
    return outputs


def _outputs(net: Network, inputs: NDArray[Any], steps: int) -> list[_Balls]:
    if type(net).formula is Network.formula:
        raise NotProved(f"a {net.kind} is not given by a formula")
    recurrent, driven, read = (flint.arb_mat(net.weights[name].tolist()) for name in net.WEIGHTS)
    sides = (*net.BIASES[:-1], "", "")[:2], net.BIASES[-1:] or ("",)
    in_bias, own_bias, read_bias = (
        column(net.weights.get(name, np.zeros(size)).tolist())
        for name, size in zip((*sides[0], *sides[1]), (recurrent.nrows(), recurrent.nrows(), net.dim), strict=True)
    )
    parts: tuple[_Balls, ...] = (column((0,) * net.hidden),) * len(net.PARTS)
    outputs = list[_Balls]()
    for t in range(steps):
        drive = _times(driven, _padded(inputs, t, net.dim)) + in_bias
        parts = net.formula(parts, _times(recurrent, parts[0]) + own_bias, drive, BALLS)
        outputs.append(_times(read, parts[0]) + read_bias)
    return outputs


def column(values: Any) -> _Balls:
    """Exact numbers as balls of radius 0, or just around a fraction."""
    made = np.empty(len(values), dtype=object)
    made[:] = [flint.arb(flint.fmpq(v.numerator, v.denominator)) for v in map(Fraction, values)]
    return made


def _times(matrix: Any, vector: _Balls) -> _Balls:
    made = np.empty(matrix.nrows(), dtype=object)
    made[:] = (matrix * flint.arb_mat(len(vector), 1, list(vector))).entries()
    return made


def _padded(inputs: NDArray[Any], t: int, width: int) -> _Balls:
    if t >= len(inputs):
        return column((0,) * width)
    return column([*inputs[t], *[1] * (width - len(inputs[t]))])  # the phase channel, where there is one

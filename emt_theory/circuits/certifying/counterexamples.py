r"""A wrong output, shown: candidates come from floating point, each is confirmed before it is reported.

Inputs are all those of the task where there are few, and random ones otherwise. Networks over Q are confirmed in fractions, tanh networks and gated
cells in ball arithmetic: an output ball that lies on the wrong side of 0, or is exactly 0, is a wrong sign for sure.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, Literal

import flint
import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits.certifying.result import FirstError
from emt_theory.networks import GRU, LSTM, ExactRNN
from emt_theory.tasks import Task

Wrong = Literal["value", "sign"]

_ALL_UP_TO = 512
_RANDOM = 256
_TRIES = 8
_EXACT_RUNS = 4
_TOLERANCE = 1e-6


def find_first_error(net: ExactRNN | GRU | LSTM, task: Task, wrong: Wrong) -> FirstError | None:
    """The earliest wrong output over the inputs that are tried, confirmed rigorously; None if none is found.

    Args:
        net: the network, over Q or a gated cell.
        task: the task.
        wrong: what counts: another "value", or a wrong "sign" (0 is wrong, and a target of 0 is not scored).
    """
    s, horizon = task.num_variables, 3 * task.num_variables + 24
    inputs = _inputs(task)
    targets = task.targets(inputs, horizon)
    runner = net.to_float() if isinstance(net, ExactRNN) else net
    floats = np.array([[[float(v) for v in row] for row in sequence] for sequence in inputs])
    outputs = runner.run(floats, s + horizon).outputs[:, s:]
    for k, tau in itertools.islice(_candidates(outputs, targets, wrong), _TRIES):
        found = _confirm(net, task, inputs[k], targets[k], tau + 1, wrong)
        if found is not None:
            return found
    if isinstance(net, ExactRNN) and net.activation != "tanh":  # an error that floating point cannot see
        for k in range(min(_EXACT_RUNS, len(inputs))):
            found = _confirm(net, task, inputs[k], targets[k], min(horizon, s + 4), wrong)
            if found is not None:
                return found
    return None


def _inputs(task: Task) -> NDArray[Any]:
    if len(task.inputs) ** min(task.components, 64) <= _ALL_UP_TO:
        table = list(itertools.product(task.inputs, repeat=task.components))
        made = np.empty((len(table), task.components), dtype=object)
        for i, row in enumerate(table):
            made[i] = row
        return made.reshape(len(table), task.num_variables, task.dim)
    return task.sample(_RANDOM, 1, seed=0).inputs.astype(object)


def _candidates(outputs: NDArray[np.float64], targets: NDArray[Any], wrong: Wrong) -> Iterator[tuple[int, int]]:
    """(sequence, scored step − 1) where floating point sees an error, earliest first."""
    expected = np.array([_as_float(v) for v in targets.ravel()]).reshape(targets.shape)
    if wrong == "value":
        with np.errstate(invalid="ignore"):
            seen = ~(np.abs(outputs - expected) <= _TOLERANCE * np.maximum(1.0, np.abs(expected)))
    else:
        seen = (expected != 0) & ~(np.sign(outputs) == np.sign(expected))
    for tau, k in np.argwhere(seen.any(axis=2).T):
        yield int(k), int(tau)


def _confirm(
    net: ExactRNN | GRU | LSTM, task: Task, inputs: NDArray[Any], targets: NDArray[Any], horizon: int, wrong: Wrong
) -> FirstError | None:
    s = task.num_variables
    exact = isinstance(net, ExactRNN) and net.activation != "tanh"
    if exact:
        outputs: Any = net.run(inputs, s + horizon).outputs[s:]
        differs: Callable[[Any, Fraction], bool] = _differs if wrong == "value" else _sign_differs
    elif wrong == "sign":
        outputs, differs = _in_balls(net, inputs, s + horizon)[s:], _ball_sign_differs
    else:
        return None
    for tau in range(horizon):
        for c in range(task.dim):
            target = Fraction(targets[tau, c])
            if differs(outputs[tau][c], target):
                shown = str(outputs[tau][c]) if exact else outputs[tau][c].str(8, radius=False)
                rows = tuple(tuple(str(Fraction(v)) for v in row) for row in inputs)
                return FirstError(s + tau + 1, c, rows, shown, str(target), wrong)
    return None


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _differs(y: Fraction, u: Fraction) -> bool:
    return y != u


def _sign_differs(y: Fraction, u: Fraction) -> bool:
    return u != 0 and not y * u > 0


def _ball_sign_differs(y: Any, u: Fraction) -> bool:
    if not u:
        return False
    return bool(y < 0 or y == 0) if u > 0 else bool(y > 0 or y == 0)


def _in_balls(net: ExactRNN | GRU | LSTM, inputs: NDArray[Any], steps: int) -> list[list[Any]]:
    """The outputs at t = 1, …, steps of one sequence, as balls that hold the true values."""
    with flint.ctx.workprec(128 + 24 * steps):  # errors grow by a factor per step
        return list(_BALLS[type(net)](net, [[_ball(v) for v in row] for row in inputs], steps))


def _elman_in_balls(net: ExactRNN, inputs: list[list[Any]], steps: int) -> Iterator[list[Any]]:
    W_hh, W_uh, W_hy = (_matrix(m.entries, m.shape) for m in (net.W_hh, net.W_uh, net.W_hy))
    b_h, b_y = _column(net.b_h or (0,) * net.hidden), _column(net.b_y or (0,) * net.dim)
    h = _column([0] * net.hidden)
    for t in range(steps):
        x = flint.arb_mat(net.W_uh.shape[1], 1, _padded(inputs, t, net.W_uh.shape[1]))
        h = _each(flint.arb.tanh, W_hh * h + W_uh * x + b_h)
        yield (W_hy * h + b_y).entries()


def _gru_in_balls(net: GRU, inputs: list[list[Any]], steps: int) -> Iterator[list[Any]]:
    (r_gate, z_gate, n_gate), W_hy, b_y = _gates(net)
    h = _column([0] * net.hidden)
    for t in range(steps):
        x = flint.arb_mat(net.dim, 1, _padded(inputs, t, net.dim))
        r, z = (_each(_logistic, ih * x + a + hh * h + b) for ih, hh, a, b in (r_gate, z_gate))
        ih, hh, a, b = n_gate
        new = _each(flint.arb.tanh, ih * x + a + _product(r, hh * h + b))
        h = new + _product(z, h - new)
        yield (W_hy * h + b_y).entries()


def _lstm_in_balls(net: LSTM, inputs: list[list[Any]], steps: int) -> Iterator[list[Any]]:
    gates, W_hy, b_y = _gates(net)
    h = c = _column([0] * net.hidden)
    for t in range(steps):
        x = flint.arb_mat(net.dim, 1, _padded(inputs, t, net.dim))
        i, f, g, o = (ih * x + a + hh * h + b for ih, hh, a, b in gates)
        c = _product(_each(_logistic, f), c) + _product(_each(_logistic, i), _each(flint.arb.tanh, g))
        h = _product(_each(_logistic, o), _each(flint.arb.tanh, c))
        yield (W_hy * h + b_y).entries()


_BALLS: dict[type, Callable[[Any, list[list[Any]], int], Iterator[list[Any]]]] = {
    ExactRNN: _elman_in_balls,
    GRU: _gru_in_balls,
    LSTM: _lstm_in_balls,
}


def _gates(net: GRU | LSTM) -> tuple[list[tuple[Any, ...]], Any, Any]:
    gates = [
        (_dense(g.ih), _dense(g.hh), _column(g.b_ih.tolist()), _column(g.b_hh.tolist()))
        for g in (net.gate(letter) for letter in net.gates)
    ]
    return gates, _dense(net.W_hy), _column([0] * net.dim if net.b_y is None else net.b_y.tolist())


def _matrix(entries: Any, shape: tuple[int, int]) -> Any:
    made = flint.arb_mat(*shape)
    for i, j, value in entries:
        made[i, j] = _ball(value)
    return made


def _dense(array: NDArray[np.float64]) -> Any:
    rows, columns = array.shape[0], array.shape[1]
    return flint.arb_mat(rows, columns, [flint.arb(float(v)) for v in array.ravel()])


def _column(values: Any) -> Any:
    return flint.arb_mat(len(values), 1, [_ball(Fraction(v)) for v in values])


def _padded(inputs: list[list[Any]], t: int, width: int) -> list[Any]:
    if t >= len(inputs):
        return [flint.arb(0)] * width
    return inputs[t] + [flint.arb(1)] * (width - len(inputs[t]))  # the phase channel, where there is one


def _ball(value: Any) -> Any:
    exact = Fraction(value)
    return flint.arb(flint.fmpq(exact.numerator, exact.denominator))


def _each(function: Callable[[Any], Any], column: Any) -> Any:
    return flint.arb_mat(column.nrows(), 1, [function(v) for v in column.entries()])


def _product(a: Any, b: Any) -> Any:
    return flint.arb_mat(a.nrows(), 1, [x * y for x, y in zip(a.entries(), b.entries(), strict=True)])


def _logistic(z: Any) -> Any:
    return 1 / (1 + (-z).exp())

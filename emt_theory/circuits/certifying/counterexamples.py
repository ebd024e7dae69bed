r"""A wrong output, shown: candidates come from floating point, each is confirmed before it is reported.

Inputs are all those of the task where there are few, and random ones otherwise. Networks over Q are confirmed in fractions, tanh networks and gated
cells in ball arithmetic: an output ball that lies on the wrong side of 0, or is exactly 0, is a wrong sign for sure.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits.certifying.balls import outputs_in_balls
from emt_theory.circuits.certifying.result import FirstError, NotProved
from emt_theory.errors import InvalidNetwork
from emt_theory.ground.text import shown
from emt_theory.networks import ExactRNN, Network
from emt_theory.tasks import LinearTask

_Wrong = Literal["value", "sign"]

_ALL_UP_TO = 512
_RANDOM = 256
_TRIES = 8
_EXACT_RUNS = 4
_TOLERANCE = 1e-6


def find_first_error(net: ExactRNN | Network, task: LinearTask, wrong: _Wrong) -> FirstError | None:
    """The earliest wrong output over the inputs that are tried, confirmed rigorously; None if none is found.

    Args:
        net: the network, over Q or a gated cell.
        task: the task.
        wrong: what counts: another "value", or a wrong "sign" (0 is wrong, and a target of 0 is not scored).
    """
    s, horizon = task.num_variables, 3 * task.num_variables + 24
    inputs = _inputs(task)
    targets = task.targets(inputs, horizon)
    outputs = outputs_in_floats(net, inputs, s + horizon)
    candidates = () if outputs is None else _candidates(outputs[:, s:], targets, wrong)
    for k, tau in itertools.islice(candidates, _TRIES):
        found = _confirm(net, task, inputs[k], targets[k], tau + 1, wrong)
        if found is not None:
            return found
    if isinstance(net, ExactRNN) and net.is_piecewise_affine:  # an error that floating point cannot see
        for k in range(min(_EXACT_RUNS, len(inputs))):
            found = _confirm(net, task, inputs[k], targets[k], min(horizon, s + 4), wrong)
            if found is not None:
                return found
    return None


def outputs_in_floats(net: ExactRNN | Network, inputs: NDArray[Any], steps: int) -> NDArray[np.float64] | None:
    """What floating point shows; None where the weights or the inputs lie beyond its range."""
    try:
        runner = net.to_float() if isinstance(net, ExactRNN) else net
        return runner.run(inputs.astype(np.float64), steps).outputs
    except (InvalidNetwork, OverflowError):
        return None


def _inputs(task: LinearTask) -> NDArray[Any]:
    if len(task.inputs) ** min(task.components, 64) <= _ALL_UP_TO:
        table = np.array(list(itertools.product(task.inputs, repeat=task.components)), dtype=object)
        return table.reshape(len(table), task.num_variables, task.dim)
    return task.sequences(_RANDOM, 1, seed=0).inputs.astype(object)


def _candidates(outputs: NDArray[np.float64], targets: NDArray[Any], wrong: _Wrong) -> Iterator[tuple[int, int]]:
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
    net: ExactRNN | Network, task: LinearTask, inputs: NDArray[Any], targets: NDArray[Any], horizon: int, wrong: _Wrong
) -> FirstError | None:
    s = task.num_variables
    exact = isinstance(net, ExactRNN) and net.is_piecewise_affine
    if exact:
        outputs: Any = net.run(inputs, s + horizon).outputs[s:]
        differs: Callable[[Any, Fraction], bool] = _differs if wrong == "value" else _sign_differs
    elif wrong == "sign":
        try:
            outputs, differs = outputs_in_balls(net, inputs, s + horizon)[s:], _ball_sign_differs
        except NotProved:
            return None
    else:
        return None
    for tau in range(horizon):
        for c in range(task.dim):
            target = Fraction(targets[tau, c])
            if differs(outputs[tau][c], target):
                output = shown(outputs[tau][c]) if exact else outputs[tau][c].str(8, radius=False)
                rows = tuple(tuple(str(Fraction(v)) for v in row) for row in inputs)
                return FirstError(s + tau + 1, c, rows, output, shown(target), wrong)
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

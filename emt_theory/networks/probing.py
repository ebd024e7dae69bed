r"""Whether a function is the step of a network: tried on seeded states before anything is believed of it.

    f(z, x), asked twice                   f is a function
    f of a batch, row by row               f acts on each state alone
    (f(z + h e_j) − f(z − h e_j)) / 2h     agree at h = 1e-6 and 4e-6: f is differentiable, and computed in double precision

A batch normalization mixes rows, dropout gives another answer every time, single precision makes noise of a difference quotient at 1e-6: each is
an error here and would be a wrong analysis later.

>>> probe_rows("step", lambda z, x: z + x, 3, 3)
>>> probe_rows("step", lambda z, x: z - z.mean(axis=0), 3, 3)
Traceback (most recent call last):
...
emt_theory.errors.InvalidNetwork: step mixes the rows of a batch: the first changes by 0.77 when only the others do; every row is a state of its own
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.arrays import Array

Map = Callable[[Array, Array], Array]
Step = Callable[[Array, Array | None], Array]

_SAME = 1e-4
"""Rows may differ by this much of the largest entry: single precision, summed in another order."""
_NEAR, _NOISE = 4e-6, 1e-3
"""At this distance a difference quotient agrees with that at 1e-6 to some 1e-9; in single precision both are noise, of 1e-2 and more."""
_FAR, _OFF = 1e-3, 0.05
"""At this distance it is right to some 1e-3 in any precision, which tells a Jacobian from its transpose."""
_ODD = 1e-6


def probe_states(size: int, dim: int, rows: int = 4, seed: int = 0) -> tuple[Array, Array]:
    """Seeded states and inputs, shapes (rows, S) and (rows, d), uniform in ±1."""
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, size=(rows, size)), rng.uniform(-1, 1, size=(rows, dim))


def probe_rows(name: str, function: Map, size: int, dim: int) -> None:
    """Try whether the function is finite, gives the same twice, and acts on each row of a batch alone.

    Args:
        name: what it is called in messages.
        function: takes arrays of shape (batch, S) and (batch, d).
        size: S.
        dim: d.

    Raises:
        InvalidNetwork: if not.
    """
    (z, x), (others, inputs) = probe_states(size, dim), probe_states(size, dim, seed=1)
    first = function(z, x)
    if not np.isfinite(first).all():
        raise InvalidNetwork(f"{name} returns NaN or infinity on states and inputs between −1 and 1")
    others[0], inputs[0] = z[0], x[0]
    among_others, alone = function(others, inputs)[0], function(z[:1], x[:1])[0]
    if not np.array_equal(function(z, x), first):
        raise InvalidNetwork(
            f"{name} does not return the same when it is asked again: is dropout, or noise, or a memory of its own at work?"
        )
    apart = max(np.abs(row - first[0]).max() for row in (among_others, alone))
    if not apart <= _SAME * max(1.0, np.abs(first).max()):
        raise InvalidNetwork(
            f"{name} mixes the rows of a batch: the first changes by {apart:.2g} when only the others do; every row is a state of its own"
        )


def probe_untouched(name: str, function: Callable[..., object], arguments: tuple[Array, ...]) -> None:
    """Try whether the function leaves its arguments as they are.

    Raises:
        InvalidNetwork: if not.
    """
    given = tuple(np.array(argument) for argument in arguments)
    function(*given)
    if not all(np.array_equal(before, after) for before, after in zip(arguments, given, strict=True)):
        raise InvalidNetwork(f"{name} changes its arguments; let it work on copies")


def probe_jacobian(step: Step, jacobian: Callable[[Array], Array], size: int, given: bool) -> None:
    """Try whether the Jacobian is that of the free step.

    Args:
        step: f.
        jacobian: from states of shape (batch, S) to (batch, S, S).
        size: S.
        given: whether it is the user's own; else it is of differences at 1e-6.

    Raises:
        InvalidNetwork: if not.
    """
    z = probe_states(size, 1)[0][:2]
    found = jacobian(z)
    if not np.isfinite(found).all():
        raise InvalidNetwork("jacobian returns NaN or infinity on states between −1 and 1")
    ends = (_FAR if given else _NEAR) * np.eye(size)
    right = np.swapaxes(
        (step(z[:, None, :] + ends, None) - step(z[:, None, :] - ends, None)) / (2 * ends.max()), -1, -2
    )
    apart = _apart(found, right)
    if given and not apart <= _OFF:
        raise InvalidNetwork(
            f"jacobian is not that of step: off by {apart:.2g} of its size; entry [i, j] is the derivative of unit i by unit j"
        )
    if not given and not apart <= _NOISE:
        raise InvalidNetwork(
            f"difference quotients of step at distances 1e-6 and 4e-6 are {apart:.2g} of their size apart: it has no derivative, or "
            "computes in single precision; compute in float64, or pass jacobian="
        )


def _apart(a: Array, b: Array) -> float:
    """Their distance in the Frobenius norm, as a part of the larger one; 0 where both are 0."""
    scale = max(np.abs(a).max(), np.abs(b).max())
    if scale == 0:
        return 0.0
    a, b = a / scale, b / scale
    return float(np.linalg.norm(a - b) / max(np.linalg.norm(a), np.linalg.norm(b)))


def seems_odd(function: Map, size: int, dim: int) -> bool:
    """Whether f(−z, −x) = −f(z, x) on seeded states and at 0.

    >>> seems_odd(lambda z, x: np.tanh(z), 3, 1), seems_odd(lambda z, x: np.tanh(z) + 0.1, 3, 1)
    (True, False)
    """
    z, x = probe_states(size, dim, rows=8, seed=2)
    z[0], x[0] = 0.0, 0.0
    there, back = function(z, x), function(-z, -x)
    return bool(np.abs(there + back).max() <= _ODD * max(1.0, np.abs(there).max()))

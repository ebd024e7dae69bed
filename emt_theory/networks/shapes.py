r"""What fits what: the shapes of a network's weights and of the sequences that it runs on.

With N hidden units and variables of dimension d, column vectors in formulas and batch-first arrays in code:

    W_hh (N, N)    W_uh (N, d)    W_hy (d, N)    b_h (N,)    b_y (d,)        x (batch, s, d)

These are PyTorch's orientations. A network with a phase input has one more input channel, the last, so that W_uh is
(N, d + 1). A shape that does not fit is refused with the one that would; where the transpose fits, the message asks
for it:

>>> check_weight_shapes({"W_hh": (18, 18), "W_uh": (18, 3), "W_hy": (18, 3)})
Traceback (most recent call last):
...
emt_theory.errors.InvalidNetwork: W_hy must have shape (d, N) = (3, 18); got (18, 3). Did you pass its transpose?
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any, NamedTuple, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidNetwork, InvalidOption


class Run(NamedTuple):
    """What a network did: ``y, h = net.run(x)``. Index t − 1 along time holds the values at time t = 1, 2, ….

    Attributes:
        outputs: y, shape (batch, steps, d).
        states: h, shape (batch, steps, N).
    """

    outputs: NDArray[Any]
    states: NDArray[Any]


def check_weight_shapes(shapes: Mapping[str, tuple[int, ...]], phase_input: bool = False) -> tuple[int, int]:
    """Check that weights fit together.

    Args:
        shapes: the shape of W_hh, W_uh and W_hy, and of b_h and b_y where there are biases.
        phase_input: whether W_uh has one more column, for the phase channel.

    Returns:
        (N, d), the number of hidden units and the dimension of one variable; both at least 1.

    Raises:
        InvalidNetwork: if a shape does not fit; names the array, the right shape and what was given.

    >>> check_weight_shapes({"W_hh": (5, 5), "W_uh": (5, 3), "W_hy": (2, 5), "b_y": (2,)}, phase_input=True)
    (5, 2)
    """
    square = shapes["W_hh"]
    if len(square) != 2 or square[0] != square[1] or square[0] < 1:
        raise InvalidNetwork(f"W_hh must be square, shape (N, N) with N ≥ 1; got {square}")
    n = square[0]
    d = _dimension(shapes["W_uh"], shapes["W_hy"], n, int(phase_input))
    if d < 1:
        raise InvalidNetwork(
            f"d must be at least 1; got W_hy with shape {shapes['W_hy']} and W_uh with shape {shapes['W_uh']}"
            + (", whose last column is the phase channel" if phase_input else "")
        )
    width = ("(N, d + 1)", (n, d + 1)) if phase_input else ("(N, d)", (n, d))
    expected = {"W_uh": width, "W_hy": ("(d, N)", (d, n)), "b_h": ("(N,)", (n,)), "b_y": ("(d,)", (d,))}
    for name, (symbols, right) in expected.items():
        if name in shapes and shapes[name] != right:
            hint = _hint(name, shapes[name], right, phase_input)
            raise InvalidNetwork(f"{name} must have shape {symbols} = {right}; got {shapes[name]}{hint}")
    return n, d


def _dimension(w_uh: tuple[int, ...], w_hy: tuple[int, ...], n: int, phase: int) -> int:
    # The read-out is asked first: unlike W_uh it has no phase column. Transposes are asked last, only to name the
    # right shape.
    if len(w_hy) == 2 and w_hy[1] == n:
        return w_hy[0]
    if len(w_uh) == 2 and w_uh[0] == n:
        return w_uh[1] - phase
    if len(w_hy) == 2 and w_hy[0] == n:
        return w_hy[1]
    raise InvalidNetwork(f"W_hy must have shape (d, N) with N = {n}, the size of W_hh; got {w_hy}")


def _hint(name: str, got: tuple[int, ...], right: tuple[int, ...], phase_input: bool) -> str:
    if got == right[::-1] and len(right) == 2:
        return ". Did you pass its transpose?"
    if name == "W_uh" and not phase_input and got == (right[0], right[1] + 1):
        return ". If its last column is a phase channel, pass phase_input=True"
    if name == "W_uh" and phase_input and got == (right[0], right[1] - 1):
        return ". With phase_input=True its last column is the phase channel"
    return ""


def to_weights(name: str, value: Any) -> NDArray[np.float64]:
    """A read-only float64 copy of an array of weights.

    Args:
        name: what the array is called in messages.
        value: an array of integers or floats, or nested lists of them, of any shape.

    Raises:
        InvalidNetwork: if an entry is not a real number, or is NaN or infinite (names the first).

    >>> to_weights("b_h", [0.0, float("nan")])
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidNetwork: b_h[1] is nan; every entry must be finite
    """
    array = to_real_array(name, value).copy(order="C")
    array.flags.writeable = False
    return array


def to_real_array(name: str, value: Any) -> NDArray[np.float64]:
    """The value as a finite float64 array, copied only where it has to be; errors as in `to_weights`."""
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different length
        raise InvalidNetwork(f"{name} is not an array: its rows have different lengths") from None
    if array.dtype.kind not in "iuf" or array.dtype.itemsize > 8:
        raise InvalidNetwork(f"{name} must hold integers or floats of at most 64 bits; got {array.dtype}")
    array = array.astype(np.float64, copy=False)
    finite = np.isfinite(array)
    if not finite.all():
        place = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise InvalidNetwork(f"{name}{list(place)} is {array[place]}; every entry must be finite")
    return array


def check_input_shape(shape: tuple[int, ...], d: int) -> None:
    """Refuse a batch of sequences that does not have shape (batch, s, d) with s ≥ 1; says how to repair it."""
    if len(shape) == 2 and shape[1] == d:
        raise InvalidNetwork(f"x must have shape (batch, s, d); got {shape}. For a single sequence pass x[None]")
    if len(shape) != 3 or shape[2] != d:
        raise InvalidNetwork(f"x must have shape (batch, s, d) with d = {d}; got {shape}")
    if shape[1] < 1:
        raise InvalidNetwork(f"x must hold at least one time step; got shape {shape}")


def check_steps(steps: object, s: int) -> int:
    """The total number of time steps: s where None is given, and never fewer.

    Raises:
        InvalidOption: if it is not an integer, or less than s.
    """
    if steps is None:
        return s
    if isinstance(steps, bool) or not isinstance(steps, SupportsIndex):
        raise InvalidOption(f"steps must be an integer; got {steps!r}")
    total = operator.index(steps)
    if total < s:
        raise InvalidOption(f"steps counts all time steps, inputs included, so it is at least s = {s}; got {steps!r}")
    return total

r"""What fits what: the shapes of a network's weights and of the sequences that it runs on.

With N hidden units, G blocks of rows (one for an Elman network, one for each gate otherwise) and variables of dimension d, column vectors in formulas
and batch-first arrays in code:

    recurrent (G·N, N)    input (G·N, d)    read-out (d, N)    hidden biases (G·N,)    its bias (d,)        x (batch, s, d)

These are PyTorch's orientations. A network with a phase input has one more input channel, the last, so that its input weights are
(N, d + 1). What takes d_in numbers a step and shows d_out has input weights (G·N, d_in) and a read-out (d_out, N). A shape that does not fit is
refused with the one that would; where the transpose fits, the message asks for it:

>>> check_weight_shapes({"W_hh": (18, 18), "W_uh": (18, 3), "W_hy": (18, 3)})
Traceback (most recent call last):
...
emt_theory.errors.InvalidNetwork: W_hy must have shape (d, N) = (3, 18); got (18, 3). Did you pass its transpose?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.ground.arguments import integer, numeric_array, real_array, sequence
from emt_theory.ground.text import shows

ELMAN = ("W_hh", "W_uh", "W_hy", "b_h", "b_y")
"""The arrays of an Elman network: recurrent, input, read-out, the hidden biases, the bias of the read-out."""


@shows
class Run(NamedTuple):
    """What a network did: ``y, h = net.run(x)``. Index t − 1 along time holds the values at time t = 1, 2, ….

    Attributes:
        outputs: y, shape (batch, steps, d).
        states: h, shape (batch, steps, N).
    """

    outputs: NDArray[Any]
    states: NDArray[Any]


def check_weight_shapes(
    shapes: Mapping[str, tuple[int, ...]],
    phase_input: bool = False,
    names: Sequence[str] = ELMAN,
    blocks: int = 1,
    alike: bool = True,
) -> tuple[int, int]:
    """Check that weights fit together.

    Args:
        shapes: the shape of the three weights, and of the biases that are there.
        phase_input: whether the input weights have one more column, for the phase channel.
        names: what the arrays are called: recurrent, input, read-out, the hidden biases, the bias of the read-out.
        blocks: G.
        alike: whether as many numbers have to come in as go out, d_in = d_out = d.

    Returns:
        (N, d), the number of hidden units and of outputs; both at least 1.

    Raises:
        InvalidNetwork: if a shape does not fit; names the array, the right shape and what was given.

    >>> check_weight_shapes({"W_hh": (5, 5), "W_uh": (5, 3), "W_hy": (2, 5), "b_y": (2,)}, phase_input=True)
    (5, 2)
    """
    recurrent, driven, read, *biases, read_bias = names
    rows = "N" if blocks == 1 else f"{blocks}N"
    square = shapes[recurrent]
    if len(square) != 2 or square[1] < 1 or square[0] != blocks * square[1]:
        form = "must be square, shape" if blocks == 1 else "must have shape"
        raise InvalidNetwork(f"{recurrent} {form} ({rows}, N) with N ≥ 1; got {square}")
    n, size = square[1], square[0]
    d = _dimension(shapes[driven], shapes[read], n, size, int(phase_input), (recurrent, read))
    if d < 1:
        raise InvalidNetwork(
            f"d must be at least 1; got {read} with shape {shapes[read]} and {driven} with shape {shapes[driven]}"
            + (", whose last column is the phase channel" if phase_input else "")
        )
    width = (f"({rows}, d + 1)", (size, d + 1)) if phase_input else (f"({rows}, d)", (size, d))
    given = shapes[driven]
    if not alike and len(given) == 2 and size in given:
        k = given[1] if given[0] == size else given[0]
        width = (width[0], (size, k if k > phase_input else width[1][1]))
    expected = {driven: width, read: ("(d, N)", (d, n)), read_bias: ("(d,)", (d,))}
    expected |= dict.fromkeys(biases, (f"({rows},)", (size,)))
    for name, (symbols, right) in expected.items():
        if name in shapes and shapes[name] != right:
            hint = _hint(name == driven, shapes[name], right, phase_input)
            raise InvalidNetwork(f"{name} must have shape {symbols} = {right}; got {shapes[name]}{hint}")
    return n, d


def _dimension(
    w_uh: tuple[int, ...], w_hy: tuple[int, ...], n: int, size: int, phase: int, names: tuple[str, str]
) -> int:
    # The read-out is asked first: unlike the input weights it has no phase column. Transposes are asked last, only to name the
    # right shape.
    if len(w_hy) == 2 and w_hy[1] == n:
        return w_hy[0]
    if len(w_uh) == 2 and w_uh[0] == size:
        return w_uh[1] - phase
    if len(w_hy) == 2 and w_hy[0] == n:
        return w_hy[1]
    raise InvalidNetwork(f"{names[1]} must have shape (d, N) with N = {n}, the size of {names[0]}; got {w_hy}")


def _hint(driven: bool, got: tuple[int, ...], right: tuple[int, ...], phase_input: bool) -> str:
    if got == right[::-1] and len(right) == 2:
        return ". Did you pass its transpose?"
    if driven and not phase_input and got == (right[0], right[1] + 1):
        return ". If its last column is a phase channel, pass phase_input=True"
    if driven and phase_input and got == (right[0], right[1] - 1):
        return ". With phase_input=True its last column is the phase channel"
    return ""


def to_weights(name: str, value: Any, shape: tuple[int, ...] | None = None) -> NDArray[np.float64]:
    """A read-only float64 copy of an array of weights; see `emt_theory.ground.arguments.real_array`."""
    array = real_array(name, value, shape).copy(order="C")
    array.flags.writeable = False
    return array


def vectors(name: str, value: ArrayLike, length: int) -> NDArray[np.float64]:
    """The value as float64 vectors along its last axis; infinity and NaN are let through.

    Raises:
        InvalidNetwork: if that axis has another length, or the numbers are not real.
    """
    array = numeric_array(name, value)
    if array.ndim < 1 or array.shape[-1] != length:
        raise InvalidNetwork(
            f"{name} must hold real numbers with shape (…, {length}); got {array.dtype} with shape {array.shape}"
        )
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
    total = s if steps is None else integer("steps", steps)
    if total < s:
        raise InvalidOption(f"steps counts all time steps, inputs included, so it is at least s = {s}; got {steps!r}")
    return total


def check_lengths(lengths: ArrayLike, batch: int, s: int) -> NDArray[np.int64]:
    """The last step with an input of each sequence, shape (batch,).

    Raises:
        InvalidOption: if they are not integers from 1 to s, one for each sequence.

    >>> check_lengths([2, 5], batch=2, s=4)
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidOption: lengths[1] must be an integer from 1 to 4; got 5
    """
    given = sequence("lengths", lengths)
    if len(given) != batch:
        raise InvalidOption(f"lengths must hold one length for each of the {batch} sequences; got {len(given)}")
    return np.array([integer(f"lengths[{k}]", length, least=1, most=s) for k, length in enumerate(given)], np.int64)

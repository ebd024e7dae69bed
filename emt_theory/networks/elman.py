r"""The Elman network: weights as a frozen value, and how they run.

With N hidden units, variables of dimension d, and inputs u(1), …, u(s):

    h(t) = σ(W_hh h(t−1) + W_uh x(t) + b_h),    y(t) = W_hy h(t) + b_y,    h(0) = 0,
    x(t) = u(t) for t ≤ s, and 0 afterwards.

The smallest example is a shift register that repeats two numbers for ever. Its memory holds u(t−1) and u(t), oldest
first:

>>> net = ElmanRNN(W_hh=[[0, 1], [1, 0]], W_uh=[[0], [1]], W_hy=[[0, 1]], activation="identity")
>>> net
ElmanRNN(N=2, d=1, activation='identity')
>>> y, h = net.run(np.array([[[3.0], [5.0]]]), steps=6)
>>> y[0, :, 0].tolist()
[3.0, 5.0, 3.0, 5.0, 3.0, 5.0]

A network with `phase_input` is also told whether the inputs are still coming: x(t) has a last channel, which `run`
appends, that is 1 for t ≤ s and 0 afterwards (P16).

Source: Elman, Finding structure in time, Cognitive Science 14 (1990); the orientations of the weights are PyTorch's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emt_theory.errors import InvalidNetwork
from emt_theory.networks.activations import activation as find_activation
from emt_theory.networks.exact import ExactRNN
from emt_theory.networks.provenance import Provenance
from emt_theory.networks.shapes import (
    Run,
    check_input_shape,
    check_steps,
    check_weight_shapes,
    to_real_array,
    to_weights,
)

WEIGHTS = ("W_hh", "W_uh", "W_hy", "b_h", "b_y")


@dataclass(frozen=True, eq=False, repr=False)
class ElmanRNN:
    """An Elman network as a value: arrays are copied to read-only float64; `dataclasses.replace` makes a changed one.

    Two networks are equal when weights, activation, phase input and exact twin are; metadata are notes and do not
    count. Like the arrays that it holds, a network has no hash.

    Attributes:
        W_hh: recurrent weights, shape (N, N).
        W_uh: input weights, shape (N, d), or (N, d + 1) with a phase input.
        W_hy: read-out weights, shape (d, N).
        b_h: bias of the hidden units, shape (N,), or None.
        b_y: bias of the read-out, shape (d,), or None.
        activation: the name of σ; see `emt_theory.networks.activation`.
        phase_input: whether the last input channel is 1 during the input phase and 0 afterwards.
        exact: the rational twin, whose fractions round to these very arrays, or None.
        metadata: notes that files keep, from strings to strings.
        provenance: what a reader assumed and ignored; like metadata it does not count.

    Raises:
        InvalidNetwork: if shapes do not fit together, an entry is NaN or infinite, the activation is unknown, metadata
            are not strings, or the twin disagrees with the arrays. To edit a network that has a twin, replace the twin
            too, or drop it with ``exact=None``.

    >>> ElmanRNN(W_hh=np.eye(3), W_uh=np.ones((3, 2)), W_hy=np.ones((3, 2)))
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidNetwork: W_hy must have shape (d, N) = (2, 3); got (3, 2). Did you pass its transpose?
    """

    W_hh: NDArray[np.float64]
    W_uh: NDArray[np.float64]
    W_hy: NDArray[np.float64]
    b_h: NDArray[np.float64] | None = None
    b_y: NDArray[np.float64] | None = None
    activation: str = "tanh"
    phase_input: bool = False
    exact: ExactRNN | None = None
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    provenance: Provenance = field(default=Provenance(), kw_only=True)

    def __post_init__(self) -> None:
        arrays = {name: to_weights(name, value) for name in WEIGHTS if (value := getattr(self, name)) is not None}
        for name in WEIGHTS[:3]:
            if name not in arrays:
                raise InvalidNetwork(f"{name} is missing; only the biases b_h and b_y may be None")
        check_weight_shapes({name: array.shape for name, array in arrays.items()}, self.phase_input)
        for name, array in arrays.items():
            object.__setattr__(self, name, array)
        object.__setattr__(self, "activation", find_activation(self.activation).name)
        object.__setattr__(self, "phase_input", bool(self.phase_input))
        object.__setattr__(self, "metadata", _checked_metadata(self.metadata))
        if self.exact is not None:
            _check_twin(self, self.exact)

    @property
    def hidden(self) -> int:
        """N, the number of hidden units."""
        return self.W_hh.shape[0]

    @property
    def dim(self) -> int:
        """d, the dimension of one variable."""
        return self.W_hy.shape[0]

    def step(self, h: ArrayLike, x: ArrayLike) -> NDArray[np.float64]:
        """One step, σ(W_hh h + W_uh x + b_h).

        Args:
            h: the state before, shape (…, N).
            x: the input, shape (…, d), or (…, d + 1) with a phase input: here the caller supplies the phase channel.

        Returns:
            The next state, shape (…, N). It is infinite or NaN, without a warning, where the network blows up.

        Raises:
            InvalidNetwork: if the last axes are not N and d (or d + 1) long.
        """
        state = _last_axis("h", h, self.hidden)
        drive = _last_axis("x", x, self.W_uh.shape[1])
        with np.errstate(all="ignore"):
            return find_activation(self.activation).function(state @ self.W_hh.T + self._drive(drive))

    def read(self, h: ArrayLike) -> NDArray[np.float64]:
        """The output y = W_hy h + b_y, shape (…, d), of a state of shape (…, N)."""
        with np.errstate(all="ignore"):
            y = _last_axis("h", h, self.hidden) @ self.W_hy.T
            return y if self.b_y is None else y + self.b_y

    def run(self, x: ArrayLike, steps: int | None = None) -> Run:
        """Run from h(0) = 0: through the inputs, then freely.

        Args:
            x: inputs u(1), …, u(s), shape (batch, s, d) with s ≥ 1. The phase channel is appended here.
            steps: the total number of time steps, inputs included, at least s; None means s.

        Returns:
            (outputs, states) of shapes (batch, steps, d) and (batch, steps, N); index t − 1 holds y(t) and h(t). A
            network that blows up gives infinities and NaN there, without a warning: look before you judge.

        Raises:
            InvalidNetwork: if x has another shape, or an entry that is not a finite real number.
            InvalidOption: if steps is not an integer, or less than s.
        """
        inputs = to_real_array("x", x)
        check_input_shape(inputs.shape, self.dim)
        batch, s, _ = inputs.shape
        total = check_steps(steps, s)
        if self.phase_input:
            inputs = np.concatenate([inputs, np.ones((batch, s, 1))], axis=2)
        sigma = find_activation(self.activation).function
        states = np.empty((batch, total, self.hidden))
        with np.errstate(all="ignore"):
            loaded, free = self._drive(inputs), self._drive(np.zeros(self.W_uh.shape[1]))
            h = np.zeros((batch, self.hidden))
            for t in range(total):
                h = sigma(h @ self.W_hh.T + (loaded[:, t] if t < s else free))
                states[:, t] = h
        outputs = self.read(states.reshape(batch * total, self.hidden)).reshape(batch, total, self.dim)
        return Run(outputs, states)

    def _drive(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        drive = x @ self.W_uh.T
        return drive if self.b_h is None else drive + self.b_h

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ElmanRNN):
            return NotImplemented
        plain = ("activation", "phase_input", "exact")
        return all(getattr(self, name) == getattr(other, name) for name in plain) and all(
            _same(getattr(self, name), getattr(other, name)) for name in WEIGHTS
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickled arrays come back writeable: a copy in another process is made, and checked, by the constructor.
        values = {f.name: getattr(self, f.name) for f in fields(self)} | {"metadata": dict(self.metadata)}
        return partial(type(self), **values), ()

    def __repr__(self) -> str:
        parts = [f"N={self.hidden}", f"d={self.dim}", f"activation={self.activation!r}"]
        parts += [f"{name}=…" for name in ("b_h", "b_y") if getattr(self, name) is not None]
        parts += ["phase_input=True"] if self.phase_input else []
        parts += ["exact=…"] if self.exact is not None else []
        parts += [f"source={self.metadata['source']!r}"] if "source" in self.metadata else []
        return f"ElmanRNN({', '.join(parts)})"


def _last_axis(name: str, value: ArrayLike, length: int) -> NDArray[np.float64]:
    array = np.asarray(value)
    if array.ndim < 1 or array.shape[-1] != length or array.dtype.kind not in "iuf":
        raise InvalidNetwork(
            f"{name} must hold real numbers with shape (…, {length}); got {array.dtype} with shape {array.shape}"
        )
    return array.astype(np.float64, copy=False)


def _same(a: NDArray[np.float64] | None, b: NDArray[np.float64] | None) -> bool:
    return a is b if a is None or b is None else np.array_equal(a, b)


def _checked_metadata(metadata: Mapping[str, str]) -> Mapping[str, str]:
    copied: dict[Any, Any] = dict(metadata)
    for key, value in copied.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise InvalidNetwork(f"metadata must map strings to strings, as files keep them; got {key!r}: {value!r}")
    return MappingProxyType(copied)


def _check_twin(net: ElmanRNN, twin: ExactRNN) -> None:
    advice = "pass the matching twin, or exact=None to go without"
    for name in ("activation", "phase_input"):
        if getattr(net, name) != getattr(twin, name):
            raise InvalidNetwork(
                f"the exact twin has {name}={getattr(twin, name)!r}, the network {getattr(net, name)!r}; {advice}"
            )
    for name in WEIGHTS:
        array: NDArray[np.float64] | None = getattr(net, name)
        shape = twin.shapes.get(name)  # compared before anything of that size is built
        if shape != (None if array is None else array.shape):
            given = "none" if array is None else f"shape {array.shape}"
            held = "none" if shape is None else f"shape {shape}"
            raise InvalidNetwork(f"the exact twin's {name} has {held}, the network's has {given}; {advice}")
        if array is None:
            continue
        rounded = twin.rounded(name)
        if not np.array_equal(rounded, array):
            place = tuple(int(i) for i in np.argwhere(rounded != array)[0])
            raise InvalidNetwork(
                f"the exact twin disagrees with {name}{list(place)}: it rounds to {float(rounded[place])!r}, "
                f"the array holds {float(array[place])!r}; {advice}"
            )

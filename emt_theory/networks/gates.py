r"""What the gated cells GRU and LSTM have in common: weights in PyTorch's layout, their shapes, the logistic function.

A cell with G gates (3 in a GRU, 4 in an LSTM) stacks their weights on top of each other, gate by gate:

    weight_ih_l0 (G·N, d)    weight_hh_l0 (G·N, N)    bias_ih_l0 (G·N,)    bias_hh_l0 (G·N,)

The names and the order of the gates are those of `torch.nn.GRU` and `torch.nn.LSTM` with one layer and one direction,
so that a state dictionary fits without a change. The read-out is ours, y(t) = W_hy h(t) + b_y, because PyTorch has none.

Source: the documentation of torch.nn.GRU and torch.nn.LSTM.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emt_theory.errors import InvalidNetwork
from emt_theory.networks.provenance import Provenance
from emt_theory.networks.shapes import Run, check_input_shape, check_steps, to_real_array, to_weights

ARRAYS = ("weight_ih_l0", "weight_hh_l0", "W_hy", "bias_ih_l0", "bias_hh_l0", "b_y")


@dataclass(frozen=True, eq=False, repr=False)
class GatedRNN(ABC):
    """A gated recurrent network as a value; use `GRU` or `LSTM`.

    Attributes:
        weight_ih_l0: input weights, shape (G·N, d).
        weight_hh_l0: recurrent weights, shape (G·N, N).
        W_hy: read-out weights, shape (d, N).
        bias_ih_l0: bias on the input side, shape (G·N,), or None.
        bias_hh_l0: bias on the recurrent side, shape (G·N,), or None.
        b_y: bias of the read-out, shape (d,), or None.
        metadata: notes, from strings to strings.
        provenance: what a reader assumed and ignored.

    Raises:
        InvalidNetwork: if shapes do not fit together, or an entry is NaN or infinite.
    """

    weight_ih_l0: NDArray[np.float64]
    weight_hh_l0: NDArray[np.float64]
    W_hy: NDArray[np.float64]
    bias_ih_l0: NDArray[np.float64] | None = None
    bias_hh_l0: NDArray[np.float64] | None = None
    b_y: NDArray[np.float64] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    provenance: Provenance = field(default=Provenance(), kw_only=True)

    gates: ClassVar[str]
    """One letter for each gate, in the order of the rows."""

    def __post_init__(self) -> None:
        for name in ARRAYS:
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, to_weights(name, value))
            elif name in ARRAYS[:3]:
                raise InvalidNetwork(f"{name} is missing; only the biases may be None")
        self._check_shapes()
        notes: dict[Any, Any] = dict(self.metadata)
        if not all(isinstance(text, str) for pair in notes.items() for text in pair):
            raise InvalidNetwork(f"metadata must map strings to strings; got {notes!r}")
        object.__setattr__(self, "metadata", MappingProxyType(notes))

    def _check_shapes(self) -> None:
        count, kind = len(self.gates), type(self).__name__
        hh = self.weight_hh_l0.shape
        if len(hh) != 2 or hh[1] < 1 or hh[0] != count * hh[1]:
            raise InvalidNetwork(f"weight_hh_l0 of a {kind} must have shape ({count}N, N) with N ≥ 1; got {hh}")
        n = hh[1]
        if self.W_hy.ndim != 2 or self.W_hy.shape[1] != n or self.W_hy.shape[0] < 1:
            raise InvalidNetwork(f"W_hy must have shape (d, N) with N = {n} and d ≥ 1; got {self.W_hy.shape}")
        d = self.W_hy.shape[0]
        expected = {
            "weight_ih_l0": (f"({count}N, d)", (count * n, d)),
            "bias_ih_l0": (f"({count}N,)", (count * n,)),
            "bias_hh_l0": (f"({count}N,)", (count * n,)),
            "b_y": ("(d,)", (d,)),
        }
        for name, (symbols, right) in expected.items():
            array = getattr(self, name)
            if array is not None and array.shape != right:
                hint = ". Did you pass its transpose?" if array.shape == right[::-1] and len(right) == 2 else ""
                raise InvalidNetwork(f"{name} must have shape {symbols} = {right}; got {array.shape}{hint}")

    @property
    def hidden(self) -> int:
        """N, the number of hidden units."""
        return self.weight_hh_l0.shape[1]

    @property
    def dim(self) -> int:
        """d, the dimension of one variable."""
        return self.W_hy.shape[0]

    def gate(self, letter: str) -> Gate:
        """The weights of one gate, by its letter.

        Raises:
            InvalidNetwork: if there is no such gate.
        """
        if len(letter) != 1 or letter not in self.gates:
            raise InvalidNetwork(f"a {type(self).__name__} has the gates {', '.join(self.gates)}; got {letter!r}")
        start = self.gates.index(letter) * self.hidden
        rows = slice(start, start + self.hidden)
        nothing = np.zeros(len(self.gates) * self.hidden)
        ih, hh = (nothing if bias is None else bias for bias in (self.bias_ih_l0, self.bias_hh_l0))
        return Gate(self.weight_ih_l0[rows], self.weight_hh_l0[rows], ih[rows], hh[rows])

    def read(self, h: ArrayLike) -> NDArray[np.float64]:
        """The output y = W_hy h + b_y, shape (…, d), of a state of shape (…, N)."""
        y = vectors("h", h, self.hidden) @ self.W_hy.T
        return y if self.b_y is None else y + self.b_y

    @abstractmethod
    def run(self, x: ArrayLike, steps: int | None = None) -> Run:
        """Run from the zero state: through the inputs, then freely. As `ElmanRNN.run`."""

    def _driven(self, x: ArrayLike, steps: int | None) -> tuple[NDArray[np.float64], int]:
        """The inputs followed by zeros, shape (batch, steps, d), and the number of steps."""
        inputs = to_real_array("x", x)
        check_input_shape(inputs.shape, self.dim)
        total = check_steps(steps, inputs.shape[1])
        silence = np.zeros((inputs.shape[0], total - inputs.shape[1], self.dim))
        return np.concatenate([inputs, silence], axis=1), total

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        mine, theirs = ([getattr(net, name) for name in ARRAYS] for net in (self, other))
        return all(
            a is b if a is None or b is None else np.array_equal(a, b) for a, b in zip(mine, theirs, strict=True)
        )

    __hash__ = None  # type: ignore[assignment]  # like the arrays that it holds

    def __reduce__(self) -> tuple[Any, ...]:
        values = {f.name: getattr(self, f.name) for f in fields(self)} | {"metadata": dict(self.metadata)}
        return partial(type(self), **values), ()

    def __repr__(self) -> str:
        biases = "".join(f", {name}=…" for name in ARRAYS[3:] if getattr(self, name) is not None)
        return f"{type(self).__name__}(N={self.hidden}, d={self.dim}{biases})"


@dataclass(frozen=True, eq=False)
class Gate:
    """The rows of one gate, whose pre-activation is `ih x + b_ih + hh h + b_hh`.

    Attributes:
        ih: shape (N, d).
        hh: shape (N, N).
        b_ih: shape (N,).
        b_hh: shape (N,).
    """

    ih: NDArray[np.float64]
    hh: NDArray[np.float64]
    b_ih: NDArray[np.float64]
    b_hh: NDArray[np.float64]

    def __call__(self, x: NDArray[np.float64], h: NDArray[np.float64]) -> NDArray[np.float64]:
        """The pre-activation, shape (…, N)."""
        return x @ self.ih.T + self.b_ih + h @ self.hh.T + self.b_hh


def logistic(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + e^−z), without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * z))


def vectors(name: str, value: ArrayLike, length: int) -> NDArray[np.float64]:
    """The value as float64 vectors along its last axis.

    Raises:
        InvalidNetwork: if that axis has another length, or the numbers are not real.
    """
    array = np.asarray(value)
    if array.ndim < 1 or array.shape[-1] != length or array.dtype.kind not in "iuf":
        raise InvalidNetwork(
            f"{name} must hold real numbers with shape (…, {length}); got {array.dtype} with shape {array.shape}"
        )
    return array.astype(np.float64, copy=False)

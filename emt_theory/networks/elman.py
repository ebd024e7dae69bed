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
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.arrays import Array
from emt_theory.networks.activations import Activation
from emt_theory.networks.activations import activation as find_activation
from emt_theory.networks.network import Network
from emt_theory.networks.provenance import Provenance
from emt_theory.networks.shapes import ELMAN, vectors

if TYPE_CHECKING:
    from emt_theory.networks.exact import ExactRNN


@dataclass(frozen=True, eq=False, repr=False)
class ElmanRNN(Network):
    """An Elman network as a value: arrays are copied to read-only float64; `dataclasses.replace` makes a changed one.

    Two networks are equal when weights, activation, phase input and exact twin are; metadata are notes and do not
    count. Like the arrays that it holds, a network has no hash.

    Attributes:
        W_hh: recurrent weights, shape (N, N).
        W_uh: input weights, shape (N, d_in), or (N, d_in + 1) with a phase input.
        W_hy: read-out weights, shape (d_out, N).
        b_h: bias of the hidden units, shape (N,), or None.
        b_y: bias of the read-out, shape (d_out,), or None.
        activation: the name of σ; see `emt_theory.networks.activation`.
        phase_input: whether the last input channel tells the input phase: False, True for ``"while-inputs"`` (1 for t ≤ s, 0 afterwards), or
            another name of `emt_theory.networks.phase.PHASES`.
        exact: the rational twin, whose fractions round to these very arrays, or None.
        metadata: notes that files keep, from strings to strings.
        initial: h(0), shape (N,); None where it is 0.
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

    W_hh: Array
    W_uh: Array
    W_hy: Array
    b_h: Array | None = None
    b_y: Array | None = None
    activation: str = "tanh"
    phase_input: bool | str = False
    exact: ExactRNN | None = None
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    initial: Array | None = field(default=None, kw_only=True)
    provenance: Provenance = field(default=Provenance(), kw_only=True)

    kind: ClassVar[str] = "elman"
    WEIGHTS: ClassVar[tuple[str, ...]] = ELMAN[:3]
    BIASES: ClassVar[tuple[str, ...]] = ELMAN[3:]

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set("activation", self.sigma.name)
        if self.exact is not None:
            _check_twin(self, self.exact)

    @property
    def sigma(self) -> Activation:
        """σ."""
        return find_activation(self.activation)

    def plain_weights(self) -> tuple[Array, Array]:
        """(W_hh, W_uh), without a phase column."""
        return self.W_hh, self.W_uh[:, : self.d_in]

    def is_odd(self) -> bool:
        """Whether σ is odd and nothing drives free steps: no hidden bias, and no phase channel that stays on."""
        return self.sigma.odd and not self.feed(None).any()

    def reach(self) -> Array:
        """sup |σ|."""
        return np.full(self.hidden, self.sigma.bound)

    def advance(self, z: Array, drive: Array) -> Array:
        """σ(W_hh h + W_uh x + b_h)."""
        # In place where it can be: of a hundred thousand numbers each new array costs as much as the product.
        sigma, a = self.sigma, z @ self.W_hh.T
        fits = drive.ndim == 1 or drive.shape == a.shape
        a = np.add(a, drive, out=a if fits else None)
        if sigma.in_place is None:
            return sigma.function(a)
        sigma.in_place[0](a)
        return a

    def differentiate(self, z: Array, drive: Array) -> Array:
        """diag(σ'(W_hh h + W_uh x + b_h)) W_hh."""
        return self.sigma.derivative(z @ self.W_hh.T + drive)[..., :, None] * self.W_hh

    def step(self, h: ArrayLike, x: ArrayLike) -> Array:
        """One step, σ(W_hh h + W_uh x + b_h).

        Args:
            h: the state before, shape (…, N).
            x: the input, shape (…, d_in), or (…, d_in + 1) with a phase input: here the caller supplies the phase channel.

        Returns:
            The next state, shape (…, N). It is infinite or NaN, without a warning, where the network blows up.

        Raises:
            InvalidNetwork: if the last axes are not N and d_in (or d_in + 1) long.
        """
        state = vectors("h", h, self.hidden)
        with np.errstate(all="ignore"):
            return self.advance(state, self._supplied(x))

    def _described(self) -> list[str]:
        size, dim, *there = super()._described()
        parts = [size, dim, f"activation={self.activation!r}", *there]
        parts += ["exact=…"] if self.exact is not None else []
        return parts + ([f"source={self.metadata['source']!r}"] if "source" in self.metadata else [])


def _check_twin(net: ElmanRNN, twin: ExactRNN) -> None:
    if not hasattr(twin, "rounded"):
        raise InvalidNetwork(f"exact must be an ExactRNN or None; got {type(twin).__name__}")
    advice = "pass the matching twin, or exact=None to go without"
    if net.initial is not None:
        raise InvalidNetwork(f"the exact twin starts at 0, the network at its own initial; {advice}")
    for name in ("activation", "phase_input"):
        if getattr(net, name) != getattr(twin, name):
            raise InvalidNetwork(
                f"the exact twin has {name}={getattr(twin, name)!r}, the network {getattr(net, name)!r}; {advice}"
            )
    for name in ELMAN:
        array: Array | None = getattr(net, name)
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

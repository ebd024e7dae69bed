r"""Layers on top of each other: each one reads what the one below it has just shown.

    z^k(t) = f^k(z^k(t−1), x^k(t)),    x^1 = x,    x^{k+1}(t) = y^k(t) = g^k(z^k(t)),    y = y^L

The state is (z^1; …; z^L). Any networks are layers, each with its own σ, if the outputs of one are as many as the inputs of the next; a layer that
hands its whole hidden state on has the identity as its read-out. Inputs, and the phase channel where there is one, reach the lowest. Two delays in a
row:

>>> from emt_theory.networks import ElmanRNN
>>> one = ElmanRNN(W_hh=[[0, 0], [1, 0]], W_uh=[[1], [0]], W_hy=[[0, 1]], activation="identity")
>>> net = Stack((one, one))
>>> net, net.run([[[7.0]]], steps=4).outputs[0, :, 0].tolist()
(Stack(N=2+2, d=1, elman+elman), [0.0, 0.0, 7.0, 0.0])

What stands above the first layer sees the state *after* the step, so the whole is one map of z and x, as every network is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.arrays import Array
from emt_theory.networks.leaky import LeakyRNN
from emt_theory.networks.network import Network
from emt_theory.networks.provenance import Provenance


@dataclass(frozen=True, eq=False, repr=False)
class Stack(Network):
    """Layers as one network.

    Attributes:
        layers: the networks, the lowest first.
        metadata: notes that files keep, from strings to strings.
        provenance: what a reader assumed and ignored.
        activation: σ of all layers that have one to choose, if it is the same; else None.

    Raises:
        InvalidNetwork: if there is no layer, one is no network, a layer takes another number of inputs than the one below shows, or one above the
            first has a phase input.
    """

    layers: tuple[Network, ...]
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    provenance: Provenance = field(default=Provenance(), kw_only=True)

    kind: ClassVar[str] = "stack"

    def __post_init__(self) -> None:
        self._set("layers", tuple(self.layers))
        if not self.layers:
            raise InvalidNetwork("a stack needs at least one layer")
        for k, layer in enumerate(self.layers):
            if not isinstance(layer, Network):
                raise InvalidNetwork(f"layers[{k}] must be a network; got {type(layer).__name__}")
            below = self.layers[k - 1] if k else None
            if below and layer.phase_input:
                raise InvalidNetwork(f"layers[{k}] has a phase input; only the lowest layer is told the input phase")
            if below and layer.d_in != below.d_out:
                raise InvalidNetwork(f"layers[{k}] takes {layer.d_in} inputs, but layers[{k - 1}] shows {below.d_out}")
        self._set("hidden", sum(layer.hidden for layer in self.layers))
        self._set("dim", self.layers[-1].d_out)
        self._set("phase_input", self.layers[0].phase_input)
        units = {layer.activation for layer in self.layers} - {None}
        self._set("activation", units.pop() if len(units) == 1 else None)
        self._check_notes()

    @property
    def weights(self) -> dict[str, Array]:
        """The arrays of all layers, by "layers.0.W_hh" and so on."""
        return {
            f"layers.{k}.{name}": array for k, layer in enumerate(self.layers) for name, array in layer.weights.items()
        }

    @property
    def d_in(self) -> int:
        """The number of input channels, a phase channel not counted."""
        return self.layers[0].d_in

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """The names and lengths of the pieces of z: (("h1", N₁), ("c1", N₁), ("h2", N₂), …)."""
        return tuple((f"{name}{k}", length) for k, layer in enumerate(self.layers, 1) for name, length in layer.parts)

    def start(self) -> Array:
        """z(0), shape (S,)."""
        return np.concatenate([layer.start() for layer in self.layers])

    def affine_readout(self) -> Array | None:
        """The top layer's, and 0 on the others."""
        read = self.layers[-1].affine_readout()
        return None if read is None else np.pad(read, ((0, 0), (len(self.start()) - read.shape[1], 0)))

    def with_units(self, activation: str) -> Stack:
        """The stack with this σ in all layers that have one to choose."""
        layers: list[Any] = list(self.layers)
        return replace(self, layers=tuple(replace(n, activation=activation) if n.activation else n for n in layers))

    def is_odd(self) -> bool:
        """Whether every layer is, and none shows anything at 0."""
        still = not any(layer.observe(np.zeros_like(layer.start())).any() for layer in self.layers[:-1])
        return still and all(layer.is_odd() for layer in self.layers)

    def reach(self) -> Array:
        """That of every layer; ∞ for a leak before σ above the lowest layer, where v is as large as what is shown from below."""
        driven = [k > 0 and isinstance(n, LeakyRNN) and n.leak == "preactivation" for k, n in enumerate(self.layers)]
        found = [np.full(n.hidden, np.inf) if d else n.reach() for n, d in zip(self.layers, driven, strict=True)]
        return np.concatenate(found)

    def feed(self, x: Array | None) -> Array:
        """What inputs contribute to the lowest layer."""
        return self.layers[0].feed(x)

    def release(self) -> Array:
        """What the lowest layer gets at the first free step."""
        return self.layers[0].release()

    def advance(self, z: Array, drive: Array) -> Array:
        """The next state, layer by layer."""
        moved = list[Array]()
        for layer, piece in self._pieces(z):
            fed = layer.feed(self.layers[len(moved) - 1].observe(moved[-1])) if moved else drive
            moved.append(layer.advance(piece, fed))
        return np.concatenate(moved, axis=-1)

    def units(self, z: Array) -> Array:
        """(h^1; …; h^L), shape (…, N)."""
        return np.concatenate([layer.units(piece) for layer, piece in self._pieces(z)], axis=-1)

    def observe(self, z: Array) -> Array:
        """g^L of the top layer, shape (…, d)."""
        *_, (top, piece) = self._pieces(z)
        return top.observe(piece)

    def read(self, h: ArrayLike) -> Array:
        """The output of hidden states (h^1; …; h^L), shape (…, N)."""
        top = self.layers[-1]
        return top.read(np.asarray(h)[..., -top.hidden :])

    def _pieces(self, z: Array) -> Iterator[tuple[Network, Array]]:
        place = 0
        for layer in self.layers:
            length = sum(length for _, length in layer.parts)
            yield layer, z[..., place : place + length]
            place += length

    def _described(self) -> list[str]:
        sizes = f"d={self.dim}" if self.d_in == self.d_out else f"d_in={self.d_in}, d_out={self.d_out}"
        phase = [f"phase_input={self.phase_input!r}"] if self.phase_input else []
        units, kinds = (
            "+".join(map(str, words)) for words in ([n.hidden for n in self.layers], [n.kind for n in self.layers])
        )
        return [f"N={units}", sizes, kinds, *phase]

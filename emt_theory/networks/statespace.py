r"""Any network as a state space: one state z, one map, one read-out.

    z(t) = f(z(t−1), x(t)),    y(t) = g(z(t)),    z(0) given

Analysis needs no more than this of a network; see `emt_theory.networks.network` for what a state is.

>>> from emt_theory.networks import LSTM
>>> space = state_space(LSTM(weight_ih_l0=np.zeros((4, 1)), weight_hh_l0=np.full((4, 1), 2.0), W_hy=[[3]]))
>>> space.size, space.parts, space.readout
(2, (('h', 1), ('c', 1)), array([[3., 0.]]))
>>> space.jacobian(np.zeros(2)).tolist()
[[0.5, 0.25], [1.0, 0.5]]
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.arrays import Array
from emt_theory.ground.text import Shown
from emt_theory.networks.network import Network
from emt_theory.networks.shapes import Run, vectors

_STEP = 1e-6


@dataclass(frozen=True, eq=False, repr=False)
class StateSpace(Shown):
    """A network as z ↦ f(z, x), y = g(z).

    Attributes:
        net: the network.
        size: S, the length of z.
        parts: the names and lengths of the pieces of z, in order; (("h", N),), or (("h", N), ("c", N)).
        dim: d.
        d_in: the number of input channels.
        d_out: the number of outputs.
        initial: z(0), shape (S,).
        readout: G, shape (d, S), where g(z) = G z + const; None where g is not affine.
        odd: whether f(−z, −x) = −f(z, x): then 0 is the point about which the network is linearized.
    """

    net: Network
    size: int
    parts: tuple[tuple[str, int], ...]
    dim: int
    d_in: int
    d_out: int
    initial: Array
    readout: Array | None
    odd: bool

    def step(self, z: Array, x: Array | None = None) -> Array:
        """f, shape (…, S): takes z of shape (…, S) and x of shape (…, d), or None for a free step."""
        state, drive = vectors("z", z, self.size), None if x is None else vectors("x", x, self.d_in)
        with np.errstate(all="ignore"):
            return self.net.advance(state, self.net.feed(drive))

    def release(self, z: Array) -> Array:
        """The first free step, which a phase channel may mark, from states of shape (…, S)."""
        with np.errstate(all="ignore"):
            return self.net.advance(vectors("z", z, self.size), self.net.release())

    def read(self, z: Array) -> Array:
        """g, shape (…, d)."""
        with np.errstate(all="ignore"):
            return self.net.observe(z)

    def jacobian(self, z: Array, x: Array | None = None) -> Array:
        """∂f/∂z at states of shape (…, S) and inputs of shape (…, d), or at free steps; shape (…, S, S)."""
        with np.errstate(all="ignore"):
            return self.net.differentiate(z, self.net.feed(x))

    def drive(self) -> Array:
        """∂f/∂x at z = 0, x = 0, by central differences, shape (S, d): where an input enters first."""
        ends = _STEP * np.eye(self.d_in)
        zero = np.zeros((self.d_in, self.size))
        return ((self.step(zero, ends) - self.step(zero, -ends)) / (2 * _STEP)).T

    def free(self, z: Array, steps: int, loaded: bool = False) -> Array:
        """The states after 1, …, `steps` free steps from z of shape (batch, S); shape (batch, steps, S).

        Args:
            z: the states.
            steps: how many.
            loaded: whether these are the states right behind the inputs, so that the first step is that of `release`.
        """
        states = np.empty((len(z), steps, self.size))
        for t, moved in enumerate(self.drift(z, steps, loaded)):
            states[:, t] = moved
        return states

    def drift(self, z: Array, steps: int, loaded: bool = False) -> Iterator[Array]:
        """As `free`, one after the other, each of shape (batch, S); none is kept."""
        silence = self.net.feed(None)
        for t in range(steps):
            with np.errstate(all="ignore"):
                z = self.net.advance(z, silence if t or not loaded else self.net.release())
            yield z

    def show(self, z: Array, steps: int) -> Array:
        """The outputs of these free steps, shape (batch, steps, d)."""
        outputs = np.empty((len(z), steps, self.d_out))
        for t, moved in enumerate(self.drift(z, steps)):
            outputs[:, t] = self.read(moved)
        return outputs

    def answer(self, z: Array, x: Array) -> Array:
        """What is shown along inputs of shape (batch, T, d_in), from states of shape (batch, S) on: shape (batch, T, d)."""
        outputs = np.empty((*x.shape[:2], self.d_out))
        for t in range(x.shape[1]):
            z = self.step(z, x[:, t])
            outputs[:, t] = self.read(z)
        return outputs

    def __repr__(self) -> str:
        return f"StateSpace({self.net!r})"

    def run(self, x: Any, steps: int | None = None, lengths: Any = None) -> Run:
        """Run from z(0) through the inputs, then freely; as `Network.run`, with z in place of h."""
        return self.net.roll(x, steps, lengths)

    def trace(self, x: Any, steps: int | None = None, lengths: Any = None) -> Iterator[Array]:
        """z(1), …, z(T), each of shape (batch, S), one after the other; see `Network.trace`."""
        return self.net.trace(x, steps, lengths)

    def arrive(self, x: Any, steps: int | None = None) -> Array:
        """z(T), where a run ends, shape (batch, S)."""
        return deque(self.trace(x, steps), maxlen=1).pop()


def state_space(net: object) -> StateSpace:
    """The state space of a network; made once, for a network does not change.

    Raises:
        InvalidNetwork: if it is no network.
    """
    if not isinstance(net, Network):
        raise InvalidNetwork(f"expected a network, such as emt_theory.load(file) returns; got {type(net).__name__}")
    if (space := vars(net).get("_space")) is None:
        size = sum(length for _, length in net.parts)
        space = StateSpace(
            net, size, net.parts, net.dim, net.d_in, net.d_out, net.start(), net.affine_readout(), net.is_odd()
        )
        object.__setattr__(net, "_space", space)
    return space

r"""Any network as a state space: one state z, one map, one read-out.

    z(t) = f(z(t−1), x(t)),    y(t) = g(z(t)),    z(0) given

Analysis needs no more than this of a network. For an Elman network and a GRU z = h; an LSTM's state is the pair z = (h; c), since h alone does not
determine what comes next. *Free* steps are those behind the input phase: x = 0, and a phase channel, where there is one, is 0.

>>> from emt_theory.networks import LSTM
>>> space = state_space(LSTM(weight_ih_l0=np.zeros((4, 1)), weight_hh_l0=np.full((4, 1), 2.0), W_hy=[[3]]))
>>> space.size, space.parts, space.readout
(2, (('h', 1), ('c', 1)), array([[3., 0.]]))
>>> space.jacobian(np.zeros(2)).tolist()
[[0.5, 0.25], [1.0, 0.5]]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidNetwork
from emt_theory.networks.activations import activation
from emt_theory.networks.elman import ElmanRNN
from emt_theory.networks.gru import GRU
from emt_theory.networks.lstm import LSTM
from emt_theory.networks.shapes import Run, check_input_shape, check_steps, to_real_array

Array = NDArray[np.float64]

_ODD = ("tanh", "identity", "hard_tanh")
_STEP = 1e-6


@dataclass(frozen=True, eq=False, repr=False)
class StateSpace:
    """A network as z ↦ f(z, x), y = g(z).

    Attributes:
        size: S, the length of z.
        dim: d.
        parts: the names and lengths of the pieces of z, in order; (("h", N),), or (("h", N), ("c", N)).
        initial: z(0), shape (S,).
        step: f; takes z of shape (…, S) and x of shape (…, d), or None for a free step; returns shape (…, S).
        read: g; takes (…, S), returns (…, d).
        jacobian: ∂f/∂z at free steps; takes (…, S), returns (…, S, S).
        readout: G, shape (d, S), where g(z) = G z + const; None where g is not affine.
        odd: whether f(−z, −x) = −f(z, x): then 0 is the point about which the network is linearized.
    """

    size: int
    dim: int
    parts: tuple[tuple[str, int], ...]
    initial: Array
    step: Callable[[Array, Array | None], Array]
    read: Callable[[Array], Array]
    jacobian: Callable[[Array], Array]
    readout: Array | None
    odd: bool = False

    def drive(self) -> Array:
        """∂f/∂x at z = 0, x = 0, by central differences, shape (S, d): where an input enters first."""
        ends = _STEP * np.eye(self.dim)
        zero = np.zeros((self.dim, self.size))
        with np.errstate(all="ignore"):
            return ((self.step(zero, ends) - self.step(zero, -ends)) / (2 * _STEP)).T

    def free(self, z: Array, steps: int) -> Array:
        """The states after 1, …, `steps` free steps from z of shape (batch, S); shape (batch, steps, S)."""
        states = np.empty((len(z), steps, self.size))
        with np.errstate(all="ignore"):
            for t in range(steps):
                states[:, t] = z = self.step(z, None)
        return states

    def run(self, x: Array, steps: int) -> Run:
        """Run from z(0) through the inputs, then freely; as `ElmanRNN.run`, with z in place of h."""
        inputs = to_real_array("x", x)
        check_input_shape(inputs.shape, self.dim)
        batch, s, _ = inputs.shape
        total = check_steps(steps, s)
        states = np.empty((batch, total, self.size))
        z = np.tile(self.initial, (batch, 1))
        with np.errstate(all="ignore"):
            for t in range(s):
                states[:, t] = z = self.step(z, inputs[:, t])
            states[:, s:] = self.free(z, total - s)
            outputs = self.read(states.reshape(batch * total, self.size))
            return Run(outputs.reshape(batch, total, self.dim), states)


@runtime_checkable
class HasStateSpace(Protocol):
    """What is a network of another kind: it says itself what its state space is."""

    def state_space(self) -> StateSpace:
        """Its state space."""
        ...


Network = ElmanRNN | GRU | LSTM | HasStateSpace
"""What analysis takes."""


def state_space(net: object) -> StateSpace:
    """The state space of a network.

    Raises:
        InvalidNetwork: if it is no network.
    """
    if isinstance(net, ElmanRNN):
        return _elman(net)
    if isinstance(net, GRU):
        return _gru(net)
    if isinstance(net, LSTM):
        return _lstm(net)
    if isinstance(net, HasStateSpace):
        return net.state_space()
    raise InvalidNetwork(f"expected a network, such as emt_theory.load(file) returns; got {type(net).__name__}")


def difference_jacobian(step: Callable[[Array, Array | None], Array], z: Array) -> Array:
    """∂f/∂z of a free step by central differences, for z of shape (…, S): shape (…, S, S)."""
    size = z.shape[-1]
    h = _STEP * np.maximum(1.0, np.abs(z).max(axis=-1, initial=0.0))[..., None, None]
    ends = h * np.eye(size)
    forward, back = step(z[..., None, :] + ends, None), step(z[..., None, :] - ends, None)
    return np.swapaxes((forward - back) / (2 * h), -1, -2)


def _elman(net: ElmanRNN) -> StateSpace:
    sigma, bias = activation(net.activation), 0.0 if net.b_h is None else net.b_h
    silence = np.zeros(net.W_uh.shape[1])

    def step(z: Array, x: Array | None) -> Array:
        if x is not None and net.phase_input:
            x = np.concatenate([x, np.ones((*x.shape[:-1], 1))], axis=-1)
        return net.step(z, silence if x is None else x)

    def jacobian(z: Array) -> Array:
        with np.errstate(all="ignore"):
            return sigma.derivative(z @ net.W_hh.T + bias)[..., :, None] * net.W_hh

    odd = net.activation in _ODD and (net.b_h is None or not net.b_h.any())
    n = net.hidden
    return StateSpace(n, net.dim, (("h", n),), np.zeros(n), step, net.read, jacobian, net.W_hy, odd)


def _gru(net: GRU) -> StateSpace:
    silence, n = np.zeros(net.dim), net.hidden

    def step(z: Array, x: Array | None) -> Array:
        return net.step(z, silence if x is None else x)

    return StateSpace(n, net.dim, (("h", n),), np.zeros(n), step, net.read, net.jacobian, net.W_hy)


def _lstm(net: LSTM) -> StateSpace:
    silence, n = np.zeros(net.dim), net.hidden

    def step(z: Array, x: Array | None) -> Array:
        return np.concatenate(net.step(z[..., :n], z[..., n:], silence if x is None else x), axis=-1)

    def read(z: Array) -> Array:
        return net.read(z[..., :n])

    def jacobian(z: Array) -> Array:
        return net.jacobian(z[..., :n], z[..., n:])

    readout = np.concatenate([net.W_hy, np.zeros_like(net.W_hy)], axis=1)
    return StateSpace(2 * n, net.dim, (("h", n), ("c", n)), np.zeros(2 * n), step, read, jacobian, readout)

"""Where the networks of the table come from. Each is a value that makes a network for a task and is shown as the row's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from emt_theory import derive
from emt_theory.circuits import compile_cell
from emt_theory.networks import ElmanRNN, Network
from emt_theory.tasks import LinearTask
from tests.real import real_network

Maker = Callable[[LinearTask], Network]


@dataclass(frozen=True)
class Scheme:
    """What `circuit.compile` returns."""

    name: str
    basis: str = "identity"
    spare: int = 0

    def __call__(self, task: LinearTask) -> Network:
        hidden = task.components + self.spare if self.spare else None
        return derive(task).compile(hidden=hidden, scheme=self.name, basis=self.basis)

    def __str__(self) -> str:
        return self.name if self.basis == "identity" else f"{self.name} {self.basis}"


@dataclass(frozen=True)
class Cell:
    """What `compile_cell` returns."""

    name: str

    def __call__(self, task: LinearTask) -> Network:
        return compile_cell(task, self.name)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Trained:
    """A trained network that is shipped."""

    name: str

    def __call__(self, task: LinearTask) -> Network:
        return real_network(self.name)

    def __str__(self) -> str:
        return f"trained on {self.name}"


@dataclass(frozen=True)
class Planted:
    """A circuit whose weights were changed."""

    change: Callable[[Any], Network]
    base: Maker

    def __call__(self, task: LinearTask) -> Network:
        return self.change(self.base(task))

    def __str__(self) -> str:
        return f"{self.base} {self.change.__name__}"


@dataclass(frozen=True)
class Another:
    """The circuit of another task."""

    task: LinearTask
    base: Maker

    def __call__(self, task: LinearTask) -> Network:
        return self.base(self.task)

    def __str__(self) -> str:
        return f"{self.base} of {self.task.name}"


def cut(net: Network) -> Network:
    """The largest recurrent weight is 0: one variable is not handed on."""
    name = net.WEIGHTS[0] if isinstance(net, ElmanRNN) else "weight_hh_l0"
    array = net.weights[name].copy()
    array[np.unravel_index(np.abs(array).argmax(), array.shape)] = 0
    return _with(net, **{name: array})


def flipped(net: Network) -> Network:
    """Output 0 has the wrong sign, and nothing else is wrong."""
    read = net.weights["W_hy"].copy()
    read[0] *= -1
    return _with(net, W_hy=read)


def hoarding(net: ElmanRNN) -> Network:
    """An impostor: one unit more, which keeps for ever what came in on input 0, and which nothing reads."""
    W_hh, W_uh = np.pad(net.W_hh, (0, 1)), np.pad(net.W_uh, ((0, 1), (0, 0)))
    W_hh[-1, -1], W_uh[-1, 0] = 1, 1 / 4
    return _with(net, W_hh=W_hh, W_uh=W_uh, W_hy=np.pad(net.W_hy, ((0, 0), (0, 1))))


def shuffled(net: ElmanRNN) -> Network:
    """No flaw: its units stand in another order, every second one with the other sign."""
    order = np.random.default_rng(0).permutation(net.hidden)
    move = np.eye(net.hidden)[order] * (-1.0) ** np.arange(net.hidden)
    return _with(net, W_hh=move @ net.W_hh @ move.T, W_uh=move @ net.W_uh, W_hy=net.W_hy @ move.T)


def _with(net: Network, **arrays: Any) -> Network:
    """The network with other arrays, and without a twin that says what they were."""
    return replace(net, **arrays, **({"exact": None} if isinstance(net, ElmanRNN) else {}))

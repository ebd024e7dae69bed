r"""Weights and how they run.

An Elman network reads s variables of dimension d and then runs on its own:

    h(t) = σ(W_hh h(t−1) + W_uh x(t) + b_h),    y(t) = W_hy h(t) + b_y,    h(0) = 0,
    x(t) = u(t) for t ≤ s, and 0 afterwards.

Here a network is a frozen value, `ElmanRNN`: float64 arrays in PyTorch's orientations and the name of σ. `step` and
`read` are the two equations, `run` iterates them on a batch, `save` and `load` keep it in files. Where the weights
came from exact numbers they carry them as `exact`, an `ExactRNN` that runs in fractions. The hard-tanh network below
repeats one bit for ever, in floats and exactly:

>>> import numpy as np
>>> one = RationalMatrix.identity(1)
>>> twin = ExactRNN(W_hh=one, W_uh=2 * one, W_hy=one, activation="hard_tanh")
>>> net = twin.to_float()
>>> y, h = net.run(np.array([[[-1.0]]]), steps=4)
>>> y[0, :, 0].tolist()
[-1.0, -1.0, -1.0, -1.0]
>>> bool(np.all(y[0] == twin.run([[-1]], steps=4).outputs))
True

A state as large as you like is no error: a network that blows up returns infinities, and whoever judges it looks. A
weight that is NaN is one.

`GRU` and `LSTM` are the same kind of value for the two gated cells, in PyTorch's layout, `LeakyRNN` for rate networks, and a `Stack` is several
layers. `load` reads them from files, PyTorch's included, `from_arrays` from parameters in memory, of Flax or Equinox for example, and a `StepNetwork`
is any other network, given as a function of one step. `state_space` shows any of them as one map z ↦ f(z, x) with a read-out, which is all that
analysis asks of a network.

This package knows no tasks. What the weights should be is in `emt_theory.circuits`; what they turned out to be, in
`emt_theory.analysis`.
"""

from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks.activations import ACTIVATIONS, Activation, activation
from emt_theory.networks.elman import ElmanRNN
from emt_theory.networks.exact import ExactRNN
from emt_theory.networks.files import save
from emt_theory.networks.gru import GRU
from emt_theory.networks.kinds import KINDS
from emt_theory.networks.leaky import LeakyRNN
from emt_theory.networks.lstm import LSTM, Trajectory
from emt_theory.networks.network import Network
from emt_theory.networks.phase import PHASES, Phase
from emt_theory.networks.provenance import Provenance, is_assumed, provenance_of
from emt_theory.networks.reading.live import as_network, from_module
from emt_theory.networks.reading.loading import load
from emt_theory.networks.reading.trees import from_arrays
from emt_theory.networks.reading.twins import twin_from_json, twin_to_json
from emt_theory.networks.shapes import Run
from emt_theory.networks.stack import Stack
from emt_theory.networks.statespace import StateSpace, state_space
from emt_theory.networks.stepnetwork import StepNetwork

__all__ = [
    "ACTIVATIONS",
    "GRU",
    "KINDS",
    "LSTM",
    "PHASES",
    "Activation",
    "ElmanRNN",
    "ExactRNN",
    "LeakyRNN",
    "Network",
    "Phase",
    "Provenance",
    "RationalMatrix",
    "Run",
    "Stack",
    "StateSpace",
    "StepNetwork",
    "Trajectory",
    "activation",
    "as_network",
    "from_arrays",
    "from_module",
    "is_assumed",
    "load",
    "provenance_of",
    "save",
    "state_space",
    "twin_from_json",
    "twin_to_json",
]

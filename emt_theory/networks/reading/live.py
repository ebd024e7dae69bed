r"""Networks from live objects: a module of PyTorch, parameters of Flax, a module of Equinox, a function of one step.

    a module of PyTorch        its arrays in double precision and what its attributes state; then it is run beside the network
    other trees of arrays      `from_arrays`
    a function, with `hidden`  a `StepNetwork`

The module itself is not touched: all is done with copies in evaluation mode, and neither parameters nor training state change. PyTorch is not
imported here: a module of it can only be there where it has been imported already.

>>> import numpy as np
>>> from_module(lambda h, x: np.tanh(x - h), hidden=1, dim=1, readout=[[1]])
StepNetwork(S=1, d=1, odd)
>>> as_network({"W_hh": [[0, 1], [1, 0]], "W_uh": [[0], [1]], "W_hy": [[0, 1]]})
ElmanRNN(N=2, d=1, activation='tanh')
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import ArrayLike

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.ground.arguments import integer
from emt_theory.ground.arrays import Array
from emt_theory.networks.activations import ACTIVATIONS
from emt_theory.networks.network import Network
from emt_theory.networks.provenance import is_assumed
from emt_theory.networks.reading.building import build
from emt_theory.networks.reading.loading import load
from emt_theory.networks.reading.parity import Compared, compare
from emt_theory.networks.reading.said import Names, Said
from emt_theory.networks.reading.stated import heard_in, never_leaks
from emt_theory.networks.reading.statements import write_statements
from emt_theory.networks.reading.torchlive import copied, is_torch, nodes, refuse_layers, state, statements
from emt_theory.networks.reading.trees import content_of
from emt_theory.networks.stepnetwork import Convention, StepNetwork

_LIBRARIES = ("equinox", "flax", "haiku", "jax")
_LARGEST = 10_000
"""The largest state of a function of one step: its Jacobian is made whole."""


def from_module(
    module: Any,
    activation: str | Sequence[str | None] | None = None,
    *,
    kind: str | None = None,
    names: Names | None = None,
    phase_input: bool | str | None = None,
    alpha: ArrayLike | None = None,
    leak: str | None = None,
    readout: Any = None,
    hidden: int | None = None,
    dim: int | None = None,
    convention: Convention | None = None,
) -> Network:
    """The network that a live object is.

    A module of PyTorch is run, in double precision, on seeded inputs and then on zeros, 20 steps, beside the network that its weights are. Where its
    outputs can be had and are others, that is an error: its `forward` does something that the weights do not say. Where they cannot, a remark in
    `provenance` says so. A σ that nothing states is the one with which both agree.

    Args:
        module: a module of PyTorch, Flax or Equinox, a tree of arrays, or, with `hidden`, a function of one step.
        activation: σ of units without gates, where the object does not say it.
        kind: a name of `emt_theory.networks.KINDS`, where there are layers of several kinds.
        names: expressions for weights, where names are not known or leave something open; see `emt_theory.load`.
        phase_input: whether and how the last input channel tells the input phase; see `emt_theory.load`.
        alpha: α = dt/τ of leaky units, one number or N.
        leak: where the leak is, ``"state"`` or ``"preactivation"``.
        readout: W_hy, for an object that has none; for a function also another function, see `StepNetwork`.
        hidden: the length of a state, of a function of one step.
        dim: d, of a function of one step.
        convention: what that function takes and gives, see `StepNetwork`; ``"x, h -> h"`` for modules of PyTorch, else ``"h, x -> h"``.

    Raises:
        InvalidNetwork: if no network is found in it, see `from_arrays`; if a σ is unknown or contradicted; if its own outputs are others.
        InvalidOption: if `hidden`, `dim` and `readout` are not there together, or are no sizes.
    """
    if isinstance(module, Network):
        raise InvalidNetwork(f"it is a network already; got {type(module).__name__}")
    if hidden is not None or dim is not None or convention is not None:
        return _stepped(module, readout, hidden, dim, convention)
    said = Said(kind, names, activation, phase_input, alpha, leak)
    if is_torch(module):
        return _from_torch(module, said, readout)
    extra = {} if readout is None else {"W_hy": readout}
    if callable(module) and not isinstance(module, type) and not _library(module):
        raise InvalidOption("a function of one step needs hidden=, dim= and readout= as well")
    return build(content_of({"module": module, **extra} if extra else module), said)


def as_network(value: Any) -> Any:
    """What analysis takes for a network: a network itself; the network in a file, for a path; the network that a live object is.

    What is nothing of the kind is given back as it is, for analysis to refuse in its own words.
    """
    if isinstance(value, Network):
        return value
    if isinstance(value, str | os.PathLike):
        return load(value)  # type: ignore[arg-type]  # a path of texts or of bytes: it is looked at there
    if is_torch(value) or isinstance(value, Mapping) or (_library(value) in _LIBRARIES and not hasattr(value, "shape")):
        return from_module(value)
    return value


def _library(value: Any) -> str:
    """Whose module it is: the library that one of its classes comes from."""
    names = (made.__module__.partition(".")[0] for made in type(value).__mro__)
    return next((name for name in names if name in _LIBRARIES), "")


def _stepped(
    module: Any, readout: Any, hidden: int | None, dim: int | None, convention: Convention | None
) -> StepNetwork:
    if hidden is None or dim is None or readout is None:
        raise InvalidOption("a function of one step needs hidden=, dim= and readout=, and may have a convention=")
    hidden, dim = integer("hidden", hidden, least=1, most=_LARGEST), integer("dim", dim, least=1, most=_LARGEST)
    if not callable(module):
        raise InvalidNetwork(f"a function of one step must be a function; got {type(module).__name__}")
    if not is_torch(module):
        return StepNetwork(module, readout, hidden, dim, convention="h, x -> h" if convention is None else convention)
    torch, cell = sys.modules["torch"], copied(module)

    def step(*arguments: Array) -> Any:
        with torch.no_grad():
            return cell(*(torch.from_numpy(argument) for argument in arguments))

    return StepNetwork(step, readout, hidden, dim, convention="x, h -> h" if convention is None else convention)


def _from_torch(module: Any, said: Said, readout: Any) -> Network:
    """The network, if the module's own outputs are its outputs."""
    refuse_layers(module)
    folded = copied(module, fold=True)
    arrays = state(folded) | ({} if readout is None else {"W_hy": readout})
    content, told = replace(content_of(arrays), metadata=write_statements(statements(folded))), heard_in(nodes(folded))
    content = content if never_leaks(content.shapes) else content.saying(told.metadata, told.remarks)
    net = build(content, said)
    tried = [net]
    if is_assumed(net):
        tried = [build(content, said._replace(activation=known.name)) for known in ACTIVATIONS]
    worst: Compared | None = None
    for one in tried:
        found = compare(module, one)
        if isinstance(found, str):
            return _remarked(net, f"its own outputs were not compared: {found}")
        if found.agrees and (found.is_of_outputs or readout is not None):
            return one
        if found.agrees:
            return _remarked(one, "its own outputs were not compared: forward returns states alone, which agree")
        worst = worst or found
    assert worst is not None
    raise InvalidNetwork(
        f"forward does something that the weights do not say: {worst}; give one step as a function, with hidden=, dim= and readout=, or, only if the "
        "difference is meant, the weights alone: from_arrays(module.state_dict(), names=…)"
    )


def _remarked(net: Network, remark: str) -> Network:
    made: Any = net
    return replace(made, provenance=replace(net.provenance, remarks=(*net.provenance.remarks, remark)))

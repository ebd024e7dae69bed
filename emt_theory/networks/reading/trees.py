r"""Networks from arrays in memory: the parameters of Flax, modules of Equinox, a state dictionary, a dictionary of your own.

A tree of arrays, nested mappings, sequences and objects with attributes, is flattened to keys with dots, and from there on it is read as a file is.
Nothing of JAX or PyTorch is imported: an array is what has a shape and a dtype and what NumPy can make an array of.

>>> import json
>>> cell = {"h": {"kernel": np.eye(2)}, "i": {"kernel": np.ones((1, 2)), "bias": np.zeros(2)}}
>>> net = from_arrays({"params": {"SimpleCell_0": cell, "Dense_0": {"kernel": np.ones((2, 1))}}})
>>> net, json.loads(net.metadata["layout"])["W_uh"]
(ElmanRNN(N=2, d=1, activation='tanh', b_h=…), 'transpose of params.SimpleCell_0.i.kernel')
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.ground.arguments import choice, numeric_array, to_numpy
from emt_theory.ground.text import first_line, plain, shown
from emt_theory.networks.activations import activation as find_activation
from emt_theory.networks.kinds import KINDS, takes
from emt_theory.networks.network import Network
from emt_theory.networks.reading.building import build
from emt_theory.networks.reading.content import WEIGHT_TYPES, Content, Entry


def from_arrays(tree: Any, kind: str | None = None, activation: str | None = None) -> Network:
    """The network whose weights these arrays are.

    Args:
        tree: nested mappings, sequences and objects with attributes, and in them arrays: the ``params`` of Flax (Linen) or a module of NNX, a
            module of Equinox, a PyTorch module or its state dictionary, or arrays under our own names. See
            `emt_theory.networks.reading.namings` for the names; arrays under other names are ignored, and listed in `provenance`.
        kind: a name of `emt_theory.networks.KINDS`, where the tree has layers of several kinds or you want to be sure; None takes what is there.
        activation: σ of an Elman network, tanh if left out; arrays do not say it.

    Returns:
        The network in float64.

    Raises:
        InvalidNetwork: if a weight is missing or ambiguous, has the wrong shape or type, or is NaN or infinite; if the network has layers, directions
            or gates that are not supported; or if the tree is none.
        InvalidOption: if `kind` is unknown, or an activation is given for a network with gates.

    >>> from_arrays({"W_hh": [[0, 1], [1, 0]], "W_uh": [[0], [1]], "W_hy": [[0, 1]]}, activation="identity")
    ElmanRNN(N=2, d=1, activation='identity')
    """
    if kind is not None:
        choice("kind", kind, KINDS)
    metadata = {} if activation is None else {"activation": find_activation(activation).name}
    net = build(replace(content_of(tree), metadata=metadata), kind)
    if activation is not None and not takes(type(net), "activation"):
        raise InvalidOption(f"a {type(net).__name__} has no activation to choose; got {activation!r}")
    return net


def content_of(tree: Any) -> Content:
    """The arrays of a tree, by keys with dots.

    Raises:
        InvalidNetwork: if it is none, or two arrays have the same key.
    """
    if tree is None or isinstance(tree, bool | int | float | complex | str | bytes | type):
        raise InvalidNetwork(f"expected a mapping, a module or arrays; got {type(tree).__name__}")
    entries = dict[str, Entry]()
    for key, leaf in _leaves(tree):
        if key in entries:
            raise InvalidNetwork(f"two arrays are named {shown(key)}")
        entries[key] = _entry(key, leaf)
    return Content(dict(sorted(entries.items())), {})


def _leaves(tree: Any) -> Iterator[tuple[str, Any]]:
    """The arrays of a tree by key. A container that is met again, as in a cycle, is passed over."""
    seen, waiting = dict[int, Any](), [("", tree)]
    while waiting:
        key, value = waiting.pop()
        if _is_array(value) or _is_numbers(value):
            yield key, value
        elif id(value) not in seen:
            seen[id(value)] = value  # kept, so that its id stays its own
            waiting += [(f"{key}.{name}" if key else name, child) for name, child in _children(value)]


def _is_array(value: Any) -> bool:
    return not isinstance(value, type) and hasattr(value, "shape") and hasattr(value, "dtype")


def _is_numbers(value: Any) -> bool:
    """Whether it is numbers in brackets, as [[0, 1], [1, 0]] is."""
    for _ in range(4):
        if not isinstance(value, list | tuple) or not value:
            return False
        value = value[0]
        if isinstance(value, int | float):
            return True
    return False


def _children(value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, type) and callable(make := getattr(value, "state_dict", None)):  # a PyTorch module
        value = make()
    if isinstance(value, Mapping):
        return [(str(name), child) for name, child in value.items()]
    if hasattr(value, "_fields"):
        return [(name, getattr(value, name)) for name in value._fields]
    if isinstance(value, list | tuple):
        return [(str(index), child) for index, child in enumerate(value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [(field.name, getattr(value, field.name, None)) for field in dataclasses.fields(value)]
    if isinstance(value, type | ModuleType | FunctionType):
        return []
    return [(name, child) for name, child in getattr(value, "__dict__", {}).items() if not name.startswith("_")]


def _entry(key: str, leaf: Any) -> Entry:
    try:
        if not _is_array(leaf):
            leaf = np.asarray(leaf)
        shape, dtype = tuple(map(int, leaf.shape)), str(leaf.dtype).removeprefix("torch.")
        if dtype not in WEIGHT_TYPES and not dtype.removeprefix("u").startswith("int"):
            return Entry(shape, dtype, None)
        array = (leaf if isinstance(leaf, np.ndarray) else to_numpy(leaf)).astype(np.float64)
    except Exception as error:  # noqa: BLE001 — what an object of another library raises is its own affair
        raise InvalidNetwork(f"{shown(key)} cannot be made an array of numbers ({plain(first_line(error))})") from None
    return Entry(shape, "float64", numeric_array(plain(key), array))

r"""Networks from arrays in memory: the parameters of Flax, modules of Equinox, a state dictionary, a dictionary of your own.

A tree of arrays, nested mappings, sequences and objects with attributes, is flattened to keys with dots, and from there on it is read as a file is.
Nothing of JAX or PyTorch is imported: an array is what has a shape and a dtype and what NumPy can make an array of.

>>> import json
>>> cell = {"h": {"kernel": np.eye(2)}, "i": {"kernel": np.ones((1, 2)), "bias": np.zeros(2)}}
>>> net = from_arrays({"params": {"SimpleCell_0": cell, "Dense_0": {"kernel": np.ones((2, 1))}}})
>>> net, json.loads(net.metadata["layout"])["W_uh"]
(ElmanRNN(N=2, d=1, activation='tanh', b_h=…), 'params.SimpleCell_0.i.kernel.T')
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.arguments import numeric_array, to_numpy
from emt_theory.ground.text import first_line, plain, shown
from emt_theory.networks.network import Network
from emt_theory.networks.reading.building import build
from emt_theory.networks.reading.content import WEIGHT_TYPES, Content, Entry
from emt_theory.networks.reading.said import Names, Said


def from_arrays(
    tree: Any,
    kind: str | None = None,
    activation: str | Sequence[str] | None = None,
    *,
    names: Names | None = None,
    phase_input: bool | str | None = None,
    alpha: ArrayLike | None = None,
    leak: str | None = None,
) -> Network:
    """The network whose weights these arrays are.

    Args:
        tree: nested mappings, sequences and objects with attributes, and in them arrays: the ``params`` of Flax (Linen) or a module of NNX, a
            module of Equinox, a PyTorch module or its state dictionary, or arrays under our own names. See
            `emt_theory.networks.reading.namings` for the names; arrays that play no part are listed in `provenance`.
        kind: a name of `emt_theory.networks.KINDS`, where the tree has layers of several kinds or you want to be sure; None takes what is there.
        activation: σ of units without gates, tanh if left out; arrays do not say it. One name, or one for each layer of a stack.
        names: expressions for weights, where names are not known or leave something open; see `emt_theory.load`.
        phase_input: whether and how the last input channel tells the input phase; see `emt_theory.load`.
        alpha: α = dt/τ of leaky units, one number or N.
        leak: where the leak is, ``"state"`` or ``"preactivation"``.

    Returns:
        The network in float64.

    Raises:
        InvalidNetwork: if a weight is missing or ambiguous, has the wrong shape or type, or is NaN or infinite; if an array that is not used would
            change the network; if the network has directions or gates that are not supported, or an activation is given for gates; or if the tree is
            none.
        InvalidOption: if `kind` or another option is unknown.

    >>> from_arrays({"W_hh": [[0, 1], [1, 0]], "W_uh": [[0], [1]], "W_hy": [[0, 1]]}, activation="identity")
    ElmanRNN(N=2, d=1, activation='identity')
    """
    return build(content_of(tree), Said(kind, names, activation, phase_input, alpha, leak))


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
    return Entry(shape, dtype if "int" in dtype else "float64", numeric_array(plain(key), array))

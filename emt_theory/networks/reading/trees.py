r"""Networks from arrays in memory: the parameters of Flax, modules of Equinox, a state dictionary, a dictionary of your own.

A tree of arrays, nested mappings, sequences and objects with attributes, is flattened to keys with dots, and from there on it is read as a file is.
Nothing of JAX or PyTorch is imported: an array is what has a shape and a dtype and what NumPy can make an array of. Numbers beside arrays are arrays
too, and texts, functions and classes under names such as ``activation`` are settings, heard as those in pickles are
(`emt_theory.networks.reading.stated`).

>>> import json
>>> cell = {"h": {"kernel": np.eye(2)}, "i": {"kernel": np.ones((1, 2)), "bias": np.zeros(2)}}
>>> net = from_arrays({"params": {"SimpleCell_0": cell, "Dense_0": {"kernel": np.ones((2, 1))}}})
>>> net, json.loads(net.metadata["layout"])["W_uh"]
(ElmanRNN(N=2, d=1, activation='tanh', b_h=…), 'params.SimpleCell_0.i.kernel.T')
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.arguments import numeric_array, to_numpy
from emt_theory.ground.text import first_line, plain, shown
from emt_theory.networks.network import Network
from emt_theory.networks.reading import torchlive
from emt_theory.networks.reading.building import build
from emt_theory.networks.reading.content import WEIGHT_TYPES, Content, Entry
from emt_theory.networks.reading.flags import flagged, names_behind, refuse_layer_options
from emt_theory.networks.reading.modules import IDLE, unlooked
from emt_theory.networks.reading.pickles import Global
from emt_theory.networks.reading.said import Names, Said
from emt_theory.networks.reading.stated import Node, heard_in, names_gate, names_rate, names_sigma, never_leaks
from emt_theory.networks.reading.statements import write_statements
from emt_theory.networks.reading.torchlive import is_torch
from emt_theory.networks.reading.walking import Piece, is_array, is_number, sigma_of, walked

_OBJECTS = ("equinox", "flax", "haiku")


def from_arrays(
    tree: Any,
    kind: str | None = None,
    activation: str | Sequence[str | None] | None = None,
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
        activation: σ of units without gates, where the tree does not say it; tanh if left out. One name, or one for each layer, None for gates.
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
    pieces = list(walked(tree))
    entries = dict[str, Entry]()
    for piece in pieces:
        for key, leaf in piece.leaves:
            if key in entries:
                raise InvalidNetwork(f"two arrays are named {shown(key)}")
            entries[key] = _entry(key, leaf)
    content = Content(dict(sorted(entries.items())), {})
    modules = {""} | {key[:at] for key, entry in entries.items() if entry.shape for at, c in enumerate(key) if c == "."}
    live = [piece for piece in pieces if is_torch(piece.value)]
    nodes = [_node(piece, modules) for piece in pieces]
    said = heard_in([*nodes, *(node for piece in live for node in torchlive.nodes(piece.value, piece.key))])
    sigmas = [*said.sigmas, *(one for piece in live for one in torchlive.statements(piece.value, piece.key))]
    content = replace(content, metadata=write_statements(sigmas), remarks=_unheard(pieces, nodes))
    if never_leaks(content.shapes):
        return content
    if "alpha" in said.options:  # the numbers that it was made of are accounted for
        numbers = [key for piece in pieces for key, leaf in piece.leaves if is_number(leaf)]
        spent = {key for key in numbers if names_rate(key.rpartition(".")[2])}
        content = replace(content, entries={key: entry for key, entry in entries.items() if key not in spent})
    return content.saying(said.metadata, said.remarks)


def _unheard(pieces: Sequence[Piece], nodes: Sequence[Node]) -> tuple[str, ...]:
    """What has to be said of settings that are not taken in, and of objects whose code is not run.

    Raises:
        InvalidNetwork: if a layer of a library is told to do what no network here does.
    """
    remarks, mute = list[str](), list[str]()
    for piece, node in zip(pieces, nodes, strict=True):
        if piece.is_of_library:
            refuse_layer_options(piece.key, node.items)
        remarks += flagged(piece.key, node.items)
        if is_torch(piece.value):
            remarks.append(
                f"the forward of {plain(type(piece.value).__name__)} was not run; from_module does, and compares"
            )
        elif node.scope is None and _is_mute(piece):
            mute.append(f"{piece.key} ({type(piece.value).__name__})")
    return (*dict.fromkeys(remarks), *unlooked(mute))


def _is_mute(piece: Piece) -> bool:
    """Whether it is a module of Flax or Equinox that has no arrays and may do something; what σ is, is heard elsewhere."""
    classes = type(piece.value).__mro__
    is_module = any(made.__name__ == "Module" and made.__module__.split(".")[0] in _OBJECTS for made in classes)
    return (
        is_module and not type(piece.value).__name__.startswith(IDLE) and not names_sigma(piece.key.rpartition(".")[2])
    )


def _node(piece: Piece, modules: set[str]) -> Node:
    """A container as the settings in a pickle are heard; one with arrays in it is a module."""
    head = f"{piece.key}." if piece.key else ""
    items = {name: _named(value) if _names_function(name) else value for name, value in piece.children}
    return Node(piece.key, head if piece.key in modules else None, items, None)


def _names_function(key: str) -> bool:
    return names_sigma(key) or names_gate(key) or names_behind(key)


def _named(value: Any) -> Any:
    """A function, a class or a member of an enumeration by its name, as it stands in a pickle."""
    if isinstance(value, Enum):
        return value.value if isinstance(value.value, str) else value.name
    if not callable(value) or is_array(value):
        return value
    return Global("", sigma_of(value, str(getattr(value, "__name__", type(value).__name__))))


def _entry(key: str, leaf: Any) -> Entry:
    try:
        if not is_array(leaf):
            leaf = np.asarray(leaf)
        shape, dtype = tuple(map(int, leaf.shape)), str(leaf.dtype).removeprefix("torch.")
        if dtype not in WEIGHT_TYPES and not dtype.removeprefix("u").startswith("int"):
            return Entry(shape, dtype, None)
        array = (leaf if isinstance(leaf, np.ndarray) else to_numpy(leaf)).astype(np.float64)
    except Exception as error:  # noqa: BLE001 — what an object of another library raises is its own affair
        raise InvalidNetwork(f"{shown(key)} cannot be made an array of numbers ({plain(first_line(error))})") from None
    return Entry(shape, dtype if "int" in dtype else "float64", numeric_array(plain(key), array))

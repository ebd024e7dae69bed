r"""Networks on disk: `save` writes what `load` reads.

The file holds float64 arrays under PyTorch's names or ours, and as string metadata what the arrays do not say: the format's version, σ, whether there
is a phase input, the rational twin, the kind of a gated network, that other than d numbers come in, and the network's own notes. What was saved is
what is loaded:

>>> import tempfile
>>> import numpy as np
>>> from emt_theory.networks import ElmanRNN, load
>>> net = ElmanRNN(W_hh=np.eye(2), W_uh=np.ones((2, 1)), W_hy=np.ones((1, 2)), activation="relu")
>>> with tempfile.TemporaryDirectory() as folder:
...     path = save(net, Path(folder) / "x.safetensors")
...     load(path) == net
True

Which formats and names there are is listed in `emt_theory.networks.reading`, where `load` lives.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from emt_theory.errors import EMTError, InvalidFile, InvalidNetwork, InvalidOption
from emt_theory.ground import files
from emt_theory.ground.arrays import Array
from emt_theory.ground.text import printable
from emt_theory.networks.kinds import KINDS, takes
from emt_theory.networks.network import Network
from emt_theory.networks.provenance import is_assumed
from emt_theory.networks.reading.building import FORMAT_VERSION, RESERVED
from emt_theory.networks.reading.formats import writers
from emt_theory.networks.reading.layouts import OTHERS, find_layout
from emt_theory.networks.reading.namings import Naming, written_namings
from emt_theory.networks.reading.statements import ASSUMED
from emt_theory.networks.reading.twins import twin_to_json
from emt_theory.networks.stack import Stack


def save(net: Network, path: str | os.PathLike[str], *, overwrite: bool = False, names: str | None = None) -> Path:
    """Write a network to a file, whole or not at all.

    Args:
        net: the network.
        path: where to; the suffix `.safetensors` or `.npz` chooses the format.
        overwrite: whether a file that is there may be replaced.
        names: whose names the arrays get, ``"torch"`` (rnn.weight_hh_l0, …) or ``"emt"`` (W_hh, …). `load` takes both. None takes PyTorch's, where
            `load` finds the network under them again, else our own.

    Returns:
        The path that was written.

    Raises:
        InvalidFile: if the suffix is unknown, the folder is missing, something is in the way, or writing fails.
            Nothing is left behind then.
        InvalidNetwork: if it is no network that has weights, or its metadata use a key that the format needs.
        InvalidOption: if nothing is written under these names, they lack one for an array of this network, or `load` would not know it by them.
    """
    namings = written_namings(names)
    target = check_target(path, overwrite)
    try:
        if not isinstance(net, Network) or not net.weights:
            known = f"expected a network with weights ({', '.join(made.__name__ for made in KINDS.values())})"
            raise InvalidNetwork(f"{known}; got {type(net).__name__}, which has no weights to write")
        tried = [_layers(net)] if isinstance(net, Stack) else [_named(net, naming) for naming in namings]
        arrays = next((found for found in tried if isinstance(found, dict)), None)
        if arrays is None:
            raise InvalidOption(f"{tried[0]}; choose another")
        data = writers()[target.suffix.lower()](arrays, _metadata_to_write(net))
    except EMTError as error:
        raise type(error)(f"{printable(str(target))}: {error}") from None
    except ValueError as error:  # a text that has no encoding
        raise InvalidFile(f"{printable(str(target))}: cannot be written ({error})") from None
    return files.write(target, data)


def check_target(path: str | os.PathLike[str], overwrite: bool = False) -> Path:
    """The path, if a network may be saved there; see `save`."""
    return files.check_target(path, tuple(writers()), overwrite)


def _named(net: Network, naming: Naming) -> dict[str, Array] | str:
    """The arrays under the keys of a naming; or why `load` would not find the network there again."""
    key_of: Callable[[str], str | None] = naming.written or (lambda name: None)
    if nameless := [name for name in net.weights if key_of(name) is None]:
        return f"the naming {naming.name!r} has no key for {' and '.join(nameless)}"
    arrays = {str(key_of(name)): array for name, array in net.weights.items()}
    try:
        taken = find_layout({key: array.shape for key, array in arrays.items()}, net.kind).weights
    except InvalidNetwork:
        taken = {}
    if {name: source.keys for name, source in taken.items()} != {name: (key_of(name),) for name in net.weights}:
        return f"under the naming {naming.name!r} a network of kind {net.kind!r} is not found again"
    return arrays | {name: array for name in OTHERS if (array := getattr(net, name, None)) is not None}


def _layers(net: Stack) -> dict[str, Array]:
    """The arrays of every layer under our own names, behind "layers.0.", "layers.1.", …; layers of a stack in it behind "layers.0.layers.0."."""
    [ours] = written_namings("emt")
    found = dict[str, Array]()
    for k, layer in enumerate(net.layers):
        arrays = (
            _layers(layer)
            if isinstance(layer, Stack)
            else _named(layer, ours)
            if layer.weights
            else "it has no weights to write"
        )
        if isinstance(arrays, str):
            raise InvalidNetwork(f"layers[{k}] is a {type(layer).__name__}: {arrays}")
        found |= {f"layers.{k}.{key}": array for key, array in arrays.items()}
    return found


def _metadata_to_write(net: Network) -> dict[str, str]:
    notes = {key: value for key, value in net.metadata.items() if key not in ("layout", "source")}  # of another file
    for key in RESERVED:
        if key in notes:
            raise InvalidNetwork(f"metadata key {key!r} is written by save itself; rename the note")
    written = {"emt_format": FORMAT_VERSION, "kind": net.kind}
    if is_assumed(net) and not isinstance(net, Stack):
        written[ASSUMED] = "activation"
    if isinstance(net, Stack):
        tables = [_metadata_to_write(replace(layer, metadata={})) for layer in net.layers]  # type: ignore[type-var]
        return notes | written | {"layers": json.dumps(tables)}
    if takes(type(net), "leak"):
        written["leak"] = net.leak  # type: ignore[attr-defined]
    if net.activation is not None:
        written["activation"] = net.activation
    if takes(type(net), "phase_input"):
        written["phase_input"] = net.phase_input if isinstance(net.phase_input, str) else json.dumps(net.phase_input)
    if net.d_in != net.d_out:
        written["d_in"] = str(net.d_in)
    if (twin := getattr(net, "exact", None)) is not None:
        written["exact"] = json.dumps(twin_to_json(twin), separators=(",", ":"))
    return notes | written

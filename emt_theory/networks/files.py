r"""Networks on disk: `save` writes what `load` reads.

The file holds float64 arrays under PyTorch's names or ours, and as string metadata what the arrays do not say: the format's version, σ, whether there
is a phase input, the rational twin, the kind of a gated network, and the network's own notes. What was saved is what is loaded:

>>> import tempfile
>>> import numpy as np
>>> from emt_theory.networks import load
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
from pathlib import Path

from emt_theory.errors import EMTError, InvalidFile, InvalidNetwork, InvalidOption
from emt_theory.ground import files
from emt_theory.networks.elman import ElmanRNN
from emt_theory.networks.kinds import KINDS
from emt_theory.networks.network import Network
from emt_theory.networks.reading.building import FORMAT_VERSION, RESERVED
from emt_theory.networks.reading.formats import writers
from emt_theory.networks.reading.namings import written_keys
from emt_theory.networks.reading.twins import twin_to_json


def save(net: Network, path: str | os.PathLike[str], *, overwrite: bool = False, names: str = "torch") -> Path:
    """Write a network to a file, whole or not at all.

    Args:
        net: the network.
        path: where to; the suffix `.safetensors` or `.npz` chooses the format.
        overwrite: whether a file that is there may be replaced.
        names: whose names the arrays get, ``"torch"`` (rnn.weight_hh_l0, …) or ``"emt"`` (W_hh, …). `load` takes both.

    Returns:
        The path that was written.

    Raises:
        InvalidFile: if the suffix is unknown, the folder is missing, something is in the way, or writing fails.
            Nothing is left behind then.
        InvalidNetwork: if it is no network that has weights, or its metadata use a key that the format needs.
        InvalidOption: if nothing is written under these names, or they lack one for an array of this network.
    """
    key_of = written_keys(names)
    target = check_target(path, overwrite)
    try:
        if not isinstance(net, Network) or not net.weights:
            known = f"expected a network with weights ({', '.join(made.__name__ for made in KINDS.values())})"
            raise InvalidNetwork(f"{known}; got {type(net).__name__}, which has no weights to write")
        if nameless := [name for name in net.weights if key_of(name) is None]:
            raise InvalidOption(f"the naming {names!r} has no key for {' and '.join(nameless)}; choose another")
        arrays = {str(key_of(name)): array for name, array in net.weights.items()}
        data = writers()[target.suffix.lower()](arrays, _metadata_to_write(net))
    except EMTError as error:
        raise type(error)(f"{target}: {error}") from None
    except ValueError as error:  # a text that has no encoding
        raise InvalidFile(f"{target}: cannot be written ({error})") from None
    return files.write(target, data)


def check_target(path: str | os.PathLike[str], overwrite: bool = False) -> Path:
    """The path, if a network may be saved there; see `save`."""
    return files.check_target(path, tuple(writers()), overwrite)


def _metadata_to_write(net: Network) -> dict[str, str]:
    notes = {key: value for key, value in net.metadata.items() if key not in ("layout", "source")}  # of another file
    for key in RESERVED:
        if key in notes:
            raise InvalidNetwork(f"metadata key {key!r} is written by save itself; rename the note")
    written = {"emt_format": FORMAT_VERSION}
    if not isinstance(net, ElmanRNN):
        return notes | written | {"kind": net.kind}
    written |= {"activation": net.activation, "phase_input": json.dumps(net.phase_input)}
    if net.exact is not None:
        written["exact"] = json.dumps(twin_to_json(net.exact), separators=(",", ":"))
    return notes | written

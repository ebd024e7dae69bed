r"""Networks on disk: `save` for `.safetensors` and `.npz`, `load` for these and for PyTorch files.

A file that `save` wrote holds float64 arrays under PyTorch's names or ours, and as string metadata what the arrays do
not say: the format's version, σ, whether there is a phase input, the rational twin, the kind of a gated network, and the
network's own notes. What was saved is what is loaded:

>>> import tempfile
>>> from pathlib import Path
>>> net = ElmanRNN(W_hh=np.eye(2), W_uh=np.ones((2, 1)), W_hy=np.ones((1, 2)), activation="relu")
>>> with tempfile.TemporaryDirectory() as folder:
...     path = save(net, Path(folder) / "x.safetensors")
...     load(path) == net
True

`load` also takes files that it did not write: state dictionaries of PyTorch in any of these formats, checkpoints of
Lightning, arrays under the names of Flax or Equinox. `emt_theory.networks.layouts` says what it looks for, and
``net.metadata["layout"]`` what it found. No code in a file is ever executed. Every refusal is one line that begins with
the file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import EMTError, InvalidFile, InvalidNetwork, InvalidOption
from emt_theory.ground import files
from emt_theory.networks.building import FORMAT_VERSION, RESERVED, build, is_assumed
from emt_theory.networks.elman import ElmanRNN
from emt_theory.networks.formats import Content, pack_safetensors, read_safetensors
from emt_theory.networks.gru import GRU
from emt_theory.networks.layers import NAMES, Cell
from emt_theory.networks.lstm import LSTM
from emt_theory.networks.network import Network
from emt_theory.networks.npz import pack_npz, read_npz
from emt_theory.networks.torchfiles import read_torch
from emt_theory.networks.torchnames import WRITTEN, Naming
from emt_theory.networks.twins import twin_to_json

_WRITERS: dict[str, Callable[[Mapping[str, NDArray[np.float64]], Mapping[str, str]], bytes]] = {
    ".safetensors": pack_safetensors,
    ".npz": pack_npz,
}
_READERS: dict[str, Callable[[Path], Content]] = {
    ".safetensors": read_safetensors,
    ".npz": read_npz,
    **dict.fromkeys((".pt", ".pth", ".bin", ".ckpt"), read_torch),
}


def save(net: Network, path: str | os.PathLike[str], *, overwrite: bool = False, names: Naming = "torch") -> Path:
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
        InvalidOption: if `names` is neither.
    """
    if names not in WRITTEN:
        raise InvalidOption(f"names must be {' or '.join(map(repr, WRITTEN))}; got {names!r}")
    target = check_target(path, overwrite)
    try:
        arrays = {
            WRITTEN[names][name]: array for name in NAMES[_cell(net)] if (array := getattr(net, name)) is not None
        }
        data = _WRITERS[target.suffix.lower()](arrays, _metadata_to_write(net))
    except EMTError as error:
        raise type(error)(f"{target}: {error}") from None
    except ValueError as error:  # a text that has no encoding
        raise InvalidFile(f"{target}: cannot be written ({error})") from None
    return files.write(target, data)


def check_target(path: str | os.PathLike[str], overwrite: bool = False) -> Path:
    """The path, if a network may be saved there; see `save`."""
    return files.check_target(path, tuple(_WRITERS), overwrite)


def load(path: str | os.PathLike[str], activation: str | None = None) -> ElmanRNN | GRU | LSTM:
    """Read a network from a `.safetensors`, `.npz` or PyTorch file (`.pt`, `.pth`, `.bin`, `.ckpt`). No code in it is ever executed.

    An Elman network's σ is what the metadata, or the settings in a checkpoint, name as ``nonlinearity`` or ``activation``,
    and tanh, the default of `torch.nn.RNN`, where they name none: a state dictionary does not say it, and `is_assumed` tells. What
    was taken for what is kept as JSON in ``metadata["layout"]``, and the name of the file in ``metadata["source"]``.

    Args:
        path: the file.
        activation: σ of an Elman network, for a file that names none.

    Returns:
        The network in float64, an Elman network with its rational twin if the file has one.

    Raises:
        InvalidFile: if there is no such file; if it is empty, truncated, damaged, of another format, or declares more than
            a file of weights needs; or if PyTorch's classes or code would be needed to read it.
        InvalidNetwork: if a weight is missing or ambiguous, has the wrong shape or type, or is NaN or infinite; if the
            network has layers, directions or gates that are not supported; if the twin is malformed or contradicts the
            arrays; or if `activation` contradicts the file, or is given for gates.
    """
    source = Path(path)
    try:
        _check_source(source)
        content = _READERS[source.suffix.lower()](source)
        metadata = {**content.metadata, "source": source.name}
        net = build(replace(content, metadata=metadata))
        if activation is None or (isinstance(net, ElmanRNN) and net.activation == activation and not is_assumed(net)):
            return net
        if not is_assumed(net):
            what = (
                f"σ = {net.activation}"
                if isinstance(net, ElmanRNN)
                else f"a {type(net).__name__}, whose gates are fixed"
            )
            raise InvalidNetwork(f"the file holds {what}; leave activation={activation!r} out")
        return build(replace(content, metadata={**metadata, "activation": activation}))
    except EMTError as error:
        raise type(error)(f"{source}: {error}") from None
    except OSError as error:
        raise InvalidFile(f"{source}: cannot be read ({error.strerror or error})") from None
    except MemoryError:
        raise InvalidFile(f"{source}: needs more memory than there is") from None


def _check_source(path: Path) -> None:
    if not path.exists():
        raise InvalidFile("no such file")
    if path.is_dir():
        raise InvalidFile("is a directory; give one of the files in it")
    if path.suffix.lower() not in _READERS:
        *most, last = _READERS
        raise InvalidFile(f"unknown suffix {path.suffix!r}; networks are read from {', '.join(most)} and {last}")
    if not path.is_file():
        raise InvalidFile("is not a regular file")
    if path.stat().st_size == 0:
        raise InvalidFile("the file is empty")


def _cell(net: object) -> Cell:
    if not isinstance(net, Network) or not net.weights:
        raise InvalidNetwork(
            f"expected an ElmanRNN, GRU or LSTM; got {type(net).__name__}, which has no weights to write"
        )
    return net.kind  # type: ignore[return-value]


def _metadata_to_write(net: Network) -> dict[str, str]:
    notes = {key: value for key, value in net.metadata.items() if key not in ("layout", "source")}  # of another file
    for key in RESERVED:
        if key in notes:
            raise InvalidNetwork(f"metadata key {key!r} is written by save itself; rename the note")
    written = {"emt_format": FORMAT_VERSION}
    if not isinstance(net, ElmanRNN):
        return notes | written | {"kind": _cell(net)}
    written |= {"activation": net.activation, "phase_input": json.dumps(net.phase_input)}
    if net.exact is not None:
        written["exact"] = json.dumps(twin_to_json(net.exact), separators=(",", ":"))
    return notes | written

r"""Networks on disk: `save` and `load`, for `.safetensors` and `.npz`.

A file that `save` wrote holds float64 arrays under PyTorch's names or ours, and as string metadata what the arrays do
not say: the format's version, σ, whether there is a phase input, the rational twin, and the network's own notes. What
was saved is what is loaded:

>>> import tempfile
>>> from pathlib import Path
>>> net = ElmanRNN(W_hh=np.eye(2), W_uh=np.ones((2, 1)), W_hy=np.ones((1, 2)), activation="relu")
>>> with tempfile.TemporaryDirectory() as folder:
...     path = save(net, Path(folder) / "x.safetensors")
...     load(path) == net
True

`load` also takes files that it did not write, such as a PyTorch state dictionary in safetensors;
`emt_theory.networks.layouts` says what it looks for, and ``net.metadata["layout"]`` what it found. Every refusal is
one line that begins with the file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory import atomic
from emt_theory.errors import EMTError, InvalidFile, InvalidNetwork, InvalidOption
from emt_theory.networks.elman import WEIGHTS, ElmanRNN
from emt_theory.networks.exact import ExactRNN
from emt_theory.networks.formats import Content, pack_npz, pack_safetensors, read_npz, read_safetensors
from emt_theory.networks.layouts import WRITTEN, Layout, Naming, find_layout
from emt_theory.networks.twins import twin_from_json, twin_to_json

FORMAT_VERSION = "1"
_FORMATS = {".safetensors": (read_safetensors, pack_safetensors), ".npz": (read_npz, pack_npz)}
_PYTORCH = (".pt", ".pth", ".ckpt", ".bin")
_RESERVED = ("emt_format", "activation", "phase_input", "exact")


def save(net: ElmanRNN, path: str | os.PathLike[str], *, overwrite: bool = False, names: Naming = "torch") -> Path:
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
        InvalidNetwork: if the network's metadata use a key that the format needs.
        InvalidOption: if `names` is neither.
    """
    if names not in WRITTEN:
        raise InvalidOption(f"names must be {' or '.join(map(repr, WRITTEN))}; got {names!r}")
    target = check_target(path, overwrite)
    arrays = {WRITTEN[names][name]: array for name in WEIGHTS if (array := getattr(net, name)) is not None}
    try:
        data = _FORMATS[target.suffix.lower()][1](arrays, _metadata_to_write(net))
    except EMTError as error:
        raise type(error)(f"{target}: {error}") from None
    except ValueError as error:  # a text that has no encoding
        raise InvalidFile(f"{target}: cannot be written ({error})") from None
    return atomic.write(target, data)


def check_target(path: str | os.PathLike[str], overwrite: bool = False) -> Path:
    """The path, if a network may be saved there; see `save`."""
    return atomic.check_target(path, tuple(_FORMATS), overwrite)


def load(path: str | os.PathLike[str]) -> ElmanRNN:
    """Read a network from a `.safetensors` or `.npz` file. No code in it is ever executed.

    σ is what the metadata name as ``activation`` or ``nonlinearity``, and tanh, the default of `torch.nn.RNN`, where
    they name none. What was taken for what is kept as JSON in ``metadata["layout"]``, and the name of the file in
    ``metadata["source"]``.

    Args:
        path: the file.

    Returns:
        The network in float64, with its rational twin if the file has one.

    Raises:
        InvalidFile: if there is no such file, or it is empty, truncated, or of another format.
        InvalidNetwork: if a weight is missing or ambiguous, has the wrong shape or type, or is NaN or infinite; if the
            network has gates, layers or directions that are not supported; or if the twin is malformed or contradicts
            the arrays.
    """
    source = Path(path)
    try:
        _check_source(source)
        return _to_network(_FORMATS[source.suffix.lower()][0](source), source.name)
    except EMTError as error:
        raise type(error)(f"{source}: {error}") from None
    except OSError as error:
        raise InvalidFile(f"{source}: cannot be read ({error.strerror or error})") from None


def _check_source(path: Path) -> None:
    if not path.exists():
        raise InvalidFile("no such file")
    if path.is_dir():
        raise InvalidFile("is a directory; give one of the files in it")
    if path.suffix.lower() in _PYTORCH:
        raise InvalidFile(
            "PyTorch files are not read yet; in PyTorch, convert it with "
            "safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')"
        )
    if path.suffix.lower() not in _FORMATS:
        raise InvalidFile(f"unknown suffix {path.suffix!r}; networks are read from .safetensors and .npz")
    if path.stat().st_size == 0:
        raise InvalidFile("the file is empty")


def _to_network(content: Content, filename: str) -> ElmanRNN:
    layout = find_layout(content.shapes)
    metadata = dict(content.metadata)
    version = metadata.get("emt_format", FORMAT_VERSION)
    if version != FORMAT_VERSION:
        raise InvalidFile(f"written in format {version!r}; this version of emt_theory reads format {FORMAT_VERSION!r}")
    activation, origin = _activation(metadata)
    phase_input = metadata.get("phase_input", "false")
    if phase_input not in ("true", "false"):
        raise InvalidNetwork(f"metadata phase_input must be 'true' or 'false'; got {phase_input!r}")
    notes = {key: value for key, value in metadata.items() if key not in _RESERVED}
    notes["layout"] = json.dumps({**layout.to_dict(), "activation": origin})
    notes["source"] = filename
    arrays: dict[str, Any] = {
        "W_hh": content.array(layout.W_hh),
        "W_uh": content.array(layout.W_uh),
        "W_hy": content.array(layout.W_hy),
        "b_h": _hidden_bias(content, layout),
        "b_y": None if layout.b_y is None else content.array(layout.b_y),
    }
    twin = _twin(metadata["exact"]) if "exact" in metadata else None
    try:
        return ElmanRNN(**arrays, activation=activation, phase_input=phase_input == "true", exact=twin, metadata=notes)
    except InvalidNetwork as error:
        raise InvalidNetwork(f"{error}{_where(str(error), layout)}") from None


def _activation(metadata: Mapping[str, str]) -> tuple[str, str]:
    named = {key: metadata[key] for key in ("activation", "nonlinearity") if key in metadata}
    if len(set(named.values())) > 1:
        raise InvalidNetwork(f"metadata contradict each other: {' and '.join(f'{k}={v!r}' for k, v in named.items())}")
    if not named:
        return "tanh", "tanh, the default of torch.nn.RNN; the file names none"
    key, value = next(iter(named.items()))
    return value, f"{value}, from metadata {key!r}"


def _hidden_bias(content: Content, layout: Layout) -> NDArray[np.float64] | None:
    total = None
    n = content.entries[layout.W_hh].shape[0]
    for key in layout.b_h:
        part = content.array(key).astype(np.float64)
        if part.shape != (n,):  # checked before the sum, which would broadcast
            raise InvalidNetwork(f"{key!r} must have shape (N,) = ({n},); got {part.shape}")
        with np.errstate(all="ignore"):  # a sum that is not finite is refused with the network
            total = part if total is None else total + part
    return total


def _twin(text: str) -> ExactRNN:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidNetwork(f"the exact twin is malformed: not JSON ({error})") from None
    return twin_from_json(value)


def _where(message: str, layout: Layout) -> str:
    known = {key: str(value) for key, value in layout.to_dict().items() if isinstance(value, str)}
    known["b_h"] = " + ".join(layout.b_h)
    spoken = [f"{name} is {key!r}" for name, key in known.items() if name in message and name != key]
    return f" (here {', '.join(spoken)})" if spoken else ""


def _metadata_to_write(net: ElmanRNN) -> dict[str, str]:
    notes = {key: value for key, value in net.metadata.items() if key not in ("layout", "source")}  # of another file
    for key in _RESERVED:
        if key in notes:
            raise InvalidNetwork(f"metadata key {key!r} is written by save itself; rename the note")
    written = {"emt_format": FORMAT_VERSION, "activation": net.activation, "phase_input": json.dumps(net.phase_input)}
    if net.exact is not None:
        written["exact"] = json.dumps(twin_to_json(net.exact), separators=(",", ":"))
    return notes | written

r"""From arrays under foreign names to a network.

Three steps: `emt_theory.networks.layouts` says which array is which weight, the weights are assembled, and the network checks them. What was taken
for what is kept as JSON in ``metadata["layout"]``:

>>> import numpy as np
>>> from emt_theory.networks.formats import Entry
>>> arrays = {"weight_hh": np.zeros((3, 1)), "weight_ih": np.zeros((3, 1)), "head.weight": np.ones((1, 1))}
>>> net = build(Content({key: Entry(a.shape, a.dtype.name, a) for key, a in arrays.items()}, {}))
>>> net, json.loads(net.metadata["layout"])["W_hy"]
(GRU(N=1, d=1), 'head.weight')
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from emt_theory.errors import InvalidFile, InvalidNetwork
from emt_theory.networks.elman import ElmanRNN
from emt_theory.networks.exact import ExactRNN
from emt_theory.networks.formats import Content
from emt_theory.networks.gru import GRU
from emt_theory.networks.layers import NAMES, Cell
from emt_theory.networks.layouts import Layout, find_layout
from emt_theory.networks.lstm import LSTM
from emt_theory.networks.twins import twin_from_json

FORMAT_VERSION = "1"
RESERVED = ("emt_format", "kind", "activation", "nonlinearity", "phase_input", "exact")
"""The metadata that are not notes."""
_SIGMA = ("activation", "nonlinearity")
_ASSUMED = "tanh, the default of torch.nn.RNN; none is named"


def build(content: Content, kind: Cell | None = None) -> ElmanRNN | GRU | LSTM:
    """The network that these arrays are.

    Args:
        content: the arrays by key, and metadata: the format's version, σ, whether there is a phase input, the rational twin, notes.
        kind: what the network has to be; None takes what is there.

    Raises:
        InvalidFile: if the metadata name another version of the format.
        InvalidNetwork: if a weight is missing or ambiguous, or has the wrong shape or type; if the metadata contradict the arrays or each other.
    """
    metadata = dict(content.metadata)
    version = metadata.get("emt_format", FORMAT_VERSION)
    if version != FORMAT_VERSION:
        raise InvalidFile(f"written in format {version!r}; this version of emt_theory reads format {FORMAT_VERSION!r}")
    layout = find_layout(content.shapes, kind)
    if "emt_format" in metadata and metadata.get("kind", layout.cell) != layout.cell:
        raise InvalidNetwork(
            f"metadata kind is {metadata['kind']!r}, but the weights are those of kind {layout.cell!r}"
        )
    arrays = {name: _array(content, layout, name) for name in NAMES[layout.cell]}
    notes = {key: value for key, value in metadata.items() if key not in RESERVED}
    return _elman(arrays, metadata, layout, notes) if layout.cell == "elman" else _gated(arrays, layout, notes)


def _array(content: Content, layout: Layout, name: str) -> Any:
    if (source := layout.weights.get(name)) is None:
        return None
    n = layout.hidden
    if source.joined == "alone" or name == "weight_ih_l0":
        return source.assemble(content.array)
    return source.assemble(content.array, (n, n) if name == "weight_hh_l0" else (n,))


_Net = TypeVar("_Net", ElmanRNN, GRU, LSTM)


def _elman(arrays: Mapping[str, Any], metadata: Mapping[str, str], layout: Layout, notes: dict[str, str]) -> ElmanRNN:
    activation, origin = _activation(metadata)
    phase_input = metadata.get("phase_input", "false")
    if phase_input not in ("true", "false"):
        raise InvalidNetwork(f"metadata phase_input must be 'true' or 'false'; got {phase_input!r}")
    notes["layout"] = json.dumps({**layout.to_dict(), "activation": origin})
    twin = _twin(metadata["exact"]) if "exact" in metadata else None
    options = {"activation": activation, "phase_input": phase_input == "true", "exact": twin, "metadata": notes}
    return _made(ElmanRNN, layout, {**arrays, **options})


def _gated(arrays: Mapping[str, Any], layout: Layout, notes: dict[str, str]) -> GRU | LSTM:
    gates = GRU.gates if layout.cell == "gru" else LSTM.gates
    notes["layout"] = json.dumps({**layout.to_dict(), "gates": ", ".join(gates)})
    values = {**arrays, "metadata": notes}
    return _made(GRU, layout, values) if layout.cell == "gru" else _made(LSTM, layout, values)


def is_assumed(net: object) -> bool:
    """Whether a network's σ is tanh because the file that it came from names none."""
    notes: Mapping[str, str] = getattr(net, "metadata", {})
    try:
        taken: Any = json.loads(notes.get("layout", "{}"))
    except (ValueError, RecursionError):
        return False
    return isinstance(taken, dict) and taken.get("activation") == _ASSUMED and getattr(net, "activation", "") == "tanh"


def _made(kind: type[_Net], layout: Layout, values: Mapping[str, Any]) -> _Net:
    try:
        return kind(**values)
    except InvalidNetwork as error:
        raise InvalidNetwork(f"{error}{_where(str(error), layout)}") from None


def _activation(metadata: Mapping[str, str]) -> tuple[str, str]:
    named = {key: metadata[key] for key in _SIGMA if key in metadata}
    if len(set(named.values())) > 1:
        raise InvalidNetwork(f"metadata contradict each other: {' and '.join(f'{k}={v!r}' for k, v in named.items())}")
    if not named:
        return "tanh", _ASSUMED
    key, value = next(iter(named.items()))
    return value, f"{value}, from metadata {key!r}"


def _twin(text: str) -> ExactRNN:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidNetwork(f"the exact twin is malformed: not JSON ({error})") from None
    return twin_from_json(value)


def _where(message: str, layout: Layout) -> str:
    taken = {name: source.to_json() for name, source in layout.weights.items()}
    spoken = {name: key if isinstance(key, str) else " + ".join(key) for name, key in taken.items() if name in message}
    parts = [f"{name} is {key!r}" for name, key in spoken.items() if name != key]
    return f" (here {', '.join(parts)})" if parts else ""

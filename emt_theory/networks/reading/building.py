r"""From arrays under foreign names to a network.

Three steps: `emt_theory.networks.reading.layouts` says which array is which weight, the weights are assembled, and the network checks them. What was
taken for what is kept as JSON in ``metadata["layout"]``, and what had to be assumed or was not used as its `provenance`:

>>> import numpy as np
>>> from emt_theory.networks.reading.content import Entry
>>> arrays = {"weight_hh": np.zeros((3, 1)), "weight_ih": np.zeros((3, 1)), "head.weight": np.ones((1, 1))}
>>> net = build(Content({key: Entry(a.shape, a.dtype.name, a) for key, a in arrays.items()}, {}))
>>> net, json.loads(net.metadata["layout"])["W_hy"]
(GRU(N=1, d=1), 'head.weight')
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from emt_theory.errors import InvalidFile, InvalidNetwork
from emt_theory.ground.text import cut, shown
from emt_theory.networks.exact import ExactRNN
from emt_theory.networks.kinds import KINDS, are_alike, takes
from emt_theory.networks.kinds import build as build_kind
from emt_theory.networks.network import Network
from emt_theory.networks.provenance import Provenance
from emt_theory.networks.reading.content import Content
from emt_theory.networks.reading.layouts import Layout, find_layout
from emt_theory.networks.reading.statements import STATED, choose_sigma
from emt_theory.networks.reading.twins import twin_from_json

FORMAT_VERSION = "1"
RESERVED = ("emt_format", "kind", "activation", "nonlinearity", "phase_input", "d_in", "exact", STATED)
"""The metadata that are not notes."""
_LONGEST = 400


def build(content: Content, kind: str | None = None) -> Network:
    """The network that these arrays are.

    Args:
        content: the arrays by key, and metadata: the format's version, σ, whether there is a phase input, the rational twin, notes.
        kind: what the network has to be; None takes what is there.

    Raises:
        InvalidFile: if the metadata name another version of the format.
        InvalidNetwork: if a weight is missing or ambiguous, or has the wrong shape or type; if the metadata contradict the arrays or each other.
    """
    metadata = content.metadata
    version = metadata.get("emt_format", FORMAT_VERSION)
    if version != FORMAT_VERSION:
        raise InvalidFile(
            f"written in format {shown(version)}; this version of emt_theory reads format {FORMAT_VERSION!r}"
        )
    layout = find_layout(content.shapes, kind)
    declared = metadata.get("kind", layout.kind) if "emt_format" in metadata else layout.kind
    if declared in KINDS and are_alike(declared, layout.kind):
        layout = replace(layout, kind=declared)
    if declared != layout.kind:
        raise InvalidNetwork(
            f"metadata kind is {shown(metadata['kind'])}, but the weights are those of kind {layout.kind!r}"
        )
    made = KINDS[layout.kind]
    values: dict[str, Any] = {name: _array(content, layout, name) for name in made.arrays()}
    said, assumed = {"gates": ", ".join(made.gates)}, tuple[str, ...]()
    options: dict[str, Any] = {"phase_input": _phase_input(metadata) if takes(made, "phase_input") else False}
    options["exact"] = _twin(metadata["exact"]) if takes(made, "exact") and "exact" in metadata else None
    if takes(made, "activation"):
        sigma = choose_sigma(metadata, layout.weights[made.WEIGHTS[0]].keys)
        options["activation"], said, assumed = sigma.name, {"activation": sigma.said}, sigma.assumed
    notes = {key: value for key, value in metadata.items() if key not in RESERVED}
    notes["layout"] = json.dumps({**layout.to_dict(), **said})
    try:
        if "d_in" not in metadata:  # then an input matrix that is wider than the read-out is most likely misread
            there = {name: array for name, array in values.items() if array is not None}
            made.check_shapes(there, options["phase_input"], alike=True)
        provenance = Provenance(assumed, layout.ignored, content.remarks)
        net = build_kind(layout.kind, values, metadata=notes, provenance=provenance, **options)
        if metadata.get("d_in", str(net.d_in)) != str(net.d_in):
            raise InvalidNetwork(f"metadata d_in is {shown(metadata['d_in'])}, but the weights take {net.d_in} inputs")
        return net
    except InvalidNetwork as error:
        raise InvalidNetwork(f"{cut(str(error), _LONGEST)}{_where(str(error), layout)}") from None


def _array(content: Content, layout: Layout, name: str) -> Any:
    if (source := layout.weights.get(name)) is None:
        return None
    n = layout.hidden
    if source.joined == "alone" or name == "weight_ih_l0":
        return source.assemble(content.array)
    if source.joined == "sum":
        return source.assemble(content.array, (n * (len(KINDS[layout.kind].gates) or 1),))
    return source.assemble(content.array, (n, n) if name == "weight_hh_l0" else (n,))


def _phase_input(metadata: Mapping[str, str]) -> bool:
    text = metadata.get("phase_input", "false")
    if text not in ("true", "false"):
        raise InvalidNetwork(f"metadata phase_input must be 'true' or 'false'; got {shown(text)}")
    return text == "true"


def _twin(text: str) -> ExactRNN:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidNetwork(f"the exact twin is malformed: not JSON ({error})") from None
    return twin_from_json(value)


def _where(message: str, layout: Layout) -> str:
    taken = {name: source.to_json() for name, source in layout.weights.items()}
    spoken = {name: key if isinstance(key, str) else " + ".join(key) for name, key in taken.items() if name in message}
    parts = [f"{name} is {shown(key)}" for name, key in spoken.items() if name != key]
    return f" (here {', '.join(parts)})" if parts else ""

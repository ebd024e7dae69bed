r"""From arrays under foreign names to a network.

Four steps: `emt_theory.networks.reading.layouts` says which array is which weight, the weights are assembled, `emt_theory.networks.reading.around`
takes in what stands around the recurrent layers or refuses it, and the network checks the shapes. What was taken for what is kept as JSON in
``metadata["layout"]``, and what had to be assumed or was not used as its `provenance`:

>>> import numpy as np
>>> from emt_theory.networks.reading.content import Entry
>>> arrays = {"weight_hh": np.zeros((3, 1)), "weight_ih": np.zeros((3, 1)), "head.weight": np.ones((1, 1))}
>>> net = build(Content({key: Entry(a.shape, a.dtype.name, a) for key, a in arrays.items()}, {}))
>>> net, json.loads(net.metadata["layout"])["W_hy"]
(GRU(N=1, d=1), 'head.weight')
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from emt_theory.errors import InvalidFile, InvalidNetwork, InvalidOption
from emt_theory.ground.arguments import choice
from emt_theory.ground.text import cut, shown
from emt_theory.networks.exact import ExactRNN
from emt_theory.networks.kinds import KINDS, are_alike, takes
from emt_theory.networks.kinds import build as build_kind
from emt_theory.networks.network import Network
from emt_theory.networks.provenance import Provenance
from emt_theory.networks.reading.around import surround
from emt_theory.networks.reading.content import Content, legible
from emt_theory.networks.reading.handnames import LEAKY
from emt_theory.networks.reading.layers import Layer
from emt_theory.networks.reading.layouts import Layout, find_layout
from emt_theory.networks.reading.leaks import leak_options, leaks, phase_of
from emt_theory.networks.reading.reparametrized import fold
from emt_theory.networks.reading.said import NOTHING, Said
from emt_theory.networks.reading.savedstacks import saved_stack
from emt_theory.networks.reading.site import Site, Values
from emt_theory.networks.reading.stated import CONTRADICTED
from emt_theory.networks.reading.statements import ASSUMED, STATED, check_gates, choose_sigma
from emt_theory.networks.reading.twins import twin_from_json
from emt_theory.networks.stack import Stack

FORMAT_VERSION = "1"
RESERVED = (
    "emt_format",
    "kind",
    "activation",
    "nonlinearity",
    "phase_input",
    "d_in",
    "exact",
    "alpha",
    "leak",
    "layers",
    ASSUMED,
    STATED,
    *(f"{CONTRADICTED}{name}" for name in ("alpha", "leak", "phase_input")),
)
"""The metadata that are not notes."""
_LONGEST = 400


def build(content: Content, said: Said = NOTHING) -> Network:
    """The network that these arrays are.

    Args:
        content: the arrays by key, and metadata: the format's version, σ, whether there is a phase input, α, the rational twin, notes.
        said: what the caller says besides.

    Raises:
        InvalidFile: if the metadata name another version of the format.
        InvalidNetwork: if a weight is missing or ambiguous, or has the wrong shape or type; if an array that is not used would change the network; if
            the metadata contradict the arrays, each other, or what is said.
        InvalidOption: if what is said is unknown, or means nothing for this network.
    """
    if said.kind is not None:
        choice("kind", said.kind, KINDS, InvalidOption)
    content = fold(legible(content))
    version = content.metadata.get("emt_format", FORMAT_VERSION)
    if version != FORMAT_VERSION:
        raise InvalidFile(
            f"written in format {shown(version)}; this version of emt_theory reads format {FORMAT_VERSION!r}"
        )
    if "emt_format" in content.metadata and content.metadata.get("kind") == Stack.kind:
        return saved_stack(content, said, build, RESERVED)
    layout = _declared(find_layout(content.shapes, said.kind, said.names), content.metadata)
    site = surround(layout, content, said.leaky or "leak" in content.metadata)
    notes = {key: value for key, value in content.metadata.items() if key not in RESERVED}
    drafts = [_draft(site, k, content.metadata, said) for k in range(len(layout.layers))]
    gates = KINDS[drafts[-1].kind].gates
    spoken = {"gates": ", ".join(gates)} if gates else drafts[-1].sigma
    notes["layout"] = json.dumps({**layout.to_dict(), **spoken, "ignored": site.left})
    assumed = tuple(dict.fromkeys(word for draft in drafts for word in draft.assumed))
    of_names = dict.fromkeys(
        text
        for draft, layer in zip(drafts, layout.layers, strict=True)
        for text in layer.remarks
        if text != LEAKY or draft.kind != "leaky"  # whoever says that they leak has no need to be told
    )
    of_names |= dict.fromkeys(
        f"σ is taken to be {draft.sigma['activation']}"
        for draft, layer in zip(drafts, layout.layers, strict=True)
        if "activation" in draft.assumed and "usual_activation" in layer.settings
    )
    of_names |= dict.fromkeys(text for draft in drafts for text in draft.remarks)
    provenance = Provenance(assumed, tuple(site.left), (*content.remarks, *of_names, *site.remarks))
    if len(drafts) > 1:
        layers = [
            _made(draft, layer, provenance=Provenance(draft.assumed))
            for draft, layer in zip(drafts, layout.layers, strict=True)
        ]
        net = Stack(tuple(layers), metadata=notes, provenance=provenance)
    else:
        net = _made(drafts[0], layout.layers[0], metadata=notes, provenance=provenance)
    if content.metadata.get("d_in", str(net.d_in)) != str(net.d_in):
        raise InvalidNetwork(
            f"metadata d_in is {shown(content.metadata['d_in'])}, but the weights take {net.d_in} inputs"
        )
    return net


class _Draft(NamedTuple):
    """What a network of one layer is made of.

    Attributes:
        kind: a name of `KINDS`.
        values: its arrays.
        options: σ, the phase input, α, the rational twin.
        assumed: what of it was assumed.
        sigma: what the layout says of σ.
        remarks: which settings were passed over.
    """

    kind: str
    values: Values
    options: dict[str, Any]
    assumed: tuple[str, ...]
    sigma: dict[str, str]
    remarks: tuple[str, ...]


def _declared(layout: Layout, metadata: Mapping[str, str]) -> Layout:
    """The layout with the kind that a file of our own says."""
    if "emt_format" not in metadata or "kind" not in metadata:
        return layout
    declared = metadata["kind"]
    if declared not in KINDS or not are_alike(declared, layout.kind):
        if declared != layout.kind:
            raise InvalidNetwork(
                f"metadata kind is {shown(declared)}, but the weights are those of kind {layout.kind!r}"
            )
        return layout
    return replace(layout, layers=(replace(layout.layers[0], kind=declared),))


def _draft(site: Site, k: int, metadata: Mapping[str, str], said: Said) -> _Draft:
    layer, values, count = site.layout.layers[k], dict(site.values[k]), len(site.layout.layers)
    metadata = {**layer.settings, **metadata}
    kind = leaks(layer.kind, values, metadata, said)
    options: dict[str, Any] = {"phase_input": k == 0 and phase_of(metadata, said)}
    sigma, assumed, remarks = dict[str, str](), tuple[str, ...](), tuple[str, ...]()
    if takes(KINDS[kind], "exact") and "exact" in metadata:
        options["exact"] = _twin(metadata["exact"])
    if takes(KINDS[kind], "activation"):
        keys = layer.weights[KINDS[kind].WEIGHTS[0]].keys
        found = choose_sigma(metadata, keys, _of_layer(said.activation, k, count))
        options["activation"], sigma, assumed = found.name, {"activation": found.said}, found.assumed
        remarks = found.remarks
    elif _is_meant_for_gates(said.activation, k, site.layout):
        raise InvalidNetwork(_no_sigma(kind, said.activation, k, count))
    else:
        remarks = _of_gates(site, layer, metadata)
    alpha = values.pop("alpha", None)
    if takes(KINDS[kind], "alpha"):
        options |= leak_options(alpha, metadata, said)
    return _Draft(kind, values, options, assumed, sigma, remarks)


def _of_gates(site: Site, layer: Layer, metadata: Mapping[str, str]) -> tuple[str, ...]:
    """What is said of σ where this layer has gates; in a stack settings may mean the layers that have none."""
    own = tuple(key for name, source in layer.weights.items() if name not in ("W_hy", "b_y") for key in source.keys)
    floats = {
        key for key, entry in site.content.entries.items() if entry.array is not None and "int" not in entry.dtype
    }
    remarks = check_gates(metadata, own, floats - set(own))
    return remarks if all(KINDS[one.kind].gates for one in site.layout.layers) else ()


def _is_meant_for_gates(activation: str | Sequence[str | None] | None, k: int, layout: Layout) -> bool:
    """Whether σ is given to layer k, which has gates; one name is for those of a stack's layers that take it."""
    given = _of_layer(activation, k, len(layout.layers))
    others = not isinstance(activation, list | tuple) and any(not KINDS[layer.kind].gates for layer in layout.layers)
    return given is not None and not others


def _no_sigma(kind: str, activation: Any, k: int, count: int) -> str:
    if count > 1 and isinstance(activation, list | tuple):
        return f"layer {k} is a {kind}, whose gates are fixed; give activation=[…] with None in place of {shown(activation[k])}"
    return f"the file holds a {kind}, whose gates are fixed; leave activation={shown(activation)} out"


def _made(draft: _Draft, layer: Layer, **notes: Any) -> Network:
    try:
        return build_kind(draft.kind, draft.values, **draft.options, **notes)
    except InvalidNetwork as error:
        raise InvalidNetwork(f"{cut(str(error), _LONGEST)}{_where(str(error), layer)}") from None


def _of_layer(activation: str | Sequence[str | None] | None, k: int, count: int) -> str | None:
    if not isinstance(activation, list | tuple):
        return activation  # type: ignore[return-value]  # what is no name is refused where names are looked up
    if len(activation) != count:
        raise InvalidOption(
            f"activation must be one name, or one for each of the {count} layers; got {len(activation)}"
        )
    return activation[k]


def _twin(text: str) -> ExactRNN:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidNetwork(f"the exact twin is malformed: not JSON ({error})") from None
    return twin_from_json(value)


def _where(message: str, layer: Layer) -> str:
    parts = [
        f"{name} is {shown(str(source))}"
        for name, source in layer.weights.items()
        if name in message and str(source) != name
    ]
    return f" (here {', '.join(parts)})" if parts else ""

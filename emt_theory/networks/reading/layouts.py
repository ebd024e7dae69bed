r"""Which array is which weight: a pure function from names and shapes.

A layer is recognized by the names of its recurrent weights, after any prefix (``model.rnn.weight_hh_l0``), and what it is by their shape:

    rows of W_hh    N         3N      4N
    the network     Elman     GRU     LSTM

Which names are known is listed in `emt_theory.networks.reading.namings`. Most of them name no read-out: it is whatever linear layer the author put
behind. It is found by its name, or else by its shape, as the only remaining matrix with N columns; a matrix called ``kernel`` is Flax's, with shape
(in, out), so there N rows are meant. Two candidates are refused, not guessed at.

>>> layout = find_layout({"rnn.weight_hh_l0": (4, 4), "rnn.weight_ih_l0": (4, 2), "fc.weight": (2, 4), "fc.bias": (2,)})
>>> layout.kind, layout.to_dict()["W_hy"], layout.to_dict()["b_y"], layout.ignored
('elman', 'fc.weight', 'fc.bias', ())
>>> find_layout({"weight_hh_l0": (12, 4), "weight_ih_l0": (12, 2), "out": (2, 4)}).kind
'gru'
>>> find_layout({"h.kernel": (4, 4), "i.kernel": (2, 4), "Dense_0.kernel": (4, 2)}).to_dict()["W_hy"]
'transpose of Dense_0.kernel'
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.text import cut, listed, shown
from emt_theory.networks.kinds import KINDS, are_alike
from emt_theory.networks.reading.layers import Layer, Shapes
from emt_theory.networks.reading.namings import layers, recognized
from emt_theory.networks.reading.sources import WeightSource, alone

_READOUT = re.compile(
    r"(?:.*[./])?(?:readout|read_out|fc|linear|out|decoder|head|dense)[^./]*(?:[./]\d+)?[./](?:weight|kernel)",
    re.IGNORECASE,
)
_OURS = re.compile(r"(?:.*[./_])?W_hy")


@dataclass(frozen=True)
class Layout:
    """What was taken for what.

    Attributes:
        kind: a name of `emt_theory.networks.KINDS`.
        hidden: N.
        weights: where each weight comes from, by the name that the network has for it; biases that are not there are left out.
        ignored: the keys that play no part.
    """

    kind: str
    hidden: int
    weights: Mapping[str, WeightSource]
    ignored: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready form: for each weight its key, or the keys that are summed (b_h) or stacked (gates); None for a bias that is not there."""
        weights = {
            name: source.to_json() if (source := self.weights.get(name)) else None for name in KINDS[self.kind].arrays()
        }
        if "b_h" in weights:
            weights["b_h"] = weights["b_h"] or []
        return {"cell": self.kind, **weights, "ignored": list(self.ignored)}


def find_layout(shapes: Shapes, kind: str | None = None) -> Layout:
    """Find the weights of one recurrent layer and its read-out.

    Args:
        shapes: the shape of every array, by key.
        kind: what the layer has to be; None takes what is there.

    Raises:
        InvalidNetwork: if a weight is missing or there are two of it, or the network has several layers, two directions, projections, or gates of
            another kind.
    """
    layer = _only_layer(shapes, kind)
    remaining = [key for key in shapes if key not in layer.keys]
    readout = {} if KINDS[layer.kind].WEIGHTS[2] in layer.weights else _find_readout(remaining, shapes, layer.hidden)
    used = [key for source in readout.values() for key in source.keys]
    ignored = tuple(sorted(key for key in remaining if key not in used))
    return Layout(layer.kind, layer.hidden, {**layer.weights, **readout}, ignored)


def _only_layer(shapes: Shapes, kind: str | None) -> Layer:
    found = [replace(layer, kind=kind) if kind and are_alike(kind, layer.kind) else layer for layer in layers(shapes)]
    wanted = [layer for layer in found if kind in (None, layer.kind)]
    if not found:
        raise InvalidNetwork(f"no recurrent weights: a key that ends in {recognized()} is missing; {inventory(shapes)}")
    if not wanted:
        raise InvalidNetwork(
            f"{_some([layer.name for layer in found])} belongs to a layer of kind {found[0].kind!r}, not {kind!r}"
        )
    if len(wanted) > 1:
        count = {2: "two"}.get(len(wanted), str(len(wanted)))
        raise InvalidNetwork(
            f"{count} recurrent layers, {_some([layer.name for layer in wanted])}; only one is supported"
        )
    layer = wanted[0]
    for key in layer.keys:
        if key not in shapes:
            raise InvalidNetwork(f"{layer.missing(key)}: {shown(key)} is missing; {inventory(shapes)}")
    return layer


def _find_readout(remaining: Sequence[str], shapes: Shapes, n: int) -> dict[str, WeightSource]:
    named = [key for key in remaining if _READOUT.fullmatch(key) or _OURS.fullmatch(key)]
    matrices = [key for key in named if len(shapes[key]) == 2]
    fitting = [key for key in remaining if len(shapes[key]) == 2 and shapes[key][0 if _is_kernel(key) else 1] == n]
    candidates = matrices or named or fitting
    if not candidates:
        raise InvalidNetwork(
            "no read-out: a key such as 'readout.weight', 'fc.weight', 'Dense_0.kernel' or 'W_hy', or any other matrix with "
            f"N = {n} columns, is missing; {inventory(shapes)}"
        )
    if len(candidates) > 1:
        raise InvalidNetwork(f"{len(candidates)} possible read-outs, {_some(candidates)}; keep one")
    w_hy = candidates[0]
    found = {"W_hy": alone(w_hy, transposed=_is_kernel(w_hy))}
    if b_y := next((key for key in _readout_biases(w_hy) if key in remaining), None):
        found["b_y"] = alone(b_y)
    return found


def _is_kernel(key: str) -> bool:
    return re.split(r"[./]", key)[-1] == "kernel"


def _readout_biases(w_hy: str) -> list[str]:
    for weight in ("weight", "kernel"):
        if w_hy.endswith(weight):
            return [w_hy.removesuffix(weight) + "bias"]
    return [w_hy.removesuffix("W_hy") + "b_y"] if w_hy.endswith("W_hy") else ["b_y"]


def inventory(shapes: Shapes) -> str:
    """What is there instead, for a message."""
    if not shapes:
        return "it holds no arrays"
    some = ", ".join(f"{_plain(key)} {shown(shape)}" for key, shape in sorted(shapes.items())[:8])
    return f"it holds {some}{', …' if len(shapes) > 8 else ''}"


def _plain(key: str) -> str:
    return key if key.isprintable() and len(key) <= 80 else shown(key)


def _some(keys: Sequence[str]) -> str:
    return cut(listed(keys), 400)

r"""Which array is which weight: a pure function from names and shapes.

A layer is recognized by the names of its recurrent weights, after any prefix (``model.rnn.weight_hh_l0``), and what it is by their shape:

    rows of W_hh    N         3N      4N
    the network     Elman     GRU     LSTM

Which names are known is listed in `emt_theory.networks.reading.namings`. Layers whose names differ in one number stand on top of each other, in its
order. Most names name no read-out: it is whatever linear layer the author put behind. It is found by its name, or else by its shape, as the only
remaining matrix with N columns; a matrix called ``kernel`` has shape (in, out), so there N rows are meant. Two candidates are refused, not guessed
at, with the call that says which: what a user says with ``names=`` goes before all that is found.

>>> layout = find_layout({"rnn.weight_hh_l0": (4, 4), "rnn.weight_ih_l0": (4, 2), "fc.weight": (2, 4), "fc.bias": (2,)})
>>> layout.kind, layout.to_dict()["W_hy"], layout.to_dict()["b_y"], layout.ignored
('elman', 'fc.weight', 'fc.bias', ())
>>> find_layout({"weight_hh_l0": (12, 4), "weight_ih_l0": (12, 2), "out": (2, 4)}).kind
'gru'
>>> find_layout({"h.kernel": (4, 4), "i.kernel": (2, 4), "Dense_0.kernel": (4, 2)}).to_dict()["W_hy"]
'Dense_0.kernel.T'
>>> find_layout({"P": (3, 3), "Q": (2, 3), "R": (2, 3)}, said={"W_hh": "P.T", "W_uh": "Q.T", "W_hy": "R"}).to_dict()["W_uh"]
'Q.T'
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.ground.arguments import choice
from emt_theory.ground.text import cut, listed, shown
from emt_theory.networks.kinds import KINDS, are_alike, kind_of_rows
from emt_theory.networks.reading.expressions import Expression, key, parse
from emt_theory.networks.reading.layers import Layer, Shapes, by_number, call, numbered, shape_of
from emt_theory.networks.reading.namings import layers, recognized

_READOUT = re.compile(
    r"(?:.*[./])?(?:readout|read_out|fc|linear|out|decoder|head|dense)[^./]*(?:[./]\d+)?[./](?:weight|kernel(?::\d+)?)",
    re.IGNORECASE,
)
_OURS = re.compile(r"(?:.*[./_])?W_hy")
_GATED = {"W_hh": "weight_hh_l0", "W_uh": "weight_ih_l0", "b_h": "bias_ih_l0"}
"""How gated networks call what Elman networks call so; ``names=`` takes both."""
_NUMBERED = re.compile(r"layers\.(\d{1,4})\.")
OTHERS = ("initial", "alpha")
"""What else a network may have: z(0), and α of leaky units."""


@dataclass(frozen=True)
class Layout:
    """What was taken for what.

    Attributes:
        layers: the recurrent layers, the lowest first; the read-out is among the weights of the last.
        ignored: the keys that play no part.
        waived: those of them that play no part because the user says so: by ``names={"ignore": …}``, or because ``names=`` says all weights.
    """

    layers: tuple[Layer, ...]
    ignored: tuple[str, ...]
    waived: frozenset[str] = frozenset()

    @property
    def kind(self) -> str:
        """What the highest layer is, a name of `emt_theory.networks.KINDS`."""
        return self.layers[-1].kind

    @property
    def hidden(self) -> int:
        """Its N."""
        return self.layers[-1].hidden

    @property
    def weights(self) -> Mapping[str, Expression]:
        """Where each of its weights comes from, by the name that the network has for it; biases that are not there are left out."""
        return self.layers[-1].weights

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready form: for each weight the expression that gives it; None for a bias that is not there."""
        tables = [{"cell": layer.kind, **_spelled(layer, top=layer is self.layers[-1])} for layer in self.layers]
        below = {"below": tables[:-1]} if len(tables) > 1 else {}
        return {**tables[-1], **below, "ignored": list(self.ignored)}

    def name(self, k: int, weight: str) -> str:
        """What ``names=`` calls a weight of layer k."""
        return weight if len(self.layers) == 1 else f"layers.{k}.{weight}"


def _spelled(layer: Layer, top: bool) -> dict[str, str | None]:
    names = [name for name in KINDS[layer.kind].arrays() if top or name not in ("W_hy", "b_y")]
    return {name: str(source) if (source := layer.weights.get(name)) else None for name in names}


def find_layout(shapes: Shapes, kind: str | None = None, said: Mapping[str, str] | None = None) -> Layout:
    """Find the weights of the recurrent layers and their read-out.

    Args:
        shapes: the shape of every array, by key.
        kind: what the layer has to be; None takes what is there.
        said: expressions for weights, by the name that the network has for them; those of a stack by "layers.0.W_hh" and so on; "ignore" says
            which keys play no part.

    Raises:
        InvalidNetwork: if a weight is missing or there are two of it, or the network has two directions, projections, or gates of another kind.
        InvalidOption: if what is said names no weight, or is no expression in the keys that there are.
    """
    if said is not None and not (isinstance(said, Mapping) and all(isinstance(name, str) for name in said)):
        raise InvalidOption(
            f"names must map names of weights to expressions, such as {{'W_hh': 'Whh.T'}}; got {shown(said)}"
        )
    _require_tellable(shapes)
    said = dict(said or {})
    unused = _unused(said.pop("ignore", ""), shapes)
    kept = {name: shape for name, shape in shapes.items() if name not in unused}
    names = {name: parse(text, kept) for name, text in said.items()}
    chain = _spoken(names, kept, kind) or _found(kept, kind, names)
    *below, top = chain
    used = {name for layer in chain for name in layer.keys}
    remaining = [name for name in kept if name not in used]
    read = KINDS[top.kind].WEIGHTS[2]
    readout = {} if read in top.weights else _find_readout(remaining, kept, top.hidden)
    used |= {name for source in readout.values() for name in source.keys}
    top = replace(top, weights={**top.weights, **readout})
    ignored = tuple(sorted(name for name in shapes if name not in used))
    whole = {"W_hh", "W_uh", read} <= {weight for name in names for weight in _both(name.split(".")[-1])}
    return Layout((*below, top), ignored, frozenset(ignored) if whole else frozenset(unused))


def _both(weight: str) -> set[str]:
    """A name of a weight, and what networks without gates call it."""
    return {weight, *(plain for plain, gated in _GATED.items() if gated == weight)}


def _unused(text: str, shapes: Shapes) -> set[str]:
    """The keys that ``names={"ignore": "a.weight, a.bias"}`` says play no part."""
    names = [parse(part.strip(), shapes) for part in text.split(",")] if text else []
    if wrong := next((name for name in names if name.op != "key"), None):
        raise InvalidOption(f"ignore takes keys, separated by commas; got {shown(str(wrong))}")
    return {name.value for name in names}


def _require_tellable(shapes: Shapes) -> None:
    """Refuse keys that are expressions in others: 'a.T' beside 'a'."""
    for name in shapes:
        if name.endswith((".T", "]")) and re.sub(r"\.T$|\[[^\[]*\]$", "", name) in shapes:
            raise InvalidNetwork(f"the key {shown(name)} is an expression in another key; rename one of the two")


def _spoken(names: Mapping[str, Expression], shapes: Shapes, kind: str | None) -> tuple[Layer, ...] | None:
    """The layers that ``names=`` says whole; None where it only corrects what is found."""
    parts = _by_layer(names)
    whole = [{"W_hh", "W_uh"} <= {weight for name in part for weight in _both(name)} for part in parts.values()]
    if not whole or not all(whole):
        return None
    if list(parts) != list(range(len(parts))):
        raise InvalidOption(
            f"names of layers must begin layers.0., layers.1., …; got layers {', '.join(map(str, parts))}"
        )
    return tuple(_spoken_layer(part, shapes, kind) for part in parts.values())


def _by_layer(names: Mapping[str, Expression]) -> dict[int, dict[str, Expression]]:
    """What is said of each layer; without a number it is of the highest."""
    numbers = sorted({int(match[1]) for name in names if (match := _NUMBERED.match(name))})
    parts: dict[int, dict[str, Expression]] = {k: {} for k in numbers or [0]}
    for name, source in names.items():
        match = _NUMBERED.match(name)
        parts[int(match[1]) if match else max(parts)][_NUMBERED.sub("", name)] = source
    return parts


def _spoken_layer(names: Mapping[str, Expression], shapes: Shapes, kind: str | None) -> Layer:
    recurrent = names.get("W_hh") or names[_GATED["W_hh"]]
    shape = shape_of(recurrent, shapes)
    rows, n = shape if len(shape) == 2 else (0, 0)
    found = kind or kind_of_rows(rows, n) or "elman"  # a shape that fits nothing is refused by the network
    return Layer(recurrent.keys[0], found, n, _called(names, found))


def _called(names: Mapping[str, Expression], kind: str) -> dict[str, Expression]:
    """The weights by the names that this kind of network has for them."""
    known = (*KINDS[kind].arrays(), *OTHERS)
    return {
        choice("name", name if name in known else _GATED.get(name, name), known, InvalidOption): source
        for name, source in names.items()
    }


def _found(shapes: Shapes, kind: str | None, names: Mapping[str, Expression]) -> tuple[Layer, ...]:
    found = [replace(layer, kind=kind) if kind and are_alike(kind, layer.kind) else layer for layer in layers(shapes)]
    wanted = [layer for layer in found if kind in (None, layer.kind)]
    if not found and {"W_hh", "W_uh"} & {weight for name in names for weight in _both(_NUMBERED.sub("", name))}:
        raise InvalidOption(f"names must say W_hh and W_uh of every layer here; got {', '.join(map(shown, names))}")
    if not found:
        raise InvalidNetwork(
            f"no recurrent weights: nothing is named as by {recognized()} (docs/reading.md); {inventory(shapes)}; "
            "say which arrays are meant: names={'W_hh': …, 'W_uh': …, 'W_hy': …} or --names W_hh=… W_uh=… W_hy=…"
        )
    if not wanted:
        raise InvalidNetwork(
            f"{_some([layer.name for layer in found])} belongs to a layer of kind {found[0].kind!r}, not {kind!r}"
        )
    for layer in wanted:
        for name in layer.keys:
            if name not in shapes:
                raise InvalidNetwork(f"{layer.missing(name)}: {shown(name)} is missing; {inventory(shapes)}")
    chain = _stacked(wanted, shapes)
    for k, part in _by_layer(names).items():
        place = k if any(map(_NUMBERED.match, names)) else len(chain) - 1
        if place >= len(chain):
            raise InvalidOption(f"names speak of layers.{k}, but there are {len(chain)} layers")
        chain[place] = replace(chain[place], weights={**chain[place].weights, **_called(part, chain[place].kind)})
    return tuple(chain)


def _stacked(found: Sequence[Layer], shapes: Shapes) -> list[Layer]:
    """The layers, the lowest first, where their names differ in one number; there may also be one alone."""
    if len(found) == 1:
        return list(found)
    pieces = [re.split(r"(\d+)", name) for name in numbered([layer.name for layer in found])]
    differing = [k for k, texts in enumerate(zip(*pieces, strict=False)) if len(set(texts)) > 1]
    told = len({len(texts) for texts in pieces}) == 1 and all(k % 2 for k in differing)
    # Where names differ in several numbers, as gru_1/gru_cell_1 of Keras 2, these have to be the same.
    places = [{int(texts[k]) for k in differing} for texts in pieces] if told else [set[int]()]
    numbers = sorted(place.pop() if len(place) == 1 else -1 for place in places)
    if -1 in numbers or numbers != list(range(numbers[0], numbers[0] + len(found))):
        count = {2: "two"}.get(len(found), str(len(found)))
        raise InvalidNetwork(
            f"{count} recurrent layers, {_some([layer.name for layer in found])}, whose order their names do not tell; say which is meant: "
            + call({"W_hh": found[0].name, "W_uh": "…", "W_hy": "…"})
        )
    ordered = by_number(found)
    for below, layer in pairwise(ordered):
        driven = layer.weights[KINDS[layer.kind].WEIGHTS[1]]
        if (width := shape_of(driven, shapes)[1:]) != (below.hidden,):
            raise InvalidNetwork(
                f"{shown(str(driven))} must have N = {below.hidden} columns, the units of the layer below; got {', '.join(map(str, width))}"
            )
    return ordered


def _find_readout(remaining: Sequence[str], shapes: Shapes, n: int) -> dict[str, Expression]:
    candidates = _candidates(remaining, shapes, n)
    if not candidates:
        raise InvalidNetwork(
            "no read-out: a key such as 'readout.weight', 'fc.weight', 'Dense_0.kernel' or 'W_hy', or any other matrix with "
            f"N = {n} columns, is missing; {inventory(shapes)}"
        )
    if len(candidates) > 1:
        one, *others = candidates
        others += [bias for other in others for bias in _readout_biases(other) if bias in remaining]
        said = {
            "W_hy": str(key(one, transposed=_is_kernel(one))),
            "ignore": ", ".join([str(key(other)) for other in others[:6]] + ["…"] * (len(others) > 6)),
        }
        raise InvalidNetwork(
            f"{len(candidates)} possible read-outs, {_some(candidates)}; keep one, or say which, here the first: {call(said)}"
        )
    w_hy = candidates[0]
    found = {"W_hy": key(w_hy, transposed=_is_kernel(w_hy))}
    if b_y := next((name for name in _readout_biases(w_hy) if name in remaining), None):
        found["b_y"] = key(b_y)
    return found


def _candidates(remaining: Sequence[str], shapes: Shapes, n: int) -> list[str]:
    named = [name for name in remaining if _READOUT.fullmatch(name) or _OURS.fullmatch(name)]
    fitting = [name for name in remaining if len(shapes[name]) == 2 and shapes[name][0 if _is_kernel(name) else 1] == n]
    # What has a read-out's name and no shape of one is taken only where nothing else fits: its shape is refused later, by a better message.
    return (
        [name for name in named if name in fitting]
        or fitting
        or [name for name in named if len(shapes[name]) == 2]
        or named
    )


def _is_kernel(name: str) -> bool:
    return re.split(r"[./]", name)[-1].split(":")[0] == "kernel"


def _readout_biases(w_hy: str) -> list[str]:
    if match := re.fullmatch(r"(.*)(?:weight|kernel)(:\d+)?", w_hy):  # Keras 2 numbers its variables: kernel:0, bias:0
        return [f"{match[1]}bias{match[2] or ''}"]
    return [w_hy.removesuffix("W_hy") + "b_y"] if w_hy.endswith("W_hy") else ["b_y"]


def inventory(shapes: Shapes) -> str:
    """What is there instead, for a message."""
    if not shapes:
        return "it holds no arrays"
    some = ", ".join(f"{_plain(name)} {shown(shape)}" for name, shape in sorted(shapes.items())[:8])
    return f"it holds {some}{', …' if len(shapes) > 8 else ''}"


def _plain(name: str) -> str:
    return name if name.isprintable() and len(name) <= 80 else shown(name)


def _some(names: Sequence[str]) -> str:
    return cut(listed(names), 400)

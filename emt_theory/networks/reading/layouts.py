r"""Which array is which weight: a pure function from names and shapes.

A layer is recognized by the names of its recurrent weights, after any prefix (``model.rnn.weight_hh_l0``), and what it is by their shape:

    rows of W_hh    N         3N      4N
    the network     Elman     GRU     LSTM

Which names are known is listed in `emt_theory.networks.reading.namings`. Layers whose names differ in one number stand on top of each other, in its
order. Most names name no read-out: it is whatever linear layer the author put behind, see `emt_theory.networks.reading.readouts`. What is ambiguous
is refused, not guessed at, with the call that says which: what a user says with ``names=`` goes before all that is found.

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
from emt_theory.ground.text import shown
from emt_theory.networks.kinds import KINDS, are_alike, kind_of_rows
from emt_theory.networks.reading.expressions import Expression, key, parse
from emt_theory.networks.reading.layers import Layer, Shapes, by_number, call, numbered, place, shape_of
from emt_theory.networks.reading.namings import layers, recognized
from emt_theory.networks.reading.readouts import inventory, some, with_readout
from emt_theory.networks.reading.words import is_optimizers

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
        return place(k, weight, len(self.layers))


def _spelled(layer: Layer, top: bool) -> dict[str, str | None]:
    names = [name for name in KINDS[layer.kind].arrays() if top or name in layer.weights or name not in ("W_hy", "b_y")]
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
    top = top if read in top.weights else with_readout(chain, remaining, kept)
    used |= set(top.keys)
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


def _by_layer(names: Mapping[str, Expression], count: int | None = None) -> dict[int, dict[str, Expression]]:
    """What is said of each layer; without a number it is of the highest, of so many, or of those that are said."""
    numbers = {int(match[1]) for name in names if (match := _NUMBERED.match(name))}
    highest = max(numbers, default=0) if count is None else count - 1
    of_it = {highest} if not numbers or any(not _NUMBERED.match(name) for name in names) else set[int]()
    parts: dict[int, dict[str, Expression]] = {k: {} for k in sorted(numbers | of_it)}
    for name, source in names.items():
        match = _NUMBERED.match(name)
        parts[int(match[1]) if match else highest][_NUMBERED.sub("", name)] = source
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
    recognizable = _layers(shapes)
    found = [replace(layer, kind=kind) if kind and are_alike(kind, layer.kind) else layer for layer in recognizable]
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
            f"{some([layer.name for layer in found])} belongs to a layer of kind {found[0].kind!r}, not {kind!r}"
        )
    for layer in wanted:
        for name in layer.keys:
            if name not in shapes:
                raise InvalidNetwork(f"{layer.missing(name)}: {shown(name)} is missing; {inventory(shapes)}")
    chain = _stacked(wanted)
    _require_own(chain, {name: source for name, source in names.items() if not _NUMBERED.match(name)})
    for k, part in _by_layer(names, len(chain)).items():
        if k >= len(chain):
            raise InvalidOption(f"names speak of layers.{k}, but there are {len(chain)} layers")
        chain[k] = replace(chain[k], weights={**chain[k].weights, **_called(part, chain[k].kind)})
    _require_chained(chain, shapes, names)
    return tuple(chain)


def _layers(shapes: Shapes) -> list[Layer]:
    """The layers; what an optimizer keeps of them is none, unless there are no others."""
    own = {name: shape for name, shape in shapes.items() if not is_optimizers(name)}
    return layers(own) or layers(shapes)


def _require_own(chain: Sequence[Layer], said: Mapping[str, Expression]) -> None:
    """Refuse names without a number, which are of the highest layer, for arrays of one below."""
    for name, source in said.items():
        for k, layer in enumerate(chain[:-1]):
            if set(source.keys) & set(layer.keys):
                meant = call({place(k, name, len(chain)): str(source)})
                raise InvalidOption(
                    f"{shown(name)} without a number is of the highest layer, layers.{len(chain) - 1}, and {shown(str(source))} is of layers.{k}; "
                    f"say which is meant: {meant}"
                )


def _require_chained(chain: Sequence[Layer], shapes: Shapes, names: Mapping[str, Expression]) -> None:
    """Refuse layers that do not fit on each other, and a read-out in between of which nobody said that it is handed on."""
    for k, (below, layer) in enumerate(pairwise(chain)):
        driven, read = layer.weights[KINDS[layer.kind].WEIGHTS[1]], below.weights.get("W_hy")
        if read and f"layers.{k}.W_hy" not in names:
            raise InvalidNetwork(
                f"{shown(str(read))} reads out layers.{k}, and nothing tells on what {shown(layer.name)} stands: {_standing(below, k, len(chain))}"
            )
        size = shape_of(read, shapes)[0] if read else below.hidden
        if (width := shape_of(driven, shapes)[1:]) != (size,):
            what = (
                f"{size} columns, what layers.{k} reads out"
                if read
                else f"N = {size} columns, the units of the layer below"
            )
            raise InvalidNetwork(f"{shown(str(driven))} must have {what}; got {', '.join(map(str, width))}")


def _standing(below: Layer, k: int, count: int) -> str:
    """The calls to choose from where layer k may hand on its units, or what it reads out."""
    read = {name: source for name in ("W_hy", "b_y") if (source := below.weights.get(name))}
    handed = call({place(k, name, count): str(source) for name, source in read.items()})
    unused = dict.fromkeys(str(key(name)) for source in read.values() for name in source.keys)
    return f"on the units: {call({'ignore': ', '.join(unused)})}; on what is read out: {handed}"


def _stacked(found: Sequence[Layer]) -> list[Layer]:
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
            f"{count} recurrent layers, {some([layer.name for layer in found])}, whose order their names do not tell; say which is meant: "
            + call({"W_hh": found[0].name, "W_uh": "…", "W_hy": "…"})
        )
    ordered = by_number(found)
    if not _is_one_module([layer.name for layer in ordered]):
        remark = (
            f"{some([layer.name for layer in ordered])} are taken to stand on top of each other, by their numbers alone"
        )
        ordered[-1] = replace(ordered[-1], remarks=(*ordered[-1].remarks, remark))
    return ordered


def _is_one_module(names: Sequence[str]) -> bool:
    """Whether they are layers of one module of PyTorch, which numbers them as l0, l1, … from the lowest."""
    return (
        all(re.search(r"_l\d+$", name) for name in names) and len({re.sub(r"_l\d+$", "", name) for name in names}) == 1
    )

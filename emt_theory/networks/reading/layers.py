"""A recurrent layer as it was recognized in a file: which kind, how many units, and where each of its weights comes from.

>>> layer = Layer.of("weight_hh_l0", "gru", 4, hh=key("weight_hh_l0"), ih=key("weight_ih_l0"))
>>> layer.keys
('weight_ih_l0', 'weight_hh_l0')
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.text import cut, shown
from emt_theory.networks.reading.expressions import Expression, key

Shapes: TypeAlias = Mapping[str, tuple[int, ...]]
Bias: TypeAlias = Expression | None

_SAID = {"W_uh": "input weights", "weight_ih_l0": "input weights", "W_hy": "read-out"}


@dataclass(frozen=True)
class Layer:
    """A recurrent layer in a file.

    Attributes:
        name: the key by which it was recognized.
        kind: a name of `emt_theory.networks.KINDS`.
        hidden: N.
        weights: where each weight comes from, by the name that the network has for it; the read-out's may be among them. Some keys may be missing in
            the file.
        settings: what these names imply besides, as metadata: {"activation": "relu"} where a library has no other, {"usual_activation": "relu"}
            where it has others.
        remarks: what whoever judges the network should know of these names, a sentence each.
        side: from which side the plain arrays of its author multiply, ``"left"`` or ``"right"``; None where nothing tells.
    """

    name: str
    kind: str
    hidden: int
    weights: Mapping[str, Expression]
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    remarks: tuple[str, ...] = ()
    side: str | None = None

    @classmethod
    def of(
        cls, name: str, kind: str, n: int, hh: Expression, ih: Expression, b_hh: Bias = None, b_ih: Bias = None
    ) -> Layer:
        """The layer with these recurrent and input weights, and these biases on either side; in an Elman layer only their sum counts."""
        if kind == "elman":
            both = Expression("+", (b_ih, b_hh)) if b_ih and b_hh else b_ih or b_hh
            weights = {"W_hh": hh, "W_uh": ih} | ({"b_h": both} if both else {})
        else:
            found = {"weight_ih_l0": ih, "weight_hh_l0": hh, "bias_ih_l0": b_ih, "bias_hh_l0": b_hh}
            weights = {name: source for name, source in found.items() if source}
        return cls(name, kind, n, weights)

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys of the file that it uses."""
        return tuple(dict.fromkeys(name for source in self.weights.values() for name in source.keys))

    def missing(self, name: str) -> str:
        """Which weights are incomplete without this key."""
        weight = next(weight for weight, source in self.weights.items() if name in source.keys)
        return f"no {_SAID.get(weight, 'recurrent weights')}"


_LONG, _LONGEST = 160, 400


def call(names: Mapping[str, str]) -> str:
    """How a user says what is meant, in Python and on the command line, for a message; of long keys in Python alone, and very long ones are cut."""
    longest = max(map(len, names.values()))
    said = {name: cut(source) if longest > _LONGEST else source for name, source in names.items()}
    words = " ".join(shlex.quote(f"{name}={source}") for name, source in names.items())
    return f"names={said!r}" + (f" or --names {words}" if longest <= _LONG else "")


def place(k: int, weight: str, count: int) -> str:
    """What ``names=`` calls a weight of layer k of so many.

    >>> place(0, "W_hh", 1), place(0, "W_hh", 2)
    ('W_hh', 'layers.0.W_hh')
    """
    return weight if count == 1 else f"layers.{k}.{weight}"


def alone_if(name: str, shapes: Shapes) -> Bias:
    """A bias, where it is there."""
    return key(name) if name in shapes else None


def matrix(name: str, shapes: Shapes) -> tuple[int, ...]:
    """The rows and columns of recurrent weights.

    Raises:
        InvalidNetwork: if they are no matrix.
    """
    if len(shapes[name]) != 2:
        raise InvalidNetwork(f"{shown(name)} must be a matrix; got shape {shown(shapes[name])}")
    return shapes[name]


def shape_of(source: Expression, shapes: Shapes) -> tuple[int, ...]:
    """The shape of what an expression gives.

    Raises:
        InvalidNetwork: if shapes in it do not fit.
    """
    return source.evaluate(lambda name: np.broadcast_to(0.0, shapes[name])).shape


def numbered(names: Sequence[str]) -> list[str]:
    """Names with a number in each: a library calls its layers gru, gru_1, gru_2, and the first of them is gru_0 here.

    >>> numbered(["gru/cell", "gru_1/cell"])
    ['gru_0/cell', 'gru_1/cell']
    """
    pieces = [re.split(r"([./])", name) for name in names]
    if len({len(parts) for parts in pieces}) != 1:
        return list(names)
    for column in range(len(pieces[0])):
        words = [parts[column] for parts in pieces]
        if len(set(words)) > 1 and len({re.sub(r"_\d+$", "", word) for word in words}) == 1:
            for parts in pieces:
                parts[column] += "" if re.search(r"_\d+$", parts[column]) else "_0"
    return ["".join(parts) for parts in pieces]


def by_number(layers: Sequence[Layer]) -> list[Layer]:
    """The layers in the order of the numbers in their names."""
    numbers = [[int(text) for text in re.findall(r"\d+", name)] for name in numbered([layer.name for layer in layers])]
    return [layers[k] for k in sorted(range(len(layers)), key=numbers.__getitem__)]

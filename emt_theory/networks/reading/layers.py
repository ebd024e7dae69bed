"""A recurrent layer as it was recognized in a file: which kind, how many units, and where each of its weights comes from.

>>> layer = Layer.of("weight_hh_l0", "gru", 4, hh=alone("weight_hh_l0"), ih=alone("weight_ih_l0"))
>>> layer.keys
('weight_ih_l0', 'weight_hh_l0')
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.text import shown
from emt_theory.networks.reading.sources import WeightSource, alone, summed

Shapes: TypeAlias = Mapping[str, tuple[int, ...]]
Bias: TypeAlias = WeightSource | None

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
    """

    name: str
    kind: str
    hidden: int
    weights: Mapping[str, WeightSource]

    @classmethod
    def of(
        cls, name: str, kind: str, n: int, hh: WeightSource, ih: WeightSource, b_hh: Bias = None, b_ih: Bias = None
    ) -> Layer:
        """The layer with these recurrent and input weights, and these biases on either side; in an Elman layer only their sum counts."""
        if kind == "elman":
            keys = [key for bias in (b_ih, b_hh) if bias for key in bias.keys]
            weights = {"W_hh": hh, "W_uh": ih} | ({"b_h": summed(keys)} if keys else {})
        else:
            found = {"weight_ih_l0": ih, "weight_hh_l0": hh, "bias_ih_l0": b_ih, "bias_hh_l0": b_hh}
            weights = {name: source for name, source in found.items() if source}
        return cls(name, kind, n, weights)

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys of the file that it uses."""
        return tuple(key for source in self.weights.values() for key in source.keys)

    def missing(self, key: str) -> str:
        """Which weights are incomplete without this key."""
        name = next(name for name, source in self.weights.items() if key in source.keys)
        return f"no {_SAID.get(name, 'recurrent weights')}"


def alone_if(key: str, shapes: Shapes) -> Bias:
    """A bias, where it is there."""
    return alone(key) if key in shapes else None


def matrix(key: str, shapes: Shapes) -> tuple[int, ...]:
    """The rows and columns of recurrent weights.

    Raises:
        InvalidNetwork: if they are no matrix.
    """
    if len(shapes[key]) != 2:
        raise InvalidNetwork(f"{shown(key)} must be a matrix; got shape {shown(shapes[key])}")
    return shapes[key]

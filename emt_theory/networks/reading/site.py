"""A network in the making: its weights, layer by layer, and what of a file is not accounted for yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from emt_theory.ground.arrays import Array
from emt_theory.networks.kinds import KINDS
from emt_theory.networks.reading.content import Content
from emt_theory.networks.reading.layouts import OTHERS, Layout

Values: TypeAlias = dict[str, Any]


@dataclass
class Site:
    """A network in the making.

    Attributes:
        layout: what was taken for what.
        content: what the file holds.
        values: the weights of each layer, so far, by the name that the network has for them; None for a bias that is not there.
        left: the keys that are not accounted for, so far.
        remarks: what was taken in, a sentence each.
        leaky: whether units leak, as far as anybody says.
    """

    layout: Layout
    content: Content
    values: list[Values]
    left: list[str]
    remarks: list[str] = field(default_factory=list[str])
    leaky: bool = False

    @property
    def driven(self) -> str:
        """What the input weights of the lowest layer are called."""
        return KINDS[self.layout.layers[0].kind].WEIGHTS[1]

    @property
    def bias(self) -> str:
        """What its bias, on the side of the input, is called."""
        return KINDS[self.layout.layers[0].kind].BIASES[0]

    @property
    def sizes(self) -> tuple[int, int, int]:
        """d_in, with a phase channel where there is one, N of the highest layer, and d_out."""
        driven, read = self.values[0][self.driven].shape, self.values[-1]["W_hy"].shape
        return driven[1] if len(driven) == 2 else -1, self.layout.hidden, read[0] if read else -1

    def before(self, gain: Array, shift: Array | float) -> None:
        """Let x ↦ gain x + shift stand in front of the lowest layer."""
        values, weights = self.values[0], self.values[0][self.driven]
        values[self.driven] = weights @ gain
        if np.any(shift):
            values[self.bias] = weights @ shift + (0 if values[self.bias] is None else values[self.bias])

    def behind(self, gain: Array, shift: Array) -> None:
        """Let h ↦ gain ∘ h + shift stand between the highest layer and the read-out."""
        values, weights = self.values[-1], self.values[-1]["W_hy"]
        values["W_hy"] = weights * gain
        values["b_y"] = weights @ shift + (0 if values["b_y"] is None else values["b_y"])


def assembled(layout: Layout, content: Content) -> Site:
    """The weights that the layout says, of every layer.

    Raises:
        InvalidNetwork: if a weight is none of floating-point numbers, or shapes do not fit where arrays are joined.
    """
    return Site(layout, content, [_values(layout, k, content) for k in range(len(layout.layers))], list(layout.ignored))


def _values(layout: Layout, k: int, content: Content) -> Values:
    layer = layout.layers[k]
    values: Values = dict.fromkeys(KINDS[layer.kind].arrays())
    for name, source in layer.weights.items():
        array = source.evaluate(content.array)
        shown = name == "W_hy" and not source.keys and not array.shape  # names={"W_hy": "1"}: the state itself
        values[name] = array * np.eye(layer.hidden) if shown else _flat(array, name)
    if layer is not layout.layers[-1] and "W_hy" not in layer.weights:
        values["W_hy"] = np.eye(layer.hidden)  # it hands its whole state on
    return values


def _flat(array: Array, name: str) -> Array:
    """Vectors as such, also where a file has them as a row or a column."""
    return (
        array.ravel()
        if (name.startswith("b") or name in OTHERS) and array.size == max(array.shape, default=1)
        else array
    )

r"""Where a weight comes from: one array of a file, its transpose, a sum of several, or several on top of each other.

Libraries cut the same weights differently. With three units, PyTorch keeps a GRU's recurrent weights as one (9, 3) array; Flax as three kernels of
shape (in, out) = (3, 3), one for each gate, so that PyTorch's array is their transposes on top of each other. PyTorch has two hidden biases whose sum
counts; of Flax's candidate gate only one is there.

>>> stacked(("hr.kernel", "hz.kernel", "hn.kernel"), transposed=True).to_json()
['transpose of hr.kernel', 'transpose of hz.kernel', 'transpose of hn.kernel']
>>> stacked((None, None, "hn.bias")).to_json()
['0', '0', 'hn.bias']
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.text import shown


@dataclass(frozen=True)
class WeightSource:
    """How one weight is made of the arrays in a file.

    Attributes:
        parts: the keys; None is a block of zeros.
        joined: ``"alone"`` for a single part, else ``"sum"`` or ``"stack"``, the first block on top.
        transposed: whether every part is transposed first.
    """

    parts: tuple[str | None, ...]
    joined: Literal["alone", "sum", "stack"] = "alone"
    transposed: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the arrays that are used."""
        return tuple(key for key in self.parts if key is not None)

    def to_json(self) -> str | list[str]:
        """What was taken: a key, or a list of keys, each said to be transposed where it is."""
        spelled = ["0" if key is None else f"transpose of {key}" if self.transposed else key for key in self.parts]
        return spelled[0] if self.joined == "alone" else spelled

    def assemble(self, array: Callable[[str], NDArray[Any]], block: tuple[int, ...] | None = None) -> NDArray[Any]:
        """The weight.

        Args:
            array: gives the array of a key.
            block: the shape (N,) or (N, N) that every part must have, where more than one may be joined; None where parts need only be alike.

        Raises:
            InvalidNetwork: if a part has another shape: checked before parts are joined, because a sum would broadcast.
        """
        found = {key: array(key) for key in self.keys}
        first, example = next(iter(found.items()))
        right = block or example.shape
        for key, part in found.items():
            if part.shape != right:
                symbols = f"{('(N,)', '(N, N)')[len(block) - 1]} = {block}" if block else f"{right} like {shown(first)}"
                raise InvalidNetwork(f"{shown(key)} must have shape {symbols}; got {part.shape}")
        blocks = [np.zeros(right) if key is None else found[key] for key in self.parts]
        if self.transposed:
            blocks = [part.T for part in blocks]
        if self.joined == "sum":
            with np.errstate(all="ignore"):  # a sum that is not finite is refused with the network
                return np.sum([part.astype(np.float64) for part in blocks], axis=0)
        return blocks[0] if self.joined == "alone" else np.concatenate(blocks)


def alone(key: str, transposed: bool = False) -> WeightSource:
    """A single array."""
    return WeightSource((key,), "alone", transposed)


def summed(keys: Sequence[str]) -> WeightSource:
    """The sum of arrays of the same shape."""
    return WeightSource(tuple(keys), "sum")


def stacked(keys: Sequence[str | None], transposed: bool = False) -> WeightSource:
    """Arrays on top of each other, None for zeros."""
    return WeightSource(tuple(keys), "stack", transposed)

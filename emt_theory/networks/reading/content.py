"""What a file or a tree holds: arrays by key, string metadata, remarks. Every reader gives one, and nothing here knows what a network is.

>>> content = Content({"W_hh": Entry((2, 2), "float64", np.eye(2)), "steps": Entry((), "int64", None)}, {"task": "T2"})
>>> content.shapes, content.metadata
({'W_hh': (2, 2), 'steps': ()}, {'task': 'T2'})
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.text import shown

WEIGHT_TYPES = ("float16", "bfloat16", "float32", "float64")
"""The types that weights may have."""


class Entry(NamedTuple):
    """One array in a file.

    Attributes:
        shape: its shape.
        dtype: the name of its type.
        array: its entries; those of a bfloat16 array as uint16, since NumPy has no such type; None where the type is none that weights may have.
    """

    shape: tuple[int, ...]
    dtype: str
    array: NDArray[Any] | None


@dataclass(frozen=True)
class Content:
    """What a file holds: entries by key, in the order of the keys, metadata, and remarks: sentences for the network's `Provenance`."""

    entries: Mapping[str, Entry]
    metadata: Mapping[str, str]
    remarks: tuple[str, ...] = ()

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of every array, by key."""
        return {key: entry.shape for key, entry in self.entries.items()}

    def array(self, key: str) -> NDArray[np.floating[Any]]:
        """The floating-point array of this key.

        Raises:
            InvalidNetwork: if it holds anything but float16, bfloat16, float32 or float64.
        """
        entry = self.entries[key]
        if entry.array is None:
            raise InvalidNetwork(
                f"{shown(key)} holds {entry.dtype}; weights must be {', '.join(WEIGHT_TYPES[:-1])} or {WEIGHT_TYPES[-1]}"
            )
        return widen(entry.array) if entry.dtype == "bfloat16" else entry.array


def widen(halves: NDArray[np.uint16]) -> NDArray[np.float32]:
    """The numbers that bfloat16 patterns stand for: a bfloat16 is the upper half of a float32.

    >>> widen(np.array([0x3FC0, 0xC000], dtype=np.uint16)).tolist()
    [1.5, -2.0]
    """
    return (halves.astype(np.uint32) << 16).view(np.float32)

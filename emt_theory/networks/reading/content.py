"""What a file or a tree holds: arrays by key, string metadata, and remarks on how they were got.

Every reader gives one, and nothing here knows what a network is. What is too long for a file of weights, or for a line of text, is refused or cut:

>>> content = Content({"W_hh": Entry((2, 2), "float64", np.eye(2)), "steps": Entry((), "int64", None)}, {"task": "T2"})
>>> content.shapes, content.metadata
({'W_hh': (2, 2), 'steps': ()}, {'task': 'T2'})
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidFile, InvalidNetwork
from emt_theory.ground.text import cut, printable, shown

WEIGHT_TYPES = ("float16", "bfloat16", "float32", "float64")
"""The types that weights may have."""
MAX_METADATA = 16 * 2**20
"""The most characters that the metadata of a small file may have."""
_PER_BYTE = 16
"""How many characters more there may be for each byte of weights: the fractions of an exact twin have some 6."""
_MOST_PARTS = 2 * 2**20
"""The most brackets and commas in a text beside few weights; as JSON each may become a hundred bytes of memory. A twin has 4 for each weight."""
_LONGEST_KEY = 200
_REMEDY = "write the file again with the weights and short notes alone"


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

    @property
    def weights(self) -> int:
        """How many bytes the arrays have together."""
        return sum(entry.array.nbytes for entry in self.entries.values() if entry.array is not None)

    def saying(self, metadata: Mapping[str, str], remarks: tuple[str, ...]) -> Content:
        """The same arrays, with more metadata and remarks."""
        return Content(self.entries, {**self.metadata, **metadata}, (*self.remarks, *remarks))

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


def legible(content: Content) -> Content:
    r"""The same arrays under keys that can be shown anywhere: escaped, and cut where they are long; those that become alike are numbered.

    >>> entry = Entry((1,), "float64", np.ones(1))
    >>> list(legible(Content({"W\x1b[31m": entry, "W\\x1b[31m": entry, "b_h": entry}, {})).entries)
    ['W\\x1b[31m', 'W\\x1b[31m (2)', 'b_h']
    """
    if all(len(key) <= _LONGEST_KEY and key.isprintable() for key in content.entries):
        return content
    entries = dict[str, Entry]()
    for key, entry in content.entries.items():
        short, number = cut(printable(cut(key, _LONGEST_KEY)), _LONGEST_KEY), 1
        while (name := short if number == 1 else f"{short} ({number})") in entries:
            number += 1
        entries[name] = entry
    return replace(content, entries=entries)


def refuse_long(metadata: Mapping[str, str], weights: int) -> None:
    """Refuse metadata that would fill memory, by themselves or parsed as JSON.

    Args:
        metadata: the texts.
        weights: how many bytes the arrays beside them have.

    Raises:
        InvalidFile: if they are longer, or one of them has more parts, than these weights need.
    """
    refuse_length(sum(len(key) + len(value) for key, value in metadata.items()), weights)
    for key, value in metadata.items():
        if len(value) > _MOST_PARTS and sum(map(value.count, "[{,")) > _MOST_PARTS + weights:
            raise InvalidFile(f"its metadata {shown(key)} has more than {_MOST_PARTS} parts; {_REMEDY}")


def refuse_length(length: int, weights: int) -> None:
    """Refuse metadata of this many characters, beside weights of this many bytes.

    Raises:
        InvalidFile: if there are too many.
    """
    if length > (most := MAX_METADATA + _PER_BYTE * weights):
        raise InvalidFile(f"its metadata have {length} characters, more than {most}; {_REMEDY}")

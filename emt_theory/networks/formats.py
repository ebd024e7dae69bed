r"""Bytes on disk ↔ named arrays and string metadata: nothing here knows what a network is.

Three formats are read, by `read_safetensors` here, `emt_theory.networks.npz` and `emt_theory.networks.torchfiles`. All give a `Content`:

>>> content = Content({"W_hh": Entry((2, 2), "float64", np.eye(2)), "steps": Entry((), "int64", None)}, {"task": "T2"})
>>> content.shapes, content.metadata
({'W_hh': (2, 2), 'steps': ()}, {'task': 'T2'})

`.safetensors` holds arrays and string metadata by design. It cannot execute code, and its library proves that arrays lie in the file and not on
top of each other; what is left to check is that there are not a million of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from emt_theory.errors import InvalidFile, InvalidNetwork
from emt_theory.networks.zips import first_line, shown

WEIGHT_TYPES = ("float16", "bfloat16", "float32", "float64")
"""The types that weights may have."""
MAX_STRUCTURE = 2 * 2**20
"""The most bytes that the header of a safetensors file may have outside its texts, enough for 30,000 arrays."""
_LONGEST_HEADER = 100_000_000  # the library's own limit
_STORED = {"F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64"}


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
    """What a file holds: entries by key, in the order of the keys, and metadata."""

    entries: Mapping[str, Entry]
    metadata: Mapping[str, str]

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


def read_safetensors(path: Path) -> Content:
    """Read a `.safetensors` file.

    Raises:
        InvalidFile: if it is truncated or something else, or its header holds more than a file of weights needs.
    """
    header = _checked_header(path)
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            metadata = dict(sorted((file.metadata() or {}).items()))
            places = {} if b"BF16" not in header else json.loads(header)
            entries = {key: _entry(file, key, path, 8 + len(header), places) for key in sorted(file.keys())}
    except (safetensors.SafetensorError, ValueError) as error:
        raise InvalidFile(f"truncated, or not a safetensors file ({first_line(error)})") from None
    return Content(entries, metadata)


def _checked_header(path: Path) -> bytes:
    """The JSON header, which the library parses into twenty times its size unless most of it is one long text, such as an exact twin."""
    with path.open("rb") as file:
        header = file.read(min(int.from_bytes(file.read(8), "little"), _LONGEST_HEADER))
    if len(header) > MAX_STRUCTURE:
        plain = header.replace(b"\\\\", b"").replace(b'\\"', b"")
        quotes = plain.count(b'"')
        if quotes > MAX_STRUCTURE // 4 or sum(map(len, plain.split(b'"')[::2])) + quotes > MAX_STRUCTURE:
            raise InvalidFile(
                f"its header lists more than {MAX_STRUCTURE} bytes of names and numbers; that is no file of weights"
            )
    return header


def _entry(file: Any, key: str, path: Path, start: int, places: dict[str, Any]) -> Entry:
    part = file.get_slice(key)
    stored, shape = str(part.get_dtype()), tuple(part.get_shape())
    known = _STORED.get(stored)
    if known == "bfloat16":  # the library has no NumPy array for it
        first, end = places[key]["data_offsets"]
        halves = np.fromfile(path, dtype="<u2", count=(end - first) // 2, offset=start + first)
        return Entry(shape, known, halves.reshape(shape))
    return Entry(shape, known or stored, file.get_tensor(key) if known else None)


def pack_safetensors(arrays: Mapping[str, NDArray[np.float64]], metadata: Mapping[str, str]) -> bytes:
    """The bytes of a `.safetensors` file: the same for the same content."""
    try:
        data = safetensors.numpy.save(dict(arrays), metadata=dict(metadata))
    except safetensors.SafetensorError as error:
        raise InvalidFile(f"cannot be written as safetensors ({first_line(error)})") from None
    # The library writes metadata in the order of a randomly seeded hash table. The file is the length of a JSON header in
    # 8 bytes, the header, padded with spaces to a multiple of 8, and the arrays, at places relative to the header's end.
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    header["__metadata__"] = dict(sorted(metadata.items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data[start:]

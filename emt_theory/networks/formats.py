r"""Bytes on disk ↔ named arrays and string metadata, for the two formats: nothing here knows what a network is.

`.safetensors` holds arrays and string metadata by design. In `.npz`, a zip of NumPy arrays, the metadata are one JSON
object in a text array named ``metadata``; other single texts (``activation="relu"`` given to `np.savez`) are metadata
as well. Neither format can execute code: a pickled object inside an `.npz` is refused, not loaded.

>>> content = read_npz(io.BytesIO(pack_npz({"W_hh": np.eye(2)}, {"task": "T2"})))
>>> content.shapes, content.metadata
({'W_hh': (2, 2)}, {'task': 'T2'})
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from emt_theory.errors import InvalidFile, InvalidNetwork

_METADATA = "metadata"
_FLOATS = {"F16": "float16", "F32": "float32", "F64": "float64"}


class Entry(NamedTuple):
    """One array in a file; `array` is None where its type is not one that weights may have."""

    shape: tuple[int, ...]
    dtype: str
    array: NDArray[np.floating[Any]] | None


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
            InvalidNetwork: if it holds anything but float16, float32 or float64.
        """
        entry = self.entries[key]
        if entry.array is None:
            raise InvalidNetwork(f"{key!r} holds {entry.dtype}; weights must be float16, float32 or float64")
        return entry.array


def read_safetensors(path: Path) -> Content:
    """Read a `.safetensors` file.

    Raises:
        InvalidFile: if it is truncated or something else.
    """
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            metadata = dict(sorted((file.metadata() or {}).items()))
            entries = {key: _safetensors_entry(file, key) for key in sorted(file.keys())}
    except safetensors.SafetensorError as error:
        raise InvalidFile(f"truncated, or not a safetensors file ({_first_line(error)})") from None
    return Content(entries, metadata)


def _safetensors_entry(file: Any, key: str) -> Entry:
    part = file.get_slice(key)
    stored = str(part.get_dtype())
    known = _FLOATS.get(stored)
    return Entry(tuple(part.get_shape()), known or stored, file.get_tensor(key) if known else None)


def read_npz(path: Path | io.BytesIO) -> Content:
    """Read an `.npz` file, without ever unpickling.

    Raises:
        InvalidFile: if it is truncated, something else, or holds pickled objects, or if its metadata are not a JSON
            object of strings.
    """
    if not zipfile.is_zipfile(path):
        raise InvalidFile("truncated, or not an .npz file (a zip of NumPy arrays)")
    arrays: dict[str, NDArray[Any]] = {}
    key = ""
    try:
        with np.load(path, allow_pickle=False) as archive:
            for key in sorted(archive.files):
                if isinstance(value := archive[key], np.ndarray):
                    arrays[key] = value
    except Exception as error:  # noqa: BLE001 — damaged archives make zipfile, zlib and NumPy's parser raise anything
        if "allow_pickle" in str(error):
            raise InvalidFile(f"{key!r} is a pickled Python object, which could run code; store plain arrays") from None
        raise InvalidFile(f"truncated or damaged at {key!r} ({_first_line(error)})") from None
    texts = {key: str(array) for key, array in arrays.items() if array.dtype.kind == "U" and array.ndim == 0}
    metadata = _parsed(texts.pop(_METADATA)) if _METADATA in texts else {}
    entries = {key: _npz_entry(array) for key, array in arrays.items() if array.dtype.kind != "U" or array.ndim}
    return Content(entries, dict(sorted((texts | metadata).items())))


def _npz_entry(array: NDArray[Any]) -> Entry:
    name = array.dtype.newbyteorder("=").name
    return Entry(array.shape, name, array if name in _FLOATS.values() else None)


def _parsed(text: str) -> dict[str, str]:
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise InvalidFile(f"the text {_METADATA!r} must be a JSON object of strings")
    return dict(value)


def pack_safetensors(arrays: Mapping[str, NDArray[np.float64]], metadata: Mapping[str, str]) -> bytes:
    """The bytes of a `.safetensors` file: the same for the same content."""
    try:
        data = safetensors.numpy.save(dict(arrays), metadata=dict(metadata))
    except safetensors.SafetensorError as error:
        raise InvalidFile(f"cannot be written as safetensors ({_first_line(error)})") from None
    # The library writes metadata in the order of a randomly seeded hash table. The file is the length of a JSON header in
    # 8 bytes, the header, padded with spaces to a multiple of 8, and the arrays, at places relative to the header's end.
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    header["__metadata__"] = dict(sorted(metadata.items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data[start:]


def pack_npz(arrays: Mapping[str, NDArray[np.float64]], metadata: Mapping[str, str]) -> bytes:
    """The bytes of an `.npz` file."""
    buffer = io.BytesIO()
    named: dict[str, Any] = {**arrays, _METADATA: np.array(json.dumps(dict(sorted(metadata.items()))))}
    np.savez(buffer, **named)
    return buffer.getvalue()


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]

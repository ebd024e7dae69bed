r"""`.npz`, a zip of NumPy arrays ↔ named arrays and string metadata.

The metadata are one JSON object in a text array named ``metadata``; other single texts (``activation="relu"`` given to `numpy.savez`) are metadata
as well. A pickled object inside is refused, not loaded, and no array is made larger than the bytes that are there for it:

>>> content = read_npz(io.BytesIO(pack_npz({"W_hh": np.eye(2)}, {"task": "T2"})))
>>> content.shapes, content.metadata
({'W_hh': (2, 2)}, {'task': 'T2'})

Source: the documentation of numpy.lib.format.
"""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from emt_theory.errors import InvalidFile
from emt_theory.ground.text import cut, first_line, plain, shown
from emt_theory.networks.reading.content import WEIGHT_TYPES, Content, Entry
from emt_theory.networks.reading.zips import Archive, open_zip

_METADATA = "metadata"
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_npz(path: Path | io.BytesIO) -> Content:
    """Read an `.npz` file, without ever unpickling.

    Raises:
        InvalidFile: if it is truncated, something else, or holds pickled objects; if its metadata are not a JSON object of strings; or if it declares
            what `emt_theory.networks.reading.zips` forbids.
    """
    with open_zip(path, "an .npz file (a zip of NumPy arrays)") as archive:
        names = sorted(name for name in archive.names if name.endswith(".npy"))
        arrays = {name.removesuffix(".npy"): _array(archive, name) for name in names}
    texts = {key: str(array) for key, array in arrays.items() if array.dtype.kind == "U" and array.ndim == 0}
    metadata = _parsed(texts.pop(_METADATA)) if _METADATA in texts else {}
    entries = {key: _entry(array) for key, array in arrays.items() if array.dtype.kind != "U" or array.ndim}
    return Content(entries, dict(sorted((texts | metadata).items())))


def _array(archive: Archive, name: str) -> NDArray[Any]:
    data, key = archive.read(name), name.removesuffix(".npy")
    stream = io.BytesIO(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # NumPy warns of headers that it had to repair
            shape, column_major, dtype = _HEADERS[npy.read_magic(stream)](stream)
    except Exception:  # noqa: BLE001 — a damaged header makes the parser raise anything
        raise InvalidFile(
            f"truncated or damaged at {shown(key)}: no header of an .npy file, of version 1 or 2"
        ) from None
    if dtype.hasobject:
        raise InvalidFile(f"{shown(key)} is a pickled Python object, which could run code; store plain arrays")
    start, size = stream.tell(), dtype.itemsize
    for length in shape:
        size *= length
    if size != len(data) - start:
        raise InvalidFile(
            f"truncated or damaged at {shown(key)}: {len(data) - start} bytes, not the {size} of {cut(str(dtype))} with shape {shown(shape)}"
        )
    try:
        return np.ndarray(shape, dtype, buffer=data, offset=start, order="F" if column_major else "C")
    except (ValueError, TypeError) as error:  # a negative length, or too many of them
        raise InvalidFile(f"truncated or damaged at {shown(key)} ({plain(first_line(error))})") from None


def _entry(array: NDArray[Any]) -> Entry:
    name = array.dtype.newbyteorder("=").name
    return Entry(array.shape, name, array if name in WEIGHT_TYPES else None)


def _parsed(text: str) -> dict[str, str]:
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise InvalidFile(f"the text {_METADATA!r} must be a JSON object of strings")
    return dict(value)


def pack_npz(arrays: Mapping[str, NDArray[np.float64]], metadata: Mapping[str, str]) -> bytes:
    """The bytes of an `.npz` file."""
    buffer = io.BytesIO()
    named: dict[str, Any] = {**arrays, _METADATA: np.array(json.dumps(dict(sorted(metadata.items()))))}
    np.savez(buffer, **named)
    return buffer.getvalue()

r"""`.safetensors` ↔ named arrays and string metadata.

The format holds both by design: the length of a JSON header in 8 bytes, the header, the arrays. It cannot execute code, and its library proves that
arrays lie in the file and not on top of each other; what is left to check is that there are not a million of them.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     written = Path(folder, "x.safetensors").write_bytes(pack_safetensors({"W_hh": np.eye(2)}, {"task": "T2"}))
...     content = read_safetensors(Path(folder, "x.safetensors"))
>>> content.shapes, content.metadata
({'W_hh': (2, 2)}, {'task': 'T2'})
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from emt_theory.errors import InvalidFile
from emt_theory.ground.text import first_line, plain
from emt_theory.networks.reading.content import Content, Entry, refuse_length

MAX_STRUCTURE = 2 * 2**20
"""The most bytes that the header of a safetensors file may have outside its texts, enough for 30,000 arrays."""
_LONGEST_HEADER = 100_000_000  # the library's own limit
_STORED = {"F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64"}


def read_safetensors(path: Path) -> Content:
    """Read a `.safetensors` file.

    Raises:
        InvalidFile: if it is truncated or something else, or its header holds more than a file of weights needs.
    """
    header = _checked_header(path)
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            metadata = dict(sorted((file.metadata() or {}).items()))
            stored = {key: file.get_slice(key).get_dtype() for key in sorted(file.keys())}
            places = json.loads(header) if "BF16" in stored.values() else {}
            entries = {key: _entry(file, key, path, 8 + len(header), places) for key in stored}
    except (safetensors.SafetensorError, ValueError) as error:
        raise InvalidFile(f"truncated, or not a safetensors file ({plain(first_line(error))})") from None
    return Content(dict(sorted((entries | _tied(entries, metadata)).items())), metadata)


def _tied(entries: Mapping[str, Entry], metadata: Mapping[str, str]) -> dict[str, Entry]:
    """The arrays that `safetensors.torch.save_model` left out because another is the same memory: metadata name that one under their keys."""
    left_out = {key: kept for key, kept in metadata.items() if "." in key and key not in entries and kept in entries}
    return {} if "emt_format" in metadata else {key: entries[kept] for key, kept in left_out.items()}


def _checked_header(path: Path) -> bytes:
    """The JSON header, which the library parses into twenty times its size unless most of it is one long text, such as an exact twin."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        there = path.stat().st_size - 8
        if length > min(there, _LONGEST_HEADER):
            return b""  # the library says so
        refuse_length(length - MAX_STRUCTURE, there - length)
        header = file.read(length)
    if len(header) > MAX_STRUCTURE:
        outside = header.replace(b"\\\\", b"").replace(b'\\"', b"")
        quotes = outside.count(b'"')
        if quotes > MAX_STRUCTURE // 4 or sum(map(len, outside.split(b'"')[::2])) + quotes > MAX_STRUCTURE:
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
        raise InvalidFile(f"cannot be written as safetensors ({plain(first_line(error))})") from None
    # The library writes metadata in the order of a randomly seeded hash table. The file is the length of a JSON header in
    # 8 bytes, the header, padded with spaces to a multiple of 8, and the arrays, at places relative to the header's end.
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    header["__metadata__"] = dict(sorted(metadata.items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data[start:]

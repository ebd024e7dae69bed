r"""`.npz`, a zip of NumPy arrays ↔ named arrays and string metadata.

The metadata are one JSON object in a text array named ``metadata``; other single texts (``activation="relu"`` given to `numpy.savez`) are metadata
as well. Only what can be a weight or a text is read. Of a pickled object nothing but its shape is known, so it is refused where it is needed; and no
array is made larger than the bytes that are there for it:

>>> content = read_npz(io.BytesIO(pack_npz({"W_hh": np.eye(2)}, {"task": "T2"})))
>>> content.shapes, content.metadata
({'W_hh': (2, 2)}, {'task': 'T2'})

Source: the documentation of numpy.lib.format.
"""

from __future__ import annotations

import io
import json
import sys
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from emt_theory.errors import InvalidFile
from emt_theory.ground.text import cut, first_line, listed, plain, shown
from emt_theory.networks.reading.content import WEIGHT_TYPES, Content, Entry, refuse_length, refuse_long
from emt_theory.networks.reading.stated import (
    Node,
    heard_in,
    names_alpha,
    names_rate,
    names_sigma,
    never_leaks,
    phase_text,
)
from emt_theory.networks.reading.zips import Archive, open_zip

_METADATA, _PHASE = "metadata", "phase_input"
_LONGEST_HEADER = 16 * 2**10  # NumPy parses no more than 10,000 bytes
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_npz(path: Path | io.BytesIO) -> Content:
    """Read an `.npz` file, without ever unpickling.

    Raises:
        InvalidFile: if it is truncated or something else; if its metadata are not a JSON object of strings; or if it declares what
            `emt_theory.networks.reading.zips` or `emt_theory.networks.reading.content` forbids.
    """
    with open_zip(path, "an .npz file (a zip of NumPy arrays)") as archive:
        headers = {name: _header(archive, name) for name in sorted(archive.names) if name.endswith(".npy")}
        texts = {name: header for name, header in headers.items() if header.is_text}
        entries = {
            _key(name): _entry(archive, name, headers[name])
            for name in headers
            if name not in texts and not _is_flag(name, headers[name])
        }
        content = Content(entries, {})
        refuse_length(
            sum(header.dtype.itemsize // (4 if header.dtype.kind == "U" else 1) for header in texts.values()),
            content.weights,
        )
        said = {_key(name): _text(_key(name), _array(archive, name, header)) for name, header in texts.items()}
        said |= {
            _key(name): phase_text(bool(_array(archive, name, headers[name])))
            for name in headers
            if _is_flag(name, headers[name])
        }
    if _PHASE in said:
        said[_PHASE] = phase_text(said[_PHASE])
    refuse_long(said, content.weights)
    if entries and all(header.dtype.hasobject for name, header in headers.items() if name not in texts):
        told = f"all that it holds are pickled objects ({cut(listed(entries))}), which are not read, since that could run code"
        raise InvalidFile(f'{told}; for a dictionary of arrays: np.savez("w.npz", **dictionary)')
    metadata = _parsed(said.pop(_METADATA)) if _METADATA in said else {}
    content = replace(content, metadata=dict(sorted((said | metadata).items())), remarks=_unread(entries))
    return content if "emt_format" in metadata else _timed(content)


def _unread(entries: Mapping[str, Entry]) -> tuple[str, ...]:
    """A remark on each array that is called as σ is, and is no text."""
    return tuple(
        f"{shown(key)} of shape {entry.shape} is not read as σ: one text is, such as activation='relu'"
        for key, entry in entries.items()
        if names_sigma(key) and entry.array is None
    )


def _timed(content: Content) -> Content:
    """The content with α = dt/τ in place of these two numbers, where units leak."""
    numbers = {
        key: entry.array for key, entry in content.entries.items() if names_rate(key) and entry.shape in ((), (1,))
    }
    items = {key: array.item() for key, array in numbers.items() if array is not None and not names_alpha(key)}
    said = heard_in([Node("", None, items, None)])
    if "alpha" not in said.options or never_leaks(content.shapes):
        return content
    left = {key: entry for key, entry in content.entries.items() if key not in items}
    return replace(content, entries=left).saying(said.metadata, said.remarks)


def _text(key: str, array: NDArray[Any]) -> str:
    # NumPy makes a text of any numbers, also of those that are no characters.
    points = array.astype(array.dtype.newbyteorder("=")).reshape(-1).view(np.uint32) if array.dtype.kind == "U" else []
    if np.max(points, initial=0) > sys.maxunicode:
        raise InvalidFile(f"damaged at {shown(key)}: a text with numbers that are no characters")
    text: Any = array.item()
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)


class _Header(NamedTuple):
    shape: tuple[int, ...]
    column_major: bool
    dtype: np.dtype[Any]
    length: int

    @property
    def is_text(self) -> bool:
        """Whether it is one text, as such or alone in brackets."""
        return self.dtype.kind in "US" and all(length == 1 for length in self.shape)


def _is_flag(name: str, header: _Header) -> bool:
    """Whether it is phase_input=True, or 1, which is no array of a weight."""
    return _key(name) == _PHASE and header.dtype.kind in "biu" and header.shape == ()


def _key(name: str) -> str:
    return name.removesuffix(".npy")


def _header(archive: Archive, name: str) -> _Header:
    stream = io.BytesIO(archive.read(name, _LONGEST_HEADER))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # NumPy warns of headers that it had to repair
            shape, column_major, dtype = _HEADERS[npy.read_magic(stream)](stream)
        return _Header(shape, column_major, dtype, stream.tell())
    except Exception:  # noqa: BLE001 — a damaged header makes the parser raise anything
        raise InvalidFile(
            f"truncated or damaged at {shown(_key(name))}: no header of an .npy file, of version 1 or 2"
        ) from None


def _array(archive: Archive, name: str, header: _Header) -> NDArray[Any]:
    shape, column_major, dtype, start = header
    data, key = archive.read(name), _key(name)
    size = dtype.itemsize
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


def _entry(archive: Archive, name: str, header: _Header) -> Entry:
    kind = "a pickled object, which is not read, since that could run code" if header.dtype.hasobject else ""
    kind = kind or cut(header.dtype.newbyteorder("=").name)
    return Entry(header.shape, kind, _array(archive, name, header) if kind in WEIGHT_TYPES else None)


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

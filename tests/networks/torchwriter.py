"""Files as `torch.save` writes them, and files as it never would: a pickler of one's own, and zips put together by hand."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

KINDS = {"f2": "HalfStorage", "f4": "FloatStorage", "f8": "DoubleStorage", "i8": "LongStorage", "u2": "BFloat16Storage"}


@dataclass(frozen=True, eq=False)
class Stored:
    """A tensor with a storage of its own: an array, and what is said about it where that is not the truth."""

    array: np.ndarray
    offset: Any = 0
    shape: Any = None
    strides: Any = None
    length: Any = None
    key: Any = None
    kind: str | None = None
    word: str = "storage"


@dataclass(frozen=True)
class Name:
    """A global."""

    module: str
    name: str


@dataclass(frozen=True, eq=False)
class Reduce:
    """A call."""

    function: Any
    arguments: Any


@dataclass(frozen=True, eq=False)
class Build:
    """An object and what becomes its attributes."""

    made: Any
    state: Any


@dataclass(frozen=True, eq=False)
class Persisted:
    """A reference to something outside."""

    id: Any


@dataclass(frozen=True)
class Raw:
    """Opcodes."""

    code: bytes


class _Pickler:
    def __init__(self) -> None:
        self.code = bytearray(b"\x80\x02")
        self.storages: list[np.ndarray] = []
        self._seen: dict[int, int] = {}
        self._kept: list[Any] = []

    def dump(self, value: Any) -> None:
        match value:
            case None | True | False:
                self.code += {None: b"N", True: b"\x88", False: b"\x89"}[value]
            case int():
                size = max(1, (value.bit_length() + 8) // 8)
                self.code += b"\x8a" + bytes([size]) + value.to_bytes(size, "little", signed=True)
            case float():
                self.code += b"G" + struct.pack(">d", value)
            case str():
                text = value.encode()
                self.code += b"X" + struct.pack("<I", len(text)) + text
            case tuple():
                self.code += b"("
                for item in value:
                    self.dump(item)
                self.code += b"t"
            case list():
                self.code += b"]("
                for item in value:
                    self.dump(item)
                self.code += b"e"
            case dict():
                self._dictionary(value)
            case Persisted():
                self.dump(value.id)
                self.code += b"Q"
            case Raw(code):
                self.code += code
            case Name(module, name):
                self.code += f"c{module}\n{name}\n".encode()
            case Reduce(function, arguments):
                self.dump(function)
                self.dump(arguments)
                self.code += b"R"
            case Build(made, state):
                self.dump(made)
                self.dump(state)
                self.code += b"b"
            case Stored():
                self._tensor(value)
            case _:
                raise TypeError(type(value))

    def _dictionary(self, value: dict[Any, Any]) -> None:
        if id(value) in self._seen:
            self.code += b"j" + struct.pack("<I", self._seen[id(value)])
            return
        self._seen[id(value)] = len(self._seen)
        self._kept.append(value)
        self.code += b"}r" + struct.pack("<I", self._seen[id(value)]) + b"("
        for key, item in value.items():
            self.dump(key)
            self.dump(item)
        self.code += b"u"

    def _tensor(self, value: Stored) -> None:
        array = value.array
        natural = tuple(int(np.prod(array.shape[axis + 1 :])) for axis in range(array.ndim))
        kind = value.kind or KINDS[array.dtype.newbyteorder("<").str[1:]]
        key = str(len(self.storages)) if value.key is None else value.key
        self.storages.append(array)
        length = array.size if value.length is None else value.length
        shape = array.shape if value.shape is None else value.shape
        strides = natural if value.strides is None else value.strides
        self.dump(Name("torch._utils", "_rebuild_tensor_v2"))
        self.code += b"("
        self.dump((value.word, Name("torch", kind), key, "cpu", length))
        self.code += b"Q"
        for argument in (value.offset, shape, strides, False, Reduce(Name("collections", "OrderedDict"), ())):
            self.dump(argument)
        self.code += b"tR"


def pickled(tree: Any) -> tuple[bytes, list[np.ndarray]]:
    """A pickle of the tree, and the storages of its tensors in order."""
    pickler = _Pickler()
    pickler.dump(tree)
    return bytes(pickler.code) + b".", pickler.storages


def torch_file(path: Path, tree: Any, byteorder: bytes | None = b"little") -> Path:
    """A file as `torch.save` writes it."""
    code, storages = pickled(tree)
    entries = {"x/data.pkl": code} | ({"x/byteorder": byteorder} if byteorder is not None else {})
    entries |= {f"x/data/{k}": array.tobytes() for k, array in enumerate(storages)}
    return zip_file(path, {**entries, "x/version": b"3\n"})


def zip_file(path: Path, entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    """A zip of these entries."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return path


def rewritten(
    path: Path,
    drop: Sequence[str] = (),
    add: dict[str, bytes] | None = None,
    twice: str | None = None,
    compression: int = zipfile.ZIP_STORED,
) -> Path:
    """The same file with entries left out, added, replaced, doubled, or packed."""
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        entries = {name: archive.read(name) for name in archive.namelist() if name not in drop}
    zip_file(path, entries | (add or {}), compression)
    if twice is not None:
        with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            archive.writestr(zipfile.ZipInfo(twice), b"again")
    return path

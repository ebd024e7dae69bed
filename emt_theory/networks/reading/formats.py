"""Which formats are read and written: every one is an entry of `FORMATS`.

The suffix chooses. How the bytes of a format begin is known beside it, so that a file under the suffix of another format is told what it is. Nothing
else in the package lists suffixes: a new format is a reader, from a path to a `Content`, and an entry.

>>> for known in FORMATS:
...     print(f"{known.name:11} {' '.join(known.suffixes):20} {'read and written' if known.pack else 'read'}")
safetensors .safetensors         read and written
npz         .npz                 read and written
PyTorch     .pt .pth .bin .ckpt  read
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from numpy.typing import NDArray

from emt_theory.errors import InvalidFile
from emt_theory.ground.text import shown
from emt_theory.networks.reading.content import Content
from emt_theory.networks.reading.npz import pack_npz, read_npz
from emt_theory.networks.reading.safetensors import pack_safetensors, read_safetensors
from emt_theory.networks.reading.torchfiles import read_torch

Pack: TypeAlias = Callable[[Mapping[str, NDArray[Any]], Mapping[str, str]], bytes]


@dataclass(frozen=True)
class Format:
    """A format of files.

    Attributes:
        name: what it is called in messages.
        suffixes: the endings of its files, lower case, the usual one first.
        begins: a regular expression for the first bytes of its files, in which a point stands for any byte.
        read: from a path to what the file holds. It raises `InvalidFile` for every file that it cannot read.
        pack: from arrays and metadata to the bytes of a file, the same for the same content; None where it is only read.
    """

    name: str
    suffixes: tuple[str, ...]
    begins: bytes
    read: Callable[[Path], Content]
    pack: Pack | None = None

    def is_begun(self, start: bytes) -> bool:
        """Whether a file that begins like this may be one."""
        return re.match(self.begins, start, re.DOTALL) is not None


# A zip begins with PK, 3 and 4, then 22 bytes of numbers, two lengths, and the name of its first entry.
_TORCH = rb"PK\x03\x04.{26}[^/\x00]+/data(?:\.pkl|/)|\x80[\x02-\x05]"  # or a pickle, as before PyTorch 1.6

FORMATS: list[Format] = [
    Format("safetensors", (".safetensors",), rb".{4}\x00{4}\{", read_safetensors, pack_safetensors),
    Format("npz", (".npz",), rb"PK\x03\x04.{26}[^\x00]+?\.npy", read_npz, pack_npz),
    Format("PyTorch", (".pt", ".pth", ".bin", ".ckpt"), _TORCH, read_torch),
]


def read(path: Path) -> Content:
    """What a file holds.

    Raises:
        InvalidFile: if no format has its suffix; if it begins as a file of another format does; or if it cannot be read.
    """
    chosen = by_suffix(path)
    with path.open("rb") as file:
        start = file.read(1024)
    other = next((known for known in FORMATS if known.is_begun(start)), chosen)
    if other is not chosen and not chosen.is_begun(start):
        told = f"its suffix says {chosen.name}, but it begins as {other.name} files do"
        raise InvalidFile(f"{told}; rename it to {other.suffixes[0]}")
    return chosen.read(path)


def by_suffix(path: Path) -> Format:
    """The format whose suffix a path has.

    Raises:
        InvalidFile: if there is none.
    """
    for known in FORMATS:
        if path.suffix.lower() in known.suffixes:
            return known
    *most, last = (suffix for known in FORMATS for suffix in known.suffixes)
    raise InvalidFile(f"unknown suffix {shown(path.suffix)}; networks are read from {', '.join(most)} and {last}")


def writers() -> dict[str, Pack]:
    """What packs a file, by suffix."""
    return {suffix: known.pack for known in FORMATS if known.pack for suffix in known.suffixes}

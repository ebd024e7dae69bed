"""Which formats are read and written: every one is an entry of `FORMATS`.

How a file begins decides, whatever its suffix is; where it begins as none of them does, the suffix says what it ought to be. Nothing else in the
package lists suffixes: a new format is a reader, from a path to a `Content`, and an entry. What is met often and not read is an entry of
`emt_theory.networks.reading.foreign`, with the line that helps.

>>> for known in FORMATS:
...     print(f"{known.name:11} {' '.join(known.suffixes):20} {'read and written' if known.pack else 'read'}")
safetensors .safetensors         read and written
npz         .npz                 read and written
PyTorch     .pt .pth .bin .ckpt  read
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from numpy.typing import NDArray

from emt_theory.errors import InvalidFile
from emt_theory.ground.text import cut, printable, shown
from emt_theory.networks.reading.content import Content, refuse_long
from emt_theory.networks.reading.foreign import foreign_folder, foreign_start, foreign_suffix
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
    """What a file holds, with a remark where its suffix says something else than its bytes.

    Raises:
        InvalidFile: if it is of none of the formats, by its first bytes and by its suffix; or if it cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(1024)
    if said := foreign_start(path, start):
        raise InvalidFile(said)
    named = [known for known in FORMATS if path.suffix.lower() in known.suffixes]
    begun = [known for known in FORMATS if known.is_begun(start)]
    chosen = next((known for known in named if known in begun or not begun), begun[0] if begun else None)
    if chosen is None:
        raise InvalidFile(_unknown(path))
    content = chosen.read(path)
    refuse_long(content.metadata, content.weights)
    if chosen in named:
        return content
    remark = f"read as {chosen.name}, as its first bytes say; {_suffix(path)}"
    return replace(content, remarks=(*content.remarks, remark))


def read_folder(path: Path) -> Content:
    """Nothing: networks are read from files.

    Raises:
        InvalidFile: always; says what the folder is, or which file in it to give.
    """
    raise InvalidFile(foreign_folder(path, tuple(suffix for known in FORMATS for suffix in known.suffixes)))


def _unknown(path: Path) -> str:
    *most, last = (suffix for known in FORMATS for suffix in known.suffixes)
    known = f"networks are read from {', '.join(most)} and {last}"
    return (
        foreign_suffix(path) or f"unknown suffix {shown(path.suffix)}, and it begins as no file that is read; {known}"
    )


def _suffix(path: Path) -> str:
    return f"the suffix is {printable(cut(path.suffix))}" if path.suffix else "it has no suffix"


def writers() -> dict[str, Pack]:
    """What packs a file, by suffix."""
    return {suffix: known.pack for known in FORMATS if known.pack for suffix in known.suffixes}

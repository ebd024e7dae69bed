r"""Zip archives, read with care: what a file declares is checked before anything is read on its word.

An `.npz` and a PyTorch file are both zips of named entries. A hostile one declares a directory of a million entries, ten gigabytes packed into
ten kilobytes, two entries of one name, or entries that lie on top of each other. Here

    the directory has at most 4 MiB,    names are different,    stored sizes add up to no more than the file,
    unpacked sizes add up to at most 256 MiB,    and every entry read has the CRC-32 that the directory gives.

Packed entries are those of `numpy.savez_compressed`. PyTorch packs nothing, and `Archive.refuse_packed` holds it to that.

>>> buffer = io.BytesIO()
>>> with zipfile.ZipFile(buffer, "w") as archive:
...     archive.writestr("a/byteorder", "little")
>>> with open_zip(buffer, "a PyTorch file") as archive:
...     archive.names, archive.read("a/byteorder")
(('a/byteorder',), b'little')
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

from emt_theory.errors import InvalidFile
from emt_theory.ground.text import first_line, plain, shown

MAX_DIRECTORY = 4 * 2**20
"""The most bytes that the directory of a zip may have; an entry needs 46 and its name."""
MAX_UNPACKED = 256 * 2**20
"""The most bytes that the packed entries of a zip may have when unpacked: a small file must stay small."""
_CHUNK = 2**20
_ENCRYPTED = 0x1


class Archive:
    """An open zip; get one from `open_zip`.

    Attributes:
        names: the names of the entries, in the order of the directory.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._entries = {entry.filename: entry for entry in archive.infolist()}
        self.names = tuple(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def size(self, name: str) -> int:
        """How many bytes an entry has, unpacked."""
        return self._entries[name].file_size

    def refuse_packed(self) -> None:
        """Refuse an archive with packed entries.

        Raises:
            InvalidFile: if there is one; names it.
        """
        for name, entry in self._entries.items():
            if entry.compress_type != zipfile.ZIP_STORED:
                raise InvalidFile(
                    f"the entry {shown(name)} is packed, which PyTorch never does; zip the file again without packing"
                )

    def read(self, name: str, most: int | None = None) -> bytes:
        """The bytes of an entry, or the first of them, whose CRC-32 nobody knows.

        Args:
            name: the entry.
            most: how many bytes are enough; None reads all.

        Raises:
            InvalidFile: if it is damaged, or encrypted.
        """
        content = bytearray()
        try:
            with self._archive.open(self._entries[name]) as entry:
                if most is not None and most < self.size(name):
                    return entry.read(most)
                while chunk := entry.read(_CHUNK):
                    content += chunk
        except InvalidFile:
            raise
        except Exception as error:  # noqa: BLE001 — damaged archives make zipfile, zlib and struct raise anything
            raise InvalidFile(f"truncated or damaged at {shown(name)} ({plain(first_line(error))})") from None
        if len(content) != self.size(name):
            raise InvalidFile(
                f"truncated or damaged at {shown(name)}: it has {len(content)} bytes, not {self.size(name)}"
            )
        return bytes(content)


@contextmanager
def open_zip(source: Path | io.BytesIO, what: str) -> Generator[Archive]:
    """Open a zip and check its directory.

    Args:
        source: the file, or its bytes.
        what: what it ought to be, for messages.

    Raises:
        InvalidFile: if it is no zip, is damaged, or declares what the module forbids.
    """
    with source.open("rb") if isinstance(source, Path) else nullcontext(source) as file:
        length = file.seek(0, io.SEEK_END)
        try:
            archive = zipfile.ZipFile(_Bounded(file, length))  # type: ignore[arg-type]  # the part of a file that zipfile reads with
        except InvalidFile:
            raise
        except Exception as error:  # noqa: BLE001 — as above
            raise InvalidFile(f"truncated, or not {what} ({plain(first_line(error))})") from None
        with archive:
            _check(archive.infolist(), length)
            yield Archive(archive)


def _check(entries: list[zipfile.ZipInfo], length: int) -> None:
    seen = set[str]()
    for entry in entries:
        name = shown(entry.filename)
        if entry.filename in seen:
            raise InvalidFile(f"two entries are named {name}")
        seen.add(entry.filename)
        if entry.flag_bits & _ENCRYPTED:
            raise InvalidFile(f"the entry {name} is encrypted")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InvalidFile(f"the entry {name} is packed by method {entry.compress_type}; only deflate is unpacked")
        if entry.compress_type == zipfile.ZIP_STORED and entry.file_size != entry.compress_size:
            raise InvalidFile(f"the entry {name} is not packed, and yet has two sizes; the file is damaged")
    if sum(entry.compress_size for entry in entries) > length:
        raise InvalidFile(f"its entries have more bytes together than the file ({length}); they overlap")
    unpacked = sum(entry.file_size for entry in entries if entry.compress_type == zipfile.ZIP_DEFLATED)
    if unpacked > MAX_UNPACKED:
        raise InvalidFile(
            f"its packed entries have {unpacked} bytes together when unpacked, more than {MAX_UNPACKED}; "
            "write it unpacked (numpy.savez)"
        )


class _Bounded:
    """A file that refuses to read much at once: `zipfile` reads a directory in one go, however long it is declared to be."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file, self._length = file, length
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if (self._length - self.tell() if size < 0 else size) > MAX_DIRECTORY:
            raise InvalidFile(
                f"the directory of the zip has more than {MAX_DIRECTORY} bytes; that is no file of weights"
            )
        return self._file.read(size)

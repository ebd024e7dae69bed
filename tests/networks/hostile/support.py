"""What the makers of hostile files share: networks that are right, and zips whose directories are not."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

CANARY = "canary-that-must-not-appear"
Content = bytes | Callable[[Path], None]
Files = Iterator[tuple[str, Content]]

GOOD = {
    "rnn.weight_hh_l0": np.diag([1.0, 2, 3]).astype("<f4"),
    "rnn.weight_ih_l0": np.ones((3, 1), "<f4"),
    "readout.weight": np.ones((1, 3), "<f4"),
}


def zipped(entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return buffer.getvalue()


def directory(whole: bytes) -> list[int]:
    """Where the entries of the central directory begin."""
    places, place = list[int](), whole.find(b"PK\x01\x02")
    while place >= 0:
        places.append(place)
        place = whole.find(b"PK\x01\x02", place + 4)
    return places


def declared(whole: bytes, size: int) -> bytes:
    """The first entry declared to have this size, in a zip64 field."""
    place = directory(whole)[0]
    length = struct.unpack_from("<H", whole, place + 28)[0]
    head = bytearray(whole[place : place + 46 + length])
    extra = struct.pack("<HHQQ", 1, 16, size, size)
    struct.pack_into("<II", head, 20, 2**32 - 1, 2**32 - 1)
    struct.pack_into("<H", head, 30, len(extra))
    end = whole.rfind(b"PK\x05\x06")
    tail = bytearray(whole[end:])
    struct.pack_into("<I", tail, 12, end - place + len(extra))
    return whole[:place] + bytes(head) + extra + whole[place + 46 + length : end] + bytes(tail)


def many_entries(path: Path) -> None:
    """46 bytes in a directory become half a kilobyte in Python."""
    count = 10**6
    head = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0)
    with path.open("wb") as file:
        for k in range(count):
            file.write(head + b"%07d" % k)
        size = file.tell()
        file.write(struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, 0))
        file.write(
            struct.pack("<4sIQI", b"PK\x06\x07", 0, size, 1)
            + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
        )


def push_text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()

"""Damaged and hostile .npz files: bits, headers, pickles, bombs."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from tests.networks.hostile.support import CANARY, GOOD, Files, declared, many_entries, push_text, zipped


def npz_bytes(arrays: dict[str, Any], packed: bool = False) -> bytes:
    buffer = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(buffer, **arrays)
    return buffer.getvalue()


def npy(
    descr: str = "'<f4'",
    shape: str = "(3, 3)",
    data: bytes = GOOD["rnn.weight_hh_l0"].tobytes(),
    order: str = "False",
    version: bytes = b"\x01\x00",
) -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    length = struct.pack("<H" if version == b"\x01\x00" else "<I", len(text))
    return b"\x93NUMPY" + version + length + text + data


def npz_damage() -> Files:
    whole, packed = npz_bytes(GOOD), npz_bytes(GOOD, packed=True)
    for k in range(16):
        yield "truncated", whole[: 1 + k * (len(whole) - 2) // 15]
        yield "truncated-packed", packed[: 1 + k * (len(packed) - 2) // 15]
    for what, content in (("", whole), ("-packed", packed)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
        for entry in entries:
            start = (
                entry.header_offset
                + 30
                + sum(struct.unpack("<HH", content[entry.header_offset + 26 : entry.header_offset + 30]))
            )
            for k in range(5):
                flipped = bytearray(content)
                flipped[start + k * (entry.compress_size - 1) // 4] ^= 1 << (k + 1)
                piece = slice(start, start + entry.compress_size)
                if what and _unpacked(bytes(flipped[piece])) == _unpacked(content[piece]):
                    continue  # some bits of a packed entry say the same either way
                yield f"bit-flipped{what}", bytes(flipped)
    rest = {f"{key}.npy": npy(shape=str(array.shape), data=array.tobytes()) for key, array in GOOD.items()}
    for what, damaged in {
        "object": npy(descr="'|O'"),
        "object-field": npy(descr="[('a', '|O')]"),
        "integers": npy(descr="'<i4'"),
        "complex": npy(descr="'<c8'", shape="(3, 3)", data=bytes(72)),
        "text": npy(descr="'<U1'"),
        "void": npy(descr="'|V4'"),
        "long-double": npy(descr="'<f16'", data=bytes(144)),
        "half": npy(descr="'<f2'"),
        "double": npy(descr="'<f8'"),
        "unknown-type": npy(descr="'<q99'"),
        "no-type": npy(descr="None"),
        "shape": npy(shape="(3, 4)"),
        "shape-huge": npy(shape="(10**6, 10**6)"),
        "shape-terabyte": npy(shape="(1000000, 1000000)"),
        "shape-overflow": npy(shape="(4294967296, 4294967296)"),
        "shape-wrap": npy(shape="(4611686018427387904, 4)"),
        "shape-negative": npy(shape="(-3, -3)"),
        "shape-one-negative": npy(shape="(-1, 9)"),
        "shape-float": npy(shape="(3.0, 3)"),
        "shape-list": npy(shape="[3, 3]"),
        "shape-empty": npy(shape="(0, 99999999999999999999)", data=b""),
        "axes": npy(shape=str((3, 3) + (1,) * 70)),
        "order": npy(order="'yes'"),
        "short": npy(data=bytes(35)),
        "long": npy(data=bytes(37)),
        "version-3": npy(version=b"\x03\x00"),
        "version-9": npy(version=b"\x09\x00"),
        "no-magic": b"hello",
        "empty": b"",
        "header-only": npy()[:20],
        "code": npy(shape=f"__import__('os').mkdir('{CANARY}')"),
        "nested": npy(shape="(" * 5000),
        "nan": npy(data=np.full(9, np.nan, "<f4").tobytes()),
        "vector": npy(shape="(9,)"),
        "header-of-a-gigabyte": b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**30) + b"{",
        "header-long": npy(shape="(3, 3)" + " " * 20_000),
    }.items():
        yield what, zipped(rest | {"rnn.weight_hh_l0.npy": damaged})
    for what, method in (("bzip2", zipfile.ZIP_BZIP2), ("lzma", zipfile.ZIP_LZMA)):
        yield f"packed-{what}", zipped(rest, method)
    yield "twice", zipped(rest).replace(b"rnn.weight_ih_l0", b"rnn.weight_hh_l0")
    yield "no-arrays", zipped({"a.txt": b"hello"})
    for what, text in (("no-json", "hello"), ("list", "[]"), ("numbers", '{"a": 1}'), ("deep", "[" * 10**5)):
        yield f"metadata-{what}", npz_bytes({**GOOD, "metadata": text})
    yield (
        "pickle-in-npz",
        zipped(
            {
                "rnn.weight_hh_l0.npy": npy(
                    descr="'|O'", data=b"\x80\x02cos\nsystem\n" + push_text(f"mkdir {CANARY}") + b"\x85R."
                )
            }
        ),
    )


def _unpacked(packed: bytes) -> bytes | None:
    try:
        return zlib.decompressobj(-15).decompress(packed)
    except zlib.error:
        return None


def npz_bombs() -> Files:
    megabyte = 2**20
    yield "257-megabytes", lambda path: _deflated(path, {"rnn.weight_hh_l0.npy": 257 * megabyte})
    yield "255-megabytes", lambda path: _deflated(path, {"rnn.weight_hh_l0.npy": 255 * megabyte})
    yield "ten-times-100-megabytes", lambda path: _deflated(path, {f"{k}.npy": 100 * megabyte for k in range(10)})
    yield (
        "in-bytes-that-are-said-to-be-few",
        lambda path: _deflated(path, {"rnn.weight_hh_l0.npy": 200 * megabyte}, said=1000),
    )
    yield "said-to-be-more-than-they-are", lambda path: _deflated(path, {"rnn.weight_hh_l0.npy": 1000}, said=5000)
    yield "said-to-be-an-exabyte", declared(npz_bytes(GOOD, packed=True), 2**60)
    yield "directory-of-a-million-entries", many_entries
    yield "text", npz_bytes({**GOOD, "metadata": np.array("a" * (8 * megabyte))}, packed=True)
    yield "many-small-arrays", npz_bytes({f"k{k}": np.zeros(0) for k in range(3000)})


def _deflated(path: Path, sizes: dict[str, int], said: int | None = None) -> None:
    """A zip of arrays of zeros, without ever having one in memory; `said` is what the directory gives as their size."""
    with path.open("wb") as file:
        directory = b""
        for name, size in sizes.items():
            head = npy(shape=f"({size // 4},)", data=b"")
            packer, crc, packed, left = zlib.compressobj(9, zlib.DEFLATED, -15), zlib.crc32(head), 0, size
            offset = file.tell()
            file.write(bytes(30) + name.encode())
            packed += file.write(packer.compress(head))
            while left:
                chunk = bytes(min(left, 2**20))
                crc, left = zlib.crc32(chunk, crc), left - len(chunk)
                packed += file.write(packer.compress(chunk))
            packed += file.write(packer.flush())
            common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, crc, packed, said or size + len(head), len(name), 0)
            end = file.tell()
            file.seek(offset)
            file.write(b"PK\x03\x04" + common)
            file.seek(end)
            directory += (
                b"PK\x01\x02"
                + struct.pack("<H", 20)
                + common
                + struct.pack("<HHHII", 0, 0, 0, 0, offset)
                + name.encode()
            )
        start = file.tell()
        file.write(
            directory + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, len(sizes), len(sizes), len(directory), start, 0)
        )

"""What a mutant differs by: random bytes; or one field of a format, and the lengths and checksums around it right."""

from __future__ import annotations

import io
import json
import pickletools
import struct
import warnings
import zipfile
from collections.abc import Callable
from random import Random
from typing import Any

from tests.networks.hostile.npz_files import npy
from tests.networks.hostile.safetensors_files import safetensors_bytes
from tests.networks.hostile.support import CANARY, push_text

# fmt: off
NUMBERS = (0, 1, 2, 3, 5, 127, 128, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62, 2**63 - 1, 2**63, 2**64 - 1)
SHAPES: tuple[Any, ...] = (
    [], [0], [1], [-1], [5], [5, 5], [25], [5, 2], [2, 5], [10, 5], [15, 5], [20, 5], [0, 5], [5, 0], [2**31, 2**31], [2**63, 2], [1] * 40,
    [5.0, 5], "55", None, [[5], 5], [True, 5], [-5, -5], {}, 5,
)
DTYPES = ("F32", "F64", "F16", "BF16", r"\u0042F16", "I64", "I8", "U8", "BOOL", "F8_E4M3", "C64", "f32", "", "\x1b[31m", "F" * 5000, 3, None)
DESCRS = (
    "'<f4'", "'<f8'", "'>f8'", "'<f2'", "'<i8'", "'|O'", "'<U5'", "'|S9'", "'|V4'", "[('a', '<f4')]",
    "'<c16'", "'<f16'", "None", "3", "''", "'<M8[s]'",
)
ENDS = ("", "_g", "_v", "_orig", "_mask", "_u", "_raw", ".0.base", "_l1", "_reverse", "\x1b[2J", "\n", "k" * 3000, "\x00", "é", "/")
HEADS = ("", "parametrizations.", "rnn.parametrizations.weight_hh_l0.", "rnn.", "fc.", "h.", "\x1b]0;x\x07", "a" * 700)
KEYS = (
    "W_hh", "weight_hh", "weight_hh_l0", "original", "original0", "original1", "0._u", "0._v", "h.kernel", "hr.kernel", "readout.weight",
    "b_h", "metadata",
)
TEXTS = ("relu", "gelu", "", "1", "2", "true", "[", "{}", "[" * 3000, "\x1b[31m", "9" * 5000, "elman", "lstm", "1e999", "NaN", '{"W_hh": 1}')
NOTES = ("activation", "nonlinearity", "phase_input", "emt_format", "kind", "exact", "d_in", "note", "layout", "source", "\x1b[31m")
CODE = tuple(
    f"c{module}\n{name}\n".encode() + push_text(CANARY) + b"\x85R"
    for module, name in (("os", "mkdir"), ("builtins", "eval"), ("pathlib", "Path"), ("torch._utils", "_rebuild_tensor_v2"), ("x", "y"))
)
VALUES = (b"K\x05", b"K\x00", b"J\xff\xff\xff\xff", b"\x8a\x09" + b"\xff" * 8 + b"\x00", b"N", b"]", b"}", b")", b"\x88")
# fmt: on

# ------------------------------------------------------------------------------------------------ random bytes


def _piece(rng: Random, whole: bytes, most: int = 64) -> tuple[int, int]:
    start = rng.randrange(len(whole) + 1)
    return start, min(len(whole), start + rng.randint(0, most))


def _flipped(rng: Random, whole: bytes) -> bytes:
    changed = bytearray(whole)
    for _ in range(rng.randint(1, 8) if whole else 0):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _number(rng: Random, whole: bytes) -> bytes:
    """A number of 1, 2, 4 or 8 bytes replaced by one that is a border of something."""
    size, place = rng.choice((1, 2, 4, 8)), rng.randrange(len(whole) + 1)
    value = rng.choice(NUMBERS) % 2 ** (8 * size)
    return whole[:place] + value.to_bytes(size, rng.choice(("little", "big"))) + whole[place + size :]


def _cut_out(rng: Random, whole: bytes) -> bytes:
    start, end = _piece(rng, whole)
    return whole[:start] + whole[end:]


def _put_in(rng: Random, whole: bytes) -> bytes:
    place = rng.randrange(len(whole) + 1)
    return whole[:place] + rng.randbytes(rng.randint(1, 64)) + whole[place:]


def _doubled(rng: Random, whole: bytes) -> bytes:
    start, end = _piece(rng, whole, 512)
    return whole[:end] + whole[start:end] * rng.randint(1, 3) + whole[end:]


def _shortened(rng: Random, whole: bytes) -> bytes:
    return whole[: rng.randrange(len(whole) + 1)]


def _noise(rng: Random, whole: bytes) -> bytes:
    return whole[: rng.choice((0, 2, 4, 10, 30, 64))] + rng.randbytes(rng.randint(1, 400))


_RANDOM: tuple[Callable[[Random, bytes], bytes], ...] = (
    _flipped, _flipped, _number, _number, _cut_out, _put_in, _doubled, _shortened, _noise,
)  # fmt: skip


def change_bytes(rng: Random, whole: bytes) -> bytes:
    """Random bytes changed, left out, put in, doubled, or all of them but the first."""
    return rng.choice(_RANDOM)(rng, whole)


# ------------------------------------------------------------------------------------------------ one field, and the rest right


def _name(rng: Random, name: str) -> str:
    return (
        rng.choice((name, *KEYS))
        if rng.random() < 0.5
        else rng.choice(HEADS) + rng.choice((name, *KEYS)) + rng.choice(ENDS)
    )


def change_safetensors(rng: Random, whole: bytes) -> bytes:
    """One to three fields of the header changed."""
    length = int.from_bytes(whole[:8], "little")
    header, payload = json.loads(whole[8 : 8 + length]), whole[8 + length :]
    for _ in range(rng.randint(1, 3)):
        key = rng.choice([key for key in header if key != "__metadata__"] or ["x"])
        entry = header[key] if isinstance(header.get(key), dict) else {}
        match rng.randrange(8):
            case 0:
                header[key] = entry | {"dtype": rng.choice(DTYPES)}
            case 1:
                header[key] = entry | {"shape": rng.choice(SHAPES)}
            case 2:
                header[key] = entry | {
                    "data_offsets": rng.choice(
                        ([0, 8], [8, 0], [0, rng.choice(NUMBERS)], [rng.choice(NUMBERS)] * 2, [0], None)
                    )
                }
            case 3:
                header[_name(rng, key)] = header.pop(key, entry)
            case 4:
                header.pop(key, None)
            case 5:
                header[rng.choice((key, "extra"))] = rng.choice((None, [], {}, 1, "x", entry | {"extra": [[[]]]}))
            case 6:
                header["__metadata__"] = rng.choice((None, [], 3, {rng.choice(NOTES): rng.choice((*TEXTS, 3, None))}))
            case _:
                notes = header.get("__metadata__")
                header["__metadata__"] = (notes if isinstance(notes, dict) else {}) | {
                    rng.choice(NOTES): rng.choice(TEXTS)
                }
    text = json.dumps(header).replace("\\\\u", "\\u").encode()
    if rng.random() < 0.2:
        text = change_bytes(rng, text)
    return safetensors_bytes(text, payload, rng.choice(NUMBERS) if rng.random() < 0.05 else None)


def change_zip(rng: Random, whole: bytes) -> bytes:
    """One entry or two changed, and the zip written again with right sizes and checksums."""
    try:
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            entries = {name: archive.read(name) for name in archive.namelist()}
    except zipfile.BadZipFile:  # a file of old PyTorch: a pickle
        return _pickle(rng, whole)
    for _ in range(rng.randint(1, 2)):
        name = rng.choice(list(entries) or ["x/data.pkl"])
        if name.endswith("data.pkl") or rng.random() < 0.4:
            name = next((other for other in entries if other.endswith("data.pkl")), name)
        data = entries.pop(name, b"")
        match rng.randrange(8):
            case 0:
                pass  # left out
            case 1:
                entries[_name(rng, name)] = data
            case 2:
                entries |= {
                    name: data,
                    f"{rng.choice(HEADS)}{name}{rng.choice(ENDS)}": rng.choice((data, *entries.values())),
                }
            case 3:
                entries[name] = change_bytes(rng, data)
            case _:
                entries[name] = _pickle(rng, data) if name.endswith(".pkl") else _array(rng, data)
    buffer, method = io.BytesIO(), rng.choice((zipfile.ZIP_STORED,) * 4 + (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in entries.items():
            info = zipfile.ZipInfo("x")  # its constructor ends a name at a NUL
            info.filename, info.compress_type = name[:5000], method
            archive.writestr(info, data)
    return buffer.getvalue()


def _array(rng: Random, data: bytes) -> bytes:
    """An array of an .npz with another header, or another one altogether; a storage of PyTorch with other numbers."""
    if not data.startswith(b"\x93NUMPY"):
        return change_bytes(rng, data)
    shape = rng.choice(SHAPES)
    payload = rng.choice((data[128:], bytes(rng.choice((0, 4, 8, 36, 100, 200, 400))), rng.randbytes(200)))
    text = str(tuple(shape) if isinstance(shape, list) else shape)
    order, version = (
        rng.choice(("False", "True", "3")),
        rng.choice((b"\x01\x00",) * 4 + (b"\x02\x00", b"\x03\x00", b"\x09\x09")),
    )
    return npy(rng.choice(DESCRS), text, payload, order, version)


def _pickle(rng: Random, data: bytes) -> bytes:
    """A pickle with opcodes left out, doubled, exchanged or replaced, numbers and texts changed, or code put in."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            places = [place for _, _, place in pickletools.genops(data)]
    except (ValueError, IndexError, struct.error):  # an old PyTorch file is several pickles; or a mutant already
        places = list(range(0, len(data), 7)) or [0]
    parts = [data[a:b] for a, b in zip(places, [*places[1:], len(data)], strict=True)]
    for _ in range(rng.randint(1, 4)):
        k = rng.randrange(max(1, len(parts) - 1))
        match rng.randrange(8):
            case 0:
                parts[k] = b""
            case 1:
                parts[k] *= 2
            case 2:
                other = rng.randrange(len(parts))
                parts[k], parts[other] = parts[other], parts[k]
            case 3:
                parts[k] = bytes([rng.randrange(256)]) + parts[k][1:]
            case 4:
                parts[k] = rng.choice(VALUES)
            case 5:
                parts[k] = push_text(rng.choice((*KEYS, *TEXTS, "storage", "0", "cpu", _name(rng, "x"))))
            case 6:
                parts[k] += rng.choice(CODE) + rng.choice((b"0", b""))
            case _:
                parts[k] = _flipped(rng, parts[k]) if parts[k] else b""
    return b"".join(parts)

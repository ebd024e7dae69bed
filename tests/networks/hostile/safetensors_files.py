"""Damaged and hostile safetensors files: headers that lie, and headers that are bombs."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

from tests.networks.hostile.support import GOOD, Files


def safetensors_bytes(header: Any, payload: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + payload


def good_safetensors() -> tuple[dict[str, Any], bytes]:
    header, payload = {}, b""
    for key, array in GOOD.items():
        header[key] = {
            "dtype": "F32",
            "shape": list(array.shape),
            "data_offsets": [len(payload), len(payload) + array.nbytes],
        }
        payload += array.tobytes()
    return header, payload


def safetensors_damage() -> Files:
    header, payload = good_safetensors()
    whole = safetensors_bytes(header, payload)
    for k in range(24):
        yield "truncated", whole[: 1 + k * (len(whole) - 2) // 23]
    for length in (0, 1, 7, len(whole), 2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 1):
        yield f"header-of-{length}", safetensors_bytes(header, payload, length)
    key = "rnn.weight_hh_l0"
    for what, change in {
        "dtype": {"dtype": "F128"},
        "dtype-number": {"dtype": 3},
        "dtype-escapes": {"dtype": "\x1b[31mF32"},
        "dtype-long": {"dtype": "F" * 10**6},
        "shape-of-a-thousand-axes": {"shape": [3, 3] + [1] * 1000},
        "integers": {"dtype": "I32"},
        "float8": {"dtype": "F8_E4M3"},
        "half": {"dtype": "F16"},
        "bool": {"dtype": "BOOL"},
        "shape": {"shape": [3, 4]},
        "shape-huge": {"shape": [2**32, 2**32]},
        "shape-overflow": {"shape": [2**63, 2]},
        "shape-negative": {"shape": [-3, -3]},
        "shape-text": {"shape": "33"},
        "shape-float": {"shape": [3.0, 3]},
        "axes": {"shape": [3, 3] + [1] * 70},
        "offsets-beyond": {"data_offsets": [0, 2**40]},
        "offsets-overflow": {"data_offsets": [0, 2**64 - 1]},
        "offsets-negative": {"data_offsets": [-36, 0]},
        "offsets-swapped": {"data_offsets": [36, 0]},
        "offsets-overlap": {"data_offsets": [12, 48]},
        "offsets-short": {"data_offsets": [0, 35]},
        "offsets-one": {"data_offsets": [0]},
        "offsets-none": {"data_offsets": None},
        "vector": {"shape": [9]},
        "row": {"shape": [1, 9]},
    }.items():
        yield what, safetensors_bytes({**header, key: {**header[key], **change}}, payload)
    yield "surplus", whole + b"surplus"
    yield "gap", safetensors_bytes({**header, key: {**header[key], "data_offsets": [1, 37]}}, payload + b"1")
    for what, array in {"nan": np.nan, "infinity": np.inf, "minus-infinity": -np.inf}.items():
        yield f"weights-{what}", safetensors_bytes(header, np.full(len(payload) // 4, array, "<f4").tobytes())
    text = json.dumps(header).encode()
    for what, changed in {
        "no-json": b"}" + text,
        "list": b"[" + text + b"]",
        "null": b"null",
        "latin": text.replace(b"rnn", b"\xff\xfe\xfd"),
        "comma": text.replace(b",", b";", 1),
        "key-twice": text[:-1] + b',"rnn.weight_hh_l0":{"dtype":"F32","shape":[3,3],"data_offsets":[60,96]}}',
        "deep": b'{"a":' + b"[" * 10**5,
        "metadata-number": text[:-1] + b',"__metadata__":{"a":1}}',
        "metadata-list": text[:-1] + b',"__metadata__":[]}',
        "no-recurrent": text.replace(b"weight_hh_l0", b"weight_xx_l0"),
        "gelu": text[:-1] + b',"__metadata__":{"activation":"gelu"}}',
        "version": text[:-1] + b',"__metadata__":{"emt_format":"99"}}',
        "twin-deep": text[:-1] + b',"__metadata__":{"exact":"' + b"[" * 10**5 + b'"}}',
        "twin": text[:-1]
        + b',"__metadata__":{"exact":"{\\"W_hh\\":{\\"shape\\":[1000000000,1000000000],\\"entries\\":[]}}"}}',
        "escapes": text.replace(b"rnn.weight_hh", b"\\u001b[31mrnn.weight_xx"),
        "thousand-read-outs": json.dumps(
            header | {f"fc{k}.weight": {"dtype": "F32", "shape": [0, 3], "data_offsets": [60, 60]} for k in range(1000)}
        ).encode(),
        "bfloat-escaped": text.replace(b"F32", b"\\u0042F16"),
        "sigma-long": text[:-1] + b',"__metadata__":{"activation":"' + b"\\u001b[31m" * 10**5 + b'"}}',
        "version-long": text[:-1] + b',"__metadata__":{"emt_format":"' + b"\\u001b[31m" * 10**5 + b'"}}',
        "kind-long": text[:-1] + b',"__metadata__":{"emt_format":"1","kind":"' + b"\\u001b" * 10**5 + b'"}}',
        "phase-long": text[:-1] + b',"__metadata__":{"phase_input":"' + b"\\u001b" * 10**5 + b'"}}',
        "sigmas-long": text[:-1] + b',"__metadata__":{"activation":"a","nonlinearity":"' + b"\\u001b" * 10**5 + b'"}}',
        "twin-long": text[:-1]
        + b',"__metadata__":{"exact":"{\\"W_hh\\":{\\"shape\\":[1,1],\\"entries\\":[[0,0,\\"'
        + b"\\\\u001b" * 10**5
        + b'\\"]]}}"}}',
        "cell": text[:-1] + b',"__metadata__":{"emt_format":"1","kind":"gru"}}',
    }.items():
        yield what, safetensors_bytes(changed, payload)


def safetensors_bombs() -> Files:
    head, tail = b'{"a":{"dtype":"F32","shape":[', b'1],"data_offsets":[0,4]}}'
    yield "45-million-axes", lambda path: _write(path, safetensors_bytes(head + b"1," * 45_000_000 + tail, bytes(4)))
    yield "4-million-axes", safetensors_bytes(head + b"1," * 4_000_000 + tail, bytes(4))
    yield (
        "3-million-texts",
        lambda path: _write(
            path, safetensors_bytes(b'{"__metadata__":{' + b",".join(b'"%x":""' % k for k in range(3 * 10**6)) + b"}}")
        ),
    )
    yield (
        "800-thousand-texts",
        safetensors_bytes(b'{"__metadata__":{' + b",".join(b'"%x":""' % k for k in range(750_000)) + b"}}"),
    )
    array = b'"%x":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}'
    yield (
        "500-thousand-arrays",
        lambda path: _write(path, safetensors_bytes(b"{" + b",".join(array % k for k in range(500_000)) + b"}")),
    )
    yield "140-thousand-arrays", safetensors_bytes(b"{" + b",".join(array % k for k in range(140_000)) + b"}")
    yield (
        "text-of-90-megabytes",
        lambda path: _write(path, safetensors_bytes(b'{"__metadata__":{"exact":"' + b"a" * 90_000_000 + b'"}}')),
    )
    yield (
        "escapes",
        lambda path: _write(path, safetensors_bytes(b'{"__metadata__":{"exact":"' + b'\\"' * 20_000_000 + b'"}}')),
    )


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)

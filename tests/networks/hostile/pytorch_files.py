"""Damaged and hostile PyTorch files: bits, zips, pickles with code, windows beyond their storage, bombs.

The pickles with code are armed: what they name, called, would make the folder CANARY.
"""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.networks.hostile.support import CANARY, GOOD, Files, declared, directory, many_entries, push_text, zipped
from tests.networks.torchwriter import Name, Raw, Reduce, Stored, pickled

DATA = Path(__file__).parents[1] / "data"


def stored(**changes: Any) -> dict[str, Any]:
    return {key: Stored(array) for key, array in GOOD.items()} | changes


def torch_entries(tree: Any) -> dict[str, bytes]:
    code, storages = pickled(tree)
    return {"x/data.pkl": code, "x/byteorder": b"little"} | {f"x/data/{k}": a.tobytes() for k, a in enumerate(storages)}


def torch_bytes(tree: Any) -> bytes:
    return zipped(torch_entries(tree))


def torch_damage() -> Files:
    for name in ("rnn_tanh.pt", "gru.pt", "lightning.ckpt"):
        whole = (DATA / name).read_bytes()
        for k in range(12):
            yield f"truncated-{name}", whole[: 1 + k * (len(whole) - 1) // 12]
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            entries = [e for e in archive.infolist() if "/data" in e.filename and "optim" not in e.filename]
        used = entries[:1] if name == "lightning.ckpt" else entries  # the optimizer's storages are never read
        for entry in used:
            start = (
                entry.header_offset
                + 30
                + sum(struct.unpack("<HH", whole[entry.header_offset + 26 : entry.header_offset + 30]))
            )
            if ".data" in entry.filename:
                continue
            for k in range(4):
                flipped = bytearray(whole)
                flipped[start + k * (entry.file_size - 1) // 3] ^= 1 << (k + 1)
                yield f"bit-flipped-{name}", bytes(flipped)
    whole = torch_bytes(stored())
    for k, place in enumerate(directory(whole)[:4]):
        for what, offset, change in (
            ("crc", 16, b"\x01\x02\x03\x04"),
            ("packed-size", 20, b"\xff\xff\x00\x00"),
            ("size", 24, b"\xff\xff\x00\x00"),
            ("header", 42, b"\xff\xff\xff\x00"),
            ("name", 46, b"?"),
            ("method", 10, b"\x63\x00"),
            ("encrypted", 8, b"\x01\x00"),
        ):
            changed = bytearray(whole)
            changed[place + offset : place + offset + len(change)] = change
            if not (what == "name" and k == 1):  # a byte order that is not there is little
                yield f"directory-{what}", bytes(changed)
    yield "text", b"hello, world\n" * 50
    yield "zeros", bytes(4096)
    yield "bare-pickle", b"\x80\x04N."
    yield "legacy", (DATA / "legacy.pt").read_bytes()
    yield "script", (DATA / "script.pt").read_bytes()
    for name in ("module_bidirectional", "module_projection", "no_tensors", "sparse", "expanded", "mlp", "integers"):
        yield name, (DATA / f"{name}.pt").read_bytes()


def torch_code() -> Files:
    """Pickles with code: every way to call, of everything that runs it, in every place."""
    shell, python = push_text(f"mkdir {CANARY}"), push_text(f"__import__('os').mkdir('{CANARY}')")
    functions = [
        ("os", "system", shell),
        ("posix", "system", shell),
        ("nt", "system", shell),
        ("subprocess", "call", shell),
        ("os", "popen", shell),
        ("os", "mkdir", push_text(CANARY)),
        ("builtins", "eval", python),
        ("builtins", "exec", python),
        ("__builtin__", "eval", python),
        ("builtins", "compile", python),
        ("builtins", "open", push_text(CANARY)),
        ("io", "open", push_text(CANARY)),
        ("runpy", "run_path", push_text(CANARY)),
        ("importlib", "import_module", push_text(CANARY)),
        ("shutil", "rmtree", push_text(".")),
        ("sys", "exit", b"K\x01"),
        ("builtins", "__import__", push_text("os")),
        ("pty", "spawn", shell),
        ("socket", "create_connection", shell),
        ("ctypes", "CDLL", shell),
    ]
    for module, name, argument in functions:
        call = f"c{module}\n{name}\n".encode()
        yield f"reduce-{module}.{name}", torch_bytes(stored(extra=Raw(call + argument + b"\x85R")))
        yield (
            f"newobj-{module}.{name}",
            torch_bytes({"state_dict": stored(), "hyper_parameters": Raw(call + argument + b"\x85\x81")}),
        )
    for module, name, argument in functions[:7]:
        stack = push_text(module) + push_text(name) + b"\x93"
        yield f"stack-global-{name}", torch_bytes(stored(extra=Raw(stack + argument + b"\x85R")))
        yield f"object-{name}", torch_bytes(stored(extra=Raw(b"(" + f"c{module}\n{name}\n".encode() + argument + b"o")))
        yield f"instance-{name}", torch_bytes(stored(extra=Raw(b"(" + argument + f"i{module}\n{name}\n".encode())))
        yield f"root-{name}", torch_bytes(Raw(f"c{module}\n{name}\n".encode() + argument + b"\x85R"))
        yield (
            f"persistent-{name}",
            torch_bytes({"rnn.weight_hh_l0": Raw(f"c{module}\n{name}\n".encode() + argument + b"\x85RQ")}),
        )
    chain = Reduce(
        Name("builtins", "getattr"),
        (Reduce(Name("builtins", "getattr"), (Name("pathlib", "Path"), "mkdir")), "__call__"),
    )
    fire = Reduce(chain, (Reduce(Name("pathlib", "Path"), (CANARY,)),))
    yield "getattr-chain-root", torch_bytes(fire)
    yield "getattr-chain-weight", torch_bytes(stored(**{"rnn.weight_hh_l0": fire}))
    yield "getattr-chain-state-dict", torch_bytes({"state_dict": fire})
    yield "getattr-chain-storage", torch_bytes(stored(**{"rnn.weight_hh_l0": _rebuilt(fire)}))
    yield "getattr-chain-dtype", torch_bytes(stored(**{"rnn.weight_hh_l0": _rebuilt(Raw(b"("), fire)}))
    yield "build-on-a-class", torch_bytes(stored(extra=Raw(b"cpathlib\nPath\n}b")))
    yield (
        "build-setstate",
        torch_bytes(Raw(b"cpathlib\nPath\n)\x81}" + push_text("__setstate__") + b"cpathlib\nPath\nsb")),
    )
    yield "build-on-a-number", torch_bytes(stored(extra=Raw(b"K\x01}b")))
    yield "extension-code", torch_bytes(stored(extra=Raw(b"\x82\x01")))
    yield "next-buffer", torch_bytes(stored(extra=Raw(b"\x97")))
    yield "text-persistent", torch_bytes(stored(extra=Raw(b"Pstorage\n")))
    yield (
        "map-as-tensor",
        torch_bytes({"rnn.weight_hh_l0": Reduce(Name("builtins", "map"), (Name("pathlib", "Path"), [CANARY]))}),
    )
    yield (
        "torch-load-as-weight",
        torch_bytes(stored(**{"rnn.weight_hh_l0": Reduce(Name("torch.serialization", "load"), (CANARY,))})),
    )
    yield (
        "rebuild-of-a-module",
        torch_bytes(stored(**{"rnn.weight_hh_l0": Reduce(Name("torch._utils", "_rebuild_evil"), (CANARY,))})),
    )
    yield (
        "rebuild-from-type",
        torch_bytes(
            stored(**{"rnn.weight_hh_l0": Reduce(Name("torch._tensor", "_rebuild_from_type_v2"), (fire, fire, (), {}))})
        ),
    )


def _rebuilt(*arguments: Any) -> Reduce:
    return Reduce(Name("torch._utils", "_rebuild_tensor_v2"), (*arguments, 0, (3, 3), (3, 1)))


WINDOWS: list[dict[str, Any]] = [
    {"offset": 1},
    {"offset": 9},
    {"offset": 2**31},
    {"offset": 2**63},
    {"offset": 2**200},
    {"offset": -1},
    {"offset": -(2**63)},
    {"offset": 0.0},
    {"offset": True},
    {"offset": Raw(b"N")},
    {"offset": "0"},
    {"strides": (3, 2)},
    {"strides": (-3, 1)},
    {"strides": (3, -1)},
    {"strides": (2**62, 1)},
    {"strides": (2**63 - 1, 2**63 - 1)},
    {"strides": (2**64, 2**64)},
    {"strides": (3,)},
    {"strides": (3, 1, 1)},
    {"strides": Raw(b"N")},
    {"strides": [3, 1]},
    {"strides": (3.0, 1)},
    {"shape": (3, 4)},
    {"shape": (-3, -3)},
    {"shape": (10**6, 10**6), "strides": (0, 0)},
    {"shape": (2**40, 1), "strides": (0, 0)},
    {"shape": (2**63, 2**63), "strides": (0, 0)},
    {"shape": (2**32, 2**32), "strides": (0, 0)},
    {"shape": (2**500, 1), "strides": (0, 0)},
    {"shape": (3, 3, 3), "strides": (0, 3, 1)},
    {"shape": (0, 2**70)},
    {"shape": (1,) * 64, "strides": (1,) * 64},
    {"shape": Raw(b"N")},
    {"shape": "33"},
    {"length": 8},
    {"length": 10},
    {"length": 2**62},
    {"length": 2**64 + 9},
    {"length": -9},
    {"length": Raw(b"N")},
    {"key": "9"},
    {"key": "../data.pkl"},
    {"key": "0/../0"},
    {"key": ""},
    {"key": "\x00"},
    {"key": 0},
    {"key": Raw(b"N")},
    {"key": "k" * 10**6},
    {"kind": "DoubleStorage"},
    {"kind": "HalfStorage"},
    {"kind": "LongStorage"},
    {"kind": "BoolStorage"},
    {"kind": "ComplexFloatStorage"},
    {"kind": "UntypedStorage"},
    {"kind": "Storage"},
    {"kind": "x" * 10**5},
    {"word": "module"},
    {"word": ""},
]


def torch_windows() -> Files:
    right = Stored(GOOD["rnn.weight_hh_l0"])
    for changes in WINDOWS:
        yield f"window-{'-'.join(changes)}", torch_bytes(stored(**{"rnn.weight_hh_l0": replace(right, **changes)}))
    identifiers = {
        "none": None,
        "text": "storage",
        "empty": (),
        "short": ("storage", Name("torch", "FloatStorage"), "0", "cpu"),
        "list": ["storage", Name("torch", "FloatStorage"), "0", "cpu", 9],
        "kind-is-text": ("storage", "FloatStorage", "0", "cpu", 9),
        "nested": ("storage", Name("torch", "FloatStorage"), ("0",), "cpu", 9),
        "long": ("storage",) * 6,
    }
    for what, identifier in identifiers.items():
        code = pickled(identifier)[0][2:-1]
        yield f"persistent-{what}", torch_bytes(stored(**{"rnn.weight_hh_l0": _rebuilt(Raw(code + b"Q"))}))
    for what, array in {
        "nan": np.full((3, 3), np.nan, "<f4"),
        "infinity": np.full((3, 3), np.inf, "<f4"),
        "shape": np.ones((3, 2), "<f4"),
        "vector": np.ones(9, "<f4"),
        "integers": np.ones((3, 3), "<i8"),
    }.items():
        yield f"weights-{what}", torch_bytes(stored(**{"rnn.weight_hh_l0": Stored(array)}))


def torch_zips() -> Files:
    entries = torch_entries(stored())
    for what, method in (("deflated", zipfile.ZIP_DEFLATED), ("bzip2", zipfile.ZIP_BZIP2), ("lzma", zipfile.ZIP_LZMA)):
        yield f"packed-{what}", zipped(entries, method)
    for what, name in (
        ("parent", "../x/data.pkl"),
        ("absolute", "/x/data.pkl"),
        ("deep", "x/y/data.pkl"),
        ("other", "y/data.pkl"),
        ("backslash", "x\\data.pkl"),
    ):
        yield (
            f"name-{what}",
            zipped(
                {name if key == "x/data.pkl" else key: value for key, value in entries.items()}
                | ({"x/data.pkl": b"N."} if what == "other" else {})
            ),
        )
    yield "zip-in-zip", zipped({"x/data.pkl": torch_bytes(stored())})
    yield "no-entries", zipped({})
    yield "byteorder", zipped(entries | {"x/byteorder": b"middle"})
    yield "long-byteorder", zipped(entries | {"x/byteorder": b"little" * 10**5})
    yield "two-names", _doubled(zipped(entries), b"x/data/0", b"x/data/1")
    yield "constants", zipped(entries | {"x/constants.pkl": b"N."})
    yield "overlapping-entries", _overlapping()
    yield "trailing-bytes", torch_bytes(stored()) + b"PK\x05\x06" + bytes(17)
    whole = bytearray(torch_bytes(stored()))
    whole[-10:-6] = b"\xff\xff\xff\x7f"
    yield "directory-of-2-gigabytes", bytes(whole)
    whole = torch_bytes(stored())
    end = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 2**40, 0)
    yield (
        "directory-of-a-terabyte",
        whole[:-22] + end + struct.pack("<4sIQI", b"PK\x06\x07", 0, len(whole) - 22, 1) + whole[-22:],
    )
    yield "size-of-an-exabyte", declared(torch_bytes(stored()), 2**60)


def _doubled(whole: bytes, name: bytes, other: bytes) -> bytes:
    """The same zip with one entry renamed to another's name, in both places where it stands."""
    return whole.replace(other, name)


def _overlapping() -> bytes:
    """Directory entries that all point at the same bytes: stored sizes add up to more than the file."""
    whole = zipped(torch_entries(stored()) | {"x/data/9": bytes(20_000)})
    place, last = directory(whole)[0], directory(whole)[-1]
    end = whole.rfind(b"PK\x05\x06")
    copies = b"".join(whole[last : last + 46] + b"x/data/%c" % (65 + k) for k in range(20))
    tail = bytearray(whole[end:])
    struct.pack_into("<HHII", tail, 8, *(len(directory(whole)) + 20,) * 2, end - place + len(copies), place)
    return whole[:end] + copies + bytes(tail)


def torch_bombs() -> Files:
    n = 10**6
    path = b"cpathlib\nPath\n"
    bombs = {
        "dictionaries": b"}" * (n - 10) + b".",
        "lists": b"(" + b"]" * (n - 10) + b"t.",
        "marks": b"(" * (n - 10) + b".",
        "nested-tuples": b"N" + b"\x85" * (n - 10) + b".",
        "nested-lists": b"]" * 450_000 + b"a" * 449_999 + b".",
        "nested-dictionaries": (b"}" + push_text("a")) * 300_000 + b"N" + b"s" * 300_000 + b".",
        "nested-identifiers": b"N" + b"Q" * (n - 10) + b".",
        "nested-calls": path + b"q\x00Nq\x0100" + b"h\x00h\x01\x85Rq\x010" * 160_000 + b"h\x01.",
        "calls": path + b"q\x000" + b"(" + b"h\x00)R" * 300_000 + b"t.",
        "doubling-tuples": b"N" + b"2\x86" * 400_000 + b".",
        "doubling-lists": b"]q\x000" + b"](h\x00h\x00eq\x000" * 120_000 + b"h\x00.",
        "memo": b"N" + b"".join(b"r" + struct.pack("<I", 2**32 - 1 - k) for k in range(n - 10)) + b".",
        "too-many-opcodes": b"N0" * n + b"N.",
        "too-long": b"N" * (64 * 2**20 + 1),
        "long-text": push_text("a" * (30 * 2**20)) + b"q\x00" + b"h\x00" * 10**5 + b".",
        "text-beyond-the-end": b"X" + struct.pack("<I", 2**32 - 1) + b"a",
        "text-of-an-exabyte": b"\x8d" + struct.pack("<Q", 2**60) + b"a",
        "bytes-of-an-exabyte": b"\x8e" + struct.pack("<Q", 2**60) + b"a",
        "byte-array-of-an-exabyte": b"\x96" + struct.pack("<Q", 2**60) + b"a",
        "frame-of-an-exabyte": b"\x80\x04\x95" + struct.pack("<Q", 2**60),
        "long4": b"\x8b" + struct.pack("<I", 10**6) + b"\x7f" * 10**6 + b".",
        "long-integer-in-text": b"L" + b"9" * 10**6 + b"L\n.",
        "integer-in-text": b"I" + b"9" * 10**6 + b"\n.",
        "long-global": b"c" + b"a" * 10**6 + b"\n" + b"b" * 10**6 + b"\n.",
        "key-of-a-nested-tuple": b"}N" + b"\x85" * 900_000 + b"Ns.",
        "keys-of-one-hash": b"}("
        + b"".join(b"\x8a\x10" + ((2**61 - 1) * (k + 1)).to_bytes(16, "little") + b"N" for k in range(300_000))
        + b"u.",
        "dictionary-in-itself": b"}q\x00" + push_text("a") + b"h\x00s.",
        "dictionaries-in-a-circle": b"".join(b"}r" + struct.pack("<I", k) + b"0" for k in range(300))
        + b"".join(
            b"j"
            + struct.pack("<I", k)
            + b"("
            + b"".join(push_text(f"{j}") + b"j" + struct.pack("<I", j) for j in range(300))
            + b"u0"
            for k in range(300)
        )
        + b"h\x00.",
        "long-keys-below-each-other": (b"}(" + push_text("k" * 400)) * 50_000 + b"N" + b"u" * 50_000 + b".",
    }
    for what, code in bombs.items():
        yield what, zipped({"x/data.pkl": b"\x80\x02" + code})
    tensors = b"".join(
        push_text(f"{k}.weight")
        + pickled(Stored(np.ones((3, 3), "<f4")))[0][2:-1].replace(b"X\x01\x00\x00\x000", push_text("0"))
        for k in range(9_000)
    )
    yield (
        "tensors-on-one-storage",
        zipped({"x/data.pkl": b"\x80\x02}(" + tensors + b"u.", "x/data/0": np.ones((3, 3), "<f4").tobytes()}),
    )
    yield "directory-of-a-million-entries", many_entries
    wide = Stored(np.ones((1, 1), "<f4"), shape=(2**13, 2**13), strides=(0, 0))
    yield "a-number-repeated", torch_bytes(stored(**{"rnn.weight_hh_l0": wide}))

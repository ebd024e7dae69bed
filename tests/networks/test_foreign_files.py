"""Files that people have and that are not read: each is told what it is, in one line with what to do. And what is too long for a line is cut."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import pickle
import re
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

import emt_theory
from emt_theory.errors import InvalidFile, InvalidNetwork
from emt_theory.networks import load
from emt_theory.networks.reading import content, foreign
from emt_theory.networks.reading.formats import FORMATS
from tests.networks.test_bad_files import refusal, state

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 12345\n"
PAGE = b"\n<!DOCTYPE html>\n<html><head><title>model.pt</title></head></html>"
TORCH = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."


def npy() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.eye(2))
    return buffer.getvalue()


def keras() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.15.1"}')
    return buffer.getvalue()


def tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("model.pt"))
    return buffer.getvalue()


HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(40)
KERAS = 'in Keras: np.savez("w.npz", **{v.path: v.numpy() for v in model.weights})'
FILES: list[tuple[str, bytes, str]] = [
    *(
        (f"x{suffix}", POINTER, "this is a Git LFS pointer: run git lfs pull")
        for suffix in (".pt", ".npz", ".h5", ".eqx", "")
    ),
    ("x.safetensors", PAGE, "this is an HTML page, not the file that it shows; download the file itself"),
    ("x.pt", b"\xef\xbb\xbf<html>", "this is an HTML page"),
    ("x.npz", b"/annex/objects/SHA256E-s12--ab.npz\n", "this is a git-annex pointer: run git annex get FILE"),
    ("x.h5", HDF5, KERAS),
    ("x.weights.h5", HDF5, KERAS),
    ("x.npz", HDF5, KERAS),
    ("x.keras", keras(), KERAS),
    ("x.pt", keras(), KERAS),
    ("x.h5", b"truncated", KERAS),
    (
        "x.msgpack",
        b"\x81\xa6params\x80",
        'msgpack_restore(open(FILE, "rb").read()); np.savez("w.npz", **flax.traverse_util',
    ),
    (
        "x.eqx",
        npy(),
        "an Equinox file, whose arrays have no names; in Python: model = eqx.tree_deserialise_leaves(FILE, model)",
    ),
    ("x.eqx", b'{"hidden": 3}\n' + npy(), "an Equinox file"),
    (
        "x.npy",
        npy(),
        'an .npy file holds one array without a name, and a network needs several; in Python: np.savez("w.npz", W_hh=',
    ),
    ("x.npz", npy(), "an .npy file holds one array"),
    ("x.pkl", b"\x80\x04}.", 'for a dictionary of arrays: np.savez("w.npz", **pickle.load(open(FILE, "rb")))'),
    ("x.pickle", b"(dp0\n.", "a pickle, which would have to be run to be read"),
    ("x.mat", b"MATLAB 5.0 MAT-file, Platform: GLNXA64", "scipy.io.loadmat(FILE).items() if not k.startswith"),
    ("x.onnx", b"\x08\x08\x12\x07pytorch", "an ONNX file, a graph without the names of its layers"),
    ("x.npz.gz", gzip.compress(b"x"), "it is packed with gzip; unpack it: gunzip FILE"),
    ("x.pt", gzip.compress(b"x"), "it is packed with gzip; unpack it: gunzip FILE"),
    ("x.xz", lzma.compress(b"x"), "it is packed with xz; unpack it: unxz FILE"),
    ("x.pth.tar", tar(), "it is packed with tar; unpack it: tar xf FILE"),
    ("x.zip", b"PK\x03\x04" + bytes(26) + b"readme.txt", "a zip of other files; unpack it"),
    ("model.ckpt.index", b"x", "r = tf.train.load_checkpoint(PREFIX)"),
    ("model.ckpt.data-00000-of-00001", b"x", "a part of a TensorFlow checkpoint"),
]


@pytest.mark.parametrize(("name", "whole", "message"), FILES, ids=lambda value: value if isinstance(value, str) else "")
def test_foreign_files_are_told_what_helps(tmp_path: Path, name: str, whole: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(whole)
    assert message in refusal(tmp_path / name, InvalidFile)


def test_every_foreign_entry_is_met_and_none_is_one_of_ours(tmp_path: Path) -> None:
    said = {foreign.foreign_start(Path(name), whole) or foreign.foreign_suffix(Path(name)) for name, whole, _ in FILES}
    assert {known.said for known in foreign.FOREIGN} - said == {
        f"it is packed with {how}; unpack it: {unpack} FILE"
        for how, unpack in (("bzip2", "bunzip2"), ("Zstandard", "unzstd"), ("7-Zip", "7z x"))
    }
    ours = [suffix for known in FORMATS for suffix in known.suffixes]
    assert [suffix for suffix in ours if foreign.foreign_suffix(Path(f"x{suffix}"))] == []
    for path in (Path(__file__).parent / "data").glob("*.*"):
        if path.suffix in ours:
            assert foreign.foreign_start(path, path.read_bytes()[:1024]) is None
    assert foreign.foreign_start(Path("x.pkl"), TORCH) is None  # a file of old PyTorch, whatever it is called


def test_the_remedies_are_code() -> None:
    """What a message says to copy is Python."""
    told = re.compile(r".* in (?:Python|Keras|PyTorch)[^:]*: (.+?)(?:; for one of dictionaries: (.+))?")
    codes = [
        code for known in foreign.FOREIGN if (match := told.fullmatch(known.said)) for code in match.groups() if code
    ]
    for code in codes:
        compile(code, "remedy", "exec")
    assert len(codes) == 9


def test_the_remedies_for_pickles_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = foreign.foreign_suffix(Path("x.pkl")) or ""
    flat, nested = re.findall(r"dictionar[^:]*arrays: (.+); for one of dictionaries: (.+)", said)[0]
    for code, tree in (
        (flat, state()),
        (nested, {"rnn": {"weight_hh_l0": np.eye(3), "weight_ih_l0": np.ones((3, 1))}, "W_hy": np.ones((1, 3))}),
    ):
        (tmp_path / "x.pkl").write_bytes(pickle.dumps(tree))
        with open("x.pkl", "rb") as file:  # in a script of a line nobody closes it
            exec(
                code.replace('open(FILE, "rb")', "FILE"), {"np": np, "emt": emt_theory, "pickle": pickle, "FILE": file}
            )
        assert load("w.npz").hidden == 3
        Path("w.npz").unlink()


def test_a_torch_file_under_any_name_loads(tmp_path: Path) -> None:
    whole = (Path(__file__).parent / "data" / "gru.pt").read_bytes()
    for name in ("x.pkl", "x.pth.tar", "x.model", "x.zip", "x.npz"):
        (tmp_path / name).write_bytes(whole)
        assert load(tmp_path / name).hidden == 5


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ["_CHECKPOINT_METADATA", "manifest.ocdbt", "d/"],
            "is a folder of Orbax; in Python: params = orbax.checkpoint",
        ),
        (["saved_model.pb", "variables/"], "is a SavedModel of TensorFlow; in Keras: np.savez"),
        (
            ["config.json", "model.safetensors"],
            "is a directory; give one of the files in it, such as 'model.safetensors'",
        ),
        (["a.txt"], "is a directory; give one of the files in it"),
    ],
)
def test_folders(tmp_path: Path, names: list[str], message: str) -> None:
    for name in names:
        (tmp_path / name).mkdir() if name.endswith("/") else (tmp_path / name).write_bytes(b"x")
    assert refusal(tmp_path, InvalidFile).startswith(message)


# ------------------------------------------------------------------------------------------------ long and strange texts

STRANGE = "rnn.\x1b[31m\n" + "k" * 100_000 + ".losses"


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
def test_strange_names_are_shown_escaped_and_cut_everywhere(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    arrays = state(**{STRANGE: np.ones(9), f"\x07{'k' * 300}1": np.ones(9), f"\x07{'k' * 300}2": np.ones(9)})
    if suffix == ".npz":  # a name in a zip has 65,535 bytes at most
        arrays = {key.replace("k" * 50_000, ""): array for key, array in arrays.items()}
        np.savez(path, **arrays)
    else:
        safetensors.numpy.save_file(arrays, path)
    net = load(path)
    assert all(key.isprintable() and len(key) <= 210 for key in net.provenance.ignored)
    assert len(set(net.provenance.ignored)) == 3
    assert len(net.metadata["layout"]) < 2000
    assert json.loads(net.metadata["layout"])["ignored"] == list(net.provenance.ignored)
    del arrays["readout.weight"]
    np.savez(tmp_path / "y.npz", **{key[:1000]: array for key, array in arrays.items()})
    message = refusal(tmp_path / "y.npz", InvalidNetwork)
    assert message.isprintable()
    assert len(message) < 900


def test_keys_that_are_cut_to_the_same_stay_apart(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, **state(**{f"a{'k' * 400}{middle}{'k' * 400}": np.ones(9) for middle in "xyz"}))
    assert [key[-5:] for key in load(path).provenance.ignored] == ["kkkkk", "k (2)", "k (3)"]


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
def test_long_metadata_are_refused(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here of 1 MB; the slow suite has 50."""
    monkeypatch.setattr(content, "MAX_METADATA", 10**6)
    path, weights = tmp_path / f"x{suffix}", sum(array.nbytes for array in state().values())
    for length, fine in ((990_000, True), (10**6 + 2 * 2**20 + 10**5, False)):
        metadata = {"note": "n" * length}
        if suffix == ".npz":
            np.savez(path, **state(), metadata=json.dumps(metadata))
        else:
            safetensors.numpy.save_file(state(), path, metadata=metadata)
        if fine:
            assert len(load(path).metadata["note"]) == length
        else:
            assert f" characters, more than {10**6 + 16 * weights}; write the file again" in refusal(path, InvalidFile)


def test_metadata_that_would_become_large_as_json_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "_MOST_PARTS", 10**5)
    path = tmp_path / "x.safetensors"
    safetensors.numpy.save_file(state(), path, metadata={"exact": "[" + "[],[]," * 30_000})
    assert refusal(path, InvalidFile).startswith(
        "its metadata 'exact' has more than 100000 parts; write the file again"
    )

"""Every file that cannot be a network is refused in one line that begins with its name; none is ever executed."""

import json
import os
import pickle
import struct
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory.errors import EMTError, InvalidFile, InvalidNetwork
from emt_theory.networks import ElmanRNN, ExactRNN, RationalMatrix, load, save, twin_to_json

SUFFIXES = [".safetensors", ".npz"]


def state(**changes: Any) -> dict[str, Any]:
    """A right file of three units and one input, with some arrays replaced, added, or (None) left out."""
    right = {
        "rnn.weight_hh_l0": np.eye(3, dtype=np.float32),
        "rnn.weight_ih_l0": np.ones((3, 1), dtype=np.float32),
        "readout.weight": np.ones((1, 3), dtype=np.float32),
    }
    return {key: value for key, value in (right | changes).items() if value is not None}


def write(path: Path, arrays: dict[str, Any], metadata: dict[str, str] | None = None) -> Path:
    if path.suffix == ".npz":
        np.savez(path, **arrays, **({} if metadata is None else {"metadata": json.dumps(metadata)}))
    else:
        safetensors.numpy.save_file(arrays, path, metadata=metadata)
    return path


def refusal(path: Path, kind: type[EMTError] = EMTError) -> str:
    with pytest.raises(kind) as caught:
        load(path)
    message = str(caught.value)
    assert type(caught.value) is kind
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_file_that_the_others_are_broken_copies_of_loads(tmp_path: Path, suffix: str) -> None:
    assert load(write(tmp_path / f"x{suffix}", state())).hidden == 3


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_not_a_file(tmp_path: Path, suffix: str) -> None:
    assert refusal(tmp_path / f"none{suffix}", InvalidFile) == "no such file"
    (tmp_path / f"folder{suffix}").mkdir()
    assert "is a directory" in refusal(tmp_path / f"folder{suffix}", InvalidFile)
    assert "is a directory" in refusal(tmp_path, InvalidFile)
    (tmp_path / f"empty{suffix}").write_bytes(b"")
    assert refusal(tmp_path / f"empty{suffix}", InvalidFile) == "the file is empty"


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pt")
    assert refusal(tmp_path / "pipe.pt", InvalidFile) == "is not a regular file"


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("content", [b"a", b"hello, world\n" * 50, b"\x00" * 100, b"PK\x03\x04" * 20, b"\xff" * 4096])
def test_foreign_bytes(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    assert refusal(path, InvalidFile).startswith("truncated, or not a")


def test_each_format_under_the_others_suffix(tmp_path: Path) -> None:
    """How a file begins decides, and a remark says so; what begins as nothing is what its suffix says."""
    net = load(write(tmp_path / "a.npz", state()))
    (tmp_path / "a.npz").rename(tmp_path / "a.safetensors")
    write(tmp_path / "b.safetensors", state()).rename(tmp_path / "b.npz")
    for name in ("c.pt", "d", "e.pth.tar", "f.\x1b[31m"):
        (tmp_path / name).write_bytes((tmp_path / "b.npz").read_bytes())
    for name, remark in {
        "a.safetensors": "read as npz, as its first bytes say; the suffix is .safetensors",
        "b.npz": "read as safetensors, as its first bytes say; the suffix is .npz",
        "c.pt": "read as safetensors, as its first bytes say; the suffix is .pt",
        "d": "read as safetensors, as its first bytes say; it has no suffix",
        "e.pth.tar": "read as safetensors, as its first bytes say; the suffix is .tar",
        "f.\x1b[31m": "read as safetensors, as its first bytes say; the suffix is .\\x1b[31m",
    }.items():
        found = load(tmp_path / name)
        assert (found, found.provenance.remarks) == (net, (remark,))
    assert net.provenance.remarks == ()
    (tmp_path / "g.npz").write_bytes(b"hello" * 30)
    assert refusal(tmp_path / "g.npz", InvalidFile).startswith("truncated, or not an .npz file")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_truncation_is_refused(tmp_path: Path, suffix: str) -> None:
    whole = write(tmp_path / f"whole{suffix}", state()).read_bytes()
    path = tmp_path / f"part{suffix}"
    for length in range(1, len(whole)):
        path.write_bytes(whole[:length])
        assert "truncated" in refusal(path, InvalidFile)


@pytest.mark.parametrize("name", ["x.txt", "x", "x.json"])
def test_unknown_suffix(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    assert "unknown suffix" in refusal(tmp_path / name, InvalidFile)


class Bomb:
    """Unpickled, it makes a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_pickled_objects_are_refused_where_they_are_needed_and_never_executed(tmp_path: Path) -> None:
    path, fired = tmp_path / "x.npz", tmp_path / "fired"
    bomb = np.array([Bomb(fired)], dtype=object)
    np.savez(path, **state(), W=bomb, history=np.array({"loss": [1.0]}, dtype=object))
    assert load(path).provenance.ignored == ("W", "history")
    np.savez(path, **state(**{"rnn.weight_hh_l0": np.full((3, 3), bomb[0])}))
    assert refusal(path, InvalidNetwork) == (
        "'rnn.weight_hh_l0' holds a pickled object, which is not read, since that could run code; "
        "weights must be float16, bfloat16, float32 or float64"
    )
    np.savez(path, params=bomb, note="x")
    assert refusal(path, InvalidFile) == (
        "all that it holds are pickled objects ('params'), which are not read, since that could run code; "
        'for a dictionary of arrays: np.savez("w.npz", **dictionary)'
    )
    assert not fired.exists()
    with np.load(path, allow_pickle=True) as archive:
        assert archive["params"] is not None
    assert fired.exists()  # the bomb was a real one


CONTENT: list[tuple[dict[str, Any], str]] = [
    (
        {"rnn.weight_hh_l0": None},
        "no recurrent weights: nothing is named as by torch, equinox, flax, keras, ",
    ),
    ({"rnn.weight_hh_l0": None}, "it holds readout.weight (1, 3), rnn.weight_ih_l0 (3, 1)"),
    ({"rnn.weight_ih_l0": None}, "no input weights: 'rnn.weight_ih_l0' is missing; it holds readout.weight"),
    ({"readout.weight": None}, "no read-out"),
    ({"fc.weight": np.ones((1, 3))}, "2 possible read-outs, 'fc.weight' and 'readout.weight'; keep one"),
    ({"rnn.weight_hh_l1": np.eye(3)}, "no input weights: 'rnn.weight_ih_l1' is missing"),
    ({"rnn.weight_hh_l0_reverse": np.eye(3)}, "bidirectional"),
    ({"rnn.weight_hh_l0": np.ones((9, 3))}, "weight_ih_l0 must have shape (3N, d) = (9, 1); got (3, 1)"),
    ({"rnn.weight_hh_l0": np.ones((12, 3))}, "weight_ih_l0 must have shape (4N, d) = (12, 1); got (3, 1)"),
    ({"rnn.weight_hh_l0": np.ones((6, 3))}, "W_hh must be square, shape (N, N) with N ≥ 1; got (6, 3) (here W_hh is"),
    ({"rnn.weight_hh_l0": np.eye(3, dtype=int)}, "'rnn.weight_hh_l0' holds"),
    ({"readout.weight": np.ones((1, 3), dtype=bool)}, "weights must be float16, bfloat16, float32 or float64"),
    ({"rnn.weight_hh_l0": np.eye(3, dtype=np.complex64)}, "weights must be float16, bfloat16, float32 or float64"),
    ({"rnn.bias_hh_l0": np.ones(3, dtype=np.int8)}, "weights must be float16, bfloat16, float32 or float64"),
    ({"rnn.weight_hh_l0": np.ones((3, 2))}, "W_hh must be square, shape (N, N) with N ≥ 1; got (3, 2) (here W_hh is"),
    (
        {"rnn.weight_ih_l0": np.ones((1, 3))},
        "W_uh must have shape (N, d) = (3, 1); got (1, 3). Did you pass its transp",
    ),
    (
        {"readout.weight": np.ones((3, 1))},
        "W_hy must have shape (d, N) = (1, 3); got (3, 1). Did you pass its transpose? (here W_hy is 'readout.weight')",
    ),
    ({"rnn.bias_hh_l0": np.ones((3, 2))}, "b_h must have shape (N,) = (3,); got (3, 2) (here b_h is 'rnn.bias_hh_l0')"),
    (
        {"rnn.bias_hh_l0": np.ones(3), "rnn.bias_ih_l0": np.ones(1)},
        "rnn.bias_hh_l0 must have shape (1,) like rnn.bias_ih_l0; got (3,)",
    ),
    ({"readout.bias": np.ones(3)}, "b_y must have shape (d,) = (1,); got (3,) (here b_y is 'readout.bias')"),
    ({"rnn.weight_hh_l0": np.full((3, 3), np.nan)}, "W_hh[0, 0] is nan; every entry must be finite (here W_hh is"),
    ({"rnn.weight_hh_l0": np.full((3, 3), 0x7FA00000, "<u4").view("<f4")}, "W_hh[0, 0] is nan; every"),  # signalling
    ({"readout.weight": np.array([[1, 2, np.inf]])}, "W_hy[0, 2] is inf; every entry must be finite"),
    ({"rnn.bias_hh_l0": np.full(3, 1e308), "rnn.bias_ih_l0": np.full(3, 1e308)}, "b_h[0] is inf; every entry must be"),
    ({"rnn.weight_hh_l0": np.ones((0, 0)), "rnn.weight_ih_l0": np.ones((0, 1))}, "W_hh must be square"),
    ({"rnn.weight_hh_l0": np.ones(3)}, "'rnn.weight_hh_l0' must be a matrix; got shape (3,)"),
]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(("changes", "message"), CONTENT)
def test_bad_content(tmp_path: Path, suffix: str, changes: dict[str, Any], message: str) -> None:
    assert message in refusal(write(tmp_path / f"x{suffix}", state(**changes)), InvalidNetwork)


def test_types_that_numpy_does_not_have(tmp_path: Path) -> None:
    """bfloat16 is the upper half of float32, and read; float8 is refused by name."""

    def written(dtype: str, size: int, stored: str | None = None) -> Path:
        header = {
            "W_hh": {"dtype": dtype, "shape": [1, 1], "data_offsets": [0, size]},
            "b_h": {"dtype": dtype, "shape": [4 // size - 1], "data_offsets": [size, 4]},
            "W_uh": {"dtype": "F32", "shape": [1, 1], "data_offsets": [4, 8]},
            "W_hy": {"dtype": "F32", "shape": [1, 1], "data_offsets": [8, 12]},
        }
        text = json.dumps(header).replace(dtype, stored or dtype).encode()
        path = tmp_path / "x.safetensors"
        path.write_bytes(struct.pack("<Q", len(text)) + text + struct.pack("<HH2f", 0x3FC0, 0xC000, 3.0, 4.0))
        return path

    net = load(written("BF16", 2))
    assert isinstance(net, ElmanRNN)
    assert (net.W_hh[0, 0], net.W_uh[0, 0], net.W_hy[0, 0], net.b_h) == (1.5, 3.0, 4.0, np.array([-2.0]))
    assert load(written("BF16", 2, r"\u0042F16")) == net  # the same text, as JSON may write it
    assert "'W_hh' holds F8_E4M3; weights must be float16, bfloat16, float32 or float64" in refusal(
        written("F8_E4M3", 1), InvalidNetwork
    )


METADATA: list[tuple[dict[str, str], type[EMTError], str]] = [
    (
        {"activation": "swish"},
        InvalidNetwork,
        "unknown activation 'swish'; known are tanh, identity, hard_tanh, relu, sigmoid",
    ),
    (
        {"activation": "relu", "nonlinearity": "tanh"},
        InvalidNetwork,
        "metadata contradict each other: activation='relu'",
    ),
    (
        {"phase_input": "True"},
        InvalidNetwork,
        "metadata phase_input must be true or false or while-inputs or after-inputs or eos or eos+1; got 'True'",
    ),
    ({"phase_input": "true"}, InvalidNetwork, "W_uh must have shape (N, d + 1) = (3, 2); got (3, 1)"),
    ({"emt_format": "2"}, InvalidFile, "written in format '2'; this version of emt_theory reads format '1'"),
    ({"exact": "{"}, InvalidNetwork, "the exact twin is malformed: not JSON"),
    ({"exact": "[" * 100_000}, InvalidNetwork, "the exact twin is malformed: not JSON"),
    ({"exact": "{}"}, InvalidNetwork, "the exact twin is malformed: W_hh is missing"),
    ({"exact": "NaN"}, InvalidNetwork, "the exact twin is malformed: it is not a JSON object"),
]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(("metadata", "kind", "message"), METADATA)
def test_bad_metadata(
    tmp_path: Path, suffix: str, metadata: dict[str, str], kind: type[EMTError], message: str
) -> None:
    assert message in refusal(write(tmp_path / f"x{suffix}", state(), metadata), kind)


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"a": 1}', "[" * 100_000])
def test_bad_metadata_text_in_an_npz(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, **state(), metadata=text)
    assert refusal(path, InvalidFile) == "the text 'metadata' must be a JSON object of strings"


def test_a_text_of_numbers_that_are_no_characters_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    text = np.array([0x110000 + 7, 65], dtype=np.uint32).view("<U2")[0:1]
    np.savez(path, **state(), activation=text)
    assert refusal(path, InvalidFile) == "damaged at 'activation': a text with numbers that are no characters"


def test_very_long_keys_make_no_long_message(tmp_path: Path) -> None:
    path, long = tmp_path / "x.npz", "a" * 3000
    np.savez(path, **{"rnn.weight_hh_l0": np.eye(5), "rnn.weight_ih_l0": np.eye(5), long: np.eye(5)})
    assert len(refusal(path, InvalidNetwork)) < 900


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_twin_that_contradicts_the_arrays_is_refused(tmp_path: Path, suffix: str) -> None:
    one = RationalMatrix.identity(1)
    twin = ExactRNN(W_hh=one, W_uh=one, W_hy=one, activation="relu")
    arrays: dict[str, Any] = {name: np.eye(1) for name in ("W_hh", "W_uh", "W_hy")}

    def written(candidate: ExactRNN) -> Path:
        return write(
            tmp_path / f"x{suffix}", arrays, {"activation": "relu", "exact": json.dumps(twin_to_json(candidate))}
        )

    assert load(written(twin)).exact == twin
    huge = RationalMatrix((10**9, 10**9), ())
    saboteurs = {
        "disagrees with W_hh[0, 0]: it rounds to 0.999": replace(twin, W_hh=RationalMatrix.from_rows([["999/1000"]])),
        "disagrees with W_hy[0, 0]: it rounds to 0.0, the array holds 1.0": replace(twin, W_hy=one * 0),
        "activation='identity', the network 'relu'": replace(twin, activation="identity"),
        "the exact twin's b_h has shape (1,), the network's has none": replace(twin, b_h=(0,)),  # type: ignore[arg-type]
        "the exact twin's W_hh has shape (1000000000, 1000000000)": ExactRNN(
            W_hh=huge, W_uh=RationalMatrix((10**9, 1), ()), W_hy=RationalMatrix((1, 10**9), ()), activation="relu"
        ),
        "beyond the range of float64": replace(twin, W_uh=one * 10**400),
    }
    for message, saboteur in saboteurs.items():
        assert message in refusal(written(saboteur), InvalidNetwork)


def test_a_zip_of_something_else_holds_no_arrays(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Bomb(tmp_path / "fired")))
    assert "the pickle asks for posix.mkdir" in refusal(tmp_path / "x.npz", InvalidFile)
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("data.pkl", pickle.dumps(Bomb(tmp_path / "fired")))
    assert "it holds no arrays" in refusal(tmp_path / "x.npz", InvalidNetwork)
    assert not (tmp_path / "fired").exists()


@settings(deadline=None, max_examples=200)
@given(data=st.data(), suffix=st.sampled_from(SUFFIXES))
def test_damaged_files_are_refused_or_are_networks(data: st.DataObject, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        net = ElmanRNN(W_hh=np.eye(2), W_uh=np.ones((2, 1)), W_hy=np.ones((1, 2)), activation="relu")
        path = save(replace(net, exact=ExactRNN.from_float(net)), Path(folder) / f"x{suffix}")
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 3))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(content)
        message = f"{path}: a network"
        try:
            load(path)
        except EMTError as error:  # and nothing but an EMTError
            message = str(error)
        assert message.startswith(f"{path}: ")
        assert len(message.splitlines()) == 1

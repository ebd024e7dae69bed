"""PyTorch files, read without PyTorch: what it recorded is what comes out, and what needs its code is refused in one line."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory.errors import InvalidFile, InvalidNetwork
from emt_theory.networks import GRU, LSTM, ElmanRNN, load, save
from emt_theory.networks.reading.tensors import Tensor, view
from emt_theory.networks.reading.torchfiles import read_torch
from tests.networks.torchwriter import Name, Persisted, Reduce, Stored, rewritten, torch_file

DATA = Path(__file__).parent / "data"
RECORDED = dict(np.load(DATA / "torch.npz").items())
NETWORKS = sorted({key.split("/")[0] for key in RECORDED})


def network(name: str) -> ElmanRNN | GRU | LSTM:
    net = load(DATA / name)
    return replace(net, activation="relu") if name == "rnn_relu.pt" and isinstance(net, ElmanRNN) else net


def error(net: ElmanRNN | GRU | LSTM, name: str) -> float:
    """How far a network is from what PyTorch computed: the largest difference of an output or a state."""
    x, y, h = (RECORDED[f"{name}/{key}"] for key in "xyh")
    run = net.run(x, steps=y.shape[1])
    return max(np.abs(run.outputs - y).max(), np.abs(run.states - h).max())


@pytest.mark.parametrize("name", NETWORKS)
def test_the_forward_pass_is_pytorchs(name: str) -> None:
    assert error(network(name), name) < 1e-12  # recorded in double precision from the stored weights


def test_every_kind_is_there() -> None:
    kinds = {name: type(load(DATA / name)).__name__ for name in NETWORKS}
    assert set(kinds.values()) == {"ElmanRNN", "GRU", "LSTM"}
    assert kinds["lstm.bin"] == kinds["parameters.pt"] == "LSTM"
    assert {Path(name).suffix for name in NETWORKS} == {".pt", ".pth", ".bin", ".ckpt"}
    assert len(NETWORKS) >= 15


def swapped_biases(net: Any) -> Any:
    return replace(net, bias_ih_l0=net.bias_hh_l0, bias_hh_l0=net.bias_ih_l0)


def rolled(net: Any) -> Any:
    return replace(net, weight_hh_l0=np.roll(net.weight_hh_l0, net.hidden, axis=0))


@pytest.mark.parametrize(
    ("name", "saboteur"),
    [
        ("rnn_tanh.pt", lambda net: replace(net, W_hh=net.W_hh.T)),
        ("rnn_tanh.pt", lambda net: replace(net, b_h=net.b_h / 2)),
        ("rnn_relu.pt", lambda net: replace(net, activation="tanh")),
        ("shared.pt", lambda net: replace(net, W_hh=net.W_hh.T)),
        ("gru.pt", swapped_biases),
        ("gru.pt", rolled),
        ("lstm.bin", rolled),
        ("bfloat16.pt", lambda net: replace(net, W_hy=net.W_hy * (1 + 1e-3))),
    ],
)
def test_saboteurs_are_seen(name: str, saboteur: Any) -> None:
    assert error(saboteur(network(name)), name) > 1e-6


@pytest.mark.parametrize("name", NETWORKS)
def test_read_networks_can_be_saved(tmp_path: Path, name: str) -> None:
    net = load(DATA / name)
    assert load(save(net, tmp_path / "x.npz")) == net


def test_types_are_widened_without_rounding() -> None:
    half, brain, double = (
        read_torch(DATA / f"{name}.pt").entries["readout.bias"] for name in ("half", "bfloat16", "double")
    )
    assert (half.dtype, brain.dtype, double.dtype) == ("float16", "bfloat16", "float64")
    mantissa = load(DATA / "bfloat16.pt").W_hy * 2.0**20  # 8 bits, so these are whole numbers
    assert np.array_equal(mantissa, np.round(mantissa))
    assert not np.array_equal(load(DATA / "double.pt").W_hy.astype(np.float32), load(DATA / "double.pt").W_hy)


def test_lightning_names_its_activation_and_nothing_else_is_taken() -> None:
    net = load(DATA / "lightning.ckpt")
    assert isinstance(net, ElmanRNN)
    layout = json.loads(net.metadata["layout"])
    assert (net.activation, layout["activation"]) == (
        "relu",
        "relu, stated as 'hyper_parameters.nonlinearity'",
    )
    assert (layout["W_hh"], layout["W_hy"], layout["ignored"]) == ("model.rnn.weight_hh_l0", "model.readout.weight", [])
    assert sorted(read_torch(DATA / "lightning.ckpt").entries) == sorted(
        f"model.{key}" for key in read_torch(DATA / "rnn_relu.pt").entries
    )


def test_a_checkpoint_of_ones_own_with_a_namespace() -> None:
    net = load(DATA / "checkpoint.pth")
    assert isinstance(net, ElmanRNN)
    assert (net.activation, net.b_h) == ("relu", None)
    assert set(read_torch(DATA / "checkpoint.pth").entries) == set(read_torch(DATA / "rnn_tanh_nobias.pth").entries)


def test_several_state_dictionaries_in_one_are_joined() -> None:
    layout = json.loads(load(DATA / "parts.pth").metadata["layout"])
    assert (layout["weight_hh_l0"], layout["W_hy"]) == ("rnn.weight_hh_l0", "readout.weight")


REFUSED = {
    "legacy.pt": "a file of before PyTorch 1.6, or of its old format; in PyTorch, save it again: torch.save(torch.load(file), 'w",
    "script.pt": "a TorchScript archive (it has 'script/code/__torch__/torch/nn/modules/linear.py'), which is a program; in PyTorch, save its state",
    "module_bidirectional.pt": "'0' is bidirectional: its second direction reads the sequence from its end, so that a state depends on inputs that",
    "module_projection.pt": "the layer projects its outputs (proj_size=3); layers with projections are not supported",
    "no_tensors.pt": "it holds no state dictionary, no tensor in any dictionary or module; in PyTorch, save one: torch.save(model.sta",
    "sparse.pt": "the tensor 'rnn.weight_hh_l0' is no plain tensor but one of torch._utils._rebuild_sparse_tensor; save dense",
    "expanded.pt": "the tensor 'rnn.weight_hh_l0' has more entries than its storage: offset 0, shape (5, 5) and strides (0, 0) in",
    "mlp.pt": "no recurrent weights: nothing is named as by torch, equinox, flax, keras",
    "bidirectional.pt": "'bias_hh_l0_reverse' belongs to a bidirectional network: its state at t depends on inputs after t",
    "projection.pt": "'weight_hr_l0' belongs to an LSTM with projections; those are not supported yet",
    "integers.pt": "holds int8; weights must be float16, bfloat16, float32 or float64",
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str) -> None:
    assert REFUSED[name] in refusal(DATA / name)


def test_every_file_is_used() -> None:
    files = {path.name for path in DATA.iterdir() if path.suffix in (".pt", ".pth", ".bin", ".ckpt")}
    assert files == set(NETWORKS) | set(REFUSED)


def refusal(path: Path) -> str:
    with pytest.raises((InvalidFile, InvalidNetwork)) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert len(message.splitlines()) == 1
    return message.removeprefix(f"{path}: ")


def weights(**changes: Stored | None) -> dict[str, Stored]:
    right = {
        "rnn.weight_hh_l0": Stored(np.diag([1.0, 2, 3]).astype("<f4")),
        "rnn.weight_ih_l0": Stored(np.ones((3, 1), "<f4")),
        "readout.weight": Stored(np.ones((1, 3), "<f4")),
    }
    return {key: value for key, value in {**right, **changes}.items() if value is not None}


def test_the_file_that_the_others_are_broken_copies_of_loads(tmp_path: Path) -> None:
    net = load(torch_file(tmp_path / "x.pt", weights()))
    assert isinstance(net, ElmanRNN)
    assert np.array_equal(net.W_hh, np.diag([1.0, 2, 3]))


@pytest.mark.parametrize("order", ["<", ">", None])
def test_byte_order(tmp_path: Path, order: str | None) -> None:
    stored = {key: Stored(value.array.astype(f"{order or '<'}f4")) for key, value in weights().items()}
    name = {"<": b"little", ">": b"big", None: None}[order]
    assert load(torch_file(tmp_path / "x.pt", stored, byteorder=name)) == load(torch_file(tmp_path / "y.pt", weights()))


def test_an_unknown_byte_order_is_refused(tmp_path: Path) -> None:
    path = torch_file(tmp_path / "x.pt", weights(), byteorder=b"mid\ndle")
    assert refusal(path) == "its byteorder must be little or big; got 'mid\\ndle'"


WINDOWS: list[tuple[dict[str, Any], str]] = [
    ({"offset": 1}, "reaches beyond its storage: offset 1, shape (3, 3) and strides (3, 1) in 9 numbers"),
    ({"strides": (3, 2)}, "reaches beyond its storage"),
    ({"offset": -1}, "must be integers of 0 to 2^63 − 1"),
    ({"strides": (-3, 1)}, "must be integers of 0 to 2^63 − 1"),
    ({"shape": (-3, -3)}, "must be integers of 0 to 2^63 − 1"),
    ({"shape": (True, 3)}, "must be integers of 0 to 2^63 − 1"),
    ({"shape": (3.0, 3)}, "must be integers of 0 to 2^63 − 1"),
    ({"offset": None}, "must be integers of 0 to 2^63 − 1"),
    ({"shape": 9}, "must be integers of 0 to 2^63 − 1"),
    ({"shape": (9,)}, "strides as many as axes"),
    ({"shape": (1,) * 40, "strides": (1,) * 40}, "strides as many as axes"),
    ({"shape": (10**6, 10**6), "strides": (0, 0)}, "has more entries than its storage"),
    ({"shape": (2**62, 2**62), "strides": (0, 0)}, "has more entries than its storage"),
    ({"shape": (2**63, 1), "strides": (0, 0)}, "must be integers of 0 to 2^63 − 1"),
    ({"strides": (2**62, 2**62)}, "reaches beyond its storage"),
    ({"strides": (2**63 - 1, 1)}, "reaches beyond its storage"),
    ({"offset": 2**63 - 1}, "reaches beyond its storage"),
    ({"offset": 2**63}, "must be integers of 0 to 2^63 − 1"),
    ({"shape": (0, 2**62)}, "which no array has"),
    ({"length": 8}, "lies in a storage of 36 bytes, not the 32 of 8 numbers of float32"),
    ({"length": 2**62}, "lies in a storage of 36 bytes"),
    ({"length": -9}, "its storage is none"),
    ({"key": "77"}, "lies in a storage that is missing, 'x/data/77'"),
    ({"key": "../data/0"}, "lies in a storage that is missing"),
    ({"key": 0}, "its storage is none"),
    ({"kind": "DoubleStorage"}, "lies in a storage of 36 bytes, not the 72 of 9 numbers of float64"),
    ({"kind": "HalfStorage"}, "lies in a storage of 36 bytes, not the 18 of 9 numbers of float16"),
    ({"kind": "LongStorage"}, "'rnn.weight_hh_l0' holds int64; weights must be"),
    ({"word": "strange"}, "its storage is none"),
]


@pytest.mark.parametrize(("changes", "message"), WINDOWS)
def test_windows_that_do_not_lie_in_their_storage(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    bad = replace(weights()["rnn.weight_hh_l0"], **changes)
    assert message in refusal(torch_file(tmp_path / "x.pt", weights(**{"rnn.weight_hh_l0": bad})))


def test_a_window_may_lie_anywhere_inside() -> None:
    """Every small window, against NumPy's own strides on an array that is padded so that nothing is out of reach."""
    numbers = np.arange(6, dtype="<f4")
    padded = np.concatenate([numbers, np.full(60, np.nan, "<f4")])
    inside = 0
    for code in range(3**5):
        o, n1, n2, s1, s2 = (code // 3**k % 3 for k in range(5))
        tensor = Tensor("0", "float32", 6, 2 * o, (n1, n2), (2 * s1, s2))
        right = np.lib.stride_tricks.as_strided(padded[2 * o :], (n1, n2), (8 * s1, 4 * s2))
        try:
            found = view(tensor, numbers.tobytes(), "<")
        except InvalidFile:
            assert np.isnan(right).any() or n1 * n2 > 6
        else:
            assert np.array_equal(found, right)
            inside += 1
    assert inside > 150


def test_types_without_a_storage_of_their_own_are_refused_only_where_they_are_needed(tmp_path: Path) -> None:
    """As `torch.save` writes a tensor of uint16: bytes, with the type at the end."""
    identifier = Persisted(("storage", Name("torch.storage", "UntypedStorage"), "0", "cpu", 4))
    short = Reduce(
        Name("torch._utils", "_rebuild_tensor_v3"), (identifier, 0, (2,), (1,), False, {}, Name("torch", "uint16"))
    )
    extra = {"model": weights(), "counts": short}
    assert load(torch_file(tmp_path / "x.pt", extra)) == load(torch_file(tmp_path / "y.pt", weights()))
    square = Reduce(short.function, (identifier, 0, (3, 3), (3, 1), False, {}, Name("torch", "uint16")))
    path = torch_file(tmp_path / "z.pt", {**weights(), "rnn.weight_hh_l0": square})
    assert (
        refusal(path)
        == "'rnn.weight_hh_l0' holds 'torch.uint16'; weights must be float16, bfloat16, float32 or float64"
    )


def test_an_axis_of_length_one_is_never_stepped_along() -> None:
    found = view(Tensor("0", "float32", 2, 0, (1, 2), (2**70, 1)), np.array([1, 2], "<f4").tobytes(), "<")
    assert found.tolist() == [[1.0, 2.0]]


def test_a_flipped_bit_anywhere_in_an_entry_is_seen(tmp_path: Path) -> None:
    whole = torch_file(tmp_path / "whole.pt", weights()).read_bytes()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        entries = [(entry.header_offset, entry.file_size, entry.filename) for entry in archive.infolist()]
    path = tmp_path / "flipped.pt"
    for header, size, name in entries:
        start = header + 30 + sum(struct.unpack("<HH", whole[header + 26 : header + 30]))
        for place in range(start, start + size, max(1, size // 9)):
            flipped = bytearray(whole)
            flipped[place] ^= 1 << place % 8
            path.write_bytes(flipped)
            if "version" not in name:
                assert f"damaged at {name!r} (Bad CRC-32" in refusal(path)


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    whole = (DATA / "rnn_tanh_nobias.pth").read_bytes()
    path = tmp_path / "part.pt"
    for length in range(1, len(whole), 7):
        path.write_bytes(whole[:length])
        assert refusal(path).startswith("truncated, or not a PyTorch file (a zip that torch.save wrote)")


WHOLE = (DATA / "rnn_tanh_nobias.pth").read_bytes()


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=3))
def test_damaged_files_are_refused_or_are_the_network(changes: list[tuple[int, int]]) -> None:
    """What is left may be the same network, since a zip has bytes that mean nothing, such as dates; never another one."""
    content = bytearray(WHOLE)
    for place, byte in changes:
        content[place] = byte
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rnn_tanh_nobias.pth"
        path.write_bytes(content)
        try:
            found = load(path)
        except (InvalidFile, InvalidNetwork) as error:
            message = str(error)
        else:
            message = f"{path}: it is {'the same' if found == load(DATA / path.name) else 'another'} network"
    assert message.startswith(f"{path}: ")
    assert len(message.splitlines()) == 1
    assert "another network" not in message


ZIPS: list[tuple[dict[str, Any], str]] = [
    ({"compression": zipfile.ZIP_DEFLATED}, "is packed, which PyTorch never does; zip the file again without packing"),
    ({"compression": zipfile.ZIP_BZIP2}, "is packed by method 12; only deflate is unpacked"),
    ({"compression": zipfile.ZIP_LZMA}, "is packed by method 14; only deflate is unpacked"),
    ({"drop": ["x/data.pkl"]}, "a zip that torch.save did not write: it has 0 entries FOLDER/data.pkl, not 1"),
    ({"add": {"y/data.pkl": b"N."}}, "it has 2 entries FOLDER/data.pkl, not 1"),
    ({"add": {"x/code/a.py": b""}}, "a TorchScript archive (it has 'x/code/a.py')"),
    ({"drop": ["x/data/0"]}, "the tensor 'rnn.weight_hh_l0' lies in a storage that is missing, 'x/data/0'"),
    ({"twice": "x/data/0"}, "two entries are named 'x/data/0'"),
]


@pytest.mark.parametrize(("changes", "message"), ZIPS)
def test_other_zips(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = torch_file(tmp_path / "x.pt", weights())
    assert message in refusal(rewritten(path, **changes))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hello, world" * 9, "truncated, or not a PyTorch file"),
        (
            b"\x80\x04N.",
            "a bare pickle, which torch.save does not write; it is no state dictionary; in PyTorch, save one",
        ),
        (b"", "the file is empty"),
    ],
)
def test_foreign_bytes(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.ckpt"
    path.write_bytes(content)
    assert message in refusal(path)


def test_two_tensors_of_one_name_are_refused(tmp_path: Path) -> None:
    tree = {"a": {"b.weight": weights()["readout.weight"]}, "a.b": {"weight": weights()["readout.weight"]}}
    assert "two tensors are named 'a.b.weight'" in refusal(torch_file(tmp_path / "x.pt", tree))


def test_a_dictionary_inside_itself_is_visited_once(tmp_path: Path) -> None:
    tree: dict[str, Any] = {"net": weights()}
    tree["again"] = tree
    tree["net"]["parent"] = tree
    assert load(torch_file(tmp_path / "x.pt", tree)) == load(torch_file(tmp_path / "y.pt", weights()))


def test_pytorch_is_not_imported() -> None:
    code = (
        "import sys; from emt_theory.networks import load; net = load(sys.argv[1]); "
        "print(net, [m for m in ('torch', 'jax', 'pickle', 'scipy', 'sympy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(DATA / "gru.pt")], capture_output=True, text=True, check=True
    )
    net, _, modules = done.stdout.partition("[")
    assert net.startswith("GRU(N=5, d=2")
    assert modules.strip() in ("]", "'pickle']")  # NumPy imports pickle; nothing is unpickled with it

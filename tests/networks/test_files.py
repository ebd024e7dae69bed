"""What was saved is what is loaded; a file is written whole or not at all; foreign layouts and real weights."""

import json
import os
import stat
import subprocess
import sys
import tempfile
from dataclasses import replace
from fractions import Fraction
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emt_theory.errors import InvalidFile, InvalidNetwork, InvalidOption
from emt_theory.networks import GRU, LSTM, ElmanRNN, ExactRNN, RationalMatrix, is_assumed, load, save

SUFFIXES = [".safetensors", ".npz"]


@st.composite
def networks(draw: st.DrawFn) -> ElmanRNN:
    n, d, phase = draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.booleans())
    entries = st.floats(allow_nan=False, allow_infinity=False)
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
    net = ElmanRNN(
        W_hh=draw(arrays(np.float64, (n, n), elements=entries)),
        W_uh=draw(arrays(np.float64, (n, d + phase), elements=entries)),
        W_hy=draw(arrays(np.float64, (d, n), elements=entries)),
        b_h=draw(st.none() | arrays(np.float64, n, elements=entries)),
        b_y=draw(st.none() | arrays(np.float64, d, elements=entries)),
        activation=draw(st.sampled_from(["tanh", "identity", "hard_tanh", "relu"])),
        phase_input=phase,
        metadata=draw(st.dictionaries(st.text("abc é\n\0", min_size=1, max_size=4), text, max_size=3)),
    )
    return replace(net, exact=ExactRNN.from_float(net)) if draw(st.booleans()) else net


@settings(deadline=None, max_examples=40)
@given(net=networks(), suffix=st.sampled_from(SUFFIXES), names=st.sampled_from(["torch", "emt"]))
def test_round_trip(net: ElmanRNN, suffix: str, names: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = save(net, Path(folder) / f"x{suffix}", names=names)
        again = load(path)
        assert os.listdir(folder) == [path.name]
    assert again == net
    notes = {key: value for key, value in again.metadata.items() if key not in ("layout", "source")}
    assert notes == dict(net.metadata)
    assert again.metadata["source"] == path.name


def test_round_trip_sees_a_difference(tmp_path: Path) -> None:
    net = example()
    for k, saboteur in enumerate(
        [
            replace(net, W_hh=net.W_hh * (1 + 1e-15)),
            replace(net, b_y=None),
            replace(net, activation="relu"),
            replace(net, exact=ExactRNN.from_float(net)),
        ]
    ):
        assert load(save(saboteur, tmp_path / f"{k}.npz")) != net


def example(**changes: Any) -> ElmanRNN:
    rng = np.random.default_rng(0)
    weights: dict[str, Any] = {
        "W_hh": rng.normal(size=(4, 4)),
        "W_uh": rng.normal(size=(4, 2)),
        "W_hy": rng.normal(size=(2, 4)),
        "b_h": rng.normal(size=4),
        "b_y": rng.normal(size=2),
    }
    return ElmanRNN(**(weights | changes))


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from([GRU, LSTM]),
    st.integers(1, 4),
    st.integers(1, 3),
    st.sets(st.sampled_from(["bias_ih_l0", "bias_hh_l0", "b_y"])),
    st.sampled_from(SUFFIXES),
    st.sampled_from(["torch", "emt"]),
)
def test_gated_networks_make_the_round_trip(
    kind: Any, n: int, d: int, biases: set[str], suffix: str, names: Any
) -> None:
    rng, rows = np.random.default_rng(0), len(kind.gates) * n
    shapes = {"weight_ih_l0": (rows, d), "weight_hh_l0": (rows, n), "W_hy": (d, n)}
    shapes |= {name: (d if name == "b_y" else rows,) for name in sorted(biases)}
    net = kind(**{name: rng.normal(size=shape) for name, shape in shapes.items()}, metadata={"task": "T2"})
    with tempfile.TemporaryDirectory() as folder:
        again = load(save(net, Path(folder) / f"x{suffix}", names=names))
    assert again == net
    assert again.metadata["task"] == "T2"
    layout = json.loads(again.metadata["layout"])
    assert layout["gates"] == ", ".join(kind.gates)
    assert layout["weight_hh_l0"] == ("rnn.weight_hh_l0" if names == "torch" else "weight_hh_l0")


def test_a_kind_that_contradicts_the_weights_is_refused(tmp_path: Path) -> None:
    net = GRU(weight_ih_l0=np.ones((3, 1)), weight_hh_l0=np.ones((3, 1)), W_hy=[[1.0]])
    path = save(net, tmp_path / "x.safetensors")
    stored = safetensors.numpy.load_file(path)
    with safetensors.safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    assert metadata == {"emt_format": "1", "kind": "gru", "phase_input": "false"}
    safetensors.numpy.save_file(stored, path, metadata | {"kind": "lstm"})
    with pytest.raises(InvalidNetwork, match="metadata kind is 'lstm', but the weights are those of kind 'gru'"):
        load(path)
    safetensors.numpy.save_file(stored, path, {"kind": "a note of somebody else's"})
    assert load(path) == net


def test_what_has_no_weights_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidNetwork,
        match=r"x\.npz: expected a network with weights \(ElmanRNN, GRU, LSTM, LeakyRNN\); got dict, which has no weights",
    ):
        save({"W_hh": 1}, tmp_path / "x.npz")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_twin_travels(tmp_path: Path, suffix: str) -> None:
    one = RationalMatrix.identity(1)
    twin = ExactRNN(W_hh=one * Fraction(1, 3), W_uh=one, W_hy=one, activation="identity")
    assert load(save(twin.to_float(), tmp_path / f"x{suffix}")).exact == twin


def test_default_names_are_pytorchs_and_arrays_are_float64(tmp_path: Path) -> None:
    stored = safetensors.numpy.load_file(save(example(), tmp_path / "x.safetensors"))
    assert set(stored) == {
        "rnn.weight_hh_l0",
        "rnn.weight_ih_l0",
        "rnn.bias_hh_l0",
        "readout.weight",
        "readout.bias",
    }
    assert {array.dtype for array in stored.values()} == {np.dtype(np.float64)}
    ours = safetensors.numpy.load_file(save(example(), tmp_path / "y.safetensors", names="emt"))
    assert set(ours) == {"W_hh", "W_uh", "W_hy", "b_h", "b_y"}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_network_gives_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    notes = {letter: letter for letter in "abcdefgh"}
    turned = dict(reversed(notes.items()))
    paths = [save(example(metadata=m), tmp_path / f"{k}{suffix}") for k, m in enumerate([notes, notes, turned])]
    assert len({path.read_bytes() for path in paths}) == 1
    other = save(example(metadata=notes | {"a": "é"}), tmp_path / f"other{suffix}")
    assert other.read_bytes() != paths[0].read_bytes()


def test_resaving_keeps_the_notes_and_forgets_the_old_layout(tmp_path: Path) -> None:
    first = load(save(example(metadata={"task": "T2"}), tmp_path / "a.npz", names="torch"))
    second = load(save(first, tmp_path / "b.safetensors", names="emt"))
    assert second.metadata["task"] == "T2"
    assert second.metadata["source"] == "b.safetensors"
    assert json.loads(second.metadata["layout"])["W_hh"] == "W_hh"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_foreign_file_with_two_biases(tmp_path: Path, suffix: str) -> None:
    net = example()
    assert net.b_h is not None
    assert net.b_y is not None
    half = net.b_h / 4
    state = {
        "model.rnn.weight_hh_l0": net.W_hh,
        "model.rnn.weight_ih_l0": net.W_uh,
        "model.rnn.bias_ih_l0": half,
        "model.rnn.bias_hh_l0": net.b_h - half,
        "model.fc.weight": net.W_hy,
        "model.fc.bias": net.b_y,
        "num_batches_tracked": np.array(3),
    }
    path = tmp_path / f"foreign{suffix}"
    write(path, state)
    loaded = load(path)
    np.testing.assert_allclose(loaded.b_h, net.b_h, rtol=1e-15)
    assert replace(loaded, b_h=net.b_h) == net
    assert json.loads(loaded.metadata["layout"]) == {
        "cell": "elman",
        "W_hh": "model.rnn.weight_hh_l0",
        "W_uh": "model.rnn.weight_ih_l0",
        "W_hy": "model.fc.weight",
        "b_h": "model.rnn.bias_ih_l0 + model.rnn.bias_hh_l0",
        "b_y": "model.fc.bias",
        "ignored": ["num_batches_tracked"],
        "activation": "tanh, the default of torch.nn.RNN; none is named",
    }


def write(path: Path, arrays_by_name: dict[str, Any], metadata: dict[str, str] | None = None) -> Path:
    if path.suffix == ".npz":
        text = {} if metadata is None else {"metadata": json.dumps(metadata)}
        np.savez(path, **(arrays_by_name | text))
    else:
        safetensors.numpy.save_file(arrays_by_name, path, metadata=metadata)
    return path


@pytest.mark.parametrize("key", ["activation", "nonlinearity"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_activation_is_read_from_metadata(tmp_path: Path, suffix: str, key: str) -> None:
    net = example(b_h=None, b_y=None)
    path = write(tmp_path / f"x{suffix}", {"W_hh": net.W_hh, "W_uh": net.W_uh, "W_hy": net.W_hy}, {key: "relu"})
    loaded = load(path)
    assert loaded == replace(net, activation="relu")
    assert json.loads(loaded.metadata["layout"])["activation"] == f"relu, from metadata {key!r}"
    changed = replace(loaded, activation="tanh")  # what the file said is no note that could contradict it
    assert load(save(changed, tmp_path / "again.npz")) == changed


def test_single_texts_in_an_npz_are_metadata(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, W_hh=np.eye(2), W_uh=np.ones((2, 1)), W_hy=np.ones((1, 2)), activation="relu", task="T2")
    net = load(path)
    assert (net.activation, net.metadata["task"]) == ("relu", "T2")


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ">f4"])
def test_floats_of_every_size_are_read_without_rounding(tmp_path: Path, dtype: Any) -> None:
    w = {"W_hh": np.full((1, 1), 0.1), "W_uh": np.ones((1, 1)), "W_hy": np.ones((1, 1))}
    path = tmp_path / "x.npz"
    np.savez(path, **{key: value.astype(dtype) for key, value in w.items()})
    assert load(path).W_hh[0, 0] == float(np.array(0.1, dtype=dtype))


REAL = ["T1-h128-l2_0.0", "T2-h128-l2_0.0", "T3-h64-l2_0.001", "T4-h128-l2_0.0"]


@pytest.mark.parametrize("name", REAL)
def test_real_weights(name: str, tmp_path: Path) -> None:
    shipped = files("emt_theory").joinpath("examples", "weights", f"emt-ref-{name}-seed1.safetensors")
    with as_file(shipped) as path:
        net = load(path)
        stored = safetensors.numpy.load_file(path)
    task, hidden = name.split("-")[0], int(name.split("-")[1][1:])
    assert (net.hidden, net.dim, net.activation) == (hidden, 8, "tanh")
    assert (net.b_h, net.b_y, net.exact, net.phase_input) == (None, None, None, False)
    assert (net.metadata["task"], net.metadata["steps"], net.metadata["source"]) == (task, "20000", shipped.name)
    assert np.array_equal(net.W_hh, stored["rnn.weight_hh_l0"])
    x = np.random.default_rng(0).choice([-1.0, 1.0], size=(64, 8, 8))
    y, h = net.run(x, steps=50)
    assert np.abs(h).max() <= 1
    if task == "T1":  # repeat copy: u(t) = u(t − 8)
        assert np.mean(np.sign(y[:, 8:]) == np.tile(x, (1, 7, 1))[:, 8:50]) > 0.999
    assert load(save(net, tmp_path / "again.npz")) == net


def test_existing_files_are_kept_unless_asked(tmp_path: Path) -> None:
    path = save(example(), tmp_path / "x.npz")
    before = path.read_bytes()
    with pytest.raises(InvalidFile, match=r"x\.npz exists already; choose another name, or ask to overwrite it"):
        save(example(activation="relu"), path)
    assert path.read_bytes() == before
    save(example(activation="relu"), path, overwrite=True)
    assert load(path).activation == "relu"
    (tmp_path / "link.npz").symlink_to(tmp_path / "nowhere.npz")
    with pytest.raises(InvalidFile, match="exists already"):
        save(example(), tmp_path / "link.npz")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("failing", ["replace", "fsync"])
def test_a_failure_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, failing: str
) -> None:
    old = save(example(), tmp_path / f"old{suffix}")
    before = old.read_bytes()

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path if failing == "replace" else os, failing, fail)
    for path in (old, tmp_path / f"new{suffix}"):
        with pytest.raises(InvalidFile, match=rf"{path.name}: cannot be written \(No space left on device\)"):
            save(example(activation="relu"), path, overwrite=True)
    assert [p.name for p in tmp_path.iterdir()] == [old.name]
    assert old.read_bytes() == before


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save(example(), tmp_path / "x.npz")
    assert list(tmp_path.iterdir()) == []


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(example(), tmp_path / "x.npz")
    before, seen = path.read_bytes(), list[bytes]()
    monkeypatch.setattr(os, "fsync", lambda _: seen.append(path.read_bytes()))
    save(example(activation="relu"), path, overwrite=True)
    assert seen == [before]
    assert path.read_bytes() != before


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("")
    path = save(example(), tmp_path / "x.npz")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x.txt", "unknown suffix '.txt'; it must be .safetensors or .npz"),
        ("x", "unknown suffix ''"),
        ("x.pt", "unknown suffix '.pt'"),
        ("missing/x.npz", "does not exist"),
        ("folder.npz", "is a directory; give the name of a file"),
        ("file/x.npz", "does not exist"),
        ("a" * 300 + ".npz", "cannot be written"),
        ("nul\0.npz", "cannot be written"),
    ],
)
def test_bad_targets_are_refused(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "folder.npz").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidFile) as refusal:
        save(example(), tmp_path / name, overwrite=True)
    assert message in str(refusal.value)
    assert str(refusal.value).startswith(str(tmp_path / name))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.npz"]


def test_bad_options_and_notes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match="unknown naming 'keras'; known are torch, emt"):
        save(example(), tmp_path / "x.npz", names="keras")
    for key in ("activation", "nonlinearity", "exact", "phase_input", "emt_format", "kind"):
        with pytest.raises(InvalidNetwork, match=f"x.npz: metadata key '{key}' is written by save itself"):
            save(example(metadata={key: "x"}), tmp_path / "x.npz")
    with pytest.raises(InvalidFile, match="cannot be written"):
        save(example(metadata={"x": "\ud800"}), tmp_path / "x.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_importing_networks_is_light() -> None:
    heavy = ["sympy", "scipy", "flint", "matplotlib", "networkx", "jax", "torch"]
    code = f"import sys, emt_theory.networks; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_sigma_may_be_named_where_the_file_names_none(tmp_path: Path) -> None:
    weights = {"W_hh": np.eye(2), "W_uh": np.ones((2, 1)), "W_hy": np.ones((1, 2))}
    np.savez(tmp_path / "silent.npz", **weights)
    assert is_assumed(load(tmp_path / "silent.npz"))
    relu = load(tmp_path / "silent.npz", activation="relu")
    assert isinstance(relu, ElmanRNN)
    assert relu.activation == "relu"
    assert not is_assumed(relu)
    np.savez(tmp_path / "spoken.npz", activation="tanh", **weights)
    assert not is_assumed(load(tmp_path / "spoken.npz", activation="tanh"))
    with pytest.raises(InvalidNetwork, match="σ = tanh, from metadata 'activation'; leave activation='relu' out"):
        load(tmp_path / "spoken.npz", activation="relu")
    with pytest.raises(InvalidNetwork, match="unknown activation"):
        load(tmp_path / "silent.npz", activation="sine")

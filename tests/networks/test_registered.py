"""Every registered format and naming × what each has to do; half an entry goes red. And a new entry is one entry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emt_theory.errors import InvalidFile, InvalidNetwork, InvalidOption
from emt_theory.networks import GRU, LSTM, ElmanRNN, from_arrays, load, save
from emt_theory.networks.kinds import KINDS, kind_of_rows
from emt_theory.networks.reading import formats, namings
from emt_theory.networks.reading.content import Content, Entry
from emt_theory.networks.reading.expressions import key as alone
from emt_theory.networks.reading.formats import FORMATS, Format
from emt_theory.networks.reading.layers import Layer, Shapes, alone_if
from emt_theory.networks.reading.namings import NAMINGS, Naming

DATA = Path(__file__).parent / "data"
SUFFIXES = [(known, suffix) for known in FORMATS for suffix in known.suffixes]

# What the formats and the namings that only read are tried on, by name: files, and trees that a library recorded.
FILES = {"PyTorch": DATA / "rnn_tanh.pt"}
TREES = {"equinox": ["equinox-GRUCell", "equinox-LSTMCell"], "flax": ["linen-SimpleCell", "nnx-GRUCell"]}
FRAMEWORKS = {
    "keras": ["keras-SimpleRNN", "keras-GRU-2", "keras-LSTM"],
    "haiku": ["haiku-VanillaRNN", "haiku-LSTM"],
    "brainpy": ["brainpy-RNNCell", "brainpy-LSTMCell"],
}
# Hand-written cells, by the keys of their recurrent, input and read-out weights; of PsychRNN with the masks.
HANDS = {
    "goodfellow": ["W U V", "U W V"],
    "wh-wx-wy": ["Wh Wx Wy", "net.w_h net.w_x net.w_y"],
    "h2h-i2h-h2o": ["h2h.weight i2h.weight h2o.weight", "hh.kernel ih.kernel ho.kernel"],
    "w_rec-w_in-w_out": ["W_rec W_in W_out", "Wrec.weight Win.weight Wout.weight"],
    "karpathy": ["Whh Wxh Why", "net.whh net.wxh net.why"],
    "ctd": ["wR wI wO"],
    "sussillo": ["J B W"],
    "psychrnn": ["W_rec W_in W_out"],
}
OPTIONS: dict[str, dict[str, Any]] = {"psychrnn": {"alpha": 0.1}}


def network(kind: str) -> ElmanRNN | GRU | LSTM:
    made, rng, n, d = KINDS[kind], np.random.default_rng(0), 3, 2
    rows = max(1, len(made.gates)) * n
    shapes = {"W_hh": (n, n), "W_uh": (n, d), "W_hy": (d, n), "b_h": (n,), "b_y": (d,)}
    shapes |= {"weight_ih_l0": (rows, d), "weight_hh_l0": (rows, n), "bias_ih_l0": (rows,), "bias_hh_l0": (rows,)}
    return made(**{name: rng.normal(size=shapes[name]) for name in made.arrays()})


def sample(known: Format, suffix: str, folder: Path) -> tuple[Path, ElmanRNN | GRU | LSTM]:
    """A file of this format, and the network in it."""
    path = folder / f"sample{suffix}"
    if known.pack is None:
        path.write_bytes(FILES[known.name].read_bytes())
        return path, load(FILES[known.name])
    net = network("gru")
    return save(net, path, overwrite=True), net


# ------------------------------------------------------------------------------------------------ formats


@pytest.mark.parametrize(("known", "suffix"), SUFFIXES)
def test_every_format_is_read_under_every_suffix(known: Format, suffix: str, tmp_path: Path) -> None:
    path, net = sample(known, suffix, tmp_path)
    assert load(path) == net
    assert load(path.rename(tmp_path / f"LOUD{suffix.upper()}")) == net


@pytest.mark.parametrize("known", [known for known in FORMATS if known.pack])
@pytest.mark.parametrize("kind", KINDS)
def test_every_format_that_is_written_keeps_every_kind(known: Format, kind: str, tmp_path: Path) -> None:
    net = replace(network(kind), metadata={"a note": "é\n"})
    path = save(net, tmp_path / f"x{known.suffixes[0]}")
    again = load(path)
    assert (again, again.kind, again.metadata["a note"]) == (net, kind, "é\n")
    assert save(net, tmp_path / f"y{known.suffixes[0]}").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(("known", "suffix"), SUFFIXES)
def test_every_format_refuses_what_is_truncated_or_empty(known: Format, suffix: str, tmp_path: Path) -> None:
    path, _ = sample(known, suffix, tmp_path)
    whole = path.read_bytes()
    for length in (0, 1, 3, 9, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(InvalidFile, match="truncated" if length else "the file is empty") as refusal:
            load(path)
        assert str(refusal.value).startswith(f"{path}: ")


@pytest.mark.parametrize("known", FORMATS)
def test_every_format_is_told_by_how_it_begins(known: Format, tmp_path: Path) -> None:
    start = sample(known, known.suffixes[0], tmp_path)[0].read_bytes()[:1024]
    assert [other.name for other in FORMATS if other.is_begun(start)] == [known.name]
    for other in FORMATS:
        if other is not known:
            path, net = sample(known, known.suffixes[0], tmp_path)
            found = load(path.rename(tmp_path / f"wrong{other.suffixes[-1]}"))
            assert found == net
            assert found.provenance.remarks[0].startswith(f"read as {known.name}, as its first bytes say")


def test_every_committed_pytorch_file_begins_as_one() -> None:
    paths = [path for path in DATA.iterdir() if path.suffix in (".pt", ".pth", ".bin", ".ckpt")]
    known = next(known for known in FORMATS if known.name == "PyTorch")
    assert [path.name for path in paths if not known.is_begun(path.read_bytes()[:1024])] == []
    assert len(paths) > 20


# ------------------------------------------------------------------------------------------------ namings


def recorded(case: str, name: str = "jax.npz", mark: str = "/") -> dict[str, Any]:
    with np.load(DATA / name) as file:
        return {key.split(mark)[2]: file[key] for key in file.files if key.startswith(f"{case}{mark}params{mark}")}


def by_hand(keys: str, naming: str) -> dict[str, Any]:
    """An Elman cell with 4 units, 2 inputs and 3 outputs under these keys."""
    rng = np.random.default_rng(0)
    shapes = dict(zip(keys.split(), [(4, 4), (4, 2), (3, 4)], strict=True))
    if "kernel" in keys:
        shapes = {key: shape[::-1] for key, shape in shapes.items()}
    if naming == "psychrnn":
        names = ("rec", "input", "output")
        shapes |= {f"{name}_connectivity": shape for name, shape in zip(names, shapes.values(), strict=True)}
    return {key: rng.normal(size=shape) for key, shape in shapes.items()}


def written(naming: Naming, kind: str) -> dict[str, Any]:
    assert naming.written is not None
    net = network(kind)
    return {naming.written(name) or "": getattr(net, name) for name in KINDS[kind].arrays()}


def samples(naming: Naming) -> dict[str, dict[str, Any]]:
    """Arrays under this naming, each a network."""
    if naming.name in FRAMEWORKS:
        return {case: recorded(case, "frameworks.npz", "|") for case in FRAMEWORKS[naming.name]}
    if naming.name in HANDS:
        return {keys: by_hand(keys, naming.name) for keys in HANDS[naming.name]}
    if naming.written is None:
        return {case: recorded(case) for case in TREES[naming.name]}
    return {kind: written(naming, kind) for kind in KINDS if all(map(naming.written, KINDS[kind].arrays()))}


@pytest.mark.parametrize(
    "naming", [known for known in NAMINGS if known.name != "joined"], ids=lambda naming: naming.name
)
def test_every_naming_is_recognized_and_refuses_a_missing_weight_by_name(naming: Naming) -> None:
    assert samples(naming)
    recognized, options = 0, OPTIONS.get(naming.name, {})
    for arrays in samples(naming).values():
        net = from_arrays(arrays, **options)
        assert net.provenance.ignored == ()
        shapes = {key: array.shape for key, array in arrays.items()}
        for layer in naming.layers(shapes):
            recognized += 1
            assert layer.kind == net.kind
            for key in {key for name in layer.weights if "b" not in name for key in layer.weights[name].keys}:
                with pytest.raises(InvalidNetwork, match=r"; it holds|would change the network") as refusal:
                    from_arrays({other: array for other, array in arrays.items() if other != key}, **options)
                read = "W_hy" in layer.weights and key in layer.weights["W_hy"].keys
                texts = [
                    repr(key),
                    "no recurrent weights",
                    *(["no read-out"] if read else []),
                    "connectivity' of shape",
                ]
                assert any(text in str(refusal.value) for text in texts)
    assert recognized


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("naming", [naming for naming in NAMINGS if naming.written], ids=lambda naming: naming.name)
def test_what_is_saved_under_a_naming_is_what_is_loaded(naming: Naming, kind: str, tmp_path: Path) -> None:
    net = network(kind)
    path = save(net, tmp_path / "x.npz", names=naming.name)
    assert load(path) == net
    with np.load(path) as file:
        assert set(file.files) == {*written(naming, kind), "metadata"} | ({"alpha"} if kind == "leaky" else set())
        assert all(np.array_equal(file[key], array) for key, array in written(naming, kind).items())


def test_a_naming_that_is_only_read_is_not_written(tmp_path: Path) -> None:
    for naming in NAMINGS:
        if naming.written is None:
            with pytest.raises(InvalidOption, match=f"unknown naming '{naming.name}'; known are torch, emt"):
                save(network("elman"), tmp_path / "x.npz", names=naming.name)


def test_names_are_different() -> None:
    assert len({naming.name for naming in NAMINGS}) == len(NAMINGS)
    suffixes = [suffix for known in FORMATS for suffix in known.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    assert [kind_of_rows(rows, 4) for rows in (4, 12, 16, 8, 0)] == ["elman", "gru", "lstm", None, None]
    assert kind_of_rows(0, 0) is None


def test_the_page_names_every_format_and_naming() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reading.md").read_text()
    for _, suffix in SUFFIXES:
        assert f"`{suffix}`" in page
    for naming in NAMINGS:
        assert f"| `{naming.name}` | {naming.recognized} | {'yes' if naming.written else 'no'} |" in page


# ------------------------------------------------------------------------------------------------ a new entry is one entry

SHORT = {"W_hh": "Qrec", "W_uh": "Qin", "W_hy": "Qout", "b_h": "brec", "b_y": "bout"}


def short_layers(shapes: Shapes) -> list[Layer]:
    if "Qrec" not in shapes:
        return []
    layer = Layer.of("Qrec", "elman", shapes["Qrec"][1], alone("Qrec"), alone("Qin"), alone_if("brec", shapes))
    bias = {"b_y": alone("bout")} if "bout" in shapes else {}
    return [replace(layer, weights={**layer.weights, "W_hy": alone("Qout"), **bias})]


def test_a_new_naming_is_one_entry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    net = network("elman")
    assert isinstance(net, ElmanRNN)
    arrays = {key: getattr(net, name) for name, key in SHORT.items()}
    np.savez(tmp_path / "x.npz", **arrays, loss=1.0)
    with pytest.raises(InvalidNetwork, match=r"nothing is named as by .*; it holds Qin \(3, 2\)"):
        load(tmp_path / "x.npz")

    monkeypatch.setattr(namings, "NAMINGS", [*NAMINGS, Naming("short", "Qrec", short_layers, SHORT.get)])
    again = load(tmp_path / "x.npz")
    assert (again, again.provenance.ignored) == (net, ("loss",))
    assert json.loads(again.metadata["layout"])["W_hy"] == "Qout"
    assert load(save(net, tmp_path / "y.safetensors", names="short")) == net
    with pytest.raises(InvalidOption, match="the naming 'short' has no key for weight_hh_l0 and weight_ih_l0"):
        save(network("gru"), tmp_path / "z.npz", names="short")
    with pytest.raises(InvalidOption, match="unknown naming 'shrt'; did you mean 'short'"):
        save(net, tmp_path / "z.npz", names="shrt")
    for key, message in {
        "Qrec": r"nothing is named as by torch, .*, emt or short \(docs",
        "Qin": "no input weights: 'Qin' is missing",
        "Qout": "no read-out: 'Qout' is missing",
    }.items():
        with pytest.raises(InvalidNetwork, match=message):
            from_arrays({other: array for other, array in arrays.items() if other != key})


def read_json(path: Path) -> Content:
    try:
        table: dict[str, Any] = json.loads(path.read_text())
    except ValueError:
        raise InvalidFile("truncated, or not JSON") from None
    arrays = {key: np.array(value) for key, value in table["arrays"].items()}
    entries = {key: Entry(array.shape, "float64", array) for key, array in arrays.items()}
    return Content(entries, table["metadata"])


def pack_json(arrays: Mapping[str, Any], metadata: Mapping[str, str]) -> bytes:
    table = {"arrays": {key: array.tolist() for key, array in arrays.items()}, "metadata": dict(metadata)}
    return json.dumps(table).encode()


def test_a_new_format_is_one_entry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    net = network("lstm")
    path = tmp_path / "x.json"
    with pytest.raises(InvalidFile, match="unknown suffix"):
        save(net, path)
    known = Format("JSON", (".json",), rb'\{"arrays"', read_json, pack_json)
    monkeypatch.setattr(formats, "FORMATS", [*FORMATS, known])
    assert load(save(net, path)) == net
    path.rename(tmp_path / "x.npz")
    assert load(tmp_path / "x.npz").provenance.remarks == ("read as JSON, as its first bytes say; the suffix is .npz",)
    (tmp_path / "x.txt").write_text("x")
    with pytest.raises(InvalidFile, match=r"networks are read from \.safetensors, .*, \.ckpt and \.json"):
        load(tmp_path / "x.txt")

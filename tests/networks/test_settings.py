"""Settings beside weights: what they say is heard, refused where it cannot be, and never passed over in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.networks import LeakyRNN, from_arrays, load
from emt_theory.networks.reading.flags import refuse_layer_options
from emt_theory.networks.reading.stated import spelled
from emt_theory.networks.reading.torchfiles import read_torch
from tests.networks.test_checkpoints import tensor
from tests.networks.test_modules import RNN, module, network, stored
from tests.networks.torchwriter import torch_file

PLAIN: dict[str, Any] = {"W_hh": np.eye(3), "W_uh": np.ones((3, 1)), "W_hy": np.ones((1, 3))}
GRU: dict[str, Any] = {
    "rnn.weight_hh_l0": np.ones((9, 3)),
    "rnn.weight_ih_l0": np.ones((9, 1)),
    "fc.weight": np.ones((1, 3)),
}


def relu(v: Any) -> Any:
    return np.maximum(v, 0)


def sigmoid(v: Any) -> Any:
    return 1 / (1 + np.exp(-v))


def checkpoint(folder: Path, plain: dict[str, Any], **settings: Any) -> Path:
    return torch_file(folder / "x.pt", {"model": {key: tensor(value) for key, value in plain.items()}, **settings})


CONTRADICTIONS = [
    ({"net": {"alpha": 0.9}, "cfg": {"alpha": 0.2}}, {"leak": "state"}, {"alpha": 0.2}),
    ({"args": {"alpha": 0.1, "leak": 0.9}}, {"leak": "state"}, {"alpha": 0.9}),
    ({"args": {"alpha": 0.1, "dt": 20, "tau": 100}}, {"leak": "state"}, {"alpha": 0.1}),
    ({"a": {"leak": "state", "alpha": 0.5}, "b": {"leak": "preactivation"}}, {}, {"leak": "state"}),
    ({"a": {"phase_input": True}, "b": {"phase_input": "eos"}}, {}, {"phase_input": "eos"}),
]


@pytest.mark.parametrize(("settings", "said", "settling"), CONTRADICTIONS)
def test_settings_that_contradict_each_other_are_refused_until_one_is_meant(
    tmp_path: Path, settings: Any, said: Any, settling: dict[str, Any]
) -> None:
    path = checkpoint(tmp_path, {**PLAIN, "W_uh": np.ones((3, 2))}, **settings)
    ((name, value),) = settling.items()
    message = (
        rf"the settings contradict each other: {name} = .*, stated as .*, and {name} = .*; say which is meant: {name}="
    )
    with pytest.raises(InvalidNetwork, match=message):
        load(path, **said)
    net: Any = load(path, **said, **settling)
    assert np.unique(getattr(net, name)) == np.unique(value)  # type: ignore[arg-type]


def test_settings_that_say_the_same_twice_agree(tmp_path: Path) -> None:
    path = checkpoint(tmp_path, PLAIN, args={"alpha": 0.2, "dt": 20, "tau": 100}, cfg={"alpha": 0.2})
    net = load(path, leak="state")
    assert isinstance(net, LeakyRNN)
    assert np.unique(net.alpha) == [0.2]
    gru = load(checkpoint(tmp_path, GRU, args={"alpha": 0.1}, cfg={"alpha": 0.2}))  # which never leaks
    assert gru.kind == "gru"


@pytest.mark.parametrize("plain", [PLAIN, GRU])
def test_settings_that_no_array_shows_are_remarked(tmp_path: Path, plain: dict[str, Any]) -> None:
    settings = {"output_activation": "sigmoid", "residual": True, "layer_norm": True, "dale": True}
    path = checkpoint(tmp_path, plain, args={**settings, "out_act": "linear", "skip": False, "use_attention": 3})
    told = [remark for remark in load(path).provenance.remarks if "is not taken in" in remark]
    assert told == [f"{key} = {value}, stated as 'args.{key}', is not taken in" for key, value in settings.items()]
    tree = from_arrays({**plain, "residual": True, "output_activation": sigmoid, "activation": ["relu"]})
    assert sum("is not taken in" in remark for remark in tree.provenance.remarks) == 2
    assert any("activation = ['relu'], stated as 'activation', is no σ" in remark for remark in tree.provenance.remarks)


def test_pieces_that_hold_none_for_a_weight_have_no_weights(tmp_path: Path) -> None:
    none = {"weight": None, "bias": None}
    norms = {
        "norm": module("LayerNorm", none, place="torch.nn.modules.normalization"),
        "inst": module("InstanceNorm1d", none, place="torch.nn.modules.instancenorm", _buffers={"running_mean": None}),
    }
    (_, remark) = load(torch_file(tmp_path / "x.pt", network(norms))).provenance.remarks
    assert "norm (LayerNorm)" in remark
    assert "inst (InstanceNorm1d)" in remark


def test_a_cell_with_gates_has_its_own_functions(tmp_path: Path) -> None:
    cells = {"weight_hh": stored(9, 3), "weight_ih": stored(9, 1)}
    named = {"activation": "relu", "gate_fn": "hard_sigmoid"}
    for key, value in named.items():
        with pytest.raises(InvalidNetwork, match=rf"σ is {value}, stated as 'cell.{key}', where a cell with gates has"):
            load(torch_file(tmp_path / "x.pt", network({"cell": module("Cell", cells, **{key: value})})))
        net = load(torch_file(tmp_path / "x.pt", network({"cell": module("Cell", cells)}, **{key: value})))
        assert any(f"σ = {value}, stated as '{key}', is not taken" in remark for remark in net.provenance.remarks)
        told = load(checkpoint(tmp_path, GRU, args={key: value})).provenance.remarks
        assert [remark for remark in told if f"σ = {value}, stated as 'args.{key}', is not taken" in remark]
    fine = module("Cell", cells, activation="tanh", gate_fn="sigmoid")
    assert len(load(torch_file(tmp_path / "x.pt", network({"cell": fine}))).provenance.remarks) == 1
    own = module("GRU", {"weight_hh_l0": stored(9, 3), "weight_ih_l0": stored(9, 1)}, place=RNN, mode="GRU")
    assert len(load(torch_file(tmp_path / "x.pt", network({"cell": own}))).provenance.remarks) == 1
    np.savez(tmp_path / "x.npz", **GRU, activation="relu")
    assert any("σ = relu" in remark for remark in load(tmp_path / "x.npz").provenance.remarks)


class Flax:
    """An object as those of a library, whose attributes are its arrays and what it does with them."""

    __module__ = "flax.nnx.nn"

    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)


Module = type("Module", (Flax,), {"__module__": "flax.nnx.module"})
LayerNorm, Dropout, GRUCell, RNNLayer = (
    type(name, (Module,), {"__module__": "flax.nnx.nn"}) for name in ("LayerNorm", "Dropout", "GRUCell", "RNN")
)


def flax(cell: Any = None, **more: Any) -> Any:
    """A module of one's own with a layer of Flax, its weights those of a gated cell."""
    dense = {f"dense_{side}": {"kernel": np.ones((n, 9))} for side, n in (("i", 1), ("h", 3))}
    layer = RNNLayer(cell=GRUCell(**dense, **(cell or {})), **more.pop("layer", {}))
    return type("Net", (Module,), {"__module__": "__main__"})(rnn=layer, out={"kernel": np.ones((3, 1))}, **more)


def test_what_objects_of_flax_are_told_is_heard() -> None:
    fine = from_arrays(
        flax({"activation_fn": np.tanh, "gate_fn": sigmoid, "residual": False}, layer={"reverse": False})
    )
    assert (fine.kind, fine.provenance.remarks) == ("gru", ())
    wrong = {
        r"σ is relu, stated as 'rnn.cell.activation_fn', where a cell with gates has tanh": flax(
            {"activation_fn": relu}
        ),
        r"σ is relu, stated as 'rnn.cell.gate_fn', where a cell with gates has sigmoid": flax({"gate_fn": relu}),
        r"'rnn.cell' adds its state to W_hh h \(residual=True\)": flax({"residual": True}),
        r"'rnn' reads a sequence from its end \(reverse=True\)": flax(layer={"reverse": True}),
        r"'rnn' reads a sequence from its end \(go_backwards=True\)": flax(layer={"go_backwards": True}),
    }
    for message, tree in wrong.items():
        with pytest.raises(InvalidNetwork, match=message):
            from_arrays(tree)
    refuse_layer_options("", {"residual": 1, "reverse": None})
    mute = from_arrays(flax(norm=LayerNorm(epsilon=1e-6, scale=None), drop=Dropout(rate=0.1)))
    assert mute.provenance.remarks == (
        "pieces of the module that have no weights are not looked at: 'norm (LayerNorm)'",
    )
    own = from_arrays(flax(residual=True, act=relu))  # of one's own class, which may mean anything
    assert len(own.provenance.remarks) == 2


TEXTS = [np.array("relu"), np.array(b"relu"), np.array(["relu"]), np.array([["ReLU"]]), np.array([b"nn.ReLU()"])]


@pytest.mark.parametrize("text", TEXTS)
def test_one_text_in_an_npz_file_is_heard_in_any_clothes(tmp_path: Path, text: Any) -> None:
    np.savez(tmp_path / "x.npz", **PLAIN, activation=text)
    assert load(tmp_path / "x.npz").activation == "relu"
    assert load(tmp_path / "x.npz").provenance.assumed == ()


@pytest.mark.parametrize("value", [np.array(["relu", "tanh"]), np.array(["relu"], dtype=object)])
def test_what_is_called_as_sigma_in_an_npz_file_and_is_no_text_is_said(tmp_path: Path, value: Any) -> None:
    np.savez(tmp_path / "x.npz", **PLAIN, activation=value)
    net = load(tmp_path / "x.npz")
    assert net.provenance.assumed == ("activation",)
    assert any(f"'activation' of shape {value.shape} is not read as σ" in remark for remark in net.provenance.remarks)


def test_time_constants_in_an_npz_file_are_heard(tmp_path: Path) -> None:
    arrays: dict[str, Any] = {"W_rec": np.eye(4), "W_in": np.ones((4, 2)), "W_out": np.ones((2, 4))}
    np.savez(tmp_path / "x.npz", **arrays, dt=20.0, tau=np.array([100.0]), leak="state")
    net = load(tmp_path / "x.npz")
    assert isinstance(net, LeakyRNN)
    assert (np.unique(net.alpha), net.leak, net.provenance.ignored) == ([0.2], "state", ())
    assert net.provenance.remarks == ("alpha = 0.2, stated as 'dt / tau'",)
    np.savez(tmp_path / "x.npz", **arrays, dt=20.0, tau=100.0, alpha=0.3)
    with pytest.raises(InvalidNetwork, match=r"the file says alpha=0.2 in its metadata, and 0.3 in its arrays"):
        load(tmp_path / "x.npz", leak="state")
    np.savez(tmp_path / "x.npz", **arrays, tau=100.0)
    with pytest.raises(InvalidNetwork, match=r"'tau' of shape .* is not used"):
        load(tmp_path / "x.npz")
    np.savez(tmp_path / "x.npz", **GRU, dt=20.0, tau=100.0)
    with pytest.raises(InvalidNetwork, match="is not used, and would change the network if its units leak"):
        load(tmp_path / "x.npz")


def test_a_leak_that_is_said_needs_no_remark_that_it_was_not() -> None:
    sussillo = {"J": np.eye(3), "B": np.ones((3, 1)), "W": np.ones((1, 3))}
    assert "its units leak only if alpha=dt/τ and leak= are passed" in from_arrays(sussillo).provenance.remarks[0]
    assert from_arrays(sussillo, alpha=0.1, leak="preactivation").provenance.remarks == ()


def test_an_unknown_place_of_a_leak_is_told_first() -> None:
    with pytest.raises(InvalidOption, match=r"leak .*'foo'"):
        from_arrays(PLAIN, leak="foo")


@pytest.mark.parametrize("text", ["True", "true", "1", 1, True, np.array(1)])
def test_a_phase_input_is_heard_in_any_spelling(tmp_path: Path, text: Any) -> None:
    wide: dict[str, Any] = {**PLAIN, "W_uh": np.ones((3, 2))}
    np.savez(tmp_path / "x.npz", **wide, phase_input=text)
    assert load(tmp_path / "x.npz").phase_input is True
    if not isinstance(text, np.ndarray):
        plain = {key: stored(*value.shape) for key, value in PLAIN.items()}
        content = read_torch(torch_file(tmp_path / "x.pt", {"state_dict": plain, "phase_input": text}))
        assert content.metadata["phase_input"] == "true"


def test_names_are_read_as_python_writes_them() -> None:
    written = {
        "<class 'torch.nn.modules.activation.ReLU'>": "ReLU",
        "<function relu at 0x7f3a>": "relu",
        "<built-in method tanh of type object at 0x7f3a>": "tanh",
        "<ufunc 'tanh'>": "tanh",
        "ReLU(inplace=True)": "ReLU",
        "torch.nn.Tanh()": "Tanh",
        "Hardtanh(min_val=0, max_val=6)": "Hardtanh(min_val=0, max_val=6)",
        "RNN_RELU": "RELU",
    }
    assert {text: spelled(text) for text in written} == written


@pytest.fixture(scope="module")
def torch() -> Any:
    return pytest.importorskip("torch")


@pytest.mark.slow
def test_a_live_module_among_arrays_says_its_sigma_and_keeps_its_attributes(torch: Any) -> None:
    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = torch.nn.RNN(2, 5, nonlinearity="relu")
            self.fc = torch.nn.Linear(5, 2)

    net = Net()
    remark = "the forward of Net was not run; from_module does, and compares"
    for tree in (net, {"net": net}, [net]):
        found = from_arrays(tree)
        assert (found.activation, found.provenance.assumed, found.provenance.remarks) == ("relu", (), (remark,))
    net.mask = torch.ones(5, 5)
    with pytest.raises(InvalidNetwork, match=r"'net.mask' of shape \(5, 5\) is not used, .* it looks like a mask"):
        from_arrays({"net": net})

"""Whole modules and settings in pickles, as plain data: what they state is heard, and what was not read is said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emt_theory.errors import InvalidFile, InvalidNetwork
from emt_theory.networks import ElmanRNN, Network, is_assumed, load, save
from emt_theory.networks.reading.content import Content, Entry
from emt_theory.networks.reading.stated import Statement, heard, spelled
from emt_theory.networks.reading.statements import STATED, choose_sigma, write_statements
from emt_theory.networks.reading.torchfiles import read_torch
from tests.networks.torchwriter import Build, Name, Reduce, Stored, torch_file

DATA = Path(__file__).parent / "data"
RNN, ACTIVATION = "torch.nn.modules.rnn", "torch.nn.modules.activation"


def stored(*shape: int) -> Stored:
    return Stored(np.random.default_rng(len(shape) + sum(shape)).normal(size=shape).astype("<f4"))


def module(
    name: str = "Net", parameters: Any = None, modules: Any = None, place: str = "__main__", **more: Any
) -> Build:
    """A module as `torch.save` pickles it: its class, called without arguments, and its attributes."""
    state = {"training": True, "_parameters": parameters or {}, "_buffers": {}, "_modules": modules or {}, **more}
    return Build(Reduce(Name(place, name), ()), state)


def cell(**more: Any) -> Build:
    """A hand-written cell with the names of `torch.nn.RNNCell`."""
    return module("Cell", {"weight_hh": stored(3, 3), "weight_ih": stored(3, 1)}, **more)


def network(modules: Any = None, **more: Any) -> Build:
    readout = module("Linear", {"weight": stored(1, 3), "bias": None}, place="torch.nn.modules.linear")
    return module("Net", {}, {"cell": cell(), "readout": readout, **(modules or {})}, **more)


def opened(folder: Path, tree: Any) -> Network:
    return load(torch_file(folder / "x.pt", tree))


def sigma_of(folder: Path, tree: Any) -> tuple[Any, str]:
    net = opened(folder, tree)
    return net.activation, json.loads(net.metadata["layout"])["activation"]


def refusal(folder: Path, tree: Any) -> str:
    with pytest.raises((InvalidFile, InvalidNetwork)) as caught:
        opened(folder, tree)
    message = str(caught.value)
    assert "\n" not in message
    return message.partition(": ")[2]


def test_a_whole_module_says_its_sigma_and_that_its_forward_was_not_read() -> None:
    for sigma in ("tanh", "relu"):
        net = load(DATA / f"module_rnn_{sigma}.pt")
        assert net.activation == sigma
        assert not is_assumed(net)
        assert net.provenance.remarks == (
            "the file holds a whole module, __main__.Model, whose forward was not read: that its pieces are connected as input, recurrent layer, "
            "read-out is assumed",
        )


def test_a_module_in_a_checkpoint_has_its_key_before_its_own() -> None:
    net = load(DATA / "module_lstm.pt")
    assert json.loads(net.metadata["layout"])["weight_hh_l0"] == "net.rnn.weight_hh_l0"
    assert net.provenance.ignored == ("mean",)
    assert len(net.provenance.remarks) == 1


def test_pieces_without_weights_are_named_unless_they_do_nothing() -> None:
    assert load(DATA / "module_cell.pt").provenance.remarks[1:] == (
        "pieces of the module that have no weights are not looked at: 'loss (MSELoss)'",
    )


def test_a_state_dictionary_beside_a_module_is_what_is_read(tmp_path: Path) -> None:
    plain = {"cell.weight_hh": stored(3, 3), "cell.weight_ih": stored(3, 1), "readout.weight": stored(1, 3)}
    net = opened(tmp_path, {"state_dict": plain, "model": network()})
    assert net.provenance.remarks == ()
    assert json.loads(net.metadata["layout"])["W_hh"] == "cell.weight_hh"


def test_attributes_that_are_tensors_are_seen(tmp_path: Path) -> None:
    """A mask that is no parameter changes the network all the same."""
    with pytest.raises(
        InvalidNetwork,
        match=r"'mask' of shape \(3, 3\) is not used.* a mask; if weights are multiplied by it: names=\{'W_hh': 'cell.weight_hh \* mask'",
    ):
        opened(tmp_path, network(mask=stored(3, 3)))
    assert opened(tmp_path, Build(Reduce(Name("a", "Trainer"), ()), {"net": network()})).hidden == 3


def test_a_module_inside_itself_is_read_once(tmp_path: Path) -> None:
    tree = network()
    tree.state["_modules"]["again"] = tree.state["_modules"]
    assert opened(tmp_path, tree).hidden == 3


STATES = [
    ({"nonlinearity": "relu"}, "'args.nonlinearity'"),
    ({"model": {"Activation_Fn": "nn.ReLU()"}}, "'args.model.Activation_Fn'"),
    ({"layers": [{"act": Name(ACTIVATION, "ReLU")}]}, "'args.layers.0.act'"),
    ({"sigma": Name("torch.nn.functional", "relu")}, "'args.sigma'"),
    ({"act": Reduce(Name("__builtin__", "getattr"), (Name("torch._C", "_VariableFunctionsClass"), "relu"))}, "'args.act'"),
    ({"act": Reduce(Name("__main__", "Sigma"), ("relu",))}, "'args.act'"),
    ({"act": {"_target_": "torch.nn.ReLU"}}, "'args.act'"),
    ({"act": module("ReLU", place=ACTIVATION, inplace=False)}, "'args.act'"),
    ({"model": "RNN_RELU"}, "'args.model'"),
    ({"cfg": Build(Reduce(Name("o", "Conf"), ()), {"_content": {"act": Build(Reduce(Name("o", "S"), ()), {"_val": "relu"})}})}, "'args.cfg.act'"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "place"), STATES)
@pytest.mark.parametrize("as_namespace", [False, True])
def test_sigma_is_heard_wherever_it_is_stated(tmp_path: Path, said: Any, place: str, as_namespace: bool) -> None:
    plain = {"weight_hh": stored(3, 3), "weight_ih": stored(3, 1), "readout.weight": stored(1, 3)}
    args = Build(Reduce(Name("argparse", "Namespace"), ()), said) if as_namespace else said
    assert sigma_of(tmp_path, {"state_dict": plain, "args": args}) == ("relu", f"relu, stated as {place}")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"sigma": 0.1, "act": None, "activation": ["relu"], "nonlinearity": True},
        {"recurrent_activation": "sigmoid", "act": "none"},
        {"optimizer": {"activation": "relu"}, "callbacks": {"act": "relu"}},
    ],
)
def test_what_is_no_statement_leaves_tanh_assumed(tmp_path: Path, settings: Any) -> None:
    plain = {"weight_hh": stored(3, 3), "weight_ih": stored(3, 1), "readout.weight": stored(1, 3)}
    assert is_assumed(opened(tmp_path, {"state_dict": plain, **settings}))


def test_the_nearest_module_decides(tmp_path: Path) -> None:
    relu, sigmoid = (module(name, place=ACTIVATION) for name in ("ReLU", "Sigmoid"))
    head = module("Head", {"losses": stored(9)}, {"act": sigmoid})
    assert sigma_of(tmp_path, network({"head": head})) == ("tanh", "tanh, the default of torch.nn.RNN; none is named")
    assert sigma_of(tmp_path, network({"act": relu, "head": head})) == ("relu", "relu, stated as 'act'")
    inner = cell(activation=Name("torch.nn.functional", "hardtanh"))
    assert sigma_of(tmp_path, network({"act": relu, "cell": inner}))[1] == "hard_tanh, stated as 'cell.activation'"
    rnn = module("RNNCell", inner.state["_parameters"], place=RNN, nonlinearity="tanh")
    assert sigma_of(tmp_path, {"net": network({"cell": rnn}), "act": "relu"})[0] == "tanh"  # it is what the layer does


WRONG = [
    ({"hparams": {"activation": "swish"}}, "unknown activation 'swish', stated as 'hparams.activation'; known are tanh, identity, hard_tanh"),
    ({"cfg": {"act": "relu"}, "rnn": {"nonlinearity": "Tanh"}}, "σ is relu, stated as 'cfg.act', and Tanh, stated as 'rnn.nonlinearity'; save"),
    ({"act": Name("__main__", "my_\x1b[31mrelu")}, "unknown activation 'my_\\x1b[31mrelu', stated as 'act'"),
    ({"act": module("Hardtanh", place=ACTIVATION, min_val=-2, max_val=2)}, "unknown activation 'Hardtanh(-2, 2)', stated as 'act'"),
    ({"act": Reduce(Name("functools", "partial"), (Name("F", "relu"),))}, "unknown activation 'partial of F.relu', stated as 'act'"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "message"), WRONG)
def test_a_stated_sigma_that_is_unknown_or_contradicted_is_an_error_that_names_where(
    tmp_path: Path, settings: Any, message: str
) -> None:
    plain = {"weight_hh": stored(3, 3), "weight_ih": stored(3, 1), "readout.weight": stored(1, 3)}
    assert message in refusal(tmp_path, {"state_dict": plain, **settings})
    gates = {"weight_hh": stored(9, 3), "weight_ih": stored(9, 1), "readout.weight": stored(1, 3)}
    assert opened(tmp_path, {"state_dict": gates, **settings}).kind == "gru"  # which has no σ to choose


@pytest.mark.parametrize("name", ["head", "my_readout", "policy", "metadata" * 50 + "!"])
def test_a_setting_of_something_else_is_passed_over_and_said(tmp_path: Path, name: str) -> None:
    plain = {"weight_hh": stored(3, 3), "weight_ih": stored(3, 1), "readout.weight": stored(1, 3)}
    for args in ({name: {"activation": "relu"}}, {"model": {name: {"act": "swish"}}}):
        net = opened(tmp_path, {"state_dict": plain, "args": args})
        assert is_assumed(net)
        (remark,) = net.provenance.remarks
        assert "is not taken" in remark
        assert "is no part of the recurrent layer" in remark
    named = {f"{name}.{key}": value for key, value in plain.items()}  # saboteur: it is the layer that is called so
    if name == "policy":
        assert sigma_of(tmp_path, {"state_dict": named, "args": {name: {"act": "relu"}}})[0] == "relu"


def test_an_option_that_contradicts_the_file_is_told_where_it_is_stated(tmp_path: Path) -> None:
    path = torch_file(tmp_path / "x.pt", {"net": network(nonlinearity="ReLU")})
    assert load(path, activation="ReLU").activation == "relu"
    with pytest.raises(
        InvalidNetwork, match=r"the file holds σ = relu, stated as 'net.nonlinearity'; leave activation='tanh' out"
    ):
        load(path, activation="tanh")


@pytest.mark.parametrize(
    ("settings", "options", "place"),
    [
        ({"args": {"alpha": 0.2}}, {"alpha": "0.2"}, "alpha = 0.2, stated as 'args.alpha'"),
        ({"args": {"model": {"dt": 20, "tau": 100}}}, {"alpha": "0.2"}, "alpha = 0.2, stated as 'args.model.dt / tau'"),
        ({"leak_rate": 0.5}, {"alpha": "0.5"}, "alpha = 0.5, stated as 'leak_rate'"),
        ({"cfg": {"leak": "preactivation"}}, {"leak": "preactivation"}, "leak = preactivation, stated as 'cfg.leak'"),
        ({"phase_input": True}, {"phase_input": "true"}, "phase_input = true, stated as 'phase_input'"),
        ({"alpha": 1.5, "dt": 20, "x": {"tau": 100}, "leak": True}, {}, None),
    ],
)
def test_a_leak_is_heard(tmp_path: Path, settings: Any, options: dict[str, str], place: str | None) -> None:
    plain = {"W_hh": stored(3, 3), "W_uh": stored(3, 1), "W_hy": stored(1, 3)}
    content = read_torch(torch_file(tmp_path / "x.pt", {"state_dict": plain, **settings}))
    assert (dict(content.metadata), content.remarks) == (options, (place,) if place else ())


@pytest.mark.parametrize("plain", [{"rnn.weight_hh_l0": stored(3, 3)}, {"cell.weight_hh": stored(9, 3)}])
def test_a_layer_that_runs_by_itself_or_has_gates_has_no_leak(tmp_path: Path, plain: Any) -> None:
    content = read_torch(torch_file(tmp_path / "x.pt", {"state_dict": plain, "args": {"alpha": 0.1}}))
    assert (dict(content.metadata), content.remarks) == ({}, ())


def test_a_module_counts_before_the_settings_that_it_was_made_from() -> None:
    said = heard({"args": {"alpha": 0.1}, "x": {"alpha": 0.3}})
    assert said.options in ({"alpha": "0.1"}, {"alpha": "0.3"})
    assert len(said.remarks) == 1


def test_settings_that_are_deep_or_many_end(tmp_path: Path) -> None:
    deep: dict[str, Any] = {}
    for _ in range(100):
        deep = {"a" * 60: deep, "act": "swish"}
    many = {str(k): {"b": {}} for k in range(10_000)}
    plain = {"weight_hh": stored(3, 3), "weight_ih": stored(3, 1), "readout.weight": stored(1, 3)}
    assert "swish" in refusal(tmp_path, {"state_dict": plain, "cfg": {"model": deep}})
    assert opened(tmp_path, {"state_dict": plain, **many}).hidden == 3


@pytest.mark.parametrize("text", ["x", "3", "[3]", "[[1, 2]]", '[["a", "b", 3, 4]]', "[" * 10_000, '[{"a": 1}]'])
def test_statements_of_a_stranger_are_refused(text: str) -> None:
    with pytest.raises(InvalidNetwork, match="metadata stated_activation is malformed"):
        choose_sigma({STATED: text}, ("weight_hh",))


def test_statements_are_handed_on_and_not_kept(tmp_path: Path) -> None:
    net = load(DATA / "settings.ckpt")
    assert STATED not in net.metadata
    assert load(save(net, tmp_path / "x.npz")) == net
    said = Statement("relu", "a.act", "a.", True)
    assert choose_sigma(write_statements([said]), ("a.weight_hh",)).name == "relu"
    assert choose_sigma(write_statements([said]), ("b.weight_hh",)).assumed == ("activation",)
    assert spelled({"name": "ReLU"}) == "ReLU"


def test_sabotaged_sigma_is_seen() -> None:
    """The recorded runs would tell: see test_torch_files for the runs themselves."""
    recorded = dict(np.load(DATA / "torch.npz").items())
    net = load(DATA / "settings.ckpt")
    assert isinstance(net, ElmanRNN)
    x, y = recorded["settings.ckpt/x"], recorded["settings.ckpt/y"]
    assert np.abs(net.run(x, steps=y.shape[1]).outputs - y).max() < 1e-12
    assert np.abs(replace(net, activation="tanh").run(x, steps=y.shape[1]).outputs - y).max() > 1e-3


def test_content_may_carry_remarks_and_no_more() -> None:
    content = Content({"a": Entry((1,), "float32", np.zeros(1))}, {}, ("said",))
    assert content.remarks == ("said",)

"""Networks from trees of arrays: what Flax and Equinox recorded is what comes out, in dictionaries, objects and sequences."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import OrderedDict, namedtuple
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.networks import GRU, LSTM, ElmanRNN, LeakyRNN, Stack, from_arrays, load

DATA = Path(__file__).parent / "data"
RECORDED = dict(np.load(DATA / "jax.npz").items())
CASES = sorted({key.split("/")[0] for key in RECORDED})


def nested(case: str) -> dict[str, Any]:
    """The recorded parameters as the tree that they were."""
    tree: dict[str, Any] = {}
    for key, array in RECORDED.items():
        if key.startswith(f"{case}/params/"):
            *path, last = key.split("/")[2].split(".")
            place = tree
            for name in path:
                place = place.setdefault(name, {})
            place[last] = array
    return tree


def error(net: ElmanRNN | GRU | LSTM, case: str) -> float:
    x, y = RECORDED[f"{case}/x"], RECORDED[f"{case}/y"]
    return float(np.abs(net.run(x, steps=y.shape[1]).outputs - y).max())


@pytest.mark.parametrize("case", CASES)
def test_the_forward_pass_is_the_librarys(case: str) -> None:
    assert error(from_arrays(nested(case)), case) < 1e-6  # recorded in single precision


def test_every_cell_is_there() -> None:
    kinds = {case: type(from_arrays(nested(case))).__name__ for case in CASES}
    assert kinds == {
        "equinox-GRUCell": "GRU",
        "equinox-GRUCell-nobias": "GRU",
        "equinox-LSTMCell": "LSTM",
        "equinox-LSTMCell-nobias": "LSTM",
        "linen-GRUCell": "GRU",
        "linen-LSTMCell": "LSTM",
        "linen-OptimizedLSTMCell": "LSTM",
        "linen-SimpleCell": "ElmanRNN",
        "nnx-GRUCell": "GRU",
        "nnx-LSTMCell": "LSTM",
        "nnx-OptimizedLSTMCell": "LSTM",
        "nnx-SimpleCell": "ElmanRNN",
    }


@pytest.mark.parametrize(
    ("case", "change"),
    [
        ("linen-SimpleCell", lambda net: replace(net, W_hh=net.W_hh.T)),
        ("linen-SimpleCell", lambda net: replace(net, b_h=None)),
        ("nnx-SimpleCell", lambda net: replace(net, b_y=-net.b_y)),
        ("linen-GRUCell", lambda net: replace(net, bias_ih_l0=net.bias_ih_l0 + net.bias_hh_l0, bias_hh_l0=None)),
        ("equinox-GRUCell", lambda net: replace(net, bias_ih_l0=net.bias_ih_l0 + net.bias_hh_l0, bias_hh_l0=None)),
        ("nnx-GRUCell", lambda net: replace(net, weight_hh_l0=np.roll(net.weight_hh_l0, net.hidden, axis=0))),
        ("linen-LSTMCell", lambda net: replace(net, weight_ih_l0=np.roll(net.weight_ih_l0, net.hidden, axis=0))),
        ("equinox-LSTMCell", lambda net: replace(net, bias_ih_l0=None)),
    ],
)
def test_saboteurs_are_seen(case: str, change: Any) -> None:
    """b_hn stands inside the reset gate's reach: moved to the other bias, the candidate is another one."""
    assert error(change(from_arrays(nested(case))), case) > 1e-3


def test_the_layout_shows_orientation_and_order() -> None:
    layout = json.loads(from_arrays(nested("linen-GRUCell")).metadata["layout"])
    assert layout["weight_ih_l0"] == (
        "[params.GRUCell_0.ir.kernel.T; params.GRUCell_0.iz.kernel.T; params.GRUCell_0.in.kernel.T]"
    )
    assert layout["bias_hh_l0"] == "[0; 0; params.GRUCell_0.hn.bias]"
    assert (layout["W_hy"], layout["gates"]) == ("params.Dense_0.kernel.T", "r, z, n")
    layout = json.loads(from_arrays(nested("equinox-GRUCell")).metadata["layout"])
    assert (layout["weight_ih_l0"], layout["bias_hh_l0"]) == ("cell.weight_ih", "[0; 0; cell.bias_n]")


@dataclass(frozen=True)
class Cell:
    """As Equinox has it: a frozen dataclass with arrays, numbers and functions."""

    weight_ih: Any
    weight_hh: Any
    bias: Any
    bias_n: Any
    hidden_size: int = 5
    activation: Any = np.tanh


class Module:
    """As NNX has it: an object with attributes."""

    def __init__(self, **parts: Any) -> None:
        self.__dict__.update(parts)
        self._private = np.zeros((5, 5))
        self.features = (2, 5)
        self.again = self

    def __call__(self) -> None:
        raise AssertionError("nobody calls it")


def same_tree_in_other_clothes() -> dict[str, Any]:
    params = nested("equinox-GRUCell")
    cell, readout = params["cell"], params["readout"]
    pair = namedtuple("pair", ["cell", "readout"])
    return {
        "dataclass": {"cell": Cell(**cell), "readout": readout},
        "object": Module(cell=Module(**cell), readout=Module(**readout)),
        "named tuple": pair(cell, readout),
        "namespace": SimpleNamespace(cell=cell, readout=readout),
        "mapping": MappingProxyType({"cell": OrderedDict(cell), "readout": readout}),
        "sequence": [cell, {"readout": readout}],
        "state dictionary": SimpleNamespace(
            state_dict=lambda: {f"cell.{k}": v for k, v in cell.items()} | {"readout": readout}
        ),
        "double precision": {"cell": {k: v.astype(np.float64) for k, v in cell.items()}, "readout": readout},
        "lists": {"cell": {k: v.tolist() for k, v in cell.items()}, "readout": readout},
        "foreign arrays": {"cell": {k: Foreign(v) for k, v in cell.items()}, "readout": readout},
        "tensors": {"cell": {k: FakeTensor(v) for k, v in cell.items()}, "readout": readout},
    }


class Foreign:
    """An array of another library, as those of JAX are: with a shape, a dtype, and a way to become NumPy's."""

    def __init__(self, array: np.ndarray) -> None:
        self.array, self.shape, self.dtype = array, array.shape, array.dtype

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self.array


class FakeTensor:
    """A tensor of PyTorch: NumPy sees it only when it has left its graph and its device."""

    def __init__(self, array: np.ndarray, seen: bool = False) -> None:
        self.array, self.shape, self.dtype, self.seen = array, array.shape, f"torch.{array.dtype}", seen

    def detach(self) -> FakeTensor:
        return self

    def cpu(self) -> FakeTensor:
        return FakeTensor(self.array, seen=True)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        assert self.seen
        return self.array


@pytest.mark.parametrize("clothes", same_tree_in_other_clothes())
def test_trees_of_every_kind(clothes: str) -> None:
    assert from_arrays(same_tree_in_other_clothes()[clothes]) == from_arrays(nested("equinox-GRUCell"))


def test_the_arrays_of_a_pytorch_file_are_the_network_in_it() -> None:
    from emt_theory.networks.reading.torchfiles import read_torch

    content = read_torch(DATA / "bfloat16.pt")
    assert from_arrays({key: content.array(key) for key in content.entries}) == load(DATA / "bfloat16.pt")


def test_an_activation_is_taken_and_a_kind_is_held_to() -> None:
    arrays = {"W_hh": [[0, 1], [1, 0]], "W_uh": [[0], [1]], "W_hy": [[0, 1]]}
    net = from_arrays(arrays, kind="elman", activation="hard-tanh")
    assert isinstance(net, ElmanRNN)
    assert net.activation == "hard_tanh"
    assert from_arrays(arrays) == replace(net, activation="tanh")
    assert from_arrays(nested("linen-GRUCell"), kind="gru") == from_arrays(nested("linen-GRUCell"))


def right() -> dict[str, Any]:
    return {"h": {"kernel": np.eye(3)}, "i": {"kernel": np.ones((1, 3))}, "Dense_0": {"kernel": np.ones((3, 1))}}


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (None, "expected a mapping, a module or arrays; got NoneType"),
        (5, "expected a mapping, a module or arrays; got int"),
        ("W_hh", "expected a mapping, a module or arrays; got str"),
        ({}, "it holds no arrays"),
        (np.eye(3), "no recurrent weights"),
        (Module, "expected a mapping, a module or arrays; got type"),
        (
            {**right(), "i": {"kernel": np.ones((3, 1))}},
            r"W_uh must have shape \(N, d\) = \(3, 1\); got \(1, 3\). Did you pass its tr",
        ),
        (
            {**right(), "Dense_0": {"kernel": np.ones((1, 3))}},
            r"W_hy must have shape \(d, N\) = \(1, 3\); got \(3, 1\)",
        ),
        (
            {**right(), "Dense_1": {"kernel": np.ones((3, 1))}},
            "2 possible read-outs, 'Dense_0.kernel' and 'Dense_1.kernel'",
        ),
        (
            {**right(), "h": {"kernel": np.full((3, 3), np.nan)}},
            r"W_hh\[0, 0\] is nan.*here W_hh is 'h\.kernel\.T'",
        ),
        ({**right(), "h": {"kernel": np.eye(3, dtype=complex)}}, "'h.kernel' holds complex128; weights must be"),
        ({**right(), "h": {"kernel": [[1, 2], [3]]}}, "'h.kernel' cannot be made an array of numbers"),
        (
            {**right(), "h": {"kernel": np.ma.masked_array(np.eye(3), mask=np.eye(3))}},
            r"h\.kernel is a masked array; fill it first, for example with h\.kernel\.filled\(0\)",
        ),
        ({**right(), "h.kernel": np.eye(3)}, "two arrays are named 'h.kernel'"),
    ],
)
def test_refusals(tree: Any, message: str) -> None:
    with pytest.raises(InvalidNetwork, match=message):
        from_arrays(tree)


def test_gates_of_different_shapes_are_refused_before_they_are_stacked() -> None:
    tree = nested("linen-GRUCell")
    tree["params"]["GRUCell_0"]["hz"]["kernel"] = np.ones((1, 5))
    with pytest.raises(
        InvalidNetwork, match=r"GRUCell_0.hz.kernel.T must have shape \(5, 5\) like params.*hr.kernel.T; got \(5, 1\)"
    ):
        from_arrays(tree)
    tree = nested("linen-GRUCell")
    tree["params"]["GRUCell_0"]["in"]["kernel"] = np.ones((1, 5))
    with pytest.raises(
        InvalidNetwork, match=r"GRUCell_0.in.kernel.T must have shape \(5, 2\) like params.GRUCell_0.ir.ke"
    ):
        from_arrays(tree)
    tree = nested("linen-GRUCell")
    tree["params"]["GRUCell_0"]["iz"]["bias"] = np.ones(1)
    with pytest.raises(
        InvalidNetwork, match=r"GRUCell_0.iz.bias must have shape \(5,\) like params.GRUCell_0.ir.bias; got \(1,\)"
    ):
        from_arrays(tree)


def test_options_that_do_not_fit() -> None:
    with pytest.raises(InvalidOption, match="unknown kind 'rnn'; known are elman, gru, lstm, leaky"):
        from_arrays(right(), kind="rnn")  # type: ignore[arg-type]
    with pytest.raises(InvalidNetwork, match="unknown activation 'gelu'"):
        from_arrays(right(), activation="gelu")
    with pytest.raises(
        InvalidNetwork, match="the file holds a gru, whose gates are fixed; leave activation='tanh' out"
    ):
        from_arrays(nested("linen-GRUCell"), activation="tanh")
    with pytest.raises(InvalidNetwork, match=r"'h\.kernel' belongs to a layer of kind 'elman', not 'lstm'"):
        from_arrays(right(), kind="lstm")


def test_jax_arrays_are_taken_and_jax_is_not_imported() -> None:
    jax = pytest.importorskip("jax.numpy")
    tree = {key: {"kernel": jax.asarray(value["kernel"], dtype=jax.float32)} for key, value in right().items()}
    assert from_arrays(tree) == from_arrays(right())
    halves = {key: {"kernel": jax.asarray(value["kernel"], dtype=jax.bfloat16)} for key, value in right().items()}
    assert from_arrays(halves) == from_arrays(right())
    code = "import sys; from emt_theory.networks import from_arrays; print([m for m in ('jax', 'torch', 'flax') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


OURS = {"W_rec": np.eye(2) / 2, "W_in": np.ones((2, 1)), "W_out": np.ones((1, 2))}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"alpha": 0.3}, "these units leak, and the file does not say where"),
        ({"dt": 20, "tau": 100.0}, "these units leak, and the file does not say where"),
        ({"tau": 100.0}, r"'tau' of shape \(\) is not used, and would change the network if its units leak"),
        ({"leak": "state"}, "these units leak, and the file does not say how fast"),
        ({"activation": "swish"}, "unknown activation 'swish', stated as 'activation'"),
        ({"activation": np.sin}, "unknown activation 'sin', stated as 'activation'"),
    ],
)
def test_numbers_and_texts_beside_arrays_are_not_lost(more: dict[str, Any], message: str) -> None:
    for tree in ({**OURS, **more}, SimpleNamespace(**OURS, **more)):
        with pytest.raises((InvalidNetwork, InvalidOption), match=message):
            from_arrays(tree)


@pytest.mark.parametrize("said", ["relu", "ReLU", np.vectorize(lambda v: max(v, 0.0)), Path, None, 3, "none"])
def test_sigma_beside_arrays_is_heard(said: Any) -> None:
    if said is Path:
        with pytest.raises(InvalidNetwork, match="unknown activation 'Path'"):
            from_arrays({**OURS, "act_fn": said})
        return
    net = from_arrays({**OURS, "act_fn": said, "task": "relu"})
    stated = said not in (None, 3, "none")
    assert (net.activation, net.provenance.assumed) == (("relu", ()) if stated else ("tanh", ("activation",)))


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (lambda v: np.maximum(v, 0), "relu"),
        (lambda v: np.clip(v, -1, 1).astype(np.float32), "hard_tanh"),
        (lambda v: 1 / (1 + np.exp(-v)), "sigmoid"),
        (lambda v: v, "identity"),
        (lambda v: np.clip(v, 0, 5), None),
        (lambda v: np.clip(v, -4, 4), None),
        (lambda v: np.clip(v, 0, 1e6), None),
        (lambda v: np.maximum(v, 0.01 * v), None),
    ],
)
def test_a_sigma_is_what_it_computes_far_from_zero_too(function: Any, name: str | None) -> None:
    tree = {"W_rec": np.eye(4), "W_in": np.ones((4, 2)), "W_out": np.ones((2, 4)), "activation": function}
    if name:
        assert from_arrays(tree).activation == name
    else:
        function.__name__ = "relu"  # a name that promises something else
        with pytest.raises(InvalidNetwork, match="unknown activation 'relu with other values', stated as 'activation'"):
            from_arrays(tree)


def test_a_leak_beside_arrays_is_heard() -> None:
    net = from_arrays({**OURS, "args": {"alpha": 0.3, "leak": "state"}})
    assert isinstance(net, LeakyRNN)
    assert (net.leak, np.unique(net.alpha).tolist()) == ("state", [0.3])
    assert from_arrays({**OURS, "alpha": 0.3}, leak="state") == net
    assert from_arrays({**OURS, "phase_input": True, "W_in": np.ones((2, 2))}).phase_input is True
    with pytest.raises(InvalidNetwork, match=r"the file says alpha=0\.3; leave alpha=0\.2 out"):
        from_arrays({**OURS, "alpha": 0.3}, alpha=0.2, leak="state")


def test_numbers_are_listed_and_sizes_of_objects_are_not() -> None:
    assert from_arrays({**OURS, "hidden": 2, "lr": 1e-3, "bias": False}).provenance.ignored == ("hidden", "lr")
    assert from_arrays({"cell": SimpleNamespace(**OURS, eps=1e-5, hidden=2)}).provenance.ignored == ("cell.eps",)
    equinox = type("Net", (SimpleNamespace,), {"__module__": "equinox.nn"})
    assert from_arrays({"cell": equinox(**OURS, eps=1e-5, hidden=2)}).provenance.ignored == ()


def test_layers_that_are_the_same_object_are_as_many_as_they_are() -> None:
    cell = {"weight_hh": np.eye(3) / 2, "weight_ih": np.ones((3, 3)), "act": "relu"}
    net = from_arrays({"rnn0": cell, "rnn1": cell, "readout": {"weight": np.ones((2, 3))}})
    assert isinstance(net, Stack)
    assert [layer.activation for layer in net.layers] == ["relu", "relu"]
    assert net.layers[0] != replace(net.layers[0], W_hh=np.eye(3))  # type: ignore[type-var]
    known = Module(cell=Module(**cell))
    known.same = known.cell  # two names of one object are no two layers
    assert from_arrays({"model": known, "readout": {"weight": np.ones((2, 3))}}).hidden == 3


@pytest.mark.slow
def test_trees_without_end_are_refused() -> None:
    cycle: dict[str, Any] = {**OURS}
    cycle["again"] = [cycle]
    assert from_arrays(cycle) == from_arrays(OURS)
    shared: Any = {"x": 0.5}
    for _ in range(30):
        shared = {"a": shared, "b": shared}
    with pytest.raises(InvalidNetwork, match="it holds more than 100,000 arrays and numbers; give the arrays of the"):
        from_arrays({**OURS, "shared": shared})

"""What stands in a checkpoint beside the weights that are read: it is used, refused or said, and never passed over in silence."""

from __future__ import annotations

import pickle
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emt_theory.errors import InvalidFile, InvalidNetwork
from emt_theory.networks import ElmanRNN, LeakyRNN, Network, load
from emt_theory.networks.reading.numpypickles import is_ndarray, ndarray, number
from emt_theory.networks.reading.pickles import Call, Global, PersistentId, interpret
from emt_theory.networks.reading.tensors import describe
from tests.networks.torchwriter import Build, Name, Reduce, Stored, torch_file

W, U, V = np.array([[0.5, -1.0], [0.25, 0.75]]), np.array([[1.0], [2.0]]), np.array([[1.0, -0.5]])
H0 = np.array([2.0, -1.0])


def tensor(values: Any) -> Stored:
    return Stored(np.array(values, dtype="<f8"))


def weights(head: str = "", shift: float = 0.0) -> dict[str, Any]:
    return {
        f"{head}rnn.weight_hh_l0": tensor(W + shift),
        f"{head}rnn.weight_ih_l0": tensor(U + shift),
        f"{head}fc.weight": tensor(V + shift),
    }


def array(values: Any, kind: str = "f8", order: str = "<", column_major: bool = False, module: str = "_core") -> Build:
    """An array of NumPy as protocol 2 writes it."""
    found = np.array(values, dtype=order + kind)
    text = found.tobytes("F" if column_major else "C").decode("latin-1")
    dtype = Build(Reduce(Name("numpy", "dtype"), (kind, False, True)), (3, order, None, None, None, -1, -1, 0))
    empty = Reduce(Name("_codecs", "encode"), ("b", "latin1"))
    made = Reduce(Name(f"numpy.{module}.multiarray", "_reconstruct"), (Name("numpy", "ndarray"), (0,), empty))
    data = Reduce(Name("_codecs", "encode"), (text, "latin1"))
    return Build(made, (1, found.shape, dtype, column_major, data))


def opened(folder: Path, tree: Any) -> Network:
    return load(torch_file(folder / "x.pt", tree))


STARTS = {
    "beside a state dictionary": {"state_dict": weights(), "h0": tensor([[H0]])},
    "beside one of a model": {"model_state_dict": weights(), "h0": tensor(H0)},
    "deep beside": {"state_dict": weights(), "more": {"state": {"h0": tensor(H0)}}},
    "in a tuple": {"model": weights(), "h0": (tensor(H0),)},
    "in a list": {"model": weights(), "h0": [tensor(H0)]},
    "in a list of dictionaries": {"model": weights(), "more": [{"x": 3}, {"h0": tensor(H0)}]},
    "an array": {"model": weights(), "h0": array(H0)},
    "an array of NumPy 1": {"model": weights(), "h0": array(H0, module="core")},
    "an array beside": {"state_dict": weights(), "h0": array([H0], "f4", ">", column_major=True)},
    "an argument": {"model": weights(), "h0": Reduce(Name("mine", "Start"), (tensor(H0),))},
}


@pytest.mark.parametrize("case", STARTS)
def test_an_initial_state_is_taken_in_wherever_it_stands(tmp_path: Path, case: str) -> None:
    if case == "an argument":  # of whose key only the place among the arguments is known
        with pytest.raises(InvalidNetwork, match=r"'h0.0' of shape \(2,\) is not used, and would change the network"):
            opened(tmp_path, STARTS[case])
        return
    net = opened(tmp_path, STARTS[case])
    assert isinstance(net, ElmanRNN)
    found = net.run(np.array([[[3.0]]])).outputs[0, 0]
    assert np.abs(found - V @ np.tanh(W @ H0 + U @ [3.0])).max() < 1e-12


@pytest.mark.parametrize("at", ["state_dict", "model_state_dict", "model"])
def test_what_would_change_the_network_is_refused_wherever_it_stands(tmp_path: Path, at: str) -> None:
    changing = {
        "mask": tensor([[1, 0], [0, 1]]),
        "alpha": tensor([0.5, 0.5]),
        "input_scale": [array([[3.0, 1.0]])],
        "states": [tensor(H0), tensor(H0)],
    }
    for name, value in changing.items():
        with pytest.raises(
            InvalidNetwork, match=rf"'{name}[^']*' of shape .* is not used, and would change the network"
        ):
            opened(tmp_path, {at: weights(), name: value})


def test_another_network_beside_it_is_said_and_a_copy_is_not(tmp_path: Path) -> None:
    for other in (weights(shift=0.5), weights("module.", 0.5), {"shadow": {"net": weights(shift=0.5)}}):
        net = opened(tmp_path, {"state_dict": weights("model."), "ema": other})
        assert isinstance(net, ElmanRNN)
        assert np.array_equal(net.W_hh, W)
        assert net.provenance.ignored == ()
        assert net.provenance.remarks == (
            "'ema' holds a network as well, of other numbers; what stands under 'state_dict' is read: save the other alone to have it",
        )
    assert opened(tmp_path, {"state_dict": weights(), "best": weights("net.")}).provenance.remarks == ()
    first = opened(tmp_path, {"state_dict": weights(), "model_state_dict": weights(shift=1)})
    assert isinstance(first, ElmanRNN)
    assert np.array_equal(first.W_hh, W)
    with pytest.raises(InvalidFile, match="two tensors are named 'h0', in 'state_dict' and beside it"):
        opened(tmp_path, {"state_dict": {**weights(), "h0": tensor(H0)}, "h0": tensor(-H0)})


def test_what_training_leaves_behind_plays_no_part(tmp_path: Path) -> None:
    left = {
        "optimizer_states": [{"state": {"a": {"exp_avg": tensor(W)}}, "param_groups": [{"params": [tensor(W)]}]}],
        "lr_schedulers": [{"last": tensor(V)}],
        "callbacks": {"ModelCheckpoint": {"kth_value": tensor(0.5)}},
        "loops": {"x": tensor(0.5)},
        "losses": [tensor(0.5), tensor(0.25)],
        "history": {"acc": array([0.5] * 7)},
        "rng": array([1, 2, 3], "i8"),
        "opt": Build(Reduce(Name("torch.optim", "Adam"), ()), {"param_groups": [{"params": [tensor(W)], "lr": 0.1}]}),
    }
    net = opened(tmp_path, {"state_dict": weights(), **left})
    assert isinstance(net, ElmanRNN)
    assert np.array_equal(net.W_hh, W)
    assert net.provenance.remarks == ()
    assert net.provenance.ignored == ("history.acc", "losses.0", "losses.1", "rng")


@pytest.mark.parametrize(("version", "before"), [("v2", ()), ("v3", (Global("torch", "float64"),))])
def test_a_negative_view_is_not_its_storage(version: str, before: tuple[Any, ...]) -> None:
    storage = PersistentId(("storage", Global("torch", "DoubleStorage"), "0", "cpu", 4))
    for bits, passes in (({"neg": True}, False), ({"neg": False}, True), ({}, True)):
        arguments = (storage, 0, (2, 2), (2, 1), False, {}, *before, bits)
        call = Call(Global("torch._utils", f"_rebuild_tensor_{version}"), arguments)
        if passes:
            assert describe(call).shape == (2, 2)
        else:
            with pytest.raises(
                InvalidFile, match=r"a view with its bit 'neg' set; in PyTorch, save it with .resolve_neg"
            ):
                describe(call)


@pytest.mark.parametrize("protocol", range(2, 6))
def test_arrays_and_numbers_of_numpy_in_pickles(protocol: int) -> None:
    random = np.random.default_rng(0)
    for dtype in ("<f2", ">f4", "<f8", ">f8"):
        for shape in ((), (3,), (2, 3), (0, 2), (2, 1, 3)):
            for value in (
                random.normal(size=shape).astype(dtype),
                np.asfortranarray(random.normal(size=shape).astype(dtype)),
            ):
                call = interpret(pickle.dumps(value, protocol))
                assert is_ndarray(call)
                found = ndarray(call)
                assert found.array is not None
                assert (found.shape, found.dtype) == (value.shape, f"float{8 * np.dtype(dtype).itemsize}")
                assert np.array_equal(found.array, value)
    for value, name in ((np.arange(3), "int64"), (np.array(["relu"]), "'U4'"), (np.array([True]), "bool")):
        found = ndarray(interpret(pickle.dumps(value, protocol)))
        assert (found.shape, found.dtype, found.array) == (value.shape, name, None)
    assert "pickled object" in ndarray(interpret(pickle.dumps(np.array([{}]), protocol))).dtype
    for one, right in ((np.float32(0.5), 0.5), (np.int64(7), 7.0), (np.bool_(True), None), (0.5, None)):
        assert number(interpret(pickle.dumps(one, protocol))) == right
    assert len(interpret(pickle.dumps(deque([W, W]), protocol)).items) == 2


def test_damaged_arrays_of_numpy_are_refused(tmp_path: Path) -> None:
    good = array(H0)
    broken = {
        "bytes, not the 24 of 3 numbers": (1, (3,), *good.state[2:]),
        "bytes, not the 0 of 0 numbers": (1, (0, 2**62), *good.state[2:]),
        "needs a shape and a type": (1, (-2,), *good.state[2:]),
        "a shape and a type": (1, (2,), None, False, good.state[4]),
        "without its bytes": (1, (2,), good.state[2], False, None),
        "is malformed": None,
    }
    for message, state in broken.items():
        with pytest.raises(InvalidFile, match=f"the tensor 'h0' .*{message}"):
            opened(tmp_path, {"model": weights(), "h0": Build(good.made, state)})
    wide = array(np.zeros((1,) * 40).reshape(-1)[:1])
    empty = (1, (0, 2**62, 2**62), good.state[2], False, Reduce(Name("_codecs", "encode"), ("", "latin1")))
    with pytest.raises(InvalidFile, match="which no array has"):
        opened(tmp_path, {"model": weights(), "h0": Build(good.made, empty)})
    with pytest.raises(InvalidFile, match="needs a shape and a type"):
        opened(tmp_path, {"model": weights(), "h0": Build(wide.made, (1, (1,) * 40, *wide.state[2:]))})


def test_a_number_of_numpy_is_a_setting(tmp_path: Path) -> None:
    plain = {"W_hh": tensor(W), "W_uh": tensor(U), "W_hy": tensor(V)}
    dtype = Build(Reduce(Name("numpy", "dtype"), ("f8", False, True)), (3, "<", None, None, None, -1, -1, 0))
    data = Reduce(Name("_codecs", "encode"), (np.float64(0.25).tobytes().decode("latin-1"), "latin1"))
    alpha = Reduce(Name("numpy._core.multiarray", "scalar"), (dtype, data))
    net = opened(tmp_path, {"state_dict": plain, "args": {"alpha": alpha, "leak": "state"}})
    assert isinstance(net, LeakyRNN)
    assert np.unique(net.alpha) == [0.25]

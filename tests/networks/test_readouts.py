"""The read-out that no name says: what is never one, from which side it multiplies, and the call of every refusal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.networks import from_arrays, load

N, D, OUT = 4, 2, 3
RNG = np.random.default_rng(11)
W, U, V, C = RNG.normal(size=(N, N)), RNG.normal(size=(N, D)), RNG.normal(size=(OUT, N)), RNG.normal(size=OUT)
SQUARE = RNG.normal(size=(N, N))
RNN = {"rnn.weight_hh_l0": W, "rnn.weight_ih_l0": U}
X = RNG.normal(size=(2, 6, D))


def states(x: Any = X, w: Any = W, u: Any = U) -> Any:
    """The equations once more: h ← tanh(W h + U x)."""
    h, found = np.zeros((len(x), len(w))), []
    for t in range(x.shape[1]):
        h = np.tanh(h @ w.T + x[:, t] @ u.T)
        found.append(h)
    return np.stack(found, axis=1)


def agrees(net: Any, right: Any, x: Any = X) -> bool:
    return float(np.abs(net.run(x).outputs - right).max()) < 1e-12


def said(error: Exception) -> list[dict[str, str]]:
    """The calls that a refusal names."""
    return [eval(text) for text in re.findall(r"names=(\{.*?\}) or --names", str(error))]


PLAIN: dict[str, dict[str, Any]] = {
    "of a module": RNN,
    "kernels": {"SimpleCell_0.h.kernel": W.T, "SimpleCell_0.i.kernel": U.T},
    "hand-named modules": {"cell.h2h.weight": W, "cell.i2h.weight": U},
}


@pytest.mark.parametrize("cell", PLAIN)
def test_a_plain_square_read_out_is_refused_and_one_of_the_calls_is_right(cell: str) -> None:
    arrays = {**PLAIN[cell], "out": SQUARE, "b_out": W[0]}
    with pytest.raises(InvalidNetwork, match=r"'out' of shape .* does not tell from which side") as refusal:
        from_arrays(arrays)
    left, right = (from_arrays(arrays, names=names) for names in said(refusal.value))
    assert agrees(left, states() @ SQUARE.T + W[0])
    assert agrees(right, states() @ SQUARE + W[0])


def test_a_plain_square_read_out_follows_the_side_of_its_cell() -> None:
    assert agrees(from_arrays({"W_rec": W.T, "W_in": U.T, "readout": SQUARE}), states() @ SQUARE)
    assert agrees(from_arrays({"W_rec": W, "W_in": U, "readout": SQUARE}), states() @ SQUARE.T)
    assert agrees(from_arrays({"W_hh": W, "W_uh": U, "readout": SQUARE}), states() @ SQUARE.T)
    for named in ({"W_hy": SQUARE}, {"out.weight": SQUARE}, {"out.kernel": SQUARE.T}):
        assert agrees(from_arrays({**RNN, **named}), states() @ SQUARE.T)


def test_square_weights_under_a_librarys_names_get_a_remark() -> None:
    """Nothing tells a cell of PyTorch without biases from parameters that are called alike and multiply from the right."""
    cell = {"weight_hh": W, "weight_ih": SQUARE, "fc.weight": V}
    assert "taken to multiply from the left" in from_arrays(cell).provenance.remarks[0]
    for sure in ({**cell, "weight_ih": U}, {**cell, "bias_hh": W[0], "bias_ih": W[1]}):
        assert from_arrays(sure).provenance.remarks == ()


STRANGERS = {
    "h0": (1, N), "mask": (N, N), "embed.weight": (7, N), "x_train": (9, N), "optimizer.state.0.exp_avg": (N, N), "c_0": (1, N), "rnn_state": (1, N),
    "targets": (9, N), "pos_embedding": (9, N), "opt_state.0.mu.fc.weight": (OUT, N)
}  # fmt: skip


@pytest.mark.parametrize("name", STRANGERS)
def test_what_a_name_says_to_be_something_else_is_no_read_out(name: str) -> None:
    stranger = np.full(STRANGERS[name], 0.3)
    with pytest.raises(InvalidNetwork, match="no read-out"):
        from_arrays({**RNN, name: stranger})
    found = from_arrays({**RNN, "policy.weight": V, name: stranger}, names={"ignore": name})
    assert agrees(found, states() @ V.T)


def test_a_read_out_of_no_usual_name_is_found_beside_an_initial_state_and_an_optimizer() -> None:
    adam = {f"opt_state.0.mu.{key}": array for key, array in {**RNN, "policy.weight": V}.items()}
    net: Any = from_arrays({**RNN, "policy.weight": V, "h0": W[:1], **adam})
    assert np.array_equal(net.W_hy, V)
    assert np.array_equal(net.initial, W[0])
    assert net.provenance.ignored == tuple(sorted(adam))


def test_a_network_may_be_kept_by_an_optimizer() -> None:
    """As in old versions of Flax, optimizer.target; where there is no other."""
    arrays = {f"optimizer.target.{key}": array for key, array in {**RNN, "fc.weight": V}.items()}
    assert agrees(from_arrays(arrays), states() @ V.T)


def test_a_plain_array_that_is_no_read_out_by_its_name_gets_a_remark() -> None:
    remarks = from_arrays({**RNN, "thing": V}).provenance.remarks
    assert remarks == ("'thing' is taken for the read-out, as the only matrix with N = 4 columns",)
    for name in ("W_out", "readout", "wo", "policy.weight", "output", "embed_out.weight", "unembed.weight"):
        assert from_arrays({**RNN, name: V}).provenance.remarks == ()


@pytest.mark.parametrize("keys", ["w_out b_out", "W_out bias_out", "out out_bias", "head_w head_b", "Wo bo"])
@pytest.mark.parametrize("outputs", [1, OUT])
def test_the_bias_of_a_plain_read_out_is_called_alike(keys: str, outputs: int) -> None:
    w, b = keys.split()
    net = from_arrays({**RNN, w: V[:outputs], b: C[:outputs]})
    assert agrees(net, states() @ V[:outputs].T + C[:outputs])
    with pytest.raises(InvalidNetwork, match=rf"'{b}' of shape \(4,\) is not used"):
        from_arrays({**RNN, w: V[:outputs], b: W[0]})


def test_the_state_itself_may_be_the_output(tmp_path: Path) -> None:
    with pytest.raises(InvalidNetwork, match=r"no read-out: .*; if the state itself is the output") as refusal:
        from_arrays(RNN)
    np.savez(tmp_path / "x.npz", **RNN)
    for net in (from_arrays(RNN, names=said(refusal.value)[0]), load(tmp_path / "x.npz", names={"W_hy": "1"})):
        assert agrees(net, states())
    with pytest.raises(InvalidNetwork, match="W_hy"):
        from_arrays({**RNN, "W_hy": np.array(1.0)})


WORDS = RNG.integers(7, size=(2, 6))
TABLE, INNER = RNG.normal(size=(7, N)), RNG.normal(size=(N, N))
LANGUAGE = {"rnn.weight_hh_l0": W, "rnn.weight_ih_l0": INNER, "embed.weight": TABLE, "out.bias": TABLE[:, 0].copy()}


def spoken() -> Any:
    return states(TABLE[WORDS], W, INNER) @ TABLE.T + TABLE[:, 0]


def test_a_tied_embedding_that_a_file_names_is_the_read_out_too(tmp_path: Path) -> None:
    """As `safetensors.torch.save_model` writes it: of two names of one memory it keeps one, and metadata say which."""
    path = tmp_path / "t.safetensors"
    safetensors.numpy.save_file(LANGUAGE, path, metadata={"format": "pt", "out.weight": "embed.weight"})
    net = load(path)
    assert agrees(net, spoken(), np.eye(7)[WORDS])
    assert net.provenance.remarks == (
        "the embedding 'embed.weight' is folded into the input weights: inputs are one-hot",
    )


def test_a_lone_embedding_is_refused_with_the_call_that_ties_it() -> None:
    with pytest.raises(InvalidNetwork, match=r"if the embedding 'embed.weight' reads out, too") as refusal:
        from_arrays(LANGUAGE)
    assert agrees(from_arrays(LANGUAGE, names=said(refusal.value)[0]), spoken(), np.eye(7)[WORDS])
    two = {**LANGUAGE, "rnn.weight_hh_l1": W, "rnn.weight_ih_l1": INNER}
    with pytest.raises(InvalidNetwork, match=r"if the embedding 'embed.weight' reads out, too") as refusal:
        from_arrays(two)
    upper = states(states(TABLE[WORDS], W, INNER), W, INNER) @ TABLE.T + TABLE[:, 0]
    assert agrees(from_arrays(two, names=said(refusal.value)[0]), upper, np.eye(7)[WORDS])


# ------------------------------------------------------------------------------------------------ layers on top of each other

HANDS = {
    "l0.h2h.weight": W, "l0.i2h.weight": U, "l0.h2o.weight": SQUARE, "l0.h2o.bias": W[0],
    "l1.h2h.weight": W, "l1.i2h.weight": INNER, "l1.h2o.weight": V
}  # fmt: skip


def test_a_layer_with_a_read_out_of_its_own_under_another_is_refused_with_both_calls() -> None:
    with pytest.raises(InvalidNetwork, match=r"'l0.h2o.weight' reads out layers.0, and nothing tells") as refusal:
        from_arrays(HANDS)
    units, read = (from_arrays(HANDS, names=names) for names in said(refusal.value))
    assert agrees(units, states(states(), W, INNER) @ V.T)
    assert agrees(read, states(states() @ SQUARE.T + W[0], W, INNER) @ V.T)
    assert (
        '"below": [{"cell": "elman", "W_hh": "l0.h2h.weight", "W_uh": "l0.i2h.weight", "W_hy": "l0.h2o.weight"'
        in (read.metadata["layout"])
    )
    narrow = {**HANDS, "l0.h2o.weight": V, "l0.h2o.bias": C, "l1.i2h.weight": V.T}
    with pytest.raises(InvalidNetwork, match=r"'l0.h2o.weight' reads out layers.0, and nothing tells") as refusal:
        from_arrays(narrow)
    read = from_arrays(narrow, names=said(refusal.value)[1])
    assert agrees(read, states(states() @ V.T + C, W, V.T) @ V.T)
    with pytest.raises(InvalidNetwork, match=r"'l1.i2h.weight' must have 4 columns|must have N = 4 columns"):
        from_arrays(narrow, names=said(refusal.value)[0])


@pytest.mark.parametrize("names", ["rnn1.{}_l0 rnn2.{}_l0", "gru.{} gru_1.{}", "enc0.cell.{} enc1.cell.{}"])
def test_layers_of_different_modules_are_stacked_with_a_remark(names: str) -> None:
    """An encoder and a decoder, or two networks side by side, are numbered alike."""
    one, two = names.split()
    arrays = {one.format("weight_hh"): W, one.format("weight_ih"): U, two.format("weight_hh"): W}
    net = from_arrays({**arrays, two.format("weight_ih"): INNER, "fc.weight": V})
    assert agrees(net, states(states(), W, INNER) @ V.T)
    assert any(text.endswith("stand on top of each other, by their numbers alone") for text in net.provenance.remarks)


def test_layers_of_one_module_are_stacked_without() -> None:
    net = from_arrays({**RNN, "rnn.weight_hh_l1": W, "rnn.weight_ih_l1": INNER, "fc.weight": V})
    assert agrees(net, states(states(), W, INNER) @ V.T)
    assert net.provenance.remarks == ()


def test_names_without_a_number_are_of_the_highest_layer() -> None:
    two = {**RNN, "rnn.weight_hh_l1": W, "rnn.weight_ih_l1": INNER, "fc.weight": V}
    with pytest.raises(InvalidOption, match=r"'W_hh' without a number is of the highest layer, layers.1") as refusal:
        from_arrays(two, names={"W_hh": "rnn.weight_hh_l0"})
    assert said(refusal.value) == [{"layers.0.W_hh": "rnn.weight_hh_l0"}]
    assert from_arrays(two, names=said(refusal.value)[0]) == from_arrays(two)
    doubled = from_arrays(two, names={"W_hy": "fc.weight + fc.weight", "layers.0.W_uh": "rnn.weight_ih_l0"})
    assert agrees(doubled, 2 * states(states(), W, INNER) @ V.T)

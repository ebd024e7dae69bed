"""Cells that people write by hand: which names are known, from which side arrays multiply, and what nothing can tell."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.networks import ElmanRNN, LeakyRNN, from_arrays, load

N, D, OUT, STEPS = 5, 2, 3, 20
RNG = np.random.default_rng(3)
W, U, V = RNG.normal(size=(N, N)) / 2, RNG.normal(size=(N, D)), RNG.normal(size=(OUT, N))
B, C = RNG.normal(size=N), RNG.normal(size=OUT)
X = RNG.normal(size=(2, 4, D))


def outputs(h0: Any = 0.0) -> Any:
    """The equations once more: h ← tanh(W h + U x + b), y = V h + c, with silence after X."""
    h, found = np.zeros((2, N)) + h0, []
    for t in range(STEPS):
        h = np.tanh(h @ W.T + (X[:, t] @ U.T if t < X.shape[1] else 0) + B)
        found.append(h @ V.T + C)
    return np.stack(found, axis=1)


def agrees(net: Any, right: Any = None) -> bool:
    return float(np.abs(net.run(X, steps=STEPS).outputs - (outputs() if right is None else right)).max()) < 1e-12


PLAIN = [
    "W U V b c",
    "U W V b c",
    "Wh Wx Wy bh by",
    "cell.W_h cell.W_x cell.W_y cell.b_h cell.b_y",
    "h2h i2h h2o bh bo",
    "W_rec W_in W_out b_rec b_out",
    "rnn/w_rec rnn/w_in rnn/w_out rnn/b_rec rnn/b_out",
    "Whh Wxh Why bh by",
    "W_hh W_xh W_hq b_h b_q",
    "wR wI wO bR bO",
    "J B W bx bz",
    "RNN.J RNN.B RNN.W RNN.bx RNN.bz",
]


@pytest.mark.parametrize("side", ["left", "left with columns", "right"])
@pytest.mark.parametrize("keys", PLAIN)
def test_plain_arrays_multiply_from_the_side_that_shapes_tell(keys: str, side: str) -> None:
    arrays = [W.T, U.T, V.T, B, C] if side == "right" else [W, U, V, B, C]
    if "columns" in side:
        arrays[3:] = [B[:, None], C[:, None]]
    net = from_arrays(dict(zip(keys.split(), arrays, strict=True)))
    assert agrees(net)
    assert isinstance(net, ElmanRNN)
    assert net.provenance.assumed == ("activation",)


MODULES = [
    "h2h i2h h2o",
    "h2h x2h h2o",
    "hh ih ho",
    "Wh Wx Wy",
    "W U V",
    "rnn.W_rec rnn.W_in rnn.W_out",
    "h2h input2h fc",
]


@pytest.mark.parametrize("module", ["weight", "kernel"])
@pytest.mark.parametrize("keys", MODULES)
def test_modules_say_it_themselves(keys: str, module: str) -> None:
    """Both biases of the hidden side count, also when all matrices are square."""
    turn = np.transpose if module == "kernel" else np.asarray
    names = keys.split()
    arrays = {f"{name}.{module}": turn(matrix) for name, matrix in zip(names, (W, U, V), strict=True)}
    arrays |= {f"{names[0]}.bias": B - 1, f"{names[1]}.bias": np.ones(N), f"{names[2]}.bias": C}
    assert agrees(from_arrays(arrays))


def test_a_read_out_may_stand_elsewhere() -> None:
    assert agrees(from_arrays({"cell.W_rec": W, "cell.W_in": U, "cell.b_rec": B, "W_out": V, "b_out": C}))
    assert agrees(from_arrays({"cell.W_rec": W.T, "cell.W_in": U.T, "cell.bias": B, "fc.weight": V, "fc.bias": C}))
    with pytest.raises(InvalidNetwork, match="no read-out"):
        from_arrays({"cell.W_rec": W, "cell.W_in": U})


def test_layers_of_a_stack_are_turned_alike() -> None:
    """The upper layer is square, and its shapes tell nothing; those of the lower one do."""
    arrays = {"cells.0.Wh": W.T, "cells.0.Wx": U.T, "cells.1.Wh": W, "cells.1.Wx": W.T, "out.weight": V}
    net: Any = from_arrays(arrays)
    assert [np.array_equal(layer.W_hh, matrix) for layer, matrix in zip(net.layers, (W, W.T), strict=True)] == [
        True,
        True,
    ]


def said(error: Exception) -> list[dict[str, str]]:
    """The calls that a refusal names."""
    return [eval(text) for text in re.findall(r"names=(\{.*?\}) or --names", str(error))]


@pytest.mark.parametrize("keys", ["Wh Wx Wy bh", "Whh Wxh Why bh", "W_rec W_in W_out b_rec", "wR wI wO bR"])
def test_squares_are_refused_and_one_of_the_calls_is_right(keys: str) -> None:
    square = RNG.normal(size=(2, N, N)) / 2
    arrays = dict(zip(keys.split(), (W, *square, B), strict=True))
    with pytest.raises(InvalidNetwork, match="do not tell: do they multiply from the left, as in W h") as refusal:
        from_arrays(arrays)
    left, right = (from_arrays(arrays, names=names) for names in said(refusal.value))
    assert left == ElmanRNN(W, *square, B)
    assert right == ElmanRNN(W.T, *(matrix.T for matrix in square), B)
    column = {**arrays, keys.split()[3]: B[:, None]}
    assert from_arrays(column) == left
    with pytest.raises(InvalidNetwork, match="do not tell"):  # h W + b and h W^T + b have the same row
        from_arrays({**arrays, keys.split()[3]: B[None]})


def test_what_disagrees_is_refused() -> None:
    with pytest.raises(InvalidNetwork, match="'Wh' and 'Wx' and 'Wy' contradict each other") as refusal:
        from_arrays({"Wh": W, "Wx": U, "Wy": V.T})
    assert len(said(refusal.value)) == 2


def test_a_plain_square_beside_modules_is_refused() -> None:
    with pytest.raises(InvalidNetwork, match="do not tell") as refusal:
        from_arrays({"cell.W_rec": W, "cell.W_in.weight": U, "cell.W_out.weight": V})
    assert said(refusal.value)[1] == {"W_hh": "cell.W_rec.T", "W_uh": "cell.W_in.weight", "W_hy": "cell.W_out.weight"}


def test_two_squares_called_w_and_u_are_refused() -> None:
    arrays = {"W.weight": W, "U.weight": W.T, "V.weight": V}
    with pytest.raises(InvalidNetwork, match="do not tell which is recurrent and which the input weights") as refusal:
        from_arrays(arrays)
    book, other = (from_arrays(arrays, names=names) for names in said(refusal.value))
    assert (book, other) == (ElmanRNN(W, W.T, V), ElmanRNN(W.T, W, V))


def test_a_bias_whose_place_its_name_does_not_say_is_refused_beside_one_that_says_it() -> None:
    arrays = {"Wh": W, "Wx": U, "Wy": RNG.normal(size=(N, N))}
    assert from_arrays({**arrays, "b": B}) == ElmanRNN(W, U, arrays["Wy"], B)
    assert from_arrays({**arrays, "bh": B, "bx": B}) == ElmanRNN(W, U, arrays["Wy"], 2 * B)
    with pytest.raises(InvalidNetwork, match=r"'b' of shape \(5,\) is not used, and would change the network"):
        from_arrays({**arrays, "b": B, "bh": B})


def test_gates_written_by_hand_are_no_elman_network() -> None:
    """A GRU of Dive into Deep Learning has W_xh and W_hh too, and those of its gates."""
    arrays = {f"W_x{gate}": U.T for gate in "zrh"} | {f"W_h{gate}": W for gate in "zrh"} | {"W_hq": V.T}
    with pytest.raises(InvalidNetwork, match=r"is not used, and would change the network"):
        from_arrays(arrays)


def test_an_initial_state_is_used() -> None:
    h0 = RNG.normal(size=N)
    arrays = {"wR": W, "wI": U, "wO": V, "bR": B, "bO": C, "h0": h0}
    assert agrees(from_arrays(arrays), outputs(h0))


JOINED = {
    "tutorial": ("i2h.weight", "i2h.bias", "h2o.weight", "h2o.bias"),
    "in a cell": ("cell.linear.weight", "cell.linear.bias", "readout.weight", "readout.bias"),
}


@pytest.mark.parametrize("case", JOINED)
def test_one_linear_over_both_is_refused_with_the_call_for_each(case: str, tmp_path: Path) -> None:
    """Two files with the same keys and shapes hold [x, h] and [h, x]."""
    for k, joined in enumerate((np.hstack([U, W]), np.hstack([W, U]))):
        arrays = dict(zip(JOINED[case], (joined, B, V, C), strict=True))
        np.savez(tmp_path / "x.npz", **arrays)
        with pytest.raises(InvalidNetwork, match=f"is one linear layer over {D} inputs and N = {N} units") as refusal:
            load(tmp_path / "x.npz")
        assert [agrees(load(tmp_path / "x.npz", names=names)) for names in said(refusal.value)] == [k == 0, k == 1]


def test_a_read_out_that_sees_the_state_before_is_refused_with_why() -> None:
    arrays = {"i2h.weight": np.hstack([U, W]), "i2o.weight": RNG.normal(size=(OUT, D + N))}
    with pytest.raises(InvalidNetwork, match=r"'i2o.weight' of shape \(3, 7\) reads inputs and the state before"):
        from_arrays(arrays)


NO_NETWORKS: list[dict[str, tuple[int, ...]]] = [
    {"0.weight": (4, 2), "2.weight": (4, 4), "4.weight": (2, 4)},
    {"input.weight": (4, 2), "hidden.weight": (4, 4), "output.weight": (2, 4)},
    {"W1": (4, 2), "W2": (4, 4), "W3": (2, 4)},
    {"W": (4, 4), "V": (2, 4), "b": (4,)},
    {"attention.W.weight": (4, 4), "attention.U.weight": (4, 3), "attention.v.weight": (1, 4)},
    {"att.W_q": (4, 4), "att.W_k": (4, 4), "att.W_v": (4, 4), "fc.weight": (2, 4)},
    {"i2h.weight": (4, 2), "h2o.weight": (2, 4)},
    {"linear.weight": (4, 6), "fc.weight": (2, 4)},
    {"Wh": (12, 4), "Wx": (12, 2), "Wy": (2, 4)},
]


@pytest.mark.parametrize("shapes", NO_NETWORKS)
def test_what_is_no_elman_network_is_not_taken_for_one(shapes: dict[str, tuple[int, ...]]) -> None:
    with pytest.raises(InvalidNetwork, match="no recurrent weights"):
        from_arrays({key: RNG.normal(size=shape) for key, shape in shapes.items()})


@pytest.mark.parametrize("front", ["encoder.weight", "fc_in.weight", "W_emb", "embedding_in.weight"])
def test_a_linear_layer_in_front_does_not_slip_in(front: str) -> None:
    """d = N: only by name is a layer in front another one than the input weights; an embedding is folded, and anything else refused."""
    square = RNG.normal(size=(2, N, N))
    arrays = {"cell.W_rec.weight": W, "cell.W_in.weight": square[0], "cell.W_out.weight": V}
    net = from_arrays(arrays)
    assert isinstance(net, ElmanRNN)
    if "emb" in front:
        folded: Any = from_arrays({**arrays, front: np.vstack([square[1], square[1][:1]])})
        assert np.allclose(folded.W_uh[:, :N], square[0] @ square[1].T, atol=1e-14)
        assert folded.provenance.remarks[1:] == (
            f"the embedding {front!r} is folded into the input weights: inputs are one-hot",
        )
    if front == "W_emb":
        with pytest.raises(InvalidNetwork, match=r"'W_emb' of shape .* is not used, and would change the network"):
            from_arrays({**arrays, front: square[1]})
    else:
        with pytest.raises(InvalidNetwork, match=rf"'{front}' of shape \(5, 5\) is not used, and would change"):
            from_arrays({**arrays, front: square[1]})


@pytest.mark.parametrize("mask", ["mask", "W_rec_mask", "cell.mask", "dale"])
def test_a_mask_is_refused_with_the_call(mask: str) -> None:
    with pytest.raises(InvalidNetwork, match=rf"'{mask}' of shape \(5, 5\) is not used, and would change the network"):
        from_arrays({"W_rec": W, "W_in": U, "W_out": V, mask: np.eye(N)})


def test_names_of_networks_that_often_leak_say_so() -> None:
    arrays = {"rnn.h2h.weight": W, "rnn.input2h.weight": U, "fc.weight": V}
    for tree in (arrays, {"J": W, "B": U, "W": V}, {"W_rec": W, "W_in": U, "W_out": V}):
        net = from_arrays(tree)
        assert isinstance(net, ElmanRNN)
        assert ["often leak, and no array holds α" in text for text in net.provenance.remarks] == [True]
    assert from_arrays({"h2h.weight": W, "i2h.weight": U, "h2o.weight": V}).provenance.remarks == ()
    leaky = from_arrays(arrays, alpha=0.2, leak="state", activation="relu")
    assert leaky == LeakyRNN(W, U, V, alpha=0.2, activation="relu")


# ------------------------------------------------------------------------------------------------ PsychRNN

MASKS = [RNG.integers(0, 2, size=shape).astype(float) for shape in ((N, N), (N, D), (OUT, N))]
SIGNS = np.diag([1.0, 1, 1, -1, -1])
START = RNG.normal(size=(1, N))


def psych(dale: bool, effective: bool) -> dict[str, Any]:
    """The keys of `RNN.save`, with weights as they are trained, or as they act."""
    signs, shown = (SIGNS, np.maximum(SIGNS, 0)) if dale else (np.eye(N), np.eye(N))
    weights = acting(dale) if effective else (W, U, V)
    return {
        **dict(zip(("W_rec", "W_in", "W_out"), weights, strict=True)),
        **dict(zip(("rec_connectivity", "input_connectivity", "output_connectivity"), MASKS, strict=True)),
        "b_rec": B,
        "b_out": C,
        "init_state": START,
        "Dale_rec": signs,
        "Dale_out": shown,
        "dale_ratio": np.array(0.6 if dale else None),
    }


def acting(dale: bool) -> tuple[Any, Any, Any]:
    masked = [matrix * mask for matrix, mask in zip((W, U, V), MASKS, strict=True)]
    if dale:
        return np.abs(masked[0]) @ SIGNS, np.abs(masked[1]), np.abs(masked[2]) @ np.maximum(SIGNS, 0)
    return masked[0], masked[1], masked[2]


def psych_outputs(dale: bool, alpha: float, sigma: Any) -> Any:
    """The equations of basic.py: v ← (1 − α) v + α (W σ(v) + U x + b), y = V σ(v) + c."""
    rec, inp, out = acting(dale)
    v, found = np.repeat(START, 2, axis=0), []
    for t in range(STEPS):
        v = (1 - alpha) * v + alpha * (sigma(v) @ rec.T + (X[:, t] @ inp.T if t < X.shape[1] else 0) + B)
        found.append(sigma(v) @ out.T + C)
    return np.stack(found, axis=1)


@pytest.mark.parametrize("dale", [False, True])
@pytest.mark.parametrize("effective", [False, True])
def test_psychrnn(dale: bool, effective: bool) -> None:
    """By its source, which was not run: masks, signs, the state at the start and the leak before σ."""
    arrays = psych(dale, effective)
    with pytest.raises(InvalidOption, match="these units leak, and the file does not say how fast: pass alpha=dt/τ"):
        from_arrays(arrays)
    right = psych_outputs(dale, 0.1, lambda v: np.maximum(v, 0))
    net = from_arrays(arrays, alpha=0.1)
    assert agrees(net, right)
    assert agrees(from_arrays({key: array for key, array in arrays.items() if key != "dale_ratio"}, alpha=0.1), right)
    assert net.provenance.assumed == ("activation",)
    assert any("Dale's law" in text for text in net.provenance.remarks) == dale
    sigmoid = from_arrays(arrays, alpha=0.1, activation="sigmoid")
    assert agrees(sigmoid, psych_outputs(dale, 0.1, lambda v: 1 / (1 + np.exp(-v))))


def test_nothing_of_psychrnn_is_dropped() -> None:
    arrays = psych(dale=True, effective=True)
    for key in arrays:
        rest = {other: array for other, array in arrays.items() if other != key}
        if key in ("b_rec", "b_out", "init_state", "dale_ratio"):
            from_arrays(rest, alpha=0.1)
        else:
            with pytest.raises((InvalidNetwork, InvalidOption)):
                from_arrays(rest, alpha=0.1)


@pytest.mark.parametrize(
    "changes",
    [
        {"W_uh": (N,), "mask": (N, N)},
        {"W_hy": (), "mask": (N, N)},
        {"W_uh": (N,), "emb.weight": (4, 0)},
        {"W_hh": (), "W_uh": ()},
    ],
)
def test_weights_that_are_no_matrices_are_refused_in_one_line(changes: dict[str, tuple[int, ...]]) -> None:
    """Also beside arrays whose meaning is judged by the sizes of the weights."""
    arrays = {"W_hh": W, "W_uh": U, "W_hy": V} | {key: np.ones(shape) for key, shape in changes.items()}
    with pytest.raises(InvalidNetwork) as refusal:
        from_arrays(arrays)
    assert "\n" not in str(refusal.value)


def test_a_single_number_is_no_initial_state() -> None:
    with pytest.raises(InvalidNetwork, match=r"'h0' of shape \(\) is not used, and would change the network"):
        from_arrays({"W_hh": W, "W_uh": U, "W_hy": V, "h0": np.array(1.0)})

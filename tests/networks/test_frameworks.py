"""Keras, Haiku, BrainPy, Flax and Equinox: what they recorded in double precision is what comes out, and what is no network of ours is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emt_theory.errors import InvalidNetwork
from emt_theory.networks import GRU, LSTM, ElmanRNN, Network, Stack, from_arrays, load

RECORDED = dict(np.load(Path(__file__).parent / "data" / "frameworks.npz").items())
CASES = list(dict.fromkeys(key.split("|")[0] for key in RECORDED))
SAID = {"keras-SimpleRNN-relu-2": {"activation": "relu"}, "brainpy-RNNCell-tanh": {"activation": "tanh"}}
REFUSED = {
    "keras-GRU-before": r"gru_cell/bias' of shape \(15,\) belongs to a GRU with reset_after=False, which applies r before the matrix",
    "haiku-GRU": r"'gru.w_h' belongs to a GRU of Haiku, which applies r before the matrix",
    "brainpy-GRUCell": r"'GRUCell0.Wh' belongs to a GRU of BrainPy, which applies r before the matrix",
}


def params(case: str) -> dict[str, Any]:
    return {key.split("|")[2]: array for key, array in RECORDED.items() if key.startswith(f"{case}|params|")}


def error(net: Network, case: str) -> float:
    """The largest difference to what the library computed, relative to its largest output where that is above 1."""
    x, y = RECORDED[f"{case}|x"], RECORDED[f"{case}|y"]
    return float(np.abs(net.run(x, steps=y.shape[1]).outputs - y).max() / max(1, np.abs(y).max()))


@pytest.mark.parametrize("case", [case for case in CASES if case not in REFUSED])
def test_the_forward_pass_is_the_librarys(case: str) -> None:
    net = from_arrays(params(case), **SAID.get(case, {}))
    assert RECORDED[f"{case}|y"].shape == (2, 20, 3)
    assert error(net, case) < (5e-5 if case.endswith("single") else 1e-12)
    assert net.provenance.ignored == ()


@pytest.mark.parametrize("case", REFUSED)
def test_a_gru_that_is_none_of_ours_is_refused_by_name(case: str) -> None:
    with pytest.raises(InvalidNetwork, match=REFUSED[case]):
        from_arrays(params(case))


@pytest.mark.parametrize("case", ["keras-GRU-2", "haiku-LSTM", "brainpy-LSTMCell"])
def test_a_file_gives_the_same_as_a_tree(case: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", **params(case))
    assert load(tmp_path / "x.npz") == from_arrays(params(case))


def moved(net: Any, gates: int) -> Any:
    """The same network with its gates in another order."""
    return replace(net, weight_hh_l0=np.roll(net.weight_hh_l0, gates * net.hidden, axis=0))


@pytest.mark.parametrize(
    ("case", "change"),
    [
        ("keras-SimpleRNN", lambda net: replace(net, W_hh=net.W_hh.T)),
        ("keras-GRU", lambda net: moved(net, 1)),
        ("keras-GRU", lambda net: replace(net, bias_ih_l0=net.bias_hh_l0, bias_hh_l0=net.bias_ih_l0)),
        ("keras-LSTM", lambda net: moved(net, 1)),
        ("haiku-VanillaRNN", lambda net: replace(net, activation="tanh")),
        ("haiku-LSTM", lambda net: replace(net, bias_ih_l0=net.bias_ih_l0 - np.repeat([0, 1, 0, 0], net.hidden))),
        ("haiku-LSTM", lambda net: replace(net, W_hy=-net.W_hy)),
        ("brainpy-RNNCell", lambda net: replace(net, activation="tanh")),
        ("brainpy-LSTMCell-nobias", lambda net: replace(net, bias_ih_l0=None)),
        ("keras-RNN-of-two", lambda net: replace(net, layers=(net.layers[0], moved(net.layers[1], 2)))),
    ],
)
def test_saboteurs_are_seen(case: str, change: Callable[[Any], Network]) -> None:
    assert error(change(from_arrays(params(case))), case) > 1e-3


def test_the_kinds_are_those_of_the_libraries() -> None:
    kinds = {case: type(from_arrays(params(case))) for case in CASES if case not in REFUSED}
    assert {kinds[case] for case in kinds if "two" in case} == {Stack}
    assert {kinds[case] for case in kinds if "GRU" in case} == {GRU}
    assert {kinds[case] for case in kinds if "LSTM" in case and "two" not in case} == {LSTM}
    assert kinds["haiku-VanillaRNN"] is kinds["brainpy-RNNCell"] is kinds["keras-RNN-of-cell"] is ElmanRNN


def test_what_names_say_of_sigma_is_kept_apart_from_what_they_leave_open() -> None:
    """Haiku's VanillaRNN has relu only; BrainPy's RNNCell has it unless it is told; a SimpleRNN of Keras says nothing."""
    haiku, brainpy, keras = (
        from_arrays(params(f"{name}")) for name in ("haiku-VanillaRNN", "brainpy-RNNCell", "keras-SimpleRNN")
    )
    assert [
        (net.activation, net.provenance.assumed) for net in (haiku, brainpy, keras) if isinstance(net, ElmanRNN)
    ] == [
        ("relu", ()),
        ("relu", ("activation",)),
        ("tanh", ("activation",)),
    ]
    assert brainpy.provenance.remarks == (
        "σ is taken to be relu, the default of the library with these names; none is named",
    )
    assert from_arrays(params("brainpy-RNNCell"), activation="relu").provenance.remarks == ()
    with pytest.raises(
        InvalidNetwork, match="the file holds σ = relu, from metadata 'activation'; leave activation='tanh' out"
    ):
        from_arrays(params("haiku-VanillaRNN"), activation="tanh")


def test_nothing_that_is_recorded_can_be_left_out() -> None:
    """Without one array a network is refused, unless that array is a bias."""
    for case in CASES:
        if case not in REFUSED:
            arrays = params(case)
            for missing in arrays:
                if not re.search(r"bias|[./]b(:0)?$|bias_n", missing):
                    with pytest.raises(InvalidNetwork):
                        from_arrays(
                            {key: array for key, array in arrays.items() if key != missing}, **SAID.get(case, {})
                        )


Shapes = Mapping[str, tuple[int, ...]]


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (
            {"gru/recurrent_kernel": (4, 12), "gru/kernel": (2, 12)},
            "a GRU without bias, and nothing tells whether reset_after=True",
        ),
        ({"bidirectional/backward_gru/gru_cell/recurrent_kernel": (4, 12)}, "belongs to a bidirectional network"),
        ({"a/recurrent_kernel": (4, 9)}, r"'a/recurrent_kernel' must have shape \(N, N\), \(N, 3N\) or \(N, 4N\)"),
        ({"a/recurrent_kernel": (4, 4, 3)}, "must be a matrix"),
        (
            {"lstm/linear.w": (3, 12), "linear.w": (3, 2)},
            r"'lstm/linear.w' must have shape \(d \+ N, 4N\), inputs first",
        ),
        ({"vanilla_rnn/linear_1.w": (4, 4), "linear.w": (4, 2)}, "'vanilla_rnn/linear.w' is missing"),
        (
            {
                "vanilla_rnn/linear_1.w": (4, 4),
                "vanilla_rnn/linear.w": (2, 4),
                "linear.w": (4, 2),
                "linear_1.w": (4, 3),
            },
            "2 possible read-outs, 'linear.w' and 'linear_1.w'",
        ),
        (
            {"linear.w": (2, 4), "linear_1.w": (4, 4), "linear_2.w": (4, 2)},
            "no recurrent weights",
        ),  # a perceptron of Haiku
        ({"Dense0.W": (2, 4), "Dense1.W": (4, 4), "Dense2.W": (4, 2)}, "no recurrent weights"),  # one of BrainPy
        (
            {"dense/kernel": (2, 4), "dense_1/kernel": (4, 4), "dense_2/kernel": (4, 2)},
            "no recurrent weights",
        ),  # one of Keras
    ],
)
def test_refusals(shapes: Shapes, message: str) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InvalidNetwork, match=message) as refusal:
        from_arrays({key: rng.normal(size=shape) for key, shape in shapes.items()})
    assert "\n" not in str(refusal.value)


def test_a_gru_without_bias_loads_by_the_call_in_its_refusal() -> None:
    arrays = {key: array for key, array in params("keras-GRU").items() if "gru_cell/bias" not in key}
    with pytest.raises(InvalidNetwork) as refusal:
        from_arrays(arrays)
    found = re.search(r"names=(\{.*?\}) or --names", str(refusal.value))
    assert found
    net = from_arrays(arrays, names=eval(found[1]))
    assert net == replace(from_arrays(params("keras-GRU")), bias_ih_l0=None, bias_hh_l0=None)

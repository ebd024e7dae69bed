r"""Layers under PyTorch's, Equinox's and our own names.

    weight            PyTorch           Equinox          ours
    recurrent         weight_hh_l0      weight_hh        W_hh
    input             weight_ih_l0      weight_ih        W_uh
    hidden biases     bias_ih_l0        bias             b_h
                      bias_hh_l0        bias_n

`torch.nn.RNNCell` and its kin leave out the ``_l0``. Of an Elman layer only the sum of PyTorch's two biases counts; a GRU and an LSTM keep both, in
PyTorch's order of the gates. Equinox has the same order, one bias on the input side, and for a GRU ``bias_n``, which is the part of PyTorch's
bias_hh that belongs to the candidate:  n = tanh(W_in x + b_in + r ∘ (W_hn h + bias_n)).

>>> [layer] = torch_layers({"weight_hh": (6, 2), "weight_ih": (6, 1), "bias": (6,), "bias_n": (2,)})
>>> layer.cell, layer.weights["bias_ih_l0"].to_json(), layer.weights["bias_hh_l0"].to_json()
('gru', 'bias', ['0', '0', 'bias_n'])

Source: the documentation of torch.nn; equinox/nn/_rnn.py; checked against torch 2.13 and equinox 0.13.8.
"""

from __future__ import annotations

import re
from typing import Literal

from emt_theory.errors import InvalidNetwork
from emt_theory.networks.layers import Layer, Shapes, kind_of
from emt_theory.networks.sources import Source, alone, stacked, summed
from emt_theory.networks.zips import shown

Naming = Literal["torch", "emt"]

WRITTEN: dict[Naming, dict[str, str]] = {
    "torch": {
        "W_hh": "rnn.weight_hh_l0",
        "W_uh": "rnn.weight_ih_l0",
        "W_hy": "readout.weight",
        "b_h": "rnn.bias_hh_l0",
        "b_y": "readout.bias",
        **{name: f"rnn.{name}" for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")},
    },
    "emt": {
        name: name
        for name in ("W_hh", "W_uh", "W_hy", "b_h", "b_y", "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    },
}
"""The keys that `save` gives to the arrays of a network."""

_TORCH = re.compile(
    r"(?P<prefix>(?:.*[./_])?)(?P<kind>weight|bias)_(?P<side>hh|ih|hr)(?P<layer>_l\d+)?(?P<back>_reverse)?"
)
_OURS = re.compile(r"(?P<prefix>(?:.*[./_])?)W_hh")


def torch_layers(shapes: Shapes) -> list[Layer]:
    """The layers whose recurrent weights have one of these names.

    Raises:
        InvalidNetwork: if there are weights of a second layer, a second direction or a projection, or recurrent weights that are no matrix.
    """
    found = list[Layer]()
    for key in sorted(shapes):
        if torch := _TORCH.fullmatch(key):
            _refuse_other_networks(key, torch)
            if (torch["kind"], torch["side"]) == ("weight", "hh"):
                found.append(_layer(shapes, key, torch["prefix"], torch["layer"] or ""))
        elif ours := _OURS.fullmatch(key):
            head = ours["prefix"]
            biases = [name for name in (f"{head}b_h",) if name in shapes]
            found.append(_elman(key, shapes, f"{head}W_uh", biases))
    return found


def _refuse_other_networks(key: str, match: re.Match[str]) -> None:
    if match["back"]:
        raise InvalidNetwork(f"{shown(key)} belongs to a bidirectional network; only one direction is supported")
    if match["layer"] not in (None, "_l0"):
        raise InvalidNetwork(f"{shown(key)} belongs to a network of several layers; only one layer is supported")
    if match["side"] == "hr":
        raise InvalidNetwork(f"{shown(key)} belongs to an LSTM with projections; those are not supported yet")


def _layer(shapes: Shapes, key: str, head: str, layer: str) -> Layer:
    rows, n = _matrix(key, shapes)
    cell = kind_of(rows, n) or "elman"  # a shape that fits nothing is refused by the network
    one = [name for name in (f"{head}bias",) if name in shapes and f"{head}weight" not in shapes]
    biases = [name for side in ("ih", "hh") if (name := f"{head}bias_{side}{layer}") in shapes] or one
    if cell == "elman":
        return _elman(key, shapes, f"{head}weight_ih{layer}", biases)
    weights: dict[str, Source] = {"weight_ih_l0": alone(f"{head}weight_ih{layer}"), "weight_hh_l0": alone(key)}
    for name in biases:
        weights["bias_hh_l0" if name == f"{head}bias_hh{layer}" else "bias_ih_l0"] = alone(name)
    if cell == "gru" and "bias_hh_l0" not in weights and f"{head}bias_n" in shapes:
        weights["bias_hh_l0"] = stacked((None, None, f"{head}bias_n"))
    return Layer(key, cell, n, weights)


def _elman(key: str, shapes: Shapes, w_uh: str, biases: list[str]) -> Layer:
    weights = {"W_hh": alone(key), "W_uh": alone(w_uh)} | ({"b_h": summed(biases)} if biases else {})
    return Layer(key, "elman", _matrix(key, shapes)[1], weights)


def _matrix(key: str, shapes: Shapes) -> tuple[int, ...]:
    if len(shapes[key]) != 2:
        raise InvalidNetwork(f"{shown(key)} must have shape (N, N); got {shapes[key]}")
    return shapes[key]

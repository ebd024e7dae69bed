r"""Layers under PyTorch's names, and under Equinox's, which are nearly the same.

    weight            PyTorch           Equinox
    recurrent         weight_hh_l0      weight_hh
    input             weight_ih_l0      weight_ih
    hidden biases     bias_ih_l0        bias
                      bias_hh_l0        bias_n

`torch.nn.RNNCell` and its kin leave out the ``_l0``. Of an Elman layer only the sum of PyTorch's two biases counts; a GRU and an LSTM keep both, in
PyTorch's order of the gates. Equinox has the same order, one bias on the input side, and for a GRU ``bias_n``, which is the part of PyTorch's
bias_hh that belongs to the candidate:  n = tanh(W_in x + b_in + r ∘ (W_hn h + bias_n)).

>>> [layer] = equinox_layers({"weight_hh": (6, 2), "weight_ih": (6, 1), "bias": (6,), "bias_n": (2,)})
>>> layer.kind, str(layer.weights["bias_ih_l0"]), str(layer.weights["bias_hh_l0"])
('gru', 'bias', '[0; 0; bias_n]')

Source: the documentation of torch.nn; equinox/nn/_rnn.py; checked against torch 2.13 and equinox 0.13.8.
"""

from __future__ import annotations

import re
from dataclasses import replace

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.text import shown
from emt_theory.networks.kinds import kind_of_rows
from emt_theory.networks.reading.expressions import key as array_of
from emt_theory.networks.reading.expressions import stacked
from emt_theory.networks.reading.layers import Bias, Layer, Shapes, alone_if, matrix

_TORCH = re.compile(
    r"(?P<head>(?:.*[./_])?)(?P<kind>weight|bias)_(?P<side>hh|ih|hr)(?P<layer>_l\d+)?(?P<back>_reverse)?"
)
_EQUINOX = re.compile(r"(?P<head>(?:.*[./_])?)weight_hh(?P<layer>_l0)?")


def torch_layers(shapes: Shapes) -> list[Layer]:
    """The layers whose recurrent weights have PyTorch's name.

    Raises:
        InvalidNetwork: if there are weights of a second direction or a projection, or recurrent weights that are no matrix.
    """
    found = list[Layer]()
    for key in sorted(shapes):
        if match := _TORCH.fullmatch(key):
            _refuse_other_networks(key, match)
            if (match["kind"], match["side"]) == ("weight", "hh"):
                found.append(_layer(key, match, shapes, *_biases(match, shapes)))
    return found


def equinox_layers(shapes: Shapes) -> list[Layer]:
    """The layers whose recurrent weights have Equinox's name, and which have no bias that PyTorch would have on the side of the state."""
    found = list[Layer]()
    for key in sorted(shapes):
        if match := _EQUINOX.fullmatch(key):
            head, (b_hh, b_ih) = match["head"], _biases(match, shapes)
            if b_hh is None:
                gru = kind_of_rows(*matrix(key, shapes)) == "gru"
                b_hh = stacked((None, None, f"{head}bias_n")) if gru and f"{head}bias_n" in shapes else None
                b_ih = b_ih or (None if f"{head}weight" in shapes else alone_if(f"{head}bias", shapes))
                found.append(_layer(key, match, shapes, b_hh, b_ih))
    return found


def _refuse_other_networks(key: str, match: re.Match[str]) -> None:
    if match["back"]:
        raise InvalidNetwork(
            f"{shown(key)} belongs to a bidirectional network: its state at t depends on inputs after t, so it is no recurrence in time"
        )
    if match["side"] == "hr":
        raise InvalidNetwork(f"{shown(key)} belongs to an LSTM with projections; those are not supported yet")


def _biases(match: re.Match[str], shapes: Shapes) -> tuple[Bias, Bias]:
    b_hh, b_ih = (alone_if(f"{match['head']}bias_{side}{match['layer'] or ''}", shapes) for side in ("hh", "ih"))
    return b_hh, b_ih


def _layer(key: str, match: re.Match[str], shapes: Shapes, b_hh: Bias, b_ih: Bias) -> Layer:
    rows, n = matrix(key, shapes)
    kind = kind_of_rows(rows, n) or "elman"  # a shape that fits nothing is refused by the network
    w_ih = array_of(f"{match['head']}weight_ih{match['layer'] or ''}")
    layer = Layer.of(key, kind, n, array_of(key), w_ih, b_hh, b_ih)
    plain = (
        kind == "elman" and not match["layer"] and not (b_hh and b_ih)
    )  # perhaps not RNNCell, but parameters called alike
    if plain and n > 1 and shapes.get(str(w_ih)) == (n, n):
        remark = f"{shown(key)} and {shown(str(w_ih))} are taken to multiply from the left, as in torch.nn.RNNCell; being square, they do not tell"
        return replace(layer, remarks=(remark,))
    return layer

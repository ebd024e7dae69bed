r"""Layers under the names of Keras, of either version.

    sequential/simple_rnn/simple_rnn_cell/recurrent_kernel          Keras 3, the ``path`` of a variable
    simple_rnn/simple_rnn_cell/recurrent_kernel:0                   Keras 2, its ``name``

beside ``kernel`` and ``bias``. A kernel multiplies from the right, so it is transposed, and its gates stand side by side:

    layer          recurrent_kernel    gates            bias
    SimpleRNN      (N, N)                               (N,)
    GRU            (N, 3N)             z, r, h          (2, 3N): on the side of the input, and of the state inside the reset gate's reach
    LSTM           (N, 4N)             i, f, c, o       (4N,), with the 1 of the forget gate in it

A GRU with ``reset_after=False``, whose bias has shape (3N,), applies r before the matrix, tanh(W x + U (r ∘ h) + b); ours and PyTorch's apply it
behind. One without bias does not tell which it is.

>>> [layer] = keras_layers({"gru/gru_cell/recurrent_kernel": (4, 12), "gru/gru_cell/kernel": (2, 12), "gru/gru_cell/bias": (2, 12)})
>>> str(layer.weights["bias_hh_l0"])
'[gru/gru_cell/bias[1, 4:8]; gru/gru_cell/bias[1, 0:4]; gru/gru_cell/bias[1, 8:12]]'

Source: keras/src/layers/rnn; checked against keras 3.15.1 on JAX.
"""

from __future__ import annotations

import re

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.text import shown
from emt_theory.networks.kinds import kind_of_rows
from emt_theory.networks.reading.expressions import key as array_of
from emt_theory.networks.reading.gates import gates
from emt_theory.networks.reading.layers import Layer, Shapes, alone_if, call, matrix

_KERAS = re.compile(r"(?P<head>(?:.*[./])?)recurrent_kernel(?P<tail>:\d+)?")
_ORDER = (1, 0, 2)
"""Where r, z and n of a GRU are in Keras."""


def keras_layers(shapes: Shapes) -> list[Layer]:
    """The layers with a recurrent kernel.

    Raises:
        InvalidNetwork: if one runs backwards, applies r before the matrix or may do so, or its kernel is no matrix of N rows and 1, 3 or 4 times as
            many columns.
    """
    return [_layer(key, match, shapes) for key in sorted(shapes) if (match := _KERAS.fullmatch(key))]


def _layer(key: str, match: re.Match[str], shapes: Shapes) -> Layer:
    n, columns = matrix(key, shapes)
    kind = kind_of_rows(columns, n)
    if kind is None:
        raise InvalidNetwork(f"{shown(key)} must have shape (N, N), (N, 3N) or (N, 4N); got {shapes[key]}")
    if "backward_" in match["head"]:
        raise InvalidNetwork(
            f"{shown(key)} belongs to a bidirectional network: its state at t depends on inputs after t, so it is no recurrence in time"
        )
    kernel, bias = (f"{match['head']}{name}{match['tail'] or ''}" for name in ("kernel", "bias"))
    if kind == "gru":
        return _gru(key, kernel, bias, n, shapes)
    return Layer.of(
        key, kind, n, array_of(key, transposed=True), array_of(kernel, transposed=True), None, alone_if(bias, shapes)
    )


def _gru(key: str, kernel: str, bias: str, n: int, shapes: Shapes) -> Layer:
    hh, ih = (gates(array_of(name, transposed=True), n, _ORDER) for name in (key, kernel))
    if bias not in shapes:
        said = call({"weight_hh_l0": str(hh), "weight_ih_l0": str(ih)})
        raise InvalidNetwork(
            f"{shown(key)} belongs to a GRU without bias, and nothing tells whether reset_after=True; if so, say it: {said}"
        )
    if shapes[bias] != (2, 3 * n):
        raise InvalidNetwork(
            f"{shown(bias)} of shape {shapes[bias]} belongs to a GRU with reset_after=False, which applies r before the matrix, to r ∘ h; "
            f"that is not supported: train it with reset_after=True, whose bias is {(2, 3 * n)}"
        )
    b_ih, b_hh = (gates(array_of(bias), n, _ORDER, before=(row,)) for row in (0, 1))
    return Layer.of(key, "gru", n, hh, ih, b_hh, b_ih)

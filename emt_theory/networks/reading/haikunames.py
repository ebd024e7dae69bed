r"""Layers under the names of Haiku, and of BrainPy, whose cells are modelled on Haiku's. Both multiply from the right.

    cell             Haiku                                                    BrainPy
    Elman            vanilla_rnn/linear: w, b  (input),  linear_1 (state)     RNNCell0: Wi, Wh, b
    GRU              gru: w_i, w_h, b                                         GRUCell0: Wi, Wh, b
    LSTM             lstm/linear: w, b                                        LSTMCell0: Wi, Wh, b
    read-out         linear: w, b                                             Dense0: W, b

Haiku's VanillaRNN has relu and nothing else; BrainPy's RNNCell has relu unless it is told otherwise. The GRU of both applies r before the matrix, to
r ∘ h, and is none of ours. The LSTM has its gates in the order i, g, f, o and adds 1 to the forget gate; Haiku's has one matrix over [x, h]:

>>> [layer] = haiku_layers({"lstm/linear.w": (5, 12), "lstm/linear.b": (12,), "linear.w": (3, 2)})
>>> str(layer.weights["weight_ih_l0"])
'[lstm/linear.w.T[0:3, :2]; lstm/linear.w.T[6:9, :2]; lstm/linear.w.T[3:6, :2]; lstm/linear.w.T[9:12, :2]]'
>>> str(layer.weights["bias_ih_l0"])
'[lstm/linear.b[0:3]; lstm/linear.b[6:9] + 1; lstm/linear.b[3:6]; lstm/linear.b[9:12]]'

Two linear modules in a row are a perceptron as often as not, so only those in a module called vanilla_rnn count.

Source: haiku/_src/recurrent.py and brainpy/dyn/rates/rnncells.py; checked against dm-haiku 0.0.17 and brainpy 2.8.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.text import listed, shown
from emt_theory.networks.reading.expressions import Expression
from emt_theory.networks.reading.expressions import key as array_of
from emt_theory.networks.reading.gates import gates
from emt_theory.networks.reading.layers import Layer, Shapes, alone_if, by_number, call, matrix

_VANILLA = re.compile(r"(?P<head>(?:.*[./])?vanilla_rnn(?:_\d+)?[./]linear)_1(?P<dot>[./])w")
_LSTM = re.compile(r"(?P<head>(?:.*[./])?lstm(?:_\d+)?[./]linear(?P<dot>[./]))w")
_GRU = re.compile(r"(?P<head>(?:.*[./])?gru(?:_\d+)?[./])w_h")
_BRAINPY = re.compile(r"(?P<head>(?:.*[./])?)Wh")
_ELMAN_CELL = re.compile(r"(?:.*[./])?(?:RNNCell|VanillaRNN)\d*[./]")
_LSTM_CELL = re.compile(r"(?:.*[./])?LSTM(?:Cell)?\d*[./]")
_ORDER, _FORGET = (0, 2, 1, 3), {1: 1.0}
"""Where i, f, g and o are, and what is added to the forget gate."""


def haiku_layers(shapes: Shapes) -> list[Layer]:
    """The layers under Haiku's names.

    Raises:
        InvalidNetwork: if one is a GRU, or the read-out is not the only linear module with N rows.
    """
    found = list[Layer]()
    for key in sorted(shapes):
        if match := _VANILLA.fullmatch(key):
            found.append(_vanilla(key, match, shapes))
        elif match := _LSTM.fullmatch(key):
            found.append(_lstm(key, match["head"], shapes))
        elif (match := _GRU.fullmatch(key)) and f"{match['head']}w_i" in shapes:
            raise InvalidNetwork(_before_the_matrix(key, "Haiku"))
    return _read(found, shapes, "w")


def brainpy_layers(shapes: Shapes) -> list[Layer]:
    """The layers under BrainPy's names.

    Raises:
        InvalidNetwork: if one is a GRUCell, or the read-out is not the only Dense layer with N rows.
    """
    found = [
        layer for key in sorted(shapes) if (match := _BRAINPY.fullmatch(key)) for layer in _cell(key, match, shapes)
    ]
    return _read(found, shapes, "W")


def _vanilla(key: str, match: re.Match[str], shapes: Shapes) -> Layer:
    n = matrix(key, shapes)[0]
    state, inputs = (f"{match['head']}{number}{match['dot']}" for number in ("_1", ""))
    hh, ih = array_of(key, transposed=True), array_of(f"{inputs}w", transposed=True)
    layer = Layer.of(key, "elman", n, hh, ih, alone_if(f"{state}b", shapes), alone_if(f"{inputs}b", shapes))
    return replace(layer, settings={"activation": "relu"})


def _lstm(key: str, head: str, shapes: Shapes) -> Layer:
    rows, columns = matrix(key, shapes)
    n = columns // 4
    d = rows - n
    if columns != 4 * n or d < 1:
        raise InvalidNetwork(f"{shown(key)} must have shape (d + N, 4N), inputs first; got {shapes[key]}")
    w = array_of(key, transposed=True)
    ih, hh = (gates(w, n, _ORDER, behind=(part,)) for part in (slice(None, d), slice(d, None)))
    return Layer.of(key, "lstm", n, hh, ih, None, gates(array_of(f"{head}b"), n, _ORDER, plus=_FORGET))


def _cell(key: str, match: re.Match[str], shapes: Shapes) -> Iterator[Layer]:
    head = match["head"]
    if f"{head}Wi" not in shapes:
        return
    rows, columns = matrix(key, shapes)
    if columns == 3 * rows:
        raise InvalidNetwork(_before_the_matrix(key, "BrainPy"))
    bias = alone_if(f"{head}b", shapes)
    hh, ih = (array_of(name, transposed=True) for name in (key, f"{head}Wi"))
    if _ELMAN_CELL.fullmatch(head) and columns == rows:
        yield replace(Layer.of(key, "elman", rows, hh, ih, bias), settings={"usual_activation": "relu"})
    elif _LSTM_CELL.fullmatch(head) and columns == 4 * rows:
        b = gates(bias, rows, _ORDER, plus=_FORGET) if bias else _forgetting(key, rows)
        yield Layer.of(key, "lstm", rows, gates(hh, rows, _ORDER), gates(ih, rows, _ORDER), None, b)


def _forgetting(key: str, n: int) -> Expression:
    """The bias of an LSTM that has none: 1 in the forget gate, in the shape of N entries of any row."""
    zero, one = (Expression("number", value=value) for value in (0.0, 1.0))
    ones = Expression("+", (Expression("*", (zero, Expression("index", (array_of(key),), (0, slice(0, n))))), one))
    return Expression(";", (zero, ones, zero, zero))


def _before_the_matrix(key: str, library: str) -> str:
    return (
        f"{shown(key)} belongs to a GRU of {library}, which applies r before the matrix, to r ∘ h; only GRUs that apply it behind, as those of "
        "PyTorch, Flax and Keras do, are supported"
    )


def _read(found: list[Layer], shapes: Shapes, word: str) -> list[Layer]:
    """The same layers, the highest with its read-out: a linear module is called by one letter, which says that it multiplies from the right."""
    if not found:
        return []
    *below, top = by_number(found)
    used = {key for layer in found for key in layer.keys}
    candidates = [
        key
        for key, shape in shapes.items()
        if re.fullmatch(rf".*[./]{word}", key) and key not in used and shape[:1] == (top.hidden,)
    ]
    candidates = [key for key in candidates if len(shapes[key]) == 2]
    if len(candidates) > 1:
        said = {name: str(source) for name, source in top.weights.items()} | {"W_hy": f"{candidates[0]}.T"}
        raise InvalidNetwork(
            f"{len(candidates)} possible read-outs, {listed(candidates)}; keep one, or say which: {call(said)}"
        )
    weights = dict[str, Expression]()
    for key in candidates:
        weights["W_hy"] = array_of(key, transposed=True)
        if bias := alone_if(f"{key[:-1]}b", shapes):
            weights["b_y"] = bias
    return [*below, replace(top, weights={**top.weights, **weights})]

r"""Cells with one linear layer over the state and the input side by side, as in PyTorch's tutorial on names.

    h ← σ(A [x; h] + b),    A of shape (N, d + N),    y = V h + c

The tutorial has [x; h], others have [h; x], and both have the same keys and the same shapes: nothing in a file tells which is which. So such a
cell is refused, with the call for each. A perceptron may have these names too, which is why the message begins with an if.

>>> try:
...     joined_layers({"i2h.weight": (4, 7), "h2o.weight": (2, 4)})
... except InvalidNetwork as error:
...     print(str(error)[:100])
if 'i2h.weight' of shape (4, 7) is one linear layer over 3 inputs and N = 4 units, nothing tells whi

A read-out over both as well, ``i2o`` of shape (d_out, d + N), sees h(t−1) and x(t) instead of h(t), and is none of ours.
"""

from __future__ import annotations

import re

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.text import shown
from emt_theory.networks.reading.layers import Layer, Shapes, call
from emt_theory.networks.reading.pieces import Cell, cells

_JOINED = ("i2h", "in2h", "input2hidden", "combined", "xh2h", "hx2h")
_INSIDE = re.compile(r"(?:.*[./])?\w*(?:cell|rnn)\w*[./]", re.IGNORECASE)
_INSIDE_NAME = ("linear", "lin", "fc")
_SEPARATE = ("h2h", "hh", "hidden2hidden")
_READ = ("h2o", "ho", "h2out", "hidden2output", "fc", "linear", "out", "decoder", "readout", "head")
_READ_BOTH = ("i2o", "in2o", "input2output", "xh2o")


def joined_layers(shapes: Shapes) -> list[Layer]:
    """No layer, ever.

    Raises:
        InvalidNetwork: if there is one linear layer over inputs and state.
    """
    under = cells(shapes)
    for head, cell in under.items():
        piece = cell.matrix(_JOINED) or (cell.matrix(_INSIDE_NAME) if _INSIDE.fullmatch(head) else None)
        if piece and piece.side == "left" and not cell.matrix(_SEPARATE):
            rows, columns = shapes[piece.key]
            if both := cell.matrix(_READ_BOTH):
                _refuse_read_out(both.key, shapes, rows, columns)
            bias = {"b_h": piece.bias} if piece.bias else {}
            read = _read_out(under, shapes, rows, piece.key)
            if read and columns > rows:
                raise InvalidNetwork(_which(piece.key, rows, columns - rows, {**bias, **read}))
    return []


def _refuse_read_out(key: str, shapes: Shapes, n: int, columns: int) -> None:
    if shapes[key][1] == columns > n:
        raise InvalidNetwork(
            f"{shown(key)} of shape {shapes[key]} reads inputs and the state before, x(t) and h(t−1), side by side; a read-out has to see h(t) "
            f"alone: train it with a linear layer h2o from the {n} units"
        )


def _read_out(under: dict[str, Cell], shapes: Shapes, n: int, other: str) -> dict[str, str] | None:
    pieces = [piece for cell in under.values() if (piece := cell.matrix(_READ)) and piece.key != other]
    for piece in pieces:
        if piece.side == "left" and shapes[piece.key][1] == n:
            return {"W_hy": piece.key} | ({"b_y": piece.bias} if piece.bias else {})
    return None


def _which(key: str, n: int, d: int, others: dict[str, str]) -> str:
    inputs_first = call({"W_hh": f"{key}[:, {d}:]", "W_uh": f"{key}[:, :{d}]", **others})
    state_first = call({"W_hh": f"{key}[:, :{n}]", "W_uh": f"{key}[:, {n}:]", **others})
    return (
        f"if {shown(key)} of shape {(n, n + d)} is one linear layer over {d} inputs and N = {n} units, nothing tells which come first; inputs: "
        f"{inputs_first}; units: {state_first}"
    )

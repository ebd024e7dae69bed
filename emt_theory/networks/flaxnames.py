r"""Layers under the names of Flax, both of its interfaces.

Flax multiplies from the right, so a kernel has shape (in, out), the transpose of PyTorch's weight. Its Linen interface names the pieces of a cell
after what they lead from and to, i for the input, h for the state, and the gate; its NNX interface has those of `LSTMCell`, and stacks the others:

    cell                                 Linen                          NNX
    SimpleCell                           i, h                           dense_i, dense_h
    GRUCell                              ir iz in, hr hz hn             dense_i, dense_h
    LSTMCell                             ii if ig io, hi hf hg ho       ii if_ ig io, hi hf hg ho
    OptimizedLSTMCell                    as LSTMCell                    dense_i, dense_h

each followed by ``kernel`` and, some of them, ``bias``. The equations are PyTorch's with fewer biases. A GRU's candidate is
n = tanh(W_in x + b_in + r ∘ (W_hn h + b_hn)), and b_hn is the only bias on the side of the state; an LSTM has biases only there.

>>> [layer] = flax_layers({"h.kernel": (4, 4), "i.kernel": (2, 4), "i.bias": (4,)})
>>> layer.cell, layer.weights["W_uh"].to_json(), layer.weights["b_h"].to_json()
('elman', 'transpose of i.kernel', ['i.bias'])

Names do not say which σ a cell has, nor that a SimpleCell has `residual=True` (then add the identity to its W_hh).

Source: flax/linen/recurrent.py and flax/nnx/nn/recurrent.py; checked against flax 0.12.8.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from emt_theory.errors import InvalidNetwork
from emt_theory.networks.layers import Cell, Layer, Shapes, kind_of
from emt_theory.networks.sources import Source, alone, stacked, summed
from emt_theory.networks.zips import shown

_KERNEL = re.compile(r"(?P<prefix>(?:.*[./])?)(?P<piece>[^./]+)(?P<dot>[./])kernel")
_GATES: dict[Cell, str] = {"gru": "rzn", "lstm": "ifgo"}
_OWN: tuple[tuple[Cell, set[str], set[str]], ...] = (
    ("gru", {"hr", "hz"}, {"ir", "iz"}),
    ("lstm", {"hi", "hg", "ho"}, {"ii", "ig", "io"}),
)
"""The pieces that only this kind has, on the side of the state and of the input."""
_MGU = {"if", "in", "hf", "hn"}


def flax_layers(shapes: Shapes) -> list[Layer]:
    """The layers whose kernels have these names.

    Raises:
        InvalidNetwork: if a layer is an MGUCell, or its recurrent kernel is no matrix with N rows and 1, 3 or 4 times as many columns.
    """
    pieces = dict[tuple[str, str], set[str]]()
    for key in shapes:
        if match := _KERNEL.fullmatch(key):
            pieces.setdefault((match["prefix"], match["dot"]), set()).add(match["piece"])
    found = [_layer(shapes, prefix, dot, names) for (prefix, dot), names in sorted(pieces.items())]
    return [layer for layer in found if layer is not None]


def _layer(shapes: Shapes, prefix: str, dot: str, names: set[str]) -> Layer | None:
    for cell, own_h, own_i in _OWN:
        if own_h & names and own_i & names:  # one that is missing is named later
            return _gates(cell, shapes, prefix, dot, names)
    if names >= _MGU:
        raise InvalidNetwork(f"{shown(f'{prefix}hf{dot}kernel')} belongs to an MGUCell; those are not supported")
    for h, i in (("h", "i"), ("dense_h", "dense_i")):
        if {h, i} <= names:
            return _stacked(shapes, f"{prefix}{h}{dot}", f"{prefix}{i}{dot}")
    return None


def _gates(cell: Cell, shapes: Shapes, prefix: str, dot: str, names: set[str]) -> Layer:
    """A cell with a kernel for each gate."""
    gates = _GATES[cell]
    # `if` is a word of Python, so an attribute of NNX is called `if_`.
    inputs = [f"{prefix}i{gate}{'_' if f'i{gate}_' in names else ''}{dot}" for gate in gates]
    states = [f"{prefix}h{gate}{dot}" for gate in gates]
    weights = {
        "weight_ih_l0": stacked([f"{part}kernel" for part in inputs], transposed=True),
        "weight_hh_l0": stacked([f"{part}kernel" for part in states], transposed=True),
    }
    for name, parts in (("bias_ih_l0", inputs), ("bias_hh_l0", states)):
        biases = [key if (key := f"{part}bias") in shapes else None for part in parts]
        if any(biases):
            weights[name] = stacked(biases)
    first = next(key for part in states if (key := f"{part}kernel") in shapes)
    return Layer(first, cell, _matrix(first, shapes)[0], weights)


def _stacked(shapes: Shapes, h: str, i: str) -> Layer:
    """A cell with one kernel for all gates, side by side; a single one in a SimpleCell."""
    key = f"{h}kernel"
    n, columns = _matrix(key, shapes)
    cell = kind_of(columns, n)
    if cell is None:
        raise InvalidNetwork(f"{shown(key)} must have shape (N, N), (N, 3N) or (N, 4N); got {shapes[key]}")
    biases = [part for part in (f"{i}bias", f"{h}bias") if part in shapes]
    if cell == "elman":
        weights = {"W_hh": alone(key, transposed=True), "W_uh": alone(f"{i}kernel", transposed=True)}
        return Layer(key, cell, n, weights | _summed(biases))
    gated: dict[str, Source] = {
        "weight_ih_l0": alone(f"{i}kernel", transposed=True),
        "weight_hh_l0": alone(key, transposed=True),
    }
    gated |= {"bias_hh_l0" if part == f"{h}bias" else "bias_ih_l0": alone(part) for part in biases}
    return Layer(key, cell, n, gated)


def _summed(biases: Sequence[str]) -> dict[str, Source]:
    return {"b_h": summed(biases)} if biases else {}


def _matrix(key: str, shapes: Shapes) -> tuple[int, ...]:
    if len(shapes[key]) != 2:
        raise InvalidNetwork(f"{shown(key)} must be a matrix; got shape {shapes[key]}")
    return shapes[key]

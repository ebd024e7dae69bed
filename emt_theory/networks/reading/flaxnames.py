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
>>> layer.kind, str(layer.weights["W_uh"]), str(layer.weights["b_h"])
('elman', 'i.kernel.T', 'i.bias')

Names do not say which σ a cell has, nor that a SimpleCell has `residual=True` (then add the identity to its W_hh).

Source: flax/linen/recurrent.py and flax/nnx/nn/recurrent.py; checked against flax 0.12.8.
"""

from __future__ import annotations

import re

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.text import shown
from emt_theory.networks.kinds import KINDS, kind_of_rows
from emt_theory.networks.reading.expressions import key as array_of
from emt_theory.networks.reading.expressions import stacked
from emt_theory.networks.reading.layers import Bias, Layer, Shapes, alone_if, matrix

_KERNEL = re.compile(r"(?P<prefix>(?:.*[./])?)(?P<piece>[^./]+)(?P<dot>[./])kernel")
_OWN: dict[str, str] = {"gru": "rz", "lstm": "igo"}
"""The gates that only this kind has."""
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
    return [layer for (head, dot), names in sorted(pieces.items()) if (layer := _layer(shapes, head, dot, names))]


def _layer(shapes: Shapes, prefix: str, dot: str, names: set[str]) -> Layer | None:
    for kind, own in _OWN.items():
        if all(any(f"{side}{gate}" in names for gate in own) for side in "hi"):  # one that is missing is named later
            return _gates(kind, shapes, prefix, dot, names)
    if names >= _MGU:
        raise InvalidNetwork(f"{shown(f'{prefix}hf{dot}kernel')} belongs to an MGUCell; those are not supported")
    for h, i in (("h", "i"), ("dense_h", "dense_i")):
        if {h, i} <= names:
            return _stacked(shapes, f"{prefix}{h}{dot}", f"{prefix}{i}{dot}")
    return None


def _gates(kind: str, shapes: Shapes, prefix: str, dot: str, names: set[str]) -> Layer:
    """A cell with a kernel for each gate."""
    gates = KINDS[kind].gates
    # `if` is a word of Python, so an attribute of NNX is called `if_`.
    inputs = [f"{prefix}i{gate}{'_' if f'i{gate}_' in names else ''}{dot}" for gate in gates]
    states = [f"{prefix}h{gate}{dot}" for gate in gates]
    hh, ih = (stacked([f"{part}kernel" for part in parts], transposed=True) for parts in (states, inputs))
    first = next(key for key in hh.keys if key in shapes)
    return Layer.of(first, kind, matrix(first, shapes)[0], hh, ih, _biases(states, shapes), _biases(inputs, shapes))


def _biases(parts: list[str], shapes: Shapes) -> Bias:
    keys = [key if (key := f"{part}bias") in shapes else None for part in parts]
    return stacked(keys) if any(keys) else None


def _stacked(shapes: Shapes, h: str, i: str) -> Layer:
    """A cell with one kernel for all gates, side by side; a single one in a SimpleCell."""
    key = f"{h}kernel"
    n, columns = matrix(key, shapes)
    kind = kind_of_rows(columns, n)
    if kind is None:
        raise InvalidNetwork(f"{shown(key)} must have shape (N, N), (N, 3N) or (N, 4N); got {shapes[key]}")
    hh, ih = array_of(key, transposed=True), array_of(f"{i}kernel", transposed=True)
    return Layer.of(key, kind, n, hh, ih, alone_if(f"{h}bias", shapes), alone_if(f"{i}bias", shapes))

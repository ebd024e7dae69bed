r"""Networks of PsychRNN, as `RNN.save` and `get_weights` give them: leaky units with the leak before σ, masks, and Dale's law.

    v(t) = (1 − α) v(t−1) + α ((W_rec ∘ C_rec) σ(v(t−1)) + (W_in ∘ C_in) x(t) + b_rec),    v(0) = init_state,
    y(t) = (W_out ∘ C_out) σ(v(t)) + b_out

C are the arrays called connectivity. Where ``dale_ratio`` is a number, W stands for |W|, and the sign of a unit is in the diagonal matrices
D = Dale_rec, ±1, and Dale_out, in which inhibitory units have 0:  (|W_rec| ∘ C_rec) D,  |W_in| ∘ C_in,  (|W_out| ∘ C_out) D_out. Files hold
these products already, or the bare weights, by version; both give the same, since taking them twice changes nothing. α = dt/τ is not in the
file, and σ is relu unless it is told otherwise.

>>> keys = "W_rec", "W_in", "W_out", "b_rec", "b_out", "rec_connectivity", "input_connectivity", "output_connectivity"
>>> shapes = {key: (5,) if key[0] == "b" else (5, 5) for key in keys}
>>> [layer] = psych_layers(shapes)
>>> layer.kind, str(layer.weights["W_hh"]), dict(layer.settings)
('leaky', 'W_rec * rec_connectivity', {'leak': 'preactivation', 'usual_activation': 'relu'})

Source: Ehrlich, Stine, Berner & Murray, eNeuro 8 (2021); psychrnn/backend/rnn.py and models/basic.py, not run here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from emt_theory.ground.text import shown
from emt_theory.networks.reading.expressions import Expression, key
from emt_theory.networks.reading.layers import Layer, Shapes, matrix

if TYPE_CHECKING:
    from emt_theory.networks.reading.site import Site

_RECURRENT = re.compile(r"(?P<head>(?:.*[./])?)W_rec(?P<tail>:\d+)?")
_MASKED = {
    "W_hh": ("W_rec", "rec_connectivity"),
    "W_uh": ("W_in", "input_connectivity"),
    "W_hy": ("W_out", "output_connectivity"),
}
_BIASES = {"b_h": "b_rec", "b_y": "b_out"}


def psych_layers(shapes: Shapes) -> list[Layer]:
    """The layers whose recurrent weights have a mask of connectivity beside them.

    Raises:
        InvalidNetwork: if the recurrent weights are no matrix.
    """
    found = list[Layer]()
    for name in sorted(shapes):
        if match := _RECURRENT.fullmatch(name):
            head, tail = match["head"], match["tail"] or ""
            if f"{head}rec_connectivity{tail}" in shapes:
                masked = {
                    weight: Expression("*", (key(f"{head}{w}{tail}"), key(f"{head}{mask}{tail}")))
                    for weight, (w, mask) in _MASKED.items()
                }
                biases = {
                    weight: key(f"{head}{b}{tail}") for weight, b in _BIASES.items() if f"{head}{b}{tail}" in shapes
                }
                settings = {"leak": "preactivation", "usual_activation": "relu"}
                found.append(Layer(name, "leaky", matrix(name, shapes)[1], masked | biases, settings))
    return found


def dales_law(site: Site, dale: str) -> tuple[str, ...]:
    """Take in Dale's law, and say which keys are accounted for by that.

    The law holds where ``dale_ratio`` is a number other than 0, as PsychRNN has it; where there is none, where signs differ.

    Args:
        site: the network in the making.
        dale: the key of Dale_rec.
    """
    place = re.fullmatch(r"(.*?)dale_rec(.*)", dale, re.IGNORECASE)
    ratio, out = ("" if place is None else f"{place[1]}{word}{place[2]}" for word in ("dale_ratio", "Dale_out"))
    if site.layout.kind != "leaky" or out not in site.left or len(site.values) > 1:
        return ()
    entry, signs = site.content.entries.get(ratio), site.content.array(dale)
    given = None if entry is None or entry.array is None else float(entry.array.sum())
    if given or (given is None and not np.array_equal(signs, np.eye(len(signs)))):
        for weight, signed in {"W_hh": dale, "W_uh": None, "W_hy": out}.items():
            taken = Expression("abs", (site.layout.weights[weight],))
            whole = Expression("@", (taken, key(signed))) if signed else taken
            site.values[0][weight] = whole.evaluate(site.content.array)
        site.remarks.append(f"Dale's law, {shown(dale)} and {shown(out)}, is in its weights")
    return (dale, out, ratio)

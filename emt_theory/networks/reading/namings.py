"""Whose names the arrays of a file have: every naming is one entry of `NAMINGS`.

An entry says which layers it recognizes among keys and shapes, how the key ends that tells it, and, where `save` may write under its names, the key
of each array. A new one is a function and an entry; those of cells written by hand share `emt_theory.networks.reading.handnames`:

>>> for naming in NAMINGS:
...     print(f"{naming.name:16} {naming.recognized:48} {'read and written' if naming.written else 'read'}")
torch            weight_hh_l0 (PyTorch)                           read and written
equinox          weight_hh (Equinox)                              read
flax             h.kernel or hr.kernel (Flax)                     read
keras            recurrent_kernel (Keras)                         read
haiku            vanilla_rnn/linear_1.w or lstm/linear.w (Haiku)  read
goodfellow       W beside U                                       read
wh-wx-wy         Wh beside Wx                                     read
h2h-i2h-h2o      h2h beside i2h                                   read
w_rec-w_in-w_out W_rec beside W_in                                read
karpathy         Whh beside Wxh                                   read
ctd              wR beside wI                                     read
sussillo         J beside B                                       read
joined           i2h over [h, x]                                  read
brainpy          Wh beside Wi (BrainPy)                           read
psychrnn         W_rec beside rec_connectivity (PsychRNN)         read
emt              W_hh                                             read and written
>>> [layer.kind for layer in layers({"net.weight_hh": (12, 4), "net.weight_ih": (12, 2), "net.bias": (12,)})]
['gru']
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from emt_theory.ground.arguments import choice
from emt_theory.networks.kinds import KINDS
from emt_theory.networks.network import GatedNetwork, Network
from emt_theory.networks.reading.expressions import key as array_of
from emt_theory.networks.reading.flaxnames import flax_layers
from emt_theory.networks.reading.haikunames import brainpy_layers, haiku_layers
from emt_theory.networks.reading.handnames import hand_layers
from emt_theory.networks.reading.joinednames import joined_layers
from emt_theory.networks.reading.kerasnames import keras_layers
from emt_theory.networks.reading.layers import Layer, Shapes, matrix
from emt_theory.networks.reading.psychnames import psych_layers
from emt_theory.networks.reading.torchnames import equinox_layers, torch_layers


@dataclass(frozen=True)
class Naming:
    """How somebody names the arrays of a network.

    Attributes:
        name: what `save` takes for it.
        recognized: how the key ends that tells it, for documentation.
        layers: from the shapes of all arrays to the layers that have these names. It may refuse what belongs to a network of another kind.
        written: the key of an array, by the name that the network has for it, or None for one that has none; None where nothing is written.
    """

    name: str
    recognized: str
    layers: Callable[[Shapes], list[Layer]]
    written: Callable[[str], str | None] | None = None


def our_layers(shapes: Shapes) -> list[Layer]:
    """The layers under the names that networks themselves have for their arrays; those of gates are PyTorch's.

    Raises:
        InvalidNetwork: if the recurrent weights are no matrix.
    """
    found, karpathy = list[Layer](), {layer.name for layer in hand_layers(("Whh",), shapes)}
    for key in sorted(shapes):
        if key in karpathy and f"{key.removesuffix('W_hh')}W_uh" not in shapes:
            continue  # W_hh beside W_xh
        named = [made for made in KINDS.values() if _is_named(key, made.WEIGHTS[0])]
        if named:
            rows, n = matrix(key, shapes)
            fitting = [made for made in named if rows == n * (len(made.gates) or 1)]
            found.append(_our_layer(key, (fitting or named)[0], shapes))
    return found


def _is_named(key: str, recurrent: str) -> bool:
    head = key.removesuffix(recurrent)
    return head != key and not recurrent.endswith("_l0") and (not head or head[-1] in "./_")


def _our_layer(key: str, made: type[Network], shapes: Shapes) -> Layer:
    recurrent, driven, read = made.WEIGHTS
    head = key.removesuffix(recurrent)
    weights = {recurrent: array_of(key), driven: array_of(f"{head}{driven}")}
    biases = {name: array_of(f"{head}{name}") for name in made.BIASES[:-1] if f"{head}{name}" in shapes}
    # A read-out that is called W_hy may also be another linear layer of the file: `find_layout` looks for it.
    own = (read, *made.BIASES[-1:]) if read != "W_hy" else ()
    shown = {name: array_of(f"{head}{name}") for name in own if f"{head}{name}" in shapes}
    return Layer(key, made.kind, shapes[key][1], weights | biases | shown, side="left")


_TORCH_NAMES = {
    **{name: f"rnn.{name}" for name in GatedNetwork.arrays() if name.endswith("_l0")},
    "W_hh": "rnn.weight_hh_l0",
    "W_uh": "rnn.weight_ih_l0",
    "b_h": "rnn.bias_hh_l0",
    "W_hy": "readout.weight",
    "b_y": "readout.bias",
}

NAMINGS: list[Naming] = [
    Naming("torch", "weight_hh_l0 (PyTorch)", torch_layers, _TORCH_NAMES.get),
    Naming("equinox", "weight_hh (Equinox)", equinox_layers),
    Naming("flax", "h.kernel or hr.kernel (Flax)", flax_layers),
    Naming("keras", "recurrent_kernel (Keras)", keras_layers),
    Naming("haiku", "vanilla_rnn/linear_1.w or lstm/linear.w (Haiku)", haiku_layers),
    Naming("goodfellow", "W beside U", partial(hand_layers, ("W", "U"))),
    Naming("wh-wx-wy", "Wh beside Wx", partial(hand_layers, ("Wh",))),
    Naming("h2h-i2h-h2o", "h2h beside i2h", partial(hand_layers, ("h2h",))),
    Naming("w_rec-w_in-w_out", "W_rec beside W_in", partial(hand_layers, ("W_rec",))),
    Naming("karpathy", "Whh beside Wxh", partial(hand_layers, ("Whh",))),
    Naming("ctd", "wR beside wI", partial(hand_layers, ("wR",))),
    Naming("sussillo", "J beside B", partial(hand_layers, ("J",))),
    Naming("joined", "i2h over [h, x]", joined_layers),
    Naming("brainpy", "Wh beside Wi (BrainPy)", brainpy_layers),
    Naming("psychrnn", "W_rec beside rec_connectivity (PsychRNN)", psych_layers),
    Naming("emt", "W_hh", our_layers, str),
]
"""All namings. Where two recognize the same key the later one counts."""


def layers(shapes: Shapes) -> list[Layer]:
    """The layers that any naming recognizes.

    Raises:
        InvalidNetwork: if one refuses.
    """
    return list({layer.name: layer for naming in NAMINGS for layer in naming.layers(shapes)}.values())


def recognized() -> str:
    """The namings that are known, for a message."""
    *most, last = (naming.name for naming in NAMINGS)
    return f"{', '.join(most)} or {last}"


def written_namings(name: str | None) -> list[Naming]:
    """The naming of this name, or all, the usual one first, under which is written.

    Raises:
        InvalidOption: if nothing is written under this naming.
    """
    known = {naming.name: naming for naming in NAMINGS if naming.written}
    return list(known.values()) if name is None else [known[choice("naming", name, known)]]

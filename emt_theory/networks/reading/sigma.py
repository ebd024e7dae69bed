"""σ: what the metadata of a file and the caller say of it.

A state dictionary does not say which σ its network has. The metadata, or the settings in a checkpoint, may name it as ``nonlinearity`` or
``activation``; where nobody does it is the default of the library whose names the arrays have, tanh as in `torch.nn.RNN` for most, and that it was
assumed is kept.

>>> find_sigma({}, None)
('tanh', {'activation': 'tanh, the default of torch.nn.RNN; none is named'}, ('activation',))
>>> find_sigma({"nonlinearity": "relu"}, None)[0], find_sigma({}, "relu")[2]
('relu', ())
>>> find_sigma({"nonlinearity": "relu"}, "tanh")
Traceback (most recent call last):
...
emt_theory.errors.InvalidNetwork: the file holds σ = relu, from metadata 'nonlinearity'; leave activation='tanh' out
"""

from __future__ import annotations

from collections.abc import Mapping

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.text import shown
from emt_theory.networks.activations import activation as find_activation

_KEYS = ("activation", "nonlinearity")


def find_sigma(metadata: Mapping[str, str], said: str | None) -> tuple[str, dict[str, str], tuple[str, ...]]:
    """σ, what the layout says of it, and what was assumed.

    Args:
        metadata: what the file says.
        said: what the caller says.

    Raises:
        InvalidNetwork: if σ is unknown, the metadata contradict each other, or the caller contradicts them.
    """
    named = {key: find_activation(metadata[key]).name for key in _KEYS if key in metadata}
    if len(set(named.values())) > 1:
        raise InvalidNetwork(
            f"metadata contradict each other: {' and '.join(f'{key}={shown(metadata[key])}' for key in named)}"
        )
    wanted = None if said is None else find_activation(said).name
    for key, value in named.items():
        if wanted not in (None, value):
            raise InvalidNetwork(f"the file holds σ = {value}, from metadata {key!r}; leave activation={said!r} out")
        return value, {"activation": f"{value}, from metadata {key!r}"}, ()
    if wanted is not None:
        return wanted, {"activation": f"{wanted}, as the caller says"}, ()
    if usual := metadata.get("usual_activation"):
        return (
            usual,
            {"activation": f"{usual}, the default of the library with these names; none is named"},
            ("activation",),
        )
    return "tanh", {"activation": "tanh, the default of torch.nn.RNN; none is named"}, ("activation",)

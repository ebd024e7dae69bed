r"""Settings that say that a network does more than its arrays show: a residual, a normalization, another σ of the outputs.

None of them is an array, so nobody misses what they stand for. Where the author's own settings have one, that is remarked; where it is a layer of a
library that is told so, it is refused, since the layer then does what no network here does:

>>> list(flagged("cfg", {"residual": True, "output_activation": "sigmoid", "layer_norm": False}))
["residual = True, stated as 'cfg.residual', is not taken in", "output_activation = sigmoid, stated as 'cfg.output_activation', is not taken in"]
>>> refuse_layer_options("rnn.cell", {"residual": True})
Traceback (most recent call last):
...
emt_theory.errors.InvalidNetwork: 'rnn.cell' adds its state to W_hh h (residual=True), which no array says; give its arrays alone, with
W_hh + I in place of W_hh
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.text import cut, shown
from emt_theory.networks.reading.stated import names_sigma, plain_name, spelled

_BEHIND = frozenset(
    f"{before}{name}"
    for before in ("output", "out", "readout", "final")
    for name in ("activation", "activationfn", "activationfunction", "act", "actfn", "nonlinearity", "nonlin")
)
_LINEAR = ("identity", "linear")
_BACKWARDS = frozenset({"reverse", "gobackwards", "bidirectional"})
_MORE = _BACKWARDS | {
    f"{before}{name}"
    for before in ("", "use", "with")
    for name in (
        "residual",
        "residuals",
        "residualconnection",
        "residualconnections",
        "skip",
        "skipconnection",
        "skipconnections",
        "layernorm",
        "batchnorm",
        "dale",
        "daleslaw",
        "attention",
    )
}


def names_behind(key: str) -> bool:
    """Whether σ of the outputs is looked for under this name."""
    return plain_name(key) in _BEHIND


def flagged(place: str, items: Mapping[str, Any]) -> Iterator[str]:
    """A remark for each of these settings that says that the network does more."""
    for key, value in items.items():
        if (
            names_sigma(key)
            and isinstance(value, list | tuple)
            and value
            and all(isinstance(one, str) for one in value)
        ):
            yield f"{cut(key)} = {cut(str(list(value)))}, stated as {shown(_join(place, key))}, is no σ: one name is needed"
        said = spelled(value) if names_behind(key) else None
        bent = said is not None and plain_name(said) not in _LINEAR
        if bent or (value is True and plain_name(key) in _MORE):
            yield f"{cut(key)} = {cut(said) if said else value}, stated as {shown(_join(place, key))}, is not taken in"


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def refuse_layer_options(place: str, items: Mapping[str, Any]) -> None:
    """Refuse a library's layer that is told to do what no network here does.

    Raises:
        InvalidNetwork: if it reads sequences from their end, or adds its state to what σ is applied to.
    """
    for key, value in items.items():
        name, where = plain_name(key), shown(place) if place else "the layer"
        if value is True and name in _BACKWARDS:
            raise InvalidNetwork(
                f"{where} reads a sequence from its end ({key}=True), so that a state depends on inputs that are still to come; only the other "
                "direction is supported"
            )
        if value is True and name == "residual":
            raise InvalidNetwork(
                f"{where} adds its state to W_hh h ({key}=True), which no array says; give its arrays alone, with W_hh + I in place of W_hh"
            )

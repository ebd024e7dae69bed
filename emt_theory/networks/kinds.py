"""The kinds of network that have weights: what files, training and certificates call a cell.

A new kind is one final class of `emt_theory.networks.network.Network`, and its entry here.

>>> kind_of_rows(12, 4), kind_of_rows(5, 4)
('gru', None)
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import choice
from emt_theory.networks.elman import ElmanRNN
from emt_theory.networks.gru import GRU
from emt_theory.networks.leaky import LeakyRNN
from emt_theory.networks.lstm import LSTM
from emt_theory.networks.network import Network

KINDS: dict[str, type[Network]] = {kind.kind: kind for kind in (ElmanRNN, GRU, LSTM, LeakyRNN)}
"""Every kind, by its name."""


def kind(name: object) -> type[Network]:
    """The class of the networks of this kind.

    Raises:
        InvalidOption: if there is none; names the nearest.

    >>> kind("gru")
    <class 'emt_theory.networks.gru.GRU'>
    """
    return KINDS[choice("cell", name, KINDS, InvalidOption)]


def kind_of_rows(rows: int, n: int) -> str | None:
    """The kind whose recurrent weights have this many rows, for N = n: one, three or four times N; None if there is none."""
    return next((name for name, made in KINDS.items() if n > 0 and rows == n * (len(made.gates) or 1)), None)


def are_alike(one: str, other: str) -> bool:
    """Whether names and shapes of arrays do not tell two kinds apart: then it has to be said which is meant."""
    a, b = KINDS[one], KINDS[other]
    return a.arrays() == b.arrays() and (len(a.gates) or 1) == (len(b.gates) or 1)


def takes(made: type[Network], option: str) -> bool:
    """Whether networks of this kind have such an attribute to choose, as an Elman network has its activation."""
    return any(f.name == option for f in fields(made))  # type: ignore[arg-type]


def build(name: str, arrays: dict[str, Any], **options: Any) -> Network:
    """A network of this kind; options that it does not take are left out."""
    made = kind(name)
    return made(**arrays, **{key: value for key, value in options.items() if takes(made, key)})

"""The kinds of network that a file can hold: their class, the names of their arrays, their gates.

>>> KINDS["gru"].network.__name__, KINDS["gru"].gates, kind_by_rows(12, 4)
('GRU', 'rzn', 'gru')
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from emt_theory.errors import InvalidNetwork
from emt_theory.networks.elman import WEIGHTS, ElmanRNN
from emt_theory.networks.gates import ARRAYS
from emt_theory.networks.gru import GRU
from emt_theory.networks.lstm import LSTM

Kind = Literal["elman", "gru", "lstm"]
Recurrent: TypeAlias = ElmanRNN | GRU | LSTM


class Form(NamedTuple):
    """What a network of some kind is made of.

    Attributes:
        network: its class.
        arrays: what its arrays are called.
        gates: one letter for each gate; none for an Elman network, which has a σ, a phase input and a twin instead.
    """

    network: type[Recurrent]
    arrays: tuple[str, ...]
    gates: str = ""


KINDS: dict[Kind, Form] = {
    "elman": Form(ElmanRNN, WEIGHTS),
    "gru": Form(GRU, ARRAYS, GRU.gates),
    "lstm": Form(LSTM, ARRAYS, LSTM.gates),
}


def kind_by_rows(rows: int, n: int) -> Kind | None:
    """The kind whose recurrent weights have this many rows: N for each gate, or just N.

    >>> kind_by_rows(5, 4) is None
    True
    """
    return next((kind for kind, form in KINDS.items() if 0 < max(1, len(form.gates)) * n == rows), None)


def kind_of(net: object) -> Kind:
    """The kind of a network.

    Raises:
        InvalidNetwork: if it is of none that has weights.
    """
    for kind, form in KINDS.items():
        if isinstance(net, form.network):
            return kind
    raise InvalidNetwork(f"expected an ElmanRNN, GRU or LSTM; got {type(net).__name__}, which has no weights to write")

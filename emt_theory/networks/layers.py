"""A recurrent layer as it was recognized in a file: which kind, how many units, and where each of its weights comes from.

>>> from emt_theory.networks.sources import alone
>>> layer = Layer("weight_hh_l0", "gru", 4, {"weight_hh_l0": alone("weight_hh_l0"), "weight_ih_l0": alone("weight_ih_l0")})
>>> layer.keys
('weight_hh_l0', 'weight_ih_l0')
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from emt_theory.networks.elman import ElmanRNN
from emt_theory.networks.gru import GRU
from emt_theory.networks.lstm import LSTM
from emt_theory.networks.sources import Source
from emt_theory.networks.zips import shown

Cell = Literal["elman", "gru", "lstm"]
Shapes: TypeAlias = Mapping[str, tuple[int, ...]]

NAMES: dict[Cell, tuple[str, ...]] = {
    "elman": (*ElmanRNN.WEIGHTS, *ElmanRNN.BIASES),
    "gru": (*GRU.WEIGHTS, *GRU.BIASES),
    "lstm": (*LSTM.WEIGHTS, *LSTM.BIASES),
}
"""What the arrays of a network are called, by kind."""


def kind_of(rows: int, n: int) -> Cell | None:
    """What has this many rows in its recurrent weights: one, three or four times N.

    >>> kind_of(12, 4), kind_of(5, 4)
    ('gru', None)
    """
    gates: dict[int, Cell] = {n: "elman", 3 * n: "gru", 4 * n: "lstm"}
    return gates.get(rows) if n > 0 else None


@dataclass(frozen=True)
class Layer:
    """A recurrent layer in a file.

    Attributes:
        name: the key by which it was recognized.
        cell: ``"elman"``, ``"gru"`` or ``"lstm"``.
        hidden: N.
        weights: where each weight comes from, by the name that the network has for it. Some keys may be missing in the file.
    """

    name: str
    cell: Cell
    hidden: int
    weights: Mapping[str, Source]

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys of the file that it uses."""
        return tuple(key for source in self.weights.values() for key in source.keys)

    def missing(self, key: str) -> str:
        """Which weights are incomplete without this key."""
        name = next(name for name, source in self.weights.items() if key in source.keys)
        return f"no {'input' if name in ('W_uh', 'weight_ih_l0') else 'recurrent'} weights"


def listed(keys: Sequence[str]) -> str:
    """The keys, quoted, in order: for messages."""
    return " and ".join(map(shown, sorted(keys)))

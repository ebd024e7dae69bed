r"""The arrays of a file as the pieces of cells: what stands under one head, by the names that their authors gave, whatever their spelling.

    rnn.W_rec                 head "rnn.", name "wrec"      an array, which may multiply from either side
    rnn.W_rec.weight          the same piece                as in `torch.nn.Linear`:  W x      from the left
    rnn.W_rec.kernel          the same piece                as in a Dense of Flax:    x W      from the right

>>> found = cells({"rnn.W_rec.weight": (3, 3), "rnn.W_rec.bias": (3,), "rnn.W_in": (2, 3)})["rnn."]
>>> found.matrix(["wrec"]), found.matrix(["win"])
(Piece(key='rnn.W_rec.weight', side='left', bias='rnn.W_rec.bias'), Piece(key='rnn.W_in', side=None, bias=None))
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from emt_theory.networks.reading.layers import Shapes

_SIDES = {"weight": "left", "kernel": "right"}


class Piece(NamedTuple):
    """An array.

    Attributes:
        key: its key.
        side: the side from which it multiplies, ``"left"`` or ``"right"``, where its module says so.
        bias: the key of the bias of its module.
    """

    key: str
    side: str | None
    bias: str | None


@dataclass(frozen=True)
class Cell:
    """What stands under one head.

    Attributes:
        shapes: the shapes of all arrays of the file.
        pieces: the pieces under this head, by name, in lower case and without underscores.
    """

    shapes: Shapes
    pieces: dict[str, list[Piece]]

    def matrix(self, names: Sequence[str]) -> Piece | None:
        """The one matrix that has one of these names; None if there is none, or several."""
        found = [piece for piece in self._named(names) if len(self.shapes[piece.key]) == 2]
        return found[0] if len(found) == 1 else None

    def vectors(self, names: Sequence[str]) -> Iterator[str]:
        """The keys of plain vectors of such names, a row or a column among them."""
        for piece in self._named(names):
            shape = self.shapes[piece.key]
            if not piece.side and shape and max(shape) == _size(shape):
                yield piece.key

    def _named(self, names: Sequence[str]) -> list[Piece]:
        return [piece for name in names for piece in self.pieces.get(name, ())]


def cells(shapes: Shapes) -> dict[str, Cell]:
    """The cells of a file, by their heads."""
    return _cells(tuple(shapes.items()))


@lru_cache(maxsize=1)
def _cells(items: tuple[tuple[str, tuple[int, ...]], ...]) -> dict[str, Cell]:
    """As above; every naming asks, and a file may have many keys."""
    shapes = dict(items)
    found = defaultdict[str, dict[str, list[Piece]]](lambda: defaultdict(list))
    for key in sorted(shapes):
        *before, last = re.split(r"(?<=[./])", key)
        last = re.sub(r":\d+$", "", last)
        side = _SIDES.get(last.lower()) if before else None
        name, head = (before[-1][:-1], "".join(before[:-1])) if side else (last, "".join(before))
        bias = f"{key[: -len(last)]}bias" if side else None
        found[head][name.lower().replace("_", "")].append(Piece(key, side, bias if bias in shapes else None))
    return {head: Cell(shapes, dict(pieces)) for head, pieces in found.items()}


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for length in shape:
        size *= length
    return size

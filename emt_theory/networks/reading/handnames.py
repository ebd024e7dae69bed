r"""Layers under the names that people give to cells of their own, in any spelling: case and underscores do not matter.

    recurrent, input, read-out          biases                 whose
    W     U     V                       b         c            Goodfellow, Bengio & Courville, Deep Learning, 10.2; also W input and U recurrent
    Wh    Wx    Wy                      bh        by
    h2h   i2h   h2o                                            also hh, ih, ho, and input2h
    W_rec W_in  W_out                   b_rec     b_out
    Whh   Wxh   Why                     bh        by           Karpathy's min-char-rnn; from the right in Dive into Deep Learning (W_hq)
    wR    wI    wO                      bR        bO           computation-thru-dynamics
    J     B     W                       bx        bz           Sussillo & Barak, Neural Computation 25 (2013)

A module with a ``weight``, as `torch.nn.Linear`, multiplies from the left, one with a ``kernel`` from the right. Of plain arrays the shapes tell:

    h ← σ(W h + U x)     U is (N, d_in),  the read-out (d_out, N)       from the left
    h ← σ(h W + x U)     U is (d_in, N),  the read-out (N, d_out)       from the right: then W is transposed too

and also biases that are columns. Where all are square, or they disagree, nothing tells, and both calls are named.

>>> [layer] = hand_layers(["Wh"], {"Wh": (4, 4), "Wx": (2, 4), "Wy": (4, 3), "bh": (4,)})
>>> {name: str(source) for name, source in layer.weights.items()}
{'W_hh': 'Wh.T', 'W_uh': 'Wx.T', 'b_h': 'bh', 'W_hy': 'Wy.T'}
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.text import cut, listed
from emt_theory.networks.reading.expressions import Expression, summed
from emt_theory.networks.reading.expressions import key as array_of
from emt_theory.networks.reading.layers import Layer, Shapes, call
from emt_theory.networks.reading.pieces import Cell, Piece, cells

_HIDDEN = (("bh", "bx", "br", "bw", "bu", "brec", "bhh", "bxh", "bih", "bhidden"), ("b", "bias"))
_READ = (("by", "bo", "bv", "bz", "bq", "bout", "bhy", "bho", "bhq"), ("c",))
"""What biases are called: by names of their own, or, where there is none, by one that says nothing."""
_OTHERS = re.compile(
    r"(?:.*[./])?(?:att|\w*(?:attn|attention)\w*|(?:RNNCell|VanillaRNN)\d*)[./](?:.*[./])?", re.IGNORECASE
)
"""Heads under which W, U and V are no recurrent network, or one of a library."""
LEAKY = (
    "networks under such names often leak, and no array holds α: its units leak only if alpha=dt/τ and leak= are passed"
)
"""The remark on names under which units most often leak."""


@dataclass(frozen=True)
class Hand:
    """How people call the three matrices of a cell, in lower case and without underscores.

    Attributes:
        recurrent: W.
        driven: U.
        read: V.
        leaky: how the input weights are called where units most often leak.
    """

    recurrent: tuple[str, ...]
    driven: tuple[str, ...]
    read: tuple[str, ...]
    leaky: tuple[str, ...] = ()


HANDS: dict[str, Hand] = {
    "W": Hand(("w",), ("u",), ("v",)),
    "U": Hand(("u",), ("w",), ("v",)),
    "Wh": Hand(("wh",), ("wx", "wi"), ("wy", "wo")),
    "h2h": Hand(
        ("h2h", "hh", "hidden2hidden"),
        ("i2h", "x2h", "ih", "xh", "in2h", "input2h", "input2hidden"),
        ("h2o", "ho", "h2y", "h2out", "hidden2output"),
        leaky=("input2h",),
    ),
    "W_rec": Hand(("wrec",), ("win",), ("wout",), leaky=("win",)),
    "Whh": Hand(("whh",), ("wxh", "wih"), ("why", "who", "whq")),
    "wR": Hand(("wr",), ("wi",), ("wo",)),
    "J": Hand(("j",), ("b",), ("w",), leaky=("b",)),
}
"""Every habit, by how it calls the recurrent weights."""


@dataclass(frozen=True)
class _Found:
    """A cell whose matrices have such names.

    Attributes:
        hand: whose names they are.
        cell: the cell.
        n: N.
        recurrent, driven, read: the matrices.
        behind: the cell where the read-out is, which may be another.
    """

    hand: Hand
    cell: Cell
    n: int
    recurrent: Piece
    driven: Piece
    read: Piece | None
    behind: Cell

    @property
    def matrices(self) -> tuple[Piece, ...]:
        """Those that there are."""
        return (self.recurrent, self.driven, *([self.read] if self.read else []))

    def votes(self) -> set[str]:
        """From which side plain arrays multiply, as far as their shapes tell."""
        # U is (N, d) and V is (d, N) from the left; from the right it is the other way round. A square says nothing.
        plain = [(piece, place) for piece, place in ((self.driven, 0), (self.read, 1)) if piece and not piece.side]
        sides = [("left", place) for _, place in plain], [("right", 1 - place) for _, place in plain]
        found = set[str]()
        for (piece, _), *choices in zip(plain, *sides, strict=True):
            shape = self.cell.shapes[piece.key]
            fitting = [side for side, place in choices if shape[place] == self.n]
            found |= set(fitting) if len(fitting) == 1 else set()
        return found or self._of_biases()

    def _of_biases(self) -> set[str]:
        """A column is added to W h; a row may be added to h W or to h W^T."""
        shapes = {self.cell.shapes[key] for names in _HIDDEN for key in self.cell.vectors(names)}
        return {"left"} if (self.n, 1) in shapes and self.n > 1 else set()

    def layer(self, side: str) -> Layer:
        """The layer, if plain arrays multiply from this side."""
        hh, ih = (_oriented(piece, side) for piece in (self.recurrent, self.driven))
        hidden = self._biases(self.cell, _HIDDEN, self.n, (self.recurrent, self.driven))
        layer = Layer.of(self.recurrent.key, "elman", self.n, hh, ih, summed(hidden) if hidden else None)
        weights = dict(layer.weights)
        if self.read:
            weights["W_hy"] = out = _oriented(self.read, side)
            shape = self.cell.shapes[self.read.key]
            if shown := self._biases(self.behind, _READ, shape[1] if out.op == "T" else shape[0], (self.read,)):
                weights["b_y"] = summed(shown)
        leaks = self.cell.matrix(self.hand.leaky) == self.driven
        return replace(layer, weights=weights, remarks=(LEAKY,) if leaks else ())

    def _biases(self, cell: Cell, groups: Sequence[Sequence[str]], size: int, modules: Sequence[Piece]) -> list[str]:
        """The keys of the biases of modules, and of plain ones of this size; what is not among them is refused later."""
        used = {piece.key for piece in self.matrices}
        own = [piece.bias for piece in modules if piece.bias]
        plain = [
            [key for key in cell.vectors(names) if key not in used and max(cell.shapes[key]) == size]
            for names in groups
        ]
        return own + next((keys for keys in plain if keys), [])


def _oriented(piece: Piece, side: str) -> Expression:
    return array_of(piece.key, transposed=(piece.side or side) == "right")


def hand_layers(names: Sequence[str], shapes: Shapes) -> list[Layer]:
    """The layers under the names of these habits.

    Args:
        names: keys of `HANDS`.
        shapes: the shape of every array.

    Raises:
        InvalidNetwork: if shapes do not tell from which side plain arrays multiply, or which of two is recurrent.
    """
    under = [cell for head, cell in cells(shapes).items() if not _OTHERS.fullmatch(head)]
    found = [match for cell in under for name in names if (match := _found(HANDS[name], cell))]
    for one, other in pairwise(found):
        if one.recurrent == other.driven:
            first, second = (call(_names(match.layer("left"))) for match in (one, other))
            raise InvalidNetwork(
                f"{_keys(one)} do not tell which is recurrent and which the input weights; say it: {first}; or the other way round: {second}"
            )
    if len(found) == 1 and not found[0].read:
        elsewhere = [(piece, cell) for cell in under if (piece := cell.matrix(found[0].hand.read))]
        found = (
            [replace(found[0], read=piece, behind=cell) for piece, cell in elsewhere] if len(elsewhere) == 1 else found
        )
    side = _side(found)
    known = side if any(match.votes() for match in found) else None
    return [replace(match.layer(side), side=known) for match in found]


def _found(hand: Hand, cell: Cell) -> _Found | None:
    recurrent = cell.matrix(hand.recurrent)
    driven = cell.matrix(hand.driven) if recurrent else None
    if not recurrent or not driven or cell.matrix(("recconnectivity",)):  # PsychRNN's, which are leaky
        return None
    rows, n = cell.shapes[recurrent.key]
    fits = rows == n and n in cell.shapes[driven.key]
    return _Found(hand, cell, n, recurrent, driven, cell.matrix(hand.read), cell) if fits else None


def _side(found: Sequence[_Found]) -> str:
    """From which side plain arrays multiply; all layers of a stack do alike."""
    votes = {side for match in found for side in match.votes()}
    plain = [match for match in found if any(not piece.side for piece in match.matrices) and match.n > 1]
    if len(votes) == 1 or not plain:
        return votes.pop() if votes else "left"
    why = "contradict each other" if votes else "do not tell"
    left, right = (call(_names(plain[-1].layer(side))) for side in ("left", "right"))
    raise InvalidNetwork(
        f"the shapes of {_keys(plain[-1])} {why}: do they multiply from the left, as in W h, or from the right, as in h W? Say which; left: {left}; "
        f"right: {right}"
    )


def _names(layer: Layer) -> dict[str, str]:
    return {name: str(source) for name, source in layer.weights.items()}


def _keys(match: _Found) -> str:
    return cut(listed(piece.key for piece in match.matrices), 200)

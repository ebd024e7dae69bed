r"""The weights in the basis of variables: what was N² numbers is the circuit, and a rest.

With X̃ = (X Ψ)⁻¹ X, which reads a variable where Ψ writes it, and N an orthonormal basis of what X̃ does not see, T = [Ψ N] is a basis of the state,

    T⁻¹ W T  =  [ X̃ W Ψ   X̃ W N ]       variables → variables    rest → variables
                [ Y W Ψ   Y W N ],      variables → rest         rest → rest,         Y = Nᵀ (I − Ψ X̃).

The circuit says what the first block is: Φ on the persistent variables, a *shift* of block b+1 to block b for all but the newest block, and one row
of blocks that writes it, the *composition*, F. Three maps are shown in it: the recurrent weights W themselves (of an Elman network), the step A along
trajectories, in which each unit's σ is the line that fits it best, and the secant map of the states. W alone is larger than Φ where units saturate:
what σ' takes away it has to give.

Source: new; the blocks are those of arXiv 2310.02430, equation 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence.lasting import Lasting
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.ground.text import shows

SHIFT, COMPOSITION, NOTHING = "shift", "composition", "nothing"
"""What a block of Φ does: moves a block of variables to the next older one, writes the newest, or nothing."""


@shows
class Block(NamedTuple):
    """A block of Φ: which rows and columns, and what it is.

    Attributes:
        kind: "shift", "composition" or "nothing"; "all" where variables are no single components.
        name: in words.
        rows, columns: the variables.
    """

    kind: str
    name: str
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]


@dataclass(frozen=True)
class BlockResidual(Record):
    """How far a map is from Φ in one block.

    Attributes:
        block: what it is.
        largest: the largest |entry − Φ's|.
        rms: the root of their mean square.
    """

    block: str
    largest: float
    rms: float

    def __str__(self) -> str:
        return f"{self.block}: within {self.largest:.2g}"


@dataclass(frozen=True, eq=False, repr=False)
class MapInBasis(Record):
    """One map of the state in the basis of variables.

    Attributes:
        name: "weights", "step" or "secant".
        matrix: variables → variables, shape (k, k).
        residual: its distance from Φ, entry by entry, of the same shape.
        blocks: the residuals, block by block.
        whole: T⁻¹ M T, variables first, shape (S, S).
        to_rest: how much of what variables become is no variable, ‖Y M Ψ‖ / ‖M Ψ‖.
        from_rest: how much of what becomes variables came from none, at the states that occur: √(E‖X̃ M N n‖² / E‖X̃ M (z − μ)‖²), n = Y(z − μ).
    """

    JSON = ("name", "matrix", "largest", "blocks", "to_rest", "from_rest", "rest")

    name: str
    matrix: Array
    residual: Array
    blocks: tuple[BlockResidual, ...]
    whole: Array
    to_rest: float
    from_rest: float

    @property
    def largest(self) -> float:
        """The largest distance from Φ of any entry."""
        return float(np.abs(self.residual).max(initial=0.0))

    @property
    def rest(self) -> float:
        """The spectral radius of what is left, Y M N: below 1, and the rest dies."""
        k = len(self.matrix)
        return float(np.abs(np.linalg.eigvals(self.whole[k:, k:])).max(initial=0.0))

    def __str__(self) -> str:
        worst = max(self.blocks, key=lambda one: one.largest, default=None)
        return f"{self.name}: within {self.largest:.2g} of Φ" + (f", the worst in {worst.block}" if worst else "")

    def __repr__(self) -> str:
        return f"MapInBasis({self})"


def _share(part: Array, whole: Array) -> float:
    size = float(np.linalg.norm(whole))
    return float(np.linalg.norm(part)) / size if size else 0.0


@dataclass(frozen=True, eq=False)
class Frame:
    """The basis T = [Ψ N] of a state and its inverse [X̃; Y].

    Attributes:
        encoder: Ψ, shape (S, k).
        decoder: X, shape (k, S).
        states: some states that occur, z − μ, shape (rows, S).
    """

    encoder: Array
    decoder: Array
    states: Array

    @cached_property
    def rest(self) -> Array:
        """N, an orthonormal basis of what X does not see, shape (S, S − k)."""
        rank = min(self.decoder.shape)
        return np.asarray(np.linalg.svd(self.decoder)[2][rank:].T, dtype=np.float64)

    @cached_property
    def columns(self) -> Array:
        """T, shape (S, S)."""
        return np.concatenate([self.encoder, self.rest], axis=1)

    @cached_property
    def rows(self) -> Array:
        """T⁻¹, shape (S, S); where variables share a direction, the pseudo-inverse."""
        reader = np.linalg.pinv(self.decoder @ self.encoder) @ self.decoder
        return np.concatenate([reader, self.rest.T @ (np.eye(len(self.encoder)) - self.encoder @ reader)])

    def express(self, name: str, matrix: Array, lasting: Lasting) -> MapInBasis:
        """A map of states in this basis, beside Φ."""
        whole, k = self.rows @ matrix @ self.columns, lasting.size
        found = whole[:k, :k]
        residual = found - lasting.phi
        blocks = tuple(
            BlockResidual(one.name, float(np.abs(part).max()), float(np.sqrt(np.mean(part**2))))
            for one in blocks_of(lasting)
            for part in (residual[np.ix_(one.rows, one.columns)],)
        )
        from_rest = _share(self.states @ (whole[:k, k:] @ self.rows[k:]).T, self.states @ (self.rows[:k] @ matrix).T)
        return MapInBasis(name, found, residual, blocks, whole, _share(whole[k:, :k], matrix @ self.encoder), from_rest)


def blocks_of(lasting: Lasting) -> tuple[Block, ...]:
    """The blocks of Φ on the lasting coordinates, each named."""
    return name_blocks(lasting.phi, lasting.slots, lasting.task.num_variables)


def name_blocks(phi: Array, slots: Sequence[tuple[int, int]] | None, newest: int) -> tuple[Block, ...]:
    """The blocks of a map of variables, each named: shifts, compositions, and where the map is 0, "nothing".

    Args:
        phi: the map, shape (k, k).
        slots: (block, component) of each variable; None where they are no single components.
        newest: the number of the newest block, s.
    """
    if slots is None:
        everything = np.arange(len(phi))
        return (Block("all", "all lasting coordinates", everything, everything),)
    block_of = np.array([block for block, _ in slots])
    found: list[Block] = []
    for row in np.unique(block_of).tolist():
        for column in np.unique(block_of).tolist():
            rows, columns = np.flatnonzero(block_of == row), np.flatnonzero(block_of == column)
            there = bool(phi[np.ix_(rows, columns)].any())
            if row == newest and there:
                kind, name = COMPOSITION, f"block {column} → outputs"
            elif column == row + 1 and there:
                kind, name = SHIFT, f"block {column} → block {row}"
            else:
                kind, name = NOTHING, f"block {column} → block {row}"
            found.append(Block(kind, f"{kind}: {name}", rows, columns))
    return tuple(found)

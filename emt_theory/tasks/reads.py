"""The reads of a selection task: which component each output copies, kept as three arrays.

>>> reads = Reads.of([(2, 1, -1), (1, 0)])
>>> reads[0], reads.components.tolist(), reads == (Read(2, 1, -1), Read(1, 0))
(Read(block=2, component=1, sign=-1), [1, 0], True)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidTask
from emt_theory.ground.arguments import is_integer, sequence
from emt_theory.ground.listed import Listed
from emt_theory.ground.text import shown, shows


@shows
class Read(NamedTuple):
    """Where an output of a selection task comes from.

    Attributes:
        block: 1 (oldest) … s (newest).
        component: 0 … d−1.
        sign: +1 or −1.
    """

    block: int
    component: int
    sign: int = 1


class Reads(Listed[Read]):
    """One read for each output.

    Attributes:
        blocks: 1 (oldest) … s (newest), read-only, shape (d,); so are the others.
        components: 0 … d−1.
        signs: +1 or −1.
    """

    def __init__(self, blocks: NDArray[Any], components: NDArray[Any], signs: NDArray[Any]) -> None:
        self.blocks, self.components, self.signs = (_kept(array) for array in (blocks, components, signs))

    @classmethod
    def of(cls, reads: Any) -> Reads:
        """The reads that a list of (block, component) or (block, component, sign) holds.

        Raises:
            InvalidTask: if it is no list, or an entry is no read of integers.
        """
        if isinstance(reads, Reads):
            return reads
        listed = [_whole_read(read, c) for c, read in enumerate(sequence("reads", reads, InvalidTask))]
        columns = zip(*listed, strict=True) if listed else ((), (), ())
        try:
            blocks, components, signs = (np.array(column, dtype=np.int64) for column in columns)
        except OverflowError:
            c = next(c for c, read in enumerate(listed) if max(map(abs, read)) >= 2**63)
            raise InvalidTask(f"the read of output {c} is out of range: {shown(tuple(listed[c]))}") from None
        return cls(blocks, components, signs)

    def __len__(self) -> int:
        return len(self.blocks)

    def item(self, place: int) -> Read:
        """The read of an output."""
        return Read(int(self.blocks[place]), int(self.components[place]), int(self.signs[place]))

    def __iter__(self) -> Iterator[Read]:
        columns: Iterable[Any] = (self.blocks.tolist(), self.components.tolist(), self.signs.tolist())
        return map(Read, *columns)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Reads):
            pairs = zip(self.arrays, other.arrays, strict=True)
            return all(np.array_equal(mine, theirs) for mine, theirs in pairs)
        return super().__eq__(other)

    __hash__ = Listed[Read].__hash__

    @property
    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Blocks, components and signs."""
        return self.blocks, self.components, self.signs


def _kept(array: NDArray[Any]) -> NDArray[np.int64]:
    kept = np.array(array, dtype=np.int64)
    kept.flags.writeable = False
    return kept


def _whole_read(read: Any, output: int) -> Read:
    if type(read) is Read and type(read.block) is type(read.component) is type(read.sign) is int:
        return read
    parts = read if isinstance(read, list | tuple) else ()
    if len(parts) not in (2, 3) or not all(map(is_integer, parts)):
        raise InvalidTask(f"the read of output {output} must be (block, component, sign), integers; got {shown(read)}")
    return Read(*map(int, parts))

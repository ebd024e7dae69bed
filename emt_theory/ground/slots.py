"""Where a memory component stands: (block, component), or flat.

A memory holds s variables of dimension d, oldest first, stacked to n = s·d components. Component c of block k, k = 1 (oldest) … s (newest), is flat
component j, and block k holds what was seen s − k steps ago:

    j = (k − 1)·d + c,        k = j // d + 1,  c = j % d

>>> slots = Slots(num_variables=3, dim=2)
>>> slots.flat(3, 1), slots.place(5), slots.block(2), slots.newest, slots.lag(2)
(5, Place(block=3, component=1), range(2, 4), range(4, 6), 2)
"""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A memory component.

    Attributes:
        block: 1 (oldest) … s (newest).
        component: 0 … d − 1.
    """

    block: int
    component: int


class Slots(NamedTuple):
    """The components of a memory of s variables of dimension d.

    Attributes:
        num_variables: s.
        dim: d.
    """

    num_variables: int
    dim: int

    @property
    def size(self) -> int:
        """n = s·d."""
        return self.num_variables * self.dim

    def flat(self, block: int, component: int) -> int:
        """The flat index of a component of a block."""
        return (block - 1) * self.dim + component

    def place(self, flat: int) -> Place:
        """The block and component of a flat index."""
        return Place(flat // self.dim + 1, flat % self.dim)

    def block(self, block: int) -> range:
        """The flat indices of a block."""
        return range((block - 1) * self.dim, block * self.dim)

    @property
    def newest(self) -> range:
        """The flat indices of block s."""
        return self.block(self.num_variables)

    def lag(self, block: int) -> int:
        """How many steps before the next one the content of a block was made: u(t − lag) stands in block s + 1 − lag."""
        return self.num_variables + 1 - block

"""How many states are left after 0, 1, 2, … steps, and what follows from that alone: whether states are enumerated or counted by algebra.

>>> class Three(Images):
...     images = (8, 4, 2)
>>> Three().tail, Three().zero_blocks
(2, ((1, 2), (2, 2)))
"""

from __future__ import annotations


class Images:
    """What has `images`: |X|, |GX|, |G²X|, … down to |R|."""

    images: tuple[int, ...]

    @property
    def recurrent(self) -> int:
        """|R|, the number of states on cycles."""
        return self.images[-1]

    @property
    def tail(self) -> int:
        """After so many steps every state is on a cycle; the least such number."""
        return len(self.images) - 1

    @property
    def reversible(self) -> bool:
        """Whether every state has one predecessor: nothing is ever forgotten."""
        return self.tail == 0

    @property
    def zero_blocks(self) -> tuple[tuple[int, int], ...]:
        """(size, how many) of the Jordan blocks of K φ = φ∘G at 0: |G^{k−1}X| − 2|G^kX| + |G^{k+1}X| have size k."""
        sizes = [*self.images, self.recurrent]
        found = ((k, sizes[k - 1] - 2 * sizes[k] + sizes[k + 1]) for k in range(1, len(self.images)))
        return tuple((k, count) for k, count in found if count)

"""A sequence that is kept as arrays, whose items are made when they are looked at.

Ten million reads or cycles are three arrays of 80 MB; as tuples they were gigabytes. To whoever goes through it, it is the tuple of its items:

>>> class Squares(Listed[int]):
...     def __len__(self): return 3
...     def item(self, place): return place**2
>>> Squares() == (0, 1, 4), Squares()[1:], Squares()[-1], Squares()
(True, (1, 4), 4, (0, 1, 4))
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, overload

from emt_theory.ground.text import Shown

Item = TypeVar("Item", covariant=True)


class Listed(Shown, Sequence[Item]):
    """A tuple that makes its items on demand: equal to that tuple, with its hash and its text."""

    @abstractmethod
    def item(self, place: int) -> Item:
        """The item at a place from 0 to len − 1."""

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Item, ...]: ...
    def __getitem__(self, index: int | slice) -> Item | tuple[Item, ...]:
        places = range(len(self))[index]
        return tuple(map(self.item, places)) if isinstance(places, range) else self.item(places)

    def __iter__(self) -> Iterator[Item]:
        return map(self.item, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Listed | tuple):
            return NotImplemented
        listed: Sequence[Any] = other
        return len(self) == len(listed) and all(a == b for a, b in zip(self, listed, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

"""Edits of a memory: what is to be changed, where, and when.

An edit is a value. It names a step t, a slot, and a map e on memories; a slot is (block, component), a flat index, or a whole `Block`. Steps are
theory's: an edit at t changes the memory m(t) = (u(t−s+1); …; u(t)), and the first output that can differ is y(t+1).

============== ======================================================
edit           the memory e(m) afterwards
============== ======================================================
`Flip`         the slot holds −m_j
`Set`          the slot holds a given value
`Swap`         two slots have exchanged what they hold
`Ablate`       the slot holds 0
`Transplant`   the slot holds what another sequence holds in it at t
`NoOp`         m: the control
============== ======================================================

>>> from emt_theory import derive
>>> from emt_theory.evidence.memories import persistent_dynamics
>>> from emt_theory.tasks import repeat_copy
>>> persistent = persistent_dynamics(derive(repeat_copy(num_variables=2, dim=1)))
>>> import numpy as np
>>> memory = np.array([[1.0, -1.0], [1.0, 1.0]])
>>> Flip(5, slot=(1, 0)).change(memory, persistent).tolist()
[[-1.0, -1.0], [-1.0, 1.0]]
>>> Swap(5, slot=(1, 0), other=(2, 0)).change(memory, persistent).tolist()
[[-1.0, 1.0], [1.0, 1.0]]

Where an edit leaves a memory as it is, like the second row here, nothing would be done, and `apply` refuses it. Who wants the control says so with
`NoOp`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import isfinite
from typing import ClassVar, SupportsIndex

from emt_theory.errors import InvalidOption
from emt_theory.evidence.memories import Persistent
from emt_theory.ground.arguments import is_integer, real
from emt_theory.ground.arrays import Array
from emt_theory.ground.text import Shown, shown


@dataclass(frozen=True)
class Block(Shown):
    """A whole block as a slot: its persistent components.

    Attributes:
        block: 1 (oldest) … s (newest).

    >>> import numpy as np
    >>> from emt_theory import derive
    >>> from emt_theory.evidence.memories import persistent_dynamics
    >>> from emt_theory.tasks import repeat_copy
    >>> persistent = persistent_dynamics(derive(repeat_copy(num_variables=2, dim=2)))
    >>> Flip(5, slot=Block(1)).change(np.array([[1.0, -1.0, 1.0, 1.0]]), persistent).tolist()
    [[-1.0, 1.0, 1.0, 1.0]]
    """

    block: int

    def __str__(self) -> str:
        return f"block {self.block}"


Slot = tuple[int, int] | int | Block
"""(block, component), a flat index (block − 1)·d + component, or a whole block."""


@dataclass(frozen=True)
class Edit(ABC, Shown):
    """An edit of a memory; the table above lists them.

    Attributes:
        t: when, in steps: after step t.
        slot: where.
    """

    kind: ClassVar[str]
    t: int
    slot: Slot

    @abstractmethod
    def change(self, memory: Array, persistent: Persistent) -> Array:
        """e(m) for persistent memories m of shape (batch, m)."""

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots that it touches."""
        return (self.slot,)


@dataclass(frozen=True)
class Flip(Edit):
    """The slot's sign is changed.

    Attributes:
        t: when, in steps: after step t.
        slot: where.
    """

    kind = "flip"

    def change(self, memory: Array, persistent: Persistent) -> Array:
        """e(m) for persistent memories m of shape (batch, m)."""
        at = places(self.slot, persistent)
        return _replaced(memory, at, -memory[:, at])


@dataclass(frozen=True)
class Set(Edit):
    """The slot is given a value.

    Attributes:
        t: when, in steps: after step t.
        slot: where.
        value: what it holds afterwards, in the task's units.

    >>> import numpy as np
    >>> from emt_theory import derive
    >>> from emt_theory.evidence.memories import persistent_dynamics
    >>> from emt_theory.tasks import repeat_copy
    >>> persistent = persistent_dynamics(derive(repeat_copy(num_variables=2, dim=1)))
    >>> Set(5, slot=(1, 0), value=1).change(np.array([[1.0, -1.0], [-1.0, 1.0]]), persistent).tolist()
    [[1.0, -1.0], [1.0, 1.0]]
    """

    kind = "set"
    value: float

    def change(self, memory: Array, persistent: Persistent) -> Array:
        """e(m) for persistent memories m of shape (batch, m)."""
        if not isfinite(value := real("value", self.value)):
            raise InvalidOption(f"a slot can be set to a finite number; got {value!r}")
        return _replaced(memory, places(self.slot, persistent), value)


@dataclass(frozen=True)
class Swap(Edit):
    """Two slots exchange what they hold.

    Attributes:
        t: when, in steps: after step t.
        slot: one.
        other: the other, of the same size.
    """

    kind = "swap"
    other: Slot

    def change(self, memory: Array, persistent: Persistent) -> Array:
        """e(m) for persistent memories m of shape (batch, m)."""
        one, two = places(self.slot, persistent), places(self.other, persistent)
        if len(one) != len(two):
            raise InvalidOption(
                f"{show(self.slot)} has {len(one)} persistent components, {show(self.other)} has {len(two)}: "
                "only slots of one size can be swapped"
            )
        return _replaced(memory, one + two, memory[:, two + one])

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Both."""
        return self.slot, self.other


@dataclass(frozen=True)
class Ablate(Edit):
    """The slot is emptied: it holds 0, the mean of inputs ±1. An output that copies it has no sign left to predict.

    Attributes:
        t: when, in steps: after step t.
        slot: where.

    >>> import numpy as np
    >>> from emt_theory import derive
    >>> from emt_theory.evidence.memories import persistent_dynamics
    >>> from emt_theory.tasks import repeat_copy
    >>> persistent = persistent_dynamics(derive(repeat_copy(num_variables=2, dim=1)))
    >>> Ablate(5, slot=(1, 0)).change(np.array([[1.0, -1.0], [-1.0, 1.0]]), persistent).tolist()
    [[0.0, -1.0], [0.0, 1.0]]
    """

    kind = "ablate"

    def change(self, memory: Array, persistent: Persistent) -> Array:
        """e(m) for persistent memories m of shape (batch, m)."""
        return _replaced(memory, places(self.slot, persistent), 0.0)


@dataclass(frozen=True)
class Transplant(Edit):
    """The slot is given what another sequence holds in it at the same step, as read off that sequence's state by the decoder.

    Attributes:
        t: when, in steps: after step t.
        slot: where.
        source: the other sequence's index in the batch.

    >>> import numpy as np
    >>> from emt_theory import derive
    >>> from emt_theory.evidence.memories import persistent_dynamics
    >>> from emt_theory.tasks import repeat_copy
    >>> persistent = persistent_dynamics(derive(repeat_copy(num_variables=2, dim=1)))
    >>> Transplant(5, slot=(1, 0), source=1).change(np.array([[1.0, -1.0], [-1.0, 1.0]]), persistent).tolist()
    [[-1.0, -1.0], [-1.0, 1.0]]
    """

    kind = "transplant"
    source: int

    def change(self, memory: Array, persistent: Persistent) -> Array:
        """e(m) for persistent memories m of shape (batch, m); the source is one of them."""
        if not is_integer(self.source) or not 0 <= self.source < len(memory):
            raise InvalidOption(
                f"there is no sequence {shown(self.source)} to transplant from; there are {len(memory)}"
            )
        at = places(self.slot, persistent)
        return _replaced(memory, at, memory[self.source, at])


@dataclass(frozen=True)
class NoOp(Edit):
    """The control: the slot is given the very value that it holds, so exactly 0 is added to the state.

    Attributes:
        t: when, in steps: after step t.
        slot: where.
    """

    kind = "no-op"

    def change(self, memory: Array, persistent: Persistent) -> Array:
        """m itself, for persistent memories m of shape (batch, m)."""
        return _replaced(memory, at := places(self.slot, persistent), memory[:, at])


def places(slot: Slot, persistent: Persistent) -> list[int]:
    """Where a slot is among the persistent components.

    Raises:
        InvalidOption: if there is no such slot, or what it holds is not persistent.
    """
    slots = persistent.task.slots
    match slot:
        case Block(block=k):
            _require_block(k, slots.num_variables)
            flat = list(slots.block(k))
        case (k, c):
            _require_block(k, slots.num_variables)
            if not is_integer(c) or not 0 <= c < slots.dim:
                raise InvalidOption(f"components run from 0 to {slots.dim - 1}; got component {shown(c)}")
            flat = [slots.flat(k, c)]
        case j if isinstance(j, SupportsIndex) and is_integer(j) and 0 <= j < slots.size:
            flat = [int(j)]
        case _:
            raise InvalidOption(
                f"a slot is (block, component), a flat index 0 … {slots.size - 1}, or a Block; got {shown(slot)}"
            )
    found = [persistent.components.index(j) for j in flat if j in persistent.components]
    if not found:
        kept = ", ".join(map(show, persistent.slots[:4]))
        more = ", …" if len(persistent.components) > 4 else ""
        raise InvalidOption(
            f"{show(slot)} is not persistent: what it holds is forgotten. Persistent slots are {kept or 'none'}{more}"
        )
    return found


def show(slot: Slot) -> str:
    """A slot in words."""
    return str(slot) if isinstance(slot, Block) else f"slot {slot}"


def _require_block(block: int, s: int) -> None:
    if not is_integer(block) or not 1 <= block <= s:
        raise InvalidOption(f"blocks run from 1 (oldest) to {s} (newest); got {shown(block)}")


def _replaced(memory: Array, at: list[int], values: Array | float) -> Array:
    changed = memory.copy()
    changed[:, at] = values
    return changed

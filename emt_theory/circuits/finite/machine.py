r"""The fewest states that show what a finite task shows: its Nerode machine.

Two memories are one state of it when all outputs after them agree. The outputs of the first s steps *are* the memory at t = 2s, and all later ones
follow from that, so x and x′ agree for ever iff G^s x = G^s x′: the machine is G itself on G^sX, and has |G^sX| states.

>>> from emt_theory.tasks import parse
>>> minimal_machine(parse("xor")).size, minimal_machine(parse("majority")).size
(4, 2)

Over a field the same count is q^{rank O} (P11, P21). Source: the remark above, new; Nerode 1958 for the quotient, tests refine partitions instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits.finite.states import successors
from emt_theory.ground.arguments import integer
from emt_theory.ground.json import Record
from emt_theory.tasks.finite.task import FiniteTask, finite_task


@dataclass(frozen=True, repr=False)
class Machine(Record):
    """A deterministic machine with outputs.

    Attributes:
        size: how many states it has.
        following: the next state of each, shape (size,).
        shown: the variable that each shows, as the number that its d symbols write in base q, shape (size,).
        entered: the state that a memory at t = s enters in one step, by the number of the memory, shape (q^n,): it shows u(s+1).
    """

    JSON = ("size",)

    size: int
    following: NDArray[np.int64] = field(compare=False)
    shown: NDArray[np.int64] = field(compare=False)
    entered: NDArray[np.int64] = field(compare=False)

    def run(self, memory: int, steps: int) -> list[int]:
        """u(s+1), …, u(s+steps) after a memory, each as a number in base q.

        Raises:
            InvalidOption: if there is no such memory, or steps is negative.
        """
        first = integer("memory", memory, least=0, most=len(self.entered) - 1)
        state, found = int(self.entered[first]), list[int]()
        for _ in range(integer("steps", steps, least=0)):
            found.append(int(self.shown[state]))
            state = int(self.following[state])
        return found

    def __repr__(self) -> str:
        return f"Machine(size={self.size}, entered by {len(self.entered)} memories)"


def minimal_machine(task: FiniteTask) -> Machine:
    """The smallest machine that shows u(s+1), u(s+2), … after every memory.

    Raises:
        InvalidTask: if it is no finite task, or has more than 2²² states.
    """
    after = successors(finite_task(task))
    image = np.arange(len(after))
    for _ in range(task.num_variables):
        image = after[image]  # G^s, state by state
    kept, entered = np.unique(image, return_inverse=True)
    following = np.searchsorted(kept, after[kept])
    # G^s x holds u(s+1) in its oldest block.
    shown = kept // task.alphabet.size ** (task.components - task.dim)
    return Machine(len(kept), following, shown, entered.reshape(-1))

"""What a way to lay a task with an input at every step into weights is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from emt_theory.circuits.schemes.scheme import Allowance
from emt_theory.ground.json import Record
from emt_theory.networks import ExactRNN
from emt_theory.tasks.streams.machine import MachineTask


@dataclass(frozen=True)
class MachineScheme(Record, ABC):
    """A way to lay a machine into the weights of a network; its units hold parts of the machine's state, so there is one basis."""

    MOST_UNITS: ClassVar[int] = 2000
    name: ClassVar[str]

    @abstractmethod
    def verdict(self, task: MachineTask) -> Allowance:
        """Whether the scheme can show the task, and what is then exact."""

    @abstractmethod
    def units(self, task: MachineTask) -> int:
        """The fewest hidden units that the scheme needs, where it is allowed."""

    @abstractmethod
    def weights(self, task: MachineTask, hidden: int) -> ExactRNN:
        """The exact network of N = hidden units, at least `units(task)`, where it is allowed."""

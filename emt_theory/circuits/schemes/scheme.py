"""What a compilation scheme is: conditions on the task, and weights."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

from emt_theory.circuits.bases import Basis, BasisKind
from emt_theory.ground.json import Record
from emt_theory.networks import ExactRNN
from emt_theory.tasks import LinearTask


@dataclass(frozen=True)
class Allowance(Record):
    """What a scheme promises for a task.

    Attributes:
        allowed: whether the scheme may be compiled for the task at all.
        exact: what is right for all t > s: "values", "signs", or None when neither is promised.
        reason: why, with the number that decides.
    """

    allowed: bool
    exact: Literal["values", "signs"] | None
    reason: str

    @classmethod
    def refused(cls, reason: str) -> Allowance:
        """Not allowed, and why."""
        return cls(False, None, reason)


@dataclass(frozen=True)
class Scheme(Record, ABC):
    """A way to lay a circuit into the weights of a network.

    A scheme on its own, without parameters, has the ones that work for every task that it allows.
    """

    name: ClassVar[str]
    bases: ClassVar[tuple[BasisKind, ...]]
    why_only_these_bases: ClassVar[str] = ""

    @abstractmethod
    def verdict(self, task: LinearTask) -> Allowance:
        """Whether the scheme's conditions hold for the task, and what is then exact."""

    @abstractmethod
    def weights(self, task: LinearTask, basis: Basis) -> ExactRNN:
        """The exact network. The conditions must hold.

        Args:
            task: the task.
            basis: where the memory components live; its number of neurons N is at least `units(task)`.
        """

    def units(self, task: LinearTask) -> int:
        """The fewest hidden units that the scheme needs: n = s·d unless it says otherwise."""
        return task.components

    def counted(self, task: LinearTask) -> str:
        """Where that number comes from, for messages."""
        return f"n = s·d = {task.components}"

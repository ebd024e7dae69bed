"""What a compilation scheme is: conditions on the task, and weights."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

from emt_theory.circuits.bases import Basis, BasisKind
from emt_theory.ground.json import Record
from emt_theory.networks import ExactRNN
from emt_theory.tasks import FiniteTask, LinearTask


@dataclass(frozen=True)
class Allowance(Record):
    """What a scheme promises for a task.

    Attributes:
        allowed: whether the scheme may be compiled for the task at all.
        exact: what is right for all t > s: "values", "signs", for a finite task "symbols", or None when none is promised.
        reason: why, with the number that decides.
    """

    allowed: bool
    exact: Literal["values", "signs", "symbols"] | None
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


@dataclass(frozen=True)
class FiniteScheme(Record, ABC):
    """A way to lay a rule on symbols into the weights of a network; its units hold single numbers, so there is one basis.

    >>> from emt_theory.circuits.schemes import FINITE_SCHEMES
    >>> from emt_theory.tasks import xor
    >>> {name: scheme().units(xor()) for name, scheme in FINITE_SCHEMES.items() if issubclass(scheme, FiniteScheme)}
    {'threshold': 4, 'threshold-carry': 3, 'threshold-tanh': 4, 'interpolating': 4}
    """

    MOST_UNITS: ClassVar[int] = 2000
    name: ClassVar[str]

    @abstractmethod
    def verdict(self, task: FiniteTask) -> Allowance:
        """Whether the scheme's conditions hold for the task, and what is then exact."""

    @abstractmethod
    def units(self, task: FiniteTask) -> int:
        """The fewest hidden units that the scheme needs; above `MOST_UNITS` a lower bound will do."""

    @abstractmethod
    def weights(self, task: FiniteTask, hidden: int) -> ExactRNN:
        """The exact network of N = hidden units, at least `units(task)`. The conditions must hold."""

    def too_large(self, task: FiniteTask) -> str:
        """Why the network would be too large, with the number, or ""."""
        units = self.units(task)
        return (
            f"it takes {units} units or more; at most {self.MOST_UNITS} are laid out" if units > self.MOST_UNITS else ""
        )

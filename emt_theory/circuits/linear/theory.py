"""What is asked of a linear task, whichever way its map F = [F_1 … F_s] is kept."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from emt_theory.circuits.linear.obstruction import Obstruction
from emt_theory.exact import Cycles, Factor, ObservabilityRank, Realization
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.ground.text import Shown
from emt_theory.tasks import LinearTask


@dataclass(frozen=True)
class LinearTheory(ABC, Shown):
    """The theory of one task, exactly.

    Attributes:
        task: the task.
    """

    task: LinearTask

    @property
    @abstractmethod
    def cycles(self) -> Cycles | None:
        """The cycles on which content moves for ever (P10); None where content is mixed."""

    @property
    @abstractmethod
    def factors(self) -> tuple[Factor, ...]:
        """The irreducible factors of det(λI − Φ) over Q (P09)."""

    @abstractmethod
    def membership(self) -> dict[tuple[int, int], int]:
        """By (block, component), for those on a cycle: which one of `cycles`."""

    @abstractmethod
    def obstructions(self) -> Iterator[Obstruction]:
        """The non-zero entries of the products F_i F_j with j ≥ 2 (P07)."""

    @abstractmethod
    def latest_obstruction(self) -> int:
        """The largest i with F_i F_j ≠ 0 for some j ≥ 2; 0 if there is none."""

    @abstractmethod
    def ranks(self) -> ObservabilityRank:
        """rank O and rank(OΦ), O = [CΦ; CΦ²; …] (P11)."""

    @abstractmethod
    def minimal(self) -> tuple[Realization, RationalMatrix]:
        """The minimal circuit (A, B, C) from t = s+1 on, and its change of basis T, whose rows are the reduced basis of O's row space (P11)."""

"""Matrices: any F over Q, by exact linear algebra."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from emt_theory.circuits.linear.obstruction import Obstruction, products_of_blocks
from emt_theory.circuits.linear.theory import LinearTheory
from emt_theory.exact import (
    Factor,
    ObservabilityRank,
    Realization,
    block_toeplitz,
    blocks,
    characteristic_polynomial,
    companion,
    factorize,
    observability_rank,
    pivots,
    rank,
    row_basis,
    take_columns,
)
from emt_theory.ground.rationals import RationalMatrix


@dataclass(frozen=True)
class MatrixTheory(LinearTheory):
    """By algebra over Q; of a selection it says the same as `SelectionTheory`, later."""

    @property
    def cycles(self) -> None:
        """None: a matrix mixes."""
        return None

    @property
    def factors(self) -> tuple[Factor, ...]:
        """From the d×d determinant (P09), or from Φ."""
        return factorize(characteristic_polynomial(self.task.F, self.task.dim))

    def membership(self) -> dict[tuple[int, int], int]:
        """Empty."""
        return {}

    def obstructions(self) -> Iterator[Obstruction]:
        """By i, then in the order of the entries of [F_i F_2 … F_i F_s]."""
        return products_of_blocks(self.task.F, self.task.dim)

    def latest_obstruction(self) -> int:
        """By products, newest block first."""
        return next((i for i in range(self.task.num_variables, 0, -1) if self._products(i).entries), 0)

    def ranks(self) -> ObservabilityRank:
        """Of the block Toeplitz matrix 𝒯 of F, and of 𝒯Φ."""
        return observability_rank(self.task.F, self.task.dim)

    def minimal(self) -> tuple[Realization, RationalMatrix]:
        """T = reduced row basis of 𝒯, which has the row space of O; then A and C stand in T's pivot columns, where T is I."""
        F, d = self.task.F, self.task.dim
        phi = companion(F, d)
        if rank(self._blocks[0]) == d:
            one = RationalMatrix.identity(self.task.components)
            return Realization(phi, one, F), one
        T = row_basis(block_toeplitz(F, d))
        where = pivots(T)
        return Realization(take_columns(T @ phi, where), T, take_columns(F, where)), T

    @cached_property
    def _blocks(self) -> list[RationalMatrix]:
        """F_1, …, F_s."""
        return blocks(self.task.F, self.task.dim)

    def _products(self, i: int) -> RationalMatrix:
        """[F_i F_2 … F_i F_s], all products with F_i on the left at once."""
        return self._blocks[i - 1] @ self.task.F.columns(self.task.dim, self.task.components)
